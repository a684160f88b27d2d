//! All that a template can see: its own folder, two fonts, the data, one date.

use std::collections::HashMap;
use std::path::Path;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::Fonts;

/// Files of a template, by their path in its folder.
pub struct Folder {
    library: LazyHash<Library>,
    main: FileId,
    sources: HashMap<FileId, Source>,
    files: HashMap<FileId, Bytes>,
}

impl Folder {
    /// `files` are names and contents; `main` is the name of one of them.
    pub fn new(main: &str, files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Option<Self> {
        let mut folder = Self {
            library: LazyHash::new(Library::default()),
            main: id(main)?,
            sources: HashMap::new(),
            files: HashMap::new(),
        };
        for (name, bytes) in files {
            let id = id(&name)?;
            if Path::new(&name).extension().is_some_and(|e| e == "typ") {
                folder
                    .sources
                    .insert(id, Source::new(id, String::from_utf8(bytes).ok()?));
            } else {
                folder.files.insert(id, Bytes::new(bytes));
            }
        }
        folder.sources.contains_key(&folder.main).then_some(folder)
    }
}

/// Name of a file in the template's folder, as Typst knows it. Typst keeps the
/// names for ever, but there are only as many as templates have files.
pub fn id(name: &str) -> Option<FileId> {
    Some(RootedPath::new(VirtualRoot::Project, VirtualPath::new(name).ok()?).intern())
}

/// One compilation.
pub struct TemplateWorld<'a> {
    pub folder: &'a Folder,
    pub fonts: &'a Fonts,
    /// A file that is added to the folder's.
    pub data: (FileId, Bytes),
    pub date: Option<Datetime>,
}

impl World for TemplateWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.folder.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.folder.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.folder
            .sources
            .get(&id)
            .cloned()
            .ok_or_else(|| absent(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data.0 {
            return Ok(self.data.1.clone());
        }
        self.folder
            .files
            .get(&id)
            .cloned()
            .ok_or_else(|| absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index)
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        self.date
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
