//! A party's visit: link, opening, reading, one-time code, refusal.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use crypto::{
    Digest,
    envelope::{Binding, Recipient},
};
use lru::LruCache;
use pdf::TextLine;
use serde::{Deserialize, Serialize};
use store::{BlobId, Row};
use tokio::sync::OwnedMutexGuard;

use super::{
    PACKAGE, PagePicture, Signing, SigningError,
    evidence::binding,
    loaded::{Guard, Loaded, Step},
    lock,
    page::Paper,
    secret_digest,
};
use crate::{
    Refusal,
    contract::{Command, Session},
    event::{Millis, Place, Role, SetPlace},
    identity::Phone,
    limits::Asking,
    manifest::{EvidenceItem, OF},
    otp,
    policy::{EvidencePolicy, ItemKind, Mode, SHORTEST_LOOK},
    return_url::ReturnUrl,
};

/// Longest reason of a refusal, in characters.
const LONGEST_REASON: usize = 1000;
/// Sessions whose codes are sent and tried in turn; of more, those of the longest ago are
/// forgotten, and a code that is tried too early is not known yet.
pub(super) const CODES: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();
/// Locks by session.
pub(super) type CodeTurns = Mutex<LruCache<String, Arc<tokio::sync::Mutex<()>>>>;
/// How far the clocks of device and service, and the way between them, may part.
const CLOCKS: Millis = 2000;
/// The longest time that counts for one page: a day.
const LONGEST_LOOK: u32 = 24 * 3600 * 1000;

/// A one-time link.
#[derive(Debug, Clone)]
pub struct Link {
    /// 128 random bits in hexadecimal. Kept here as digest alone.
    pub token: String,
    /// The session that it opens.
    pub session: String,
    /// When it ends.
    pub expires: Millis,
}

/// An opened link.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The session's secret. Kept here as digest alone.
    pub secret: String,
    /// What the page needs.
    pub view: SessionView,
}

/// A session as the signer's page needs it.
#[derive(Debug, Clone)]
pub struct SessionView {
    /// The session.
    pub session: String,
    /// The contract.
    pub contract: String,
    /// Title of the document.
    pub title: String,
    /// The signer's place in the contract.
    pub role: Role,
    /// How the signer signs.
    pub mode: Mode,
    /// The signer's own name.
    pub signer: String,
    /// Who operates the service.
    pub sender: String,
    /// Digest of the document.
    pub document: Digest,
    /// Number of pages.
    pub pages: usize,
    /// Where the signature will be drawn, each with width and height of its page.
    pub places: Vec<(Place, [f64; 2])>,
    /// Evidence that is asked for.
    pub policy: EvidencePolicy,
    /// Evidence that is there.
    pub collected: Vec<ItemKind>,
    /// Kinds to which the signer has agreed.
    pub agreed: Vec<String>,
    /// Where a sealed package of this session belongs; of a single item, with its kind
    /// in the place of [`PACKAGE`].
    pub binding: Binding,
    /// To whom evidence and submission are sealed.
    pub transport: Recipient,
    /// To whom biometrics are sealed.
    pub forensic: Recipient,
    /// Who holds that key.
    pub holder: String,
    /// The signer's number, masked.
    pub phone: Option<String>,
    /// When the session ends.
    pub expires: Millis,
    /// Where the signer goes from the page, when there is such a place.
    pub return_url: Option<ReturnUrl>,
    /// Its place in a set that is signed in one sitting.
    pub set: Option<SetPlace>,
    /// Where contract and slot stand: `signed`, or a state of the contract.
    pub state: &'static str,
}

/// A page as it was read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PageShown {
    /// Page, from 1.
    pub page: usize,
    /// Width of the picture in pixels.
    pub width: u32,
    /// Digest of the picture.
    pub digest: Digest,
    /// For how long it was visible.
    pub milliseconds: u32,
}

/// For whom a link is made.
pub(super) struct Member<'a> {
    pub contract: &'a str,
    pub role: &'a str,
    /// 128 random bits in hexadecimal.
    pub token: String,
    pub return_url: Option<ReturnUrl>,
    pub set: Option<SetPlace>,
    /// Whether it was asked for by number.
    pub picked_up: bool,
}

