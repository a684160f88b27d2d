//! Any file that the door lets in, signed: acts in new fields, and what others would sign
//! in the fields that the file has prepared.

use crypto::{Digest, Digester, Hash, Suite};
use pdf::{
    Appearance, Base, Field, PdfError, Place, Placement, Policy, Prepared, prepare,
    prepare_timestamp,
    verify::{Profile, Report, Verdict, verify},
};

use crate::house::{HOUSE, act};

const SUITE: Suite = Suite::P256Sha256;
const PREPARED: Place = Place::Prepared {
    digest: Hash::Sha256,
};

/// A file that was let in can be signed, unless an earlier signature forbids it, a name
/// is taken or there is no room on its page; it is let in again; what is known of it is
/// what is read anew; the bytes before stay; and if nobody had signed it before, it is
/// valid. Tells whether it stays so under the general profile.
pub fn sign(bytes: &[u8]) -> bool {
    let strict = Base::read(bytes).map(|base| (base, Policy::STRICT));
    let read = strict.or_else(|_| {
        let base = Base::read_by(bytes, Policy::ARCHIVE)?;
        Ok::<_, PdfError>((base, Policy::ARCHIVE))
    });
    let Ok((base, policy)) = read else {
        return false;
    };
    let unsigned = judged(bytes).signatures.is_empty();
    let begin = Signing {
        file: bytes.to_vec(),
        base,
        policy,
        unsigned,
        valid: unsigned,
    };
    acts(begin.clone());
    others(begin)
}

/// The lender on the first page and on the last, the borrower invisibly.
fn acts(mut signing: Signing) -> Option<()> {
    for who in ["lender", "borrower"] {
        let base = &signing.base;
        let last = base.pages() - 1;
        let placements = [0, last].map(|page| {
            let [width, height] = base.page_size(page).unwrap();
            let rect = [width * 0.1, height * 0.1, width * 0.5, height * 0.3];
            Placement { page, rect }
        });
        let place = if who == "lender" {
            &placements[..]
        } else {
            &[]
        };
        let prepared = done(prepare(base, &field(who, Place::New(place), &stroke())))?;
        signing.finish(prepared, |file, content| {
            HOUSE.message(&act(SUITE, who), file, content)
        });
    }
    Some(())
}

/// Prepared fields, then a document timestamp.
fn others(mut signing: Signing) -> bool {
    let names: Vec<String> = signing.base.prepared_fields().map(str::to_owned).collect();
    for name in names.iter().take(2) {
        let stroke = stroke();
        let field = field(name, PREPARED, &stroke);
        let prepared = match prepare(&signing.base, &field) {
            Err(PdfError::WidgetsApart(_)) => {
                let invisible = Field {
                    appearance: None,
                    ..field
                };
                prepare(&signing.base, &invisible)
            }
            prepared => prepared,
        };
        if let Some(prepared) = done(prepared) {
            signing.finish(prepared, |_, content| HOUSE.plain(SUITE, content, true));
        }
    }
    if !names.is_empty()
        && let Some(prepared) = done(prepare_timestamp(&signing.base, "timestamp", 5 * 1024))
    {
        signing.finish(prepared, |_, content| HOUSE.token(SUITE, content));
    }
    signing.valid
}

#[derive(Clone)]
struct Signing {
    file: Vec<u8>,
    base: Base,
    policy: Policy,
    unsigned: bool,
    /// After every signature so far.
    valid: bool,
}

impl Signing {
    fn finish(&mut self, prepared: Prepared, message: impl FnOnce(&[u8], &Digest) -> Vec<u8>) {
        let mut prefix = Digester::new(SUITE.hash());
        prefix.update(&self.file);
        let message = message(&self.file, &prepared.digest(&prefix));
        let before = self.file.clone();
        let (increment, next) = prepared.embed(&message).unwrap();
        self.file.extend(increment);
        assert!(self.file.starts_with(&before));
        match Base::read_by(&self.file, self.policy) {
            Ok(read) => assert_eq!(self.after(&read), self.after(&next)),
            // What was prepared can say that nothing may follow.
            Err(PdfError::Certified) => {}
            Err(error) => panic!("what was signed is not let in again: {error:?}"),
        }
        self.base = next;
        if self.unsigned {
            let report = judged(&self.file);
            // A field that uses a page or the form is changed by each further signature,
            // in the eyes of the general profile.
            let used = report.profile == Profile::General
                && (report.reason.ends_with(" changed") || report.reason.ends_with("information"));
            assert!(report.verdict == Verdict::Valid || used, "{report:#?}");
            self.valid &= report.verdict == Verdict::Valid;
        }
    }

    /// What a third party would sign.
    fn after(&self, base: &Base) -> Option<Digest> {
        let stroke = stroke();
        let prepared = prepare(base, &field("witness", Place::New(&[]), &stroke)).ok()?;
        let mut prefix = Digester::new(SUITE.hash());
        prefix.update(&self.file);
        Some(prepared.digest(&prefix))
    }
}

fn judged(bytes: &[u8]) -> Report {
    verify(bytes, &HOUSE.anchors(), HOUSE.now_ms())
}

fn stroke() -> Appearance {
    Appearance::Paths {
        polygons: vec![vec![[0.0, 0.0], [20.0, 0.0], [20.0, 10.0]]],
        width: 20.0,
        height: 10.0,
        color: [0.0; 3],
    }
}

fn field<'a>(name: &'a str, place: Place<'a>, appearance: &'a Appearance) -> Field<'a> {
    Field {
        name,
        place,
        appearance: Some(appearance),
        signer: "张三",
        reason: "loan",
        time_ms: HOUSE.now_ms(),
        reserve: 5 * 1024,
        certify: None,
    }
}

/// Refused is what the file or the names here are to blame for.
fn done(prepared: Result<Prepared, PdfError>) -> Option<Prepared> {
    match prepared {
        Ok(prepared) => Some(prepared),
        Err(
            PdfError::FieldTaken(_)
            | PdfError::BadPlacement(_)
            | PdfError::Certified
            | PdfError::CertifiedPlace
            | PdfError::FieldLocked(_)
            | PdfError::FieldDemands { .. },
        ) => None,
        Err(error) => panic!("{error:?}"),
    }
}
