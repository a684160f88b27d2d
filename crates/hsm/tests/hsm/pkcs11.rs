//! Keys in a token.

use crypto::{KeyModule, Suite};
use cryptoki::object::{Attribute, AttributeInfo, AttributeType, ObjectClass};
use hsm::{Pin, Pkcs11};

use crate::{
    desk::look_at,
    token::{PIN, Token, library},
};

const SUITES: [Suite; 3] = [
    Suite::P256Sha256,
    Suite::Rsa2048Sha256,
    Suite::Rsa3072Sha256,
];

#[test]
fn what_a_token_signs_everybody_verifies() {
    let token = Token::new("signs");
    let module = token.open();
    for suite in SUITES {
        let label = format!("trust/{}", suite.name());
        let made = module.generate(suite, &label).unwrap();
        assert_eq!(
            (made.suite(), Suite::of_spki(made.spki())),
            (suite, Some(suite))
        );
        for _ in 0..8 {
            look_at(made.as_ref());
        }
        // As it is found after a start.
        let found = token.open().signer(suite, &label).unwrap().unwrap();
        assert_eq!(found.spki(), made.spki());
        look_at(found.as_ref());
    }
    let listed = module.list().unwrap();
    let listed: Vec<&str> = listed.iter().map(|key| key.label.as_str()).collect();
    let labels = [
        "trust/p256-sha256",
        "trust/rsa2048-sha256",
        "trust/rsa3072-sha256",
    ];
    assert_eq!(listed, labels);
}

#[test]
fn a_key_cannot_be_taken_out() {
    let token = Token::new("guards");
    let module = token.open();
    let secrets = [
        (Suite::P256Sha256, AttributeType::Value),
        (Suite::Rsa2048Sha256, AttributeType::PrivateExponent),
    ];
    for (suite, secret) in secrets {
        let label = suite.name();
        module.generate(suite, label).unwrap();
        let session = token.session();
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(label.into()),
        ];
        let found = session.find_objects(&template).unwrap();
        let [private] = found[..] else {
            panic!("{found:?}")
        };
        let promised = [
            Attribute::Sensitive(true),
            Attribute::AlwaysSensitive(true),
            Attribute::Extractable(false),
            Attribute::NeverExtractable(true),
            Attribute::Token(true),
        ];
        let asked = [
            AttributeType::Sensitive,
            AttributeType::AlwaysSensitive,
            AttributeType::Extractable,
            AttributeType::NeverExtractable,
            AttributeType::Token,
        ];
        assert_eq!(session.get_attributes(private, &asked).unwrap(), promised);
        assert_eq!(session.get_attributes(private, &[secret]).unwrap(), []);
        let info = session.get_attribute_info(private, &[secret]).unwrap();
        assert!(matches!(info[..], [AttributeInfo::Sensitive]), "{info:?}");
    }
}

#[test]
fn a_label_is_given_once() {
    let token = Token::new("once");
    let (one, two) = (token.open(), token.open());
    one.generate(Suite::P256Sha256, "root").unwrap();
    for module in [&one, &two] {
        let refused = module.generate(Suite::Rsa2048Sha256, "root").err().unwrap();
        assert_eq!(refused.code(), "key-exists");
    }
    assert!(one.signer(Suite::Rsa2048Sha256, "root").unwrap().is_none());
    assert!(one.signer(Suite::P256Sha256, "roo").unwrap().is_none());
    assert_eq!(two.list().unwrap().len(), 1);
}

#[test]
fn keys_of_other_programs_are_left_alone() {
    let token = Token::new("others");
    let module = token.open();
    // A curve that we do not have: P-384 (1.3.132.0.34).
    let curve = Attribute::EcParams(vec![6, 5, 0x2b, 0x81, 4, 0, 0x22]);
    let named = |label: &str, id: u8| {
        [
            Attribute::Token(true),
            Attribute::Label(label.into()),
            Attribute::Id(vec![id]),
        ]
    };
    let make = |label: &str, id: u8| {
        let mut public = named(label, id).to_vec();
        public.push(curve.clone());
        let mechanism = cryptoki::mechanism::Mechanism::EccKeyPairGen;
        let session = token.session();
        session
            .generate_key_pair(&mechanism, &public, &named(label, id))
            .unwrap();
    };
    make("p384", 1);
    let unusable = module.signer(Suite::P256Sha256, "p384").err().unwrap();
    assert_eq!(unusable.code(), "module-key-unusable");
    assert!(module.list().unwrap().is_empty());
    make("twin", 2);
    make("twin", 3);
    let twins = module.signer(Suite::P256Sha256, "twin").err().unwrap();
    assert!(twins.to_string().contains("two private keys"), "{twins}");
}

