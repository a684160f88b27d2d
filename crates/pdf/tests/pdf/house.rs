//! Authorities of both suites, and the messages that they make possible.

use std::sync::{Arc, LazyLock};

use crypto::{Digest, EventKey, Signer, SoftwareKey, Suite, digest, random};
use pdf::ValidationData;
use pki::{
    Certificate, CertificateRequest, EventBinding, Name, Profile,
    revocation::{CrlContent, Entry, Scope, issue_crl},
    sign_tbs, signed_attributes, signed_data, tbs,
    timestamp::{Request, Tsa},
};

/// The second at which everything happens.
pub const NOW: i64 = 1_800_000_000;
pub const NOW_MS: i64 = NOW * 1000 + 120;
const YEAR: i64 = 365 * 24 * 3600;

pub static HOUSE: LazyLock<House> = LazyLock::new(|| House::at(NOW));
/// A house that nobody knows.
pub static STRANGERS: LazyLock<House> = LazyLock::new(|| House::at(NOW));

pub struct House {
    now: i64,
    sm2: Branch,
    p256: Branch,
}

/// The authorities of one suite.
pub struct Branch {
    suite: Suite,
    pub root: Certificate,
    root_key: SoftwareKey,
    pub issuing: (Certificate, SoftwareKey),
    pub seal: (Certificate, Arc<SoftwareKey>),
    pub tsa: Tsa,
}

/// With what certificate is signed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Leaf {
    /// A fresh one for the act.
    Event,
    /// A fresh one that ended a second before.
    Expired,
    /// The company's.
    Seal,
    /// One for timestamps.
    Timestamps,
}

/// What the timestamp is made over, and when.
#[derive(Debug, Clone)]
pub enum Stamp {
    /// Milliseconds after the house's time.
    Fresh(i64),
    Missing,
    /// Over another signature.
    Other,
}

/// One signature in all that can be said of it.
#[derive(Debug, Clone)]
pub struct Act {
    pub suite: Suite,
    pub act: String,
    pub contract: String,
    pub leaf: Leaf,
    pub stamp: Stamp,
    /// The act that the certificate is issued for, when it is another one.
    pub certified_act: Option<String>,
    /// The revision that is spoken of, when it is not the true one.
    pub revision: Option<Digest>,
}

pub fn act(suite: Suite, name: &str) -> Act {
    Act {
        suite,
        act: format!("{name}-0123456789abcdef"),
        contract: "loan-2027-0001".to_owned(),
        leaf: Leaf::Event,
        stamp: Stamp::Fresh(0),
        certified_act: None,
        revision: None,
    }
}

impl House {
    pub fn at(now: i64) -> Self {
        Self {
            now,
            sm2: Branch::new(Suite::Sm2Sm3, now),
            p256: Branch::new(Suite::P256Sha256, now),
        }
    }

    pub fn branch(&self, suite: Suite) -> &Branch {
        match suite {
            Suite::Sm2Sm3 => &self.sm2,
            _ => &self.p256,
        }
    }

    pub fn anchors(&self) -> Vec<Certificate> {
        vec![self.sm2.root.clone(), self.p256.root.clone()]
    }

    pub fn now_ms(&self) -> i64 {
        self.now * 1000 + 120
    }

    /// The message of an act over this content of a file that was `before`.
    pub fn message(&self, act: &Act, before: &[u8], content: &Digest) -> Vec<u8> {
        let branch = self.branch(act.suite);
        let hash = act.suite.hash();
        let revision = act.revision.clone();
        let binding = EventBinding {
            act: act.act.clone(),
            contract: act.contract.clone(),
            mode: "pad".to_owned(),
            policy: "pad-1".to_owned(),
            revision: revision.unwrap_or_else(|| digest(hash, before)),
            evidence: digest(hash, b"evidence"),
        };
        let certified = EventBinding {
            act: act.certified_act.clone().unwrap_or(act.act.clone()),
            ..binding.clone()
        };
        let (leaf, key) = branch.leaf(act.leaf, certified, self.now);
        // An event certificate says it all; others need the attribute.
        let said =
            act.leaf == Leaf::Seal || act.leaf == Leaf::Timestamps || act.certified_act.is_some();
        let attributes = signed_attributes(content, &leaf, said.then_some(&binding));
        let signature = key.sign(&attributes).unwrap();
        let token = |over: &[u8], later| {
            let request = Request::new(digest(hash, over), Some(7), true);
            branch
                .tsa
                .token(&request, self.now_ms() + later, random())
                .unwrap()
        };
        let token = match act.stamp {
            Stamp::Fresh(later) => Some(token(&signature, later)),
            Stamp::Missing => None,
            Stamp::Other => Some(token(b"another signature", 0)),
        };
        let chain = [leaf, branch.issuing.0.clone()];
        signed_data(act.suite, &attributes, &signature, &chain, token.as_deref()).unwrap()
    }
}

