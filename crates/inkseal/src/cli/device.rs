//! A signer's device without a screen, for the demo and the benches: it seals as the page
//! does.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::envelope::{Binding, Recipient, seal};
use ink::Handwriting;
use serde_json::{Value, json};
use signing::service::PACKAGE;

use crate::house::{Reason, now};

/// What a session told its device of sealing.
pub struct Device {
    binding: Binding,
    transport: Recipient,
    forensic: Recipient,
}

impl Device {
    /// Reads the `sealing` of a session.
    pub fn of(session: &Value) -> Result<Self, Reason> {
        let sealing = &session["sealing"];
        let key = |name: &str| {
            let text = sealing[name].as_str().unwrap_or_default();
            Ok::<_, Reason>(Recipient::from_spki(&STANDARD.decode(text)?)?)
        };
        Ok(Self {
            binding: serde_json::from_value(sealing["binding"].clone())?,
            transport: key("transport")?,
            forensic: key("forensic")?,
        })
    }

    /// A submission's handwriting: its looks, and its samples for the forensic key.
    pub fn handwriting(&self, written: &Handwriting) -> Result<Value, Reason> {
        let binding = self.binding("handwriting");
        let samples = seal(&self.forensic, &binding, &serde_json::to_vec(written)?)?;
        Ok(json!({
            "drawing": written.drawing(),
            "samples": STANDARD.encode(samples.as_bytes()),
            "captured": now(),
        }))
    }

    /// A submission, sealed to the service.
    pub fn package(&self, package: &Value) -> Result<Vec<u8>, Reason> {
        self.item(PACKAGE, &serde_json::to_vec(package)?)
    }

    /// One item, sealed to the service.
    pub fn item(&self, item: &str, content: &[u8]) -> Result<Vec<u8>, Reason> {
        Ok(seal(&self.transport, &self.binding(item), content)?.into_bytes())
    }

    fn binding(&self, item: &str) -> Binding {
        Binding {
            item: item.to_owned(),
            ..self.binding.clone()
        }
    }
}
