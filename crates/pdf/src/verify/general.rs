//! The general profile: files that other producers signed.
//!
//! Each signature ends a revision. Every revision after the first signature is compared
//! with the one before it (`difference`), and each change is held against what the
//! signatures so far permit (`permissions`). What follows after the last signature is
//! signed by nobody; nothing but validation data may be there.

use pki::Anchors;

use super::{
    Checked, Finding, Revision, Verdict,
    accounted::{accounted, section_end},
    coverage::Hashes,
    difference::{Change, Own, difference},
    foreign::{Foreign, Trust},
    longterm::{Judged, Material},
};
use crate::{permissions::Permissions, reader::File};

/// How many bytes all revisions may have together, in lengths of the file, so that
/// reading all of them stays linear; and what small files may have.
const TIMES: usize = 8;
const ALWAYS: usize = 64 << 20;

/// The parts of a report.
pub(super) struct Examined {
    pub whole: Vec<Finding>,
    pub signatures: Vec<Judged>,
    pub material: Material,
    pub revisions: Vec<Revision>,
}

pub(super) fn examine(
    file: &File,
    found: Vec<Foreign>,
    anchors: &mut Anchors,
    now_ms: i64,
) -> Examined {
    let mut history = History::default();
    let found = history.signed(file, found);
    if history.end != 0 && history.end != file.bytes.len() {
        history.unsigned(file);
    }
    // Anybody gets a timestamp: it says when, and that nothing changed since.
    if found.iter().all(Foreign::is_timestamp) {
        let reason = "nobody signed it; it is only stamped";
        let finding = Finding::unknown("only-timestamps", reason);
        history.whole.push(finding);
    }
    history.judge(file, found, anchors, now_ms)
}

/// What follows after `before`, a contract that was held to the strict profile: document
/// timestamps, with the validation data that they cover, up to the end of the file.
pub(super) fn archive<'a>(
    file: &File<'a>,
    before: File<'a>,
    timestamps: Vec<Foreign>,
    anchors: &mut Anchors,
    now_ms: i64,
) -> Examined {
    let mut history = History {
        end: before.bytes.len(),
        before: Some(before),
        archive: true,
        ..History::default()
    };
    let found = history.signed(file, timestamps);
    if history.end != file.bytes.len() {
        let added = file.bytes.len() - history.end;
        let reason = format!("{added} bytes follow after what the last timestamp covers");
        let finding = Finding::altered("bytes-after-signature", reason);
        let mut revision = Revision::new(file.bytes.len(), None);
        revision.refuse(&finding);
        history.revisions.push(revision);
        history.whole.push(finding);
    }
    history.judge(file, found, anchors, now_ms)
}

/// The revisions so far.
#[derive(Default)]
struct History<'a> {
    before: Option<File<'a>>,
    /// Length of the file before.
    end: usize,
    /// Bytes that were read.
    work: usize,
    permissions: Permissions,
    /// Whether nothing but validation data and timestamps may follow.
    archive: bool,
    revisions: Vec<Revision>,
    whole: Vec<Finding>,
}

impl<'a> History<'a> {
    /// Holds the revision of every signature against the one before it.
    fn signed(&mut self, file: &File<'a>, mut found: Vec<Foreign>) -> Vec<Foreign> {
        // By what they cover; those that cover nothing understandable come last.
        found.sort_by_key(|one| one.coverage.map_or(usize::MAX, |coverage| coverage.end));
        for one in &mut found {
            let Some(coverage) = one.coverage else {
                continue;
            };
            let mut revision = Revision::new(coverage.end, Some(one.name().to_owned()));
            let held = if coverage.gap.0 < self.end {
                let reason = "it covers no more than the signature before it";
                Err(Finding::invalid("byte-range-wrong", reason))
            } else {
                self.step(file, coverage.end, one.own(), &mut revision)
            };
            if let Err(finding) = held {
                revision.refuse(&finding);
                one.finding.get_or_insert(finding);
            }
            self.permissions.and(&one.permissions);
            self.end = coverage.end;
            self.revisions.push(revision);
        }
        found
    }

