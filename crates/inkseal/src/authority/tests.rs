//! Against the simulator, on a real socket.

use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use axum::{Json, Router, extract::State, http::HeaderMap, response::IntoResponse, routing::post};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, MacKey, SoftwareKey, Suite, digest};
use serde_json::{Value, json};
use signing::{
    identity::{DocumentKind, IdDocument, Phone},
    ports::Asked,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{questions::KINDS, settings::QuestionSettings, *};
use crate::{
    authority_simulator::{AnswersBy, NAME, simulate},
    outside::{Limits, SecretMac, client},
};

/// The simulator, the adapter, and what lies between them.
struct Outside {
    authority: HttpAuthority,
    settings: Settings,
    control: reqwest::Client,
    _folder: TempDir,
}

/// Patient for a moment only.
fn limits() -> Limits {
    Limits {
        attempt_ms: 400,
        call_ms: 5000,
        pause_ms: 1,
        failures: 1000,
        ..Limits::default()
    }
}

fn real_time() -> Clock {
    Arc::new(now)
}

impl Outside {
    async fn with(by: AnswersBy, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let started = simulate(anywhere, folder.path(), by, 3).await.unwrap();
        let mut settings = Settings {
            secret_file: Some(started.secret),
            answer_key_file: started.answer_key,
            limits: limits(),
            ..Settings::at(format!("http://{}", started.address), "inkseal")
        };
        // The other way to sign requests.
        if by == AnswersBy::Sm2 {
            settings.secret_file = None;
            settings.sm2_key_file = Some(started.client_key);
        }
        if by == AnswersBy::HmacSm3 {
            settings.secret_mac = SecretMac::HmacSm3;
        }
        change(&mut settings);
        Self {
            authority: HttpAuthority::open(&settings, real_time()).unwrap(),
            control: client(&settings.url),
            settings,
            _folder: folder,
        }
    }

    async fn start() -> Self {
        Self::with(AnswersBy::Hmac, |_| {}).await
    }

    async fn ask(&self, question: &Question) -> Result<Answer, PortError> {
        self.authority.ask(&crypto::random_id(), question).await
    }

    async fn verdict(&self, question: &Question) -> Verdict {
        let answer = self.ask(question).await.unwrap();
        assert_eq!(answer.source, NAME);
        answer.verdict
    }

    async fn code(&self, question: &Question) -> String {
        self.ask(question).await.unwrap_err().code.into_owned()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.url)
    }

    async fn tell(&self, faults: Value) {
        let told = self.control.post(self.url("/simulator")).json(&faults);
        assert!(told.send().await.unwrap().status().is_success(), "{faults}");
    }

    async fn put(&self, path: &str, body: &Value) {
        let put = self.control.put(self.url(path)).json(body);
        assert!(put.send().await.unwrap().status().is_success(), "{body}");
    }

    async fn get(&self, path: &str) -> Value {
        let got = self.control.get(self.url(path)).send().await.unwrap();
        got.json().await.unwrap()
    }

    async fn requests(&self) -> u64 {
        self.get("/simulator").await["requests"].as_u64().unwrap()
    }

    /// The guarantor's bank account.
    async fn account(&self) -> String {
        let companies = self.get("/companies").await;
        let mut all = companies.as_array().unwrap().iter();
        let guarantor = all.find(|one| one["name"] == GUARANTOR).unwrap();
        let account = guarantor["accounts"][0]["number"].as_str();
        account.unwrap().to_owned()
    }

    async fn liveness(&self, alive: bool) -> String {
        let asked = self.control.post(self.url("/liveness"));
        let answer = asked.json(&json!({ "alive": alive })).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }
}

fn document(kind: DocumentKind, number: &str) -> IdDocument {
    IdDocument::parse(kind, number).unwrap()
}

fn resident(name: &str, number: &str) -> Asked {
    Asked {
        name: name.to_owned(),
        document: document(DocumentKind::ResidentId, number),
    }
}

/// The lender of the sample contract.
fn lender() -> Asked {
    resident("周慧敏", "110108198506143024")
}

/// Nobody.
fn stranger() -> Asked {
    resident("周慧敏", "11010519491231002X")
}

