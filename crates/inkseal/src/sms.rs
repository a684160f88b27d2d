//! Short messages: the adapter to a gateway over HTTP, and its simulator.
//!
//! The simulator is a real server on a real socket that delivers to an outbox.
//! Its receipts name it, and so does the evidence of every code that it carried.

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use signing::ports::{PortError, SmsGateway, SmsReceipt};

use crate::outside::client;

/// How long a gateway may take.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
/// Messages that the simulator keeps for one number.
const OUTBOX: usize = 20;
/// Numbers for which the simulator keeps messages.
const NUMBERS: usize = 1000;

/// A gateway that takes `POST {url}/messages` with number and text as JSON.
pub struct HttpGateway {
    client: reqwest::Client,
    url: String,
}

#[derive(Serialize, Deserialize)]
struct Message {
    to: String,
    text: String,
}

#[derive(Serialize, Deserialize)]
struct Accepted {
    id: String,
    gateway: String,
}

impl HttpGateway {
    /// A gateway at this URL.
    pub fn new(url: &str) -> Self {
        Self {
            client: client(url),
            url: url.trim_end_matches('/').to_owned(),
        }
    }
}

#[async_trait]
impl SmsGateway for HttpGateway {
    async fn send(&self, to: &str, text: &str) -> Result<SmsReceipt, PortError> {
        // The reason never carries number or text: errors are logged.
        let failed = |error: reqwest::Error| PortError {
            port: "sms-gateway",
            code: "sms-not-sent".into(),
            reason: error.without_url().to_string(),
        };
        let message = Message {
            to: to.to_owned(),
            text: text.to_owned(),
        };
        let request = self
            .client
            .post(format!("{}/messages", self.url))
            .timeout(PATIENCE);
        let answer = request.json(&message).send().await.map_err(failed)?;
        let answer = answer.error_for_status().map_err(failed)?;
        let Accepted { id, gateway } = answer.json().await.map_err(failed)?;
        Ok(SmsReceipt {
            id,
            source: gateway,
        })
    }
}

type Outbox = Arc<Mutex<BTreeMap<String, VecDeque<String>>>>;

/// Starts the simulator on a free port of this machine and returns its address.
pub async fn simulate(listen: SocketAddr) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/messages", post(accept))
        .route("/messages/{number}", get(last))
        .with_state(Outbox::default());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn accept(State(outbox): State<Outbox>, Json(message): Json<Message>) -> Json<Accepted> {
    let mut outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
    if outbox.len() < NUMBERS || outbox.contains_key(&message.to) {
        let messages = outbox.entry(message.to).or_default();
        messages.push_front(message.text);
        messages.truncate(OUTBOX);
    }
    Json(Accepted {
        id: crypto::random_id(),
        gateway: "sms-simulator".to_owned(),
    })
}

/// The last message to a number, with the code that it carries.
#[derive(Serialize, Deserialize)]
pub struct Delivered {
    /// The text.
    pub text: String,
    /// Six digits of the text.
    pub code: Option<String>,
}

async fn last(
    State(outbox): State<Outbox>,
    Path(number): Path<String>,
) -> Result<Json<Delivered>, StatusCode> {
    let outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
    let text = outbox
        .get(&number)
        .and_then(VecDeque::front)
        .ok_or(StatusCode::NOT_FOUND)?;
    let digits = |part: &&str| part.len() == 6 && part.bytes().all(|b| b.is_ascii_digit());
    let after = text.split("验证码").nth(1).unwrap_or_default();
    let code = after.split(|c: char| !c.is_ascii_digit()).find(digits);
    Ok(Json(Delivered {
        text: text.clone(),
        code: code.map(str::to_owned),
    }))
}
