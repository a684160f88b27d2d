//! Why a file is refused, or cannot be signed.

/// Why a file was refused or a signature could not be prepared. Nothing was changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PdfError {
    /// The bytes break the rules of ISO 32000-2.
    #[error(
        "the file is damaged at byte {offset}: {what}; save it anew with the program that made it"
    )]
    Damaged {
        /// What was expected, or is wrong.
        what: &'static str,
        /// Where, counted from the beginning of the file or of the stream.
        offset: usize,
    },
    /// More of something than is read.
    #[error("the file has more than {limit} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How much is read.
        limit: usize,
    },
    /// Encrypted; appending to it would not be readable.
    #[error("the file is encrypted; remove the password and upload it again")]
    Encrypted,
    /// An XFA form: what is shown is not in the pages.
    #[error(
        "the file is an XFA form, whose pages are made by a script; print it to PDF and upload it again"
    )]
    Xfa,
    /// Scripts can change what is shown.
    #[error("object {0} of the file holds JavaScript; print it to PDF and upload it again")]
    JavaScript(u32),
    /// An action that starts programs.
    #[error(
        "object {0} of the file starts a program when it is opened; print it to PDF and upload it again"
    )]
    LaunchAction(u32),
    /// An action that changes what is shown, or sends or fetches form data.
    #[error(
        "object {object} of the file has the action {kind}, which can change what is shown; print \
         it to PDF and upload it again"
    )]
    Action {
        /// Number of the object.
        object: u32,
        /// The kind of action.
        kind: String,
    },
    /// Optional content, which every reader can switch.
    #[error(
        "the file has layers, which whoever reads can switch off; print it to PDF and upload it again"
    )]
    Layers,
    /// Optional content that is switched off.
    #[error("the file has layers that are hidden; print it to PDF and upload it again")]
    HiddenLayers,
    /// A file within the file, which no page shows.
    #[error(
        "object {0} of the file holds another file, which no page shows; print it to PDF and upload it again"
    )]
    EmbeddedFile(u32),
    /// A font that each reader replaces by another one.
    #[error("the font {0:?} is not embedded in the file; print it to PDF with its fonts")]
    FontNotEmbedded(String),
    /// An earlier signature forbids all changes.
    #[error(
        "the file is certified and permits no further signature, but validation data and document \
         timestamps: to add these, read it by Policy::ARCHIVE"
    )]
    Certified,
    /// A certified file, and a signature that would be seen where nobody prepared it.
    #[error(
        "the file is certified and takes no new field that is seen; sign in a field that it has \
         prepared, or invisibly"
    )]
    CertifiedPlace,
    /// Only the first signature certifies.
    #[error(
        "the file is signed or certified already, or has rights of its own; only the first \
         signature can certify it"
    )]
    AlreadySigned,
    /// An earlier signature has locked the field.
    #[error("an earlier signature has locked the field {0:?}")]
    FieldLocked(String),
    /// There is no such field to sign in.
    #[error("the file has no empty signature field {0:?}")]
    NoSuchField(String),
    /// A prepared field whose widgets are objects of their own.
    #[error(
        "the widgets of the field {0:?} are objects of their own, which not every reader lets a \
         signature draw in; sign in it without appearance, or in a new field"
    )]
    WidgetsApart(String),
    /// A prepared field that is on no page.
    #[error(
        "the field {0:?} is on no page, so that nothing can be drawn in it; sign in it without \
         appearance, or in a new field"
    )]
    FieldUnseen(String),
    /// The field's seed values are not met.
    #[error("the field {name:?} demands {what}, which this signature is not")]
    FieldDemands {
        /// Name of the field.
        name: String,
        /// What it demands.
        what: String,
    },
    /// There is no such page.
    #[error("there is no page {page}; the file has {pages}")]
    NoSuchPage {
        /// Counted from 0.
        page: usize,
        /// How many there are.
        pages: usize,
    },
    /// There is no other page to cut a seal across.
    #[error("a seal is cut across two pages or more; the file has one")]
    OnePage,
    /// A placement that nobody could see or that is not a rectangle.
    #[error("the rectangle {0:?} does not lie on the page, or is empty")]
    BadPlacement([f64; 4]),
    /// A field of that name is there already.
    #[error("the file has a field with the name {0:?} already")]
    FieldTaken(String),
    /// A field name that a form cannot have.
    #[error("{0:?} cannot be the name of a field: it is empty, too long or has a full stop")]
    BadFieldName(String),
    /// The font of a text appearance has no such glyph.
    #[error("the font has no glyph for {0:?} (U+{code:04X})", code = *.0 as u32)]
    MissingGlyph(char),
    /// The picture of a seal cannot be used.
    #[error("the picture is not a PNG that can be used: {0}")]
    BadPicture(String),
    /// The font of a text appearance cannot be read.
    #[error("the font cannot be read: {0}")]
    BadFont(String),
    /// An appearance without anything to see, or with numbers that are none.
    #[error("the appearance has nothing to draw")]
    EmptyAppearance,
    /// The message does not fit the room that was kept for it.
    #[error("the signature needs {needed} bytes, and {reserved} were kept for it")]
    NoRoom {
        /// Length of the message.
        needed: usize,
        /// What was kept.
        reserved: usize,
    },
    /// What was kept of a prepared signature is not what was given.
    #[error("this is no prepared signature, or it was changed; prepare it again")]
    NotPrepared,
    /// The text is on none of the pages, or not as often as was asked for.
    #[error(
        "pages {first} to {last} were searched for {text:?}, which {}",
        found_so_often(*.found)
    )]
    TextNotFound {
        /// The text.
        text: String,
        /// First page that was searched, counted from 1.
        first: usize,
        /// Last page that was searched.
        last: usize,
        /// How often it is there.
        found: usize,
    },
    /// The page cannot be drawn.
    #[error("page {0} cannot be drawn")]
    NotDrawable(usize),
}

