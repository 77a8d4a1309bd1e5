//! The live fields. The bus carries facts; each item is loaded through the subscriber's own rights, looked up anew for each.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_graphql::{Context, ID, InputObject, SimpleObject, Subscription};
use entity::{CaseCategory, CaseEventKind, CaseId, CaseStatus, ComplexId, WhistleStatus, case_event, case_file};
use futures_util::{Stream, StreamExt, future::BoxFuture, stream};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use uuid::Uuid;

use super::{
    case::Case,
    event::{CaseEvent, CaseParty, actors},
    whistle::Whistle,
};
use crate::{
    app::Cx,
    case::{
        scope::{Cases, Events, Whistles},
        service::AreaTest,
    },
    db::noun,
    event::Fact,
    graphql::{
        context::cx,
        error::{ApiError, Code},
        id::{self, GlobalId},
        plan::{self, Selection},
        scalar::{AreaCode, DateTime},
    },
    person,
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
#[derive(SimpleObject)]
pub struct CaseChange {
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

/// A filter, resolved once when the subscription starts.
#[derive(Default)]
struct Test {
    area: Option<AreaTest>,
    complex: Option<ComplexId>,
    cases: Option<HashSet<CaseId>>,
    categories: Option<Vec<CaseCategory>>,
    handler: Option<Uuid>,
    nothing: bool,
}

impl Test {
    async fn of(cx: &Cx, area: Option<AreaCode>, cases: Option<Vec<ID>>) -> Result<Self, ApiError> {
        let mut test = Self { cases: cases.map(|ids| ids.iter().filter_map(id::maybe).collect()), ..Self::default() };
        if let Some(code) = area {
            test.area = AreaTest::of(cx, &code.0).await?;
            test.nothing = test.area.is_none();
        }
        Ok(test)
    }

    fn holds(&self, fact: &Fact) -> bool {
        !self.nothing
            && self.area.as_ref().is_none_or(|area| area.holds(fact))
            && self.complex.is_none_or(|id| fact.complex_id == Some(id))
            && self.cases.as_ref().is_none_or(|ids| ids.contains(&fact.case_id))
            && self.categories.as_ref().is_none_or(|all| all.contains(&fact.category))
            && self.handler.is_none_or(|id| fact.handler.1 == id)
    }
}

/// The filter of the two case fields, without `to`.
async fn case_test(cx: &Cx, filter: CaseEventFilter) -> Result<Test, ApiError> {
    let mut test = Test::of(cx, filter.area, filter.case_ids).await?;
    test.categories = filter.categories;
    // an id that is malformed or of another type matches nothing
    if let Some(id) = filter.complex_id {
        test.complex = id::maybe(&id);
        test.nothing |= test.complex.is_none();
    }
    if let Some(id) = filter.handler_id {
        test.handler = GlobalId::parse(&id).map(GlobalId::uuid);
        test.nothing |= test.handler.is_none();
    }
    Ok(test)
}

/// What a subscriber goes by while its stream lasts.
struct Live<'ctx, K> {
    ctx: &'ctx Context<'ctx>,
    cx: Cx,
    facts: Receiver<Arc<Fact>>,
    keep: K,
    over: bool,
}

/// The facts that pass, each made into an item by `make`, in the order of the commits. The stream ends, with an error that says why, when the
/// token runs out, the person is gone, or the subscriber has fallen too far behind.
fn follow<'ctx, T: Send + 'ctx>(
    ctx: &'ctx Context<'ctx>,
    cx: &Cx,
    keep: impl Fn(&Fact) -> bool + Send + 'ctx,
    make: impl for<'m> Fn(&'m Context<'ctx>, &'m Cx, &'m Fact) -> BoxFuture<'m, Result<Option<T>, ApiError>> + Copy + Send + Sync + 'ctx,
) -> impl Stream<Item = Result<T, ApiError>> + Send + 'ctx {
    let live = Live { ctx, cx: cx.clone(), facts: cx.bus.subscribe(), keep, over: false };
    stream::unfold(live, move |mut live| async move {
        if live.over {
            return None;
        }
        match next(&mut live, make).await {
            Ok(Some(item)) => Some((Ok(item), live)),
            Ok(None) => None,
            Err(error) => {
                live.over = true;
                Some((Err(error), live))
            }
        }
    })
}

