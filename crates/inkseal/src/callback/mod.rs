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

use std::sync::Arc;

use crypto::{Hash, Keys, Signer, Suite};
use signing::{Signing, service::DUE};
use store::Store;
use tokio::{task::JoinHandle, time::MissedTickBehavior};

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
            credential,
        })
    }

    /// Tells what is to be told, from now on.
    pub fn spawn(&self, store: Store, signing: Signing) -> JoinHandle<()> {
        let sender = Sender {
            store,
            credential: self.credential.clone(),
            names: Arc::new(Names),
            guard: Arc::clone(&self.guard),
            clock: Arc::new(now),
        };
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                match sender.turn().await {
                    Ok(due) => look(&sender, &signing, due).await,
                    Err(error) => tracing::warn!(%error, "callbacks could not be read or noted"),
                }
            }
        })
    }
}

/// Looks at contracts whose time is over, which says so in an event.
async fn look(sender: &Sender, signing: &Signing, due: Vec<store::StoredCallback>) {
    for row in due {
        let looked = signing.view(&row.tenant, &row.contract).await;
        if let Err(error) = looked {
            tracing::warn!(code = error.code(), contract = row.contract, "{DUE}");
            continue;
        }
        if let Err(error) = sender.tried(&row, None).await {
            tracing::warn!(%error, contract = row.contract, "{DUE}");
        }
    }
}
