//! Photos of documents and faces, under consents that can be taken back.

use bytes::Bytes;
use crypto::Digester;
use store::{BlobId, Row};

use super::{ConsentView, Opened, PhotoView};
use crate::{
    event::Millis,
    photo::PhotoError,
    register::{
        Refused,
        person::Command,
        photo::{Consent, ConsentKind, Photo, PhotoKind},
    },
    service::{
        Signing, SigningError,
        register::{PROFILE, Step},
    },
};

/// Longest text of a consent, in bytes.
const TEXT: usize = 32 * 1024;
/// Longest version and language.
const WORD: usize = 32;
/// How far a consent may lie in the past: it was given at the desk, and sent later.
const PAST: Millis = 7 * crate::register::DAY;
/// Bytes of the salt before a photo.
const SALT: usize = 16;

/// A consent as it was given.
pub struct NewConsent {
    /// To what.
    pub kind: ConsentKind,
    /// Version of the text.
    pub version: String,
    /// Language of the text, such as `zh-CN`.
    pub language: String,
    /// The text that was shown.
    pub text: String,
    /// When it was given; now when it is not said.
    pub given: Option<Millis>,
}

/// A photo as it was handed in.
pub struct PhotoFile {
    /// Its media type.
    pub format: String,
    /// The file.
    pub file: Bytes,
}

impl Signing {
    /// Records a consent. One of the same kind from before ends, with what was kept under
    /// it.
    pub async fn give_consent(
        &self,
        tenant: &str,
        id: &str,
        new: NewConsent,
    ) -> Result<ConsentView, SigningError> {
        let now = self.now();
        let given = new.given.unwrap_or(now);
        check(&new, given, now)?;
        let mut there = self.opened(tenant, id).await?;
        let person = &there.held.record;
        let consent = crypto::random_id();
        let sealed = there
            .key
            .seal(&format!("consent/{consent}"), new.text.as_bytes());
        let consent = Consent {
            consent,
            kind: new.kind,
            version: new.version,
            language: new.language,
            text: crypto::digest(PROFILE.hash(), new.text.as_bytes()),
            blob: BlobId::of(&sealed),
            key: person.key.clone(),
            given,
        };
        let before = person.consent(new.kind).ok().map(Consent::own_key);
        let name = consent.own_key();
        let (_, wrapped) = self.0.vault.create(tenant, &name, PROFILE.aead());
        let view = ConsentView::of(&consent);
        let events = person.decide(Command::Consent(consent), now)?;
        let step = Step::of(events)
            .blob(sealed)
            .rows([Row::DataKey { name, wrapped }])
            .rows(before.map(|name| Row::NoDataKey { name }));
        self.record(tenant, &mut there.held, step, now, None)
            .await?;
        Ok(view)
    }

    /// Takes a consent back: its key is destroyed, and with it every photo and answer that
    /// was kept under it.
    pub async fn withdraw_consent(
        &self,
        tenant: &str,
        id: &str,
        kind: ConsentKind,
    ) -> Result<(), SigningError> {
        let mut held = self.held_person(tenant, id).await?;
        let now = self.now();
        let events = held.record.decide(Command::Withdraw(kind), now)?;
        let name = held.record.consent(kind)?.own_key();
        let step = Step::of(events).rows([Row::NoDataKey { name }]);
        self.record(tenant, &mut held, step, now, None).await
    }

