//! Freezing: a template with data, or an uploaded file, becomes a contract.

use std::{collections::BTreeMap, sync::Arc};

use document::Template;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use store::{BlobId, Row};

use super::{
    CommandKey, ContractView, Signing, SigningError, compute, compute_apart,
    loaded::{Loaded, Person, Step, answered_before, change},
    stream::Proven,
};
use crate::{
    Refusal,
    act::Head,
    authorisation::TEMPLATE,
    contract::Contract,
    event::{Event, LabelSide, Millis, Order, Party, Place, Profile, Recorded, Role, Terms},
    identity::{self, Details, DocumentKind, IdDocument},
    policy::{EvidencePolicy, ItemKind, Mode, PolicyChange},
    register::person::HeldDocument,
};

/// Parties that one contract may have.
const PARTIES: usize = 16;
/// Longest time for signing: 90 days.
const LONGEST: Millis = 90 * 24 * 3600 * 1000;
/// The largest file that may be uploaded, 32 MiB.
const LARGEST: usize = 32 << 20;
/// How far a place may reach over the edge of its page, in points.
const SLACK: f64 = 1.0;
/// The largest part of a page that one mark may cover.
const LARGEST_PART: f64 = 0.25;
/// Roles that no party may have.
const RESERVED: &str = "closing";

/// A contract to be made.
pub struct NewContract {
    /// Algorithms.
    pub profile: Profile,
    /// Order of signing.
    pub order: Order,
    /// Time for signing, from now.
    pub lifetime: Millis,
    /// What is to be signed.
    pub source: Source,
    /// Who signs, in signing order.
    pub parties: Vec<NewParty>,
    /// How the evidence differs from the default, by mode; a template has its own.
    pub evidence: BTreeMap<Mode, PolicyChange>,
    /// The URL that is told what becomes of it. Whether it may be called is for who calls.
    pub callback: Option<String>,
}

/// What is to be signed.
pub enum Source {
    /// A template of the service, filled.
    Template {
        /// Its name.
        name: String,
        /// Its data.
        data: Value,
    },
    /// A finished PDF.
    Upload {
        /// Its title.
        title: String,
        /// The file.
        file: Vec<u8>,
    },
}

/// A party to be.
#[derive(Debug, Clone)]
pub struct NewParty {
    /// Its place in the contract.
    pub role: String,
    /// How it signs.
    pub mode: Mode,
    /// A person of the register, in place of name, number and telephone.
    pub person: Option<String>,
    /// Name of a person.
    pub name: Option<String>,
    /// Resident identity number of a person.
    pub id_number: Option<String>,
    /// Another document of a person, in place of that number.
    pub document: Option<(DocumentKind, String)>,
    /// Mobile number of a person.
    pub phone: Option<String>,
    /// A registered company.
    pub company: Option<String>,
    /// Text in an uploaded file by which the signature is drawn.
    pub keyword: Option<pdf::Keyword>,
    /// Places in an uploaded file where the signature is drawn.
    pub places: Vec<Place>,
    /// A seal's picture is cut across the right edges of all pages.
    pub across_pages: bool,
    /// Where the signature is drawn on every page, like [`Place::rect`].
    pub every_page: Option<[f64; 4]>,
    /// Name, time and manner are told by strokes or seal.
    pub label: Option<LabelSide>,
}

impl NewParty {
    /// A party of which nothing more is said yet.
    #[must_use]
    pub fn new(role: &str, mode: Mode) -> Self {
        Self {
            role: role.to_owned(),
            mode,
            name: None,
            person: None,
            id_number: None,
            document: None,
            phone: None,
            company: None,
            keyword: None,
            places: Vec::new(),
            across_pages: false,
            every_page: None,
            label: None,
        }
    }
}

/// A frozen document with the places that its parties sign at.
struct Frozen {
    title: String,
    file: Vec<u8>,
    places: BTreeMap<String, Vec<Place>>,
    /// Whom the text names, by role: fields of the data and what they say.
    named: BTreeMap<String, Vec<Named>>,
    /// Name and version of the template, and how it changes the evidence.
    template: Option<(String, BTreeMap<Mode, PolicyChange>)>,
    /// The amount that it is about, where its template says so.
    amount_fen: Option<u64>,
}

