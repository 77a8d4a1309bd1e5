//! `Complex` and `Building`, and the roots that list complexes, buildings and dwellings.

mod distinctions;
pub mod mutation;
pub mod mutation_parts;
mod parts;
mod totals;

use std::collections::HashMap;

use async_graphql::{Context, ID, InputObject, SimpleObject};
use entity::{BuildingId, ComplexEnd, ComplexFact, ComplexId, ComplexKind, GridId, Hundredths, Provenance, SearchType, building, complex};

pub use self::{
    distinctions::{ComplexHonour, ComplexHonourFilter, ComplexHonourOrderField, Courtyard, CourtyardFilter, CourtyardOrderField},
    mutation::ComplexMutation,
    mutation_parts::ComplexPartsMutation,
    parts::{Dwelling, DwellingFilter, DwellingOrderField, Stairwell, StairwellFilter, StairwellOrderField},
    totals::ComplexTotals,
};
use super::{
    model,
    scope::{self, BuildingOrder, BuildingWhere, Buildings, ComplexOrder, ComplexWhere, Complexes},
    service::{self, Totals},
};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        self,
        graphql::{Case, CaseFilter, CaseOrderField, GeoPoint},
    },
    clock::Clock,
    committee::{
        self,
        graphql::{Committee, CommitteeFilter, CommitteeOrderField},
    },
    db::filter::{Filter, Lasting},
    department::{
        graphql::{Pairing, PairingFilter, PairingOrderField},
        scope::PAIRINGS_OF_COMPLEX,
    },
    double_report::{
        self,
        graphql::{DutyPost, DutyPostFilter, DutyPostOrderField},
    },
    firm::{
        self,
        graphql::{FirmContract, FirmContractFilter, FirmContractOrderField, PropertyFirm, PropertyFirmFilter},
    },
    graphql::{
        context::cx,
        coverage::Coverage,
        error::ApiError,
        filter::{All, DecimalFilter, EnumFilter, IdFilter, IntFilter, ListFilter, Lower, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date, Decimal},
    },
    grid::graphql::{Grid, GridFilter},
    object, orders,
    party::{
        self,
        graphql::{PartyBranch, PartyBranchFilter},
    },
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A residential complex 小区: its buildings 楼栋, the firm that serves it 物业企业 and the branches that cover it 党组织.
    Complex: complex::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// What it is 类型.
        pub kind: ComplexKind = |row| row.kind,
        /// Its address; null where not recorded 地址.
        address: Option<&str> = |row| row.address.as_deref(),
        /// How many households; null where not recorded 户数.
        households: Option<i32> = |row| row.households,
        /// The floor area in m²; null where not recorded 建筑面积.
        floor_area: Option<Decimal> = |row| row.floor_area.map(Decimal),
        /// Its last day; null while it exists 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Why it is no more; null while it exists 终止原因.
        ended_because: Option<ComplexEnd> = |row| row.ended_because,
        /// Grows with each change of the record 版本.
        version: i32 = |row| row.version,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
    }
    resolvers {
        /// Where it lies; null where not recorded 坐标.
        async fn location(&self) -> Option<GeoPoint> {
            Some(GeoPoint { longitude: self.0.row.longitude?, latitude: self.0.row.latitude? })
        }

        /// How many party members and units have reported to it; for officials only, null for others 报到人数.
        async fn double_report_count(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "On this day; today when left out 截至日期")] on: Option<Date>,
        ) -> Option<Result<i64, ApiError>> {
            let _ = on;
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    relations {
        /// How many dwellings are recorded that exist today, and their floor area; null for visitors 专有部分合计.
        dwelling_totals: DwellingTotals,
        /// How complete the record is 信息完整度: which of the facts that a record is to hold are filled. Of what exists today.
        completeness: RecordCompleteness,
        /// The firm under contract today; null where there is none 现任物业企业.
        firm: PropertyFirm,
        /// The branch of this complex, or one that covers it with others; null where there is none, and for visitors 小区党支部.
        party_branch: PartyBranch,
        /// The area it lies in, as a rule a community 所在社区.
        area: Area = |complex| Some(complex.area_id),
        /// What it became part of; null where it did not 并入的小区.
        merged_into: Self = |complex| complex.merged_into_id,
    }
    lists {
        /// Its buildings 楼栋.
        buildings: Building(BuildingFilter, BuildingOrderField) = |complex| complex.id, scope::OF_COMPLEX,
        /// The contracts with firms, past ones too 历任物业合同.
        contracts: FirmContract(FirmContractFilter, FirmContractOrderField) = |complex| complex.id, firm::scope::OF_COMPLEX,
        /// Its committees, dissolved ones too 委员会.
        committees: Committee(CommitteeFilter, CommitteeOrderField) = |complex| complex.id, committee::scope::OF_COMPLEX,
        /// The departments and leaders it is paired with, past ones too; none for visitors 结对联系.
        pairings: Pairing(PairingFilter, PairingOrderField) = |complex| complex.id, PAIRINGS_OF_COMPLEX,
        /// The cases in it that you may see 案件.
        cases: Case(CaseFilter, CaseOrderField) = |complex| complex.id, case::scope::OF_COMPLEX,
        /// Its dwellings; none for visitors 专有部分.
        dwellings: Dwelling(DwellingFilter, DwellingOrderField) = |complex| complex.id, scope::DWELLINGS,
        /// Its courtyards 院子.
        courtyards: Courtyard(CourtyardFilter, CourtyardOrderField) = |complex| complex.id, scope::COURTYARDS,
        /// Its honours, the latest first 荣誉.
        honours: ComplexHonour(ComplexHonourFilter, ComplexHonourOrderField) = |complex| complex.id, scope::HONOURS,
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |complex| complex.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        let ids = plan::distinct(rows.iter().map(|r| r.row.id));
        if selection.has("firm") {
            let firms = firm::service::serving(cx, &ids).await?;
            plan::one_of::<PropertyFirm, _, _>(cx, rows, selection, "firm", |complex| Some(complex.id), firms).await?;
        }
        if selection.has("partyBranch") {
            let branches = party::service::covering(cx, &ids).await?;
            plan::one_of::<PartyBranch, _, _>(cx, rows, selection, "partyBranch", |complex| Some(complex.id), branches).await?;
        }
        for wanted in selection.wanted("doubleReportCount") {
            let day = wanted.arg::<Date>("on")?.map_or_else(|| cx.clock.today(), |day| day.0);
            let counts = double_report::service::counts(cx, &ids, day).await?;
            plan::value_of(rows, &wanted, |complex| complex.id, &counts);
        }
        if selection.has("dwellingTotals") {
            let totals = service::totals(cx, &ids).await?.map(|totals| totals.into_iter().map(|(id, of)| (id, of.into())).collect());
            let totals: HashMap<ComplexId, DwellingTotals> = totals.unwrap_or_default();
            plan::value(rows, selection, "dwellingTotals", |complex| complex.id, &totals);
        }
        if selection.has("completeness") {
            let known = service::known(cx, rows.iter().map(|rec| &rec.row)).await?;
            let known = known.into_iter().map(|(id, known)| (id, RecordCompleteness::lacking(model::missing(&known)))).collect();
            plan::value(rows, selection, "completeness", |complex| complex.id, &known);
        }
    }
}

