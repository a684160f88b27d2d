//! Certificates: what OpenSSL says of them, and what is refused.

use crypto::{SoftwareKey, Suite};
use pki::{Certificate, CertificateRequest, Name, PkiError, Profile, sign_tbs, tbs};

use crate::{
    house::{Authority, House, NOW, YEAR, binding, company, lasting, person},
    openssl::Desk,
};

/// Every link is verified by itself: the tool gives the SM2 identifier to the last
/// certificate of a chain only. The other suites are verified as a chain too.
#[test]
fn openssl_verifies_the_chain_of_every_suite() {
    for suite in Suite::ALL {
        let house = House::new(suite);
        let desk = Desk::new();
        desk.put_pem("root.pem", &house.anchors()).put_pem(
            "issuing.pem",
            std::slice::from_ref(&house.issuing.certificate),
        );
        let verify = format!("verify -x509_strict -attime {NOW}");
        let identifier = "-vfyopt distid:1234567812345678";
        let link = match suite {
            Suite::Sm2Sm3 => format!("{verify} {identifier}"),
            _ => format!("{verify} -check_ss_sig"),
        };
        desk.ok(&format!("{link} -CAfile root.pem root.pem"));
        desk.ok(&format!("{link} -CAfile root.pem issuing.pem"));
        let leaves = [
            house.event().0,
            house
                .issuing
                .authority("示例公司", &Profile::Enterprise)
                .certificate,
            house.tsa().certificate().clone(),
        ];
        for leaf in leaves {
            desk.put_pem("leaf.pem", &[leaf]);
            desk.ok(&format!(
                "{link} -partial_chain -trusted issuing.pem leaf.pem"
            ));
            if suite != Suite::Sm2Sm3 {
                desk.ok(&format!(
                    "{link} -CAfile root.pem -untrusted issuing.pem leaf.pem"
                ));
            }
        }
    }
}

/// The link test can fail: another authority of the same name.
#[test]
fn openssl_refuses_a_leaf_of_another_authority() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let (house, other) = (House::new(suite), House::new(suite));
        let desk = Desk::new();
        desk.put_pem("issuing.pem", &[other.issuing.certificate])
            .put_pem("leaf.pem", &[house.event().0]);
        let (ok, said) = desk.run(&format!(
            "verify -vfyopt distid:1234567812345678 -attime {NOW} -partial_chain \
             -trusted issuing.pem leaf.pem"
        ));
        assert!(!ok, "{said}");
    }
}

