//! What follows from lists and responses for one time of use.

use std::{slice::from_ref, sync::Arc};

use crypto::{SoftwareKey, Suite};
use pki::{
    Certificate, CertificateRequest, Profile,
    revocation::{
        CertId, CertIdHash, CertStatus, Crl, CrlContent, Entry, Material, OcspRequest,
        OcspResponder, OcspResponse, OcspTimes, Reason, Revoked, Scope, Source, Verdict, issue_crl,
        judge,
    },
};

use crate::{
    house::{Authority, House, NOW, company},
    taken_apart,
};

const MADE: i64 = NOW * 1000;
const DAY: i64 = 24 * 3600 * 1000;
const OCSP_NO_CHECK: [u8; 9] = [0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5];

struct Case {
    house: House,
    leaf: Certificate,
}

fn revoked(at_ms: i64, reason: Reason, invalid_since_ms: Option<i64>) -> Revoked {
    Revoked {
        at_ms,
        reason,
        invalid_since_ms,
    }
}

fn copy(key: &SoftwareKey) -> Arc<SoftwareKey> {
    Arc::new(SoftwareKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap())
}

impl Case {
    fn new(suite: Suite) -> Self {
        let house = House::new(suite);
        let leaf = house
            .issuing
            .authority("甲", &Profile::Enterprise)
            .certificate;
        Self { house, leaf }
    }

    fn ca(&self) -> &Certificate {
        &self.house.issuing.certificate
    }

    /// A list of this time for a day, with the leaf on it or not.
    fn crl(&self, at: i64, leaf: Option<Revoked>) -> Crl {
        self.crl_with(at, &self.leaf, leaf, Scope::All)
    }

    fn crl_with(&self, at: i64, one: &Certificate, revoked: Option<Revoked>, scope: Scope) -> Crl {
        let serial = one.serial().to_vec();
        let entries = revoked.map(|revoked| Entry { serial, revoked });
        let content = CrlContent {
            number: 1,
            this_update_ms: at,
            next_update_ms: at + DAY,
            scope,
            distribution_point: None,
            entries: entries.as_slice(),
        };
        let Authority { certificate, key } = &self.house.issuing;
        issue_crl(&content, certificate, key).unwrap()
    }

    /// An answer of this time, for a day or until there is something newer.
    fn ocsp(&self, at: i64, days: Option<i64>, status: CertStatus) -> OcspResponse {
        let key = copy(&self.house.issuing.key);
        let responder = OcspResponder::new(self.ca().clone(), None, key).unwrap();
        self.ocsp_by(&responder, at, days, status)
    }

    fn ocsp_by(
        &self,
        responder: &OcspResponder,
        at: i64,
        days: Option<i64>,
        status: CertStatus,
    ) -> OcspResponse {
        let id = CertId::new(CertIdHash::Sha1, &self.leaf, self.ca());
        let times = OcspTimes {
            produced_ms: at,
            this_update_ms: at,
            next_update_ms: days.map(|days| at + days * DAY),
        };
        let request = OcspRequest::new(vec![id], None).unwrap();
        let der = responder.answer(&request, times, |_| status).unwrap();
        OcspResponse::from_der(&der).unwrap()
    }

    fn judge(&self, crls: &[Crl], responses: &[OcspResponse], use_ms: i64) -> Verdict {
        judge(&self.leaf, self.ca(), Material { crls, responses }, use_ms)
    }
}

/// `good`, `revoked`, `none`, or the code of the doubt.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::NotRevoked { .. } => "good",
        Verdict::Revoked { .. } => "revoked",
        Verdict::NoRevocationAvailable => "none",
        Verdict::Undetermined(why) => why.code(),
    }
}

#[test]
fn every_suite_is_judged_by_both_kinds() {
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256, Suite::Rsa2048Sha256] {
        let case = Case::new(suite);
        let crl = case.crl(MADE, None);
        let good = case.ocsp(MADE + 1000, Some(1), CertStatus::Good);
        let by_list = Verdict::NotRevoked {
            by: Source::Crl(0),
            produced_ms: MADE,
            next_update_ms: Some(MADE + DAY),
        };
        assert_eq!(case.judge(from_ref(&crl), &[], MADE), by_list);
        // The latest word is named.
        let by_answer = Verdict::NotRevoked {
            by: Source::Ocsp(0),
            produced_ms: MADE + 1000,
            next_update_ms: Some(MADE + 1000 + DAY),
        };
        assert_eq!(case.judge(from_ref(&crl), &[good], MADE), by_answer);
        // Revoked outweighs good.
        let gone = revoked(MADE - 1000, Reason::Superseded, None);
        let bad = case.ocsp(MADE - 500_000, None, CertStatus::Revoked(gone));
        let verdict = Verdict::Revoked {
            by: Source::Ocsp(0),
            at_ms: MADE - 1000,
            reason: Reason::Superseded,
            effective_ms: MADE - 1000,
        };
        assert_eq!(case.judge(&[crl], &[bad], MADE), verdict);
    }
}

