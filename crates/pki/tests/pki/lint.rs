//! Each rule has a certificate that breaks it, and it alone.

use std::collections::BTreeSet;

use crypto::{Signer, SoftwareKey, Suite};
use pki::{
    Profile,
    lint::{RULES, lint},
    oid,
};

use crate::{
    draft::{Draft, split, tlv},
    house::{Authority, binding},
};

const CN: &[u8] = &[0x55, 4, 3];
const COUNTRY: &[u8] = &[0x55, 4, 6];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const SERIAL: &[u8] = &[0x55, 4, 5];
const UTF8: u8 = 0x0c;
const PRINTABLE: u8 = 0x13;

fn profiles() -> [Profile; 9] {
    [
        Profile::Root,
        Profile::Issuing,
        Profile::Event(binding()),
        Profile::Person,
        Profile::Enterprise,
        Profile::SealMaker,
        Profile::Tsa,
        Profile::OcspResponder,
        Profile::Log,
    ]
}

fn set(kind: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
    tlv(0x31, &[&pair(kind, tag, text)])
}

fn pair(kind: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&tlv(6, &[kind]), &tlv(tag, &[text])])
}

fn name(sets: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &[&sets.concat()])
}

/// A name with this part behind a country and, unless it is one, a common name.
fn with(kind: &[u8], tag: u8, text: &[u8]) -> Vec<u8> {
    let mut sets = vec![set(COUNTRY, PRINTABLE, b"CN")];
    if kind != CN {
        sets.push(set(CN, UTF8, "公司".as_bytes()));
    }
    sets.retain(|one| *one != set(kind, PRINTABLE, b"CN"));
    sets.push(set(kind, tag, text));
    name(&sets)
}

fn dates(begin: &[u8], end: &[u8]) -> Vec<u8> {
    let date = |text: &[u8]| tlv(if text.len() == 13 { 0x17 } else { 0x18 }, &[text]);
    tlv(0x30, &[&date(begin), &date(end)])
}

fn uri(address: &str) -> Vec<u8> {
    tlv(0x86, &[address.as_bytes()])
}

fn access(method: &[u8], address: &str) -> Vec<u8> {
    tlv(0x30, &[&tlv(0x30, &[&tlv(6, &[method]), &uri(address)])])
}

fn points(address: &str) -> Vec<u8> {
    let full = tlv(0xa0, &[&tlv(0xa0, &[&uri(address)])]);
    tlv(0x30, &[&tlv(0x30, &[&full])])
}

type Break = fn(&mut Draft);

