//! Evidence as it comes: opened where it was sealed to this service, looked at, sealed
//! again to whoever may open it, and bound to the session that brought it.
//!
//! Biometrics never lie here in clear. What a device seals to the forensic key passes
//! through unopened; a portrait, which an authority has to see, is sealed to the forensic
//! key before it is stored.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use crypto::{
    Digest, Keys,
    envelope::{self, Binding, Envelope, OpeningKey, Recipient, Scheme},
};
use serde::Deserialize;
use store::{BlobId, CommitError, Row, Table};
use zeroize::Zeroizing;

use super::{
    Signing, SigningError, compute,
    loaded::{Guard, Person, Step},
    session::{Visit, canonical, loaded},
};
use crate::{
    Refusal,
    consent::consent_text,
    contract::{Command, Contract},
    event::{Millis, Party, Profile},
    manifest::{EvidenceItem, OF},
    photo::Photo,
    policy::{Form, ItemKind},
};

/// The item of a whole submission's envelope.
pub const PACKAGE: &str = "package";
/// Largest text or JSON of one item.
const TEXT: usize = 4096;

/// To whom raw handwriting and other biometrics are sealed.
#[derive(Clone)]
pub struct ForensicKeys {
    /// For `gm` contracts.
    pub sm2: Recipient,
    /// For `intl` contracts.
    pub p256: Recipient,
    /// Who holds the private keys, as evidence tells it: `operator` where they were made
    /// here, else the name of the forensic centre.
    pub holder: String,
}

impl ForensicKeys {
    /// The key for contracts of a profile.
    #[must_use]
    pub fn of(&self, profile: Profile) -> &Recipient {
        match scheme(profile) {
            Scheme::Sm2Sm4Gcm => &self.sm2,
            Scheme::P256Aes256Gcm => &self.p256,
        }
    }
}

fn scheme(profile: Profile) -> Scheme {
    match profile {
        Profile::Gm => Scheme::Sm2Sm4Gcm,
        Profile::Intl => Scheme::P256Aes256Gcm,
    }
}

/// The keys by which this service opens what is sealed to it.
pub(super) struct TransportKeys {
    sm2: OpeningKey,
    p256: OpeningKey,
}

impl TransportKeys {
    /// The keys of a key store; the first opening makes them.
    pub fn open(keys: &Keys) -> Result<Self, SigningError> {
        let key = |scheme: Scheme| {
            let name = format!("transport/{}", scheme.name());
            let corrupt = |_| SigningError::Corrupt(format!("the key {name}"));
            // As PEM: what the key store takes for a signing key is DER.
            if let Some(known) = keys.file().bytes(&name) {
                let text = std::str::from_utf8(&known).unwrap_or_default();
                return OpeningKey::from_pem(text).map_err(corrupt);
            }
            let fresh = OpeningKey::generate(scheme).map_err(corrupt)?;
            let text = fresh.to_pem().map_err(corrupt)?;
            keys.file().put_bytes(&name, text.as_bytes())?;
            Ok(fresh)
        };
        Ok(Self {
            sm2: key(Scheme::Sm2Sm4Gcm)?,
            p256: key(Scheme::P256Aes256Gcm)?,
        })
    }

    pub fn of(&self, profile: Profile) -> &OpeningKey {
        match scheme(profile) {
            Scheme::Sm2Sm4Gcm => &self.sm2,
            Scheme::P256Aes256Gcm => &self.p256,
        }
    }
}

/// How content came over the wire.
#[derive(Debug, Clone)]
pub enum Arrived {
    /// As it is.
    Plain(Bytes),
    /// Sealed to the service's transport key.
    Sealed(Bytes),
}

/// Content that was opened, and how it came.
pub struct Content {
    /// The bytes.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether they came sealed.
    pub sealed: bool,
}

/// An item that was taken in: what events tell of it, and what is stored.
pub(super) struct Taken {
    pub item: EvidenceItem,
    /// The content, sealed under the signer's key.
    pub content: Option<Bytes>,
    /// Rows that make a second use impossible.
    pub rows: Vec<Row>,
}

/// Where an item comes from and belongs.
pub(super) struct Origin {
    pub contract: Contract,
    pub session: String,
    pub party: Party,
    pub person: Arc<Person>,
    pub forensic: ForensicKeys,
    pub captured: Option<Millis>,
    pub now: Millis,
}

/// Where the device was.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Location {
    latitude: f64,
    longitude: f64,
    accuracy: f64,
}