#[test]
fn openssl_shows_the_event_profile() {
    let house = House::new(Suite::Sm2Sm3);
    let desk = Desk::new();
    desk.put_pem("leaf.pem", &[house.event().0]);
    let said = desk.ok("x509 -in leaf.pem -noout -text -nameopt utf8,sep_comma_plus");
    for part in [
        "Version: 3",
        "Signature Algorithm: SM2-with-SM3",
        "CN=张三",
        "X509v3 Key Usage: critical\n                Digital Signature, Non Repudiation",
        "1.3.6.1.5.5.7.3.36",
        "Policy: 2.25.282878840528970780026491239474396998021.3.1",
        "CPS: urn:oid:2.25.282878840528970780026491239474396998021.3",
        "2.25.282878840528970780026491239474396998021.1: \n",
        "X509v3 No Revocation Available: \n",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    assert!(!said.contains("No Revocation Available: critical"));
}

#[test]
fn a_certificate_tells_what_was_asked_for() {
    let house = House::new(Suite::P256Sha256);
    let (event, _) = house.event();
    let again = Certificate::from_der(event.der()).unwrap();
    assert_eq!(again, event);
    assert_eq!(again.common_name(), "张三");
    assert!(again.subject().contains("CN=张三"), "{}", again.subject());
    assert_eq!(again.issuer(), house.issuing.certificate.subject());
    assert_eq!(again.event_binding(), Some(&binding()));
    assert_eq!(
        (again.not_before(), again.not_after()),
        (NOW - 60, NOW + 600)
    );
    assert!(!again.is_ca());
    assert!(house.issuing.certificate.is_ca());
    assert_eq!(house.issuing.certificate.event_binding(), None);
}

#[test]
fn many_certificates_are_read_from_one_pem_text() {
    let house = House::new(Suite::P256Sha256);
    let (root, issuing) = (&house.root.certificate, &house.issuing.certificate);
    let text = format!("note\n{}\nbetween\n{}", root.to_pem(), issuing.to_pem());
    assert_eq!(
        Certificate::from_pem_many(&text).unwrap(),
        [root.clone(), issuing.clone()]
    );
    assert_eq!(Certificate::from_pem_many("nothing").unwrap(), []);
    let cut = &text[..text.len() - 40];
    assert!(Certificate::from_pem_many(cut).is_err());
}

#[test]
fn validity_beyond_2049_is_written_and_read() {
    let key = SoftwareKey::generate(Suite::P256Sha256).unwrap();
    let subject = company("根");
    let request = CertificateRequest {
        not_after: NOW + 60 * YEAR,
        ..lasting(&subject, &key, &Profile::Root)
    };
    let root = sign_tbs(&tbs(&request, None, Suite::P256Sha256).unwrap(), &key).unwrap();
    assert_eq!(root.not_after(), NOW + 60 * YEAR);
    let desk = Desk::new();
    desk.put_pem("root.pem", &[root]);
    desk.ok(&format!(
        "verify -x509_strict -attime {NOW} -CAfile root.pem root.pem"
    ));
}

#[test]
fn requests_that_break_a_rule_are_refused() {
    let suite = Suite::P256Sha256;
    let key = SoftwareKey::generate(suite).unwrap();
    let root = Authority::root(suite, "根");
    let good = person("张三");
    let refused = |request: &CertificateRequest, issuer: Option<&Certificate>| {
        matches!(tbs(request, issuer, suite), Err(PkiError::Request(_)))
    };
    let request = lasting(&good, &key, &Profile::Enterprise);
    let ca = Some(&root.certificate);
    assert!(!refused(&request, ca));
    assert!(refused(
        &CertificateRequest {
            serial: [0; 16],
            ..request.clone()
        },
        ca
    ));
    assert!(refused(
        &CertificateRequest {
            not_after: NOW - 2 * YEAR,
            ..request.clone()
        },
        ca
    ));
    assert!(refused(
        &CertificateRequest {
            not_before: -1,
            ..request.clone()
        },
        ca
    ));
    assert!(refused(&request, None), "only a root signs itself");
    let leaf = root.issue(&request);
    assert!(refused(&request, Some(&leaf)), "a company issues nothing");
    let names = [
        Name {
            country: "cn".to_owned(),
            ..good.clone()
        },
        Name {
            common_name: String::new(),
            ..good.clone()
        },
        Name {
            common_name: "名".repeat(65),
            ..good.clone()
        },
        Name {
            common_name: "a\nb".to_owned(),
            ..good.clone()
        },
        Name {
            organization: Some("o".repeat(65)),
            ..good.clone()
        },
        Name {
            serial_number: Some("身份".to_owned()),
            ..good.clone()
        },
    ];
    for name in &names {
        let request = CertificateRequest {
            subject: name,
            ..request.clone()
        };
        assert!(refused(&request, ca), "{name:?}");
    }
}

#[test]
fn a_key_of_another_suite_cannot_sign_what_was_laid_out() {
    let root = Authority::root(Suite::P256Sha256, "根");
    let subject = company("公司");
    let tbs = root.tbs(&lasting(&subject, &root.key, &Profile::Enterprise));
    let other = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
    assert_eq!(
        sign_tbs(&tbs, &other).unwrap_err().code(),
        "algorithm-unsupported"
    );
    assert_eq!(
        sign_tbs(b"\x30\x00", &root.key).unwrap_err().code(),
        "der-malformed"
    );
}
