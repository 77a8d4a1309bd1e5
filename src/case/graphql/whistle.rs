//! `Whistle`.

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::{CaseId, HandlerKind, WhistleAction, WhistleId, WhistleStatus, case_file, whistle};

use super::{
    case::{Case, CaseFilter},
    handler::{Handler, fill_handler},
    words,
};
use crate::{
    app::Cx,
    case::{
        model,
        policy::{self, Standing},
        scope::{Cases, WhistleOrder, WhistleWhere, Whistles},
        service,
    },
    db::{noun, subtree::Subtree},
    graphql::{
        context::cx,
        error::{ApiError, UserErrorCode},
        filter::{DateTimeFilter, EnumFilter, IdFilter, filters},
        id::{UnitId, global},
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, DateTime},
    },
    object, orders,
};

object! {
    /// A whistle 哨单: one call to one unit, which has to check in 报到 before its time runs out, act and report back; or it escalates 升级.
    Whistle: whistle::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Who blew it; null: a resident 吹哨方类型.
        from: Option<HandlerKind> = |row| row.from_kind,
        /// Which kind of unit is called 被吹哨方类型.
        to: HandlerKind = |row| row.target_kind,
        /// Whether the unit called is in the lead 主办; the others assist 协办.
        lead: bool = |row| row.lead,
        /// Why it was blown; null where nothing was said, and for a resident's report 吹哨事由.
        reason: Option<&str> = |row| row.reason.as_deref(),
        /// Where it stands 状态.
        status: WhistleStatus = |row| row.status,
        /// When it was blown 吹哨时间.
        raised_at: DateTime = |row| row.raised_at.into(),
        /// By when the unit called has to check in: one working day, unless the district's policy says otherwise 报到时限.
        check_in_due_at: DateTime = |row| row.check_in_due_at.into(),
        /// When it checked in; null until then 报到时间.
        checked_in_at: Option<DateTime> = |row| row.checked_in_at.map(DateTime),
        /// When it was on the spot, as it said; null where it said nothing 到场时间.
        on_site_at: Option<DateTime> = |row| row.on_site_at.map(DateTime),
        /// Why it was declined; null where it was not 退哨理由.
        decline_reason: Option<&str> = |row| row.decline_reason.as_deref(),
        /// Whether the level above upheld the decline; null before a ruling 退哨裁定.
        decline_upheld: Option<bool> = |row| row.ruling_upheld,
        /// Why it ruled so; null before a ruling, and where nothing was said 裁定理由.
        ruling_reason: Option<&str> = |row| row.ruling_reason.as_deref(),
        /// When the unit called reported back; null until then 办结时间.
        concluded_at: Option<DateTime> = |row| row.concluded_at.map(DateTime),
        /// What it reported back; null until then 办结情况.
        result: Option<&str> = |row| row.result.as_deref(),
        /// How the unit called came, as the whistler rates it: 1 to 5; null until rated 报到评价.
        response_score: Option<i32> = |row| row.response_score,
        /// What the whistler said with the rating 报到评价意见.
        response_comment: Option<&str> = |row| row.response_comment.as_deref(),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// Whether it is unanswered although its time has run out 是否超时未报到.
        async fn overdue(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let now = cx(ctx)?.clock.now();
            Ok(self.0.row.status == WhistleStatus::Raised && self.0.row.check_in_due_at < now)
        }
    }
    values {
        /// The whistles that escalated into this one 升级来源.
        escalated_from: Vec<Self>,
        /// What can be done to it, and by you 可执行操作.
        viewer_actions: Vec<WhistleViewerAction>,
    }
    relations {
        /// The unit that blew it; null: a resident 吹哨方.
        whistler: Handler,
        /// The unit called 被吹哨方.
        target: Handler,
        /// Its case 案件.
        case: Case = |whistle| Some(whistle.case_id),
        /// The whistle that calls the superior instead; null where it did not escalate 升级后的哨单.
        escalated_to: Self = |whistle| whistle.escalated_to_id,
    }
    fill |cx, rows, selection| {
        fill_handler(cx, rows, selection, "target", |whistle| Some((whistle.target_kind, whistle.target_id))).await?;
        fill_handler(cx, rows, selection, "whistler", |whistle| whistle.from_kind.zip(whistle.from_id)).await?;
        fill_sources(cx, rows, selection).await?;
        fill_actions(cx, rows, selection).await?;
    }
}

/// Whether you may do this now 操作许可.
#[derive(Clone, SimpleObject)]
pub struct WhistleViewerAction {
    /// The action 操作.
    pub action: WhistleAction,
    /// Whether the mutation would be allowed now 是否允许.
    pub allowed: bool,
    /// Why not; null where it is allowed 不允许的原因.
    pub reason: Option<UserErrorCode>,
}

