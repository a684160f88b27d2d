//! What a caller wants to have happened, whole or not at all.

use bytes::Bytes;

/// One atomic change.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Whose rows these are.
    pub tenant: String,
    /// Events to append, each to another stream. Those of the n-th are proven by the n-th
    /// of the `ledger`'s entries, or by the last when there are fewer.
    pub append: Vec<Append>,
    /// Bytes to keep under their digest.
    pub blobs: Vec<Bytes>,
    /// Entries for the ledger's queue; each gets the next dense index, or keeps the one
    /// that it has when the ledger has it already.
    pub ledger: Vec<Bytes>,
    /// Other rows.
    pub rows: Vec<Row>,
    /// Makes a repeated command give the first answer.
    pub idempotency: Option<Idempotency>,
}

/// Events for one stream.
#[derive(Debug, Clone)]
pub struct Append {
    /// Kind of the stream, such as `contract`.
    pub stream: &'static str,
    /// Which stream.
    pub id: String,
    /// How many events the stream has, as the caller knows it. Any other number is a
    /// conflict.
    pub expected: u64,
    /// The events.
    pub events: Vec<NewEvent>,
}

/// An event to be appended.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Its name.
    pub kind: &'static str,
    /// Its JSON.
    pub body: String,
}

/// Remembers the answer to a command.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The caller's key, with what it belongs to.
    pub key: String,
    /// Digest of the request, so that another request under the same key is found.
    pub request: String,
    /// What was answered.
    pub answer: String,
}

/// A row beside the events.
#[derive(Debug, Clone)]
pub enum Row {
    /// An integrator's credential, as digest.
    ApiKey {
        /// Digest of the key.
        digest: String,
        /// What the integrator calls it.
        name: String,
    },
    /// A wrapped data key.
    DataKey {
        /// Whose key.
        name: String,
        /// The key, wrapped.
        wrapped: Vec<u8>,
    },
    /// A data key is destroyed: it is overwritten, and what was sealed under it is gone.
    NoDataKey {
        /// Whose key.
        name: String,
    },
    /// A document of a person of the register.
    PersonDocument {
        /// Keyed digest of the document's kind and number.
        digest: String,
        /// Who has it.
        person: String,
    },
    /// Nobody has this document any more.
    NoPersonDocument {
        /// Keyed digest of the document's kind and number.
        digest: String,
    },
    /// An enterprise of the register.
    EnterpriseCode {
        /// Its unified social credit code.
        code: String,
        /// Identifier.
        enterprise: String,
    },
    /// No enterprise has this code any more.
    NoEnterpriseCode {
        /// Unified social credit code.
        code: String,
    },
    /// A link, or the secret of an opened session, as digest.
    SessionLink {
        /// Digest of the secret.
        digest: String,
        /// The contract.
        contract: String,
        /// The session.
        session: String,
    },
    /// The certificate authority's journal: what it is about to sign.
    Certificate {
        /// Serial number, hexadecimal.
        serial: String,
        /// The act, or what else it is for.
        act: String,
        /// DER of the `TBSCertificate`.
        tbs: Vec<u8>,
        /// What asked for it; none for the authorities' own.
        request: Option<CertificateRequest>,
    },
    /// The signature of a journaled certificate, as it was given out.
    CertificateSignature {
        /// Serial number, hexadecimal.
        serial: String,
        /// The signature.
        signature: Vec<u8>,
    },
    /// A certificate that its authority takes back, once and for ever.
    Revocation {
        /// Serial number, hexadecimal.
        serial: String,
        /// Which of the authorities issued it.
        issuer: String,
        /// Part of the authority's list that it names; empty: the whole list.
        part: String,
        /// When, unix milliseconds.
        at: i64,
        /// Number of the reason (RFC 5280, 5.3.1).
        reason: u8,
    },
    /// A registered company.
    Company {
        /// Identifier.
        id: String,
        /// JSON.
        body: String,
    },
    /// Something that may be used once: an authority's receipt, a sealed envelope. Adding
    /// it again is [`CommitError::Duplicate`].
    Once {
        /// What, with its kind before a slash.
        name: String,
    },
    /// An officer or a device, new or in the place of what it was.
    Staff {
        /// What it is.
        kind: &'static str,
        /// Identifier.
        id: String,
        /// Version that this one follows; none for the first. Any other is
        /// [`CommitError::Duplicate`].
        after: Option<u64>,
        /// JSON.
        body: String,
    },
    /// A secret or a code of the staff, as digest.
    StaffSecret {
        /// Digest of the secret, with its purpose.
        digest: String,
        /// JSON.
        body: String,
        /// When it ends, unix milliseconds.
        expires: i64,
    },
    /// A number whose owner an open contract awaits.
    AwaitedNumber {
        /// Keyed digest of the number.
        digest: String,
        /// The contract.
        contract: String,
        /// The role that its owner has there.
        role: String,
        /// When the contract was made, unix milliseconds.
        made: i64,
        /// When it is no longer open, unix milliseconds.
        expires: i64,
    },
    /// Secrets of the staff and awaited numbers of every tenant that are over go, a
    /// thousand of each at most.
    Over {
        /// Over by then, unix milliseconds.
        by: i64,
    },
    /// Something that a receiver is to be told of a contract.
    Callback {
        /// The contract.
        contract: String,
        /// Its place among what is told of this contract.
        seq: u64,
        /// Whom to tell.
        url: String,
        /// The URL's host and port, whose callbacks have their turns together; empty when
        /// nobody is told.
        receiver: String,
        /// What.
        event: String,
        /// When it happened, unix milliseconds.
        at: i64,
        /// When to tell it, unix milliseconds.
        next: i64,
    },
    /// An attempt to tell it.
    CallbackTried {
        /// The contract.
        contract: String,
        /// Its place.
        seq: u64,
        /// When to try again, unix milliseconds; none when it is done with.
        next: Option<i64>,
    },
    /// A receiver was not reached: nothing is told to it for a while, and what happened
    /// too long ago never.
    ReceiverRests {
        /// Which, of the change's tenant.
        receiver: String,
        /// Until when, unix milliseconds.
        until: i64,
        /// What happened before is given up, unix milliseconds.
        over: i64,
    },
    /// A setting; a later value replaces an earlier one.
    Setting {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// The ledger's checkpoint; applies only on top of the one of size `after`, and is
    /// not smaller.
    LedgerCheckpoint {
        /// Size of the checkpoint that this one follows; none for the first.
        after: Option<u64>,
        /// Size of the tree.
        size: u64,
        /// The signed note.
        note: String,
    },
}

/// A request for a certificate, by its digests. A public key is in one request only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Digest of the public key, hexadecimal.
    pub spki: String,
    /// Digest of all that was asked for, hexadecimal.
    pub digest: String,
}

