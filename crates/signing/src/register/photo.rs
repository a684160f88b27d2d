//! Photos: consent first, and that a file is what it says.

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, options::DecoderOptions},
};

use crate::event::Millis;

/// The largest file, in bytes: 8 MiB.
pub const LARGEST: usize = 8 << 20;
/// Shortest and longest edge, in pixels.
const EDGE: std::ops::RangeInclusive<usize> = 64..=8192;

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
    /// `image/jpeg` or `image/png`.
    pub format: PhotoFormat,
    /// Salted digest of the file; the salt lies before the file in the blob.
    pub digest: Digest,
    /// The file, sealed under the consent's key and then under the person's.
    pub blob: BlobId,
    /// Name of the person's data key.
    pub key: String,
}

/// How a photo is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PhotoFormat {
    /// JPEG.
    #[serde(rename = "image/jpeg")]
    Jpeg,
    /// PNG.
    #[serde(rename = "image/png")]
    Png,
}

impl PhotoFormat {
    /// Its media type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Why a file is no photo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Too long.
    #[error("it has more than 8 MiB; take it with fewer pixels")]
    Long,
    /// Neither of the two.
    #[error("it is neither JPEG nor PNG")]
    Format,
    /// Begins like one, and is not.
    #[error("it begins like a photo and cannot be read: {0}")]
    Broken(String),
    /// Too few or too many pixels.
    #[error("it has {0} x {1} pixels; from 64 to 8192 each way are taken")]
    Size(usize, usize),
}

/// Says what a file is, from its own bytes and not from what somebody says of it.
///
/// # Errors
/// [`PhotoError`] when it is no photo, or none that is taken.
pub fn examine(file: &[u8]) -> Result<PhotoFormat, PhotoError> {
    if file.len() > LARGEST {
        return Err(PhotoError::Long);
    }
    let (format, (width, height)) = if file.starts_with(&[0xff, 0xd8, 0xff]) {
        (PhotoFormat::Jpeg, jpeg(file)?)
    } else if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        (PhotoFormat::Png, png(file)?)
    } else {
        return Err(PhotoError::Format);
    };
    if EDGE.contains(&width) && EDGE.contains(&height) {
        Ok(format)
    } else {
        Err(PhotoError::Size(width, height))
    }
}

fn jpeg(file: &[u8]) -> Result<(usize, usize), PhotoError> {
    // What is too large is said by our own words.
    let most = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_max_width(most)
        .set_max_height(most);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    let broken = |error: &dyn std::fmt::Display| PhotoError::Broken(error.to_string());
    decoder.decode_headers().map_err(|error| broken(&error))?;
    decoder
        .dimensions()
        .ok_or_else(|| broken(&"it has no frame"))
}

fn png(file: &[u8]) -> Result<(usize, usize), PhotoError> {
    let limits = png::Limits { bytes: 1 << 20 };
    let decoder = png::Decoder::new_with_limits(std::io::Cursor::new(file), limits);
    let broken = |error: png::DecodingError| PhotoError::Broken(error.to_string());
    let reader = decoder.read_info().map_err(broken)?;
    let (width, height) = reader.info().size();
    Ok((width as usize, height as usize))
}