impl Signing {
    /// Opens what a session sent; `item` is the kind of evidence, or [`PACKAGE`]. What is
    /// sealed to another session, contract, signer or item does not open.
    pub async fn arrive(
        &self,
        secret: &str,
        item: &str,
        arrived: Arrived,
    ) -> Result<Content, SigningError> {
        let visit = self.visit(secret).await?;
        self.arrive_at(&visit, item, arrived).await
    }

    async fn arrive_at(
        &self,
        visit: &Visit,
        item: &str,
        arrived: Arrived,
    ) -> Result<Content, SigningError> {
        let sealed = match arrived {
            Arrived::Plain(bytes) => {
                return Ok(Content {
                    bytes: Zeroizing::new(bytes.into()),
                    sealed: false,
                });
            }
            Arrived::Sealed(bytes) => bytes,
        };
        let (binding, profile) = {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            let contract = &loaded(&mut guard)?.contract;
            let session = contract.visited(&visit.session);
            let party = contract.party(&session.ok_or(Refusal::SessionForeign)?.role)?;
            let binding = binding(contract, &visit.session, party, item);
            (binding, contract.terms.profile)
        };
        let envelope = Envelope::from_bytes(sealed.into())?;
        if *envelope.binding() != binding {
            return Err(Refusal::EnvelopeForeign.into());
        }
        let service = self.clone();
        let open = move || envelope::open(&envelope, service.0.transport.of(profile), &binding);
        let bytes = compute(open).await??;
        Ok(Content {
            bytes,
            sealed: true,
        })
    }

    /// Takes in one item of evidence that the signer's device captured.
    pub async fn add_evidence(
        &self,
        secret: &str,
        kind: ItemKind,
        arrived: Arrived,
        captured: Option<Millis>,
    ) -> Result<(), SigningError> {
        let visit = self.visit(secret).await?;
        self.take_in(&visit, "page", kind, arrived, captured).await
    }

    /// Takes in one item of evidence; `source` is who captured it.
    pub(super) async fn take_in(
        &self,
        visit: &Visit,
        source: &str,
        kind: ItemKind,
        arrived: Arrived,
        captured: Option<Millis>,
    ) -> Result<(), SigningError> {
        let content = match (arrived, kind.form()) {
            // Sealed already, and not to be opened here.
            (Arrived::Plain(bytes) | Arrived::Sealed(bytes), Form::Sealed) => Content {
                bytes: Zeroizing::new(bytes.into()),
                sealed: true,
            },
            (arrived, _) => self.arrive_at(visit, kind.name(), arrived).await?,
        };
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        if matches!(kind.form(), Form::Observed)
            || matches!(kind, ItemKind::Device | ItemKind::Handwriting)
        {
            let party = held.contract.may_add(&visit.session, kind, now)?;
            let (step, mode) = (kind.name(), party.mode.name());
            return Err(Refusal::NotInMode { step, mode }.into());
        }
        let party = held.contract.may_add(&visit.session, kind, now)?.clone();
        if party.policy().sealed && !content.sealed {
            return Err(Refusal::SealMissing.into());
        }
        let person = self.person(held, &party).await?;
        let origin = Origin {
            contract: held.contract.clone(),
            session: visit.session.clone(),
            party,
            person,
            forensic: self.0.parts.forensic.clone(),
            captured,
            now,
        };
        let mut taken = compute(move || origin.take(kind, &content.bytes)).await??;
        source.clone_into(&mut taken.item.source);
        self.keep_item(&mut guard, &visit.session, taken, now).await
    }