/// What the text of a contract says of a party.
struct Named {
    /// JSON pointer in the template's data.
    field: String,
    value: String,
}

impl Signing {
    /// Freezes the document and opens the contract for signing.
    pub async fn create(
        &self,
        tenant: &str,
        new: NewContract,
        key: Option<&CommandKey>,
    ) -> Result<ContractView, SigningError> {
        if let Some(before) = self.replay(tenant, key).await? {
            return Ok(before);
        }
        let named = matches!(&new.source, Source::Template { name, .. } if name == TEMPLATE);
        if named {
            let reason =
                "authorisations are made for a company: POST /companies/{id}/authorisations";
            return Err(invalid("template", reason));
        }
        let answer = |contract: &Contract| Ok((ContractView::of(contract), None));
        self.open_contract(tenant, new, key, answer).await
    }

    /// Freezes the document and opens the contract for signing. `answer` says of it what
    /// the command is answered, and what else happens with it.
    pub(super) async fn open_contract<T: Serialize + DeserializeOwned>(
        &self,
        tenant: &str,
        new: NewContract,
        key: Option<&CommandKey>,
        answer: impl FnOnce(&Contract) -> Result<(T, Option<Proven>), SigningError>,
    ) -> Result<T, SigningError> {
        let roles = roles(&new.parties)?;
        check_lifetime(new.lifetime)?;
        let frozen = self.freeze(new.source, &new.parties).await?;
        let profile = new.profile;
        let policies = policies(&frozen, &new.evidence)?;
        let (mut frozen, head) = compute(move || {
            let head = Head::read(&frozen.file, profile)?;
            Ok::<_, SigningError>((frozen, head))
        })
        .await??;
        self.spread(tenant, &new.parties, &head, &mut frozen.places)
            .await?;
        check_places(&head, &frozen.places)?;

        let id = crypto::random_id();
        let name = format!("contract/{id}");
        let (data_key, wrapped) = self.0.vault.create(tenant, &name, profile.aead());
        let mut rows = vec![Row::DataKey { name, wrapped }];
        let document = data_key.seal("document", &frozen.file);
        let blob = BlobId::of(&document);
        let mut blobs = vec![document];
        let now = self.now();
        let expires = now + new.lifetime;
        let mut parties = Vec::with_capacity(new.parties.len());
        let mut people = BTreeMap::new();
        for (role, party) in roles.into_iter().zip(new.parties) {
            let policy = policies.get(&party.mode).cloned();
            let writes = |policy: &EvidencePolicy| policy.demands(ItemKind::Handwriting);
            let printed = policy.as_ref().is_some_and(|policy| !writes(policy));
            let details = self.details(tenant, &party, printed).await?;
            agree(&details, frozen.named.get(role.as_str()))?;
            if policy.as_ref().is_none_or(|policy| policy.pickup) {
                let place = (id.as_str(), role.as_str(), party.mode);
                rows.extend(self.awaited(place, &details, (now, expires)));
            }
            let person = format!("person/{}", crypto::random_id());
            let (key, wrapped) = self.0.vault.create(tenant, &person, profile.aead());
            rows.push(Row::DataKey {
                name: person.clone(),
                wrapped,
            });
            let plain = serde_json::to_vec(&details)
                .map_err(|_| SigningError::Corrupt(format!("party {role}")))?;
            let sealed = key.seal("details", &plain);
            let places = frozen.places.get(role.as_str()).cloned();
            parties.push(Party {
                mode: party.mode,
                policy,
                person,
                identity: details.digest(profile.hash()),
                details: BlobId::of(&sealed),
                company: party.company,
                registered: party.person,
                places: places.unwrap_or_default(),
                label: party.label,
                role: role.clone(),
            });
            blobs.push(sealed);
            people.insert(role, Arc::new(Person { details, key }));
        }
        let terms = Terms {
            contract: id,
            title: frozen.title,
            profile,
            document: head.digest(),
            blob,
            length: frozen.file.len(),
            pages: head.base().pages(),
            order: new.order,
            expires,
            parties,
            template: frozen.template.map(|(template, _)| template),
            amount_fen: frozen.amount_fen,
            callback: new.callback,
        };
        let contract = Contract::new(terms.clone());
        let (view, also) = answer(&contract)?;
        let mut loaded = Loaded::new(tenant, contract, data_key, head, people);
        let recorded = [Recorded {
            at: now,
            event: Event::Frozen { terms },
        }];
        let step = Step {
            also: also.into_iter().collect(),
            blobs,
            rows,
            ..Step::default()
        };
        let change = change(&loaded, &recorded, step, key, &view)?;
        match self.0.parts.store.commit(change).await {
            Ok(_) => {}
            Err(store::CommitError::Replayed(answer)) => return answered_before(&answer),
            Err(error) => return Err(error.into()),
        }
        loaded.events = 1;
        self.keep(loaded);
        Ok(view)
    }

