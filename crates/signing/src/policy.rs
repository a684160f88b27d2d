//! Modes: a mode is only the evidence that it asks for, never another pipeline.

use serde::{Deserialize, Serialize};

/// How a party signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// On a loan officer's PAD, by handwriting.
    Pad,
    /// By a link in a short message and a one-time code.
    Sms,
    /// By a company's seal, under an integrator's credential.
    Seal,
    /// By the operator, after the last party. No party can have this mode.
    Closing,
}

/// What kind of thing an evidence item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// Every page was shown, with the digest of its picture and the time spent.
    Reading,
    /// Raw handwriting as it was captured.
    Handwriting,
    /// A one-time code that the signer entered, with the gateway's receipt.
    Code,
    /// What the device says of itself.
    Device,
    /// The credential under which a seal was ordered.
    SealOrder,
    /// A party's finished act: its evidence digest.
    Act,
}

impl ItemKind {
    /// The name used in manifests, errors and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Handwriting => "handwriting",
            Self::Code => "code",
            Self::Device => "device",
            Self::SealOrder => "seal-order",
            Self::Act => "act",
        }
    }
}

impl Mode {
    /// The name used in certificates, manifests and pages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pad => "pad",
            Self::Sms => "sms",
            Self::Seal => "seal",
            Self::Closing => "closing",
        }
    }

    /// Name and version of the evidence policy, as certificates carry it.
    #[must_use]
    pub fn policy(self) -> &'static str {
        match self {
            Self::Pad => "pad/1",
            Self::Sms => "sms/1",
            Self::Seal => "seal/1",
            Self::Closing => "closing/1",
        }
    }

    /// Evidence without which a session of this mode cannot be submitted.
    #[must_use]
    pub fn required(self) -> &'static [ItemKind] {
        match self {
            Self::Pad => &[ItemKind::Reading, ItemKind::Device, ItemKind::Handwriting],
            Self::Sms => &[ItemKind::Reading, ItemKind::Device, ItemKind::Code],
            Self::Seal => &[ItemKind::SealOrder],
            Self::Closing => &[ItemKind::Act],
        }
    }
}
