//! Officers, clerks and their devices: who is there is evidence, who was removed is
//! refused at once, and codes are not guessed.

use std::{fs, net::IpAddr};

use futures::future::join_all;
use serde_json::Value;
use signing::{
    SigningError,
    event::{Event, Order, Place, Role},
    policy::{EvidencePolicy, ItemKind, Mode},
    service::{Arrived, ContractView, Desk, Enrolled, LoggedIn, NewOfficer, NewParty, SessionView},
};
use zeroize::Zeroizing;

use crate::{
    evidence::picture,
    house::{HOUR, House, TENANT, party, sealed, written},
};

const MINUTE: i64 = 60_000;
const PASSWORD: &str = "a password of length";

fn address(last: u32) -> IpAddr {
    std::net::Ipv4Addr::from(0x0a00_0000 + last).into()
}

fn password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[track_caller]
fn refused<T>(done: Result<T, SigningError>, code: &str) {
    let error = done.map(drop).expect_err("it is refused");
    assert_eq!(error.code(), code, "{error}");
}

async fn appoint(house: &House, tenant: &str, id: &str, name: &str) {
    let new = NewOfficer {
        id: id.to_owned(),
        name: name.to_owned(),
        password: password(PASSWORD),
    };
    house.signing.appoint_officer(tenant, new).await.unwrap();
}

async fn device(house: &House, tenant: &str) -> Enrolled {
    let signing = &house.signing;
    let added = signing.add_device(tenant, "分行一号平板").await.unwrap();
    signing.enrol_device(&added.code, address(1)).await.unwrap()
}

async fn log_in(
    house: &House,
    device: &Enrolled,
    officer: &str,
    with: &str,
) -> Result<LoggedIn, SigningError> {
    let at = house.signing.at_device(&device.secret).await?;
    house.signing.log_in(&at, officer, password(with)).await
}

/// An officer of the tenant at a device, both new.
async fn at_work(house: &House, tenant: &str, id: &str) -> (Enrolled, LoggedIn) {
    appoint(house, tenant, id, "王伟国").await;
    let device = device(house, tenant).await;
    let logged_in = log_in(house, &device, id, PASSWORD).await.unwrap();
    (device, logged_in)
}

/// A contract that asks for little beside an attendant: a borrower on the PAD, a spouse at
/// the counter, a lender by SMS.
async fn contract(house: &House) -> ContractView {
    let parties = vec![
        party("borrower", Mode::Pad, "陈思远", 0.0),
        party("spouse", Mode::Counter, "周慧敏", 1.0),
        NewParty {
            places: vec![Place {
                page: 0,
                rect: [20.0, 70.0, 100.0, 110.0],
                part: None,
            }],
            ..party("lender", Mode::Sms, "李建国", 0.0)
        },
    ];
    let asked = |more: &str| {
        let json = format!(
            r#"{{"required":["attendant","reading","device","handwriting"],
                "optional":["id-photo-front"{more}],"consent":[],"sealed":false}}"#
        );
        serde_json::from_str(&json).unwrap()
    };
    let mut evidence = crate::house::least();
    evidence.insert(Mode::Pad, asked(""));
    evidence.insert(Mode::Counter, asked(""));
    house.ask(Order::Parallel, parties, evidence).await.unwrap()
}

async fn sign_by_hand(house: &House, contract: &ContractView, secret: &str) {
    house.read(contract, secret).await;
    let view = house.signing.session(secret).await.unwrap();
    let mut package = house.submission(contract, "spouse", secret).await;
    package.handwriting = Some(written(&view));
    house.signing.submit(secret, &package, None).await.unwrap();
}

