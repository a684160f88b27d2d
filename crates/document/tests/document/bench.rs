//! The loan contract, its sample, and the tools that look at the result.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use document::{Document, Fonts, RenderError, Template};
use serde_json::Value;
use tempfile::TempDir;

pub static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let folder = std::env::var_os("INKSEAL_FONTS").expect("cargo sets INKSEAL_FONTS");
    Fonts::load(Path::new(&folder)).unwrap_or_else(|e| panic!("{e}"))
});

pub static LOAN: LazyLock<Template> =
    LazyLock::new(|| Template::load(&loan_folder()).unwrap_or_else(|e| panic!("{e}")));

/// The sample, as a document.
pub static SAMPLE: LazyLock<Document> = LazyLock::new(|| made(LOAN.sample()));

pub fn loan_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/loan-contract")
}

/// The sample with one other value. The pointer must lead to something.
pub fn sample_with(pointer: &str, value: impl Into<Value>) -> Value {
    let mut data = LOAN.sample().clone();
    *data.pointer_mut(pointer).expect(pointer) = value.into();
    data
}

pub fn render(data: &Value) -> Result<Document, RenderError> {
    LOAN.render(&FONTS, data)
}

/// A document that is expected to come into being.
pub fn made(data: &Value) -> Document {
    render(data).unwrap_or_else(|e| panic!("{e}"))
}

/// Code and sentence of a refusal that is expected.
pub fn refused(data: &Value) -> (&'static str, String) {
    match render(data) {
        Ok(_) => panic!("this was printed: {data}"),
        Err(e) => (e.code(), e.to_string()),
    }
}

/// A PDF on disk, for tools.
pub struct Sheet(TempDir);

impl Sheet {
    pub fn new(pdf: &[u8]) -> Self {
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("sheet.pdf"), pdf).expect("a file");
        Self(folder)
    }

    /// What `tool`, called with the words and the file, says; it must succeed.
    pub fn ask(&self, tool: &str, words: &[&str], after: &[&str]) -> String {
        let output = Command::new(tool)
            .args(words)
            .arg("sheet.pdf")
            .args(after)
            .current_dir(self.0.path())
            .output()
            .unwrap_or_else(|e| panic!("{tool}: {e}; run ./dev setup"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {said}{complaint}");
        said
    }
}

/// The text of a PDF as others read it, without white space: where a line breaks is
/// typography.
pub fn text(pdf: &[u8]) -> String {
    squeezed(&Sheet::new(pdf).ask("pdftotext", &["-enc", "UTF-8"], &["-"]))
}

/// The lines of a PDF with their columns, in words.
pub fn rows(pdf: &[u8]) -> Vec<Vec<String>> {
    let said = Sheet::new(pdf).ask("pdftotext", &["-enc", "UTF-8", "-layout"], &["-"]);
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
    said.lines().map(words).collect()
}

pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A folder of files that may be a template.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("a file");
    }
    folder
}
