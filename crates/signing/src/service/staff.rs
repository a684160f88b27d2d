//! Officers and clerks of a tenant, and the devices that they sign with.
//!
//! The integrator appoints officers and adds devices. An officer logs in at an enrolled
//! device ([`desk`]) and is then with the signers there: on the device itself, or with a
//! second screen that a short-lived code pairs ([`attend`]). Whoever is removed is refused
//! from the next request on: every request looks the rows up.

mod attend;
mod desk;

use std::sync::Mutex;

use crypto::{Aead, MacKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{BlobId, Change, CommitError, Row, StaffRow, Table};
use zeroize::Zeroizing;

use super::{Signing, SigningError, compute, lock};
use crate::{Refusal, event::Millis, identity, throttle::Throttle};

pub(super) use attend::ATTENDED;
pub use attend::Pairing;
pub use desk::{AtDevice, Desk, Enrolled, LoggedIn};

/// Kinds of the rows.
const OFFICER: &str = "officer";
const DEVICE: &str = "device";
/// Longest identifier of an officer.
const LONGEST_ID: usize = 32;
/// Characters of an officer's password.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=128;
/// How long an enrolment code is good.
const ENROLMENT: Millis = 10 * 60 * 1000;
/// Letters of an enrolment code: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Officers, and devices, that one tenant may have.
const MOST: usize = 10_000;

/// An officer to be appointed.
pub struct NewOfficer {
    /// Staff number, unique in the tenant for ever: 1 to 32 of `A-Za-z0-9._-`. It stands
    /// in evidence, so it should be no name.
    pub id: String,
    /// Name.
    pub name: String,
    /// Password, 8 to 128 characters.
    pub password: Zeroizing<String>,
}

/// An officer as the API shows it.
#[derive(Debug, Clone)]
pub struct OfficerView {
    /// Staff number.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether it may log in.
    pub active: bool,
}

/// A device as the API shows it.
#[derive(Debug, Clone)]
pub struct DeviceView {
    /// Identifier.
    pub id: String,
    /// What the integrator calls it.
    pub name: String,
    /// Whether it may be used.
    pub active: bool,
    /// Whether its code was used.
    pub enrolled: bool,
}

/// The code by which a device gets its secret. Kept here as digest alone.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The device.
    pub device: DeviceView,
    /// The code: three groups of four letters and digits.
    pub code: String,
    /// When it ends.
    pub expires: Millis,
}

/// What is stored of an officer.
#[derive(Serialize, Deserialize)]
struct Officer {
    /// [`About`] the officer, sealed under a key of its own.
    about: BlobId,
    /// Argon2id hash.
    password: String,
    active: bool,
}

/// Personal data of an officer.
#[derive(Serialize, Deserialize)]
struct About {
    name: String,
}

/// What is stored of a device.
#[derive(Serialize, Deserialize)]
struct Device {
    name: String,
    active: bool,
    enrolled: bool,
}

/// What a secret or a code of the staff stands for.
#[derive(Serialize, Deserialize)]
#[serde(tag = "for", rename_all = "kebab-case")]
enum Grant {
    /// A device's secret, or the code that enrols it.
    Device { device: String },
    /// An officer's session at a device.
    Officer { officer: String, device: String },
    /// A session that waits for its second screen.
    Pairing {
        contract: String,
        session: String,
        officer: String,
        device: String,
    },
}

/// Who guesses what how often.
pub(super) struct Guesses {
    /// Passwords, by device and by officer.
    passwords: Mutex<Throttle>,
    /// Codes, by address.
    codes: Mutex<Throttle>,
    /// Codes of all addresses together.
    all: Mutex<Throttle>,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub fn new() -> Self {
        const MINUTE: Millis = 60 * 1000;
        Self {
            passwords: Mutex::new(Throttle::new(5, 10 * MINUTE)),
            codes: Mutex::new(Throttle::new(5, 10 * MINUTE)),
            all: Mutex::new(Throttle::new(100, MINUTE)),
        }
    }
}

/// Counts a guess, or refuses to look at it.
fn admit(throttle: &Mutex<Throttle>, guesser: &str, now: Millis) -> Result<(), Refusal> {
    let admitted = lock(throttle).admit(guesser, now);
    admitted.map_err(|wait| Refusal::TooManyTries {
        seconds: (wait + 999) / 1000,
    })
}

