//! Where signatures will go.

use serde::Serialize;
use typst::foundations::{Dict, Label, Selector, Value};
use typst::introspection::{Introspector, MetadataElem};
use typst::utils::PicoStr;
use typst_layout::PagedDocument;

/// The empty box that one party's signature will fill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Anchor {
    /// The party's role, as the template names it.
    pub role: String,
    /// Page, from 0.
    pub page: usize,
    /// `x0, y0, x1, y1` in PDF points, origin at the page's lower left corner.
    pub rect: [f64; 4],
}

/// All elements that the template labelled `<slot>`, in the order of the document.
///
/// # Errors
/// A sentence on the first one that is malformed or not wholly on its page.
pub fn anchors(document: &PagedDocument) -> Result<Vec<Anchor>, String> {
    let label = Label::new(PicoStr::intern("slot")).ok_or("the label is empty")?;
    let introspector = document.introspector();
    introspector
        .query(&Selector::Label(label))
        .iter()
        .map(|element| {
            let metadata = element
                .to_packed::<MetadataElem>()
                .ok_or("<slot> is no metadata")?;
            let Value::Dict(slot) = &metadata.value else {
                return Err("<slot> holds no dictionary".to_owned());
            };
            let position = element
                .location()
                .and_then(|l| introspector.position(l))
                .ok_or("<slot> is on no page")?;
            let page = position.page.get() - 1;
            let size = document
                .pages()
                .get(page)
                .ok_or("<slot> is on no page")?
                .frame
                .size();
            let (x, top) = (position.point.x.to_pt(), position.point.y.to_pt());
            let (role, width, height) = read(slot).ok_or("<slot> lacks role, width or height")?;
            let bottom = size.y.to_pt() - top - height;
            if x < 0.0 || bottom < 0.0 || top < 0.0 || x + width > size.x.to_pt() {
                return Err(format!("the slot of {role} is not wholly on its page"));
            }
            let rect = [x, bottom, x + width, bottom + height].map(hundredths);
            Ok(Anchor { role, page, rect })
        })
        .collect()
}

fn read(slot: &Dict) -> Option<(String, f64, f64)> {
    let length = |name: &str| match slot.get(name).ok()? {
        Value::Length(l) => Some(l.abs.to_pt()).filter(|l| *l > 0.0),
        _ => None,
    };
    let role = slot.get("role").ok()?.clone().cast::<String>().ok()?;
    Some((role, length("width")?, length("height")?))
}

fn hundredths(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}
