//! Sessions that begin with an officer or a clerk present.

use std::{collections::BTreeMap, net::IpAddr};

use serde_json::json;
use store::{BlobId, CommitError, Row, Table};

use super::{Desk, Grant, Signing, SigningError, admit};
use crate::{
    Refusal,
    contract::{Attendance, Command},
    event::{Attendant, Millis, Role},
    limits::network,
    manifest::EvidenceItem,
    policy::ItemKind,
    service::{
        ATTEMPTS, Arrived, Opened, SessionView,
        loaded::{Guard, Step},
        lock, secret_digest,
        session::{Visit, canonical, loaded},
    },
};

/// How long a session lasts that an officer began.
pub(in crate::service) const ATTENDED: Millis = 3600 * 1000;
/// How long a pairing code is good.
const PAIRING: Millis = 2 * 60 * 1000;
/// Who guesses, when all addresses are taken together.
const ALL: &str = "all";

/// A session that waits for its second screen.
#[derive(Debug, Clone)]
pub struct Pairing {
    /// The code, eight digits. Kept here as keyed digest alone.
    pub code: String,
    /// The session that it opens.
    pub session: String,
    /// When the code ends.
    pub expires: Millis,
}

impl Signing {
    /// Opens a signer's session on the officer's own device.
    pub async fn attend(
        &self,
        desk: &Desk,
        contract: &str,
        role: &str,
    ) -> Result<Opened, SigningError> {
        let session = crypto::random_id();
        let mut guard = self
            .begin(desk, contract, role, &session, Vec::new())
            .await?;
        let secret = crypto::random_id();
        self.open_attended(&mut guard, desk, &session, secret).await
    }

    /// Opens a member of a set on the officer's own device.
    pub(in crate::service) async fn attend_member(
        &self,
        desk: &Desk,
        token: &str,
        secret: String,
    ) -> Result<Opened, SigningError> {
        let link = secret_digest("link", token);
        let link = self.0.parts.store.session_link(&link).await?;
        let link = link.filter(|link| link.tenant == desk.tenant);
        let link = link.ok_or(Refusal::LinkUnknown)?;
        let mut guard = self.contract(&link.tenant, &link.contract).await?;
        self.open_attended(&mut guard, desk, &link.session, secret)
            .await
    }

    /// Whether a party signs where somebody is present.
    pub(in crate::service) async fn must_be_attended(
        &self,
        desk: &Desk,
        contract: &str,
        role: &str,
    ) -> Result<(), SigningError> {
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let mut guard = self.contract(&desk.tenant, contract).await?;
        match loaded(&mut guard)?.contract.may_attend(&role, self.now()) {
            Err(refusal @ Refusal::NotInMode { .. }) => Err(refusal.into()),
            // What else is wrong with one contract is told of that one.
            _ => Ok(()),
        }
    }

    /// Begins a signer's session that a second screen will open by a code.
    pub async fn pair(
        &self,
        desk: &Desk,
        contract: &str,
        role: &str,
    ) -> Result<Pairing, SigningError> {
        for _ in 0..ATTEMPTS {
            let code = format!("{:08}", u64::from_be_bytes(crypto::random()) % 100_000_000);
            let expires = self.now() + PAIRING;
            let grant = |session: &str| Grant::Pairing {
                contract: contract.to_owned(),
                session: session.to_owned(),
                officer: desk.officer.clone(),
                device: desk.device.clone(),
            };
            let session = crypto::random_id();
            let row = self.secret_row("pairing", &code, &grant(&session), expires)?;
            match self.begin(desk, contract, role, &session, vec![row]).await {
                // The same digits were a code before.
                Err(SigningError::Commit(CommitError::Duplicate(Table::StaffSecret))) => {}
                done => {
                    done?;
                    return Ok(Pairing {
                        code,
                        session,
                        expires,
                    });
                }
            }
        }
        Err(SigningError::Commit(CommitError::Conflict(
            contract.to_owned(),
        )))
    }

    /// Opens a session on the second screen, once. `from` is who asks: whatever was wrong
    /// with the code, the answer is the same.
    pub async fn open_pairing(&self, code: &str, from: IpAddr) -> Result<Opened, SigningError> {
        let (guesses, caller, now) = (&self.0.guesses, hex::encode(network(from)), self.now());
        admit(&guesses.codes, &caller, now)?;
        admit(&guesses.all, ALL, now).inspect_err(|_| lock(&guesses.codes).right(&caller))?;
        let unknown = || SigningError::from(Refusal::StaffCodeUnknown);
        let Some((tenant, granted)) = self.grant("pairing", &super::plain(code)).await? else {
            return Err(unknown());
        };
        let Grant::Pairing {
            contract,
            session,
            officer,
            device,
        } = granted
        else {
            return Err(unknown());
        };
        let desk = Desk {
            tenant,
            officer,
            device,
        };
        let mut guard = self.contract(&desk.tenant, &contract).await?;
        if loaded(&mut guard)?.contract.visited(&session).is_some() {
            return Err(unknown());
        }
        let secret = crypto::random_id();
        match self
            .open_attended(&mut guard, &desk, &session, secret)
            .await
        {
            Err(
                // Another code took its place, or who gave it was removed.
                SigningError::Refused(Refusal::LinkExpired) | SigningError::Unauthorised,
            ) => Err(unknown()),
            done => {
                lock(&guesses.codes).right(&caller);
                lock(&guesses.all).right(ALL);
                done
            }
        }
    }

