//! Lines of text as glyph outlines, so that no font needs to be embedded.

use std::{fmt, sync::Arc};

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use crate::{
    appearance::PathWriter,
    error::{PdfError, Result},
};

/// From line to line, in heights of the font's own box.
const LEADING: f64 = 1.2;
/// Most characters of one appearance.
const CHARACTERS: usize = 1000;

/// A font that text is drawn with: TrueType or OpenType.
pub struct Font(Arc<Vec<u8>>);

impl Font {
    /// Takes the bytes of a font file, which others may share.
    ///
    /// # Errors
    /// [`PdfError::BadFont`] when it cannot be read.
    pub fn new(bytes: Arc<Vec<u8>>) -> std::result::Result<Self, PdfError> {
        let font = Self(bytes);
        font.face()?;
        Ok(font)
    }

    fn face(&self) -> Result<Face<'_>> {
        Face::parse(&self.0, 0).map_err(|error| PdfError::BadFont(error.to_string()))
    }

    /// Width and height of the block of lines in font units.
    pub(crate) fn measure(&self, lines: &[String]) -> Result<[f64; 2]> {
        let face = self.face()?;
        let mut width = 0.0_f64;
        for line in lines {
            width = width.max(glyphs(&face, line)?.last().map_or(0.0, |glyph| glyph.end));
        }
        let count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        let gaps = LEADING * f64::from(count.saturating_sub(1));
        Ok([width, box_height(&face) * (gaps + 1.0)])
    }

    /// Draws the lines into a box of this height in font units.
    pub(crate) fn outline(
        &self,
        lines: &[String],
        height: f64,
        out: &mut PathWriter,
    ) -> Result<()> {
        let face = self.face()?;
        let mut baseline = height - f64::from(face.ascender());
        for line in lines {
            let mut begin = 0.0;
            for glyph in glyphs(&face, line)? {
                let mut pen = Pen {
                    out,
                    origin: [begin, baseline],
                    last: [0.0; 2],
                    result: Ok(()),
                };
                face.outline_glyph(glyph.id, &mut pen);
                pen.result?;
                begin = glyph.end;
            }
            baseline -= LEADING * box_height(&face);
        }
        Ok(())
    }
}

impl fmt::Debug for Font {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Font({} bytes)", self.0.len())
    }
}

fn box_height(face: &Face) -> f64 {
    f64::from(face.ascender()) - f64::from(face.descender())
}

struct Placed {
    id: GlyphId,
    /// Where the next one begins.
    end: f64,
}

fn glyphs(face: &Face, line: &str) -> Result<Vec<Placed>> {
    let mut end = 0.0;
    let mut placed = Vec::new();
    for character in line.chars() {
        if placed.len() == CHARACTERS {
            return Err(PdfError::TooLarge {
                what: "characters in a line",
                limit: CHARACTERS,
            });
        }
        let id = face.glyph_index(character).filter(|id| id.0 != 0);
        let id = id.ok_or(PdfError::MissingGlyph(character))?;
        end += f64::from(face.glyph_hor_advance(id).unwrap_or(0));
        placed.push(Placed { id, end });
    }
    Ok(placed)
}

/// Moves one glyph to its place; remembers the first error.
struct Pen<'a> {
    out: &'a mut PathWriter,
    origin: [f64; 2],
    last: [f64; 2],
    result: Result<()>,
}

impl Pen<'_> {
    fn step<const N: usize>(&mut self, points: [[f32; 2]; N], operator: &[u8]) {
        let points = points.map(|point| self.absolute(point));
        self.write(&points, operator);
    }

    fn absolute(&self, [x, y]: [f32; 2]) -> [f64; 2] {
        [f64::from(x) + self.origin[0], f64::from(y) + self.origin[1]]
    }

    fn write(&mut self, points: &[[f64; 2]], operator: &[u8]) {
        if self.result.is_ok() {
            self.result = self.out.step(points, operator);
        }
        self.last = points.last().copied().unwrap_or(self.last);
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step([[x, y]], b"m\n");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step([[x, y]], b"l\n");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF has cubic curves only; each control point lies two thirds of the way.
        let (from, control, to) = (self.last, self.absolute([x1, y1]), self.absolute([x, y]));
        let toward = |end: [f64; 2]| {
            let part = |at: usize| (control[at] - end[at]).mul_add(2.0 / 3.0, end[at]);
            [part(0), part(1)]
        };
        self.write(&[toward(from), toward(to), to], b"c\n");
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step([[x1, y1], [x2, y2], [x, y]], b"c\n");
    }

    fn close(&mut self) {
        self.out.close();
    }
}
