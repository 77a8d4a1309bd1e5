//! `GET /graphiql`: asking by hand, in a browser. All of the page is in the binary, and it asks nobody but this server; `graphiql/` has its
//! source.

#[rustfmt::skip]
mod assets;
mod sign_in;

use std::io::Read;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use flate2::read::GzDecoder;

use super::{Api, Page};

/// Scripts and styles are files of the page, connections go to this server; nothing is evaluated, nothing is framed. Pictures and fonts that
/// styles carry within themselves are `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page as it is stored: compressed.
struct Asset {
    path: &'static str,
    kind: &'static str,
    /// By its content.
    etag: &'static str,
    /// Whether the path changes with the content.
    hashed: bool,
    gzip: &'static [u8],
}

pub(super) fn routes(page: Page) -> Router<Api> {
    let router = Router::new().route("/graphiql", get(index)).route("/graphiql/", get(index)).route("/graphiql/{file}", get(file));
    match page.sign_ins {
        true => router.route("/graphiql/sign-ins", get(sign_in::names)).route("/graphiql/sign-in", post(sign_in::sign_in)),
        false => router.route("/graphiql/sign-ins", get(sign_in::none)),
    }
}

async fn index(headers: HeaderMap) -> Response {
    serve("index.html", &headers)
}

async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    serve(&file, &headers)
}

fn serve(path: &str, asked: &HeaderMap) -> Response {
    let Some(asset) = assets::ASSETS.iter().find(|asset| asset.path == path) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let fixed = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    let headers = [
        fixed(header::CACHE_CONTROL, if asset.hashed { "public, max-age=31536000, immutable" } else { "no-cache" }),
        fixed(header::CONTENT_SECURITY_POLICY, POLICY),
        fixed(header::ETAG, asset.etag),
        fixed(header::REFERRER_POLICY, "no-referrer"),
        fixed(header::VARY, "accept-encoding"),
        fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    if knows(asked, asset.etag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let kind = fixed(header::CONTENT_TYPE, asset.kind);
    if takes_gzip(asked) {
        return (headers, [kind, fixed(header::CONTENT_ENCODING, "gzip")], asset.gzip).into_response();
    }
    let mut plain = Vec::new();
    match GzDecoder::new(asset.gzip).read_to_end(&mut plain) {
        Ok(_) => (headers, [kind], plain).into_response(),
        Err(error) => {
            tracing::error!(%error, path, "an asset is spoilt");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The parts of a list that may stand in several headers.
fn parts(asked: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    asked.get_all(name).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).map(str::trim)
}

fn knows(asked: &HeaderMap, etag: &str) -> bool {
    parts(asked, header::IF_NONE_MATCH).any(|known| known == "*" || known.trim_start_matches("W/") == etag.trim_start_matches("W/"))
}

fn takes_gzip(asked: &HeaderMap) -> bool {
    let quality = |wanted: &str| {
        parts(asked, header::ACCEPT_ENCODING).find_map(|part| {
            let (name, parameter) = part.split_once(';').unwrap_or((part, ""));
            let quality = parameter.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse::<f32>().ok());
            name.trim().eq_ignore_ascii_case(wanted).then_some(quality.unwrap_or_default())
        })
    };
    quality("gzip").or_else(|| quality("*")).is_some_and(|quality| quality > 0.0)
}
