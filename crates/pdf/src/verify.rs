//! Judges a file as a stranger: from its bytes and the trust anchors alone.
//!
//! How data flows: `field` finds the signatures, `coverage` says which bytes each of
//! them covers, `increment` with `layout` and `objects` holds every revision against the
//! only shapes that signing makes, and `judge` ties digest, message, timestamp, certificates and the act
//! together. Nothing here shares state with signing, and what is not understood is
//! [`Verdict::Unknown`], never valid.
//!
//! Of a contract of ours no byte is left over: a signature covers all of the file but its
//! own message, and the message is written down again from what was verified and must
//! have equal bytes. `general` with `difference` and `permissions` judges what others
//! signed, and `longterm` tells for how long a signature can be proven.

mod accounted;
mod coverage;
mod difference;
pub(crate) mod field;
mod foreign;
mod general;
mod increment;
mod judge;
mod layout;
mod longterm;
mod objects;
mod permissions;
mod same;

use std::fmt;

use pki::{Anchors, Certificate};
use serde::Serialize;

use crate::{
    error::PdfError,
    object::{Dict, Ref},
    reader::{File, pages},
};
use coverage::Hashes;
use field::{Fields, SignatureField};
use foreign::Foreign;
use increment::History;
use judge::{Candidate, Judged, one_contract};
use longterm::{Material, tell};

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Everything holds.
    Valid,
    /// Bytes are not the ones that were signed, or were added after the last signature.
    Altered,
    /// A rule is broken: a signature, certificate or timestamp that does not hold.
    Invalid,
    /// It cannot be said: nobody among the anchors vouches, or a kind of signature that
    /// is not checked here.
    Unknown,
}

/// The judgement of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The one verdict: the gravest of all parts.
    pub verdict: Verdict,
    /// Stable code of what decided; `valid` when everything holds.
    pub code: &'static str,
    /// What decided, in words.
    pub reason: String,
    /// The contract that all signatures speak of.
    pub contract: Option<String>,
    /// What the file was held to; what was asked for when it could not be read.
    pub profile: Profile,
    /// The signatures in the order of the file.
    pub signatures: Vec<Signature>,
    /// The revisions from the first signature on.
    pub revisions: Vec<Revision>,
}

/// What a file is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Strict when a signature says that it is an act of Inkseal, else general.
    #[default]
    Auto,
    /// Only increments of the shapes that our signing makes may follow a signature, and
    /// every signature must be an act. After the last act there may be validation data and
    /// document timestamps, up to the end of the file.
    Strict,
    /// Signatures of other producers, and what standards permit to follow them. A file
    /// with an act of ours is held to the strict profile all the same.
    General,
}

/// A state of the file that somebody signed, or its end.
#[derive(Debug, Clone, Serialize)]
pub struct Revision {
    /// Length of the file up to its end.
    pub covers: usize,
    /// The field of the signature that ends it; none when nobody signed it.
    pub signature: Option<String>,
    /// What is different from the revision before. Of the first revision of another
    /// producer's file it is empty.
    pub added: Vec<String>,
    /// Whether that may follow what was signed before.
    pub allowed: bool,
    /// Why it may not.
    pub reason: Option<String>,
}

/// The judgement of one signature. What a part does not say is absent.
#[derive(Debug, Clone, Serialize)]
pub struct Signature {
    /// Its verdict.
    pub verdict: Verdict,
    /// Stable code of what decided; `valid` when everything holds.
    pub code: &'static str,
    /// What decided, in words.
    pub reason: String,
    /// Name of the signature field.
    pub field: String,
    /// Common name in the signer's certificate.
    pub who: String,
    /// How evidence was collected.
    pub mode: Option<String>,
    /// Evidence policy that was met.
    pub policy: Option<String>,
    /// Algorithms, such as `sm2-sm3`.
    pub suite: Option<String>,
    /// Serial number of the signer's certificate, hexadecimal.
    pub certificate: Option<String>,
    /// Whether the certificate was issued for this act alone.
    pub one_time: Option<bool>,
    /// The proven time, unix milliseconds.
    pub time_ms: Option<i64>,
    /// Who proves the time.
    pub timestamp: Option<String>,
    /// Identifier of the act.
    pub act: Option<String>,
    /// Digest of the manifest of the act's evidence.
    pub evidence: Option<String>,
    /// Digest of the revision that was signed.
    pub revision: Option<String>,
    /// Length of the file up to and including this signature.
    pub covers: Option<usize>,
    /// Kind of the signature, as `/SubFilter` names it.
    pub kind: String,
    /// The level to which it restricts later changes, by certification (`DocMDP`) or by
    /// the lock of its field.
    pub certifies: Option<i64>,
    /// The level of PAdES that a valid signature has reached: `B-B`, `B-T` with a proven
    /// time, `B-LT` with validation data in the file, `B-LTA` with a document timestamp
    /// over these.
    pub level: Option<&'static str>,
    /// What the validation data in the file say of the certificates: `good`, `revoked`, or
    /// `unknown` when they do not answer; nothing when there are none.
    pub revocation: Option<&'static str>,
}

