//! Evidence by policy: what is missing is named, what belongs elsewhere is refused, and
//! nobody but the forensic centre reads a hand.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use bytes::Bytes;
use crypto::envelope::{Binding, Envelope, open};
use serde_json::{Value, json};
use signing::{
    SigningError,
    event::Order,
    policy::{ItemKind, Mode, PolicyError},
    ports::{Answer, IdentityAuthority, PortError, Question, Verdict},
    service::{
        Arrived, Check, ContractView, NewOfficer, PACKAGE, PageShown, Receipt, SessionView,
        Submission,
    },
};

use crate::house::{House, TENANT, least, party, samples, sealed, written};

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

/// What is done to an answer.
type Trick = fn(&mut Answer);

/// An authority that says what it is told to say.
#[derive(Default)]
pub struct Registry {
    /// What it does to its next answer.
    pub trick: Mutex<Option<Trick>>,
    /// What it said last.
    pub last: Mutex<Option<Answer>>,
}

#[async_trait]
impl IdentityAuthority for Registry {
    async fn ask(&self, nonce: &str, question: &Question) -> Result<Answer, PortError> {
        let mut answer = Answer {
            nonce: nonce.to_owned(),
            verdict: Verdict::Match,
            score: matches!(question, Question::Face { .. }).then_some(987),
            reference: None,
            receipt: crypto::random_id(),
            source: "test-registry".to_owned(),
            at: 1_800_000_000_000,
            raw: Bytes::from(format!("{nonce} {}", question.name())),
        };
        if let Some(trick) = self.trick.lock().unwrap().take() {
            trick(&mut answer);
        }
        *self.last.lock().unwrap() = Some(answer.clone());
        Ok(answer)
    }
}

/// A visit that brings all that the default of its mode asks for, but for what it leaves
/// out.
pub struct Guest<'a> {
    house: &'a House,
    contract: ContractView,
    pub secret: String,
    pub view: SessionView,
}

