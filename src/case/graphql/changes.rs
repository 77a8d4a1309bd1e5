//! The event log for those who poll: mini-programs that were suspended, and pages that load first and follow then.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use chrono::Duration;
use entity::CaseEventKind;

use super::subscription::{CaseChange, CaseEventFilter, case_changes, case_interest};
use crate::{
    app::Cx,
    clock::ZONE,
    event::{self, Interest, Logged, What},
    graphql::{
        context::cx,
        error::ApiError,
        live::{missed, position},
        page::{DEFAULT_SIZE, Edge, MAX_SIZE, PageInfo},
        plan::Selection,
        scalar::Date,
    },
};

/// Facts looked at for one page at most: a filter that few pass must not read the whole log.
const MOST_FACTS: usize = 20_000;

/// One page of changes, in the order of the log 案件变化分页列表.
#[derive(SimpleObject)]
pub struct CaseChangeConnection {
    /// The changes with their cursors 行.
    pub edges: Vec<Edge<CaseChange>>,
    /// The changes 记录.
    pub nodes: Vec<CaseChange>,
    /// Where this page ends. `endCursor` is there also on an empty page: how far the log has been looked at 分页信息.
    pub page_info: PageInfo,
}

/// Where the event log stood when a day ended 每日日志摘要. Whoever keeps it can prove later that nothing before was changed.
#[derive(SimpleObject)]
pub struct EventLogHead {
    /// The day, in Asia/Shanghai 日期.
    pub day: Date,
    /// The number of the last event up to the end of that day 末条序号.
    pub seq: i64,
    /// Its SHA-256, chained over all events before it, in hexadecimal 摘要值.
    pub hash: String,
}

#[derive(Default)]
pub struct ChangesQuery;

#[Object]
impl ChangesQuery {
    /// Where the event log stands for this request: all that happened up to here shows in its lists, all that comes later follows after this cursor.
    /// Ask for it along with a list, then subscribe with it as `after`: nothing falls between the two 事件游标.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        let cx = cx(ctx)?;
        Ok(cx.log.cursor(cx.seen))
    }

    /// What has happened to cases, as far as you may see them, for clients that poll instead of subscribing; the same events with the same cursors.
    /// Go on while `hasNextPage`, then come back with `endCursor` 案件变化 (轮询).
    async fn case_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<CaseEventFilter>,
        #[graphql(desc = "Which kinds of events; all when left out 事项")] kinds: Option<Vec<CaseEventKind>>,
        #[graphql(desc = "The last cursor you have seen; from the oldest event that is kept when left out 起始游标")] after: Option<String>,
        #[graphql(desc = "At most so many, up to 200; 20 when left out 条数")] first: Option<i32>,
    ) -> Result<CaseChangeConnection, ApiError> {
        let cx = cx(ctx)?;
        let size = first.unwrap_or(DEFAULT_SIZE);
        if !(0..=MAX_SIZE).contains(&size) {
            return Err(ApiError::bad_input("bad-page-size").with("max", MAX_SIZE).with("given", size));
        }
        let from = match &after {
            Some(cursor) => position(cx, cursor).await?,
            None => event::floor(cx).await?,
        };
        let interest = case_interest(cx, What::Entries, filter, kinds).await?;
        let (facts, reached, more) = scan(cx, &interest, from, usize::try_from(size).unwrap_or(0)).await?;
        let mut selection = Selection::of(&ctx.field());
        selection = selection.under("nodes").and(selection.under("edges").under("node"));
        let facts: Vec<&Logged> = facts.iter().map(|logged| &**logged).collect();
        let nodes = case_changes(cx, &facts, &selection).await?;
        let edges: Vec<_> = nodes.iter().map(|node| Edge { cursor: node.cursor.clone(), node: node.clone() }).collect();
        let page_info = PageInfo {
            has_next_page: more,
            has_previous_page: false,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: Some(cx.log.cursor(reached)),
        };
        Ok(CaseChangeConnection { edges, nodes, page_info })
    }

    /// Where the event log stood at the end of a day, for publication; null before the first event, and until a minute after
    /// midnight 每日日志摘要.
    async fn event_log_head(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A day that is over 日期")] day: Date,
    ) -> Result<Option<EventLogHead>, ApiError> {
        let cx = cx(ctx)?;
        // what began before midnight has been written a minute after it
        if day.0 >= (cx.clock.now() - Duration::minutes(1)).with_timezone(&ZONE).date_naive() {
            return Ok(None);
        }
        let head = event::head_of(cx.read(), day.0).await?;
        Ok(head.map(|head| EventLogHead { day: Date(head.day), seq: head.seq, hash: hex::encode(&head.hash) }))
    }
}

/// The next facts of an interest, how far the log was looked at for them, and whether there is more of it.
async fn scan(cx: &Cx, interest: &Interest, from: i64, most: usize) -> Result<(Vec<Arc<Logged>>, i64, bool), ApiError> {
    let (mut found, mut at, mut looked) = (Vec::new(), from, 0);
    loop {
        let (facts, reached) = cx.log.after(cx.read(), at).await.map_err(missed)?;
        if facts.is_empty() {
            return Ok((found, at.max(reached), false));
        }
        for logged in facts {
            if found.len() == most || looked == MOST_FACTS {
                return Ok((found, at, true));
            }
            (at, looked) = (logged.seq, looked + 1);
            if interest.holds(&logged.fact) {
                found.push(logged);
            }
        }
    }
}
