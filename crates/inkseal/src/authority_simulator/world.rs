//! Who and what there is: people, companies, accounts, payments.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use signing::identity::{CreditCode, DocumentKind, IdDocument, Phone};

use crate::house::Reason;

/// The contract whose parties are known from the start.
const SAMPLE: &str = include_str!("../../../../templates/loan-contract/sample.json");
/// Most people, companies, payments, and tokens each.
const MOST: usize = 100_000;
/// The first number of those that are for people of our own making.
const OWN_PHONE: u64 = 19_900_000_000;
/// The first number of cards of our own making.
const OWN_CARD: u64 = 6_222_990_000_000_000;

/// A person.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Document.
    pub document: IdDocument,
    /// Their mobile numbers.
    #[serde(default)]
    pub phones: Vec<Phone>,
    /// Their bank cards.
    #[serde(default)]
    pub cards: Vec<Card>,
    /// SHA-256 of their portrait, hexadecimal. Without it a portrait shows whom its marker
    /// names, and the person themself when it has none.
    #[serde(default)]
    pub portrait: Option<String>,
}

/// A bank card.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Number.
    pub number: String,
    /// The telephone that the bank knows.
    pub phone: Phone,
}

/// A company.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Company {
    /// Registered name.
    pub name: String,
    /// Its code.
    pub code: CreditCode,
    /// Name of the legal representative.
    pub representative: String,
    /// Their document.
    #[serde(default)]
    pub document: Option<IdDocument>,
    /// Its bank accounts.
    #[serde(default)]
    pub accounts: Vec<Account>,
}

/// A bank account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The bank.
    pub bank: String,
    /// Number.
    pub number: String,
}

/// A small sum that was paid into a company's account.
#[derive(Clone, Serialize)]
pub struct Payment {
    /// Names it.
    pub reference: String,
    /// The account.
    #[serde(skip)]
    pub account: String,
    /// The sum.
    pub fen: u32,
    /// When, unix milliseconds.
    pub at: i64,
    /// Wrong guesses.
    #[serde(skip)]
    pub wrong: u8,
}

/// All of it.
#[derive(Default)]
pub struct World {
    /// By kind and number of the document.
    pub people: BTreeMap<(DocumentKind, String), Person>,
    /// By code.
    pub companies: BTreeMap<String, Company>,
    /// The newest last.
    pub payments: VecDeque<Payment>,
    /// Tokens of liveness checks that were not used yet, and whether somebody was alive.
    pub liveness: BTreeMap<String, bool>,
}

impl World {
    /// The parties of the sample contract, and so many people of our own making.
    pub fn of_samples(people: u32) -> Result<Self, Reason> {
        let mut world = Self::default();
        let sample: Value = serde_json::from_str(SAMPLE)?;
        let parties = sample.as_object().into_iter().flatten();
        for (index, (_, party)) in (0..).zip(parties) {
            if party["id_number"].is_string() {
                world.put_person(person_of(party)?);
            } else if party["credit_code"].is_string() {
                let company = company_of(party, index)?;
                if let Some(document) = company.document.clone() {
                    world.put_person(Person {
                        name: company.representative.clone(),
                        document,
                        phones: Vec::new(),
                        cards: Vec::new(),
                        portrait: None,
                    });
                }
                world.put_company(company);
            }
        }
        for number in 0..people {
            world.put_person(made(number)?);
        }
        Ok(world)
    }

    /// Adds a person, or changes one. Whether there was room.
    pub fn put_person(&mut self, person: Person) -> bool {
        let document = &person.document;
        let key = (document.kind(), document.expose().to_owned());
        let room = self.people.len() < MOST || self.people.contains_key(&key);
        if room {
            self.people.insert(key, person);
        }
        room
    }

    /// Adds a company, or changes one. Whether there was room.
    pub fn put_company(&mut self, company: Company) -> bool {
        let key = company.code.as_str().to_owned();
        let room = self.companies.len() < MOST || self.companies.contains_key(&key);
        if room {
            self.companies.insert(key, company);
        }
        room
    }

    /// A token of a liveness check.
    pub fn put_liveness(&mut self, alive: bool) -> String {
        let token = crypto::random_id();
        if self.liveness.len() >= MOST {
            self.liveness.pop_first();
        }
        self.liveness.insert(token.clone(), alive);
        token
    }