impl Signature {
    fn refuse(&mut self, finding: Finding) {
        let Finding {
            verdict,
            code,
            reason,
        } = finding;
        (self.verdict, self.code, self.reason) = (verdict, code, reason);
    }
}

/// Something that keeps a signature or a file from being valid.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    verdict: Verdict,
    code: &'static str,
    reason: String,
}

impl Finding {
    fn new(verdict: Verdict, code: &'static str, reason: impl fmt::Display) -> Self {
        let reason = reason.to_string();
        Self {
            verdict,
            code,
            reason,
        }
    }

    fn altered(code: &'static str, reason: impl fmt::Display) -> Self {
        Self::new(Verdict::Altered, code, reason)
    }

    fn invalid(code: &'static str, reason: impl fmt::Display) -> Self {
        Self::new(Verdict::Invalid, code, reason)
    }

    fn unknown(code: &'static str, reason: impl fmt::Display) -> Self {
        Self::new(Verdict::Unknown, code, reason)
    }
}

impl From<PdfError> for Finding {
    fn from(error: PdfError) -> Self {
        Self::invalid(error.code(), error)
    }
}

type Checked<T> = Result<T, Finding>;

/// Judges a file by these anchors. `now_ms` is the time of the judgement, unix
/// milliseconds; signatures are judged at the time that their timestamps prove.
///
/// A contract of Inkseal is held to the strict profile: after its first signature only
/// the increments of further signatures may follow, each signed by somebody that the
/// anchors vouch for, and after the last one validation data and document timestamps. Runs in time linear in the file.
#[must_use]
pub fn verify(file: &[u8], anchors: &[Certificate], now_ms: i64) -> Report {
    verify_with(file, anchors, now_ms, Profile::Auto)
}

/// Judges a file like [`verify`], by a profile.
#[must_use]
pub fn verify_with(file: &[u8], anchors: &[Certificate], now_ms: i64, profile: Profile) -> Report {
    match examine(file, &mut Anchors::new(anchors), now_ms, profile) {
        Ok(report) => report,
        Err(Finding {
            verdict,
            code,
            reason,
        }) => Report {
            verdict,
            code,
            reason,
            contract: None,
            profile,
            signatures: Vec::new(),
            revisions: Vec::new(),
        },
    }
}

fn examine(bytes: &[u8], anchors: &mut Anchors, now_ms: i64, profile: Profile) -> Checked<Report> {
    let mut opened = Opened::read(bytes)?;
    if opened.candidates.is_empty() {
        return Err(Finding::invalid("unsigned", "the file has no signature"));
    }
    let acts = || {
        opened
            .candidates
            .iter()
            .filter(|candidate| candidate.is_act())
    };
    if profile != Profile::Strict && acts().next().is_none() {
        let read = |field: &SignatureField| Foreign::read(&opened.file, field.clone());
        let found: Vec<_> = opened.fields.signatures.iter().map(read).collect();
        // An act that only a lenient reader understands is still held to our rules.
        if !found.iter().any(Foreign::is_act) {
            let examined = general::examine(&opened.file, found, anchors, now_ms);
            let told = tell(&opened.file, &examined.material, examined.signatures);
            return Ok(Report {
                profile: Profile::General,
                revisions: examined.revisions,
                ..conclude(examined.whole, told, None)
            });
        }
    }
    let end = acts().filter_map(|act| act.coverage).map(|c| c.end).max();
    if let Some(end) = end {
        let both = opened.fields.signatures.iter().zip(&opened.candidates);
        let others = both.filter(|(_, candidate)| !candidate.is_act());
        let read = |(field, _): (&SignatureField, _)| Foreign::read(&opened.file, field.clone());
        let later: Vec<_> = others.map(read).filter(|one| one.ends_after(end)).collect();
        if !later.is_empty() && later.iter().all(Foreign::is_timestamp) {
            let acts = acts_of(&mut Opened::read(&bytes[..end])?, anchors, now_ms)?;
            let before = File::open(&bytes[..end])?;
            let later = general::archive(&opened.file, before, later, anchors, now_ms);
            return Ok(acts.and(later).report(&opened.file));
        }
    }
    Ok(acts_of(&mut opened, anchors, now_ms)?.report(&opened.file))
}

/// A file with its signatures, before anything is judged.
struct Opened<'a> {
    file: File<'a>,
    root: Ref,
    catalog: Dict,
    fields: Fields,
    /// As many as there are fields with a signature.
    candidates: Vec<Candidate<'a>>,
}

impl<'a> Opened<'a> {
    fn read(bytes: &'a [u8]) -> Checked<Self> {
        let file = File::open(bytes)?;
        let (root, catalog) = file.catalog()?;
        let fields = field::fields(&file, &catalog)?;
        let read = |field: &SignatureField| Candidate::read(&file, field.clone());
        let candidates = fields.signatures.iter().map(read).collect();
        Ok(Self {
            file,
            root,
            catalog,
            fields,
            candidates,
        })
    }
}

