//! `GET /attachments/{id}`: the content of an attachment, for whoever has its signed address.

use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use entity::attachment;
use serde::Deserialize;
use uuid::Uuid;

use super::api::Api;
use crate::attachment::{
    model::name_to_save,
    service::{self, Fetched},
};

/// What an address says besides which attachment it leads to.
#[derive(Deserialize)]
pub struct Proof {
    expires: i64,
    signature: String,
}

pub async fn get(State(api): State<Api>, Path(id): Path<Uuid>, Query(proof): Query<Proof>) -> Response {
    match service::fetch(api.app(), id.into(), proof.expires, &proof.signature).await {
        Ok(Fetched::Content(row, content)) => found(*row, content),
        Ok(Fetched::Forbidden) => (StatusCode::FORBIDDEN, "this address is not good, or no more: ask for url again").into_response(),
        Ok(Fetched::Gone) => (StatusCode::NOT_FOUND, "there is no such attachment, or no more").into_response(),
        Err(error) => {
            tracing::error!(%error, "an attachment could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Somebody's file, under the server's own name: nothing in it is ever run, and only pictures are shown.
fn found(row: attachment::Model, content: Vec<u8>) -> Response {
    let how = if row.media_type.starts_with("image/") { "inline" } else { "attachment" };
    let headers = [
        (header::CONTENT_DISPOSITION, format!("{how}; filename*=UTF-8''{}", encoded(&name_to_save(&row.file_name, &row.media_type)))),
        (header::CONTENT_TYPE, row.media_type),
        (header::ETAG, format!("\"{}\"", row.sha256)),
        (header::CACHE_CONTROL, "private, max-age=900".to_owned()),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, content).into_response()
}

/// After RFC 5987: what is neither a letter, a digit nor harmless stands as its bytes.
fn encoded(name: &str) -> String {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    name.bytes().map(|byte| if harmless(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
