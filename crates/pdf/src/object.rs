//! The objects of a file (ISO 32000-2, 7.3) and the one way in which we write them.

use std::io::Write;

/// Number of an indirect object and its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ref {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

impl Ref {
    /// A new object: its generation is 0.
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            generation: 0,
        }
    }
}

/// Everything but streams, which are indirect always.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    Null,
    Bool(bool),
    /// Numbers without a fraction, however they were written.
    Int(i64),
    Real(f64),
    /// Decoded: without slash and number signs.
    Name(Vec<u8>),
    /// Decoded.
    String(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    Reference(Ref),
}

impl Object {
    pub(crate) fn name(text: &str) -> Self {
        Self::Name(text.as_bytes().to_vec())
    }

    /// A text string (7.9.2.2): ASCII where it suffices, else UTF-16 with its mark.
    pub(crate) fn text(text: &str) -> Self {
        if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Self::String(text.as_bytes().to_vec());
        }
        let units = text.encode_utf16().flat_map(u16::to_be_bytes);
        Self::String([0xfe, 0xff].into_iter().chain(units).collect())
    }

    pub(crate) fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self {
            Some(*value)
        } else {
            None
        }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            // Numbers on a page are small; what is not is not compared exactly.
            #[expect(clippy::cast_precision_loss)]
            Self::Int(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_name(&self) -> Option<&[u8]> {
        if let Self::Name(name) = self {
            Some(name)
        } else {
            None
        }
    }

    pub(crate) fn as_string(&self) -> Option<&[u8]> {
        if let Self::String(bytes) = self {
            Some(bytes)
        } else {
            None
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self {
            Some(items)
        } else {
            None
        }
    }

    pub(crate) fn as_dict(&self) -> Option<&Dict> {
        if let Self::Dict(dict) = self {
            Some(dict)
        } else {
            None
        }
    }

    pub(crate) fn as_ref(&self) -> Option<Ref> {
        if let Self::Reference(reference) = self {
            Some(*reference)
        } else {
            None
        }
    }

    /// Visits the object and all its parts; the parser has limited how deep they nest.
    pub(crate) fn each_part<E>(
        &self,
        visit: &mut impl FnMut(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        visit(self)?;
        match self {
            Self::Array(items) => items.iter().try_for_each(|item| item.each_part(visit)),
            Self::Dict(dict) => {
                let mut values = dict.0.iter().map(|(_, value)| value);
                values.try_for_each(|value| value.each_part(visit))
            }
            _ => Ok(()),
        }
    }

    /// Writes the object as we always write it: parsing what was written gives the
    /// same bytes again when they are written once more.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend(b"null"),
            Self::Bool(value) => out.extend(if *value { &b"true"[..] } else { b"false" }),
            Self::Int(value) => print(out, format_args!("{value}")),
            Self::Real(value) => print(out, format_args!("{value}")),
            Self::Name(name) => write_name(name, out),
            Self::String(bytes) => write_string(bytes, out),
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Dict(dict) => dict.write(out),
            Self::Reference(to) => print(out, format_args!("{} {} R", to.number, to.generation)),
        }
    }
}

impl From<i64> for Object {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Object {
    /// Rounds to a thousandth of a point, and keeps whole numbers whole.
    fn from(value: f64) -> Self {
        number((value * 1000.0).round() / 1000.0)
    }
}

impl From<Ref> for Object {
    fn from(reference: Ref) -> Self {
        Self::Reference(reference)
    }
}

impl From<Dict> for Object {
    fn from(dict: Dict) -> Self {
        Self::Dict(dict)
    }
}

impl<T: Into<Object>, const N: usize> From<[T; N]> for Object {
    fn from(items: [T; N]) -> Self {
        Self::Array(items.into_iter().map(Into::into).collect())
    }
}

/// A number in its one form: whole numbers are integers.
pub(crate) fn number(value: f64) -> Object {
    // Below 2^63 every whole number of this type has an equal integer.
    const EXACT: f64 = 9.2e18;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(clippy::cast_possible_truncation)]
        return Object::Int(value as i64);
    }
    Object::Real(value)
}

/// A dictionary; keys keep their order and are there once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Dict(pub(crate) Vec<(Vec<u8>, Object)>);

impl Dict {
    pub(crate) fn get(&self, key: impl AsRef<[u8]>) -> Option<&Object> {
        let key = key.as_ref();
        let entry = self.0.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| value)
    }

    /// Replaces the value in its place, or appends it.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Object>) {
        let value = value.into();
        match self.0.iter_mut().find(|(name, _)| name == key.as_bytes()) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key.as_bytes().to_vec(), value)),
        }
    }

    /// The same dictionary with one more key, for building.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Object>) -> Self {
        self.set(key, value);
        self
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(name, _)| name.as_slice())
    }

    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        self.get(key).and_then(Object::as_int)
    }

    pub(crate) fn is_name(&self, key: &str, name: &str) -> bool {
        self.get(key).and_then(Object::as_name) == Some(name.as_bytes())
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend(b"<<");
        for (key, value) in &self.0 {
            write_name(key, out);
            // A name, string, array or dictionary begins with a delimiter of its own.
            if !matches!(
                value,
                Object::Name(_) | Object::String(_) | Object::Array(_) | Object::Dict(_)
            ) {
                out.push(b' ');
            }
            value.write(out);
        }
        out.extend(b">>");
    }
}

/// Formats into a buffer of bytes, which cannot fail.
pub(crate) fn print(out: &mut Vec<u8>, text: std::fmt::Arguments) {
    let _ = out.write_fmt(text);
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for &byte in name {
        if is_regular(byte) && (0x21..0x7f).contains(&byte) && byte != b'#' {
            out.push(byte);
        } else {
            print(out, format_args!("#{byte:02X}"));
        }
    }
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    let plain = |b: &u8| (0x20..0x7f).contains(b) && !matches!(b, b'(' | b')' | b'\\');
    if bytes.iter().all(plain) {
        out.push(b'(');
        out.extend(bytes);
        out.push(b')');
    } else {
        out.push(b'<');
        write_hex(bytes, out);
        out.push(b'>');
    }
}

/// A text string (7.9.2.2) for reports.
pub(crate) fn readable(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(units) => {
            let units = units
                .as_chunks::<2>()
                .0
                .iter()
                .map(|pair| u16::from_be_bytes(*pair));
            char::decode_utf16(units)
                .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Lowercase hexadecimal.
pub(crate) fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// White-space characters (7.2.3, table 1).
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Regular characters: neither white space nor a delimiter (table 2).
pub(crate) fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}