#[tokio::test]
async fn an_officer_is_with_several_signers_in_a_row_and_the_manifests_tell_it() {
    let house = House::new().await;
    let contract = contract(&house).await;
    let (device, officer) = at_work(&house, TENANT, "E-1024").await;
    let desk = house.signing.desk(&officer.secret).await.unwrap();
    for role in ["borrower", "spouse"] {
        let opened = house.signing.attend(&desk, &contract.contract, role).await;
        let opened = opened.unwrap();
        assert_eq!(opened.view.collected, [ItemKind::Attendant]);
        sign_by_hand(&house, &contract, &opened.secret).await;
        let again = house.signing.attend(&desk, &contract.contract, role).await;
        refused(again, "already-signed");
    }
    house.sign(&contract, "lender").await.unwrap();

    let finished = house.signing.finished(TENANT, &contract.contract).await;
    let finished = finished.unwrap();
    let mut told = 0;
    for manifest in &finished.manifests {
        let items = manifest["items"].as_array().unwrap();
        let Some(item) = items.iter().find(|item| item["kind"] == "attendant") else {
            continue;
        };
        assert_eq!(item["facts"]["officer"], "E-1024");
        assert_eq!(item["facts"]["device"], device.device);
        assert_eq!(item["source"], "signing-service");
        let digest = item["digest"].as_str().unwrap();
        let record = house
            .signing
            .evidence(TENANT, &contract.contract, digest)
            .await
            .unwrap();
        let hash = crypto::Hash::Sm3;
        assert_eq!(crypto::digest(hash, &record).to_string(), digest);
        let record: Value = serde_json::from_slice(&record).unwrap();
        assert_eq!(record["officer_name"], "王伟国");
        assert_eq!(record["device_name"], "分行一号平板");
        told += 1;
    }
    assert_eq!(told, 2);
}

#[tokio::test]
async fn a_link_alone_does_not_do_where_somebody_must_be_there() {
    let house = House::new().await;
    let contract = contract(&house).await;
    let secret = house.visit(&contract, "borrower").await;
    house.read(&contract, &secret).await;
    let view = house.signing.session(&secret).await.unwrap();
    let mut package = house.submission(&contract, "borrower", &secret).await;
    package.handwriting = Some(written(&view));
    let done = house.signing.submit(&secret, &package, None).await;
    let error = done.unwrap_err();
    assert_eq!(error.to_string(), "evidence is missing: attendant");
    // Nobody brings it from outside either.
    let digest = crypto::digest(crypto::Hash::Sm3, b"somebody");
    let kind = ItemKind::Attendant;
    let handed = house
        .signing
        .hand_over(
            TENANT,
            &contract.contract,
            &view.session,
            kind,
            digest,
            None,
        )
        .await;
    refused(handed, "not-in-mode");
    let said = Arrived::Plain("somebody".into());
    let added = house.signing.add_evidence(&secret, kind, said, None).await;
    refused(added, "not-in-mode");
}

#[tokio::test]
async fn a_set_is_signed_with_an_officer_present() {
    let house = House::new().await;
    let signing = &house.signing;
    let contracts = [contract(&house).await, contract(&house).await];
    let (_, officer) = at_work(&house, TENANT, "1").await;
    let attend = async |roles: [&str; 2]| {
        let member =
            |(contract, role): (&ContractView, &str)| (contract.contract.clone(), role.to_owned());
        let members: Vec<_> = contracts.iter().zip(roles).map(member).collect();
        signing.attend_set(&officer.desk, &members).await
    };
    // Two persons, and one who signs alone.
    refused(attend(["spouse", "borrower"]).await, "invalid-field");
    refused(attend(["lender", "lender"]).await, "not-in-mode");
    let sitting = attend(["spouse", "spouse"]).await.unwrap();
    assert_eq!((sitting.sessions.len(), sitting.missed.len()), (2, 0));
    for (contract, opened) in contracts.iter().zip(&sitting.sessions) {
        let session = &opened.view.session;
        signing
            .attended_session(&officer.desk, session)
            .await
            .unwrap();
        sign_by_hand(&house, contract, &opened.secret).await;
    }
    refused(attend(["spouse", "spouse"]).await, "already-signed");
    for contract in &contracts {
        let other = signing.attend(&officer.desk, &contract.contract, "borrower");
        sign_by_hand(&house, contract, &other.await.unwrap().secret).await;
        house.sign(contract, "lender").await.unwrap();
        let finished = signing.finished(TENANT, &contract.contract).await;
        let manifests = finished.unwrap().manifests;
        let items = manifests[0]["items"].as_array().unwrap();
        let there = items.iter().find(|item| item["kind"] == "attendant");
        assert_eq!(there.unwrap()["facts"]["officer"], "1");
    }
}

