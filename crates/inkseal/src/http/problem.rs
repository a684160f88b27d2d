//! RFC 9457 problems with stable codes.

use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use crypto::KeyError;
use pki::PkiError;
use serde::Serialize;
use signing::{Refusal, SigningError, ports::PortError, register::Refused};
use trust::TrustError;
use utoipa::ToSchema;

/// What a client gets when something is wrong. `code` is stable.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `about:blank`: the code says what it is.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What, which and why, with a remedy.
    detail: String,
    /// Stable code for machines.
    code: Cow<'static, str>,
    /// Tries that are left, for `code-wrong` and `password-wrong`.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u8>,
    /// Seconds, for `Retry-After`.
    #[serde(skip)]
    again: Option<u32>,
}

impl Problem {
    /// A problem of a status with a code and words.
    pub fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            code: code.into(),
            left: None,
            again: None,
        }
    }

    /// With the seconds after which the same may be asked again (RFC 9110, 10.2.3).
    pub fn again_after(self, seconds: u32) -> Self {
        let again = Some(seconds);
        Self { again, ..self }
    }
}

impl Problem {
    /// What the trust service refuses or cannot do, under its own code.
    pub fn of_trust(error: &TrustError) -> Self {
        let status = match error {
            TrustError::Pki(
                PkiError::Request(_)
                | PkiError::Malformed { .. }
                | PkiError::SignatureWrong
                | PkiError::Algorithm(_)
                | PkiError::TooLarge { .. },
            )
            | TrustError::Lint(_)
            | TrustError::WrongSuite(_)
            | TrustError::Entry { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            TrustError::CertificateUnknown(_) | TrustError::NoEntry { .. } => StatusCode::NOT_FOUND,
            // Waiting helps none of these.
            TrustError::NotRevocable(_)
            | TrustError::KeyCertifiedBefore
            | TrustError::SuiteNotInstalled(_) => StatusCode::CONFLICT,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        if status.is_client_error() {
            return Self::new(status, error.code(), error.to_string());
        }
        tracing::error!(%error, "the trust service did not do what was asked");
        // A change whose answer was lost may have come through.
        let detail = "this could not be done now, or it is not known whether it was; ask again, \
                      which changes nothing that was done";
        Self::new(status, error.code(), detail)
    }
}

impl Problem {
    /// A field of the request that is not what it should be; `detail` begins with its name.
    pub fn invalid(detail: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-field", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        metrics::counter!("inkseal_refusals_total", "code" => self.code.to_string()).increment(1);
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let again = self.again;
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, Json(self)).into_response();
        if let Some(again) = again {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from(again));
        }
        response
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        SigningError::from(error).into()
    }
}

impl From<SigningError> for Problem {
    fn from(error: SigningError) -> Self {
        use SigningError as E;
        let status = match &error {
            E::Refused(refusal) => refused(refusal),
            E::Register(refused) => of_register(refused),
            E::Unauthorised => StatusCode::UNAUTHORIZED,
            E::NotFound { .. } => StatusCode::NOT_FOUND,
            E::NotComplete | E::Commit(store::CommitError::Conflict(_)) => StatusCode::CONFLICT,
            E::Invalid { .. }
            | E::KeyReused
            | E::Document(_)
            | E::Seal(_)
            | E::Pdf(_)
            | E::Envelope(_)
            | E::Policy { .. }
            | E::Ink(_) => StatusCode::UNPROCESSABLE_ENTITY,
            E::Port(port) if port.code == "clock-untrusted" => StatusCode::SERVICE_UNAVAILABLE,
            E::Port(_) => StatusCode::BAD_GATEWAY,
            E::Stopped | E::Key(KeyError::Module { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            E::Key(_) | E::Pki(_) | E::Read(_) | E::Commit(_) | E::Corrupt(_) | E::Altered(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let detail = if status.is_server_error() {
            // What is wrong inside is for the operator. Only the words of store and disk
            // are sure to hold no name.
            let inside = match &error {
                E::Read(_) | E::Commit(_) | E::Corrupt(_) | E::Altered(_) => error.to_string(),
                _ => String::new(),
            };
            tracing::error!(code = error.code(), inside, "a command failed");
            match &error {
                E::Port(port) if port.code == "authority-not-configured" => port.reason.clone(),
                E::Port(port) => format!("the {} did not do it; nothing was changed", port.port),
                E::Stopped => error.to_string(),
                _ => "this could not be done; nothing was changed. Try again, or tell the \
                      operator the code"
                    .to_owned(),
            }
        } else {
            error.to_string()
        };
        let mut problem = Self::new(status, error.code().to_owned(), detail);
        if let E::Refused(Refusal::CodeWrong { left })
        | E::Register(Refused::PasswordWrong { left }) = error
        {
            problem.left = Some(left);
        }
        problem
    }
}

fn refused(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::LinkUnknown
        | Refusal::NoSuchParty(_)
        | Refusal::NoSuchPage { .. }
        | Refusal::StaffCodeUnknown => StatusCode::NOT_FOUND,
        Refusal::LinkUsed | Refusal::LinkExpired | Refusal::SessionExpired => StatusCode::GONE,
        Refusal::SessionForeign => StatusCode::FORBIDDEN,
        Refusal::CodeExhausted
        | Refusal::CodeLimit
        | Refusal::CodeLater { .. }
        | Refusal::LinkLater { .. }
        | Refusal::IdentityLimit
        | Refusal::TooManyTries { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::CodeWrong { .. }
        | Refusal::CodeExpired
        | Refusal::EvidenceMissing(_)
        | Refusal::ConsentMissing(_)
        | Refusal::SealMissing
        | Refusal::TranscriptionWrong(_)
        | Refusal::ReadingTooShort { .. }
        | Refusal::ReadingImpossible
        | Refusal::IdentityMismatch
        | Refusal::IdentityUnknown => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::AnswerForeign => StatusCode::BAD_GATEWAY,
        _ => StatusCode::CONFLICT,
    }
}

fn of_register(refused: &Refused) -> StatusCode {
    match refused {
        Refused::PersonCancelled | Refused::EnterpriseCancelled => StatusCode::GONE,
        Refused::CheckLimit | Refused::PasswordPaused { .. } | Refused::PaymentLimit => {
            StatusCode::TOO_MANY_REQUESTS
        }
        Refused::DocumentExpired | Refused::Unborn | Refused::PasswordWrong { .. } => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => StatusCode::CONFLICT,
    }
}

/// What the router refused in its own words, as a problem: every error has a code.
pub async fn of_router(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    // What a handler says is a problem already, or the state of the house.
    let said =
        |kind: &HeaderValue| kind == "application/problem+json" || kind == "application/json";
    if kind.is_some_and(said) || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let (code, detail) = match status {
        StatusCode::METHOD_NOT_ALLOWED => ("method-not-allowed", "the path has no such method"),
        StatusCode::NOT_FOUND => ("not-found", "there is nothing here"),
        _ => (
            "request-invalid",
            "path or query are not what is expected; see /api/docs",
        ),
    };
    let mut answer = Problem::new(status, code, detail).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}
