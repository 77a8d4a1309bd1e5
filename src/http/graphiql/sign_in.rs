//! The menu of demonstration sign-ins. Tokens are given to a browser on the machine itself only, and for invented persons only: what the
//! server prints there at its start.

use std::net::IpAddr;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header, uri::Authority},
    response::{IntoResponse, Response},
};
use chrono::Duration;
use entity::{Provenance, person};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Api;
use crate::{db::DbErr, demo::SIGN_INS, person::service};

/// A page that is open for longer asks anew.
const VALID_FOR: Duration = Duration::days(1);
/// What proxies add: whoever is behind one may be anywhere.
const FORWARDED: [&str; 6] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

#[derive(Serialize)]
pub struct SignIn {
    name: &'static str,
    what: &'static str,
}

#[derive(Deserialize)]
pub struct Wanted {
    name: String,
}

/// Where there is no menu.
pub async fn none() -> Json<[SignIn; 0]> {
    Json([])
}

pub async fn names(State(api): State<Api>, headers: HeaderMap) -> Response {
    let mut found = Vec::new();
    if is_local(&headers) {
        for &(name, what) in SIGN_INS {
            match maybe_invented(&api, name).await {
                Ok(None) => {}
                Ok(Some(_)) => found.push(SignIn { name, what }),
                Err(error) => return fault(&error),
            }
        }
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(found)).into_response()
}

/// JSON only, which a page of another site cannot send without being asked for permission.
pub async fn sign_in(State(api): State<Api>, headers: HeaderMap, Json(wanted): Json<Wanted>) -> Response {
    if !is_local(&headers) {
        return (StatusCode::FORBIDDEN, "only on the machine itself 仅限本机").into_response();
    }
    let person = match maybe_invented(&api, &wanted.name).await {
        Ok(Some(person)) => person,
        Ok(None) => return (StatusCode::NOT_FOUND, "there is no such sign-in 没有该演示账号").into_response(),
        Err(error) => return fault(&error),
    };
    match api.app().keys.sign(person.id, api.app().clock.now(), VALID_FOR) {
        Ok(token) => ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "token": token }))).into_response(),
        Err(error) => {
            tracing::error!(%error, "a token could not be signed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A real person who happens to have such a sign-in name is none of the demonstration.
async fn maybe_invented(api: &Api, name: &str) -> Result<Option<person::Model>, DbErr> {
    if !SIGN_INS.iter().any(|(known, _)| *known == name) {
        return Ok(None);
    }
    let person = service::maybe_by_sign_in(api.app(), name).await?;
    Ok(person.filter(|person| person.provenance == Provenance::Invented))
}

/// Whether a page of this very server asks, opened on the machine it runs on. The server listens on loopback here; that leaves proxies, pages
/// of other sites, and names of other sites that were made to lead here.
fn is_local(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text("host").and_then(|host| host.parse::<Authority>().ok());
    let here = host.is_some_and(|host| {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    });
    let own = text("sec-fetch-site").is_none_or(|site| site == "same-origin");
    here && own && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

fn fault(error: &DbErr) -> Response {
    tracing::error!(%error, "the sign-ins could not be read");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}