#[tokio::test]
async fn an_officer_opens_nothing_that_is_signed_elsewhere() {
    let house = House::new().await;
    let contract = contract(&house).await;
    let (_, officer) = at_work(&house, TENANT, "1").await;
    for role in ["lender", "nobody", ""] {
        let code = if role == "lender" {
            "not-in-mode"
        } else {
            "no-such-party"
        };
        let opened = house
            .signing
            .attend(&officer.desk, &contract.contract, role)
            .await;
        refused(opened, code);
        let paired = house
            .signing
            .pair(&officer.desk, &contract.contract, role)
            .await;
        refused(paired, code);
    }
    // The lender's link was not replaced by the attempt.
    house.sign(&contract, "lender").await.unwrap();
}

#[tokio::test]
async fn a_code_enrols_one_device_once() {
    let house = House::new().await;
    let signing = &house.signing;
    let added = signing.add_device(TENANT, "一号").await.unwrap();
    assert!(!added.device.enrolled);
    let typed = added.code.replace('-', " ").to_lowercase();
    let tries = (0..20).map(|n| signing.enrol_device(&typed, address(n)));
    let done = join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for done in done.into_iter().filter(Result::is_err) {
        refused(done, "staff-code-unknown");
    }
    let devices = signing.devices(TENANT).await.unwrap();
    assert!(devices.iter().all(|device| device.enrolled));

    let late = signing.add_device(TENANT, "二号").await.unwrap();
    house.wait(10 * MINUTE);
    let done = signing.enrol_device(&late.code, address(50)).await;
    refused(done, "staff-code-unknown");
    let gone = signing.add_device(TENANT, "三号").await.unwrap();
    signing
        .remove_device(TENANT, &gone.device.id)
        .await
        .unwrap();
    let done = signing.enrol_device(&gone.code, address(51)).await;
    refused(done, "staff-code-unknown");
    // A device's secret and its code are not the same thing.
    refused(
        signing.at_device(&late.code).await.map(drop),
        "unauthorised",
    );
}

#[tokio::test]
async fn who_was_removed_is_refused_at_once() {
    let house = House::new().await;
    let signing = &house.signing;
    let contract = contract(&house).await;
    let (device, officer) = at_work(&house, TENANT, "leaver").await;
    let pairing = signing
        .pair(&officer.desk, &contract.contract, "spouse")
        .await
        .unwrap();
    signing.remove_officer(TENANT, "leaver").await.unwrap();
    refused(signing.desk(&officer.secret).await, "unauthorised");
    let again = log_in(&house, &device, "leaver", PASSWORD).await;
    refused(again, "unauthorised");
    // What was under way is refused too: the code that it gave, the desk that it was.
    let opened = signing.open_pairing(&pairing.code, address(9)).await;
    refused(opened, "staff-code-unknown");
    let opened = signing
        .attend(&officer.desk, &contract.contract, "borrower")
        .await;
    refused(opened, "unauthorised");
    // Its number stays taken: evidence names it.
    let new = NewOfficer {
        id: "leaver".to_owned(),
        name: "另一人".to_owned(),
        password: password(PASSWORD),
    };
    refused(signing.appoint_officer(TENANT, new).await, "invalid-field");

    appoint(&house, TENANT, "stays", "李娜").await;
    let officer = log_in(&house, &device, "stays", PASSWORD).await.unwrap();
    signing.desk(&officer.secret).await.unwrap();
    signing.remove_device(TENANT, &device.device).await.unwrap();
    refused(signing.desk(&officer.secret).await, "unauthorised");
    refused(
        signing.at_device(&device.secret).await.map(drop),
        "unauthorised",
    );
    // Both are still told of.
    let officers = signing.officers(TENANT).await.unwrap();
    let told = officers.iter().map(|o| (o.id.as_str(), o.active));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [("leaver", false), ("stays", true)]
    );
}

