//! Callbacks: whoever made a contract is told what becomes of it.
//!
//! What is to be told is a row that the signing service commits with the event itself. The
//! [`sender`] tells it by a signed request, again with growing pauses until it is taken,
//! and of each contract in the order of its events. Whom it may call the [`guard`] says.
//! The format is in `docs/callbacks.md`.

pub mod guard;
mod sender;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use crypto::{Hash, Keys, Signer, Suite};
use reqwest::Certificate;
use signing::{Signing, service::DUE};
use store::Store;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::MissedTickBehavior,
};

use crate::{
    config::Config,
    house::{Reason, now},
    outside::Credential,
};
use guard::Guard;
use sender::{Names, Sender};

/// Name of the key under which requests are signed.
const KEY: &str = "callbacks";
/// How often is looked for what is to be told.
const INTERVAL: std::time::Duration = std::time::Duration::from_millis(500);

/// Callbacks of a house.
pub struct Callbacks {
    /// Whom they may reach.
    pub guard: Arc<Guard>,
    /// The key of their signatures.
    pub key: PublicKey,
    /// Roots beside the system's.
    roots: Vec<Certificate>,
    credential: Credential,
}

/// What receivers check signatures by.
pub struct PublicKey {
    /// Its name in `Signature-Input`.
    pub name: String,
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
}

impl Callbacks {
    /// The callbacks of a configuration; the first opening makes their key.
    pub async fn open(config: &Config, keys: Keys) -> Result<Self, Reason> {
        let guard = Arc::new(Guard::new(&config.callback_allow, &config.callback_ports)?);
        let made = tokio::task::spawn_blocking(move || keys.ensure(Suite::Sm2Sm3, KEY));
        let signer: Arc<dyn Signer> = made.await??;
        let spki = signer.spki().to_vec();
        let digest = hex::encode(crypto::digest(Hash::Sha256, &spki).as_bytes());
        let name = format!("inkseal-{}", digest.get(..16).unwrap_or_default());
        let credential = Credential::with_signer(&name, signer)?;
        Ok(Self {
            guard,
            key: PublicKey { name, spki },
            roots: roots(&config.callback_roots)?,
            credential,
        })
    }

    /// Tells what is to be told, from now on.
    pub fn spawn(&self, store: Store, signing: Signing) -> JoinHandle<()> {
        let sender = Arc::new(Sender {
            store,
            credential: self.credential.clone(),
            names: Arc::new(Names),
            guard: Arc::clone(&self.guard),
            roots: self.roots.clone(),
            clock: Arc::new(now),
            under_way: Mutex::default(),
        });
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let (mut receivers, mut looking) = (JoinSet::new(), JoinSet::new());
            loop {
                tick.tick().await;
                while receivers.try_join_next().is_some() {}
                while looking.try_join_next().is_some() {}
                match sender.turn(&mut receivers).await {
                    // What is looked at keeps nobody waiting who is to be told.
                    Ok(due) if looking.is_empty() => {
                        looking.spawn(look(Arc::clone(&sender), signing.clone(), due));
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "callbacks could not be read or noted"),
                }
            }
        })
    }
}

/// Looks at contracts whose time is over, which says so in an event.
async fn look(sender: Arc<Sender>, signing: Signing, due: Vec<store::StoredCallback>) {
    let view = async |tenant: String, contract: String| {
        let looked = signing.view(&tenant, &contract).await;
        if let Err(error) = &looked {
            tracing::warn!(code = error.code(), contract, "{DUE}");
        }
        looked.is_ok()
    };
    sender.look(due, view).await;
}

/// The roots of a PEM file.
fn roots(file: &Path) -> Result<Vec<Certificate>, Reason> {
    if file.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let wrong = |reason: &dyn std::fmt::Display| {
        Reason::from(format!("callback_roots: {}: {reason}", file.display()))
    };
    let pem = std::fs::read(file).map_err(|error| wrong(&error))?;
    let roots = Certificate::from_pem_bundle(&pem).map_err(|error| wrong(&error))?;
    if roots.is_empty() {
        return Err(wrong(&"no certificate is in it"));
    }
    Ok(roots)
}
