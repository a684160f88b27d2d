//! Which other services may speak to the trust service: who they are, and their
//! certificates.
//!
//! A service is known by the fingerprint of its certificate. Its certificate comes from
//! an authority for this alone ([`authority`]), which is no anchor of any signature. One
//! that is removed is refused at its next request, whatever its certificate says.

pub mod authority;

use std::sync::Arc;

use crypto::{Hash, digest};
use serde::{Deserialize, Serialize};
use store::{Change, Row, Store};
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::{
    config::Config,
    house::{Reason, TrustHouse},
    tls::Identity,
};
use authority::ServiceAuthority;

/// Tenant and name of the setting that has the register.
const REGISTER: (&str, &str) = ("house", "services");
/// Certificates that one service may have at a time: the one in use, and the next.
const EACH: usize = 4;

/// A certificate of a service that may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name: 1 to 32 of `a-z`, `0-9`, `-`. Its certificates and entries belong to it.
    pub name: String,
    /// SHA-256 of its certificate, as `sha256:` and hexadecimal digits.
    pub fingerprint: String,
    /// Until when the certificate is good, unix seconds.
    pub until: i64,
}

/// The register. A clone is the same register.
#[derive(Clone)]
pub struct Services {
    store: Store,
    turn: Arc<Mutex<()>>,
}

/// The fingerprint of a certificate, DER.
pub fn fingerprint(certificate: &[u8]) -> String {
    digest(Hash::Sha256, certificate).to_string()
}

/// Whether a service or a tenant of it may be called so.
pub fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(plain)
}

/// What the trust service shows at its door: a certificate of its own authority, fresh
/// at each start, unless the configuration names another.
pub async fn identity(house: &TrustHouse, config: &Config) -> Result<Identity, Reason> {
    let now = OffsetDateTime::from_unix_timestamp(crate::house::now().div_euclid(1000))?;
    if !config.tls_certificate.as_os_str().is_empty() {
        let (certificate, key) = (&config.tls_certificate, &config.tls_key);
        let authorities = &config.tls_authorities;
        return Identity::read(certificate, key, authorities, now.unix_timestamp());
    }
    let authority = ServiceAuthority::open(&house.store, &house.keys, now).await?;
    let mut hosts = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    let listen = config.door().map(|address| address.ip());
    let listen = listen.filter(|ip| !ip.is_unspecified() && !ip.is_loopback());
    hosts.extend(listen.map(|ip| ip.to_string()));
    if !config.trust_name.is_empty() {
        hosts.push(config.trust_name.clone());
    }
    let issued = authority.issue("trust", hosts, now)?;
    let (certificate, key) = (&issued.certificate, &issued.key);
    Identity::from_pem(certificate, key, authority.pem(), now.unix_timestamp())
}

impl Services {
    /// The register in a store.
    pub fn of(store: &Store) -> Self {
        let (store, turn) = (store.clone(), Arc::default());
        Self { store, turn }
    }

    /// All of them.
    pub async fn all(&self) -> Result<Vec<Service>, Reason> {
        let (tenant, name) = REGISTER;
        match self.store.setting(tenant, name).await? {
            Some(text) => Ok(serde_json::from_str(&text)?),
            None => Ok(Vec::new()),
        }
    }

    /// Whose certificate this is, if it may ask now.
    pub async fn named(&self, fingerprint: &str, now: i64) -> Result<Option<String>, Reason> {
        let mut all = self.all().await?.into_iter();
        let known = all.find(|service| service.fingerprint == fingerprint && now <= service.until);
        Ok(known.map(|service| service.name))
    }

    /// Enters a certificate; the oldest of a service that has too many goes.
    pub async fn enter(&self, service: Service) -> Result<(), Reason> {
        if !is_name(&service.name) {
            return Err("the name of a service is 1 to 32 characters of a-z, 0-9 and -".into());
        }
        let _turn = self.turn.lock().await;
        let mut all = self.all().await?;
        all.retain(|there| there.fingerprint != service.fingerprint);
        let of_it = |there: &&Service| there.name == service.name;
        if all.iter().filter(of_it).count() >= EACH
            && let Some(oldest) = all.iter().position(|there| of_it(&there))
        {
            all.remove(oldest);
        }
        all.push(service);
        self.write(&all).await
    }

    /// Removes all certificates of a service. Gives how many there were.
    pub async fn remove(&self, name: &str) -> Result<usize, Reason> {
        let _turn = self.turn.lock().await;
        let mut all = self.all().await?;
        let before = all.len();
        all.retain(|there| there.name != name);
        self.write(&all).await?;
        Ok(before - all.len())
    }

    async fn write(&self, all: &[Service]) -> Result<(), Reason> {
        let (tenant, name) = REGISTER;
        let (name, value) = (name.to_owned(), serde_json::to_string(all)?);
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        self.store.commit(change).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, mark: u8) -> Service {
        Service {
            name: name.to_owned(),
            fingerprint: fingerprint(&[mark]),
            until: 1000 + i64::from(mark),
        }
    }

    #[tokio::test]
    async fn a_certificate_is_known_until_it_expires_or_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let services = Services::of(&store);
        for mark in 0..5 {
            services.enter(service("signing", mark)).await.unwrap();
        }
        services.enter(service("other", 9)).await.unwrap();
        services.enter(service("Other", 10)).await.unwrap_err();
        let named = async |mark: u8, now: i64| {
            let named = services.named(&fingerprint(&[mark]), now).await;
            named.unwrap()
        };
        assert_eq!(named(0, 0).await, None, "the oldest of five has gone");
        assert_eq!(named(4, 1004).await.as_deref(), Some("signing"));
        assert_eq!(named(4, 1005).await, None);
        assert_eq!(named(7, 0).await, None);
        assert_eq!(services.remove("signing").await.unwrap(), 4);
        assert_eq!(named(4, 0).await, None);
        assert_eq!(named(9, 0).await.as_deref(), Some("other"));
    }
}
