//! The service: loads, decides, signs and commits.
//!
//! All commands of one contract pass one after the other through its lock, so that
//! two parties who sign at the same instant both succeed, in some order. Another
//! node that was faster is noticed by the store, and the command begins again.

mod audit;
mod authorise;
mod company;
mod create;
mod enterprise;
mod error;
mod evidence;
mod forget;
mod identify;
mod loaded;
mod page;
mod person;
mod pickup;
mod register;
mod session;
mod set;
mod sign;
mod spread;
mod staff;
mod stream;
mod view;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use crypto::Keys;
use document::{Fonts, Template};
use lru::LruCache;
use store::Store;

pub use audit::{Audited, audit};
pub use authorise::{AuthorisationView, NewSealAuthorisation, Signatory, SignatoryCapacity};
pub use company::{CompanyView, NewCompany, RevokedCertificate, Silent};
pub use create::{NewContract, NewParty, Source};
pub use enterprise::{
    AgentView, Capacity, EnterpriseChange, EnterpriseQuestion, EnterpriseView, NewAuthorisation,
    NewEnterprise, NewPayment, PaymentView,
};
pub use error::SigningError;
pub use evidence::{Arrived, Content, ForensicKeys, PACKAGE};
pub use identify::Check;
pub use loaded::DUE;
pub use page::PagePicture;
pub use person::{
    CheckView, ConsentView, DocumentView, NewConsent, NewDocument, NewPerson, PersonChange,
    PersonCheck, PersonQuestion, PersonView, PhotoFile, PhotoView, Proven,
};
pub use session::{Link, Opened, PageShown, SessionView};
pub use set::{Missed, SetLink, Shared, Sitting};
pub use sign::{Receipt, SealOrder, Submission, Written};
pub use staff::{
    AtDevice, Desk, DeviceView, Enrolled, Enrolment, LoggedIn, NewOfficer, OfficerView, Pairing,
};
pub use view::{ContractView, Finished, PartyView};

use crate::{
    act::{Authorities, compute, compute_apart},
    limits::{Limits, Rules},
    ports::{Clock, IdentityAuthority, SmsGateway},
    vault::Vault,
};
use company::Company;
use loaded::Slot;
use page::Gallery;
use register::Register;

/// Contracts whose state is kept in memory.
const CONTRACTS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
/// Secrets of sessions of which is known where they lead.
const VISITS: NonZeroUsize = NonZeroUsize::new(32_768).unwrap();
/// Companies that are kept, and authorisations.
const COMPANIES: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// How often a command begins again when another node was faster.
const ATTEMPTS: usize = 5;

/// What the service is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// Seal keys, and the key that wraps data keys.
    pub keys: Keys,
    /// Certificates and timestamps.
    pub authorities: Authorities,
    /// Sends one-time codes.
    pub sms: Arc<dyn SmsGateway>,
    /// Knows who people and companies are.
    pub identity: Arc<dyn IdentityAuthority>,
    /// The name in front of every short message, without its brackets 【】.
    pub sms_signature: String,
    /// How many one-time codes may be sent.
    pub code_limits: Rules,
    /// To whom handwriting and other biometrics are sealed.
    pub forensic: ForensicKeys,
    /// The time.
    pub clock: Clock,
    /// Chinese fonts.
    pub fonts: Fonts,
    /// Contract templates by name.
    pub templates: BTreeMap<String, Arc<Template>>,
    /// Who operates the service and closes contracts.
    pub operator: String,
}

/// The signing service. A clone is the same service.
#[derive(Clone)]
pub struct Signing(Arc<Inner>);

struct Inner {
    parts: Parts,
    vault: Vault,
    font: Arc<pdf::Font>,
    code_secret: zeroize::Zeroizing<Vec<u8>>,
    transport: evidence::TransportKeys,
    limits: Mutex<Limits>,
    /// Links that strangers ask for, and those that are sent; see [`pickup`].
    askers: Mutex<Limits>,
    links: Mutex<Limits>,
    picking: tokio::sync::Semaphore,
    asking: Arc<tokio::sync::Semaphore>,
    codes: session::CodeTurns,
    visits: Mutex<LruCache<String, session::Visit>>,
    closing: Company,
    /// Seals share it, a revocation has it alone: none is under way when its time is read.
    sealing: tokio::sync::RwLock<()>,
    contracts: Mutex<LruCache<(String, String), Slot>>,
    companies: Mutex<LruCache<(String, String), Arc<Company>>>,
    authorisations: Mutex<LruCache<(String, String), authorise::Slot>>,
    register: Register,
    gallery: Gallery,
    guesses: staff::Guesses,
}

