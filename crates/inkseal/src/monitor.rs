//! Follows a published ledger, as a stranger who remembers what he saw.

mod anchor;
mod source;

pub use anchor::{Anchor, Authority, contains, dated_by, path_of};
pub use source::{Source, SourceError};

use std::{
    collections::HashMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use ledger::{
    Audit, Checkpoint, Edge, Fault, NoteError, Receipt, VerifierKey, bundle_path, cosignatures,
    inclusion, inclusion_tiles, read_bundle,
};

/// Entries of one bundle.
const BUNDLE: u64 = 256;

/// What is wrong with a ledger. Only the first is not the ledger's fault for sure.
#[derive(Debug, thiserror::Error)]
pub enum Alarm {
    /// It could not be read.
    #[error(transparent)]
    Unreachable(#[from] SourceError),
    /// Not signed by its key.
    #[error("{0}")]
    Unsigned(#[from] NoteError),
    /// It is shorter than it was.
    #[error("the ledger was rolled back: it had {before} entries and has {now}")]
    RolledBack {
        /// Entries that were seen.
        before: u64,
        /// Entries now.
        now: u64,
    },
    /// It has another root at the same size.
    #[error("the ledger was forked: it shows two roots at {size} entries")]
    Forked {
        /// How many entries.
        size: u64,
    },
    /// What was seen before is not there any more.
    #[error(
        "the ledger was rewritten: its tiles no longer give the root that was seen at {size} entries"
    )]
    Rewritten {
        /// How many entries.
        size: u64,
    },
    /// What it shows is not what it signed.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// A bundle is not one.
    #[error("{0} is not what tlog-tiles says")]
    Malformed(String),
    /// Too few witnesses.
    #[error("{cosigned} witnesses cosigned and {quorum} must")]
    Unwitnessed {
        /// How many did.
        cosigned: usize,
        /// How many must.
        quorum: usize,
    },
    /// What was seen cannot be remembered.
    #[error("{0}")]
    State(String),
}

impl Alarm {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "ledger-unreachable",
            Self::Unsigned(_) => "ledger-unsigned",
            Self::RolledBack { .. } => "ledger-rolled-back",
            Self::Forked { .. } => "ledger-forked",
            Self::Rewritten { .. } => "ledger-rewritten",
            Self::Fault(_) | Self::Malformed(_) => "ledger-altered",
            Self::Unwitnessed { .. } => "ledger-not-witnessed",
            Self::State(_) => "monitor-state",
        }
    }
}

/// Whom a monitor believes.
pub struct Trusted {
    /// The ledger's verifier keys, one a line.
    pub keys: String,
    /// Witnesses.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have cosigned.
    pub quorum: usize,
}

/// A monitor of one ledger. It reads and hashes every entry once.
pub struct Monitor {
    source: Source,
    trusted: Trusted,
    /// Where it writes down what it saw.
    state: Option<PathBuf>,
    /// The tree as it was seen last.
    edge: Edge,
}

impl Monitor {
    /// A monitor that goes on where its state ends, or begins with the first entry.
    ///
    /// # Errors
    /// [`Alarm`] when the ledger no longer has what the state says was seen.
    pub async fn open(
        source: Source,
        trusted: Trusted,
        state: Option<PathBuf>,
    ) -> Result<Self, Alarm> {
        let kept = state.as_ref().filter(|path| path.exists());
        let edge = match kept {
            None => Edge::default(),
            Some(path) => {
                let note = fs::read_to_string(path)
                    .map_err(|error| Alarm::State(format!("{}: {error}", path.display())))?;
                let seen = Checkpoint::open(&note, &trusted.keys)?;
                edge_of(&source, &trusted, &seen).await?
            }
        };
        Ok(Self {
            source,
            trusted,
            state,
            edge,
        })
    }

    /// Looks at the ledger once: reads what is new, hashes it, and remembers the
    /// checkpoint. Gives it.
    pub async fn look(&mut self) -> Result<Checkpoint, Alarm> {
        let (note, now) = latest(&self.source, &self.trusted).await?;
        let before = self.edge.size();
        if now.size < before {
            let now = now.size;
            return Err(Alarm::RolledBack { before, now });
        }
        if now.size == before && before > 0 && now.root != self.edge.root() {
            return Err(Alarm::Forked { size: before });
        }
        let grown = self.read_new(now.size).await?;
        if grown.root() != now.root {
            return Err(Fault::Root.into());
        }
        self.edge = grown;
        self.remember(&note)?;
        Ok(now)
    }

