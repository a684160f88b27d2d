//! Short messages: one adapter for every gateway that speaks HTTP.
//!
//! A message is told in the form that the configuration gives. A person gets it once: it
//! is sent again only to a gateway that sends one message for one key. Without a
//! configuration the simulator is used, its receipts name it, and so does the evidence of
//! every code that it carried. The form and the settings are in `docs/sms.md`.

mod settings;
#[cfg(test)]
mod tests;

use std::{fs, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;
use signing::ports::{Clock, Delivery, PortError, SmsGateway, SmsReceipt};
use zeroize::Zeroizing;

pub use settings::{DeliveryMapping, Settings};

use crate::{
    config::Config,
    house::{Reason, now},
    outside::{
        Caller, Credential, OutsideError, Repeat,
        reading::{at, text, word},
    },
    sms_simulator,
    template::{Filling, Template},
};

const PORT: &str = "sms-gateway";
/// Places of a request.
const PLACES: [&str; 5] = ["to", "text", "signature", "key", "time"];

/// The port as it was configured.
pub struct Opened {
    /// The gateway.
    pub port: Arc<dyn SmsGateway>,
    /// Where the simulator listens, when it stands in for a gateway.
    pub simulator: Option<SocketAddr>,
}

/// The gateway of the configuration; the simulator when there is none.
///
/// # Errors
/// What in the settings cannot be used.
pub async fn configured(config: &Config) -> Result<Opened, Reason> {
    let (settings, credential, simulator) = match (&config.sms_gateway, config.sms_url.as_str()) {
        (Some(settings), "") => (settings.clone(), credential(settings)?, None),
        (Some(_), _) => return Err("sms_gateway and sms_url: configure one of the two".into()),
        (None, "") => {
            let started = sms_simulator::embedded(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
            let (address, credential) = (started.address, started.credential);
            let settings = Settings {
                idempotent: true,
                delivery: Some(DeliveryMapping::default()),
                ..Settings::at(format!("http://{address}"))
            };
            (settings, Some(credential), Some(address))
        }
        (None, url) => (Settings::at(url.to_owned()), None, None),
    };
    let opened = HttpGateway::with(settings, credential, &config.sms_signature, Arc::new(now));
    let opened = opened.map_err(|error| format!("sms_gateway: {error}"))?;
    Ok(Opened {
        port: Arc::new(opened),
        simulator,
    })
}

/// With what requests are signed, if they are.
fn credential(settings: &Settings) -> Result<Option<Credential>, String> {
    let name = &settings.key_id;
    let made = match (&settings.secret_file, &settings.sm2_key_file) {
        (None, None) => return Ok(None),
        (Some(secret), None) => Credential::shared(name, secret, settings.secret_mac),
        (None, Some(key)) => Credential::own(name, key),
        _ => Err("set secret_file or sm2_key_file, not both".to_owned()),
    };
    Ok(Some(made.map_err(|error| format!("sms_gateway: {error}"))?))
}

/// A gateway over HTTP.
pub struct HttpGateway {
    caller: Caller,
    request: Template,
    settings: Settings,
    /// The operator's name in front of each message, for gateways that put it there.
    signature: String,
    clock: Clock,
}

/// Why a message was not sent, or it is not known what became of it. Neither number nor
/// text is in it.
#[derive(Debug, thiserror::Error)]
pub enum SmsError {
    /// The gateway was not reached, failed or refused.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// It answered that it does not take the message.
    #[error("it did not take the message; its own records say why")]
    NotTaken,
    /// Something is missing or has no meaning.
    #[error("its answer is not what was agreed: {0}; check sms_gateway.answer")]
    Answer(&'static str),
}

impl SmsError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Outside(error) => error.code(),
            Self::NotTaken => "sms-not-sent",
            Self::Answer(_) => "sms-answer-unread",
        }
    }
}

impl From<SmsError> for PortError {
    fn from(error: SmsError) -> Self {
        Self {
            port: PORT,
            code: error.code().into(),
            reason: error.to_string(),
        }
    }
}

impl HttpGateway {
    /// With a key that is at hand.
    ///
    /// # Errors
    /// What in the settings cannot be used.
    pub fn with(
        settings: Settings,
        credential: Option<Credential>,
        signature: &str,
        clock: Clock,
    ) -> Result<Self, String> {
        settings.check()?;
        let request = Template::read(&settings.request, &PLACES);
        let request = request.map_err(|error| format!("request: {error}"))?;
        let limits = settings.limits;
        let mut caller = Caller::new(&settings.url, credential, limits, clock.clone())?;
        if let Some(file) = &settings.token_file {
            let token = fs::read_to_string(file).map(Zeroizing::new);
            let token = token.map_err(|e| format!("{}: {e}", file.display()))?;
            caller = caller.with_bearer(token.trim())?;
        }
        Ok(Self {
            caller,
            request,
            signature: signature.to_owned(),
            settings,
            clock,
        })
    }

    async fn accept(&self, to: &str, message: &str) -> Result<SmsReceipt, SmsError> {
        let key = crypto::random_id();
        let body = self.request.fill(&vec![
            ("to", Filling::text(to)),
            ("text", Filling::text(message)),
            ("signature", Filling::text(&self.signature)),
            ("key", Filling::text(&key)),
            ("time", Filling::Number((self.clock)())),
        ]);
        let repeat = if self.settings.idempotent {
            Repeat::Under(&key)
        } else {
            Repeat::Once(&key)
        };
        let path = &self.settings.path;
        let answer: Value = self.caller.post_bytes(path, &body, repeat).await?;
        let mapping = &self.settings.answer;
        if !mapping.status.is_empty() {
            let status = word(at(&answer, &mapping.status));
            let taken = status.is_some_and(|status| mapping.accepted.contains(&status));
            taken.then_some(()).ok_or(SmsError::NotTaken)?;
        }
        let id = text(at(&answer, &mapping.id)).map_err(SmsError::Answer)?;
        let source = text(at(&answer, &mapping.source)).map_err(SmsError::Answer)?;
        let source = self.settings.name.clone().or(source);
        Ok(SmsReceipt {
            id: id.ok_or(SmsError::Answer("it has no number"))?,
            source: source.ok_or(SmsError::Answer("it does not say whose it is"))?,
        })
    }

    async fn state(&self, id: &str) -> Result<Option<Delivery>, SmsError> {
        let Some(mapping) = &self.settings.delivery else {
            return Ok(None);
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        if !id.bytes().all(plain) || id.starts_with('.') {
            return Err(SmsError::Answer("its number cannot stand in an address"));
        }
        let answer: Value = self.caller.get(&format!("{}/{id}", mapping.path)).await?;
        let state = word(at(&answer, &mapping.state)).unwrap_or_default();
        let lists = [
            (&mapping.delivered, Delivery::Delivered),
            (&mapping.failed, Delivery::Failed),
            (&mapping.pending, Delivery::Pending),
        ];
        let found = lists.into_iter().find(|(words, _)| words.contains(&state));
        let unknown = SmsError::Answer("its state is a word that is not configured");
        found.map(|(_, delivery)| Some(delivery)).ok_or(unknown)
    }
}

#[async_trait]
impl SmsGateway for HttpGateway {
    async fn send(&self, to: &str, text: &str) -> Result<SmsReceipt, PortError> {
        Ok(self.accept(to, text).await?)
    }

    async fn delivery(&self, id: &str) -> Result<Option<Delivery>, PortError> {
        Ok(self.state(id).await?)
    }
}
