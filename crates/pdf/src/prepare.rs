//! One signature as an increment with a gap: prepare, digest, embed.

use std::{ops::Range, sync::Arc};

use crypto::{Digest, Digester, Hash};

use crate::{
    appearance::{Appearance, Forms},
    base::{Base, EmptyField, FormPlace, List, Widgets},
    date::pdf_date,
    error::{PdfError, Result},
    geometry::{Placement, fit},
    increment::{
        HIDDEN, Increment, NO_VIEW, PRINT_LOCKED, RANGE_WIDTH, SIGNATURE_HEAD, SIGNATURE_MIDDLE,
        SIGNATURES_APPEND_ONLY, TIMESTAMP_HEAD, byte_range, write_signature_tail,
    },
    object::{Dict, Object, Ref},
    permissions::NO_CHANGES,
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
    /// Name of the field: new in the file and without full stop, or the full name of a
    /// field that was prepared.
    pub name: &'a str,
    /// Where the signature is.
    pub place: Place<'a>,
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
    /// Makes the first signature of a file say what may follow it.
    pub certify: Option<Certify>,
}

/// Where a signature is.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In a new field, drawn at these placements; without any it is invisible.
    New(&'a [Placement]),
    /// In a field that was prepared in the file, drawn in its widgets.
    Prepared {
        /// The digest of the message; a field can demand one.
        digest: Hash,
    },
}

/// What may follow a certification signature (`DocMDP`, ISO 32000-2, 12.8.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certify {
    /// Nothing but validation data and document timestamps (P = 1).
    NoChanges,
    /// Also values of form fields, and signatures in fields that were prepared or are
    /// invisible (P = 2).
    FormsAndSignatures,
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
/// What is wrong with the name, a placement or the appearance, or what earlier
/// signatures or the field itself forbid.
pub fn prepare(base: &Base, field: &Field) -> std::result::Result<Prepared, PdfError> {
    if field.reserve > RESERVE {
        let (what, limit) = ("bytes for a message", RESERVE);
        return Err(PdfError::TooLarge { what, limit });
    }
    permitted(base, field)?;
    let mut next = base.clone();
    let mut out = Increment::after(base);
    let gap = match field.place {
        Place::New(placements) => {
            check_name(base, field.name)?;
            let widgets = widgets(base, placements, field.appearance, &mut out)?;
            let signature = out.allocate();
            let gap = signature_object(&mut out, signature, field, None, base.root);
            certified(&mut next, field, signature);
            enter(&mut next, field.name, signature, &widgets, &mut out);
            gap
        }
        Place::Prepared { digest } => {
            let empty = base.empty.get(field.name);
            let empty = empty.ok_or_else(|| PdfError::NoSuchField(field.name.to_owned()))?;
            empty.demands.check(field, digest)?;
            let signature = out.allocate();
            let gap = signature_object(&mut out, signature, field, empty.lock.as_ref(), base.root);
            certified(&mut next, field, signature);
            fill(&mut next, empty, signature, field.appearance, &mut out)?;
            gap
        }
    };
    if field.certify.is_some() && !out.holds(next.root) {
        out.object(next.root, &Object::Dict((*next.catalog).clone()));
    }
    next.signatures += 1;
    let mut seed = field.name.as_bytes().to_vec();
    seed.extend(field.time_ms.to_be_bytes());
    let stored = finish(base, &mut next, out, &gap, &seed);
    Ok(Prepared { stored, base: next })
}

/// Lays out the increment for a document timestamp (ISO 32000-2, 12.8.5; PAdES B-LTA) in
/// a new field of this name, which is invisible. What is embedded is the token itself,
/// over the digest that [`Prepared::digest`] gives.
///
/// # Errors
/// What is wrong with the name or the reserve.
pub fn prepare_timestamp(
    base: &Base,
    name: &str,
    reserve: usize,
) -> std::result::Result<Prepared, PdfError> {
    if reserve > RESERVE {
        let (what, limit) = ("bytes for a token", RESERVE);
        return Err(PdfError::TooLarge { what, limit });
    }
    check_name(base, name)?;
    let mut next = base.clone();
    let mut out = Increment::after(base);
    let widgets = widgets(base, &[], None, &mut out)?;
    let timestamp = out.allocate();
    out.begin(timestamp);
    let gap = write_gap(TIMESTAMP_HEAD, reserve, &mut out.bytes);
    out.bytes.extend(b">>");
    out.end();
    enter(&mut next, name, timestamp, &widgets, &mut out);
    next.signatures += 1;
    let stored = finish(base, &mut next, out, &gap, name.as_bytes());
    Ok(Prepared { stored, base: next })
}

