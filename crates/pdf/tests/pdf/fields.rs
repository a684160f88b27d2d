//! Certification, and fields that somebody prepared: what they demand and lock.

use crypto::{Digester, Hash, Suite};
use pdf::{
    Base, Certify, Field, PdfError, Place, prepare,
    verify::{Profile, Report, Verdict, verify_with},
};

use crate::{
    contract::{RESERVE, last, last_gap, over, placement, put, stroke},
    house::{HOUSE, House},
    judges::{accepted, house},
    paper::{MORE, Make, Paper},
};

const P256: Suite = Suite::P256Sha256;
const NEW: Place = Place::New(&[]);
const PREPARED: Place = Place::Prepared {
    digest: Hash::Sha256,
};

fn field<'a>(name: &'a str, place: Place<'a>) -> Field<'a> {
    Field {
        name,
        place,
        appearance: None,
        signer: "示例公司",
        reason: "loan",
        time_ms: HOUSE.now_ms(),
        reserve: RESERVE,
        certify: None,
    }
}

/// Signs as a producer that knows nothing of acts, and reads the result again.
fn sign(house: &House, bytes: &[u8], field: &Field) -> Result<Vec<u8>, PdfError> {
    let base = Base::read(bytes)?;
    let prepared = prepare(&base, field)?;
    let mut prefix = Digester::new(Hash::Sha256);
    prefix.update(bytes);
    let message = house.plain(P256, &prepared.digest(&prefix), true);
    let (increment, next) = prepared.embed(&message)?;
    let signed = [bytes, &increment].concat();
    // What is told of the next file is what the next file says.
    match Base::read(&signed) {
        Ok(read) => assert_eq!(read, next),
        Err(error) => assert_eq!(error, PdfError::Certified),
    }
    Ok(signed)
}

fn judged(house: &House, bytes: &[u8]) -> Report {
    verify_with(bytes, &house.anchors(), house.now_ms(), Profile::Auto)
}

#[track_caller]
fn valid(house: &House, bytes: &[u8]) -> Report {
    let report = judged(house, bytes);
    assert_eq!(report.verdict, Verdict::Valid, "{report:#?}");
    report
}

/// Two signature fields on the first page, a text field, and one signature field in a
/// group. The first is turned into what the test asks for.
fn form(make: Make, first: &str, page: &str) -> Vec<u8> {
    let widget = |name: &str, more: &str| {
        format!("<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/F 4/P 3 0 R{more}>>")
    };
    let paper = Paper {
        make,
        catalog: "/AcroForm<</Fields[20 0 R 21 0 R 22 0 R 23 0 R]/DA(/F 0 Tf)>>".to_owned(),
        page: format!("/Annots[20 0 R 21 0 R 22 0 R 25 0 R 26 0 R]{page}"),
        ..Paper::default()
    };
    let seen = "/Rect[100 100 200 150]";
    paper
        .with(MORE, widget("first", &format!("{seen}{first}")))
        .with(MORE + 1, widget("second", "/Rect[100 200 130 290]"))
        .with(
            MORE + 2,
            "<</Type/Annot/Subtype/Widget/FT/Tx/T(amount)/V(1)/F 4/Rect[10 200 90 220]/P 3 0 R>>",
        )
        .with(MORE + 3, "<</T(parties)/Kids[24 0 R]>>")
        .with(
            MORE + 4,
            "<</FT/Sig/T(lender)/Parent 23 0 R/Kids[25 0 R 26 0 R]>>",
        )
        .with(
            MORE + 5,
            "<</Type/Annot/Subtype/Widget/Parent 24 0 R/F 6/Rect[210 100 290 150]/P 3 0 R>>",
        )
        .with(
            MORE + 6,
            "<</Type/Annot/Subtype/Widget/Parent 24 0 R/F 4/Rect[210 200 290 250]/P 3 0 R>>",
        )
        .bytes()
}

const MAKES: [Make; 3] = [Make::Table, Make::Stream, Make::Packed];

