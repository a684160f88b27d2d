//! Decoding of the streams that hold structure: Flate with PNG predictors (7.4.4).

use std::io::Read;

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object},
};

/// Most bytes that one stream may decode to.
pub(crate) const LIMIT: usize = 10 << 20;

/// Decodes a cross-reference or object stream, which has no filter or Flate.
pub(crate) fn decode(dict: &Dict, data: &[u8]) -> Result<Vec<u8>> {
    let filter = single(dict.get("Filter"));
    match filter.as_ref().and_then(|filter| filter.as_name()) {
        None if dict
            .get("Filter")
            .is_none_or(|f| *f == Object::Array(Vec::new())) =>
        {
            Ok(data.to_vec())
        }
        Some(b"FlateDecode" | b"Fl") => {
            let bytes = inflate(data)?;
            match single(dict.get("DecodeParms")) {
                Some(Object::Dict(parameters)) => unpredict(bytes, &parameters),
                None => Ok(bytes),
                Some(_) => damaged("parameters of a filter that cannot be read", 0),
            }
        }
        _ => damaged("a stream of structure with an unusual filter", 0),
    }
}

/// The one item of an array, or the object itself.
fn single(object: Option<&Object>) -> Option<Object> {
    match object? {
        Object::Array(items) if items.len() == 1 => items.first().cloned(),
        other => Some(other.clone()),
    }
}

fn inflate(data: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut reader = flate2::read::ZlibDecoder::new(data).take(LIMIT as u64 + 1);
    match reader.read_to_end(&mut out) {
        Ok(_) if out.len() <= LIMIT => {
            out.shrink_to_fit();
            Ok(out)
        }
        Ok(_) => Err(PdfError::TooLarge {
            what: "bytes in a stream",
            limit: LIMIT,
        }),
        Err(_) => damaged("compressed data that cannot be read", 0),
    }
}

/// Undoes the PNG filters of each row (RFC 2083, 6); other predictors are for pictures.
fn unpredict(bytes: Vec<u8>, parameters: &Dict) -> Result<Vec<u8>> {
    let parameter = |key, default| parameters.int(key).unwrap_or(default);
    match parameter("Predictor", 1) {
        1 => return Ok(bytes),
        10..=15 => {}
        _ => return damaged("a stream of structure with an unusual predictor", 0),
    }
    let bits = parameter("Colors", 1).saturating_mul(parameter("BitsPerComponent", 8));
    let columns = usize::try_from(parameter("Columns", 1)).unwrap_or(0);
    if bits != 8 || columns == 0 || columns > 1 << 16 {
        return damaged("a stream of structure with an unusual predictor", 0);
    }
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut above = vec![0; columns];
    for line in bytes.chunks(columns + 1) {
        let mut row = vec![0; columns];
        let (mut left, mut corner) = (0u8, 0u8);
        for (at, raw) in line[1..].iter().enumerate() {
            let up: u8 = above[at];
            let guess = match line[0] {
                0 => 0,
                1 => left,
                2 => up,
                3 => u8::midpoint(left, up),
                4 => paeth(left, up, corner),
                _ => return damaged("a row with an unknown predictor", 0),
            };
            row[at] = raw.wrapping_add(guess);
            (left, corner) = (row[at], up);
        }
        out.extend(&row[..line.len() - 1]);
        above = row;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (to_a, to_b, to_c) = (
        (estimate - a).abs(),
        (estimate - b).abs(),
        (estimate - c).abs(),
    );
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        up
    } else {
        corner
    }
}