async fn next<'ctx, T, K: Fn(&Fact) -> bool>(
    live: &mut Live<'ctx, K>,
    make: impl for<'m> Fn(&'m Context<'ctx>, &'m Cx, &'m Fact) -> BoxFuture<'m, Result<Option<T>, ApiError>>,
) -> Result<Option<T>, ApiError> {
    loop {
        let fact = tokio::select! {
            fact = live.facts.recv() => match fact {
                Ok(fact) => fact,
                Err(RecvError::Closed) => return Ok(None),
                Err(RecvError::Lagged(_)) => return Err(interrupted("stream-lagged")),
            },
            // also where nothing happens
            () = token_ran_out(&live.cx) => return Err(ApiError::unauthenticated()),
        };
        if !(live.keep)(&fact) {
            continue;
        }
        live.cx = person::service::maybe_renewed(&live.cx).await?.ok_or_else(ApiError::unauthenticated)?;
        if let Some(item) = make(live.ctx, &live.cx, &fact).await? {
            return Ok(Some(item));
        }
    }
}

/// Ready when the subscriber's token has run out.
async fn token_ran_out(cx: &Cx) {
    let Some(end) = cx.actor.expires_at else { return std::future::pending().await };
    while !cx.actor.expired(cx.clock.now()) {
        let left = (end - cx.clock.now()).to_std().unwrap_or_default();
        // in steps: a clock that is set forward is noticed
        tokio::time::sleep(left.min(Duration::from_secs(60)).max(Duration::from_millis(1))).await;
    }
}

fn interrupted(message: &'static str) -> ApiError {
    ApiError::Request { code: Code::StreamInterrupted, message, args: Vec::new() }
}

/// The case of a fact with what is selected of it; none where the subscriber may not see it (any more).
async fn case_of(cx: &Cx, fact: &Fact) -> Result<Option<case_file::Model>, ApiError> {
    Ok(noun::by_ids::<Cases>(cx.read(), &cx.actor, &[fact.case_id]).await?.remove(&fact.case_id))
}

async fn event_of(cx: &Cx, fact: &Fact) -> Result<Option<case_event::Model>, ApiError> {
    Ok(noun::by_ids::<Events>(cx.read(), &cx.actor, &[fact.event_id]).await?.remove(&fact.event_id))
}

fn status_change<'m>(ctx: &'m Context<'_>, cx: &'m Cx, fact: &'m Fact) -> BoxFuture<'m, Result<Option<CaseStatusChange>, ApiError>> {
    Box::pin(async move {
        let (Some(to), Some(case)) = (fact.to_status, case_of(cx, fact).await?) else { return Ok(None) };
        let selection = Selection::of(&ctx.field());
        let (mut actor, mut note) = (None, None);
        if (selection.has("actor") || selection.has("note"))
            && let Some(event) = event_of(cx, fact).await?
        {
            let cases = [(case.id, case.clone())].into();
            actor = actors(cx, &cases, std::iter::once(&event)).await?.remove(&event.id);
            note = event.note;
        }
        let case = plan::wrap::<Case>(cx, vec![case], &selection.under("case")).await?.pop();
        Ok(Some(CaseStatusChange { case, from: fact.from_status, to, at: fact.at.into(), actor, note }))
    })
}

fn case_change<'m>(ctx: &'m Context<'_>, cx: &'m Cx, fact: &'m Fact) -> BoxFuture<'m, Result<Option<CaseChange>, ApiError>> {
    Box::pin(async move {
        let Some(case) = case_of(cx, fact).await? else { return Ok(None) };
        let selection = Selection::of(&ctx.field());
        let event = if selection.has("event") { event_of(cx, fact).await? } else { None };
        let event = plan::wrap::<CaseEvent>(cx, event.into_iter().collect(), &selection.under("event")).await?.pop();
        let case = plan::wrap::<Case>(cx, vec![case], &selection.under("case")).await?.pop();
        Ok(Some(CaseChange { kind: fact.kind, case, event, at: fact.at.into() }))
    })
}