impl Signing {
    /// Appoints an officer.
    pub async fn appoint_officer(
        &self,
        tenant: &str,
        new: NewOfficer,
    ) -> Result<OfficerView, SigningError> {
        if !is_officer_id(&new.id) {
            return Err(invalid(
                "officer",
                "1 to 32 characters of A-Z a-z 0-9 . _ -",
            ));
        }
        let name = identity::name(&new.name).map_err(SigningError::identity("name"))?;
        if !PASSWORD.contains(&new.password.chars().count()) {
            return Err(invalid("password", "8 to 128 characters"));
        }
        self.must_have_room(tenant, OFFICER).await?;
        let password = new.password;
        let hash = compute(move || crypto::password::hash(&password)).await??;
        let key_name = format!("{OFFICER}/{}", new.id);
        let (key, wrapped) = self.0.vault.create(tenant, &key_name, Aead::Aes256Gcm);
        let about = serde_json::to_vec(&About { name: name.clone() });
        let sealed = key.seal("about", &about.map_err(|_| corrupt(&new.id))?);
        let record = Officer {
            about: BlobId::of(&sealed),
            password: hash,
            active: true,
        };
        let change = Change {
            tenant: tenant.to_owned(),
            blobs: vec![sealed],
            rows: vec![
                Row::DataKey {
                    name: key_name,
                    wrapped,
                },
                row(OFFICER, &new.id, None, &record)?,
            ],
            ..Change::default()
        };
        match self.0.parts.store.commit(change).await {
            Err(CommitError::Duplicate(Table::Staff | Table::DataKey)) => {
                let reason = "there is, or was, an officer of this number; take another";
                Err(invalid("officer", reason))
            }
            done => {
                done?;
                Ok(OfficerView {
                    id: new.id,
                    name,
                    active: true,
                })
            }
        }
    }

    /// The officers of a tenant, by staff number.
    pub async fn officers(&self, tenant: &str) -> Result<Vec<OfficerView>, SigningError> {
        let mut views = Vec::new();
        for row in self.0.parts.store.staff_of(tenant, OFFICER).await? {
            let record: Officer = record(&row)?;
            views.push(OfficerView {
                name: self.officer_name(tenant, &row.id, &record).await?,
                active: record.active,
                id: row.id,
            });
        }
        Ok(views)
    }

    /// Removes an officer: from now on its password and its sessions are refused.
    pub async fn remove_officer(&self, tenant: &str, id: &str) -> Result<(), SigningError> {
        self.change_staff(tenant, OFFICER, id, |officer: &mut Officer| {
            officer.active = false;
        })
        .await
    }

