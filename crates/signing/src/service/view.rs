//! What can be seen of a contract, and what is handed out when it is complete.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Signing, SigningError, session::loaded, stream::Of};
use crate::{
    contract::{Contract, Status},
    event::{Millis, Order, Profile, Role},
    policy::Mode,
};

/// A contract as its sender sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContractView {
    /// Identifier.
    pub contract: String,
    /// Title of the document.
    pub title: String,
    /// `signing`, `complete`, `refused`, `withdrawn` or `expired`.
    pub state: String,
    /// Algorithms.
    pub profile: Profile,
    /// Order of signing.
    pub order: Order,
    /// Digest of the frozen document.
    pub document: crypto::Digest,
    /// Number of pages.
    pub pages: usize,
    /// When the time for signing ends.
    pub expires: Millis,
    /// The parties.
    pub parties: Vec<PartyView>,
}

/// A party as the sender sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartyView {
    /// Its place in the contract.
    pub role: Role,
    /// How it signs.
    pub mode: Mode,
    /// When it signed.
    pub signed_at: Option<Millis>,
    /// Its act.
    pub act: Option<String>,
}

/// A complete contract with what proves it.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The signed file.
    pub file: Vec<u8>,
    /// The manifests, in the order of the signatures.
    pub manifests: Vec<Value>,
    /// Indexes of the contract's entries in the ledger.
    pub entries: Vec<u64>,
}

impl ContractView {
    pub(super) fn of(contract: &Contract) -> Self {
        let terms = &contract.terms;
        let party = |party: &crate::event::Party| PartyView {
            role: party.role.clone(),
            mode: party.mode,
            signed_at: contract.times.get(&party.role).copied(),
            act: contract
                .signatures
                .iter()
                .find(|s| s.role == party.role)
                .map(|s| s.act.clone()),
        };
        Self {
            contract: terms.contract.clone(),
            title: terms.title.clone(),
            state: contract.status.name().to_owned(),
            profile: terms.profile,
            order: terms.order,
            document: terms.document.clone(),
            pages: terms.pages,
            expires: terms.expires,
            parties: terms.parties.iter().map(party).collect(),
        }
    }
}

impl Signing {
    /// A contract of this tenant.
    pub async fn view(&self, tenant: &str, contract: &str) -> Result<ContractView, SigningError> {
        let mut guard = self.contract(tenant, contract).await?;
        Ok(ContractView::of(&loaded(&mut guard)?.contract))
    }

    /// A tenant's contracts, newest first.
    pub async fn list(&self, tenant: &str, limit: u32) -> Result<Vec<ContractView>, SigningError> {
        let mut views = Vec::new();
        for id in self
            .0
            .parts
            .store
            .streams(tenant, Of::Contract.name(), limit.min(100))
            .await?
        {
            views.push(self.view(tenant, &id).await?);
        }
        Ok(views)
    }

    /// The document as it was frozen.
    pub async fn frozen(&self, tenant: &str, contract: &str) -> Result<Vec<u8>, SigningError> {
        let mut guard = self.contract(tenant, contract).await?;
        self.document(loaded(&mut guard)?).await
    }

    /// A complete contract with what proves it.
    pub async fn finished(&self, tenant: &str, contract: &str) -> Result<Finished, SigningError> {
        let mut guard = self.contract(tenant, contract).await?;
        let loaded = loaded(&mut guard)?;
        if loaded.contract.status != Status::Complete {
            return Err(SigningError::NotComplete);
        }
        let file = self.file(loaded).await?;
        let store = &self.0.parts.store;
        let mut manifests = Vec::new();
        for signed in &loaded.contract.signatures {
            let sealed = store.blob(tenant, &signed.manifest).await?;
            let plain = loaded.key.open("manifest", &sealed)?;
            let corrupt = |_| SigningError::Corrupt(format!("the manifest of act {}", signed.act));
            manifests.push(serde_json::from_slice(&plain).map_err(corrupt)?);
        }
        let events = store
            .events(tenant, Of::Contract.name(), contract, 0)
            .await?;
        let mut entries: Vec<u64> = events.into_iter().filter_map(|event| event.entry).collect();
        entries.dedup();
        Ok(Finished {
            file,
            manifests,
            entries,
        })
    }

    /// The finished file for one of its signers.
    pub async fn file_for(&self, secret: &str) -> Result<Vec<u8>, SigningError> {
        let visit = self.visit(secret).await?;
        Ok(self.finished(&visit.tenant, &visit.contract).await?.file)
    }
}
