//! `POST /graphql` with files, after the GraphQL multipart request specification: `operations`, `map`, then the files.

use std::collections::HashMap;

use async_graphql::{
    Variables,
    parser::types::{ExecutableDocument, OperationType, Selection},
};
use axum::body::Body;
use futures_util::StreamExt;
use multer::{Constraints, Multipart, SizeLimit};
use serde_json::Value;

use super::{
    MOST_BYTES,
    api::{Caller, Parameters},
};
use crate::{
    attachment,
    graphql::{
        error::ApiError,
        guard,
        upload::{File, Files, mark},
    },
};

/// Bytes of the files of a request at most, by whoever administers an area; others send no more than in any other request, but for attachments.
const MOST_OF_FILES: usize = 64 * 1024 * 1024;
/// Somewhat more than an attachment may have: the mutation says it better.
const MOST_OF_ATTACHMENTS: usize = attachment::service::MOST_BYTES + MOST_BYTES;
const MOST_FILES: usize = 10;
/// The one mutation with which files come from whoever may report.
const OF_ATTACHMENTS: &str = "uploadAttachment";
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
    let actor = &caller.cx.actor;
    let least = if actor.administers().is_empty() { MOST_BYTES } else { MOST_OF_FILES };
    let most = if actor.may_report() { least.max(MOST_OF_ATTACHMENTS) } else { least };
    let sizes = SizeLimit::new().whole_stream(limit(most + 2 * MOST_BYTES)).per_field(limit(most));
    let sizes = sizes.for_field("operations", limit(MOST_BYTES)).for_field("map", limit(MOST_BYTES));
    let mut chunks = body.into_data_stream();
    let parts = Multipart::with_constraints(&mut chunks, boundary, Constraints::new().size_limit(sizes));
    let read = gather(parts, least, most).await;
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

fn limit(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// `least`: bytes of the files at most, before it is known what they are for; `most`: if they are attachments.
async fn gather(mut parts: Multipart<'_>, least: usize, most: usize) -> Result<(Parameters, Files), Bad> {
    let (mut operations, mut places, mut files) = (None, None, Files(Vec::new()));
    let (mut allowed, mut total) = (least, 0);
    while let Some(mut part) = parts.next_field().await.map_err(refused)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let mut content = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(refused)? {
            total += chunk.len();
            if content.len() + chunk.len() > allowed || total > allowed + 2 * MOST_BYTES {
                return Err(too_long(limit(allowed)));
            }
            content.extend_from_slice(&chunk);
        }
        match (&*name, &mut operations, &mut places) {
            ("operations", empty @ None, _) => {
                let asked = serde_json::from_slice::<Parameters>(&content).map_err(|_| malformed())?;
                if most > least && sends_attachments(&asked) {
                    allowed = most;
                }
                *empty = Some(asked);
            }
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

/// Whether nothing else is asked for. A document that will be refused is taken for another.
fn sends_attachments(asked: &Parameters) -> bool {
    let variables = asked.variables.clone().unwrap_or_default();
    let variables = Variables::from_json(Value::Object(variables));
    let name = asked.operation_name.as_deref();
    let admitted = asked.query.as_deref().and_then(|query| guard::admit(query, name, &variables).ok());
    admitted.is_some_and(|admitted| admitted.kind == OperationType::Mutation && is_of_attachments(&admitted.document))
}

fn is_of_attachments(document: &ExecutableDocument) -> bool {
    let sends = |selection: &Selection| matches!(selection, Selection::Field(field) if field.node.name.node.as_str() == OF_ATTACHMENTS);
    document.operations.iter().all(|(_, operation)| operation.node.selection_set.node.items.iter().all(|item| sends(&item.node)))
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
        multer::Error::FieldSizeExceeded { limit, .. } | multer::Error::StreamSizeExceeded { limit } => too_long(limit),
        _ => malformed(),
    }
}

fn too_long(limit: u64) -> Bad {
    Bad::TooLong(ApiError::bad_input("too-long-file").with("max", limit / (1024 * 1024)))
}
