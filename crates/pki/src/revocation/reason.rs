//! When and why a certificate was revoked.

/// Why a certificate was revoked (RFC 5280, 5.3.1). `removeFromCRL` stands in delta lists
/// only and is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Reason {
    /// Nothing was said.
    #[default]
    Unspecified,
    /// Somebody else may have the key.
    KeyCompromise,
    /// Somebody else may have the authority's key.
    CaCompromise,
    /// The subject's name or company has changed.
    AffiliationChanged,
    /// There is another certificate in its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// It is suspended, and may come back.
    CertificateHold,
    /// A right that it states was withdrawn.
    PrivilegeWithdrawn,
    /// Somebody else may have the attribute authority's key.
    AaCompromise,
}

impl Reason {
    const ALL: [Self; 9] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// Its number in `CRLReason`.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason with this number in `CRLReason`.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.number() == number)
    }

    /// Its name in `CRLReason`, such as `keyCompromise`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        }
    }
}

/// A revocation, as a list or a response tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// When the authority revoked, unix milliseconds.
    pub at_ms: i64,
    /// Why.
    pub reason: Reason,
    /// Since when the key is thought to be in other hands, unix milliseconds (RFC 5280,
    /// 5.3.2).
    pub invalid_since_ms: Option<i64>,
}

impl Revoked {
    /// From when on nothing may be believed that the key signed: the date of the
    /// revocation, or the invalidity date where that is earlier and the key itself was
    /// compromised. For other reasons the invalidity date changes nothing: what a key
    /// signed in good hands stays good.
    #[must_use]
    pub fn effective_ms(&self) -> i64 {
        let compromised = matches!(self.reason, Reason::KeyCompromise | Reason::CaCompromise);
        let since = self.invalid_since_ms.filter(|_| compromised);
        since.map_or(self.at_ms, |since| since.min(self.at_ms))
    }
}
