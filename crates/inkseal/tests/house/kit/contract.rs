//! Contracts, with no more in them than a test is about.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Answer, Client, paper, visit::Visit};

/// The number of every person.
pub const PHONE: &str = "13800005678";

/// A contract to be.
pub struct Draft {
    body: Value,
}

/// A contract over a small uploaded document, with no party yet.
pub fn contract() -> Draft {
    let document = STANDARD.encode(paper::plain());
    // The least that an act may ask for; tests/house/modes has what it asks for by default.
    let least = |intent: &str| {
        json!({ "required": ["reading", "device", intent], "optional": [],
            "consent": [], "sealed": false })
    };
    let evidence = json!({ "pad": least("handwriting"), "sms": least("code") });
    let body = json!({ "title": "借款合同", "document": document, "parties": [],
        "evidence": evidence });
    Draft { body }
}

impl Draft {
    /// Another field of the request.
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.body[field] = value.into();
        self
    }

    /// Another document.
    pub fn document(self, file: &[u8]) -> Self {
        self.with("document", STANDARD.encode(file))
    }

    /// A person who signs on the second page.
    pub fn person(self, role: &str, mode: &str) -> Self {
        let left = 72 + 120 * self.parties();
        let place = json!({ "page": 2, "rect": [left, 600, left + 110, 650] });
        self.party(json!({
            "role": role, "mode": mode, "name": "陈思远",
            "id_number": "11010519491231002X", "phone": PHONE, "places": [place],
        }))
    }

    /// Any party.
    pub fn party(mut self, party: Value) -> Self {
        self.body["parties"].as_array_mut().unwrap().push(party);
        self
    }

    fn parties(&self) -> usize {
        self.body["parties"].as_array().unwrap().len()
    }

    /// Asks for it.
    pub async fn ask(&self, integrator: &Client) -> Answer {
        integrator.post("/api/v1/contracts", &self.body).await
    }

    /// Makes it.
    pub async fn make(&self, integrator: &Client) -> Contract {
        let view = self.ask(integrator).await.ok();
        let integrator = integrator.clone();
        let id = view["contract"].as_str().unwrap().to_owned();
        Contract { integrator, id }
    }
}

/// A contract that was made.
pub struct Contract {
    pub integrator: Client,
    pub id: String,
}

impl Contract {
    /// The same contract, asked for by somebody else.
    pub fn seen_by(&self, integrator: &Client) -> Self {
        let (integrator, id) = (integrator.clone(), self.id.clone());
        Self { integrator, id }
    }

    /// Gets a part; the empty part is the contract itself.
    pub async fn get(&self, part: &str) -> Answer {
        self.integrator.get(&self.path(part)).await
    }

    /// Posts to a part.
    pub async fn post(&self, part: &str, body: &Value) -> Answer {
        self.integrator.post(&self.path(part), body).await
    }

    pub fn path(&self, part: &str) -> String {
        format!("/api/v1/contracts/{}{part}", self.id)
    }

    pub async fn state(&self) -> String {
        let view = self.get("").await.ok();
        view["state"].as_str().unwrap().to_owned()
    }

    /// The acts of the parties, where they have signed, by role.
    pub async fn act(&self, role: &str) -> Option<String> {
        let view = self.get("").await.ok();
        let parties = view["parties"].as_array().unwrap().clone();
        let party = parties.into_iter().find(|party| party["role"] == role);
        Some(party?["act"].as_str()?.to_owned())
    }

    /// The URL of a new one-time link.
    pub async fn link(&self, role: &str) -> String {
        let link = self.post("/links", &json!({ "role": role })).await.ok();
        link["url"].as_str().unwrap().to_owned()
    }

    /// Opens a new link for a party.
    pub async fn visit(&self, role: &str) -> Visit {
        let link = self.link(role).await;
        let token = link.split_once('#').unwrap().1.to_owned();
        let opened = json!({ "link": token });
        let opened = self.integrator.post("/api/v1/sessions/open", &opened).await;
        Visit::new(&self.integrator, token, &opened.ok())
    }

    /// A visit that has read everything.
    pub async fn reader(&self, role: &str) -> Visit {
        let visit = self.visit(role).await;
        visit.read().await;
        visit
    }

    /// Signs for a person by hand, from link to receipt.
    pub async fn sign_by_hand(&self, role: &str) -> Value {
        let visit = self.reader(role).await;
        visit.submit(&visit.by_hand()).await.ok()
    }
}
