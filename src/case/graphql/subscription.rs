//! The live fields. The log carries facts; each item is loaded through the subscriber's own rights, looked up anew for each.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use async_graphql::{Context, ID, InputObject, SimpleObject, Subscription};
use entity::{CaseCategory, CaseEventKind, CaseId, CaseStatus, WhistleStatus, case_file};
use futures_util::{Stream, StreamExt, future::BoxFuture};

use super::{
    case::Case,
    event::{CaseEvent, CaseParty, actors},
    whistle::Whistle,
};
use crate::{
    app::Cx,
    case::{
        scope::{Cases, Events, Whistles},
        service,
    },
    db::noun,
    event::{Fact, Interest, Logged, What},
    graphql::{
        context::cx,
        error::ApiError,
        id::{self, GlobalId},
        live::{Items, follow},
        plan::{self, Selection},
        scalar::{AreaCode, DateTime},
    },
};

/// Which events 案件事件筛选, by the facts stored with them: a replay gives the same sequence as the live stream did. All that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CaseEventFilter {
    /// Of cases in the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Of cases in this complex 小区.
    pub complex_id: Option<ID>,
    /// Of these cases 案件.
    pub case_ids: Option<Vec<ID>>,
    /// Of these categories 问题类别.
    pub categories: Option<Vec<CaseCategory>>,
    /// That led to one of these statuses 新状态.
    pub to: Option<Vec<CaseStatus>>,
    /// Of cases that this unit had when it happened 处置主体.
    pub handler_id: Option<ID>,
}

/// Which events of whistles 哨单事件筛选. All that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WhistleEventFilter {
    /// Of cases in the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Of these cases 案件.
    pub case_ids: Option<Vec<ID>>,
    /// That call this unit 被吹哨方.
    pub target_id: Option<ID>,
    /// That led to one of these statuses 新状态.
    pub to: Option<Vec<WhistleStatus>>,
}

/// A case has moved to another status 案件状态变化.
#[derive(SimpleObject)]
pub struct CaseStatusChange {
    /// To come back to what follows this change: give it as `after` 断点续传游标.
    pub cursor: String,
    /// The case as it is now, which may be further on than this change 案件.
    pub case: Option<Case>,
    /// The status before; null for a new report 原状态.
    pub from: Option<CaseStatus>,
    /// The status after 新状态.
    pub to: CaseStatus,
    /// When 时间.
    pub at: DateTime,
    /// Who moved it; null where you may not know 经办人.
    pub actor: Option<CaseParty>,
    /// What was said with it; null where nothing was 说明.
    pub note: Option<String>,
}

/// Something happened to a case 案件变化.
#[derive(Clone, SimpleObject)]
pub struct CaseChange {
    /// To come back to what follows this change: give it as `after` 断点续传游标.
    pub cursor: String,
    /// What happened 事项.
    pub kind: CaseEventKind,
    /// The case as it is now 案件.
    pub case: Option<Case>,
    /// The entry of its timeline 时间线事项.
    pub event: Option<CaseEvent>,
    /// When 时间.
    pub at: DateTime,
}

/// A whistle has moved 哨单变化.
#[derive(SimpleObject)]
pub struct WhistleChange {
    /// To come back to what follows this change: give it as `after` 断点续传游标.
    pub cursor: String,
    /// The whistle as it is now 哨单.
    pub whistle: Option<Whistle>,
    /// Its case as it is now 案件.
    pub case: Option<Case>,
    /// The status before; null for a new whistle 原状态.
    pub from: Option<WhistleStatus>,
    /// The status after 新状态.
    pub to: WhistleStatus,
    /// When 时间.
    pub at: DateTime,
}

/// What the facts of cases are tested by, but for what a field adds.
async fn interest(cx: &Cx, area: Option<AreaCode>, cases: Option<Vec<ID>>) -> Result<Interest, ApiError> {
    let mut interest = Interest { cases: cases.map(|ids| ids.iter().filter_map(id::maybe).collect()), ..Interest::default() };
    if let Some(code) = area {
        interest.area = service::maybe_areas(cx, &code.0).await?;
        interest.nothing = interest.area.is_none();
    }
    Ok(interest)
}