    /// Takes in an item that the integrator holds: its digest alone.
    pub async fn hand_over(
        &self,
        tenant: &str,
        contract: &str,
        session: &str,
        kind: ItemKind,
        digest: Digest,
        captured: Option<Millis>,
    ) -> Result<(), SigningError> {
        let mut guard = self.contract(tenant, contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        let party = held.contract.may_add(session, kind, now)?;
        // What the service itself sees cannot be handed over, nor the signer's own hand.
        let own = matches!(kind.form(), Form::Observed)
            || matches!(
                kind,
                ItemKind::Handwriting | ItemKind::Device | ItemKind::Transcription
            );
        if own {
            let (step, mode) = (kind.name(), party.mode.name());
            return Err(Refusal::NotInMode { step, mode }.into());
        }
        let facts = BTreeMap::from([("form".to_owned(), "digest".to_owned())]);
        let item = EvidenceItem {
            kind,
            digest,
            source: "integrator".to_owned(),
            at: now,
            captured: captured.map(|at| at.min(now)),
            facts,
        };
        let taken = Taken {
            item,
            content: None,
            rows: Vec::new(),
        };
        self.keep_item(&mut guard, session, taken, now).await
    }

    /// The signer agrees to evidence of this kind, by the text of this version as it
    /// was shown in this language (`zh` or `en`).
    pub async fn consent(
        &self,
        secret: &str,
        of: ItemKind,
        version: &str,
        language: &str,
    ) -> Result<(), SigningError> {
        let invalid = |field: &str, reason: &str| SigningError::Invalid {
            field: field.to_owned(),
            reason: reason.to_owned(),
        };
        let text = consent_text(of)
            .ok_or_else(|| invalid("of", "no consent of its own is needed for this"))?;
        if version != text.version {
            let reason = "this is not the current version of the text; show it again";
            return Err(invalid("version", reason));
        }
        let shown = match language {
            "zh" => text.zh,
            "en" => text.en,
            _ => return Err(invalid("language", "`zh` or `en`")),
        };
        let visit = self.visit(secret).await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        let facts = [
            (OF, of.name()),
            ("version", version),
            ("language", language),
        ];
        let item = EvidenceItem {
            kind: ItemKind::Consent,
            digest: crypto::digest(held.contract.terms.profile.hash(), shown.as_bytes()),
            source: "page".to_owned(),
            at: now,
            captured: None,
            facts: facts
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        };
        let taken = Taken {
            item,
            content: None,
            rows: Vec::new(),
        };
        self.keep_item(&mut guard, &visit.session, taken, now).await
    }

    /// The content of an item, by the digest under which the manifest has it.
    pub async fn evidence(
        &self,
        tenant: &str,
        contract: &str,
        digest: &str,
    ) -> Result<Zeroizing<Vec<u8>>, SigningError> {
        let missing = || SigningError::NotFound {
            what: "evidence",
            id: digest.to_owned(),
        };
        let mut guard = self.contract(tenant, contract).await?;
        let held = loaded(&mut guard)?;
        let (role, name, blob) = held.contract.content(digest).ok_or_else(missing)?;
        let party = held.contract.party(&role)?.clone();
        let person = self.person(held, &party).await?;
        let sealed = self.0.parts.store.blob(tenant, &blob).await?;
        Ok(person.key.open(name, &sealed)?)
    }

    async fn keep_item(
        &self,
        guard: &mut Guard,
        session: &str,
        taken: Taken,
        now: Millis,
    ) -> Result<(), SigningError> {
        let command = Command::Add {
            session: session.to_owned(),
            item: taken.item,
            content: taken.content.as_deref().map(BlobId::of),
        };
        let step = Step {
            events: loaded(guard)?.contract.decide(&command, now)?,
            blobs: taken.content.into_iter().collect(),
            rows: taken.rows,
            ..Step::default()
        };
        let done = self.commit(guard, step, now, None, &()).await;
        done.map_err(|error| used_before(error, Refusal::EvidenceReplayed))
    }
}

/// Something that may be used once was used before.
pub(super) fn used_before(error: SigningError, refusal: Refusal) -> SigningError {
    match error {
        SigningError::Commit(CommitError::Duplicate(Table::Once)) => refusal.into(),
        other => other,
    }
}

/// The one place to which an envelope of this session belongs.
pub(super) fn binding(contract: &Contract, session: &str, party: &Party, item: &str) -> Binding {
    Binding {
        contract: contract.terms.contract.clone(),
        item: item.to_owned(),
        revision: contract.terms.document.clone(),
        session: session.to_owned(),
        signer: party.identity.to_string(),
        slot: party.role.to_string(),
    }
}

impl Origin {
    /// Looks at an item's content as far as its form allows, and seals it.
    fn take(&self, kind: ItemKind, bytes: &[u8]) -> Result<Taken, SigningError> {
        match kind.form() {
            Form::Photo => {
                let photo = photo(kind, bytes)?;
                Ok(self.taken(kind, bytes, photo_facts(&photo)))
            }
            Form::Portrait => self.portrait(kind, bytes),
            Form::Sealed => self.sealed(kind, bytes, BTreeMap::new()),
            Form::Text | Form::Observed => {
                let text = self.text(kind, bytes)?;
                // So short a text could be guessed from its digest: a salt is part of it.
                let salted = serde_json::json!({ "salt": crypto::random_id(), "text": text });
                Ok(self.taken(kind, &canonical(&salted)?, BTreeMap::new()))
            }
        }
    }

    /// A biometric picture that the service has seen: what is kept opens for the forensic
    /// key alone.
    pub fn portrait(&self, kind: ItemKind, bytes: &[u8]) -> Result<Taken, SigningError> {
        let mut facts = photo_facts(&photo(kind, bytes)?);
        let hash = self.contract.terms.profile.hash();
        facts.insert(
            "content".to_owned(),
            crypto::digest(hash, bytes).to_string(),
        );
        let recipient = self.forensic.of(self.contract.terms.profile);
        let binding = binding(&self.contract, &self.session, &self.party, kind.name());
        let envelope = envelope::seal(recipient, &binding, bytes)?;
        self.to_forensic(&mut facts);
        Ok(self.taken(kind, envelope.as_bytes(), facts))
    }

