//! A contract: the fold of its events, and the rules for the next one.
//!
//! [`Contract::decide`] answers a command with events or a refusal and changes
//! nothing; [`Contract::apply`] takes an event that was decided and cannot fail.

use std::collections::{BTreeMap, BTreeSet};

use crypto::Digest;
use store::BlobId;

use crate::{
    event::{Attendant, Event, Millis, Order, Party, Recorded, Role, SetPlace, Signed, Terms},
    manifest::EvidenceItem,
    otp,
    policy::{EvidencePolicy, ItemKind, Mode},
    ports::Verdict,
    refusal::Refusal,
    return_url::ReturnUrl,
};

/// How often a session may add evidence.
const ADDITIONS: u16 = 100;
/// The fact, and the use of the blob, of a handwriting's looks.
pub(crate) const DRAWING: &str = "drawing";
/// How long a code, a face or a password shows that the signer is there.
const FRESH: Millis = 30 * 60 * 1000;
/// How often a session may ask an identity authority.
const QUESTIONS: u8 = 10;

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Parties are signing.
    Signing,
    /// All have signed and the closing signatures are in place.
    Complete,
    /// It ended without being completed.
    Ended(End),
}

/// Why a contract ended without being completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A party refused.
    Refused,
    /// The sender withdrew it.
    Withdrawn,
    /// The time for signing ran out.
    Expired,
}

impl Status {
    /// The name used in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Complete => "complete",
            Self::Ended(End::Refused) => "refused",
            Self::Ended(End::Withdrawn) => "withdrawn",
            Self::Ended(End::Expired) => "expired",
        }
    }
}

/// A one-time code as a session knows it.
#[derive(Debug, Clone)]
pub struct Code {
    digest: Digest,
    sent: Millis,
    expires: Millis,
    tries: u8,
    receipt: String,
    source: String,
}

/// One party's visit: from link to submission.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose session this is.
    pub role: Role,
    /// When it ends.
    pub expires: Millis,
    /// When its link was opened.
    pub opened: Option<Millis>,
    /// Who opened it with the signer present.
    pub by: Option<Attendant>,
    /// Where the signer goes from the page.
    pub return_url: Option<ReturnUrl>,
    /// The evidence so far, in order of capture.
    pub items: Vec<EvidenceItem>,
    /// Its place in a set that is signed in one sitting.
    pub set: Option<SetPlace>,
    /// Whether its link was asked for by number.
    picked_up: bool,
    /// The code that is about to be sent.
    made: Option<Digest>,
    code: Option<Code>,
    codes_sent: u8,
    /// How often evidence was added.
    added: u16,
    /// Nonces of the questions that an authority has not answered.
    asking: BTreeSet<String>,
    /// How often an authority was asked, the answers that are awaited included.
    asked: u8,
    /// Content that is kept, by the item's digest.
    contents: BTreeMap<String, BlobId>,
}

impl Session {
    /// Whether an item of this kind was collected.
    #[must_use]
    pub fn has(&self, kind: ItemKind) -> bool {
        self.items.iter().any(|item| item.kind == kind)
    }

    /// Whether the signer has agreed to evidence of this kind.
    #[must_use]
    pub fn agreed(&self, to: ItemKind) -> bool {
        let slot = (ItemKind::Consent, Some(to.name()));
        self.items.iter().any(|item| item.slot() == slot)
    }

    /// Whether evidence of this kind is taken here, now.
    fn may_bring(
        &self,
        kind: ItemKind,
        policy: &EvidencePolicy,
        mode: Mode,
    ) -> Result<(), Refusal> {
        if !policy.takes(kind) {
            return Err(not_in_mode(kind.name(), mode));
        }
        if policy.consent.contains(&kind) && !self.agreed(kind) {
            return Err(Refusal::ConsentMissing(kind));
        }
        Ok(())
    }
}

/// What an identity authority said to one question.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Name of the question.
    pub question: String,
    /// The nonce of this question.
    pub nonce: String,
    /// What the authority found.
    pub verdict: Verdict,
    /// Its number for the answer.
    pub receipt: String,
    /// Which authority.
    pub source: String,
    /// The signed answer, sealed.
    pub answer: BlobId,
}

