//! Filled outlines as a content stream.

use crate::error::{PdfError, Result};

/// Content that fills outlines with one colour. Points are written as whole
/// hundredths of a point under a matrix, which is shorter than fractions.
pub(crate) struct PathWriter {
    out: Vec<u8>,
    /// From the caller's unit to hundredths of a point.
    scale: f64,
    drawn: bool,
}

/// Beyond this, in hundredths of a point, nothing is on any page.
const LIMIT: f64 = 10_000_000.0;

impl PathWriter {
    /// `scale`: from the caller's unit to points.
    pub(crate) fn new(color: [f32; 3], scale: f64) -> Result<Self> {
        if color.iter().any(|part| !(0.0..=1.0).contains(part)) {
            return Err(PdfError::EmptyAppearance);
        }
        let [r, g, b] = color;
        let out = format!("{r:.3} {g:.3} {b:.3} rg .01 0 0 .01 0 0 cm\n").into_bytes();
        Ok(Self {
            out,
            scale: scale * 100.0,
            drawn: false,
        })
    }

    pub(crate) fn polygon(&mut self, points: &[[f32; 2]]) -> Result<()> {
        if points.len() < 3 {
            return Err(PdfError::EmptyAppearance);
        }
        for (at, [x, y]) in points.iter().enumerate() {
            let operator = if at == 0 { b"m\n" } else { b"l\n" };
            self.step(&[[f64::from(*x), f64::from(*y)]], operator)?;
        }
        self.close();
        Ok(())
    }

    pub(crate) fn close(&mut self) {
        self.out.extend(b"h\n");
        self.drawn = true;
    }

    /// One path operator with its points.
    pub(crate) fn step(&mut self, points: &[[f64; 2]], operator: &[u8]) -> Result<()> {
        for value in points.iter().flatten() {
            let value = (value * self.scale).round();
            if !value.is_finite() || value.abs() >= LIMIT {
                return Err(PdfError::EmptyAppearance);
            }
            #[expect(clippy::cast_possible_truncation, reason = "within LIMIT")]
            push_integer(&mut self.out, value as i32);
            self.out.push(b' ');
        }
        self.out.extend(operator);
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<Vec<u8>> {
        if !self.drawn {
            return Err(PdfError::EmptyAppearance);
        }
        self.out.push(b'f');
        Ok(self.out)
    }
}

/// Decimal digits; the formatting machinery takes four times as long.
fn push_integer(out: &mut Vec<u8>, value: i32) {
    if value < 0 {
        out.push(b'-');
    }
    let mut rest = value.unsigned_abs();
    let mut digits = [0; 10];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_written_in_full() {
        for value in [0, 7, -1, 10, 1_234_567, -99_999, i32::MIN, i32::MAX] {
            let mut out = Vec::new();
            push_integer(&mut out, value);
            assert_eq!(out, value.to_string().as_bytes());
        }
    }

    #[test]
    fn points_are_hundredths() {
        let mut path = PathWriter::new([0.0, 0.0, 1.0], 0.5).unwrap();
        path.polygon(&[[0.0, 0.0], [10.0, 0.0], [10.0, 3.333]])
            .unwrap();
        let text = String::from_utf8(path.finish().unwrap()).unwrap();
        assert!(
            text.ends_with("cm\n0 0 m\n500 0 l\n500 167 l\nh\nf"),
            "{text}"
        );
        assert!(PathWriter::new([0.0; 3], 1.0).unwrap().finish().is_err());
    }
}
