//! What a test or a tester tells the simulator and sees of it. Nobody has to sign here.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Shared,
    judging::mark,
    world::{Company, Payment, Person},
    wrong::Wrong,
};
use crate::simulator::Faults;

/// Most that are listed at once.
const PAGE: usize = 1000;

/// One or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn all(self) -> Vec<T> {
        match self {
            Self::One(one) => vec![one],
            Self::Many(many) => many,
        }
    }
}

/// Which part of a list.
#[derive(Deserialize)]
pub struct From {
    #[serde(default)]
    from: usize,
}

/// A person, with the marker of a portrait that shows them.
#[derive(Serialize)]
pub struct Known {
    #[serde(flatten)]
    person: Person,
    marker: String,
}

/// `PUT /people`
pub async fn people(
    State(simulator): State<Shared>,
    Json(people): Json<OneOrMany<Person>>,
) -> StatusCode {
    let mut records = simulator.records();
    let put = |person| records.world.put_person(person);
    stored(people.all().into_iter().all(put))
}

/// `GET /people?from=0`
pub async fn all_people(
    State(simulator): State<Shared>,
    Query(From { from }): Query<From>,
) -> Json<Vec<Known>> {
    let records = simulator.records();
    let people = records.world.people.values().skip(from).take(PAGE);
    let known = people.map(|person| Known {
        marker: format!("inkseal-face:{}", mark(person.document.expose())),
        person: person.clone(),
    });
    Json(known.collect())
}

/// `PUT /companies`
pub async fn companies(
    State(simulator): State<Shared>,
    Json(companies): Json<OneOrMany<Company>>,
) -> StatusCode {
    let mut records = simulator.records();
    let put = |company| records.world.put_company(company);
    stored(companies.all().into_iter().all(put))
}

/// `GET /companies?from=0`
pub async fn all_companies(
    State(simulator): State<Shared>,
    Query(From { from }): Query<From>,
) -> Json<Vec<Company>> {
    let records = simulator.records();
    let companies = records.world.companies.values().skip(from).take(PAGE);
    Json(companies.cloned().collect())
}

fn stored(all: bool) -> StatusCode {
    if all {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::INSUFFICIENT_STORAGE
    }
}

/// `GET /accounts/{number}`: what was paid into an account, the newest first.
pub async fn account(
    State(simulator): State<Shared>,
    Path(number): Path<String>,
) -> Json<Vec<Payment>> {
    let records = simulator.records();
    let payments = records.world.payments.iter().rev();
    let into = payments.filter(|payment| payment.account == number);
    Json(into.take(PAGE).cloned().collect())
}

/// Whether somebody is alive.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Liveness {
    alive: bool,
}

/// `POST /liveness`: what a device would do with somebody's face.
pub async fn liveness(State(simulator): State<Shared>, Json(told): Json<Liveness>) -> Json<Value> {
    let token = simulator.records().world.put_liveness(told.alive);
    Json(json!({ "token": token }))
}

/// `GET /simulator`
pub async fn counted(State(simulator): State<Shared>) -> Json<Value> {
    let requests = simulator.entry.faults().requests;
    let records = simulator.records();
    Json(json!({
        "requests": requests,
        "people": records.world.people.len(),
        "companies": records.world.companies.len(),
        "payments": records.world.payments.len(),
    }))
}

/// `POST /simulator`: how to behave from now on.
pub async fn tell(State(simulator): State<Shared>, Json(told): Json<Faults<Wrong>>) -> StatusCode {
    simulator.entry.faults().told(told);
    StatusCode::NO_CONTENT
}
