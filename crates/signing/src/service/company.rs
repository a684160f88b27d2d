//! Companies that sign by seal, and the operator who closes contracts.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use crypto::{Aead, Digest, Hash, Suite};
use pdf::Picture;
use pki::{
    Certificate,
    revocation::{Reason, Revoked},
};
use serde::{Deserialize, Serialize};
use store::{BlobId, Change, CommitError, Row};

use super::{
    Parts, Signing, SigningError, compute, lock,
    stream::{Of, Proven, Stream},
};
use crate::{
    Refusal,
    act::Credential,
    authorisation::TEMPLATE,
    contract::Contract,
    event::{Millis, Recorded},
    identity::{self, CreditCode, Details},
    vault::Vault,
};

/// Suites for which every company has a key.
const SUITES: [Suite; 2] = [Suite::Sm2Sm3, Suite::P256Sha256];
/// Of the digests of a company's events.
const HASH: Hash = Hash::Sm3;
/// The operator's tenant and name among the companies.
const OPERATOR: &str = "operator";

/// A company to be registered.
pub struct NewCompany {
    /// Its name.
    pub name: String,
    /// Its unified social credit code.
    pub code: String,
    /// Its seal's picture, PNG; drawn when there is none.
    pub picture: Option<Vec<u8>>,
    /// When its seal may be set.
    pub silent: Silent,
}

/// When a company's seal may be set by an integrator's order alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silent {
    /// Whenever the credential orders it.
    #[default]
    Free,
    /// Only under a standing authorisation. It is never taken back: whoever holds the
    /// credential could lift it otherwise.
    AuthorisedOnly,
}

/// Something that happened to a company. The ledger proves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(super) enum CompanyEvent {
    /// From now on it seals only under an authorisation.
    AuthorisedOnly {
        /// Digest of the credential that ordered it; none at its registration.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Digest>,
    },
}

impl CompanyEvent {
    fn kind(&self) -> &'static str {
        match self {
            Self::AuthorisedOnly { .. } => "authorised-only",
        }
    }

    /// The first event of a company, with its proof.
    fn first(self, id: &str, at: Millis) -> Result<Proven, SigningError> {
        let stream = Stream {
            of: Of::Company,
            id,
            hash: HASH,
        };
        stream.proven(0, &[Recorded { at, event: self }], Self::kind)
    }
}

/// A registered company as the API shows it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CompanyView {
    /// Identifier.
    pub company: String,
    /// Name.
    pub name: String,
    /// Unified social credit code.
    pub code: String,
    /// Serial numbers of its certificates, by suite.
    pub certificates: BTreeMap<String, String>,
}

/// A certificate of a company that was revoked.
#[derive(Debug, Clone)]
pub struct RevokedCertificate {
    /// Name of its suite.
    pub suite: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// When and why.
    pub revoked: Revoked,
}

/// What is stored of a company.
#[derive(Serialize, Deserialize)]
struct Record {
    details: Details,
    picture: Option<BlobId>,
    /// Suite to certificate chain, PEM.
    chains: BTreeMap<String, String>,
}

/// A company in memory.
pub(super) struct Company {
    id: String,
    tenant: String,
    pub details: Details,
    pub picture: Option<Arc<Picture>>,
    chains: BTreeMap<String, Vec<Certificate>>,
}

impl Company {
    fn view(&self) -> CompanyView {
        let leaf = |(suite, chain): (&String, &Vec<Certificate>)| {
            Some((suite.clone(), chain.first()?.serial_hex()))
        };
        let code = self
            .details
            .credit_code
            .as_ref()
            .map(|c| c.as_str().to_owned());
        CompanyView {
            company: self.id.clone(),
            name: self.details.name.clone(),
            code: code.unwrap_or_default(),
            certificates: self.chains.iter().filter_map(leaf).collect(),
        }
    }

    /// Serial number of the certificate with which this company signs in a suite.
    fn serial(&self, suite: Suite) -> Option<String> {
        Some(self.chains.get(suite.name())?.first()?.serial_hex())
    }

    /// With what this company signs in a suite.
    pub async fn credential(
        &self,
        parts: &Parts,
        suite: Suite,
    ) -> Result<Credential, SigningError> {
        let name = key_name(&self.tenant, &self.id, suite);
        let missing = || SigningError::NotFound {
            what: "seal certificate",
            id: name.clone(),
        };
        let chain = self.chains.get(suite.name()).cloned().ok_or_else(missing)?;
        let keys = parts.keys.clone();
        let key = compute(move || keys.existing(suite, &name)).await??;
        Ok(Credential::Seal { key, chain })
    }
}

fn key_name(tenant: &str, id: &str, suite: Suite) -> String {
    format!("company/{tenant}/{id}/{}", suite.name())
}

