//! One signature: message, digest, timestamp, certificates, act.

use crypto::digest;
use pki::{Anchors, Certificate, EventBinding, PathError, Purpose, SignedData, timestamp::Token};

use super::{
    Checked, Finding, Signature, Verdict,
    coverage::{Coverage, Hashes, coverage, dictionary},
    field::SignatureField,
    longterm::{self, Proven},
};
use crate::{
    object::{Object, Ref, write_hex},
    reader::File,
};

/// How far a timestamp may lie in the judge's future, in milliseconds.
pub(super) const AHEAD: i64 = 5 * 60 * 1000;

/// A signature that was found, before it is judged.
pub(super) struct Candidate<'a> {
    name: String,
    kind: String,
    /// The signature dictionary.
    pub object: Option<Ref>,
    pub coverage: Option<Coverage>,
    /// `<…>` as it stands in the file.
    gap: &'a [u8],
    message: Option<SignedData>,
    /// Length of the file before the signature's increment, as the history tells.
    pub before: Option<usize>,
    /// The first thing that is wrong with it.
    pub finding: Option<Finding>,
}

/// A signature with the act that it speaks of.
pub(super) struct Judged {
    pub judged: longterm::Judged,
    pub binding: Option<EventBinding>,
}

impl<'a> Candidate<'a> {
    pub fn read(file: &File<'a>, field: SignatureField) -> Self {
        let mut candidate = Self {
            name: field.name,
            kind: String::new(),
            object: field.value,
            coverage: None,
            gap: &[],
            message: None,
            before: None,
            finding: None,
        };
        candidate.finding = candidate.fill(file).err();
        candidate
    }

    fn fill(&mut self, file: &File<'a>) -> Checked<()> {
        let misplaced = "the signature is not an object of its own in the file";
        let misplaced = || Finding::invalid("signature-misplaced", misplaced);
        let object = self.object.ok_or_else(misplaced)?;
        let (dict, gap) = dictionary(file, object)?;
        let kind = dict
            .get("SubFilter")
            .and_then(Object::as_name)
            .unwrap_or_default();
        self.kind = String::from_utf8_lossy(kind).into_owned();
        // Also of kinds that are not checked: an act may follow one.
        let covered = coverage(file, &dict, &gap);
        self.coverage = covered.as_ref().ok().copied();
        if kind != b"ETSI.CAdES.detached" {
            let reason = format!(
                "signatures of the kind {:?} are not checked here",
                self.kind
            );
            return Err(Finding::unknown("signature-kind-unknown", reason));
        }
        covered?;
        self.gap = &file.bytes[gap];
        let contents = dict
            .get("Contents")
            .and_then(Object::as_string)
            .unwrap_or_default();
        let length = der_length(contents).filter(|length| *length <= contents.len());
        let empty = || Finding::invalid("contents-wrong", "its message is not DER");
        let message = SignedData::parse(&contents[..length.ok_or_else(empty)?]);
        self.message = Some(message.map_err(|error| Finding::invalid(error.code(), error))?);
        Ok(())
    }

    /// Whether the signature says that it is an act of Inkseal.
    pub fn is_act(&self) -> bool {
        self.message
            .as_ref()
            .is_some_and(|message| message.binding().is_some())
    }

    pub fn judge(self, hashes: &mut Hashes, anchors: &mut Anchors, now_ms: i64) -> Judged {
        let message = self.message.as_ref();
        let signer = message.map(SignedData::signer);
        let binding = message.and_then(SignedData::binding).cloned();
        let of = |field: fn(&EventBinding) -> String| binding.as_ref().map(field);
        let mut report = Signature {
            verdict: Verdict::Valid,
            code: "valid",
            reason: "it holds".to_owned(),
            field: self.name.clone(),
            who: signer.map_or_else(String::new, |signer| signer.common_name().to_owned()),
            mode: of(|b| b.mode.clone()),
            policy: of(|b| b.policy.clone()),
            suite: message.map(|message| message.suite().to_owned()),
            certificate: signer.map(Certificate::serial_hex),
            one_time: signer.map(|signer| signer.event_binding().is_some()),
            time_ms: None,
            timestamp: None,
            act: of(|b| b.act.clone()),
            evidence: of(|b| b.evidence.to_string()),
            revision: of(|b| b.revision.to_string()),
            covers: self.coverage.map(|coverage| coverage.end),
            kind: self.kind.clone(),
            certifies: None,
            level: None,
            revocation: None,
        };
        let mut proven = Vec::new();
        let held = match (self.finding.clone(), self.coverage, message) {
            (Some(finding), ..) => Err(finding),
            (None, Some(coverage), Some(message)) => {
                let held = self.hold(message, coverage, hashes, anchors, now_ms, &mut report);
                held.map(|paths| proven = paths)
            }
            _ => Err(Finding::invalid(
                "contents-missing",
                "the signature has no message",
            )),
        };
        if let Err(finding) = held {
            report.refuse(finding);
        }
        let judged = longterm::Judged { report, proven };
        Judged { judged, binding }
    }