#[test]
fn prepared_fields_are_signed_in_their_widgets() {
    let house = house();
    for make in MAKES {
        for page in ["", "/Rotate 90", "/CropBox[50 50 350 300]/Rotate 270"] {
            let mut bytes = form(make, "", page);
            let base = Base::read(&bytes).unwrap();
            let names: Vec<_> = base.prepared_fields().collect();
            assert_eq!(names, ["first", "parties.lender", "second"]);
            let stroke = stroke();
            for name in names {
                let seen = Field {
                    appearance: Some(&stroke),
                    ..field(name, PREPARED)
                };
                bytes = match sign(&house, &bytes, &seen) {
                    Err(PdfError::WidgetsApart(of)) => {
                        assert_eq!((name, of.as_str()), ("parties.lender", name));
                        sign(&house, &bytes, &field(name, PREPARED)).unwrap()
                    }
                    signed => signed.unwrap(),
                };
            }
            let report = valid(&house, &bytes);
            let last = &report.revisions.last().unwrap().added;
            assert_eq!(last, &["signature \"second\""]);
            accepted(&house, &bytes, 3);
            assert_eq!(Base::read(&bytes).unwrap().prepared_fields().count(), 0);
        }
    }
}

#[test]
fn what_is_drawn_in_a_prepared_field_keeps_its_shape() {
    let bytes = form(Make::Table, "", "");
    let stroke = stroke();
    let field = Field {
        appearance: Some(&stroke),
        ..field("second", PREPARED)
    };
    let prepared = prepare(&Base::read(&bytes).unwrap(), &field).unwrap();
    let increment = prepared.into_stored().to_bytes();
    let text = String::from_utf8_lossy(&increment);
    // The triangle is 20 by 10, the widget 30 by 90: it is 30 by 15, and 37.5 of room
    // are above it and below it.
    assert!(text.contains("/BBox[0 -37.5 30 52.5]"), "{text}");
}

#[test]
fn a_field_that_is_not_there_cannot_be_signed() {
    let bytes = form(Make::Table, "", "");
    for name in ["third", "amount", "parties", "lender"] {
        let error = sign(&HOUSE, &bytes, &field(name, PREPARED)).unwrap_err();
        assert_eq!(error, PdfError::NoSuchField(name.to_owned()));
    }
    let once = sign(&HOUSE, &bytes, &field("first", PREPARED)).unwrap();
    let error = sign(&HOUSE, &once, &field("first", PREPARED)).unwrap_err();
    assert_eq!(error, PdfError::NoSuchField("first".to_owned()));
    let error = sign(&HOUSE, &bytes, &field("first", NEW)).unwrap_err();
    assert_eq!(error, PdfError::FieldTaken("first".to_owned()));
}

#[test]
fn a_certification_says_what_may_follow() {
    let house = house();
    for make in MAKES {
        let paper = form(make, "", "");
        let certified = |certify| {
            let field = Field {
                certify: Some(certify),
                ..field("first", PREPARED)
            };
            sign(&house, &paper, &field).unwrap()
        };
        let bytes = certified(Certify::NoChanges);
        assert_eq!(valid(&house, &bytes).signatures[0].certifies, Some(1));
        accepted(&house, &bytes, 1);
        let error = sign(&house, &bytes, &field("second", PREPARED)).unwrap_err();
        assert_eq!(error, PdfError::Certified);

        let bytes = certified(Certify::FormsAndSignatures);
        let place = [placement(0, [10.0, 10.0, 60.0, 40.0])];
        let stroke = stroke();
        let seen = Field {
            appearance: Some(&stroke),
            ..field("new", Place::New(&place))
        };
        let error = sign(&house, &bytes, &seen).unwrap_err();
        assert_eq!(error, PdfError::CertifiedPlace);
        let seen = Field {
            appearance: Some(&stroke),
            ..field("second", PREPARED)
        };
        let bytes = sign(&house, &bytes, &seen).unwrap();
        let bytes = sign(&house, &bytes, &field("unseen", NEW)).unwrap();
        let report = valid(&house, &bytes);
        assert_eq!(report.signatures[0].certifies, Some(2));
        accepted(&house, &bytes, 3);
        let again = Field {
            certify: Some(Certify::NoChanges),
            ..field("again", NEW)
        };
        let error = sign(&house, &bytes, &again).unwrap_err();
        assert_eq!(error, PdfError::AlreadySigned);
    }
}

/// In a new field, and in files that had no form.
#[test]
fn any_first_signature_can_certify() {
    let house = house();
    for paper in Paper::all() {
        let field = Field {
            certify: Some(Certify::FormsAndSignatures),
            ..field("first", NEW)
        };
        let bytes = sign(&house, &paper.bytes(), &field).unwrap();
        assert_eq!(valid(&house, &bytes).signatures[0].certifies, Some(2));
        if paper.make == Make::Packed {
            accepted(&house, &bytes, 1);
        }
    }
}

