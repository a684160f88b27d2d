//! The HTTP API under `/api/v1`, the public ledger, and the pages.
//!
//! One file a route: authenticate, one call of the domain, answer. Errors are
//! RFC 9457 problems with stable codes; OpenAPI is drawn from the same handlers.

mod address;
mod admin;
mod assets;
pub mod auth;
mod body;
mod callback_key;
mod company;
mod contract;
mod device;
mod enterprise;
mod health;
mod ledger;
mod measure;
pub mod mutual;
mod officer;
mod pairing;
mod person;
mod problem;
mod session;
pub mod time;
mod trust;
pub mod trust_service;

pub use trust::places::Places;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{from_fn, map_response},
    routing::get,
};
use store::Store;
use tower_http::{set_header::SetResponseHeaderLayer, timeout::TimeoutLayer, trace::TraceLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use admin::certificate::Office;
use ledger::Known;
pub use session::arriving::ENVELOPE;

use crate::house::{House, SigningHouse, TrustHouse};

/// What every handler can reach.
pub type State = axum::extract::State<Arc<Served>>;

/// A house of contracts as it is served.
pub struct Served {
    /// Contracts, and the way to the trust service.
    pub house: SigningHouse,
    /// How signers reach the pages, without a slash at the end.
    pub public_url: String,
    /// Whether requests come through a proxy of the operator's, which tells their address.
    pub behind_proxy: bool,
    /// Room for large bodies of evidence while they arrive and are dealt with, by MiB.
    pub uploads: Arc<session::room::Room>,
}

/// The most of it, and the most of it for one session: two of the longest items.
const UPLOADS_MIB: usize = 256;
const SESSION_MIB: usize = 64;

/// How long a request may take, its body included: an upload over a slow line.
const PATIENCE: Duration = Duration::from_mins(2);
/// Pages load nothing from elsewhere and cannot be framed.
const POLICY: &str = "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Inkseal",
        description = "Signs internet-finance contracts so that every signature can be proven.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Security),
    tags(
        (name = "session", description = "A signer's visit. Bearer: the secret that opening the link gave."),
        (name = "contract", description = "An integrator's contracts. Bearer: an API key."),
        (name = "person", description = "Persons of the register. Bearer: an API key."),
        (name = "enterprise", description = "Enterprises of the register. Bearer: an API key."),
        (name = "company", description = "Companies that sign by seal. Bearer: an API key."),
        (name = "staff", description = "Officers, clerks and their devices. Bearer: an API key for the lists, a device's secret for logging in, an officer's session for everything under `/officer`."),
        (name = "admin", description = "The operator. Basic: `admin` and the password."),
        (name = "trust-service", description = "The trust service's door for other services, on `trust_listen`. A registered client certificate."),
        (name = "public", description = "Anchors, revocation, timestamps and ledger, for everybody."),
    )
)]
struct Api;

#[derive(OpenApi)]
// Its path has slashes in it, which OpenAPI cannot say: routed by hand.
#[openapi(paths(trust::ocsp::get))]
struct Authorities;

struct Security;

impl Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.get_or_insert_default();
        let scheme = |scheme| SecurityScheme::Http(Http::new(scheme));
        components.add_security_scheme("bearer", scheme(HttpAuthScheme::Bearer));
        components.add_security_scheme("admin", scheme(HttpAuthScheme::Basic));
        let certificate = SecurityScheme::MutualTls {
            description: None,
            deprecated: None,
            extensions: None,
        };
        components.add_security_scheme("service", certificate);
    }
}

/// What every house has.
fn operators() -> OpenApiRouter<Store> {
    OpenApiRouter::with_openapi(Api::openapi()).routes(routes!(admin::password::password))
}

/// How the house stands.
fn healths() -> OpenApiRouter<health::Watched> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
}

/// What everybody may know of the trust service, wherever it is.
fn anchors() -> OpenApiRouter<Known> {
    OpenApiRouter::new()
        .routes(routes!(ledger::anchors))
        .routes(routes!(ledger::key))
        .routes(routes!(ledger::certificate))
}

/// The public face of a trust service.
fn authorities() -> OpenApiRouter<TrustHouse> {
    OpenApiRouter::with_openapi(Authorities::openapi())
        .routes(routes!(trust::crl::crl))
        .routes(routes!(trust::certificate::certificate))
        .routes(routes!(trust::ocsp::post))
        .routes(routes!(admin::service::register, admin::service::list))
        .routes(routes!(admin::service::remove))
        .routes(routes!(trust::tsa::any))
        .routes(routes!(trust::tsa::of_suite))
        .route("/api/v1/trust/ocsp/{*request}", get(trust::ocsp::get))
        .route("/ledger/{*path}", get(ledger::object))
}

/// Lasting certificates, for the operator.
fn certificates() -> OpenApiRouter<Office> {
    OpenApiRouter::new()
        .routes(routes!(
            admin::certificate::issue::issue,
            admin::certificate::list::list
        ))
        .routes(routes!(admin::certificate::show::show))
        .routes(routes!(admin::certificate::revoke::revoke))
}