impl<'a> Guest<'a> {
    /// By a link, or with an officer where the mode has one.
    pub async fn arrives(house: &'a House, contract: &ContractView, role: &str) -> Guest<'a> {
        let party = contract.parties.iter().find(|p| p.role.as_str() == role);
        let secret = if party.unwrap().mode.is_attended() {
            attended(house, contract, role).await
        } else {
            house.visit(contract, role).await
        };
        Self::with(house, contract, secret).await
    }

    /// By a link, whatever the mode.
    async fn alone(house: &'a House, contract: &ContractView, role: &str) -> Guest<'a> {
        let secret = house.visit(contract, role).await;
        Self::with(house, contract, secret).await
    }

    async fn with(house: &'a House, contract: &ContractView, secret: String) -> Guest<'a> {
        let view = house.signing.session(&secret).await.unwrap();
        let contract = contract.clone();
        Self {
            house,
            contract,
            secret,
            view,
        }
    }

    /// Content, sealed to the service.
    pub fn to_service(&self, item: &str, content: &[u8]) -> Arrived {
        Arrived::Sealed(sealed(&self.view.transport, &self.view, item, content))
    }

    /// Content, sealed to the forensic centre.
    pub fn to_centre(&self, item: &str, content: &[u8]) -> Bytes {
        sealed(&self.view.forensic, &self.view, item, content)
    }

    pub async fn agree(&self) {
        for of in self.view.policy.consent.clone() {
            let signing = &self.house.signing;
            signing.consent(&self.secret, of, "1", "zh").await.unwrap();
        }
    }

    /// Brings one kind of evidence, as its form wants it.
    pub async fn bring(&self, kind: ItemKind) -> Result<(), SigningError> {
        use ItemKind as K;
        let signing = &self.house.signing;
        let add = |arrived| signing.add_evidence(&self.secret, kind, arrived, None);
        match kind {
            K::Reading => {
                self.house.read(&self.contract, &self.secret).await;
                Ok(())
            }
            K::Identity => signing.identify(&self.secret, Check::Phone, true).await,
            K::Face => {
                let portrait = picture().into();
                let check = Check::Face {
                    portrait,
                    liveness: None,
                };
                signing.identify(&self.secret, check, true).await
            }
            K::Code => {
                self.house.send_code(&self.secret).await?;
                let code = self.house.outbox.code();
                signing.try_code(&self.secret, &code).await
            }
            K::IdPhotoFront | K::IdPhotoBack | K::Portrait => {
                add(self.to_service(kind.name(), &picture())).await
            }
            K::SigningPhoto | K::Video | K::Voice => {
                add(Arrived::Plain(self.to_centre(kind.name(), b"a recording"))).await
            }
            K::Location => {
                let place = br#"{"latitude":31.2304,"longitude":121.4737,"accuracy":12}"#;
                add(self.to_service("location", place)).await
            }
            K::Transcription => {
                let sentence = self.view.policy.sentence.clone().unwrap();
                add(self.to_service("transcription", sentence.as_bytes())).await
            }
            K::Device | K::Handwriting | K::Attendant => Ok(()),
            other => panic!("{other} is brought by nobody"),
        }
    }

    /// Everything that is asked for but one kind; the first of alternatives.
    pub async fn brings_all_but(&self, left_out: Option<ItemKind>) {
        self.agree().await;
        // Who is known by the face is known by the name, too.
        let by_face = left_out == Some(ItemKind::Identity);
        let out = |kind: &ItemKind| Some(*kind) == left_out || (by_face && *kind == ItemKind::Face);
        for requirement in &self.view.policy.required {
            if requirement.kinds().iter().any(out) {
                continue;
            }
            if let Some(kind) = requirement.kinds().first() {
                self.bring(*kind).await.unwrap();
            }
        }
    }

    pub fn package(&self, hand: bool) -> Submission {
        Submission {
            contract: self.contract.contract.clone(),
            document: self.contract.document.clone(),
            device: json!({ "user_agent": "test" }),
            handwriting: hand.then(|| written(&self.view)),
            sealed: true,
            address: None,
        }
    }

    pub async fn submit(&self, package: &Submission) -> Result<Receipt, SigningError> {
        self.house.signing.submit(&self.secret, package, None).await
    }

    fn writes(&self) -> bool {
        self.view.policy.demands(ItemKind::Handwriting)
    }
}

/// The secret of a session that an officer of the house has opened.
async fn attended(house: &House, contract: &ContractView, role: &str) -> String {
    let signing = &house.signing;
    let password = || zeroize::Zeroizing::new("a password of length".to_owned());
    let officers = signing.officers(TENANT).await.unwrap();
    if officers.is_empty() {
        let new = NewOfficer {
            id: "E-1".to_owned(),
            name: "王伟国".to_owned(),
            password: password(),
        };
        signing.appoint_officer(TENANT, new).await.unwrap();
    }
    let added = signing.add_device(TENANT, "平板").await.unwrap();
    let here = std::net::Ipv4Addr::LOCALHOST.into();
    let device = signing.enrol_device(&added.code, here).await.unwrap();
    let at = signing.at_device(&device.secret).await.unwrap();
    let officer = signing.log_in(&at, "E-1", password()).await.unwrap();
    let opened = signing
        .attend(&officer.desk, &contract.contract, role)
        .await;
    opened.unwrap().secret
}

async fn house() -> (House, Arc<Registry>) {
    let registry = Arc::new(Registry::default());
    (House::asking(Arc::clone(&registry) as _).await, registry)
}

/// A contract of one borrower in a mode, and a lender who keeps it open.
async fn contract(house: &House, mode: Mode, change: Option<Value>) -> ContractView {
    let change = change.map(|change| (mode, serde_json::from_value(change).unwrap()));
    let parties = vec![
        party("borrower", mode, "陈思远", 0.0),
        party("lender", Mode::Sms, "周慧敏", 1.0),
    ];
    let evidence: BTreeMap<_, _> = change.into_iter().collect();
    house.ask(Order::Parallel, parties, evidence).await.unwrap()
}

const PERSONS: [Mode; 4] = [Mode::Counter, Mode::Pad, Mode::App, Mode::Sms];

#[tokio::test]
async fn each_mode_signs_with_all_that_it_asks_for() {
    let (house, _) = house().await;
    for mode in PERSONS {
        let contract = contract(&house, mode, None).await;
        let guest = Guest::arrives(&house, &contract, "borrower").await;
        guest.brings_all_but(None).await;
        let package = guest.package(guest.writes());
        guest
            .submit(&package)
            .await
            .unwrap_or_else(|error| panic!("{mode:?}: {error}"));
    }
}

#[tokio::test]
async fn each_kind_that_is_missing_is_named() {
    let (house, _) = house().await;
    let mut named = 0;
    for mode in PERSONS {
        let contract = contract(&house, mode, None).await;
        let kinds: Vec<_> = signing::policy::EvidencePolicy::of(mode).required;
        for requirement in kinds {
            let [left_out, ..] = requirement.kinds() else {
                panic!()
            };
            // Who submits always tells of the device.
            if *left_out == ItemKind::Device {
                continue;
            }
            let guest = if *left_out == ItemKind::Attendant {
                Guest::alone(&house, &contract, "borrower").await
            } else {
                Guest::arrives(&house, &contract, "borrower").await
            };
            guest.brings_all_but(Some(*left_out)).await;
            let hand = guest.writes() && *left_out != ItemKind::Handwriting;
            let refused = guest.submit(&guest.package(hand)).await.unwrap_err();
            assert_eq!(refused.code(), "evidence-missing", "{mode:?} {left_out}");
            assert!(
                refused.to_string().contains(&requirement.to_string()),
                "{refused}"
            );
            named += 1;
        }
    }
    assert_eq!(named, 26);
}

#[tokio::test]
async fn what_is_sensitive_waits_for_its_consent() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, None).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    for kind in guest.view.policy.consent.clone() {
        if kind == ItemKind::Handwriting {
            continue;
        }
        let refused = guest.bring(kind).await.unwrap_err();
        assert_eq!(refused.code(), "consent-missing", "{kind}");
    }
    guest.bring(ItemKind::Reading).await.unwrap();
    let signing = &house.signing;
    let old = signing
        .consent(&guest.secret, ItemKind::Voice, "0", "zh")
        .await;
    assert_eq!(old.unwrap_err().code(), "invalid-field");
    let refused = guest.submit(&guest.package(true)).await.unwrap_err();
    assert_eq!(refused.code(), "consent-missing");
}

#[tokio::test]
async fn what_must_come_sealed_is_not_taken_in_clear() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, None).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    guest.agree().await;
    let signing = &house.signing;
    let plain = Arrived::Plain(picture().into());
    let kind = ItemKind::IdPhotoFront;
    let refused = signing.add_evidence(&guest.secret, kind, plain, None).await;
    assert_eq!(refused.unwrap_err().code(), "seal-missing");
    let refused = signing.identify(&guest.secret, Check::Person, false).await;
    assert_eq!(refused.unwrap_err().code(), "seal-missing");
    let clear = Submission {
        sealed: false,
        ..guest.package(true)
    };
    assert_eq!(
        guest.submit(&clear).await.unwrap_err().code(),
        "seal-missing"
    );
}

