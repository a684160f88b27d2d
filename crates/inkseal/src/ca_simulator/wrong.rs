//! What the simulator does wrong when it is told to.

use serde::Deserialize;

/// What can be wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    /// It is for another key.
    Key,
    /// It is for somebody else.
    Subject,
    /// It is bound to another act.
    Binding,
    /// It leads to another root of the same name.
    Chain,
    /// It has expired.
    Expired,
    /// It is of the other suite's authority.
    Suite,
    /// Its serial number is always the same.
    Serial,
    /// It is one of an authority.
    Authority,
    /// There is none.
    Empty,
    /// Somebody else has had it revoked.
    Revoked,
}
