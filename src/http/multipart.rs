//! `POST /graphql` with files, after the GraphQL multipart request specification: `operations`, `map`, then the files.

use std::collections::HashMap;

use axum::body::Body;
use futures_util::StreamExt;
use multer::{Constraints, Multipart, SizeLimit};
use serde_json::Value;

use super::{
    MOST_BYTES,
    api::{Caller, Parameters},
};
use crate::graphql::{
    error::ApiError,
    upload::{File, Files, mark},
};

/// Bytes of the files of a request at most, by whoever administers an area; others send no more than in any other request.
const MOST_OF_FILES: usize = 64 * 1024 * 1024;
const MOST_FILES: usize = 10;
/// Of a body that is too long, so much more is read before it is refused.
const READ_ON: usize = 8 * MOST_BYTES;

/// Why a request with files is not taken.
pub enum Bad {
    TooLong(ApiError),
    Malformed(ApiError),
}

fn malformed() -> Bad {
    Bad::Malformed(ApiError::bad_input("bad-multipart"))
}

/// The boundary of the parts, where the request is one with files.
pub fn maybe_boundary(content_type: &str) -> Option<String> {
    multer::parse_boundary(content_type).ok()
}

pub async fn read(body: Body, boundary: String, caller: &Caller) -> Result<(Parameters, Files), Bad> {
    let most = if caller.cx.actor.administers().is_empty() { MOST_BYTES } else { MOST_OF_FILES };
    let limit = |bytes: usize| u64::try_from(bytes).unwrap_or(u64::MAX);
    let sizes = SizeLimit::new().whole_stream(limit(most + 2 * MOST_BYTES)).per_field(limit(most));
    let sizes = sizes.for_field("operations", limit(MOST_BYTES)).for_field("map", limit(MOST_BYTES));
    let mut chunks = body.into_data_stream();
    let parts = Multipart::with_constraints(&mut chunks, boundary, Constraints::new().size_limit(sizes));
    let read = gather(parts).await;
    if let Err(Bad::TooLong(_)) = read {
        // a client or a proxy that is still sending would see a broken connection instead of the answer
        let mut more = 0;
        while let Some(Ok(chunk)) = chunks.next().await {
            more += chunk.len();
            if more > READ_ON {
                break;
            }
        }
    }
    read
}

async fn gather(mut parts: Multipart<'_>) -> Result<(Parameters, Files), Bad> {
    let (mut operations, mut places, mut files) = (None, None, Files(Vec::new()));
    while let Some(mut part) = parts.next_field().await.map_err(refused)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let mut content = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(refused)? {
            content.extend_from_slice(&chunk);
        }
        match (&*name, &mut operations, &mut places) {
            ("operations", empty @ None, _) => *empty = Some(serde_json::from_slice::<Parameters>(&content).map_err(|_| malformed())?),
            ("map", _, empty @ None) => {
                *empty = Some(serde_json::from_slice::<HashMap<String, Vec<String>>>(&content).map_err(|_| malformed())?);
            }
            // the specification has the files last
            (_, Some(operations), Some(places)) if files.0.len() < MOST_FILES => {
                for path in places.remove(&name).ok_or_else(malformed)? {
                    *place(operations, &path).ok_or_else(malformed)? = Value::String(mark(files.0.len()));
                }
                files.0.push(File { name: file_name.unwrap_or_default(), content });
            }
            _ => return Err(malformed()),
        }
    }
    match (operations, places) {
        (Some(operations), Some(places)) if places.is_empty() => Ok((operations, files)),
        _ => Err(malformed()),
    }
}

/// The null in the variables that stands for a file: `variables.input.file`.
fn place<'o>(operations: &'o mut Parameters, path: &str) -> Option<&'o mut Value> {
    let mut steps = path.strip_prefix("variables.")?.split('.');
    let first = operations.variables.as_mut()?.get_mut(steps.next()?)?;
    let found = steps.try_fold(first, |value, step| match value {
        Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?),
        other => other.get_mut(step),
    })?;
    found.is_null().then_some(found)
}

fn refused(error: multer::Error) -> Bad {
    match error {
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => {
            let mebibytes = limit / (1024 * 1024);
            Bad::TooLong(ApiError::bad_input("too-long-file").with("max", mebibytes))
        }
        _ => malformed(),
    }
}
