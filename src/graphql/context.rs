//! What the resolvers find in the engine's context, and what belongs to one request: language and request id.

use async_graphql::Context;

use super::error::ApiError;
use crate::app::Cx;

/// The languages messages come in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Language {
    /// From `Accept-Language`: the language of the two that it prefers, the first where it has no preference; Chinese when it names neither.
    pub fn accepted(header: Option<&str>) -> Self {
        let named = header.unwrap_or_default().split(',').filter_map(|part| {
            let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())?;
            let language = match tag.trim().to_ascii_lowercase().split('-').next() {
                Some("zh") => Self::Chinese,
                Some("en") => Self::English,
                _ => return None,
            };
            (quality > 0.0).then_some((language, quality))
        });
        let best = named.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map_or(Self::default(), |(language, _)| language)
    }
}

/// Carried around the execution of one request.
#[derive(Clone, Debug, Default)]
pub struct RequestInfo {
    pub id: String,
    pub language: Language,
}

tokio::task_local! {
    pub static REQUEST: RequestInfo;
}

pub fn request() -> RequestInfo {
    REQUEST.try_with(Clone::clone).unwrap_or_default()
}

/// The request's app and actor.
pub fn cx<'a>(ctx: &Context<'a>) -> Result<&'a Cx, ApiError> {
    ctx.data_opt::<Cx>().ok_or_else(|| ApiError::internal("the request carries no context"))
}

/// The same for what visitors may not do.
pub fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Cx, ApiError> {
    let cx = cx(ctx)?;
    if cx.actor.person.is_some() { Ok(cx) } else { Err(ApiError::unauthenticated()) }
}
