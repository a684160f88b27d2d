//! `inkseal demo`: the sample contract from template to proof, through the HTTP API.
//!
//! Everything happens as a platform would do it: a real server on a loopback socket,
//! one-time links, pages that are fetched and looked at, handwriting, a one-time code
//! through the SMS simulator, two company seals. Then the result is verified from the
//! files alone.

mod result;
mod split;

use std::{
    fs,
    io::IsTerminal,
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use ink::{
    Handwriting,
    hand::{Medians, from_medians},
};
use serde_json::{Value, json};
use signing::event::Profile;

use super::{
    ProfileName,
    client::{Client, text},
    device::Device,
    serve::Open,
};
use crate::{config::Config, house::Reason, http::auth::make_api_key};
use split::Apart;

/// Signs the sample contract and verifies it.
#[derive(Args)]
pub struct Demo {
    /// Algorithms. 算法
    #[arg(long, value_enum, default_value = "gm")]
    profile: ProfileName,
    /// Run the trust service apart, reached over mutual TLS. 可信服务独立运行
    #[arg(long)]
    split: bool,
    /// Where the results go. 输出目录
    #[arg(long, default_value = "demo-out")]
    out: PathBuf,
}

/// A signer looks at every page for at least this long.
const LOOK: Duration = Duration::from_millis(600);
/// Stroke medians of the borrower's name; see `demo/NOTICE.md`.
const MEDIANS: &str = include_str!("../../demo/medians.json");

/// Prints steps as they happen.
struct Steps {
    began: Instant,
    color: bool,
}

impl Steps {
    fn done(&self, what: &str, detail: &str) {
        let time = self.began.elapsed().as_millis();
        let (green, gray, plain) = if self.color {
            ("\x1b[32m", "\x1b[90m", "\x1b[0m")
        } else {
            ("", "", "")
        };
        println!("{green}✓{plain} {what}  {gray}{detail}  {time} ms{plain}");
    }
}

impl Demo {
    /// Runs the demo.
    pub async fn run(self) -> Result<(), Reason> {
        let steps = Steps {
            began: Instant::now(),
            color: std::io::stdout().is_terminal(),
        };
        fs::create_dir_all(&self.out).map_err(|e| format!("{}: {e}", self.out.display()))?;
        let mut config = Config::load(None)?;
        config.data = self.out.join("data");
        config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
        config.public_url = String::new();
        config.sms_url = String::new();
        let apart = if self.split {
            Some(Apart::start(&mut config, &self.out).await?)
        } else {
            None
        };
        let open = Open::at(&config).await?;
        let house = open.house.clone();
        let url = open.url.clone();
        let simulator = house
            .simulators
            .sms
            .ok_or("the demo needs the SMS simulator")?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let server = tokio::spawn(open.serve(async move {
            let _ = stopped.await;
        }));
        let key = make_api_key(&house.store, "demo", "inkseal demo").await?;
        steps.done("services are up 服务已启动", &url);

        let platform = Client::new(&url, &key);
        let sample = fs::read_to_string(config.templates()?.join("loan-contract/sample.json"))?;
        let sample: Value = serde_json::from_str(&sample)?;
        let profile = Profile::from(self.profile);
        let contract = create(&platform, &sample, profile, &steps).await?;
        let id = text(&contract, "contract")?;

        let borrower = borrower_signs(&platform, &id, &steps);
        let lender = lender_signs(&platform, &id, &sample, simulator, &steps);
        tokio::try_join!(borrower, lender)?;
        for (role, title) in [("guarantor", "担保公司"), ("platform", "平台")] {
            let path = format!("/api/v1/contracts/{id}/seals");
            let receipt = platform.post(&path, &json!({ "role": role })).await?;
            let act = text(&receipt, "act")?;
            steps.done(
                &format!("{role} signed by seal {title}已盖章"),
                &format!("act {}", &act[..8]),
            );
        }
        let receipts = result::collect(
            &platform,
            &id,
            &self.out,
            &house.service.ledger_key().await?,
        )
        .await?;
        steps.done(
            "closed, and in the ledger 已闭合并存证",
            &format!("{receipts} receipts verified 条回执已核验"),
        );
        let _ = stop.send(());
        server.await??;
        if let Some(apart) = apart {
            apart.stop().await?;
        }
        result::show(&self.out, profile, &steps.began)
    }
}

async fn create(
    platform: &Client,
    sample: &Value,
    profile: Profile,
    steps: &Steps,
) -> Result<Value, Reason> {
    let mut parties = Vec::new();
    for (role, mode) in [("borrower", "pad"), ("lender", "sms")] {
        let person = &sample[role];
        parties.push(json!({
            "role": role, "mode": mode, "name": person["name"],
            "id_number": person["id_number"], "phone": person["phone"],
        }));
    }
    for role in ["guarantor", "platform"] {
        let company = json!({ "name": sample[role]["name"], "code": sample[role]["credit_code"] });
        let company = platform.post("/api/v1/companies", &company).await?;
        parties.push(json!({ "role": role, "mode": "seal", "company": company["company"] }));
    }
    steps.done(
        "two companies registered, seals drawn 企业已登记、印章已生成",
        "SM2 + P-256",
    );
    let draft = json!({
        "profile": profile.name(), "template": "loan-contract", "data": sample, "parties": parties,
    });
    let contract = platform.post("/api/v1/contracts", &draft).await?;
    let digest = text(&contract, "document")?;
    let detail = format!(
        "{} pages 页, {}…",
        contract["pages"],
        &digest[..digest.len().min(16)]
    );
    steps.done("contract filled and frozen 合同已生成并固化", &detail);
    Ok(contract)
}

/// A signer with an opened session.
struct Visit {
    signer: Client,
    session: Value,
}

/// Opens a party's one-time link and looks at every page.
async fn visit(platform: &Client, contract: &str, role: &str) -> Result<Visit, Reason> {
    let path = format!("/api/v1/contracts/{contract}/links");
    let link = text(
        &platform.post(&path, &json!({ "role": role })).await?,
        "url",
    )?;
    let (_, token) = link.split_once('#').ok_or("the link has no token")?;
    let opened = platform
        .post("/api/v1/sessions/open", &json!({ "link": token }))
        .await?;
    let signer = platform.as_bearer(&text(&opened, "secret")?);
    let session = opened["session"].clone();
    let pages = session["document"]["pages"].as_u64().unwrap_or_default();
    // The pages lie side by side: each is in view from its arrival until the last look.
    let mut shown = Vec::new();
    for page in 1..=pages {
        let digest = signer.page(page).await?;
        shown.push((page, digest, Instant::now()));
    }
    tokio::time::sleep(LOOK).await;
    let page = |(page, digest, since): &(u64, String, Instant)| {
        json!({ "page": page, "width": 1080, "digest": digest,
            "milliseconds": u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX) })
    };
    let reading = json!({ "pages": shown.iter().map(page).collect::<Vec<_>>() });
    signer.post("/api/v1/session/reading", &reading).await?;
    Ok(Visit { signer, session })
}

