//! A signer who brings all that the default of a mode asks for, over HTTP, sealed as a
//! device seals it.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{Answer, House, visit::Visit};

const ENVELOPE: &str = "application/vnd.inkseal.envelope";

/// A small picture.
pub fn picture() -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 80, 64);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[127; 80 * 64]).unwrap();
    writer.finish().unwrap();
    png
}

impl Visit {
    /// The session as it stands.
    pub async fn session(&self) -> Value {
        self.client.get("/api/v1/session").await.ok()
    }

    /// Posts what is sealed to the transport key.
    pub async fn post_sealed(&self, path: &str, item: &str, content: &[u8]) -> Answer {
        let sealed = self.seal("transport", item, content);
        let path = format!("/api/v1/session/{path}");
        self.client.post_as(&path, ENVELOPE, sealed).await
    }

    /// Agrees to every text that there is.
    pub async fn agree(&self) {
        let texts = self.client.get("/api/v1/session/consents").await.ok();
        for text in texts["texts"].as_array().unwrap() {
            let consent = json!({ "of": text["of"], "version": text["version"], "language": "zh" });
            let path = "/api/v1/session/consents";
            self.client.post(path, &consent).await.ok();
        }
    }

    /// Brings one kind of evidence, as its form wants it.
    pub async fn bring(&self, house: &House, kind: &str, sentence: &str) -> Answer {
        let path = format!("evidence/{kind}");
        match kind {
            "reading" => {
                let pages = self.look().await;
                self.say_read(&pages).await
            }
            "identity" => {
                let asked = json!({ "question": "phone" }).to_string();
                self.post_sealed("identity", "identity", asked.as_bytes())
                    .await
            }
            "face" => {
                let portrait = STANDARD.encode(picture());
                let asked = json!({ "question": "face", "portrait": portrait }).to_string();
                self.post_sealed("identity", "identity", asked.as_bytes())
                    .await
            }
            "code" => {
                self.ask_code().await.ok();
                let code = house.code(super::contract::PHONE).await;
                self.try_code(&code).await
            }
            "signing-photo" | "video" | "voice" => {
                let sealed = self.seal("forensic", kind, b"a recording");
                let path = format!("/api/v1/session/{path}");
                self.client.post_as(&path, ENVELOPE, sealed).await
            }
            "location" => {
                let place = br#"{"latitude":31.2304,"longitude":121.4737,"accuracy":12}"#;
                self.post_sealed(&path, kind, place).await
            }
            "transcription" => self.post_sealed(&path, kind, sentence.as_bytes()).await,
            _ => self.post_sealed(&path, kind, &picture()).await,
        }
    }

    /// Brings everything that is asked for, but one kind; of alternatives the first.
    pub async fn bring_all_but(&self, house: &House, left_out: &str) {
        self.agree().await;
        let session = self.session().await;
        // Who is known by the face is known by the name, too.
        let out = |kind: &&str| *kind == left_out || (left_out == "identity" && *kind == "face");
        for requirement in session["required"].as_array().unwrap() {
            let kinds: Vec<_> = requirement.as_str().unwrap().split('|').collect();
            let kind = kinds[0];
            let comes_by_itself = matches!(kind, "device" | "handwriting" | "attendant");
            if kinds.iter().any(out) || comes_by_itself {
                continue;
            }
            let answer = self.bring(house, kind, "").await;
            assert!((200..300).contains(&answer.status), "{kind}: {answer}");
        }
    }

    /// Submits, sealed to the service.
    pub async fn submit_sealed(&self, package: &Value) -> Answer {
        self.post_sealed("submission", "package", package.to_string().as_bytes())
            .await
    }
}
