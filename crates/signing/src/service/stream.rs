//! Streams of events, and what the ledger proves of each change to one.

use bytes::Bytes;
use crypto::{Digest, Hash};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Append, NewEvent, Store};

use super::SigningError;
use crate::event::Recorded;

/// Whose events a stream has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// A contract's.
    Contract,
    /// An authorisation's; it has the identifier of its contract.
    Authorisation,
    /// A company's.
    Company,
}

impl Of {
    /// The name of the stream in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Contract => "contract",
            Self::Authorisation => "authorisation",
            Self::Company => "company",
        }
    }

    /// What is stored of it cannot be read.
    pub fn corrupt(self, id: &str) -> SigningError {
        SigningError::Corrupt(format!("{} {id}", self.name()))
    }

    /// All events of a stream, which has some.
    pub async fn read<E: DeserializeOwned>(
        self,
        store: &Store,
        tenant: &str,
        id: &str,
    ) -> Result<Vec<Recorded<E>>, SigningError> {
        let stored = store.events(tenant, self.name(), id, 0).await?;
        if stored.is_empty() {
            return Err(SigningError::NotFound {
                what: self.name(),
                id: id.to_owned(),
            });
        }
        let read = stored
            .iter()
            .map(|event| serde_json::from_str(&event.body).map_err(|_| self.corrupt(id)));
        read.collect()
    }
}

/// One stream.
pub(super) struct Stream<'a> {
    pub of: Of,
    pub id: &'a str,
    /// Of the digests of its events.
    pub hash: Hash,
}

/// Events of one stream with the ledger's entry for them.
pub(super) struct Proven {
    pub append: Append,
    pub entry: Bytes,
}

impl Stream<'_> {
    /// Events that follow on the first `first` ones, with the entry that proves them.
    pub fn proven<E: Serialize>(
        &self,
        first: u64,
        recorded: &[Recorded<E>],
        kind: impl Fn(&E) -> &'static str,
    ) -> Result<Proven, SigningError> {
        let (of, id) = (self.of, self.id.to_owned());
        let mut events = Vec::with_capacity(recorded.len());
        for event in recorded {
            let body = serde_json::to_string(event).map_err(|_| of.corrupt(&id))?;
            events.push(NewEvent {
                kind: kind(&event.event),
                body,
            });
        }
        let digest = |event: &NewEvent| crypto::digest(self.hash, event.body.as_bytes());
        let digests = events.iter().map(digest).collect();
        let entry = Entry::new(of, id.clone(), first, digests);
        let entry = serde_json_canonicalizer::to_vec(&entry).map_err(|_| of.corrupt(&id))?;
        let append = Append {
            stream: of.name(),
            id,
            expected: first,
            events,
        };
        let entry = entry.into();
        Ok(Proven { append, entry })
    }
}

/// What the ledger proves of one change: which events of which stream, by digest. The kind
/// tells these entries from those of other services.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
enum Entry {
    #[serde(rename = "events")]
    Contract {
        version: u8,
        contract: String,
        /// Place of the first of these events in the stream.
        first: u64,
        events: Vec<Digest>,
    },
    #[serde(rename = "authorisation-events")]
    Authorisation {
        version: u8,
        authorisation: String,
        first: u64,
        events: Vec<Digest>,
    },
    #[serde(rename = "company-events")]
    Company {
        version: u8,
        company: String,
        first: u64,
        events: Vec<Digest>,
    },
}

impl Entry {
    fn new(of: Of, id: String, first: u64, events: Vec<Digest>) -> Self {
        let version = 1;
        match of {
            Of::Contract => Self::Contract {
                version,
                contract: id,
                first,
                events,
            },
            Of::Authorisation => Self::Authorisation {
                version,
                authorisation: id,
                first,
                events,
            },
            Of::Company => Self::Company {
                version,
                company: id,
                first,
                events,
            },
        }
    }
}

/// What an entry of the ledger says, when it is one of this service's.
pub(super) struct Proof {
    pub of: Of,
    pub id: String,
    /// Place of the first of these events in the stream.
    pub first: u64,
    pub events: Vec<Digest>,
}

impl Proof {
    /// Reads an entry; none when it is of another service.
    pub fn read(entry: &[u8]) -> Option<Self> {
        let (of, id, first, events) = match serde_json::from_slice(entry).ok()? {
            Entry::Contract {
                contract,
                first,
                events,
                ..
            } => (Of::Contract, contract, first, events),
            Entry::Authorisation {
                authorisation,
                first,
                events,
                ..
            } => (Of::Authorisation, authorisation, first, events),
            Entry::Company {
                company,
                first,
                events,
                ..
            } => (Of::Company, company, first, events),
        };
        Some(Self {
            of,
            id,
            first,
            events,
        })
    }
}