#[test]
fn a_field_that_locks_others_says_so_in_its_signature() {
    let house = house();
    let lock = |what: &str| {
        form(
            Make::Stream,
            &format!("/Lock<</Type/SigFieldLock{what}>>"),
            "",
        )
    };
    for (what, second, lender) in [
        ("/Action/Include/Fields[(second)(amount)]", true, false),
        ("/Action/Exclude/Fields[(second)]", false, true),
        ("/Action/Include/Fields[(parties)]", false, true),
        ("/Action/All", true, true),
    ] {
        let bytes = sign(&house, &lock(what), &field("first", PREPARED)).unwrap();
        accepted(&house, &bytes, 1);
        let new = what.contains("All") || what.contains("Exclude");
        for (name, place, locked) in [
            ("second", PREPARED, second),
            ("parties.lender", PREPARED, lender),
            ("new", NEW, new),
        ] {
            let signed = sign(&house, &bytes, &field(name, place));
            match signed {
                Err(error) => {
                    assert_eq!(error, PdfError::FieldLocked(name.to_owned()));
                    assert!(locked, "{what} {name}");
                }
                Ok(signed) => {
                    assert!(!locked, "{what} {name}");
                    valid(&house, &signed);
                    accepted(&house, &signed, 2);
                }
            }
        }
    }
    // The level of a lock holds like that of a certification (PDF 2.0).
    let bytes = sign(&house, &lock("/Action/All/P 1"), &field("first", PREPARED)).unwrap();
    valid(&house, &bytes);
    assert_eq!(Base::read(&bytes).unwrap_err(), PdfError::Certified);
}

#[test]
fn what_a_field_demands_is_met_or_named() {
    let seed = |what: &str| form(Make::Table, &format!("/SV<</Type/SV{what}>>"), "");
    for met in [
        "",
        "/Ff 1/Filter/Adobe.PPKLite",
        "/Ff 2/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]",
        "/SubFilter[/adbe.pkcs7.detached]",
        "/Ff 8/Reasons[(other)(loan)]",
        "/Ff 64/DigestMethod[(SHA256)(SHA512)]",
        "/Ff 4/V 2",
        "/Ff 32/AddRevInfo false",
        "/MDP<</P 0>>",
        "/Cert<</Issuer[(x)]>>",
    ] {
        let bytes = sign(&HOUSE, &seed(met), &field("first", PREPARED)).unwrap();
        valid(&HOUSE, &bytes);
    }
    for (unmet, named) in [
        ("/Ff 1/Filter/Acme", "another signature handler"),
        ("/Ff 2/SubFilter[/adbe.pkcs7.sha1]", "ETSI.CAdES.detached"),
        ("/Ff 8/Reasons[(other)]", "other"),
        ("/Ff 8/Reasons[(.)]", "reasons"),
        ("/Ff 64/DigestMethod[(SHA512)]", "SHA512"),
        ("/Ff 4/V 3", "version"),
        ("/Ff 32/AddRevInfo true", "revocation"),
        ("/Ff 16/LegalAttestation[(x)]", "attestation"),
        ("/MDP<</P 2>>", "certification of level 2"),
        ("/Cert<</Ff 2/Issuer[(x)]>>", "certificate"),
    ] {
        let error = sign(&HOUSE, &seed(unmet), &field("first", PREPARED)).unwrap_err();
        assert_eq!(error.code(), "pdf-field-demands", "{unmet}");
        assert!(error.to_string().contains(named), "{error}");
    }
    let certify = Field {
        certify: Some(Certify::FormsAndSignatures),
        ..field("first", PREPARED)
    };
    let bytes = sign(&HOUSE, &seed("/MDP<</P 2>>"), &certify).unwrap();
    assert_eq!(valid(&HOUSE, &bytes).signatures[0].certifies, Some(2));
    let error = sign(&HOUSE, &seed("/MDP<</P 1>>"), &certify).unwrap_err();
    assert_eq!(error.code(), "pdf-field-demands");
}

