//! Reverse payment: a small sum that only the enterprise can see.

use axum::{Json, extract::Path, http::StatusCode};
use serde::{Deserialize, Serialize};
use signing::service::{NewPayment, PaymentView};
use utoipa::ToSchema;

use crate::http::{
    State, auth::Integrator, body::Body, person::view::verdict, problem::Problem, time::rfc3339,
};

/// The enterprise's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The bank.
    bank: String,
    /// Number of the account.
    account: String,
}

/// The sum that arrived.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// In fen.
    fen: u32,
}

/// A payment.
#[derive(Serialize, ToSchema)]
pub struct Payment {
    payment: String,
    /// Whether it was made, or the sum was right: `match`, `mismatch` or `unknown`.
    verdict: &'static str,
    /// Sums that may still be named.
    left: u8,
    /// Until when one can be named.
    expires: Option<String>,
}

impl From<PaymentView> for Payment {
    fn from(view: PaymentView) -> Self {
        Self {
            payment: view.payment,
            verdict: verdict(view.verdict),
            left: view.left,
            expires: view.expires.map(rfc3339),
        }
    }
}

/// Has a small sum paid into the enterprise's account. An earlier payment that waits ends.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/payments", tag = "enterprise", request_body = Account,
    params(("id" = String, Path)), security(("bearer" = [])),
    responses((status = 201, body = Payment), (status = 404, body = Problem),
        (status = 429, description = "`payment-limit`", body = Problem), (status = 502, body = Problem)))]
pub async fn pay(
    served: State,
    caller: Integrator,
    Path(id): Path<String>,
    body: Body<Account>,
) -> Result<(StatusCode, Json<Payment>), Problem> {
    let Account { bank, account } = body.unkeyed()?;
    let account = account.into();
    let new = NewPayment { bank, account };
    let signing = &served.house.signing;
    let made = signing.pay_enterprise(&caller.tenant, &id, new).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Names the sum of a payment, three times at most. A sum counts also when the authority
/// does not answer.
#[utoipa::path(post, path = "/api/v1/enterprises/{id}/payments/{payment}/amount", tag = "enterprise",
    request_body = Amount, params(("id" = String, Path), ("payment" = String, Path)),
    security(("bearer" = [])),
    responses((status = 200, body = Payment), (status = 404, body = Problem),
        (status = 409, description = "`payment-exhausted`, `payment-over`", body = Problem),
        (status = 502, body = Problem)))]
pub async fn confirm(
    served: State,
    caller: Integrator,
    Path((id, payment)): Path<(String, String)>,
    body: Body<Amount>,
) -> Result<Json<Payment>, Problem> {
    let fen = body.unkeyed()?.fen;
    let signing = &served.house.signing;
    let done = signing.confirm_payment(&caller.tenant, &id, &payment, fen);
    Ok(Json(done.await?.into()))
}