/// A session's secret, resolved.
#[derive(Clone)]
pub(super) struct Visit {
    pub tenant: String,
    pub contract: String,
    pub session: String,
}

impl Signing {
    /// Makes a one-time link for a party. `return_url`: where the signer goes from the page.
    pub async fn issue_link(
        &self,
        tenant: &str,
        contract: &str,
        role: &str,
        lifetime: Millis,
        return_url: Option<ReturnUrl>,
    ) -> Result<Link, SigningError> {
        let member = Member {
            contract,
            role,
            token: crypto::random_id(),
            return_url,
            set: None,
            picked_up: false,
        };
        self.issue(tenant, member, lifetime).await
    }

    /// Makes a one-time link, alone or as one of a set.
    pub(super) async fn issue(
        &self,
        tenant: &str,
        member: Member<'_>,
        lifetime: Millis,
    ) -> Result<Link, SigningError> {
        let Member {
            contract,
            role,
            token,
            return_url,
            set,
            picked_up,
        } = member;
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let mut guard = self.contract(tenant, contract).await?;
        let (session, now) = (crypto::random_id(), self.now());
        let expires = now.saturating_add(lifetime.max(0));
        let command = Command::IssueLink {
            session: session.clone(),
            role,
            expires,
            return_url,
            set,
            picked_up,
        };
        let row = Row::SessionLink {
            digest: secret_digest("link", &token),
            contract: contract.to_owned(),
            session: session.clone(),
        };
        self.run(&mut guard, &command, vec![row], now).await?;
        Ok(Link {
            token,
            session,
            expires,
        })
    }

    /// Sends a link that was made to its party's number, as the address that `url` makes of
    /// its token. The contract is free for others while the gateway thinks.
    pub async fn send_link(
        &self,
        tenant: &str,
        contract: &str,
        role: &str,
        link: &Link,
        url: &str,
    ) -> Result<(), SigningError> {
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let (phone, text) = {
            let mut guard = self.contract(tenant, contract).await?;
            let held = loaded(&mut guard)?;
            let party = held.contract.party(&role)?.clone();
            let person = self.person(held, &party).await?;
            let missing = || SigningError::NotFound {
                what: "mobile number",
                id: role.to_string(),
            };
            let phone = person.details.phone.clone().ok_or_else(missing)?;
            let text = zeroize::Zeroizing::new(format!(
                "【{}】请签署《{}》：{url} 。链接仅可打开一次，请勿转发。",
                self.0.parts.sms_signature, held.contract.terms.title,
            ));
            (phone, text)
        };
        let receipt = self.0.parts.sms.send(phone.expose(), &text).await?;
        let mut guard = self.contract(tenant, contract).await?;
        let command = Command::LinkSent {
            session: link.session.clone(),
            receipt: receipt.id,
            source: receipt.source,
        };
        let now = self.now();
        self.run(&mut guard, &command, Vec::new(), now).await
    }

    /// Opens a link, once.
    pub async fn open_link(&self, token: &str) -> Result<Opened, SigningError> {
        self.open_as(token, crypto::random_id()).await
    }

    /// Opens a link, once, into a session with this secret.
    pub(super) async fn open_as(
        &self,
        token: &str,
        secret: String,
    ) -> Result<Opened, SigningError> {
        let found = self
            .0
            .parts
            .store
            .session_link(&secret_digest("link", token))
            .await?;
        let link = found.ok_or(Refusal::LinkUnknown)?;
        let mut guard = self.contract(&link.tenant, &link.contract).await?;
        let now = self.now();
        let row = Row::SessionLink {
            digest: secret_digest("session", &secret),
            contract: link.contract.clone(),
            session: link.session.clone(),
        };
        let command = Command::Open {
            session: link.session.clone(),
            by: None,
        };
        self.run(&mut guard, &command, vec![row], now).await?;
        let view = self.session_view(&mut guard, &link.session).await?;
        Ok(Opened { secret, view })
    }

    /// What the page of an opened session needs; also after it has signed.
    pub async fn session(&self, secret: &str) -> Result<SessionView, SigningError> {
        let visit = self.visit(secret).await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        self.session_view(&mut guard, &visit.session).await
    }

