//! One signature as an increment with a gap: prepare, digest, embed.

use std::{ops::Range, sync::Arc};

use crypto::{Digest, Digester, Hash, digest};

use crate::{
    appearance::{Appearance, Forms},
    base::{Base, FormPlace, List},
    date::pdf_date,
    error::{PdfError, Result},
    geometry::{Placement, fit},
    increment::{
        Increment, PRINT_LOCKED, RANGE_WIDTH, SIGNATURE_HEAD, SIGNATURE_MIDDLE,
        SIGNATURES_APPEND_ONLY, byte_range, write_signature_tail,
    },
    object::{Dict, Object, Ref},
    stored::Stored,
};

/// Longest field name in bytes.
const NAME: usize = 127;
/// Most placements of one signature.
const PLACEMENTS: usize = 1000;
/// Most bytes that may be kept for a message.
const RESERVE: usize = 1 << 20;

/// A signature that shall be made.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Name of the field, new in the file, without full stop.
    pub name: &'a str,
    /// Where the appearance is drawn; nowhere makes the signature invisible.
    pub placements: &'a [Placement],
    /// What is drawn, its shape kept, in the middle of each placement.
    pub appearance: Option<&'a Appearance>,
    /// Name of the signer, for readers that show it.
    pub signer: &'a str,
    /// Why it was signed, for readers that show it.
    pub reason: &'a str,
    /// The time that is claimed, unix milliseconds. The proven one is in the timestamp.
    pub time_ms: i64,
    /// Bytes that are kept for the CMS message.
    pub reserve: usize,
}

/// An increment whose signature is still missing.
#[derive(Debug, Clone)]
pub struct Prepared {
    stored: Stored,
    base: Base,
}

/// Lays out the increment for a signature. Runs in time linear in the increment,
/// whatever the file's length.
///
/// # Errors
/// What is wrong with the name, a placement or the appearance.
pub fn prepare(base: &Base, field: &Field) -> std::result::Result<Prepared, PdfError> {
    check_name(base, field.name)?;
    if field.reserve > RESERVE || field.placements.len() > PLACEMENTS {
        return Err(PdfError::TooLarge {
            what: "bytes or placements",
            limit: RESERVE,
        });
    }
    let mut next = base.clone();
    let mut out = Increment::after(base);
    let widgets = widgets(base, field, &mut out)?;
    let signature = out.allocate();
    let gap = signature_object(&mut out, signature, field);
    let top = field_objects(field, signature, &widgets, &mut out);
    for (page, widget) in &top.annotations {
        annotate(&mut next, *page, *widget);
    }
    write_pages(&next, &top.annotations, &mut out);
    enter_form(&mut next, top.field, &mut out);
    let id = base.id.as_ref().map(|[first, second]| {
        let mut seed = second.clone();
        seed.extend(field.name.bytes());
        seed.extend(field.time_ms.to_be_bytes());
        [
            first.clone(),
            digest(Hash::Sha256, &seed).as_bytes()[..16].to_vec(),
        ]
    });
    let (startxref, free) = out.finish(base, id.clone());
    let mut bytes = out.bytes;
    fill_byte_range(&mut bytes, base.length, &gap);
    next.length = base.length + bytes.len();
    next.startxref = startxref;
    next.next = free;
    next.id = id;
    Arc::make_mut(&mut next.names).insert(field_name(field.name));
    let stored = Stored {
        bytes,
        gap: gap.contents,
        before: base.length,
    };
    Ok(Prepared { stored, base: next })
}

impl Prepared {
    /// Digest of all bytes that the signature covers. `prefix` is the state after the
    /// whole file before the increment.
    #[must_use]
    pub fn digest(&self, prefix: &Digester) -> Digest {
        self.stored.digest(prefix)
    }

    /// The increment alone, which can be kept for as long as its signer needs.
    #[must_use]
    pub fn into_stored(self) -> Stored {
        self.stored
    }

    /// Puts the DER of the message into the gap. Gives the increment, to be appended
    /// to the file, and what must be known to append to the result.
    ///
    /// # Errors
    /// [`PdfError::NoRoom`] when the message is longer than what was kept for it.
    pub fn embed(self, cms: &[u8]) -> std::result::Result<(Vec<u8>, Base), PdfError> {
        Ok((self.stored.embed(cms)?, self.base))
    }
}

fn field_name(name: &str) -> Vec<u8> {
    match Object::text(name) {
        Object::String(bytes) => bytes,
        _ => Vec::new(),
    }
}

fn check_name(base: &Base, name: &str) -> Result<()> {
    if name.is_empty() || name.len() > NAME || name.contains('.') {
        return Err(PdfError::BadFieldName(name.to_owned()));
    }
    if base.names.contains(&field_name(name)) {
        return Err(PdfError::FieldTaken(name.to_owned()));
    }
    Ok(())
}

/// A widget that is still to be written: its page and its dictionary.
struct Widget {
    page: usize,
    dict: Dict,
}

fn widget(page: Ref, rect: [f64; 4]) -> Dict {
    Dict::default()
        .with("Type", Object::name("Annot"))
        .with("Subtype", Object::name("Widget"))
        .with("Rect", rect)
        .with("P", page)
        .with("F", PRINT_LOCKED)
}