/// Contracts.
fn contracts() -> OpenApiRouter<Arc<Served>> {
    OpenApiRouter::new()
        .routes(routes!(session::open::open))
        .routes(routes!(session::pickup::pick_up))
        .routes(routes!(session::sitting::open))
        .routes(routes!(session::sitting::share))
        .routes(routes!(session::view::view))
        .routes(routes!(session::page::page))
        .routes(routes!(session::text::text))
        .routes(routes!(session::read::read))
        .routes(routes!(session::consent::texts, session::consent::agree))
        .routes(routes!(session::evidence::add))
        .routes(routes!(session::identity::identify))
        .routes(routes!(session::password::prove))
        .routes(routes!(session::code::send))
        .routes(routes!(session::code::check))
        .routes(routes!(session::submit::submit))
        .routes(routes!(session::refuse::refuse))
        .routes(routes!(session::file::file))
        .routes(routes!(company::register::register))
        .routes(routes!(contract::create::create, contract::list::list))
        .routes(routes!(contract::view::view))
        .routes(routes!(contract::link::link))
        .routes(routes!(contract::set::issue))
        .routes(routes!(contract::schema::manifest))
        .routes(routes!(contract::seal::seal))
        .routes(routes!(contract::evidence::hand_over))
        .routes(routes!(contract::evidence::content))
        .routes(routes!(contract::withdraw::withdraw))
        .routes(routes!(contract::finished::file))
        .routes(routes!(contract::finished::document))
        .routes(routes!(contract::finished::manifests))
        .routes(routes!(contract::finished::receipts))
        .routes(routes!(officer::appoint::appoint, officer::list::list))
        .routes(routes!(officer::removal::remove))
        .routes(routes!(officer::login::login))
        .routes(routes!(officer::session::open))
        .routes(routes!(officer::sitting::open))
        .routes(routes!(officer::view::view))
        .routes(routes!(officer::evidence::add))
        .routes(routes!(officer::pairing::pair))
        .routes(routes!(pairing::open::open))
        .routes(routes!(device::add::add, device::list::list))
        .routes(routes!(device::enrolment::enrol))
        .routes(routes!(device::removal::remove))
        .routes(routes!(admin::key::key))
        .routes(routes!(admin::revocation::revoke))
        .routes(routes!(company::revocation::revoke))
        .routes(routes!(callback_key::key))
        .routes(routes!(company::silent::set))
        .routes(routes!(
            company::authorisation::create::create,
            company::authorisation::list::list
        ))
        .routes(routes!(company::authorisation::view::view))
        .routes(routes!(company::authorisation::revoke::revoke))
        .merge(register())
}

/// Persons and enterprises.
fn register() -> OpenApiRouter<Arc<Served>> {
    OpenApiRouter::new()
        .routes(routes!(person::register::register))
        .routes(routes!(person::view::view, person::change::change))
        .routes(routes!(person::merger::merge))
        .routes(routes!(person::cancellation::cancel))
        .routes(routes!(person::check::check))
        .routes(routes!(person::consent::give))
        .routes(routes!(person::consent::withdraw))
        .routes(routes!(person::photo::add))
        .routes(routes!(person::photo::photo))
        .routes(routes!(person::password::set))
        .routes(routes!(person::password::check))
        .routes(routes!(enterprise::register::register))
        .routes(routes!(enterprise::view::view, enterprise::change::change))
        .routes(routes!(enterprise::check::check))
        .routes(routes!(enterprise::payment::pay))
        .routes(routes!(enterprise::payment::confirm))
        .routes(routes!(enterprise::agent::authorise))
        .routes(routes!(enterprise::agent::revoke))
        .routes(routes!(enterprise::agent::capacity))
        .routes(routes!(enterprise::seal::give))
        .routes(routes!(enterprise::cancellation::cancel))
}

/// What a house shows to the world.
pub fn router(house: House, public_url: String, behind_proxy: bool) -> Router {
    let watched = health::Watched::of(&house);
    let mut api = operators().with_state(house.store);
    api = api.merge(healths().with_state(watched));
    if let Some(trust) = house.trust {
        let signing = house.signing.as_ref().map(|house| house.signing.clone());
        let office = Office {
            house: trust.clone(),
            signing,
        };
        api = api.merge(certificates().with_state(office));
        api = api.merge(authorities().with_state(trust));
    }
    let known = Known {
        trust: house.service,
        outside: house.tsa_anchors,
    };
    api = api.merge(anchors().with_state(known));
    let (router, mut document) = if let Some(house) = house.signing {
        let served = Arc::new(Served {
            house,
            public_url,
            behind_proxy,
            uploads: Arc::new(session::room::Room::new(UPLOADS_MIB, SESSION_MIB)),
        });
        let api = api.merge(contracts().with_state(served));
        let (router, document) = api.split_for_parts();
        (router.fallback(assets::asset), document)
    } else {
        api.split_for_parts()
    };
    document.merge(trust_service::document());
    router
        .merge(SwaggerUi::new("/api/docs").url("/api/v1/openapi.json", document))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            PATIENCE,
        ))
        .layer(map_response(problem::of_router))
        .layer(from_fn(measure::request))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(TraceLayer::new_for_http())
}

fn fixed(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
