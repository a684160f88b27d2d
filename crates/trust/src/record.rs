//! What the journal has of certificates, for those who look after them.

use pki::{Certificate, revocation::Revoked, signed_tbs};
use store::Journaled;

use crate::{TENANT, Trust, TrustError};

/// A certificate that was issued here, or recorded as issued elsewhere.
#[derive(Debug, Clone)]
pub struct Record {
    /// Serial number, hexadecimal.
    pub serial: String,
    /// To whom it was issued: a tenant.
    pub tenant: String,
    /// What it is for: a profile such as `person`, an authority such as `tsa/sm2-sm3`, or
    /// the act.
    pub purpose: String,
    /// The subject, as text.
    pub subject: String,
    /// First and last second of its validity, unix time.
    pub validity: (i64, i64),
    /// It, PEM; none when its signature is not kept here.
    pub pem: Option<String>,
    /// Its revocation.
    pub revoked: Option<Revoked>,
}

impl Trust {
    /// What is known of the certificate with this serial number, hexadecimal; none when
    /// there is no such certificate.
    pub async fn record(&self, serial: &str) -> Result<Option<Record>, TrustError> {
        let serial = serial.to_ascii_lowercase();
        match self.0.store.journaled(&serial).await? {
            Some(there) => Ok(Some(self.record_of(serial, there).await?)),
            None => Ok(None),
        }
    }

    /// The certificates that last and can be asked about, in the order of their serial
    /// numbers, from the one after `after` on: at most `limit`.
    pub async fn records(&self, after: &str, limit: u32) -> Result<Vec<Record>, TrustError> {
        let after = after.to_ascii_lowercase();
        let page = self.0.store.lasting(&after, limit).await?;
        let mut records = Vec::with_capacity(page.len());
        for (serial, there) in page {
            records.push(self.record_of(serial, there).await?);
        }
        Ok(records)
    }

    async fn record_of(&self, serial: String, there: Journaled) -> Result<Record, TrustError> {
        let signature = self.0.store.certificate_signature(&serial).await?;
        // Of the authorities' own the whole certificate is among the settings.
        let own = match &signature {
            None => self.0.store.setting(TENANT, &there.act).await?,
            Some(_) => None,
        };
        let own = Certificate::from_pem_many(&own.unwrap_or_default())?;
        let own = own.into_iter().find(|one| one.serial_hex() == serial);
        let whole = match signature {
            Some(signature) => Some(signed_tbs(&there.tbs, &signature)?),
            None => own,
        };
        let read = match &whole {
            Some(whole) => whole.clone(),
            // Read for what it says alone.
            None => signed_tbs(&there.tbs, &[])?,
        };
        Ok(Record {
            revoked: self.revocation(&serial).await?,
            serial,
            tenant: there.tenant,
            purpose: there.act,
            subject: read.subject().to_owned(),
            validity: (read.not_before(), read.not_after()),
            pem: whole.as_ref().map(Certificate::to_pem),
        })
    }
}
