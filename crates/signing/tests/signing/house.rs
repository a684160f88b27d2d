//! A signing service in a folder of its own, and contracts in it.

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use bytes::Bytes;
use crypto::{
    KeyStore,
    envelope::{Binding, OpeningKey, Recipient, Scheme, seal},
};
use document::{Fonts, Template};
use ink::{
    Handwriting,
    hand::{Medians, from_medians},
};
use serde_json::json;
use signing::{
    Signing, SigningError,
    act::Authorities,
    event::{Millis, Order, Place, Profile},
    limits::Rules,
    policy::{Mode, PolicyChange},
    ports::IdentityAuthority,
    service::{
        ContractView, ForensicKeys, NewContract, NewParty, PageShown, Parts, Receipt, SessionView,
        Source, Submission, Written,
    },
};
use store::Store;
use tempfile::TempDir;

use crate::{
    authorities::{Authority, Outbox},
    register::Register,
};

pub const TENANT: &str = "t";
pub const HOUR: Millis = 3_600_000;
/// When every house begins.
const BEGIN: Millis = 1_800_000_000_000;

pub struct House {
    pub folder: TempDir,
    pub store: Store,
    pub signing: Signing,
    pub authority: Arc<Authority>,
    pub outbox: Arc<Outbox>,
    pub register: Arc<Register>,
    pub centre: Arc<Centre>,
    clock: Arc<AtomicI64>,
    keys: Arc<KeyStore>,
}

impl House {
    pub async fn new() -> Self {
        Self::open(None, None).await
    }

    /// A house that counts codes and links by these rules.
    pub async fn limited(rules: Rules) -> Self {
        Self::open(None, Some(rules)).await
    }

    /// A house with another identity authority than its register.
    pub async fn asking(identity: Arc<dyn IdentityAuthority>) -> Self {
        Self::open(Some(identity), None).await
    }

