//! How the mutations of records are declared: an input by its own fields, a mutation by what it is called, takes and does.

use crate::{
    case::graphql::stale,
    graphql::{
        error::{ApiError, Refusal, UserError},
        payload::settle,
        plan::{self, Record},
    },
    record::service::RecordError,
};

/// Why a mutation changed nothing.
pub enum Failed {
    /// What it was given cannot be read.
    Input(ApiError),
    Record(RecordError),
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        Self::Input(refusal.into())
    }
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Input(error)
    }
}

impl From<RecordError> for Failed {
    fn from(error: RecordError) -> Self {
        Self::Record(error)
    }
}

/// The record as it is now, or why nothing was changed; on `CONFLICT` with the record as it stands.
pub fn settled<T: Record>(outcome: Result<Option<T::Row>, Failed>) -> Result<(Option<T>, Vec<UserError>), ApiError> {
    let (error, standing) = match outcome {
        Ok(row) => return Ok((row.map(plan::bare), Vec::new())),
        Err(Failed::Record(RecordError::Conflict(row))) => (stale().into(), row.downcast::<T::Row>().ok()),
        Err(Failed::Record(error)) => (error.into(), None),
        Err(Failed::Input(error)) => (error, None),
    };
    let (_, user_errors) = settle::<()>(Err(error))?;
    Ok((standing.map(|row| plan::bare(*row)), user_errors))
}

/// Declares inputs: `creates Input { fields }` for what is new, `changes Input { fields }` for what has a version. `input.terms()?` are the terms they state.
macro_rules! inputs {
    ($($(#[$doc:meta])* $verb:ident $name:ident { $($fields:tt)* })+) => {
        $($crate::record::graphql::inputs! { @$verb [$(#[$doc])*] $name $($fields)* })+
    };
    (@creates [$($doc:tt)*] $name:ident $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)?) => {
        $crate::record::graphql::inputs! { @struct [$($doc)*] $name { $($(#[$fdoc])* pub $field: $type,)* } }

        impl $name {
            pub(crate) fn terms(&self) -> Result<$crate::case::service::Terms, $crate::graphql::error::Refusal> {
                let key = $crate::case::graphql::request_key(self, self.idempotency_key.as_deref())?;
                Ok($crate::case::service::Terms { expected: None, key })
            }
        }
    };
    (@changes [$($doc:tt)*] $name:ident $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)?) => {
        $crate::record::graphql::inputs! { @struct [$($doc)*] $name {
            $($(#[$fdoc])* pub $field: $type,)*
            /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` with the record as it stands 所见版本.
            pub expected_version: Option<i32>,
        } }

        impl $name {
            pub(crate) fn terms(&self) -> Result<$crate::case::service::Terms, $crate::graphql::error::Refusal> {
                let key = $crate::case::graphql::request_key(self, self.idempotency_key.as_deref())?;
                Ok($crate::case::service::Terms { expected: self.expected_version, key })
            }
        }
    };
    (@struct [$($doc:tt)*] $name:ident { $($fields:tt)* }) => {
        $($doc)*
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $name {
            $($fields)*
            /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key is not carried out again, but answered
            /// with the records of the first call as they stand now, null where you may no longer see them. Keys are yours alone and kept for at least 24
            /// hours. Anything else under a key in use is refused with `IDEMPOTENCY_KEY_REUSED`. A call that is refused leaves no key: repeated,
            /// it is judged anew 幂等键：以同一键重试，不重复执行，返回首次的结果.
            pub idempotency_key: Option<String>,
        }
    };
}

/// Declares mutations with their payloads: `name(Input: "what it says") -> Payload { field: Object } = |cx, input| call;`, the field with a word more where it needs one, and where `call` is the service's, and may refuse with `?` what it is given. What answers with more than the record is a method of its own, after `and`.
macro_rules! mutations {
    ($mutation:ident {
        $($(#[$doc:meta])* $name:ident($type:ident: $desc:tt) -> $payload:ident { $(#[$fdoc:meta])* $field:ident: $object:ty } = |$cx:ident, $input:ident| $run:expr;)+
    } $(and { $($more:tt)* })?) => {
        $crate::payloads! {$(
            /// What became of it 操作结果.
            $payload {
                /// The record as it is now; null where nothing was changed, but on `CONFLICT` as it stands 档案现状.
                $(#[$fdoc])*
                $field: $object,
            }
        )+}

        #[derive(Default)]
        pub struct $mutation;

        #[async_graphql::Object]
        impl $mutation {
            $($(#[$doc])*
            async fn $name(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = $desc)] $input: $type,
            ) -> Option<Result<$payload, $crate::graphql::error::ApiError>> {
                $crate::graphql::payload::answer(async {
                    let $cx = $crate::graphql::context::signed_in(ctx)?;
                    let outcome = async { Ok::<_, $crate::record::graphql::Failed>($run.await?) }.await;
                    let ($field, user_errors) = $crate::record::graphql::settled::<$object>(outcome)?;
                    Ok($payload { $field, user_errors })
                })
                .await
            })+

            $($($more)*)?
        }
    };
}

pub(crate) use {inputs, mutations};
