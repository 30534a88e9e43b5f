//! What goes wrong, with its HTTP status.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use folkmoot_protocol::machine::InputError;

use crate::control::view::Problem;

/// What a path gives back.
pub(in crate::control) type Answer<T> = Result<Json<T>, Failure>;

/// Something that went wrong, with its HTTP status.
#[derive(Debug)]
pub(in crate::control) struct Failure(StatusCode, Problem);

impl Failure {
    pub(in crate::control) fn new(status: StatusCode, kind: &str, message: impl ToString) -> Self {
        Self(status, Problem { kind: kind.into(), message: message.to_string() })
    }

    pub(in crate::control) fn bad(message: impl ToString) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", message)
    }

    pub(in crate::control) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", "the node is stopping; nothing was taken")
    }

    /// The node stopped between taking something and saying so: its store failed, or it was told to stop.
    pub(super) fn unknown() -> Self {
        let message =
            "the node stopped before it was sure of this: when it runs again, look whether it was taken (moot log)";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", message)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, class(&error), error)
    }
}

/// The class of a refusal, in one word for programs.
pub(crate) fn class(error: &InputError) -> &'static str {
    match error {
        InputError::Refused(refusal) => refusal.kind(),
        InputError::NotHosted(_) | InputError::NoLogKey(_) => "not-hosted",
        InputError::Stopped { .. } => "stopped",
        InputError::Bodies(_) | InputError::Agreement(_) | InputError::OtherPanel(_) => "malformed",
        InputError::NoSeat(_) => "unauthorised",
        InputError::Ticket(_) => "ticket",
        InputError::Awake(_) => "conflict",
        InputError::WitnessOnly => "witness-only",
        InputError::CatchingUp { .. } | InputError::HasWitnesses { .. } => "catching-up",
        InputError::Clock { .. } => "clock",
    }
}