    fn hold(
        &self,
        message: &SignedData,
        coverage: Coverage,
        hashes: &mut Hashes,
        anchors: &mut Anchors,
        now_ms: i64,
        report: &mut Signature,
    ) -> Checked<Vec<Proven>> {
        let hash = message.content_digest().hash();
        // In ascending order of the file, so that no byte is hashed twice.
        let before = self.before.zip(message.binding()).map(|(before, binding)| {
            hashes.beginning(binding.revision.hash(), before) == binding.revision
        });
        let content = hashes.covered(hash, coverage);
        message.verify(&content).map_err(|error| match error {
            pki::PkiError::ContentChanged => {
                let reason = "the file is not the one that was signed";
                Finding::altered("content-changed", reason)
            }
            other => Finding::invalid(other.code(), other),
        })?;
        let (token, token_path) = timestamp(message, anchors, now_ms)?;
        let (time_ms, token_der) = (
            token.time_ms(),
            message.timestamp_token().unwrap_or_default(),
        );
        report.time_ms = Some(time_ms);
        report.timestamp = Some(token.signer().common_name().to_owned());
        let at = time_ms.div_euclid(1000);
        let path = anchors.validate(
            message.signer(),
            message.certificates(),
            at,
            Purpose::Signing,
        );
        let path = path.map_err(|error| untrusted(&error))?;
        if token.to_der(&token_path) != token_der
            || written(&message.to_der(&path), self.gap.len()) != self.gap
        {
            let reason = "beside the signature there are bytes that nothing verifies";
            return Err(if message.binding().is_some() {
                Finding::altered("message-changed", reason)
            } else {
                Finding::unknown("message-not-canonical", reason)
            });
        }
        let Some(binding) = message.binding() else {
            let reason = "it names no act; of signatures by other software only the digest, the \
                          certificates and the timestamp were checked, and they hold";
            return Err(Finding::unknown("not-an-act", reason));
        };
        if message
            .signer()
            .event_binding()
            .is_some_and(|event| event != binding)
        {
            let reason = "the certificate was issued for another act";
            return Err(Finding::invalid("binding-mismatch", reason));
        }
        match before {
            Some(true) => {
                let of = |path, at_ms| Proven { path, at_ms };
                Ok(vec![of(path, time_ms), of(token_path, time_ms)])
            }
            _ => {
                let reason = "the certificate was issued for another revision of the document";
                Err(Finding::invalid("revision-mismatch", reason))
            }
        }
    }
}

/// A gap of this length as signing writes it: the message in lowercase hexadecimal,
/// filled up with zeros.
pub(super) fn written(message: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![b'<'];
    write_hex(message, &mut out);
    out.resize(out.len().max(length.saturating_sub(1)), b'0');
    out.push(b'>');
    out
}

/// The token over the signature with the path of its authority, at its own time.
fn timestamp(
    message: &SignedData,
    anchors: &mut Anchors,
    now_ms: i64,
) -> Checked<(Token, Vec<Certificate>)> {
    let Some(der) = message.timestamp_token() else {
        let reason = "it has no timestamp, so that its time is not proven";
        return Err(Finding::unknown("timestamp-missing", reason));
    };
    let wrong = |error: pki::PkiError| {
        Finding::invalid("timestamp-wrong", format!("its timestamp: {error}"))
    };
    let token = Token::parse(der).map_err(wrong)?;
    let imprint = digest(token.imprint().hash(), message.signature());
    token.verify(&imprint).map_err(wrong)?;
    if token.time_ms() > now_ms.saturating_add(AHEAD) {
        let reason = "its timestamp lies in the future; look at the clock of this machine";
        return Err(Finding::invalid("timestamp-future", reason));
    }
    let at = token.time_ms().div_euclid(1000);
    let path = anchors.validate(
        token.signer(),
        token.certificates(),
        at,
        Purpose::Timestamping,
    );
    let path = path.map_err(|error| untrusted(&error))?;
    Ok((token, path))
}

/// Nobody vouches for it: unknown. A rule is broken: invalid.
pub(super) fn untrusted(error: &PathError) -> Finding {
    match error.rule {
        pki::Rule::NoIssuer | pki::Rule::Limit => Finding::unknown(error.code(), error),
        _ => Finding::invalid(error.code(), error),
    }
}

/// Length of the DER element at the beginning, header included.
pub(super) fn der_length(bytes: &[u8]) -> Option<usize> {
    let (&first, rest) = bytes.get(1..)?.split_first()?;
    if first < 0x80 {
        return Some(2 + usize::from(first));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return None;
    }
    let length = rest
        .get(..count)?
        .iter()
        .fold(0_usize, |sum, b| sum << 8 | usize::from(*b));
    length.checked_add(2 + count)
}

/// The contract of all acts. Acts of two contracts, or one act twice, are a finding.
pub(super) fn one_contract(signatures: &[Judged], whole: &mut Vec<Finding>) -> Option<String> {
    let mut bindings = signatures
        .iter()
        .filter_map(|signature| signature.binding.as_ref());
    let first = bindings.clone().next()?;
    if bindings.any(|binding| binding.contract != first.contract) {
        let reason = "the signatures belong to different contracts";
        whole.push(Finding::invalid("contract-mismatch", reason));
    }
    let mut acts: Vec<&str> = signatures
        .iter()
        .filter_map(|s| s.binding.as_ref())
        .map(|b| b.act.as_str())
        .collect();
    acts.sort_unstable();
    if acts.windows(2).any(|pair| pair[0] == pair[1]) {
        whole.push(Finding::invalid(
            "act-twice",
            "two signatures name the same act",
        ));
    }
    Some(first.contract.clone())
}