impl Signing {
    /// Registers a company: seal keys, enterprise certificates, seal picture.
    pub async fn register_company(
        &self,
        tenant: &str,
        new: NewCompany,
    ) -> Result<CompanyView, SigningError> {
        let code: CreditCode = new.code.parse().map_err(SigningError::identity("code"))?;
        let name = identity::name(&new.name).map_err(SigningError::identity("name"))?;
        let id = crypto::random_id();
        let first = match new.silent {
            Silent::Free => None,
            Silent::AuthorisedOnly => {
                let event = CompanyEvent::AuthorisedOnly { by: None };
                Some(event.first(&id, self.now())?)
            }
        };
        let company = self.new_company(tenant, &id, name, code, new.picture, first);
        Ok(company.await?.view())
    }

    /// The seal of an enterprise, made when there is none yet. The caller holds the
    /// enterprise, so that one is made.
    pub(super) async fn seal_of(
        &self,
        tenant: &str,
        id: &str,
        name: &str,
        code: &str,
        picture: Option<Vec<u8>>,
    ) -> Result<CompanyView, SigningError> {
        match self.company(tenant, id).await {
            Err(SigningError::NotFound { .. }) => {}
            there => return Ok(there?.view()),
        }
        let code: CreditCode = code.parse().map_err(SigningError::identity("code"))?;
        let company = self.new_company(tenant, id, name.to_owned(), code, picture, None);
        Ok(company.await?.view())
    }

    async fn new_company(
        &self,
        tenant: &str,
        id: &str,
        name: String,
        code: CreditCode,
        picture: Option<Vec<u8>>,
        first: Option<Proven>,
    ) -> Result<Company, SigningError> {
        let parts = &self.0.parts;
        let picture = match picture {
            Some(png) => png,
            None => {
                let (fonts, name) = (parts.fonts.clone(), name.clone());
                let code = code.as_str().to_owned();
                compute(move || document::seal_picture(&fonts, &name, &code)).await??
            }
        };
        Picture::from_png(&picture)?;
        let details = Details {
            salt: crypto::random_id(),
            name,
            id_number: None,
            document: None,
            phone: None,
            credit_code: Some(code),
        };
        let vault = &self.0.vault;
        register(parts, vault, tenant, id, details, Some(picture), first).await
    }