    /// What the device sealed to the forensic key: the envelope is the evidence.
    pub fn sealed(
        &self,
        kind: ItemKind,
        bytes: &[u8],
        mut facts: BTreeMap<String, String>,
    ) -> Result<Taken, SigningError> {
        let envelope = Envelope::from_bytes(bytes.to_vec())?;
        let recipient = self.forensic.of(self.contract.terms.profile);
        let expected = binding(&self.contract, &self.session, &self.party, kind.name());
        if envelope.key_id() != recipient.key_id() || *envelope.binding() != expected {
            return Err(Refusal::EnvelopeForeign.into());
        }
        self.to_forensic(&mut facts);
        let mut taken = self.taken(kind, bytes, facts);
        taken.rows.push(Row::Once {
            name: format!("envelope/{}", envelope.sealed_digest()),
        });
        Ok(taken)
    }

    fn to_forensic(&self, facts: &mut BTreeMap<String, String>) {
        let recipient = self.forensic.of(self.contract.terms.profile);
        let told = [
            ("form", "envelope".to_owned()),
            ("key", recipient.key_id().to_string()),
            ("holder", self.forensic.holder.clone()),
        ];
        facts.extend(told.map(|(name, value)| (name.to_owned(), value)));
    }

    /// An item with its content under the signer's key.
    pub fn taken(&self, kind: ItemKind, bytes: &[u8], facts: BTreeMap<String, String>) -> Taken {
        let item = EvidenceItem {
            kind,
            digest: crypto::digest(self.contract.terms.profile.hash(), bytes),
            source: "page".to_owned(),
            at: self.now,
            captured: self.captured.map(|at| at.min(self.now)),
            facts,
        };
        Taken {
            item,
            content: Some(self.person.key.seal(kind.name(), bytes)),
            rows: Vec::new(),
        }
    }

    fn text<'b>(&self, kind: ItemKind, bytes: &'b [u8]) -> Result<&'b str, SigningError> {
        let invalid = |reason: &str| SigningError::Invalid {
            field: kind.name().to_owned(),
            reason: reason.to_owned(),
        };
        let text = std::str::from_utf8(bytes).ok().filter(|t| t.len() <= TEXT);
        let text = text.ok_or_else(|| invalid("UTF-8 text of at most 4 KiB"))?;
        match kind {
            ItemKind::Location => {
                let place: Location = serde_json::from_str(text)
                    .map_err(|_| invalid("a JSON object of latitude, longitude and accuracy"))?;
                let on = (-90.0..=90.0).contains(&place.latitude)
                    && (-180.0..=180.0).contains(&place.longitude)
                    && (0.0..=1e7).contains(&place.accuracy);
                on.then_some(text)
                    .ok_or_else(|| invalid("degrees of WGS 84, and metres"))
            }
            ItemKind::Transcription => {
                let policy = self.party.policy();
                let sentence = policy.sentence.as_deref().unwrap_or_default();
                match differs(sentence, text) {
                    None => Ok(text),
                    Some(at) => Err(Refusal::TranscriptionWrong(at).into()),
                }
            }
            _ => Ok(text),
        }
    }
}

/// Where a copy differs from its original: the first character, from 1.
fn differs(original: &str, copy: &str) -> Option<usize> {
    let (mut left, mut right) = (original.chars(), copy.chars());
    let mut at = 1;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return None,
            (a, b) if a != b => return Some(at),
            _ => at += 1,
        }
    }
}

fn photo(kind: ItemKind, bytes: &[u8]) -> Result<Photo, SigningError> {
    Photo::read(bytes).map_err(|error| SigningError::Invalid {
        field: kind.name().to_owned(),
        reason: error.to_string(),
    })
}

fn photo_facts(photo: &Photo) -> BTreeMap<String, String> {
    let facts = [
        ("type", photo.media_type.to_owned()),
        ("size", format!("{}x{}", photo.width, photo.height)),
    ];
    facts
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_held_against_its_original_character_by_character() {
        let original = "本人已知晓借款风险";
        assert_eq!(differs(original, original), None);
        assert_eq!(differs(original, "本人己知晓借款风险"), Some(3));
        assert_eq!(differs(original, "本人已知晓借款风"), Some(9));
        assert_eq!(differs(original, "本人已知晓借款风险 "), Some(10));
    }
}
