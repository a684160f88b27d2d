//! What must be known of a file to append to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    demands::Demands,
    door::inspect,
    error::{PdfError, Result, damaged},
    object::{Dict, Object, Ref, readable},
    permissions::{NO_CHANGES, Permissions, level, resolved},
    policy::Policy,
    reader::{
        Entry, File, Style,
        form::{Node, nodes},
        pages,
        pages::PageObject,
    },
    validation::Store,
    verify::field::judgeable,
};

/// Most fields of a form.
const FIELDS: usize = 10_000;

/// All that must be known of a file to append a signature to it: where it ends, its
/// page and form objects. Small, cheap to clone, and independent of the file's bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    pub(crate) length: usize,
    pub(crate) startxref: usize,
    pub(crate) style: Style,
    /// First object number that nothing uses or speaks of.
    pub(crate) next: u32,
    pub(crate) root: Ref,
    pub(crate) catalog: Arc<Dict>,
    pub(crate) info: Option<Object>,
    /// Both parts of the file identifier (14.4).
    pub(crate) id: Option<[Vec<u8>; 2]>,
    pub(crate) form: Form,
    pub(crate) pages: Arc<Vec<Arc<Page>>>,
    /// Names of the fields at the top of the form.
    pub(crate) names: Arc<BTreeSet<Vec<u8>>>,
    /// How many fields have a signature.
    pub(crate) signatures: usize,
    /// What those signatures permit.
    pub(crate) permissions: Arc<Permissions>,
    /// Empty signature fields by their full names.
    pub(crate) empty: Arc<BTreeMap<String, EmptyField>>,
    pub(crate) store: Arc<Store>,
}

/// A signature field that somebody prepared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EmptyField {
    pub(crate) name: String,
    pub(crate) reference: Ref,
    pub(crate) dict: Dict,
    pub(crate) widget: Widgets,
    /// Its rectangle in the page's own units.
    pub(crate) rect: Option<[f64; 4]>,
    /// What locks fields when it is signed (12.7.5.5), with its values.
    pub(crate) lock: Option<Dict>,
    /// The level of certification that the lock brings along.
    pub(crate) level: Option<i64>,
    /// What it demands of its signature (12.7.5.5, table 237).
    pub(crate) demands: Demands,
}

/// Where a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Widgets {
    /// It is its own widget, on this page, counted from 0.
    Own(Option<usize>),
    /// Its widgets are objects of their own.
    Apart,
}

/// The interactive form (12.7.3).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Form {
    pub(crate) place: FormPlace,
    pub(crate) dict: Dict,
    pub(crate) fields: List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FormPlace {
    Absent,
    InCatalog,
    Object(Ref),
}