/// The least, but sealed.
fn small() -> Value {
    json!({ "required": ["reading", "device", "handwriting"],
        "optional": ["voice", "video", "id-photo-front"], "consent": [] })
}

#[tokio::test]
async fn an_envelope_is_good_in_its_own_session_and_once() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, Some(small())).await;
    let first = Guest::arrives(&house, &contract, "borrower").await;
    let other = self::contract(&house, Mode::Pad, Some(small())).await;
    let second = Guest::arrives(&house, &other, "borrower").await;
    let (signing, voice) = (&house.signing, ItemKind::Voice);
    let add = |secret: &str, bytes: Bytes| {
        let (signing, secret) = (signing.clone(), secret.to_owned());
        async move {
            let arrived = Arrived::Plain(bytes);
            signing.add_evidence(&secret, voice, arrived, None).await
        }
    };
    let code = |refused: Result<(), SigningError>| refused.unwrap_err().code().to_owned();

    // Another session's, another item's, sealed to another key.
    let said = first.to_centre("voice", b"yes");
    assert_eq!(
        code(add(&second.secret, said.clone()).await),
        "envelope-foreign"
    );
    let video = first.to_centre("video", b"yes");
    assert_eq!(code(add(&first.secret, video).await), "envelope-foreign");
    let own = sealed(&first.view.transport, &first.view, "voice", b"yes");
    assert_eq!(code(add(&first.secret, own).await), "envelope-foreign");
    assert_eq!(
        code(add(&first.secret, Bytes::from("yes")).await),
        "envelope-malformed"
    );

    add(&first.secret, said.clone()).await.unwrap();
    assert_eq!(
        code(add(&first.secret, said.clone()).await),
        "evidence-replayed"
    );
    // Relabelled for another session, it is still the same that was sealed.
    let there = Binding {
        item: "voice".to_owned(),
        ..second.view.binding.clone()
    };
    let moved = relabelled(&said, &there);
    assert_eq!(code(add(&second.secret, moved).await), "evidence-replayed");

    // A handwriting that was signed with cannot be signed with again.
    for guest in [&first, &second] {
        house.read(&guest.contract, &guest.secret).await;
    }
    let signed = first.package(true);
    first.submit(&signed).await.unwrap();
    let mut stolen = second.package(true);
    let hand = signed.handwriting.clone().unwrap();
    stolen.handwriting = Some(hand.clone());
    assert_eq!(
        second.submit(&stolen).await.unwrap_err().code(),
        "envelope-foreign"
    );
    let there = Binding {
        item: "handwriting".to_owned(),
        ..second.view.binding.clone()
    };
    let mut moved = hand;
    moved.samples = relabelled(&moved.samples, &there);
    stolen.handwriting = Some(moved);
    assert_eq!(
        second.submit(&stolen).await.unwrap_err().code(),
        "evidence-replayed"
    );
    second.submit(&second.package(true)).await.unwrap();
}

