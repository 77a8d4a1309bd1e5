//! `Case` and `Register`, and the roots that give cases, whistles and registers.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, SimpleObject};
use entity::{
    CaseAction, CaseCategory, CaseId, CasePriority, CaseStatus, GridId, HandlerKind, HandlingLevel, IntakeChannel, PersonId, PostRole,
    Provenance, RegisterId, SearchType, case_file, register,
};
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{
    clock::{CaseClock, CaseClockFilter, DeadlineExtension, DeadlineExtensionFilter, DeadlineExtensionOrderField, fill_clocks},
    event::{CaseEvent, CaseEventFilterInput, CaseEventOrderField, CaseParty},
    handler::{Handler, fill_handler},
    integrity::{CaseFileIntegrity, fill_integrity},
    register::{Register, RegisterFilter, RegisterOrderField},
    whistle::{Whistle, WhistleFilter, WhistleOrderField},
    words,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    auth::mask_name,
    case::{
        model, policy,
        policy::Standing,
        scope::{self, CaseOrder, CaseWhere, Cases},
        service,
    },
    clock::Clock,
    complex::graphql::{Building, Complex, ComplexFilter},
    db::{
        filter::{Filter, Test},
        subtree::Subtree,
    },
    department::graphql::{Matter, MatterFilter},
    graphql::{
        error::{ApiError, UserErrorCode},
        filter::{All, DateTimeFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::{UnitId, global},
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, DateTime},
    },
    grid::graphql::Grid,
    object, orders, query,
};

/// A case file 案件.
#[derive(Clone)]
pub struct Case(Arc<Rec<case_file::Model>>);

