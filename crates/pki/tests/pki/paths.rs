//! Path validation: every rule refuses by its own.

use crypto::{SoftwareKey, Suite};
use pki::{Certificate, CertificateRequest, Profile, Purpose, Rule, validate};

use crate::{
    house::{Authority, HOUR, House, NOW, YEAR, company, lasting},
    taken_apart::{replaced, with_extension},
};

const SUITE: Suite = Suite::P256Sha256;

/// A house and a company's certificate of it.
fn house() -> (House, Certificate) {
    let house = House::new(SUITE);
    let leaf = house
        .issuing
        .authority("公司", &Profile::Enterprise)
        .certificate;
    (house, leaf)
}

/// The rule that breaks, and the common name of the certificate that breaks it.
fn broken(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    at: i64,
    purpose: Purpose,
) -> (String, Rule) {
    let error = validate(leaf, intermediates, anchors, at, purpose).unwrap_err();
    (error.subject, error.rule)
}

fn signing(leaf: &Certificate, between: &[Certificate], anchor: &Certificate) -> (String, Rule) {
    broken(
        leaf,
        between,
        std::slice::from_ref(anchor),
        NOW,
        Purpose::Signing,
    )
}

#[test]
fn paths_of_every_suite_and_profile_are_found() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let house = House::new(suite);
        let anchors = house.anchors();
        let between = [house.issuing.certificate.clone()];
        let company = house
            .issuing
            .authority("公司", &Profile::Enterprise)
            .certificate;
        let cases = [
            (house.event().0, Purpose::Signing),
            (company, Purpose::Signing),
            (house.tsa().certificate().clone(), Purpose::Timestamping),
        ];
        for (leaf, purpose) in cases {
            let path = validate(&leaf, &between, &anchors, NOW, purpose).unwrap();
            assert_eq!(path, [&[leaf], &between[..], &anchors[..]].concat());
        }
    }
}

#[test]
fn an_authority_can_be_the_anchor() {
    let (house, leaf) = house();
    let anchor = [house.issuing.certificate];
    let path = validate(&leaf, &[], &anchor, NOW, Purpose::Signing).unwrap();
    assert_eq!(path, [std::slice::from_ref(&leaf), &anchor[..]].concat());
    let itself = std::slice::from_ref(&leaf);
    assert_eq!(
        validate(&leaf, &[], itself, NOW, Purpose::Signing).unwrap(),
        itself
    );
}

#[test]
fn validity_is_checked_to_the_second() {
    let house = House::new(SUITE);
    let (leaf, _) = house.event();
    let between = [house.issuing.certificate.clone()];
    let at = |at| validate(&leaf, &between, &house.anchors(), at, Purpose::Signing);
    assert!(at(NOW - 60).is_ok());
    assert!(at(NOW + 600).is_ok());
    assert_eq!(at(NOW - 61).unwrap_err().rule, Rule::NotYetValid);
    let late = at(NOW + 601).unwrap_err();
    assert_eq!(
        (late.rule.clone(), late.code()),
        (Rule::Expired, "certificate-expired")
    );
    assert!(late.subject.contains("张三") && late.serial == leaf.serial_hex());
}

#[test]
fn validity_of_authorities_is_checked() {
    let root = Authority::root(SUITE, "根");
    let key = SoftwareKey::generate(SUITE).unwrap();
    let subject = company("短命");
    let profile = Profile::Issuing;
    let short = CertificateRequest {
        not_after: NOW - HOUR,
        ..lasting(&subject, &key, &profile)
    };
    let short = Authority {
        certificate: root.issue(&short),
        key,
    };
    let leaf = short.authority("公司", &Profile::Enterprise).certificate;
    let (who, rule) = signing(
        &leaf,
        std::slice::from_ref(&short.certificate),
        &root.certificate,
    );
    assert!(who.contains("短命"), "{who}");
    assert_eq!(rule, Rule::Expired);
    let before = NOW - 2 * HOUR;
    let between = [short.certificate];
    assert!(
        validate(
            &leaf,
            &between,
            &[root.certificate],
            before,
            Purpose::Signing
        )
        .is_ok()
    );
    let (house, leaf) = house();
    let early = NOW - 2 * YEAR;
    let between = [house.issuing.certificate.clone()];
    let (_, rule) = broken(&leaf, &between, &house.anchors(), early, Purpose::Signing);
    assert_eq!(rule, Rule::NotYetValid);
}

#[test]
fn a_key_serves_its_purpose_only() {
    let (house, leaf) = house();
    let between = [house.issuing.certificate.clone()];
    let anchors = house.anchors();
    let tsa = house.tsa().certificate().clone();
    let rule = |leaf, purpose| broken(leaf, &between, &anchors, NOW, purpose).1;
    assert_eq!(rule(&tsa, Purpose::Signing), Rule::ExtendedKeyUsage);
    assert_eq!(rule(&leaf, Purpose::Timestamping), Rule::ExtendedKeyUsage);
    assert_eq!(
        rule(&house.issuing.certificate, Purpose::Signing),
        Rule::KeyUsage
    );
}

