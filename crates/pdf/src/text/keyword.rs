//! Places that are named by a text which stands there.

use std::ops::RangeInclusive;

use hayro::hayro_interpret::InterpreterCache;
use unicode_normalization::UnicodeNormalization;

use super::{Letter, letters, sides};
use crate::{
    error::{PdfError, Result},
    geometry::Placement,
    render::with_pages,
};

/// A text on the pages, and where something is placed by it.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyword {
    /// What is looked for. White space counts for nothing, and compatible characters
    /// count as the same (NFKC): browsers write 方 as the radical U+2F45, which looks
    /// alike, and brackets may be wide or narrow.
    pub text: String,
    /// Which of several.
    pub occurrence: Occurrence,
    /// Pages that are searched, counted from 0; all of them when it is not given.
    pub pages: Option<RangeInclusive<usize>>,
    /// Where the rectangle lies.
    pub side: Side,
    /// How it lies over, above or below the text.
    pub align: Align,
    /// Width and height of the rectangle in points; that of the text when not given.
    pub size: Option<[f64; 2]>,
    /// Moves it to the right and up, in points.
    pub offset: [f64; 2],
}

/// Which occurrences of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Occurrence {
    /// All of them.
    #[default]
    Every,
    /// This one from the start; 0 is the first.
    First(usize),
    /// This one from the end; 0 is the last.
    Last(usize),
}

/// Where a rectangle lies by a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// On it, the middles at the same height.
    #[default]
    Over,
    /// Above it.
    Above,
    /// Below it.
    Below,
    /// To the left of where it begins.
    Before,
    /// To the right of where it ends.
    After,
}

/// Which sides of rectangle and text are in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Align {
    /// The left ones.
    Left,
    /// The middles.
    #[default]
    Centre,
    /// The right ones.
    Right,
}

impl Keyword {
    /// Every occurrence on every page, and the place of the text itself.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            occurrence: Occurrence::default(),
            pages: None,
            side: Side::default(),
            align: Align::default(),
            size: None,
            offset: [0.0; 2],
        }
    }

    /// The rectangle by a text.
    fn beside(&self, [x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
        let [width, height] = self.size.unwrap_or([x1 - x0, y1 - y0]);
        let x = match (self.side, self.align) {
            (Side::Before, _) => x0 - width,
            (Side::After, _) => x1,
            (_, Align::Left) => x0,
            (_, Align::Centre) => f64::midpoint(x0, x1) - width / 2.0,
            (_, Align::Right) => x1 - width,
        } + self.offset[0];
        let y = match self.side {
            Side::Above => y1,
            Side::Below => y0 - height,
            Side::Over | Side::Before | Side::After => f64::midpoint(y0, y1) - height / 2.0,
        } + self.offset[1];
        [x, y, x + width, y + height]
    }
}

/// Finds the places of a keyword: pages in order, and on a page in the order in which
/// it is drawn. Reads no more pages than it takes to find the occurrence. An occurrence
/// that runs over the end of a line is given with its part on the first line. Whether
/// the rectangles lie on their pages is the caller's to see.
///
/// # Errors
/// [`PdfError::TextNotFound`] when there is none, or not as many as asked for;
/// [`PdfError::NoSuchPage`] when the pages begin behind the last.
pub fn find_text(file: &[u8], keyword: &Keyword) -> Result<Vec<Placement>> {
    let wanted: Vec<char> = keyword.text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let mut found = with_pages(file, |pages| {
        let (first, last) = keyword.range(pages.len())?;
        let refused = |found| PdfError::TextNotFound {
            text: keyword.text.clone(),
            first: first + 1,
            last: last + 1,
            found,
        };
        if wanted.is_empty() {
            return Err(refused(0));
        }
        let cache = InterpreterCache::new();
        let on_page = |page: usize| -> Vec<Placement> {
            let letters = letters(&pages[page], &cache);
            let all = occurrences(&letters, &wanted);
            all.map(|rect| Placement { page, rect }).collect()
        };
        let mut found: Vec<Placement> = Vec::new();
        let missing = match keyword.occurrence {
            Occurrence::Every => {
                found.extend((first..=last).flat_map(on_page));
                found.is_empty()
            }
            Occurrence::First(nth) => keep(&mut found, (first..=last).flat_map(on_page), nth),
            Occurrence::Last(nth) => {
                let from_end = (first..=last).rev();
                let from_end = from_end.flat_map(|page| on_page(page).into_iter().rev());
                keep(&mut found, from_end, nth)
            }
        };
        if missing {
            return Err(refused(found.len()));
        }
        Ok(found)
    })?;
    if keyword.occurrence != Occurrence::Every {
        found.drain(..found.len() - 1);
    }
    for placement in &mut found {
        placement.rect = keyword.beside(placement.rect);
    }
    Ok(found)
}

/// Takes as many as lead to this one; says whether it is missing.
fn keep(found: &mut Vec<Placement>, all: impl Iterator<Item = Placement>, nth: usize) -> bool {
    found.extend(all.take(nth.saturating_add(1)));
    found.len() <= nth
}

impl Keyword {
    /// First and last page that is searched.
    fn range(&self, pages: usize) -> Result<(usize, usize)> {
        let end = pages.saturating_sub(1);
        let (first, last) = match &self.pages {
            None => (0, end),
            Some(range) => (*range.start(), end.min(*range.end())),
        };
        if first > last {
            return Err(PdfError::NoSuchPage { page: first, pages });
        }
        Ok((first, last))
    }
}

fn occurrences(letters: &[Letter], wanted: &[char]) -> impl Iterator<Item = [f64; 4]> {
    let matches = letters.windows(wanted.len()).filter(move |window| {
        window
            .iter()
            .zip(wanted)
            .all(|(letter, wanted)| letter.character == *wanted)
    });
    matches.map(|window| {
        let first = window[0].rect;
        let line = window.iter().map(|letter| letter.rect).take_while(|rect| {
            let middle = f64::midpoint(rect.y0, rect.y1);
            (first.y0..first.y1).contains(&middle) || rect.x0 < first.x1 && rect.x1 > first.x0
        });
        let all = line.fold(first, |all, rect| all.union(rect));
        sides(all)
    })
}