/// The sealed part of an envelope under another binding: what a thief would try.
fn relabelled(envelope: &[u8], to: &Binding) -> Bytes {
    let length = usize::from(u16::from_be_bytes([envelope[37], envelope[38]]));
    let json = to.to_json().unwrap();
    let mut moved = envelope[..37].to_vec();
    moved.extend(u16::try_from(json.len()).unwrap().to_be_bytes());
    moved.extend(json);
    moved.extend(&envelope[39 + length..]);
    assert!(Envelope::from_bytes(moved.clone()).is_ok());
    moved.into()
}

#[tokio::test]
async fn the_transport_seal_opens_for_its_own_item_alone() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, Some(small())).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let (signing, secret) = (&house.signing, &guest.secret);
    let opened = signing
        .arrive(secret, PACKAGE, guest.to_service(PACKAGE, b"{}"))
        .await
        .unwrap();
    assert_eq!(
        (opened.bytes.as_slice(), opened.sealed),
        (b"{}".as_slice(), true)
    );
    for (item, arrived) in [
        ("identity", guest.to_service(PACKAGE, b"{}")),
        (PACKAGE, Arrived::Sealed(guest.to_centre(PACKAGE, b"{}"))),
    ] {
        assert!(signing.arrive(secret, item, arrived).await.is_err());
    }
}

/// All samples of all acts, as the forensic key opens them, are those that were captured.
#[tokio::test]
async fn the_forensic_key_opens_what_was_captured() {
    let (house, _) = house().await;
    for mode in [Mode::Counter, Mode::Pad, Mode::App] {
        let contract = contract(&house, mode, None).await;
        let guest = Guest::arrives(&house, &contract, "borrower").await;
        guest.brings_all_but(None).await;
        guest.submit(&guest.package(true)).await.unwrap();
        let signing = &house.signing;
        let lender = Guest::arrives(&house, &contract, "lender").await;
        lender.brings_all_but(None).await;
        lender.submit(&lender.package(false)).await.unwrap();
        let finished = signing.finished(TENANT, &contract.contract).await.unwrap();
        let manifest = finished
            .manifests
            .iter()
            .find(|manifest| manifest["mode"] == mode.name())
            .unwrap();
        let items = manifest["items"].as_array().unwrap();
        let item = items
            .iter()
            .find(|item| item["kind"] == "handwriting")
            .unwrap();
        let digest = item["digest"].as_str().unwrap();
        let bytes = signing
            .evidence(TENANT, &contract.contract, digest)
            .await
            .unwrap();
        assert_eq!(
            crypto::digest(crypto::Hash::Sm3, &bytes).to_string(),
            digest
        );
        let envelope = Envelope::from_bytes(bytes.to_vec()).unwrap();
        let binding = Binding {
            item: "handwriting".to_owned(),
            ..guest.view.binding.clone()
        };
        let opened = open(&envelope, &house.centre.sm2, &binding).unwrap();
        assert_eq!(opened.as_slice(), serde_json::to_vec(&samples()).unwrap());
        assert_eq!(item["facts"]["holder"], "测试鉴定中心");
    }
}

