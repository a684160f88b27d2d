//! A signer's visit, without a browser.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::envelope::{Binding, Recipient, seal};
use serde_json::{Value, json};

use super::{Answer, Client};

/// An opened session.
#[derive(Clone)]
pub struct Visit {
    /// The link's token.
    pub token: String,
    /// With the session's secret.
    pub client: Client,
    pub contract: String,
    pub document: String,
    pub pages: u64,
    /// What the session told the device of sealing.
    pub sealing: Value,
}

/// A wave in two strokes, as a pen gives it.
pub fn handwriting() -> Value {
    let stroke = |from: u32| {
        let sample = |n: u32| {
            let (x, t) = (10 + 2 * n, f64::from(8 * n));
            let y = 75.0 + 40.0 * (f64::from(n) / 6.0).sin();
            json!([x, y, t, 0.5, 0, 0])
        };
        (from..from + 40).map(sample).collect::<Vec<_>>()
    };
    let strokes = [stroke(0), stroke(60)];
    json!({ "pointer": "pen", "width": 300, "height": 150, "strokes": strokes })
}

impl Visit {
    pub fn new(anybody: &Client, token: String, opened: &Value) -> Self {
        let session = &opened["session"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            token,
            client: anybody.bearer(&text(&opened["secret"])),
            contract: text(&session["contract"]),
            document: text(&session["document"]["digest"]),
            pages: session["document"]["pages"].as_u64().unwrap(),
            sealing: session["sealing"].clone(),
        }
    }

    /// Looks at every page; gives what is to be said of it.
    pub async fn look(&self) -> Vec<Value> {
        let mut pages = Vec::new();
        for page in 1..=self.pages {
            let path = format!("/api/v1/session/pages/{page}.png?width=750");
            let digest = self.client.get(&path).await.page_digest.unwrap();
            pages
                .push(json!({ "page": page, "width": 750, "digest": digest, "milliseconds": 800 }));
        }
        pages
    }

    /// Says what was read.
    pub async fn say_read(&self, pages: &[Value]) -> Answer {
        let reading = json!({ "pages": pages });
        self.client.post("/api/v1/session/reading", &reading).await
    }

    /// Looks at every page and says so.
    pub async fn read(&self) {
        self.say_read(&self.look().await).await.ok();
    }

    /// Asks for a one-time code.
    pub async fn ask_code(&self) -> Answer {
        self.client.post("/api/v1/session/otp", &json!({})).await
    }

    /// Tries a one-time code.
    pub async fn try_code(&self, code: &str) -> Answer {
        let typed = json!({ "code": code });
        self.client.post("/api/v1/session/otp/check", &typed).await
    }

    /// What a signer submits who does not write.
    pub fn package(&self) -> Value {
        let device = json!({ "user_agent": "tests" });
        json!({ "contract": self.contract, "document": self.document, "device": device })
    }

    /// What a signer submits who writes.
    pub fn by_hand(&self) -> Value {
        let mut package = self.package();
        package["handwriting"] = self.written(&handwriting());
        package
    }

    /// A handwriting as the device brings it: its looks, and sealed samples.
    pub fn written(&self, samples: &Value) -> Value {
        let text = samples.to_string();
        let drawing = ink::Handwriting::parse(text.as_bytes()).unwrap().drawing();
        let sealed = self.seal("forensic", "handwriting", text.as_bytes());
        json!({ "drawing": drawing, "samples": STANDARD.encode(sealed) })
    }

    /// Seals to the `forensic` or the `transport` key, for one item of this session.
    pub fn seal(&self, to: &str, item: &str, content: &[u8]) -> Vec<u8> {
        let key = STANDARD.decode(self.sealing[to].as_str().unwrap()).unwrap();
        let recipient = Recipient::from_spki(&key).unwrap();
        let binding = self.sealing["binding"].clone();
        let binding = Binding {
            item: item.to_owned(),
            ..serde_json::from_value(binding).unwrap()
        };
        seal(&recipient, &binding, content).unwrap().into_bytes()
    }

    pub async fn submit(&self, package: &Value) -> Answer {
        self.client.post(SUBMISSION, package).await
    }

    pub async fn submit_once(&self, key: &str, package: &Value) -> Answer {
        self.client.post_once(SUBMISSION, key, package).await
    }
}

const SUBMISSION: &str = "/api/v1/session/submission";
