//! Just enough of the layout of a file to change it and to mend what points into it.

use std::{io::Read, ops::Range};

/// An object that is written out.
pub struct Part {
    pub number: u32,
    /// All between `obj` and `endobj`.
    pub body: Range<usize>,
    /// The same without the data of a stream.
    pub value: Range<usize>,
    /// The data of a stream.
    pub data: Option<Range<usize>>,
}

fn find(bytes: &[u8], from: usize, word: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(word.len()).position(|window| window == word);
    found.map(|at| from + at)
}

/// Where digits are that end here.
fn digits_before(bytes: &[u8], end: usize) -> Range<usize> {
    let count = bytes[..end].iter().rev().take_while(|b| b.is_ascii_digit());
    end - count.count()..end
}

fn digits_at(bytes: &[u8], begin: usize) -> Range<usize> {
    let blank = bytes[begin..]
        .iter()
        .take_while(|b| b.is_ascii_whitespace());
    let begin = begin + blank.count();
    let count = bytes[begin..].iter().take_while(|b| b.is_ascii_digit());
    begin..begin + count.count()
}

fn number(bytes: &[u8], range: Range<usize>) -> Option<usize> {
    std::str::from_utf8(&bytes[range]).ok()?.parse().ok()
}

/// All objects of the file that are written out, those of older revisions too.
pub fn parts(bytes: &[u8]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(word) = find(bytes, at, b" obj") {
        at = word + 4;
        let generation = digits_before(bytes, word);
        if generation.is_empty() || generation.start == 0 {
            continue;
        }
        let digits = digits_before(bytes, generation.start - 1);
        let Some(found) = number(bytes, digits).and_then(|n| u32::try_from(n).ok()) else {
            continue;
        };
        let Some(end) = find(bytes, at, b"endobj") else {
            break;
        };
        let body = at..end;
        let stream = find(&bytes[..end], at, b"stream");
        let data = stream.and_then(|stream| {
            let line = bytes[stream..].iter().position(|b| *b == b'\n')?;
            let last = bytes[..end].windows(9).rposition(|w| w == b"endstream")?;
            let begin = stream + line + 1;
            let last = if bytes[last - 1] == b'\n' {
                last - 1
            } else {
                last
            };
            (begin <= last).then_some(begin..last)
        });
        let value = body.start..data.as_ref().and(stream).unwrap_or(body.end);
        parts.push(Part {
            number: found,
            body,
            value,
            data,
        });
        at = end;
    }
    parts
}

/// Names, numbers, references, strings and brackets.
pub fn tokens(bytes: &[u8], within: Range<usize>) -> Vec<Range<usize>> {
    let mut tokens: Vec<Range<usize>> = Vec::new();
    let mut at = within.start;
    let regular = |b: &u8| !b.is_ascii_whitespace() && !b"()<>[]{}/%\0".contains(b);
    while at < within.end {
        let rest = &bytes[at..within.end];
        let length = match rest[0] {
            b if b.is_ascii_whitespace() || b == 0 => {
                at += 1;
                continue;
            }
            b'/' => 1 + rest[1..].iter().take_while(|b| regular(b)).count(),
            b'(' => rest
                .iter()
                .position(|b| *b == b')')
                .map_or(1, |end| end + 1),
            b'<' | b'>' if rest.starts_with(b"<<") || rest.starts_with(b">>") => 2,
            b'<' => rest
                .iter()
                .position(|b| *b == b'>')
                .map_or(1, |end| end + 1),
            b if regular(&b) => rest.iter().take_while(|b| regular(b)).count(),
            _ => 1,
        };
        tokens.push(at..at + length);
        at += length;
        if let [.., first, second, last] = &tokens[..]
            && &bytes[last.clone()] == b"R"
            && bytes[first.clone()].iter().all(u8::is_ascii_digit)
            && bytes[second.clone()].iter().all(u8::is_ascii_digit)
        {
            let whole = first.start..last.end;
            tokens.truncate(tokens.len() - 3);
            tokens.push(whole);
        }
    }
    tokens
}

/// Most bytes that a stream is unpacked to.
const UNPACKED: u64 = 60_000;

pub fn inflated(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(data).take(UNPACKED);
    reader.read_to_end(&mut out).ok()?;
    Some(out)
}

/// Puts other bytes in place of a range; whatever points behind it is moved along, and
/// the length of the stream around it follows.
pub fn splice(bytes: &[u8], range: Range<usize>, new: &[u8]) -> Vec<u8> {
    let moved = Moved {
        from: range.end,
        by: new.len() as isize - range.len() as isize,
    };
    let mut out = bytes.to_vec();
    out.splice(range.clone(), new.iter().copied());
    if moved.by == 0 {
        return out;
    }
    // The end of the place that was replaced, as it is now.
    let length = parts(&out).into_iter().find_map(|part| {
        let data = part.data.filter(|data| data.contains(&range.start))?;
        let key = find(&out[..part.value.end], part.value.start, b"/Length ")?;
        let digits = digits_at(&out, key + 8);
        let is_reference = out[digits.end..].starts_with(b" 0 R");
        (!digits.is_empty() && !is_reference).then(|| (digits, data.len()))
    });
    moved.mend(&mut out);
    if let Some((digits, length)) = length {
        let text = length.to_string();
        if text.len() == digits.len() {
            out[digits].copy_from_slice(text.as_bytes());
        } else {
            return splice(&out, digits, text.as_bytes());
        }
    }
    out
}

