//! What simulators of outside services have in common: they are real servers that check
//! who asks ([`door`]), do what an idempotency key asks once ([`answers`]), and misbehave
//! when they are told to ([`faults`]).

mod answers;
mod door;
mod faults;
mod keys;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::{
    Json,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::house::now;

pub use answers::{Answers, Before};
pub use door::Door;
pub use faults::Faults;
pub use keys::{ClientKeys, put};

/// The client's name for its key.
pub const KEY_ID: &str = "inkseal";
/// Longest body of a request.
const BODY: usize = 8 * 1024 * 1024;

/// Where requests come in. `W` is what can be wrong with the answers.
pub struct Entry<W> {
    door: Mutex<Door>,
    /// Whether requests without a signature come in too.
    open: bool,
    faults: Mutex<Faults<W>>,
}

/// A request that came in.
pub struct Entered {
    /// Its body.
    pub body: Vec<u8>,
    /// Its idempotency key.
    pub key: Option<String>,
}

impl<W> Entry<W> {
    /// For signed requests alone.
    pub fn new(door: Door) -> Self {
        Self {
            door: Mutex::new(door),
            open: false,
            faults: Mutex::default(),
        }
    }

    /// For requests without a signature too; one that is there must be right.
    pub fn open(door: Door) -> Self {
        Self {
            open: true,
            ..Self::new(door)
        }
    }

    /// What goes wrong.
    pub fn faults(&self) -> MutexGuard<'_, Faults<W>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request in: counts it, misbehaves if told to, and checks who asks. The error
    /// is what is answered.
    pub async fn enter(&self, request: Request) -> Result<Entered, Response> {
        let fault = self.faults().next();
        fault.happen().await?;
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, BODY).await;
        let body = body.map_err(|_| refuse(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large"))?;
        if !self.open || parts.headers.contains_key("signature") {
            let mut door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
            let known = door.check(&parts, &body, now().div_euclid(1000));
            known.map_err(|code| refuse(StatusCode::UNAUTHORIZED, code))?;
        }
        let key = parts.headers.get("idempotency-key");
        Ok(Entered {
            body: body.to_vec(),
            key: key.and_then(|key| Some(key.to_str().ok()?.to_owned())),
        })
    }
}

/// A refusal with a code.
pub fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({ "code": code }))).into_response()
}
