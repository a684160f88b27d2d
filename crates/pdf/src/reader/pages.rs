//! The pages in their order (ISO 32000-2, 7.7.3).

use std::collections::BTreeSet;

use crate::{
    error::{PdfError, Result, damaged},
    object::{Dict, Object, Ref},
    reader::File,
};

/// Most pages of a file.
const PAGES: usize = 10_000;
/// Deepest page tree.
const DEPTH: usize = 32;
/// What pages inherit from the nodes above them.
const INHERITED: [&str; 3] = ["MediaBox", "CropBox", "Rotate"];

/// A page as it stands in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PageObject {
    pub(crate) reference: Ref,
    pub(crate) dict: Dict,
    /// What is seen, in the page's own units: x0, y0, x1, y1.
    pub(crate) view: [f64; 4],
    /// Clockwise turns by a quarter: 0 to 3.
    pub(crate) turns: u8,
}

/// All pages of the file.
pub(crate) fn pages(file: &File, catalog: &Dict) -> Result<Vec<PageObject>> {
    let mut walk = Walk {
        file,
        seen: BTreeSet::new(),
        pages: Vec::new(),
    };
    walk.node(catalog.get("Pages"), &Dict::default(), DEPTH)?;
    if walk.pages.is_empty() {
        return damaged("the file has no pages", file.startxref);
    }
    Ok(walk.pages)
}

struct Walk<'a> {
    file: &'a File<'a>,
    seen: BTreeSet<Ref>,
    pages: Vec<PageObject>,
}

impl Walk<'_> {
    fn node(&mut self, node: Option<&Object>, above: &Dict, depth: usize) -> Result<()> {
        let reference = node.and_then(Object::as_ref);
        let (Some(reference), Some(dict)) = (reference, self.file.dict(node)?) else {
            return damaged("the tree of pages has a hole", 0);
        };
        if depth == 0 || !self.seen.insert(reference) {
            return damaged("the tree of pages is too deep, or no tree", 0);
        }
        let mut inherited = above.clone();
        for key in INHERITED {
            if let Some(value) = dict.get(key) {
                // Each page gets a copy.
                if !is_small(value) {
                    return damaged("pages inherit what is neither a size nor a turn", 0);
                }
                inherited.set(key, value.clone());
            }
        }
        if dict.is_name("Type", "Page") {
            return self.page(reference, dict, &inherited);
        }
        if !dict.is_name("Type", "Pages") {
            return damaged("the tree of pages has something else in it", 0);
        }
        let kids = self.file.value(&dict, "Kids")?;
        for kid in kids.as_array().unwrap_or_default() {
            self.node(Some(kid), &inherited, depth - 1)?;
        }
        Ok(())
    }

    fn page(&mut self, reference: Ref, dict: Dict, inherited: &Dict) -> Result<()> {
        if self.pages.len() == PAGES {
            return Err(PdfError::TooLarge {
                what: "pages",
                limit: PAGES,
            });
        }
        let media = self.rectangle(inherited, "MediaBox")?;
        let Some(media) = media else {
            return damaged("a page has no size", 0);
        };
        let crop = self.rectangle(inherited, "CropBox")?.unwrap_or(media);
        let view = [
            media[0].max(crop[0]),
            media[1].max(crop[1]),
            media[2].min(crop[2]),
            media[3].min(crop[3]),
        ];
        if view[0] >= view[2] || view[1] >= view[3] {
            return damaged("a page has no size", 0);
        }
        let degrees = self.file.value(inherited, "Rotate")?.as_int().unwrap_or(0);
        if degrees % 90 != 0 {
            return damaged("a page is turned by an odd angle", 0);
        }
        let turns = u8::try_from((degrees / 90).rem_euclid(4)).unwrap_or(0);
        self.pages.push(PageObject {
            reference,
            dict,
            view,
            turns,
        });
        Ok(())
    }

    /// A rectangle with its corners in order (7.9.5).
    fn rectangle(&self, dict: &Dict, key: &str) -> Result<Option<[f64; 4]>> {
        let object = self.file.value(dict, key)?;
        let Some(items) = object.as_array() else {
            return Ok(None);
        };
        let mut sides = [0.0; 4];
        if items.len() != 4 {
            return damaged("a rectangle without four numbers", 0);
        }
        for (side, item) in sides.iter_mut().zip(items) {
            match self.file.resolve(item)?.as_number() {
                Some(value) if value.abs() < 1e6 => *side = value,
                _ => return damaged("a rectangle without four numbers", 0),
            }
        }
        let [a, b, c, d] = sides;
        Ok(Some([a.min(c), b.min(d), a.max(c), b.max(d)]))
    }
}

/// A number, a reference, or a rectangle of such.
fn is_small(value: &Object) -> bool {
    let simple = |value: &Object| value.as_number().is_some() || value.as_ref().is_some();
    let rectangle = |items: &[Object]| items.len() <= 4 && items.iter().all(simple);
    simple(value) || value.as_array().is_some_and(rectangle)
}
