//! `CaseClock`, its segments, and `DeadlineExtension`.

use std::collections::{HashMap, hash_map::Entry};

use async_graphql::{ID, SimpleObject};
use entity::{
    CaseId, ClockHours, ClockKind, ClockStatus, DeadlineExtensionId, DeadlinePolicyId, HandlingLevel, PauseReason, SegmentCause,
    case_clock, case_file, deadline_extension,
};

use super::{case::Case, policy::DeadlinePolicy};
use crate::{
    app::Cx,
    calendar,
    case::{
        model::clock,
        scope::{CaseClockWhere, ExtensionOrder, ExtensionWhere, Extensions},
        service,
    },
    graphql::{
        error::ApiError,
        filter::{DateTimeFilter, EnumFilter, IdFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{DateTime, Duration},
    },
    object, orders,
};

/// A deadline of a case, with its history 计时.
#[derive(Clone, SimpleObject)]
pub struct CaseClock {
    /// What it measures 计时类型.
    pub kind: ClockKind,
    /// The level that has the time, or is called; null for the case as a whole and its supervision 层级.
    pub level: Option<HandlingLevel>,
    /// The whistle whose check-in it waits for; null for other clocks 哨单.
    pub whistle_id: Option<ID>,
    /// Which time counts 计时方式.
    pub hours: ClockHours,
    /// How much time there is, extensions included 总时长.
    pub allowed: Duration,
    /// How much is left, in time that counts; below zero where it has run out 剩余时长.
    pub remaining: Duration,
    /// When it began 开始时间.
    pub started_at: DateTime,
    /// When it warns 提醒时间.
    pub warn_at: DateTime,
    /// When it runs out; while it stands still, as it was before 截止时间.
    pub due_at: DateTime,
    /// Whether the deadline may still move, because it crosses a year whose holidays are not announced yet 是否暂定.
    pub provisional: bool,
    /// How it stands now 计时状态.
    pub status: ClockStatus,
    /// When it ended; null while it has not 结束时间.
    pub stopped_at: Option<DateTime>,
    /// The policy that it runs by, which may have ended since 时限规则.
    pub policy: Option<DeadlinePolicy>,
    /// Its stretches, oldest first: each says why it begins 计时分段.
    pub segments: Vec<ClockSegment>,
}

/// A stretch in which a clock ran or stood still 计时分段.
#[derive(Clone, SimpleObject)]
pub struct ClockSegment {
    /// Why it begins 起因.
    pub cause: SegmentCause,
    /// Whether the clock ran 是否计时.
    pub running: bool,
    /// Why it stood still; null where it ran 暂停原因.
    pub reason: Option<PauseReason>,
    /// Which time counted 计时方式.
    pub hours: ClockHours,
    /// From when 开始.
    pub from: DateTime,
    /// Until when; null for the stretch it is in 结束.
    pub until: Option<DateTime>,
    /// How much time there was in all, as known from here on 总时长.
    pub allowed: Duration,
    /// When it would run out, as known from here on 截止时间.
    pub due_at: DateTime,
}

fn shown(
    clock: &case_clock::Model,
    policy: Option<DeadlinePolicy>,
    time: &calendar::model::WorkingTime,
    now: chrono::DateTime<chrono::Utc>,
) -> CaseClock {
    let segment = |segment: &case_clock::Segment| ClockSegment {
        cause: segment.cause,
        running: segment.running,
        reason: segment.reason,
        hours: segment.hours,
        from: segment.from.into(),
        until: segment.until.map(DateTime),
        allowed: Duration(chrono::TimeDelta::seconds(segment.allowed)),
        due_at: segment.due_at.into(),
    };
    CaseClock {
        kind: clock.kind,
        level: clock.level,
        whistle_id: clock.whistle_id.map(global),
        hours: clock.hours,
        allowed: Duration(chrono::TimeDelta::seconds(clock.allowed)),
        remaining: Duration(clock::remaining(clock, time, now)),
        started_at: clock.started_at.into(),
        warn_at: clock.warn_at.into(),
        due_at: clock.due_at.into(),
        provisional: clock.provisional,
        status: clock::status(clock, now),
        stopped_at: clock.stopped_at.map(DateTime),
        policy,
        segments: clock.segments.0.iter().map(segment).collect(),
    }
}

/// The policies of clocks, in one statement, where they are asked for.
async fn policies(
    cx: &Cx,
    clocks: &[case_clock::Model],
    selection: &Selection<'_>,
) -> Result<HashMap<DeadlinePolicyId, DeadlinePolicy>, ApiError> {
    if !selection.has("policy") {
        return Ok(HashMap::new());
    }
    let ids = plan::distinct(clocks.iter().map(|clock| clock.policy_id));
    let (ids, rows): (Vec<_>, Vec<_>) = service::policies_by_id(cx, &ids).await?.into_iter().unzip();
    let objects = plan::wrap::<DeadlinePolicy>(cx, rows, &selection.under("policy")).await?;
    Ok(ids.into_iter().zip(objects).collect())
}

/// `clocks` and `overdue`, in one statement for all cases.
pub(super) async fn fill_clocks(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    let (clocks, overdue) = (selection.has("clocks"), selection.has("overdue"));
    if !clocks && !overdue {
        return Ok(());
    }
    let districts: HashMap<CaseId, _> = rows.iter().map(|r| (r.row.id, r.row.district_id)).collect();
    let ids: Vec<CaseId> = districts.keys().copied().collect();
    let (found, now) = (service::clocks_of(cx, &ids).await?, cx.clock.now());
    if overdue {
        let late = |clock: &&case_clock::Model| clock.kind == ClockKind::Case && clock::is_overdue(clock, now);
        let mut of_each: HashMap<CaseId, bool> = ids.iter().map(|id| (*id, false)).collect();
        of_each.extend(found.iter().filter(late).map(|clock| (clock.case_id, true)));
        plan::value(rows, selection, "overdue", |case| case.id, &of_each);
    }
    if clocks {
        let policies = policies(cx, &found, &selection.under("clocks")).await?;
        let mut times = HashMap::new();
        let mut of_each: HashMap<CaseId, Vec<CaseClock>> = HashMap::new();
        for clock in &found {
            let Some(district) = districts.get(&clock.case_id) else { continue };
            let time = match times.entry(*district) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(calendar::service::of_district(&cx.app, *district).await?),
            };
            of_each.entry(clock.case_id).or_default().push(shown(clock, policies.get(&clock.policy_id).cloned(), time, now));
        }
        plan::value(rows, selection, "clocks", |case| case.id, &of_each);
    }
    Ok(())
}

