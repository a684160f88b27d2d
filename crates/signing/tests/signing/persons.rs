//! Who persons are, and how sure it is.

use signing::{
    Signing,
    event::Millis,
    identity::DocumentKind,
    ports::Verdict,
    register::assurance::Level,
    service::{CommandKey, NewDocument, NewPerson, PersonChange, PersonQuestion, audit},
};

use crate::{
    house::{HOUR, House, TENANT},
    register::{
        CARD, NAME, NUMBER, PASSPORT, PHONE, Said, asking, card, code, document, resident, somebody,
    },
};

const DAY: Millis = 24 * HOUR;
/// Races of one kind.
const ROUNDS: usize = 256;

async fn events(house: &House) -> u64 {
    house.store.event_count().await.unwrap()
}

#[tokio::test]
async fn the_same_document_is_the_same_person() {
    let house = House::new().await;
    let id = house.resident().await;
    let before = events(&house).await;
    assert_eq!(house.resident().await, id);
    assert_eq!(events(&house).await, before, "nothing new was said");

    // A second document comes with a second registration, and finds the person then.
    let passport = || document(DocumentKind::Passport, PASSPORT);
    let both = somebody(vec![resident(), passport()]);
    let (view, new) = house.signing.register_person(TENANT, both).await.unwrap();
    assert_eq!(
        (view.person.as_str(), new, view.documents.len()),
        (id.as_str(), false, 2)
    );
    let by_passport = house
        .signing
        .register_person(TENANT, somebody(vec![passport()]));
    assert_eq!(by_passport.await.unwrap().0.person, id);

    let other_name = NewPerson {
        name: "周慧敏".to_owned(),
        ..somebody(vec![resident()])
    };
    let refused = house.signing.register_person(TENANT, other_name).await;
    assert_eq!(code(refused), "person-known-otherwise");
    let elsewhere = house
        .signing
        .register_person("another", somebody(vec![resident()]));
    assert_ne!(elsewhere.await.unwrap().0.person, id);
    let foreign = house.signing.view_person("another", &id).await;
    assert_eq!(code(foreign), "not-found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_registrations_at_once_make_one_person() {
    let house = House::new().await;
    let other = house.node().await;
    let register = |n: usize| {
        let signing = if n.is_multiple_of(2) {
            house.signing.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let done = signing
                .register_person(TENANT, somebody(vec![resident()]))
                .await;
            done.map(|(view, new)| (view.person, new))
        })
    };
    let tasks: Vec<_> = (0..16).map(register).collect();
    let mut made = 0;
    let mut ids = std::collections::BTreeSet::new();
    for task in tasks {
        let (id, new) = task.await.unwrap().unwrap();
        made += usize::from(new);
        ids.insert(id);
    }
    assert_eq!((ids.len(), made), (1, 1));
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn numbers_and_dates_are_checked() {
    let house = House::new().await;
    let with = |kind, number: &str, expires: Option<&str>| NewDocument {
        expires: expires.map(str::to_owned),
        ..document(kind, number)
    };
    let wrong = [
        (
            with(DocumentKind::ResidentId, "110105194912310021", None),
            "invalid-field",
        ),
        (
            with(DocumentKind::HongKongMacauPermit, "T1234567", None),
            "invalid-field",
        ),
        (
            with(DocumentKind::ResidentId, NUMBER, Some("2026-02-29")),
            "invalid-field",
        ),
        (
            with(DocumentKind::ResidentId, NUMBER, Some("2026-02-28")),
            "document-expired",
        ),
        (
            with(DocumentKind::ResidentId, "110105209912310029", None),
            "birth-date-to-come",
        ),
    ];
    for (document, expected) in wrong {
        let refused = house
            .signing
            .register_person(TENANT, somebody(vec![document]))
            .await;
        assert_eq!(code(refused), expected);
    }
    let nothing = house
        .signing
        .register_person(TENANT, somebody(Vec::new()))
        .await;
    assert_eq!(code(nothing), "document-last");
    assert_eq!(events(&house).await, 0);
}

#[tokio::test]
async fn a_level_needs_evidence_and_falls_with_it() {
    let house = House::new().await;
    let id = house.resident().await;
    assert_eq!(house.person(&id).await.level, Level::Low);
    let one = house.check(&id, PersonQuestion::Person).await.unwrap();
    assert_eq!(
        one.level,
        Level::Low,
        "two elements alone are what anybody can know"
    );
    house.wait(10 * DAY);
    let two = house.check(&id, PersonQuestion::Phone).await.unwrap();
    assert_eq!(two.level, Level::Substantial);
    assert_eq!(two.expires, Some(house.now() + 355 * DAY));
    assert!(
        two.checks
            .iter()
            .all(|check| check.used && check.source == "authority-test")
    );

    house.portrait(&id).await;
    let three = house.check(&id, crate::register::face()).await.unwrap();
    assert_eq!(
        (three.level, three.expires),
        (Level::High, Some(house.now() + 90 * DAY))
    );
    assert_eq!(three.checks[2].score, Some(973));
    house.wait(90 * DAY);
    assert_eq!(house.person(&id).await.level, Level::Substantial);
    house.wait(265 * DAY);
    assert_eq!(house.person(&id).await.level, Level::Low);
}

#[tokio::test]
async fn there_is_a_way_without_a_face_and_without_public_security() {
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, PersonQuestion::Phone).await.unwrap();
    let view = house.check(&id, card()).await.unwrap();
    assert_eq!(view.level, Level::Substantial);
    assert!(view.photos.is_empty() && view.consents.is_empty());
}