fn phone(number: &str) -> Phone {
    number.parse().unwrap()
}

fn card(person: Asked, number: &str, known: &str) -> Question {
    Question::BankCard {
        person,
        phone: phone(known),
        card: Zeroizing::new(number.to_owned()),
    }
}

fn face(portrait: &str, liveness: Option<&str>) -> Question {
    Question::Face {
        person: lender(),
        portrait: portrait.to_owned().into(),
        liveness: liveness.map(str::to_owned),
    }
}

/// The guarantor of the sample contract.
fn enterprise(name: &str, representative: &str, document: Option<IdDocument>) -> Question {
    Question::Enterprise {
        name: name.to_owned(),
        code: "91310000MA1K8QX37Y".parse().unwrap(),
        representative: representative.to_owned(),
        document,
    }
}

fn payment(name: &str, account: &str) -> Question {
    Question::Payment {
        name: name.to_owned(),
        code: "91310000MA1K8QX37Y".parse().unwrap(),
        bank: "示例银行".to_owned(),
        account: Zeroizing::new(account.to_owned()),
    }
}

const GUARANTOR: &str = "沪信融资担保有限公司";

#[tokio::test]
async fn persons_phones_and_cards_are_compared() {
    use Verdict::{Match, Mismatch, Unknown};
    for by in [
        AnswersBy::Hmac,
        AnswersBy::HmacSm3,
        AnswersBy::Sm2,
        AnswersBy::P256,
    ] {
        let outside = Outside::with(by, |_| {}).await;
        let other = resident("周慧", "110108198506143024");
        let number = "6222021001008620475";
        let cases = [
            (Question::Person(lender()), Match),
            (Question::Person(other.clone()), Mismatch),
            (Question::Person(stranger()), Unknown),
            (Question::Phone(lender(), phone("13900001234")), Match),
            (Question::Phone(lender(), phone("13900001235")), Mismatch),
            (Question::Phone(other, phone("13900001234")), Mismatch),
            (card(lender(), number, "13900001234"), Match),
            (card(lender(), number, "13900001235"), Mismatch),
            (
                card(lender(), "6222021001008620476", "13900001234"),
                Mismatch,
            ),
            (card(stranger(), number, "13900001234"), Unknown),
        ];
        for (question, expected) in cases {
            let found = outside.verdict(&question).await;
            assert_eq!(found, expected, "{by:?} {}", question.name());
        }
    }
}

#[tokio::test]
async fn other_documents_are_known_when_they_are_put() {
    let outside = Outside::start().await;
    let people = [
        (DocumentKind::Passport, "E12345678"),
        (DocumentKind::OfficerCard, "军字第1234567号"),
        (DocumentKind::HongKongMacauPermit, "H12345678"),
        (DocumentKind::TaiwanPermit, "12345678"),
        (DocumentKind::ForeignPermanentResident, "CHN110085010123"),
    ];
    for (kind, number) in people {
        let asked = Question::Person(Asked {
            name: "O'Brien \"J\" {{nonce}}".to_owned(),
            document: document(kind, number),
        });
        assert_eq!(outside.verdict(&asked).await, Verdict::Unknown);
        let put = json!({
            "name": "O'Brien \"J\" {{nonce}}",
            "document": { "kind": kind, "number": number },
        });
        outside.put("/people", &json!([put])).await;
        assert_eq!(
            outside.verdict(&asked).await,
            Verdict::Match,
            "{}",
            kind.name()
        );
    }
}

