//! `Stairwell` and `Dwelling`.

use async_graphql::ID;
use entity::{DwellingId, DwellingUse, FloorAreaSource, Provenance, StairwellId, dwelling, stairwell};

use super::{Building, BuildingFilter, Complex, ComplexFilter};
use crate::{
    clock::Clock,
    complex::scope::{self, DwellingOrder, DwellingWhere, Dwellings, StairwellOrder, StairwellWhere, Stairwells},
    db::filter::{Filter, Lasting},
    graphql::{
        filter::{DecimalFilter, EnumFilter, IdFilter, IntFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A stairwell of a building 单元.
    Stairwell: stairwell::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its number in the building 序号.
        number: i32 = |row| row.number,
        /// Its name, such as 1单元 名称.
        pub name: &str = |row| &row.name,
        /// How many floors; null where not recorded 层数.
        floors: Option<i32> = |row| row.floors,
        /// Its last day; null while it is there 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Grows with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The building it belongs to 所属楼栋.
        building: Building = |stairwell| Some(stairwell.building_id),
    }
    lists {
        /// Its dwellings; none for visitors 专有部分.
        dwellings: Dwelling(DwellingFilter, DwellingOrderField) = |stairwell| stairwell.id, scope::DWELLINGS_OF_STAIRWELL,
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |stairwell| stairwell.id.0, OF_RECORD,
    }
}

impl Listed for Stairwell {
    type Noun = Stairwells;
    type Filter = StairwellFilter;
    type Order = StairwellOrderField;

    const ORDER: (StairwellOrderField, OrderDirection) = (StairwellOrderField::Number, OrderDirection::Asc);

    fn usual(filter: Filter<StairwellWhere>, clock: &Clock) -> Filter<StairwellWhere> {
        filter.unless_said(|fact| matches!(fact, StairwellWhere::Lasting(_)), StairwellWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which stairwells 单元筛选; all that is given must hold.
    StairwellFilter => StairwellWhere {
        /// By id 标识.
        id: IdFilter => id::<StairwellId>(StairwellWhere::Id),
        /// By name 名称.
        name: TextFilter => test(StairwellWhere::Name),
        /// By number 序号.
        number: IntFilter => test(StairwellWhere::Number),
        /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
        ended: bool => ended(StairwellWhere::Lasting),
    }
}

orders! {
    /// What stairwells are ordered by 单元排序字段.
    StairwellOrderField("StairwellOrder") => StairwellOrder {
        /// By number 序号.
        Number,
    }
}

object! {
    /// A part of a building that somebody owns 专有部分: a flat, a shop, a parking space. For whoever is signed in; of the owners nothing is recorded here.
    Dwelling: dwelling::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its number, such as 3-1-502, unique in its building 编号.
        number: &str = |row| &row.number,
        /// What it is used for 用途.
        #[graphql(name = "use")]
        used_as: DwellingUse = |row| row.used_as,
        /// The floor area in m²; null where not recorded 专有部分面积.
        floor_area: Option<Decimal> = |row| row.floor_area.map(Decimal),
        /// What the floor area is taken from; null where there is none 面积来源.
        area_source: Option<FloorAreaSource> = |row| row.area_source,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Its last day; null while it is there 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Grows with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The complex 所属小区.
        complex: Complex = |dwelling| Some(dwelling.complex_id),
        /// The building 所属楼栋.
        building: Building = |dwelling| Some(dwelling.building_id),
        /// The stairwell; null where it is in none, or not recorded 所属单元.
        stairwell: Stairwell = |dwelling| dwelling.stairwell_id,
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |dwelling| dwelling.id.0, OF_RECORD,
    }
}

impl Listed for Dwelling {
    type Noun = Dwellings;
    type Filter = DwellingFilter;
    type Order = DwellingOrderField;

    const ORDER: (DwellingOrderField, OrderDirection) = (DwellingOrderField::Number, OrderDirection::Asc);

    fn usual(filter: Filter<DwellingWhere>, clock: &Clock) -> Filter<DwellingWhere> {
        filter.unless_said(|fact| matches!(fact, DwellingWhere::Lasting(_)), DwellingWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which dwellings 专有部分筛选; all that is given must hold.
    DwellingFilter => DwellingWhere {
        /// By id 标识.
        id: IdFilter => id::<DwellingId>(DwellingWhere::Id),
        /// By number 编号.
        number: TextFilter => test(DwellingWhere::Number),
        /// By use 用途.
        #[graphql(name = "use")]
        used_as: EnumFilter<DwellingUse> => test(DwellingWhere::Use),
        /// By floor area in m² 面积.
        floor_area: DecimalFilter => test(DwellingWhere::FloorArea),
        /// By what the floor area is taken from 面积来源.
        area_source: EnumFilter<FloorAreaSource> => test(DwellingWhere::AreaSource),
        /// By where the record comes from 数据来源.
        provenance: EnumFilter<Provenance> => test(DwellingWhere::Provenance),
        /// In the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(DwellingWhere::Within),
        /// By complex 小区.
        complex: ComplexFilter => related(DwellingWhere::Complex),
        /// By building 楼栋.
        building: BuildingFilter => related(DwellingWhere::Building),
        /// By stairwell 单元.
        stairwell_id: IdFilter => id::<StairwellId>(DwellingWhere::Stairwell),
        /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
        ended: bool => ended(DwellingWhere::Lasting),
    }
}

orders! {
    /// What dwellings are ordered by 专有部分排序字段.
    DwellingOrderField("DwellingOrder") => DwellingOrder {
        /// By number, as text 编号.
        Number,
    }
}