pub(super) async fn case_interest(
    cx: &Cx,
    what: What,
    filter: Option<CaseEventFilter>,
    kinds: Option<Vec<CaseEventKind>>,
) -> Result<Interest, ApiError> {
    let CaseEventFilter { area, complex_id, case_ids, categories, to, handler_id } = filter.unwrap_or_default();
    let mut interest = Interest { what, categories, to, kinds, ..interest(cx, area, case_ids).await? };
    // an id that is malformed or of another type matches nothing
    if let Some(id) = complex_id {
        interest.complex = id::maybe(&id);
        interest.nothing |= interest.complex.is_none();
    }
    if let Some(id) = handler_id {
        interest.handler = GlobalId::parse(&id).map(GlobalId::uuid);
        interest.nothing |= interest.handler.is_none();
    }
    Ok(interest)
}

async fn whistle_interest(cx: &Cx, filter: Option<WhistleEventFilter>) -> Result<Interest, ApiError> {
    let WhistleEventFilter { area, case_ids, target_id, to } = filter.unwrap_or_default();
    let mut interest = Interest { what: What::Whistles, whistle_to: to, ..interest(cx, area, case_ids).await? };
    if let Some(id) = target_id {
        interest.target = GlobalId::parse(&id).map(GlobalId::uuid);
        interest.nothing |= interest.target.is_none();
    }
    Ok(interest)
}

/// The case of a fact; none where the subscriber may not see it (any more).
async fn case_of(cx: &Cx, fact: &Fact) -> Result<Option<case_file::Model>, ApiError> {
    Ok(noun::by_ids::<Cases>(cx.read(), &cx.actor, &[fact.case_id]).await?.remove(&fact.case_id))
}

fn status_change<'m>(
    ctx: &'m Context<'_>,
    cx: &'m Cx,
    Logged { seq, fact }: &'m Logged,
) -> BoxFuture<'m, Result<Option<CaseStatusChange>, ApiError>> {
    Box::pin(async move {
        let (Some(to), Some(case)) = (fact.to_status, case_of(cx, fact).await?) else { return Ok(None) };
        let selection = Selection::of(&ctx.field());
        let (mut actor, mut note) = (None, None);
        if (selection.has("actor") || selection.has("note"))
            && let Some(event) = noun::by_ids::<Events>(cx.read(), &cx.actor, &[fact.event_id]).await?.remove(&fact.event_id)
        {
            let cases = [(case.id, case.clone())].into();
            actor = actors(cx, &cases, std::iter::once(&event)).await?.remove(&event.id);
            note = event.note;
        }
        let case = plan::wrap::<Case>(cx, vec![case], &selection.under("case")).await?.pop();
        Ok(Some(CaseStatusChange { cursor: cx.log.cursor(*seq), case, from: fact.from_status, to, at: fact.at.into(), actor, note }))
    })
}

fn case_change<'m>(ctx: &'m Context<'_>, cx: &'m Cx, logged: &'m Logged) -> BoxFuture<'m, Result<Option<CaseChange>, ApiError>> {
    Box::pin(async move { Ok(case_changes(cx, &[logged], &Selection::of(&ctx.field())).await?.pop()) })
}

