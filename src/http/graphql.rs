//! `POST /graphql` and `GET /graphql`, after the GraphQL-over-HTTP draft.

use std::collections::HashMap;

use async_graphql::{Request, Response, parser::types::OperationType};
use axum::{
    body::Body,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use futures_util::StreamExt;

use super::{
    MOST_BYTES,
    api::{Answer, Api, Caller, Parameters},
    multipart::{self, Bad},
    sse,
};
use crate::graphql::{
    context::{Language, REQUEST},
    error::{ApiError, Code},
    guard,
};

/// Of a body that is too long, so much is read.
const MOST_READ: usize = 8 * MOST_BYTES;

pub async fn post(State(api): State<Api>, headers: HeaderMap, body: Body) -> axum::response::Response {
    let media = Media::wanted(&headers);
    let info = api.info(language(&headers));
    REQUEST
        .scope(info, async {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
            if let Some(boundary) = kind.and_then(multipart::maybe_boundary) {
                return files(&api, &headers, media, body, boundary).await;
            }
            let Some(body) = read(body).await else {
                return media.error(StatusCode::PAYLOAD_TOO_LARGE, ApiError::bad_input("too-long-body"));
            };
            let json =
                kind.and_then(|kind| kind.split(';').next()).is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
            if !json {
                return media.error(StatusCode::UNSUPPORTED_MEDIA_TYPE, ApiError::bad_input("not-json"));
            }
            match serde_json::from_slice::<Parameters>(&body) {
                Ok(parameters) => answer(&api, &headers, media, parameters, true).await,
                Err(_) => media.error(StatusCode::BAD_REQUEST, ApiError::bad_input("bad-body")),
            }
        })
        .await
}

/// A request with files. Who asks is known before they are read: visitors send none.
async fn files(api: &Api, headers: &HeaderMap, media: Media, body: Body, boundary: String) -> axum::response::Response {
    let caller = match api.caller(headers).await {
        Ok(caller) => caller,
        Err(error) => return media.nobody(error),
    };
    if caller.cx.actor.person.is_none() {
        return match read(body).await {
            Some(_) => media.error(StatusCode::UNAUTHORIZED, ApiError::unauthenticated()),
            None => media.error(StatusCode::PAYLOAD_TOO_LARGE, ApiError::bad_input("too-long-body")),
        };
    }
    match multipart::read(body, boundary, &caller).await {
        Ok((parameters, files)) => match parameters.request() {
            Ok(request) => answer_to(api, headers, media, request.data(files), caller, true).await,
            Err(error) => media.error(StatusCode::BAD_REQUEST, error),
        },
        Err(Bad::TooLong(error)) => media.error(StatusCode::PAYLOAD_TOO_LARGE, error),
        Err(Bad::Malformed(error)) => media.error(StatusCode::BAD_REQUEST, error),
    }
}

/// The body, unless it is too long. It is read on before it is refused: a client or a proxy that is still sending would see a broken connection
/// instead of the answer.
async fn read(body: Body) -> Option<Vec<u8>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        length += chunk.len();
        if length <= MOST_BYTES {
            bytes.extend_from_slice(&chunk);
        } else if length > MOST_READ {
            break;
        }
    }
    (length <= MOST_BYTES).then_some(bytes)
}

pub async fn get(State(api): State<Api>, Query(mut query): Query<HashMap<String, String>>, headers: HeaderMap) -> axum::response::Response {
    let media = Media::wanted(&headers);
    let info = api.info(language(&headers));
    REQUEST
        .scope(info, async {
            let mut object = |name: &str| match query.remove(name).filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => serde_json::from_str(&text).map_err(|_| ApiError::bad_input("bad-body")),
            };
            let (variables, extensions) = match (object("variables"), object("extensions")) {
                (Ok(variables), Ok(extensions)) => (variables, extensions),
                (Err(error), _) | (_, Err(error)) => return media.error(StatusCode::BAD_REQUEST, error),
            };
            let operation_name = query.remove("operationName").filter(|name| !name.is_empty());
            let parameters = Parameters { query: query.remove("query"), variables, operation_name, _extensions: extensions };
            answer(&api, &headers, media, parameters, false).await
        })
        .await
}