#[tokio::test]
async fn faces_are_compared_and_alive_once() {
    let outside = Outside::start().await;
    let ask = async |portrait: &str, token: Option<&str>| {
        let answer = outside.ask(&face(portrait, token)).await.unwrap();
        (answer.verdict, answer.score.unwrap())
    };
    assert_eq!(ask("a face", None).await, (Verdict::Match, 912));
    let people = outside.get("/people").await;
    let marker = |name: &str| {
        let mut all = people.as_array().unwrap().iter();
        let found = all.find(|one| one["name"] == name).unwrap();
        found["marker"].as_str().unwrap().to_owned()
    };
    assert_eq!(ask(&marker("周慧敏"), None).await, (Verdict::Match, 987));
    assert_eq!(ask(&marker("陈思远"), None).await, (Verdict::Mismatch, 213));
    let token = outside.liveness(true).await;
    assert_eq!(ask("a face", Some(&token)).await.0, Verdict::Match);
    assert_eq!(ask("a face", Some(&token)).await.0, Verdict::Mismatch);
    let token = outside.liveness(false).await;
    assert_eq!(ask("a face", Some(&token)).await.0, Verdict::Mismatch);
    // With a registered portrait there is no other way.
    let known = hex::encode(digest(Hash::Sha256, b"the face").as_bytes());
    let person = json!({
        "name": "周慧敏", "portrait": known,
        "document": { "kind": "resident-id", "number": "110108198506143024" },
    });
    outside.put("/people", &person).await;
    assert_eq!(ask("the face", None).await, (Verdict::Match, 987));
    assert_eq!(ask(&marker("周慧敏"), None).await.0, Verdict::Mismatch);
}

#[tokio::test]
async fn companies_are_compared() {
    use Verdict::{Match, Mismatch, Unknown};
    let outside = Outside::start().await;
    let companies = outside.get("/companies").await;
    let found = companies.as_array().unwrap().iter();
    let guarantor = found.clone().find(|one| one["name"] == GUARANTOR).unwrap();
    let number = guarantor["document"]["number"].as_str().unwrap();
    let theirs = document(DocumentKind::ResidentId, number);
    let unknown = Question::Enterprise {
        name: GUARANTOR.to_owned(),
        code: "91350100M000100Y43".parse().unwrap(),
        representative: "顾明哲".to_owned(),
        document: None,
    };
    let cases = [
        (enterprise(GUARANTOR, "顾明哲", None), Match),
        (enterprise(GUARANTOR, "沈若溪", None), Mismatch),
        (enterprise("沪信", "顾明哲", None), Mismatch),
        (enterprise(GUARANTOR, "顾明哲", Some(theirs)), Match),
        (
            enterprise(GUARANTOR, "顾明哲", Some(stranger().document)),
            Mismatch,
        ),
        (unknown, Unknown),
    ];
    for (question, expected) in cases {
        assert_eq!(outside.verdict(&question).await, expected);
    }
}

/// The sum is read where the company would read it, and can be guessed three times.
#[tokio::test]
async fn a_company_shows_what_it_was_paid() {
    let outside = Outside::start().await;
    let account = outside.account().await;
    let pay = async || {
        let answer = outside.ask(&payment(GUARANTOR, &account)).await.unwrap();
        assert_eq!(answer.verdict, Verdict::Match);
        let paid = outside.get(&format!("/accounts/{account}")).await;
        let fen = u32::try_from(paid[0]["fen"].as_u64().unwrap()).unwrap();
        assert_eq!(paid[0]["reference"], answer.reference.clone().unwrap());
        (answer.reference.unwrap(), fen)
    };
    let amount = |reference: &str, fen| Question::Amount {
        reference: reference.to_owned(),
        fen,
    };
    let (reference, fen) = pay().await;
    assert!((1..100).contains(&fen));
    let wrong = amount(&reference, fen + 1);
    assert_eq!(outside.verdict(&wrong).await, Verdict::Mismatch);
    assert_eq!(
        outside.verdict(&amount(&reference, fen)).await,
        Verdict::Match
    );
    let (reference, fen) = pay().await;
    for _ in 0..3 {
        let wrong = amount(&reference, fen + 1);
        assert_eq!(outside.verdict(&wrong).await, Verdict::Mismatch);
    }
    assert_eq!(
        outside.verdict(&amount(&reference, fen)).await,
        Verdict::Unknown
    );
    let elsewhere = payment(GUARANTOR, "1");
    assert_eq!(outside.verdict(&elsewhere).await, Verdict::Unknown);
    assert_eq!(
        outside.verdict(&payment("沪信", &account)).await,
        Verdict::Mismatch
    );
}