    /// Who signs by short message may lose it, and is found by number then.
    fn awaited(
        &self,
        (contract, role, mode): (&str, &str, Mode),
        details: &Details,
        (now, expires): (Millis, Millis),
    ) -> Option<Row> {
        let phone = details.phone.as_ref().filter(|_| mode == Mode::Sms)?;
        Some(Row::AwaitedNumber {
            digest: self.number_digest(phone),
            contract: contract.to_owned(),
            role: role.to_owned(),
            made: now,
            expires,
        })
    }

    async fn freeze(&self, source: Source, parties: &[NewParty]) -> Result<Frozen, SigningError> {
        match source {
            Source::Template { name, data } => {
                let template = self.0.parts.templates.get(&name);
                let missing = || SigningError::NotFound {
                    what: "template",
                    id: name.clone(),
                };
                let template = Arc::clone(template.ok_or_else(missing)?);
                let fonts = self.0.parts.fonts.clone();
                let title = template.title().zh.clone();
                let named = named(&template, &data);
                let amount_fen = template.amount_fen(&data);
                let evidence = evidence(&template)?;
                let version = format!("{}/{}", template.name(), template.version());
                let roles: Vec<String> = template
                    .roles()
                    .iter()
                    .map(|role| role.role.clone())
                    .collect();
                let document = compute_apart(move || template.render(&fonts, &data)).await??;
                let mut places: BTreeMap<String, Vec<Place>> = BTreeMap::new();
                for anchor in document.anchors {
                    let place = Place {
                        page: anchor.page,
                        rect: anchor.rect,
                        part: None,
                    };
                    places.entry(anchor.role).or_default().push(place);
                }
                let nowhere = parties
                    .iter()
                    .find(|party| !places.contains_key(&party.role) && !party.spreads());
                if let Some(party) = nowhere {
                    let reason = format!("the template has no signature block for {}", party.role);
                    return Err(invalid("parties.role", &reason));
                }
                let absent = |role: &&String| !parties.iter().any(|party| party.role == **role);
                if let Some(role) = roles.iter().find(absent) {
                    let reason = format!("{role} has a signature block and is no party");
                    return Err(invalid("parties", &reason));
                }
                Ok(Frozen {
                    title,
                    file: document.pdf,
                    places,
                    named,
                    template: Some((version, evidence)),
                    amount_fen,
                })
            }
            Source::Upload { title, file } => {
                if file.len() > LARGEST {
                    return Err(invalid("document", "an uploaded file has at most 32 MiB"));
                }
                let title = identity::name(&title).map_err(SigningError::identity("title"))?;
                let mut places: BTreeMap<String, Vec<Place>> = parties
                    .iter()
                    .map(|p| (p.role.clone(), p.places.clone()))
                    .collect();
                let words: Vec<(String, pdf::Keyword)> = parties
                    .iter()
                    .filter_map(|p| Some((p.role.clone(), p.keyword.clone()?)))
                    .collect();
                compute(move || {
                    // Before the text is read: what reads it trusts the file.
                    pdf::Base::read(&file)?;
                    for (role, keyword) in words {
                        let found = pdf::find_text(&file, &keyword)?;
                        let place = |p: pdf::Placement| Place {
                            page: p.page,
                            rect: p.rect,
                            part: None,
                        };
                        places
                            .entry(role)
                            .or_default()
                            .extend(found.into_iter().map(place));
                    }
                    Ok(Frozen {
                        title,
                        file,
                        places,
                        named: BTreeMap::new(),
                        template: None,
                        amount_fen: None,
                    })
                })
                .await?
            }
        }
    }

