//! 骑缝章: one seal across the edges of all pages, so that no page can be exchanged.

use crate::{
    error::{PdfError, Result},
    geometry::Placement,
};

/// Narrowest strip that shows what it is a part of: 8 mm, in points.
const NARROWEST: f64 = 8.0 * 72.0 / 25.4;
/// Most pages.
const PAGES: usize = 500;

/// Cuts a seal of this size across the right edges of pages, whose sizes as seen are
/// given, all in points.
///
/// The first page has the left strip, as if the pages were fanned out and sealed; the
/// middle of the seal is at this part of their height, 0 being the lower edge. Where strips would be narrower than 8 mm, pages are
/// sealed in groups of about the same number, each by a whole seal. Gives for each page
/// its placement and the [part](crate::Appearance::Parts) of the picture.
///
/// # Errors
/// [`PdfError::OnePage`], and [`PdfError::TooLarge`] for more than 500 pages.
pub fn across_pages(
    pages: &[[f64; 2]],
    [width, height]: [f64; 2],
    middle: f64,
) -> Result<Vec<(Placement, [f64; 2])>> {
    if pages.len() < 2 {
        return Err(PdfError::OnePage);
    }
    if pages.len() > PAGES {
        return Err(PdfError::TooLarge {
            what: "pages that a seal is cut across",
            limit: PAGES,
        });
    }
    let mut placed = Vec::with_capacity(pages.len());
    let groups = groups(pages.len(), width);
    for group in 0..groups {
        // The pages of a group: as even as whole numbers can be.
        let (begin, end) = (
            group * pages.len() / groups,
            (group + 1) * pages.len() / groups,
        );
        let count = float(end - begin);
        for (nth, [right, top]) in pages[begin..end].iter().enumerate() {
            let [from, to] = [nth, nth + 1].map(|strip| float(strip) / count);
            let bottom = top * middle - height / 2.0;
            let rect = [right - width * (to - from), bottom, *right, bottom + height];
            let page = begin + nth;
            placed.push((Placement { page, rect }, [from, to]));
        }
    }
    Ok(placed)
}

/// Into how many groups so many pages go; none has a single page.
fn groups(pages: usize, width: f64) -> usize {
    let mut most = 2;
    while most < pages && width / float(most + 1) >= NARROWEST {
        most += 1;
    }
    // A group of two takes three when one page is left over.
    pages.div_ceil(most).min(pages / 2)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
