//! What cannot be signed safely is refused before anything else happens to it.

mod widths;

use std::collections::BTreeSet;

use crate::{
    error::{PdfError, Result},
    object::{Dict, Object, Ref},
    policy::Policy,
    reader::{File, Indirect, survey},
};
use widths::Widths;

/// Fonts that every reader has (ISO 32000-1, 9.6.2.2).
const STANDARD: [&str; 4] = ["Courier", "Helvetica", "Times-", "Symbol"];
/// Actions that change what is shown, or carry form data in or out (12.6.4, 12.7.6).
const ACTIONS: [&str; 10] = [
    "GoToE",
    "Hide",
    "ImportData",
    "Movie",
    "Rendition",
    "ResetForm",
    "RichMediaExecute",
    "SetOCGState",
    "Sound",
    "SubmitForm",
];
/// When a layer may switch itself, and where it says so (8.11.4.4).
const STATES: [(&str, &str); 3] = [
    ("View", "ViewState"),
    ("Print", "PrintState"),
    ("Export", "ExportState"),
];
const PROGRAMS: [&str; 3] = ["FontFile", "FontFile2", "FontFile3"];

/// Reads every object of the file that is in use, refuses what could show one thing
/// today and another tomorrow, unless the policy lets it in, and returns the first object
/// number that nothing in the file uses or speaks of. `lists` are the arrays that signing
/// may add to.
pub(crate) fn inspect(
    file: &File,
    catalog: &Dict,
    policy: Policy,
    lists: impl IntoIterator<Item = Ref>,
) -> Result<u32> {
    let mut embedded = BTreeSet::new();
    let mut fonts = Vec::new();
    let mut widths = Widths::default();
    let next = survey(file, lists, |number, part| {
        let Object::Dict(dict) = part else {
            return Ok(());
        };
        if PROGRAMS.iter().any(|key| dict.get(key).is_some()) {
            embedded.insert(number);
        } else if dict.is_name("Type", "Font") {
            fonts.push(dict.clone());
        }
        if !policy.embedded_files
            && (dict.get("EF").is_some() || dict.is_name("Type", "EmbeddedFile"))
        {
            return Err(PdfError::EmbeddedFile(number));
        }
        // Of other dictionaries, such as borders, this is no array.
        widths.check(file, dict)?;
        action(file, number, dict, policy)
    })?;
    if !policy.fonts_not_embedded {
        for font in fonts {
            check_font(&font, &embedded)?;
        }
    }
    check_catalog(file, catalog, policy)?;
    Ok(next)
}

fn action(file: &File, number: u32, dict: &Dict, policy: Policy) -> Result<()> {
    let Some(kind) = dict.get("S") else {
        return Ok(());
    };
    // Only a name is a kind: other dictionaries have streams under this key.
    let apart = match kind {
        Object::Reference(to) => file.object(to.number)?,
        _ => None,
    };
    let kind = match &apart {
        Some(Indirect::Plain(kind)) => kind,
        _ => kind,
    };
    let script = kind.as_name() == Some(b"JavaScript") || dict.get("JS").is_some();
    if script && !policy.javascript {
        return Err(PdfError::JavaScript(number));
    }
    if kind.as_name() == Some(b"Launch") && !policy.launch_actions {
        return Err(PdfError::LaunchAction(number));
    }
    let kind = kind.as_name().unwrap_or_default();
    if !policy.actions && ACTIONS.iter().any(|action| action.as_bytes() == kind) {
        let kind = String::from_utf8_lossy(kind).into_owned();
        return Err(PdfError::Action {
            object: number,
            kind,
        });
    }
    Ok(())
}

fn check_font(font: &Dict, embedded: &BTreeSet<u32>) -> Result<()> {
    if font.is_name("Subtype", "Type0") || font.is_name("Subtype", "Type3") {
        return Ok(());
    }
    let has_program = match font.get("FontDescriptor") {
        Some(Object::Reference(to)) => embedded.contains(&to.number),
        Some(Object::Dict(dict)) => PROGRAMS.iter().any(|key| dict.get(key).is_some()),
        _ => false,
    };
    let name = font
        .get("BaseFont")
        .and_then(Object::as_name)
        .unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    let standard = name == "ZapfDingbats" || STANDARD.iter().any(|known| name.starts_with(known));
    if has_program || (standard && font.is_name("Subtype", "Type1")) {
        return Ok(());
    }
    Err(PdfError::FontNotEmbedded(name))
}

fn check_catalog(file: &File, catalog: &Dict, policy: Policy) -> Result<()> {
    if !policy.xfa
        && let Some(form) = file.dict(catalog.get("AcroForm"))?
        && form.get("XFA").is_some()
    {
        return Err(PdfError::Xfa);
    }
    if !policy.javascript
        && let Some(names) = file.dict(catalog.get("Names"))?
        && let Some(Object::Reference(to)) = names.get("JavaScript")
    {
        return Err(PdfError::JavaScript(to.number));
    }
    if let Some(layers) = file.dict(catalog.get("OCProperties"))? {
        let groups = file.value(&layers, "OCGs")?;
        let some = groups.as_array().is_some_and(|groups| !groups.is_empty());
        match hidden(file, &layers)? {
            true if !policy.hidden_layers => return Err(PdfError::HiddenLayers),
            false if some && !policy.layers => return Err(PdfError::Layers),
            _ => {}
        }
    }
    Ok(())
}

/// Is a layer switched off, by the configuration that every reader begins with or by
/// what happens to the file, such as printing (8.11.4)?
fn hidden(file: &File, layers: &Dict) -> Result<bool> {
    let Some(shown) = file.dict(layers.get("D"))? else {
        return Ok(false);
    };
    let some = |list: Object| list.as_array().is_some_and(|list| !list.is_empty());
    let state = file.value(&shown, "BaseState")?;
    if some(file.value(&shown, "OFF")?) || state.as_name() == Some(b"OFF") {
        return Ok(true);
    }
    if !some(file.value(&shown, "AS")?) {
        return Ok(false);
    }
    let groups = file.value(layers, "OCGs")?;
    for group in groups.as_array().unwrap_or_default() {
        let Some(group) = file.dict(Some(group))? else {
            continue;
        };
        let Some(usage) = file.dict(group.get("Usage"))? else {
            continue;
        };
        for (when, state) in STATES {
            if let Some(usage) = file.dict(usage.get(when))?
                && file.value(&usage, state)?.as_name() == Some(b"OFF")
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
