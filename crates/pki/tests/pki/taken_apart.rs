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