/// Who opens a session with the signer present.
#[derive(Debug, Clone)]
pub struct Attendance {
    /// Who, and where.
    pub attendant: Attendant,
    /// The evidence of it.
    pub item: EvidenceItem,
    /// Its content, sealed.
    pub content: BlobId,
}

/// What somebody wants of a contract.
#[derive(Debug, Clone)]
pub enum Command {
    /// Make a one-time link for a party.
    IssueLink {
        /// Identifier of the new session.
        session: String,
        /// For whom.
        role: Role,
        /// When the link and its session end.
        expires: Millis,
        /// Where the signer goes from the page.
        return_url: Option<ReturnUrl>,
        /// Its place in a set.
        set: Option<SetPlace>,
        /// Whether it was asked for by number.
        picked_up: bool,
    },
    /// Note that a link was sent to its party.
    LinkSent {
        /// The link's session.
        session: String,
        /// The gateway's answer.
        receipt: String,
        /// Which gateway.
        source: String,
    },
    /// Open a link.
    Open {
        /// The link's session.
        session: String,
        /// Who opens it with the signer present.
        by: Option<Box<Attendance>>,
    },
    /// Add evidence to a session.
    Add {
        /// Which session.
        session: String,
        /// What.
        item: EvidenceItem,
        /// Its content, sealed.
        content: Option<BlobId>,
    },
    /// Take over what the signer brought to the first contract of the set.
    Share {
        /// Which session.
        session: String,
        /// The set.
        set: String,
        /// What, each with its content.
        items: Vec<(EvidenceItem, Option<BlobId>)>,
    },
    /// Count a question to an identity authority that is about to be asked.
    Ask {
        /// Which session.
        session: String,
        /// The evidence that it would give.
        kind: ItemKind,
        /// Name of the question.
        question: String,
        /// Its nonce.
        nonce: String,
    },
    /// Note what an identity authority said.
    Asked {
        /// Which session.
        session: String,
        /// What it said.
        finding: Box<Finding>,
        /// What follows from it when it is so, each with its content; the first is what
        /// the policy asks for.
        items: Vec<(EvidenceItem, Option<BlobId>)>,
    },
    /// Count a one-time code that is about to be sent.
    MakeCode {
        /// Which session.
        session: String,
        /// Keyed digest of the code.
        code: Digest,
    },
    /// Note that a one-time code was sent.
    CodeSent {
        /// Which session.
        session: String,
        /// Keyed digest of the code.
        code: Digest,
        /// The gateway's answer.
        receipt: String,
        /// Which gateway.
        source: String,
    },
    /// Try a one-time code.
    TryCode {
        /// Which session.
        session: String,
        /// Keyed digest of what was entered.
        code: Digest,
    },
    /// Submit a session: the last evidence, just before the act.
    Submit {
        /// Which session.
        session: String,
        /// The contract that the signer means.
        contract: String,
        /// Digest of the document that the signer read.
        document: Digest,
        /// Evidence that comes with the submission.
        items: Vec<EvidenceItem>,
    },
    /// Refuse to sign.
    Refuse {
        /// Which session.
        session: String,
        /// The reason, sealed under the party's own key.
        reason: BlobId,
    },
    /// Take the contract back.
    Withdraw,
}

/// The state of a contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// What was frozen.
    pub terms: Terms,
    /// Where it stands.
    pub status: Status,
    /// The signatures so far, closing included, in the order of the file.
    pub signatures: Vec<Signed>,
    /// When each signature was made.
    pub times: BTreeMap<Role, Millis>,
    sessions: BTreeMap<String, Session>,
}

impl Contract {
    /// Folds all events of a contract. `None` when they do not begin with
    /// [`Event::Frozen`].
    pub fn fold(events: impl IntoIterator<Item = Recorded>) -> Option<Self> {
        let mut events = events.into_iter();
        let Recorded {
            event: Event::Frozen { terms },
            ..
        } = events.next()?
        else {
            return None;
        };
        let mut contract = Self::new(terms);
        for event in events {
            contract.apply(&event);
        }
        Some(contract)
    }

    /// A contract as it is just after it was frozen.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            terms,
            status: Status::Signing,
            signatures: Vec::new(),
            times: BTreeMap::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// Digest of the file as it stands.
    #[must_use]
    pub fn revision(&self) -> &Digest {
        self.signatures
            .last()
            .map_or(&self.terms.document, |signed| &signed.revision.digest)
    }

