//! One signature of another producer: message or document timestamp, digest, time and
//! certificates.

use crypto::{Digest, digest};
use pki::{Anchors, Certificate, PathError, PkiError, Purpose, SignedData, timestamp::Token};

use super::{
    Checked, Finding, Signature, Verdict,
    coverage::{Coverage, Hashes, coverage, dictionary},
    difference::Own,
    field::SignatureField,
    judge::{AHEAD, der_length, untrusted, written},
    longterm::{Judged, Proven},
};
use crate::{object::Object, permissions::Permissions, reader::File};

/// What a signature's message was read as.
enum Body {
    Message(Box<SignedData>),
    /// A document timestamp.
    Token(Box<Token>),
}

/// A signature that was found, before it is judged.
pub(super) struct Foreign {
    field: SignatureField,
    kind: String,
    pub coverage: Option<Coverage>,
    body: Option<Body>,
    /// What it permits to follow.
    pub permissions: Permissions,
    /// The first thing that is wrong with it.
    pub finding: Option<Finding>,
}

impl Foreign {
    pub fn read(file: &File, field: SignatureField) -> Self {
        let mut foreign = Self {
            field,
            kind: String::new(),
            coverage: None,
            body: None,
            permissions: Permissions::default(),
            finding: None,
        };
        foreign.finding = foreign.fill(file).err();
        foreign
    }

    fn fill(&mut self, file: &File) -> Checked<()> {
        let misplaced = "the signature is not an object of its own in the file";
        let misplaced = || Finding::invalid("signature-misplaced", misplaced);
        let object = self.field.value.ok_or_else(misplaced)?;
        let (dict, gap) = dictionary(file, object)?;
        let kind = file.value(&dict, "SubFilter")?;
        let kind = kind.as_name().unwrap_or_default();
        self.kind = String::from_utf8_lossy(kind).into_owned();
        self.permissions = Permissions::read(file, &dict, &self.field.dict)?;
        let covered = coverage(file, &dict, &gap);
        self.coverage = covered.as_ref().ok().copied();
        let contents = dict.get("Contents").and_then(Object::as_string);
        let contents = contents.unwrap_or_default();
        let parsed = match kind {
            b"ETSI.CAdES.detached" | b"adbe.pkcs7.detached" => {
                covered?;
                SignedData::parse_lenient(message(contents)?)
                    .map(Box::new)
                    .map(Body::Message)
            }
            b"ETSI.RFC3161" => {
                covered?;
                Token::parse_lenient(message(contents)?)
                    .map(Box::new)
                    .map(Body::Token)
            }
            _ => return Err(unknown_kind(&self.kind)),
        };
        self.body = Some(parsed.map_err(|error| match error {
            PkiError::Algorithm(_) => Finding::unknown(error.code(), error),
            _ => Finding::invalid(error.code(), error),
        })?);
        Ok(())
    }

    /// Whether the signature says that it is an act of Inkseal; such a file has no
    /// business here.
    pub fn is_act(&self) -> bool {
        matches!(&self.body, Some(Body::Message(message)) if message.binding().is_some())
    }

    /// Whether it is a document timestamp.
    pub fn is_timestamp(&self) -> bool {
        matches!(self.body, Some(Body::Token(_)))
    }

    /// Whether it covers more than so many bytes.
    pub fn ends_after(&self, end: usize) -> bool {
        self.coverage.is_some_and(|coverage| coverage.end > end)
    }

    /// As the end of a revision.
    pub fn own(&self) -> Option<Own> {
        let timestamp = self.is_timestamp();
        self.field.value.map(|object| Own { object, timestamp })
    }

    pub fn name(&self) -> &str {
        &self.field.name
    }

    /// Digest of what it covers. Asked in ascending order of the file, no byte is hashed
    /// twice.
    pub fn content(&self, hashes: &mut Hashes) -> Option<Digest> {
        let hash = match self.body.as_ref()? {
            Body::Token(token) => token.imprint().hash(),
            Body::Message(message) => message.content_digest().hash(),
        };
        Some(hashes.covered(hash, self.coverage?))
    }