#[test]
fn the_time_of_use_decides() {
    let case = Case::new(Suite::P256Sha256);
    // Seen by a list of the next day, revoked at noon, used around it.
    let noon = MADE + DAY / 2;
    let judged = |reason, since: Option<i64>, use_ms| {
        let said = revoked(noon, reason, since);
        let list = word(&case.judge(&[case.crl(MADE + DAY, Some(said))], &[], use_ms));
        let answer = case.ocsp(MADE + DAY, Some(1), CertStatus::Revoked(said));
        assert_eq!(word(&case.judge(&[], &[answer], use_ms)), list);
        list
    };
    let earlier = Some(noon - 10_000);
    for (reason, since, use_ms, wanted) in [
        (Reason::Superseded, None, noon - 1, "good"),
        (Reason::Superseded, None, noon, "revoked"),
        (Reason::Superseded, None, noon + DAY * 300, "revoked"),
        (Reason::KeyCompromise, None, noon - 1, "good"),
        (Reason::KeyCompromise, None, noon, "revoked"),
        (Reason::KeyCompromise, earlier, noon - 10_001, "good"),
        (Reason::KeyCompromise, earlier, noon - 10_000, "revoked"),
        (Reason::CaCompromise, earlier, noon - 10_000, "revoked"),
        // Nobody else had the key: what was signed before stays good.
        (Reason::AffiliationChanged, earlier, noon - 10_000, "good"),
        (Reason::AffiliationChanged, earlier, noon, "revoked"),
        // A later date of invalidity does not undo the revocation.
        (Reason::KeyCompromise, Some(noon + 10_000), noon, "revoked"),
        (Reason::CertificateHold, None, noon, "revoked"),
        // The suspension may have ended after the list did.
        (
            Reason::CertificateHold,
            None,
            MADE + 2 * DAY + 1,
            "revocation-stale",
        ),
    ] {
        assert_eq!(
            judged(reason, since, use_ms),
            wanted,
            "{reason:?} {since:?} {use_ms}"
        );
    }
}

#[test]
fn material_before_and_after_the_use() {
    let case = Case::new(Suite::P256Sha256);
    let list = |at: i64| word(&case.judge(&[case.crl(at, None)], &[], MADE));
    assert_eq!(list(MADE + 300 * DAY), "good");
    assert_eq!(list(MADE - DAY), "good");
    assert_eq!(list(MADE - DAY - 1000), "revocation-stale");
    let answer =
        |at: i64, days| word(&case.judge(&[], &[case.ocsp(at, days, CertStatus::Good)], MADE));
    assert_eq!(answer(MADE + 300 * DAY, Some(1)), "good");
    assert_eq!(answer(MADE + 300 * DAY, None), "good");
    assert_eq!(answer(MADE - DAY, Some(1)), "good");
    assert_eq!(answer(MADE - DAY - 1000, Some(1)), "revocation-stale");
    // There was something newer at any time.
    assert_eq!(answer(MADE - 1000, None), "revocation-stale");
    let end = case.leaf.not_after() * 1000;
    assert_eq!(list(end), "good");
    assert_eq!(list(end + 1000), "revocation-after-expiry");
    assert_eq!(answer(end, None), "good");
    assert_eq!(answer(end + 1000, None), "revocation-after-expiry");
}

#[test]
fn what_does_not_answer_leaves_it_open() {
    let case = Case::new(Suite::P256Sha256);
    let judged =
        |crls: &[Crl], responses: &[OcspResponse]| word(&case.judge(crls, responses, MADE));
    assert_eq!(judged(&[], &[]), "revocation-no-material");
    let other = Case::new(Suite::P256Sha256);
    // Another authority of the same name: another key.
    assert_eq!(
        judged(&[other.crl(MADE, None)], &[]),
        "revocation-other-key"
    );
    let theirs = other.ocsp(MADE, None, CertStatus::Good);
    assert_eq!(judged(&[], &[theirs]), "ocsp-not-answered");
    let authorities = case.crl_with(MADE, &case.leaf, None, Scope::Authorities);
    assert_eq!(judged(from_ref(&authorities), &[]), "crl-out-of-scope");
    let unknown = case.ocsp(MADE, None, CertStatus::Unknown);
    assert_eq!(judged(&[], from_ref(&unknown)), "ocsp-status-unknown");
    // The nearest doubt is told, and one good answer is enough.
    assert_eq!(
        judged(from_ref(&authorities), from_ref(&unknown)),
        "ocsp-status-unknown"
    );
    let good = case.ocsp(MADE, None, CertStatus::Good);
    assert_eq!(judged(&[authorities], &[unknown, good]), "good");
    // A list with a changed byte.
    let mut changed = case.crl(MADE, None).der().to_vec();
    let at = taken_apart::find(&changed, b"270115080000Z");
    changed[at + 11] = b'1';
    assert_eq!(
        judged(&[Crl::from_der(&changed).unwrap()], &[]),
        "signature-wrong"
    );
}

