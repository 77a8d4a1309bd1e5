//! `Case` and `Register`, and the roots that give cases, whistles and registers.

use std::collections::HashMap;

use async_graphql::{Context, ID, SimpleObject};
use entity::{
    BuildingId, CaseAction, CaseCategory, CaseId, CasePriority, CaseStatus, EvidenceKind, GridId, HandlerKind, HandlingLevel,
    HandlingPathId, IntakeChannel, PersonId, PostRole, Provenance, RegisterId, SearchType, case_file, register,
};
use uuid::Uuid;

use super::{
    category::fill_category_names,
    clock::{CaseClock, CaseClockFilter, DeadlineExtension, DeadlineExtensionFilter, DeadlineExtensionOrderField, fill_clocks},
    event::{CaseEvent, CaseEventFilterInput, CaseEventOrderField, CaseParty},
    handler::{Handler, fill_handler},
    integrity::{CaseFileIntegrity, fill_integrity},
    level::fill_level_names,
    outcomes::{CaseOutcomes, outcomes},
    path::HandlingPath,
    progress::{CasePathStep, fill_path},
    register::{Register, RegisterFilter, RegisterOrderField},
    whistle::{Whistle, WhistleFilter, WhistleOrderField},
    words,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    attachment::{
        self,
        graphql::{Attachment, fill_attachments},
    },
    auth::mask_name,
    case::{
        model,
        policy::{self, Standing},
        scope::{self, CaseOrder, CaseWhere, Cases},
        service,
    },
    complex::graphql::{Building, Complex, ComplexFilter},
    db::{
        filter::Test,
        subtree::{Gridded, Subtree},
    },
    department::graphql::{Matter, MatterFilter},
    graphql::{
        error::{ApiError, UserErrorCode},
        filter::{DateTimeFilter, DecimalFilter, EnumFilter, IdFilter, IntFilter, TextFilter, filters},
        id::{UnitId, global},
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, DateTime, Decimal},
    },
    grid::graphql::Grid,
    object, orders, query,
};

