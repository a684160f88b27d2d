//! A folder with a contract's text, the form of its data, and its roles.

use std::path::{Path, PathBuf};

use jsonschema::Validator;
use serde::Deserialize;
use serde_json::Value;
use typst::foundations::{Bytes, Datetime};
use typst::utils::hash128;

use crate::Fonts;
use crate::anchor::{Anchor, anchors};
use crate::data::{DataError, admit};
use crate::press::{archive, lay_out};
use crate::world::{Folder, TemplateWorld, id};

/// A contract template, read once.
pub struct Template {
    descriptor: Descriptor,
    schema: Validator,
    sample: Value,
    folder: Folder,
    /// Of all files, so that another text gives another document identifier.
    fingerprint: u128,
}

/// What `template.toml` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Descriptor {
    name: String,
    version: String,
    /// JSON pointer to the day of the contract, `YYYY-MM-DD`.
    date: String,
    /// JSON pointer to the amount that the contract is about, a whole number of fen.
    #[serde(default)]
    amount: Option<String>,
    title: Title,
    roles: Vec<Role>,
    /// How the evidence differs from the default, by mode; the signing service reads it.
    #[serde(default = "nothing")]
    evidence: Value,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// A title in both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A party's place in the template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The name that anchors and parties share.
    pub role: String,
    /// JSON pointer to the party's name in the data.
    #[serde(default)]
    pub name: Option<String>,
    /// JSON pointer to the party's identity number or credit code in the data.
    #[serde(default)]
    pub number: Option<String>,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A finished document.
#[derive(Clone, Debug)]
pub struct Document {
    /// PDF/A-2b.
    pub pdf: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Exactly one for each role of the template.
    pub anchors: Vec<Anchor>,
}

/// Why a folder is no template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A file is missing or unreadable.
    #[error("the template's file {path} cannot be read: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("the template's file {path} is not usable: {problem}", path = path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The data is not acceptable.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The template refused the data, or is faulty.
    #[error("the template cannot make a document of this data: {0}")]
    Template(String),
}

impl RenderError {
    /// Stable name for machines.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Data(e) => e.code(),
            Self::Template(_) => "template-refused",
        }
    }
}

impl Template {
    /// Reads a folder with `template.typ`, `template.toml`, `schema.json`,
    /// `sample.json` and whatever files `template.typ` uses (one level, no links).
    pub fn load(dir: &Path) -> Result<Self, TemplateError> {
        let files = read_folder(dir)?;
        let form = |name: &str, problem: String| TemplateError::Form {
            path: dir.join(name),
            problem,
        };
        let bytes = |name: &str| {
            let found = files
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, bytes)| bytes.as_slice());
            found.ok_or_else(|| form(name, "it is missing".into()))
        };
        let text = std::str::from_utf8(bytes("template.toml")?)
            .map_err(|e| form("template.toml", e.to_string()))?;
        let descriptor = toml::from_str(text).map_err(|e| form("template.toml", e.to_string()))?;
        let json = |name: &str| -> Result<Value, TemplateError> {
            serde_json::from_slice(bytes(name)?).map_err(|e| form(name, e.to_string()))
        };
        let schema = jsonschema::options()
            .should_validate_formats(true)
            .build(&json("schema.json")?)
            .map_err(|e| form("schema.json", e.to_string()))?;
        let sample = json("sample.json")?;
        let fingerprint = hash128(&files);
        let folder = Folder::new("template.typ", files)
            .ok_or_else(|| form("template.typ", "it is missing or not UTF-8".into()))?;
        Ok(Self {
            descriptor,
            schema,
            sample,
            folder,
            fingerprint,
        })
    }

    /// The template's name, the same in all versions.
    pub fn name(&self) -> &str {
        &self.descriptor.name
    }

    /// The version of its text.
    pub fn version(&self) -> &str {
        &self.descriptor.version
    }

    /// What it is called.
    pub fn title(&self) -> &Title {
        &self.descriptor.title
    }

    /// Who signs, in the order of the signature blocks.
    pub fn roles(&self) -> &[Role] {
        &self.descriptor.roles
    }

    /// How the evidence differs from the default, by mode: an object.
    pub fn evidence(&self) -> &Value {
        &self.descriptor.evidence
    }

    /// Whether the data of this template say what amount the contract is about.
    pub fn has_amount(&self) -> bool {
        self.descriptor.amount.is_some()
    }

    /// The amount that a contract of these data is about, in fen (1/100 yuan): none when
    /// the template names none, or the data have no whole number there.
    pub fn amount_fen(&self, data: &Value) -> Option<u64> {
        data.pointer(self.descriptor.amount.as_deref()?)?.as_u64()
    }

    /// Data that renders.
    pub fn sample(&self) -> &Value {
        &self.sample
    }

    /// Makes the document. The same template, fonts and data give the same bytes,
    /// whatever the order of the data's fields.
    pub fn render(&self, fonts: &Fonts, data: &Value) -> Result<Document, RenderError> {
        let bytes = admit(data, &self.schema, fonts)?;
        let day = self.date(data)?;
        let identity = format!(
            "{} {} {:032x}",
            self.descriptor.name,
            self.descriptor.version,
            hash128(&(self.fingerprint, &bytes))
        );
        let data = id("data.json").ok_or_else(|| refused("data.json is no name"))?;
        let world = TemplateWorld {
            folder: &self.folder,
            fonts,
            data: (data, Bytes::new(bytes)),
            date: Some(day),
        };
        let laid_out = lay_out(&world).map_err(RenderError::Template)?;
        let anchors = anchors(&laid_out).map_err(RenderError::Template)?;
        self.complete(&anchors)?;
        let pdf = archive(&laid_out, identity, day).map_err(RenderError::Template)?;
        Ok(Document {
            pdf,
            pages: laid_out.pages().len(),
            anchors,
        })
    }

    fn date(&self, data: &Value) -> Result<Datetime, RenderError> {
        let pointer = &self.descriptor.date;
        data.pointer(pointer)
            .and_then(Value::as_str)
            .and_then(day)
            .ok_or_else(|| refused(format!("{pointer} is no day of the form YYYY-MM-DD")))
    }

    /// Every role signs once, and nobody else does.
    fn complete(&self, anchors: &[Anchor]) -> Result<(), RenderError> {
        for role in &self.descriptor.roles {
            if anchors.iter().filter(|a| a.role == role.role).count() != 1 {
                return Err(refused(format!(
                    "{} does not have exactly one slot",
                    role.role
                )));
            }
        }
        if anchors.len() == self.descriptor.roles.len() {
            Ok(())
        } else {
            Err(refused("a slot belongs to no role"))
        }
    }
}

fn refused(problem: impl Into<String>) -> RenderError {
    RenderError::Template(problem.into())
}

fn day(text: &str) -> Option<Datetime> {
    let mut parts = text.splitn(3, '-');
    let (y, m, d) = (parts.next()?, parts.next()?, parts.next()?);
    Datetime::from_ymd(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?)
}

/// Names and contents of the files in `dir`, sorted.
fn read_folder(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, TemplateError> {
    let failed = |path: &Path, source| TemplateError::Read {
        path: path.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(|e| failed(dir, e))? {
        let entry = entry.map_err(|e| failed(dir, e))?;
        let path = entry.path();
        let is_file = entry.file_type().map_err(|e| failed(&path, e))?.is_file();
        if let (true, Ok(name)) = (is_file, entry.file_name().into_string()) {
            files.push((name, std::fs::read(&path).map_err(|e| failed(&path, e))?));
        }
    }
    files.sort();
    Ok(files)
}
