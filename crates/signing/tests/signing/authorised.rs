//! Seals that are set unseen, under a standing authorisation: each limit, and races.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;
use signing::{
    Signing, SigningError,
    event::{Order, Profile},
    policy::Mode,
    service::{
        AuthorisationView, EnterpriseChange, NewCompany, NewContract, NewParty,
        NewSealAuthorisation, Receipt, SealOrder, Signatory, SignatoryCapacity, Silent, Source,
        audit,
    },
};

use crate::{
    enterprises::{AGENT, AGENT_NUMBER},
    house::{HOUR, House, NOTE, TENANT, least, party, written},
};

const DAY: i64 = 24 * HOUR;
/// The legal representative of [`company`].
const NAME: &str = "顾明哲";
const NUMBER: &str = "11010519491231002X";

async fn company(house: &House, silent: Silent) -> String {
    let new = NewCompany {
        name: "沪信融资担保有限公司".to_owned(),
        code: "91310000MA1K8QX37Y".to_owned(),
        picture: None,
        silent,
    };
    let registered = house.signing.register_company(TENANT, new).await;
    let company = registered.unwrap().company;
    let representative = house.resident_of(NAME, NUMBER).await;
    house.enterprise_of(&representative, Some(&company)).await;
    company
}

/// From the second day of the house to the tenth, up to 1000 yuan, ten seals.
fn wanted() -> NewSealAuthorisation {
    NewSealAuthorisation {
        profile: Profile::Gm,
        lifetime: 72 * HOUR,
        templates: vec![NOTE.to_owned()],
        amount_fen: 100_000,
        from: "2027-01-16".parse().unwrap(),
        until: "2027-01-24".parse().unwrap(),
        count: 10,
        signatory: Signatory {
            mode: Mode::Pad,
            capacity: SignatoryCapacity::LegalRepresentative,
            name: NAME.to_owned(),
            id_number: NUMBER.to_owned(),
            phone: "13800001234".to_owned(),
        },
        evidence: least(),
    }
}

/// Signs an authorisation for the company, by hand.
async fn represent(house: &House, authorisation: &AuthorisationView) {
    let id = &authorisation.authorisation;
    let contract = house.signing.view(TENANT, id).await.unwrap();
    let secret = house.visit(&contract, "representative").await;
    house.read(&contract, &secret).await;
    let mut package = house.submission(&contract, "representative", &secret).await;
    let session = house.signing.session(&secret).await.unwrap();
    package.handwriting = Some(written(&session));
    let receipt = house.signing.submit(&secret, &package, None).await;
    receipt.unwrap();
}

/// An authorisation that both have signed, on its first day.
async fn standing(house: &House, company: &str, new: NewSealAuthorisation) -> String {
    let drafted = house.signing.authorise(TENANT, company, new, None).await;
    let drafted = drafted.unwrap();
    represent(house, &drafted).await;
    let id = drafted.authorisation;
    order(&house.signing, &id, "company", None).await.unwrap();
    house.wait(DAY);
    id
}

/// A contract about so much, which only the company's seal is missing of.
async fn note(house: &House, company: &str, amount_fen: u64) -> String {
    let seal = NewParty {
        company: Some(company.to_owned()),
        ..NewParty::new("guarantor", Mode::Seal)
    };
    let new = NewContract {
        profile: Profile::Gm,
        order: Order::Parallel,
        lifetime: 20 * DAY,
        source: Source::Template {
            name: NOTE.to_owned(),
            data: json!({ "date": "2027-01-15", "amount_fen": amount_fen }),
        },
        parties: vec![seal],
        evidence: least(),
        callback: None,
    };
    let made = house.signing.create(TENANT, new, None).await;
    made.unwrap().contract
}

async fn order(
    signing: &Signing,
    contract: &str,
    role: &str,
    authorisation: Option<&str>,
) -> Result<Receipt, SigningError> {
    let order = SealOrder {
        role,
        credential: "key",
        authorisation,
    };
    signing.seal(TENANT, contract, order, None).await
}

async fn under(house: &House, contract: &str, id: &str) -> Result<Receipt, SigningError> {
    order(&house.signing, contract, "guarantor", Some(id)).await
}

#[track_caller]
fn refused<T: std::fmt::Debug>(done: Result<T, SigningError>, code: &str) {
    assert_eq!(done.unwrap_err().code(), code);
}