/// What dwellings come to 专有部分合计.
#[derive(Clone, Debug, SimpleObject)]
pub struct DwellingTotals {
    /// How many 数量.
    count: i64,
    /// The floor area of those whose area is recorded, in m² 面积合计.
    floor_area: Decimal,
    /// How many of them have no floor area recorded 无面积数.
    without_area: i64,
}

impl From<Totals> for DwellingTotals {
    fn from(totals: Totals) -> Self {
        Self { count: totals.count, floor_area: Decimal(totals.floor_area), without_area: totals.count - totals.measured }
    }
}

/// How complete a record is 信息完整度.
#[derive(Clone, Debug, SimpleObject)]
pub struct RecordCompleteness {
    /// The share of the facts that is filled, in percent, two places, rounded half up 百分比.
    percent: Decimal,
    /// How many facts are filled 已录入项数.
    filled: i32,
    /// Of how many 应录入项数.
    total: i32,
    /// Those that are not 缺少的信息项.
    missing: Vec<ComplexFact>,
}

impl RecordCompleteness {
    fn lacking(missing: Vec<ComplexFact>) -> Self {
        let total = ComplexFact::ALL.len();
        let filled = total - missing.len();
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let hundredths = (filled * 20_000 + total) / (2 * total);
        Self { percent: Decimal(Hundredths(hundredths as i64)), filled: count(filled), total: count(total), missing }
    }
}

impl Listed for Complex {
    type Noun = Complexes;
    type Filter = ComplexFilter;
    type Order = ComplexOrderField;

    const ORDER: (ComplexOrderField, OrderDirection) = (ComplexOrderField::Name, OrderDirection::Asc);

    fn usual(filter: Filter<ComplexWhere>, clock: &Clock) -> Filter<ComplexWhere> {
        filter.unless_said(|fact| matches!(fact, ComplexWhere::Lasting(_)), ComplexWhere::Lasting(Lasting::On(clock.today())))
    }
}