    /// The party of a role.
    pub fn party(&self, role: &Role) -> Result<&Party, Refusal> {
        let found = self.terms.parties.iter().find(|party| party.role == *role);
        found.ok_or_else(|| Refusal::NoSuchParty(role.to_string()))
    }

    /// Whether every party has signed.
    #[must_use]
    pub fn all_signed(&self) -> bool {
        self.terms
            .parties
            .iter()
            .all(|party| self.has_signed(&party.role))
    }

    /// Whether this party has signed.
    #[must_use]
    pub fn has_signed(&self, role: &Role) -> bool {
        self.times.contains_key(role)
    }

    /// An opened session that is still good.
    pub fn session(&self, id: &str, now: Millis) -> Result<&Session, Refusal> {
        let session = self.sessions.get(id).ok_or(Refusal::SessionForeign)?;
        match session {
            s if s.opened.is_none() => Err(Refusal::SessionForeign),
            s if now >= s.expires => Err(Refusal::SessionExpired),
            s => Ok(s),
        }
    }

    /// Where the content of an item lies, by the item's digest: whose it is, and the use
    /// that its blob was sealed for.
    #[must_use]
    pub fn content(&self, digest: &str) -> Option<(Role, &'static str, BlobId)> {
        let raw = || {
            self.signatures
                .iter()
                .find_map(|signed| signed.raw.get(digest))
        };
        for session in self.sessions.values() {
            let role = || session.role.clone();
            for item in &session.items {
                let Some(blob) = session.contents.get(digest).or_else(raw) else {
                    continue;
                };
                if item.digest.to_string() == digest {
                    return Some((role(), item.kind.name(), *blob));
                }
                if item.facts.get(DRAWING).is_some_and(|drawn| drawn == digest) {
                    return Some((role(), DRAWING, *blob));
                }
            }
        }
        None
    }

    /// A session that may still have to be opened.
    pub fn awaited(&self, id: &str) -> Result<&Session, Refusal> {
        self.sessions.get(id).ok_or(Refusal::LinkUnknown)
    }

    /// The content of an item of an opened session, where it is kept.
    #[must_use]
    pub fn kept(&self, session: &str, item: &EvidenceItem) -> Option<BlobId> {
        let session = self.visited(session)?;
        session.contents.get(&item.digest.to_string()).copied()
    }

    /// A session that has been opened, even when its time is over.
    #[must_use]
    pub fn visited(&self, id: &str) -> Option<&Session> {
        self.sessions
            .get(id)
            .filter(|session| session.opened.is_some())
    }

    /// Whether an opened session may see the document: while it is good, and for ever
    /// when its party has signed; not when the contract came to nothing.
    pub fn may_see(&self, id: &str, now: Millis) -> Result<(), Refusal> {
        let session = self.visited(id).ok_or(Refusal::SessionForeign)?;
        match self.status {
            ended @ Status::Ended(_) => Err(Refusal::ContractEnded(ended.name())),
            _ if self.has_signed(&session.role) => Ok(()),
            _ => self.session(id, now).map(|_| ()),
        }
    }

    /// What time alone has decided: expiry.
    #[must_use]
    pub fn due(&self, now: Millis) -> Option<Event> {
        (self.status == Status::Signing && now >= self.terms.expires).then_some(Event::Expired)
    }

    /// Whether this party may sign now.
    pub fn may_sign(&self, role: &Role, now: Millis) -> Result<&Party, Refusal> {
        self.must_be_signing(now)?;
        let party = self.party(role)?;
        if self.has_signed(role) {
            return Err(Refusal::AlreadySigned(role.clone()));
        }
        let first = self
            .terms
            .parties
            .iter()
            .find(|party| !self.has_signed(&party.role));
        match (self.terms.order, first) {
            (Order::Sequential, Some(first)) if first.role != *role => {
                Err(Refusal::NotYourTurn(role.clone()))
            }
            _ => Ok(party),
        }
    }

    /// Whether a link may be made for this party.
    pub fn may_link(&self, role: &Role, now: Millis) -> Result<&Party, Refusal> {
        self.must_be_signing(now)?;
        let party = self.party(role)?;
        if self.has_signed(role) {
            return Err(Refusal::AlreadySigned(role.clone()));
        }
        if !party.mode.is_person() {
            return Err(not_in_mode("a signing link", party.mode));
        }
        Ok(party)
    }

