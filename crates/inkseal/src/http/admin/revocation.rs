//! The operator revokes a company's certificates.

use axum::{Json, extract::Path};

use crate::http::{
    State,
    auth::Admin,
    body::Body,
    company::revocation::{Order, Revoked, revoke_of},
    problem::Problem,
};

/// Revokes all certificates of a tenant's company, for ever: it can no longer seal.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant}/companies/{id}/revocation", tag = "admin",
    request_body = Order, params(("tenant" = String, Path), ("id" = String, Path)),
    security(("admin" = [])),
    responses((status = 200, body = Vec<Revoked>), (status = 404, body = Problem)))]
pub async fn revoke(
    served: State,
    _caller: Admin,
    Path((tenant, id)): Path<(String, String)>,
    body: Body<Order>,
) -> Result<Json<Vec<Revoked>>, Problem> {
    revoke_of(&served, &tenant, &id, body).await
}