async fn fill_sources(cx: &Cx, rows: &mut [Rec<whistle::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("escalatedFrom") {
        return Ok(());
    }
    let sources = service::escalated_into(cx, &plan::distinct(rows.iter().map(|r| r.row.id))).await?;
    let into: Vec<Option<WhistleId>> = sources.iter().map(|source| source.escalated_to_id).collect();
    let objects = plan::wrap::<Whistle>(cx, sources, &selection.under("escalatedFrom")).await?;
    let mut of_each: HashMap<WhistleId, Vec<Whistle>> = HashMap::new();
    for (into, source) in into.into_iter().zip(objects) {
        if let Some(into) = into {
            of_each.entry(into).or_default().push(source);
        }
    }
    plan::value(rows, selection, "escalatedFrom", |whistle| whistle.id, &of_each);
    Ok(())
}

async fn fill_actions(cx: &Cx, rows: &mut [Rec<whistle::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("viewerActions") {
        return Ok(());
    }
    let ids: Vec<CaseId> = plan::distinct(rows.iter().map(|r| r.row.case_id));
    let cases = noun::by_ids::<Cases>(cx.read(), &cx.actor, &ids).await?;
    let actions: HashMap<WhistleId, Vec<WhistleViewerAction>> =
        rows.iter().filter_map(|r| Some((r.row.id, actions(cx, cases.get(&r.row.case_id)?, &r.row)))).collect();
    plan::value(rows, selection, "viewerActions", |whistle| whistle.id, &actions);
    Ok(())
}

fn actions(cx: &Cx, case: &case_file::Model, whistle: &whistle::Model) -> Vec<WhistleViewerAction> {
    let standing = Standing::of(&cx.actor, case);
    let state = |action: &WhistleAction| {
        let verdict = policy::may_whistle(&cx.actor, &standing, *action, case, whistle)
            .and_then(|()| model::next_whistle(*action, whistle.status, whistle.ruled_at.is_some(), case.status).map(|_| ()));
        WhistleViewerAction { action: *action, allowed: verdict.is_ok(), reason: verdict.err().map(|denial| words(denial).0) }
    };
    WhistleAction::ALL.iter().map(state).collect()
}

impl Listed for Whistle {
    type Noun = Whistles;
    type Filter = WhistleFilter;
    type Order = WhistleOrderField;

    const ORDER: (WhistleOrderField, OrderDirection) = (WhistleOrderField::RaisedAt, OrderDirection::Asc);
}

filters! {
    /// Which whistles 哨单筛选; all that is given must hold.
    WhistleFilter => WhistleWhere {
        /// By id 标识.
        id: IdFilter => id::<WhistleId>(WhistleWhere::Id),
        /// By status 状态.
        status: EnumFilter<WhistleStatus> => test(WhistleWhere::Status),
        /// By the kind of unit called 被吹哨方类型.
        to: EnumFilter<HandlerKind> => test(WhistleWhere::TargetKind),
        /// By the kind of unit that blew it 吹哨方类型.
        from: EnumFilter<HandlerKind> => test(WhistleWhere::FromKind),
        /// By the unit that blew it 吹哨方.
        whistler_id: IdFilter => id::<UnitId>(WhistleWhere::From),
        /// By the unit called 被吹哨方.
        target_id: IdFilter => id::<UnitId>(WhistleWhere::Target),
        /// Whether in the lead 是否主办.
        lead: bool => fact(WhistleWhere::Lead),
        /// By when it was blown 吹哨时间.
        raised_at: DateTimeFilter => test(WhistleWhere::RaisedAt),
        /// By when its time runs out 报到时限.
        check_in_due_at: DateTimeFilter => test(WhistleWhere::CheckInDueAt),
        /// By when the unit called checked in; nothing matches until then 报到时间.
        checked_in_at: DateTimeFilter => test(WhistleWhere::CheckedInAt),
        /// Whether the superior was called instead 是否已升级.
        escalated: bool => fact(WhistleWhere::Escalated),
        /// Whether unanswered although its time has run out 是否超时未报到.
        overdue: bool => at(|overdue, clock| WhistleWhere::Overdue(overdue, clock.now())),
        /// By its case 案件.
        case: Box<CaseFilter> => related(WhistleWhere::Case),
        /// Of cases in the subtree of this area 所在区划 (含下级).
        area: AreaCode => fact(|code| WhistleWhere::Within(Subtree::of(code.0))),
    }
}

orders! {
    /// What whistles are ordered by 哨单排序字段.
    WhistleOrderField("WhistleOrder") => WhistleOrder {
        /// By when they were blown 吹哨时间.
        RaisedAt,
        /// By when their time runs out 报到时限.
        CheckInDueAt,
    }
}
