//! Devices that are enrolled, and officers who log in at them.

use std::net::IpAddr;

use store::{Change, CommitError, Table};
use zeroize::Zeroizing;

use super::{
    DEVICE, Device, Grant, PASSWORD, Signing, SigningError, admit, is_officer_id, plain, record,
    row,
};
use crate::{
    Refusal,
    event::Millis,
    limits::network,
    service::{compute, lock},
};

/// How long an officer's session lasts.
const SHIFT: Millis = 8 * 3600 * 1000;

/// A device that was enrolled.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The device.
    pub device: String,
    /// What the integrator calls it.
    pub name: String,
    /// Its secret, 128 random bits in hexadecimal. Kept here as digest alone.
    pub secret: String,
}

/// Somebody at an enrolled device.
#[derive(Debug, Clone)]
pub struct AtDevice {
    tenant: String,
    device: String,
}

/// An officer at a device, as the officer's session stands for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    /// Whose contracts.
    pub tenant: String,
    /// The officer.
    pub officer: String,
    /// The device.
    pub device: String,
}

/// An officer who has logged in.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The session's secret. Kept here as digest alone.
    pub secret: String,
    /// Who, and where.
    pub desk: Desk,
    /// The officer's name.
    pub name: String,
    /// When it ends.
    pub expires: Millis,
}

impl Signing {
    /// Enrols a device: its code, once, for its secret. `from` is who asks.
    pub async fn enrol_device(&self, code: &str, from: IpAddr) -> Result<Enrolled, SigningError> {
        let (guesses, caller) = (&self.0.guesses.codes, hex::encode(network(from)));
        admit(guesses, &caller, self.now())?;
        let unknown = || SigningError::from(Refusal::StaffCodeUnknown);
        let granted = self.grant("enrolment", &plain(code)).await?;
        let Some((tenant, Grant::Device { device })) = granted else {
            return Err(unknown());
        };
        let store = &self.0.parts.store;
        let there = store.staff(&tenant, DEVICE, &device).await?;
        let there = there.ok_or_else(unknown)?;
        let mut enrolled: Device = record(&there)?;
        if enrolled.enrolled || !enrolled.active {
            return Err(unknown());
        }
        enrolled.enrolled = true;
        let secret = crypto::random_id();
        let grant = Grant::Device {
            device: device.clone(),
        };
        // Of two at once, one finds that the device has changed.
        let change = Change {
            tenant,
            rows: vec![
                row(DEVICE, &device, Some(there.version), &enrolled)?,
                self.secret_row("device", &secret, &grant, Millis::MAX)?,
            ],
            ..Change::default()
        };
        match store.commit(change).await {
            Err(CommitError::Duplicate(Table::Staff)) => Err(unknown()),
            done => {
                done?;
                lock(guesses).right(&caller);
                Ok(Enrolled {
                    device,
                    name: enrolled.name,
                    secret,
                })
            }
        }
    }

    /// Whose device has this secret.
    pub async fn at_device(&self, secret: &str) -> Result<AtDevice, SigningError> {
        let granted = self.grant("device", secret).await?;
        let Some((tenant, Grant::Device { device })) = granted else {
            return Err(SigningError::Unauthorised);
        };
        match self.active_device(&tenant, &device).await? {
            Some(_) => Ok(AtDevice { tenant, device }),
            None => Err(SigningError::Unauthorised),
        }
    }

    /// Logs an officer in at a device. Somebody unknown or removed has a wrong password:
    /// the same answers, the same pauses, the same work.
    ///
    /// # Errors
    /// [`SigningError::Unauthorised`], and after five wrong passwords of one officer or at
    /// one device [`Refusal::TooManyTries`].
    pub async fn log_in(
        &self,
        at: &AtDevice,
        officer: &str,
        password: Zeroizing<String>,
    ) -> Result<LoggedIn, SigningError> {
        let AtDevice { tenant, device } = at;
        let guesses = &self.0.guesses.passwords;
        let here = format!("device\0{device}");
        // A digest: whatever was typed as a number is kept as 32 bytes.
        let whose = self.staff_digest("guess", &format!("{tenant}\0{officer}"))?;
        let now = self.now();
        admit(guesses, &here, now)?;
        admit(guesses, &whose, now).inspect_err(|_| lock(guesses).right(&here))?;
        let known = if is_officer_id(officer) {
            self.active_officer(tenant, officer).await?
        } else {
            None
        };
        let hash = known.as_ref().map(|known| known.password.clone());
        let hash = hash.unwrap_or_else(|| crypto::password::NOBODY.to_owned());
        let right = compute(move || {
            // Nobody hashes more than can be a password.
            password.len() <= 4 * PASSWORD.end() && crypto::password::verify(&password, &hash)
        });
        let right = right.await?;
        let Some(known) = known.filter(|_| right) else {
            return Err(SigningError::Unauthorised);
        };
        {
            let mut guesses = lock(guesses);
            guesses.right(&here);
            guesses.forget(&whose);
        }
        let (secret, expires) = (crypto::random_id(), now + SHIFT);
        let grant = Grant::Officer {
            officer: officer.to_owned(),
            device: device.clone(),
        };
        let change = Change {
            tenant: tenant.clone(),
            rows: vec![self.secret_row("officer", &secret, &grant, expires)?],
            ..Change::default()
        };
        self.0.parts.store.commit(change).await?;
        Ok(LoggedIn {
            secret,
            desk: Desk {
                tenant: tenant.clone(),
                officer: officer.to_owned(),
                device: device.clone(),
            },
            name: self.officer_name(tenant, officer, &known).await?,
            expires,
        })
    }

    /// Who has this officer's session, and at which device. Neither must have been removed.
    pub async fn desk(&self, secret: &str) -> Result<Desk, SigningError> {
        let granted = self.grant("officer", secret).await?;
        let Some((tenant, Grant::Officer { officer, device })) = granted else {
            return Err(SigningError::Unauthorised);
        };
        let there = self.active_officer(&tenant, &officer).await?.is_some()
            && self.active_device(&tenant, &device).await?.is_some();
        there
            .then_some(Desk {
                tenant,
                officer,
                device,
            })
            .ok_or(SigningError::Unauthorised)
    }
}