/// A table that said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// API keys.
    ApiKey,
    /// Data keys.
    DataKey,
    /// Session links.
    SessionLink,
    /// Certificate journal: the serial number, or the public key.
    Certificate,
    /// Signatures of certificates.
    CertificateSignature,
    /// Revocations.
    Revocation,
    /// Companies.
    Company,
    /// Documents of persons.
    PersonDocument,
    /// Codes of enterprises.
    EnterpriseCode,
    /// What may be used once.
    Once,
    /// Officers and devices.
    Staff,
    /// Secrets and codes of the staff.
    StaffSecret,
    /// Numbers that contracts await.
    AwaitedNumber,
    /// What is still to be told.
    Callback,
    /// Settings.
    Setting,
    /// Checkpoints.
    LedgerCheckpoint,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Index of each of the change's ledger entries, in their order.
    pub entries: Vec<u64>,
}

impl Committed {
    /// Index of the change's first ledger entry, when it has one.
    #[must_use]
    pub fn entry(&self) -> Option<u64> {
        self.entries.first().copied()
    }
}

/// A change that was not made. Nothing of it is there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Somebody else appended first, or the stream has fewer events than expected.
    #[error("the stream {0} has changed meanwhile")]
    Conflict(String),
    /// A row with this key exists, or a checkpoint does not follow the last one.
    #[error("a row of {0:?} with this key exists")]
    Duplicate(Table),
    /// The command was done before; this was the answer.
    #[error("the command was done before")]
    Replayed(String),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request; take a new one")]
    KeyReused,
    /// Too many changes wait, or the store is closing.
    #[error("the store takes no more changes")]
    Closed,
    /// Database or disk.
    #[error("the change could not be stored: {0}")]
    Storage(String),
}