    /// Where the link leads back to that was given to this party last; links that were
    /// asked for by number are not looked at.
    #[must_use]
    pub fn return_url(&self, role: &Role) -> Option<&ReturnUrl> {
        let given = |session: &&Session| session.role == *role && !session.picked_up;
        let given = self.sessions.values().filter(given);
        // A link ends those before it.
        let last = given.max_by_key(|session| session.expires);
        last.and_then(|session| session.return_url.as_ref())
    }

    /// Decides; changes nothing. The events are what the ledger will prove.
    pub fn decide(&self, command: &Command, now: Millis) -> Result<Vec<Event>, Refusal> {
        self.must_be_signing(now)?;
        match command {
            Command::IssueLink {
                session,
                role,
                expires,
                return_url,
                set,
                picked_up,
            } => {
                self.may_link(role, now)?;
                let (session, role) = (session.clone(), role.clone());
                let expires = (*expires).min(self.terms.expires);
                Ok(vec![Event::LinkIssued {
                    session,
                    role,
                    expires,
                    return_url: return_url.clone(),
                    set: set.clone(),
                    picked_up: *picked_up,
                }])
            }
            Command::LinkSent {
                session,
                receipt,
                source,
            } => Ok(vec![Event::LinkSent {
                session: session.clone(),
                receipt: receipt.clone(),
                source: source.clone(),
            }]),
            Command::Open { session, by } => self.open(session, by.as_deref(), now),
            Command::Add {
                session,
                item,
                content,
            } => {
                self.may_add(session, item.kind, now)?;
                Ok(vec![Event::EvidenceAdded {
                    session: session.clone(),
                    item: item.clone(),
                    content: *content,
                }])
            }
            Command::Share {
                session,
                set,
                items,
            } => self.share(session, set, items, now),
            Command::Ask {
                session,
                kind,
                question,
                nonce,
            } => {
                self.may_ask(session, *kind, now)?;
                Ok(vec![Event::IdentityAsking {
                    session: session.clone(),
                    question: question.clone(),
                    nonce: nonce.clone(),
                }])
            }
            Command::Asked {
                session,
                finding,
                items,
            } => self.asked(session, finding, items, now),
            Command::MakeCode { session, code } => {
                self.may_send_code(session, now)?;
                let (session, code) = (session.clone(), code.clone());
                Ok(vec![Event::CodeMade { session, code }])
            }
            Command::CodeSent {
                session,
                code,
                receipt,
                source,
            } => self.code_sent(session, code, (receipt, source), now),
            Command::TryCode { session, code } => self.try_code(session, code, now),
            Command::Submit {
                session,
                contract,
                document,
                items,
            } => self.submit(session, contract, document, items, now),
            Command::Refuse { session, reason } => {
                let role = self.session(session, now)?.role.clone();
                if self.has_signed(&role) {
                    return Err(Refusal::AlreadySigned(role));
                }
                Ok(vec![Event::Refused {
                    role,
                    reason: *reason,
                }])
            }
            Command::Withdraw => Ok(vec![Event::Withdrawn]),
        }
    }

    fn open(&self, id: &str, by: Option<&Attendance>, now: Millis) -> Result<Vec<Event>, Refusal> {
        let session = self.awaited(id)?;
        match session {
            s if s.opened.is_some() => return Err(Refusal::LinkUsed),
            s if now >= s.expires => return Err(Refusal::LinkExpired),
            s if self.has_signed(&s.role) => return Err(Refusal::AlreadySigned(s.role.clone())),
            _ => {}
        }
        let mut events = vec![Event::SessionOpened {
            session: id.to_owned(),
            by: by.map(|attended| attended.attendant.clone()),
        }];
        if let Some(attended) = by {
            self.may_attend(&session.role, now)?;
            // Kept whether the policy asks for it or not: it is how the session began.
            events.push(Event::EvidenceAdded {
                session: id.to_owned(),
                item: attended.item.clone(),
                content: Some(attended.content),
            });
        }
        Ok(events)
    }