filters! {
    /// Which clocks 计时筛选; all that is given must hold.
    CaseClockFilter => CaseClockWhere {
        /// By what it measures 计时类型.
        kind: EnumFilter<ClockKind> => test(CaseClockWhere::Kind),
        /// That stand like one of these now 计时状态.
        status: Vec<ClockStatus> => at(|any, clock| CaseClockWhere::Status(any, clock.now())),
        /// By when it runs out 截止时间.
        due_at: DateTimeFilter => test(CaseClockWhere::DueAt),
        /// Whether the deadline may still move 是否暂定.
        provisional: bool => fact(CaseClockWhere::Provisional),
    }
}

object! {
    /// A request for more time 延期申请, and what the level above said to it.
    DeadlineExtension: deadline_extension::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// How much more time, in time that counts 延长时长.
        by: Duration = |row| Duration(chrono::TimeDelta::seconds(row.seconds)),
        /// Why it is needed 理由.
        reason: &str = |row| &row.reason,
        /// When it was asked for 申请时间.
        asked_at: DateTime = |row| row.asked_at.into(),
        /// Who rules stands above this level, and above the one at which the case stands by then; at the district, the district itself 申请层级.
        level: HandlingLevel = |row| row.level,
        /// Whether it was given; null while nobody has ruled 是否同意.
        granted: Option<bool> = |row| row.granted,
        /// When it was ruled on; null until then 审批时间.
        ruled_at: Option<DateTime> = |row| row.ruled_at.map(DateTime),
        /// Why it was given or not; null where nothing was said 审批意见.
        ruling_reason: Option<&str> = |row| row.ruling_reason.as_deref(),
    }
    relations {
        /// The case 案件.
        case: Case = |extension| Some(extension.case_id),
    }
}

impl Listed for DeadlineExtension {
    type Noun = Extensions;
    type Filter = DeadlineExtensionFilter;
    type Order = DeadlineExtensionOrderField;

    const ORDER: (DeadlineExtensionOrderField, OrderDirection) = (DeadlineExtensionOrderField::AskedAt, OrderDirection::Asc);
}

filters! {
    /// Which requests for more time 延期申请筛选; all that is given must hold.
    DeadlineExtensionFilter => ExtensionWhere {
        /// By id 标识.
        id: IdFilter => id::<DeadlineExtensionId>(ExtensionWhere::Id),
        /// Whether nobody has ruled yet 是否待审批.
        open: bool => fact(ExtensionWhere::Open),
        /// By the level that asked 申请层级.
        level: EnumFilter<HandlingLevel> => test(ExtensionWhere::Level),
        /// By when it was asked for 申请时间.
        asked_at: DateTimeFilter => test(ExtensionWhere::AskedAt),
    }
}

orders! {
    /// What requests for more time are ordered by 延期申请排序字段.
    DeadlineExtensionOrderField("DeadlineExtensionOrder") => ExtensionOrder {
        /// By when it was asked for 申请时间.
        AskedAt,
    }
}