/// Answers hold what one person may see: nobody keeps them, and nothing takes them for what they are not.
pub async fn guarded(mut response: axum::response::Response) -> axum::response::Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn language(headers: &HeaderMap) -> Language {
    Language::accepted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

async fn answer(api: &Api, headers: &HeaderMap, media: Media, parameters: Parameters, may_change: bool) -> axum::response::Response {
    let request = match parameters.request() {
        Ok(request) => request,
        Err(error) => return media.error(StatusCode::BAD_REQUEST, error),
    };
    match api.caller(headers).await {
        Ok(caller) => answer_to(api, headers, media, request, caller, may_change).await,
        Err(error) => media.nobody(error),
    }
}

async fn answer_to(
    api: &Api,
    headers: &HeaderMap,
    media: Media,
    request: Request,
    caller: Caller,
    may_change: bool,
) -> axum::response::Response {
    if sse::wanted(headers) {
        return stream(api, media, request, caller, may_change);
    }
    match api.admit(request, &caller) {
        Err(response) => media.response(None, &response),
        Ok((_, OperationType::Mutation)) if !may_change => mutation_by_get(media),
        Ok((_, OperationType::Subscription)) => media.error(StatusCode::BAD_REQUEST, ApiError::bad_input("subscription-by-http")),
        Ok((request, _)) => media.response(None, &api.run(request).await),
    }
}

/// Refusals of the request itself are answered before the stream begins.
fn stream(api: &Api, media: Media, request: Request, caller: Caller, may_change: bool) -> axum::response::Response {
    let admitted = || guard::admit(&request.query, request.operation_name.as_deref(), &request.variables);
    if !may_change && admitted().is_ok_and(|admitted| admitted.kind == OperationType::Mutation) {
        return mutation_by_get(media);
    }
    // what is wrong with the document is said in the stream, as the protocol has it
    sse::respond(api, request, caller)
}

fn mutation_by_get(media: Media) -> axum::response::Response {
    let mut response = media.error(StatusCode::METHOD_NOT_ALLOWED, ApiError::bad_input("mutation-by-get"));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}

/// The media type of the answer.
#[derive(Clone, Copy)]
enum Media {
    /// `application/graphql-response+json`: the status says whether the request was well-formed.
    GraphQl,
    /// `application/json`: 200 for every well-formed HTTP request, as older clients expect.
    Json,
}

impl Media {
    fn wanted(headers: &HeaderMap) -> Self {
        let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if accepts.contains("application/graphql-response+json") { Self::GraphQl } else { Self::Json }
    }

    fn error(self, status: StatusCode, error: ApiError) -> axum::response::Response {
        self.response(Some(status), &error.response())
    }

    /// It is not known who asks.
    fn nobody(self, error: ApiError) -> axum::response::Response {
        let status = match &error {
            ApiError::Request { code: Code::Unauthenticated, .. } => StatusCode::UNAUTHORIZED,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        self.error(status, error)
    }

    /// Without a status given: 400 where nothing was executed and the media type lets it say so.
    fn response(self, status: Option<StatusCode>, response: &Response) -> axum::response::Response {
        let answer = Answer::of(response);
        let refused = answer.refused();
        let (kind, fallback) = match self {
            Self::GraphQl if refused => ("application/graphql-response+json; charset=utf-8", StatusCode::BAD_REQUEST),
            Self::GraphQl => ("application/graphql-response+json; charset=utf-8", StatusCode::OK),
            Self::Json => ("application/json; charset=utf-8", StatusCode::OK),
        };
        let body = serde_json::to_vec(&answer).unwrap_or_default();
        (status.unwrap_or(fallback), [(header::CONTENT_TYPE, kind)], body).into_response()
    }
}
