//! Validation data for later: the document security store (ISO 32000-2, 12.8.4.3;
//! PAdES B-LT, EN 319 142-1, 5.4.2).

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};

use crypto::{Hash, digest};

use crate::{
    appearance::deflate,
    base::Base,
    error::{PdfError, Result},
    increment::Increment,
    object::{Dict, Object, Ref},
    reader::{File, Indirect, filter::decode, form::nodes},
};

/// What proves a signature's certificates later, each in DER.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidationData {
    /// Certificates of the paths of signer, timestamp authority and responders.
    pub certificates: Vec<Vec<u8>>,
    /// OCSP responses (RFC 6960).
    pub ocsp_responses: Vec<Vec<u8>>,
    /// Certificate revocation lists (RFC 5280).
    pub crls: Vec<Vec<u8>>,
}

/// A signature as it stands in a file, before anything is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embedded {
    /// Full name of its field.
    pub field: String,
    /// `/SubFilter`.
    pub kind: String,
    /// `/Contents`: the message with the zeros that fill up its room.
    pub contents: Vec<u8>,
}

/// Every signature and document timestamp of a file, in the order of its form. Nothing
/// is judged.
///
/// # Errors
/// When the file cannot be read.
pub fn signatures(file: &[u8]) -> std::result::Result<Vec<Embedded>, PdfError> {
    let file = File::open(file)?;
    let (_, catalog) = file.catalog()?;
    let form = file.dict(catalog.get("AcroForm"))?.unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for node in nodes(&file, &form)?.into_values() {
        let value = node.dict.get("V").and_then(Object::as_ref);
        let Some(signature) = value.filter(|value| node.kind == b"Sig" && seen.insert(*value))
        else {
            continue;
        };
        let signature = file
            .dict(Some(&Object::Reference(signature)))?
            .unwrap_or_default();
        if let Object::String(contents) = file.value(&signature, "Contents")? {
            let kind = file.value(&signature, "SubFilter")?;
            let kind = kind.as_name().unwrap_or_default();
            found.push(Embedded {
                field: node.name,
                kind: String::from_utf8_lossy(kind).into_owned(),
                contents,
            });
        }
    }
    Ok(found)
}

/// Appends validation data for these signatures, and gives the increment with what must
/// be known to append to the result. What the file has already is not written again; when
/// it has all of it, the increment is empty.
///
/// # Errors
/// When there is more of it than a verifier reads.
pub fn add_validation_data(
    base: &Base,
    data: &[(&Embedded, &ValidationData)],
) -> std::result::Result<(Vec<u8>, Base), PdfError> {
    let mut next = base.clone();
    let mut out = Increment::after(base);
    let mut store = (*base.store).clone();
    for (signature, data) in data {
        let mut own = Dict::default();
        let kinds = [&data.certificates, &data.ocsp_responses, &data.crls];
        for (nth, entries) in kinds.into_iter().enumerate() {
            let mut refs = Vec::with_capacity(entries.len());
            for entry in entries {
                let reference = store.enter(nth, entry, &mut out)?;
                if !refs.contains(&reference) {
                    refs.push(reference);
                }
            }
            if !refs.is_empty() {
                own.set(KINDS[nth].1, Object::Array(refs));
            }
        }
        let vri = vri(&signature.contents);
        if store.vri.get(&vri).is_none() {
            store.vri.set(&vri, own);
        }
    }
    if store == *base.store {
        return Ok((Vec::new(), next));
    }
    for (nth, (key, _)) in KINDS.iter().enumerate() {
        if !store.lists[nth].is_empty() {
            store.dict.set(key, Object::Array(store.lists[nth].clone()));
        }
    }
    store.dict.set("Type", Object::name("DSS"));
    store.dict.set("VRI", store.vri.clone());
    let place = match store.place {
        Some(place) => place,
        None => {
            let place = out.allocate();
            store.place = Some(place);
            Arc::make_mut(&mut next.catalog).set("DSS", place);
            out.object(next.root, &Object::Dict((*next.catalog).clone()));
            place
        }
    };
    out.object(place, &store.dict.clone().into());
    next.store = Arc::new(store);
    let seed = out.bytes.clone();
    let bytes = out.finish(base, &mut next, &seed);
    Ok((bytes, next))
}

/// Whose validation data these are, as `/VRI` names it: SHA-1 of the contents in capitals.
fn vri(contents: &[u8]) -> String {
    let mut name = String::with_capacity(40);
    for byte in crypto::sha1_name(contents) {
        let _ = write!(name, "{byte:02X}");
    }
    name
}

/// The lists of a store, and their names in `/VRI`.
const KINDS: [(&str, &str); 3] = [("Certs", "Cert"), ("OCSPs", "OCSP"), ("CRLs", "CRL")];
/// Most entries that a store may have.
const ENTRIES: usize = 1000;
/// Most bytes that all entries of a file may decode to.
const DECODED: usize = 16 << 20;