impl House {
    /// A company's message that speaks of no act, as other producers make it.
    pub fn plain(&self, suite: Suite, content: &Digest, stamped: bool) -> Vec<u8> {
        let branch = self.branch(suite);
        let (leaf, key) = &branch.seal;
        let attributes = signed_attributes(content, leaf, None);
        let signature = key.sign(&attributes).unwrap();
        let imprint = digest(suite.hash(), &signature);
        let token = stamped.then(|| self.token(suite, &imprint));
        let chain = [leaf.clone(), branch.issuing.0.clone()];
        signed_data(suite, &attributes, &signature, &chain, token.as_deref()).unwrap()
    }

    /// What proves that nobody was revoked but these: the certificates of the branch and
    /// the lists of both authorities, an hour old.
    pub fn validation_data(&self, suite: Suite, revoked: &[Entry]) -> ValidationData {
        let branch = self.branch(suite);
        let (seal, tsa) = (&branch.seal.0, branch.tsa.certificate());
        let list = |issuer: &Certificate, key: &SoftwareKey, entries: &[Entry]| {
            let content = CrlContent {
                number: 1,
                this_update_ms: self.now_ms() - 3_600_000,
                next_update_ms: self.now_ms() + 86_400_000,
                scope: Scope::default(),
                distribution_point: None,
                entries,
            };
            issue_crl(&content, issuer, key).unwrap().der().to_vec()
        };
        let (issuing, key) = &branch.issuing;
        ValidationData {
            certificates: [seal, tsa, issuing, &branch.root]
                .map(|c| c.der().to_vec())
                .into(),
            ocsp_responses: Vec::new(),
            crls: vec![
                list(&branch.root, &branch.root_key, &[]),
                list(issuing, key, revoked),
            ],
        }
    }

    /// The certificate of the company that seals.
    pub fn seal(&self, suite: Suite) -> &Certificate {
        &self.branch(suite).seal.0
    }

    /// A timestamp of now over a digest.
    pub fn token(&self, suite: Suite, imprint: &Digest) -> Vec<u8> {
        let request = Request::new(imprint.clone(), Some(7), true);
        let tsa = &self.branch(suite).tsa;
        tsa.token(&request, self.now_ms(), random()).unwrap()
    }
}

impl Branch {
    fn new(suite: Suite, now: i64) -> Self {
        let key = SoftwareKey::generate(suite).unwrap();
        let subject = name("测试根");
        let root = CertificateRequest {
            subject: &subject,
            spki: key.spki(),
            serial: random(),
            not_before: now - YEAR,
            not_after: now + 30 * YEAR,
            profile: &Profile::Root,
        };
        let root = (
            sign_tbs(&tbs(&root, None, suite).unwrap(), &key).unwrap(),
            key,
        );
        let lasting = |issuer, who, profile| {
            let key = SoftwareKey::generate(suite).unwrap();
            let certificate = issue(issuer, who, &key, &profile, [now - YEAR, now + 20 * YEAR]);
            (certificate, key)
        };
        let issuing = lasting(&root, "测试签发", Profile::Issuing);
        let seal = lasting(&issuing, "示例公司", Profile::Enterprise);
        let tsa = lasting(&issuing, "时间戳", Profile::Tsa);
        let between = vec![issuing.0.clone()];
        Self {
            suite,
            root: root.0,
            root_key: root.1,
            seal: (seal.0, Arc::new(seal.1)),
            tsa: Tsa::new(tsa.0, between, Arc::new(tsa.1)).unwrap(),
            issuing,
        }
    }

    fn leaf(&self, leaf: Leaf, binding: EventBinding, now: i64) -> (Certificate, Arc<dyn Signer>) {
        let (profile, validity) = match leaf {
            Leaf::Seal => return (self.seal.0.clone(), self.seal.1.clone()),
            Leaf::Event => (Profile::Event(binding), [now - 60, now + 600]),
            Leaf::Expired => (Profile::Event(binding), [now - 600, now - 1]),
            Leaf::Timestamps => (Profile::Tsa, [now - 60, now + 600]),
        };
        let key = EventKey::generate(self.suite).unwrap();
        let certificate = issue(&self.issuing, "张三", &key, &profile, validity);
        (certificate, Arc::new(key))
    }
}

pub fn issue(
    issuer: &(Certificate, SoftwareKey),
    subject: &str,
    key: &dyn Signer,
    profile: &Profile,
    [not_before, not_after]: [i64; 2],
) -> Certificate {
    let subject = name(subject);
    let request = CertificateRequest {
        subject: &subject,
        spki: key.spki(),
        serial: random(),
        not_before,
        not_after,
        profile,
    };
    let tbs = tbs(&request, Some(&issuer.0), issuer.1.suite()).unwrap();
    sign_tbs(&tbs, &issuer.1).unwrap()
}

fn name(common_name: &str) -> Name {
    Name {
        common_name: common_name.to_owned(),
        organization: Some("示例科技有限公司".to_owned()),
        country: "CN".to_owned(),
        serial_number: Some("91350211M000100Y43".to_owned()),
    }
}
