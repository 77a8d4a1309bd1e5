//! `Case`, `CaseEvent`, `Whistle`, `Register`, the interface `Handler`, the mutations and the live fields.

mod case;
pub mod category;
mod changes;
mod clock;
mod event;
pub mod evidence;
mod handler;
pub mod inputs;
pub mod intake;
mod integrity;
pub mod level;
pub mod mutation;
mod outcomes;
mod pacing;
pub mod path;
pub mod policy;
mod progress;
pub mod register;
pub mod register_cases;
mod request;
pub mod subscription;
mod whistle;

pub use self::{
    case::{Case, CaseFilter, CaseOrderField, CaseQuery, GeoPoint},
    category::{CategoryMutation, CategoryName, CategoryNameFilter, CategoryNameOrderField, CategoryQuery},
    changes::ChangesQuery,
    clock::{CaseClock, CaseClockFilter, DeadlineExtension},
    event::{CaseEvent, CaseEventFilterInput, CaseEventOrderField},
    evidence::CaseEvidenceMutation,
    handler::{Handler, fill_handler},
    intake::CaseIntakeMutation,
    integrity::{CaseFileBreak, CaseFileIntegrity},
    level::{LevelMutation, LevelName, LevelNameFilter, LevelNameOrderField, LevelQuery},
    mutation::CaseMutation,
    pacing::CasePacingMutation,
    path::{HandlingPath, HandlingPathMutation, HandlingPathQuery},
    policy::{DeadlinePolicy, DeadlinePolicyMutation, DeadlinePolicyQuery},
    register::{Register, RegisterFilter, RegisterMutation, RegisterOrderField},
    register_cases::{RegisterCasesMutation, RegisterRemoval, RegisterRemovalFilter, RegisterRemovalOrderField},
    request::request_key,
    subscription::CaseSubscription,
    whistle::{Whistle, WhistleFilter, WhistleOrderField},
};

use super::{model::Denial, service::CaseError};
use crate::graphql::error::{ApiError, Refusal, UserErrorCode};

impl From<CaseError> for ApiError {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotFound(field) => Refusal::not_found(field).into(),
            CaseError::Denied(denial, field) => {
                let (code, message) = words(denial);
                Refusal::new(code, message, field).into()
            }
            CaseError::Conflict { .. } => stale().into(),
            CaseError::KeyReused => Refusal::new(UserErrorCode::IdempotencyKeyReused, "idempotency-key-reused", "idempotencyKey").into(),
            CaseError::Anonymous => Self::unauthenticated(),
            CaseError::Db(error) => error.into(),
        }
    }
}

/// The caller looked at an older version.
pub fn stale() -> Refusal {
    Refusal::new(UserErrorCode::Conflict, "conflict", "expectedVersion")
}

/// The code and the message of each refusal.
fn words(denial: Denial) -> (UserErrorCode, &'static str) {
    match denial {
        Denial::Forbidden => (UserErrorCode::Forbidden, "forbidden"),
        Denial::InvalidState => (UserErrorCode::InvalidState, "invalid-state"),
        Denial::MatterEnded => (UserErrorCode::InvalidState, "matter-ended"),
        Denial::CaseClosed => (UserErrorCode::CaseClosed, "case-closed"),
        Denial::Respondent => (UserErrorCode::Respondent, "respondent"),
        Denial::SamePerson => (UserErrorCode::SamePerson, "same-person"),
        Denial::OpenWhistles => (UserErrorCode::OpenWhistles, "open-whistles"),
        Denial::WrongLevel => (UserErrorCode::WrongLevel, "wrong-level"),
        Denial::AlreadyCalled => (UserErrorCode::AlreadyCalled, "already-called"),
        Denial::AlreadyCheckedIn => (UserErrorCode::AlreadyCheckedIn, "already-checked-in"),
        Denial::NotCalled => (UserErrorCode::NotCalled, "not-called"),
        Denial::NoTarget => (UserErrorCode::NoTarget, "no-target"),
        Denial::NoSuperior => (UserErrorCode::NoSuperior, "no-superior"),
        Denial::PlaceTooWide => (UserErrorCode::OutOfRange, "place-too-wide"),
        Denial::Mismatch => (UserErrorCode::Mismatch, "mismatch"),
        Denial::TooMany => (UserErrorCode::OutOfRange, "too-many-targets"),
        Denial::TooMuchEvidence => (UserErrorCode::OutOfRange, "too-much-evidence"),
    }
}
