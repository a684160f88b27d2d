//! One signature of another producer: message or document timestamp, digest, time and
//! certificates.

use crypto::digest;
use pki::{Certificate, PkiError, Purpose, SignedData, timestamp::Token, validate};

use super::{
    Checked, Finding, Signature, Verdict,
    coverage::{Coverage, Hashes, coverage, dictionary},
    difference::Own,
    field::SignatureField,
    judge::{AHEAD, der_length, untrusted},
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

    pub fn judge(self, hashes: &mut Hashes, anchors: &[Certificate], now_ms: i64) -> Signature {
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
        };
        let held = match (self.finding, self.coverage, &self.body) {
            (Some(finding), ..) => Err(finding),
            (None, Some(coverage), Some(Body::Token(token))) => {
                let content = hashes.covered(token.imprint().hash(), coverage);
                stamped(token, &content, anchors, now_ms, &mut report)
            }
            (None, Some(coverage), Some(Body::Message(message))) => {
                report.suite = Some(message.suite().to_owned());
                let content = hashes.covered(message.content_digest().hash(), coverage);
                let named = self.kind != "ETSI.CAdES.detached" || message.names_certificate();
                message
                    .verify(&content)
                    .map_err(changed)
                    .and_then(|()| signed(message, named, anchors, now_ms, &mut report))
            }
            _ => Err(Finding::invalid("contents-missing", "it has no message")),
        };
        if let Err(finding) = held {
            let Finding {
                verdict,
                code,
                reason,
            } = finding;
            (report.verdict, report.code, report.reason) = (verdict, code, reason);
        }
        report
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

/// Time and path of a signature that verifies with its signer's key.
fn signed(
    message: &SignedData,
    named: bool,
    anchors: &[Certificate],
    now_ms: i64,
    report: &mut Signature,
) -> Checked<()> {
    if !named {
        let reason = "the signed attributes do not name the signer's certificate";
        return Err(Finding::invalid("certificate-not-named", reason));
    }
    if let Some(der) = message.timestamp_token() {
        let token = Token::parse_lenient(der).map_err(|error| wrong(&error))?;
        let imprint = digest(token.imprint().hash(), message.signature());
        stamped(&token, &imprint, anchors, now_ms, report)?;
    } else {
        "it holds; its time is not proven, and was judged as of now".clone_into(&mut report.reason);
    }
    let at = report.time_ms.unwrap_or(now_ms).div_euclid(1000);
    let (signer, others) = (message.signer(), message.certificates());
    let path = validate(signer, others, anchors, at, Purpose::Signing);
    path.map_err(|error| match error.rule {
        // It may have been signed in time; nothing proves that it was not.
        pki::Rule::Expired if report.time_ms.is_none() => {
            let reason = format!("{error}; when it was signed is not proven");
            Finding::unknown(error.code(), reason)
        }
        _ => untrusted(&error),
    })?;
    Ok(())
}

/// A timestamp over this digest, and the authority's path at its own time.
fn stamped(
    token: &Token,
    imprint: &crypto::Digest,
    anchors: &[Certificate],
    now_ms: i64,
    report: &mut Signature,
) -> Checked<()> {
    token.verify(imprint).map_err(|error| match error {
        PkiError::ContentChanged if report.kind == "ETSI.RFC3161" => changed(error),
        other => wrong(&other),
    })?;
    if token.time_ms() > now_ms.saturating_add(AHEAD) {
        let reason = "its timestamp lies in the future; look at the clock of this machine";
        return Err(Finding::invalid("timestamp-future", reason));
    }
    let at = token.time_ms().div_euclid(1000);
    let (signer, others) = (token.signer(), token.certificates());
    let path = validate(signer, others, anchors, at, Purpose::Timestamping);
    path.map_err(|error| untrusted(&error))?;
    report.time_ms = Some(token.time_ms());
    report.timestamp = Some(signer.common_name().to_owned());
    Ok(())
}

fn wrong(error: &PkiError) -> Finding {
    let reason = format!("its timestamp: {error}");
    match error {
        PkiError::Algorithm(_) => Finding::unknown("timestamp-wrong", reason),
        _ => Finding::invalid("timestamp-wrong", reason),
    }
}
