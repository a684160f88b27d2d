//! Revocation lists, against `openssl crl`, `verify` and `ca` on both sides.

use crypto::{Signer, Suite, random};
use pki::{
    Certificate, PkiError, Profile,
    revocation::{Crl, CrlContent, Entry, Reason, RevocationError, Revoked, Scope, issue_crl},
};
use proptest::prelude::*;

use crate::{
    house::{Authority, House, NOW, YEAR},
    openssl::Desk,
    taken_apart,
};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// When the lists are made, and a time of whole seconds.
const MADE: i64 = NOW * 1000;
const POINT: &str = "http://ca.example/2027.crl";

fn entry(serial: &[u8], at_ms: i64, reason: Reason) -> Entry {
    Entry {
        serial: serial.to_vec(),
        revoked: Revoked {
            at_ms,
            reason,
            invalid_since_ms: None,
        },
    }
}

fn content(entries: &[Entry]) -> CrlContent<'_> {
    CrlContent {
        number: 0x00ab_cdef,
        this_update_ms: MADE,
        next_update_ms: MADE + DAY_MS,
        scope: Scope::All,
        distribution_point: None,
        entries,
    }
}

fn list(authority: &Authority, content: &CrlContent) -> Crl {
    issue_crl(content, &authority.certificate, &authority.key).unwrap()
}

/// An authority, a certificate that it has revoked, and one that it has not.
struct Case {
    house: House,
    revoked: Certificate,
    good: Certificate,
    entries: Vec<Entry>,
}

impl Case {
    fn new(suite: Suite) -> Self {
        let house = House::new(suite);
        let [revoked, good] = ["甲", "乙"].map(|name| {
            house
                .issuing
                .authority(name, &Profile::Enterprise)
                .certificate
        });
        let entries = vec![
            entry(&[0x81, 2], MADE - 1000, Reason::Superseded),
            entry(revoked.serial(), MADE - DAY_MS, Reason::KeyCompromise),
            entry(&[7], MADE - 2000, Reason::Unspecified),
        ];
        Self {
            house,
            revoked,
            good,
            entries,
        }
    }

    fn list(&self) -> Crl {
        list(&self.house.issuing, &content(&self.entries))
    }
}

const SUITES: [Suite; 4] = [
    Suite::Sm2Sm3,
    Suite::P256Sha256,
    Suite::Rsa2048Sha256,
    Suite::Rsa3072Sha256,
];

#[test]
fn a_list_of_every_suite_comes_back() {
    for suite in SUITES {
        let case = Case::new(suite);
        let made = case.list();
        let read = Crl::from_der(made.der()).unwrap();
        read.verify(&case.house.issuing.certificate).unwrap();
        assert_eq!(read.number(), Some(&[0xab, 0xcd, 0xef][..]));
        assert_eq!(read.this_update_ms(), MADE);
        assert_eq!(read.next_update_ms(), MADE + DAY_MS);
        assert_eq!(read.len(), 3);
        for entry in &case.entries {
            assert_eq!(read.revoked(&entry.serial), Some(entry.revoked));
        }
        assert_eq!(read.revoked(case.good.serial()), None);
        assert_eq!(read.revoked(&[0, 0, 7]), read.revoked(&[7]));
        assert_eq!(read.revoked(&[]), None);
    }
}

#[test]
fn openssl_verifies_our_lists() {
    for suite in [
        Suite::P256Sha256,
        Suite::Rsa2048Sha256,
        Suite::Rsa3072Sha256,
    ] {
        let case = Case::new(suite);
        let desk = Desk::new();
        let Case { house, .. } = &case;
        desk.put("list", case.list().der())
            .put_pem(
                "issuing.pem",
                std::slice::from_ref(&house.issuing.certificate),
            )
            .put_pem("root.pem", &house.anchors())
            .put_pem("good.pem", std::slice::from_ref(&case.good))
            .put_pem("revoked.pem", std::slice::from_ref(&case.revoked));
        let said = desk.ok("crl -inform DER -in list -CAfile issuing.pem -noout");
        assert!(said.contains("verify OK"), "{said}");
        desk.ok("crl -inform DER -in list -out list.pem");
        let verify = |at: i64, name: &str| {
            desk.run(&format!(
                "verify -attime {at} -CAfile root.pem -untrusted issuing.pem -crl_check \
                 -CRLfile list.pem {name}"
            ))
        };
        let (ok, said) = verify(NOW + 60, "good.pem");
        assert!(ok, "{said}");
        let (ok, said) = verify(NOW + 60, "revoked.pem");
        assert!(!ok && said.contains("certificate revoked"), "{said}");
        let (ok, said) = verify(NOW + 2 * DAY_MS / 1000, "good.pem");
        assert!(!ok && said.contains("CRL has expired"), "{said}");
    }
}