/// The answer is lost twice: paid once when the authority pays once for one nonce, and
/// never asked again when it does not say so.
#[tokio::test]
async fn nothing_is_paid_twice() {
    let payments = async |outside: &Outside| outside.get("/simulator").await["payments"].clone();
    let outside = Outside::start().await;
    let account = &outside.account().await;
    outside.tell(json!({ "lose": 2 })).await;
    let paid = outside.ask(&payment(GUARANTOR, account)).await.unwrap();
    assert_eq!(
        (paid.verdict, payments(&outside).await),
        (Verdict::Match, json!(1))
    );
    let outside = Outside::with(AnswersBy::Hmac, |settings| settings.idempotent = false).await;
    outside.tell(json!({ "lose": 1 })).await;
    let code = outside.code(&payment(GUARANTOR, account)).await;
    assert_eq!(
        (code.as_str(), outside.requests().await),
        ("outside-failed", 1)
    );
    // What only asks is asked again all the same.
    outside.tell(json!({ "fail": 2 })).await;
    outside.ask(&Question::Person(lender())).await.unwrap();
    assert_eq!(outside.requests().await, 4);
}

/// Whatever is wrong with an answer, it is none; the evidence of a good one holds what was
/// signed.
#[tokio::test]
async fn an_answer_is_the_authoritys_this_questions_and_of_now() {
    let cases = [
        ("signature", "authority-answer-forged"),
        ("changed", "authority-answer-forged"),
        ("unsigned", "authority-answer-unsigned"),
        ("nonce", "authority-answer-foreign"),
        ("replay", "authority-answer-foreign"),
        ("old", "authority-answer-stale"),
        ("early", "authority-answer-stale"),
        ("word", "authority-answer-unread"),
        ("receipt", "authority-answer-unread"),
    ];
    let header = |settings: &mut Settings| {
        settings.answer_header = Some("x-signature".to_owned());
    };
    let outsides = [
        Outside::start().await,
        Outside::with(AnswersBy::Sm2, |_| {}).await,
        Outside::with(AnswersBy::P256, |_| {}).await,
        Outside::with(AnswersBy::HmacSm3, |_| {}).await,
        Outside::with(AnswersBy::HmacSm3, header).await,
        Outside::with(AnswersBy::Hmac, header).await,
        Outside::with(AnswersBy::Sm2, header).await,
    ];
    let question = Question::Person(lender());
    for outside in outsides {
        let nonce = crypto::random_id();
        let answer = outside.authority.ask(&nonce, &question).await.unwrap();
        assert_eq!(answer.nonce, nonce);
        let raw = String::from_utf8(answer.raw.to_vec()).unwrap();
        assert!(raw.contains(&nonce) && raw.contains("ignature: "), "{raw}");
        assert!(raw.ends_with('}') && raw.contains(&answer.receipt), "{raw}");
        for (wrong, code) in cases {
            outside.tell(json!({ "wrong": wrong })).await;
            let error = outside.ask(&question).await.unwrap_err();
            assert_eq!(error.code, code, "{wrong}");
            let said = error.to_string();
            assert!(!said.contains("周") && !said.contains("110108"), "{said}");
        }
        outside.tell(json!({})).await;
        assert_eq!(outside.verdict(&question).await, Verdict::Match);
    }
}

/// A nonce that came with another question is not answered.
#[tokio::test]
async fn a_nonce_is_for_one_question() {
    let outside = Outside::start().await;
    let nonce = crypto::random_id();
    let first = Question::Person(lender());
    let answer = outside.authority.ask(&nonce, &first).await.unwrap();
    let again = outside
        .authority
        .ask(&nonce, &Question::Person(stranger()))
        .await;
    assert_eq!(again.unwrap_err().code, "outside-refused");
    let again = outside.authority.ask(&nonce, &first).await.unwrap();
    assert_eq!(again.receipt, answer.receipt);
}