/// The changes of these facts whose cases may be seen, in their order, in a constant number of statements.
pub(super) async fn case_changes(cx: &Cx, facts: &[&Logged], selection: &Selection<'_>) -> Result<Vec<CaseChange>, ApiError> {
    let ids: HashSet<CaseId> = facts.iter().map(|logged| logged.fact.case_id).collect();
    let rows = noun::by_ids::<Cases>(cx.read(), &cx.actor, &ids.into_iter().collect::<Vec<_>>()).await?;
    let (ids, rows): (Vec<CaseId>, Vec<case_file::Model>) = rows.into_iter().unzip();
    let cases = plan::wrap::<Case>(cx, rows, &selection.under("case")).await?;
    let cases: HashMap<CaseId, Case> = ids.into_iter().zip(cases).collect();
    let seen: Vec<&Logged> = facts.iter().filter(|logged| cases.contains_key(&logged.fact.case_id)).copied().collect();
    let mut events = HashMap::new();
    if selection.has("event") {
        let ids: Vec<_> = seen.iter().map(|logged| logged.fact.event_id).collect();
        let rows = noun::by_ids::<Events>(cx.read(), &cx.actor, &ids).await?;
        let (ids, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        events.extend(ids.into_iter().zip(plan::wrap::<CaseEvent>(cx, rows, &selection.under("event")).await?));
    }
    let change = |Logged { seq, fact }: &Logged| CaseChange {
        cursor: cx.log.cursor(*seq),
        kind: fact.kind,
        case: cases.get(&fact.case_id).cloned(),
        event: events.get(&fact.event_id).cloned(),
        at: fact.at.into(),
    };
    Ok(seen.into_iter().map(change).collect())
}

fn whistle_change<'m>(
    ctx: &'m Context<'_>,
    cx: &'m Cx,
    Logged { seq, fact }: &'m Logged,
) -> BoxFuture<'m, Result<Option<WhistleChange>, ApiError>> {
    Box::pin(async move {
        let (Some(moved), Some(case)) = (&fact.whistle, case_of(cx, fact).await?) else { return Ok(None) };
        let selection = Selection::of(&ctx.field());
        let whistle = noun::by_ids::<Whistles>(cx.read(), &cx.actor, &[moved.id]).await?.remove(&moved.id);
        let whistle = plan::wrap::<Whistle>(cx, whistle.into_iter().collect(), &selection.under("whistle")).await?.pop();
        let case = plan::wrap::<Case>(cx, vec![case], &selection.under("case")).await?.pop();
        let cursor = cx.log.cursor(*seq);
        Ok(Some(WhistleChange { cursor, whistle, case, from: moved.from_status, to: moved.to_status, at: fact.at.into() }))
    })
}

#[derive(Default)]
pub struct CaseSubscription;

#[Subscription]
impl CaseSubscription {
    /// Cases that move from one status to another, as far as you may see them, in the order of the changes 案件状态变化.
    async fn case_status_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<CaseEventFilter>,
        #[graphql(
            desc = "The last cursor you have seen: what you have missed comes first, then what happens; from now on when left out 断点续传游标"
        )]
        after: Option<String>,
    ) -> Result<Items<'ctx, CaseStatusChange>, ApiError> {
        follow(ctx, after, case_interest(cx(ctx)?, What::Statuses, filter, None), status_change).await
    }

    /// Whatever happens to cases, as far as you may see them: assignments, notes, whistles, changes of status 案件变化.
    async fn case_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<CaseEventFilter>,
        #[graphql(desc = "Which kinds of events; all when left out 事项")] kinds: Option<Vec<CaseEventKind>>,
        #[graphql(
            desc = "The last cursor you have seen: what you have missed comes first, then what happens; from now on when left out 断点续传游标"
        )]
        after: Option<String>,
    ) -> Result<Items<'ctx, CaseChange>, ApiError> {
        follow(ctx, after, case_interest(cx(ctx)?, What::Entries, filter, kinds), case_change).await
    }

    /// Whistles that are raised, checked in, declined, concluded, escalated or withdrawn, as far as you may see them 哨单变化.
    async fn whistle_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<WhistleEventFilter>,
        #[graphql(
            desc = "The last cursor you have seen: what you have missed comes first, then what happens; from now on when left out 断点续传游标"
        )]
        after: Option<String>,
    ) -> Result<Items<'ctx, WhistleChange>, ApiError> {
        follow(ctx, after, whistle_interest(cx(ctx)?, filter), whistle_change).await
    }

    /// Tells the time, to show that the line is alive 心跳.
    async fn heartbeat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Milliseconds between two beats, from 10 to 3,600,000; 1,000 when left out 间隔")] interval_ms: Option<i32>,
        #[graphql(desc = "Ends after so many beats; never when left out 次数")] count: Option<i32>,
    ) -> Result<impl Stream<Item = DateTime>, ApiError> {
        let between = interval_ms.unwrap_or(1000);
        if !(10..=3_600_000).contains(&between) {
            return Err(ApiError::bad_input("bad-interval").with("given", between));
        }
        let beats = match count {
            None => usize::MAX,
            Some(count) => usize::try_from(count).map_err(|_| ApiError::bad_input("bad-count").with("given", count))?,
        };
        let clock = cx(ctx)?.clock.clone();
        let interval = tokio::time::interval(Duration::from_millis(u64::try_from(between).unwrap_or(1000)));
        Ok(tokio_stream::wrappers::IntervalStream::new(interval).take(beats).map(move |_| clock.now().into()))
    }
}