#[tokio::test]
async fn a_mismatch_never_raises_and_a_later_one_lowers() {
    let house = House::new().await;
    let id = house.resident().await;
    for verdict in [Verdict::Mismatch, Verdict::Unknown] {
        for question in [PersonQuestion::Person, PersonQuestion::Phone, card()] {
            house.register.say(Said::Verdict(verdict));
            let view = house.check(&id, question).await.unwrap();
            assert_eq!(view.level, Level::Low);
        }
    }
    house.check(&id, PersonQuestion::Person).await.unwrap();
    let raised = house.check(&id, PersonQuestion::Phone).await.unwrap();
    assert_eq!(raised.level, Level::Substantial);
    house.register.say(Said::Verdict(Verdict::Mismatch));
    let lowered = house.check(&id, PersonQuestion::Phone).await.unwrap();
    assert_eq!(lowered.level, Level::Low);
}

#[tokio::test]
async fn an_answer_to_another_question_is_no_evidence() {
    let house = House::new().await;
    let id = house.resident().await;
    house.register.say(Said::Receipt("receipt-1"));
    house.check(&id, PersonQuestion::Person).await.unwrap();
    let other = somebody(vec![document(DocumentKind::Passport, PASSPORT)]);
    let other = house.signing.register_person(TENANT, other).await.unwrap();
    let other = other.0.person;
    let before = events(&house).await;
    let refused = [
        (Said::Foreign, "authority-answer-foreign"),
        (Said::Receipt("receipt-1"), "authority-answer-used"),
        (Said::Receipt(""), "authority-answer-invalid"),
        (Said::Late(-11 * 60 * 1000), "authority-answer-stale"),
        (Said::Late(11 * 60 * 1000), "authority-answer-stale"),
        (Said::Silent, "port-down"),
    ];
    for (said, expected) in refused {
        house.register.say(said);
        assert_eq!(
            code(house.check(&id, PersonQuestion::Phone).await),
            expected
        );
    }
    // Whoever asks: not of another person either.
    house.register.say(Said::Receipt("receipt-1"));
    let replayed = house.check(&other, PersonQuestion::Person).await;
    assert_eq!(code(replayed), "authority-answer-used");
    // Each question was counted, and nothing else changed.
    assert_eq!(events(&house).await, before + 7);
    assert_eq!(house.person(&id).await.level, Level::Low);
}

