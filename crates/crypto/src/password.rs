//! Passwords are kept as Argon2id hashes in PHC form (RFC 9106).

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use crate::KeyError;

/// A hash that no password has, of the same cost as every other: looking a password up for
/// somebody who is not there takes as long as for somebody who is.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password with a fresh salt.
pub fn hash(password: &str) -> Result<String, KeyError> {
    let salt = crate::random::<16>();
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| KeyError::Failed("hash the password"))?;
    Ok(hash.to_string())
}

/// Whether this is the password that was hashed.
#[must_use]
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}