#[test]
fn the_issuer_must_be_the_issuer() {
    let case = Case::new(Suite::P256Sha256);
    let crl = [case.crl(MADE, None)];
    let material = Material {
        crls: &crl,
        responses: &[],
    };
    let root = &case.house.root;
    let judged = |issuer: &Certificate| word(&judge(&case.leaf, issuer, material, MADE));
    assert_eq!(judged(case.ca()), "good");
    assert_eq!(judged(&root.certificate), "revocation-other-issuer");
    let twin = root.authority("测试签发", &Profile::Issuing);
    assert_eq!(judged(&twin.certificate), "signature-wrong");
}

#[test]
fn an_event_certificate_is_never_revoked() {
    let case = Case::new(Suite::P256Sha256);
    let (event, _) = case.house.event();
    assert!(event.has_no_revocation());
    let verdict = judge(&event, case.ca(), Material::default(), MADE);
    assert_eq!(verdict, Verdict::NoRevocationAvailable);
    assert_eq!(word(&case.judge(&[], &[], MADE)), "revocation-no-material");
}

/// A responder whose certificate does not exempt it needs a list that knows it.
#[test]
fn a_responder_is_itself_asked_about() {
    let case = Case::new(Suite::P256Sha256);
    let issuing = &case.house.issuing;
    let exempt = issuing.authority("应答", &Profile::OcspResponder);
    let (tbs, _) = taken_apart::tbs(exempt.certificate.der());
    let asked = issuing.sign(&taken_apart::without_extension(&tbs, &OCSP_NO_CHECK));
    let answer = |certificate: &Certificate| {
        let (ca, key) = (case.ca().clone(), copy(&exempt.key));
        let responder = OcspResponder::new(ca, Some(certificate.clone()), key).unwrap();
        [case.ocsp_by(&responder, MADE, None, CertStatus::Good)]
    };
    assert_eq!(
        word(&case.judge(&[], &answer(&exempt.certificate), MADE)),
        "good"
    );
    let judged = |crls: &[Crl]| word(&case.judge(crls, &answer(&asked), MADE));
    assert_eq!(judged(&[]), "ocsp-responder-unchecked");
    // Lists that do not speak of the leaf at this time, but of the responder.
    let list = |entry| case.crl_with(MADE - 1000, &asked, entry, Scope::UserCertificates);
    let verdict = case.judge(&[list(None)], &answer(&asked), MADE);
    assert!(
        matches!(
            verdict,
            Verdict::NotRevoked {
                by: Source::Ocsp(0),
                ..
            }
        ),
        "{verdict:?}"
    );
    // And one that says that it was revoked, when there is no list about the leaf.
    let (ca, key) = (case.ca().clone(), copy(&exempt.key));
    let responder = OcspResponder::new(ca, Some(asked.clone()), key).unwrap();
    let later = MADE + DAY;
    let judged = |gone| {
        let lasting = case.ocsp_by(&responder, MADE, Some(3), CertStatus::Good);
        let list = case.crl_with(MADE - DAY / 2, &asked, gone, Scope::All);
        word(&case.judge(&[list], from_ref(&lasting), later))
    };
    let gone = |at| Some(revoked(at, Reason::KeyCompromise, None));
    assert_eq!(judged(None), "good");
    assert_eq!(judged(gone(MADE)), "ocsp-responder-revoked");
    assert_eq!(judged(gone(MADE + 1000)), "good");
}

/// A responder's certificate of the profile, as path validation and others see it.
#[test]
fn a_responder_signs_nothing_else() {
    let case = Case::new(Suite::P256Sha256);
    let subject = company("应答");
    let key = SoftwareKey::generate(Suite::P256Sha256).unwrap();
    let request = CertificateRequest {
        subject: &subject,
        spki: crypto::Signer::spki(&key),
        serial: [1; 16],
        not_before: NOW - 60,
        not_after: NOW + 600,
        profile: &Profile::OcspResponder,
    };
    let certificate = case.house.issuing.issue(&request);
    for purpose in [pki::Purpose::Signing, pki::Purpose::Timestamping] {
        let between = from_ref(case.ca());
        let no = pki::validate(&certificate, between, &case.house.anchors(), NOW, purpose);
        assert_eq!(no.unwrap_err().code(), "certificate-wrong-usage");
    }
}