#[tokio::test]
async fn the_evidence_names_the_authorisation_and_the_number_of_the_use() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let id = standing(&house, &company, wanted()).await;
    let signed = house.signing.finished(TENANT, &id).await.unwrap();
    let digest = crypto::digest(crypto::Hash::Sm3, &signed.file).to_string();
    for number in 1..=2 {
        let contract = note(&house, &company, 100_000).await;
        under(&house, &contract, &id).await.unwrap();
        let finished = house.signing.finished(TENANT, &contract).await.unwrap();
        let item = &finished.manifests[0]["items"][0];
        assert_eq!(item["kind"], "seal-order");
        let facts = json!({
            "company": company, "authorisation": id, "authorisation_document": digest,
            "authorisation_use": number.to_string(),
        });
        assert_eq!(item["facts"], facts);
    }
    let view = house.signing.authorisation(TENANT, &company, &id).await;
    let view = view.unwrap();
    assert_eq!((view.state.as_str(), view.used), ("standing", 2));
    assert_eq!(view.document.clone().unwrap().to_string(), digest);
    let all = house.signing.authorisations(TENANT, &company).await;
    assert_eq!(all.unwrap(), [view]);
    // Another node knows it from the store alone.
    let node = house.node().await;
    let contract = note(&house, &company, 1).await;
    order(&node, &contract, "guarantor", Some(&id))
        .await
        .unwrap();
    refused(under(&house, &contract, &id).await, "contract-complete");
    let audited = audit(&house.store).await.unwrap();
    assert_eq!(audited.events, house.store.event_count().await.unwrap());
}

#[tokio::test]
async fn each_limit_refuses_with_a_code_of_its_own() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let id = standing(&house, &company, wanted()).await;
    let allowed = note(&house, &company, 100_000).await;

    let high = note(&house, &company, 100_001).await;
    refused(under(&house, &high, &id).await, "authorisation-amount");
    let seal = NewParty {
        company: Some(company.clone()),
        name: None,
        ..party("guarantor", Mode::Seal, "", 0.0)
    };
    let uploaded = house.create(Order::Parallel, vec![seal]).await.contract;
    refused(
        under(&house, &uploaded, &id).await,
        "authorisation-template",
    );
    refused(under(&house, &allowed, "0").await, "not-found");

    let other = self::company(&house, Silent::Free).await;
    let others = note(&house, &other, 1).await;
    refused(under(&house, &others, &id).await, "authorisation-foreign");

    let early = NewSealAuthorisation {
        from: "2027-01-17".parse().unwrap(),
        ..wanted()
    };
    let drafted = house.signing.authorise(TENANT, &company, early, None).await;
    let drafted = drafted.unwrap();
    let early = drafted.authorisation.as_str();
    refused(
        under(&house, &allowed, early).await,
        "authorisation-not-complete",
    );
    // The company does not seal what nobody has signed for it.
    let first = order(&house.signing, early, "company", None).await;
    refused(first, "not-your-turn");
    represent(&house, &drafted).await;
    refused(
        under(&house, &allowed, early).await,
        "authorisation-not-complete",
    );
    order(&house.signing, early, "company", None).await.unwrap();
    refused(under(&house, &allowed, early).await, "authorisation-period");

    under(&house, &allowed, &id).await.unwrap();
    let once = NewSealAuthorisation {
        count: 1,
        ..wanted()
    };
    let once = standing(&house, &company, once).await;
    let [first, second] = [
        note(&house, &company, 1).await,
        note(&house, &company, 1).await,
    ];
    under(&house, &first, &once).await.unwrap();
    refused(under(&house, &second, &once).await, "authorisation-used-up");
    under(&house, &second, early).await.unwrap();

    house.wait(10 * DAY);
    let late = note(&house, &company, 1).await;
    refused(under(&house, &late, &id).await, "authorisation-period");
    order(&house.signing, &late, "guarantor", None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_draft_without_sense_is_refused() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let ask = async |new| house.signing.authorise(TENANT, &company, new, None).await;
    let day = |text: &str| text.parse().unwrap();
    let new = wanted;
    let none = NewSealAuthorisation {
        templates: vec![],
        ..new()
    };
    refused(ask(none).await, "invalid-field");
    let twice = NewSealAuthorisation {
        templates: vec![NOTE.to_owned(); 2],
        ..new()
    };
    refused(ask(twice).await, "invalid-field");
    let unknown = NewSealAuthorisation {
        templates: vec!["lease".to_owned()],
        ..new()
    };
    refused(ask(unknown).await, "not-found");
    // An authorisation is no contract about an amount: it cannot allow others of its kind.
    let itself = vec!["seal-authorisation".to_owned()];
    let itself = NewSealAuthorisation {
        templates: itself,
        ..new()
    };
    refused(ask(itself).await, "invalid-field");
    refused(
        ask(NewSealAuthorisation {
            amount_fen: 0,
            ..new()
        })
        .await,
        "invalid-field",
    );
    refused(
        ask(NewSealAuthorisation { count: 0, ..new() }).await,
        "invalid-field",
    );
    let backwards = NewSealAuthorisation {
        until: day("2027-01-15"),
        ..new()
    };
    refused(ask(backwards).await, "invalid-field");
    let long = NewSealAuthorisation {
        until: day("2031-01-15"),
        ..new()
    };
    refused(ask(long).await, "invalid-field");
    let over = NewSealAuthorisation {
        from: day("2027-01-01"),
        until: day("2027-01-14"),
        ..new()
    };
    refused(ask(over).await, "invalid-field");
    // Nobody writes the document by another way.
    let by_hand = NewContract {
        profile: Profile::Gm,
        order: Order::Parallel,
        lifetime: HOUR,
        source: Source::Template {
            name: "seal-authorisation".to_owned(),
            data: json!({}),
        },
        parties: vec![],
        evidence: least(),
        callback: None,
    };
    refused(
        house.signing.create(TENANT, by_hand, None).await,
        "invalid-field",
    );
}