    /// A page of the frozen document as picture. Pages count from 1.
    pub async fn page(
        &self,
        secret: &str,
        page: usize,
        width: u32,
    ) -> Result<PagePicture, SigningError> {
        let paper = self.paper(secret).await?;
        // Drawing takes its time; others may sign meanwhile.
        self.picture(&paper, page, width).await
    }

    /// The text of a page of the frozen document, line by line. Pages count from 1.
    pub async fn page_text(
        &self,
        secret: &str,
        page: usize,
    ) -> Result<Arc<[TextLine]>, SigningError> {
        let paper = self.paper(secret).await?;
        self.lines(&paper, page).await
    }

    /// What the pages of a session's document are drawn from.
    async fn paper(&self, secret: &str) -> Result<Paper, SigningError> {
        let visit = self.visit(secret).await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let loaded = loaded(&mut guard)?;
        loaded.contract.may_see(&visit.session, self.now())?;
        Ok(loaded.paper())
    }

    /// Takes in what was read: every page, as it was shown, and for how long.
    pub async fn read(&self, secret: &str, pages: &[PageShown]) -> Result<(), SigningError> {
        let visit = self.visit(secret).await?;
        let (paper, shortest) = {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            let (loaded, now) = (loaded(&mut guard)?, self.now());
            let contract = &loaded.contract;
            let party = contract.may_add(&visit.session, ItemKind::Reading, now)?;
            (loaded.paper(), party.policy().reading_ms)
        };
        let (mut facts, mut longest) = (BTreeMap::new(), 0);
        for shown in pages {
            longest = longest.max(shown.milliseconds);
            let digest = self.picture_digest(&paper, shown.page, shown.width).await?;
            if digest != shown.digest {
                return Err(Refusal::PageMismatch(shown.page).into());
            }
            if shown.milliseconds < shortest {
                let (page, milliseconds) = (shown.page, shortest);
                return Err(Refusal::ReadingTooShort { page, milliseconds }.into());
            }
            let time = shown.milliseconds.min(LONGEST_LOOK);
            let fact = format!("{digest} {}px {time}ms", shown.width);
            facts.insert(format!("page-{}", shown.page), fact);
        }
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (loaded, now) = (loaded(&mut guard)?, self.now());
        let count = loaded.contract.terms.pages;
        if facts.len() != count {
            return Err(Refusal::EvidenceMissing(vec![ItemKind::Reading.into()]).into());
        }
        // How long each page was in view is the page's word; this is ours.
        let opened = loaded.contract.visited(&visit.session);
        if let Some(opened) = opened.and_then(|session| session.opened) {
            let since = now.saturating_sub(opened);
            facts.insert("since-opening".to_owned(), format!("{since}ms"));
            // Several pages can be in view at once, and each no longer than the session.
            if Millis::from(longest) > since.saturating_add(CLOCKS) {
                if shortest > SHORTEST_LOOK {
                    return Err(Refusal::ReadingImpossible.into());
                }
                let claimed = format!("{longest}ms in {since}ms");
                facts.insert("impossible".to_owned(), claimed);
            }
        }
        let item = EvidenceItem {
            kind: ItemKind::Reading,
            digest: crypto::digest(loaded.contract.terms.profile.hash(), &canonical(&facts)?),
            source: "page".to_owned(),
            at: now,
            captured: None,
            facts,
        };
        let command = Command::Add {
            session: visit.session,
            item,
            content: None,
        };
        self.run(&mut guard, &command, Vec::new(), now).await
    }

    /// Sends a one-time code that was asked for from an address. Returns the masked number
    /// and when the code ends.
    ///
    /// The code is counted and recorded before it is sent, and good once the gateway has
    /// taken it. The contract is free for others while the gateway thinks; the session's
    /// other codes wait.
    pub async fn send_code(
        &self,
        secret: &str,
        address: IpAddr,
    ) -> Result<(String, Millis), SigningError> {
        let visit = self.visit(secret).await?;
        let _turn = self.code_turn(&visit).await;
        let (phone, text, code) = self.make_code(&visit, address).await?;
        let receipt = self.0.parts.sms.send(phone.expose(), &text).await?;
        let command = Command::CodeSent {
            session: visit.session,
            code,
            receipt: receipt.id,
            source: receipt.source,
        };
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let now = self.now();
        self.run(&mut guard, &command, Vec::new(), now).await?;
        Ok((phone.masked(), now + otp::LIFETIME))
    }

