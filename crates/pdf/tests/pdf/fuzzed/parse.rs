//! Any bytes at all, through reader and door; what is let in is drawn and searched.

use pdf::{Base, Keyword, Policy, find_text, page_count, page_png, page_text};

/// Nothing panics, a wider policy lets in the same file, and sizes and places are
/// numbers. As in the service, the interpreter sees no file that the door does not let in.
pub fn parse(bytes: &[u8]) {
    let open = Base::read_by(bytes, Policy::ARCHIVE);
    if let Ok(strict) = Base::read(bytes) {
        assert_eq!(Ok(&strict), open.as_ref());
    }
    let Ok(base) = open else {
        return;
    };
    assert_eq!(base.length(), bytes.len());
    for page in 0..base.pages() {
        let size = base.page_size(page).unwrap();
        assert!(size.iter().all(|side| side.is_finite() && *side > 0.0));
    }
    assert!(base.page_size(base.pages()).is_err());
    let pages = page_count(bytes).unwrap_or(0);
    let mut word = "of".to_owned();
    for page in 0..pages.min(3) {
        // A width at which pictures cost little.
        let _ = page_png(bytes, page, 40);
        let lines = page_text(bytes, page).unwrap_or_default();
        for line in &lines {
            assert!(line.rect.iter().all(|side| side.is_finite()), "{line:?}");
        }
        if let Some(line) = lines.last() {
            word.clone_from(&line.text);
        }
    }
    let keyword = Keyword {
        pages: Some(0..=2),
        ..Keyword::new(word)
    };
    for place in find_text(bytes, &keyword).unwrap_or_default() {
        assert!(place.rect.iter().all(|side| side.is_finite()), "{place:?}");
        assert!(place.page < pages);
    }
}