#[tokio::test]
async fn a_company_that_seals_only_when_authorised_seals_in_no_other_way() {
    let house = House::new().await;
    let strict = company(&house, Silent::AuthorisedOnly).await;
    let later = company(&house, Silent::Free).await;
    for (company, set) in [(strict, false), (later, true)] {
        if set {
            for _ in 0..2 {
                let set = house.signing.seal_authorised_only(TENANT, &company, "key");
                set.await.unwrap();
            }
        }
        let contract = note(&house, &company, 1).await;
        let free = order(&house.signing, &contract, "guarantor", None).await;
        refused(free, "authorisation-required");
        let id = standing(&house, &company, wanted()).await;
        under(&house, &contract, &id).await.unwrap();
    }
    audit(&house.store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_racing_seals_as_many_are_set_as_were_allowed() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let id = standing(&house, &company, wanted()).await;
    let mut contracts = Vec::new();
    for _ in 0..64 {
        contracts.push(note(&house, &company, 1).await);
    }
    // Half of them at another node.
    let nodes = [house.signing.clone(), house.node().await];
    let seals = contracts
        .iter()
        .zip(nodes.iter().cycle())
        .map(|(contract, node)| {
            let (node, contract, id) = (node.clone(), contract.clone(), id.clone());
            tokio::spawn(async move { order(&node, &contract, "guarantor", Some(&id)).await })
        });
    let outcomes = join_all(seals.collect::<Vec<_>>()).await;
    let mut numbers = BTreeSet::new();
    for (contract, outcome) in contracts.iter().zip(outcomes) {
        match outcome.unwrap() {
            Ok(_) => {
                let finished = house.node().await.finished(TENANT, contract).await.unwrap();
                let facts = &finished.manifests[0]["items"][0]["facts"];
                numbers.insert(facts["authorisation_use"].as_str().unwrap().to_owned());
            }
            // A node that is slower every time says that it was.
            Err(error) if error.code() == "contract-changed" => {}
            Err(error) => assert_eq!(error.code(), "authorisation-used-up"),
        }
    }
    let all: BTreeSet<_> = (1..=10).map(|number| number.to_string()).collect();
    assert_eq!(numbers, all);
    let view = house
        .node()
        .await
        .authorisation(TENANT, &company, &id)
        .await;
    assert_eq!(view.unwrap().used, 10);
    audit(&house.store).await.unwrap();
}

/// Races, each with another lead of one over the other.
const ROUNDS: usize = 32;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_seal_is_accepted_after_the_authorisation_was_revoked() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let (mut sealed, mut refusals) = (0, 0);
    for round in 0..ROUNDS {
        let new = NewSealAuthorisation {
            from: "2027-01-15".parse().unwrap(),
            until: "2028-01-15".parse().unwrap(),
            ..wanted()
        };
        let id = standing(&house, &company, new).await;
        let contract = note(&house, &company, 1).await;
        let late = note(&house, &company, 1).await;
        let events = async || house.store.events(TENANT, "authorisation", &id, 0).await;
        let (signing, of, asked) = (house.signing.clone(), contract.clone(), id.clone());
        let sealing = tokio::spawn(async move {
            lead(round % 8).await;
            order(&signing, &of, "guarantor", Some(&asked)).await
        });
        let (signing, of, revoked) = (house.signing.clone(), company.clone(), id.clone());
        let revoking = tokio::spawn(async move {
            lead(round / 8 * 4).await;
            let view = signing.revoke_authorisation(TENANT, &of, &revoked, "key");
            view.await.unwrap()
        });
        let view = revoking.await.unwrap();
        assert_eq!(view.state, "revoked");
        let acknowledged = events().await.unwrap().len();
        match sealing.await.unwrap() {
            Ok(_) => sealed += 1,
            Err(error) => {
                assert_eq!(error.code(), "authorisation-revoked");
                refusals += 1;
            }
        }
        refused(under(&house, &late, &id).await, "authorisation-revoked");
        let last = events().await.unwrap();
        assert_eq!(last.len(), acknowledged, "round {round}");
        assert_eq!(last.last().unwrap().kind, "revoked", "round {round}");
        // Revoked again, by another node, the first revocation stands.
        let node = house.node().await;
        let again = node.revoke_authorisation(TENANT, &company, &id, "other");
        assert_eq!(again.await.unwrap(), view);
    }
    assert_eq!(sealed + refusals, ROUNDS);
    audit(&house.store).await.unwrap();
}