    /// Whether an officer or a clerk may be with this party when it signs.
    pub fn may_attend(&self, role: &Role, now: Millis) -> Result<&Party, Refusal> {
        self.must_be_signing(now)?;
        let party = self.party(role)?;
        if self.has_signed(role) {
            return Err(Refusal::AlreadySigned(role.clone()));
        }
        if !party.mode.is_attended() {
            return Err(not_in_mode(ItemKind::Attendant.name(), party.mode));
        }
        Ok(party)
    }

    /// Whether evidence of this kind may be added to a session now.
    pub fn may_add(&self, session: &str, kind: ItemKind, now: Millis) -> Result<&Party, Refusal> {
        self.must_be_signing(now)?;
        let open = self.session(session, now)?;
        if self.has_signed(&open.role) {
            return Err(Refusal::AlreadySigned(open.role.clone()));
        }
        let party = self.party(&open.role)?;
        open.may_bring(kind, &party.policy(), party.mode)?;
        if open.added >= ADDITIONS {
            return Err(Refusal::EvidenceLimit);
        }
        Ok(party)
    }

    /// Whether an identity authority may be asked in this session.
    pub fn may_ask(&self, session: &str, kind: ItemKind, now: Millis) -> Result<&Party, Refusal> {
        let party = self.may_add(session, kind, now)?;
        if self.session(session, now)?.asked >= QUESTIONS {
            return Err(Refusal::IdentityLimit);
        }
        Ok(party)
    }

    fn share(
        &self,
        id: &str,
        set: &str,
        items: &[(EvidenceItem, Option<BlobId>)],
        now: Millis,
    ) -> Result<Vec<Event>, Refusal> {
        let session = self.session(id, now)?;
        if session.set.as_ref().is_none_or(|place| place.set != set) {
            return Err(Refusal::SessionForeign);
        }
        let party = self.may_sign(&session.role, now)?;
        let policy = party.policy();
        // Consents first: what they let in counts only after them.
        let (consents, others): (Vec<_>, Vec<_>) = items
            .iter()
            .partition(|(item, _)| item.kind == ItemKind::Consent);
        let mut with = session.clone();
        let mut events = Vec::new();
        for (item, content) in consents.into_iter().chain(others) {
            let there = with.items.iter().any(|own| own.digest == item.digest);
            if there || with.may_bring(item.kind, &policy, party.mode).is_err() {
                continue;
            }
            if with.added >= ADDITIONS {
                return Err(Refusal::EvidenceLimit);
            }
            with.items.push(item.clone());
            with.added += 1;
            events.push(Event::EvidenceAdded {
                session: id.to_owned(),
                item: item.clone(),
                content: *content,
            });
        }
        Ok(events)
    }

    fn asked(
        &self,
        id: &str,
        finding: &Finding,
        items: &[(EvidenceItem, Option<BlobId>)],
        now: Millis,
    ) -> Result<Vec<Event>, Refusal> {
        let Finding {
            question,
            nonce,
            verdict,
            receipt,
            source,
            answer,
        } = finding.clone();
        let session = id.to_owned();
        if let Some((item, _)) = items.first() {
            self.may_add(id, item.kind, now)?;
        }
        // Counted before it was asked; what was not asked has no answer.
        if !self.session(id, now)?.asking.contains(&nonce) {
            return Err(Refusal::AnswerForeign);
        }
        let mut events = vec![Event::IdentityAsked {
            session: session.clone(),
            question,
            nonce,
            verdict,
            receipt,
            source,
            answer,
        }];
        if verdict == Verdict::Match {
            let added = |(item, content): &(EvidenceItem, Option<BlobId>)| Event::EvidenceAdded {
                session: session.clone(),
                item: item.clone(),
                content: *content,
            };
            events.extend(items.iter().map(added));
        }
        Ok(events)
    }

    /// Whether another one-time code may be sent in this session.
    pub fn may_send_code(&self, session: &str, now: Millis) -> Result<&Party, Refusal> {
        let open = self.session(session, now)?;
        let party = self.may_sign(&open.role, now)?;
        if !party.policy().takes(ItemKind::Code) {
            return Err(not_in_mode("a one-time code", party.mode));
        }
        if open.codes_sent >= otp::CODES {
            return Err(Refusal::CodeLimit);
        }
        Ok(party)
    }

