//! Where strangers learn whether a certificate still stands, and the parts of the lists.

use crypto::Suite;
use pki::Addresses;

use crate::{Trust, status::Part};

/// Certificates of this many seconds share a list: thirteen weeks.
const PERIOD: i64 = 91 * 24 * 3600;

/// In which period a certificate begins, counted from 1970.
pub(crate) fn period(begin: i64) -> i64 {
    begin.div_euclid(PERIOD)
}

impl Trust {
    /// The addresses in an end certificate that begins at this unix second: the list of
    /// its period alone, so that lists stay small however many certificates there are.
    pub(crate) fn addresses(&self, suite: Suite, begin: i64) -> Addresses {
        Addresses {
            crl: self.list_address(suite, Part::Period(period(begin))),
            ocsp: self.published("ocsp"),
            issuer: self.published(&format!("certificate/{}.cer", suite.name())),
        }
    }

    /// The addresses in an issuing authority's certificate.
    pub(crate) fn root_addresses(&self, suite: Suite) -> Addresses {
        root_addresses(&self.0.settings.url, suite)
    }

    /// Where a list lies; none when the service publishes nothing.
    pub(crate) fn list_address(&self, suite: Suite, part: Part) -> Option<String> {
        self.published(&format!("crl/{}.crl", part.name(suite)))
    }

    fn published(&self, path: &str) -> Option<String> {
        published(&self.0.settings.url, path)
    }
}

/// The addresses in an issuing authority's certificate, of a service that publishes under
/// this address.
pub(crate) fn root_addresses(url: &str, suite: Suite) -> Addresses {
    Addresses {
        crl: published(url, &format!("crl/{}.crl", Part::Root.name(suite))),
        ocsp: None,
        issuer: published(url, &format!("certificate/{}-root.cer", suite.name())),
    }
}

fn published(url: &str, path: &str) -> Option<String> {
    let url = url.trim_end_matches('/');
    (!url.is_empty()).then(|| format!("{url}/api/v1/trust/{path}"))
}
