//! Enterprises: how sure they are, who acts for them, and when they get a seal.

use crypto::Digest;
use signing::{
    SigningError,
    event::Order,
    identity::DocumentKind,
    policy::Mode,
    ports::Verdict,
    register::assurance::Level,
    service::{
        Capacity, ContractView, EnterpriseChange, EnterpriseQuestion, EnterpriseView,
        NewAuthorisation, NewCompany, NewEnterprise, NewParty, NewPayment, NewPerson, PaymentView,
        PersonQuestion, SealOrder, Silent, audit,
    },
};

use crate::{
    house::{HOUR, House, TENANT, party},
    register::{NAME, NUMBER, Said, code, document, somebody},
};

const COMPANY: &str = "沪信融资担保有限公司";
const CODE: &str = "91310000MA1K8QX37Y";
pub const AGENT: &str = "周慧敏";
pub const AGENT_NUMBER: &str = "310101199003077413";

/// A seal that the integrator orders.
fn by_order(role: &str) -> SealOrder<'_> {
    SealOrder {
        role,
        credential: "key",
        authorisation: None,
    }
}

fn enterprise(representative: &str) -> NewEnterprise {
    NewEnterprise {
        name: COMPANY.to_owned(),
        code: CODE.to_owned(),
        representative: representative.to_owned(),
        company: None,
    }
}

impl House {
    async fn enterprise(&self, representative: &str) -> String {
        let made = self
            .signing
            .register_enterprise(TENANT, enterprise(representative));
        made.await.unwrap().0.enterprise
    }

    /// The enterprise of a company that has its seal already.
    pub async fn enterprise_of(&self, representative: &str, company: Option<&str>) -> String {
        let new = NewEnterprise {
            company: company.map(str::to_owned),
            ..enterprise(representative)
        };
        let made = self.signing.register_enterprise(TENANT, new);
        made.await.unwrap().0.enterprise
    }

    /// A registered person of this name and resident ID; the identifier.
    pub async fn resident_of(&self, name: &str, number: &str) -> String {
        let person = NewPerson {
            name: name.to_owned(),
            ..somebody(vec![document(DocumentKind::ResidentId, number)])
        };
        let made = self.signing.register_person(TENANT, person);
        made.await.unwrap().0.person
    }

    /// An agent of an enterprise by a contract that its representative has signed; the
    /// identifier of the authorisation.
    pub async fn authorised_agent(&self, id: &str, name: &str, number: &str) -> String {
        let agent = self.agent().await;
        let parties = vec![
            person("principal", name, number, 0.0),
            person("agent", AGENT, AGENT_NUMBER, 1.0),
        ];
        let contract = self.create(Order::Parallel, parties).await;
        for role in ["principal", "agent"] {
            self.sign_as(&contract, role, false).await;
        }
        let new = authorisation(self, &agent, &contract);
        let registered = self.signing.authorise_agent(TENANT, id, new).await;
        registered.unwrap().authorisation
    }

    async fn look_up(&self, id: &str, question: EnterpriseQuestion) -> EnterpriseView {
        self.signing
            .check_enterprise(TENANT, id, question, None)
            .await
            .unwrap()
    }

    async fn pay(&self, id: &str) -> Result<PaymentView, SigningError> {
        let payment = NewPayment {
            bank: "招商银行".to_owned(),
            account: "755900000000001".to_owned().into(),
        };
        self.signing.pay_enterprise(TENANT, id, payment).await
    }

    async fn agent(&self) -> String {
        self.resident_of(AGENT, AGENT_NUMBER).await
    }

    /// A party signs by code, or by seal.
    async fn sign_as(&self, contract: &ContractView, role: &str, seal: bool) {
        if seal {
            let id = &contract.contract;
            self.signing
                .seal(TENANT, id, by_order(role), None)
                .await
                .unwrap();
            return;
        }
        let secret = self.visit(contract, role).await;
        self.read(contract, &secret).await;
        self.send_code(&secret).await.unwrap();
        self.signing
            .try_code(&secret, &self.outbox.code())
            .await
            .unwrap();
        let submission = self.submission(contract, "by code", &secret).await;
        self.signing
            .submit(&secret, &submission, None)
            .await
            .unwrap();
    }
}

