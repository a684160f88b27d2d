//! Pages of a frozen document as pictures, what signers see, and as text, for those who
//! have it read to them.
//!
//! Drawing needs much memory for a moment, so that only as many pages are drawn at once
//! as there are processors, each page once for all who wait for it. The same page always
//! gives the same bytes: its digest is remembered longer than its picture.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use crypto::{Digest, Hash};
use lru::LruCache;
use pdf::TextLine;
use store::BlobId;
use tokio::sync::Semaphore;

use super::{Signing, SigningError, compute_apart, loaded::Loaded};
use crate::{Refusal, vault::DataKey};

/// Widths in pixels in which pages are shown.
const WIDTHS: [u32; 3] = [750, 1080, 1500];
/// Page pictures that are kept, of some 200 KB each.
const PICTURES: NonZeroUsize = NonZeroUsize::new(64).unwrap();
/// Largest text of a page that is kept, in bytes; people read a twentieth of it.
const TEXT: usize = 128 * 1024;
/// Texts of pages that are kept.
const TEXTS: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Digests of pictures that are kept.
const DIGESTS: NonZeroUsize = NonZeroUsize::new(64 * 1024).unwrap();

/// A page as it is shown.
#[derive(Debug, Clone)]
pub struct PagePicture {
    /// PNG.
    pub png: Bytes,
    /// SHA-256 of the PNG.
    pub digest: Digest,
}

/// A frozen document, as far as drawing needs it.
pub(super) struct Paper {
    tenant: String,
    document: Digest,
    pages: usize,
    blob: BlobId,
    key: DataKey,
}

impl Loaded {
    /// What the pages are drawn from.
    pub fn paper(&self) -> Paper {
        let terms = &self.contract.terms;
        Paper {
            tenant: self.tenant.clone(),
            document: terms.document.clone(),
            pages: terms.pages,
            blob: terms.blob,
            key: self.key.clone(),
        }
    }
}

/// Document, page from 1, width.
type Name = (Digest, usize, u32);

/// Pictures that were drawn.
pub(super) struct Gallery {
    drawing: Semaphore,
    kept: Mutex<Kept>,
}

struct Kept {
    pictures: LruCache<Name, Bytes>,
    digests: LruCache<Name, Digest>,
    /// By document and page from 1.
    texts: LruCache<(Digest, usize), Arc<[TextLine]>>,
}

impl Gallery {
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let (pictures, digests) = (LruCache::new(PICTURES), LruCache::new(DIGESTS));
        let kept = Mutex::new(Kept {
            pictures,
            digests,
            texts: LruCache::new(TEXTS),
        });
        Self {
            drawing: Semaphore::new(processors),
            kept,
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn picture(&self, name: &Name) -> Option<PagePicture> {
        let mut kept = self.kept();
        let digest = kept.digests.get(name)?.clone();
        Some(PagePicture {
            png: kept.pictures.get(name)?.clone(),
            digest,
        })
    }
}

impl Signing {
    /// A page, counted from 1, as it is shown in a width.
    pub(super) async fn picture(
        &self,
        paper: &Paper,
        page: usize,
        width: u32,
    ) -> Result<PagePicture, SigningError> {
        let name = name(paper, page, width)?;
        let gallery = &self.0.gallery;
        if let Some(picture) = gallery.picture(&name) {
            return Ok(picture);
        }
        let _turn = gallery
            .drawing
            .acquire()
            .await
            .map_err(|_| SigningError::Stopped)?;
        // Whoever waited finds what was drawn meanwhile.
        if let Some(picture) = gallery.picture(&name) {
            return Ok(picture);
        }
        let sealed = self.0.parts.store.blob(&paper.tenant, &paper.blob).await?;
        let key = paper.key.clone();
        let drawn = compute_apart(move || {
            let file = key.open("document", &sealed)?;
            let png = Bytes::from(pdf::page_png(&file, page - 1, width)?);
            let digest = crypto::digest(Hash::Sha256, &png);
            Ok::<_, SigningError>(PagePicture { png, digest })
        });
        let picture = drawn.await??;
        let mut kept = gallery.kept();
        kept.pictures.put(name.clone(), picture.png.clone());
        kept.digests.put(name, picture.digest.clone());
        Ok(picture)
    }

    /// The text of a page, counted from 1.
    pub(super) async fn lines(
        &self,
        paper: &Paper,
        page: usize,
    ) -> Result<Arc<[TextLine]>, SigningError> {
        check_page(paper, page)?;
        let name = (paper.document.clone(), page);
        let gallery = &self.0.gallery;
        let known = || gallery.kept().texts.get(&name).cloned();
        if let Some(lines) = known() {
            return Ok(lines);
        }
        let turn = gallery.drawing.acquire().await;
        let _turn = turn.map_err(|_| SigningError::Stopped)?;
        if let Some(lines) = known() {
            return Ok(lines);
        }
        let sealed = self.0.parts.store.blob(&paper.tenant, &paper.blob).await?;
        let key = paper.key.clone();
        let read = compute_apart(move || {
            let file = key.open("document", &sealed)?;
            Ok::<_, SigningError>(pdf::page_text(&file, page - 1)?)
        });
        let lines: Arc<[TextLine]> = read.await??.into();
        let bytes: usize = lines
            .iter()
            .map(|line| size_of::<TextLine>() + line.text.len())
            .sum();
        if bytes <= TEXT {
            gallery.kept().texts.put(name, Arc::clone(&lines));
        }
        Ok(lines)
    }

    /// The digest of the picture that a page gives.
    pub(super) async fn picture_digest(
        &self,
        paper: &Paper,
        page: usize,
        width: u32,
    ) -> Result<Digest, SigningError> {
        let name = name(paper, page, width)?;
        let known = self.0.gallery.kept().digests.get(&name).cloned();
        match known {
            Some(digest) => Ok(digest),
            None => Ok(self.picture(paper, page, width).await?.digest),
        }
    }
}

fn check_page(paper: &Paper, page: usize) -> Result<(), SigningError> {
    let pages = paper.pages;
    if page == 0 || page > pages {
        return Err(Refusal::NoSuchPage { page, pages }.into());
    }
    Ok(())
}

fn name(paper: &Paper, page: usize, width: u32) -> Result<Name, SigningError> {
    check_page(paper, page)?;
    if !WIDTHS.contains(&width) {
        let reason = format!("pages are shown in widths of {WIDTHS:?} pixels");
        return Err(SigningError::Invalid {
            field: "width".to_owned(),
            reason,
        });
    }
    Ok((paper.document.clone(), page, width))
}