    /// What follows after the last signature: validation data in each revision, or it is
    /// not what was signed.
    fn unsigned(&mut self, file: &File<'a>) {
        let (signed, length) = (self.end, file.bytes.len());
        for end in ends(file, signed) {
            let mut revision = Revision::new(end, None);
            let held = self
                .step(file, end, None, &mut revision)
                .and_then(|changes| {
                    let harmless =
                        |c: &Change| matches!(c, Change::ValidationData | Change::Metadata);
                    if changes.contains(&Change::ValidationData) && changes.iter().all(harmless) {
                        return Ok(());
                    }
                    let added = length - signed;
                    let reason =
                        format!("{added} bytes follow after what the last signature covers");
                    Err(Finding::altered("bytes-after-signature", reason))
                });
            if let Err(finding) = held {
                revision.refuse(&finding);
                self.whole.push(finding);
                // The rest is not looked at: it rests on what is refused.
                revision.covers = length;
                self.revisions.push(revision);
                return;
            }
            self.revisions.push(revision);
        }
    }

    /// Reads the file as it was at the end of a revision, and holds what it changed
    /// against what is permitted.
    fn step(
        &mut self,
        file: &File<'a>,
        end: usize,
        own: Option<Own>,
        revision: &mut Revision,
    ) -> Checked<Vec<Change>> {
        self.work = self.work.saturating_add(end);
        if self.work > ALWAYS + TIMES * file.bytes.len() {
            let reason = "the file has too many revisions to compare all of them";
            return Err(Finding::unknown("pdf-too-large", reason));
        }
        let now = File::open(&file.bytes[..end]).map_err(|error| {
            let reason = format!("the revision cannot be read: {error}");
            Finding::altered("revision-not-allowed", reason)
        })?;
        let mut changes = Vec::new();
        // Three files at once are too many in memory.
        file.forget();
        if let Some(before) = &self.before {
            accounted(before, &now, own.is_some() && !self.archive)?;
            changes = difference(before, &now, own)?;
            revision.added = changes.iter().map(ToString::to_string).collect();
            for change in &changes {
                let why = if self.archive {
                    archived(change)
                } else {
                    self.permissions.refuse(change)
                };
                if let Some(why) = why {
                    let reason = format!("{change} is not allowed: {why}");
                    return Err(Finding::altered("revision-not-allowed", reason));
                }
            }
        }
        self.work = self.work.saturating_add(now.work());
        self.before = Some(now);
        Ok(changes)
    }

    fn judge(
        self,
        file: &File,
        found: Vec<Foreign>,
        anchors: &mut Anchors,
        now_ms: i64,
    ) -> Examined {
        let mut hashes = Hashes::new(file.bytes);
        let contents: Vec<_> = found.iter().map(|one| one.content(&mut hashes)).collect();
        let material = Material::read(file);
        let mut trust = Trust {
            anchors,
            others: material.certificates(),
            now_ms,
            existed: None,
        };
        let mut signatures = Vec::with_capacity(found.len());
        // The last first: a document timestamp proves what was there before it.
        for (one, content) in found.into_iter().zip(contents).rev() {
            let stamps = one.is_timestamp();
            let mut judged = one.judge(content, &mut trust);
            let report = &mut judged.report;
            // Nothing in a contract is left that nobody verifies.
            let path = judged.proven.first().map_or(&[][..], |proven| &proven.path);
            if self.archive && report.verdict == Verdict::Valid && !one.is_as_written(file, path) {
                let reason = "beside the timestamp there are bytes that nothing verifies";
                report.refuse(Finding::altered("message-changed", reason));
            }
            if stamps && report.verdict == Verdict::Valid {
                trust.existed = report.time_ms.zip(report.timestamp.clone());
            }
            signatures.push(judged);
        }
        signatures.reverse();
        Examined {
            signatures,
            material,
            whole: self.whole,
            revisions: self.revisions,
        }
    }
}

/// Why a change may not follow a contract, if it may not.
fn archived(change: &Change) -> Option<String> {
    let timestamp = |change: &Change| matches!(change, Change::Timestamp { new: true, .. });
    let harmless = *change == Change::ValidationData || timestamp(change);
    let why = "after a contract nothing follows but validation data and timestamps";
    (!harmless).then(|| why.to_owned())
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

    fn refuse(&mut self, finding: &Finding) {
        self.allowed = false;
        self.reason = Some(finding.reason.clone());
    }
}