#[tokio::test]
async fn an_authority_that_does_not_answer_is_left_alone() {
    let outside = Outside::start().await;
    let question = Question::Person(lender());
    let cases = [
        (json!({ "instead": "hang" }), "outside-slow"),
        (json!({ "slow_ms": 5000 }), "outside-slow"),
        (json!({ "instead": "drop" }), "outside-unreachable"),
        (json!({ "instead": "endless" }), "outside-answer"),
        (json!({ "instead": "redirect" }), "outside-answer"),
        (json!({ "instead": "garbage" }), "authority-answer-unsigned"),
        (json!({ "fail": 3 }), "outside-failed"),
    ];
    for (faults, code) in cases {
        outside.tell(faults.clone()).await;
        assert_eq!(outside.code(&question).await, code, "{faults}");
    }
    let outside = Outside::with(AnswersBy::Hmac, |settings| {
        settings.limits.failures = 2;
        settings.limits.attempts = 1;
        settings.limits.cool_down_ms = 3_600_000;
    })
    .await;
    outside.tell(json!({ "fail": 2 })).await;
    for code in ["outside-failed", "outside-failed", "outside-circuit-open"] {
        assert_eq!(outside.code(&question).await, code);
    }
    assert_eq!(outside.requests().await, 2);
}

/// By an injected clock: the bound is the one that was configured.
#[tokio::test]
async fn clocks_may_differ_by_so_much() {
    let outside = Outside::start().await;
    let at = Arc::new(AtomicI64::new(now()));
    let clock = Arc::clone(&at);
    let authority = HttpAuthority::open(&outside.settings, Arc::new(move || clock.load(SeqCst)));
    let authority = authority.unwrap();
    let question = Question::Person(lender());
    for (off, good) in [
        (-50_000, true),
        (50_000, true),
        (-70_000, false),
        (70_000, false),
    ] {
        at.store(now() + off, SeqCst);
        let answer = authority.ask(&crypto::random_id(), &question).await;
        match answer {
            Ok(_) => assert!(good, "{off}"),
            Err(error) => assert_eq!(
                (error.code.as_ref(), good),
                ("authority-answer-stale", false)
            ),
        }
    }
}

/// An authority of another form: what it was asked, as it came in.
#[tokio::test]
async fn the_form_of_another_is_spoken() {
    type Got = Arc<Mutex<Vec<Value>>>;
    async fn answer(State(got): State<Got>, Json(body): Json<Value>) -> impl IntoResponse {
        let answer = json!({
            "head": { "seq": 77, "echo": body["header"]["serial"], "when": now() / 1000 },
            "body": { "result": "01", "similarity": "0.91" },
        });
        got.lock().unwrap().push(body);
        let text = answer.to_string();
        let tag = MacKey::new(&[9; 32]).unwrap().tag(text.as_bytes());
        let mut headers = HeaderMap::new();
        headers.insert("x-sign", STANDARD.encode(tag).parse().unwrap());
        (headers, text)
    }
    let got = Got::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/gw", listener.local_addr().unwrap());
    let router = Router::new().route("/gw/face/compare", post(answer));
    let router = router.with_state(Arc::clone(&got));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = TempDir::new().unwrap();
    let file = |name: &str, byte: u8| {
        let path = folder.path().join(name);
        fs::write(&path, STANDARD.encode([byte; 32])).unwrap();
        path.display().to_string()
    };
    let settings = format!(
        r#"
        [identity_authority]
        url = "{url}"
        key_id = "app"
        secret_file = "{}"
        answer_secret_file = "{}"
        answer_header = "x-sign"
        name = "某市核验中心"
        document_kinds = {{ resident-id = "111" }}
        [identity_authority.answer]
        verdict = "/body/result"
        match = ["01"]
        mismatch = ["02"]
        unknown = []
        score = "/body/similarity"
        score_of = 1.0
        receipt = "/head/seq"
        nonce = "/head/echo"
        time = "/head/when"
        time_form = "seconds"
        source = ""
        [identity_authority.questions.face]
        path = "/face/compare"
        request = {{ header = {{ serial = "{{{{nonce}}}}", version = 2 }}, xm = "{{{{name}}}}", zjlx = "{{{{document.kind}}}}", zjhm = "{{{{document.number}}}}", zp = "data:image/jpeg;base64,{{{{portrait}}}}" }}
        "#,
        file("ours", 8),
        file("theirs", 9),
    );
    let config = folder.path().join("inkseal.toml");
    fs::write(&config, settings).unwrap();
    let config = Config::load(Some(&config)).unwrap();
    let opened = configured(&config).await.unwrap();
    assert!(opened.simulator.is_none());
    let nonce = crypto::random_id();
    let answer = opened.port.ask(&nonce, &face("JPEG", None)).await.unwrap();
    let told = (answer.verdict, answer.score, answer.receipt.as_str());
    assert_eq!(told, (Verdict::Match, Some(910), "77"));
    assert_eq!(answer.source, "某市核验中心");
    let expected = json!({
        "header": { "serial": nonce, "version": 2 }, "xm": "周慧敏", "zjlx": "111",
        "zjhm": "110108198506143024", "zp": "data:image/jpeg;base64,SlBFRw==",
    });
    assert_eq!(*got.lock().unwrap(), [expected]);
    let unasked = opened.port.ask(&nonce, &Question::Person(lender())).await;
    assert_eq!(unasked.unwrap_err().code, "authority-question-unknown");
}