/// A file that was held to the strict profile.
struct Strict {
    whole: Vec<Finding>,
    signatures: Vec<longterm::Judged>,
    contract: Option<String>,
    revisions: Vec<Revision>,
}

impl Strict {
    /// With the validation data and document timestamps that were added for later. The
    /// last of them covers the whole file, so that no byte of it is without a signature.
    fn and(mut self, later: general::Examined) -> Self {
        self.whole.extend(later.whole);
        self.signatures.extend(later.signatures);
        self.revisions.extend(later.revisions);
        self
    }

    fn report(self, file: &File) -> Report {
        let told = tell(file, &Material::read(file), self.signatures);
        Report {
            revisions: self.revisions,
            ..conclude(self.whole, told, self.contract)
        }
    }
}

fn acts_of(opened: &mut Opened, anchors: &mut Anchors, now_ms: i64) -> Checked<Strict> {
    let mut candidates = std::mem::take(&mut opened.candidates);
    let Opened {
        file,
        root,
        catalog,
        fields,
        ..
    } = &*opened;
    let bytes = file.bytes;
    // By what they cover; those that cover nothing understandable come last.
    candidates.sort_by_key(|candidate| candidate.coverage.map_or(usize::MAX, |c| c.end));
    let pages = pages::pages(file, catalog)?;
    let mut whole = Vec::new();
    let last = candidates
        .iter()
        .filter_map(|c| c.coverage)
        .map(|c| c.end)
        .max();
    if last.is_some_and(|end| end != bytes.len()) {
        let added = bytes.len() - last.unwrap_or_default();
        let reason = format!("{added} bytes follow after what the last signature covers");
        whole.push(Finding::altered("bytes-after-signature", reason));
    }
    one_after_the_other(&mut candidates);
    History::new(file, *root, catalog, &pages, &fields.names)?.check(&mut candidates);
    let mut hashes = Hashes::new(bytes);
    let judged: Vec<Judged> = candidates
        .into_iter()
        .map(|c| c.judge(&mut hashes, anchors, now_ms))
        .collect();
    let contract = one_contract(&judged, &mut whole);
    let signatures: Vec<_> = judged.into_iter().map(|judged| judged.judged).collect();
    let revisions = of_acts(&signatures, bytes.len());
    Ok(Strict {
        whole,
        signatures,
        contract,
        revisions,
    })
}

/// The revisions of a file that was held to the strict profile.
fn of_acts(signatures: &[longterm::Judged], length: usize) -> Vec<Revision> {
    let ends = signatures.iter().filter_map(|judged| {
        let signature = &judged.report;
        let allowed = signature.code != "revision-not-allowed";
        Some(Revision {
            added: vec![format!("signature {:?}", signature.field)],
            allowed,
            reason: (!allowed).then(|| signature.reason.clone()),
            ..Revision::new(signature.covers?, Some(signature.field.clone()))
        })
    });
    let mut revisions: Vec<Revision> = ends.collect();
    if revisions.last().is_some_and(|last| last.covers != length) {
        revisions.push(Revision {
            allowed: false,
            reason: Some("bytes follow after what the last signature covers".to_owned()),
            ..Revision::new(length, None)
        });
    }
    revisions
}

/// Each signature lies after what the one before covers; so are bytes hashed twice at
/// most, however many signatures there are.
fn one_after_the_other(candidates: &mut [Candidate]) {
    let mut end_before = 0;
    for candidate in candidates {
        let Some(coverage) = candidate.coverage else {
            continue;
        };
        if coverage.gap.0 < end_before {
            let reason = "it covers no more than the signature before it";
            let finding = Finding::invalid("byte-range-wrong", reason);
            candidate.finding.get_or_insert(finding);
        }
        end_before = coverage.end;
    }
}

/// The gravest finding decides.
fn conclude(whole: Vec<Finding>, signatures: Vec<Signature>, contract: Option<String>) -> Report {
    let mut gravest = Finding::new(Verdict::Valid, "valid", "every signature holds");
    let of_signatures = signatures.iter().enumerate().map(|(index, signature)| {
        let Signature {
            verdict,
            code,
            reason,
            ..
        } = signature;
        Finding::new(*verdict, code, format!("signature {}: {reason}", index + 1))
    });
    for finding in whole.into_iter().chain(of_signatures) {
        if gravity(finding.verdict) > gravity(gravest.verdict) {
            gravest = finding;
        }
    }
    let Finding {
        verdict,
        code,
        reason,
    } = gravest;
    Report {
        verdict,
        code,
        reason,
        contract,
        profile: Profile::Strict,
        signatures,
        revisions: Vec::new(),
    }
}

fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Unknown => 1,
        Verdict::Invalid => 2,
        Verdict::Altered => 3,
    }
}