/// RFC 3161, 2.3: the extension is critical and names one purpose.
#[test]
fn a_timestamp_authority_with_a_lax_extension_is_refused() {
    let (house, _) = house();
    let key = SoftwareKey::generate(SUITE).unwrap();
    let subject = company("时间戳");
    let extension = |critical: &[u8], names: &[&[u8]]| {
        let names = names.concat();
        let count = |bytes: &[u8], more: usize| u8::try_from(bytes.len() + more).unwrap();
        let value = [
            &[0x04, count(&names, 2), 0x30, count(&names, 0)],
            &names[..],
        ]
        .concat();
        let inner = [b"\x06\x03\x55\x1d\x25", critical, &value].concat();
        [&[0x30, count(&inner, 0)], &inner[..]].concat()
    };
    let authority = house.issuing.tbs(&lasting(&subject, &key, &Profile::Root));
    let stamping: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08";
    let mail: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04";
    // Its key may sign, and it has no extended key usage yet.
    let plain = replaced(&authority, b"\x03\x02\x01\x06", b"\x03\x02\x06\xc0");
    let critical: &[u8] = b"\x01\x01\xff";
    let verdict = |critical: &[u8], names: &[&[u8]]| {
        let tbs = with_extension(&plain, &extension(critical, names));
        let leaf = house.issuing.sign(&tbs);
        let between = [house.issuing.certificate.clone()];
        validate(
            &leaf,
            &between,
            &house.anchors(),
            NOW,
            Purpose::Timestamping,
        )
        .is_ok()
    };
    assert!(verdict(critical, &[stamping]));
    assert!(!verdict(b"", &[stamping]));
    assert!(!verdict(critical, &[stamping, mail]));
    assert!(!verdict(critical, &[mail]));
}

#[test]
fn a_company_cannot_issue() {
    let root = Authority::root(SUITE, "根");
    let company = root.authority("冒充", &Profile::Enterprise);
    // An authority of the same name and key lays out what the company then signs.
    let key = SoftwareKey::from_pkcs8(&company.key.to_pkcs8().unwrap()).unwrap();
    let subject = crate::house::company("冒充");
    let mask = Authority {
        certificate: root.issue(&lasting(&subject, &key, &Profile::Root)),
        key,
    };
    let leaf = mask.authority("受害", &Profile::Enterprise).certificate;
    let (who, rule) = signing(&leaf, &[company.certificate], &root.certificate);
    assert!(who.contains("冒充"), "{who}");
    assert_eq!(rule, Rule::NotCa);
    let between = [mask.certificate];
    assert!(validate(&leaf, &between, &[root.certificate], NOW, Purpose::Signing).is_ok());
}

/// An authority below the root whose `TBSCertificate` was changed before it was signed,
/// and a leaf below it.
fn below(change: impl Fn(Vec<u8>) -> Vec<u8>) -> (Certificate, Certificate, Certificate) {
    let root = Authority::root(SUITE, "根");
    let key = SoftwareKey::generate(SUITE).unwrap();
    let subject = company("中间");
    let tbs = change(root.tbs(&lasting(&subject, &key, &Profile::Issuing)));
    let middle = Authority {
        certificate: root.sign(&tbs),
        key,
    };
    let leaf = middle.authority("公司", &Profile::Enterprise).certificate;
    (leaf, middle.certificate, root.certificate)
}

fn rule_below(change: impl Fn(Vec<u8>) -> Vec<u8>) -> Rule {
    let (leaf, middle, root) = below(change);
    let (who, rule) = signing(&leaf, &[middle], &root);
    assert!(who.contains("中间"), "{who}");
    rule
}

#[test]
fn an_authority_needs_the_right_key_usage() {
    // keyCertSign + cRLSign becomes cRLSign.
    let rule = rule_below(|tbs| replaced(&tbs, b"\x03\x02\x01\x06", b"\x03\x02\x01\x02"));
    assert_eq!(rule, Rule::NoCertSign);
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let extension = b"\x30\x0c\x06\x03\x2a\x03\x04\x01\x01\xff\x04\x02\x05\x00";
    let rule = rule_below(|tbs| with_extension(&tbs, extension));
    assert_eq!(rule, Rule::UnknownCritical("1.2.3.4".to_owned()));
    let (leaf, middle, root) =
        below(|tbs| with_extension(&tbs, b"\x30\x09\x06\x03\x2a\x03\x04\x04\x02\x05\x00"));
    assert!(validate(&leaf, &[middle], &[root], NOW, Purpose::Signing).is_ok());
}

/// Name constraints are not processed, so that they must not be passed over.
#[test]
fn critical_name_constraints_are_refused() {
    let extension = b"\x30\x0c\x06\x03\x55\x1d\x1e\x01\x01\xff\x04\x02\x30\x00";
    let rule = rule_below(|tbs| with_extension(&tbs, extension));
    assert_eq!(rule, Rule::UnknownCritical("2.5.29.30".to_owned()));
}

#[test]
fn an_authority_is_never_without_revocation() {
    let extension = b"\x30\x09\x06\x03\x55\x1d\x38\x04\x02\x05\x00";
    assert_eq!(
        rule_below(|tbs| with_extension(&tbs, extension)),
        Rule::NoRevocationForCa
    );
}