    /// What the clerk's own screen shows of a session that was opened there.
    pub async fn attended_session(
        &self,
        desk: &Desk,
        session: &str,
    ) -> Result<SessionView, SigningError> {
        let visit = self.attended(desk, session).await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        self.session_view(&mut guard, &visit.session).await
    }

    /// Takes in one item of evidence that the clerk captured. What is the signer's own is
    /// not taken: handwriting, one-time code, the copied sentence.
    pub async fn attended_evidence(
        &self,
        desk: &Desk,
        session: &str,
        kind: ItemKind,
        arrived: Arrived,
        captured: Option<Millis>,
    ) -> Result<(), SigningError> {
        let visit = self.attended(desk, session).await?;
        if kind == ItemKind::Transcription {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            let contract = &loaded(&mut guard)?.contract;
            let party = contract.may_add(session, kind, self.now())?;
            let (step, mode) = (kind.name(), party.mode.name());
            return Err(Refusal::NotInMode { step, mode }.into());
        }
        self.take_in(&visit, "officer", kind, arrived, captured)
            .await
    }

    /// A session that nobody has a link to.
    async fn begin(
        &self,
        desk: &Desk,
        contract: &str,
        role: &str,
        session: &str,
        rows: Vec<Row>,
    ) -> Result<Guard, SigningError> {
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let mut guard = self.contract(&desk.tenant, contract).await?;
        let now = self.now();
        loaded(&mut guard)?.contract.may_attend(&role, now)?;
        let command = Command::IssueLink {
            session: session.to_owned(),
            role,
            expires: now + ATTENDED,
            return_url: None,
            set: None,
            picked_up: false,
        };
        self.run(&mut guard, &command, rows, now).await?;
        Ok(guard)
    }

    /// Opens a session with the evidence of who was there.
    async fn open_attended(
        &self,
        guard: &mut Guard,
        desk: &Desk,
        session: &str,
        secret: String,
    ) -> Result<Opened, SigningError> {
        let now = self.now();
        let held = loaded(guard)?;
        let role = held.contract.awaited(session)?.role.clone();
        let party = held.contract.may_attend(&role, now)?.clone();
        let person = self.person(held, &party).await?;
        let record = self.attendance_record(desk).await?;
        let content = person.key.seal(ItemKind::Attendant.name(), &record);
        let attendant = Attendant {
            officer: desk.officer.clone(),
            device: desk.device.clone(),
        };
        let facts = [("officer", &desk.officer), ("device", &desk.device)];
        let facts: BTreeMap<_, _> = facts
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into();
        let item = EvidenceItem {
            kind: ItemKind::Attendant,
            digest: crypto::digest(held.contract.terms.profile.hash(), &record),
            source: "signing-service".to_owned(),
            at: now,
            captured: None,
            facts,
        };
        let command = Command::Open {
            session: session.to_owned(),
            by: Some(Box::new(Attendance {
                attendant,
                item,
                content: BlobId::of(&content),
            })),
        };
        // One for the signer's screen, one for the officer's.
        let rows = [("session", secret.as_str()), ("attended", session)];
        let rows = rows.map(|(purpose, secret)| Row::SessionLink {
            digest: secret_digest(purpose, secret),
            contract: held.contract.terms.contract.clone(),
            session: session.to_owned(),
        });
        let step = Step {
            events: held.contract.decide(&command, now)?,
            blobs: vec![content],
            rows: rows.into(),
            ..Step::default()
        };
        self.commit(guard, step, now, None, &()).await?;
        let view = self.session_view(guard, session).await?;
        Ok(Opened { secret, view })
    }

    /// Who is there, in words: what the evidence's digest is of. Salted, because names and
    /// numbers of a staff can be guessed.
    async fn attendance_record(&self, desk: &Desk) -> Result<Vec<u8>, SigningError> {
        let officer = self.active_officer(&desk.tenant, &desk.officer).await?;
        let device = self.active_device(&desk.tenant, &desk.device).await?;
        let (Some(officer), Some(device)) = (officer, device) else {
            return Err(SigningError::Unauthorised);
        };
        let name = self
            .officer_name(&desk.tenant, &desk.officer, &officer)
            .await?;
        canonical(&json!({
            "salt": crypto::random_id(),
            "officer": desk.officer,
            "officer_name": name,
            "device": desk.device,
            "device_name": device.name,
        }))
    }

    /// The session of this name that this officer opened at this device.
    async fn attended(&self, desk: &Desk, session: &str) -> Result<Visit, SigningError> {
        let missing = || SigningError::NotFound {
            what: "session",
            id: session.to_owned(),
        };
        let digest = secret_digest("attended", session);
        let link = self.0.parts.store.session_link(&digest).await?;
        let link = link.filter(|link| link.tenant == desk.tenant);
        let link = link.ok_or_else(missing)?;
        let mut guard = self.contract(&link.tenant, &link.contract).await?;
        let contract = &loaded(&mut guard)?.contract;
        let by = contract.visited(session).and_then(|open| open.by.as_ref());
        let here = by.is_some_and(|by| by.officer == desk.officer && by.device == desk.device);
        here.then_some(Visit {
            tenant: link.tenant,
            contract: link.contract,
            session: link.session,
        })
        .ok_or_else(missing)
    }
}
