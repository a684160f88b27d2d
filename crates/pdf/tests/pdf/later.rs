//! External signing: the digest goes out, the message comes back another day.

use crypto::{Digester, Suite};
use pdf::{Base, PdfError, Stored};

use crate::{
    contract::{Contract, assert_valid},
    house::{HOUSE, act},
    paper::Paper,
};

fn kept(contract: &Contract) -> Vec<u8> {
    let prepared = contract.prepare(&act(Suite::P256Sha256, "lender"), None);
    prepared.into_stored().to_bytes()
}

/// Nothing but bytes and the digest leaves the room; who signs sees the digest alone.
#[test]
fn a_signature_is_finished_from_what_was_kept() {
    let lender = act(Suite::P256Sha256, "lender");
    for paper in Paper::all() {
        let mut contract = Contract::of(paper.bytes());
        let kept = kept(&contract);
        let stored = Stored::from_bytes(&kept).unwrap();
        assert_eq!(stored.before(), contract.bytes.len());
        let mut prefix = Digester::new(lender.suite.hash());
        prefix.update(&contract.bytes);
        let message = HOUSE.message(&lender, &contract.bytes, &stored.digest(&prefix));
        contract.bytes.extend(stored.embed(&message).unwrap());
        assert_valid(&contract.bytes);
        // And the next one follows at once.
        contract.base = Base::read(&contract.bytes).unwrap();
        contract.sign(&HOUSE, &act(Suite::P256Sha256, "borrower"));
        assert_valid(&contract.bytes);
    }
}

#[test]
fn what_is_kept_is_the_same_signature() {
    let contract = Contract::of(Paper::default().bytes());
    let prepared = contract.prepare(&act(Suite::P256Sha256, "lender"), None);
    let stored = Stored::from_bytes(&kept(&contract)).unwrap();
    assert_eq!(stored.to_bytes(), kept(&contract));
    let message = [0x30; 700];
    assert_eq!(
        stored.embed(&message).unwrap(),
        prepared.embed(&message).unwrap().0
    );
}

#[test]
fn what_was_kept_badly_is_not_signed() {
    let kept = kept(&Contract::of(Paper::default().bytes()));
    for at in (0..200).chain(kept.len() - 200..kept.len()) {
        let mut changed = kept.clone();
        changed[at] ^= 1;
        assert_eq!(Stored::from_bytes(&changed), Err(PdfError::NotPrepared));
        assert_eq!(Stored::from_bytes(&kept[..at]), Err(PdfError::NotPrepared));
    }
    let longer = [&kept[..], b"\n"].concat();
    assert_eq!(Stored::from_bytes(&longer), Err(PdfError::NotPrepared));
    assert!(Stored::from_bytes(&kept).is_ok());
}
