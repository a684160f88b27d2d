//! The new objects of an increment: a signature, its field, and what it looks like.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Checked,
    increment::{Entered, History, same_but, shape},
    layout::Content,
};
use crate::{
    increment::PRINT_LOCKED,
    object::{Dict, Object, Ref},
    reader::Indirect,
};

const SIGNATURE: &[&str] = &[
    "Type",
    "Filter",
    "SubFilter",
    "ByteRange",
    "Contents",
    "M",
    "Name",
    "Reason",
];
/// A field with several widgets, one of these, and both in one.
const FIELD: &[&str] = &["FT", "T", "V", "Kids"];
const WIDGET: &[&str] = &["Type", "Subtype", "Rect", "P", "F", "AP", "Parent", "V"];
const FIELD_WIDGET: &[&str] = &["Type", "Subtype", "Rect", "P", "F", "AP", "FT", "T", "V"];
const FORM_XOBJECT: &[&str] = &[
    "Type",
    "Subtype",
    "BBox",
    "Matrix",
    "Resources",
    "Filter",
    "Length",
];
const IMAGE: &[&str] = &[
    "Type",
    "Subtype",
    "Width",
    "Height",
    "ColorSpace",
    "BitsPerComponent",
    "Filter",
    "SMask",
    "Length",
];

/// The new objects of an increment, each of which must belong to the signature.
pub(super) struct Objects<'a> {
    content: &'a Content,
    visited: BTreeSet<u32>,
}

impl<'a> Objects<'a> {
    pub fn new(content: &'a Content) -> Self {
        Self {
            content,
            visited: BTreeSet::new(),
        }
    }

    pub fn belong(mut self, signature: Ref, entered: &Entered, history: &History) -> Checked<()> {
        let [field] = entered.fields[..] else {
            return Err(shape(
                "an increment enters none or several fields into the form",
            ));
        };
        if !self.dict(signature, SIGNATURE)?.is_name("Type", "Sig") {
            return Err(shape("the signature's dictionary is something else"));
        }
        if let Some(form) = history.form {
            // New or changed, it was looked at before.
            self.visited.insert(form.number);
        }
        let several = self.plain(field)?.get("Kids").is_some();
        let top = self.dict(field, if several { FIELD } else { FIELD_WIDGET })?;
        let own = top.get("V").and_then(Object::as_ref) == Some(signature);
        if !own || !top.is_name("FT", "Sig") {
            return Err(shape("the new field is not the one of the signature"));
        }
        named(top, history)?;
        let kids = self.kids(field, top, signature)?;
        let mut widgets: BTreeMap<Ref, Ref> = BTreeMap::new();
        for (widget, page) in &entered.widgets {
            if widgets.insert(*widget, *page).is_some() {
                return Err(shape("a widget is on a page twice, or on two"));
            }
        }
        for (kid, dict) in &kids {
            self.widget(dict, widgets.remove(kid))?;
        }
        if !widgets.is_empty() {
            return Err(shape(
                "a page has got another annotation than the signature's",
            ));
        }
        let mut numbers = self.content.new.keys();
        match numbers.find(|number| !self.visited.contains(number)) {
            Some(number) => Err(shape(format!(
                "object {number} does not belong to the signature"
            ))),
            None => Ok(()),
        }
    }

    /// The widgets of a field, which may be its own and only one.
    fn kids(&mut self, field: Ref, top: &'a Dict, signature: Ref) -> Checked<Vec<(Ref, &'a Dict)>> {
        let Some(kids) = top.get("Kids") else {
            return Ok(vec![(field, top)]);
        };
        let mut all = Vec::new();
        for kid in kids.as_array().unwrap_or_default() {
            let kid = kid
                .as_ref()
                .ok_or_else(|| shape("a widget that is no object"))?;
            let dict = self.dict(kid, WIDGET)?;
            let says = |key| dict.get(key).and_then(Object::as_ref);
            if says("Parent") != Some(field) || says("V") != Some(signature) {
                return Err(shape("a widget of another field"));
            }
            all.push((kid, dict));
        }
        Ok(all)
    }

    /// A widget must be on the page that it names, shown there and on paper.
    fn widget(&mut self, dict: &'a Dict, page: Option<Ref>) -> Checked<()> {
        let named = dict.get("P").and_then(Object::as_ref);
        let kind = dict.is_name("Type", "Annot") && dict.is_name("Subtype", "Widget");
        if !kind || page.is_none() || named != page {
            return Err(shape("a widget that is on another page than it says"));
        }
        if dict.int("F") != Some(PRINT_LOCKED) {
            return Err(shape("a widget that is not always shown"));
        }
        let Some(appearance) = dict.get("AP") else {
            return Ok(());
        };
        let wrong = || shape("an appearance that is none");
        let appearance = appearance.as_dict().ok_or_else(wrong)?;
        same_but(appearance, &Dict::default(), &["N"]).ok_or_else(wrong)?;
        let drawn = appearance
            .get("N")
            .and_then(Object::as_ref)
            .ok_or_else(wrong)?;
        let drawn = self.xobject(drawn, "Form", FORM_XOBJECT)?;
        let resources = drawn
            .get("Resources")
            .and_then(Object::as_dict)
            .ok_or_else(wrong)?;
        same_but(resources, &Dict::default(), &["XObject"]).ok_or_else(wrong)?;
        let Some(images) = resources.get("XObject") else {
            return Ok(());
        };
        for (_, image) in &images.as_dict().ok_or_else(wrong)?.0 {
            let image = self.xobject(image.as_ref().ok_or_else(wrong)?, "Image", IMAGE)?;
            if let Some(mask) = image.get("SMask") {
                self.xobject(mask.as_ref().ok_or_else(wrong)?, "Image", IMAGE)?;
            }
        }
        Ok(())
    }

    fn dict(&mut self, reference: Ref, keys: &[&str]) -> Checked<&'a Dict> {
        let dict = self.plain(reference)?;
        self.visited.insert(reference.number);
        same_but(dict, &Dict::default(), keys)
            .ok_or_else(|| shape(format!("object {} says too much", reference.number)))?;
        Ok(dict)
    }

    fn plain(&self, reference: Ref) -> Checked<&'a Dict> {
        match self.content.new.get(&reference.number) {
            Some(Indirect::Plain(Object::Dict(dict))) => Ok(dict),
            _ => Err(shape(format!(
                "object {} is not a new dictionary",
                reference.number
            ))),
        }
    }

    fn xobject(&mut self, reference: Ref, kind: &str, keys: &[&str]) -> Checked<&'a Dict> {
        match self.content.new.get(&reference.number) {
            Some(Indirect::Stream(dict, _)) if dict.is_name("Subtype", kind) => {
                self.visited.insert(reference.number);
                same_but(dict, &Dict::default(), keys)
                    .ok_or_else(|| shape(format!("object {} says too much", reference.number)))?;
                Ok(dict)
            }
            _ => Err(shape(format!(
                "object {} is not a new drawing",
                reference.number
            ))),
        }
    }
}

/// Readers take fields of one name for one field, and a full stop for a level.
fn named(field: &Dict, history: &History) -> Checked<()> {
    let name = field.get("T").and_then(Object::as_string);
    let name = crate::object::readable(name.unwrap_or_default());
    if name.is_empty() || name.contains('.') || history.names.get(&name) != Some(&1) {
        return Err(shape("the name of the new field is not its own"));
    }
    Ok(())
}