object! {
    /// A case, its file 一案一册: from the report 上报 over the whistles 吹哨 and the work to the verified close 销号, with a timeline that only grows.
    Case: case_file::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// District, year and sequence, such as `431302-2026-000155` 案件编号.
        number: &str = |row| &row.number,
        /// The class of problem 问题类别.
        category: CaseCategory = |row| row.category,
        /// What it is about in one line 标题.
        title: &str = |row| &row.title,
        /// What it is about; null where the title said it all 描述.
        description: Option<&str> = |row| row.description.as_deref(),
        /// Where the file stands 状态.
        status: CaseStatus = |row| row.status,
        /// How pressing it is 紧急程度.
        priority: CasePriority = |row| row.priority,
        /// How it came in 受理渠道.
        channel: IntakeChannel = |row| row.channel,
        /// The level it stands at 当前处置层级.
        level: HandlingLevel = |row| row.level,
        /// The level it was settled at; null until it is resolved 办结层级 (小事不出小区).
        settled_level: Option<HandlingLevel> = |row| row.settled_level,
        /// What was done; null until it is resolved 办理结果.
        resolution: Option<&str> = |row| row.resolution.as_deref(),
        /// Money recovered or refunded for residents, in yuan; null until it is resolved, and where there was none 追回、退还金额.
        recovered: Option<Decimal> = |row| row.recovered.map(Decimal),
        /// Money paid for the remedy, in yuan; null until it is resolved, and where there was none 支付金额.
        paid: Option<Decimal> = |row| row.paid.map(Decimal),
        /// What the verification found; null until it is closed 核验情况.
        verification: Option<&str> = |row| row.verification.as_deref(),
        /// When it was reported 上报时间.
        reported_at: DateTime = |row| row.reported_at.into(),
        /// When the file last changed 更新时间.
        updated_at: DateTime = |row| row.updated_at.into(),
        /// When its own time runs out: of the clock `CASE`, whoever has it 案件截止时间.
        due_at: DateTime = |row| row.due_at.into(),
        /// Which level supervises it, so that only that level or one above closes, returns, rejects or merges it; null where none does 督办层级.
        supervised_by: Option<HandlingLevel> = |row| row.supervised_by,
        /// When it was resolved; null until then 办结时间.
        resolved_at: Option<DateTime> = |row| row.resolved_at.map(DateTime),
        /// When it was closed; null until then 销号时间.
        closed_at: Option<DateTime> = |row| row.closed_at.map(DateTime),
        /// How often it was opened again 重新立案次数.
        reopen_count: i32 = |row| row.reopen_count,
        /// The reporter's rating, 1 to 5; null until rated 满意度.
        score: Option<i32> = |row| row.score,
        /// What the reporter said with the rating 评价意见.
        comment: Option<&str> = |row| row.comment.as_deref(),
        /// Rises by one with each entry of the timeline 版本.
        version: i32 = |row| row.version,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
    }
    resolvers {
        /// Where exactly; null where not recorded 位置.
        async fn location(&self) -> Option<GeoPoint> {
            Some(GeoPoint { longitude: self.0.row.longitude?, latitude: self.0.row.latitude? })
        }

        /// The photos, films and documents that are evidence in it, in the order of the timeline; empty where you may not see them, as for analysts, auditors, administrators
        /// and the respondent 证据附件.
        async fn attachments(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "What they show; all of them when left out 证据类型")] kind: Option<EvidenceKind>,
        ) -> Result<Vec<Attachment>, ApiError> {
            let _ = kind;
            let attachments: Option<Vec<Attachment>> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(attachments.unwrap_or_default())
        }

        /// What its district calls the level it was settled at; null until it is resolved 办结层级名称.
        async fn settled_level_name(&self, ctx: &Context<'_>) -> Option<Result<String, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    values {
        /// The registers it is kept in 台账.
        registers: Vec<Register>,
        /// Whether its own time has run out and it is still to be resolved 是否逾期.
        overdue: bool,
        /// Its deadlines: its own, one of each level it has been at, one of each whistle, one of a supervision; oldest first 计时.
        clocks: Vec<CaseClock>,
        /// The steps of its path in their order, and how far it has come 处置路径进度.
        path: Vec<CasePathStep>,
        /// What its district calls the level it stands at, such as 网格; the general word where it has none of its own 当前处置层级名称.
        level_name: String,
        /// What its district calls the class of problem, such as 家里事; the general word where it has none of its own 问题类别名称.
        category_name: String,
        /// What can be done to it, and by you 可执行操作.
        viewer_actions: Vec<CaseViewerAction>,
    }
    relations {
        /// Who has it now 当前处置主体.
        handler: Handler,
        /// Who reported it, registered or not: unmasked for those who handle it, for the reporter, and for who entered the report of somebody who is not
        /// registered; masked for others who see the case. Null for the respondent, for all others where the report was anonymous, and where nobody gave a name 上报人.
        reporter: CaseParty,
        /// The officer who entered it for the reporter; null where the reporter did, and where you may not know, as for the respondent 代录人.
        entered_by: CaseParty,
        /// Whom it complains about; null where nobody is named 被投诉方.
        respondent: CaseRespondent,
        /// Whether the file is as it was written, recomputed now from all its entries and whistles 案卷完整性.
        file_integrity: CaseFileIntegrity,
        /// The area it lies in: the grid's, or the one named in the report 所在区划.
        area: Area = |case| Some(case.area_id),
        /// The grid; null where the place has none 网格.
        grid: Grid = |case| case.grid_id,
        /// The complex; null where it is not in one 小区.
        complex: Complex = |case| case.complex_id,
        /// The building; null where none is named 楼栋.
        building: Building = |case| case.building_id,
        /// The matter of the district's catalogue; null where none is named 事项.
        matter: Matter = |case| case.matter_id,
        /// The path that held when it was reported, or last classified; null: over grid, community, subdistrict and district, as where none is set 处置路径.
        handling_path: HandlingPath = |case| case.path_id,
        /// The case it was merged into; null where it was not 并入案件.
        merged_into: Self = |case| case.merged_into_id,
    }
    lists {
        /// The whistles blown about it 哨单.
        whistles: Whistle(WhistleFilter, WhistleOrderField) = |case| case.id, scope::OF_CASE,
        /// What happened, oldest first; entries are added and never changed 时间线.
        timeline: CaseEvent(CaseEventFilterInput, CaseEventOrderField) = |case| case.id, scope::ENTRIES,
        /// The requests for more time 延期申请.
        extensions: DeadlineExtension(DeadlineExtensionFilter, DeadlineExtensionOrderField) = |case| case.id, scope::EXTENSIONS,
    }
    fill |cx, rows, selection| {
        fill_handler(cx, rows, selection, "handler", |case| Some((case.handler_kind, case.handler_id))).await?;
        fill_people(cx, rows, selection).await?;
        fill_registers(cx, rows, selection).await?;
        fill_clocks(cx, rows, selection).await?;
        fill_path(cx, rows, selection).await?;
        fill_integrity(cx, rows, selection).await?;
        fill_level_names(cx, rows, selection).await?;
        fill_category_names(cx, rows, selection).await?;
        if selection.has("attachments") {
            let found = attachment::service::of_cases(cx, &plan::distinct(rows.iter().map(|r| r.row.id))).await?;
            fill_attachments(cx, rows, selection, found, |case| case.id, |attachment| attachment.case_id).await?;
        }
        fill_actions(cx, rows, selection).await?;
    }
}

