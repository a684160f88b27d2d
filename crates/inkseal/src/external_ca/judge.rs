//! Whether what the authority answered is what it was asked for.

use crypto::Suite;
use pki::{Certificate, CertificationRequest, Purpose, validate};

/// Most certificates of a chain.
const CHAIN: usize = 8;

/// Judges a chain, PEM, at unix second `now`. Gives the path from the leaf to the last
/// certificate before an anchor.
///
/// # Errors
/// What is wrong with it, in words that hold no name.
pub fn judge(
    chain: &str,
    request: &CertificationRequest,
    suite: Suite,
    anchors: &[Certificate],
    now: i64,
) -> Result<Vec<Certificate>, String> {
    let chain = Certificate::from_pem_many(chain).map_err(|e| e.to_string())?;
    let (leaf, rest) = chain.split_first().ok_or("it holds no certificate")?;
    if chain.len() > CHAIN {
        return Err(format!("its chain has more than {CHAIN} certificates"));
    }
    if let Some(what) = request.differs(leaf) {
        return Err(format!("its certificate has another {what} than was asked"));
    }
    if leaf.is_ca() {
        return Err("its certificate is one of an authority".to_owned());
    }
    let mut path = validate(leaf, rest, anchors, now, Purpose::Signing)
        .map_err(|error| format!("its chain is not to be trusted: {}", error.code()))?;
    // An anchor of the other family would be trusted, and its signatures not understood.
    let gm = |certificate: &Certificate| Suite::of_spki(certificate.spki()) == Some(Suite::Sm2Sm3);
    if path.iter().any(|one| gm(one) != (suite == Suite::Sm2Sm3)) {
        return Err(format!("its chain is not of the suite {}", suite.name()));
    }
    path.pop();
    if path.is_empty() {
        return Err("its certificate is itself an anchor".to_owned());
    }
    Ok(path)
}
