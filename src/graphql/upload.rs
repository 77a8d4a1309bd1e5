//! Files that come with a request, after the GraphQL multipart request specification. The transport keeps them beside the request and leaves a mark in the
//! variables: what a client writes there by itself finds no file.

use async_graphql::{Context, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use super::error::{Refusal, UserErrorCode};

/// A file of a request.
pub struct File {
    pub name: String,
    pub content: Vec<u8>,
}

/// The files of a request.
pub struct Files(pub Vec<File>);

const MARK: &str = "#file:";

/// What stands in the variables for a file.
pub fn mark(at: usize) -> String {
    format!("{MARK}{at}")
}

/// A file sent along with the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload(usize);

/// A file sent along with the request 上传文件: `multipart/form-data` by POST, with the parts `operations`, `map` and the file; null in the variables of `operations`.
#[Scalar(specified_by_url = "https://github.com/jaydenseric/graphql-multipart-request-spec")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text
                .strip_prefix(MARK)
                .and_then(|at| at.parse().ok())
                .map(Self)
                .ok_or_else(|| InputValueError::custom("expected a file: send the request as multipart/form-data")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Null
    }
}

impl Upload {
    pub fn file<'c>(self, ctx: &Context<'c>, field: &str) -> Result<&'c File, Refusal> {
        let file = ctx.data_opt::<Files>().and_then(|files| files.0.get(self.0));
        file.ok_or_else(|| Refusal::new(UserErrorCode::Required, "no-file", field))
    }
}
