//! What a party's signature looks like is agreed when the contract is made.

use pdf::verify::{Verdict, verify};
use signing::{
    event::{LabelSide, Order},
    policy::Mode,
    service::NewParty,
};

use crate::house::{House, TENANT, party};

fn borrower() -> NewParty {
    party("borrower", Mode::Pad, "陈思远", 0.0)
}

/// The file that the borrower alone has signed.
async fn signed(borrower: NewParty) -> Vec<u8> {
    let house = House::new().await;
    let contract = house.create(Order::Parallel, vec![borrower]).await;
    house.sign(&contract, "borrower").await.unwrap();
    let finished = house.signing.finished(TENANT, &contract.contract).await;
    let file = finished.unwrap().file;
    let report = verify(&file, &house.authority.anchors(), house.now());
    assert_eq!(report.verdict, Verdict::Valid, "{}", report.reason);
    file
}

/// Why no contract is made with this party.
async fn refused(house: &House, party: NewParty) -> String {
    let made = house.try_create(Order::Parallel, vec![party]).await;
    made.unwrap_err().code().to_owned()
}

/// Outlines of some thirty characters are more than a kilobyte.
#[tokio::test]
async fn a_label_is_drawn_with_the_strokes() {
    let plain = signed(borrower()).await;
    for side in [LabelSide::Below, LabelSide::Beside] {
        let label = Some(side);
        let labelled = signed(NewParty {
            label,
            ..borrower()
        });
        let more = labelled.await.len() - plain.len();
        assert!(more > 1000, "{side:?}: {more} bytes more");
    }
}

/// Where nothing could be drawn by it, nothing is promised.
#[tokio::test]
async fn a_label_is_refused_where_it_cannot_be() {
    let house = House::new().await;
    let label = Some(LabelSide::Below);
    let by_code = NewParty {
        label,
        ..party("lender", Mode::Sms, "周慧敏", 1.0)
    };
    let unseen = NewParty {
        label,
        ..party("borrower", Mode::Pad, "陈\u{1F3E0}", 0.0)
    };
    assert_eq!(refused(&house, by_code).await, "invalid-field");
    assert_eq!(refused(&house, unseen).await, "glyph-missing");
}

#[tokio::test]
async fn only_a_seal_is_cut_across_pages() {
    let house = House::new().await;
    let across = NewParty {
        across_pages: true,
        ..borrower()
    };
    assert_eq!(refused(&house, across).await, "invalid-field");
}
