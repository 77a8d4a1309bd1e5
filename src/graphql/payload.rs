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
