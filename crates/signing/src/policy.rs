//! Modes: a mode is only the evidence that it asks for, never another pipeline.
//!
//! An [`EvidencePolicy`] is data. Each mode has a default, a template or a contract may
//! change it ([`PolicyChange`]), and the policy that a party agreed to sign under stands
//! in the first event of its contract: what is asked for never changes after it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use crypto::{Digest, Hash};
use serde::{Deserialize, Serialize};

/// How a party signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// At a counter, with a clerk: on a signing tablet or a second screen.
    Counter,
    /// On a loan officer's PAD.
    Pad,
    /// In an integrator's own APP, on the signer's phone.
    App,
    /// By a link in a short message and a one-time code.
    Sms,
    /// By a company's seal, under an integrator's credential.
    Seal,
    /// By the operator, after the last party. No party can have this mode.
    Closing,
}

/// What kind of thing an evidence item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// Every page was shown, with the digest of its picture and the time spent.
    Reading,
    /// The signer's consent to one kind of evidence, with the text that was agreed to.
    Consent,
    /// An authority knows the signer's name and numbers.
    Identity,
    /// An authority knows the signer's face, alive.
    Face,
    /// The signer's password.
    Password,
    /// Front of the identity document, as a photograph.
    IdPhotoFront,
    /// Back of the identity document.
    IdPhotoBack,
    /// The signer's portrait.
    Portrait,
    /// The signer, signing.
    SigningPhoto,
    /// A short video of the signing.
    Video,
    /// The signer, saying that this is agreed to.
    Voice,
    /// Where the device was.
    Location,
    /// What the device says of itself.
    Device,
    /// A one-time code that the signer entered, with the gateway's receipt.
    Code,
    /// A sentence about the risk, copied by the signer.
    Transcription,
    /// Raw handwriting, sealed to the forensic key where it was captured.
    Handwriting,
    /// The credential under which a seal was ordered.
    SealOrder,
    /// The officer or clerk who was there, and the device that was used.
    Attendant,
    /// A party's finished act: its evidence digest.
    Act,
}

/// In what form evidence of a kind comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A photograph: JPEG or PNG, which is looked at and kept under the signer's key.
    Photo,
    /// A biometric photograph: looked at, then sealed to the forensic key; what is kept
    /// does not open here.
    Portrait,
    /// A biometric recording, sealed to the forensic key where it was captured.
    Sealed,
    /// Text or JSON.
    Text,
    /// The service itself sees it happen.
    Observed,
}

impl ItemKind {
    /// All kinds.
    pub const ALL: [Self; 19] = [
        Self::Reading,
        Self::Consent,
        Self::Identity,
        Self::Face,
        Self::Password,
        Self::IdPhotoFront,
        Self::IdPhotoBack,
        Self::Portrait,
        Self::SigningPhoto,
        Self::Video,
        Self::Voice,
        Self::Location,
        Self::Device,
        Self::Code,
        Self::Transcription,
        Self::Handwriting,
        Self::SealOrder,
        Self::Attendant,
        Self::Act,
    ];

    /// The name used in manifests, errors and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Consent => "consent",
            Self::Identity => "identity",
            Self::Face => "face",
            Self::Password => "password",
            Self::IdPhotoFront => "id-photo-front",
            Self::IdPhotoBack => "id-photo-back",
            Self::Portrait => "portrait",
            Self::SigningPhoto => "signing-photo",
            Self::Video => "video",
            Self::Voice => "voice",
            Self::Location => "location",
            Self::Device => "device",
            Self::Code => "code",
            Self::Transcription => "transcription",
            Self::Handwriting => "handwriting",
            Self::SealOrder => "seal-order",
            Self::Attendant => "attendant",
            Self::Act => "act",
        }
    }

    /// The form in which it comes.
    #[must_use]
    pub fn form(self) -> Form {
        match self {
            Self::IdPhotoFront | Self::IdPhotoBack => Form::Photo,
            Self::Portrait => Form::Portrait,
            Self::SigningPhoto | Self::Video | Self::Voice | Self::Handwriting => Form::Sealed,
            Self::Location | Self::Device | Self::Transcription => Form::Text,
            Self::Reading
            | Self::Consent
            | Self::Identity
            | Self::Face
            | Self::Password
            | Self::Code
            | Self::SealOrder
            | Self::Attendant
            | Self::Act => Form::Observed,
        }
    }

    /// Whether it says that the signer is there now: after a while it says so no longer.
    #[must_use]
    pub fn ages(self) -> bool {
        matches!(self, Self::Face | Self::Code | Self::Password)
    }

    /// Whether it shows that the signer means it.
    #[must_use]
    pub fn is_intent(self) -> bool {
        matches!(self, Self::Handwriting | Self::Code | Self::Face)
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ItemKind {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| PolicyError::Kind(text.to_owned()))
    }
}

