//! Mutations that leave a file readable: bytes that change at random die at the
//! cross-reference. Half of the time tokens are exchanged instead, bodies of objects
//! swapped, revisions appended, streams unpacked; lengths and offsets follow.

use std::panic::{AssertUnwindSafe, catch_unwind};

use libfuzzer_sys::fuzzer_mutate;

use crate::layout::{self, Part};

/// What may be put in: the names of the dictionary, and numbers at which things change.
static WORDS: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
    let lines = include_str!("../pdf.dict").lines();
    let words = lines.filter_map(|line| line.strip_prefix("\"/")?.strip_suffix('"'));
    words.map(|word| format!("/{word}").into_bytes()).collect()
});
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "4",
    "5",
    "90",
    "255",
    "65535",
    "8388607",
    "4294967295",
    "0.5",
    "9223372036854775807",
];
const VALUES: [&str; 9] = [
    "null",
    "[]",
    "<<>>",
    "()",
    "true",
    "<00>",
    "(a)",
    "[0 0 9 9]",
    "/A",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// Changes the file in `data[..size]` in place and gives its new length. What is too odd
/// to be understood here is left to libFuzzer.
pub fn mutate_or_not(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    catch_unwind(AssertUnwindSafe(|| mutate(data, size, most, seed)))
        .unwrap_or_else(|_| fuzzer_mutate(data, size, most))
}

fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut random = Random(u64::from(seed) << 17 | 0x9E37_79B9);
    for _ in 0..4 {
        random.next();
    }
    if size < 64 || random.below(10) < 4 {
        return fuzzer_mutate(data, size, most);
    }
    let mut bytes = data[..size].to_vec();
    for _ in 0..=random.below(3) {
        let changed = match random.below(20) {
            0..10 => exchange(&bytes, &mut random),
            10..12 => swap(&bytes, &mut random),
            12..14 => inside(&bytes, &mut random),
            14 => unpack(&bytes, &mut random),
            15..19 => append(&bytes, &mut random),
            _ => tail(&bytes, &mut random),
        };
        if let Some(changed) = changed.filter(|changed| changed.len() <= most) {
            bytes = changed;
        }
    }
    if bytes == data[..size] {
        return fuzzer_mutate(data, size, most);
    }
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
}

/// Another token in place of one of an object.
fn exchange(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let parts = layout::parts(bytes);
    let part = random.of(&parts)?;
    let tokens = layout::tokens(bytes, part.value.clone());
    let token = random.of(&tokens)?.clone();
    let new = replacement(bytes, &parts, &bytes[token.clone()], random);
    // Deletes or inserts, now and then.
    let new = match random.below(12) {
        0 => Vec::new(),
        1 => [&bytes[token.clone()], b" ", &new].concat(),
        2 => {
            let other = random.of(&tokens)?.clone();
            let (begin, end) = (token.start.min(other.start), token.end.max(other.end));
            let copied = [&bytes[begin..end], b" ", &bytes[begin..end]].concat();
            return Some(layout::splice(bytes, begin..end, &copied));
        }
        _ => new,
    };
    Some(layout::splice(bytes, token, &new))
}