/// A point on the map 坐标.
#[derive(Clone, SimpleObject)]
pub struct GeoPoint {
    /// Degrees east 经度.
    pub longitude: f64,
    /// Degrees north 纬度.
    pub latitude: f64,
}

/// Whom a case complains about 被投诉方.
#[derive(Clone, SimpleObject)]
pub struct CaseRespondent {
    /// The unit; null where it is a person, or somebody the records do not know 被投诉单位.
    pub handler: Option<Handler>,
    /// A person's name, masked unless you handle the case; null for a unit 被投诉人.
    pub name: Option<String>,
}

/// Whether you may do this now 操作许可.
#[derive(Clone, SimpleObject)]
pub struct CaseViewerAction {
    /// The action 操作.
    pub action: CaseAction,
    /// Whether the mutation would be allowed now 是否允许.
    pub allowed: bool,
    /// Why not; null where it is allowed 不允许的原因.
    pub reason: Option<UserErrorCode>,
}

async fn fill_people(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    let [reporter, entered, respondent] = ["reporter", "enteredBy", "respondent"].map(|field| selection.has(field));
    if !reporter && !entered && !respondent {
        return Ok(());
    }
    let cases: HashMap<CaseId, case_file::Model> = rows.iter().map(|r| (r.row.id, r.row.clone())).collect();
    let roles = if entered { service::entered_as(cx, &cases).await? } else { HashMap::new() };
    let mut wanted: Vec<(CaseId, Option<PersonId>, Option<PostRole>)> = Vec::new();
    for case in cases.values() {
        wanted.extend(reporter.then_some((case.id, case.reporter_id, None)));
        wanted.extend(roles.get(&case.id).map(|role| (case.id, case.entered_by, Some(*role))));
        wanted.extend(accused(case).filter(|_| respondent).map(|person| (case.id, Some(person), None)));
    }
    let parties = service::parties(cx, &cases, &wanted).await?;
    let party = |case: &case_file::Model, person: Option<PersonId>, role: Option<PostRole>| {
        Some((case.id, CaseParty::new(parties.get(&(case.id, person))?.clone(), role)))
    };
    let reporters: HashMap<CaseId, CaseParty> = cases.values().filter_map(|case| party(case, case.reporter_id, None)).collect();
    let officers: HashMap<CaseId, CaseParty> =
        cases.values().filter_map(|case| party(case, case.entered_by, Some(*roles.get(&case.id)?))).collect();
    plan::value(rows, selection, "reporter", |case| case.id, &reporters);
    plan::value(rows, selection, "enteredBy", |case| case.id, &officers);
    if !respondent {
        return Ok(());
    }
    let units = super::handler::handlers(cx, cases.values().filter_map(unit), &selection.under("respondent").under("handler")).await?;
    let respondents: HashMap<CaseId, CaseRespondent> = cases
        .values()
        .filter_map(|case| {
            let handler = unit(case).and_then(|(_, id)| units.get(&id).cloned());
            let person = accused(case).and_then(|person| parties.get(&(case.id, Some(person)))).map(|party| party.name.clone());
            let handles = Standing::of(&cx.actor, case).handles || case.reporter_id == cx.actor.person;
            let unknown = case.respondent_name.as_deref().map(|name| if handles { name.to_owned() } else { mask_name(name) });
            let name = person.or(unknown);
            (handler.is_some() || name.is_some()).then_some((case.id, CaseRespondent { handler, name }))
        })
        .collect();
    plan::value(rows, selection, "respondent", |case| case.id, &respondents);
    Ok(())
}