/// The rule, the profile and suite of the certificate, and what is done to it.
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn cases() -> Vec<(&'static str, Profile, Suite, Break)> {
    let (p256, rsa) = (Suite::P256Sha256, Suite::Rsa2048Sha256);
    let company = || Profile::Enterprise;
    let event = || Profile::Event(binding());
    vec![
        ("version-3", company(), p256, |it| {
            it.version = vec![0xa0, 3, 2, 1, 1];
        }),
        ("version-3", company(), p256, |it| it.version.clear()),
        ("serial-positive", company(), p256, |it| {
            it.serial = tlv(2, &[&[0xc0; 16]]);
        }),
        ("serial-length", company(), p256, |it| {
            it.serial = tlv(2, &[&[0x40; 21]]);
        }),
        ("serial-128-bits", company(), p256, |it| {
            it.serial = tlv(2, &[&[0x40; 8]]);
        }),
        ("signature-algorithm", company(), p256, |it| {
            // ECDSA with SHA-1.
            it.algorithm = vec![0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
        }),
        ("validity-form", company(), p256, |it| {
            it.validity = dates(b"20270115080000Z", b"270301080000Z");
        }),
        ("validity-order", company(), p256, |it| {
            it.validity = dates(b"270301080000Z", b"270115080000Z");
        }),
        ("validity-length", event(), p256, |it| {
            it.validity = dates(b"270115080000Z", b"270115090001Z");
        }),
        ("unique-identifiers", company(), p256, |it| {
            it.more = tlv(0x81, &[&[0, 1]]);
        }),
        ("issuer-present", company(), p256, |it| {
            it.issuer = name(&[]);
            it.authority = None;
        }),
        ("subject-present", company(), p256, |it| {
            it.subject = name(&[]);
        }),
        ("subject-common-name", company(), p256, |it| {
            it.subject = name(&[set(ORGANIZATION, UTF8, b"company")]);
        }),
        ("name-country", company(), p256, |it| {
            it.subject = with(COUNTRY, UTF8, b"CN");
        }),
        ("name-country", company(), p256, |it| {
            it.subject = with(COUNTRY, PRINTABLE, b"cn");
        }),
        ("name-serial-number", company(), p256, |it| {
            it.subject = with(SERIAL, UTF8, b"91350211M000100Y43");
        }),
        ("name-strings", company(), p256, |it| {
            // TeletexString.
            it.subject = with(ORGANIZATION, 0x14, b"company");
        }),
        ("name-strings", company(), p256, |it| {
            it.subject = with(CN, UTF8, &[0xff, 0xfe]);
        }),
        ("name-length", company(), p256, |it| {
            it.subject = with(CN, UTF8, "名".repeat(65).as_bytes());
        }),
        ("name-characters", company(), p256, |it| {
            it.subject = with(CN, UTF8, b"a\nb");
        }),
        ("name-characters", company(), p256, |it| {
            it.subject = with(CN, UTF8, b"company ");
        }),
        ("name-parts-known", company(), p256, |it| {
            // Organisational unit.
            it.subject = with(&[0x55, 4, 11], UTF8, b"unit");
        }),
        ("name-parts-once", company(), p256, |it| {
            it.subject = name(&[set(CN, UTF8, b"one"), set(CN, UTF8, b"two")]);
        }),
        ("name-parts-apart", company(), p256, |it| {
            let both = [pair(COUNTRY, PRINTABLE, b"CN"), pair(CN, UTF8, b"one")];
            it.subject = name(&[tlv(0x31, &[&both.concat()])]);
        }),
        ("subject-no-resident-number", Profile::Person, p256, |it| {
            it.subject = with(SERIAL, PRINTABLE, b"11010519491231002X");
        }),
        ("key-suite", company(), p256, |it| {
            // P-384's curve.
            let curve: &[u8] = &[0x2b, 0x81, 4, 0, 34];
            let ec: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
            let kind = tlv(0x30, &[&tlv(6, &[ec]), &tlv(6, &[curve])]);
            key(it, tlv(0x30, &[&kind, &tlv(3, &[&[0, 4], &[7; 96]])]));
        }),
        ("key-usable", company(), p256, |it| {
            let mut spki = it.spki.clone();
            // No point of the curve.
            *spki.last_mut().unwrap() ^= 1;
            key(it, spki);
        }),
        ("key-rsa-exponent", company(), rsa, |it| {
            let parts = split(split(&it.spki)[0].1);
            let (kind, bits) = (parts[0].0, &parts[1].1[1..]);
            let modulus = split(split(bits)[0].1)[0].0;
            let weak = tlv(0x30, &[modulus, &[2, 1, 3]]);
            let spki = tlv(0x30, &[kind, &tlv(3, &[&[0], &weak])]);
            key(it, spki);
        }),
        ("key-of-signature-suite", company(), p256, |it| {
            let other = SoftwareKey::generate(Suite::Rsa2048Sha256).unwrap();
            key(it, other.spki().to_vec());
        }),
        ("extension-once", company(), p256, |it| {
            let usage = it.extension(oid::KEY_USAGE.as_bytes()).clone();
            it.extensions.push(usage);
        }),
        ("extension-known", company(), p256, |it| {
            // subjectAltName.
            it.add(
                &[0x55, 0x1d, 17],
                false,
                &tlv(0x30, &[&uri("http://a.example")]),
            );
        }),
        ("basic-constraints-critical", Profile::Issuing, p256, |it| {
            it.extension(oid::BASIC_CONSTRAINTS.as_bytes()).1 = false;
        }),
        ("key-usage-critical", company(), p256, |it| {
            it.extension(oid::KEY_USAGE.as_bytes()).1 = false;
        }),
        ("subject-key-not-critical", company(), p256, |it| {
            it.extension(oid::SUBJECT_KEY_IDENTIFIER.as_bytes()).1 = true;
        }),
        ("authority-key-not-critical", company(), p256, |it| {
            it.extension(oid::AUTHORITY_KEY_IDENTIFIER.as_bytes()).1 = true;
        }),
        ("policies-not-critical", company(), p256, |it| {
            it.extension(oid::CERTIFICATE_POLICIES.as_bytes()).1 = true;
        }),
        ("distribution-points-not-critical", company(), p256, |it| {
            it.extension(oid::CRL_DISTRIBUTION_POINTS.as_bytes()).1 = true;
        }),
        ("information-access-not-critical", company(), p256, |it| {
            it.extension(oid::AUTHORITY_INFORMATION_ACCESS.as_bytes()).1 = true;
        }),
        ("no-revocation-not-critical", event(), p256, |it| {
            it.extension(oid::NO_REVOCATION_AVAILABLE.as_bytes()).1 = true;
        }),
        (
            "no-check-not-critical",
            Profile::OcspResponder,
            p256,
            |it| {
                it.extension(oid::OCSP_NO_CHECK.as_bytes()).1 = true;
            },
        ),
        ("binding-not-critical", event(), p256, |it| {
            it.extension(oid::EVENT_BINDING_EXTENSION.as_bytes()).1 = true;
        }),
        ("subject-key-present", company(), p256, |it| {
            it.remove(oid::SUBJECT_KEY_IDENTIFIER.as_bytes());
        }),
        ("subject-key-derived", company(), p256, |it| {
            it.extension(oid::SUBJECT_KEY_IDENTIFIER.as_bytes()).2[3] ^= 1;
        }),
        ("authority-key-present", company(), p256, |it| {
            it.remove(oid::AUTHORITY_KEY_IDENTIFIER.as_bytes());
        }),
        ("distribution-points-form", company(), p256, |it| {
            it.extension(oid::CRL_DISTRIBUTION_POINTS.as_bytes()).2 =
                points("https://ca.example/list.crl");
        }),
        ("information-access-form", company(), p256, |it| {
            it.extension(oid::AUTHORITY_INFORMATION_ACCESS.as_bytes()).2 =
                access(oid::OCSP.as_bytes(), "ldap://ca.example");
        }),
        ("no-revocation-addresses", event(), p256, |it| {
            let id = oid::CRL_DISTRIBUTION_POINTS.as_bytes();
            it.add(id, false, &points("http://ca.example/list.crl"));
        }),
        ("basic-constraints-profile", company(), p256, |it| {
            let authority = tlv(0x30, &[&[1, 1, 0xff]]);
            it.add(oid::BASIC_CONSTRAINTS.as_bytes(), true, &authority);
        }),
        ("basic-constraints-profile", Profile::Issuing, p256, |it| {
            it.remove(oid::BASIC_CONSTRAINTS.as_bytes());
        }),
        ("path-length-profile", Profile::Issuing, p256, |it| {
            it.extension(oid::BASIC_CONSTRAINTS.as_bytes()).2[7] = 1;
        }),
        ("path-length-profile", Profile::Root, p256, |it| {
            it.extension(oid::BASIC_CONSTRAINTS.as_bytes()).2 =
                tlv(0x30, &[&[1, 1, 0xff, 2, 1, 0]]);
        }),
        ("key-usage-present", company(), p256, |it| {
            it.remove(oid::KEY_USAGE.as_bytes());
        }),
        ("key-usage-profile", company(), p256, |it| {
            // With keyEncipherment.
            it.extension(oid::KEY_USAGE.as_bytes()).2 = vec![3, 2, 5, 0xe0];
        }),
        ("purposes-profile", company(), p256, |it| {
            let any = tlv(6, &[oid::ANY_EXTENDED_KEY_USAGE.as_bytes()]);
            it.extension(oid::EXTENDED_KEY_USAGE.as_bytes()).2 = tlv(0x30, &[&any]);
        }),
        ("purposes-profile", company(), p256, |it| {
            it.remove(oid::EXTENDED_KEY_USAGE.as_bytes());
        }),
        ("purposes-critical", Profile::Tsa, p256, |it| {
            it.extension(oid::EXTENDED_KEY_USAGE.as_bytes()).1 = false;
        }),
        ("policy-profile", company(), p256, |it| {
            let mut other = Draft::of(&Profile::Person, Suite::P256Sha256);
            let policies = other.extension(oid::CERTIFICATE_POLICIES.as_bytes());
            it.extension(oid::CERTIFICATE_POLICIES.as_bytes())
                .2
                .clone_from(&policies.2);
        }),
        ("policy-pointer", company(), p256, |it| {
            let policy = tlv(6, &[oid::ENTERPRISE_POLICY.as_bytes()]);
            it.extension(oid::CERTIFICATE_POLICIES.as_bytes()).2 =
                tlv(0x30, &[&tlv(0x30, &[&policy])]);
        }),
        ("no-revocation-profile", event(), p256, |it| {
            it.remove(oid::NO_REVOCATION_AVAILABLE.as_bytes());
        }),
        (
            "no-revocation-profile",
            Profile::OcspResponder,
            p256,
            |it| {
                it.add(oid::NO_REVOCATION_AVAILABLE.as_bytes(), false, &[5, 0]);
            },
        ),
        ("no-check-profile", Profile::OcspResponder, p256, |it| {
            it.remove(oid::OCSP_NO_CHECK.as_bytes());
        }),
        ("addresses-profile", Profile::Root, p256, |it| {
            let id = oid::CRL_DISTRIBUTION_POINTS.as_bytes();
            it.add(id, false, &points("http://ca.example/list.crl"));
        }),
        ("addresses-profile", Profile::Issuing, p256, |it| {
            it.extension(oid::AUTHORITY_INFORMATION_ACCESS.as_bytes()).2 =
                access(oid::OCSP.as_bytes(), "http://ca.example/ocsp");
        }),
        ("binding-profile", event(), p256, |it| {
            it.remove(oid::EVENT_BINDING_EXTENSION.as_bytes());
        }),
        ("binding-form", event(), p256, |it| {
            it.extension(oid::EVENT_BINDING_EXTENSION.as_bytes())
                .2
                .push(0);
        }),
        ("root-self-issued", Profile::Root, p256, |it| {
            it.issuer = with(CN, UTF8, b"another");
        }),
        ("issuer-name", company(), p256, |it| {
            it.issuer = with(CN, UTF8, b"another");
        }),
        ("issuer-key", company(), p256, |it| {
            it.extension(oid::AUTHORITY_KEY_IDENTIFIER.as_bytes()).2[5] ^= 1;
        }),
        ("issuer-outlives", company(), p256, |it| {
            it.validity = dates(b"250101000000Z", b"250601000000Z");
        }),
        ("issuer-authority", company(), p256, |it| {
            let root = Authority::root(Suite::P256Sha256, "根");
            let not = root.authority("测试签发", &Profile::Enterprise).certificate;
            let parts = split(split(not.tbs())[0].1);
            it.issuer = parts[5].0.to_vec();
            let subject_key = &split(parts[7].1)[0];
            let identifier = of(subject_key.1, oid::SUBJECT_KEY_IDENTIFIER.as_bytes());
            it.extension(oid::AUTHORITY_KEY_IDENTIFIER.as_bytes()).2 =
                tlv(0x30, &[&tlv(0x80, &[&identifier[2..]])]);
            it.authority = Some(not);
        }),
    ]
}

/// The value of an extension in a list.
fn of(list: &[u8], id: &[u8]) -> Vec<u8> {
    let all = split(list);
    let mut parts = all.iter().map(|one| split(one.1));
    let found = parts.find(|parts| parts[0].1 == id).unwrap();
    found.last().unwrap().1.to_vec()
}

/// Gives it another key, with the identifier that fits.
fn key(it: &mut Draft, spki: Vec<u8>) {
    let bits = split(split(&spki)[0].1)[1].1[1..].to_vec();
    let digest = crypto::digest(crypto::Hash::Sha256, &bits);
    it.spki = spki;
    it.extension(oid::SUBJECT_KEY_IDENTIFIER.as_bytes()).2 = tlv(4, &[&digest.as_bytes()[..20]]);
}

#[test]
fn what_we_lay_out_breaks_no_rule() {
    for suite in Suite::ALL {
        for profile in profiles() {
            let draft = Draft::of(&profile, suite);
            let none: [&str; 0] = [];
            assert_eq!(draft.broken(Some(&profile)), none, "{}", profile.name());
            // And it says itself what it is.
            assert_eq!(draft.broken(None), none, "{}", profile.name());
        }
    }
}

#[test]
fn each_rule_is_broken_alone() {
    for (rule, profile, suite, make_wrong) in cases() {
        let mut draft = Draft::of(&profile, suite);
        make_wrong(&mut draft);
        assert_eq!(draft.broken(Some(&profile)), [rule], "{}", profile.name());
    }
}

#[test]
fn a_certificate_of_no_profile_is_found() {
    let mut draft = Draft::of(&Profile::Enterprise, Suite::P256Sha256);
    draft.remove(oid::CERTIFICATE_POLICIES.as_bytes());
    assert_eq!(draft.broken(None), ["profile-known"]);
}

#[test]
fn every_rule_has_a_case_and_a_code_of_its_own() {
    let codes: Vec<&str> = RULES.into_iter().flatten().map(|rule| rule.code).collect();
    let all: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(all.len(), codes.len());
    let mut broken: BTreeSet<&str> = cases().iter().map(|case| case.0).collect();
    broken.insert("profile-known");
    assert_eq!(broken, all);
    for rule in RULES.into_iter().flatten() {
        assert!(!rule.source.is_empty() && !rule.demands.is_empty());
    }
}

#[test]
fn bytes_of_any_form_are_one_finding_at_most_of_structure() {
    let good = Draft::of(&Profile::Event(binding()), Suite::P256Sha256).tbs();
    let structure = |bytes: &[u8]| {
        let found = lint(bytes, None, None);
        found.iter().any(|one| one.rule == "certificate-structure")
    };
    assert!(!structure(&good));
    for end in 0..good.len() {
        assert!(structure(&good[..end]), "{end}");
    }
    // Nothing panics, whatever is changed.
    for at in 0..good.len() {
        let mut changed = good.clone();
        changed[at] ^= 0x55;
        let _ = lint(&changed, None, None);
    }
}