/// Evidence that must be there: one of these kinds. Written `face|code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Requirement(Vec<ItemKind>);

impl Requirement {
    /// The kinds of which one is enough; at least one.
    #[must_use]
    pub fn kinds(&self) -> &[ItemKind] {
        &self.0
    }
}

impl From<ItemKind> for Requirement {
    fn from(kind: ItemKind) -> Self {
        Self(vec![kind])
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|kind| kind.name()).collect();
        f.write_str(&names.join("|"))
    }
}

impl From<Requirement> for String {
    fn from(requirement: Requirement) -> Self {
        requirement.to_string()
    }
}

impl TryFrom<String> for Requirement {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Self, PolicyError> {
        let kinds: Result<Vec<_>, _> = text.split('|').map(str::parse).collect();
        kinds.map(Self)
    }
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// No such kind.
    #[error("there is no evidence of the kind {0:?}")]
    Kind(String),
    /// A kind that nobody can bring.
    #[error("{0} is made by the service and cannot be asked for")]
    Own(ItemKind),
    /// An officer or a clerk in a mode in which nobody is there.
    #[error("nobody attends who signs by {0}: take `attendant` out of `required` and `optional`")]
    Unattended(&'static str),
    /// A consent to which there is no text.
    #[error("there is no text to agree to for {0}; take it out of `consent`")]
    Consent(ItemKind),
    /// A policy without which an act would prove nothing.
    #[error("a policy must require {0}; add it to `required`")]
    Weak(&'static str),
    /// A transcription without a sentence, or the other way round.
    #[error(
        "`sentence` and the evidence `transcription` go together; the sentence has 1 to 200 characters"
    )]
    Sentence,
    /// More than makes sense.
    #[error("the shortest reading time of a page is at most ten minutes")]
    Reading,
}

/// What one party must bring before it can sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePolicy {
    /// Name and version, as certificates carry it: `pad/2`, `loan-contract/1/pad`.
    pub name: String,
    /// Each must be met.
    pub required: Vec<Requirement>,
    /// Taken when it is offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub optional: Vec<ItemKind>,
    /// Kinds for which the signer must have agreed to a text of their own before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<ItemKind>,
    /// Shortest time for which a page is in view, milliseconds.
    pub reading_ms: u32,
    /// What the signer copies, character by character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Whether evidence and submission must come sealed to the service's transport key.
    pub sealed: bool,
    /// Whether who has lost the link gets another by number alone; for `sms` only.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub pickup: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

/// How a template or a contract changes the default of a mode; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyChange {
    /// Replaces [`EvidencePolicy::required`].
    pub required: Option<Vec<Requirement>>,
    /// Replaces [`EvidencePolicy::optional`].
    pub optional: Option<Vec<String>>,
    /// Replaces [`EvidencePolicy::consent`].
    pub consent: Option<Vec<String>>,
    /// Replaces [`EvidencePolicy::reading_ms`].
    pub reading_ms: Option<u32>,
    /// Replaces [`EvidencePolicy::sentence`].
    pub sentence: Option<String>,
    /// Replaces [`EvidencePolicy::sealed`].
    pub sealed: Option<bool>,
    /// Replaces [`EvidencePolicy::pickup`].
    pub pickup: Option<bool>,
}

/// Shortest time for which anybody has looked at a page, milliseconds.
pub const SHORTEST_LOOK: u32 = 500;
/// Longest time that a policy may ask for, milliseconds.
const LONGEST_LOOK: u32 = 10 * 60 * 1000;