fn unit(case: &case_file::Model) -> Option<(HandlerKind, Uuid)> {
    Some((case.respondent_kind?, case.respondent_id?))
}

fn accused(case: &case_file::Model) -> Option<PersonId> {
    case.respondent_id.filter(|_| case.respondent_kind.is_none()).map(PersonId)
}

async fn fill_registers(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("registers") {
        return Ok(());
    }
    let links = service::registers_of(cx, &plan::distinct(rows.iter().map(|r| r.row.id))).await?;
    let (cases, registers): (Vec<CaseId>, Vec<register::Model>) = links.into_iter().unzip();
    let objects = plan::wrap::<Register>(cx, registers, &selection.under("registers")).await?;
    let mut of_each: HashMap<CaseId, Vec<Register>> = HashMap::new();
    for (case, register) in cases.into_iter().zip(objects) {
        of_each.entry(case).or_default().push(register);
    }
    plan::value(rows, selection, "registers", |case| case.id, &of_each);
    Ok(())
}

async fn fill_actions(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("viewerActions") {
        return Ok(());
    }
    let passing = service::passing_on(cx, &rows.iter().map(|r| &r.row).collect::<Vec<_>>()).await?;
    let found: HashMap<CaseId, Vec<CaseViewerAction>> =
        rows.iter().map(|r| (r.row.id, actions(cx, &r.row, passing.contains(&r.row.id)))).collect();
    plan::value(rows, selection, "viewerActions", |case| case.id, &found);
    Ok(())
}

fn actions(cx: &Cx, case: &case_file::Model, passes_on: bool) -> Vec<CaseViewerAction> {
    let standing = Standing::of(&cx.actor, case);
    let state = |action: &CaseAction| {
        let verdict = policy::may(&standing, *action, case).and_then(|()| model::next(*action, case.status).map(|_| ()));
        let verdict = match action {
            CaseAction::RaiseWhistle => verdict.and_then(|()| policy::may_whistle_somebody(&cx.actor, case, passes_on)),
            _ => verdict,
        };
        CaseViewerAction { action: *action, allowed: verdict.is_ok(), reason: verdict.err().map(|denial| words(denial).0) }
    };
    CaseAction::ALL.iter().map(state).collect()
}

impl Listed for Case {
    type Noun = Cases;
    type Filter = CaseFilter;
    type Order = CaseOrderField;

    const ORDER: (CaseOrderField, OrderDirection) = (CaseOrderField::ReportedAt, OrderDirection::Desc);
}