    async fn open(identity: Option<Arc<dyn IdentityAuthority>>, rules: Option<Rules>) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let keys = Arc::new(KeyStore::create(&folder.path().join("keys"), "pass").unwrap());
        let outbox = Arc::<Outbox>::default();
        let clock = Arc::new(AtomicI64::new(BEGIN));
        let authority = Arc::new(Authority::new(Arc::clone(&clock)));
        let register = Arc::new(Register::new(Arc::clone(&clock)));
        let centre = Arc::new(Centre::new());
        let mut parts = parts(
            &store,
            &keys,
            &authority,
            (&outbox, &register),
            &clock,
            &centre,
        );
        parts.identity = identity.unwrap_or(parts.identity);
        parts.code_limits = rules.unwrap_or(parts.code_limits);
        let signing = Signing::open(parts).await.unwrap();
        Self {
            folder,
            store,
            signing,
            authority,
            outbox,
            register,
            centre,
            clock,
            keys,
        }
    }

    /// Another node over the same store.
    pub async fn node(&self) -> Signing {
        let parts = parts(
            &self.store,
            &self.keys,
            &self.authority,
            (&self.outbox, &self.register),
            &self.clock,
            &self.centre,
        );
        Signing::open(parts).await.unwrap()
    }

    pub fn now(&self) -> Millis {
        self.clock.load(SeqCst)
    }

    /// Lets time go by.
    pub fn wait(&self, time: Millis) {
        self.clock.fetch_add(time, SeqCst);
    }

    /// A contract of a borrower (PAD) and a lender (SMS), open for a day.
    pub async fn contract(&self, order: Order) -> ContractView {
        let parties = vec![
            party("borrower", Mode::Pad, "陈思远", 0.0),
            party("lender", Mode::Sms, "周慧敏", 1.0),
        ];
        self.create(order, parties).await
    }

    pub async fn create(&self, order: Order, parties: Vec<NewParty>) -> ContractView {
        self.try_create(order, parties).await.unwrap()
    }

    pub async fn try_create(
        &self,
        order: Order,
        parties: Vec<NewParty>,
    ) -> Result<ContractView, SigningError> {
        self.ask(order, parties, least()).await
    }

    /// Makes a contract that asks for this evidence.
    pub async fn ask(
        &self,
        order: Order,
        parties: Vec<NewParty>,
        evidence: BTreeMap<Mode, PolicyChange>,
    ) -> Result<ContractView, SigningError> {
        let new = NewContract {
            profile: Profile::Gm,
            order,
            lifetime: 24 * HOUR,
            source: Source::Upload {
                title: "合同".to_owned(),
                file: paper(),
            },
            parties,
            evidence,
            callback: None,
        };
        self.signing.create(TENANT, new, None).await
    }

    /// Opens a party's link; gives the session's secret.
    pub async fn visit(&self, contract: &ContractView, role: &str) -> String {
        let link = self
            .signing
            .issue_link(TENANT, &contract.contract, role, HOUR, None)
            .await
            .unwrap();
        self.signing.open_link(&link.token).await.unwrap().secret
    }

    /// Looks at all pages.
    pub async fn read(&self, contract: &ContractView, secret: &str) {
        let mut pages = Vec::new();
        for page in 1..=contract.pages {
            let digest = self.signing.page(secret, page, 750).await.unwrap().digest;
            pages.push(PageShown {
                page,
                width: 750,
                digest,
                milliseconds: 900,
            });
        }
        self.signing.read(secret, &pages).await.unwrap();
    }

    /// A session that has everything but its submission.
    pub async fn ready(&self, contract: &ContractView, role: &str) -> String {
        let secret = self.visit(contract, role).await;
        self.read(contract, &secret).await;
        if role == "lender" {
            self.send_code(&secret).await.unwrap();
            self.signing
                .try_code(&secret, &self.outbox.code())
                .await
                .unwrap();
        }
        secret
    }

    /// What a party submits.
    pub async fn submission(
        &self,
        contract: &ContractView,
        role: &str,
        secret: &str,
    ) -> Submission {
        let view = self.signing.session(secret).await.unwrap();
        Submission {
            contract: contract.contract.clone(),
            document: contract.document.clone(),
            device: json!({ "user_agent": "test" }),
            handwriting: (role == "borrower").then(|| written(&view)),
            sealed: false,
            address: None,
        }
    }

    /// Sends a code, as asked for from this machine.
    pub async fn send_code(&self, secret: &str) -> Result<(String, Millis), SigningError> {
        let here = std::net::Ipv4Addr::LOCALHOST.into();
        self.signing.send_code(secret, here).await
    }

    /// The whole visit of a party.
    pub async fn sign(&self, contract: &ContractView, role: &str) -> Result<Receipt, SigningError> {
        let secret = self.ready(contract, role).await;
        let package = self.submission(contract, role, &secret).await;
        self.signing.submit(&secret, &package, None).await
    }
}

fn parts(
    store: &Store,
    keys: &Arc<KeyStore>,
    authority: &Arc<Authority>,
    (outbox, register): (&Arc<Outbox>, &Arc<Register>),
    clock: &Arc<AtomicI64>,
    centre: &Centre,
) -> Parts {
    let clock = Arc::clone(clock);
    Parts {
        store: store.clone(),
        keys: Arc::clone(keys).into(),
        authorities: Authorities {
            certificates: Arc::clone(authority) as _,
            timestamps: Arc::clone(authority) as _,
        },
        sms: Arc::clone(outbox) as _,
        identity: Arc::clone(register) as _,
        sms_signature: "测试".to_owned(),
        code_limits: Rules {
            number: Vec::new(),
            address: Vec::new(),
            ..Rules::default()
        },
        forensic: centre.keys(),
        clock: Arc::new(move || clock.load(SeqCst)),
        fonts: fonts(),
        templates: templates(),
        operator: "测试平台".to_owned(),
    }
}

/// A template whose contracts say an amount.
pub const NOTE: &str = "note";