fn replacement(bytes: &[u8], parts: &[Part], token: &[u8], random: &mut Random) -> Vec<u8> {
    let reference = |random: &mut Random| {
        let to = random.of(parts).map_or(0, |part| part.number);
        format!("{to} 0 R").into_bytes()
    };
    match (token.first(), random.below(8)) {
        (_, 0) => random
            .of(&VALUES)
            .map_or(Vec::new(), |v| v.as_bytes().to_vec()),
        (_, 1) => reference(random),
        // The body of another object, in place.
        (_, 2) => {
            let part = random.of(parts);
            let body = part.map_or(&b"null"[..], |part| &bytes[part.value.clone()]);
            body[..body.len().min(2000)].to_vec()
        }
        (Some(b'/'), 3..7) => random.of(&WORDS).cloned().unwrap_or_default(),
        (Some(b'/'), _) => {
            let part = random.of(parts);
            let all = part.map(|part| layout::tokens(bytes, part.value.clone()));
            let all = all.unwrap_or_default();
            let names: Vec<_> = all.iter().filter(|t| bytes[t.start] == b'/').collect();
            random
                .of(&names)
                .map_or(b"/A".to_vec(), |t| bytes[(*t).clone()].to_vec())
        }
        (Some(b'0'..=b'9' | b'-' | b'.'), 3..5) if !token.ends_with(b"R") => {
            let text = String::from_utf8_lossy(token);
            let value: i64 = text.parse().unwrap_or(0);
            let step = [1, -1, 2, 10, -10][random.below(5)];
            value.wrapping_add(step).to_string().into_bytes()
        }
        (Some(b'0'..=b'9' | b'-' | b'.'), _) if !token.ends_with(b"R") => random
            .of(&NUMBERS)
            .map_or(Vec::new(), |n| n.as_bytes().to_vec()),
        (Some(b'('), _) => b"(lender)".to_vec(),
        _ => reference(random),
    }
}

/// The body of an object in place of another's.
fn swap(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let parts = layout::parts(bytes);
    let (to, from) = (random.of(&parts)?, random.of(&parts)?);
    Some(layout::splice(
        bytes,
        to.body.clone(),
        &bytes[from.body.clone()],
    ))
}

/// Random bytes within a stream or a value, its length kept.
fn inside(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let parts = layout::parts(bytes);
    let part = random.of(&parts)?;
    let range = part.data.clone().unwrap_or(part.value.clone());
    let mut piece = bytes[range.clone()].to_vec();
    let length = piece.len();
    if length == 0 {
        return None;
    }
    let new = fuzzer_mutate(&mut piece, length, length);
    piece[new..].fill(b' ');
    let mut out = bytes.to_vec();
    out[range].copy_from_slice(&piece);
    Some(out)
}

/// A stream without its filter.
fn unpack(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let parts = layout::parts(bytes);
    let packed: Vec<_> = parts.iter().filter(|p| p.data.is_some()).collect();
    let part = random.of(&packed)?;
    let data = layout::inflated(&bytes[part.data.clone()?])?;
    let head = &bytes[part.value.clone()];
    let key = head.windows(7).position(|window| window == b"/Filter")?;
    let mut out = bytes.to_vec();
    out[part.value.start + key + 2] = b'X';
    Some(layout::splice(&out, part.data.clone()?, &data))
}

/// A further revision with another body for an object, as an attacker would do it.
fn append(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let parts = layout::parts(bytes);
    let (to, from) = (random.of(&parts)?, random.of(&parts)?);
    let mut body = bytes[if random.below(2) == 0 { to } else { from }.body.clone()].to_vec();
    for _ in 0..=random.below(3) {
        let tokens = layout::tokens(&body, 0..body.len().min(4000));
        if let Some(token) = random.of(&tokens) {
            let new = replacement(bytes, &parts, &body[token.clone()], random);
            // References and bodies come from the file, lengths of streams stay.
            body.splice(token.clone(), new);
        }
    }
    let number = if random.below(5) == 0 {
        parts.iter().map(|part| part.number).max()? + 1
    } else {
        to.number
    };
    layout::append(bytes, number, &body)
}

/// Another end, or none.
fn tail(bytes: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let ends: Vec<usize> = bytes
        .windows(5)
        .enumerate()
        .filter_map(|(at, window)| (window == b"%%EOF").then_some(at + 5))
        .collect();
    let end = *random.of(&ends)?;
    let mut out = bytes[..end].to_vec();
    out.extend(match random.below(4) {
        0 => &b""[..],
        1 => b"\n",
        2 => b"\r\n",
        _ => b"\n%\n",
    });
    Some(out)
}
