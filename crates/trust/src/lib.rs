//! The trust service: certificate authority, timestamp authority, preservation ledger.
//!
//! It knows digests and the subjects of certificates, never a document. Three parts
//! over one [`Store`] and one set of [`Keys`]:
//!
//! 1. `authority`: for each suite a root, an issuing authority and a timestamp
//!    authority, made when the suite is first needed. What is about to be signed is in
//!    the durable journal before it is signed.
//!    A root of a [`ceremony`] is kept elsewhere, and the service makes none then.
//! 2. `issue`, `request`: certificates for acts, persons and companies, one for one
//!    request and one for one key; `stamp`: timestamps. Dated by `clock`, which gives no
//!    time that it cannot trust.
//! 3. `revoke`, `list`, `status`: taking a lasting certificate back, durably and in the
//!    ledger; the lists of each issuing authority and where they lie (`addresses`), and
//!    its OCSP responder, whose answers are signed before they are asked for
//!    (`presigned`). `record`: what is known of a certificate.
//! 4. `journal`, `append`: what is about to be signed, by digest, in the ledger, and the
//!    entries of other services.
//! 5. `external`: the record of what another authority is asked for and issues.
//! 6. `log`, `witness`, `fsck`: the sequencer that turns durable entries into signed
//!    checkpoints and receipts, witnesses that cosign these, and the check that reads all
//!    of it again.

mod addresses;
mod append;
mod authority;
pub mod ceremony;
mod clock;
mod error;
mod external;
mod fsck;
mod health;
mod issue;
mod journal;
mod list;
mod log;
mod log_keys;
mod measure;
mod objects;
mod pace;
mod presigned;
mod record;
mod request;
mod revoke;
mod stamp;
mod status;
mod witness;

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
};

use crypto::{Keys, Suite};
use pki::Certificate;
use store::Store;

pub use append::{EntryRefusal, LONGEST_ENTRY, MOST_ENTRIES};
pub use authority::authorities;
pub use clock::{Clock, ClockFault, ClockReport, ClockSettings, Steady, TrustedClock};
pub use error::TrustError;
pub use fsck::{Clean, fsck};
pub use health::LedgerReport;
pub use issue::{EventRequest, Lasting};
pub use objects::LogObjects;
pub use record::Record;
pub use witness::{Witness, WitnessAnswer, WitnessPort};

use authority::Hierarchy;
use log::Log;
use status::Status;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The tenant of the service's own rows.
const TENANT: &str = "trust";
/// Suites whose authorities are there from the first start on; others are made when
/// they are first asked for.
const FIRST: [Suite; 2] = [Suite::Sm2Sm3, Suite::P256Sha256];

/// How the service calls itself.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who operates it: the organisation in its certificates.
    pub operator: String,
    /// Name of the log and of its key (C2SP tlog-checkpoint, origin).
    pub origin: String,
    /// Begin of the addresses under which lists, OCSP and the authorities' certificates
    /// are served to everybody, `http://…`; empty when certificates shall name none. What
    /// was once in a certificate must be served for as long as the certificate is read.
    pub url: String,
}

/// The trust service. A clone is the same service.
#[derive(Clone)]
pub struct Trust(Arc<Inner>);

struct Inner {
    store: Store,
    keys: Keys,
    settings: Settings,
    clock: TrustedClock,
    hierarchies: RwLock<BTreeMap<Suite, Arc<Hierarchy>>>,
    /// Anchors of authorities elsewhere.
    elsewhere: RwLock<Vec<Certificate>>,
    /// The certificate of the log's key with its issuer's, PEM.
    log_chain: RwLock<String>,
    /// One at a time makes authorities.
    making: tokio::sync::Mutex<()>,
    log: Log,
    status: Status,
    requests: request::Requests,
    /// One at a time revokes.
    revoking: tokio::sync::Mutex<()>,
}

impl Trust {
    /// Opens the service. The first opening makes its keys and certificates.
    ///
    /// # Errors
    /// [`TrustError::Ledger`] when the log on disk is not the one of its last
    /// checkpoint: such a service signs nothing.
    pub async fn open(
        store: Store,
        keys: impl Into<Keys>,
        settings: Settings,
        clock: impl Into<TrustedClock>,
    ) -> Result<Self, TrustError> {
        let keys = keys.into();
        let log = Log::open(store.clone(), &keys, &settings.origin, true).await?;
        let elsewhere = RwLock::new(Self::load_anchors(&store).await?);
        let (hierarchies, making) = (RwLock::default(), tokio::sync::Mutex::default());
        let inner = Inner {
            store,
            keys,
            settings,
            clock: clock.into(),
            hierarchies,
            elsewhere,
            log_chain: RwLock::default(),
            making,
            log,
            status: Status::default(),
            requests: request::Requests::default(),
            revoking: tokio::sync::Mutex::default(),
        };
        let trust = Self(Arc::new(inner));
        for suite in Suite::ALL {
            let first = FIRST.contains(&suite) && !trust.has_ceremonies().await?;
            if first || trust.was_made(suite).await? {
                trust.hierarchy(suite).await?;
            }
        }
        match trust.certify_log().await {
            // Made when the time is known again; the log is good without.
            Err(TrustError::Clock(fault)) => {
                tracing::warn!(%fault, "the ledger's key got no certificate yet");
            }
            done => done?,
        }
        Ok(trust)
    }

    /// The clock by which it dates what it signs.
    #[must_use]
    pub fn clock(&self) -> &TrustedClock {
        &self.0.clock
    }

    /// The time for what is dated by it.
    fn dated(&self) -> Result<Millis, TrustError> {
        Ok(self.0.clock.now()?)
    }

    /// The time for what must go on with any clock: revocation, its lists and answers.
    fn now(&self) -> Millis {
        self.0.clock.untrusted()
    }

    fn seconds(&self) -> i64 {
        self.now().div_euclid(1000)
    }
}
