//! `Complex` and `Building`, and the root that lists complexes.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{BuildingId, ComplexId, ComplexKind, GridId, Provenance, SearchType, building, complex};
use futures_util::future::BoxFuture;

use super::scope::{self, BuildingOrder, BuildingWhere, Buildings, ComplexOrder, ComplexWhere, Complexes};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        self,
        graphql::{Case, CaseFilter, CaseOrderField},
    },
    clock::Clock,
    committee::{
        self,
        graphql::{Committee, CommitteeFilter, CommitteeOrderField},
    },
    db::filter::Filter,
    department::{
        graphql::{Pairing, PairingFilter, PairingOrderField},
        scope::PAIRINGS_OF_COMPLEX,
    },
    firm::{
        self,
        graphql::{FirmContract, FirmContractFilter, FirmContractOrderField, PropertyFirm, PropertyFirmFilter},
    },
    graphql::{
        error::ApiError,
        filter::{All, EnumFilter, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date, Decimal},
    },
    grid::graphql::Grid,
    object, orders,
    party::{self, graphql::PartyBranch},
    query,
};

/// A residential complex 小区.
#[derive(Clone)]
pub struct Complex(Arc<Rec<complex::Model>>);

object! {
    /// A residential complex 小区: its buildings 楼栋, the firm that serves it 物业企业 and the branches that cover it 党组织.
    Complex {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// What it is 类型.
        pub async fn kind(&self) -> ComplexKind {
            self.0.row.kind
        }

        /// Its address; null where not recorded 地址.
        async fn address(&self) -> Option<&str> {
            self.0.row.address.as_deref()
        }

        /// How many households; null where not recorded 户数.
        async fn households(&self) -> Option<i32> {
            self.0.row.households
        }

        /// The floor area in m²; null where not recorded 建筑面积.
        async fn floor_area(&self) -> Option<Decimal> {
            self.0.row.floor_area.map(Decimal)
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// The area it lies in, as a rule a community 所在社区.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The firm under contract today; null where there is none 现任物业企业.
        async fn firm(&self, ctx: &Context<'_>) -> Option<Result<PropertyFirm, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The branch of this complex, or one that covers it with others; null where there is none, and for visitors 小区党支部.
        async fn party_branch(&self, ctx: &Context<'_>) -> Option<Result<PartyBranch, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// Its buildings 楼栋.
        buildings: Building(BuildingFilter, BuildingOrderField),
        /// The contracts with firms, past ones too 历任物业合同.
        contracts: FirmContract(FirmContractFilter, FirmContractOrderField),
        /// Its committees, dissolved ones too 委员会.
        committees: Committee(CommitteeFilter, CommitteeOrderField),
        /// The departments and leaders it is paired with, past ones too; none for visitors 结对联系.
        pairings: Pairing(PairingFilter, PairingOrderField),
        /// The cases in it that you may see 案件.
        cases: Case(CaseFilter, CaseOrderField),
    }
}

impl Record for Complex {
    type Row = complex::Model;

    fn new(rec: Rec<complex::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<complex::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            let ids = plan::distinct(rows.iter().map(|r| r.row.id));
            plan::one::<Area, _>(cx, rows, selection, "area", |complex| Some(complex.area_id)).await?;
            if selection.has("firm") {
                let firms = firm::service::serving(cx, &ids).await?;
                plan::one_of::<PropertyFirm, _, _>(cx, rows, selection, "firm", |complex| Some(complex.id), firms).await?;
            }
            if selection.has("partyBranch") {
                let branches = party::service::covering(cx, &ids).await?;
                plan::one_of::<PartyBranch, _, _>(cx, rows, selection, "partyBranch", |complex| Some(complex.id), branches).await?;
            }
            plan::many::<Building, _, _>(cx, rows, selection, "buildings", |complex| complex.id, scope::OF_COMPLEX).await?;
            plan::many::<FirmContract, _, _>(cx, rows, selection, "contracts", |complex| complex.id, firm::scope::OF_COMPLEX).await?;
            plan::many::<Committee, _, _>(cx, rows, selection, "committees", |complex| complex.id, committee::scope::OF_COMPLEX).await?;
            plan::many::<Pairing, _, _>(cx, rows, selection, "pairings", |complex| complex.id, PAIRINGS_OF_COMPLEX).await?;
            plan::many::<Case, _, _>(cx, rows, selection, "cases", |complex| complex.id, case::scope::OF_COMPLEX).await
        })
    }
}

impl Listed for Complex {
    type Noun = Complexes;
    type Filter = ComplexFilter;
    type Order = ComplexOrderField;