#[tokio::test]
async fn a_shift_lasts_eight_hours() {
    let house = House::new().await;
    let (_, officer) = at_work(&house, TENANT, "1").await;
    house.wait(8 * HOUR - 1);
    house.signing.desk(&officer.secret).await.unwrap();
    house.wait(1);
    refused(house.signing.desk(&officer.secret).await, "unauthorised");
}

#[tokio::test]
async fn tenants_know_nothing_of_each_others_staff() {
    let house = House::new().await;
    let signing = &house.signing;
    let contract = contract(&house).await;
    let (device, ours) = at_work(&house, TENANT, "1").await;
    // The same number is another officer there.
    let (there, theirs) = at_work(&house, "other", "1").await;
    assert_eq!(theirs.desk.tenant, "other");
    appoint(&house, "other", "2", "张敏").await;
    refused(log_in(&house, &device, "2", PASSWORD).await, "unauthorised");
    for role in ["borrower", "spouse"] {
        let opened = signing.attend(&theirs.desk, &contract.contract, role).await;
        refused(opened, "not-found");
        let paired = signing.pair(&theirs.desk, &contract.contract, role).await;
        refused(paired, "not-found");
    }
    let opened = signing
        .attend(&ours.desk, &contract.contract, "borrower")
        .await
        .unwrap();
    let session = &opened.view.session;
    refused(
        signing.attended_session(&theirs.desk, session).await,
        "not-found",
    );
    refused(
        signing.remove_device(TENANT, &there.device).await,
        "not-found",
    );
    refused(signing.remove_officer(TENANT, "2").await, "not-found");
    assert_eq!(signing.officers(TENANT).await.unwrap().len(), 1);
    assert_eq!(signing.devices(TENANT).await.unwrap().len(), 1);
}

/// Known or not, a wrong password gets the same answers in the same order.
#[tokio::test]
async fn five_wrong_passwords_and_then_a_pause() {
    let house = House::new().await;
    appoint(&house, TENANT, "known", "王伟国").await;
    let mut answers = Vec::new();
    for officer in ["unknown", "\u{0}", &"x".repeat(5000), "known"] {
        let device = device(&house, TENANT).await;
        let mut codes = Vec::new();
        for _ in 0..7 {
            let done = log_in(&house, &device, officer, "wrong").await;
            codes.push(done.unwrap_err().code().to_owned());
        }
        house.wait(29_000);
        let early = log_in(&house, &device, officer, "wrong").await;
        codes.push(early.unwrap_err().to_string());
        house.wait(1000);
        let late = log_in(&house, &device, officer, "wrong").await;
        codes.push(late.unwrap_err().code().to_owned());
        let longer = log_in(&house, &device, officer, "wrong").await;
        codes.push(longer.unwrap_err().to_string());
        answers.push(codes);
    }
    assert!(answers.iter().all(|codes| *codes == answers[0]));
    let first: Vec<&str> = answers[0].iter().map(String::as_str).collect();
    assert_eq!(first[..5], ["unauthorised"; 5]);
    assert_eq!(first[5..7], ["too-many-tries"; 2]);
    let wait =
        |seconds: u8| format!("too many tries; the next one is looked at in {seconds} seconds");
    assert_eq!(first[7..], [&wait(1), "unauthorised", &wait(60)]);

    // At another device the officer waits just the same; the right password ends it.
    let other = device(&house, TENANT).await;
    let waits = log_in(&house, &other, "known", PASSWORD).await;
    refused(waits, "too-many-tries");
    house.wait(MINUTE);
    log_in(&house, &other, "known", PASSWORD).await.unwrap();
    for _ in 0..4 {
        let wrong = log_in(&house, &other, "known", "wrong").await;
        refused(wrong, "unauthorised");
    }
    log_in(&house, &other, "known", PASSWORD).await.unwrap();
}