    /// Makes a one-time code: for which number, in which words, and its digest.
    async fn make_code(
        &self,
        visit: &Visit,
        address: IpAddr,
    ) -> Result<(Phone, zeroize::Zeroizing<String>, Digest), SigningError> {
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let loaded = loaded(&mut guard)?;
        let now = self.now();
        let party = loaded.contract.may_send_code(&visit.session, now)?.clone();
        let person = self.person(loaded, &party).await?;
        let invalid = || SigningError::NotFound {
            what: "mobile number",
            id: party.role.to_string(),
        };
        let phone = person.details.phone.clone().ok_or_else(invalid)?;
        let code = zeroize::Zeroizing::new(otp::fresh(crypto::random()));
        let terms = &loaded.contract.terms;
        let text = zeroize::Zeroizing::new(format!(
            "【{}】您正在签署《{}》（合同尾号 {}），验证码 {}，5 分钟内有效。如非本人操作请勿告知他人。",
            self.0.parts.sms_signature,
            terms.title,
            &terms.contract[terms.contract.len().saturating_sub(6)..],
            code.as_str(),
        ));
        let code = otp::digest(&self.0.code_secret, &visit.session, &terms.document, &code);
        let asking = Asking {
            tenant: &visit.tenant,
            number: &phone,
            address,
        };
        let limited = lock(&self.0.limits).take(now, &asking);
        limited.map_err(|limited| Refusal::CodeLater {
            after_ms: limited.after_ms,
        })?;
        let command = Command::MakeCode {
            session: visit.session.clone(),
            code: code.clone(),
        };
        self.run(&mut guard, &command, Vec::new(), now).await?;
        Ok((phone, text, code))
    }

    /// Waits for the turn of a session's codes: one is sent, or tried, after the other.
    async fn code_turn(&self, visit: &Visit) -> OwnedMutexGuard<()> {
        let session = visit.session.clone();
        let turn = Arc::clone(lock(&self.0.codes).get_or_insert(session, Arc::default));
        turn.lock_owned().await
    }

    /// Tries a one-time code. A wrong one is counted before it is refused.
    pub async fn try_code(&self, secret: &str, code: &str) -> Result<(), SigningError> {
        let visit = self.visit(secret).await?;
        let _turn = self.code_turn(&visit).await;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let document = loaded(&mut guard)?.contract.terms.document.clone();
        let code = otp::digest(&self.0.code_secret, &visit.session, &document, code.trim());
        let command = Command::TryCode {
            session: visit.session.clone(),
            code,
        };
        let now = self.now();
        self.run(&mut guard, &command, Vec::new(), now).await?;
        Ok(loaded(&mut guard)?.contract.code_answer(&visit.session)?)
    }

    /// Refuses to sign; the contract ends. The reason is kept sealed under the party's
    /// own key: at most a thousand characters.
    pub async fn refuse(&self, secret: &str, reason: &str) -> Result<(), SigningError> {
        if reason.chars().count() > LONGEST_REASON {
            let reason = format!("a reason has at most {LONGEST_REASON} characters");
            return Err(SigningError::Invalid {
                field: "reason".to_owned(),
                reason,
            });
        }
        let visit = self.visit(secret).await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (loaded, now) = (loaded(&mut guard)?, self.now());
        let role = loaded.contract.session(&visit.session, now)?.role.clone();
        let party = loaded.contract.party(&role)?.clone();
        let person = self.person(loaded, &party).await?;
        let sealed = person.key.seal("refusal", reason.as_bytes());
        let reason = BlobId::of(&sealed);
        let command = Command::Refuse {
            session: visit.session,
            reason,
        };
        let events = loaded.contract.decide(&command, now)?;
        let step = Step {
            events,
            blobs: vec![sealed],
            ..Step::default()
        };
        self.commit(&mut guard, step, now, None, &()).await
    }

