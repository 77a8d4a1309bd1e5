//! What is asked for, as a digest: the same under an idempotency key is a retry, anything else is refused.

use async_graphql::{InputType, Value};
use aws_lc_rs::digest::{SHA256, digest};

use super::inputs::Decoded;
use crate::{case::service::RequestKey, graphql::input};

const KEY: &str = "idempotencyKey";

/// The key that the caller gave with this input, and the digest of the rest. The input's type stands for the mutation.
pub fn request_key<I: InputType>(input: &I, key: Option<&str>) -> Decoded<Option<RequestKey>> {
    let Some(key) = key else { return Ok(None) };
    let key = input::key(key, KEY)?;
    let asked = format!("{} {}", I::type_name(), canonical(input.to_value()));
    Ok(Some(RequestKey { key, body: digest(&SHA256, asked.as_bytes()).as_ref().to_vec() }))
}

/// In one order, without the key and without what is null: neither how a client spells its input nor an optional field that a later version of
/// the server adds makes another request of it.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().filter(|(name, value)| *value != Value::Null && name != KEY).collect();
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            Value::Object(fields.into_iter().map(|(name, value)| (name, canonical(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(canonical).collect()),
        value => value,
    }
}
