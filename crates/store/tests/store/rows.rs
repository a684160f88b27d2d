//! Rows beside the events.

use store::{
    ApiKey, CertificateRequest, Certified, Change, CommitError, LedgerCheckpoint, ReadError, Row,
    SessionLink, StaffSecret, StoredRevocation, Table,
};

use crate::house::{Folder, append, bodies, nothing};

fn row(row: Row) -> Change {
    Change {
        rows: vec![row],
        ..nothing()
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// One of each kind that is kept once, told apart by `n`.
fn each(n: &str) -> [(Row, Table); 12] {
    [
        (
            Row::ApiKey {
                digest: text("digest"),
                name: text(n),
            },
            Table::ApiKey,
        ),
        (
            Row::DataKey {
                name: text("person"),
                wrapped: n.into(),
            },
            Table::DataKey,
        ),
        (
            Row::SessionLink {
                digest: text("digest"),
                contract: text(n),
                session: text("s"),
            },
            Table::SessionLink,
        ),
        (
            Row::Certificate {
                serial: text("01"),
                act: text("act"),
                tbs: n.into(),
                request: Some(CertificateRequest {
                    spki: text("key"),
                    digest: text(n),
                }),
            },
            Table::Certificate,
        ),
        (
            Row::CertificateSignature {
                serial: text("01"),
                signature: n.into(),
            },
            Table::CertificateSignature,
        ),
        (
            Row::Company {
                id: text("id"),
                body: text(n),
            },
            Table::Company,
        ),
        (
            Row::Revocation {
                serial: text("01"),
                issuer: text("p256"),
                at: i64::try_from(n.len()).unwrap(),
                reason: 1,
                part: text("2027q1"),
            },
            Table::Revocation,
        ),
        (
            Row::StaffSecret {
                digest: text("digest"),
                body: text(n),
                expires: 9,
            },
            Table::StaffSecret,
        ),
        (
            Row::PersonDocument {
                digest: text("digest"),
                person: text(n),
            },
            Table::PersonDocument,
        ),
        (
            Row::EnterpriseCode {
                code: text("code"),
                enterprise: text(n),
            },
            Table::EnterpriseCode,
        ),
        (
            Row::Once {
                name: text("receipt/1"),
            },
            Table::Once,
        ),
        (
            Row::AwaitedNumber {
                digest: text(n),
                contract: text("c"),
                role: text("borrower"),
                made: 1,
                expires: 9,
            },
            Table::AwaitedNumber,
        ),
    ]
}

#[tokio::test]
async fn documents_and_codes_lead_to_whom_they_belong_and_can_be_given_up() {
    let folder = Folder::new();
    let store = folder.open().await;
    let rows = each("one").map(|(row, _)| row).to_vec();
    store.commit(Change { rows, ..nothing() }).await.unwrap();
    let there = || async {
        let person = store.person_by_document("lender", "digest").await.unwrap();
        let enterprise = store.enterprise_by_code("lender", "code").await.unwrap();
        (person, enterprise)
    };
    assert_eq!(there().await, (Some(text("one")), Some(text("one"))));
    let elsewhere = store.person_by_document("borrower", "digest").await;
    assert_eq!(elsewhere.unwrap(), None);
    let digest = text("digest");
    store
        .commit(row(Row::NoPersonDocument { digest }))
        .await
        .unwrap();
    let code = text("code");
    store
        .commit(row(Row::NoEnterpriseCode { code }))
        .await
        .unwrap();
    assert_eq!(there().await, (None, None));
    // Another may have them now.
    let is_document = |row: &Row| matches!(row, Row::PersonDocument { .. });
    let rows = each("two").into_iter().map(|(row, _)| row);
    let document = rows.into_iter().find(is_document).unwrap();
    store.commit(row(document)).await.unwrap();
    assert_eq!(there().await.0, Some(text("two")));
}

/// Neither the database nor its log has it, though the store is open.
#[tokio::test]
async fn a_destroyed_data_key_is_nowhere_in_the_folder() {
    let folder = Folder::new();
    let store = folder.open().await;
    let wrapped = b"the wrapped key of a person".to_vec();
    let name = text("person");
    let key = Row::DataKey {
        name: name.clone(),
        wrapped: wrapped.clone(),
    };
    store.commit(row(key)).await.unwrap();
    let lies = || {
        let files = ["inkseal.db", "inkseal.db-wal"].map(|file| folder.path().join(file));
        files.iter().any(|file| {
            let bytes = std::fs::read(file).unwrap_or_default();
            bytes.windows(wrapped.len()).any(|part| part == wrapped)
        })
    };
    assert!(lies(), "the search finds what is there");
    store.commit(row(Row::NoDataKey { name })).await.unwrap();
    assert!(store.data_key("lender", "person").await.is_err());
    // The log is folded in after the answer was given; closing waits for it.
    store.close().await;
    assert!(!lies());
}

#[tokio::test]
async fn rows_come_back() {
    let folder = Folder::new();
    let store = folder.open().await;
    let rows = each("one").map(|(row, _)| row).to_vec();
    store.commit(Change { rows, ..nothing() }).await.unwrap();
    let key = ApiKey {
        tenant: text("lender"),
        name: text("one"),
    };
    assert_eq!(store.api_key("digest").await.unwrap(), Some(key));
    assert_eq!(store.data_key("lender", "person").await.unwrap(), b"one");
    let link = SessionLink {
        tenant: text("lender"),
        contract: text("one"),
        session: text("s"),
    };
    assert_eq!(store.session_link("digest").await.unwrap(), Some(link));
    assert_eq!(
        store.certificate("01").await.unwrap(),
        Some(b"one".to_vec())
    );
    let certified = Certified {
        serial: text("01"),
        request: text("one"),
        tbs: b"one".to_vec(),
        signature: Some(b"one".to_vec()),
    };
    assert_eq!(store.certified("key").await.unwrap(), Some(certified));
    assert_eq!(store.certified("").await.unwrap(), None);
    assert_eq!(
        store.company("lender", "id").await.unwrap(),
        Some(text("one"))
    );
    let revocation = StoredRevocation {
        serial: text("01"),
        at: 3,
        reason: 1,
        part: text("2027q1"),
    };
    assert_eq!(
        store.revocation("01").await.unwrap(),
        Some(revocation.clone())
    );
    assert_eq!(store.revocations("p256").await.unwrap(), [revocation]);
    assert_eq!(store.revocations("sm2").await.unwrap(), []);
    assert_eq!(store.revocation("02").await.unwrap(), None);
    let secret = StaffSecret {
        tenant: text("lender"),
        body: text("one"),
        expires: 9,
    };
    assert_eq!(store.staff_secret("digest").await.unwrap(), Some(secret));
}

/// Newest first, of one tenant or of all, and only while the contract is open.
#[tokio::test]
async fn a_number_leads_to_the_contracts_that_await_its_owner() {
    let folder = Folder::new();
    let store = folder.open().await;
    let put = async |tenant: &str, contract: &str, digest: &str, made| {
        let awaited = Row::AwaitedNumber {
            digest: text(digest),
            contract: text(contract),
            role: text("borrower"),
            made,
            expires: 9,
        };
        let change = Change {
            tenant: text(tenant),
            ..row(awaited)
        };
        store.commit(change).await.unwrap();
    };
    put("lender", "a", "one", 1).await;
    put("lender", "b", "one", 3).await;
    put("broker", "c", "one", 2).await;
    put("broker", "d", "two", 4).await;
    let found = async |tenant, now, limit| -> Vec<String> {
        let found = store.awaited(tenant, "one", now, limit).await.unwrap();
        found.into_iter().map(|there| there.contract).collect()
    };
    assert_eq!(found(None, 8, 9).await, ["b", "c", "a"]);
    assert_eq!(found(None, 8, 1).await, ["b"]);
    assert_eq!(found(Some("broker"), 8, 9).await, ["c"]);
    assert_eq!(found(Some("nobody"), 8, 9).await, [""; 0]);
    assert_eq!(found(None, 9, 9).await, [""; 0]);
}

#[tokio::test]
async fn what_is_over_is_deleted_and_nothing_else() {
    let folder = Folder::new();
    let store = folder.open().await;
    for (name, expires) in [("old", 5), ("last", 6), ("good", 7), ("ever", i64::MAX)] {
        let secret = Row::StaffSecret {
            digest: text(name),
            body: text("{}"),
            expires,
        };
        let awaited = Row::AwaitedNumber {
            digest: text("number"),
            contract: text(name),
            role: text("borrower"),
            made: expires,
            expires,
        };
        let rows = vec![secret, awaited];
        store.commit(Change { rows, ..nothing() }).await.unwrap();
    }
    store.commit(row(Row::Over { by: 6 })).await.unwrap();
    for (name, there) in [
        ("old", false),
        ("last", false),
        ("good", true),
        ("ever", true),
    ] {
        let secret = store.staff_secret(name).await.unwrap();
        assert_eq!(secret.is_some(), there, "{name}");
    }
    let awaited = store.awaited(None, "number", 0, 9).await.unwrap();
    let contracts: Vec<_> = awaited.into_iter().map(|there| there.contract).collect();
    assert_eq!(contracts, ["ever", "good"]);
}

/// Whoever changes an officer or a device has seen it as it is.
#[tokio::test]
async fn a_change_of_staff_goes_on_top_of_the_last_one_only() {
    let folder = Folder::new();
    let store = folder.open().await;
    let put = async |kind, after, body: &str| {
        let (id, body) = (text("7"), text(body));
        let change = Row::Staff {
            kind,
            id,
            after,
            body,
        };
        store.commit(row(change)).await.map(drop)
    };
    let refused = Err(CommitError::Duplicate(Table::Staff));
    assert_eq!(put("officer", Some(0), "early").await, refused);
    assert_eq!(put("officer", None, "first").await, Ok(()));
    assert_eq!(put("officer", None, "again").await, refused);
    assert_eq!(put("device", None, "another").await, Ok(()));
    assert_eq!(put("officer", Some(0), "second").await, Ok(()));
    assert_eq!(put("officer", Some(0), "late").await, refused);
    let there = store.staff("lender", "officer", "7").await.unwrap();
    let there = there.unwrap();
    assert_eq!((there.version, there.body.as_str()), (1, "second"));
    assert_eq!(store.staff_of("lender", "device").await.unwrap().len(), 1);
    assert_eq!(store.staff_of("other", "device").await.unwrap(), []);
    assert_eq!(store.staff("other", "officer", "7").await.unwrap(), None);
}

#[tokio::test]
async fn what_is_not_there_is_missing() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.commit(row(each("one")[1].0.clone())).await.unwrap();
    store.commit(row(each("one")[5].0.clone())).await.unwrap();
    assert_eq!(store.api_key("digest").await.unwrap(), None);
    assert_eq!(store.session_link("digest").await.unwrap(), None);
    assert_eq!(store.certificate("01").await.unwrap(), None);
    assert_eq!(store.company("other", "id").await.unwrap(), None);
    assert_eq!(store.setting("lender", "name").await.unwrap(), None);
    assert_eq!(store.ledger_checkpoint("lender").await.unwrap(), None);
    let missing = store.data_key("other", "person").await.unwrap_err();
    assert!(matches!(
        missing,
        ReadError::Missing {
            what: "data key",
            ..
        }
    ));
}

/// A second row never replaces the first, and takes nothing of its change with it.
#[tokio::test]
async fn a_row_that_is_kept_once_is_not_replaced() {
    let folder = Folder::new();
    let store = folder.open().await;
    for ((first, table), (second, _)) in each("one").into_iter().zip(each("two")) {
        store.commit(row(first)).await.unwrap();
        let change = Change {
            rows: vec![second],
            ..append("a", 0, &["1"])
        };
        assert_eq!(
            store.commit(change).await,
            Err(CommitError::Duplicate(table))
        );
    }
    assert_eq!(bodies(&store, "a").await, [""; 0]);
    assert_eq!(store.data_key("lender", "person").await.unwrap(), b"one");
    assert_eq!(
        store.certificate("01").await.unwrap(),
        Some(b"one".to_vec())
    );
    assert_eq!(
        store.company("lender", "id").await.unwrap(),
        Some(text("one"))
    );
    let revoked = store.revocation("01").await.unwrap();
    assert_eq!(revoked.map(|there| there.at), Some(3));
}

#[tokio::test]
async fn a_later_setting_replaces_an_earlier_one() {
    let folder = Folder::new();
    let store = folder.open().await;
    for value in ["one", "two"] {
        let setting = Row::Setting {
            name: text("name"),
            value: text(value),
        };
        store.commit(row(setting)).await.unwrap();
        let there = store.setting("lender", "name").await.unwrap();
        assert_eq!(there, Some(text(value)));
    }
    assert_eq!(store.setting("other", "name").await.unwrap(), None);
}

#[tokio::test]
async fn a_checkpoint_goes_on_top_of_the_last_one_only() {
    let folder = Folder::new();
    let store = folder.open().await;
    let put = async |after, size, note: &str| {
        let note = text(note);
        store
            .commit(row(Row::LedgerCheckpoint { after, size, note }))
            .await
    };
    let refused = Err(CommitError::Duplicate(Table::LedgerCheckpoint));
    // Nothing is there yet that it could follow.
    assert_eq!(put(Some(0), 5, "early").await, refused);
    assert!(put(None, 5, "five").await.is_ok());
    // A second sequencer, or one that did not see the last.
    assert_eq!(put(None, 6, "other").await, refused);
    assert_eq!(put(Some(4), 6, "other").await, refused);
    assert!(put(Some(5), 9, "nine").await.is_ok());
    assert_eq!(put(Some(5), 9, "nine again").await, refused);
    // A log does not shrink.
    assert_eq!(put(Some(9), 8, "shrunk").await, refused);
    let last = LedgerCheckpoint {
        size: 9,
        note: text("nine"),
    };
    assert_eq!(store.ledger_checkpoint("lender").await.unwrap(), Some(last));
}

/// Of two that follow the same one, one is taken, whatever batch they are in.
#[tokio::test]
async fn of_two_checkpoints_at_once_one_is_taken() {
    let folder = Folder::new();
    let store = folder.open().await;
    let first = Row::LedgerCheckpoint {
        after: None,
        size: 1,
        note: text("first"),
    };
    store.commit(row(first)).await.unwrap();
    let next = |size, note| {
        row(Row::LedgerCheckpoint {
            after: Some(1),
            size,
            note: text(note),
        })
    };
    let (one, two) = futures::join!(store.commit(next(2, "two")), store.commit(next(3, "three")));
    assert!(one.is_ok());
    assert_eq!(two, Err(CommitError::Duplicate(Table::LedgerCheckpoint)));
}
