//! Checkpoints that an outside timestamp authority dated (RFC 3161), kept in a folder:
//! `<size>.note` and over it `<size>.tst`, a token with the certificates of its path.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use crypto::{Digest, Hash, digest};
use ledger::{Checkpoint, ProofError, Tiles, consistency, verify_consistency};
use pki::{
    Certificate, Purpose,
    timestamp::{Request, Token, read_response},
    validate,
};
use reqwest::header::CONTENT_TYPE;

use super::{Alarm, Source};
use crate::{
    house::Reason,
    outside::{BodyError, body, client},
};

/// How long an authority may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// An outside authority, and whom to believe about it.
pub struct Authority {
    /// Its URL.
    pub url: String,
    /// Trust anchors.
    pub roots: Vec<Certificate>,
}

/// A checkpoint that was dated.
pub struct Anchor {
    /// The signed note.
    pub note: String,
    /// DER of the token.
    pub token: Vec<u8>,
}

impl Authority {
    /// Has a note dated.
    pub async fn date(&self, note: &str) -> Result<Anchor, Reason> {
        let token = dated_by(&self.url, imprint(note)).await?;
        let path = path_of(&token, &self.roots)?;
        Ok(Anchor {
            note: note.to_owned(),
            token: token.to_der(&path),
        })
    }

    /// The time of an anchor, unix milliseconds, when its token is good.
    pub fn time(&self, anchor: &Anchor) -> Result<i64, Reason> {
        let token = Token::parse(&anchor.token)?;
        token.verify(&imprint(&anchor.note))?;
        path_of(&token, &self.roots)?;
        Ok(token.time_ms())
    }
}

/// Asks the authority at a URL for a token over a digest: imprint, nonce and signature are
/// good.
pub async fn dated_by(url: &str, imprint: Digest) -> Result<Token, Reason> {
    let nonce = u64::from_be_bytes(crypto::random());
    let request = Request::new(imprint, Some(nonce), true);
    let query = client(url).post(url).timeout(PATIENCE);
    let query = query.header(CONTENT_TYPE, "application/timestamp-query");
    let mut answer = query.body(request.to_der()).send().await?;
    answer.error_for_status_ref()?;
    let body = body(&mut answer, LONGEST).await;
    let body = body.map_err(|error| match error {
        BodyError::Broken(error) => Reason::from(error),
        BodyError::TooLong => "the timestamp authority's answer is too long".into(),
    })?;
    Ok(read_response(&body, &request)?)
}

/// What leads from a token's signer to one of these roots.
pub fn path_of(token: &Token, roots: &[Certificate]) -> Result<Vec<Certificate>, Reason> {
    let at = token.time_ms().div_euclid(1000);
    let (signer, others) = (token.signer(), token.certificates());
    Ok(validate(signer, others, roots, at, Purpose::Timestamping)?)
}

fn imprint(note: &str) -> Digest {
    digest(Hash::Sha256, note.as_bytes())
}

/// Whether a ledger still begins with what was anchored.
pub async fn contains(source: &Source, now: &Checkpoint, then: &Checkpoint) -> Result<(), Alarm> {
    if then.size > now.size {
        let (before, now) = (then.size, now.size);
        return Err(Alarm::RolledBack { before, now });
    }
    let rewritten = || Alarm::Rewritten { size: then.size };
    let mut tiles = Tiles::new();
    let path = loop {
        match consistency(then.size, now.size, &tiles) {
            Ok(path) => break path,
            Err(ProofError::Missing(path)) if !tiles.contains_key(&path) => {
                let tile = source.need(&path).await?.to_vec();
                tiles.insert(path, tile);
            }
            Err(_) => return Err(rewritten()),
        }
    };
    let proven = verify_consistency(then.size, &then.root, now.size, &now.root, &path);
    proven.map_err(|_| rewritten())
}

impl Anchor {
    /// The files of the checkpoints in a folder.
    pub fn notes(folder: &Path) -> Result<Vec<PathBuf>, Reason> {
        let mut notes = Vec::new();
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path.extension().is_some_and(|end| end == "note") {
                notes.push(path);
            }
        }
        Ok(notes)
    }

    /// The checkpoint of a file, with the token beside it.
    pub fn read(path: &Path) -> Result<Self, Reason> {
        let note = fs::read_to_string(path)?;
        let token = fs::read(path.with_extension("tst"))
            .map_err(|error| format!("{}: its token: {error}", path.display()))?;
        Ok(Self { note, token })
    }

    /// Keeps it: the token first, so that no note is without one.
    pub fn keep(&self, folder: &Path, size: u64) -> std::io::Result<()> {
        for (end, bytes) in [("tst", &*self.token), ("note", self.note.as_bytes())] {
            let draft = folder.join(format!("{size}.{end}.new"));
            let mut file = fs::File::create(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&draft, folder.join(format!("{size}.{end}")))?;
        }
        fs::File::open(folder)?.sync_all()
    }
}