/// A name that is a template, or JSON, is a name.
#[tokio::test]
async fn a_name_changes_nothing_but_itself() {
    let outside = Outside::start().await;
    for name in [
        "{{nonce}}",
        "{{document.number}}",
        r#"周慧敏","document":null,"x":""#,
        "周\\慧敏",
        "}}",
    ] {
        let asked = resident(name, "110108198506143024");
        let verdict = outside.verdict(&Question::Person(asked)).await;
        assert_eq!(verdict, Verdict::Mismatch, "{name}");
    }
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    let folder = TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, STANDARD.encode([1; 32])).unwrap();
    let key = folder.path().join("key.pem");
    let made = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
    fs::write(&key, made.to_pem().unwrap()).unwrap();
    let good = Settings {
        secret_file: Some(secret),
        ..Settings::at("https://authority.example".to_owned(), "inkseal")
    };
    HttpAuthority::open(&good, real_time()).unwrap();
    let question = |name: &str, settings: QuestionSettings| Settings {
        questions: [(name.to_owned(), settings)].into(),
        ..good.clone()
    };
    let request = |request: Value| QuestionSettings {
        request: Some(request),
        ..QuestionSettings::default()
    };
    let path = |path: &str| QuestionSettings {
        path: Some(path.to_owned()),
        ..QuestionSettings::default()
    };
    let bad = [
        (
            question("age", QuestionSettings::default()),
            "there is no \"age\"",
        ),
        (
            question("person", request(json!({ "a": "{{phone}}" }))),
            "no place \"phone\"",
        ),
        (question("phone", request(json!("{{phone"))), "does not end"),
        (question("person", path("person")), "path"),
        (question("person", path("/person?name={{name}}")), "path"),
        (
            Settings {
                document_kinds: [("id".to_owned(), "1".to_owned())].into(),
                ..good.clone()
            },
            "document_kinds",
        ),
        (
            Settings {
                secret_file: None,
                ..good.clone()
            },
            "secret_file",
        ),
        (
            Settings {
                secret_file: None,
                sm2_key_file: Some(key),
                ..good.clone()
            },
            "answer_secret_file",
        ),
        (
            Settings {
                name: Some("\n".to_owned()),
                ..good.clone()
            },
            "name",
        ),
        (
            Settings {
                answer_header: Some("x".to_owned()),
                answer: Mapping {
                    nonce: String::new(),
                    ..Mapping::default()
                },
                ..good.clone()
            },
            "nonce",
        ),
    ];
    for (settings, reason) in bad {
        let error = HttpAuthority::open(&settings, real_time()).err().unwrap();
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

/// The form of the documentation is the one that is sent.
#[test]
fn our_own_form_is_as_documented() {
    let documented = include_str!("../../../../docs/identity-authority.md");
    for kind in KINDS {
        let begin = format!("| `{}` | `{{", kind.name);
        let mut lines = documented.lines();
        let line = lines.find(|line| line.starts_with(&begin)).unwrap();
        let form: Value = serde_json::from_str(line.split('`').nth(3).unwrap()).unwrap();
        assert_eq!(form, kind.own_form());
    }
}
