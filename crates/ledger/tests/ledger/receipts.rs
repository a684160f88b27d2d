//! Receipts: what they prove to somebody who has nothing but the log's key.

use std::sync::LazyLock;

use ledger::{Checkpoint, LogKey, NoteError, ProofError, Receipt, ReceiptError, inclusion};

use crate::house::{Naive, checkpoint, entry, log_key, prove};

static TREE: LazyLock<Receipts> = LazyLock::new(|| Receipts::new(300));

/// The receipts of all entries of a log.
struct Receipts(Vec<Receipt>);

impl Receipts {
    fn new(size: u64) -> Self {
        let tree = Naive::new(size);
        let note = log_key().sign(&checkpoint(&tree, size));
        let receipt = |index| {
            let proof = prove(&tree, |tiles| inclusion(index, size, tiles)).unwrap();
            Receipt::new(index, &entry(index), &proof, &note)
        };
        Self((0..size).map(receipt).collect())
    }

    fn of(&self, index: usize) -> Receipt {
        self.0[index].clone()
    }
}

#[test]
fn every_receipt_gives_its_entry() {
    let verifier = log_key().verifier();
    for (index, receipt) in (0..).zip(&TREE.0) {
        assert_eq!(receipt.verify(&verifier), Ok(entry(index)));
        let json = serde_json::to_string(receipt).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&json).unwrap(), *receipt);
    }
}

/// Every bit of the JSON, as somebody would change it who wants another entry in.
#[test]
fn a_changed_bit_anywhere_is_refused() {
    let verifier = log_key().verifier();
    let json = serde_json::to_vec(&TREE.of(257)).unwrap();
    for at in 0..json.len() * 8 {
        let mut changed = json.clone();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(receipt) = serde_json::from_slice::<Receipt>(&changed) {
            let said = receipt.verify(&verifier);
            assert!(said.is_err(), "{}", String::from_utf8_lossy(&changed));
        }
    }
}

#[test]
fn parts_of_two_receipts_do_not_make_a_third() {
    let verifier = log_key().verifier();
    let (one, two, wrong) = (
        TREE.of(17),
        TREE.of(18),
        ReceiptError::Proof(ProofError::Wrong),
    );
    let mixed = [
        Receipt {
            index: two.index,
            ..one.clone()
        },
        Receipt {
            entry: two.entry.clone(),
            ..one.clone()
        },
        Receipt {
            proof: two.proof.clone(),
            ..one.clone()
        },
        Receipt {
            proof: one.proof[1..].to_vec(),
            ..one.clone()
        },
        Receipt {
            proof: Vec::new(),
            ..one.clone()
        },
        Receipt {
            checkpoint: Receipts::new(299).of(17).checkpoint,
            ..one.clone()
        },
    ];
    for receipt in mixed {
        assert_eq!(receipt.verify(&verifier), Err(wrong.clone()));
    }
}

/// Two hashes on end are what a node is made of, but no entry (RFC 6962, 2.1: leaves
/// and nodes are hashed apart).
#[test]
fn a_node_is_not_taken_for_an_entry() {
    let tree = Naive::new(2);
    let forged = Checkpoint {
        size: 1,
        ..checkpoint(&tree, 2)
    };
    let note = log_key().sign(&forged);
    let halves = [tree.root(0, 1), tree.root(1, 2)].concat();
    let said = Receipt::new(0, &halves, &[], &note).verify(&log_key().verifier());
    assert_eq!(said, Err(ReceiptError::Proof(ProofError::Wrong)));
}

#[test]
fn what_is_wrong_with_a_receipt_is_named() {
    let verifier = log_key().verifier();
    let good = TREE.of(17);
    let said = |receipt: Receipt| receipt.verify(&verifier).unwrap_err();
    let entry = Receipt {
        entry: "?".to_owned(),
        ..good.clone()
    };
    assert_eq!(said(entry), ReceiptError::Encoding("entry"));
    for hash in ["?", "AAAA", ""] {
        let mut proof = good.proof.clone();
        proof[2] = hash.to_owned();
        let receipt = Receipt {
            proof,
            ..good.clone()
        };
        assert_eq!(said(receipt), ReceiptError::Encoding("proof"));
    }
    let note = Receipt {
        checkpoint: String::new(),
        ..good.clone()
    };
    assert_eq!(said(note), ReceiptError::Note(NoteError::Malformed));
    let beyond = Receipt {
        index: 300,
        ..good.clone()
    };
    let asked = ProofError::Beyond {
        asked: 300,
        size: 300,
    };
    assert_eq!(said(beyond), ReceiptError::Proof(asked));
    let other = LogKey::from_seed("log.example/2026", &[8; 32]).unwrap();
    let refused = good.verify(&other.verifier());
    assert_eq!(refused, Err(ReceiptError::Note(NoteError::Unsigned)));
}

#[test]
fn a_receipt_with_something_more_in_it_is_not_read() {
    let mut json = serde_json::to_value(TREE.of(17)).unwrap();
    json["note"] = "pay to another account".into();
    assert!(serde_json::from_value::<Receipt>(json).is_err());
}
