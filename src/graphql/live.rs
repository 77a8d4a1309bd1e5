//! Live fields: what they and the transport that carries them tell each other through the engine's context.
//!
//! A subscription of facts is opened once: the field checks its arguments and says what it is interested in. From then on the transport
//! follows the log and has the field make an item of each fact, in an execution of its own: whoever asks the same with the same rights shares it.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use entity::notification;
use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};

use super::{
    context::signed_in,
    error::{ApiError, Code},
};
use crate::{
    app::Cx,
    event::{self, Interest, Logged, Missed},
};

/// What the transport wants of a live field.
pub enum Live {
    /// To say what it is interested in.
    Opening(Mutex<Option<Box<Opened>>>),
    /// To make an item of this fact.
    Item(Arc<Logged>),
    /// To make an item of this notification.
    Notice(Box<notification::Model>),
}

/// What a live field follows.
pub enum Source {
    /// The facts of the log that this holds of.
    Facts(Box<Interest>),
    /// The subscriber's own notifications.
    Notices,
}

/// What a live field is interested in.
pub struct Opened {
    pub source: Source,
    /// The last position that was seen; none: from now on.
    pub after: Option<i64>,
}

impl Live {
    pub fn opening() -> Arc<Self> {
        Arc::new(Self::Opening(Mutex::default()))
    }

    /// What the field has said, if it is one.
    pub fn opened(&self) -> Option<Box<Opened>> {
        match self {
            Self::Opening(slot) => slot.lock().unwrap_or_else(PoisonError::into_inner).take(),
            Self::Item(_) | Self::Notice(_) => None,
        }
    }
}

pub type Items<'ctx, T> = BoxStream<'ctx, Result<T, ApiError>>;

/// The body of a live field.
pub async fn follow<'ctx, T: Send + 'ctx>(
    ctx: &'ctx Context<'ctx>,
    after: Option<String>,
    interest: impl Future<Output = Result<Interest, ApiError>>,
    item: impl for<'m> FnOnce(&'m Context<'_>, &'m Cx, &'m Logged) -> BoxFuture<'m, Result<Option<T>, ApiError>>,
) -> Result<Items<'ctx, T>, ApiError> {
    let cx = signed_in(ctx)?;
    match ctx.data_opt::<Arc<Live>>().map(|live| &**live) {
        Some(Live::Item(logged)) => {
            let item = item(ctx, cx, logged).await?;
            Ok(stream::iter(item.map(Ok)).boxed())
        }
        Some(Live::Opening(slot)) => {
            let after = begin(cx, after).await?;
            open(slot, Source::Facts(Box::new(interest.await?)), after)
        }
        _ => Err(ApiError::internal("no transport carries the stream")),
    }
}

/// The body of the live field of notifications.
pub async fn follow_notices<'ctx, T: Send + 'ctx>(
    ctx: &'ctx Context<'ctx>,
    after: Option<String>,
    item: impl for<'m> FnOnce(&'m Context<'_>, &'m Cx, &'m notification::Model) -> BoxFuture<'m, Result<T, ApiError>>,
) -> Result<Items<'ctx, T>, ApiError> {
    let cx = signed_in(ctx)?;
    match ctx.data_opt::<Arc<Live>>().map(|live| &**live) {
        Some(Live::Notice(notice)) => {
            let item = item(ctx, cx, notice).await?;
            Ok(stream::iter([Ok(item)]).boxed())
        }
        Some(Live::Opening(slot)) => open(slot, Source::Notices, begin(cx, after).await?),
        _ => Err(ApiError::internal("no transport carries the stream")),
    }
}

async fn begin(cx: &Cx, after: Option<String>) -> Result<Option<i64>, ApiError> {
    match after {
        Some(cursor) => Ok(Some(position(cx, &cursor).await?)),
        None => Ok(None),
    }
}

fn open<'ctx, T: Send + 'ctx>(slot: &Mutex<Option<Box<Opened>>>, source: Source, after: Option<i64>) -> Result<Items<'ctx, T>, ApiError> {
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(Opened { source, after }));
    Ok(stream::empty().boxed())
}

/// The position that a cursor names.
pub async fn position(cx: &Cx, cursor: &str) -> Result<i64, ApiError> {
    let bad = || ApiError::bad_input("bad-event-cursor");
    let position = cx.log.position_of(cursor).ok_or_else(bad)?;
    // another instance may be further than this one; but nobody is further than the log
    if position > cx.log.position() && position > event::last(cx).await? {
        return Err(bad());
    }
    Ok(position)
}

/// What a reader is told that cannot go on.
pub fn missed(missed: Missed) -> ApiError {
    match missed {
        Missed::Expired => ApiError::Request { code: Code::CursorExpired, message: "cursor-expired", args: Vec::new() },
        Missed::Failed(error) => error.into(),
    }
}
