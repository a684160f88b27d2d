//! The two Chinese fonts, parsed once and shared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

const SERIF: &str = "NotoSerifSC-Regular.otf";
const SANS: &str = "NotoSansSC-Regular.otf";

/// The fonts of all documents: Noto Serif SC to read, Noto Sans SC for headings.
///
/// Clones share the parsed fonts. There are no others: what they cannot show is
/// refused, not replaced.
#[derive(Clone)]
pub struct Fonts(Arc<Shelf>);

struct Shelf {
    book: LazyHash<FontBook>,
    fonts: [Font; 2],
    bytes: [Arc<Vec<u8>>; 2],
}

/// Why there are no fonts.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// A file is missing or unreadable.
    #[error("the font {path} cannot be read: {source}; run ./dev setup", path = path.display())]
    Read {
        /// The font file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no font.
    #[error("the font {path} is damaged; delete it and run ./dev setup", path = .0.display())]
    Damaged(PathBuf),
}

impl Fonts {
    /// Reads `NotoSerifSC-Regular.otf` and `NotoSansSC-Regular.otf` in `dir`.
    pub fn load(dir: &Path) -> Result<Self, FontError> {
        let (serif, serif_bytes) = read(dir.join(SERIF))?;
        let (sans, sans_bytes) = read(dir.join(SANS))?;
        let book = LazyHash::new(FontBook::from_fonts([&serif, &sans]));
        Ok(Self(Arc::new(Shelf {
            book,
            fonts: [serif, sans],
            bytes: [serif_bytes, sans_bytes],
        })))
    }

    /// The file of Noto Serif SC.
    pub fn serif(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.0.bytes[0])
    }

    /// The file of Noto Sans SC.
    pub fn sans(&self) -> Arc<Vec<u8>> {
        Arc::clone(&self.0.bytes[1])
    }

    /// Whether one of the fonts has a glyph for `character`.
    pub fn covers(&self, character: char) -> bool {
        self.0
            .fonts
            .iter()
            .any(|f| f.info().coverage.contains(u32::from(character)))
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.0.book
    }

    pub(crate) fn get(&self, index: usize) -> Option<Font> {
        self.0.fonts.get(index).cloned()
    }
}

fn read(path: PathBuf) -> Result<(Font, Arc<Vec<u8>>), FontError> {
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => Arc::new(bytes),
        Err(source) => return Err(FontError::Read { path, source }),
    };
    let font = Font::new(Bytes::new(Shared(Arc::clone(&bytes))), 0);
    font.map(|font| (font, bytes))
        .ok_or(FontError::Damaged(path))
}

/// Lets Typst and others read one copy of a file.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
