//! Enterprises of the register: who represents them, who acts for them, and their seal.

mod agent;
mod check;
mod view;

use store::{CommitError, Row, Table};

pub(super) use agent::Signer;
pub use agent::{Capacity, NewAuthorisation};
pub use check::{EnterpriseQuestion, NewPayment, PaymentView};
pub use view::{AgentView, EnterpriseView};

use super::{
    ATTEMPTS, CompanyView, Signing, SigningError,
    register::{Held, PROFILE, Step},
};
use crate::{
    event::Millis,
    identity::{self, CreditCode},
    register::{
        Refused,
        assurance::{Assurance, Elements, Level},
        enterprise::{self, Claim, Command, Enterprise},
        person::Details,
    },
};
use pki::revocation::Reason;

/// The level at which an enterprise gets a seal.
const SEAL: Level = Level::Substantial;

/// An enterprise to be registered.
pub struct NewEnterprise {
    /// Registered name.
    pub name: String,
    /// Unified social credit code.
    pub code: String,
    /// The legal representative, a registered person.
    pub representative: String,
    /// A company that was registered with its seal before there was an enterprise: it
    /// becomes the seal of this one.
    pub company: Option<String>,
}

/// What changes of an enterprise.
#[derive(Default)]
pub struct EnterpriseChange {
    /// Another registered name.
    pub name: Option<String>,
    /// Another legal representative, a registered person.
    pub representative: Option<String>,
}

/// The legal representative as the register has it now.
struct Representative {
    details: Details,
    elements: Elements,
    name: crypto::Digest,
    assurance: Assurance,
}

impl Signing {
    /// Registers an enterprise. One that is known by its code is not registered again; the
    /// answer says so.
    pub async fn register_enterprise(
        &self,
        tenant: &str,
        new: NewEnterprise,
    ) -> Result<(EnterpriseView, bool), SigningError> {
        let code: CreditCode = new.code.parse().map_err(SigningError::identity("code"))?;
        let name = identity::name(&new.name).map_err(SigningError::identity("name"))?;
        let representative = self.opened(tenant, &new.representative).await?.held.id;
        let claim = Claim {
            name,
            code: code.as_str().to_owned(),
            representative,
        };
        for _ in 0..ATTEMPTS {
            let there = self
                .0
                .parts
                .store
                .enterprise_by_code(tenant, &claim.code)
                .await?;
            if let Some(id) = there {
                let held = self.held::<Enterprise>(tenant, &id).await?;
                let known = &held.record.claim;
                if known.name != claim.name || known.representative != claim.representative {
                    return Err(Refused::EnterpriseKnownOtherwise.into());
                }
                return Ok((self.viewed(tenant, &held.record).await?, false));
            }
            match self
                .new_enterprise(tenant, &claim, new.company.as_deref())
                .await
            {
                // Somebody else was faster.
                Err(SigningError::Commit(CommitError::Duplicate(Table::EnterpriseCode))) => {}
                done => return Ok((done?, true)),
            }
        }
        Err(SigningError::Commit(CommitError::Conflict(
            "enterprise".to_owned(),
        )))
    }

    async fn new_enterprise(
        &self,
        tenant: &str,
        claim: &Claim,
        company: Option<&str>,
    ) -> Result<EnterpriseView, SigningError> {
        let id = match company {
            None => crypto::random_id(),
            Some(company) => {
                let details = self.company(tenant, company).await?.details.clone();
                let code = details.credit_code.as_ref().map(CreditCode::as_str);
                if details.name != claim.name || code != Some(claim.code.as_str()) {
                    return Err(Refused::EnterpriseKnownOtherwise.into());
                }
                company.to_owned()
            }
        };
        let name = format!("enterprise/{id}");
        let (_, wrapped) = self.0.vault.create(tenant, &name, PROFILE.aead());
        let event = enterprise::Event::Registered {
            enterprise: id.clone(),
            key: name.clone(),
            claim: claim.clone(),
        };
        let code = Row::EnterpriseCode {
            code: claim.code.clone(),
            enterprise: id.clone(),
        };
        let step = Step::of(vec![event]).rows([Row::DataKey { name, wrapped }, code]);
        let record = self
            .found::<Enterprise>(tenant, &id, step, self.now())
            .await?;
        self.viewed(tenant, &record).await
    }