impl FormPlace {
    fn object(self) -> Option<Ref> {
        match self {
            Self::Object(object) => Some(object),
            Self::Absent | Self::InCatalog => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Page {
    pub(crate) object: PageObject,
    pub(crate) annotations: List,
}

/// An array that grows: in its dictionary, or an object of its own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List {
    pub(crate) object: Option<Ref>,
    pub(crate) items: Vec<Object>,
}

impl Base {
    /// Reads a file from untrusted bytes and refuses, by name, what cannot be signed
    /// safely: damage, encryption, scripts, XFA, files within it, hidden layers, fonts
    /// that are not embedded.
    ///
    /// Runs in time linear in the number of objects.
    pub fn read(file: &[u8]) -> std::result::Result<Self, PdfError> {
        Self::read_by(file, Policy::STRICT)
    }

    /// The same, but lets in what the policy names.
    pub fn read_by(file: &[u8], policy: Policy) -> std::result::Result<Self, PdfError> {
        let file = File::open(file)?;
        let (root, catalog) = file.catalog()?;
        let pages = pages::pages(&file, &catalog)?;
        let form_dict = file.dict(catalog.get("AcroForm"))?;
        let fields = form_dict.as_ref().and_then(|form| form.get("Fields"));
        let annotations = pages.iter().map(|page| page.dict.get("Annots"));
        let lists = annotations.chain([fields]).flatten();
        let lists = lists.filter_map(Object::as_ref);
        // A reference to nothing is no list.
        let lists = lists.filter(|list| file.entry(list.number).is_some_and(|e| e != Entry::Free));
        let next = inspect(&file, &catalog, policy, lists)?;
        let mut all = Vec::new();
        for object in pages {
            let annotations = list(&file, object.dict.get("Annots"))?;
            all.push(Arc::new(Page {
                object,
                annotations,
            }));
        }
        let form = form(&file, &catalog)?;
        judgeable(&file, &catalog)?;
        let names = names(&file, &form.fields.items)?;
        let nodes = nodes(&file, &form.dict)?;
        let (signatures, permissions) = signed(&file, &catalog, &nodes)?;
        if permissions.level() == Some(NO_CHANGES) && !policy.certified {
            return Err(PdfError::Certified);
        }
        let empty = empty(&file, &nodes, &all)?;
        let store = Store::read(&file, &catalog)?;
        let info = file.trailer.get("Info").and_then(Object::as_ref);
        let fields = nodes.keys().map(|field| Some(*field));
        let of_form = [form.place.object(), form.fields.object];
        let of_pages = all
            .iter()
            .flat_map(|page| [Some(page.object.reference), page.annotations.object]);
        apart(
            [Some(root), store.place, info]
                .into_iter()
                .chain(of_form)
                .chain(of_pages)
                .chain(fields),
        )?;
        Ok(Self {
            length: file.bytes.len(),
            startxref: file.startxref,
            style: file.style,
            next,
            root,
            catalog: Arc::new(catalog),
            info: file.trailer.get("Info").cloned(),
            id: identifier(&file)?,
            form,
            pages: Arc::new(all),
            names: Arc::new(names),
            signatures,
            permissions: Arc::new(permissions),
            empty: Arc::new(empty),
            store: Arc::new(store),
        })
    }

    /// Length of the file in bytes; the next increment begins there.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many pages the file has.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.pages.len()
    }

    /// Full names of the signature fields that were prepared in the file and are empty.
    pub fn prepared_fields(&self) -> impl Iterator<Item = &str> {
        self.empty.keys().map(String::as_str)
    }

    /// Width and height in points of a page, counted from 0, as it is seen: cropped
    /// and turned.
    pub fn page_size(&self, page: usize) -> std::result::Result<[f64; 2], PdfError> {
        Ok(self.page(page)?.object.size())
    }

    pub(crate) fn page(&self, page: usize) -> Result<&Page> {
        let found = self.pages.get(page);
        found.map(Arc::as_ref).ok_or(PdfError::NoSuchPage {
            page,
            pages: self.pages.len(),
        })
    }
}

fn list(file: &File, object: Option<&Object>) -> Result<List> {
    let place = object.and_then(Object::as_ref);
    let array = object.map_or(Ok(Object::Null), |object| file.resolve(object))?;
    match array {
        Object::Array(items) => Ok(List {
            object: place,
            items,
        }),
        // A reference to nothing is no list; the dictionary gets a new one.
        Object::Null => Ok(List {
            object: None,
            items: Vec::new(),
        }),
        _ => damaged("expected an array", 0),
    }
}

fn form(file: &File, catalog: &Dict) -> Result<Form> {
    let object = catalog.get("AcroForm");
    let (place, dict) = match (object, file.dict(object)?) {
        (_, None) => (FormPlace::Absent, Dict::default()),
        (Some(Object::Reference(to)), Some(dict)) => (FormPlace::Object(*to), dict),
        (_, Some(dict)) => (FormPlace::InCatalog, dict),
    };
    let fields = list(file, dict.get("Fields"))?;
    Ok(Form {
        place,
        dict,
        fields,
    })
}

/// Each object that signing may write anew has one part: one that is form and page at
/// once would be written twice.
fn apart(parts: impl Iterator<Item = Option<Ref>>) -> Result<()> {
    let mut seen = BTreeSet::new();
    if parts.flatten().all(|part| seen.insert(part.number)) {
        return Ok(());
    }
    damaged(
        "an object is two of catalog, form, field, page and their lists",
        0,
    )
}

/// Names that look the same are one, however they are written.
fn names(file: &File, fields: &[Object]) -> Result<BTreeSet<Vec<u8>>> {
    if fields.len() > FIELDS {
        return Err(PdfError::TooLarge {
            what: "form fields",
            limit: FIELDS,
        });
    }
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for field in fields {
        if field.as_ref().is_some_and(|field| !seen.insert(field)) {
            return damaged("a field is in the form twice", 0);
        }
        if let Some(field) = file.dict(Some(field))?
            && let Object::String(name) = file.value(&field, "T")?
            && let Object::String(name) = Object::text(&readable(&name))
        {
            names.insert(name);
        }
    }
    Ok(names)
}

/// How many fields have a signature, and what these permit together.
fn signed(
    file: &File,
    catalog: &Dict,
    nodes: &BTreeMap<Ref, Node>,
) -> Result<(usize, Permissions)> {
    let mut permissions = Permissions::default();
    let mut values = BTreeSet::new();
    for node in nodes.values().filter(|node| node.kind == b"Sig") {
        if let Some(signature) = file.dict(node.dict.get("V"))? {
            values.insert(node.dict.get("V").and_then(Object::as_ref));
            permissions.and(&Permissions::read(file, &signature, &node.dict)?);
        }
    }
    // A certification that is in no field is taken at its word as well.
    if let Some(certified) = file.dict(catalog.get("Perms"))?
        && let Some(signature) = file.dict(certified.get("DocMDP"))?
    {
        permissions.and(&Permissions::read(file, &signature, &Dict::default())?);
    }
    Ok((values.len(), permissions))
}

/// The signature fields without a signature.
fn empty(
    file: &File,
    nodes: &BTreeMap<Ref, Node>,
    pages: &[Arc<Page>],
) -> Result<BTreeMap<String, EmptyField>> {
    let mut shown = BTreeMap::new();
    for (at, page) in pages.iter().enumerate() {
        let widgets = page.annotations.items.iter().filter_map(Object::as_ref);
        shown.extend(widgets.map(|widget| (widget, at)));
    }
    let mut empty = BTreeMap::new();
    let fields = nodes.iter().filter(|(_, node)| node.kind == b"Sig");
    for (reference, Node { name, dict, .. }) in fields {
        // Widgets have no name of their own, and what has a value is signed.
        if dict.get("T").is_none() || !matches!(file.value(dict, "V")?, Object::Null) {
            continue;
        }
        let kids = file.value(dict, "Kids")?;
        let kids = kids.as_array().unwrap_or_default().iter();
        let mut kids = kids.filter_map(|kid| nodes.get(&kid.as_ref()?));
        let widget = match kids.next() {
            None => Widgets::Own(shown.get(reference).copied()),
            // A group of fields, and no field itself.
            Some(kid) if kid.dict.get("T").is_some() => continue,
            Some(_) => Widgets::Apart,
        };
        let lock = file.dict(dict.get("Lock"))?;
        let field = EmptyField {
            name: name.clone(),
            reference: *reference,
            dict: dict.clone(),
            widget,
            rect: rectangle(file, dict)?,
            level: level(file, lock.as_ref())?,
            lock: lock.map(|lock| resolved(file, &lock)).transpose()?,
            demands: Demands::read(file, dict)?,
        };
        if empty.insert(name.clone(), field).is_some() {
            return damaged("two fields of the form have one name", 0);
        }
    }
    Ok(empty)
}

/// `/Rect` of a widget, when it is four numbers.
fn rectangle(file: &File, dict: &Dict) -> Result<Option<[f64; 4]>> {
    let sides = file.value(dict, "Rect")?;
    let mut numbers = Vec::with_capacity(4);
    for side in sides.as_array().unwrap_or_default().iter().take(5) {
        numbers.extend(file.resolve(side)?.as_number());
    }
    Ok(numbers.try_into().ok())
}

fn identifier(file: &File) -> Result<Option<[Vec<u8>; 2]>> {
    let id = file.value(&file.trailer, "ID")?;
    match id.as_array() {
        Some([Object::String(first), Object::String(second)]) => {
            Ok(Some([first.clone(), second.clone()]))
        }
        None => Ok(None),
        Some(_) => damaged("a file identifier that is none", file.startxref),
    }
}
