//! The DataLoader for single objects: one per request, holding the actor, one impl for all nouns. Lists take fetch plans instead.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    time::Duration,
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, HashMapCache, Loader},
    runtime::{Timer, TokioSpawner},
};
use futures_util::future::{BoxFuture, FutureExt};

use super::error::ApiError;
use crate::{
    app::Cx,
    db::noun::{self, Noun},
};

/// Loads rows as far as the request's actor may see them.
pub struct Rows(Cx);

/// The id of a row, told apart by noun.
pub struct Key<N: Noun>(pub N::Id);

impl<N: Noun> Clone for Key<N> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<N: Noun> PartialEq for Key<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<N: Noun> Eq for Key<N> {}

impl<N: Noun> Hash for Key<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<N: Noun> Loader<Key<N>> for Rows {
    type Value = N::Model;
    type Error = ApiError;

    async fn load(&self, keys: &[Key<N>]) -> Result<HashMap<Key<N>, N::Model>, ApiError> {
        let ids: Vec<N::Id> = keys.iter().map(|key| key.0).collect();
        let rows = noun::by_ids::<N>(self.0.read(), &self.0.actor, &ids).await?;
        Ok(rows.into_iter().map(|(id, row)| (Key(id), row)).collect())
    }
}

/// Gathers what becomes ready in the same turn of the scheduler, instead of waiting a fixed time.
struct NextTurn;

impl Timer for NextTurn {
    fn delay(&self, _: Duration) -> BoxFuture<'static, ()> {
        tokio::task::yield_now().boxed()
    }
}

pub type Loads = DataLoader<Rows, HashMapCache>;

pub fn loads(cx: Cx) -> Loads {
    DataLoader::with_cache(Rows(cx), TokioSpawner::current(), NextTurn, HashMapCache::default())
}

pub fn rows<'a>(ctx: &Context<'a>) -> Result<&'a Loads, ApiError> {
    ctx.data_opt::<Loads>().ok_or_else(|| ApiError::internal("the request carries no loader"))
}