/// `openssl crl` has no way to be told the SM2 identifier: it shows the list, and the
/// signature is checked by `pkeyutl`.
#[test]
fn openssl_reads_and_verifies_an_sm2_list() {
    let case = Case::new(Suite::Sm2Sm3);
    let made = case.list();
    let (tbs, signature) = taken_apart::tbs(made.der());
    let desk = Desk::new();
    desk.put("list", made.der())
        .put("tbs", &tbs)
        .put("signature", &signature)
        .put("key", case.house.issuing.key.spki());
    let said = desk.ok("crl -inform DER -in list -noout -text");
    for part in [
        "Version 2 (0x1)",
        "Signature Algorithm: SM2-with-SM3",
        "Last Update: Jan 15 08:00:00 2027 GMT",
        "Next Update: Jan 16 08:00:00 2027 GMT",
        "X509v3 CRL Number: \n                11259375",
        "X509v3 Authority Key Identifier",
        "Serial Number: 8102",
        "Key Compromise",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let verify = "pkeyutl -verify -pubin -keyform DER -inkey key -rawin -digest sm3 \
                  -pkeyopt distid:1234567812345678 -in tbs -sigfile signature";
    desk.ok(verify);
    desk.put("tbs", [&tbs[..], &[0]].concat());
    assert!(!desk.run(verify).0);
}

#[test]
fn openssl_reads_the_distribution_point() {
    let house = House::new(Suite::P256Sha256);
    let desk = Desk::new();
    let wanted = CrlContent {
        scope: Scope::UserCertificates,
        distribution_point: Some(POINT),
        ..content(&[])
    };
    let made = list(&house.issuing, &wanted);
    assert_eq!(made.distribution_points(), [POINT]);
    assert_eq!(made.scope(), Scope::UserCertificates);
    desk.put("list", made.der());
    let said = desk.ok("crl -inform DER -in list -noout -text");
    for part in [
        "X509v3 Issuing Distribution Point: critical",
        "Full Name:\n                  URI:http://ca.example/2027.crl",
        "Only User Certificates",
        "No Revoked Certificates.",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
}

/// A directory in which `openssl ca` can make lists for this authority.
fn ca(authority: &Authority) -> Desk {
    let desk = Desk::new();
    desk.put("key.der", &*authority.key.to_pkcs8().unwrap())
        .put_pem("ca.pem", std::slice::from_ref(&authority.certificate))
        .put(
            "index",
            "R\t400101000000Z\t270114080000Z,keyCompromise\t0A0B\tunknown\t/CN=one\n\
             R\t400101000000Z\t270113080000Z\t0C\tunknown\t/CN=two\n\
             R\t400101000000Z\t270112080000Z,keyTime,20270101000000Z\t0D\tunknown\t/CN=three\n\
             V\t400101000000Z\t\t0E\tunknown\t/CN=four\n",
        )
        .put("number", "12\n");
    desk.ok("pkey -inform DER -in key.der -out key.pem");
    desk
}

/// The list that OpenSSL makes with these extensions.
fn made_by_openssl(desk: &Desk, extensions: &str) -> Vec<u8> {
    made_on(desk, extensions, 15)
}

/// The same, made on this day of January 2027, for a day.
fn made_on(desk: &Desk, extensions: &str, day: u8) -> Vec<u8> {
    desk.put(
        "ca.cnf",
        format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = index\ncrlnumber = number\n\
             default_md = default\n{}",
            match extensions {
                "" => String::new(),
                some => format!("crl_extensions = ext\n[ext]\n{some}\n"),
            }
        ),
    );
    desk.ok(&format!(
        "ca -config ca.cnf -gencrl -keyfile key.pem -cert ca.pem -out made.pem \
         -crl_lastupdate 2701{day}080000Z -crl_nextupdate 2701{}080000Z",
        day + 1
    ));
    desk.ok("crl -in made.pem -outform DER -out made");
    desk.get("made")
}

#[test]
fn lists_of_openssl_are_read_and_verified() {
    for suite in [Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let house = House::new(suite);
        let desk = ca(&house.issuing);
        let read = Crl::from_der(&made_by_openssl(&desk, "authorityKeyIdentifier=keyid")).unwrap();
        read.verify(&house.issuing.certificate).unwrap();
        assert_eq!(read.number(), Some(&[0x12][..]));
        assert_eq!((read.len(), read.this_update_ms()), (3, MADE));
        let first = read.revoked(&[0x0a, 0x0b]).unwrap();
        assert_eq!(first.reason, Reason::KeyCompromise);
        assert_eq!(first.at_ms, MADE - DAY_MS);
        assert_eq!(read.revoked(&[0x0c]).unwrap().reason, Reason::Unspecified);
        let third = read.revoked(&[0x0d]).unwrap();
        assert_eq!(third.invalid_since_ms, Some(1_798_761_600_000));
        assert_eq!(third.effective_ms(), 1_798_761_600_000);
        assert_eq!(read.revoked(&[0x0e]), None);
    }
}

#[test]
fn a_list_of_version_1_is_read() {
    let house = House::new(Suite::P256Sha256);
    let desk = ca(&house.issuing);
    desk.put(
        "index",
        "R\t400101000000Z\t270114080000Z\t0A0B\tunknown\t/CN=one\n",
    );
    desk.put(
        "ca.cnf",
        "[ca]\ndefault_ca = own\n[own]\ndatabase = index\ndefault_md = default\n",
    );
    desk.ok("ca -config ca.cnf -gencrl -keyfile key.pem -cert ca.pem -out made.pem -crldays 1");
    desk.ok("crl -in made.pem -outform DER -out made");
    assert!(
        desk.ok("crl -in made.pem -noout -text")
            .contains("Version 1")
    );
    let read = Crl::from_der(&desk.get("made")).unwrap();
    read.verify(&house.issuing.certificate).unwrap();
    assert_eq!(read.number(), None);
    assert!(read.revoked(&[0x0a, 0x0b]).is_some());
}

#[test]
fn lists_that_do_not_answer_alone_are_refused_by_name() {
    let house = House::new(Suite::P256Sha256);
    let desk = ca(&house.issuing);
    let point = |what: &str| format!("issuingDistributionPoint=critical,@point\n[point]\n{what}");
    let cases = [
        ("2.5.29.27=critical,ASN1:INTEGER:1".to_owned(), "crl-delta"),
        (point("indirectCRL=TRUE"), "crl-indirect"),
        (point("onlyAA=TRUE"), "crl-partial"),
        (point("onlysomereasons=keyCompromise"), "crl-partial"),
        (point("relativename=name\n[name]\nCN=x"), "crl-partial"),
        (
            "1.2.3.4=critical,ASN1:NULL".to_owned(),
            "revocation-unknown-critical",
        ),
        ("1.2.3.4=ASN1:NULL".to_owned(), ""),
        (point("onlyuser=TRUE"), ""),
        (point("onlyCA=TRUE"), ""),
        (point("onlyCA=TRUE\nonlyuser=TRUE"), "der-malformed"),
    ];
    for (extensions, code) in cases {
        let read = Crl::from_der(&made_by_openssl(&desk, &extensions));
        let found = read.as_ref().err().map_or("", RevocationError::code);
        assert_eq!(found, code, "{extensions}");
    }
}

#[test]
fn a_list_of_somebody_else_is_refused() {
    let case = Case::new(Suite::P256Sha256);
    let made = case.list();
    let refused = |issuer: &Certificate| made.verify(issuer).unwrap_err().code();
    let House { root, issuing, .. } = &case.house;
    made.verify(&issuing.certificate).unwrap();
    assert_eq!(refused(&root.certificate), "revocation-other-issuer");
    // The same name, another key.
    let twin = root.authority("测试签发", &Profile::Issuing);
    assert_eq!(refused(&twin.certificate), "revocation-other-key");
    // A name that may not do this.
    let company = issuing.authority("丙", &Profile::Enterprise);
    let no = issue_crl(&content(&[]), &company.certificate, &company.key).unwrap_err();
    assert_eq!(no.code(), "crl-sign-not-allowed");
    let desk = ca(&company);
    let theirs = Crl::from_der(&made_by_openssl(&desk, "")).unwrap();
    let no = theirs.verify(&company.certificate).unwrap_err();
    assert_eq!(no.code(), "crl-sign-not-allowed");
    let no = issue_crl(&content(&[]), &issuing.certificate, &root.key).unwrap_err();
    assert_eq!(no, PkiError::OtherCertificate.into());
    // Without a key identifier only the signature tells.
    let desk = ca(&twin);
    let theirs = Crl::from_der(&made_by_openssl(&desk, "")).unwrap();
    theirs.verify(&twin.certificate).unwrap();
    let no = theirs.verify(&issuing.certificate).unwrap_err();
    assert_eq!(no.code(), "signature-wrong");
}

#[test]
fn a_list_holds_between_its_updates() {
    let made = Case::new(Suite::P256Sha256).list();
    let code = |at| made.check_current(at).err().map(|error| error.code());
    assert_eq!(code(MADE - 1), Some("revocation-from-future"));
    assert_eq!(code(MADE), None);
    assert_eq!(code(MADE + DAY_MS), None);
    assert_eq!(code(MADE + DAY_MS + 1), Some("revocation-stale"));
}

#[test]
fn a_list_covers_what_belongs_to_it() {
    let case = Case::new(Suite::P256Sha256);
    let House { root, issuing, .. } = &case.house;
    let covers = |authority: &Authority, scope, point, certificate: &Certificate| {
        let content = CrlContent {
            scope,
            distribution_point: point,
            ..content(&[])
        };
        let covers = list(authority, &content).check_covers(certificate);
        covers.err().map_or("", |error| error.code())
    };
    let (user, ca) = (&case.good, &issuing.certificate);
    let out = "crl-out-of-scope";
    assert_eq!(covers(issuing, Scope::All, None, user), "");
    assert_eq!(covers(issuing, Scope::UserCertificates, None, user), "");
    assert_eq!(covers(issuing, Scope::Authorities, None, user), out);
    assert_eq!(covers(root, Scope::All, None, ca), "");
    assert_eq!(covers(root, Scope::UserCertificates, None, ca), out);
    assert_eq!(covers(root, Scope::Authorities, None, ca), "");
    assert_eq!(
        covers(root, Scope::All, None, user),
        "revocation-other-issuer"
    );
    // The certificate does not name this point.
    assert_eq!(covers(issuing, Scope::All, Some(POINT), user), out);
    let with_point = issuing_with_point(issuing, &case.good);
    assert_eq!(with_point.crl_urls(), [POINT]);
    assert_eq!(covers(issuing, Scope::All, Some(POINT), &with_point), "");
    assert_eq!(
        covers(
            issuing,
            Scope::All,
            Some("http://ca.example/2026.crl"),
            &with_point
        ),
        out
    );
    assert_eq!(covers(issuing, Scope::All, None, &with_point), "");
}

/// The certificate again, with `cRLDistributionPoints`.
fn issuing_with_point(issuing: &Authority, certificate: &Certificate) -> Certificate {
    let (tbs, _) = taken_apart::tbs(certificate.der());
    let name = [
        &[0x86, u8::try_from(POINT.len()).unwrap()],
        POINT.as_bytes(),
    ]
    .concat();
    let wrap = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
    let points = wrap(0x30, &wrap(0x30, &wrap(0xa0, &wrap(0xa0, &name))));
    let id = [0x06, 3, 0x55, 0x1d, 31];
    let extension = wrap(0x30, &[&id[..], &wrap(0x04, &points)].concat());
    issuing.sign(&taken_apart::with_extension(&tbs, &extension))
}

#[test]
fn a_list_made_after_the_end_need_not_remember() {
    let case = Case::new(Suite::P256Sha256);
    let later = |ms| {
        let content = CrlContent {
            this_update_ms: ms,
            next_update_ms: ms + DAY_MS,
            ..content(&[])
        };
        list(&case.house.issuing, &content).check_remembers(&case.good)
    };
    let end = (NOW + 30 * YEAR) * 1000;
    later(end).unwrap();
    assert_eq!(
        later(end + 1000).unwrap_err().code(),
        "revocation-after-expiry"
    );
    let desk = ca(&case.house.issuing);
    let (event, _) = case.house.event();
    let code = |since: &str| {
        let extension = format!("2.5.29.60=ASN1:GENERALIZEDTIME:{since}");
        let read = Crl::from_der(&made_on(&desk, &extension, 16)).unwrap();
        read.check_remembers(&event)
            .err()
            .map_or("", |error| error.code())
    };
    assert_eq!(code("20270115080000Z"), "");
    assert_eq!(code("20270115090000Z"), "revocation-after-expiry");
}

#[test]
fn what_cannot_be_issued_is_said() {
    let house = House::new(Suite::P256Sha256);
    let ok = [entry(&[1], MADE, Reason::Unspecified)];
    let wrong = |content: &CrlContent| {
        let made = issue_crl(content, &house.issuing.certificate, &house.issuing.key);
        made.err().map_or("", |error| error.code())
    };
    assert_eq!(wrong(&content(&ok)), "");
    for serial in [&[][..], &[0], &[1; 21]] {
        let entries = [entry(serial, MADE, Reason::Unspecified)];
        assert_eq!(
            wrong(&content(&entries)),
            "revocation-request",
            "{serial:?}"
        );
    }
    let twice = [ok[0].clone(), entry(&[0, 1], MADE, Reason::Superseded)];
    let date = [entry(&[1], i64::MAX, Reason::Unspecified)];
    let base = content(&ok);
    let cases = [
        content(&twice),
        content(&date),
        CrlContent {
            next_update_ms: MADE - 1,
            ..base.clone()
        },
        CrlContent {
            this_update_ms: i64::MIN,
            ..base.clone()
        },
        CrlContent {
            distribution_point: Some("http://例子/"),
            ..base.clone()
        },
        CrlContent {
            distribution_point: Some(""),
            ..base.clone()
        },
    ];
    for content in cases {
        assert_eq!(wrong(&content), "revocation-request", "{content:?}");
    }
}

/// A byte anywhere, with one of its bits flipped.
#[test]
fn a_flipped_bit_of_a_list_is_seen() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let case = Case::new(suite);
        let made = case.list();
        let holds = |der: &[u8]| {
            Crl::from_der(der)
                .is_ok_and(|list| list.verify(&case.house.issuing.certificate).is_ok())
        };
        assert!(holds(made.der()));
        for at in 0..made.der().len() {
            let mut changed = made.der().to_vec();
            changed[at] ^= 1 << (at % 8);
            assert!(!holds(&changed), "byte {at} of {}", suite.name());
        }
    }
}