fn person(role: &str, name: &str, number: &str, column: f64) -> NewParty {
    NewParty {
        id_number: Some(number.to_owned()),
        ..party(role, Mode::Sms, name, column)
    }
}

fn by_seal(role: &str, company: &str) -> NewParty {
    NewParty {
        company: Some(company.to_owned()),
        name: None,
        id_number: None,
        phone: None,
        ..party(role, Mode::Seal, "", 0.0)
    }
}

fn authorisation(house: &House, person: &str, contract: &ContractView) -> NewAuthorisation {
    NewAuthorisation {
        person: person.to_owned(),
        contract: contract.contract.clone(),
        document: contract.document.clone(),
        expires: house.now() + 30 * 24 * HOUR,
    }
}

#[tokio::test]
async fn the_same_code_is_the_same_enterprise() {
    let house = House::new().await;
    let representative = house.resident().await;
    let id = house.enterprise(&representative).await;
    assert_eq!(house.enterprise(&representative).await, id);
    let other = NewEnterprise {
        name: "另一家有限公司".to_owned(),
        ..enterprise(&representative)
    };
    let refused = house.signing.register_enterprise(TENANT, other).await;
    assert_eq!(code(refused), "enterprise-known-otherwise");
    assert_eq!(
        code(house.signing.view_enterprise("another", &id).await),
        "not-found"
    );
    let unknown = house
        .signing
        .register_enterprise(TENANT, enterprise("nobody"))
        .await;
    assert_eq!(code(unknown), "not-found");
    let mistyped = NewEnterprise {
        code: "91310000MA1K8QX37Z".to_owned(),
        ..enterprise(&representative)
    };
    assert_eq!(
        code(house.signing.register_enterprise(TENANT, mistyped).await),
        "invalid-field"
    );
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn an_enterprise_has_the_level_of_its_evidence_and_of_its_representative() {
    let house = House::new().await;
    let representative = house.resident().await;
    let id = house.enterprise(&representative).await;
    assert_eq!(
        house.look_up(&id, EnterpriseQuestion::Three).await.level,
        Level::Low
    );
    assert_eq!(
        house
            .look_up(&id, EnterpriseQuestion::Four(None))
            .await
            .level,
        Level::Low
    );
    let refused = house.signing.give_seal(TENANT, &id, None).await;
    assert_eq!(code(refused), "assurance-low");
    for question in [PersonQuestion::Person, PersonQuestion::Phone] {
        house.check(&representative, question).await.unwrap();
    }
    let view = house.signing.view_enterprise(TENANT, &id).await.unwrap();
    assert_eq!(view.level, Level::Substantial);
    house.portrait(&representative).await;
    house
        .check(&representative, crate::register::face())
        .await
        .unwrap();
    let payment = house.pay(&id).await.unwrap();
    let right = house
        .signing
        .confirm_payment(TENANT, &id, &payment.payment, 37)
        .await;
    assert_eq!(right.unwrap().verdict, Verdict::Match);
    let view = house.signing.view_enterprise(TENANT, &id).await.unwrap();
    assert_eq!(view.level, Level::High);

    let seal = house.signing.give_seal(TENANT, &id, None).await.unwrap();
    assert_eq!(
        (seal.company.as_str(), seal.name.as_str()),
        (id.as_str(), COMPANY)
    );
    let again = house.signing.give_seal(TENANT, &id, None).await.unwrap();
    assert_eq!(again.certificates, seal.certificates);
    // Another name is another claim: nothing of it was checked.
    let change = EnterpriseChange {
        name: Some("沪信担保有限公司".to_owned()),
        ..EnterpriseChange::default()
    };
    let changed = house
        .signing
        .change_enterprise(TENANT, &id, change)
        .await
        .unwrap();
    assert_eq!(changed.level, Level::Low);

    house.signing.cancel_enterprise(TENANT, &id).await.unwrap();
    assert_eq!(code(house.pay(&id).await), "enterprise-cancelled");
    let sealing = house
        .create(Order::Parallel, vec![by_seal("guarantor", &id)])
        .await;
    let sealed = house
        .signing
        .seal(TENANT, &sealing.contract, by_order("guarantor"), None)
        .await;
    assert_eq!(code(sealed), "company-revoked");
    assert_ne!(house.enterprise(&representative).await, id);
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn a_company_from_before_becomes_the_seal_of_its_enterprise() {
    let house = House::new().await;
    let representative = house.resident().await;
    let company = NewCompany {
        name: COMPANY.to_owned(),
        code: CODE.to_owned(),
        picture: None,
        silent: Silent::Free,
    };
    let company = house
        .signing
        .register_company(TENANT, company)
        .await
        .unwrap()
        .company;
    let with = |name: &str| NewEnterprise {
        name: name.to_owned(),
        company: Some(company.clone()),
        ..enterprise(&representative)
    };
    let other = house
        .signing
        .register_enterprise(TENANT, with("另一家有限公司"))
        .await;
    assert_eq!(code(other), "enterprise-known-otherwise");
    let (view, new) = house
        .signing
        .register_enterprise(TENANT, with(COMPANY))
        .await
        .unwrap();
    assert_eq!((view.enterprise, view.sealed, new), (company, true, true));
}

#[tokio::test]
async fn three_wrong_sums_end_a_payment() {
    let house = House::new().await;
    let id = house.enterprise(&house.resident().await).await;
    house.look_up(&id, EnterpriseQuestion::Three).await;
    let first = house.pay(&id).await.unwrap();
    assert_eq!((first.verdict, first.left), (Verdict::Match, 3));
    let name = |payment: &PaymentView, fen| {
        let (house, id, payment) = (&house, &id, payment.payment.clone());
        async move {
            house
                .signing
                .confirm_payment(TENANT, id, &payment, fen)
                .await
        }
    };
    for left in [2, 1, 0] {
        let wrong = name(&first, 1).await.unwrap();
        assert_eq!((wrong.verdict, wrong.left), (Verdict::Mismatch, left));
    }
    assert_eq!(code(name(&first, 37).await), "payment-exhausted");
    let second = house.pay(&id).await.unwrap();
    assert_eq!(code(name(&first, 37).await), "payment-over");
    // An authority that does not answer may have looked at it.
    house.register.say(Said::Silent);
    assert_eq!(code(name(&second, 37).await), "port-down");
    let right = name(&second, 37).await.unwrap();
    assert_eq!(right.verdict, Verdict::Match);
    let view = house.signing.view_enterprise(TENANT, &id).await.unwrap();
    assert_eq!(view.level, Level::Substantial);
    house.pay(&id).await.unwrap();
    assert_eq!(code(house.pay(&id).await), "payment-limit");
    audit(&house.store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_sums_at_once_three_are_asked_about() {
    let house = House::new().await;
    let id = house.enterprise(&house.resident().await).await;
    let payment = house.pay(&id).await.unwrap().payment;
    let other = house.node().await;
    let tasks: Vec<_> = (0..30)
        .map(|n| {
            let signing = if n % 2 == 0 {
                house.signing.clone()
            } else {
                other.clone()
            };
            let (id, payment) = (id.clone(), payment.clone());
            tokio::spawn(async move {
                signing
                    .confirm_payment(TENANT, &id, &payment, 100 + n)
                    .await
            })
        })
        .collect();
    for task in tasks {
        if let Ok(answered) = task.await.unwrap() {
            assert_eq!(answered.verdict, Verdict::Mismatch);
        }
    }
    let asked = house.register.asked.lock().unwrap().clone();
    let sums = asked
        .iter()
        .filter(|asked| **asked == "payment-amount")
        .count();
    assert!((1..=3).contains(&sums), "{sums}");
}

/// A question to the register or the bank counts before it is asked; a payment that was not
/// made is none.
#[tokio::test]
async fn a_question_about_an_enterprise_counts_before_it_is_asked() {
    let house = House::new().await;
    let id = house.enterprise(&house.resident().await).await;
    for _ in 0..4 {
        house.register.say(Said::Verdict(Verdict::Mismatch));
        house.pay(&id).await.unwrap();
    }
    for _ in 0..3 {
        house.register.say(Said::Silent);
        assert_eq!(code(house.pay(&id).await), "port-down");
    }
    assert_eq!(code(house.pay(&id).await), "payment-limit");
    let look_up = || {
        let question = EnterpriseQuestion::Three;
        house.signing.check_enterprise(TENANT, &id, question, None)
    };
    for _ in 0..13 {
        house.register.say(Said::Silent);
        assert_eq!(code(look_up().await), "port-down");
    }
    assert_eq!(house.register.count(), 20);
    assert_eq!(code(look_up().await), "check-limit");
    assert_eq!(house.register.count(), 20);
    house.wait(24 * HOUR);
    look_up().await.unwrap();
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn an_account_of_somebody_else_makes_no_payment() {
    let house = House::new().await;
    let id = house.enterprise(&house.resident().await).await;
    house.register.say(Said::Verdict(Verdict::Mismatch));
    let payment = house.pay(&id).await.unwrap();
    assert_eq!((payment.verdict, payment.left), (Verdict::Mismatch, 0));
    let named = house
        .signing
        .confirm_payment(TENANT, &id, &payment.payment, 37)
        .await;
    assert_eq!(code(named), "payment-over");
}

/// Both ways: by the representative's own signature, and by the seal.
#[tokio::test]
async fn an_agent_acts_by_a_signed_contract_alone() {
    let house = House::new().await;
    let representative = house.resident().await;
    let agent = house.agent().await;
    let id = house.enterprise(&representative).await;
    let capacity = || house.signing.capacity(TENANT, &id, &agent);
    assert_eq!(code(capacity().await), "not-authorised");
    let of_representative = house.signing.capacity(TENANT, &id, &representative).await;
    assert!(matches!(of_representative, Ok(Capacity::Representative)));

    let parties = vec![
        person("principal", NAME, NUMBER, 0.0),
        person("agent", AGENT, AGENT_NUMBER, 1.0),
    ];
    let contract = house.create(Order::Parallel, parties).await;
    let authorise = |new| house.signing.authorise_agent(TENANT, &id, new);
    let new = || authorisation(&house, &agent, &contract);
    house.sign_as(&contract, "principal", false).await;
    assert_eq!(
        code(authorise(new()).await),
        "authorisation-unfit",
        "the agent has not signed"
    );
    house.sign_as(&contract, "agent", false).await;
    let other_document = NewAuthorisation {
        document: Digest::new(crypto::Hash::Sm3, &[7; 32]).unwrap(),
        ..new()
    };
    assert_eq!(code(authorise(other_document).await), "authorisation-unfit");
    let other_person = NewAuthorisation {
        person: representative.clone(),
        ..new()
    };
    assert_eq!(code(authorise(other_person).await), "authorisation-unfit");
    let endless = NewAuthorisation {
        expires: house.now() + 4 * 365 * 24 * HOUR,
        ..new()
    };
    assert_eq!(code(authorise(endless).await), "authorisation-unfit");
    let registered = authorise(new()).await.unwrap();
    let acts = capacity().await.unwrap();
    assert!(
        matches!(&acts, Capacity::Agent { authorisation } if authorisation.contract == contract.contract)
    );
    assert_eq!(code(authorise(new()).await), "authorisation-used");

    // It is revoked, and the same contract does not bring it back.
    let revoke = || {
        house
            .signing
            .revoke_agent(TENANT, &id, &registered.authorisation)
    };
    revoke().await.unwrap();
    assert_eq!(code(revoke().await), "not-found");
    assert_eq!(code(capacity().await), "not-authorised");
    assert_eq!(code(authorise(new()).await), "authorisation-used");
    audit(&house.store).await.unwrap();
}

/// Any document says who an agent is; a resident ID is not needed.
#[tokio::test]
async fn an_agent_may_have_any_document() {
    let house = House::new().await;
    let representative = house.resident().await;
    let id = house.enterprise(&representative).await;
    let kinds = [
        (DocumentKind::Passport, "E12345678"),
        (DocumentKind::HongKongMacauPermit, "H12345678"),
    ];
    for (kind, number) in kinds {
        let foreign = NewPerson {
            name: AGENT.to_owned(),
            ..somebody(vec![document(kind, number)])
        };
        let agent = house.signing.register_person(TENANT, foreign).await;
        let agent = agent.unwrap().0.person;
        let by = |number: &str| NewParty {
            id_number: None,
            document: Some((kind, number.to_owned())),
            ..person("agent", AGENT, AGENT_NUMBER, 1.0)
        };
        let signed = async |as_agent: NewParty| {
            let parties = vec![person("principal", NAME, NUMBER, 0.0), as_agent];
            let contract = house.create(Order::Parallel, parties).await;
            for role in ["principal", "agent"] {
                house.sign_as(&contract, role, false).await;
            }
            let new = authorisation(&house, &agent, &contract);
            house.signing.authorise_agent(TENANT, &id, new).await
        };
        let other = number.replace("12", "21");
        for foreign in [by(&other), person("agent", AGENT, AGENT_NUMBER, 1.0)] {
            assert_eq!(code(signed(foreign).await), "authorisation-unfit");
        }
        signed(by(number)).await.unwrap();
        let acts = house.signing.capacity(TENANT, &id, &agent).await;
        assert!(matches!(acts, Ok(Capacity::Agent { .. })), "{number}");
    }
}

#[tokio::test]
async fn an_agent_is_authorised_by_the_seal_until_it_expires() {
    let house = House::new().await;
    let representative = house.resident().await;
    let agent = house.agent().await;
    let id = house.enterprise(&representative).await;
    house.look_up(&id, EnterpriseQuestion::Three).await;
    let payment = house.pay(&id).await.unwrap().payment;
    house
        .signing
        .confirm_payment(TENANT, &id, &payment, 37)
        .await
        .unwrap();
    house.signing.give_seal(TENANT, &id, None).await.unwrap();
    let signed = |roles: [&'static str; 2]| {
        let (house, id) = (&house, &id);
        async move {
            let parties = vec![
                by_seal(roles[0], id),
                person(roles[1], AGENT, AGENT_NUMBER, 1.0),
            ];
            let contract = house.create(Order::Parallel, parties).await;
            house.sign_as(&contract, roles[0], true).await;
            house.sign_as(&contract, roles[1], false).await;
            contract
        }
    };
    // A loan between the same two is no authorisation.
    let loan = signed(["lender", "borrower"]).await;
    let new = authorisation(&house, &agent, &loan);
    let refused = house.signing.authorise_agent(TENANT, &id, new).await;
    assert_eq!(code(refused), "authorisation-unfit");
    let contract = signed(["principal", "agent"]).await;
    let new = authorisation(&house, &agent, &contract);
    house
        .signing
        .authorise_agent(TENANT, &id, new)
        .await
        .unwrap();
    let capacity = || house.signing.capacity(TENANT, &id, &agent);
    assert!(matches!(capacity().await, Ok(Capacity::Agent { .. })));
    house.wait(30 * 24 * HOUR);
    assert_eq!(code(capacity().await), "not-authorised");
}
