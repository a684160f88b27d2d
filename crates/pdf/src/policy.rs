//! What a caller lets in although it could show one thing today and another tomorrow, or
//! forbids further signatures.

/// What is let in; nothing of it by default.
///
/// Never let in, whatever the policy, is what cannot be signed in a way that readers
/// agree about: encrypted and damaged files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, set by name"
)]
pub struct Policy {
    /// XFA forms: readers that know them show other pages than readers that do not.
    pub xfa: bool,
    /// Scripts: they can change what is shown.
    pub javascript: bool,
    /// Actions that start programs.
    pub launch_actions: bool,
    /// Files within the file, which no page shows. PDF/A-3 has them, such as invoices.
    pub embedded_files: bool,
    /// Actions that change what is shown, or that send or fetch form data.
    pub actions: bool,
    /// Layers that are shown: whoever reads can switch them off.
    pub layers: bool,
    /// Layers that are hidden, on the screen or on paper.
    pub hidden_layers: bool,
    /// Fonts that each reader replaces by another one.
    pub fonts_not_embedded: bool,
    /// Files whose certification permits no further signature. They get none, but
    /// validation data and document timestamps.
    pub certified: bool,
}

impl Policy {
    /// Nothing is let in.
    pub const STRICT: Self = Self {
        xfa: false,
        javascript: false,
        launch_actions: false,
        embedded_files: false,
        actions: false,
        layers: false,
        hidden_layers: false,
        fonts_not_embedded: false,
        certified: false,
    };

    /// Everything is let in: for validation data and document timestamps, which say
    /// nothing of what a page shows.
    pub const ARCHIVE: Self = Self {
        xfa: true,
        javascript: true,
        launch_actions: true,
        embedded_files: true,
        actions: true,
        layers: true,
        hidden_layers: true,
        fonts_not_embedded: true,
        certified: true,
    };
}
