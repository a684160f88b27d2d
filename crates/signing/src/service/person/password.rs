//! Passwords of returning signers.

use crypto::password::NOBODY;
use store::{Change, CommitError};
use zeroize::Zeroizing;

use crate::{
    act::compute,
    event::Millis,
    register::{
        assurance::Level,
        password::{self, LENGTH},
        person::{Command, Status},
    },
    service::{
        ATTEMPTS, Signing, SigningError,
        register::{Step, padding},
    },
};

/// What the right password proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Who has returned; another identifier than was given after a merger.
    pub person: String,
    /// When it was given.
    pub at: Millis,
    /// Until when it proves this.
    pub expires: Millis,
    /// The highest level of acts for which it is enough alone; above it a fresh one-time
    /// code or face is needed besides ([`password::Shown::suffices`]).
    pub alone: Level,
}

impl Signing {
    /// Sets a person's password, 8 to 128 characters.
    pub async fn set_password(
        &self,
        tenant: &str,
        id: &str,
        password: Zeroizing<String>,
    ) -> Result<(), SigningError> {
        let mut characters = password.chars();
        let first = characters.next();
        let varied = characters.any(|c| Some(c) != first);
        if !LENGTH.contains(&password.chars().count()) || !varied {
            return Err(SigningError::Invalid {
                field: "password".to_owned(),
                reason: "8 to 128 characters that are not all the same".to_owned(),
            });
        }
        let hash = compute(move || crypto::password::hash(&password)).await??;
        let mut there = self.opened(tenant, id).await?;
        let now = self.now();
        let sealed = there.key.seal("password", hash.as_bytes());
        let command = Command::SetPassword(store::BlobId::of(&sealed));
        let events = there.held.record.decide(command, now)?;
        let step = Step::of(events).blob(sealed);
        self.record(tenant, &mut there.held, step, now, None).await
    }

    /// Tries a password. Somebody unknown, cancelled or without a password has a wrong one:
    /// the same answers, the same pauses, the same work, which is one hash and one durable
    /// change. Tries of one identifier pass one after the other.
    pub async fn check_password(
        &self,
        tenant: &str,
        id: &str,
        password: Zeroizing<String>,
    ) -> Result<Proven, SigningError> {
        for _ in 0..ATTEMPTS {
            match self.try_password(tenant, id, password.clone()).await {
                // Another node counted a try meanwhile; this one was not told to anybody.
                Err(SigningError::Commit(CommitError::Conflict(_))) => {}
                done => return done,
            }
        }
        Err(SigningError::Commit(CommitError::Conflict(id.to_owned())))
    }

    async fn try_password(
        &self,
        tenant: &str,
        id: &str,
        password: Zeroizing<String>,
    ) -> Result<Proven, SigningError> {
        let there = match self.held_person(tenant, id).await {
            Err(SigningError::NotFound { .. }) => None,
            other => Some(other?),
        };
        let known = there.filter(|held| held.record.status == Status::Registered);
        let Some((mut held, hash)) = known.and_then(|held| {
            let hash = held.record.password?;
            Some((held, hash))
        }) else {
            return self.try_nobody(tenant, id, password).await;
        };
        let now = self.now();
        held.record.may_try(now)?;
        let key = self.data_key(tenant, &held.record.key).await?;
        let hash = key.open("password", &self.0.parts.store.blob(tenant, &hash).await?)?;
        let correct = verify(password, hash).await?;
        let events = held.record.decide(Command::TryPassword { correct }, now)?;
        self.record(tenant, &mut held, Step::of(events), now, None)
            .await?;
        if !correct {
            return Err(held.record.password_answer().into());
        }
        Ok(Proven {
            person: held.id.clone(),
            at: now,
            expires: now + password::PROVES,
            alone: password::ALONE,
        })
    }

    /// Takes as long as trying a password does, and counts in memory alone: who is nobody
    /// fills no table.
    async fn try_nobody(
        &self,
        tenant: &str,
        id: &str,
        password: Zeroizing<String>,
    ) -> Result<Proven, SigningError> {
        let mut tries = self.0.register.stranger(tenant, id).await;
        let now = self.now();
        tries.may(now)?;
        let hash = Zeroizing::new(NOBODY.as_bytes().to_vec());
        let _ = verify(password, hash).await?;
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![padding(now)],
            ..Change::default()
        };
        self.0.parts.store.commit(change).await?;
        *tries = tries.after(false, now);
        Err(tries.answer().into())
    }
}

async fn verify(
    password: Zeroizing<String>,
    hash: Zeroizing<Vec<u8>>,
) -> Result<bool, SigningError> {
    let verified = compute(move || {
        // Nobody hashes more than can be a password.
        let fits = password.len() <= 4 * LENGTH.end();
        fits && std::str::from_utf8(&hash)
            .is_ok_and(|hash| crypto::password::verify(&password, hash))
    });
    Ok(verified.await?)
}

#[cfg(test)]
mod tests {
    use super::NOBODY;

    /// Everything before the salt says what a hash costs.
    #[test]
    fn nobodys_hash_costs_what_every_hash_costs() {
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
        let real = crypto::password::hash("a password").unwrap();
        assert_eq!(cost(NOBODY), cost(&real));
        assert_eq!(NOBODY.len(), real.len());
        assert!(!crypto::password::verify("", NOBODY));
    }
}