/// The command's key, so that a repeated command gives the same answer.
#[derive(Debug, Clone)]
pub struct CommandKey {
    /// The caller's key.
    pub key: String,
    /// Digest of the request.
    pub request: String,
}

impl CommandKey {
    /// What is kept of the command with its answer.
    fn with<T: serde::Serialize>(&self, answer: &T) -> Result<store::Idempotency, SigningError> {
        let corrupt = |_| SigningError::Corrupt("an answer".to_owned());
        Ok(store::Idempotency {
            key: self.key.clone(),
            request: self.request.clone(),
            answer: serde_json::to_string(answer).map_err(corrupt)?,
        })
    }
}

impl Signing {
    /// Opens the service. The first opening makes its keys.
    pub async fn open(parts: Parts) -> Result<Self, SigningError> {
        const CODE_SECRET: &str = "one-time-codes";
        let file = parts.keys.file();
        let vault = Vault::open(file)?;
        if file.bytes(CODE_SECRET).is_none() {
            file.put_bytes(CODE_SECRET, &crypto::random::<32>())?;
        }
        let code_secret = file.bytes(CODE_SECRET).unwrap_or_default();
        let font = Arc::new(pdf::Font::new(parts.fonts.sans())?);
        let register = Register::open(file)?;
        let transport = evidence::TransportKeys::open(&parts.keys)?;
        let limits = |rules: Rules| {
            let limits = Limits::new(rules, &crypto::random());
            limits.ok_or_else(|| SigningError::Corrupt("the limits' key".to_owned()))
        };
        let rules = &parts.code_limits;
        let (askers, links) = (limits(rules.of_askers())?, limits(rules.of_links())?);
        let limits = limits(rules.clone())?;
        let closing = company::operator(&parts, &vault).await?;
        Ok(Self(Arc::new(Inner {
            parts,
            vault,
            font,
            code_secret,
            transport,
            limits: Mutex::new(limits),
            askers: Mutex::new(askers),
            links: Mutex::new(links),
            picking: tokio::sync::Semaphore::new(pickup::SIDE_BY_SIDE),
            asking: Arc::new(tokio::sync::Semaphore::new(pickup::WAITING)),
            codes: Mutex::new(LruCache::new(session::CODES)),
            visits: Mutex::new(LruCache::new(VISITS)),
            closing,
            sealing: tokio::sync::RwLock::default(),
            contracts: Mutex::new(LruCache::new(CONTRACTS)),
            companies: Mutex::new(LruCache::new(COMPANIES)),
            authorisations: Mutex::new(LruCache::new(COMPANIES)),
            register,
            gallery: Gallery::new(),
            guesses: staff::Guesses::new(),
        })))
    }

    fn now(&self) -> crate::event::Millis {
        (self.0.parts.clock)()
    }

    /// The answer that this command had before, if it was done before.
    async fn replay<T: serde::de::DeserializeOwned>(
        &self,
        tenant: &str,
        key: Option<&CommandKey>,
    ) -> Result<Option<T>, SigningError> {
        let Some(key) = key else { return Ok(None) };
        match self.0.parts.store.answer(tenant, &key.key).await? {
            Some((request, _)) if request != key.request => Err(SigningError::KeyReused),
            Some((_, answer)) => {
                let corrupt = |_| SigningError::Corrupt(format!("the answer under {}", key.key));
                serde_json::from_str(&answer).map(Some).map_err(corrupt)
            }
            None => Ok(None),
        }
    }
}

/// Digest under which a link or a session secret is kept.
fn secret_digest(purpose: &str, secret: &str) -> String {
    crypto::digest(
        crypto::Hash::Sha256,
        format!("{purpose}\0{secret}").as_bytes(),
    )
    .to_string()
}

/// Locks a cache. A panic of another holder leaves it usable: it is only a cache.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