/// Lets others go first, this many times.
async fn lead(turns: usize) {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn an_authorisation_is_its_tenants_and_its_companys() {
    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let other = self::company(&house, Silent::Free).await;
    let id = standing(&house, &company, wanted()).await;
    let signing = &house.signing;
    for (tenant, company) in [("u", &company), (TENANT, &other)] {
        refused(
            signing.authorisation(tenant, company, &id).await,
            "not-found",
        );
        let revoked = signing.revoke_authorisation(tenant, company, &id, "key");
        refused(revoked.await, "not-found");
    }
    let foreign = signing.authorise("u", &company, wanted(), None).await;
    refused(foreign, "not-found");
    refused(signing.authorisations("u", &company).await, "not-found");
    let set = signing.seal_authorised_only("u", &company, "key").await;
    refused(set, "not-found");
    assert_eq!(signing.authorisations(TENANT, &other).await.unwrap(), []);
    let contract = note(&house, &company, 1).await;
    under(&house, &contract, &id).await.unwrap();
}

#[tokio::test]
async fn only_who_represents_the_company_signs_for_it() {
    use SignatoryCapacity::{Agent, LegalRepresentative};

    let house = House::new().await;
    let company = company(&house, Silent::Free).await;
    let ask = async |capacity, name: &str, number: &str| {
        let signatory = Signatory {
            capacity,
            name: name.to_owned(),
            id_number: number.to_owned(),
            ..wanted().signatory
        };
        let new = NewSealAuthorisation {
            signatory,
            ..wanted()
        };
        house.signing.authorise(TENANT, &company, new, None).await
    };
    let unfit = "signatory-unfit";
    refused(ask(LegalRepresentative, AGENT, NUMBER).await, unfit);
    refused(ask(LegalRepresentative, NAME, AGENT_NUMBER).await, unfit);
    refused(ask(Agent, NAME, NUMBER).await, unfit);
    ask(LegalRepresentative, NAME, NUMBER).await.unwrap();

    refused(ask(Agent, AGENT, AGENT_NUMBER).await, unfit);
    let authorised = house.authorised_agent(&company, NAME, NUMBER).await;
    let drafted = ask(Agent, AGENT, AGENT_NUMBER).await.unwrap();
    refused(ask(LegalRepresentative, AGENT, AGENT_NUMBER).await, unfit);
    represent(&house, &drafted).await;
    // Between the person's signature and the seal the agent is one no more.
    let revoked = house.signing.revoke_agent(TENANT, &company, &authorised);
    revoked.await.unwrap();
    let id = &drafted.authorisation;
    refused(order(&house.signing, id, "company", None).await, unfit);
    refused(ask(Agent, AGENT, AGENT_NUMBER).await, unfit);
}

/// Whom a company has is known of an enterprise of the register alone.
#[tokio::test]
async fn nobody_signs_for_a_company_that_is_not_in_the_register() {
    let house = House::new().await;
    let new = NewCompany {
        name: "沪信融资担保有限公司".to_owned(),
        code: "91310000MA1K8QX37Y".to_owned(),
        picture: None,
        silent: Silent::Free,
    };
    let company = house.signing.register_company(TENANT, new).await.unwrap();
    let ask = || {
        let company = &company.company;
        house.signing.authorise(TENANT, company, wanted(), None)
    };
    refused(ask().await, "signatory-unfit");
    let representative = house.resident_of(NAME, NUMBER).await;
    house
        .enterprise_of(&representative, Some(&company.company))
        .await;
    let drafted = ask().await.unwrap();
    represent(&house, &drafted).await;
    // Another represents it before it seals; then the first one does again.
    let other = house.resident_of(AGENT, AGENT_NUMBER).await;
    for (person, fits) in [(&other, false), (&representative, true)] {
        let change = EnterpriseChange {
            representative: Some(person.clone()),
            ..EnterpriseChange::default()
        };
        let changed = house
            .signing
            .change_enterprise(TENANT, &company.company, change);
        changed.await.unwrap();
        let id = &drafted.authorisation;
        let sealed = order(&house.signing, id, "company", None).await;
        if fits {
            sealed.unwrap();
        } else {
            refused(sealed, "signatory-unfit");
        }
    }
}