object! {
    /// A case, its file 一案一册: from the report 上报 over the whistles 吹哨 and the work to the verified close 销号, with a timeline that only grows.
    Case {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// District, year and sequence, such as `431302-2026-000155` 案件编号.
        async fn number(&self) -> &str {
            &self.0.row.number
        }

        /// The class of problem 问题类别.
        async fn category(&self) -> CaseCategory {
            self.0.row.category
        }

        /// What it is about in one line 标题.
        async fn title(&self) -> &str {
            &self.0.row.title
        }

        /// What it is about; null where the title said it all 描述.
        async fn description(&self) -> Option<&str> {
            self.0.row.description.as_deref()
        }

        /// Where the file stands 状态.
        async fn status(&self) -> CaseStatus {
            self.0.row.status
        }

        /// How pressing it is 紧急程度.
        async fn priority(&self) -> CasePriority {
            self.0.row.priority
        }

        /// How it came in 受理渠道.
        async fn channel(&self) -> IntakeChannel {
            self.0.row.channel
        }

        /// The level it stands at 当前处置层级.
        async fn level(&self) -> HandlingLevel {
            self.0.row.level
        }

        /// The level it was settled at; null until it is resolved 办结层级 (小事不出小区).
        async fn settled_level(&self) -> Option<HandlingLevel> {
            self.0.row.settled_level
        }

        /// Where exactly; null where not recorded 位置.
        async fn location(&self) -> Option<GeoPoint> {
            Some(GeoPoint { longitude: self.0.row.longitude?, latitude: self.0.row.latitude? })
        }

        /// What was done; null until it is resolved 办理结果.
        async fn resolution(&self) -> Option<&str> {
            self.0.row.resolution.as_deref()
        }

        /// What the verification found; null until it is closed 核验情况.
        async fn verification(&self) -> Option<&str> {
            self.0.row.verification.as_deref()
        }

        /// When it was reported 上报时间.
        async fn reported_at(&self) -> DateTime {
            self.0.row.reported_at.into()
        }

        /// When the file last changed 更新时间.
        async fn updated_at(&self) -> DateTime {
            self.0.row.updated_at.into()
        }

        /// When its own time runs out: of the clock `CASE`, whoever has it 案件截止时间.
        async fn due_at(&self) -> DateTime {
            self.0.row.due_at.into()
        }

        /// Which level supervises it, so that only that level or one above closes it; null where none does 督办层级.
        async fn supervised_by(&self) -> Option<HandlingLevel> {
            self.0.row.supervised_by
        }

        /// When it was resolved; null until then 办结时间.
        async fn resolved_at(&self) -> Option<DateTime> {
            self.0.row.resolved_at.map(DateTime)
        }

        /// When it was closed; null until then 销号时间.
        async fn closed_at(&self) -> Option<DateTime> {
            self.0.row.closed_at.map(DateTime)
        }

        /// How often it was opened again 重新立案次数.
        async fn reopen_count(&self) -> i32 {
            self.0.row.reopen_count
        }

        /// The reporter's rating, 1 to 5; null until rated 满意度.
        async fn score(&self) -> Option<i32> {
            self.0.row.score
        }

        /// What the reporter said with the rating 评价意见.
        async fn comment(&self) -> Option<&str> {
            self.0.row.comment.as_deref()
        }

        /// Rises by one with each entry of the timeline 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// The matter of the district's catalogue; null where none is named 事项.
        async fn matter(&self, ctx: &Context<'_>) -> Option<Result<Matter, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who has it now 当前处置主体.
        async fn handler(&self, ctx: &Context<'_>) -> Option<Result<Handler, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The area it lies in: the grid's, or the one named in the report 所在区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The grid; null where the place has none 网格.
        async fn grid(&self, ctx: &Context<'_>) -> Option<Result<Grid, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The complex; null where it is not in one 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The building; null where none is named 楼栋.
        async fn building(&self, ctx: &Context<'_>) -> Option<Result<Building, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The case it was merged into; null where it was not 并入案件.
        async fn merged_into(&self, ctx: &Context<'_>) -> Option<Result<Self, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Who reported it: unmasked for those who handle it and for the reporter, masked for others who see the case; null for the respondent,
        /// and for everybody but the reporter where the report was anonymous 上报人.
        async fn reporter(&self, ctx: &Context<'_>) -> Option<Result<CaseParty, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// Whom it complains about; null where nobody is named 被投诉方.
        async fn respondent(&self, ctx: &Context<'_>) -> Option<Result<CaseRespondent, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The registers it is kept in 台账.
        async fn registers(&self, ctx: &Context<'_>) -> Result<Vec<Register>, ApiError> {
            let registers: Option<Vec<Register>> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(registers.unwrap_or_default())
        }

        /// Whether its own time has run out and it is still to be resolved 是否逾期.
        async fn overdue(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let overdue: Option<bool> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(overdue.unwrap_or_default())
        }

        /// Its deadlines: its own, one of each level it has been at, one of each whistle, one of a supervision; oldest first 计时.
        async fn clocks(&self, ctx: &Context<'_>) -> Result<Vec<CaseClock>, ApiError> {
            let clocks: Option<Vec<CaseClock>> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(clocks.unwrap_or_default())
        }

        /// Whether the file is as it was written, recomputed now from all its entries and whistles 案卷完整性.
        async fn file_integrity(&self, ctx: &Context<'_>) -> Option<Result<CaseFileIntegrity, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// What can be done to it, and by you 可执行操作.
        async fn viewer_actions(&self, ctx: &Context<'_>) -> Result<Vec<CaseViewerAction>, ApiError> {
            let actions: Option<Vec<CaseViewerAction>> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(actions.unwrap_or_default())
        }
    }
    lists {
        /// The whistles blown about it 哨单.
        whistles: Whistle(WhistleFilter, WhistleOrderField),
        /// What happened, oldest first; entries are added and never changed 时间线.
        timeline: CaseEvent(CaseEventFilterInput, CaseEventOrderField),
        /// The requests for more time 延期申请.
        extensions: DeadlineExtension(DeadlineExtensionFilter, DeadlineExtensionOrderField),
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

impl Record for Case {
    type Row = case_file::Model;

    fn new(rec: Rec<case_file::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<case_file::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "area", |case| Some(case.area_id)).await?;
            plan::one::<Grid, _>(cx, rows, selection, "grid", |case| case.grid_id).await?;
            plan::one::<Complex, _>(cx, rows, selection, "complex", |case| case.complex_id).await?;
            plan::one::<Building, _>(cx, rows, selection, "building", |case| case.building_id).await?;
            plan::one::<Matter, _>(cx, rows, selection, "matter", |case| case.matter_id).await?;
            plan::one::<Self, _>(cx, rows, selection, "mergedInto", |case| case.merged_into_id).await?;
            fill_handler(cx, rows, selection, "handler", |case| Some((case.handler_kind, case.handler_id))).await?;
            plan::many::<Whistle, _, _>(cx, rows, selection, "whistles", |case| case.id, scope::OF_CASE).await?;
            plan::many::<CaseEvent, _, _>(cx, rows, selection, "timeline", |case| case.id, scope::ENTRIES).await?;
            fill_people(cx, rows, selection).await?;
            fill_registers(cx, rows, selection).await?;
            plan::many::<DeadlineExtension, _, _>(cx, rows, selection, "extensions", |case| case.id, scope::EXTENSIONS).await?;
            fill_clocks(cx, rows, selection).await?;
            fill_integrity(cx, rows, selection).await?;
            if selection.has("viewerActions") {
                let actions = rows.iter().map(|r| (r.row.id, actions(cx, &r.row))).collect();
                plan::value(rows, selection, "viewerActions", |case| case.id, &actions);
            }
            Ok(())
        })
    }
}

async fn fill_people(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    let (reporter, respondent) = (selection.has("reporter"), selection.has("respondent"));
    if !reporter && !respondent {
        return Ok(());
    }
    let cases: HashMap<CaseId, case_file::Model> = rows.iter().map(|r| (r.row.id, r.row.clone())).collect();
    let mut wanted: Vec<(CaseId, PersonId, Option<PostRole>)> = Vec::new();
    for case in cases.values() {
        wanted.extend(case.reporter_id.filter(|_| reporter).map(|person| (case.id, person, None)));
        wanted.extend(accused(case).filter(|_| respondent).map(|person| (case.id, person, None)));
    }
    let parties = service::parties(cx, &cases, &wanted).await?;
    let reporters: HashMap<CaseId, CaseParty> = cases
        .values()
        .filter_map(|case| Some((case.id, CaseParty::new(parties.get(&(case.id, case.reporter_id?))?.clone(), None))))
        .collect();
    plan::value(rows, selection, "reporter", |case| case.id, &reporters);
    if !respondent {
        return Ok(());
    }
    let units = super::handler::handlers(cx, cases.values().filter_map(unit), &selection.under("respondent").under("handler")).await?;
    let respondents: HashMap<CaseId, CaseRespondent> = cases
        .values()
        .filter_map(|case| {
            let handler = unit(case).and_then(|(_, id)| units.get(&id).cloned());
            let person = accused(case).and_then(|person| parties.get(&(case.id, person))).map(|party| party.name.clone());
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

fn actions(cx: &Cx, case: &case_file::Model) -> Vec<CaseViewerAction> {
    let standing = Standing::of(&cx.actor, case);
    let state = |action: &CaseAction| {
        let verdict = policy::may(&standing, *action, case).and_then(|()| model::next(*action, case.status).map(|_| ()));
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

/// Which cases 案件筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CaseFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By number 编号.
    pub number: Option<TextFilter>,
    /// By title 标题.
    pub title: Option<TextFilter>,
    /// By class of problem 问题类别.
    pub category: Option<EnumFilter<CaseCategory>>,
    /// By status 状态.
    pub status: Option<EnumFilter<CaseStatus>>,
    /// Whether something is still to be done 是否未结.
    pub open: Option<bool>,
    /// By priority 紧急程度.
    pub priority: Option<EnumFilter<CasePriority>>,
    /// By channel 受理渠道.
    pub channel: Option<EnumFilter<IntakeChannel>>,
    /// By the level it stands at 当前处置层级.
    pub level: Option<EnumFilter<HandlingLevel>>,
    /// By the level it was settled at 办结层级.
    pub settled_level: Option<EnumFilter<HandlingLevel>>,
    /// By the kind of unit that has it 处置主体类型.
    pub handler_kind: Option<EnumFilter<HandlerKind>>,
    /// By the unit that has it 处置主体.
    pub handler_id: Option<IdFilter>,
    /// By grid 网格.
    pub grid_id: Option<IdFilter>,
    /// By when it was reported 上报时间.
    pub reported_at: Option<DateTimeFilter>,
    /// By when its file last changed 更新时间.
    pub updated_at: Option<DateTimeFilter>,
    /// By when it was closed 销号时间.
    pub closed_at: Option<DateTimeFilter>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// By complex 小区.
    pub complex: Option<ComplexFilter>,
    /// By matter 事项.
    pub matter: Option<MatterFilter>,
    /// With at least one such whistle 哨单.
    pub whistles: Option<Box<WhistleFilter>>,
    /// By register 台账.
    pub register_id: Option<IdFilter>,
    /// By when its own time runs out 案件截止时间.
    pub due_at: Option<DateTimeFilter>,
    /// Whether its own time has run out and it is still to be resolved 是否逾期.
    pub overdue: Option<bool>,
    /// With at least one such clock 计时.
    pub clocks: Option<CaseClockFilter>,
    /// By the level that supervises it 督办层级.
    pub supervised_by: Option<EnumFilter<HandlingLevel>>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of the title's pinyin; in number, title and description.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
}

impl Lower<CaseWhere> for CaseFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<CaseWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<CaseId>(self.id, CaseWhere::Id)?
            .test(self.number, CaseWhere::Number)?
            .test(self.title, CaseWhere::Title)?
            .test(self.category, CaseWhere::Category)?
            .test(self.status, CaseWhere::Status)?
            .is(self.open.map(CaseWhere::Open))
            .test(self.priority, CaseWhere::Priority)?
            .test(self.channel, CaseWhere::Channel)?
            .test(self.level, CaseWhere::Level)?
            .test(self.settled_level, CaseWhere::SettledLevel)?
            .test(self.handler_kind, CaseWhere::HandlerKind)?
            .id::<UnitId>(self.handler_id, CaseWhere::Handler)?
            .id::<GridId>(self.grid_id, CaseWhere::Grid)?
            .test(self.reported_at, CaseWhere::ReportedAt)?
            .test(self.updated_at, CaseWhere::UpdatedAt)?
            .test(self.closed_at, CaseWhere::ClosedAt)?
            .test(self.provenance, CaseWhere::Provenance)?
            .related(self.complex, CaseWhere::Complex)?
            .related(self.matter, CaseWhere::Matter)?
            .related(self.whistles.map(|filter| *filter), CaseWhere::Whistles)?
            .id::<RegisterId>(self.register_id, CaseWhere::Register)?
            .test(self.due_at, CaseWhere::DueAt)?
            .is(self.overdue.map(|overdue| CaseWhere::Overdue(overdue, clock.now())))
            .related(self.clocks, CaseWhere::Clocks)?
            .test(self.supervised_by, CaseWhere::SupervisedBy)?
            .is(self.area.map(|code| CaseWhere::Within(Subtree::of(code.0))))
            .text(self.text, SearchType::Case, CaseWhere::Text)?
            .done())
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