/// A promise to stand in for an amount, and the service's own authorisation.
fn templates() -> BTreeMap<String, Arc<Template>> {
    static TEMPLATES: OnceLock<BTreeMap<String, Arc<Template>>> = OnceLock::new();
    let load = || {
        let note = TempDir::new().unwrap();
        let descriptor = r#"name = "note"
            version = "1"
            date = "/date"
            amount = "/amount_fen"
            title = { zh = "担保函", en = "Guarantee" }
            roles = [{ role = "guarantor", zh = "担保人", en = "Guarantor" }]"#;
        let text = r#"#set document(title: "担保函")
            #set text(font: "Noto Serif SC")
            #let data = json("data.json")
            担保 #data.amount_fen 分
            #box(width: 120pt, height: 120pt, place(top + left,
              [#metadata((role: "guarantor", width: 120pt, height: 120pt)) <slot>]))"#;
        for (name, content) in [
            ("template.toml", descriptor),
            ("template.typ", text),
            ("schema.json", r#"{"type": "object"}"#),
            ("sample.json", "{}"),
        ] {
            std::fs::write(note.path().join(name), content).unwrap();
        }
        let own = Path::new("../../templates/seal-authorisation");
        [("note", note.path()), ("seal-authorisation", own)]
            .map(|(name, folder)| (name.to_owned(), Arc::new(Template::load(folder).unwrap())))
            .into()
    };
    TEMPLATES.get_or_init(load).clone()
}

fn fonts() -> Fonts {
    let folder = std::env::var("INKSEAL_FONTS").unwrap_or_else(|_| "../../fonts".to_owned());
    Fonts::load(Path::new(&folder)).unwrap()
}

pub fn party(role: &str, mode: Mode, name: &str, column: f64) -> NewParty {
    let x = 20.0 + 90.0 * column;
    NewParty {
        role: role.to_owned(),
        mode,
        name: Some(name.to_owned()),
        person: None,
        id_number: Some("11010519491231002X".to_owned()),
        document: None,
        phone: Some("13800001234".to_owned()),
        company: None,
        keyword: None,
        places: vec![Place {
            page: 0,
            rect: [x, 20.0, x + 80.0, 60.0],
            part: None,
        }],
        across_pages: false,
        every_page: None,
        label: None,
    }
}

/// The least that an act may ask for; `policies` has what it asks for by default.
pub fn least() -> BTreeMap<Mode, PolicyChange> {
    let change = |intent: &str| {
        let change = json!({ "required": ["reading", "device", intent], "optional": [],
            "consent": [], "sealed": false });
        serde_json::from_value(change).unwrap()
    };
    [
        (Mode::Pad, change("handwriting")),
        (Mode::Sms, change("code")),
    ]
    .into()
}

/// The keys of a forensic centre.
pub struct Centre {
    pub sm2: OpeningKey,
    pub p256: OpeningKey,
}

impl Centre {
    pub fn new() -> Self {
        Self {
            sm2: OpeningKey::generate(Scheme::Sm2Sm4Gcm).unwrap(),
            p256: OpeningKey::generate(Scheme::P256Aes256Gcm).unwrap(),
        }
    }

    fn keys(&self) -> ForensicKeys {
        ForensicKeys {
            sm2: self.sm2.recipient().clone(),
            p256: self.p256.recipient().clone(),
            holder: "测试鉴定中心".to_owned(),
        }
    }
}

/// The samples of a name.
pub fn samples() -> Handwriting {
    static INK: OnceLock<Handwriting> = OnceLock::new();
    let ink = INK.get_or_init(|| {
        let medians = include_str!("../../../inkseal/demo/medians.json");
        let medians: Vec<Medians> = serde_json::from_str(medians).unwrap();
        from_medians(&medians, 7).unwrap()
    });
    ink.clone()
}

/// Seals an item of a session.
pub fn sealed(to: &Recipient, view: &SessionView, item: &str, content: &[u8]) -> Bytes {
    let binding = Binding {
        item: item.to_owned(),
        ..view.binding.clone()
    };
    seal(to, &binding, content).unwrap().into_bytes().into()
}

/// A handwriting as a device brings it.
pub fn written(view: &SessionView) -> Written {
    let ink = samples();
    let drawing = serde_json::value::to_raw_value(&ink.drawing()).unwrap();
    let text = serde_json::to_vec(&ink).unwrap();
    Written {
        drawing: drawing.into(),
        samples: sealed(&view.forensic, view, "handwriting", &text),
        captured: None,
    }
}

/// A PDF of one small empty page.
pub fn paper() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 220 120]/Resources<<>>>>",
    ];
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", file.len());
        file.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).bytes());
    }
    let start = file.len();
    let size = objects.len() + 1;
    file.extend(table.bytes());
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    file
}