#[tokio::test]
async fn only_an_answer_to_this_question_is_evidence() {
    let (house, registry) = house().await;
    let contract = contract(&house, Mode::Sms, None).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let ask = || house.signing.identify(&guest.secret, Check::Phone, true);
    let tricks: [(Trick, &str); 3] = [
        (
            |answer| answer.nonce = "another".to_owned(),
            "answer-foreign",
        ),
        (
            |answer| answer.verdict = Verdict::Mismatch,
            "identity-mismatch",
        ),
        (
            |answer| answer.verdict = Verdict::Unknown,
            "identity-unknown",
        ),
    ];
    for (trick, code) in tricks {
        *registry.trick.lock().unwrap() = Some(trick);
        assert_eq!(ask().await.unwrap_err().code(), code);
        let view = house.signing.session(&guest.secret).await.unwrap();
        assert!(view.collected.is_empty(), "{code}");
    }
    ask().await.unwrap();
    // The same answer again, for a fresh question: its receipt was used.
    let other = self::contract(&house, Mode::Sms, None).await;
    let thief = Guest::arrives(&house, &other, "borrower").await;
    *registry.trick.lock().unwrap() = Some(|answer| answer.receipt = "one".to_owned());
    house
        .signing
        .identify(&thief.secret, Check::Phone, true)
        .await
        .unwrap();
    *registry.trick.lock().unwrap() = Some(|answer| answer.receipt = "one".to_owned());
    assert_eq!(ask().await.unwrap_err().code(), "answer-foreign");
    // Each of the five before counts, whatever came of it.
    for _ in 0..5 {
        ask().await.unwrap();
    }
    assert_eq!(ask().await.unwrap_err().code(), "identity-limit");
}

/// All come before the first answer, and no more than ten are asked; without an answer too.
#[tokio::test]
async fn questions_at_the_same_time_pass_the_limit_no_more_than_one_after_the_other() {
    let registry = Arc::new(Crowd::default());
    let house = House::asking(Arc::clone(&registry) as _).await;
    let contract = contract(&house, Mode::Sms, None).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let ask = |_| house.signing.identify(&guest.secret, Check::Phone, true);
    let answers = futures::future::join_all((0..40).map(ask)).await;
    let code = |answer: Result<(), SigningError>| answer.unwrap_err().code().to_owned();
    let limited = answers.into_iter().map(code);
    let limited = limited.filter(|code| code == "identity-limit").count();
    assert_eq!((registry.asked.load(SeqCst), limited), (10, 30));
}

/// An authority that is asked by many and answers nobody.
#[derive(Default)]
struct Crowd {
    asked: AtomicUsize,
}

#[async_trait]
impl IdentityAuthority for Crowd {
    async fn ask(&self, _: &str, _: &Question) -> Result<Answer, PortError> {
        self.asked.fetch_add(1, SeqCst);
        tokio::task::yield_now().await;
        Err(PortError {
            port: "identity-authority",
            code: "port-down".into(),
            reason: "it does not answer".to_owned(),
        })
    }
}

#[tokio::test]
async fn a_sentence_is_copied_character_by_character() {
    let (house, _) = house().await;
    let change = json!({ "required": ["reading", "device", "handwriting", "transcription"],
        "sentence": "本人已知晓借款风险", "consent": [], "optional": [] });
    let contract = contract(&house, Mode::Counter, Some(change)).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let kind = ItemKind::Transcription;
    let wrong = guest.to_service("transcription", "本人己知晓借款风险".as_bytes());
    let refused = house
        .signing
        .add_evidence(&guest.secret, kind, wrong, None)
        .await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "transcription-wrong");
    assert!(refused.to_string().ends_with("character 3"), "{refused}");
    guest.bring(kind).await.unwrap();
}

#[tokio::test]
async fn nothing_is_captured_after_the_handwriting() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, Some(small())).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    house.read(&contract, &guest.secret).await;
    let said = Arrived::Plain(guest.to_centre("voice", b"yes"));
    let late = house.now() - 10;
    let signing = &house.signing;
    signing
        .add_evidence(&guest.secret, ItemKind::Voice, said, Some(late))
        .await
        .unwrap();
    let mut package = guest.package(true);
    if let Some(hand) = &mut package.handwriting {
        hand.captured = Some(late - 1);
    }
    let refused = guest.submit(&package).await.unwrap_err();
    assert_eq!(refused.code(), "evidence-after-handwriting");
    if let Some(hand) = &mut package.handwriting {
        hand.captured = Some(late);
    }
    guest.submit(&package).await.unwrap();
}

#[tokio::test]
async fn a_picture_is_a_picture() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, Some(small())).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let kind = ItemKind::IdPhotoFront;
    let mut appended = picture();
    appended.extend(b"<script>");
    let mut broken = picture();
    broken.truncate(60);
    let zip = b"PK\x03\x04 and more".to_vec();
    let page = b"<html><script>alert(1)</script></html>".to_vec();
    let jpeg = [&[0xff, 0xd8, 0xff][..], &[0; 100], &[0xff, 0xd9]].concat();
    for bytes in [appended, broken, zip, page, jpeg, Vec::new()] {
        let arrived = guest.to_service(kind.name(), &bytes);
        let refused = house
            .signing
            .add_evidence(&guest.secret, kind, arrived, None)
            .await;
        assert_eq!(refused.unwrap_err().code(), "invalid-field");
    }
}

