//! Speaks to the authority and judges its answers. Records nothing.

use std::{fs, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, Suite, digest};
use pki::{
    Certificate, CertificationRequest,
    revocation::{Reason, Revoked},
};
use signing::ports::Clock;

use super::{
    Settings,
    judge::judge,
    protocol::{
        AUTHORITY, Ask, Authority, CERTIFICATES, Issued, Kind, REVOCATIONS, Revocation, Revoke,
        RevokedAll, Status,
    },
};
use crate::outside::{Caller, Credential, OutsideError, Repeat};

/// Longest name of an authority.
const NAME: usize = 64;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The authority was not reached, failed or refused.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// It answered something else than was asked.
    #[error("the answer is refused: {0}; tell the authority")]
    Answer(String),
}

impl AskError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Outside(error) => error.code(),
            Self::Answer(_) => "certificate-authority-answer",
        }
    }
}

/// The authority, as its interface shows it.
pub struct Client {
    caller: Caller,
    anchors: Arc<Vec<Certificate>>,
    suites: Vec<Suite>,
    clock: Clock,
}

impl Client {
    /// From the settings and the files that they name.
    ///
    /// # Errors
    /// What cannot be used.
    pub fn open(settings: &Settings, clock: Clock) -> Result<Self, String> {
        let name = &settings.key_id;
        let credential = match (&settings.secret_file, &settings.sm2_key_file) {
            (Some(secret), None) => Credential::shared(name, secret, settings.secret_mac)?,
            (None, Some(key)) => Credential::own(name, key)?,
            _ => return Err("external_ca: set secret_file or sm2_key_file, one of them".into()),
        };
        let file = settings.anchors.display();
        let text = fs::read_to_string(&settings.anchors).map_err(|e| format!("{file}: {e}"))?;
        let anchors = Certificate::from_pem_many(&text).map_err(|e| format!("{file}: {e}"))?;
        if anchors.is_empty() {
            return Err(format!("{file}: no certificate is in it"));
        }
        let suite = |name: &String| {
            Suite::from_name(name).ok_or_else(|| format!("external_ca: there is no suite {name:?}"))
        };
        let suites = settings
            .suites
            .iter()
            .map(suite)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            caller: Caller::new(
                &settings.url,
                Some(credential),
                settings.limits,
                clock.clone(),
            )?,
            anchors: Arc::new(anchors),
            suites,
            clock,
        })
    }

    /// Whether this suite's certificates come from there.
    pub fn issues(&self, suite: Suite) -> bool {
        self.suites.contains(&suite)
    }

    /// The suites whose certificates come from there.
    pub fn suites(&self) -> &[Suite] {
        &self.suites
    }

    /// Its roots.
    pub fn anchors(&self) -> &[Certificate] {
        &self.anchors
    }

    /// Asks for a certificate. What is returned is what was asked for, under an anchor:
    /// leaf first, no root. The same request, asked again, is the same certificate.
    pub async fn ask(
        &self,
        suite: Suite,
        kind: Kind,
        request: CertificationRequest,
    ) -> Result<Vec<Certificate>, AskError> {
        let ask = Ask {
            request: STANDARD.encode(request.der()),
            kind,
            suite: suite.name().to_owned(),
            seconds: kind.seconds(),
        };
        let key = hex::encode(digest(Hash::Sha256, request.der()).as_bytes());
        let repeat = Repeat::Under(&key);
        let issued: Issued = self.caller.post(CERTIFICATES, &ask, repeat).await?;
        let now = (self.clock)().div_euclid(1000);
        let anchors = Arc::clone(&self.anchors);
        let judged = tokio::task::spawn_blocking(move || {
            judge(&issued.chain, &request, suite, &anchors, now)
        });
        let judged = judged.await;
        judged
            .map_err(|_| AskError::Answer("the service is shutting down".to_owned()))?
            .map_err(AskError::Answer)
    }

    /// Revokes certificates by their serial numbers: all or none.
    pub async fn revoke(
        &self,
        serials: &[String],
        reason: Reason,
    ) -> Result<Vec<Revoked>, AskError> {
        let order = Revoke {
            serials: serials.to_vec(),
            reason: reason.number(),
        };
        let key = crypto::random_id();
        let repeat = Repeat::Under(&key);
        let done: RevokedAll = self.caller.post(REVOCATIONS, &order, repeat).await?;
        if done.revoked.len() != serials.len() {
            return Err(AskError::Answer("not everything was revoked".to_owned()));
        }
        done.revoked.into_iter().map(revoked).collect()
    }

    /// How a certificate stands there, by its serial number in hexadecimal.
    pub async fn status(&self, serial: &str) -> Result<Option<Revoked>, AskError> {
        let status: Status = self.caller.get(&format!("{CERTIFICATES}/{serial}")).await?;
        if status.serial != serial {
            return Err(AskError::Answer(
                "it speaks of another certificate".to_owned(),
            ));
        }
        status.revoked.map(revoked).transpose()
    }

    /// How the authority calls itself.
    pub async fn name(&self) -> Result<String, AskError> {
        let Authority { authority } = self.caller.get(AUTHORITY).await?;
        let plain = !authority.chars().any(char::is_control);
        if authority.is_empty() || authority.chars().count() > NAME || !plain {
            return Err(AskError::Answer("its name is no name".to_owned()));
        }
        Ok(authority)
    }
}

fn revoked(told: Revocation) -> Result<Revoked, AskError> {
    let reason = Reason::from_number(told.reason)
        .ok_or_else(|| AskError::Answer(format!("there is no reason {}", told.reason)))?;
    Ok(Revoked {
        at_ms: told.at,
        reason,
        invalid_since_ms: None,
    })
}
