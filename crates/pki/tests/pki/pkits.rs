//! Path validation and revocation by the published vectors of NIST, the Public Key
//! Interoperability Test Suite: 246 cases, each a certificate, what leads to its anchor,
//! lists, and whether RFC 5280 wants it accepted.
//!
//! `./dev setup` fetches them with pyHanko's validator, which carries them with its
//! expectations. What we decide otherwise is in two tables, each entry with its reason;
//! a case that changes sides fails.

use std::{collections::BTreeSet, fs, path::PathBuf};

use pki::{
    Certificate, Purpose,
    revocation::{Crl, Material, Verdict, judge},
    validate,
};
use serde::Deserialize;

/// 2022-05-01, when all that should be valid is.
const AT: i64 = 1_651_363_200;

/// One case, as the suite's index has it.
#[derive(Deserialize)]
struct Case {
    id: String,
    name: String,
    cert: String,
    #[serde(default)]
    other_certs: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    /// There when the certificate must be refused.
    error: Option<serde_json::Value>,
    /// What the verifier demands of policies.
    params: Option<serde_json::Value>,
    /// Whether its revocation is to be looked up.
    #[serde(default = "yes")]
    revocation: bool,
}

fn yes() -> bool {
    true
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.tools/pkits")
}

fn read(folder_name: &str, name: &str) -> Vec<u8> {
    let path = folder().join(folder_name).join(name);
    fs::read(&path).unwrap_or_else(|_| panic!("{name} is missing: run ./dev setup"))
}

fn certificate(name: &str) -> Result<Certificate, String> {
    Certificate::from_der(&read("certs", name)).map_err(|error| error.code().to_owned())
}

/// What we say of a case: nothing, or the code of what refuses it.
fn refusal(case: &Case) -> Option<String> {
    decide(case).err()
}

fn decide(case: &Case) -> Result<(), String> {
    let root = certificate("TrustAnchorRootCertificate.crt")?;
    let leaf = certificate(&case.cert)?;
    let between: Vec<Certificate> = case
        .other_certs
        .iter()
        .filter_map(|name| certificate(name).ok())
        .collect();
    let path = validate(&leaf, &between, &[root], AT, Purpose::Signing);
    let path = path.map_err(|error| error.code().to_owned())?;
    if !case.revocation {
        return Ok(());
    }
    let lists: Vec<Crl> = ["TrustAnchorRootCRL.crl"]
        .into_iter()
        .chain(case.crls.iter().map(String::as_str))
        .filter_map(|name| Crl::from_der(&read("crls", name)).ok())
        .collect();
    let material = Material {
        crls: &lists,
        responses: &[],
    };
    for link in path.windows(2) {
        match judge(&link[0], &link[1], material, AT * 1000) {
            Verdict::NotRevoked { .. } | Verdict::NoRevocationAvailable => {}
            Verdict::Revoked { .. } => return Err("revoked".to_owned()),
            Verdict::Undetermined(error) => return Err(error.code().to_owned()),
        }
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let index = fs::read(folder().join("pkits.json")).expect("run ./dev setup");
    serde_json::from_slice(&index).unwrap()
}

/// Valid cases that we refuse, with the code; each for something that no certificate of
/// the field needs, or that costs more trust than it gives.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "DSA is no suite of ours",
        "algorithm-unsupported",
        &["40104", "40105"],
    ),
    (
        "dates before 1970, unique identifiers",
        "der-malformed",
        &["40203", "40306"],
    ),
    (
        "a list with a negative serial number is not read",
        "revocation-other-issuer",
        &["40414"],
    ),
    (
        "a list is signed by the key that signed the certificate",
        "revocation-other-key",
        &[
            "40419", "40501", "40504", "40506", "40615", "40617", "40906", "41107", "41207",
            "41209",
        ],
    ),
    (
        "critical name constraints are not processed",
        "certificate-unknown-critical",
        &[
            "41301", "41304", "41305", "41306", "41311", "41314", "41318", "41319", "41321",
            "41323", "41325", "41327", "41330", "41332", "41334", "41336",
        ],
    ),
    (
        "lists of some reasons, of others' certificates, or at a point named relative to \
         their issuer are not read",
        "revocation-other-issuer",
        &[
            "41405", "41407", "41418", "41419", "41422", "41424", "41425", "41430", "41433",
        ],
    ),
    (
        "nor does a certificate name such a point",
        "crl-out-of-scope",
        &["41404", "41428", "41429"],
    ),
    (
        "what a delta list takes back stays on the full one",
        "revoked",
        &["41505"],
    ),
];

/// Invalid cases that we let pass.
const ACCEPTED: &[(&str, &[&str])] = &[("a delta list is not read", &["41504"])];

#[test]
fn paths_and_lists_are_judged_as_the_published_vectors_want() {
    let (mut agreed, mut seen) = (0, BTreeSet::new());
    for case in cases() {
        // What a verifier may demand of policies beyond the authorities, we do not.
        if case.error.is_some() && case.params.is_some() {
            continue;
        }
        let (id, we) = (case.id.as_str(), refusal(&case));
        match (case.error.is_some(), we.as_deref()) {
            (true, Some(_)) | (false, None) => agreed += 1,
            (false, Some(code)) => {
                let known = REFUSED
                    .iter()
                    .any(|(_, of, ids)| *of == code && ids.contains(&id));
                assert!(known, "{id} {}: valid, and refused as {code}", case.name);
                seen.insert(case.id.clone());
            }
            (true, None) => {
                let known = ACCEPTED.iter().any(|(_, ids)| ids.contains(&id));
                assert!(known, "{id} {}: invalid, and accepted", case.name);
                seen.insert(case.id.clone());
            }
        }
    }
    let refused = REFUSED.iter().flat_map(|(_, _, ids)| ids.iter());
    let accepted = ACCEPTED.iter().flat_map(|(_, ids)| ids.iter());
    let listed: BTreeSet<String> = refused.chain(accepted).map(|id| (*id).to_owned()).collect();
    assert_eq!(seen, listed, "an exception that is none any more");
    assert_eq!(agreed, 186);
}
