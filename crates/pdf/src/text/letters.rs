//! The letters of a page, and where they stand.

use std::panic::resume_unwind;

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache,
        InterpreterSettings, Paint, PathDrawMode, SoftMask, font::Glyph, hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::page::Page,
    vello_cpu::kurbo::{Affine, BezPath, Point, Rect},
};
use unicode_normalization::UnicodeNormalization;

/// Height of a glyph's box over and under the baseline, in thousandths of its size.
const ASCENT: f64 = 880.0;
const DESCENT: f64 = -120.0;
/// Width of a glyph that does not tell its own.
const WIDTH: f64 = 1000.0;
/// Most glyphs that are read from one page.
const GLYPHS: usize = 200_000;
/// Most things that a page draws: forms within forms make very many of a few.
const DRAWN: usize = 500_000;

/// One character with its box on the page as it is seen, y upward.
pub(super) struct Letter {
    pub(super) character: char,
    pub(super) rect: Rect,
}

/// The letters of a page in the order in which they are drawn, without white space.
pub(super) fn letters<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>) -> Vec<Letter> {
    listen(page, cache, false)
}

/// Goes through all that a page draws, without drawing it, and does not come back when
/// it is too much.
pub(crate) fn count<'a>(page: &'a Page<'a>) {
    listen(page, &InterpreterCache::new(), true);
}

fn listen<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>, annotations: bool) -> Vec<Letter> {
    let matrix = page.initial_transform(false).as_coeffs();
    let (width, height) = page.render_dimensions();
    let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let settings = InterpreterSettings {
        render_annotations: annotations,
        ..Default::default()
    };
    let mut context = Context::new(Affine::new(matrix), area, cache, page.xref(), settings);
    let mut listener = Listener {
        letters: Vec::new(),
        area,
        drawn: 0,
    };
    interpret_page(page, &mut context, &mut listener);
    listener.letters
}

/// Takes note of glyphs and draws nothing.
struct Listener {
    letters: Vec<Letter>,
    area: Rect,
    drawn: usize,
}

impl Listener {
    /// There is no other way out of the interpreter; `with_pages` catches it.
    fn count(&mut self) {
        self.drawn += 1;
        if self.drawn > DRAWN {
            resume_unwind(Box::new("too much is drawn"));
        }
    }

    fn hear(&mut self, text: BfString, rect: Rect) {
        // What lies outside of the page is seen by nobody.
        if self.letters.len() >= GLYPHS || rect.intersect(self.area).is_zero_area() {
            return;
        }
        let mut add = |character: char| {
            let visible = character.nfkc().filter(|c| !c.is_whitespace());
            let letters = visible.map(|character| Letter { character, rect });
            self.letters.extend(letters);
        };
        match text {
            BfString::Char(character) => add(character),
            BfString::String(text) => text.chars().for_each(add),
        }
    }
}

impl<'a> Device<'a> for Listener {
    fn draw_glyph(
        &mut self,
        glyph: &Glyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        _: &GlyphDrawMode,
    ) {
        self.count();
        let Some(text) = glyph.as_unicode() else {
            return;
        };
        let width = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map_or(WIDTH, f64::from),
            Glyph::Type3(_) => WIDTH,
        };
        let to_page = transform * glyph_transform;
        let rect = to_page.transform_rect_bbox(Rect::new(0.0, DESCENT, width.max(1.0), ASCENT));
        if Point::new(rect.x0 + rect.x1, rect.y0 + rect.y1).is_finite() {
            self.hear(text, rect);
        }
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {
        self.count();
    }
    fn push_clip_path(&mut self, _: &ClipPath) {
        self.count();
    }
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.count();
    }
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {
        self.count();
    }
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
