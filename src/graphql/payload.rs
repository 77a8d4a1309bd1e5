//! Payloads of mutations: what changed, or why nothing did.

use super::error::{ApiError, UserError};

/// An expected refusal is data; everything else stays an error.
pub fn settle<T>(result: Result<T, ApiError>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(ApiError::Refused(refusals)) => Ok((None, refusals.into_iter().map(|r| r.say()).collect())),
        Err(error) => Err(error),
    }
}

/// What a mutation answers: the engine lets an error end at a nullable field only in this shape, and a fault in one mutation must not hide
/// what those before it have committed.
pub async fn answer<T>(run: impl Future<Output = Result<T, ApiError>>) -> Option<Result<T, ApiError>> {
    Some(run.await)
}

/// Declares payload types: nullable objects, then `userErrors`.
#[macro_export]
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $type:ty),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: Option<$type>,)+
            /// Why nothing was changed; empty on success 拒绝原因，成功时为空.
            pub user_errors: Vec<$crate::graphql::error::UserError>,
        }
    )+};
}
