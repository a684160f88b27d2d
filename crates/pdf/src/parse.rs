//! From bytes to objects, without recursion beyond a limit and without repair.

use std::ops::Range;

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object, Ref, is_regular, is_space, number},
};

/// Deepest nesting of arrays and dictionaries.
const DEPTH: usize = 64;
/// Longest number, name or keyword that makes sense.
const TOKEN: usize = 256;

/// Most values in one object, all that it holds counted: in memory each takes many times
/// what it takes in a file.
const VALUES: usize = 1 << 19;

/// A place in bytes from which objects are read.
#[derive(Clone)]
pub(crate) struct Parser<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
    /// How many more values may be read.
    values: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        let values = VALUES;
        Self { bytes, at, values }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Passes white space and comments.
    pub(crate) fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            if byte == b'%' {
                let rest = self.rest();
                let line = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
                self.at += line.unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// Takes these bytes if they come next.
    pub(crate) fn take(&mut self, token: &[u8]) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes a keyword after white space, which must end there.
    pub(crate) fn keyword(&mut self, word: &[u8]) -> bool {
        let before = self.at;
        self.skip_space();
        if self.take(word) && !self.peek().is_some_and(is_regular) {
            return true;
        }
        self.at = before;
        false
    }

    /// A run of regular characters.
    fn regular(&mut self) -> Result<&'a [u8]> {
        let rest = self.rest();
        let length = rest
            .iter()
            .take(TOKEN + 1)
            .take_while(|b| is_regular(**b))
            .count();
        if length > TOKEN {
            return damaged("a number or name that is too long", self.at);
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// An integer without sign.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let before = self.at;
        self.skip_space();
        let digits = self
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let text = std::str::from_utf8(&self.rest()[..digits]).ok()?;
        let value = text.parse().ok();
        self.at = if value.is_some() {
            self.at + digits
        } else {
            before
        };
        value
    }

    /// Any object but a stream.
    pub(crate) fn object(&mut self) -> Result<Object> {
        self.values = VALUES;
        self.nested(DEPTH)
    }

    fn nested(&mut self, depth: usize) -> Result<Object> {
        if depth == 0 {
            return damaged("arrays and dictionaries nested too deeply", self.at);
        }
        self.values = self.values.saturating_sub(1);
        if self.values == 0 {
            let (what, limit) = ("values in one object", VALUES);
            return Err(PdfError::TooLarge { what, limit });
        }
        self.skip_space();
        match self.peek() {
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.literal().map(Object::String),
            Some(b'<') if self.rest().starts_with(b"<<") => self.dict(depth).map(Object::Dict),
            Some(b'<') => self.hexadecimal().map(Object::String),
            Some(b'[') => self.array(depth),
            Some(b'0'..=b'9') => match self.reference() {
                Some(reference) => Ok(Object::Reference(reference)),
                None => self.number(),
            },
            Some(b'+' | b'-' | b'.') => self.number(),
            _ => {
                let at = self.at;
                match self.regular()? {
                    b"true" => Ok(Object::Bool(true)),
                    b"false" => Ok(Object::Bool(false)),
                    b"null" => Ok(Object::Null),
                    _ => damaged("expected an object", at),
                }
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space();
            if self.take(b"]") {
                return Ok(Object::Array(items));
            }
            items.push(self.nested(depth - 1)?);
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Dict> {
        self.at += 2;
        let mut dict = Dict::default();
        loop {
            self.skip_space();
            if self.take(b">>") {
                return unambiguous(dict, self.at);
            }
            let at = self.at;
            if self.peek() != Some(b'/') {
                return damaged("expected a key of a dictionary", at);
            }
            let key = self.name()?;
            let value = self.nested(depth - 1)?;
            dict.0.push((key, value));
        }
    }

    /// Where the value of a key lies in the dictionary that comes next.
    pub(crate) fn span(&mut self, wanted: &[u8]) -> Result<Option<Range<usize>>> {
        self.skip_space();
        if !self.take(b"<<") {
            return damaged("expected a dictionary", self.at);
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'/') {
                return Ok(None);
            }
            let key = self.name()?;
            self.skip_space();
            let begin = self.at;
            self.nested(DEPTH)?;
            if key == wanted {
                return Ok(Some(begin..self.at));
            }
        }
    }

    fn name(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let raw = self.regular()?;
        let mut name = Vec::with_capacity(raw.len());
        let mut at = 0;
        while let Some(&byte) = raw.get(at) {
            let escaped = (byte == b'#').then(|| raw.get(at + 1..at + 3)).flatten();
            match escaped.and_then(|digits| Some((hex(digits[0])?, hex(digits[1])?))) {
                Some((high, low)) => {
                    name.push(high << 4 | low);
                    at += 3;
                }
                None => {
                    name.push(byte);
                    at += 1;
                }
            }
        }
        Ok(name)
    }

    fn literal(&mut self) -> Result<Vec<u8>> {
        let begin = self.at;
        self.at += 1;
        let mut string = Vec::new();
        let mut open = 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(string);
                    }
                }
                b'\\' => {
                    self.escape(&mut string);
                    continue;
                }
                b'\r' => {
                    self.take(b"\n");
                    string.push(b'\n');
                    continue;
                }
                _ => {}
            }
            string.push(byte);
        }
        damaged("a string does not end", begin)
    }

    /// What follows a backslash (7.3.4.2, table 3).
    fn escape(&mut self, string: &mut Vec<u8>) {
        let Some(byte) = self.peek() else { return };
        self.at += 1;
        match byte {
            b'n' => string.push(b'\n'),
            b'r' => string.push(b'\r'),
            b't' => string.push(b'\t'),
            b'b' => string.push(8),
            b'f' => string.push(12),
            b'\n' => {}
            b'\r' => {
                self.take(b"\n");
            }
            b'0'..=b'7' => {
                let mut value = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.peek() else {
                        break;
                    };
                    value = value * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                // High-order overflow is ignored.
                string.push((value & 0xff) as u8);
            }
            other => string.push(other),
        }
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>> {
        let begin = self.at;
        self.at += 1;
        let length = self.rest().iter().position(|b| *b == b'>');
        let Some(length) = length else {
            return damaged("a string does not end", begin);
        };
        let raw = &self.rest()[..length];
        self.at += length + 1;
        let mut string = Vec::with_capacity(length / 2 + 1);
        // Messages are long, and nearly always pairs of digits with nothing between.
        let (pairs, last) = raw.as_chunks::<2>();
        if last.is_empty() {
            let mut seen = 0;
            string.extend(pairs.iter().map(|[high, low]| {
                let (high, low) = (DIGITS[usize::from(*high)], DIGITS[usize::from(*low)]);
                seen |= high | low;
                high << 4 | low
            }));
            if seen < 16 {
                return Ok(string);
            }
            string.clear();
        }
        let mut high = None;
        for &byte in raw.iter().filter(|b| !is_space(**b)) {
            let Some(digit) = hex(byte) else {
                return damaged(
                    "a string has a character that is no hexadecimal digit",
                    begin,
                );
            };
            match high.take() {
                None => high = Some(digit),
                Some(high) => string.push(high << 4 | digit),
            }
        }
        string.extend(high.map(|digit| digit << 4));
        Ok(string)
    }

    fn number(&mut self) -> Result<Object> {
        let at = self.at;
        let raw = self.regular()?;
        if raw.len() > 64 || !raw.iter().all(|b| b.is_ascii_digit() || b"+-.".contains(b)) {
            return damaged("expected a number", at);
        }
        let text = std::str::from_utf8(raw).unwrap_or_default();
        if let Ok(value) = text.parse::<i64>() {
            return Ok(Object::Int(value));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(number(value)),
            _ => damaged("expected a number", at),
        }
    }

    /// `12 0 R`, or nothing taken.
    pub(crate) fn reference(&mut self) -> Option<Ref> {
        let before = self.at;
        let found = self.reference_or_nothing();
        if found.is_none() {
            self.at = before;
        }
        found
    }

    fn reference_or_nothing(&mut self) -> Option<Ref> {
        let number = u32::try_from(self.unsigned()?).ok()?;
        is_space(self.peek()?).then_some(())?;
        let generation = u16::try_from(self.unsigned()?).ok()?;
        self.keyword(b"R").then_some(Ref { number, generation })
    }

    /// `12 0 obj`.
    pub(crate) fn header(&mut self) -> Result<Ref> {
        let at = self.at;
        let number = self.unsigned().and_then(|n| u32::try_from(n).ok());
        let generation = self.unsigned().and_then(|n| u16::try_from(n).ok());
        match (number, generation) {
            (Some(number), Some(generation)) if self.keyword(b"obj") => {
                Ok(Ref { number, generation })
            }
            _ => damaged("expected the beginning of an object", at),
        }
    }
}