impl Visit {
    /// Agrees to one kind of evidence, in the words of its text.
    async fn agree(&self, of: &str) -> Result<(), Reason> {
        let texts = self.signer.get("/api/v1/session/consents").await?;
        let texts = texts["texts"].as_array().cloned().unwrap_or_default();
        let text = texts.iter().find(|text| text["of"] == of);
        let version = &text.ok_or("there is no such text")?["version"];
        let consent = json!({ "of": of, "version": version, "language": "zh" });
        self.signer
            .post("/api/v1/session/consents", &consent)
            .await?;
        Ok(())
    }

    async fn submit(&self, written: Option<&Handwriting>) -> Result<Value, Reason> {
        let device = Device::of(&self.session)?;
        let handwriting = written.map(|written| device.handwriting(written));
        let handwriting = handwriting.transpose()?;
        let package = json!({
            "contract": self.session["contract"], "document": self.session["document"]["digest"],
            "device": { "user_agent": concat!("inkseal-demo/", env!("CARGO_PKG_VERSION")) },
            "handwriting": handwriting,
        });
        let sealed = device.package(&package)?;
        self.signer
            .post_sealed("/api/v1/session/submission", sealed)
            .await
    }
}

async fn borrower_signs(platform: &Client, contract: &str, steps: &Steps) -> Result<(), Reason> {
    let visit = visit(platform, contract, "borrower").await?;
    steps.done("borrower opened the link and read 借款人已阅读全文", "PAD");
    let medians: Vec<Medians> = serde_json::from_str(MEDIANS)?;
    let seed = u64::from_be_bytes(crypto::random());
    let written = from_medians(&medians, seed)?;
    visit.agree("handwriting").await?;
    let receipt = visit.submit(Some(&written)).await?;
    let act = text(&receipt, "act")?;
    let detail = format!(
        "event certificate 事件证书 {}",
        text(&receipt, "certificate")?
    );
    steps.done(
        &format!(
            "borrower signed by hand 借款人已手写签名 (act {})",
            &act[..8]
        ),
        &detail,
    );
    Ok(())
}

async fn lender_signs(
    platform: &Client,
    contract: &str,
    sample: &Value,
    simulator: SocketAddr,
    steps: &Steps,
) -> Result<(), Reason> {
    let visit = visit(platform, contract, "lender").await?;
    steps.done("lender opened the link and read 出借人已阅读全文", "SMS");
    visit.signer.post("/api/v1/session/otp", &json!({})).await?;
    let phone = text(&sample["lender"], "phone")?;
    let outbox = Client::new(&format!("http://{simulator}"), "");
    let code = text(&outbox.get(&format!("/messages/{phone}")).await?, "code")?;
    steps.done(
        "one-time code delivered 短信验证码已送达",
        "SMS simulator 模拟网关",
    );
    visit
        .signer
        .post("/api/v1/session/otp/check", &json!({ "code": code }))
        .await?;
    let receipt = visit.submit(None).await?;
    let act = text(&receipt, "act")?;
    let detail = format!(
        "event certificate 事件证书 {}",
        text(&receipt, "certificate")?
    );
    steps.done(
        &format!(
            "lender signed by code 出借人已短信确认签署 (act {})",
            &act[..8]
        ),
        &detail,
    );
    Ok(())
}