#[test]
fn only_what_is_configured_belongs_to_it() {
    let token = Token::new("takes");
    let mut settings = token.settings();
    settings.suites = vec![Suite::P256Sha256, Suite::Sm2Sm3];
    settings.labels = vec!["trust/".to_owned()];
    let module = Pkcs11::open(settings).unwrap();
    assert!(module.takes(Suite::P256Sha256, "trust/root"));
    assert!(!module.takes(Suite::P256Sha256, "company/root"));
    assert!(!module.takes(Suite::Rsa2048Sha256, "trust/root"));
    // No token signs SM2 here, whatever the configuration says.
    assert!(!module.takes(Suite::Sm2Sm3, "trust/root"));
    let refused = module.generate(Suite::Sm2Sm3, "trust/root").err().unwrap();
    assert_eq!(refused.code(), "module-cannot-generate");
}

#[test]
fn what_is_misconfigured_is_named() {
    let token = Token::new("named");
    let refused = |change: &dyn Fn(&mut hsm::Pkcs11Settings)| {
        let mut settings = token.settings();
        change(&mut settings);
        let error = Pkcs11::open(settings).err().unwrap();
        (error.code(), error.to_string())
    };
    let (code, text) = refused(&|it| it.library = "/nowhere/lib.so".into());
    assert_eq!(code, "module-library");
    assert!(text.contains("/nowhere/lib.so"), "{text}");
    // A library that is none of PKCS#11.
    let (code, text) = refused(&|it| it.library = crate::plug::library());
    assert_eq!(code, "module-library");
    assert!(text.contains("C_GetFunctionList"), "{text}");
    let (code, text) = refused(&|it| it.token = "other".to_owned());
    assert_eq!(code, "module-no-token");
    assert!(
        text.contains("\"other\"") && text.contains("\"named\""),
        "{text}"
    );
    let (code, text) = refused(&|it| it.pin = Pin::File("/nowhere/pin".into()));
    assert_eq!(code, "module-no-pin");
    assert!(text.contains("/nowhere/pin"), "{text}");
    let (code, _) = refused(&|it| it.pin = Pin::Variable("INKSEAL_NO_SUCH_PIN".to_owned()));
    assert_eq!(code, "module-no-pin");
    assert!(library().exists());
}

#[test]
fn a_wrong_pin_is_said_once_to_the_token() {
    let token = Token::new("pins");
    token.write_pin("quite another pin");
    let refused = Pkcs11::open(token.settings()).err().unwrap();
    assert_eq!(refused.code(), "module-pin-refused");
    assert!(
        !refused.to_string().contains("quite another pin"),
        "{refused}"
    );

    token.write_pin(PIN);
    let module = token.open();
    let key = module.generate(Suite::P256Sha256, "key").unwrap();
    token.write_pin("quite another pin");
    token.close_sessions();
    assert_eq!(key.sign(b"m").err().unwrap().code(), "module-pin-refused");
    // The token takes this PIN now. Who says it again would be let in.
    let session = token.session();
    let pin = |text: &str| cryptoki::types::AuthPin::from(text.to_owned());
    session
        .login(cryptoki::session::UserType::User, Some(&pin(PIN)))
        .unwrap();
    session
        .set_pin(&pin(PIN), &pin("quite another pin"))
        .unwrap();
    token.close_sessions();
    for _ in 0..3 {
        assert_eq!(key.sign(b"m").err().unwrap().code(), "module-pin-refused");
    }
    // Another PIN in the file is tried, and its refusal is told as well.
    token.write_pin(PIN);
    assert_eq!(key.sign(b"m").err().unwrap().code(), "module-pin-refused");
    token.write_pin("quite another pin");
    look_at(key.as_ref());
}
