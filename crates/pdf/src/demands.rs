//! What a prepared field demands of its signature: its seed values (ISO 32000-2,
//! 12.7.5.5, tables 237 and 238).

use crypto::Hash;

use crate::{
    error::{PdfError, Result},
    object::{Dict, Object, readable},
    prepare::{Certify, Field},
    reader::File,
};

/// The demands, by the bits of `/Ff` that make them binding. Wishes that bind nobody are
/// not kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Demands {
    /// Names of handlers (bit 1) and encodings (bit 2), of which one must be ours.
    filter: Option<Vec<u8>>,
    encodings: Option<Vec<Vec<u8>>>,
    /// Reasons, of which the signature's must be one (bit 4).
    reasons: Option<Vec<String>>,
    /// Digests, of which one must be used (bit 7).
    digests: Option<Vec<String>>,
    /// The level of certification, 0 for none (no bit: always binding).
    certification: Option<i64>,
    /// Something that is not fulfilled here, by its name.
    other: Option<&'static str>,
}

const FILTER: i64 = 1;
const ENCODING: i64 = 1 << 1;
const VERSION: i64 = 1 << 2;
const REASONS: i64 = 1 << 3;
const ATTESTATION: i64 = 1 << 4;
const REVOCATION: i64 = 1 << 5;
const DIGEST: i64 = 1 << 6;
const LOCK: i64 = 1 << 7;
const APPEARANCE: i64 = 1 << 8;

impl Demands {
    /// Reads the seed value dictionary of a field.
    pub(crate) fn read(file: &File, field: &Dict) -> Result<Self> {
        let Some(seed) = file.dict(field.get("SV"))? else {
            return Ok(Self::default());
        };
        let flags = file.value(&seed, "Ff")?.as_int().unwrap_or(0);
        let list = |key: &str| -> Result<Vec<Object>> {
            let items = file.value(&seed, key)?;
            let items = items.as_array().unwrap_or_default().iter();
            items.map(|item| file.resolve(item)).collect()
        };
        let names = |items: Vec<Object>| {
            items
                .iter()
                .filter_map(Object::as_name)
                .map(Vec::from)
                .collect()
        };
        let texts = |items: Vec<Object>| {
            items
                .iter()
                .filter_map(Object::as_string)
                .map(readable)
                .collect()
        };
        let mut demands = Self::default();
        if flags & FILTER != 0 {
            demands.filter = file.value(&seed, "Filter")?.as_name().map(Vec::from);
        }
        if flags & ENCODING != 0 {
            demands.encodings = Some(names(list("SubFilter")?));
        }
        if flags & REASONS != 0 {
            demands.reasons = Some(texts(list("Reasons")?));
        }
        if flags & DIGEST != 0 {
            demands.digests = Some(texts(list("DigestMethod")?));
        }
        if let Some(mdp) = file.dict(seed.get("MDP"))? {
            demands.certification = file.value(&mdp, "P")?.as_int();
        }
        let others = [
            (VERSION, "V", "a version of seed values"),
            (ATTESTATION, "LegalAttestation", "a legal attestation"),
            (REVOCATION, "AddRevInfo", "revocation data in the signature"),
            (LOCK, "LockDocument", "that the document is locked"),
            (APPEARANCE, "AppearanceFilter", "a kind of appearance"),
        ];
        for (flag, key, what) in others {
            let value = file.value(&seed, key)?;
            // Version 1 and 2 are what is read here; what is refused is not demanded.
            let harmless = match key {
                "V" => value.as_int().is_some_and(|version| version <= 2),
                "AddRevInfo" => value == Object::Bool(false),
                _ => value == Object::Null,
            };
            if flags & flag != 0 && !harmless {
                demands.other = Some(what);
            }
        }
        if let Some(certificate) = file.dict(seed.get("Cert"))?
            && file.value(&certificate, "Ff")?.as_int().unwrap_or(0) != 0
        {
            demands.other = Some("a certain certificate");
        }
        Ok(demands)
    }

    /// Refuses a signature that would not fulfil them.
    pub(crate) fn check(&self, field: &Field, digest: Hash) -> Result<()> {
        let refuse = |what: String| {
            let name = field.name.to_owned();
            Err(PdfError::FieldDemands { name, what })
        };
        if self
            .filter
            .as_deref()
            .is_some_and(|filter| filter != b"Adobe.PPKLite")
        {
            return refuse("another signature handler".to_owned());
        }
        let encodings = self.encodings.as_deref().unwrap_or_default();
        if self.encodings.is_some() && !encodings.iter().any(|one| one == b"ETSI.CAdES.detached") {
            return refuse("another encoding than ETSI.CAdES.detached".to_owned());
        }
        if let Some(reasons) = &self.reasons {
            // One full stop alone means that there must be no reason.
            let none = reasons.is_empty() || reasons.iter().all(|reason| reason == ".");
            let fits = if none {
                field.reason.is_empty()
            } else {
                reasons.iter().any(|one| one == field.reason)
            };
            if !fits {
                return refuse(format!("one of the reasons {reasons:?}"));
            }
        }
        if let Some(digests) = &self.digests
            && !digests.iter().any(|one| Some(one.as_str()) == name(digest))
        {
            return refuse(format!("one of the digests {digests:?}"));
        }
        match (self.certification, field.certify) {
            (None | Some(0), None) | (None, Some(_)) => {}
            (Some(level), Some(certify)) if level == certify.level() => {}
            (Some(0), Some(_)) => return refuse("a signature that does not certify".to_owned()),
            (Some(level), _) => return refuse(format!("a certification of level {level}")),
        }
        match self.other {
            Some(what) => refuse(what.to_owned()),
            None => Ok(()),
        }
    }
}

/// As `/DigestMethod` writes it.
fn name(digest: Hash) -> Option<&'static str> {
    match digest {
        Hash::Sha256 => Some("SHA256"),
        Hash::Sha384 => Some("SHA384"),
        Hash::Sha512 => Some("SHA512"),
        Hash::Sm3 => None,
    }
}

impl Certify {
    /// `/P` of the transform parameters (12.8.2.2, table 257).
    pub(crate) fn level(self) -> i64 {
        match self {
            Self::NoChanges => 1,
            Self::FormsAndSignatures => 2,
        }
    }
}