impl PdfError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "pdf-damaged",
            Self::TooLarge { .. } => "pdf-too-large",
            Self::Encrypted => "pdf-encrypted",
            Self::Xfa => "pdf-xfa",
            Self::JavaScript(_) => "pdf-javascript",
            Self::LaunchAction(_) => "pdf-launch-action",
            Self::Action { .. } => "pdf-action",
            Self::Layers => "pdf-layers",
            Self::HiddenLayers => "pdf-hidden-layers",
            Self::EmbeddedFile(_) => "pdf-embedded-file",
            Self::FontNotEmbedded(_) => "pdf-font-not-embedded",
            Self::Certified => "pdf-certified",
            Self::CertifiedPlace => "pdf-certified-place",
            Self::AlreadySigned => "pdf-already-signed",
            Self::FieldLocked(_) => "pdf-field-locked",
            Self::NoSuchField(_) => "pdf-no-such-field",
            Self::FieldUnseen(_) => "pdf-field-unseen",
            Self::WidgetsApart(_) => "pdf-widgets-apart",
            Self::FieldDemands { .. } => "pdf-field-demands",
            Self::NoSuchPage { .. } => "pdf-no-such-page",
            Self::OnePage => "pdf-one-page",
            Self::BadPlacement(_) => "pdf-bad-placement",
            Self::FieldTaken(_) => "pdf-field-taken",
            Self::BadFieldName(_) => "pdf-bad-field-name",
            Self::MissingGlyph(_) => "glyph-missing",
            Self::BadPicture(_) => "picture-unusable",
            Self::BadFont(_) => "font-unusable",
            Self::EmptyAppearance => "appearance-empty",
            Self::NoRoom { .. } => "signature-too-large",
            Self::NotPrepared => "prepared-unreadable",
            Self::TextNotFound { .. } => "text-not-found",
            Self::NotDrawable(_) => "page-not-drawable",
        }
    }
}

fn found_so_often(found: usize) -> String {
    match found {
        0 => "is not there".to_owned(),
        1 => "is there once only".to_owned(),
        _ => format!("is there {found} times only"),
    }
}

/// Shorthand for the one error of this crate.
pub(crate) type Result<T> = std::result::Result<T, PdfError>;

/// The file breaks a rule at this offset.
pub(crate) fn damaged<T>(what: &'static str, offset: usize) -> Result<T> {
    Err(PdfError::Damaged { what, offset })
}
