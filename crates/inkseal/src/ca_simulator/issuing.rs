//! Issues, revokes, and says how a certificate stands.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Signer, SoftwareKey, Suite};
use pki::{CertificationRequest, Profile};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Shared, Simulator,
    hierarchy::{End, Hierarchy, validity},
    pem,
    wrong::Wrong,
};
use crate::{
    external_ca::protocol::{Ask, Issued, Kind, Revocation, Revoke, RevokedAll, Status},
    house::now,
    simulator::{Answers, Before, Entered, refuse},
};

/// What was done.
#[derive(Default)]
pub struct Records {
    /// By serial number, with the revocation.
    pub issued: BTreeMap<String, Option<Revocation>>,
    answers: Answers,
}

/// `POST /v1/certificates`.
pub async fn issue(State(simulator): State<Shared>, request: Request) -> Response {
    once(&simulator, request, |records, ask: Ask| {
        let chain = certificate(&simulator, &ask, records)?;
        Ok(Issued { chain })
    })
    .await
}

/// `POST /v1/revocations`.
pub async fn revoke(State(simulator): State<Shared>, request: Request) -> Response {
    once(&simulator, request, |records, order: Revoke| {
        let known = |serial| records.issued.contains_key(serial);
        if !order.serials.iter().all(known) {
            return Err("certificate-unknown");
        }
        let fresh = Revocation {
            at: now(),
            reason: order.reason,
        };
        let all = order.serials.into_iter();
        let revoked = all.map(|serial| {
            let entry = records.issued.entry(serial).or_default();
            *entry.get_or_insert(fresh)
        });
        let revoked = revoked.collect();
        Ok(RevokedAll { revoked })
    })
    .await
}

/// `GET /v1/certificates/{serial}`.
pub async fn status(
    State(simulator): State<Shared>,
    Path(serial): Path<String>,
    request: Request,
) -> Response {
    if let Err(refusal) = simulator.entry.enter(request).await {
        return refusal;
    }
    let wrong = simulator.entry.faults().wrong;
    let all_are = (wrong == Some(Wrong::Revoked)).then(|| Revocation {
        at: now(),
        reason: 1,
    });
    match simulator.records().issued.get(&serial).copied() {
        Some(revoked) => {
            let revoked = revoked.or(all_are);
            Json(Status { serial, revoked }).into_response()
        }
        None => refuse(StatusCode::NOT_FOUND, "certificate-unknown"),
    }
}

/// Does what an idempotency key asks once, and repeats the answer after that.
async fn once<A: DeserializeOwned, B: Serialize>(
    simulator: &Simulator,
    request: Request,
    work: impl FnOnce(&mut Records, A) -> Result<B, &'static str>,
) -> Response {
    let Entered { body, key } = match simulator.entry.enter(request).await {
        Ok(entered) => entered,
        Err(refusal) => return refusal,
    };
    let Some(key) = key else {
        return refuse(StatusCode::BAD_REQUEST, "idempotency-key-missing");
    };
    let mut records = simulator.records();
    let answer = match records.answers.before(&key, &body) {
        Before::Same(answer) => answer,
        Before::Other => return refuse(StatusCode::CONFLICT, "idempotency-key-reused"),
        Before::Fresh => {
            let Ok(read) = serde_json::from_slice(&body) else {
                return refuse(StatusCode::BAD_REQUEST, "request-malformed");
            };
            let done = match work(&mut records, read) {
                Ok(done) => done,
                Err(code) => return refuse(StatusCode::UNPROCESSABLE_ENTITY, code),
            };
            let answer = serde_json::to_value(done).unwrap_or(Value::Null);
            records.answers.keep(key, &body, answer.clone());
            answer
        }
    };
    drop(records);
    if simulator.entry.faults().loses() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "simulated");
    }
    Json(answer).into_response()
}

fn certificate(
    simulator: &Simulator,
    ask: &Ask,
    records: &mut Records,
) -> Result<String, &'static str> {
    let der = STANDARD.decode(&ask.request);
    let der = der.map_err(|_| "request-malformed")?;
    let request = CertificationRequest::from_der(&der).map_err(|error| error.code())?;
    let hierarchy = simulator.hierarchy(&ask.suite).ok_or("suite-unknown")?;
    if Suite::of_spki(request.spki()) != Some(hierarchy.suite) {
        return Err("suite-wrong");
    }
    let profile = match (ask.kind, request.event_binding()) {
        (Kind::Event, Some(binding)) => Profile::Event(binding.clone()),
        (Kind::Enterprise | Kind::Check, None) => Profile::Enterprise,
        _ => return Err("binding-wrong"),
    };
    let wrong = simulator.entry.faults().wrong;
    let (chain, serial) = make(simulator, hierarchy, &request, profile, ask.seconds, wrong)
        .map_err(|error| error.code())?;
    records.issued.insert(serial, None);
    Ok(chain)
}

/// Issues, with one thing wrong where it is told so. Gives the chain and the serial
/// number.
fn make(
    simulator: &Simulator,
    hierarchy: &Hierarchy,
    request: &CertificationRequest,
    mut profile: Profile,
    seconds: i64,
    wrong: Option<Wrong>,
) -> Result<(String, String), pki::PkiError> {
    let now = now().div_euclid(1000);
    let mut subject = request.subject()?;
    let (mut spki, mut serial) = (
        request.spki().to_vec(),
        pki::serial_number(crypto::random()),
    );
    let mut validity = validity(now, seconds);
    let (other, made);
    let mut by = hierarchy;
    match wrong {
        Some(Wrong::Key) => spki = SoftwareKey::generate(hierarchy.suite)?.spki().to_vec(),
        Some(Wrong::Subject) => subject.common_name.push('二'),
        Some(Wrong::Binding) => {
            if let Profile::Event(binding) = &mut profile {
                binding.act = crypto::random_id();
            }
        }
        Some(Wrong::Chain) => {
            made = Hierarchy::make(hierarchy.suite, now)?;
            by = &made;
        }
        Some(Wrong::Suite) => {
            other = simulator.hierarchies.iter();
            by = { other }
                .find(|one| one.suite != hierarchy.suite)
                .unwrap_or(by);
        }
        Some(Wrong::Expired) => validity = (now - 120, now - 60),
        Some(Wrong::Serial) => serial = [0x41; 16],
        Some(Wrong::Authority) => profile = Profile::Issuing,
        Some(Wrong::Empty) => return Ok((String::new(), hex::encode(serial))),
        Some(Wrong::Revoked) | None => {}
    }
    let leaf = by.issue(&End {
        subject: &subject,
        spki: &spki,
        profile: &profile,
        serial,
        validity,
    })?;
    Ok((pem(&[&leaf, &by.issuing, &by.root]), leaf.serial_hex()))
}