/// Biometrics and whereabouts: the law asks for a consent of its own to each
/// (Personal Information Protection Law, 29).
pub(crate) const SENSITIVE: [ItemKind; 9] = [
    ItemKind::IdPhotoFront,
    ItemKind::IdPhotoBack,
    ItemKind::Face,
    ItemKind::Portrait,
    ItemKind::SigningPhoto,
    ItemKind::Video,
    ItemKind::Voice,
    ItemKind::Location,
    ItemKind::Handwriting,
];

impl EvidencePolicy {
    /// The default of a mode, by the seed's table of what each mode collects.
    #[must_use]
    pub fn of(mode: Mode) -> Self {
        use ItemKind as K;
        let one = |kind: K| Requirement::from(kind);
        let either = |a: K, b: K| Requirement(vec![a, b]);
        let (required, optional) = match mode {
            Mode::Counter => (
                vec![
                    one(K::Attendant),
                    one(K::IdPhotoFront),
                    one(K::IdPhotoBack),
                    one(K::Identity),
                    either(K::Face, K::Portrait),
                    one(K::Reading),
                    one(K::Device),
                    either(K::SigningPhoto, K::Video),
                    one(K::Handwriting),
                ],
                vec![K::Voice, K::Location, K::Code],
            ),
            Mode::Pad => (
                vec![
                    one(K::Attendant),
                    one(K::IdPhotoFront),
                    one(K::IdPhotoBack),
                    one(K::Identity),
                    either(K::Face, K::Portrait),
                    one(K::Reading),
                    one(K::Device),
                    one(K::Location),
                    either(K::SigningPhoto, K::Video),
                    one(K::Voice),
                    one(K::Handwriting),
                ],
                vec![K::Code],
            ),
            Mode::App => (
                vec![
                    one(K::Identity),
                    either(K::Face, K::Password),
                    one(K::Reading),
                    one(K::Device),
                    either(K::Face, K::Code),
                    one(K::Handwriting),
                ],
                vec![K::Portrait, K::Location, K::Video, K::Voice],
            ),
            Mode::Sms => (
                vec![
                    one(K::Identity),
                    one(K::Reading),
                    one(K::Device),
                    one(K::Code),
                ],
                vec![K::Location],
            ),
            Mode::Seal => (vec![one(K::SealOrder)], Vec::new()),
            Mode::Closing => (vec![one(K::Act)], Vec::new()),
        };
        let mut policy = Self {
            name: format!("{}/{}", mode.name(), if mode.is_person() { 2 } else { 1 }),
            required,
            optional,
            consent: Vec::new(),
            reading_ms: SHORTEST_LOOK,
            sentence: None,
            sealed: mode.is_person(),
            pickup: true,
        };
        policy.consent = policy.sensitive();
        policy
    }

    /// What contracts asked for before policies were data.
    #[must_use]
    pub fn first(mode: Mode) -> Self {
        use ItemKind as K;
        let required: &[K] = match mode {
            Mode::Counter | Mode::Pad | Mode::App => &[K::Reading, K::Device, K::Handwriting],
            Mode::Sms => &[K::Reading, K::Device, K::Code],
            Mode::Seal => &[K::SealOrder],
            Mode::Closing => &[K::Act],
        };
        Self {
            name: format!("{}/1", mode.name()),
            required: required.iter().copied().map(Requirement::from).collect(),
            optional: Vec::new(),
            consent: Vec::new(),
            reading_ms: SHORTEST_LOOK,
            sentence: None,
            sealed: false,
            pickup: true,
        }
    }

    /// Whether an act of this mode can bring what it asks for.
    ///
    /// # Errors
    /// [`PolicyError::Unattended`].
    pub fn must_fit(&self, mode: Mode) -> Result<(), PolicyError> {
        if self.takes(ItemKind::Attendant) && !mode.is_attended() {
            return Err(PolicyError::Unattended(mode.name()));
        }
        Ok(())
    }

