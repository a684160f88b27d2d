//! Signing without timestamp (`PAdES` B-B), invisibly, as the peers are measured too.

use std::{error::Error, fs, path::Path, time::Duration};

use crypto::{Digester, Hash, Signer, SoftwareKey, Suite};
use pdf::{Base, Field, prepare};
use pki::{Certificate, signed_attributes, signed_data};

use crate::{KEYS, Outcome, figure, house::House};

/// Bytes kept for the message; the peers get the same.
const RESERVE: usize = 8192;

/// A key with its certificates, read from where `make` put them.
struct Identity {
    suite: Suite,
    key: SoftwareKey,
    chain: [Certificate; 2],
}

/// A file with all that is kept of it between two signatures.
struct Kept {
    base: Base,
    prefix: Digester,
}

pub fn measure(place: &Path, budget: Duration) -> Outcome {
    for (name, suite) in KEYS {
        let identity = Identity::read(place, name, suite)?;
        for size in ["small", "large"] {
            let file = fs::read(place.join(format!("{size}.pdf")))?;
            let whole = || {
                let kept = Kept::of(&file)?;
                let (increment, _) = identity.sign(&kept, "first")?;
                Ok([&file[..], &increment].concat())
            };
            fs::write(place.join(format!("inkseal-{size}-{name}.pdf")), whole()?)?;
            figure(["sign", size, name], budget, whole)?;
            let kept = Kept::of(&file)?;
            let first = || identity.sign(&kept, "first");
            figure(["sign-kept", size, name], budget, first)?;
            let (increment, base) = identity.sign(&kept, "first")?;
            let mut prefix = kept.prefix.clone();
            prefix.update(&increment);
            let kept = Kept { base, prefix };
            let second = || identity.sign(&kept, "second");
            figure(["second-kept", size, name], budget, second)?;
        }
        let message = [0; 180];
        let alone = || Ok(identity.key.sign(&message)?);
        figure(["key-alone", "-", name], budget, alone)?;
    }
    Ok(())
}

/// Signs by these parties in turn, with timestamps; `closing` is the company.
pub fn signed(
    house: &House,
    mut file: Vec<u8>,
    parties: &[&str],
) -> Result<Vec<u8>, Box<dyn Error>> {
    let Kept {
        mut base,
        mut prefix,
    } = Kept::of(&file)?;
    for act in parties {
        let prepared = prepare(&base, &field(act, house.now_ms))?;
        let content = prepared.digest(&prefix);
        let message = house.act(act, &prefix, &content, *act == "closing")?;
        let (increment, next) = prepared.embed(&message)?;
        prefix.update(&increment);
        file.extend(increment);
        base = next;
    }
    Ok(file)
}

fn field(name: &str, time_ms: i64) -> Field<'_> {
    Field {
        name,
        place: pdf::Place::New(&[]),
        appearance: None,
        signer: "Bench Company",
        reason: "bench",
        time_ms,
        reserve: RESERVE,
        certify: None,
    }
}

impl Kept {
    fn of(file: &[u8]) -> Result<Self, Box<dyn Error>> {
        let base = Base::read(file)?;
        let mut prefix = Digester::new(Hash::Sha256);
        prefix.update(file);
        Ok(Self { base, prefix })
    }
}

impl Identity {
    fn read(place: &Path, name: &str, suite: Suite) -> Result<Self, Box<dyn Error>> {
        let read = |part: &str| fs::read(place.join(format!("{name}.{part}")));
        Ok(Self {
            suite,
            key: SoftwareKey::from_pkcs8(&read("key.der")?)?,
            chain: [
                Certificate::from_der(&read("cert.der")?)?,
                Certificate::from_der(&read("chain.der")?)?,
            ],
        })
    }

    fn sign(&self, kept: &Kept, name: &str) -> Result<(Vec<u8>, Base), Box<dyn Error>> {
        let prepared = prepare(&kept.base, &field(name, 1_800_000_000_000))?;
        let content = prepared.digest(&kept.prefix);
        let attributes = signed_attributes(&content, &self.chain[0], None);
        let signature = self.key.sign(&attributes)?;
        let message = signed_data(self.suite, &attributes, &signature, &self.chain, None)?;
        Ok(prepared.embed(&message)?)
    }
}