    /// The tree of this size, grown by the entries that are published.
    async fn read_new(&self, size: u64) -> Result<Edge, Alarm> {
        let mut audit = Audit::after(self.edge.clone(), size);
        while audit.size() < size {
            let path = bundle_path(audit.size() / BUNDLE, size);
            let bundle = read_bundle(&self.source.need(&path).await?);
            let bundle = bundle.ok_or(Alarm::Malformed(path))?;
            for (path, expected) in audit.entries(&bundle)? {
                let kept = self.source.need(&path).await?;
                audit.compare(&path, &expected, &kept)?;
            }
        }
        Ok(audit.edge()?)
    }

    /// Written under another name first: a power cut leaves the one or the other.
    fn remember(&self, note: &str) -> Result<(), Alarm> {
        let Some(path) = &self.state else {
            return Ok(());
        };
        let write = || {
            let draft = path.with_extension("new");
            let mut file = fs::File::create(&draft)?;
            file.write_all(note.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        write().map_err(|error| Alarm::State(format!("{}: {error}", path.display())))
    }
}

/// The last checkpoint that is published, and its note.
pub async fn latest(source: &Source, trusted: &Trusted) -> Result<(String, Checkpoint), Alarm> {
    let note = source.need("checkpoint").await?;
    let note = String::from_utf8(note.into()).map_err(|_| NoteError::Malformed)?;
    let checkpoint = Checkpoint::open(&note, &trusted.keys)?;
    let quorum = trusted.quorum;
    let cosigned = cosignatures(&note, &trusted.witnesses)?.len();
    if cosigned < quorum {
        return Err(Alarm::Unwitnessed { cosigned, quorum });
    }
    Ok((note, checkpoint))
}

/// A receipt for an entry, made from what is published and verified.
pub async fn prove(source: &Source, trusted: &Trusted, index: u64) -> Result<Receipt, Alarm> {
    let (note, checkpoint) = latest(source, trusted).await?;
    let size = checkpoint.size;
    let wrong = |_| Alarm::from(Fault::Entry(index));
    let mut tiles = HashMap::new();
    for path in inclusion_tiles(index, size) {
        let tile = source.need(&path).await?;
        tiles.insert(path, tile.to_vec());
    }
    let proof = inclusion(index, size, &tiles).map_err(wrong)?;
    let path = bundle_path(index / BUNDLE, size);
    let bundle = read_bundle(&source.need(&path).await?).unwrap_or_default();
    let place = usize::try_from(index % BUNDLE).unwrap_or(usize::MAX);
    let entry = bundle.get(place).ok_or(Alarm::Malformed(path))?;
    let receipt = Receipt::new(index, entry, &proof, &note);
    let verified = receipt.verify(&trusted.keys);
    verified.map_err(|_| Fault::Entry(index))?;
    Ok(receipt)
}

/// The edge of a tree that was seen, from what is published now.
async fn edge_of(source: &Source, trusted: &Trusted, seen: &Checkpoint) -> Result<Edge, Alarm> {
    let size = seen.size;
    let (_, now) = latest(source, trusted).await?;
    if now.size < size {
        let (before, now) = (size, now.size);
        return Err(Alarm::RolledBack { before, now });
    }
    let mut tiles = HashMap::new();
    for path in Edge::paths(size) {
        if let Some(tile) = part(source, &path).await? {
            tiles.insert(path, tile);
        }
    }
    let rewritten = Alarm::Rewritten { size };
    match Edge::load(size, |path| tiles.get(path).cloned()) {
        Ok(edge) if edge.root() == seen.root => Ok(edge),
        _ => Err(rewritten),
    }
}

/// A partial tile or bundle. A log need not keep it once it has the full one.
async fn part(source: &Source, path: &str) -> Result<Option<Vec<u8>>, Alarm> {
    if let Some(part) = source.read(path).await? {
        return Ok(Some(part.to_vec()));
    }
    let Some((full, width)) = path.split_once(".p/") else {
        return Ok(None);
    };
    let width: usize = width.parse().unwrap_or_default();
    let Some(full_bytes) = source.read(full).await? else {
        return Ok(None);
    };
    let length = if full.starts_with("tile/entries/") {
        let entries = read_bundle(&full_bytes).unwrap_or_default();
        entries
            .iter()
            .take(width)
            .map(|entry| entry.len() + 2)
            .sum()
    } else {
        width * 32
    };
    Ok(full_bytes.get(..length).map(<[u8]>::to_vec))
}

/// The part of a path that names a state file's folder, made when it is not there.
pub fn make_folder(state: &Path) -> std::io::Result<()> {
    match state.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
}