/// One password tried with many officers is guessing at one device.
#[tokio::test]
async fn a_device_waits_whoever_is_guessed() {
    let house = House::new().await;
    let device = device(&house, TENANT).await;
    let at = house.signing.at_device(&device.secret).await.unwrap();
    let names: Vec<String> = (0..100).map(|n| format!("E-{n}")).collect();
    let tries = names
        .iter()
        .map(|name| house.signing.log_in(&at, name, password("wrong")));
    let done = join_all(tries).await;
    let looked_at = done.iter().filter(|done| {
        let error = done.as_ref().map(|_| ()).expect_err("nobody has it");
        error.code() == "unauthorised"
    });
    assert_eq!(looked_at.count(), 5);
}

#[tokio::test]
async fn a_second_screen_is_paired_by_a_code_that_is_good_once_for_two_minutes() {
    let house = House::new().await;
    let signing = &house.signing;
    let contract = contract(&house).await;
    let (_, clerk) = at_work(&house, TENANT, "clerk").await;
    let desk = &clerk.desk;
    let pair = || signing.pair(desk, &contract.contract, "spouse");
    let open = |code: String, from| async move { signing.open_pairing(&code, address(from)).await };

    let first = pair().await.unwrap();
    assert_eq!(first.code.len(), 8);
    // Nothing to see before the second screen is there.
    refused(
        signing.attended_session(desk, &first.session).await,
        "not-found",
    );
    house.wait(2 * MINUTE);
    refused(open(first.code, 1).await, "staff-code-unknown");
    // A newer code takes the place of an older one.
    let older = pair().await.unwrap();
    let newer = pair().await.unwrap();
    refused(open(older.code, 2).await, "staff-code-unknown");
    let spaced = format!(" {} {} ", &newer.code[..4], &newer.code[4..]);
    let tries = (10..20).map(|from| open(spaced.clone(), from));
    let done = join_all(tries).await;
    let (opened, others): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!((opened.len(), others.len()), (1, 9));
    for other in others {
        refused(other, "staff-code-unknown");
    }
    let opened = opened.into_iter().next().unwrap().unwrap();
    assert_eq!(opened.view.session, newer.session);
    let seen = signing.attended_session(desk, &newer.session).await;
    assert_eq!(seen.unwrap().collected, [ItemKind::Attendant]);
    sign_by_hand(&house, &contract, &opened.secret).await;
    refused(open(newer.code, 30).await, "staff-code-unknown");
}

