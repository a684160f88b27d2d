//! A company's authorisations.

use axum::{Json, extract::Path};

use super::view::Authorisation;
use crate::http::{State, auth::Integrator, problem::Problem};

/// Lists a company's authorisations, newest first, 100 at most.
#[utoipa::path(get, path = "/api/v1/companies/{id}/authorisations", tag = "company",
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 200, body = Vec<Authorisation>), (status = 404, body = Problem)))]
pub async fn list(
    served: State,
    caller: Integrator,
    Path(company): Path<String>,
) -> Result<Json<Vec<Authorisation>>, Problem> {
    let signing = &served.house.signing;
    let views = signing.authorisations(&caller.tenant, &company).await?;
    Ok(Json(views.into_iter().map(Authorisation::from).collect()))
}
