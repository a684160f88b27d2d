//! Who asks: the client's signature over the request, once and in time.

use std::collections::BTreeSet;

use axum::http::{header, request::Parts};
use crypto::{Hash, MacKey, Verifier};

use crate::outside::signature::{Covered, Headers, content_digest, hmac};

/// How old or how early a signature may be, in seconds.
const WINDOW: i64 = 300;
/// Most nonces that are remembered.
const NONCES: usize = 100_000;

/// What a simulator knows of its one client.
pub struct Door {
    name: String,
    /// One secret, for each hash.
    shared: [MacKey; 2],
    own: Verifier,
    /// Nonces by the second until which they must not come again.
    nonces: BTreeSet<(i64, String)>,
}

impl Door {
    /// For a client with this secret, or the SM2 key with this `SubjectPublicKeyInfo`.
    pub fn new(name: &str, shared: [MacKey; 2], spki: &[u8]) -> Result<Self, crypto::VerifyError> {
        Ok(Self {
            name: name.to_owned(),
            shared,
            own: Verifier::from_spki(spki)?,
            nonces: BTreeSet::new(),
        })
    }

    /// Checks a request at unix second `now`. The error is the code of the refusal.
    pub fn check(&mut self, parts: &Parts, body: &[u8], now: i64) -> Result<(), &'static str> {
        let text = |name: &str| Some(parts.headers.get(name)?.to_str().ok()?.to_owned());
        let headers = Headers {
            input: text("signature-input").ok_or("signature-missing")?,
            signature: text("signature").ok_or("signature-missing")?,
        };
        let digest = text("content-digest").ok_or("signature-missing")?;
        let authority = text(header::HOST.as_str()).ok_or("signature-missing")?;
        let target = parts.uri.path_and_query().map(ToString::to_string);
        let idempotency = text("idempotency-key");
        let covered = Covered {
            method: parts.method.as_str(),
            authority: &authority.to_ascii_lowercase(),
            target: &target.unwrap_or_default(),
            digest: &digest,
            idempotency: idempotency.as_deref(),
        };
        let read = covered.read(&headers).ok_or("signature-form")?;
        let (parameters, base, signature) = read;
        let algorithm = parameters.algorithm.as_str();
        let shared = self.shared.iter().find(|key| hmac(key) == algorithm);
        let (hash, holds) = match (shared, algorithm) {
            (Some(key), _) => (key.hash(), key.verify(&base, &signature)),
            (None, "sm2-sm3") => {
                let verified = self.own.verify(Hash::Sm3, &base, &signature);
                (Hash::Sm3, verified.is_ok())
            }
            _ => return Err("signature-algorithm"),
        };
        if parameters.key != self.name || !holds {
            return Err("signature-wrong");
        }
        if digest != content_digest(hash, body) {
            return Err("digest-wrong");
        }
        if (now - parameters.created).abs() > WINDOW {
            return Err("signature-time");
        }
        self.once(parameters.created + WINDOW, parameters.nonce, now)
    }

    fn once(&mut self, until: i64, nonce: String, now: i64) -> Result<(), &'static str> {
        self.nonces = self.nonces.split_off(&(now, String::new()));
        if self.nonces.len() == NONCES {
            return Err("too-many-requests");
        }
        let fresh = self.nonces.insert((until, nonce));
        fresh.then_some(()).ok_or("nonce-used")
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, request::Builder};
    use crypto::{Signer, SoftwareKey, Suite};

    use super::*;
    use crate::outside::signature::Parameters;

    const NOW: i64 = 1_800_000_000;
    const BODY: &[u8] = b"{}";

    fn mac(byte: u8) -> MacKey {
        MacKey::new(&[byte; 32]).unwrap()
    }

    fn door(key: &SoftwareKey) -> Door {
        let both = [mac(1), MacKey::sm3(&[1; 32]).unwrap()];
        Door::new("client", both, key.spki()).unwrap()
    }

    fn parameters(nonce: &str, algorithm: &str) -> Parameters {
        Parameters {
            created: NOW,
            nonce: nonce.to_owned(),
            key: "client".to_owned(),
            algorithm: algorithm.to_owned(),
        }
    }

    fn signed(parameters: &Parameters, hash: Hash, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Builder {
        let digest = content_digest(hash, BODY);
        let covered = Covered {
            method: "POST",
            authority: "ca.example",
            target: "/v1/certificates",
            digest: &digest,
            idempotency: Some("once"),
        };
        let signed = covered.sign(parameters, |base| Ok::<_, ()>(sign(base)));
        let Headers { input, signature } = signed.unwrap();
        Request::post("/v1/certificates")
            .header("host", "ca.example")
            .header("idempotency-key", "once")
            .header("content-digest", digest)
            .header("signature-input", input)
            .header("signature", signature)
    }

    fn parts(request: Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_signed_request_comes_in_once_and_in_time() {
        let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
        let mut door = door(&key);
        let hmac = |nonce: &str| {
            let sign = |base: &[u8]| mac(1).tag(base);
            parts(signed(
                &parameters(nonce, "hmac-sha256"),
                Hash::Sha256,
                sign,
            ))
        };
        let sm2 = signed(&parameters("3", "sm2-sm3"), Hash::Sm3, |base| {
            key.sign(base).unwrap()
        });
        assert_eq!(door.check(&hmac("1"), BODY, NOW), Ok(()));
        assert_eq!(door.check(&hmac("1"), BODY, NOW + 1), Err("nonce-used"));
        assert_eq!(door.check(&hmac("2"), BODY, NOW + 300), Ok(()));
        assert_eq!(door.check(&parts(sm2), BODY, NOW), Ok(()));
        let by_sm3 = |secret: u8, hash| {
            let key = MacKey::sm3(&[secret; 32]).unwrap();
            let signed = signed(&parameters("7", "hmac-sm3"), hash, |base| key.tag(base));
            parts(signed)
        };
        let wrong = door.check(&by_sm3(2, Hash::Sm3), BODY, NOW);
        assert_eq!(wrong, Err("signature-wrong"));
        // The body's digest is of the same hash.
        let wrong = door.check(&by_sm3(1, Hash::Sha256), BODY, NOW);
        assert_eq!(wrong, Err("digest-wrong"));
        assert_eq!(door.check(&by_sm3(1, Hash::Sm3), BODY, NOW), Ok(()));
        for late in [NOW + 301, NOW - 301] {
            assert_eq!(door.check(&hmac("4"), BODY, late), Err("signature-time"));
        }
        assert_eq!(door.check(&hmac("5"), b"[]", NOW), Err("digest-wrong"));
        let mut other = hmac("6");
        other.method = axum::http::Method::PUT;
        assert_eq!(door.check(&other, BODY, NOW), Err("signature-wrong"));
    }

    #[test]
    fn others_stay_outside() {
        let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
        let mut door = door(&key);
        let named = Parameters {
            key: "other".to_owned(),
            ..parameters("1", "hmac-sha256")
        };
        let by = |parameters: &Parameters, secret: u8| {
            let sign = |base: &[u8]| mac(secret).tag(base);
            parts(signed(parameters, Hash::Sha256, sign))
        };
        let usual = parameters("1", "hmac-sha256");
        let refused = |door: &mut Door, request: &Parts| door.check(request, BODY, NOW);
        assert_eq!(refused(&mut door, &by(&usual, 2)), Err("signature-wrong"));
        assert_eq!(refused(&mut door, &by(&named, 1)), Err("signature-wrong"));
        let crossed = parameters("1", "sm2-sm3");
        assert_eq!(refused(&mut door, &by(&crossed, 1)), Err("signature-wrong"));
        let none = parameters("1", "none");
        assert_eq!(
            refused(&mut door, &by(&none, 1)),
            Err("signature-algorithm")
        );
        let bare = parts(Request::post("/v1/certificates"));
        assert_eq!(refused(&mut door, &bare), Err("signature-missing"));
        // None of them used up the nonce.
        assert_eq!(refused(&mut door, &by(&usual, 1)), Ok(()));
    }
}