#[tokio::test]
async fn a_repeated_command_asks_once() {
    let house = House::new().await;
    let id = house.resident().await;
    let key = CommandKey {
        key: "key".to_owned(),
        request: "request".to_owned(),
    };
    let again = || async {
        let asked = asking(PersonQuestion::Person);
        house
            .signing
            .check_person(TENANT, &id, asked, Some(&key))
            .await
    };
    let (first, second) = tokio::join!(again(), again());
    assert_eq!(
        first.unwrap().checks[0].check,
        second.unwrap().checks[0].check
    );
    assert_eq!(house.register.count(), 1);
    for _ in 1..20 {
        house.check(&id, PersonQuestion::Person).await.unwrap();
    }
    assert_eq!(
        code(house.check(&id, PersonQuestion::Person).await),
        "check-limit"
    );
    house.wait(DAY);
    house.check(&id, PersonQuestion::Person).await.unwrap();
}

/// An authority that does not answer was asked all the same.
#[tokio::test]
async fn a_question_counts_before_it_is_asked() {
    let house = House::new().await;
    let id = house.resident().await;
    for asked in 1..=20 {
        house.register.say(Said::Silent);
        let silent = house.check(&id, PersonQuestion::Person).await;
        assert_eq!(code(silent), "port-down");
        assert_eq!(house.register.count(), asked);
    }
    let over = house.check(&id, PersonQuestion::Person).await;
    assert_eq!(code(over), "check-limit");
    assert_eq!(house.register.count(), 20);
    house.wait(DAY);
    house.check(&id, PersonQuestion::Person).await.unwrap();
    audit(&house.store).await.unwrap();
}

/// At two nodes over one store, whoever was second in the count asks nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_questions_at_once_twenty_are_asked() {
    let house = House::new().await;
    let id = house.resident().await;
    let other = house.node().await;
    let ask = |n: usize| {
        let signing = if n.is_multiple_of(2) {
            house.signing.clone()
        } else {
            other.clone()
        };
        let id = id.clone();
        tokio::spawn(async move {
            let asked = asking(PersonQuestion::Person);
            signing.check_person(TENANT, &id, asked, None).await.is_ok()
        })
    };
    let tasks: Vec<_> = (0..80).map(ask).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!((1..=20).contains(&house.register.count()));
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn what_was_checked_of_the_old_counts_no_more_after_a_change() {
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, PersonQuestion::Person).await.unwrap();
    house.check(&id, PersonQuestion::Phone).await.unwrap();
    let change = |change| house.signing.change_person(TENANT, &id, change);
    let phone = PersonChange {
        phone: Some("13900005678".to_owned()),
        ..PersonChange::default()
    };
    let changed = change(phone).await.unwrap();
    assert_eq!(changed.level, Level::Low);
    assert_eq!(changed.phone.as_deref(), Some("139****5678"));
    let back = PersonChange {
        phone: Some(PHONE.to_owned()),
        ..PersonChange::default()
    };
    assert_eq!(change(back).await.unwrap().level, Level::Substantial);
    let name = PersonChange {
        name: Some("陈思源".to_owned()),
        ..PersonChange::default()
    };
    assert_eq!(change(name).await.unwrap().level, Level::Low);

    // The document goes, and can be registered by another.
    let renewed = PersonChange {
        add: vec![document(DocumentKind::Passport, PASSPORT)],
        remove: vec![resident()],
        ..PersonChange::default()
    };
    assert_eq!(change(renewed).await.unwrap().documents.len(), 1);
    assert_ne!(house.resident().await, id);
    let taken = PersonChange {
        add: vec![resident()],
        ..PersonChange::default()
    };
    assert_eq!(code(change(taken).await), "documents-differ");
    let last = PersonChange {
        remove: vec![document(DocumentKind::Passport, PASSPORT)],
        ..PersonChange::default()
    };
    assert_eq!(code(change(last).await), "document-last");
    audit(&house.store).await.unwrap();
}

