//! Photos that are kept of a person, and the consents that come first. What a file is, says
//! [`crate::photo`].

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;

use crate::event::Millis;

/// What is in a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoKind {
    /// Front of a document, or its page with the portrait.
    DocumentFront,
    /// Back of a document.
    DocumentBack,
    /// The person's face.
    Portrait,
}

/// What a person consents to, each for itself (Personal Information Protection Law, 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// Photos of documents are kept.
    DocumentPhoto,
    /// A portrait is kept, and compared by an authority.
    Portrait,
}

impl PhotoKind {
    /// The name used in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DocumentFront => "document-front",
            Self::DocumentBack => "document-back",
            Self::Portrait => "portrait",
        }
    }

    /// The consent without which it is not accepted.
    #[must_use]
    pub fn consent(self) -> ConsentKind {
        match self {
            Self::DocumentFront | Self::DocumentBack => ConsentKind::DocumentPhoto,
            Self::Portrait => ConsentKind::Portrait,
        }
    }
}

impl ConsentKind {
    /// The name used in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DocumentPhoto => "document-photo",
            Self::Portrait => "portrait",
        }
    }
}

/// A consent that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Identifier.
    pub consent: String,
    /// To what.
    pub kind: ConsentKind,
    /// Version of the text.
    pub version: String,
    /// Language of the text, such as `zh-CN`.
    pub language: String,
    /// Digest of the text that was shown.
    pub text: Digest,
    /// The text itself, sealed under the person's key.
    pub blob: BlobId,
    /// Name of the person's data key.
    pub key: String,
    /// When it was given, as the integrator says.
    pub given: Millis,
}

impl Consent {
    /// Name of its own data key: what is sealed under it goes with the consent.
    #[must_use]
    pub fn own_key(&self) -> String {
        format!("consent/{}", self.consent)
    }
}

/// A photo that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photo {
    /// Identifier.
    pub photo: String,
    /// What is in it.
    pub kind: PhotoKind,
    /// The consent under which it is kept.
    pub consent: String,
    /// Its media type: `image/jpeg` or `image/png`.
    pub format: String,
    /// Salted digest of the file; the salt lies before the file in the blob.
    pub digest: Digest,
    /// The file, sealed under the consent's key and then under the person's.
    pub blob: BlobId,
    /// Name of the person's data key.
    pub key: String,
}
