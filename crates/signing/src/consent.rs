//! What signers agree to before their biometrics and whereabouts are taken: one text for
//! each kind of evidence, with a version (Personal Information Protection Law, 14 and 29).

use crate::policy::ItemKind;

/// A text that a signer agrees to, in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentText {
    /// For which kind of evidence.
    pub of: ItemKind,
    /// Counts up with each change of the text.
    pub version: &'static str,
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// The text for a kind of evidence; none where no consent of its own is needed.
#[must_use]
pub fn consent_text(of: ItemKind) -> Option<ConsentText> {
    let (zh, en) = match of {
        ItemKind::IdPhotoFront | ItemKind::IdPhotoBack => (
            "我同意为核实身份拍摄并加密保存我的身份证件照片，仅用于证明本合同由我签署，保存至合同终止后五年。",
            "I agree that my identity document is photographed to verify who I am, and that the picture is kept encrypted, only to prove that I signed this contract, until five years after it ends.",
        ),
        ItemKind::Face => (
            "我同意将我的人脸照片提交身份核验机构比对，核验结果及加密照片仅用于证明本合同由我签署。我知道可以选择不使用人脸的方式。",
            "I agree that a picture of my face is compared by an identity authority, and that the result and the encrypted picture are used only to prove that I signed this contract. I know that there is a way without my face.",
        ),
        ItemKind::Portrait => (
            "我同意拍摄我的肖像并加密保存，仅供司法鉴定时核对签署人。",
            "I agree that my portrait is taken and kept encrypted, to be looked at only by a forensic examiner.",
        ),
        ItemKind::SigningPhoto => (
            "我同意拍摄我签署时的照片，照片在本设备上加密，仅供司法鉴定时查看。",
            "I agree that I am photographed while I sign; the picture is encrypted on this device, to be looked at only by a forensic examiner.",
        ),
        ItemKind::Video => (
            "我同意录制我签署时的短视频，视频在本设备上加密，仅供司法鉴定时查看。",
            "I agree that a short video of my signing is recorded; it is encrypted on this device, to be looked at only by a forensic examiner.",
        ),
        ItemKind::Voice => (
            "我同意录制我的语音确认，录音在本设备上加密，仅供司法鉴定时使用。",
            "I agree that my spoken confirmation is recorded; it is encrypted on this device, to be heard only by a forensic examiner.",
        ),
        ItemKind::Location => (
            "我同意记录签署时的设备位置，仅用于证明本合同的签署地点。",
            "I agree that the location of this device is recorded, only to prove where this contract was signed.",
        ),
        ItemKind::Handwriting => (
            "我同意采集我的手写笔迹（轨迹、时间、压力），笔迹数据在本设备上加密，仅供司法鉴定时比对。",
            "I agree that my handwriting is captured (its path, time and pressure); the data is encrypted on this device, to be compared only by a forensic examiner.",
        ),
        _ => return None,
    };
    Some(ConsentText {
        of,
        version: "1",
        zh,
        en,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::SENSITIVE;

    #[test]
    fn every_sensitive_kind_has_a_text() {
        for kind in SENSITIVE {
            assert!(consent_text(kind).is_some(), "{kind}");
        }
    }
}