fn whistle_change<'m>(ctx: &'m Context<'_>, cx: &'m Cx, fact: &'m Fact) -> BoxFuture<'m, Result<Option<WhistleChange>, ApiError>> {
    Box::pin(async move {
        let (Some(moved), Some(case)) = (&fact.whistle, case_of(cx, fact).await?) else { return Ok(None) };
        let selection = Selection::of(&ctx.field());
        let whistle = noun::by_ids::<Whistles>(cx.read(), &cx.actor, &[moved.id]).await?.remove(&moved.id);
        let whistle = plan::wrap::<Whistle>(cx, whistle.into_iter().collect(), &selection.under("whistle")).await?.pop();
        let case = plan::wrap::<Case>(cx, vec![case], &selection.under("case")).await?.pop();
        Ok(Some(WhistleChange { whistle, case, from: moved.from_status, to: moved.to_status, at: fact.at.into() }))
    })
}

fn signed_in<'c>(ctx: &Context<'c>) -> Result<&'c Cx, ApiError> {
    let cx = cx(ctx)?;
    if cx.actor.person.is_some() { Ok(cx) } else { Err(ApiError::unauthenticated()) }
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
    ) -> Result<impl Stream<Item = Result<CaseStatusChange, ApiError>> + 'ctx, ApiError> {
        let cx = signed_in(ctx)?;
        let filter = filter.unwrap_or_default();
        let to = filter.to.clone();
        let test = case_test(cx, filter).await?;
        let moved = move |fact: &Fact| fact.to_status.is_some_and(|status| to.as_ref().is_none_or(|all| all.contains(&status)));
        Ok(follow(ctx, cx, move |fact| moved(fact) && test.holds(fact), status_change))
    }

    /// Whatever happens to cases, as far as you may see them: assignments, notes, whistles, changes of status 案件变化.
    async fn case_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<CaseEventFilter>,
        #[graphql(desc = "Which kinds of events; all when left out 事项")] kinds: Option<Vec<CaseEventKind>>,
    ) -> Result<impl Stream<Item = Result<CaseChange, ApiError>> + 'ctx, ApiError> {
        let cx = signed_in(ctx)?;
        let filter = filter.unwrap_or_default();
        let to = filter.to.clone();
        let test = case_test(cx, filter).await?;
        let wanted = move |fact: &Fact| {
            kinds.as_ref().is_none_or(|kinds| kinds.contains(&fact.kind))
                && to.as_ref().is_none_or(|all| fact.to_status.is_some_and(|status| all.contains(&status)))
        };
        Ok(follow(ctx, cx, move |fact| wanted(fact) && test.holds(fact), case_change))
    }

    /// Whistles that are raised, checked in, declined, concluded, escalated or withdrawn, as far as you may see them 哨单变化.
    async fn whistle_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(desc = "Which events; all that you may see when left out 筛选")] filter: Option<WhistleEventFilter>,
    ) -> Result<impl Stream<Item = Result<WhistleChange, ApiError>> + 'ctx, ApiError> {
        let cx = signed_in(ctx)?;
        let WhistleEventFilter { area, case_ids, target_id, to } = filter.unwrap_or_default();
        let test = Test::of(cx, area, case_ids).await?;
        let target = target_id.map(|id| GlobalId::parse(&id).map(GlobalId::uuid));
        let wanted = move |fact: &Fact| {
            fact.whistle.as_ref().is_some_and(|whistle| {
                to.as_ref().is_none_or(|all| all.contains(&whistle.to_status)) && target.is_none_or(|id| id == Some(whistle.target.1))
            })
        };
        Ok(follow(ctx, cx, move |fact| wanted(fact) && test.holds(fact), whistle_change))
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