#[tokio::test]
async fn a_renewed_permit_is_the_same_document() {
    let house = House::new().await;
    let permit = |number| somebody(vec![document(DocumentKind::HongKongMacauPermit, number)]);
    let register = |number| house.signing.register_person(TENANT, permit(number));
    let (first, _) = register("H1234567801").await.unwrap();
    let (second, new) = register("H12345678").await.unwrap();
    assert_eq!(
        (second.person, new, second.documents.len()),
        (first.person, false, 1)
    );
    assert_eq!(second.documents[0].number, "H1*****78");
}

#[tokio::test]
async fn two_who_turn_out_to_be_one_are_merged() {
    let house = House::new().await;
    let first = house.resident().await;
    let passport = || somebody(vec![document(DocumentKind::Passport, PASSPORT)]);
    let second = house
        .signing
        .register_person(TENANT, passport())
        .await
        .unwrap()
        .0
        .person;
    assert_ne!(first, second);
    house.check(&first, PersonQuestion::Person).await.unwrap();
    let photo = house.portrait(&first).await;
    house.check(&first, crate::register::face()).await.unwrap();
    let both = somebody(vec![resident(), document(DocumentKind::Passport, PASSPORT)]);
    let refused = house.signing.register_person(TENANT, both).await;
    assert_eq!(code(refused), "documents-differ");

    let merged = house
        .signing
        .merge_persons(TENANT, &first, &second)
        .await
        .unwrap();
    assert_eq!(
        (merged.person.as_str(), merged.documents.len()),
        (second.as_str(), 2)
    );
    assert_eq!(
        merged.level,
        Level::High,
        "what was checked of either counts"
    );
    // The old identifier and both documents lead to the one who goes on.
    assert_eq!(house.person(&first).await.person, second);
    assert_eq!(house.resident().await, second);
    let kept = house.signing.photo(TENANT, &first, &photo).await.unwrap();
    assert_eq!(kept.file, crate::register::portrait());
    let again = house.signing.merge_persons(TENANT, &first, &second).await;
    assert_eq!(code(again), "persons-differ");
    audit(&house.store).await.unwrap();

    // Cancelling the one who goes on ends what came from the other too.
    house.signing.cancel_person(TENANT, &second).await.unwrap();
    for key in [
        format!("registered/{first}"),
        format!("registered/{second}"),
    ] {
        assert!(house.store.data_key(TENANT, &key).await.is_err(), "{key}");
    }
    assert_ne!(house.resident().await, second);
    audit(&house.store).await.unwrap();
}

/// Two nodes merge the same two, each the other way round: one is done, and nobody waits
/// for himself.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_that_merge_the_same_two_end_both() {
    let house = House::new().await;
    let other = house.node().await;
    for round in 0..ROUNDS {
        let person = async |digit: usize| {
            let number = format!("E{:08}", 10 * round + digit);
            let one = somebody(vec![document(DocumentKind::Passport, &number)]);
            let made = house.signing.register_person(TENANT, one).await;
            made.unwrap().0.person
        };
        let (first, second) = (person(1).await, person(2).await);
        let merge = |signing: &Signing, from: &str, into: &str, lead: usize| {
            let (signing, from, into) = (signing.clone(), from.to_owned(), into.to_owned());
            tokio::spawn(async move {
                for _ in 0..lead {
                    tokio::task::yield_now().await;
                }
                signing.merge_persons(TENANT, &from, &into).await
            })
        };
        // One is ahead of the other by more each time.
        let one = merge(&house.signing, &first, &second, 8 * (round % 64));
        let two = merge(&other, &second, &first, 0);
        let done = [one.await.unwrap(), two.await.unwrap()];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
        let stays = house.person(&first).await.person;
        assert_eq!(house.person(&second).await.person, stays);
    }
}

#[tokio::test]
async fn people_of_other_names_are_not_merged() {
    let house = House::new().await;
    let first = house.resident().await;
    let other = NewPerson {
        name: "周慧敏".to_owned(),
        ..somebody(vec![document(DocumentKind::Passport, PASSPORT)])
    };
    let second = house
        .signing
        .register_person(TENANT, other)
        .await
        .unwrap()
        .0
        .person;
    let merged = house.signing.merge_persons(TENANT, &first, &second).await;
    assert_eq!(code(merged), "persons-differ");
    assert_eq!(house.person(&first).await.name.as_deref(), Some(NAME));
}

