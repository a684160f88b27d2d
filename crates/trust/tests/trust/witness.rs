//! The log shows its checkpoints to witnesses and publishes what they sign.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use async_trait::async_trait;
use ledger::{AddCheckpoint, Checkpoint, VerifierKey, WitnessKey, WitnessRefusal, cosignatures};
use trust::{Witness, WitnessAnswer, WitnessPort};

use crate::house::{FIRST, House, entries};

/// A witness in memory.
struct Simulated {
    key: WitnessKey,
    log: String,
    last: Mutex<Option<Checkpoint>>,
    down: AtomicBool,
}

#[async_trait]
impl WitnessPort for Simulated {
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, String> {
        if self.down.load(SeqCst) {
            return Err("down".to_owned());
        }
        let request = AddCheckpoint::parse(&body).unwrap();
        let mut last = self.last.lock().unwrap();
        match request.judge(&self.log, last.as_ref()) {
            Ok(checkpoint) => *last = Some(checkpoint),
            Err(WitnessRefusal::Conflict { size }) => return Ok(WitnessAnswer::Conflict(size)),
            Err(refused) => return Ok(WitnessAnswer::Refused(refused.status())),
        }
        let line = self.key.cosign(&request.note, 1_800_000_000).unwrap();
        Ok(WitnessAnswer::Cosigned(line))
    }
}

fn simulated(house: &House, n: u8) -> Arc<Simulated> {
    Arc::new(Simulated {
        key: WitnessKey::from_seed(&format!("witness.example/{n}"), &[n; 32]).unwrap(),
        log: house.trust.ledger_key(),
        last: Mutex::default(),
        down: AtomicBool::default(),
    })
}

async fn watch(house: &House, these: &[&Arc<Simulated>], quorum: usize) {
    let witness = |one: &&Arc<Simulated>| Witness {
        key: VerifierKey::parse(&one.key.verifier()).unwrap(),
        port: Arc::clone(one) as Arc<dyn WitnessPort>,
    };
    let witnesses = these.iter().map(witness).collect();
    house.trust.watched_by(witnesses, quorum).await.unwrap();
}

/// Size of the published checkpoint, and how many of these cosigned it.
async fn published(house: &House, these: &[&Arc<Simulated>]) -> Option<(u64, usize)> {
    let note = house.trust.ledger_object("checkpoint").await.unwrap()?;
    let note = String::from_utf8(note.to_vec()).unwrap();
    let size = Checkpoint::open(&note, &house.trust.ledger_key())
        .unwrap()
        .size;
    let keys: Vec<_> = these
        .iter()
        .map(|one| VerifierKey::parse(&one.key.verifier()).unwrap())
        .collect();
    Some((size, cosignatures(&note, &keys).unwrap().len()))
}

#[tokio::test]
async fn without_a_quorum_witnesses_are_asked_and_not_waited_for() {
    let house = House::new().await;
    let (one, two) = (simulated(&house, 1), simulated(&house, 2));
    watch(&house, &[&one, &two], 0).await;
    house.trust.sequence().await.unwrap();
    assert_eq!(published(&house, &[&one, &two]).await, Some((FIRST, 0)));
    assert_eq!(house.trust.cosign().await.unwrap(), 2);
    assert_eq!(published(&house, &[&one, &two]).await, Some((FIRST, 2)));
    two.down.store(true, SeqCst);
    house.commit(entries(0, 300)).await;
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.cosign().await.unwrap(), 1);
    assert_eq!(
        published(&house, &[&one, &two]).await,
        Some((FIRST + 300, 1))
    );
    // The other one comes back, and is shown what it missed.
    two.down.store(false, SeqCst);
    house.commit(entries(300, 300)).await;
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.cosign().await.unwrap(), 2);
    assert_eq!(
        published(&house, &[&one, &two]).await,
        Some((FIRST + 600, 2))
    );
}

