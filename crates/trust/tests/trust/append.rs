//! Entries of other services.

use trust::{EntryRefusal as R, LONGEST_ENTRY, MOST_ENTRIES, TrustError};

use crate::house::{FIRST, House};

const DIGEST: &str = "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
const CONTRACT: &str = "0123456789abcdef0123456789abcdef";

fn events(first: u64) -> Vec<u8> {
    format!(
        r#"{{"contract":"{CONTRACT}","events":["{DIGEST}"],"first":{first},"kind":"events","version":1}}"#
    )
    .into_bytes()
}

#[tokio::test]
async fn an_entry_that_is_sent_again_keeps_its_place() {
    let house = House::new().await;
    let send = |entries| house.trust.append("signing", entries);
    let first = send(vec![events(0), events(1), events(0)]).await.unwrap();
    assert_eq!(first, [FIRST, FIRST + 1, FIRST]);
    let again = send(vec![events(2), events(1), events(0)]).await.unwrap();
    assert_eq!(again, [FIRST + 2, FIRST + 1, FIRST]);
    assert_eq!(send(Vec::new()).await.unwrap(), [0; 0]);
    let house = house.again().await.unwrap();
    let later = house
        .trust
        .append("another", vec![events(1)])
        .await
        .unwrap();
    assert_eq!(later, [FIRST + 1]);
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST + 3);
    let receipt = house.trust.receipt(FIRST + 1).await.unwrap();
    assert_eq!(
        receipt.verify(&house.trust.ledger_key()).unwrap(),
        events(1)
    );
    house.trust.fsck().await.unwrap();
}

#[tokio::test]
async fn the_same_entries_at_once_are_there_once() {
    let house = House::new().await;
    let send = |n: u64| {
        house
            .trust
            .append("signing", vec![events(n % 3), events(n % 2)])
    };
    let places = futures::future::join_all((0..60).map(send)).await;
    for (n, place) in (0..60).zip(places) {
        let place = place.unwrap();
        for (index, expected) in place.into_iter().zip([events(n % 3), events(n % 2)]) {
            let receipt = house.trust.receipt(index).await.unwrap();
            assert_eq!(receipt.verify(&house.trust.ledger_key()).unwrap(), expected);
        }
    }
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST + 3);
}

#[tokio::test]
async fn entries_hold_digests_and_public_facts_only() {
    let house = House::new().await;
    let entry = |fields: &str| format!(r#"{{{fields},"kind":"events","version":1}}"#);
    let good = [
        entry(&format!(
            r#""a":"{DIGEST}","b":[1,-2,true,"word-2","{CONTRACT}"]"#
        )),
        entry(r#""at":1800000000250,"b_c":[]"#),
    ];
    for entry in good {
        house
            .trust
            .append("t", vec![entry.into_bytes()])
            .await
            .unwrap();
    }
    let long = format!(r#""a":"{}""#, "a".repeat(LONGEST_ENTRY));
    let many = format!(r#""a":[{}1]"#, "1,".repeat(300));
    let wrong = [
        (String::new(), R::Form),
        ("[]".to_owned(), R::Form),
        ("{".repeat(5000), R::Form),
        (entry(r#""b":1,"a":1"#), R::Form),
        (entry(r#""a": 1"#), R::Form),
        (entry(r#""a":1,"a":1"#), R::Form),
        (entry(r#""a":1.0"#), R::Form),
        (entry(&long), R::Long),
        (r#"{"version":1}"#.to_owned(), R::Kind),
        (r#"{"kind":"events"}"#.to_owned(), R::Kind),
        (r#"{"kind":"events","version":"1"}"#.to_owned(), R::Kind),
        (r#"{"kind":"Events","version":1}"#.to_owned(), R::Kind),
        // Whoever could add these would have certificates recorded that nobody signed.
        (r#"{"kind":"certificate","version":1}"#.to_owned(), R::Kind),
        (r#"{"kind":"revocation","version":1}"#.to_owned(), R::Kind),
        (entry(r#""a":"张三""#), R::Facts),
        (entry(r#""a":"Zhang San""#), R::Facts),
        (entry(r#""a":"13800005678""#), R::Facts),
        (entry(r#""a":"11010519491231002X""#), R::Facts),
        (entry(r#""a":"sm3:00""#), R::Facts),
        (entry(r#""a":null"#), R::Facts),
        (entry(r#""a":{"b":1}"#), R::Facts),
        (entry(r#""a":[[1]]"#), R::Facts),
        (entry(r#""a":1.5"#), R::Facts),
        (entry(&many), R::Facts),
        (entry(r#""A name":1"#), R::Facts),
    ];
    for (entry, expected) in wrong {
        let sent = vec![events(7), entry.clone().into_bytes()];
        let error = house.trust.append("t", sent).await.unwrap_err();
        let named = matches!(error, TrustError::Entry { place: 1, refusal } if refusal == expected);
        assert!(named, "{entry}: {error}");
        assert_eq!(error.code(), "ledger-entry-refused");
    }
    let sent = vec![events(7); MOST_ENTRIES + 1];
    let error = house.trust.append("t", sent).await.unwrap_err();
    assert!(error.to_string().contains("in parts"), "{error}");
    // None of those that came with a bad one is there.
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST + 2);
}