    /// Adds a device, with the code that enrols it.
    pub async fn add_device(&self, tenant: &str, name: &str) -> Result<Enrolment, SigningError> {
        let name = identity::name(name).map_err(SigningError::identity("name"))?;
        self.must_have_room(tenant, DEVICE).await?;
        let (id, code) = (crypto::random_id(), enrolment_code(crypto::random()));
        let expires = self.now() + ENROLMENT;
        let record = Device {
            name: name.clone(),
            active: true,
            enrolled: false,
        };
        let grant = Grant::Device { device: id.clone() };
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![
                row(DEVICE, &id, None, &record)?,
                self.secret_row("enrolment", &plain(&code), &grant, expires)?,
            ],
            ..Change::default()
        };
        self.0.parts.store.commit(change).await?;
        let device = DeviceView {
            id,
            name,
            active: true,
            enrolled: false,
        };
        Ok(Enrolment {
            device,
            code,
            expires,
        })
    }

    /// The devices of a tenant.
    pub async fn devices(&self, tenant: &str) -> Result<Vec<DeviceView>, SigningError> {
        let rows = self.0.parts.store.staff_of(tenant, DEVICE).await?;
        let view = |row: StaffRow| {
            let record: Device = record(&row)?;
            Ok(DeviceView {
                id: row.id,
                name: record.name,
                active: record.active,
                enrolled: record.enrolled,
            })
        };
        rows.into_iter().map(view).collect()
    }

    /// Removes a device: from now on its secret, and every officer's session at it, is refused.
    pub async fn remove_device(&self, tenant: &str, id: &str) -> Result<(), SigningError> {
        self.change_staff(tenant, DEVICE, id, |device: &mut Device| {
            device.active = false;
        })
        .await
    }

    /// Changes an officer or a device. Of two changes at once the later one begins again.
    async fn change_staff<T: Serialize + DeserializeOwned>(
        &self,
        tenant: &str,
        kind: &'static str,
        id: &str,
        with: impl Fn(&mut T),
    ) -> Result<(), SigningError> {
        let store = &self.0.parts.store;
        for _ in 0..super::ATTEMPTS {
            let missing = || SigningError::NotFound {
                what: kind,
                id: id.to_owned(),
            };
            let there = store.staff(tenant, kind, id).await?;
            let there = there.ok_or_else(missing)?;
            let mut changed: T = record(&there)?;
            with(&mut changed);
            let change = Change {
                tenant: tenant.to_owned(),
                rows: vec![row(kind, id, Some(there.version), &changed)?],
                ..Change::default()
            };
            match store.commit(change).await {
                Err(CommitError::Duplicate(Table::Staff)) => {}
                done => return Ok(done.map(drop)?),
            }
        }
        Err(SigningError::Commit(CommitError::Conflict(id.to_owned())))
    }

    async fn must_have_room(&self, tenant: &str, kind: &str) -> Result<(), SigningError> {
        let there = self.0.parts.store.staff_count(tenant, kind).await?;
        if usize::try_from(there).is_ok_and(|there| there < MOST) {
            return Ok(());
        }
        let reason = format!("a tenant has at most {MOST} of a kind, removed ones included");
        Err(invalid("name", &reason))
    }

    /// An officer who may act; none when there is none, or no longer.
    async fn active_officer(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<Officer>, SigningError> {
        let there = self.0.parts.store.staff(tenant, OFFICER, id).await?;
        let officer: Option<Officer> = there.as_ref().map(record).transpose()?;
        Ok(officer.filter(|officer| officer.active))
    }

    /// A device that may be used; none when there is none, or no longer.
    async fn active_device(&self, tenant: &str, id: &str) -> Result<Option<Device>, SigningError> {
        let there = self.0.parts.store.staff(tenant, DEVICE, id).await?;
        let device: Option<Device> = there.as_ref().map(record).transpose()?;
        Ok(device.filter(|device| device.active))
    }

    async fn officer_name(
        &self,
        tenant: &str,
        id: &str,
        officer: &Officer,
    ) -> Result<String, SigningError> {
        let (store, name) = (&self.0.parts.store, format!("{OFFICER}/{id}"));
        let wrapped = store.data_key(tenant, &name).await?;
        let key = self.0.vault.unwrap(tenant, &name, &wrapped)?;
        let plain = key.open("about", &store.blob(tenant, &officer.about).await?)?;
        let about: About = serde_json::from_slice(&plain).map_err(|_| corrupt(id))?;
        Ok(about.name)
    }

    /// What a secret or a code stands for, and whose; none when it is not known or is over.
    async fn grant(
        &self,
        purpose: &str,
        secret: &str,
    ) -> Result<Option<(String, Grant)>, SigningError> {
        let digest = self.staff_digest(purpose, secret)?;
        let known = self.0.parts.store.staff_secret(&digest).await?;
        let good = known.filter(|known| self.now() < known.expires);
        let Some(known) = good else {
            return Ok(None);
        };
        let grant = serde_json::from_str(&known.body).map_err(|_| corrupt(purpose))?;
        Ok(Some((known.tenant, grant)))
    }

    fn secret_row(
        &self,
        purpose: &str,
        secret: &str,
        grant: &Grant,
        expires: Millis,
    ) -> Result<Row, SigningError> {
        Ok(Row::StaffSecret {
            digest: self.staff_digest(purpose, secret)?,
            body: serde_json::to_string(grant).map_err(|_| corrupt(purpose))?,
            expires,
        })
    }

    /// Digest under which a secret is kept: keyed, so that a code of few digits cannot be
    /// guessed from it.
    fn staff_digest(&self, purpose: &str, secret: &str) -> Result<String, SigningError> {
        let key = MacKey::new(&self.0.code_secret).ok_or_else(|| corrupt("the key of codes"))?;
        Ok(hex::encode(
            key.tag(format!("{purpose}\0{secret}").as_bytes()),
        ))
    }
}

fn is_officer_id(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(good)
}

/// Twelve letters and digits, 60 random bits, in three groups of four.
fn enrolment_code(random: [u8; 12]) -> String {
    let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(byte % 32)).unwrap_or(&b'0'));
    let fours = random
        .chunks(4)
        .map(|four| four.iter().map(letter).collect());
    fours.collect::<Vec<String>>().join("-")
}

/// A code as it is kept: whatever blanks, hyphens and case somebody typed.
fn plain(code: &str) -> String {
    let typed = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    typed.take(64).collect::<String>().to_ascii_uppercase()
}

fn row(
    kind: &'static str,
    id: &str,
    after: Option<u64>,
    record: &impl Serialize,
) -> Result<Row, SigningError> {
    Ok(Row::Staff {
        kind,
        id: id.to_owned(),
        after,
        body: serde_json::to_string(record).map_err(|_| corrupt(id))?,
    })
}

fn record<T: DeserializeOwned>(row: &StaffRow) -> Result<T, SigningError> {
    serde_json::from_str(&row.body).map_err(|_| corrupt(&row.id))
}

fn corrupt(what: &str) -> SigningError {
    SigningError::Corrupt(format!("staff {what}"))
}

fn invalid(field: &str, reason: &str) -> SigningError {
    SigningError::Invalid {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enrolment_code_is_found_however_it_is_typed() {
        let code = enrolment_code([0, 31, 32, 255, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(code, "0Z0Z-1234-5678");
        assert_eq!(plain(&code), plain(" 0z0z 12345678\n"));
    }

    #[test]
    fn an_officers_number_is_no_name() {
        for good in ["1", "E-1024", "a.b_c", &"9".repeat(32)] {
            assert!(is_officer_id(good), "{good}");
        }
        for bad in ["", "王伟", "a b", "a/b", "a\0", &"9".repeat(33)] {
            assert!(!is_officer_id(bad), "{bad}");
        }
    }
}
