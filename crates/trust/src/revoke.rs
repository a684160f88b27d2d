//! Taking a lasting certificate back.

use crypto::Suite;
use pki::{
    begins, names_issuer,
    revocation::{Reason, Revoked},
};
use store::{Change, Row, StoredRevocation};

use crate::{Lasting, Trust, TrustError, addresses::period, journal::Revocation};

impl Trust {
    /// Revokes lasting certificates of a tenant, by their serial numbers in hexadecimal:
    /// all or none of them, durable and in the ledger when it returns, by the service's
    /// own clock. One that is revoked already stays as it was. The answers are in the
    /// order of the serial numbers.
    ///
    /// # Errors
    /// [`TrustError::CertificateUnknown`] when one of them was not issued to this tenant,
    /// [`TrustError::NotRevocable`] when it is not a person's or a company's.
    pub async fn revoke(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, TrustError> {
        let (trust, tenant, serials) = (self.clone(), tenant.to_owned(), serials.to_vec());
        // A task of its own: a caller that hangs up leaves no stale answers behind.
        let done = tokio::spawn(async move { trust.revoke_all(&tenant, &serials, reason).await });
        done.await.map_err(|_| TrustError::Stopped)?
    }

    /// The revocation of a certificate, by its serial number in hexadecimal; none when it
    /// is not revoked.
    pub async fn revocation(&self, serial: &str) -> Result<Option<Revoked>, TrustError> {
        Ok(self.0.store.revocation(serial).await?.as_ref().map(revoked))
    }

    async fn revoke_all(
        &self,
        tenant: &str,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, TrustError> {
        let _turn = self.0.revoking.lock().await;
        let (at, mut answers) = (self.now(), Vec::with_capacity(serials.len()));
        let mut new = Vec::new();
        let mut change = Change {
            tenant: tenant.to_owned(),
            ..Change::default()
        };
        for (place, serial) in serials.iter().enumerate() {
            if let Some(before) = serials[..place].iter().position(|one| one == serial) {
                answers.push(answers[before]);
                continue;
            }
            let (issuer, part) = self.issuer_of(tenant, serial).await?;
            if let Some(there) = self.revocation(serial).await? {
                answers.push(there);
                continue;
            }
            let there = StoredRevocation {
                serial: serial.clone(),
                at,
                reason: reason.number(),
                part,
            };
            change
                .ledger
                .push(Revocation::new(&there).to_json()?.into());
            change.rows.push(Row::Revocation {
                serial: there.serial.clone(),
                issuer: issuer.name().to_owned(),
                at,
                reason: there.reason,
                part: there.part.clone(),
            });
            new.extend(hex::decode(serial).map(|serial| (issuer, serial)));
            answers.push(revoked(&there));
        }
        if !change.rows.is_empty() {
            let done = self.0.store.commit(change).await;
            // Forgotten though it failed: the change may have come through all the same.
            self.0.status.forget(&new);
            done?;
            for (suite, serial) in &new {
                self.presign_now(*suite, serial).await;
            }
        }
        Ok(answers)
    }

    /// The suite whose authority issued a lasting certificate, and the part of its
    /// list that the certificate is on.
    async fn issuer_of(&self, tenant: &str, serial: &str) -> Result<(Suite, String), TrustError> {
        let unknown = || TrustError::CertificateUnknown(serial.to_owned());
        let journaled = self.0.store.journaled(serial).await?;
        let journaled = journaled
            .filter(|there| there.tenant == tenant)
            .ok_or_else(unknown)?;
        if !Lasting::ALL
            .iter()
            .any(|of| of.profile().name() == journaled.act)
        {
            return Err(TrustError::NotRevocable(serial.to_owned()));
        }
        let issuer = self
            .all()
            .into_iter()
            .find(|(_, there)| names_issuer(&journaled.tbs, &there.issuing));
        let (suite, _) = issuer.ok_or_else(unknown)?;
        let part = period(begins(&journaled.tbs)?).to_string();
        Ok((suite, part))
    }
}

pub(crate) fn revoked(there: &StoredRevocation) -> Revoked {
    Revoked {
        at_ms: there.at,
        reason: Reason::from_number(there.reason).unwrap_or_default(),
        invalid_since_ms: None,
    }
}
