//! The online side of a ceremony.

use crypto::{Keys, Suite};
use pki::{Certificate, CertificationRequest, Profile, revocation::Crl};
use store::{Change, Row, Store};

use super::authority;
use crate::{
    FIRST, TENANT, TrustError,
    authority::{check, label},
    journal::Entry,
};

/// The setting that says that authorities come from ceremonies.
pub(crate) const CEREMONY: &str = "ceremony";

/// What a ceremony gives to the service.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The trust anchor.
    pub root: Certificate,
    /// The issuing authority.
    pub issuing: Certificate,
    /// The root's revocation list, DER.
    pub list: Vec<u8>,
}

/// Makes the keys of the issuing authorities of these suites, of the usual ones when none
/// is named, and asks for their certificates: before the first start, or for further suites
/// of a service whose authorities come from ceremonies.
///
/// # Errors
/// [`TrustError::AuthorityThere`] when a suite has its authorities already, or the service
/// made some itself.
pub async fn requests(
    store: &Store,
    keys: &Keys,
    operator: &str,
    suites: &[Suite],
) -> Result<Vec<(Suite, CertificationRequest)>, TrustError> {
    let suites = if suites.is_empty() { &FIRST } else { suites };
    let mut all = Vec::new();
    for &suite in suites {
        must_be_new(store, suite).await?;
        let (keys, subject) = (keys.clone(), authority(operator, "签发 CA", suite));
        let made = tokio::task::spawn_blocking(move || {
            let key = keys.ensure(suite, &label("issuing", suite))?;
            let request = CertificationRequest::sign(&subject, &Profile::Issuing, key.as_ref())?;
            Ok::<_, TrustError>((suite, request))
        });
        all.push(made.await.map_err(|_| TrustError::Stopped)??);
    }
    Ok(all)
}

/// Takes in what a ceremony made, all of it or nothing, journaled and in the ledger. From
/// then on the service makes no root itself.
///
/// # Errors
/// [`TrustError::Ceremony`] when a certificate does not fit a key of this service or its
/// root, [`TrustError::Lint`] when it breaks a rule, [`TrustError::AuthorityThere`] when
/// the suite has its authorities already.
pub async fn install(store: &Store, keys: &Keys, made: &[Installed]) -> Result<(), TrustError> {
    let refuse = |reason: &str| Err(TrustError::Ceremony(reason.to_owned()));
    let mut change = Change {
        tenant: TENANT.to_owned(),
        ..Change::default()
    };
    for Installed {
        root,
        issuing,
        list,
    } in made
    {
        let Some(suite) = Suite::of_spki(issuing.spki()) else {
            return refuse("the issuing key is of no suite");
        };
        must_be_new(store, suite).await?;
        let key = {
            let (keys, label) = (keys.clone(), label("issuing", suite));
            let key = tokio::task::spawn_blocking(move || keys.signer(suite, &label));
            key.await.map_err(|_| TrustError::Stopped)??
        };
        if key.is_none_or(|key| key.spki() != issuing.spki()) {
            return refuse("the issuing certificate is not for a key of this service");
        }
        check(root.tbs(), &Profile::Root, None)?;
        check(issuing.tbs(), &Profile::Issuing, Some(root))?;
        root.is_signed_by(root)?;
        issuing.is_signed_by(root)?;
        Crl::from_der(list)?.verify(root)?;
        for (kind, certificate) in [("root", root), ("issuing", issuing)] {
            let (name, serial) = (format!("{kind}/{}", suite.name()), certificate.serial_hex());
            let entry = Entry::new(&serial, certificate.tbs()).to_json()?;
            change.ledger.push(entry.into());
            change.rows.push(Row::Certificate {
                serial,
                act: name.clone(),
                tbs: certificate.tbs().to_vec(),
                request: None,
            });
            let value = certificate.to_pem();
            change.rows.push(Row::Setting { name, value });
        }
        change.rows.push(Row::Setting {
            name: list_setting(suite),
            value: hex::encode(list),
        });
    }
    change.rows.push(Row::Setting {
        name: CEREMONY.to_owned(),
        value: "installed".to_owned(),
    });
    store.commit(change).await?;
    Ok(())
}

/// When a list was made: by the second, and by its number within it (RFC 5280, 5.2.3).
fn at(list: &Crl) -> (i64, usize, &[u8]) {
    let number = list.number().unwrap_or_default();
    (list.this_update_ms(), number.len(), number)
}

/// Takes in another list of a root that was installed. Gives the suite.
///
/// # Errors
/// [`TrustError::Ceremony`] when no installed root signed it, or it is not newer than the
/// one that is there.
pub async fn install_list(store: &Store, der: &[u8]) -> Result<Suite, TrustError> {
    let refuse = |reason: &str| Err(TrustError::Ceremony(reason.to_owned()));
    let list = Crl::from_der(der)?;
    for suite in Suite::ALL {
        let Some(kept) = store.setting(TENANT, &list_setting(suite)).await? else {
            continue;
        };
        let name = format!("root/{}", suite.name());
        let root = store.setting(TENANT, &name).await?.unwrap_or_default();
        let root = Certificate::from_pem_many(&root)?;
        if !root.iter().any(|root| list.verify(root).is_ok()) {
            continue;
        }
        let kept = Crl::from_der(&hex::decode(kept).unwrap_or_default())?;
        if at(&list) <= at(&kept) {
            return refuse("the list is not newer than the one that is installed");
        }
        let row = Row::Setting {
            name: list_setting(suite),
            value: hex::encode(der),
        };
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![row],
            ..Change::default()
        };
        store.commit(change).await?;
        return Ok(suite);
    }
    refuse("no root that was installed signed the list")
}

/// Where the root's list of a ceremony is kept.
pub(crate) fn list_setting(suite: Suite) -> String {
    format!("root-list/{}", suite.name())
}

/// A suite gets its authorities once, and all suites in the same way: roots that the
/// service made itself have no list of a ceremony.
async fn must_be_new(store: &Store, suite: Suite) -> Result<(), TrustError> {
    let ceremony = store.setting(TENANT, CEREMONY).await?.is_some();
    for of in Suite::ALL {
        let root = format!("root/{}", of.name());
        let there = store.setting(TENANT, &root).await?.is_some();
        if there && (of == suite || !ceremony) {
            return Err(TrustError::AuthorityThere(of.name()));
        }
    }
    Ok(())
}
