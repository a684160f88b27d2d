//! What cannot be signed safely is refused before anything else happens to it.

use std::collections::BTreeMap;

use crate::{
    error::{PdfError, Result},
    object::{Dict, Object},
    reader::{File, Indirect},
};

/// Fonts that every reader has (ISO 32000-1, 9.6.2.2).
const STANDARD: [&str; 4] = ["Courier", "Helvetica", "Times-", "Symbol"];
const PROGRAMS: [&str; 3] = ["FontFile", "FontFile2", "FontFile3"];

/// Reads every object of the file that is in use, refuses what could show one thing
/// today and another tomorrow, and returns the first object number that nothing in
/// the file uses or speaks of.
pub(crate) fn inspect(file: &File, catalog: &Dict) -> Result<u32> {
    let mut highest = file
        .trailer
        .int("Size")
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(1);
    let mut descriptors = BTreeMap::new();
    let mut fonts = Vec::new();
    for number in file.numbers() {
        highest = highest.max(number.saturating_add(1));
        let object = match file.object(number)? {
            Some(Indirect::Plain(object)) => object,
            Some(Indirect::Stream(dict, _)) => Object::Dict(dict),
            None => continue,
        };
        look(number, &object, &mut |part| match part {
            Object::Reference(to) => {
                highest = highest.max(to.number.saturating_add(1));
                Ok(())
            }
            Object::Dict(dict) => {
                if dict.is_name("Type", "FontDescriptor") {
                    let embedded = PROGRAMS.iter().any(|key| dict.get(key).is_some());
                    descriptors.insert(number, embedded);
                } else if dict.is_name("Type", "Font") {
                    fonts.push(dict.clone());
                }
                action(number, dict)
            }
            _ => Ok(()),
        })?;
    }
    for font in fonts {
        check_font(&font, &descriptors)?;
    }
    check_catalog(file, catalog)?;
    if highest > 8_000_000 {
        return Err(PdfError::TooLarge {
            what: "objects",
            limit: 8_000_000,
        });
    }
    Ok(highest)
}

/// Visits all parts of an object; the parser has limited how deep they nest.
fn look(number: u32, object: &Object, visit: &mut impl FnMut(&Object) -> Result<()>) -> Result<()> {
    visit(object)?;
    match object {
        Object::Array(items) => items.iter().try_for_each(|item| look(number, item, visit)),
        Object::Dict(dict) => dict
            .0
            .iter()
            .try_for_each(|(_, value)| look(number, value, visit)),
        _ => Ok(()),
    }
}

fn action(number: u32, dict: &Dict) -> Result<()> {
    if dict.is_name("S", "JavaScript") || (dict.get("S").is_some() && dict.get("JS").is_some()) {
        return Err(PdfError::JavaScript(number));
    }
    if dict.is_name("S", "Launch") {
        return Err(PdfError::LaunchAction(number));
    }
    Ok(())
}

fn check_font(font: &Dict, descriptors: &BTreeMap<u32, bool>) -> Result<()> {
    if font.is_name("Subtype", "Type0") || font.is_name("Subtype", "Type3") {
        return Ok(());
    }
    let embedded = match font.get("FontDescriptor") {
        Some(Object::Reference(to)) => descriptors.get(&to.number).copied().unwrap_or(false),
        Some(Object::Dict(dict)) => PROGRAMS.iter().any(|key| dict.get(key).is_some()),
        _ => false,
    };
    let name = font
        .get("BaseFont")
        .and_then(Object::as_name)
        .unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    let standard = name == "ZapfDingbats" || STANDARD.iter().any(|known| name.starts_with(known));
    if embedded || (standard && font.is_name("Subtype", "Type1")) {
        return Ok(());
    }
    Err(PdfError::FontNotEmbedded(name))
}

fn check_catalog(file: &File, catalog: &Dict) -> Result<()> {
    if let Some(form) = file.dict(catalog.get("AcroForm"))?
        && form.get("XFA").is_some()
    {
        return Err(PdfError::Xfa);
    }
    if let Some(names) = file.dict(catalog.get("Names"))?
        && let Some(Object::Reference(to)) = names.get("JavaScript")
    {
        return Err(PdfError::JavaScript(to.number));
    }
    if let Some(layers) = file.dict(catalog.get("OCProperties"))?
        && let Some(shown) = file.dict(layers.get("D"))?
    {
        let off = file.value(&shown, "OFF")?;
        if off.as_array().is_some_and(|off| !off.is_empty()) || shown.is_name("BaseState", "OFF") {
            return Err(PdfError::HiddenLayers);
        }
    }
    if certified(file, catalog)? {
        return Err(PdfError::Certified);
    }
    Ok(())
}

/// Does a certification signature forbid all changes (12.8.2.2, P = 1)?
fn certified(file: &File, catalog: &Dict) -> Result<bool> {
    let Some(permissions) = file.dict(catalog.get("Perms"))? else {
        return Ok(false);
    };
    let Some(signature) = file.dict(permissions.get("DocMDP"))? else {
        return Ok(false);
    };
    let references = file.value(&signature, "Reference")?;
    for reference in references.as_array().unwrap_or_default() {
        if let Some(reference) = file.dict(Some(reference))?
            && let Some(parameters) = file.dict(reference.get("TransformParams"))?
            && parameters.int("P") == Some(1)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
