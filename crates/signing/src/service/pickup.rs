//! A signer who has lost the link asks for another, by number alone.
//!
//! Whoever asks is a stranger, and may ask for any number to learn whether its owner has
//! something to sign here. So nothing is looked up before the answer: it depends on what
//! was asked before, and not on who is known. What follows is done afterwards, and seen by
//! the owner of the number alone.
//!
//! The answer depends on what came from the asker's address alone: of a number's own count
//! a stranger could use up everything, and its owner would get none. What is sent to a
//! number is counted afterwards, and only what is sent: whoever gets no other link has had
//! those. All counts are apart from those of codes.

use std::{net::IpAddr, sync::Arc};

use store::Awaited;
use tokio::task::JoinHandle;

use super::{
    Signing, SigningError, lock,
    session::{Link, Member, loaded},
};
use crate::{
    Refusal,
    event::{Millis, Role},
    identity::Phone,
    limits::Scope,
};

/// How long a link is good that was asked for.
const LIFETIME: Millis = 24 * 3600 * 1000;
/// Contracts of one number that are looked through for one that awaits its owner.
const LOOKED_THROUGH: u32 = 100;
/// Links that are made and sent at the same time.
pub(super) const SIDE_BY_SIDE: usize = 16;
/// Askings that are taken in at the same time; more are answered and left alone.
pub(super) const WAITING: usize = 1000;

impl Signing {
    /// Takes in that somebody asks for a link at a number, in the contracts of one tenant
    /// or of all, and returns before it is known whether anybody awaits its owner. If a
    /// contract does whose party signs by short message, the newest of them gets a fresh
    /// link, which goes to the number as the address that `url` makes of its token.
    ///
    /// Earlier links and sessions stay good until the fresh link is opened: who only knows
    /// a number ends nobody's visit. Gives the task in which all of this is done; it goes on
    /// by itself, and is lost when the service ends before it.
    ///
    /// # Errors
    /// A number that is none, and [`Refusal::LinkLater`] when too much was asked for from
    /// this address, the same for every number.
    pub fn pick_up(
        &self,
        tenant: Option<String>,
        number: &str,
        address: IpAddr,
        url: impl Fn(&str) -> String + Send + 'static,
    ) -> Result<JoinHandle<()>, SigningError> {
        let phone: Phone = number.parse().map_err(SigningError::identity("phone"))?;
        let limited = lock(&self.0.askers).ask(self.now(), &phone, address);
        limited.map_err(|limited| Refusal::LinkLater {
            after_ms: limited.after_ms,
        })?;
        let service = self.clone();
        let place = Arc::clone(&self.0.asking).try_acquire_owned();
        Ok(tokio::spawn(async move {
            let Ok(_place) = place else {
                tracing::warn!("too many links are asked for at once: one was not looked for");
                return;
            };
            // Held back here, where nobody waits: a slow gateway is asked by few at a time.
            let _turn = service.0.picking.acquire().await;
            if let Err(error) = service.send_again(tenant.as_deref(), &phone, url).await {
                tracing::warn!(
                    code = error.code(),
                    "a link that was asked for was not sent"
                );
            }
        }))
    }

    /// Sends the owner of a number a link to the newest contract that awaits it.
    async fn send_again(
        &self,
        tenant: Option<&str>,
        phone: &Phone,
        url: impl Fn(&str) -> String,
    ) -> Result<(), SigningError> {
        let (store, digest) = (&self.0.parts.store, self.number_digest(phone));
        let now = self.now();
        for there in store.awaited(tenant, &digest, now, LOOKED_THROUGH).await? {
            let link = match self.issue_again(&there, phone, now).await {
                Ok(Some(link)) => link,
                // It was sent as many as it may, or its tenant was; others have their own.
                Ok(None) => continue,
                // One contract that cannot be read hides no other.
                Err(error) => {
                    if !matches!(error, SigningError::Refused(_)) {
                        let code = error.code();
                        tracing::error!(code, "a contract that awaits a number was passed over");
                    }
                    continue;
                }
            };
            let url = url(&link.token);
            return self
                .send_link(&there.tenant, &there.contract, &there.role, &link, &url)
                .await;
        }
        Ok(())
    }

    /// A fresh link to a contract whose turn it is, which leads back where the one did that
    /// its platform gave. None when no more may be sent now.
    async fn issue_again(
        &self,
        there: &Awaited,
        phone: &Phone,
        now: Millis,
    ) -> Result<Option<Link>, SigningError> {
        let role = Role::parse(&there.role);
        let role = role.ok_or_else(|| SigningError::Corrupt(format!("role {}", there.role)))?;
        let return_url = {
            let mut guard = self.contract(&there.tenant, &there.contract).await?;
            let contract = &loaded(&mut guard)?.contract;
            contract.may_sign(&role, now)?;
            contract.return_url(&role).cloned()
        };
        if let Err(limited) = lock(&self.0.links).send(now, phone, &there.tenant) {
            if limited.scope != Scope::Number {
                tracing::warn!(%limited, "a link that was asked for was not sent");
            }
            return Ok(None);
        }
        let member = Member {
            contract: &there.contract,
            role: &there.role,
            token: crypto::random_id(),
            return_url,
            set: None,
            picked_up: true,
        };
        let link = self.issue(&there.tenant, member, LIFETIME).await?;
        Ok(Some(link))
    }

    /// Digest under which it is kept that a contract awaits a number's owner: keyed, so
    /// that numbers cannot be tried, and the same in every tenant.
    pub(super) fn number_digest(&self, phone: &Phone) -> String {
        let number = [phone.expose()];
        self.0.register.digest("", "number", &number).to_string()
    }
}