#[tokio::test]
async fn a_clerk_adds_what_is_not_the_signers_own() {
    let house = House::new().await;
    let signing = &house.signing;
    let parties = vec![
        party("borrower", Mode::Counter, "陈思远", 0.0),
        party("lender", Mode::Sms, "周慧敏", 1.0),
    ];
    let change = r#"{"required":["attendant","reading","device","handwriting"],
        "optional":["id-photo-front","portrait","code","transcription","voice"],
        "consent":["portrait"],"sentence":"本人已知晓借款风险"}"#;
    let mut evidence = crate::house::least();
    evidence.insert(Mode::Counter, serde_json::from_str(change).unwrap());
    let contract = house.ask(Order::Parallel, parties, evidence).await.unwrap();
    let (device, clerk) = at_work(&house, TENANT, "clerk").await;
    let desk = &clerk.desk;
    let pairing = signing
        .pair(desk, &contract.contract, "borrower")
        .await
        .unwrap();
    let second = signing
        .open_pairing(&pairing.code, address(1))
        .await
        .unwrap();
    let session = &pairing.session;
    let view: SessionView = signing.attended_session(desk, session).await.unwrap();
    let to_service = |kind: ItemKind, bytes: &[u8]| {
        Arrived::Sealed(sealed(&view.transport, &view, kind.name(), bytes))
    };
    let add = |desk: Desk, kind, arrived| async move {
        signing
            .attended_evidence(&desk, session, kind, arrived, None)
            .await
    };

    let front = ItemKind::IdPhotoFront;
    let plain = Arrived::Plain(picture().into());
    refused(add(desk.clone(), front, plain).await, "seal-missing");
    add(desk.clone(), front, to_service(front, &picture()))
        .await
        .unwrap();
    let portrait = ItemKind::Portrait;
    let taken = add(desk.clone(), portrait, to_service(portrait, &picture())).await;
    refused(taken, "consent-missing");
    let said = sealed(&view.forensic, &view, "voice", b"yes");
    let voice = ItemKind::Voice;
    add(desk.clone(), voice, Arrived::Plain(said))
        .await
        .unwrap();
    for kind in [
        ItemKind::Handwriting,
        ItemKind::Code,
        ItemKind::Transcription,
        ItemKind::Device,
        ItemKind::Reading,
        ItemKind::Attendant,
    ] {
        let bytes = to_service(kind, "本人已知晓借款风险".as_bytes());
        refused(add(desk.clone(), kind, bytes).await, "not-in-mode");
    }
    // The same officer at another device, and another officer at this one, were not there.
    let elsewhere = self::device(&house, TENANT).await;
    let moved = log_in(&house, &elsewhere, "clerk", PASSWORD).await.unwrap();
    appoint(&house, TENANT, "other", "李娜").await;
    let other = log_in(&house, &device, "other", PASSWORD).await.unwrap();
    for stranger in [moved.desk, other.desk] {
        let bytes = to_service(front, &picture());
        refused(add(stranger, front, bytes).await, "not-found");
    }

    let seen = signing.session(&second.secret).await.unwrap();
    assert_eq!(seen.collected, [ItemKind::Attendant, front, voice]);
    house.read(&contract, &second.secret).await;
    let mut package = house
        .submission(&contract, "borrower", &second.secret)
        .await;
    package.sealed = true;
    signing
        .submit(&second.secret, &package, None)
        .await
        .unwrap();
    house.sign(&contract, "lender").await.unwrap();
    let finished = signing.finished(TENANT, &contract.contract).await.unwrap();
    let sources: Vec<_> = finished.manifests[0]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["kind"].clone(), item["source"].clone()))
        .collect();
    assert!(sources.contains(&("id-photo-front".into(), "officer".into())));
    assert!(sources.contains(&("voice".into(), "officer".into())));
    assert!(sources.contains(&("handwriting".into(), "page".into())));
}

/// Ten thousand guesses at once: five of one address are looked at, and of all addresses
/// together no more than a hundred.
#[tokio::test]
async fn a_pairing_code_is_not_guessed() {
    let house = House::new().await;
    let signing = &house.signing;
    let contract = contract(&house).await;
    let (_, clerk) = at_work(&house, TENANT, "clerk").await;
    let pairing = signing
        .pair(&clerk.desk, &contract.contract, "spouse")
        .await
        .unwrap();
    let wrong = |n: u32| {
        let right: u32 = pairing.code.parse().unwrap();
        format!("{:08}", (right + 1 + n) % 100_000_000)
    };
    let guess = |from: u32, n: u32| {
        let code = wrong(n);
        async move {
            let done = signing.open_pairing(&code, address(from)).await;
            done.unwrap_err().code().to_owned()
        }
    };
    let looked_at = |codes: &[String]| {
        codes
            .iter()
            .filter(|code| *code == "staff-code-unknown")
            .count()
    };
    let codes = join_all((0..10_000).map(|n| guess(7, n))).await;
    assert_eq!(looked_at(&codes), 5);
    // The clerk's own screen is not held up by it.
    let opened = signing.open_pairing(&pairing.code, address(8)).await;
    opened.unwrap();

    let codes = join_all((0..10_000).map(|n| guess(1000 + n, n))).await;
    assert_eq!(looked_at(&codes), 95);
}

