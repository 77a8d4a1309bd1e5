//! `CaseEvent`: one entry of a timeline, and the people in it.

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, SimpleObject};
use entity::{CaseEventId, CaseEventKind, CaseId, CaseStatus, EvidenceKind, PostRole, case_event, case_file};

use super::{case::Case, whistle::Whistle};
use crate::{
    app::Cx,
    attachment::{
        self,
        graphql::{Attachment, fill_attachments},
    },
    case::{
        scope::{Cases, EventOrder, EventWhere, Events},
        service::{self, Party},
    },
    db::{filter::Filter, noun},
    graphql::{
        error::ApiError,
        filter::{All, DateTimeFilter, EnumFilter, Lower},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::DateTime,
    },
    object, orders,
};

/// A person in a case, as far as you may know them, registered or not 案件相关人.
#[derive(Clone, SimpleObject)]
pub struct CaseParty {
    /// The name, masked (张**) unless you handle the case or it is you 姓名.
    pub name: String,
    /// The phone number, masked likewise; null where not recorded, and for officers 电话.
    pub phone: Option<String>,
    /// Whether name and phone are masked 是否脱敏.
    pub masked: bool,
    /// The role in which the person acted; null where they acted as a resident without a post, or did not act 岗位.
    pub role: Option<PostRole>,
}

impl CaseParty {
    pub fn new(party: Party, role: Option<PostRole>) -> Self {
        Self { name: party.name, phone: party.phone, masked: party.masked, role }
    }
}

object! {
    /// One entry of a case file 时间线事项. Entries are added and never changed, but that personal data can be erased.
    CaseEvent: case_event::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What happened 事项.
        pub kind: CaseEventKind = |row| row.kind,
        /// 1, 2, 3 … within its case 序号.
        sequence: i32 = |row| row.seq,
        /// When 时间.
        at: DateTime = |row| row.at.into(),
        /// The status before; null where the status did not move, and for the report 原状态.
        from_status: Option<CaseStatus> = |row| row.from_status,
        /// The status after; null where the status did not move 新状态.
        to_status: Option<CaseStatus> = |row| row.to_status,
        /// What was said with it; null where nothing was, and where it was erased 说明.
        note: Option<&str> = |row| row.note.as_deref(),
        /// Its hash, hexadecimal: over the entry and the hash of the one before; null for entries from before there were hashes 校验值.
        hash: Option<&str> = |row| row.hash.as_deref(),
        /// When its personal data were erased on request; null where they were not 个人信息删除时间.
        erased_at: Option<DateTime> = |row| row.erased_at.map(DateTime),
    }
    resolvers {
        /// The photos, films and documents that came with it, in their order; empty where there are none, and where you may not see them 证据附件.
        async fn attachments(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What they show; all of them when left out 证据类型")] kind: Option<EvidenceKind>,
        ) -> Result<Vec<Attachment>, ApiError> {
            let _ = kind;
            let attachments: Option<Vec<Attachment>> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(attachments.unwrap_or_default())
        }
    }
    relations {
        /// Who did it; null for what the system did, where you may not know, and where it was erased 经办人.
        actor: CaseParty,
        /// The whistle it is about; null where it is about none 哨单.
        whistle: Whistle = |event| event.whistle_id,
        /// Its case 案件.
        case: Case = |event| Some(event.case_id),
    }
    fill |cx, rows, selection| {
        fill_actors(cx, rows, selection).await?;
        if selection.has("attachments") {
            let found = attachment::service::of_events(cx, &plan::distinct(rows.iter().map(|r| r.row.id))).await?;
            fill_attachments(cx, rows, selection, found, |event| event.id, |attachment| attachment.event_id).await?;
        }
    }
}

async fn fill_actors(cx: &Cx, rows: &mut [Rec<case_event::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("actor") {
        return Ok(());
    }
    let ids = plan::distinct(rows.iter().map(|r| r.row.case_id));
    let cases = noun::by_ids::<Cases>(cx.read(), &cx.actor, &ids).await?;
    let actors = actors(cx, &cases, rows.iter().map(|r| &r.row)).await?;
    plan::value(rows, selection, "actor", |event| event.id, &actors);
    Ok(())
}

/// Who made these entries, as far as the actor may know.
pub async fn actors<'r>(
    cx: &Cx,
    cases: &HashMap<CaseId, case_file::Model>,
    events: impl Iterator<Item = &'r case_event::Model>,
) -> Result<HashMap<CaseEventId, CaseParty>, ApiError> {
    let made: Vec<(CaseEventId, _)> =
        events.filter_map(|event| Some((event.id, (event.case_id, Some(event.actor_id?), event.actor_role)))).collect();
    let wanted: Vec<_> = made.iter().map(|(_, who)| *who).collect();
    let parties = service::parties(cx, cases, &wanted).await?;
    Ok(made
        .into_iter()
        .filter_map(|(event, (case, person, role))| Some((event, CaseParty::new(parties.get(&(case, person))?.clone(), role))))
        .collect())
}

impl Listed for CaseEvent {
    type Noun = Events;
    type Filter = CaseEventFilterInput;
    type Order = CaseEventOrderField;

    const ORDER: (CaseEventOrderField, OrderDirection) = (CaseEventOrderField::Sequence, OrderDirection::Asc);
}

/// Which entries of a timeline 时间线筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "TimelineFilter")]
pub struct CaseEventFilterInput {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By what happened 事项.
    pub kind: Option<EnumFilter<CaseEventKind>>,
    /// By when 时间.
    pub at: Option<DateTimeFilter>,
}

impl Lower<EventWhere> for CaseEventFilterInput {
    fn lower(self, cx: &Cx) -> Result<Filter<EventWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?.test(self.kind, EventWhere::Kind)?.test(self.at, EventWhere::At)?.done())
    }
}

orders! {
    /// What entries are ordered by 时间线排序字段.
    CaseEventOrderField("CaseEventOrder") => EventOrder {
        /// By their place in the file 序号.
        Sequence,
    }
}