/// Which complexes 小区筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ComplexFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By name 名称.
    pub name: Option<TextFilter>,
    /// By kind 类型.
    pub kind: Option<EnumFilter<ComplexKind>>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Whether a firm is under contract today, or on the day `asOf` 是否有物业服务.
    pub managed: Option<bool>,
    /// By the firm under contract today, or on the day `asOf` 现任物业企业.
    pub firm: Option<PropertyFirmFilter>,
    /// With a building in this grid, or in a micro-grid in it 网格.
    pub grid_id: Option<IdFilter>,
    /// By the grids that its buildings lie in, micro-grids and the grids over them; visitors see none 覆盖网格.
    pub grids: Option<ListFilter<GridFilter>>,
    /// The day for which `managed`, `firm` and `partyBranches` beside it are meant; today when left out 截至日期.
    pub as_of: Option<Date>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of the name's pinyin; in name and address.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
    /// By the number of households 户数.
    pub households: Option<IntFilter>,
    /// By floor area in m² 建筑面积.
    pub floor_area: Option<DecimalFilter>,
    /// By courtyards 院子.
    pub courtyards: Option<ListFilter<CourtyardFilter>>,
    /// By honours; where `withdrawn` does not say, those that were not withdrawn 荣誉.
    pub honours: Option<ListFilter<ComplexHonourFilter>>,
    /// By buildings 楼栋.
    pub buildings: Option<ListFilter<BuildingFilter>>,
    /// By contracts with firms, past ones too unless it says `current` or `on` 历任物业合同.
    pub contracts: Option<ListFilter<FirmContractFilter>>,
    /// By committees, dissolved ones too unless it says `existing`: `{none: {committeeKind: {eq: OWNERS}, existing: true}}` are those without an owners'
    /// committee 委员会.
    pub committees: Option<ListFilter<CommitteeFilter>>,
    /// By what it is paired with, past pairings too unless it says `current` or `on`; visitors see none 结对联系.
    pub pairings: Option<ListFilter<PairingFilter>>,
    /// By the party organisations that cover it today, or on the day `asOf`: `{none: {}}` are those that none covers; visitors see none 覆盖党组织.
    pub party_branches: Option<ListFilter<PartyBranchFilter>>,
    /// Whose records lack each of these facts today; `recordCompleteness` counts them 缺少的信息项.
    pub missing: Option<Vec<ComplexFact>>,
    /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<ComplexWhere> for ComplexFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<ComplexWhere>, ApiError> {
        let firm = self.firm.map(|firm| firm.lower(cx)).transpose()?;
        let today = cx.clock.today();
        let day = self.as_of.map_or(today, |day| day.0);
        let lacking = self.missing.into_iter().flatten().map(|fact| Filter::is(ComplexWhere::Lacks(fact, today)));
        let own = All::of(cx, self.and, self.or, self.not)?
            .id::<ComplexId>(self.id, ComplexWhere::Id)?
            .test(self.name, ComplexWhere::Name)?
            .test(self.kind, ComplexWhere::Kind)?
            .test(self.provenance, ComplexWhere::Provenance)?
            .is(self.area.map(|code| ComplexWhere::Within(code.0)))
            .is(self.managed.map(|managed| ComplexWhere::Managed(managed, day)))
            .is(firm.map(|firm| ComplexWhere::Firm(firm, day)))
            .id::<GridId>(self.grid_id, ComplexWhere::Grid)?
            .list::<Grid>(self.grids, ComplexWhere::Grids)?
            .text(self.text, SearchType::Complex, ComplexWhere::Text)?
            .test(self.households, ComplexWhere::Households)?
            .test(self.floor_area, ComplexWhere::FloorArea)?
            .list::<Courtyard>(self.courtyards, ComplexWhere::Courtyards)?
            .list::<ComplexHonour>(self.honours, ComplexWhere::Honours)?
            .list::<Building>(self.buildings, ComplexWhere::Buildings)?
            .list::<FirmContract>(self.contracts, ComplexWhere::Contracts)?
            .list::<Committee>(self.committees, ComplexWhere::Committees)?
            .list::<Pairing>(self.pairings, ComplexWhere::Pairings)?
            .list::<PartyBranch>(self.party_branches, |branches| ComplexWhere::Branches(branches, day))?
            .ended(self.ended, ComplexWhere::Lasting)?
            .done();
        Ok(Filter::All([own].into_iter().chain(lacking).collect()))
    }
}

orders! {
    /// What complexes are ordered by 小区排序字段.
    ComplexOrderField("ComplexOrder") => ComplexOrder {
        /// By name 名称.
        Name,
    }
}