#[tokio::test]
async fn with_a_quorum_nothing_is_published_without_it() {
    let house = House::new().await;
    let (one, two) = (simulated(&house, 1), simulated(&house, 2));
    watch(&house, &[&one, &two], 2).await;
    two.down.store(true, SeqCst);
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.cosign().await.unwrap(), 1);
    assert_eq!(published(&house, &[&one, &two]).await, None);
    let refused = house.trust.receipt(0).await.unwrap_err();
    assert_eq!(refused.code(), "ledger-not-witnessed");
    two.down.store(false, SeqCst);
    let receipt = house.trust.receipt(0).await.unwrap();
    receipt.verify(&house.trust.ledger_key()).unwrap();
    assert_eq!(published(&house, &[&one, &two]).await, Some((FIRST, 2)));
    // What is newer waits; what was published stays, after a stop too.
    two.down.store(true, SeqCst);
    house.commit(entries(0, 5)).await;
    house.trust.sequence().await.unwrap();
    let house = house.again().await.unwrap();
    watch(&house, &[&one, &two], 2).await;
    assert_eq!(published(&house, &[&one, &two]).await, Some((FIRST, 2)));
    house.trust.receipt(FIRST - 1).await.unwrap();
    assert!(house.trust.receipt(FIRST).await.is_err());
    two.down.store(false, SeqCst);
    house.trust.receipt(FIRST).await.unwrap();
    assert_eq!(published(&house, &[&one, &two]).await, Some((FIRST + 5, 2)));
}

/// A witness during whose answer the log goes on.
struct Overtaken {
    witness: Arc<Simulated>,
    house: trust::Trust,
    store: store::Store,
}

#[async_trait]
impl WitnessPort for Overtaken {
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, String> {
        let change = store::Change {
            tenant: "t".to_owned(),
            ledger: vec![b"meanwhile".to_vec().into()],
            ..store::Change::default()
        };
        self.store.commit(change).await.unwrap();
        self.house.sequence().await.unwrap();
        self.witness.add_checkpoint(body).await
    }
}

/// The cosignature is of the checkpoint that was shown, not of the newest.
#[tokio::test]
async fn a_cosignature_counts_though_the_log_went_on_meanwhile() {
    let house = House::new().await;
    let one = simulated(&house, 1);
    let witness = Witness {
        key: VerifierKey::parse(&one.key.verifier()).unwrap(),
        port: Arc::new(Overtaken {
            witness: Arc::clone(&one),
            house: house.trust.clone(),
            store: house.store.clone(),
        }),
    };
    house.trust.watched_by(vec![witness], 1).await.unwrap();
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST);
    assert_eq!(house.trust.cosign().await.unwrap(), 1);
    assert_eq!(house.trust.sequence().await.unwrap(), FIRST + 1);
    assert_eq!(published(&house, &[&one]).await, Some((FIRST, 1)));
}

#[tokio::test]
async fn a_stranger_that_answers_for_a_witness_does_not_count() {
    let house = House::new().await;
    let (one, two) = (simulated(&house, 1), simulated(&house, 2));
    let witness = Witness {
        key: VerifierKey::parse(&one.key.verifier()).unwrap(),
        port: two,
    };
    house.trust.watched_by(vec![witness], 1).await.unwrap();
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.cosign().await.unwrap(), 0);
    assert_eq!(published(&house, &[&one]).await, None);
}

/// A witness that knows a longer log is not talked out of it.
#[tokio::test]
async fn a_log_that_was_rolled_back_gets_no_cosignature() {
    let house = House::new().await;
    let one = simulated(&house, 1);
    watch(&house, &[&one], 0).await;
    house.trust.sequence().await.unwrap();
    let later = Checkpoint {
        origin: "test.example/log".to_owned(),
        size: FIRST + 1,
        root: [1; 32],
    };
    *one.last.lock().unwrap() = Some(later.clone());
    assert_eq!(house.trust.cosign().await.unwrap(), 0);
    house.commit(entries(0, 1)).await;
    house.trust.sequence().await.unwrap();
    assert_eq!(house.trust.cosign().await.unwrap(), 0);
    assert_eq!(one.last.lock().unwrap().as_ref(), Some(&later));
}

#[tokio::test]
async fn more_witnesses_than_there_are_cannot_be_asked_for() {
    let house = House::new().await;
    let refused = house.trust.watched_by(Vec::new(), 1).await.unwrap_err();
    assert_eq!(refused.code(), "ledger-not-witnessed");
}
