//! HTTP message signatures (RFC 9421), as far as two who know each other need them.
//!
//! A request is signed over the same parts every time: method, authority, target, the
//! digest of its body (RFC 9530), and its idempotency key where it has one. An answer is
//! signed over its status, the digest of its body, and the idempotency key of the request
//! that it answers, so that it answers no other. The parameters say when it was signed,
//! with which nonce, key and algorithm.

use std::{borrow::Cow, fmt::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, MacKey, digest};

/// Label of the signature among others of the same request.
const LABEL: &str = "inkseal";
/// Longest header that is read.
const LIMIT: usize = 1024;

/// The parts of a request that are signed.
#[derive(Debug, Clone, Copy)]
pub struct Covered<'a> {
    /// Such as `POST`.
    pub method: &'a str,
    /// Host, and port where it is not the usual one, in lowercase.
    pub authority: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The `Content-Digest` header.
    pub digest: &'a str,
    /// The `Idempotency-Key` header.
    pub idempotency: Option<&'a str>,
}

/// The parts of an answer that are signed.
#[derive(Debug, Clone, Copy)]
pub struct CoveredAnswer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Digest` header.
    pub digest: &'a str,
    /// The `Idempotency-Key` header of the request (RFC 9421, 2.4).
    pub idempotency: &'a str,
}

/// The parameters of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Unix seconds.
    pub created: i64,
    /// Never used before with this key.
    pub nonce: String,
    /// Name of the key.
    pub key: String,
    /// `hmac-sha256`, or what RFC 9421 does not have: `hmac-sm3`, and `sm2-sm3`, a DER
    /// signature.
    pub algorithm: String,
}

/// The two headers of a signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// `Signature-Input`.
    pub input: String,
    /// `Signature`.
    pub signature: String,
}

impl Covered<'_> {
    fn parts(&self) -> Parts<'_> {
        let mut parts = vec![
            ("\"@method\"", self.method.into()),
            ("\"@authority\"", self.authority.into()),
            ("\"@request-target\"", self.target.into()),
            ("\"content-digest\"", self.digest.into()),
        ];
        let key = self.idempotency;
        parts.extend(key.map(|key| ("\"idempotency-key\"", key.into())));
        parts
    }

    /// Signs with a function from the signature base to the signature.
    pub fn sign<E>(
        &self,
        parameters: &Parameters,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Headers, E> {
        signed(&self.parts(), parameters, sign)
    }

    /// Reads the headers of a request with these parts: the parameters, the base that
    /// must have been signed, and the signature. None when they are of another form or
    /// over other parts.
    pub fn read(&self, headers: &Headers) -> Option<(Parameters, Vec<u8>, Vec<u8>)> {
        read(&self.parts(), headers)
    }
}

impl CoveredAnswer<'_> {
    fn parts(&self) -> Parts<'_> {
        vec![
            ("\"@status\"", self.status.to_string().into()),
            ("\"content-digest\"", self.digest.into()),
            ("\"idempotency-key\";req", self.idempotency.into()),
        ]
    }

    /// Signs, as [`Covered::sign`].
    pub fn sign<E>(
        &self,
        parameters: &Parameters,
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<Headers, E> {
        signed(&self.parts(), parameters, sign)
    }

    /// Reads the headers of an answer, as [`Covered::read`].
    pub fn read(&self, headers: &Headers) -> Option<(Parameters, Vec<u8>, Vec<u8>)> {
        read(&self.parts(), headers)
    }
}

/// Identifiers (RFC 9421, 2) as they are written, and values.
type Parts<'a> = Vec<(&'static str, Cow<'a, str>)>;

fn signed<E>(
    parts: &Parts,
    parameters: &Parameters,
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Headers, E> {
    let parameters = parameters.serialised(parts);
    let signature = sign(base(parts, &parameters).as_bytes())?;
    Ok(Headers {
        input: format!("{LABEL}={parameters}"),
        signature: format!("{LABEL}=:{}:", STANDARD.encode(signature)),
    })
}

fn read(parts: &Parts, headers: &Headers) -> Option<(Parameters, Vec<u8>, Vec<u8>)> {
    if headers.input.len() > LIMIT || headers.signature.len() > LIMIT {
        return None;
    }
    let rest = headers.input.strip_prefix(LABEL)?.strip_prefix('=')?;
    let parameters = Parameters::read(rest.strip_prefix(&list(parts))?)?;
    let serialised = parameters.serialised(parts);
    let signature = headers.signature.strip_prefix(LABEL)?;
    let signature = signature.strip_prefix("=:")?.strip_suffix(':')?;
    let signature = STANDARD.decode(signature).ok()?;
    // One form alone: what is read is what would have been written.
    (serialised == rest).then(|| {
        let base = base(parts, &serialised).into_bytes();
        (parameters, base, signature)
    })
}

impl Parameters {
    fn serialised(&self, parts: &Parts) -> String {
        let Self {
            created,
            nonce,
            key,
            algorithm,
        } = self;
        let list = list(parts);
        format!(r#"{list};created={created};nonce="{nonce}";keyid="{key}";alg="{algorithm}""#)
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(";created=")?;
        let (created, rest) = rest.split_once(r#";nonce=""#)?;
        let (nonce, rest) = rest.split_once(r#"";keyid=""#)?;
        let (key, rest) = rest.split_once(r#"";alg=""#)?;
        let algorithm = rest.strip_suffix('"')?;
        let plain = |byte: u8| byte.is_ascii_graphic() && !br#""\"#.contains(&byte);
        let words = [nonce, key, algorithm];
        if !words.iter().all(|word| word.bytes().all(plain)) {
            return None;
        }
        let [nonce, key, algorithm] = words.map(str::to_owned);
        let created = created.parse().ok()?;
        Some(Self {
            created,
            nonce,
            key,
            algorithm,
        })
    }
}

/// The names of the parts, as an inner list of RFC 8941.
fn list(parts: &Parts) -> String {
    let names: Vec<&str> = parts.iter().map(|(name, _)| *name).collect();
    format!("({})", names.join(" "))
}

/// The signature base (RFC 9421, 2.5).
fn base(parts: &Parts, parameters: &str) -> String {
    let mut base = String::new();
    for (name, value) in parts {
        // Writing to a string does not fail.
        let _ = writeln!(base, "{name}: {value}");
    }
    let _ = write!(base, "\"@signature-params\": {parameters}");
    base
}

/// The name of HMAC with a secret (RFC 9421, 3.3.3; `hmac-sm3` is ours).
pub fn hmac(secret: &MacKey) -> &'static str {
    if secret.hash() == Hash::Sm3 {
        "hmac-sm3"
    } else {
        "hmac-sha256"
    }
}

/// The `Content-Digest` header of a body (RFC 9530; `sm3` is ours).
pub fn content_digest(hash: Hash, body: &[u8]) -> String {
    let name = if hash == Hash::Sm3 { "sm3" } else { "sha-256" };
    format!(
        "{name}=:{}:",
        STANDARD.encode(digest(hash, body).as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9421, B.2.5: the example that is signed with a shared secret.
    #[test]
    fn the_base_is_that_of_the_standard() {
        let secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
        let key = MacKey::new(&STANDARD.decode(secret).unwrap()).unwrap();
        let parts = vec![
            ("\"date\"", "Tue, 20 Apr 2021 02:07:55 GMT".into()),
            ("\"@authority\"", "example.com".into()),
            ("\"content-type\"", "application/json".into()),
        ];
        let parameters = format!(
            r#"{};created=1618884473;keyid="test-shared-secret""#,
            list(&parts)
        );
        let tag = key.tag(base(&parts, &parameters).as_bytes());
        let expected = "pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=";
        assert_eq!(STANDARD.encode(tag), expected);
    }

    /// RFC 9530, appendix D: the digest of `{"hello": "world"}` and a line feed.
    #[test]
    fn the_digest_is_that_of_the_standard() {
        let digest = content_digest(Hash::Sha256, b"{\"hello\": \"world\"}\n");
        assert_eq!(
            digest,
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }

    /// RFC 9421, 2.4 and B.2: a part of the request is named with `;req`, in the list and
    /// in the base.
    #[test]
    fn an_answer_is_bound_to_its_question() {
        let answer = CoveredAnswer {
            status: 200,
            digest: "sha-256=:AAAA:",
            idempotency: "k",
        };
        let signed = answer.sign(&parameters(), |base| Ok::<_, ()>(base.to_vec()));
        let signed = signed.unwrap();
        let names = r#"("@status" "content-digest" "idempotency-key";req)"#;
        assert!(
            signed
                .input
                .starts_with(&format!("inkseal={names};created="))
        );
        let (_, base, signature) = answer.read(&signed).unwrap();
        assert_eq!(base, signature);
        let text = String::from_utf8(base).unwrap();
        assert!(text.starts_with("\"@status\": 200\n\"content-digest\": sha-256=:AAAA:\n\"idempotency-key\";req: k\n\"@signature-params\": ("), "{text}");
        let others = [
            CoveredAnswer {
                status: 201,
                ..answer
            },
            CoveredAnswer {
                digest: "sha-256=:AAAB:",
                ..answer
            },
            CoveredAnswer {
                idempotency: "l",
                ..answer
            },
        ];
        for other in others {
            let (_, base, was) = other.read(&signed).unwrap();
            assert_ne!(base, was);
        }
        // A request's signature is none of an answer.
        let request = COVERED.sign(&parameters(), |base| Ok::<_, ()>(base.to_vec()));
        assert!(answer.read(&request.unwrap()).is_none());
    }

    const COVERED: Covered = Covered {
        method: "POST",
        authority: "ca.example",
        target: "/v1/certificates",
        digest: "sha-256=:AAAA:",
        idempotency: Some("k"),
    };

    fn parameters() -> Parameters {
        Parameters {
            created: 1_800_000_000,
            nonce: "00ff".to_owned(),
            key: "bank".to_owned(),
            algorithm: "hmac-sha256".to_owned(),
        }
    }

    fn signed() -> Headers {
        let signed = COVERED.sign(&parameters(), |base| Ok::<_, ()>(base.to_vec()));
        signed.unwrap()
    }

    #[test]
    fn what_was_signed_is_read_again() {
        let (read, base, signature) = COVERED.read(&signed()).unwrap();
        assert_eq!(read, parameters());
        assert_eq!(base, signature);
    }

    /// Any other part gives another base, or is not read at all.
    #[test]
    fn every_part_is_under_the_signature() {
        let other = [
            Covered {
                method: "GET",
                ..COVERED
            },
            Covered {
                authority: "ca.example:1",
                ..COVERED
            },
            Covered {
                target: "/v1/revocations",
                ..COVERED
            },
            Covered {
                digest: "sha-256=:AAAB:",
                ..COVERED
            },
            Covered {
                idempotency: Some("l"),
                ..COVERED
            },
            Covered {
                idempotency: None,
                ..COVERED
            },
        ];
        for covered in other {
            let same = covered
                .read(&signed())
                .is_some_and(|(_, base, was)| base == was);
            assert!(!same, "{covered:?}");
        }
        let input = &signed().input;
        let changed = [
            input.replace("00ff", "00fe"),
            input.replace("1800000000", "1800000001"),
            input.replace("bank", "bang"),
        ];
        for input in changed {
            let headers = Headers { input, ..signed() };
            let (_, base, was) = COVERED.read(&headers).unwrap();
            assert_ne!(base, was);
        }
        let foreign = [
            input.replace("inkseal=", "other="),
            input.replace("created=1", "created=+1"),
            format!("{input};tag=\"x\""),
            input.replace("\"@method\" ", ""),
            String::new(),
            "x".repeat(2000),
        ];
        for input in foreign {
            assert!(COVERED.read(&Headers { input, ..signed() }).is_none());
        }
    }
}
