//! Who is asking: a signer's session, an integrator's API key, or the operator.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, password};
use signing::service::{AtDevice, Desk};
use store::{Change, Row, Store};

use super::{Served, problem::Problem};
use crate::house::TrustHouse;

/// The tenant of the operator's own rows.
pub const OPERATOR: &str = "operator";
/// Settings of the administrator's password.
const PASSWORD: &str = "admin-password";
const TEMPORARY: &str = "admin-password-temporary";

/// A state with the store that knows the operator's password.
pub trait Keeps: Send + Sync {
    /// The store.
    fn store(&self) -> &Store;
}

impl Keeps for Store {
    fn store(&self) -> &Store {
        self
    }
}

impl Keeps for TrustHouse {
    fn store(&self) -> &Store {
        &self.store
    }
}

impl Keeps for Arc<Served> {
    fn store(&self) -> &Store {
        &self.house.store
    }
}

/// The secret of an opened session.
pub struct Signer(pub String);

/// An enrolled device.
pub struct Device(pub AtDevice);

/// An officer who has logged in, at a device; neither was removed.
pub struct Officer(pub Desk);

/// The secret of a sitting; the sessions that follow from it are looked up by whoever
/// needs them.
pub struct Sitter(pub String);

/// An integrator, by API key.
pub struct Integrator {
    /// Whose contracts.
    pub tenant: String,
    /// Digest of the key: names the credential in evidence.
    pub credential: String,
}

/// The operator, with a password that has been changed.
pub struct Admin;

/// The operator, with any valid password.
pub struct AnyAdmin;

fn unauthorised(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorised", detail)
}

/// What the request says to be allowed by, of a scheme.
pub fn credential<'a>(parts: &'a Parts, scheme: &str) -> Option<&'a str> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix(scheme)?.strip_prefix(' ')
}

impl FromRequestParts<Arc<Served>> for Signer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Problem> {
        let secret = credential(parts, "Bearer").filter(|secret| secret.len() <= 64);
        let missing = || unauthorised("send the session's secret as bearer; open the link first");
        let secret = secret.ok_or_else(missing)?.to_owned();
        // Known before anything more of the request is read.
        served.house.signing.knows(&secret).await?;
        Ok(Self(secret))
    }
}

impl FromRequestParts<Arc<Served>> for Device {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Problem> {
        let secret = credential(parts, "Bearer").filter(|secret| secret.len() <= 64);
        let missing = || unauthorised("send the device's secret as bearer; enrol it first");
        let secret = secret.ok_or_else(missing)?;
        Ok(Self(served.house.signing.at_device(secret).await?))
    }
}

impl FromRequestParts<Arc<Served>> for Officer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Problem> {
        let secret = credential(parts, "Bearer").filter(|secret| secret.len() <= 64);
        let missing = || unauthorised("send an officer's session as bearer; log in first");
        let secret = secret.ok_or_else(missing)?;
        Ok(Self(served.house.signing.desk(secret).await?))
    }
}

impl FromRequestParts<Arc<Served>> for Sitter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Served>) -> Result<Self, Problem> {
        let secret = credential(parts, "Bearer").filter(|secret| secret.len() <= 64);
        let missing = || unauthorised("send the sitting's secret as bearer; open its link first");
        Ok(Self(secret.ok_or_else(missing)?.to_owned()))
    }
}

impl FromRequestParts<Arc<Served>> for Integrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Arc<Served>) -> Result<Self, Problem> {
        let refused = || unauthorised("send an API key as bearer; the operator makes one");
        let key = credential(parts, "Bearer").ok_or_else(refused)?;
        let digest = key_digest(key);
        let known = served
            .house
            .store
            .api_key(&digest)
            .await
            .map_err(|e| unreadable(&e))?;
        let known = known.ok_or_else(refused)?;
        Ok(Self {
            tenant: known.tenant,
            credential: digest,
        })
    }
}

impl<S: Keeps> FromRequestParts<S> for AnyAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = || unauthorised("send `admin` and the administrator's password as basic");
        let given = credential(parts, "Basic").and_then(|text| STANDARD.decode(text).ok());
        let given = given
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(refused)?;
        let password = given.strip_prefix("admin:").ok_or_else(refused)?.to_owned();
        let hash = state
            .store()
            .setting(OPERATOR, PASSWORD)
            .await
            .map_err(|e| unreadable(&e))?;
        let hash = hash.ok_or_else(refused)?;
        let fits = tokio::task::spawn_blocking(move || password::verify(&password, &hash)).await;
        if fits.unwrap_or(false) {
            Ok(Self)
        } else {
            Err(refused())
        }
    }
}

impl<S: Keeps> FromRequestParts<S> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        AnyAdmin::from_request_parts(parts, state).await?;
        let temporary = state
            .store()
            .setting(OPERATOR, TEMPORARY)
            .await
            .map_err(|e| unreadable(&e))?;
        if temporary.as_deref() == Some("1") {
            let detail = "change the one-time password first: POST /api/v1/admin/password";
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "password-change-required",
                detail,
            ));
        }
        Ok(Self)
    }
}

fn unreadable(error: &store::ReadError) -> Problem {
    tracing::error!(%error, "a credential could not be looked up");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "store-unreadable",
        "try again later",
    )
}

/// Digest under which an API key is kept.
pub fn key_digest(key: &str) -> String {
    crypto::digest(Hash::Sha256, format!("api-key\0{key}").as_bytes()).to_string()
}

/// Makes an API key for a tenant. It is shown once and kept as digest.
pub async fn make_api_key(
    store: &Store,
    tenant: &str,
    name: &str,
) -> Result<String, store::CommitError> {
    let key = format!("ink_{}", hex::encode(crypto::random::<24>()));
    let row = Row::ApiKey {
        digest: key_digest(&key),
        name: name.to_owned(),
    };
    let tenant = tenant.to_owned();
    store
        .commit(Change {
            tenant,
            rows: vec![row],
            ..Change::default()
        })
        .await?;
    Ok(key)
}

/// The one-time password of a new installation; none when there is one already.
pub async fn first_password(store: &Store) -> Result<Option<String>, crate::house::Reason> {
    let known = store.setting(OPERATOR, PASSWORD).await?;
    if known.is_some() && store.setting(OPERATOR, TEMPORARY).await?.as_deref() != Some("1") {
        return Ok(None);
    }
    // Not yet changed: nobody has it but whoever reads this start's output.
    let password = hex::encode(crypto::random::<10>());
    set_password(store, &password, true).await?;
    Ok(Some(password))
}

/// Sets the administrator's password.
pub async fn set_password(
    store: &Store,
    password: &str,
    temporary: bool,
) -> Result<(), crate::house::Reason> {
    let password = zeroize::Zeroizing::new(password.to_owned());
    let hash = tokio::task::spawn_blocking(move || password::hash(&password)).await??;
    let temporary = if temporary { "1" } else { "0" }.to_owned();
    let rows = vec![
        Row::Setting {
            name: PASSWORD.to_owned(),
            value: hash,
        },
        Row::Setting {
            name: TEMPORARY.to_owned(),
            value: temporary,
        },
    ];
    let tenant = OPERATOR.to_owned();
    store
        .commit(Change {
            tenant,
            rows,
            ..Change::default()
        })
        .await?;
    Ok(())
}
