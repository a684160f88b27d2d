//! A file that is signed again and again, the way the signing service does it.

use crypto::{Digester, Suite};
use pdf::{
    Appearance, Base, Field, Placement, Prepared, prepare,
    verify::{Report, Verdict, verify},
};

use crate::{
    house::{Act, HOUSE, House, Leaf, act},
    paper::Paper,
};

/// Room for a message of our certificates.
pub const RESERVE: usize = 5 * 1024;

pub struct Contract {
    pub bytes: Vec<u8>,
    pub base: Base,
    /// Length of the file after each revision, the first being the unsigned file.
    pub lengths: Vec<usize>,
}

impl Contract {
    pub fn of(bytes: Vec<u8>) -> Self {
        Self {
            base: Base::read(&bytes).unwrap(),
            lengths: vec![bytes.len()],
            bytes,
        }
    }

    /// Two parties and the closing seal.
    pub fn signed(paper: &Paper, suite: Suite) -> Self {
        let mut contract = Self::of(paper.bytes());
        contract.sign(&HOUSE, &act(suite, "lender"));
        contract.sign(&HOUSE, &act(suite, "borrower"));
        contract.sign(&HOUSE, &closing());
        contract
    }

    pub fn prepare(&self, act: &Act, appearance: Option<&Appearance>) -> Prepared {
        let placements = [
            placement(0, [100.0, 100.0, 160.0, 130.0]),
            placement(1, [100.0, 100.0, 160.0, 130.0]),
        ];
        let shown = if act.leaf == Leaf::Seal {
            &[]
        } else {
            &placements[..]
        };
        let stroke = stroke();
        let field = Field {
            name: act.act.split('-').next().unwrap(),
            place: pdf::Place::New(shown),
            appearance: appearance.or(Some(&stroke)),
            signer: "张三",
            reason: &act.act,
            time_ms: HOUSE.now_ms(),
            reserve: RESERVE,
            certify: None,
        };
        prepare(&self.base, &field).unwrap()
    }

    pub fn sign(&mut self, house: &House, act: &Act) {
        self.sign_as(house, act, None);
    }

    pub fn sign_as(&mut self, house: &House, act: &Act, appearance: Option<&Appearance>) {
        let prepared = self.prepare(act, appearance);
        self.finish(prepared, house, act);
    }

    pub fn finish(&mut self, prepared: Prepared, house: &House, act: &Act) {
        let mut prefix = Digester::new(act.suite.hash());
        prefix.update(&self.bytes);
        let message = house.message(act, &self.bytes, &prepared.digest(&prefix));
        let (increment, base) = prepared.embed(&message).unwrap();
        self.bytes.extend(increment);
        self.base = base;
        self.lengths.push(self.bytes.len());
        assert_eq!(self.base.length(), self.bytes.len());
    }
}

/// The operator's closing signature, invisible and for common viewers.
pub fn closing() -> Act {
    Act {
        leaf: Leaf::Seal,
        ..act(Suite::P256Sha256, "closing")
    }
}

pub fn judged(bytes: &[u8]) -> Report {
    verify(bytes, &HOUSE.anchors(), HOUSE.now_ms())
}

#[track_caller]
pub fn assert_valid(bytes: &[u8]) {
    let report = judged(bytes);
    assert_eq!(
        report.verdict,
        Verdict::Valid,
        "{} {}",
        report.code,
        report.reason
    );
}

/// Not valid, and for this reason.
#[track_caller]
pub fn assert_refused(bytes: &[u8], verdict: Verdict, code: &str) {
    let report = judged(bytes);
    assert_eq!(
        (report.verdict, report.code),
        (verdict, code),
        "{}",
        report.reason
    );
}

pub fn placement(page: usize, rect: [f64; 4]) -> Placement {
    Placement { page, rect }
}

/// A black triangle in a box twice as wide as high.
pub fn stroke() -> Appearance {
    Appearance::Paths {
        polygons: vec![vec![[0.0, 0.0], [20.0, 0.0], [20.0, 10.0]]],
        width: 20.0,
        height: 10.0,
        color: [0.0; 3],
    }
}

/// Where the text of a needle begins, from the end.
pub fn last(bytes: &[u8], needle: &str) -> usize {
    let needle = needle.as_bytes();
    bytes
        .windows(needle.len())
        .rposition(|window| window == needle)
        .unwrap()
}

/// The last signature's message with its brackets.
pub fn last_gap(bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = last(bytes, "/Contents<") + "/Contents".len();
    let length = bytes[begin..]
        .iter()
        .position(|byte| *byte == b'>')
        .unwrap();
    begin..begin + length + 1
}

/// Puts text over the bytes there; the length stays, blanks fill up.
pub fn over(bytes: &mut [u8], range: std::ops::Range<usize>, text: &str) {
    assert!(text.len() <= range.len(), "{text:?} does not fit");
    bytes[range.clone()].fill(b' ');
    bytes[range.start..range.start + text.len()].copy_from_slice(text.as_bytes());
}

/// Puts a message into a gap.
pub fn put(bytes: &mut [u8], gap: std::ops::Range<usize>, message: &[u8]) {
    for (place, byte) in bytes[gap.start + 1..].chunks_mut(2).zip(message) {
        place.copy_from_slice(format!("{byte:02x}").as_bytes());
    }
}