    /// Lets a company seal only under an authorisation from now on, for ever: when it
    /// returns, every other seal is refused. Said again, it changes nothing.
    pub async fn seal_authorised_only(
        &self,
        tenant: &str,
        id: &str,
        credential: &str,
    ) -> Result<(), SigningError> {
        self.company(tenant, id).await?;
        let by = Some(crypto::digest(HASH, credential.as_bytes()));
        let proven = CompanyEvent::AuthorisedOnly { by }.first(id, self.now())?;
        let change = Change {
            tenant: tenant.to_owned(),
            append: vec![proven.append],
            ledger: vec![proven.entry],
            ..Change::default()
        };
        let service = self.clone();
        // A task of its own: no seal goes on while it is under way, though the caller has gone.
        let done = tokio::spawn(async move {
            let _alone = service.0.sealing.write().await;
            service.0.parts.store.commit(change).await
        });
        match done.await.map_err(|_| SigningError::Stopped)? {
            // It was said before.
            Ok(_) | Err(CommitError::Conflict(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses when a company seals only under authorisations. Its own authorisations it
    /// seals when a person has signed them. True for as long as the caller has a share of
    /// `sealing`.
    pub(super) async fn may_seal_freely(
        &self,
        tenant: &str,
        id: &str,
        contract: &Contract,
    ) -> Result<(), SigningError> {
        let own = contract.terms.template.as_deref();
        let own = own.and_then(|template| template.split_once('/'));
        if own.is_some_and(|(name, _)| name == TEMPLATE) {
            return Ok(());
        }
        let events = Of::Company.name();
        let events = self.0.parts.store.events(tenant, events, id, 0).await?;
        if events.is_empty() {
            return Ok(());
        }
        Err(Refusal::AuthorisationRequired.into())
    }

    /// Revokes the certificates of a company of this tenant: when it returns, every seal
    /// that is asked for is refused. Revoked again, it gives the first answer.
    pub async fn revoke_company(
        &self,
        tenant: &str,
        id: &str,
        reason: Reason,
    ) -> Result<Vec<RevokedCertificate>, SigningError> {
        let company = self.company(tenant, id).await?;
        let view = company.view();
        let serials: Vec<String> = view.certificates.values().cloned().collect();
        let (service, tenant) = (self.clone(), tenant.to_owned());
        // A task of its own: no seal goes on while it is under way, though the caller has gone.
        let done = tokio::spawn(async move {
            let _alone = service.0.sealing.write().await;
            let issuer = &service.0.parts.authorities.certificates;
            issuer.revoke(&tenant, &serials, reason).await
        });
        let revoked = done.await.map_err(|_| SigningError::Stopped)??;
        let certificate = |((suite, serial), revoked)| RevokedCertificate {
            suite,
            serial,
            revoked,
        };
        let certificates = view.certificates.into_iter().zip(revoked);
        Ok(certificates.map(certificate).collect())
    }

    /// Does something, a revocation elsewhere, while no seal is under way: what was sealed
    /// by then is there, and every seal after it is asked about again.
    pub async fn while_nothing_is_sealed<T>(&self, work: impl Future<Output = T>) -> T {
        let _alone = self.0.sealing.write().await;
        work.await
    }

    /// Refuses when the certificate with which the company would sign was revoked. True
    /// for as long as the caller has a share of `sealing`.
    pub(super) async fn check_revocation(
        &self,
        company: &Company,
        suite: Suite,
    ) -> Result<(), SigningError> {
        let Some(serial) = company.serial(suite) else {
            return Ok(());
        };
        let issuer = &self.0.parts.authorities.certificates;
        match issuer.revocation(&serial).await? {
            Some(_) => Err(Refusal::CompanyRevoked.into()),
            None => Ok(()),
        }
    }

    /// A company of this tenant.
    pub(super) async fn company(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Arc<Company>, SigningError> {
        let name = (tenant.to_owned(), id.to_owned());
        if let Some(company) = lock(&self.0.companies).get(&name) {
            return Ok(Arc::clone(company));
        }
        let company = load(&self.0.parts, &self.0.vault, tenant, id).await?;
        let missing = || SigningError::NotFound {
            what: "company",
            id: id.to_owned(),
        };
        let company = Arc::new(company.ok_or_else(missing)?);
        lock(&self.0.companies).put(name, Arc::clone(&company));
        Ok(company)
    }
}

/// The operator, registered at the first start.
pub(super) async fn operator(parts: &Parts, vault: &Vault) -> Result<Company, SigningError> {
    if let Some(company) = load(parts, vault, OPERATOR, OPERATOR).await? {
        return Ok(company);
    }
    let details = Details {
        salt: crypto::random_id(),
        name: parts.operator.clone(),
        id_number: None,
        document: None,
        phone: None,
        credit_code: None,
    };
    register(parts, vault, OPERATOR, OPERATOR, details, None, None).await
}

async fn register(
    parts: &Parts,
    vault: &Vault,
    tenant: &str,
    id: &str,
    details: Details,
    picture: Option<Vec<u8>>,
    first: Option<Proven>,
) -> Result<Company, SigningError> {
    let mut chains = BTreeMap::new();
    for suite in SUITES {
        let (keys, name) = (parts.keys.clone(), key_name(tenant, id, suite));
        let key = compute(move || keys.ensure(suite, &name)).await??;
        let issuer = &parts.authorities.certificates;
        let chain = issuer
            .issue_enterprise(tenant, suite, details.subject(), key)
            .await?;
        chains.insert(suite.name().to_owned(), chain);
    }
    let (key, wrapped) = vault.create(tenant, &format!("company/{id}"), Aead::Aes256Gcm);
    let sealed: Option<Bytes> = picture.as_ref().map(|png| key.seal("picture", png));
    let pem = |chain: &Vec<Certificate>| chain.iter().map(Certificate::to_pem).collect::<String>();
    let record = Record {
        details: details.clone(),
        picture: sealed.as_deref().map(BlobId::of),
        chains: chains
            .iter()
            .map(|(suite, chain)| (suite.clone(), pem(chain)))
            .collect(),
    };
    let body = serde_json::to_string(&record).map_err(|_| corrupt(id))?;
    let (append, ledger) = first
        .map(|first| (first.append, first.entry))
        .into_iter()
        .unzip();
    let change = Change {
        tenant: tenant.to_owned(),
        append,
        ledger,
        blobs: sealed.into_iter().collect(),
        rows: vec![
            Row::DataKey {
                name: format!("company/{id}"),
                wrapped,
            },
            Row::Company {
                id: id.to_owned(),
                body,
            },
        ],
        ..Change::default()
    };
    parts.store.commit(change).await?;
    let picture = picture
        .map(|png| Picture::from_png(&png).map(Arc::new))
        .transpose()?;
    Ok(Company {
        id: id.to_owned(),
        tenant: tenant.to_owned(),
        details,
        picture,
        chains,
    })
}

async fn load(
    parts: &Parts,
    vault: &Vault,
    tenant: &str,
    id: &str,
) -> Result<Option<Company>, SigningError> {
    let Some(body) = parts.store.company(tenant, id).await? else {
        return Ok(None);
    };
    let record: Record = serde_json::from_str(&body).map_err(|_| corrupt(id))?;
    let mut picture = None;
    if let Some(blob) = &record.picture {
        let name = format!("company/{id}");
        let key = vault.unwrap(tenant, &name, &parts.store.data_key(tenant, &name).await?)?;
        let png = key.open("picture", &parts.store.blob(tenant, blob).await?)?;
        picture = Some(Arc::new(Picture::from_png(&png)?));
    }
    let mut chains = BTreeMap::new();
    for (suite, pem) in record.chains {
        chains.insert(suite, Certificate::from_pem_many(&pem)?);
    }
    let (id, tenant) = (id.to_owned(), tenant.to_owned());
    Ok(Some(Company {
        id,
        tenant,
        details: record.details,
        picture,
        chains,
    }))
}

fn corrupt(id: &str) -> SigningError {
    SigningError::Corrupt(format!("company {id}"))
}