/// Whether earlier signatures permit this one.
fn permitted(base: &Base, field: &Field) -> Result<()> {
    let level = base.permissions.level();
    let new_and_seen = matches!(field.place, Place::New(placements) if !placements.is_empty());
    if level == Some(NO_CHANGES) {
        return Err(PdfError::Certified);
    }
    if level.is_some() && new_and_seen && field.appearance.is_some() {
        return Err(PdfError::CertifiedPlace);
    }
    if base.permissions.locked(field.name) {
        return Err(PdfError::FieldLocked(field.name.to_owned()));
    }
    // Rights that a reader's maker granted stand in the same place (12.8.6).
    let taken = base.signatures > 0 || level.is_some() || base.catalog.get("Perms").is_some();
    if field.certify.is_some() && taken {
        return Err(PdfError::AlreadySigned);
    }
    Ok(())
}

/// Ends the increment and fills in what the signature covers.
fn finish(base: &Base, next: &mut Base, out: Increment, gap: &Gap, seed: &[u8]) -> Stored {
    let mut bytes = out.finish(base, next, seed);
    fill_byte_range(&mut bytes, base.length, gap);
    Stored {
        bytes,
        gap: gap.contents.clone(),
        before: base.length,
    }
}

/// Enters a new field into pages and form.
fn enter(next: &mut Base, name: &str, signature: Ref, widgets: &[Widget], out: &mut Increment) {
    let top = field_objects(name, signature, widgets, out);
    for (page, widget) in &top.annotations {
        annotate(next, *page, *widget);
    }
    write_pages(next, &top.annotations, out);
    enter_form(next, top.field, out);
    Arc::make_mut(&mut next.names).insert(field_name(name));
}

/// Signs in a field that is there: its value, and what it shows when it is a widget. Of
/// widgets that are objects of their own there are readers that forbid every change.
fn fill(
    next: &mut Base,
    empty: &EmptyField,
    signature: Ref,
    appearance: Option<&Appearance>,
    out: &mut Increment,
) -> Result<()> {
    let mut field = empty.dict.clone().with("V", signature);
    if let Some(appearance) = appearance {
        let page = match empty.widget {
            Widgets::Own(page) => page.and_then(|page| next.pages.get(page)),
            Widgets::Apart => return Err(PdfError::WidgetsApart(empty.name.clone())),
        };
        // Whoever asks for a look must not believe in one that is not there.
        let (page, rect) = page.zip(empty.rect).ok_or_else(|| {
            let name = empty.name.clone();
            PdfError::FieldUnseen(name)
        })?;
        let rect = page.object.to_seen(rect);
        // A field without area was made to be invisible.
        if has_area(rect) {
            let forms = Forms::of(appearance, &[rect], out)?;
            let form = forms.write_within(page.object.turns, rect, out);
            field.set("AP", Dict::default().with("N", form));
            // Seen, also on paper, and locked.
            let flags = field.int("F").unwrap_or(0) & !(HIDDEN | NO_VIEW);
            field.set("F", flags | PRINT_LOCKED);
        }
    }
    out.object(empty.reference, &field.into());
    let flags = next.form.dict.int("SigFlags").unwrap_or(0);
    if flags & SIGNATURES_APPEND_ONLY != SIGNATURES_APPEND_ONLY {
        next.form
            .dict
            .set("SigFlags", flags | SIGNATURES_APPEND_ONLY);
        write_form(next, out);
    }
    let permissions = Arc::make_mut(&mut next.permissions);
    if let Some(lock) = &empty.lock {
        permissions.lock_by(lock);
    }
    if let Some(level) = empty.level {
        permissions.certify_by(level);
    }
    Arc::make_mut(&mut next.empty).remove(&empty.name);
    Ok(())
}