    /// Pays a random sum below one yuan into an account.
    pub fn pay(&mut self, account: &str, at: i64) -> String {
        let reference = crypto::random_id();
        let [random] = crypto::random::<1>();
        if self.payments.len() >= MOST {
            self.payments.pop_front();
        }
        self.payments.push_back(Payment {
            reference: reference.clone(),
            account: account.to_owned(),
            fen: 1 + u32::from(random) % 99,
            at,
            wrong: 0,
        });
        reference
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn person_of(party: &Value) -> Result<Person, Reason> {
    let phone: Phone = text(&party["phone"]).parse()?;
    let card = Card {
        number: text(&party["account"]["number"]),
        phone: phone.clone(),
    };
    Ok(Person {
        name: text(&party["name"]),
        document: IdDocument::parse(DocumentKind::ResidentId, &text(&party["id_number"]))?,
        phones: vec![phone],
        cards: vec![card],
        portrait: None,
    })
}

fn company_of(party: &Value, index: u32) -> Result<Company, Reason> {
    let representative = resident_number(900_000 + index);
    let document = IdDocument::parse(DocumentKind::ResidentId, &representative)?;
    Ok(Company {
        name: text(&party["name"]),
        code: text(&party["credit_code"]).parse()?,
        representative: text(&party["representative"]),
        document: Some(document),
        accounts: vec![Account {
            bank: "示例银行".to_owned(),
            number: format!("{}", 1_001_000_000_000_000 + u64::from(index)),
        }],
    })
}

/// The person of our own making with this number: always the same.
pub fn made(number: u32) -> Result<Person, Reason> {
    const FAMILY: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄"];
    const GIVEN: [&str; 9] = [
        "安", "晓明", "建国", "丽华", "思源", "文静", "子涵", "志强", "秀英",
    ];
    let pick = |names: &[&'static str], at: u32| {
        let at = at as usize % names.len();
        names.get(at).copied().unwrap_or_default()
    };
    let name = pick(&FAMILY, number).to_owned() + pick(&GIVEN, number / 8);
    let phone: Phone = (OWN_PHONE + u64::from(number)).to_string().parse()?;
    let card = Card {
        number: (OWN_CARD + u64::from(number)).to_string(),
        phone: phone.clone(),
    };
    Ok(Person {
        name,
        document: IdDocument::parse(DocumentKind::ResidentId, &resident_number(number))?,
        phones: vec![phone],
        cards: vec![card],
        portrait: None,
    })
}

/// A resident identity number with a right check character (GB 11643-1999), of a county
/// that does not exist; another one for each number below 12 million.
fn resident_number(number: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (order, rest) = (number % 1000, number / 1000);
    let (day, rest) = (rest % 28, rest / 28);
    let (month, year) = (rest % 12, rest / 12);
    let digits = format!(
        "119900{:04}{:02}{:02}{order:03}",
        1960 + year % 40,
        1 + month,
        1 + day
    );
    let weighted = digits.bytes().zip(WEIGHTS);
    let sum: u32 = weighted
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = "10X98765432".chars().nth((sum % 11) as usize);
    digits + &check.map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parties_of_the_sample_are_known() {
        let world = World::of_samples(0).unwrap();
        let lender = (DocumentKind::ResidentId, "110108198506143024".to_owned());
        let lender = &world.people[&lender];
        assert_eq!(lender.name, "周慧敏");
        assert_eq!(lender.phones[0].expose(), "13900001234");
        assert_eq!(lender.cards[0].number, "6222021001008620475");
        let guarantor = &world.companies["91310000MA1K8QX37Y"];
        assert_eq!(guarantor.representative, "顾明哲");
        assert_eq!((world.people.len(), world.companies.len()), (4, 2));
    }

    /// Each has a right check character, or it would not be read; the same each time, and
    /// nobody twice.
    #[test]
    fn people_of_our_own_making_are_valid_and_different() {
        let world = World::of_samples(5000).unwrap();
        assert_eq!(world.people.len(), 5004);
        for number in [0, 1, 999, 1000, 27_999, 28_000, 336_000, 11_999_999] {
            let (one, again) = (made(number).unwrap(), made(number).unwrap());
            assert!(one.document == again.document);
        }
    }
}