filters! {
    /// Which cases 案件筛选; all that is given must hold.
    CaseFilter => CaseWhere {
        /// By id 标识.
        id: IdFilter => id::<CaseId>(CaseWhere::Id),
        /// By number 编号.
        number: TextFilter => test(CaseWhere::Number),
        /// By title 标题.
        title: TextFilter => test(CaseWhere::Title),
        /// By class of problem 问题类别.
        category: EnumFilter<CaseCategory> => test(CaseWhere::Category),
        /// By status 状态.
        status: EnumFilter<CaseStatus> => test(CaseWhere::Status),
        /// Whether something is still to be done 是否未结.
        open: bool => fact(CaseWhere::Open),
        /// By priority 紧急程度.
        priority: EnumFilter<CasePriority> => test(CaseWhere::Priority),
        /// By channel 受理渠道.
        channel: EnumFilter<IntakeChannel> => test(CaseWhere::Channel),
        /// By the level it stands at 当前处置层级.
        level: EnumFilter<HandlingLevel> => test(CaseWhere::Level),
        /// By the level it was settled at 办结层级.
        settled_level: EnumFilter<HandlingLevel> => test(CaseWhere::SettledLevel),
        /// By the kind of unit that has it 处置主体类型.
        handler_kind: EnumFilter<HandlerKind> => test(CaseWhere::HandlerKind),
        /// By the unit that has it 处置主体.
        handler_id: IdFilter => id::<UnitId>(CaseWhere::Handler),
        /// By grid, with the micro-grids in it 网格.
        grid_id: IdFilter => id::<GridId>(|test| CaseWhere::Grid(Gridded::of(test))),
        /// By building 楼栋.
        building_id: IdFilter => id::<BuildingId>(CaseWhere::Building),
        /// By the unit that it complains about, such as a firm; persons are not looked at 被投诉单位.
        respondent_id: IdFilter => id::<UnitId>(CaseWhere::Respondent),
        /// By the path that it goes 处置路径.
        handling_path_id: IdFilter => id::<HandlingPathId>(CaseWhere::Path),
        /// By when it was reported 上报时间.
        reported_at: DateTimeFilter => test(CaseWhere::ReportedAt),
        /// By when its file last changed 更新时间.
        updated_at: DateTimeFilter => test(CaseWhere::UpdatedAt),
        /// By when it was resolved; nothing matches until then 办结时间.
        resolved_at: DateTimeFilter => test(CaseWhere::ResolvedAt),
        /// By when it was closed 销号时间.
        closed_at: DateTimeFilter => test(CaseWhere::ClosedAt),
        /// By how often it was opened again 重新立案次数.
        reopen_count: IntFilter => test(CaseWhere::ReopenCount),
        /// By the reporter's rating, 1 to 5; nothing matches until it is rated 满意度.
        score: IntFilter => test(CaseWhere::Score),
        /// By where the record comes from 数据来源.
        provenance: EnumFilter<Provenance> => test(CaseWhere::Provenance),
        /// By complex 小区.
        complex: Box<ComplexFilter> => related(CaseWhere::Complex),
        /// By matter 事项.
        matter: Box<MatterFilter> => related(CaseWhere::Matter),
        /// With at least one such whistle; `not` has those without one 哨单.
        whistles: Box<WhistleFilter> => related(CaseWhere::Whistles),
        /// By register 台账.
        register_id: IdFilter => id::<RegisterId>(CaseWhere::Register),
        /// By when its own time runs out 案件截止时间.
        due_at: DateTimeFilter => test(CaseWhere::DueAt),
        /// Whether its own time has run out and it is still to be resolved 是否逾期.
        overdue: bool => at(|overdue, clock| CaseWhere::Overdue(overdue, clock.now())),
        /// With at least one such clock 计时.
        clocks: CaseClockFilter => related(CaseWhere::Clocks),
        /// By the level that supervises it 督办层级.
        supervised_by: EnumFilter<HandlingLevel> => test(CaseWhere::SupervisedBy),
        /// By the money recovered or refunded, in yuan; nothing matches where there was none 追回、退还金额.
        recovered: DecimalFilter => test(CaseWhere::Recovered),
        /// By the money paid for the remedy, in yuan; nothing matches where there was none 支付金额.
        paid: DecimalFilter => test(CaseWhere::Paid),
        /// In the subtree of this area 所在区划 (含下级).
        area: AreaCode => fact(|code| CaseWhere::Within(Subtree::of(code.0))),
        /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of the title's pinyin; in number, title and description.
        /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
        text: String => text(SearchType::Case, CaseWhere::Text),
    }
}

orders! {
    /// What cases are ordered by 案件排序字段.
    CaseOrderField("CaseOrder") => CaseOrder {
        /// By when they were reported 上报时间.
        ReportedAt,
        /// By when their file last changed 更新时间.
        UpdatedAt,
        /// By when their own time runs out 案件截止时间.
        DueAt,
        /// By number 编号.
        Number,
    }
}

query! {
    CaseQuery {
        /// The case with this number; null where there is none or you may not see it 按编号查案件.
        async fn case(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "District, year and sequence, such as 431302-2026-000155 案件编号")] number: String,
        ) -> Result<Option<Case>, ApiError> {
            if number.contains('\0') {
                return Ok(None);
            }
            plan::by_fact::<Case>(ctx, CaseWhere::Number(Test::Eq(number.into()))).await
        }

        /// What the cases that you may see and that pass the filter recovered for residents and cost, and the share settled at each level; read at once, however
        /// many they are, by their resolutions as they stand, so nothing of a case that is open again 案件追回及支付金额合计、各层级办结占比.
        async fn case_outcomes(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which cases; all that you may see when left out 筛选")] filter: Option<CaseFilter>,
        ) -> Result<CaseOutcomes, ApiError> {
            outcomes(ctx, filter).await
        }
    }
    lists {
        /// The cases you may see 案件.
        cases: Case(CaseFilter, CaseOrderField),
        /// The whistles of the cases you may see 哨单.
        whistles: Whistle(WhistleFilter, WhistleOrderField),
        /// The registers 台账; none for residents and visitors.
        registers: Register(RegisterFilter, RegisterOrderField),
    }
}