    fn code_sent(
        &self,
        id: &str,
        code: &Digest,
        (receipt, source): (&str, &str),
        now: Millis,
    ) -> Result<Vec<Event>, Refusal> {
        let session = self.session(id, now)?;
        self.may_sign(&session.role, now)?;
        if session.made.as_ref() != Some(code) {
            return Err(Refusal::CodeNotSent);
        }
        Ok(vec![Event::CodeSent {
            session: id.to_owned(),
            code: code.clone(),
            expires: now + otp::LIFETIME,
            receipt: receipt.to_owned(),
            source: source.to_owned(),
        }])
    }

    fn try_code(&self, id: &str, entered: &Digest, now: Millis) -> Result<Vec<Event>, Refusal> {
        let session = self.session(id, now)?;
        let code = session.code.as_ref().ok_or(Refusal::CodeNotSent)?;
        if code.tries >= otp::TRIES {
            return Err(Refusal::CodeExhausted);
        }
        if now >= code.expires {
            return Err(Refusal::CodeExpired);
        }
        let correct = code.digest == *entered;
        let mut events = vec![Event::CodeTried {
            session: id.to_owned(),
            correct,
        }];
        if correct {
            let facts = [
                ("sent", code.sent.to_string()),
                ("verified", now.to_string()),
                ("tries", (code.tries + 1).to_string()),
                ("receipt", code.receipt.clone()),
            ];
            let item = EvidenceItem {
                kind: ItemKind::Code,
                digest: code.digest.clone(),
                source: code.source.clone(),
                at: now,
                captured: None,
                facts: facts.map(|(name, value)| (name.to_owned(), value)).into(),
            };
            events.push(Event::EvidenceAdded {
                session: id.to_owned(),
                item,
                content: None,
            });
        }
        Ok(events)
    }

    /// What is to be told about a code that was tried: wrong, and how many are left.
    pub fn code_answer(&self, session: &str) -> Result<(), Refusal> {
        let code = self
            .sessions
            .get(session)
            .and_then(|session| session.code.as_ref());
        code.map_or(Ok(()), |code| {
            Err(Refusal::CodeWrong {
                left: otp::TRIES - code.tries.min(otp::TRIES),
            })
        })
    }

    fn submit(
        &self,
        id: &str,
        contract: &str,
        document: &Digest,
        items: &[EvidenceItem],
        now: Millis,
    ) -> Result<Vec<Event>, Refusal> {
        let session = self.session(id, now)?;
        if contract != self.terms.contract {
            return Err(Refusal::SessionForeign);
        }
        if *document != self.terms.document {
            return Err(Refusal::DocumentMismatch);
        }
        let party = self.may_sign(&session.role, now)?;
        let policy = party.policy();
        for item in items {
            session.may_bring(item.kind, &policy, party.mode)?;
        }
        let fresh = |item: &&EvidenceItem| !item.kind.ages() || now - item.at < FRESH;
        let all = || session.items.iter().chain(items).filter(fresh);
        let has = |kind| all().any(|item| item.kind == kind);
        let missing = policy.missing(has);
        if !missing.is_empty() {
            return Err(Refusal::EvidenceMissing(missing));
        }
        let written = items.iter().find(|item| item.kind == ItemKind::Handwriting);
        if let Some(written) = written.and_then(|item| item.captured) {
            let after = |item: &&EvidenceItem| item.captured.is_some_and(|at| at > written);
            if let Some(late) = session.items.iter().chain(items).find(after) {
                return Err(Refusal::EvidenceAfterHandwriting(late.kind));
            }
        }
        let add = |item: &EvidenceItem| Event::EvidenceAdded {
            session: id.to_owned(),
            item: item.clone(),
            content: None,
        };
        Ok(items.iter().map(add).collect())
    }

    fn must_be_signing(&self, now: Millis) -> Result<(), Refusal> {
        match self.status {
            Status::Signing if now >= self.terms.expires => Err(Refusal::ContractEnded("expired")),
            Status::Signing => Ok(()),
            Status::Complete => Err(Refusal::ContractComplete),
            ended @ Status::Ended(_) => Err(Refusal::ContractEnded(ended.name())),
        }
    }