/// The store of a file, and what is in it already.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Store {
    /// Its object, when it is one.
    pub(crate) place: Option<Ref>,
    dict: Dict,
    lists: [Vec<Object>; 3],
    /// What belongs to each signature. There are readers that forbid every change of an
    /// entry, so that what is added later is in the lists alone.
    vri: Dict,
    /// By kind and digest.
    known: BTreeMap<(usize, Vec<u8>), Ref>,
}

impl Store {
    pub(crate) fn read(file: &File, catalog: &Dict) -> Result<Self> {
        let mut store = Self::default();
        let Some(dict) = file.dict(catalog.get("DSS"))? else {
            return Ok(store);
        };
        store.place = catalog.get("DSS").and_then(Object::as_ref);
        store.vri = file.dict(dict.get("VRI"))?.unwrap_or_default();
        for (nth, (key, _)) in KINDS.iter().enumerate() {
            let list = file.value(&dict, key)?;
            store.lists[nth] = list.as_array().unwrap_or_default().to_vec();
        }
        for (nth, reference, data) in entries(file, &dict)? {
            store.known.insert((nth, name(&data)), reference);
        }
        store.dict = dict;
        Ok(store)
    }

    /// Writes an entry, unless it is there.
    fn enter(&mut self, nth: usize, data: &[u8], out: &mut Increment) -> Result<Object> {
        if let Some(known) = self.known.get(&(nth, name(data))) {
            return Ok(Object::Reference(*known));
        }
        if self.known.len() >= ENTRIES {
            let (what, limit) = ("validation data", ENTRIES);
            return Err(PdfError::TooLarge { what, limit });
        }
        let reference = out.allocate();
        let filter = Dict::default().with("Filter", Object::name("FlateDecode"));
        out.stream(reference, filter, &deflate(data));
        self.known.insert((nth, name(data)), reference);
        self.lists[nth].push(reference.into());
        Ok(reference.into())
    }
}

/// The entries of a store with their kinds: 0 certificates, 1 OCSP responses, 2 CRLs.
fn entries(file: &File, dict: &Dict) -> Result<Vec<(usize, Ref, Vec<u8>)>> {
    let mut found = Vec::new();
    let mut decoded = 0;
    for (nth, entry) in listed(file, dict)? {
        if let Some(data) = entry_data(file, entry, &mut decoded)? {
            found.push((nth, entry, data));
        }
    }
    Ok(found)
}

/// What the lists of a store name, each once, with its kind.
fn listed(file: &File, dict: &Dict) -> Result<BTreeSet<(usize, Ref)>> {
    let mut listed = BTreeSet::new();
    for (nth, (key, _)) in KINDS.iter().enumerate() {
        let list = file.value(dict, key)?;
        let list = list.as_array().unwrap_or_default();
        listed.extend(
            list.iter()
                .filter_map(Object::as_ref)
                .map(|entry| (nth, entry)),
        );
    }
    if listed.len() > ENTRIES {
        let (what, limit) = ("entries of validation data", ENTRIES);
        return Err(PdfError::TooLarge { what, limit });
    }
    Ok(listed)
}

/// The bytes of an entry; none when it is no stream. `decoded` counts those of all.
fn entry_data(file: &File, entry: Ref, decoded: &mut usize) -> Result<Option<Vec<u8>>> {
    let Some(Indirect::Stream(of, range)) = file.object(entry.number)? else {
        return Ok(None);
    };
    let data = decode(&of, &file.bytes[range])?;
    *decoded += data.len();
    if *decoded > DECODED {
        let (what, limit) = ("bytes of validation data", DECODED);
        return Err(PdfError::TooLarge { what, limit });
    }
    Ok(Some(data))
}

/// An entry of a file's store, for those who judge.
pub(crate) struct Kept {
    /// 0 certificates, 1 OCSP responses, 2 CRLs.
    pub(crate) kind: usize,
    pub(crate) place: Ref,
    pub(crate) data: Vec<u8>,
}

/// The validation data of a file. An entry that cannot be read is left out by itself: who
/// added it must not hide the others.
///
/// # Errors
/// When there is more than is read.
pub(crate) fn validation_data(file: &File, catalog: &Dict) -> Result<Vec<Kept>> {
    let Ok(Some(dict)) = file.dict(catalog.get("DSS")) else {
        return Ok(Vec::new());
    };
    let mut kept = Vec::new();
    let mut decoded = 0;
    for (kind, place) in listed(file, &dict)? {
        match entry_data(file, place, &mut decoded) {
            Ok(Some(data)) => kept.push(Kept { kind, place, data }),
            Err(error @ PdfError::TooLarge { .. }) => return Err(error),
            Ok(None) | Err(_) => {}
        }
    }
    Ok(kept)
}

/// Where the entries of a file's store are.
pub(crate) fn places(file: &File, catalog: &Dict) -> BTreeSet<Ref> {
    let dict = file
        .dict(catalog.get("DSS"))
        .ok()
        .flatten()
        .unwrap_or_default();
    let listed = listed(file, &dict).unwrap_or_default();
    listed.into_iter().map(|(_, place)| place).collect()
}

fn name(data: &[u8]) -> Vec<u8> {
    digest(Hash::Sha256, data).as_bytes().to_vec()
}
