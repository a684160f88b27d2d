//! The general profile: files that other producers signed.
//!
//! Each signature ends a revision. Every revision after the first signature is compared
//! with the one before it (`difference`), and each change is held against what the
//! signatures so far permit (`permissions`). What follows after the last signature is
//! signed by nobody; nothing but validation data may be there.

use pki::Certificate;

use super::{
    Checked, Finding, Revision, Signature,
    accounted::{accounted, section_end},
    coverage::Hashes,
    difference::{Change, Own, difference},
    foreign::Foreign,
    permissions::Permissions,
};
use crate::reader::File;

/// How many bytes all revisions may have together, in lengths of the file, so that
/// reading all of them stays linear; and what small files may have.
const TIMES: usize = 8;
const ALWAYS: usize = 16 << 20;

/// The parts of a report.
pub(super) struct Examined {
    pub whole: Vec<Finding>,
    pub signatures: Vec<Signature>,
    pub revisions: Vec<Revision>,
}

pub(super) fn examine(
    file: &File,
    mut found: Vec<Foreign>,
    anchors: &[Certificate],
    now_ms: i64,
) -> Examined {
    // By what they cover; those that cover nothing understandable come last.
    found.sort_by_key(|one| one.coverage.map_or(usize::MAX, |coverage| coverage.end));
    let mut whole = Vec::new();
    let revisions = revisions(file, &mut found, &mut whole);
    let mut hashes = Hashes::new(file.bytes);
    let judge = |one: Foreign| one.judge(&mut hashes, anchors, now_ms);
    Examined {
        signatures: found.into_iter().map(judge).collect(),
        whole,
        revisions,
    }
}

/// Holds every revision against the one before it.
fn revisions(file: &File, found: &mut [Foreign], whole: &mut Vec<Finding>) -> Vec<Revision> {
    let mut revisions: Vec<Revision> = Vec::new();
    let mut permissions = Permissions::default();
    let mut before: Option<File> = None;
    let mut end_before = 0;
    let mut work = 0_usize;
    for one in found {
        let Some(coverage) = one.coverage else {
            continue;
        };
        let mut revision = Revision::new(coverage.end, Some(one.name().to_owned()));
        work = work.saturating_add(coverage.end);
        let held = if coverage.gap.0 < end_before {
            let reason = "it covers no more than the signature before it";
            Err(Finding::invalid("byte-range-wrong", reason))
        } else {
            step(
                file,
                before.as_ref(),
                (coverage.end, work),
                one.own(),
                |changes| revision.enter(changes, &permissions),
            )
        };
        match held {
            Ok(now) => before = Some(now),
            Err(finding) => {
                revision.refuse(&finding);
                one.finding.get_or_insert(finding);
            }
        }
        permissions.and(&one.permissions);
        end_before = coverage.end;
        revisions.push(revision);
    }
    if end_before != 0 && end_before != file.bytes.len() {
        unsigned(file, before, work, &permissions, &mut revisions, whole);
    }
    revisions
}

/// What follows after the last signature: validation data in each revision, or it is
/// not what was signed.
fn unsigned<'a>(
    file: &File<'a>,
    mut before: Option<File<'a>>,
    mut work: usize,
    permissions: &Permissions,
    revisions: &mut Vec<Revision>,
    whole: &mut Vec<Finding>,
) {
    let length = file.bytes.len();
    let signed = revisions.last().map_or(0, |revision| revision.covers);
    for end in ends(file, signed) {
        let mut revision = Revision::new(end, None);
        work = work.saturating_add(end);
        let held = step(file, before.as_ref(), (end, work), None, |changes| {
            revision.enter(changes, permissions)?;
            let harmless = |c: &Change| matches!(c, Change::ValidationData | Change::Metadata);
            if changes.contains(&Change::ValidationData) && changes.iter().all(harmless) {
                return Ok(());
            }
            let added = length - signed;
            let reason = format!("{added} bytes follow after what the last signature covers");
            Err(Finding::altered("bytes-after-signature", reason))
        });
        match held {
            Ok(now) => before = Some(now),
            Err(finding) => {
                revision.refuse(&finding);
                whole.push(finding);
                // The rest is not looked at: it rests on what is refused.
                revision.covers = length;
                revisions.push(revision);
                return;
            }
        }
        revisions.push(revision);
    }
}

/// Where the revisions after `signed` bytes end, the last of them with the file.
fn ends(file: &File, signed: usize) -> Vec<usize> {
    let appended = file.sections.iter().take_while(|s| s.at >= signed);
    let mut ends: Vec<usize> = appended
        .skip(1)
        .filter_map(|section| section_end(file, section).ok())
        .collect();
    ends.insert(0, file.bytes.len());
    ends.reverse();
    ends
}

/// Reads the file as it was at the end of a revision and compares it with the one before.
fn step<'a>(
    file: &File<'a>,
    before: Option<&File>,
    (end, work): (usize, usize),
    own: Option<Own>,
    judge: impl FnOnce(&[Change]) -> Checked<()>,
) -> Checked<File<'a>> {
    if work > ALWAYS + TIMES * file.bytes.len() {
        let reason = "the file has too many revisions to compare all of them";
        return Err(Finding::unknown("pdf-too-large", reason));
    }
    let now = File::open(&file.bytes[..end]).map_err(|error| {
        let reason = format!("the revision cannot be read: {error}");
        Finding::altered("revision-not-allowed", reason)
    })?;
    if let Some(before) = before {
        accounted(before, &now, own.is_some())?;
        judge(&difference(before, &now, own)?)?;
    }
    Ok(now)
}

impl Revision {
    pub(super) fn new(covers: usize, signature: Option<String>) -> Self {
        Self {
            covers,
            signature,
            added: Vec::new(),
            allowed: true,
            reason: None,
        }
    }

    /// Enters what was added; the first that is not permitted is the finding.
    fn enter(&mut self, changes: &[Change], permissions: &Permissions) -> Checked<()> {
        self.added = changes.iter().map(ToString::to_string).collect();
        for change in changes {
            if let Some(why) = permissions.refuse(change) {
                let reason = format!("{change} is not allowed: {why}");
                return Err(Finding::altered("revision-not-allowed", reason));
            }
        }
        Ok(())
    }

    fn refuse(&mut self, finding: &Finding) {
        self.allowed = false;
        self.reason = Some(finding.reason.clone());
    }
}
