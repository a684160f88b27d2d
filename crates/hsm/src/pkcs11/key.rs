//! A key in a token.

use std::sync::{Arc, Mutex};

use crypto::{
    KeyError, Signer, Suite,
    bare::{signature_of_numbers, signed_digest},
};
use cryptoki::{mechanism::Mechanism, object::ObjectHandle, session::Session};

use super::{
    NAME, object,
    token::{Fault, Token},
};
use crate::{
    ModuleError,
    sessions::{Sessions, lock},
};

/// `DigestInfo` of a SHA-256 digest, without the digest (RFC 8017, 9.2).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20,
];

/// A private key that signs in its token.
pub(super) struct TokenKey {
    token: Arc<Sessions<Token>>,
    label: String,
    suite: Suite,
    spki: Vec<u8>,
    /// Its handle, which is good for one connection.
    handle: Mutex<(u64, ObjectHandle)>,
}

impl TokenKey {
    /// The key of a label.
    pub fn find(token: &Arc<Sessions<Token>>, label: &str) -> Result<Option<Self>, ModuleError> {
        let found = token.run(|session, generation| {
            let Some(private) = the_only(session, label)? else {
                return Ok(None);
            };
            let half = object::public_half(session, private)?;
            let reason = "the token has no public half of a P-256, RSA-2048 or RSA-3072 key with the same CKA_ID";
            let (suite, spki) = half.ok_or_else(|| unusable(label, reason))?;
            Ok(Some((suite, spki, (generation, private))))
        })?;
        let Some((suite, spki, handle)) = found else {
            return Ok(None);
        };
        Self::tried(token, label, suite, spki, handle).map(Some)
    }

    /// Whether there is a private key of this label, of any kind.
    pub fn is_there(token: &Sessions<Token>, label: &str) -> Result<bool, ModuleError> {
        token.run(|session, _| Ok(the_only(session, label)?.is_some()))
    }

    /// Makes a key.
    pub fn generate(
        token: &Arc<Sessions<Token>>,
        suite: Suite,
        label: &str,
    ) -> Result<Self, ModuleError> {
        let (spki, handle) = token.run(|session, generation| {
            // A first attempt may have come through before its answer was lost.
            if the_only(session, label)?.is_some() {
                let label = label.to_owned();
                return Err(ModuleError::Exists {
                    module: NAME,
                    label,
                }
                .into());
            }
            let pair = object::generate(session, suite, label)?;
            let [_, private] = pair;
            let half = object::public_half(session, private)?;
            let spki = half.filter(|(of, _)| *of == suite).map(|(_, spki)| spki);
            let reason = match spki {
                Some(spki) if object::is_guarded(session, private)? => {
                    return Ok((spki, (generation, private)));
                }
                Some(_) => "the token would give it away: it was destroyed again",
                None => "the token does not show its public half: it was destroyed again",
            };
            for half in pair {
                session.destroy_object(half)?;
            }
            Err(unusable(label, reason).into())
        })?;
        Self::tried(token, label, suite, spki, handle)
    }

    /// Labels of all private keys.
    pub fn labels(token: &Sessions<Token>) -> Result<Vec<String>, ModuleError> {
        let mut labels = token.run(|session, _| {
            Token::sees_all(session)?;
            let mut labels = Vec::new();
            for key in object::private_keys(session, None)? {
                labels.extend(object::label(session, key)?);
            }
            Ok(labels)
        })?;
        labels.sort();
        labels.dedup();
        Ok(labels)
    }

    /// A key is used when it has signed once what its public half verifies.
    fn tried(
        token: &Arc<Sessions<Token>>,
        label: &str,
        suite: Suite,
        spki: Vec<u8>,
        handle: (u64, ObjectHandle),
    ) -> Result<Self, ModuleError> {
        let key = Self {
            token: Arc::clone(token),
            label: label.to_owned(),
            suite,
            spki,
            handle: Mutex::new(handle),
        };
        let mistaken = "it signs what its public half does not verify";
        match crypto::try_key(suite, &key.spki, |message| key.sign_in_token(message)) {
            Ok(true) => Ok(key),
            Ok(false) => Err(unusable(label, mistaken)),
            Err(error) => Err(error),
        }
    }

    fn sign_in_token(&self, message: &[u8]) -> Result<Vec<u8>, ModuleError> {
        let refused = || unusable(&self.label, "the token gave no signature of its kind");
        let digest = signed_digest(&self.spki, message).ok_or_else(refused)?;
        let curve = self.suite == Suite::P256Sha256;
        let info = [&DIGEST_INFO[..], digest.as_bytes()].concat();
        let (mechanism, signed) = if curve {
            (Mechanism::Ecdsa, digest.as_bytes())
        } else {
            (Mechanism::RsaPkcs, &info[..])
        };
        let signature = self.token.run(|session, generation| {
            let handle = self.handle(session, generation)?;
            Ok(session.sign(&mechanism, handle, signed)?)
        })?;
        if !curve {
            return Ok(signature);
        }
        let (r, s) = signature.split_at(signature.len() / 2);
        signature_of_numbers(self.suite, r, s).ok_or_else(refused)
    }

    /// The handle of this connection.
    fn handle(&self, session: &Session, generation: u64) -> Result<ObjectHandle, Fault> {
        let mut kept = lock(&self.handle);
        if kept.0 != generation {
            let gone = "it is not in the token any more";
            let found = the_only(session, &self.label)?;
            let found = found.ok_or_else(|| unusable(&self.label, gone))?;
            // What comes back after a restart may be another token.
            let half = object::public_half(session, found)?;
            if half.is_none_or(|half| half != (self.suite, self.spki.clone())) {
                let other = "the token has another key of this label than before";
                return Err(unusable(&self.label, other).into());
            }
            *kept = (generation, found);
        }
        Ok(kept.1)
    }
}

/// The private key of a label; an error when there are two.
fn the_only(session: &Session, label: &str) -> Result<Option<ObjectHandle>, Fault> {
    let found = object::private_keys(session, Some(label))?;
    match found[..] {
        [] => {
            Token::sees_all(session)?;
            Ok(None)
        }
        [key] => Ok(Some(key)),
        _ => Err(unusable(label, "the token has two private keys of this label").into()),
    }
}

fn unusable(label: &str, reason: &'static str) -> ModuleError {
    ModuleError::Unusable {
        module: NAME,
        label: label.to_owned(),
        reason,
    }
}

impl Signer for TokenKey {
    fn suite(&self) -> Suite {
        self.suite
    }

    fn spki(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.sign_in_token(message)?)
    }
}
