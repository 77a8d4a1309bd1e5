//! `Courtyard` and `ComplexHonour`.

use async_graphql::ID;
use entity::{ComplexHonourId, CourtyardId, Provenance, complex_honour, courtyard};

use super::Complex;
use crate::{
    clock::Clock,
    complex::scope::{CourtyardOrder, CourtyardWhere, Courtyards, HonourOrder, HonourWhere, Honours},
    db::filter::{Filter, Lasting},
    graphql::{
        filter::{DateFilter, EnumFilter, IdFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::Listed,
        scalar::Date,
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A courtyard of a complex 院子、院落.
    Courtyard: courtyard::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name, unique in its complex 名称.
        pub name: &str = |row| &row.name,
        /// How many households; null where not recorded 户数.
        households: Option<i32> = |row| row.households,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Its last day; null while it is there 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Grows with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The complex 所属小区.
        complex: Complex = |courtyard| Some(courtyard.complex_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |courtyard| courtyard.id.0, OF_RECORD,
    }
}

impl Listed for Courtyard {
    type Noun = Courtyards;
    type Filter = CourtyardFilter;
    type Order = CourtyardOrderField;

    const ORDER: (CourtyardOrderField, OrderDirection) = (CourtyardOrderField::Name, OrderDirection::Asc);

    fn usual(filter: Filter<CourtyardWhere>, clock: &Clock) -> Filter<CourtyardWhere> {
        filter.unless_said(|fact| matches!(fact, CourtyardWhere::Lasting(_)), CourtyardWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which courtyards 院子筛选; all that is given must hold.
    CourtyardFilter => CourtyardWhere {
        /// By id 标识.
        id: IdFilter => id::<CourtyardId>(CourtyardWhere::Id),
        /// By name 名称.
        name: TextFilter => test(CourtyardWhere::Name),
        /// By where the record comes from 数据来源.
        provenance: EnumFilter<Provenance> => test(CourtyardWhere::Provenance),
        /// Whether it has ended; when the filter does not say, a list shows what exists today 是否已终止.
        ended: bool => ended(CourtyardWhere::Lasting),
    }
}

orders! {
    /// What courtyards are ordered by 院子排序字段.
    CourtyardOrderField("CourtyardOrder") => CourtyardOrder {
        /// By name 名称.
        Name,
    }
}

object! {
    /// An honour that a complex has been given 荣誉, such as 省级美好家园. It can be withdrawn, and is kept then.
    ComplexHonour: complex_honour::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What it is called 荣誉名称.
        pub name: &str = |row| &row.name,
        /// Who gave it 授予单位.
        awarded_by: &str = |row| &row.awarded_by,
        /// Since when the complex has it 授予日期.
        awarded_on: Date = |row| Date(row.awarded_on),
        /// The last day on which the complex had it; null where it was not withdrawn 撤销日期.
        withdrawn_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Why it was withdrawn; null where it was not 撤销原因.
        withdrawn_because: Option<&str> = |row| row.withdrawn_because.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Grows with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The complex 小区.
        complex: Complex = |honour| Some(honour.complex_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials of its place 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |honour| honour.id.0, OF_RECORD,
    }
}

impl Listed for ComplexHonour {
    type Noun = Honours;
    type Filter = ComplexHonourFilter;
    type Order = ComplexHonourOrderField;

    const ORDER: (ComplexHonourOrderField, OrderDirection) = (ComplexHonourOrderField::AwardedOn, OrderDirection::Desc);

    fn usual(filter: Filter<HonourWhere>, clock: &Clock) -> Filter<HonourWhere> {
        filter.unless_said(|fact| matches!(fact, HonourWhere::Lasting(_)), HonourWhere::Lasting(Lasting::On(clock.today())))
    }
}

filters! {
    /// Which honours 荣誉筛选; all that is given must hold.
    ComplexHonourFilter => HonourWhere {
        /// By id 标识.
        id: IdFilter => id::<ComplexHonourId>(HonourWhere::Id),
        /// By what it is called 名称.
        name: TextFilter => test(HonourWhere::Name),
        /// By who gave it 授予单位.
        awarded_by: TextFilter => test(HonourWhere::AwardedBy),
        /// By when it was given 授予日期.
        awarded_on: DateFilter => test(HonourWhere::AwardedOn),
        /// By where the record comes from 数据来源.
        provenance: EnumFilter<Provenance> => test(HonourWhere::Provenance),
        /// Whether it was withdrawn; when the filter does not say, a list shows what the complex has today 是否已撤销.
        withdrawn: bool => ended(HonourWhere::Lasting),
    }
}

orders! {
    /// What honours are ordered by 荣誉排序字段.
    ComplexHonourOrderField("ComplexHonourOrder") => HonourOrder {
        /// By when they were given 授予日期.
        AwardedOn,
    }
}