object! {
    /// A building of a complex 楼栋. It lies in one grid, which is called when something is reported from it.
    Building: building::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name, such as 3栋 名称.
        pub name: &str = |row| &row.name,
        /// Its number in the complex 序号.
        number: i32 = |row| row.number,
        /// How many floors; null where not recorded 层数.
        floors: Option<i32> = |row| row.floors,
        /// How many stairwells; null where not recorded 单元数.
        stairwells: Option<i32> = |row| row.stairwells,
        /// Its last day; null while it stands 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Grows with each change of the record 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The complex it belongs to 所属小区.
        complex: Complex = |building| Some(building.complex_id),
        /// The grid that covers it; null where none does, and for visitors 所属网格.
        grid: Grid = |building| building.grid_id,
    }
    lists {
        /// The records of its stairwells; `stairwells` is only how many there are said to be 单元.
        stairwell_records: Stairwell(StairwellFilter, StairwellOrderField) = |building| building.id, scope::STAIRWELLS,
        /// Its dwellings; none for visitors 专有部分.
        dwellings: Dwelling(DwellingFilter, DwellingOrderField) = |building| building.id, scope::DWELLINGS_OF_BUILDING,
        /// The duty posts of it and of its stairwells, past ones too unless the filter says otherwise; none for visitors 楼栋长、单元长等岗位.
        duty_posts: DutyPost(DutyPostFilter, DutyPostOrderField) = |building| building.id, double_report::scope::POSTS_OF_BUILDING,
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |building| building.id.0, OF_RECORD,
    }
}

impl Listed for Building {
    type Noun = Buildings;
    type Filter = BuildingFilter;
    type Order = BuildingOrderField;

    const ORDER: (BuildingOrderField, OrderDirection) = (BuildingOrderField::Number, OrderDirection::Asc);

    fn usual(filter: Filter<BuildingWhere>, clock: &Clock) -> Filter<BuildingWhere> {
        filter.unless_said(|fact| matches!(fact, BuildingWhere::Lasting(_)), BuildingWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which buildings 楼栋筛选; all that is given must hold.
    BuildingFilter => BuildingWhere {
        /// By id 标识.
        id: IdFilter => id::<BuildingId>(BuildingWhere::Id),
        /// By name 名称.
        name: TextFilter => test(BuildingWhere::Name),
        /// By the number of floors 层数.
        floors: IntFilter => test(BuildingWhere::Floors),
        /// In the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(BuildingWhere::Within),
        /// By complex 所属小区.
        complex: Box<ComplexFilter> => related(BuildingWhere::Complex),
        /// By grid, with the micro-grids in it 网格.
        grid_id: IdFilter => id::<GridId>(BuildingWhere::Grid),
        /// Whether it lies in a grid 是否有所属网格.
        has_grid: bool => fact(BuildingWhere::Gridded),
        /// Whether it has ended; when the filter does not say, a list shows what stands today 是否已终止.
        ended: bool => ended(BuildingWhere::Lasting),
    }
}

orders! {
    /// What buildings are ordered by 楼栋排序字段.
    BuildingOrderField("BuildingOrder") => BuildingOrder {
        /// By number 序号.
        Number,
    }
}

query! {
    ComplexQuery {
        /// How complete the records of the complexes of an area are 信息录入率: of the facts that each is to hold (`ComplexFact`: kind, address, households,
        /// floor area, location, at least one building, each building with a grid, each with at least one dwelling), how many are filled, of all facts of
        /// all complexes that exist today. A complex without buildings lacks the facts about them too. As recorded now: what was filled earlier is not kept.
        async fn record_completeness(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The area, with all below it 区划 (含下级)")] area: AreaCode,
        ) -> Result<Coverage, ApiError> {
            let cx = cx(ctx)?;
            let (filled, of) = service::completeness(cx, &area.0).await?;
            Ok(Coverage::of(filled, of, cx.clock.today()))
        }

        /// What the complexes that pass the filter come to; read at once, however many they are. Where the filter does not say, those that exist today
        /// 小区合计.
        async fn complex_totals(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Which complexes; all of them when left out 筛选")] filter: Option<ComplexFilter>,
        ) -> Result<ComplexTotals, ApiError> {
            let cx = cx(ctx)?;
            let filter = filter.map(|filter| filter.lower(cx)).transpose()?.unwrap_or_default();
            let sums = service::sums(cx, &Complex::usual(filter, &cx.clock)).await?;
            Ok(ComplexTotals::of(&sums, cx.actor.person.is_some()))
        }
    }
    lists {
        /// Residential complexes 小区.
        complexes: Complex(ComplexFilter, ComplexOrderField),
        /// Buildings 楼栋.
        buildings: Building(BuildingFilter, BuildingOrderField),
        /// Dwellings 专有部分, for whoever is signed in.
        dwellings: Dwelling(DwellingFilter, DwellingOrderField),
    }
}