#[tokio::test]
async fn the_audit_finds_a_changed_person() {
    use sqlx::{Connection, SqliteConnection};
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, PersonQuestion::Person).await.unwrap();
    assert_eq!(audit(&house.store).await.unwrap().events, 3);
    let path = house.folder.path().join("inkseal.db");
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let changed =
        "UPDATE event SET body = REPLACE(body, 'match', 'unknown') WHERE kind = 'checked'";
    sqlx::query(changed).execute(&mut connection).await.unwrap();
    let found = audit(&house.store).await.unwrap_err().to_string();
    assert!(
        found.contains(&format!("event 2 of person {id}")),
        "{found}"
    );
}

/// What can be read in a folder: whether a text is there.
pub fn lies_in(house: &House, texts: &[&[u8]]) -> Vec<bool> {
    let mut bytes = Vec::new();
    crate::privacy::all_bytes(house.folder.path(), &mut bytes);
    let there = |text: &&[u8]| bytes.windows(text.len()).any(|part| part == *text);
    texts.iter().map(there).collect()
}

#[tokio::test]
async fn nothing_personal_lies_in_clear() {
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, card()).await.unwrap();
    house.portrait(&id).await;
    house.check(&id, crate::register::face()).await.unwrap();
    let password = "a password of length".to_owned();
    house
        .signing
        .set_password(TENANT, &id, password.into())
        .await
        .unwrap();
    let portrait = crate::register::portrait();
    let texts = [
        NAME,
        NUMBER,
        PHONE,
        CARD,
        "a password of length",
        "$argon2id$",
    ];
    let mut texts: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
    texts.push(&portrait[20..60]);
    assert!(
        lies_in(&house, &[id.as_bytes()])[0],
        "the search finds what is there"
    );
    assert_eq!(lies_in(&house, &texts), [false; 7]);
}

#[tokio::test]
async fn cancelling_a_person_destroys_what_was_kept() {
    let house = House::new().await;
    let id = house.resident().await;
    house.check(&id, PersonQuestion::Person).await.unwrap();
    let photo = house.portrait(&id).await;
    let names = house.store.events(TENANT, "person", &id, 0).await.unwrap();
    let consent = names
        .iter()
        .find(|event| event.kind == "consent-given")
        .unwrap();
    let consent: serde_json::Value = serde_json::from_str(&consent.body).unwrap();
    let consent = consent["consent"]["consent"].as_str().unwrap();
    let keys = [format!("registered/{id}"), format!("consent/{consent}")];
    let mut wrapped = Vec::new();
    for key in &keys {
        wrapped.push(house.store.data_key(TENANT, key).await.unwrap());
    }
    let wrapped: Vec<&[u8]> = wrapped.iter().map(Vec::as_slice).collect();
    assert_eq!(lies_in(&house, &wrapped), [true, true]);

    house.signing.cancel_person(TENANT, &id).await.unwrap();
    for key in &keys {
        assert!(house.store.data_key(TENANT, key).await.is_err());
    }
    let view = house.person(&id).await;
    assert_eq!(
        (view.state.as_str(), view.name, view.documents.len()),
        ("cancelled", None, 0)
    );
    let gone = house.signing.photo(TENANT, &id, &photo).await;
    assert_eq!(code(gone), "person-cancelled");
    assert_eq!(
        code(house.check(&id, PersonQuestion::Person).await),
        "person-cancelled"
    );
    assert_eq!(
        code(house.signing.cancel_person(TENANT, &id).await),
        "person-cancelled"
    );
    assert_ne!(
        house.resident().await,
        id,
        "the document can be registered anew"
    );
    // Every proof stays, and no key is left in a free page or in the log.
    audit(&house.store).await.unwrap();
    house.store.close().await;
    assert_eq!(lies_in(&house, &wrapped), [false, false]);
}
