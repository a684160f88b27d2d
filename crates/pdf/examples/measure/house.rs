//! A certificate authority of one suite, with a company's key and a timestamp authority.

use std::{error::Error, sync::Arc};

use crypto::{Digest, Digester, EventKey, Hash, Signer, SoftwareKey, Suite, digest, random};
use pki::{
    Certificate, CertificateRequest, EventBinding, Name, Profile, sign_tbs, signed_attributes,
    signed_data, tbs,
    timestamp::{Request, Tsa},
};

const YEAR: i64 = 365 * 24 * 3600;

pub struct House {
    suite: Suite,
    pub now_ms: i64,
    pub root: Certificate,
    pub issuing: Certificate,
    issuing_key: SoftwareKey,
    pub seal: Certificate,
    pub seal_key: SoftwareKey,
    tsa: Tsa,
}

impl House {
    pub fn new(suite: Suite, now_ms: i64) -> Result<Self, Box<dyn Error>> {
        let now = now_ms / 1000;
        let lasting = [now - YEAR, now + 10 * YEAR];
        let key = || SoftwareKey::generate(suite);
        let (root_key, issuing_key, seal_key, tsa_key) = (key()?, key()?, key()?, key()?);
        let root = issue(
            None,
            &root_key,
            ("Root", &root_key),
            &Profile::Root,
            lasting,
        )?;
        let by = |issuer, signer, who, profile| issue(issuer, signer, who, profile, lasting);
        let issuing = ("Issuing", &issuing_key as &dyn Signer);
        let issuing = by(Some(&root), &root_key, issuing, &Profile::Issuing)?;
        let seal = ("Company", &seal_key as &dyn Signer);
        let seal = by(Some(&issuing), &issuing_key, seal, &Profile::Enterprise)?;
        let tsa = ("Timestamps", &tsa_key as &dyn Signer);
        let tsa = by(Some(&issuing), &issuing_key, tsa, &Profile::Tsa)?;
        let tsa = Tsa::new(tsa, vec![issuing.clone()], Arc::new(tsa_key))?;
        Ok(Self {
            suite,
            now_ms,
            root,
            issuing,
            issuing_key,
            seal,
            seal_key,
            tsa,
        })
    }

    /// The message of one act with a timestamp: by a fresh event key, or by the company.
    pub fn act(
        &self,
        act: &str,
        before: &Digester,
        content: &Digest,
        company: bool,
    ) -> Result<Vec<u8>, Box<dyn Error>> {
        let binding = EventBinding {
            act: format!("{act}-0123456789abcdef"),
            contract: "loan-2027-0001".to_owned(),
            mode: "pad".to_owned(),
            policy: "pad-1".to_owned(),
            revision: before.clone().finish(),
            evidence: digest(Hash::Sha256, b"evidence"),
        };
        let event_key = EventKey::generate(self.suite)?;
        // An event certificate says what the act is; the company's message must.
        let (key, said): (&dyn Signer, _) = if company {
            (&self.seal_key, Some(&binding))
        } else {
            (&event_key, None)
        };
        let now = self.now_ms / 1000;
        let leaf = if company {
            self.seal.clone()
        } else {
            let profile = Profile::Event(binding.clone());
            let (issuer, validity) = (Some(&self.issuing), [now - 60, now + 600]);
            issue(issuer, &self.issuing_key, (act, key), &profile, validity)?
        };
        let attributes = signed_attributes(content, &leaf, said);
        let signature = key.sign(&attributes)?;
        let request = Request::new(digest(Hash::Sha256, &signature), Some(7), true);
        let token = self.tsa.token(&request, self.now_ms, random())?;
        let chain = [leaf, self.issuing.clone()];
        let suite = self.suite;
        Ok(signed_data(
            suite,
            &attributes,
            &signature,
            &chain,
            Some(&token),
        )?)
    }
}

fn issue(
    issuer: Option<&Certificate>,
    signer: &dyn Signer,
    (who, key): (&str, &dyn Signer),
    profile: &Profile,
    [not_before, not_after]: [i64; 2],
) -> Result<Certificate, Box<dyn Error>> {
    let subject = Name {
        common_name: format!("Bench {who}"),
        organization: Some("Inkseal bench".to_owned()),
        country: "CN".to_owned(),
        serial_number: None,
    };
    let request = CertificateRequest {
        subject: &subject,
        spki: key.spki(),
        serial: random(),
        not_before,
        not_after,
        profile,
    };
    Ok(sign_tbs(&tbs(&request, issuer, signer.suite())?, signer)?)
}