    /// This policy as `change` wants it, under a name of its own.
    ///
    /// # Errors
    /// [`PolicyError`] when an act under it would prove nothing.
    pub fn changed(mut self, name: String, change: &PolicyChange) -> Result<Self, PolicyError> {
        let kinds = |names: &[String]| {
            let parsed = names.iter().map(|name| name.parse());
            parsed.collect::<Result<Vec<ItemKind>, PolicyError>>()
        };
        if let Some(required) = &change.required {
            self.required.clone_from(required);
        }
        if let Some(optional) = &change.optional {
            self.optional = kinds(optional)?;
        }
        if let Some(sentence) = &change.sentence {
            self.sentence = Some(sentence.clone());
        }
        self.consent = match &change.consent {
            Some(consent) => kinds(consent)?,
            None => self.sensitive(),
        };
        self.reading_ms = change
            .reading_ms
            .unwrap_or(self.reading_ms)
            .max(SHORTEST_LOOK);
        self.sealed = change.sealed.unwrap_or(self.sealed);
        self.pickup = change.pickup.unwrap_or(self.pickup);
        self.name = name;
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<(), PolicyError> {
        let own = [ItemKind::SealOrder, ItemKind::Act, ItemKind::Consent];
        if let Some(kind) = self.kinds().into_iter().find(|kind| own.contains(kind)) {
            return Err(PolicyError::Own(kind));
        }
        if let Some(kind) = self.consent.iter().find(|kind| !SENSITIVE.contains(kind)) {
            return Err(PolicyError::Consent(*kind));
        }
        if !self.demands(ItemKind::Reading) {
            return Err(PolicyError::Weak("`reading`"));
        }
        if !self.demands(ItemKind::Device) {
            return Err(PolicyError::Weak("`device`"));
        }
        let intent = |r: &Requirement| r.kinds().iter().all(|kind| kind.is_intent());
        if !self.required.iter().any(intent) {
            return Err(PolicyError::Weak("`handwriting`, `code` or `face`"));
        }
        let sentence = self.sentence.as_ref().map(|text| text.chars().count());
        let fits = match (self.kinds().contains(&ItemKind::Transcription), sentence) {
            (false, None) => true,
            (true, Some(length)) => (1..=200).contains(&length),
            _ => false,
        };
        if !fits {
            return Err(PolicyError::Sentence);
        }
        if self.reading_ms > LONGEST_LOOK {
            return Err(PolicyError::Reading);
        }
        Ok(())
    }

    /// All kinds that are taken.
    fn kinds(&self) -> BTreeSet<ItemKind> {
        let required = self.required.iter().flat_map(Requirement::kinds);
        required.chain(&self.optional).copied().collect()
    }

    fn sensitive(&self) -> Vec<ItemKind> {
        let kinds = self.kinds();
        SENSITIVE
            .into_iter()
            .filter(|kind| kinds.contains(kind))
            .collect()
    }

    /// Whether evidence of this kind is taken. Consents always are.
    #[must_use]
    pub fn takes(&self, kind: ItemKind) -> bool {
        kind == ItemKind::Consent || self.kinds().contains(&kind)
    }

    /// Whether there is no act without evidence of this kind.
    #[must_use]
    pub fn demands(&self, kind: ItemKind) -> bool {
        self.required.iter().any(|r| r.kinds() == [kind])
    }

    /// What is still missing when these kinds are there.
    #[must_use]
    pub fn missing(&self, has: impl Fn(ItemKind) -> bool) -> Vec<Requirement> {
        let met = |requirement: &&Requirement| requirement.kinds().iter().any(|kind| has(*kind));
        self.required.iter().filter(|r| !met(r)).cloned().collect()
    }

    /// Digest of the policy's canonical JSON: names it in manifests.
    ///
    /// # Panics
    /// Never: a policy holds text, integers and flags alone, which RFC 8785 can write.
    #[must_use]
    pub fn digest(&self, hash: Hash) -> Digest {
        let canonical = serde_json_canonicalizer::to_vec(self);
        crypto::digest(hash, &canonical.expect("a policy has a canonical form"))
    }
}

impl Mode {
    /// All modes that a party can have.
    pub const ALL: [Self; 5] = [Self::Counter, Self::Pad, Self::App, Self::Sms, Self::Seal];