    async fn details(
        &self,
        tenant: &str,
        party: &NewParty,
        printed: bool,
    ) -> Result<Details, SigningError> {
        if let Some(company) = &party.company {
            let details = self.company(tenant, company).await?.details.clone();
            self.check_text(party, &details.name, false)?;
            return Ok(details);
        }
        let field = |name: &str| format!("parties.{}.{name}", party.role);
        if let Some(id) = &party.person {
            if party.name.is_some() || party.id_number.is_some() || party.document.is_some() {
                let reason = "the register says name and document; leave them out";
                return Err(invalid(&field("person"), reason));
            }
            let registered = self.opened(tenant, id).await?.details;
            self.check_text(party, &registered.name, printed)?;
            let now = self.now();
            let good = |held: &&HeldDocument| held.expires.is_none_or(|end| now < end);
            let held = registered.documents.iter().find(good);
            let reason = "all documents of this person have expired";
            let held = held.ok_or_else(|| invalid(&field("person"), reason))?;
            let document = held.document.clone();
            let resident = document.kind() == DocumentKind::ResidentId;
            let number = resident.then(|| document.expose().parse()).transpose();
            return Ok(Details {
                salt: crypto::random_id(),
                name: registered.name,
                id_number: number.map_err(SigningError::identity(&field("person")))?,
                document: (!resident).then_some(document),
                phone: registered.phone,
                credit_code: None,
            });
        }
        let name = party.name.as_deref().unwrap_or_default();
        let name = identity::name(name).map_err(SigningError::identity(&field("name")))?;
        self.check_text(party, &name, printed)?;
        let parse = |text: &Option<String>| text.clone().unwrap_or_default();
        let phone = parse(&party.phone).parse();
        let (id_number, document) = match &party.document {
            None => {
                let number = parse(&party.id_number).parse();
                let number = number.map_err(SigningError::identity(&field("id_number")))?;
                (Some(number), None)
            }
            Some((kind, number)) => {
                let document = IdDocument::parse(*kind, number);
                let document = document.map_err(SigningError::identity(&field("document")))?;
                (None, Some(document))
            }
        };
        Ok(Details {
            salt: crypto::random_id(),
            name,
            id_number,
            document,
            phone: Some(phone.map_err(SigningError::identity(&field("phone")))?),
            credit_code: None,
        })
    }
}

/// Refuses a time for signing that is over at once, or too long.
fn check_lifetime(lifetime: Millis) -> Result<(), SigningError> {
    if (1..=LONGEST).contains(&lifetime) {
        return Ok(());
    }
    let reason = "a contract is open for up to 90 days";
    Err(invalid("expires_in_hours", reason))
}

/// How a template changes the evidence, by mode.
fn evidence(template: &Template) -> Result<BTreeMap<Mode, PolicyChange>, SigningError> {
    let parsed = serde_json::from_value(template.evidence().clone());
    parsed.map_err(|error| invalid("template.evidence", &error.to_string()))
}

/// The policy of each mode in which a person signs: the default, changed by the template,
/// changed by the contract.
fn policies(
    frozen: &Frozen,
    contract: &BTreeMap<Mode, PolicyChange>,
) -> Result<BTreeMap<Mode, EvidencePolicy>, SigningError> {
    let mut policies = BTreeMap::new();
    for mode in Mode::ALL.into_iter().filter(|mode| mode.is_person()) {
        let wrong = |error| SigningError::Policy {
            mode: mode.name(),
            error,
        };
        let mut policy = EvidencePolicy::of(mode);
        if let Some((template, changes)) = &frozen.template
            && let Some(change) = changes.get(&mode)
        {
            let name = format!("{template}/{}", mode.name());
            policy = policy.changed(name, change).map_err(wrong)?;
        }
        if let Some(change) = contract.get(&mode) {
            let name = format!("contract/{}", mode.name());
            policy = policy.changed(name, change).map_err(wrong)?;
        }
        policy.must_fit(mode).map_err(wrong)?;
        policies.insert(mode, policy);
    }
    Ok(policies)
}

