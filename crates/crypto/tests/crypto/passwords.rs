//! Passwords.

use crypto::password;

#[test]
fn a_password_is_known_by_its_hash() {
    let hash = password::hash("密码 123").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
    assert!(!hash.contains("密码"));
    assert!(password::verify("密码 123", &hash));
    for wrong in ["", "密码", "密码 1234", "密码 123 "] {
        assert!(!password::verify(wrong, &hash), "{wrong:?}");
    }
}

/// Two people with the same password are not seen to have it.
#[test]
fn the_same_password_has_another_hash_each_time() {
    let [one, two] = [(); 2].map(|()| password::hash("same").unwrap());
    assert_ne!(one, two);
    assert!(password::verify("same", &one) && password::verify("same", &two));
}

#[test]
fn what_is_not_a_hash_is_no_password() {
    let hash = password::hash("word").unwrap();
    let cut = &hash[..hash.len() - 4];
    for text in [
        "",
        "$",
        "word",
        "$argon2id$",
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdA$aGFzaA",
        cut,
    ] {
        assert!(!password::verify("word", text), "{text}");
    }
}

/// Everything before the salt says what a hash costs.
#[test]
fn nobodys_hash_costs_what_every_hash_costs() {
    let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).map(str::to_owned);
    let real = password::hash("a password").unwrap();
    assert_eq!(cost(password::NOBODY), cost(&real));
    assert_eq!(password::NOBODY.len(), real.len());
    assert!(!password::verify("", password::NOBODY));
}