#[tokio::test]
async fn the_integrator_may_keep_an_item_and_hand_over_its_digest() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::Pad, Some(small())).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    let digest = crypto::digest(crypto::Hash::Sm3, b"kept elsewhere");
    let signing = &house.signing;
    let hand_over = |tenant, kind| {
        let session = &guest.view.session;
        signing.hand_over(
            tenant,
            &contract.contract,
            session,
            kind,
            digest.clone(),
            None,
        )
    };
    hand_over(TENANT, ItemKind::IdPhotoFront).await.unwrap();
    for own in [ItemKind::Handwriting, ItemKind::Device, ItemKind::Reading] {
        let refused = hand_over(TENANT, own).await.unwrap_err();
        assert_eq!(refused.code(), "not-in-mode", "{own}");
    }
    let stranger = hand_over("another", ItemKind::IdPhotoFront).await;
    assert_eq!(stranger.unwrap_err().code(), "not-found");
}

/// A code and a face say that the signer is there now, not that somebody was.
#[tokio::test]
async fn who_was_there_half_an_hour_ago_shows_it_again() {
    let (house, _) = house().await;
    let contract = contract(&house, Mode::App, None).await;
    let guest = Guest::arrives(&house, &contract, "borrower").await;
    guest.brings_all_but(None).await;
    house.wait(30 * 60 * 1000);
    let refused = guest.submit(&guest.package(true)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "evidence is missing: face|password, face|code"
    );
    guest.bring(ItemKind::Face).await.unwrap();
    guest.submit(&guest.package(true)).await.unwrap();
}

/// What a page claims and what the service's own clock says stand side by side; where the
/// contract asks for a time of reading, what cannot be is refused.
#[tokio::test]
async fn nobody_has_read_for_longer_than_the_session_is_open() {
    let house = House::new().await;
    let read = async |secret: &str, milliseconds| {
        let digest = house.signing.page(secret, 1, 750).await.unwrap().digest;
        let shown = PageShown {
            page: 1,
            width: 750,
            digest,
            milliseconds,
        };
        house.signing.read(secret, &[shown]).await
    };
    let made = async |reading_ms: u32| {
        let mut evidence = least();
        evidence.get_mut(&Mode::Sms).unwrap().reading_ms = Some(reading_ms);
        let parties = vec![party("lender", Mode::Sms, "周慧敏", 1.0)];
        house.ask(Order::Parallel, parties, evidence).await.unwrap()
    };
    let contract = made(500).await;
    let cases = [
        (3000, 5000, None),
        (1, 2001, None),
        (1, 2002, Some("2002ms in 1ms")),
    ];
    for (waited, claimed, impossible) in cases {
        let secret = house.visit(&contract, "lender").await;
        house.wait(waited);
        read(&secret, claimed).await.unwrap();
        let events = house
            .store
            .events(TENANT, "contract", &contract.contract, 0);
        let events = events.await.unwrap();
        let last: Value = serde_json::from_str(&events.last().unwrap().body).unwrap();
        let facts = &last["item"]["facts"];
        assert_eq!(facts["since-opening"], format!("{waited}ms"), "{last}");
        assert_eq!(facts["impossible"].as_str(), impossible);
    }
    let contract = made(5000).await;
    let secret = house.visit(&contract, "lender").await;
    house.wait(2999);
    assert_eq!(
        read(&secret, 5000).await.unwrap_err().code(),
        "reading-impossible"
    );
    house.wait(1);
    read(&secret, 5000).await.unwrap();
}

#[tokio::test]
async fn an_attendant_is_not_asked_for_where_nobody_attends() {
    let house = House::new().await;
    let mut evidence = least();
    evidence.get_mut(&Mode::Sms).unwrap().optional = Some(vec!["attendant".to_owned()]);
    let parties = vec![party("lender", Mode::Sms, "周慧敏", 1.0)];
    let refused = house.ask(Order::Parallel, parties, evidence).await;
    assert!(matches!(
        refused.unwrap_err(),
        SigningError::Policy {
            mode: "sms",
            error: PolicyError::Unattended("sms")
        }
    ));
}
