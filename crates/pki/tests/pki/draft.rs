//! A certificate that shall be signed, in parts that can be made wrong.

use crypto::{Signer, SoftwareKey, Suite};
use pki::{Addresses, Certificate, CertificateRequest, Profile, lint, tbs_published};

use crate::house::{Authority, NOW, YEAR, company};

/// Where the authority publishes.
fn addresses() -> Addresses {
    let at = |path: &str| Some(format!("http://ca.example/{path}"));
    Addresses {
        crl: at("list.crl"),
        ocsp: at("ocsp"),
        issuer: at("issuing.cer"),
    }
}

pub struct Draft {
    /// The certificate of the authority that would sign; none for a root.
    pub authority: Option<Certificate>,
    /// The encodings of version to subject's key, and what follows.
    pub version: Vec<u8>,
    pub serial: Vec<u8>,
    pub algorithm: Vec<u8>,
    pub issuer: Vec<u8>,
    pub validity: Vec<u8>,
    pub subject: Vec<u8>,
    pub spki: Vec<u8>,
    pub more: Vec<u8>,
    /// Content of identifier, whether critical, value.
    pub extensions: Vec<(Vec<u8>, bool, Vec<u8>)>,
}

impl Draft {
    /// One that breaks no rule.
    pub fn of(profile: &Profile, suite: Suite) -> Self {
        let root = Authority::root(suite, "测试根");
        let issuing = root.authority("测试签发", &Profile::Issuing);
        let key = SoftwareKey::generate(suite).unwrap();
        let subject = company("示例公司");
        let issuer = match profile {
            Profile::Root => None,
            Profile::Issuing => Some(root.certificate),
            _ => Some(issuing.certificate),
        };
        let seconds = match profile {
            Profile::Root => 20 * YEAR,
            Profile::Event(_) => 600,
            _ => YEAR / 8,
        };
        let mut serial: [u8; 16] = crypto::random();
        serial[0] = 0x40;
        let request = CertificateRequest {
            subject: &subject,
            spki: key.spki(),
            serial,
            not_before: NOW,
            not_after: NOW + seconds,
            profile,
        };
        let tbs = tbs_published(&request, issuer.as_ref(), suite, &addresses()).unwrap();
        let parts = split(split(&tbs)[0].1);
        let [
            version,
            serial,
            algorithm,
            from,
            validity,
            whose,
            spki,
            list,
        ] = parts[..]
        else {
            panic!("{} parts", parts.len());
        };
        let list = split(split(list.1)[0].1);
        let encoded = |part: (&[u8], &[u8])| part.0.to_vec();
        let extension = |one: &(&[u8], &[u8])| match split(one.1)[..] {
            [id, value] => (id.1.to_vec(), false, value.1.to_vec()),
            [id, _, value] => (id.1.to_vec(), true, value.1.to_vec()),
            _ => panic!("no extension"),
        };
        Self {
            version: encoded(version),
            serial: encoded(serial),
            algorithm: encoded(algorithm),
            issuer: encoded(from),
            validity: encoded(validity),
            subject: encoded(whose),
            spki: encoded(spki),
            more: Vec::new(),
            extensions: list.iter().map(extension).collect(),
            authority: issuer,
        }
    }

    /// The bytes that would be signed.
    pub fn tbs(&self) -> Vec<u8> {
        let extensions = self.extensions.iter().flat_map(|(id, critical, value)| {
            let critical: &[u8] = if *critical { &[1, 1, 0xff] } else { &[] };
            tlv(0x30, &[&tlv(6, &[id]), critical, &tlv(4, &[value])])
        });
        let extensions: Vec<u8> = extensions.collect();
        tlv(
            0x30,
            &[
                &self.version,
                &self.serial,
                &self.algorithm,
                &self.issuer,
                &self.validity,
                &self.subject,
                &self.spki,
                &self.more,
                &tlv(0xa3, &[&tlv(0x30, &[&extensions])]),
            ],
        )
    }

    /// Codes of the rules that it breaks.
    pub fn broken(&self, profile: Option<&Profile>) -> Vec<&'static str> {
        let found = lint::lint(&self.tbs(), profile, self.authority.as_ref());
        found.iter().map(|finding| finding.rule).collect()
    }

    /// An extension by the content of its identifier.
    pub fn extension(&mut self, id: &[u8]) -> &mut (Vec<u8>, bool, Vec<u8>) {
        let mut all = self.extensions.iter_mut();
        all.find(|one| one.0 == id).expect("the extension is there")
    }

    pub fn remove(&mut self, id: &[u8]) {
        self.extensions.retain(|one| one.0 != id);
    }

    pub fn add(&mut self, id: &[u8], critical: bool, value: &[u8]) {
        self.extensions
            .push((id.to_vec(), critical, value.to_vec()));
    }
}

/// One element.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut all = match length {
        [0, short] if short < 0x80 => vec![tag, short],
        [0, short] => vec![tag, 0x81, short],
        [high, low] => vec![tag, 0x82, high, low],
    };
    all.extend(content);
    all
}

/// Elements one after the other, each whole and its content.
pub fn split(mut bytes: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let (head, length) = match bytes[1] {
            short if short < 0x80 => (2, usize::from(short)),
            0x81 => (3, usize::from(bytes[2])),
            _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
        };
        let (whole, rest) = bytes.split_at(head + length);
        all.push((whole, &whole[head..]));
        bytes = rest;
    }
    all
}
