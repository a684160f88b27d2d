//! The record of what an authority elsewhere is asked for, issues and revokes.
//!
//! What is asked is in the ledger, by digest, before it is sent; what is received is in
//! the journal and the ledger before it is used, beside our own certificates.

use std::sync::PoisonError;

use pki::{Certificate, revocation::Revoked};
use store::{Change, CommitError, Row, Store, StoredRevocation, Table};

use crate::{
    TENANT, Trust, TrustError,
    journal::{Entry, Request, Revocation},
    revoke::revoked,
};

/// What certificates of others are for begins with this in the journal.
const EXTERNAL: &str = "external/";

/// Name of the anchors elsewhere among the settings, PEM.
const ANCHORS: &str = "anchors/external";
/// Who issued them, among the issuers of revoked certificates.
const ISSUER: &str = "external";

impl Trust {
    /// Keeps anchors of an authority elsewhere, durably, and gives them out beside ours:
    /// what was signed with its certificates leads there for ever.
    pub async fn add_anchors(&self, anchors: &[Certificate]) -> Result<(), TrustError> {
        let _turn = self.0.making.lock().await;
        let mut all = self.elsewhere();
        all.extend(anchors.iter().cloned());
        all.sort_unstable_by(|a, b| a.der().cmp(b.der()));
        all.dedup();
        if all == self.elsewhere() {
            return Ok(());
        }
        let row = Row::Setting {
            name: ANCHORS.to_owned(),
            value: all.iter().map(Certificate::to_pem).collect(),
        };
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![row],
            ..Change::default()
        };
        self.0.store.commit(change).await?;
        let kept = self.0.elsewhere.write();
        *kept.unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    /// Reads the anchors that were kept.
    pub(crate) async fn load_anchors(store: &Store) -> Result<Vec<Certificate>, TrustError> {
        let text = store.setting(TENANT, ANCHORS).await?.unwrap_or_default();
        Ok(Certificate::from_pem_many(&text)?)
    }

    /// Anchors of authorities elsewhere.
    pub(crate) fn elsewhere(&self) -> Vec<Certificate> {
        let kept = self.0.elsewhere.read();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Enters into the ledger that this certification request will be sent. Durable when
    /// it returns.
    pub async fn record_request(&self, tenant: &str, request: &[u8]) -> Result<(), TrustError> {
        let entry = Request::new(request).to_json()?;
        let change = Change {
            tenant: tenant.to_owned(),
            ledger: vec![entry.into()],
            ..Change::default()
        };
        self.0.store.commit(change).await?;
        Ok(())
    }

    /// Journals a certificate that was issued elsewhere, for an act or whatever else it is
    /// for, and enters it into the ledger. Durable when it returns.
    ///
    /// # Errors
    /// [`TrustError::SerialUsed`] when its serial number is in the journal already.
    pub async fn record_external(
        &self,
        tenant: &str,
        act: &str,
        certificate: &Certificate,
    ) -> Result<(), TrustError> {
        let serial = certificate.serial_hex();
        let entry = Entry::new(&serial, certificate.tbs()).to_json()?;
        let row = Row::Certificate {
            serial: serial.clone(),
            act: format!("{EXTERNAL}{act}"),
            tbs: certificate.tbs().to_vec(),
            request: None,
        };
        let change = Change {
            tenant: tenant.to_owned(),
            ledger: vec![entry.into()],
            rows: vec![row],
            ..Change::default()
        };
        match self.0.store.commit(change).await {
            Err(CommitError::Duplicate(Table::Certificate)) => Err(TrustError::SerialUsed(serial)),
            done => {
                done?;
                Ok(())
            }
        }
    }

    /// Whose certificate this is, if the journal has it as one that was issued elsewhere.
    pub async fn external_owner(&self, serial: &str) -> Result<Option<String>, TrustError> {
        let journaled = self.0.store.journaled(serial).await?;
        let external = journaled.filter(|there| there.act.starts_with(EXTERNAL));
        Ok(external.map(|there| there.tenant))
    }

    /// Records that an authority elsewhere revoked certificates, and enters it into the
    /// ledger: durable when it returns. One that was recorded already stays as it was; the
    /// answers are in the order of the serial numbers.
    pub async fn record_external_revocations(
        &self,
        tenant: &str,
        all: &[(String, Revoked)],
    ) -> Result<Vec<Revoked>, TrustError> {
        let _turn = self.0.revoking.lock().await;
        let mut answers = Vec::with_capacity(all.len());
        let mut change = Change {
            tenant: tenant.to_owned(),
            ..Change::default()
        };
        for (serial, told) in all {
            if let Some(there) = self.revocation(serial).await? {
                answers.push(there);
                continue;
            }
            let there = StoredRevocation {
                serial: serial.clone(),
                at: told.at_ms,
                reason: told.reason.number(),
                part: String::new(),
            };
            let entry = Revocation::new(&there).to_json()?;
            change.ledger.push(entry.into());
            answers.push(revoked(&there));
            change.rows.push(Row::Revocation {
                serial: there.serial,
                issuer: ISSUER.to_owned(),
                at: there.at,
                reason: there.reason,
                part: there.part,
            });
        }
        if !change.rows.is_empty() {
            self.0.store.commit(change).await?;
        }
        Ok(answers)
    }
}