    const ORDER: (ComplexOrderField, OrderDirection) = (ComplexOrderField::Name, OrderDirection::Asc);
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
    /// With a building in this grid 网格.
    pub grid_id: Option<IdFilter>,
    /// The day for which `managed` and `firm` beside it are meant; today when left out 截至日期.
    pub as_of: Option<Date>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of the name's pinyin; in name and address.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
}

impl Lower<ComplexWhere> for ComplexFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<ComplexWhere>, ApiError> {
        let firm = self.firm.map(|firm| firm.lower(clock)).transpose()?;
        let day = self.as_of.map_or_else(|| clock.today(), |day| day.0);
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<ComplexId>(self.id, ComplexWhere::Id)?
            .test(self.name, ComplexWhere::Name)?
            .test(self.kind, ComplexWhere::Kind)?
            .test(self.provenance, ComplexWhere::Provenance)?
            .is(self.area.map(|code| ComplexWhere::Within(code.0)))
            .is(self.managed.map(|managed| ComplexWhere::Managed(managed, day)))
            .is(firm.map(|firm| ComplexWhere::Firm(firm, day)))
            .id::<GridId>(self.grid_id, ComplexWhere::Grid)?
            .text(self.text, SearchType::Complex, ComplexWhere::Text)?
            .done())
    }
}

orders! {
    /// What complexes are ordered by 小区排序字段.
    ComplexOrderField("ComplexOrder") => ComplexOrder {
        /// By name 名称.
        Name,
    }
}

/// A building of a complex 楼栋.
#[derive(Clone)]
pub struct Building(Arc<Rec<building::Model>>);

object! {
    /// A building of a complex 楼栋. It lies in one grid, which is called when something is reported from it.
    Building {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name, such as 3栋 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Its number in the complex 序号.
        async fn number(&self) -> i32 {
            self.0.row.number
        }

        /// How many floors; null where not recorded 层数.
        async fn floors(&self) -> Option<i32> {
            self.0.row.floors
        }

        /// How many stairwells; null where not recorded 单元数.
        async fn stairwells(&self) -> Option<i32> {
            self.0.row.stairwells
        }

        /// The complex it belongs to 所属小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The grid that covers it; null where none does, and for visitors 所属网格.
        async fn grid(&self, ctx: &Context<'_>) -> Option<Result<Grid, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
}

impl Record for Building {
    type Row = building::Model;

    fn new(rec: Rec<building::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<building::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Complex, _>(cx, rows, selection, "complex", |building| Some(building.complex_id)).await?;
            plan::one::<Grid, _>(cx, rows, selection, "grid", |building| building.grid_id).await
        })
    }
}

impl Listed for Building {
    type Noun = Buildings;
    type Filter = BuildingFilter;
    type Order = BuildingOrderField;

    const ORDER: (BuildingOrderField, OrderDirection) = (BuildingOrderField::Number, OrderDirection::Asc);
}

/// Which buildings 楼栋筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct BuildingFilter {
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
    /// By grid 网格.
    pub grid_id: Option<IdFilter>,
}

impl Lower<BuildingWhere> for BuildingFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<BuildingWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<BuildingId>(self.id, BuildingWhere::Id)?
            .test(self.name, BuildingWhere::Name)?
            .id::<GridId>(self.grid_id, BuildingWhere::Grid)?
            .done())
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
    ComplexQuery {}
    lists {
        /// Residential complexes 小区.
        complexes: Complex(ComplexFilter, ComplexOrderField),
    }
}