/// Comparing every entry with every other would take hours, and the test runner ends that.
#[test]
fn a_large_list_is_read_and_asked() {
    let house = House::new(Suite::P256Sha256);
    let entries: Vec<Entry> = (0..200_000u64)
        .map(|number| {
            let mut serial = random::<16>();
            serial[8..].copy_from_slice(&number.to_be_bytes());
            serial[0] |= 1;
            entry(&serial, MADE - 1000, Reason::Superseded)
        })
        .collect();
    let read = list(&house.issuing, &content(&entries));
    assert_eq!(read.len(), entries.len());
    assert!(
        entries
            .iter()
            .all(|entry| read.revoked(&entry.serial).is_some())
    );
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let large = Crl::from_der(&vec![0x30; (16 << 20) + 1]).unwrap_err();
    assert_eq!(large.code(), "der-too-large");
    let deep = [0x30, 0x83, 0x0f, 0xff, 0xff].repeat(100_000);
    assert_eq!(Crl::from_der(&deep).unwrap_err().code(), "der-malformed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_order_of_entries_changes_nothing(
        entries in prop::collection::btree_map(
            prop::collection::vec(1u8.., 1..20),
            (0u8..11, 0i64..4_000_000_000, prop::option::of(0i64..4_000_000_000)),
            0..20,
        ),
    ) {
        let house = &*HOUSE;
        let forward: Vec<Entry> = entries
            .iter()
            .map(|(serial, (reason, at, since))| Entry {
                serial: serial.clone(),
                revoked: Revoked {
                    at_ms: at * 1000,
                    reason: Reason::from_number(*reason).unwrap_or_default(),
                    invalid_since_ms: since.map(|since| since * 1000),
                },
            })
            .collect();
        let backward: Vec<Entry> = forward.iter().rev().cloned().collect();
        let [one, two] = [&forward, &backward].map(|entries| {
            list(&house.issuing, &content(entries))
        });
        prop_assert_eq!(taken_apart::tbs(one.der()).0, taken_apart::tbs(two.der()).0);
        for entry in &forward {
            prop_assert_eq!(one.revoked(&entry.serial), Some(entry.revoked));
        }
    }

    #[test]
    fn a_reader_of_lists_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Crl::from_der(&bytes);
        let mut der = LIST.der().to_vec();
        for (at, byte, kind) in changes {
            let at = at.index(der.len());
            match kind {
                0 => der[at] = byte,
                1 => der.insert(at, byte),
                _ => drop(der.remove(at)),
            }
        }
        if let Ok(read) = Crl::from_der(&der) {
            let _ = read.verify(&HOUSE.issuing.certificate);
            let _ = read.revoked(&bytes);
            let _ = read.check_covers(&HOUSE.issuing.certificate);
        }
    }
}

static HOUSE: std::sync::LazyLock<House> =
    std::sync::LazyLock::new(|| House::new(Suite::P256Sha256));
static LIST: std::sync::LazyLock<Crl> = std::sync::LazyLock::new(|| {
    let entries = [
        entry(&[5], MADE, Reason::KeyCompromise),
        entry(&[6], MADE, Reason::Superseded),
    ];
    let content = CrlContent {
        distribution_point: Some(POINT),
        ..content(&entries)
    };
    list(&HOUSE.issuing, &content)
});