    /// Keeps a photo, if its consent was given and it is what it says.
    pub async fn add_photo(
        &self,
        tenant: &str,
        id: &str,
        kind: PhotoKind,
        file: Bytes,
    ) -> Result<PhotoView, SigningError> {
        let wrong = |error: PhotoError| SigningError::Invalid {
            field: "photo".to_owned(),
            reason: error.to_string(),
        };
        let now = self.now();
        let mut there = self.opened(tenant, id).await?;
        let consent = there.held.record.consent(kind.consent())?.clone();
        let format = crate::photo::Photo::read(&file).map_err(wrong)?.media_type;
        let salt = crypto::random::<SALT>();
        let mut digester = Digester::new(PROFILE.hash());
        digester.update(&salt);
        digester.update(&file);
        let plain = zeroize::Zeroizing::new([&salt[..], &file].concat());
        let id = crypto::random_id();
        let inner = self.data_key(tenant, &consent.own_key()).await?;
        let inner = inner.seal(&format!("photo/{id}"), &plain);
        let sealed = there.key.seal(&format!("photo/{id}"), &inner);
        let photo = Photo {
            photo: id,
            kind,
            consent: consent.consent,
            format: format.to_owned(),
            digest: digester.finish(),
            blob: BlobId::of(&sealed),
            key: there.held.record.key.clone(),
        };
        let view = PhotoView::of(&photo);
        let events = there.held.record.decide(Command::Photo(photo), now)?;
        let step = Step::of(events).blob(sealed);
        self.record(tenant, &mut there.held, step, now, None)
            .await?;
        Ok(view)
    }

    /// A photo that is kept.
    pub async fn photo(
        &self,
        tenant: &str,
        id: &str,
        photo: &str,
    ) -> Result<PhotoFile, SigningError> {
        let there = self.opened(tenant, id).await?;
        let photos = &there.held.record.photos;
        let found = photos.iter().find(|kept| kept.photo == photo);
        let missing = || SigningError::NotFound {
            what: "photo",
            id: photo.to_owned(),
        };
        self.open_photo(tenant, &there, found.ok_or_else(missing)?)
            .await
    }

    /// The portrait that was kept last.
    pub(super) async fn portrait(
        &self,
        tenant: &str,
        there: &Opened,
    ) -> Result<Bytes, SigningError> {
        let photos = there.held.record.photos.iter();
        let portrait = photos.rev().find(|photo| photo.kind == PhotoKind::Portrait);
        let portrait = portrait.ok_or(Refused::PortraitMissing)?;
        Ok(self.open_photo(tenant, there, portrait).await?.file)
    }

    async fn open_photo(
        &self,
        tenant: &str,
        there: &Opened,
        photo: &Photo,
    ) -> Result<PhotoFile, SigningError> {
        let consents = there.held.record.consents.iter();
        let mut consents = consents.filter(|consent| consent.consent == photo.consent);
        let corrupt = || SigningError::Corrupt(format!("photo {}", photo.photo));
        let consent = consents.next().ok_or_else(corrupt)?;
        let what = format!("photo/{}", photo.photo);
        let sealed = self.0.parts.store.blob(tenant, &photo.blob).await?;
        let outer = self
            .data_key(tenant, &photo.key)
            .await?
            .open(&what, &sealed)?;
        let inner = self.data_key(tenant, &consent.own_key()).await?;
        let plain = inner.open(&what, &outer)?;
        if crypto::digest(photo.digest.hash(), &plain) != photo.digest {
            return Err(corrupt());
        }
        let file = plain.get(SALT..).ok_or_else(corrupt)?;
        Ok(PhotoFile {
            format: photo.format.clone(),
            file: Bytes::copy_from_slice(file),
        })
    }
}

fn check(new: &NewConsent, given: Millis, now: Millis) -> Result<(), SigningError> {
    let word = |text: &str| {
        (1..=WORD).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    };
    let wrong = if !word(&new.version) {
        ("version", "1 to 32 letters, digits, dots and hyphens")
    } else if !word(&new.language) {
        ("language", "a language such as zh-CN")
    } else if new.text.trim().is_empty() || new.text.len() > TEXT {
        ("text", "the text that was shown, of at most 32 KiB")
    } else if given > now || given < now - PAST {
        ("given_at", "a time of the last seven days")
    } else {
        return Ok(());
    };
    Err(SigningError::Invalid {
        field: wrong.0.to_owned(),
        reason: wrong.1.to_owned(),
    })
}