    /// An enterprise as the integrator sees it.
    pub async fn view_enterprise(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<EnterpriseView, SigningError> {
        let held = self.held::<Enterprise>(tenant, id).await?;
        self.viewed(tenant, &held.record).await
    }

    /// Changes name or representative. What was checked of the old ones counts no more; a
    /// seal keeps the name that its certificate has.
    pub async fn change_enterprise(
        &self,
        tenant: &str,
        id: &str,
        change: EnterpriseChange,
    ) -> Result<EnterpriseView, SigningError> {
        let representative = match &change.representative {
            None => None,
            Some(person) => Some(self.opened(tenant, person).await?.held.id),
        };
        let name = change.name.as_deref().map(identity::name).transpose();
        let name = name.map_err(SigningError::identity("name"))?;
        let mut held = self.held::<Enterprise>(tenant, id).await?;
        let mut claim = held.record.claim.clone();
        claim.name = name.unwrap_or(claim.name);
        claim.representative = representative.unwrap_or(claim.representative);
        if claim != held.record.claim {
            let now = self.now();
            let events = held.record.decide(Command::Change(claim), now)?;
            self.record(tenant, &mut held, Step::of(events), now, None)
                .await?;
        }
        self.viewed(tenant, &held.record).await
    }

    /// Gives an enterprise its seal: keys, certificates, picture. It becomes a company under
    /// the same identifier. Asked again, it is the seal that is there.
    pub async fn give_seal(
        &self,
        tenant: &str,
        id: &str,
        picture: Option<Vec<u8>>,
    ) -> Result<CompanyView, SigningError> {
        let held = self.held::<Enterprise>(tenant, id).await?;
        held.record.must_be_there()?;
        let view = self.viewed(tenant, &held.record).await?;
        if view.level < SEAL {
            return Err(Refused::low(view.level, SEAL).into());
        }
        self.seal_of(tenant, id, &view.name, &view.code, picture)
            .await
    }

    /// Cancels an enterprise: its certificates are revoked, its data key is destroyed, and
    /// its code can be registered anew.
    pub async fn cancel_enterprise(&self, tenant: &str, id: &str) -> Result<(), SigningError> {
        let mut held = self.held::<Enterprise>(tenant, id).await?;
        let now = self.now();
        let events = held.record.decide(Command::Cancel, now)?;
        // The seal first: no enterprise that is gone can seal.
        match self
            .revoke_company(tenant, id, Reason::CessationOfOperation)
            .await
        {
            Ok(_)
            | Err(SigningError::NotFound {
                what: "company", ..
            }) => {}
            Err(error) => return Err(error),
        }
        let name = held.record.key.clone();
        let code = held.record.claim.code.clone();
        let rows = [Row::NoDataKey { name }, Row::NoEnterpriseCode { code }];
        let step = Step::of(events).rows(rows);
        self.record(tenant, &mut held, step, now, None).await
    }

    async fn viewed(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
    ) -> Result<EnterpriseView, SigningError> {
        let now = self.now();
        let representative = self.representative(tenant, enterprise).await?;
        let sealed = match self.company(tenant, &enterprise.enterprise).await {
            Ok(_) => true,
            Err(SigningError::NotFound { .. }) => false,
            Err(error) => return Err(error),
        };
        let (elements, assurance) = self.assured(tenant, enterprise, representative.as_ref(), now);
        Ok(EnterpriseView::of(
            enterprise, &elements, &assurance, sealed, now,
        ))
    }

    fn assured(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
        representative: Option<&Representative>,
        now: Millis,
    ) -> (Elements, Assurance) {
        let name = self.enterprise_digest(tenant, enterprise, "enterprise-name");
        let code = self.enterprise_digest(tenant, enterprise, "enterprise-code");
        let mut elements = Elements::from([(name, Millis::MAX), (code, Millis::MAX)]);
        let Some(representative) = representative else {
            return (elements, Assurance::claimed());
        };
        elements.extend(representative.elements.clone());
        let assurance = enterprise.assurance(&elements, &representative.assurance, now);
        (elements, assurance)
    }

    fn enterprise_digest(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
        what: &'static str,
    ) -> crypto::Digest {
        let claim = &enterprise.claim;
        let value = if what == "enterprise-name" {
            &claim.name
        } else {
            &claim.code
        };
        let named = [enterprise.enterprise.as_str(), value];
        self.0.register.digest(tenant, what, &named)
    }

    /// The representative; none when the person was cancelled.
    async fn representative(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
    ) -> Result<Option<Representative>, SigningError> {
        let there = match self.opened(tenant, &enterprise.claim.representative).await {
            Err(SigningError::Register(Refused::PersonCancelled)) => return Ok(None),
            other => other?,
        };
        let person = &there.held.record;
        Ok(Some(Representative {
            elements: person.elements(&there.details),
            name: person.claim.name.clone(),
            assurance: person.assurance(&there.details, self.now()),
            details: there.details,
        }))
    }

    /// An enterprise that is there, held.
    async fn held_enterprise(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Held<Enterprise>, SigningError> {
        let held = self.held::<Enterprise>(tenant, id).await?;
        held.record.must_be_there()?;
        Ok(held)
    }
}
