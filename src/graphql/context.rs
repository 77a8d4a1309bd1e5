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
    /// From `Accept-Language`: the first language of the two that it names, Chinese when it names neither.
    pub fn accepted(header: Option<&str>) -> Self {
        let named = header.unwrap_or_default().split(',').map(|part| part.trim().to_ascii_lowercase());
        for tag in named {
            if tag.starts_with("zh") {
                return Self::Chinese;
            }
            if tag.starts_with("en") {
                return Self::English;
            }
        }
        Self::Chinese
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
