//! A root, an issuing authority, and whatever they issue.

use std::sync::Arc;

use crypto::{Digest, EventKey, Hash, Signer, SoftwareKey, Suite, digest, random};
use pki::{
    Certificate, CertificateRequest, EventBinding, Name, Profile, sign_tbs, signed_attributes,
    signed_data, tbs,
    timestamp::{Request, Tsa},
};

/// The second at which everything happens.
pub const NOW: i64 = 1_800_000_000;
/// The same in milliseconds, with a fraction that ends in zero.
pub const NOW_MS: i64 = NOW * 1000 + 120;
pub const HOUR: i64 = 3600;
pub const YEAR: i64 = 365 * 24 * HOUR;

/// An authority of some level.
pub struct Authority {
    pub certificate: Certificate,
    pub key: SoftwareKey,
}

pub struct House {
    pub suite: Suite,
    pub root: Authority,
    pub issuing: Authority,
}

impl House {
    pub fn new(suite: Suite) -> Self {
        let root = Authority::root(suite, "测试根");
        let issuing = root.authority("测试签发", &Profile::Issuing);
        Self {
            suite,
            root,
            issuing,
        }
    }

    /// An event certificate and its key that signs once.
    pub fn event(&self) -> (Certificate, EventKey) {
        let key = EventKey::generate(self.suite).unwrap();
        let subject = person("张三");
        let profile = Profile::Event(binding());
        let request = CertificateRequest {
            subject: &subject,
            spki: key.spki(),
            serial: random(),
            not_before: NOW - 60,
            not_after: NOW + 600,
            profile: &profile,
        };
        (self.issuing.issue(&request), key)
    }

    pub fn tsa(&self) -> Tsa {
        let Authority { certificate, key } = self.issuing.authority("时间戳", &Profile::Tsa);
        Tsa::new(
            certificate,
            vec![self.issuing.certificate.clone()],
            Arc::new(key),
        )
        .unwrap()
    }

    pub fn anchors(&self) -> [Certificate; 1] {
        [self.root.certificate.clone()]
    }

    /// A finished message over this content, with a timestamp.
    pub fn message(&self, content: &Digest) -> Vec<u8> {
        let (certificate, key) = self.event();
        let attributes = signed_attributes(content, &certificate, None);
        let signature = key.sign(&attributes).unwrap();
        let imprint = digest(self.suite.hash(), &signature);
        let request = Request::new(imprint, Some(7), true);
        let token = self.tsa().token(&request, NOW_MS, random()).unwrap();
        let chain = [certificate, self.issuing.certificate.clone()];
        signed_data(self.suite, &attributes, &signature, &chain, Some(&token)).unwrap()
    }
}

impl Authority {
    pub fn root(suite: Suite, name: &str) -> Self {
        let key = SoftwareKey::generate(suite).unwrap();
        let subject = company(name);
        let request = lasting(&subject, &key, &Profile::Root);
        let certificate = sign_tbs(&tbs(&request, None, suite).unwrap(), &key).unwrap();
        Self { certificate, key }
    }

    /// Another authority, or any lasting certificate with its key, below this one.
    pub fn authority(&self, name: &str, profile: &Profile) -> Self {
        let key = SoftwareKey::generate(self.key.suite()).unwrap();
        let subject = company(name);
        let certificate = self.issue(&lasting(&subject, &key, profile));
        Self { certificate, key }
    }

    pub fn issue(&self, request: &CertificateRequest) -> Certificate {
        self.sign(&self.tbs(request))
    }

    pub fn tbs(&self, request: &CertificateRequest) -> Vec<u8> {
        tbs(request, Some(&self.certificate), self.key.suite()).unwrap()
    }

    pub fn sign(&self, tbs: &[u8]) -> Certificate {
        sign_tbs(tbs, &self.key).unwrap()
    }
}

pub fn lasting<'a>(
    subject: &'a Name,
    key: &'a SoftwareKey,
    profile: &'a Profile,
) -> CertificateRequest<'a> {
    CertificateRequest {
        subject,
        spki: key.spki(),
        serial: random(),
        not_before: NOW - YEAR,
        not_after: NOW + 30 * YEAR,
        profile,
    }
}

pub fn person(name: &str) -> Name {
    Name {
        common_name: name.to_owned(),
        organization: None,
        country: "CN".to_owned(),
        serial_number: Some("5f".repeat(32)),
    }
}

pub fn company(name: &str) -> Name {
    Name {
        common_name: name.to_owned(),
        organization: Some("示例科技有限公司".to_owned()),
        country: "CN".to_owned(),
        serial_number: Some("91350211M000100Y43".to_owned()),
    }
}

pub fn binding() -> EventBinding {
    EventBinding {
        act: "0123456789abcdef0123456789abcdef".to_owned(),
        contract: "loan-2027-0001".to_owned(),
        mode: "pad".to_owned(),
        policy: "pad-1".to_owned(),
        revision: digest(Hash::Sha256, b"revision"),
        evidence: digest(Hash::Sm3, b"evidence"),
    }
}