    /// Takes a contract back.
    pub async fn withdraw(&self, tenant: &str, contract: &str) -> Result<(), SigningError> {
        let mut guard = self.contract(tenant, contract).await?;
        let now = self.now();
        self.run(&mut guard, &Command::Withdraw, Vec::new(), now)
            .await
    }

    /// Whether a session has this secret.
    pub async fn knows(&self, secret: &str) -> Result<(), SigningError> {
        self.visit(secret).await.map(drop)
    }

    /// Finds the session of a secret. Where one leads never changes: it is looked up once.
    pub(super) async fn visit(&self, secret: &str) -> Result<Visit, SigningError> {
        let digest = secret_digest("session", secret);
        if let Some(known) = lock(&self.0.visits).get(&digest) {
            return Ok(known.clone());
        }
        let found = self.0.parts.store.session_link(&digest).await?;
        let link = found.ok_or(SigningError::Unauthorised)?;
        let visit = Visit {
            tenant: link.tenant,
            contract: link.contract,
            session: link.session,
        };
        lock(&self.0.visits).put(digest, visit.clone());
        Ok(visit)
    }

    /// Decides a command and commits its events.
    pub(super) async fn run(
        &self,
        guard: &mut Guard,
        command: &Command,
        rows: Vec<Row>,
        now: Millis,
    ) -> Result<(), SigningError> {
        let events = loaded(guard)?.contract.decide(command, now)?;
        let step = Step {
            events,
            rows,
            ..Step::default()
        };
        self.commit(guard, step, now, None, &()).await
    }

    pub(super) async fn session_view(
        &self,
        guard: &mut Guard,
        id: &str,
    ) -> Result<SessionView, SigningError> {
        let loaded = loaded(guard)?;
        let known = loaded.contract.visited(id).ok_or(Refusal::SessionForeign)?;
        let Session {
            role,
            expires,
            items,
            return_url,
            set,
            ..
        } = known.clone();
        let party = loaded.contract.party(&role)?.clone();
        let person = self.person(loaded, &party).await?;
        let head = self.head(loaded).await?;
        let mut places = Vec::with_capacity(party.places.len());
        for place in &party.places {
            let size = head.base().page_size(place.page)?;
            places.push((place.clone(), size));
        }
        let policy = party.policy();
        let bound = binding(&loaded.contract, id, &party, PACKAGE);
        let forensic = &self.0.parts.forensic;
        let (contract, terms) = (&loaded.contract, &loaded.contract.terms);
        let status = contract.status;
        let signed = contract.has_signed(&role) && status == crate::contract::Status::Signing;
        Ok(SessionView {
            session: id.to_owned(),
            contract: terms.contract.clone(),
            title: terms.title.clone(),
            mode: party.mode,
            signer: person.details.name.clone(),
            sender: self.0.parts.operator.clone(),
            document: terms.document.clone(),
            pages: terms.pages,
            places,
            collected: items.iter().map(|item| item.kind).collect(),
            agreed: items
                .iter()
                .filter(|item| item.kind == ItemKind::Consent)
                .filter_map(|item| item.facts.get(OF).cloned())
                .collect(),
            binding: bound,
            transport: self.0.transport.of(terms.profile).recipient().clone(),
            forensic: forensic.of(terms.profile).clone(),
            holder: forensic.holder.clone(),
            policy: policy.into_owned(),
            set,
            phone: person.details.phone.as_ref().map(Phone::masked),
            expires,
            return_url,
            state: if signed { "signed" } else { status.name() },
            role,
        })
    }
}

/// The contract that a guard holds.
pub(super) fn loaded(guard: &mut Guard) -> Result<&mut Loaded, SigningError> {
    guard.as_mut().ok_or(SigningError::Stopped)
}

/// Canonical JSON (RFC 8785).
pub(super) fn canonical(value: &impl Serialize) -> Result<Vec<u8>, SigningError> {
    let reason = |e: serde_json::Error| SigningError::Invalid {
        field: "evidence".to_owned(),
        reason: e.to_string(),
    };
    serde_json_canonicalizer::to_vec(value).map_err(reason)
}