#[test]
fn an_extended_key_usage_of_an_authority_restricts_what_is_below() {
    let extension =
        b"\x30\x13\x06\x03\x55\x1d\x25\x04\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x08";
    assert_eq!(
        rule_below(|tbs| with_extension(&tbs, extension)),
        Rule::ExtendedKeyUsage
    );
}

#[test]
fn an_extension_that_is_there_twice_is_refused() {
    let root = Authority::root(SUITE, "根");
    let subject = company("公司");
    let tbs = root.tbs(&lasting(&subject, &root.key, &Profile::Enterprise));
    let again = with_extension(&tbs, b"\x30\x09\x06\x03\x55\x1d\x38\x04\x02\x05\x00");
    assert!(pki::sign_tbs(&again, &root.key).is_ok());
    let twice = with_extension(&again, b"\x30\x09\x06\x03\x55\x1d\x38\x04\x02\x05\x00");
    assert_eq!(
        pki::sign_tbs(&twice, &root.key).unwrap_err().code(),
        "der-malformed"
    );
}

#[test]
fn a_path_length_is_kept() {
    let root = Authority::root(SUITE, "根");
    let first = root.authority("甲", &Profile::Issuing);
    let second = first.authority("乙", &Profile::Issuing);
    let leaf = second.authority("公司", &Profile::Enterprise).certificate;
    let between = [first.certificate, second.certificate];
    let (who, rule) = signing(&leaf, &between, &root.certificate);
    assert!(who.contains('甲'), "{who}");
    assert_eq!(rule, Rule::PathTooLong(0));
}

#[test]
fn a_foreign_anchor_is_no_anchor() {
    let (house, leaf) = house();
    let foreign = Authority::root(SUITE, "外人");
    let between = [house.issuing.certificate.clone()];
    let (who, rule) = signing(&leaf, &between, &foreign.certificate);
    assert!(who.contains("测试签发"), "{who}");
    assert_eq!(rule, Rule::NoIssuer);
    let (_, rule) = signing(&leaf, &[], &house.root.certificate);
    assert_eq!(rule, Rule::NoIssuer);
}

/// The same name as the right anchor, another key.
#[test]
fn an_anchor_of_the_same_name_is_no_anchor() {
    let root = Authority::root(SUITE, "根");
    let key = SoftwareKey::generate(SUITE).unwrap();
    let subject = company("签发");
    // Without an authority key identifier that would tell them apart.
    let tbs = root.tbs(&lasting(&subject, &key, &Profile::Issuing));
    let tbs = replaced(&tbs, b"\x06\x03\x55\x1d\x23", b"\x06\x03\x55\x1d\x7f");
    let middle = Authority {
        certificate: root.sign(&tbs),
        key,
    };
    let leaf = middle.authority("公司", &Profile::Enterprise).certificate;
    let between = [middle.certificate];
    let twin = Authority::root(SUITE, "根").certificate;
    let (who, rule) = signing(&leaf, &between, &twin);
    assert!(who.contains("签发"), "{who}");
    assert!(matches!(rule, Rule::Signature(_)), "{rule:?}");
    // With both at hand the right one is found.
    let both = [twin, root.certificate.clone()];
    let path = validate(&leaf, &between, &both, NOW, Purpose::Signing).unwrap();
    assert_eq!(path[2], root.certificate);
}

#[test]
fn a_broken_signature_is_refused() {
    let (house, leaf) = house();
    let mut der = leaf.der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let changed = Certificate::from_der(&der).unwrap();
    let between = [house.issuing.certificate.clone()];
    let (_, rule) = signing(&changed, &between, &house.root.certificate);
    assert!(matches!(rule, Rule::Signature(_)), "{rule:?}");
}

#[test]
fn the_search_has_an_end() {
    // Authorities that all have issued each other.
    let root = Authority::root(SUITE, "外");
    let keys: Vec<_> = (0..12)
        .map(|_| SoftwareKey::generate(SUITE).unwrap())
        .collect();
    let subject = company("环");
    let mut crowd = Vec::new();
    for key in keys {
        let request = lasting(&subject, &key, &Profile::Root);
        let tbs = replaced(
            &root.tbs(&request),
            b"\x06\x03\x55\x1d\x23",
            b"\x06\x03\x55\x1d\x7f",
        );
        crowd.push(Authority {
            certificate: root.sign(&tbs),
            key,
        });
    }
    let mut between = Vec::new();
    for issuer in &crowd {
        for subject_of in &crowd {
            let request = lasting(&subject, &subject_of.key, &Profile::Root);
            let tbs = issuer.tbs(&request);
            let tbs = replaced(&tbs, b"\x06\x03\x55\x1d\x23", b"\x06\x03\x55\x1d\x7f");
            between.push(issuer.sign(&tbs));
        }
    }
    let leaf = crowd[0].authority("公司", &Profile::Enterprise).certificate;
    let anchor = Authority::root(SUITE, "锚").certificate;
    let (_, rule) = signing(&leaf, &between, &anchor);
    assert_eq!(rule, Rule::Limit);
}