/// What the data of a template says of each role.
fn named(template: &Template, data: &Value) -> BTreeMap<String, Vec<Named>> {
    let said = |pointer: &String| {
        let value = data.pointer(pointer)?.as_str()?.to_owned();
        Some(Named {
            field: pointer.clone(),
            value,
        })
    };
    let of_role = |role: &document::Role| {
        let named = [&role.name, &role.number]
            .into_iter()
            .flatten()
            .filter_map(said);
        (role.role.clone(), named.collect())
    };
    template.roles().iter().map(of_role).collect()
}

/// The certificate must name whom the paper names.
fn agree(details: &Details, named: Option<&Vec<Named>>) -> Result<(), SigningError> {
    let id_number = details.proof().map(|document| document.expose().to_owned());
    let code = details
        .credit_code
        .as_ref()
        .map(|code| code.as_str().to_owned());
    let own = [Some(details.name.clone()), id_number, code];
    for Named { field, value } in named.into_iter().flatten() {
        if !own.iter().flatten().any(|own| own == value) {
            let reason = "the party that signs here has another name or number";
            return Err(invalid(&format!("data{field}"), reason));
        }
    }
    Ok(())
}

/// Refuses places that are not on the paper, that would cover much of a page, or that
/// lie over another party's place: now, and not when their party comes to sign.
fn check_places(head: &Head, places: &BTreeMap<String, Vec<Place>>) -> Result<(), SigningError> {
    let pages = head.base().pages();
    for place in places.values().flatten() {
        if place.page >= pages {
            let page = place.page + 1;
            return Err(Refusal::NoSuchPage { page, pages }.into());
        }
        let [width, height] = head.base().page_size(place.page)?;
        let [x0, y0, x1, y1] = place.rect;
        let on =
            |low: f64, high: f64, edge: f64| -SLACK <= low && low < high && high <= edge + SLACK;
        if !(on(x0, x1, width) && on(y0, y1, height)) {
            return Err(pdf::PdfError::BadPlacement(place.rect).into());
        }
        if (x1 - x0) * (y1 - y0) > LARGEST_PART * width * height {
            let page = place.page + 1;
            let reason = format!("a place on page {page} covers more than a quarter of it");
            return Err(invalid("parties.places", &reason));
        }
    }
    for (at, (role, own)) in places.iter().enumerate() {
        for (other, theirs) in places.iter().skip(at + 1) {
            let over = |a: &Place| theirs.iter().find(|b| overlap(a, b));
            if let Some(place) = own.iter().find_map(over) {
                let page = place.page + 1;
                let reason =
                    format!("{role} and {other} would sign over each other on page {page}");
                return Err(invalid("parties.places", &reason));
            }
        }
    }
    Ok(())
}

/// Whether two whole marks lie over each other. The strips of a seal across the pages lie
/// at the edge, where nobody else's mark is in the way.
fn overlap(a: &Place, b: &Place) -> bool {
    let meet = |low: usize, high: usize| {
        a.rect[low] + SLACK < b.rect[high] && b.rect[low] + SLACK < a.rect[high]
    };
    a.page == b.page && a.part.is_none() && b.part.is_none() && meet(0, 2) && meet(1, 3)
}

/// The roles of all parties: well formed, different, and each fit for its mode.
fn roles(parties: &[NewParty]) -> Result<Vec<Role>, SigningError> {
    if !(1..=PARTIES).contains(&parties.len()) {
        return Err(invalid("parties", "a contract has 1 to 16 parties"));
    }
    let mut roles = Vec::with_capacity(parties.len());
    for party in parties {
        let role = Role::parse(&party.role).filter(|role| role.as_str() != RESERVED);
        let role = role.ok_or_else(|| {
            invalid(
                "parties.role",
                "a role has 1 to 32 characters of a-z, 0-9 and -, not `closing`",
            )
        })?;
        if roles.contains(&role) {
            return Err(invalid(
                "parties.role",
                &format!("two parties have the role {role}"),
            ));
        }
        let fits = match party.mode {
            Mode::Counter | Mode::Pad | Mode::App | Mode::Sms => party.company.is_none(),
            Mode::Seal => party.company.is_some(),
            Mode::Closing => false,
        };
        if !fits {
            let reason =
                format!("{role}: persons sign by counter, pad, app or sms, companies by seal");
            return Err(invalid("parties.mode", &reason));
        }
        roles.push(role);
    }
    Ok(roles)
}

pub(super) fn invalid(field: &str, reason: &str) -> SigningError {
    SigningError::Invalid {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}