    /// The name used in certificates, manifests and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Pad => "pad",
            Self::App => "app",
            Self::Sms => "sms",
            Self::Seal => "seal",
            Self::Closing => "closing",
        }
    }

    /// Whether an officer or a clerk is there.
    #[must_use]
    pub fn is_attended(self) -> bool {
        matches!(self, Self::Counter | Self::Pad)
    }

    /// Whether a person signs in it, in a session.
    #[must_use]
    pub fn is_person(self) -> bool {
        matches!(self, Self::Counter | Self::Pad | Self::App | Self::Sms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(json: &str) -> PolicyChange {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_policy_is_data_and_comes_back() {
        for mode in Mode::ALL {
            let policy = EvidencePolicy::of(mode);
            let text = serde_json::to_string(&policy).unwrap();
            assert_eq!(
                serde_json::from_str::<EvidencePolicy>(&text).unwrap(),
                policy
            );
        }
    }

    #[test]
    fn every_default_could_have_been_asked_for() {
        for mode in Mode::ALL.into_iter().filter(|mode| mode.is_person()) {
            assert_eq!(EvidencePolicy::of(mode).check(), Ok(()), "{mode:?}");
        }
    }

    #[test]
    fn a_change_cannot_make_an_act_worthless() {
        let weak = |json: &str| {
            let changed = EvidencePolicy::of(Mode::Pad).changed("x".into(), &change(json));
            changed.unwrap_err()
        };
        let intent = "`handwriting`, `code` or `face`";
        assert_eq!(
            weak(r#"{"required":["device","handwriting"]}"#),
            PolicyError::Weak("`reading`")
        );
        assert_eq!(
            weak(r#"{"required":["reading","handwriting"]}"#),
            PolicyError::Weak("`device`")
        );
        assert_eq!(
            weak(r#"{"required":["reading","device"]}"#),
            PolicyError::Weak(intent)
        );
        assert_eq!(
            weak(r#"{"required":["reading","device","handwriting|location"]}"#),
            PolicyError::Weak(intent)
        );
        assert_eq!(
            weak(r#"{"optional":["act"]}"#),
            PolicyError::Own(ItemKind::Act)
        );
        assert_eq!(
            weak(r#"{"optional":["transcription"]}"#),
            PolicyError::Sentence
        );
        assert_eq!(weak(r#"{"sentence":"我已知晓"}"#), PolicyError::Sentence);
    }

    #[test]
    fn what_is_sensitive_needs_consent_unless_the_change_says_otherwise() {
        let base = || EvidencePolicy::of(Mode::Pad);
        let small = r#"{"required":["reading","device","handwriting"],"optional":[]}"#;
        let policy = base().changed("x".into(), &change(small)).unwrap();
        assert_eq!(policy.consent, [ItemKind::Handwriting]);
        let none = r#"{"required":["reading","device","handwriting"],"consent":[]}"#;
        assert!(
            base()
                .changed("x".into(), &change(none))
                .unwrap()
                .consent
                .is_empty()
        );
    }

    #[test]
    fn an_attendant_is_asked_for_where_somebody_attends() {
        let of = |mode, json: &str| {
            let changed = EvidencePolicy::of(mode).changed("x".into(), &change(json));
            changed.unwrap().must_fit(mode).err()
        };
        let demands = r#"{"required":["reading","device","code|attendant","code","handwriting"]}"#;
        for json in [r#"{"optional":["attendant"]}"#, demands] {
            for mode in [Mode::App, Mode::Sms] {
                assert_eq!(of(mode, json), Some(PolicyError::Unattended(mode.name())));
            }
            for mode in [Mode::Counter, Mode::Pad] {
                assert_eq!(of(mode, json), None);
            }
        }
    }

    #[test]
    fn either_is_enough() {
        use ItemKind as K;
        let policy = EvidencePolicy::of(Mode::App);
        let names = |has: &[ItemKind]| {
            let missing = policy.missing(|kind| has.contains(&kind));
            missing.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let most = [K::Identity, K::Reading, K::Device, K::Handwriting];
        assert_eq!(names(&most), ["face|password", "face|code"]);
        assert_eq!(names(&[&most[..], &[K::Face]].concat()), [""; 0]);
        assert_eq!(names(&[&most[..], &[K::Password]].concat()), ["face|code"]);
    }
}
