//! What is written on the pages, and where.

mod keyword;
mod letters;

use hayro::{hayro_interpret::InterpreterCache, vello_cpu::kurbo::Rect};

use crate::{error::Result, render::with_page};
pub use keyword::{Align, Keyword, Occurrence, Side, find_text};
pub(crate) use letters::count;
use letters::{Letter, letters};

/// A gap that parts two words, and one that parts two columns, in heights of a letter.
const WORD: f64 = 0.15;
const COLUMN: f64 = 2.0;

/// Letters that stand beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLine {
    /// What they say, compatible characters as one (NFKC), words parted by a blank.
    pub text: String,
    /// x0, y0, x1, y1 in points from the lower left corner of the page as it is seen.
    pub rect: [f64; 4],
}

/// The text of a page, counted from 0, line by line in the order in which it is drawn.
/// What stands in two columns of a table is in two lines.
///
/// # Errors
/// [`PdfError::NoSuchPage`](crate::PdfError::NoSuchPage).
pub fn page_text(file: &[u8], page: usize) -> Result<Vec<TextLine>> {
    with_page(file, page, |page| {
        Ok(lines(&letters(page, &InterpreterCache::new())))
    })
}

fn lines(letters: &[Letter]) -> Vec<TextLine> {
    let mut lines: Vec<TextLine> = Vec::new();
    let mut before: Option<Rect> = None;
    for Letter { character, rect } in letters {
        let gap = before.and_then(|before| gap(before, *rect));
        before = Some(*rect);
        let Some((line, gap)) = lines.last_mut().zip(gap) else {
            lines.push(TextLine {
                text: character.to_string(),
                rect: sides(*rect),
            });
            continue;
        };
        if gap > WORD {
            line.text.push(' ');
        }
        line.text.push(*character);
        let [x0, y0, x1, y1] = line.rect;
        line.rect = sides(Rect::new(x0, y0, x1, y1).union(*rect));
    }
    lines
}

/// How far behind another letter one stands on the same line, in heights of a letter.
fn gap(before: Rect, rect: Rect) -> Option<f64> {
    let middle = f64::midpoint(rect.y0, rect.y1);
    let gap = (rect.x0 - before.x1) / before.height();
    // The letters of one character, and those that are set closely, overlap.
    let follows = (before.y0..before.y1).contains(&middle) && rect.x0 >= before.x0;
    (follows && gap < COLUMN).then_some(gap)
}

fn sides(rect: Rect) -> [f64; 4] {
    [rect.x0, rect.y0, rect.x1, rect.y1]
}