/// Names the certification in the catalog (12.8.6).
fn certified(next: &mut Base, field: &Field, signature: Ref) {
    if let Some(certify) = field.certify {
        let catalog = Arc::make_mut(&mut next.catalog);
        catalog.set("Perms", Dict::default().with("DocMDP", signature));
        Arc::make_mut(&mut next.permissions).certify_by(certify.level());
    }
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
fn widgets(
    base: &Base,
    placements: &[Placement],
    appearance: Option<&Appearance>,
    out: &mut Increment,
) -> Result<Vec<Widget>> {
    if placements.len() > PLACEMENTS {
        let (what, limit) = ("placements", PLACEMENTS);
        return Err(PdfError::TooLarge { what, limit });
    }
    let rects: Vec<_> = placements.iter().map(|placement| placement.rect).collect();
    let (Some(appearance), false) = (appearance, rects.is_empty()) else {
        let page = base.page(0)?.object.reference;
        return Ok(vec![Widget {
            page: 0,
            dict: widget(page, [0.0; 4]),
        }]);
    };
    for placement in placements {
        base.page(placement.page)?.object.check(placement.rect)?;
    }
    let mut forms = Forms::of(appearance, &rects, out)?;
    let mut widgets = Vec::with_capacity(rects.len());
    for (nth, placement) in placements.iter().enumerate() {
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

/// Whether there is anything to be seen in a rectangle.
fn has_area([x0, y0, x1, y1]: [f64; 4]) -> bool {
    x1 - x0 > 0.1 && y1 - y0 > 0.1
}

/// Where the parts of the signature dictionary lie in the increment.
struct Gap {
    /// Blanks for the numbers of the byte range.
    range: Range<usize>,
    contents: Range<usize>,
}

fn signature_object(
    out: &mut Increment,
    signature: Ref,
    field: &Field,
    lock: Option<&Dict>,
    root: Ref,
) -> Gap {
    out.begin(signature);
    let gap = write_gap(SIGNATURE_HEAD, field.reserve, &mut out.bytes);
    let said = [
        &Object::String(pdf_date(field.time_ms).into_bytes()),
        &Object::text(field.signer),
        &Object::text(field.reason),
    ];
    write_signature_tail(said, &mut out.bytes);
    let transforms = transforms(field.certify, lock, root);
    if !transforms.is_empty() {
        // In front of the end of the dictionary.
        out.bytes.truncate(out.bytes.len() - b">>".len());
        out.bytes.extend(b"/Reference");
        Object::Array(transforms).write(&mut out.bytes);
        out.bytes.extend(b">>");
    }
    out.end();
    gap
}

/// What the signature says of later changes (12.8.2).
fn transforms(certify: Option<Certify>, lock: Option<&Dict>, root: Ref) -> Vec<Object> {
    let reference = |method: &str, parameters: Dict| {
        let parameters = parameters
            .with("Type", Object::name("TransformParams"))
            .with("V", Object::name("1.2"));
        Dict::default()
            .with("Type", Object::name("SigRef"))
            .with("TransformMethod", Object::name(method))
            .with("TransformParams", parameters)
    };
    let mut transforms = Vec::new();
    if let Some(certify) = certify {
        let parameters = Dict::default().with("P", certify.level());
        transforms.push(reference("DocMDP", parameters).into());
    }
    if let Some(lock) = lock {
        // Required for this method, although no reader makes a digest of it any more.
        transforms.push(
            reference("FieldMDP", lock.clone())
                .with("Data", root)
                .into(),
        );
    }
    transforms
}

/// Writes a signature dictionary up to the end of its contents.
fn write_gap(head: &[u8], reserve: usize, out: &mut Vec<u8>) -> Gap {
    out.extend(head);
    let begin = out.len();
    out.resize(begin + RANGE_WIDTH, b' ');
    let range = begin..out.len();
    out.extend(SIGNATURE_MIDDLE);
    let begin = out.len();
    out.push(b'<');
    out.resize(begin + 1 + 2 * reserve, b'0');
    out.push(b'>');
    let contents = begin..out.len();
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
fn field_objects(name: &str, signature: Ref, widgets: &[Widget], out: &mut Increment) -> Top {
    let own = |dict: Dict| {
        dict.with("FT", Object::name("Sig"))
            .with("T", Object::text(name))
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
    write_form(next, out);
}

/// Writes the form where it is, or where it shall be.
fn write_form(next: &mut Base, out: &mut Increment) {
    let form = &mut next.form;
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