/// Readers disagree about which of two values counts, so each key is there once. A null
/// value is as good as none (7.3.7).
fn unambiguous(mut dict: Dict, at: usize) -> Result<Dict> {
    let mut keys: Vec<&[u8]> = dict.keys().collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return damaged("a dictionary has a key twice", at);
    }
    dict.0.retain(|(_, value)| *value != Object::Null);
    Ok(dict)
}

fn hex(byte: u8) -> Option<u8> {
    Some(DIGITS[usize::from(byte)]).filter(|digit| *digit < 16)
}

/// The value of each hexadecimal digit, and something above 15 for all else.
const DIGITS: [u8; 256] = {
    let mut digits = [u8::MAX; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value as usize] as usize] = value;
        digits[b"0123456789ABCDEF"[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(object: &Object) -> Vec<u8> {
        let mut out = Vec::new();
        object.write(&mut out);
        out
    }

    #[test]
    fn reads_what_the_standard_shows() {
        let text = b"<</A(a\\(\\053\\n)/B#20C[1 -.5 +7 12 0 R true null]/D<901fA>>>";
        let object = Parser::new(text, 0).object().unwrap();
        let dict = object.as_dict().unwrap();
        assert_eq!(dict.get("A").unwrap().as_string().unwrap(), b"a(+\n");
        assert_eq!(
            dict.get("D").unwrap().as_string().unwrap(),
            [0x90, 0x1f, 0xa0]
        );
        let array = dict.get("B C").unwrap().as_array().unwrap();
        assert_eq!(array[1], Object::Real(-0.5));
        assert_eq!(array[3].as_ref(), Some(Ref::new(12)));
    }

    #[test]
    fn refuses_a_key_twice_and_endless_nesting() {
        assert!(Parser::new(b"<</A 1/A 2>>", 0).object().is_err());
        assert!(Parser::new(&b"[".repeat(100_000), 0).object().is_err());
        assert!(Parser::new(&b"<</A".repeat(100_000), 0).object().is_err());
    }

    proptest! {
        #[test]
        fn what_was_written_is_written_the_same_again(bytes in proptest::collection::vec(
            prop_oneof![Just(b'<'), Just(b'>'), Just(b'['), Just(b']'), Just(b'/'), Just(b'('),
                Just(b')'), Just(b' '), Just(b'-'), Just(b'.'), Just(b'0'), Just(b'R'), any::<u8>()], 0..200))
        {
            if let Ok(object) = Parser::new(&bytes, 0).object() {
                let once = written(&object);
                let again = Parser::new(&once, 0).object().unwrap();
                prop_assert_eq!(&written(&again), &once);
                prop_assert_eq!(again, object);
            }
        }

        #[test]
        fn numbers_keep_their_value(value in -1e9f64..1e9) {
            let object = number(value);
            prop_assert_eq!(Parser::new(&written(&object), 0).object().unwrap(), object);
        }
    }
}
