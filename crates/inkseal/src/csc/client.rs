//! Speaks the API.

use std::{fs, path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Digest, Suite};
use pki::Certificate;
use serde_json::json;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::{
    CscError,
    protocol::{
        AskCredential, Authorized, CredentialInfo, Info, Listed, Signatures, Version, Wanted,
    },
};
use crate::{
    house::now,
    outside::{Caller, Limits, OutsideError, Repeat},
};

/// How the service is reached.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its address with the API's path, such as `https://rssp.example/csc/v2`.
    pub url: String,
    /// File with the access token (OAuth 2.0, RFC 6750).
    pub token_file: Option<PathBuf>,
    /// File with the PIN that credentials with explicit authorisation want.
    pub pin_file: Option<PathBuf>,
    /// How patient we are.
    pub limits: Limits,
}

/// A credential that signs.
pub struct Credential {
    /// Its suite.
    pub suite: Suite,
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
}

/// A service.
pub struct Client {
    caller: Caller,
    pin: Option<Zeroizing<String>>,
    version: OnceCell<Version>,
}

impl Client {
    /// From the settings and the files that they name.
    ///
    /// # Errors
    /// What cannot be used.
    pub fn open(settings: &Settings) -> Result<Self, String> {
        let read = |file: &PathBuf| {
            let text = fs::read_to_string(file).map(Zeroizing::new);
            let text = text.map_err(|e| format!("{}: {e}", file.display()))?;
            Ok::<_, String>(Zeroizing::new(text.trim().to_owned()))
        };
        let mut caller = Caller::new(&settings.url, None, settings.limits, Arc::new(now))?;
        if let Some(file) = &settings.token_file {
            caller = caller.with_bearer(&read(file)?)?;
        }
        Ok(Self {
            caller,
            pin: settings.pin_file.as_ref().map(read).transpose()?,
            version: OnceCell::new(),
        })
    }

    /// Which names the service knows; asked once.
    async fn version(&self) -> Result<Version, CscError> {
        let ask = async {
            let info: Info = self
                .caller
                .post("/info", &json!({}), Repeat::Freely)
                .await?;
            Version::of(&info.specs).ok_or_else(|| {
                let reason = format!("{:?} speaks version {:?}", info.name, info.specs);
                OutsideError::Answer(reason).into()
            })
        };
        self.version.get_or_try_init(|| ask).await.copied()
    }

    /// The credentials that we may use.
    async fn credentials(&self) -> Result<Vec<String>, CscError> {
        let asked = json!({});
        let listed = self
            .caller
            .post("/credentials/list", &asked, Repeat::Freely);
        let Listed { credentials } = listed.await?;
        Ok(credentials)
    }

    /// A credential by its name.
    ///
    /// # Errors
    /// [`CscError::Credential`] when it is not among ours, is disabled, or its key is
    /// none of a suite that it signs with.
    pub async fn credential(&self, id: &str) -> Result<Credential, CscError> {
        let cannot = |reason: &str| CscError::Credential {
            credential: id.to_owned(),
            reason: reason.to_owned(),
        };
        self.version().await?;
        if !self.credentials().await?.iter().any(|known| known == id) {
            return Err(cannot("the service does not list it"));
        }
        let asked = AskCredential {
            credential: id,
            certificates: "single",
        };
        let info = self
            .caller
            .post("/credentials/info", &asked, Repeat::Freely);
        let info: CredentialInfo = info.await?;
        if info.key.status != "enabled" {
            return Err(cannot("its key is not enabled"));
        }
        let leaf = info.cert.certificates.first();
        let leaf = leaf.and_then(|text| STANDARD.decode(text).ok());
        let leaf = leaf.and_then(|der| Certificate::from_der(&der).ok());
        let leaf = leaf.ok_or_else(|| cannot("it has no certificate that can be read"))?;
        let suite = Suite::of_spki(leaf.spki());
        let suite = suite.ok_or_else(|| cannot("its key is of no suite"))?;
        let algorithm = suite.signature_algorithm().oid.to_string();
        if !info.key.algo.contains(&algorithm) {
            return Err(cannot(&format!("it does not sign with {}", suite.name())));
        }
        Ok(Credential {
            suite,
            spki: leaf.spki().to_vec(),
        })
    }

    /// Asks for leave to sign this digest, and signs it. Gives the signature in base64,
    /// unverified. Signing is never repeated: the leave is good once.
    pub async fn sign(
        &self,
        credential: &str,
        suite: Suite,
        digest: &Digest,
    ) -> Result<String, CscError> {
        let version = self.version().await?;
        let (hash, algorithm) = (digest.hash().oid(), suite.signature_algorithm().oid);
        let wanted = Wanted {
            credential,
            digest: &STANDARD.encode(digest.as_bytes()),
            hash: &hash.to_string(),
            algorithm: &algorithm.to_string(),
        };
        let pin = self.pin.as_deref().map(String::as_str);
        let body = version.authorize(wanted, pin);
        // A second wrong PIN may lock the credential.
        let leave = self
            .caller
            .post("/credentials/authorize", &body, Repeat::Never);
        let Authorized { sad } = leave.await?;
        let body = version.sign(wanted, &sad);
        let signed = self
            .caller
            .post("/signatures/signHash", &body, Repeat::Never);
        let Signatures { mut signatures } = signed.await?;
        match (signatures.pop(), signatures.is_empty()) {
            (Some(signature), true) => Ok(signature),
            _ => {
                let reason = "there is not one signature for one digest".to_owned();
                Err(OutsideError::Answer(reason).into())
            }
        }
    }
}
