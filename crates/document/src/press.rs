//! Compiles a folder of sources to pages and pages to PDF.

use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::world::TemplateWorld;

/// Results that no rendering used this many times in a row are forgotten, so that
/// memory does not grow with the number of documents.
const KEEP: usize = 3;

/// Lays out. A warning is an error too: nobody reads warnings of a service.
///
/// # Errors
/// What Typst says first, without positions in the template.
pub fn lay_out(world: &TemplateWorld<'_>) -> Result<PagedDocument, String> {
    let compiled = typst::compile::<PagedDocument>(world);
    typst::comemo::evict(KEEP);
    match compiled.output {
        Ok(_) if !compiled.warnings.is_empty() => Err(first(&compiled.warnings)),
        Ok(document) => Ok(document),
        Err(errors) => Err(first(&errors)),
    }
}

/// Exports PDF/A-2b (ISO 19005-2). `identity` distinguishes documents; the same
/// document, identity and date give the same bytes.
pub fn archive(
    document: &PagedDocument,
    identity: String,
    date: Datetime,
) -> Result<Vec<u8>, String> {
    let options = PdfOptions {
        ident: Smart::Custom(identity),
        creator: Smart::Custom(Some("Inkseal".into())),
        timestamp: Some(Timestamp::new_utc(date)),
        standards: PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| e.message().to_string())?,
        ..PdfOptions::default()
    };
    export(document, &options)
}

/// Exports a page that will only be drawn, without a date and without metadata.
pub fn page(document: &PagedDocument) -> Result<Vec<u8>, String> {
    let options = PdfOptions {
        tagged: false,
        ..PdfOptions::default()
    };
    export(document, &options)
}

fn export(document: &PagedDocument, options: &PdfOptions) -> Result<Vec<u8>, String> {
    let pdf = typst_pdf::pdf(document, options).map_err(|errors| first(&errors));
    typst::comemo::evict(KEEP);
    pdf
}

fn first(diagnostics: &[SourceDiagnostic]) -> String {
    diagnostics.first().map_or_else(String::new, |d| {
        let message = d.message.as_str();
        message
            .strip_prefix("assertion failed: ")
            .unwrap_or(message)
            .to_owned()
    })
}