    /// Applies an event that was decided before. Cannot fail.
    pub fn apply(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::Frozen { .. } | Event::LinkSent { .. } => {}
            Event::LinkIssued {
                session,
                role,
                expires,
                return_url,
                set,
                picked_up,
            } => {
                let fresh = Session {
                    role: role.clone(),
                    expires: *expires,
                    opened: None,
                    by: None,
                    return_url: return_url.clone(),
                    items: Vec::new(),
                    set: set.clone(),
                    picked_up: *picked_up,
                    made: None,
                    code: None,
                    codes_sent: 0,
                    added: 0,
                    asking: BTreeSet::new(),
                    asked: 0,
                    contents: BTreeMap::new(),
                };
                // A new link takes the place of the earlier ones, which may have leaked. One
                // that anybody may have asked for does so when it is opened.
                if !picked_up {
                    self.end_sessions(role, recorded.at);
                }
                self.sessions.insert(session.clone(), fresh);
            }
            Event::SessionOpened { session, by } => self.opened(session, by.as_ref(), recorded.at),
            Event::IdentityAsking { session, nonce, .. } => self.change(session, |s| {
                s.asked = s.asked.saturating_add(1);
                s.asking.insert(nonce.clone());
            }),
            Event::IdentityAsked { session, nonce, .. } => self.change(session, |s| {
                // Those of before were not counted before they were asked.
                if !s.asking.remove(nonce) {
                    s.asked = s.asked.saturating_add(1);
                }
            }),
            Event::EvidenceAdded {
                session,
                item,
                content,
            } => self.change(session, |s| {
                if let Some(content) = content {
                    s.contents.insert(item.digest.to_string(), *content);
                }
                // A second reading replaces the first; the events keep both.
                s.items.retain(|old| old.slot() != item.slot());
                s.items.push(item.clone());
                s.added = s.added.saturating_add(1);
            }),
            Event::CodeMade { session, code } => self.change(session, |s| {
                s.made = Some(code.clone());
                s.codes_sent = s.codes_sent.saturating_add(1);
            }),
            Event::CodeSent {
                session,
                code,
                expires,
                receipt,
                source,
            } => {
                let code = Code {
                    digest: code.clone(),
                    sent: recorded.at,
                    expires: *expires,
                    tries: 0,
                    receipt: receipt.clone(),
                    source: source.clone(),
                };
                self.change(session, |s| {
                    // Those of before were not counted before they were sent.
                    if s.made.take().is_none() {
                        s.codes_sent = s.codes_sent.saturating_add(1);
                    }
                    s.code = Some(code);
                });
            }
            Event::CodeTried { session, correct } => self.change(session, |s| match correct {
                // A code is good once.
                true => s.code = None,
                false => s.code.iter_mut().for_each(|code| code.tries += 1),
            }),
            Event::Signed(signed) => {
                self.times.insert(signed.role.clone(), recorded.at);
                self.signatures.push(signed.as_ref().clone());
            }
            Event::Refused { .. } => self.status = Status::Ended(End::Refused),
            Event::Withdrawn => self.status = Status::Ended(End::Withdrawn),
            Event::Expired => self.status = Status::Ended(End::Expired),
            Event::Closed { signatures } => {
                self.signatures.extend(signatures.iter().cloned());
                self.status = Status::Complete;
            }
        }
    }

    /// A link was opened; one that anybody may have asked for ends the others now.
    fn opened(&mut self, id: &str, by: Option<&Attendant>, at: Millis) {
        let Some(mut session) = self.sessions.remove(id) else {
            return;
        };
        if session.picked_up {
            self.end_sessions(&session.role, at);
        }
        session.opened = Some(at);
        session.by = by.cloned();
        self.sessions.insert(id.to_owned(), session);
    }

    /// Ends the links and sessions of a party that has not signed.
    fn end_sessions(&mut self, role: &Role, at: Millis) {
        let signed = self.has_signed(role);
        let all = self.sessions.values_mut();
        for old in all.filter(|old| old.role == *role && !signed) {
            old.expires = old.expires.min(at);
        }
    }

    fn change(&mut self, session: &str, with: impl FnOnce(&mut Session)) {
        if let Some(session) = self.sessions.get_mut(session) {
            with(session);
        }
    }
}

fn not_in_mode(step: &'static str, mode: Mode) -> Refusal {
    Refusal::NotInMode {
        step,
        mode: mode.name(),
    }
}