    /// Whether the timestamp is in the file as we write it, with the certificates of this
    /// path and no byte besides.
    pub fn is_as_written(&self, file: &File, path: &[Certificate]) -> bool {
        let (Some(Body::Token(token)), Some(Coverage { gap, .. })) = (&self.body, self.coverage)
        else {
            return false;
        };
        let gap = &file.bytes[gap.0..gap.1];
        written(&token.to_der(path), gap.len()) == gap
    }

    /// Judges it by the digest of what it covers.
    pub fn judge(&self, content: Option<Digest>, trust: &mut Trust) -> Judged {
        let signer = match &self.body {
            Some(Body::Message(message)) => Some(message.signer()),
            Some(Body::Token(token)) => Some(token.signer()),
            None => None,
        };
        let mut report = Signature {
            verdict: Verdict::Valid,
            code: "valid",
            reason: "it holds".to_owned(),
            field: self.field.name.clone(),
            who: signer.map_or_else(String::new, |signer| signer.common_name().to_owned()),
            mode: None,
            policy: None,
            suite: None,
            certificate: signer.map(Certificate::serial_hex),
            one_time: None,
            time_ms: None,
            timestamp: None,
            act: None,
            evidence: None,
            revision: None,
            covers: self.coverage.map(|coverage| coverage.end),
            kind: self.kind.clone(),
            certifies: self.permissions.level(),
            level: None,
            revocation: None,
        };
        let mut proven = Vec::new();
        let held = match (self.finding.clone(), content, &self.body) {
            (Some(finding), ..) => Err(finding),
            (None, Some(content), Some(Body::Token(token))) => {
                stamped(token, &content, trust, &mut report).map(|path| proven.push(path))
            }
            (None, Some(content), Some(Body::Message(message))) => {
                report.suite = Some(message.suite().to_owned());
                let named = self.kind != "ETSI.CAdES.detached" || message.names_certificate();
                message
                    .verify(&content)
                    .map_err(changed)
                    .and_then(|()| signed(message, named, trust, &mut report))
                    .map(|paths| proven = paths)
            }
            _ => Err(Finding::invalid("contents-missing", "it has no message")),
        };
        if let Err(finding) = held {
            report.refuse(finding);
        }
        Judged { report, proven }
    }
}

/// Whom the judge trusts, and what he knows.
pub(super) struct Trust<'a, 'b> {
    pub anchors: &'a mut Anchors<'b>,
    /// Certificates that came with the file.
    pub others: &'a [Certificate],
    pub now_ms: i64,
    /// The earliest document timestamp after the signature, and who made it.
    pub existed: Option<(i64, String)>,
}

impl Trust<'_, '_> {
    fn path(
        &mut self,
        leaf: &Certificate,
        others: &[Certificate],
        at_ms: i64,
        purpose: Purpose,
    ) -> Result<Proven, PathError> {
        let at = at_ms.div_euclid(1000);
        let path = if self.others.is_empty() {
            self.anchors.validate(leaf, others, at, purpose)
        } else {
            let all = [others, self.others].concat();
            self.anchors.validate(leaf, &all, at, purpose)
        };
        path.map(|path| Proven { path, at_ms })
    }
}

/// The DER at the beginning; nothing but zeros may fill up the rest.
fn message(contents: &[u8]) -> Checked<&[u8]> {
    if contents.starts_with(&[0x30, 0x80]) {
        let reason = "its message is written in BER without lengths, which is not read here";
        return Err(Finding::unknown("message-ber", reason));
    }
    let length = der_length(contents).filter(|length| *length <= contents.len());
    let empty = || Finding::invalid("contents-wrong", "its message is not DER");
    let (message, rest) = contents.split_at(length.ok_or_else(empty)?);
    if rest.iter().any(|byte| *byte != 0) {
        let reason = "beside the signature there are bytes that nothing verifies";
        return Err(Finding::unknown("message-not-canonical", reason));
    }
    Ok(message)
}

