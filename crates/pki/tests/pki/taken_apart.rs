//! Takes messages and certificates apart without this crate's readers.

use der::{Any, Decode, Encode, Tag, Tagged};

/// The elements inside of a constructed element.
pub fn inside(any: &Any) -> Vec<Any> {
    let whole = Any::new(Tag::Sequence, any.value())
        .unwrap()
        .to_der()
        .unwrap();
    Vec::<Any>::from_der(&whole).unwrap()
}

/// Signed attributes as the SET that was signed, and the signature.
pub fn signed(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let outer = inside(&Any::from_der(message).unwrap());
    let data = inside(&inside(&outer[1])[0]);
    let signer = inside(&inside(data.last().unwrap())[0]);
    assert_eq!(signer[3].tag().number().value(), 0);
    let set = Any::new(Tag::Set, signer[3].value())
        .unwrap()
        .to_der()
        .unwrap();
    (set, signer[5].value().to_vec())
}

/// The bytes of a `TBSCertificate` with one more extension at the end.
pub fn with_extension(tbs: &[u8], extension: &[u8]) -> Vec<u8> {
    let mut parts = inside(&Any::from_der(tbs).unwrap());
    let explicit = parts.pop().unwrap();
    let mut list = inside(&inside(&explicit)[0]);
    list.push(Any::from_der(extension).unwrap());
    let list = list.to_der().unwrap();
    parts.push(Any::new(explicit.tag(), list).unwrap());
    parts.to_der().unwrap()
}

/// `bytes` with the only occurrence of `old` replaced.
pub fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let found: Vec<usize> = (0..=bytes.len() - old.len())
        .filter(|at| bytes[*at..].starts_with(old))
        .collect();
    assert_eq!(found.len(), 1, "found at {found:?}");
    let mut changed = bytes.to_vec();
    changed.splice(found[0]..found[0] + old.len(), new.iter().copied());
    changed
}

/// `bytes` (one DER element) with the part from `from` to `to` replaced, and the lengths
/// of all elements around it mended.
pub fn resized(bytes: &[u8], from: usize, to: usize, part: &[u8]) -> Vec<u8> {
    // Header and length of every element that holds the part, outermost first.
    let mut around = Vec::new();
    let mut at = 0;
    while at < from {
        let (header, length) = head(&bytes[at..]);
        if at + header + length < to {
            at += header + length;
            continue;
        }
        around.push((at, header, length));
        // A BIT STRING begins with the number of its unused bits.
        at += header + usize::from(bytes[at] == 0x03);
    }
    let mut out = bytes.to_vec();
    out.splice(from..to, part.iter().copied());
    let mut more = part.len() - (to - from);
    for (at, header, length) in around.into_iter().rev() {
        let fresh = length_octets(length + more);
        more += fresh.len() + 1 - header;
        out.splice(at + 1..at + header, fresh);
    }
    out
}

fn head(bytes: &[u8]) -> (usize, usize) {
    if bytes[1] < 0x80 {
        return (2, usize::from(bytes[1]));
    }
    let count = usize::from(bytes[1] & 0x7f);
    let length = bytes[2..2 + count]
        .iter()
        .fold(0, |sum, b| sum << 8 | usize::from(*b));
    (2 + count, length)
}

fn length_octets(length: usize) -> Vec<u8> {
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => vec![short],
        Ok(byte) => vec![0x81, byte],
        Err(_) => [
            vec![0x82],
            u16::try_from(length).unwrap().to_be_bytes().to_vec(),
        ]
        .concat(),
    }
}

/// The bytes that were signed and the signature, of a list or a certificate.
pub fn tbs(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let parts = inside(&Any::from_der(der).unwrap());
    (parts[0].to_der().unwrap(), parts[2].value()[1..].to_vec())
}

/// The bytes that were signed and the signature, of an OCSP response.
pub fn ocsp(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let outer = inside(&Any::from_der(der).unwrap());
    tbs(inside(&inside(&outer[1])[0])[1].value())
}

/// Where `part` begins, the first time.
pub fn find(bytes: &[u8], part: &[u8]) -> usize {
    let mut places = 0..=bytes.len() - part.len();
    places.find(|at| bytes[*at..].starts_with(part)).unwrap()
}

/// An OCSP response without certificates, with this one put into it.
pub fn with_certificate(response: &[u8], certificate: &[u8]) -> Vec<u8> {
    let constructed = |tag: Tag, parts: Vec<Any>| {
        let whole = Any::from_der(&parts.to_der().unwrap()).unwrap();
        Any::new(tag, whole.value()).unwrap()
    };
    let mut outer = inside(&Any::from_der(response).unwrap());
    let mut bytes = inside(&inside(&outer[1])[0]);
    let mut basic = inside(&Any::from_der(bytes[1].value()).unwrap());
    let list = constructed(Tag::Sequence, vec![Any::from_der(certificate).unwrap()]);
    let explicit = outer[1].tag();
    basic.push(constructed(explicit, vec![list]));
    bytes[1] = Any::new(Tag::OctetString, basic.to_der().unwrap()).unwrap();
    outer[1] = constructed(explicit, vec![constructed(Tag::Sequence, bytes)]);
    outer.to_der().unwrap()
}

/// The bytes of a `TBSCertificate` without the extension that has this identifier.
pub fn without_extension(tbs: &[u8], identifier: &[u8]) -> Vec<u8> {
    let mut parts = inside(&Any::from_der(tbs).unwrap());
    let explicit = parts.pop().unwrap();
    let mut list = inside(&inside(&explicit)[0]);
    let before = list.len();
    list.retain(|one| inside(one)[0].value() != identifier);
    assert_eq!(list.len() + 1, before);
    parts.push(Any::new(explicit.tag(), list.to_der().unwrap()).unwrap());
    parts.to_der().unwrap()
}
