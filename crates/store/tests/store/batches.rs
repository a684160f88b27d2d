//! Many changes at once: each is made as if it had come alone, in its turn.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use store::{BlobId, Change, CommitError, Idempotency, Row, Table};

use crate::house::{Folder, append, bodies, bytes, queue};

/// All of them wait when the writer begins: they are one batch.
#[tokio::test]
async fn a_change_that_fails_does_not_hurt_the_others_of_its_batch() {
    let folder = Folder::new();
    let store = folder.open().await;
    let company = Row::Company {
        id: "c".to_owned(),
        body: "{}".to_owned(),
    };
    let first = Change {
        rows: vec![company.clone()],
        ..append("first", 0, &["1"])
    };
    store.commit(first).await.unwrap();
    let change = |n: u64| {
        let text = n.to_string();
        let mut change = append(&text, 0, &[&text]);
        change.blobs = vec![bytes(&format!("blob {n}"))];
        change.ledger = vec![bytes(&text)];
        match n % 5 {
            1 => change.append[0].expected = 3,
            3 => change.rows = vec![company.clone()],
            _ => {}
        }
        change
    };
    let results = futures::future::join_all((0..100).map(|n| store.commit(change(n)))).await;
    let mut entries = Vec::new();
    for (n, result) in (0..).zip(results) {
        let text = n.to_string();
        let blob = store
            .blob("lender", &BlobId::of(format!("blob {n}").as_bytes()))
            .await;
        let expected = match n % 5 {
            1 => Err(CommitError::Conflict(text.clone())),
            3 => Err(CommitError::Duplicate(Table::Company)),
            _ => Ok(Some(entries.len() as u64)),
        };
        assert_eq!(result.map(|committed| committed.entry()), expected, "{n}");
        // Nothing of what failed is there, all of what was made is.
        assert_eq!(blob.is_ok(), expected.is_ok(), "{n}");
        assert_eq!(
            bodies(&store, &text).await.len(),
            usize::from(expected.is_ok())
        );
        if expected.is_ok() {
            assert_eq!(blob.unwrap(), format!("blob {n}"));
            entries.push(text);
        }
    }
    assert_eq!(queue(&store).await, entries);
    assert_eq!(folder.packs().len(), 1, "one batch shares the flushes");
}

/// More than one batch, and more than wait at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_changes_at_once_are_all_made() {
    let folder = Folder::new();
    let store = folder.open().await;
    let tasks: Vec<_> = (0..2000)
        .map(|n| {
            let store = store.clone();
            let mut change = append(&n.to_string(), 0, &["1"]);
            change.ledger = vec![bytes(&n.to_string())];
            tokio::spawn(async move { store.commit(change).await.unwrap().entry().unwrap() })
        })
        .collect();
    let there = queue(&store).await.len();
    assert!(there <= 2000);
    let mut places = BTreeMap::new();
    for (n, task) in tasks.into_iter().enumerate() {
        places.insert(task.await.unwrap(), n.to_string());
    }
    assert!(places.keys().copied().eq(0..2000), "dense, each index once");
    assert!(queue(&store).await.iter().eq(places.values()));
}

/// What a caller asks for, in numbers small enough that they often collide.
#[derive(Debug, Clone)]
struct Asked {
    stream: u8,
    expected: u64,
    events: usize,
    entries: usize,
    key: Option<(u8, u8)>,
    company: Option<u8>,
}

fn asked() -> impl Strategy<Value = Asked> {
    let key = prop::option::weighted(0.4, (0..3_u8, 0..2_u8));
    let company = prop::option::weighted(0.3, 0..4_u8);
    (0..3_u8, 0..4_u64, 0..3_usize, 0..3_usize, key, company).prop_map(
        |(stream, expected, events, entries, key, company)| Asked {
            stream,
            expected,
            events,
            entries,
            key,
            company,
        },
    )
}

impl Asked {
    /// Entries of which some are there already, or twice.
    fn ledger(&self, n: usize) -> impl Iterator<Item = String> + use<> {
        (0..self.entries).map(move |place| ((n * 7 + place * 3) % 11 % 6).to_string())
    }

    fn change(&self, n: usize) -> Change {
        let body = n.to_string();
        let mut change = append(
            &self.stream.to_string(),
            self.expected,
            &vec![&*body; self.events],
        );
        change.ledger = self.ledger(n).map(|entry| bytes(&entry)).collect();
        change.idempotency = self.key.map(|(key, request)| Idempotency {
            key: key.to_string(),
            request: request.to_string(),
            answer: body.clone(),
        });
        let company = |id: u8| Row::Company {
            id: id.to_string(),
            body: body.clone(),
        };
        change.rows = self.company.into_iter().map(company).collect();
        change
    }
}

/// What the store must answer, computed one change after the other.
#[derive(Default)]
struct Model {
    streams: HashMap<u8, Vec<String>>,
    keys: HashMap<u8, (u8, String)>,
    companies: HashMap<u8, String>,
    ledger: Vec<String>,
}

impl Model {
    fn commit(&mut self, n: usize, asked: &Asked) -> Result<Vec<u64>, CommitError> {
        if let Some((request, answer)) = asked.key.and_then(|(key, _)| self.keys.get(&key)) {
            let same = asked.key.is_some_and(|(_, asked)| asked == *request);
            let answer = answer.clone();
            return Err(if same {
                CommitError::Replayed(answer)
            } else {
                CommitError::KeyReused
            });
        }
        let stream = self.streams.entry(asked.stream).or_default();
        if stream.len() as u64 != asked.expected {
            return Err(CommitError::Conflict(asked.stream.to_string()));
        }
        if asked
            .company
            .is_some_and(|id| self.companies.contains_key(&id))
        {
            return Err(CommitError::Duplicate(Table::Company));
        }
        stream.extend(vec![n.to_string(); asked.events]);
        self.companies
            .extend(asked.company.map(|id| (id, n.to_string())));
        self.keys.extend(
            asked
                .key
                .map(|(key, request)| (key, (request, n.to_string()))),
        );
        let mut place = |entry: String| {
            let there = self.ledger.iter().position(|known| *known == entry);
            let place = there.unwrap_or(self.ledger.len());
            if there.is_none() {
                self.ledger.push(entry);
            }
            place as u64
        };
        Ok(asked.ledger(n).map(&mut place).collect())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_batch_is_as_if_its_changes_came_one_by_one(
        batches in prop::collection::vec(prop::collection::vec(asked(), 1..12), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = Folder::new();
            let (mut model, mut n) = (Model::default(), 0);
            for batch in batches {
                // Every batch after a restart.
                let store = folder.open().await;
                let commits = (n..).zip(&batch).map(|(n, asked)| store.commit(asked.change(n)));
                for result in futures::future::join_all(commits).await {
                    let expected = model.commit(n, &batch[n % 100]);
                    prop_assert_eq!(result.map(|committed| committed.entries), expected);
                    n += 1;
                }
                n = n.next_multiple_of(100);
                for (stream, expected) in &model.streams {
                    prop_assert_eq!(&bodies(&store, &stream.to_string()).await, expected);
                }
                prop_assert_eq!(&queue(&store).await, &model.ledger);
                for (id, body) in &model.companies {
                    let there = store.company("lender", &id.to_string()).await.unwrap();
                    prop_assert_eq!(there.as_ref(), Some(body));
                }
                store.close().await;
            }
            Ok(())
        })?;
    }
}