fn unknown_kind(kind: &str) -> Finding {
    let reason = match kind {
        "GM.sm2seal" => "an electronic seal (GM.sm2seal) is not checked here".to_owned(),
        "adbe.pkcs7.sha1" | "adbe.x509.rsa_sha1" => {
            format!("signatures of the kind {kind:?} rest on SHA-1 and are not checked here")
        }
        _ => format!("signatures of the kind {kind:?} are not checked here"),
    };
    Finding::unknown("signature-kind-unknown", reason)
}

fn changed(error: PkiError) -> Finding {
    match error {
        PkiError::ContentChanged => {
            let reason = "the file is not the one that was signed";
            Finding::altered("content-changed", reason)
        }
        PkiError::Algorithm(_) => Finding::unknown(error.code(), error),
        other => Finding::invalid(other.code(), other),
    }
}

/// Time and paths of a signature that verifies with its signer's key.
fn signed(
    message: &SignedData,
    named: bool,
    trust: &mut Trust,
    report: &mut Signature,
) -> Checked<Vec<Proven>> {
    if !named {
        let reason = "the signed attributes do not name the signer's certificate";
        return Err(Finding::invalid("certificate-not-named", reason));
    }
    let mut proven = Vec::new();
    if let Some(der) = message.timestamp_token() {
        let token = Token::parse_lenient(der).map_err(|error| wrong(&error))?;
        let imprint = digest(token.imprint().hash(), message.signature());
        proven.push(stamped(&token, &imprint, trust, report)?);
    } else if let Some((at_ms, who)) = &trust.existed {
        // It was there when the file was stamped.
        report.time_ms = Some(*at_ms);
        report.timestamp = Some(who.clone());
    } else {
        "it holds; its time is not proven, and was judged as of now".clone_into(&mut report.reason);
    }
    let at_ms = report.time_ms.unwrap_or(trust.now_ms);
    let (signer, others) = (message.signer(), message.certificates());
    let path = trust.path(signer, others, at_ms, Purpose::Signing);
    let path = path.map_err(|error| match error.rule {
        // It may have been signed in time; nothing proves that it was not.
        pki::Rule::Expired if report.time_ms.is_none() => {
            let reason = format!("{error}; when it was signed is not proven");
            Finding::unknown(error.code(), reason)
        }
        _ => untrusted(&error),
    })?;
    proven.insert(0, path);
    Ok(proven)
}

/// A timestamp over this digest, and the authority's path at its own time.
fn stamped(
    token: &Token,
    imprint: &Digest,
    trust: &mut Trust,
    report: &mut Signature,
) -> Checked<Proven> {
    token.verify(imprint).map_err(|error| match error {
        PkiError::ContentChanged if report.kind == "ETSI.RFC3161" => changed(error),
        other => wrong(&other),
    })?;
    if token.time_ms() > trust.now_ms.saturating_add(AHEAD) {
        let reason = "its timestamp lies in the future; look at the clock of this machine";
        return Err(Finding::invalid("timestamp-future", reason));
    }
    let (signer, others) = (token.signer(), token.certificates());
    let path = trust.path(signer, others, token.time_ms(), Purpose::Timestamping);
    let path = path.map_err(|error| untrusted(&error))?;
    report.time_ms = Some(token.time_ms());
    report.timestamp = Some(signer.common_name().to_owned());
    Ok(path)
}

fn wrong(error: &PkiError) -> Finding {
    let reason = format!("its timestamp: {error}");
    match error {
        PkiError::Algorithm(_) => Finding::unknown("timestamp-wrong", reason),
        _ => Finding::invalid("timestamp-wrong", reason),
    }
}