struct Moved {
    from: usize,
    by: isize,
}

impl Moved {
    fn new_place(&self, offset: usize) -> usize {
        if offset >= self.from {
            offset.wrapping_add_signed(self.by)
        } else {
            offset
        }
    }

    /// Writes the new offset over the old one, in as many digits if it can be.
    fn over(&self, out: &mut Vec<u8>, digits: Range<usize>) -> Option<()> {
        let old = number(out, digits.clone())?;
        let new = self.new_place(old);
        if new != old {
            let text = format!("{new:0width$}", width = digits.len());
            out.splice(digits, text.bytes());
        }
        Some(())
    }

    fn mend(&self, out: &mut Vec<u8>) {
        self.tables(out);
        self.streams(out);
        for key in [&b"/Prev "[..], b"/XRefStm ", b"startxref"] {
            let mut at = 0;
            while let Some(found) = find(out, at, key) {
                at = found + key.len();
                let digits = digits_at(out, at);
                self.over(out, digits);
            }
        }
        let mut at = 0;
        while let Some(found) = find(out, at, b"/ByteRange") {
            at = found + 10;
            self.byte_range(out, at);
        }
    }

    fn tables(&self, out: &mut Vec<u8>) {
        let mut at = 0;
        while let Some(found) = find(out, at, b"xref") {
            at = found + 4;
            let mut line = digits_at(out, at);
            // Lines of ten digits, five digits and a letter.
            while !line.is_empty() {
                let rest = out.get(line.end..line.end + 9).unwrap_or_default();
                if line.len() == 10 && rest.get(6..8) == Some(b" n") {
                    self.over(out, line.clone());
                }
                let next = out[line.end..].iter().position(|b| *b == b'\n');
                let Some(next) = next else { return };
                line = digits_at(out, line.end + next);
            }
        }
    }

    /// Cross-reference streams that are not packed.
    fn streams(&self, out: &mut [u8]) -> Option<()> {
        for part in parts(out) {
            let head = part.value.clone();
            let Some(data) = part.data else { continue };
            if find(&out[..head.end], head.start, b"/XRef").is_none()
                || find(&out[..head.end], head.start, b"/Filter").is_some()
            {
                continue;
            }
            let key = find(&out[..head.end], head.start, b"/W")?;
            let end = find(&out[..head.end], key, b"]")?;
            let text = String::from_utf8_lossy(&out[key + 2..end]).replace('[', " ");
            let widths: Vec<usize> = text.split(' ').filter_map(|w| w.parse().ok()).collect();
            let &[a, b, c] = &widths[..] else { continue };
            if a != 1 || b == 0 || b > 8 || c > 8 {
                continue;
            }
            for row in out[data].chunks_exact_mut(a + b + c) {
                if row[0] == 1 {
                    let field = &mut row[1..=b];
                    let old = field.iter().fold(0, |sum: u64, b| sum << 8 | u64::from(*b));
                    let new = self.new_place(old as usize) as u64;
                    field.copy_from_slice(&new.to_be_bytes()[8 - b..]);
                }
            }
        }
        Some(())
    }

    fn byte_range(&self, out: &mut [u8], at: usize) -> Option<()> {
        let open = at + out[at..].iter().take(3).position(|b| *b == b'[')? + 1;
        let close = find(out, open, b"]").filter(|close| *close < open + 80)?;
        let text = String::from_utf8_lossy(&out[open..close]).into_owned();
        let numbers: Vec<usize> = text.split(' ').filter_map(|n| n.parse().ok()).collect();
        let &[zero, begin, end, rest] = &numbers[..] else {
            return None;
        };
        let (last, begin) = (self.new_place(end + rest), self.new_place(begin));
        let end = self.new_place(end);
        let text = format!("{zero} {begin} {end} {}", last.wrapping_sub(end));
        let text = format!("{text:width$}", width = close - open);
        if text.len() == close - open {
            out[open..close].copy_from_slice(text.as_bytes());
        }
        Some(())
    }
}

/// Appends a revision with one object.
pub fn append(bytes: &[u8], object: u32, body: &[u8]) -> Option<Vec<u8>> {
    let last = bytes.windows(9).rposition(|w| w == b"startxref")?;
    let previous = number(bytes, digits_at(bytes, last + 9))?;
    let key = bytes.windows(6).rposition(|w| w == b"/Root ")?;
    let root = digits_at(bytes, key + 6);
    let root = String::from_utf8_lossy(&bytes[root]);
    let key = bytes.windows(6).rposition(|w| w == b"/Size ")?;
    let size = number(bytes, digits_at(bytes, key + 6))?.max(object as usize + 1);
    let mut out = bytes.to_vec();
    out.push(b'\n');
    let at = out.len();
    out.extend(format!("{object} 0 obj").bytes());
    out.extend(body);
    out.extend(b"endobj\n");
    let table = out.len();
    out.extend(
        format!(
            "xref\n{object} 1\n{at:010} 00000 n \ntrailer\n<</Size {size}/Root {root} 0 R/Prev {previous}>>\nstartxref\n{table}\n%%EOF\n"
        )
        .bytes(),
    );
    Some(out)
}