#[tokio::test]
async fn nothing_of_the_staff_lies_in_clear() {
    let house = House::new().await;
    let signing = &house.signing;
    let contract = contract(&house).await;
    let (device, clerk) = at_work(&house, TENANT, "clerk").await;
    let pairing = signing
        .pair(&clerk.desk, &contract.contract, "spouse")
        .await
        .unwrap();
    let opened = signing
        .open_pairing(&pairing.code, address(1))
        .await
        .unwrap();
    let added = signing.add_device(TENANT, "二号").await.unwrap();
    let code = added.code.replace('-', "");
    let mut bytes = Vec::new();
    let mut folders = vec![house.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(fs::read(path).unwrap());
            }
        }
    }
    let there = |text: &str| {
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(there(&device.device), "the search finds what is there");
    let secrets = [
        "王伟国",
        PASSWORD,
        &device.secret,
        &clerk.secret,
        &pairing.code,
        &opened.secret,
        &added.code,
        &code,
    ];
    for text in secrets {
        assert!(!there(text), "{text}");
    }
}

/// Events that were recorded before there were attendants and ways back stay byte by byte.
#[test]
fn what_is_not_said_is_not_written() {
    let opened = Event::SessionOpened {
        session: "s".to_owned(),
        by: None,
    };
    let json = r#"{"event":"session-opened","session":"s"}"#;
    assert_eq!(serde_json::to_string(&opened).unwrap(), json);
    assert_eq!(serde_json::from_str::<Event>(json).unwrap(), opened);
    let issued = Event::LinkIssued {
        session: "s".to_owned(),
        role: Role::parse("borrower").unwrap(),
        expires: 1,
        return_url: None,
        set: None,
        picked_up: false,
    };
    let json = r#"{"event":"link-issued","session":"s","role":"borrower","expires":1}"#;
    assert_eq!(serde_json::to_string(&issued).unwrap(), json);
    assert_eq!(serde_json::from_str::<Event>(json).unwrap(), issued);
}

#[tokio::test]
async fn the_way_back_is_the_one_that_was_agreed() {
    let house = House::new().await;
    let contract = contract(&house).await;
    let signing = &house.signing;
    let back = "com.example.app:/done".parse().unwrap();
    let link = signing
        .issue_link(TENANT, &contract.contract, "lender", HOUR, Some(back))
        .await
        .unwrap();
    let opened = signing.open_link(&link.token).await.unwrap();
    let told = |view: SessionView| view.return_url.map(String::from);
    let expected = Some("com.example.app:/done".to_owned());
    assert_eq!(told(opened.view), expected);
    // Another node reads it from the events.
    let node = house.node().await;
    let view = node.session(&opened.secret).await.unwrap();
    assert_eq!(told(view), expected);
    let secret = house.visit(&contract, "lender").await;
    assert_eq!(told(signing.session(&secret).await.unwrap()), None);
}

/// docs/modes.md has the defaults as they are.
#[test]
fn the_table_of_the_modes_is_true() {
    let modes = [Mode::Counter, Mode::Pad, Mode::App, Mode::Sms];
    let policies = modes.map(EvidencePolicy::of);
    let mut rows: Vec<String> = Vec::new();
    for policy in &policies {
        let required = policy.required.iter().map(ToString::to_string);
        let optional = policy.optional.iter().map(ToString::to_string);
        for name in required.chain(optional) {
            if !rows.contains(&name) {
                rows.push(name);
            }
        }
    }
    let cell = |policy: &EvidencePolicy, name: &str| {
        let required = policy.required.iter().any(|r| r.to_string() == name);
        let optional = policy.optional.iter().any(|kind| kind.name() == name);
        match (required, optional) {
            (true, _) => "required",
            (_, true) => "taken",
            _ => "–",
        }
    };
    let docs = include_str!("../../../../docs/modes.md");
    let mut table = String::new();
    for name in &rows {
        let cells = policies.each_ref().map(|policy| cell(policy, name));
        let row = format!(
            "| `{}` | {} |\n",
            name.replace('|', "` or `"),
            cells.join(" | ")
        );
        table += &row;
    }
    assert!(docs.contains(&table), "{table}");
    let consents = policies[1].consent.iter().map(|kind| kind.name());
    for kind in consents {
        assert!(docs.contains(&format!("`{kind}`")), "{kind}");
    }
}