/// `pyhanko-prepared.pdf` has fields as another producer prepares them.
#[test]
fn fields_that_pyhanko_prepared_are_signed() {
    let house = house();
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/files/pyhanko-prepared.pdf"
    );
    let mut bytes = std::fs::read(path).unwrap();
    let names: Vec<_> = Base::read(&bytes)
        .unwrap()
        .prepared_fields()
        .map(str::to_owned)
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let stroke = stroke();
    for name in &names {
        let field = Field {
            appearance: Some(&stroke),
            ..field(name, PREPARED)
        };
        bytes = sign(&house, &bytes, &field).unwrap();
    }
    valid(&house, &bytes);
    accepted(&house, &bytes, 2);
}

/// A later signature gives a field another look; what the field looked like before may
/// be shown by nothing else.
#[test]
fn what_a_field_looked_like_is_used_by_it_alone() {
    for (elsewhere, verdict) in [
        ("", Verdict::Valid),
        ("/PieceInfo 27 0 R", Verdict::Altered),
    ] {
        let bytes = form(Make::Table, "/AP 27 0 R", elsewhere);
        let bytes = sign(&HOUSE, &bytes, &field("second", PREPARED)).unwrap();
        let stroke = stroke();
        let seen = Field {
            appearance: Some(&stroke),
            ..field("first", PREPARED)
        };
        let bytes = sign(&HOUSE, &bytes, &seen).unwrap();
        let report = judged(&HOUSE, &bytes);
        assert_eq!(report.verdict, verdict, "{elsewhere} {}", report.reason);
    }
}

/// Files of Chinese producers come under either name.
#[test]
fn sm2_is_judged_under_both_usual_kinds() {
    for kind in ["ETSI.CAdES.detached", "adbe.pkcs7.detached"] {
        let mut bytes = Paper::default().bytes();
        let prepared = prepare(&Base::read(&bytes).unwrap(), &field("company", NEW)).unwrap();
        bytes.extend(prepared.into_stored().embed(&[]).unwrap());
        let at = last(&bytes, "ETSI.CAdES.detached");
        over(&mut bytes, at..at + kind.len(), kind);
        let gap = last_gap(&bytes);
        let mut digester = Digester::new(Hash::Sm3);
        digester.update(&bytes[..gap.start]);
        digester.update(&bytes[gap.end..]);
        let message = HOUSE.plain(Suite::Sm2Sm3, &digester.finish(), true);
        put(&mut bytes, gap, &message);
        let report = valid(&HOUSE, &bytes);
        let [signature] = &report.signatures[..] else {
            panic!("{report:#?}");
        };
        assert_eq!(
            (&*signature.kind, signature.suite.as_deref()),
            (kind, Some("sm2-sm3"))
        );
    }
}

/// Somebody else's certification, or the rights of a reader's maker, are not replaced.
#[test]
fn a_certification_takes_nobodys_place() {
    for perms in ["/DocMDP 27 0 R", "/UR3 27 0 R", "/DocMDP<</Type/Sig>>"] {
        let paper = Paper {
            catalog: format!("/Perms<<{perms}>>"),
            ..Paper::default()
        };
        let certify = Field {
            certify: Some(Certify::FormsAndSignatures),
            ..field("company", NEW)
        };
        let error = sign(&HOUSE, &paper.bytes(), &certify).unwrap_err();
        assert_eq!(error, PdfError::AlreadySigned, "{perms}");
    }
}

#[test]
fn an_appearance_that_nobody_would_see_is_refused() {
    let form = |rect: &str, annotations: &str| {
        let paper = Paper {
            catalog: "/AcroForm<</Fields[20 0 R]/DA(/F 0 Tf)>>".to_owned(),
            page: format!("/Annots[{annotations}]"),
            ..Paper::default()
        };
        let widget = format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(first)/F 4{rect}>>");
        paper
            .with(MORE, widget)
            .with(MORE + 1, "[10 10 90 60]")
            .bytes()
    };
    let stroke = stroke();
    let seen = Field {
        appearance: Some(&stroke),
        ..field("first", PREPARED)
    };
    for (rect, annotations) in [
        ("", "20 0 R"),
        ("/Rect[1 2 3]", "20 0 R"),
        ("/Rect 21 0 R", ""),
    ] {
        let bytes = form(rect, annotations);
        let error = sign(&HOUSE, &bytes, &seen).unwrap_err();
        assert_eq!(error, PdfError::FieldUnseen("first".to_owned()), "{rect}");
        assert!(sign(&HOUSE, &bytes, &field("first", PREPARED)).is_ok());
    }
    let bytes = sign(&HOUSE, &form("/Rect 21 0 R", "20 0 R"), &seen).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("/AP<</N"));
}