/// Draws the appearance and lays out a widget for each placement.
fn widgets(base: &Base, field: &Field, out: &mut Increment) -> Result<Vec<Widget>> {
    let rects: Vec<_> = field
        .placements
        .iter()
        .map(|placement| placement.rect)
        .collect();
    let (Some(appearance), false) = (field.appearance, rects.is_empty()) else {
        let page = base.page(0)?.object.reference;
        return Ok(vec![Widget {
            page: 0,
            dict: widget(page, [0.0; 4]),
        }]);
    };
    for placement in field.placements {
        base.page(placement.page)?.object.check(placement.rect)?;
    }
    let mut forms = Forms::of(appearance, &rects, out)?;
    let mut widgets = Vec::with_capacity(rects.len());
    for (nth, placement) in field.placements.iter().enumerate() {
        let page = &base.page(placement.page)?.object;
        let (form, size) = forms.write(nth, page.turns, out);
        let (rect, _) = fit(size, placement.rect);
        let dict =
            widget(page.reference, page.to_user(rect)).with("AP", Dict::default().with("N", form));
        widgets.push(Widget {
            page: placement.page,
            dict,
        });
    }
    Ok(widgets)
}

/// Where the parts of the signature dictionary lie in the increment.
struct Gap {
    /// Blanks for the numbers of the byte range.
    range: Range<usize>,
    contents: Range<usize>,
}

fn signature_object(out: &mut Increment, signature: Ref, field: &Field) -> Gap {
    out.begin(signature);
    out.bytes.extend(SIGNATURE_HEAD);
    let begin = out.bytes.len();
    out.bytes.resize(begin + RANGE_WIDTH, b' ');
    let range = begin..out.bytes.len();
    out.bytes.extend(SIGNATURE_MIDDLE);
    let begin = out.bytes.len();
    out.bytes.push(b'<');
    out.bytes.resize(begin + 1 + 2 * field.reserve, b'0');
    out.bytes.push(b'>');
    let contents = begin..out.bytes.len();
    let said = [
        &Object::String(pdf_date(field.time_ms).into_bytes()),
        &Object::text(field.signer),
        &Object::text(field.reason),
    ];
    write_signature_tail(said, &mut out.bytes);
    out.end();
    Gap { range, contents }
}

/// Writes offset and length of the two parts that are signed, blanks after them.
fn fill_byte_range(bytes: &mut [u8], before: usize, gap: &Gap) {
    let contents = (before + gap.contents.start, before + gap.contents.end);
    let text = byte_range(contents, before + bytes.len());
    bytes[gap.range.start..gap.range.start + text.len()].copy_from_slice(text.as_bytes());
}

/// The field and its annotations, each with its page.
struct Top {
    field: Ref,
    annotations: Vec<(usize, Ref)>,
}

/// Writes the field: one dictionary with its widget, or a field with several.
fn field_objects(field: &Field, signature: Ref, widgets: &[Widget], out: &mut Increment) -> Top {
    let own = |dict: Dict| {
        dict.with("FT", Object::name("Sig"))
            .with("T", Object::text(field.name))
            .with("V", signature)
    };
    let top = out.allocate();
    if let [widget] = widgets {
        out.object(top, &own(widget.dict.clone()).into());
        return Top {
            field: top,
            annotations: vec![(widget.page, top)],
        };
    }
    let mut annotations = Vec::with_capacity(widgets.len());
    for widget in widgets {
        let reference = out.allocate();
        // The value is the field's (12.7.4.1), but there are readers that ask each widget
        // for it, and call the field unsigned when it has none.
        let dict = widget.dict.clone();
        let dict = dict.with("Parent", top).with("V", signature);
        out.object(reference, &dict.into());
        annotations.push((widget.page, reference));
    }
    let kids = annotations
        .iter()
        .map(|(_, kid)| Object::from(*kid))
        .collect();
    out.object(
        top,
        &own(Dict::default())
            .with("Kids", Object::Array(kids))
            .into(),
    );
    Top {
        field: top,
        annotations,
    }
}

/// Enters a widget into its page, in memory.
fn annotate(next: &mut Base, page: usize, widget: Ref) {
    if let Some(page) = Arc::make_mut(&mut next.pages).get_mut(page) {
        let page = Arc::make_mut(page);
        page.annotations.items.push(widget.into());
        if page.annotations.object.is_none() {
            let items = page.annotations.items.clone();
            page.object.dict.set("Annots", Object::Array(items));
        }
    }
}

/// Writes each page that got an annotation once, or its array.
fn write_pages(next: &Base, annotations: &[(usize, Ref)], out: &mut Increment) {
    let mut changed: Vec<usize> = annotations.iter().map(|(page, _)| *page).collect();
    changed.sort_unstable();
    changed.dedup();
    for page in changed.into_iter().filter_map(|page| next.pages.get(page)) {
        match page.annotations.object {
            Some(array) => out.object(array, &Object::Array(page.annotations.items.clone())),
            None => out.object(page.object.reference, &page.object.dict.clone().into()),
        }
    }
}

/// Enters the field into the form and writes whatever of it changed.
fn enter_form(next: &mut Base, field: Ref, out: &mut Increment) {
    let form = &mut next.form;
    form.fields.items.push(field.into());
    if let List {
        object: Some(array),
        items,
    } = &form.fields
    {
        out.object(*array, &Object::Array(items.clone()));
    } else {
        form.dict
            .set("Fields", Object::Array(form.fields.items.clone()));
    }
    let flags = form.dict.int("SigFlags").unwrap_or(0) | SIGNATURES_APPEND_ONLY;
    form.dict.set("SigFlags", flags);
    match form.place {
        FormPlace::Object(reference) => out.object(reference, &form.dict.clone().into()),
        FormPlace::InCatalog => {
            Arc::make_mut(&mut next.catalog).set("AcroForm", form.dict.clone());
            out.object(next.root, &Object::Dict((*next.catalog).clone()));
        }
        FormPlace::Absent => {
            let reference = out.allocate();
            form.place = FormPlace::Object(reference);
            out.object(reference, &form.dict.clone().into());
            Arc::make_mut(&mut next.catalog).set("AcroForm", reference);
            out.object(next.root, &Object::Dict((*next.catalog).clone()));
        }
    }
}
