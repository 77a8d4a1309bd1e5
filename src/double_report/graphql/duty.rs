//! Duty posts, who holds them, and hours of service.

use async_graphql::ID;
use entity::{BuildingId, ComplexId, DutyClaimId, DutyPostId, ServiceRecordId, StairwellId, duty_claim, duty_post, service_record};

use super::DoubleReport;
use crate::{
    area::graphql::Area,
    complex::graphql::{Building, Complex, ComplexFilter, Stairwell},
    double_report::{
        scope::{self, ClaimOrder, ClaimWhere, Claims, DutyPosts, PostOrder, PostWhere, ServiceOrder, ServiceWhere, Services},
        service,
    },
    graphql::{
        filter::{DateFilter, IdFilter, ListFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A duty post 岗位 of a complex or an area, such as that of a building's or a stairwell's keeper 楼栋长、单元长 (设岗定责): whoever has reported there can claim it, as many as it takes.
    DutyPost: duty_post::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        name: &str = |row| &row.name,
        /// What it is there for; null where nothing was said 职责.
        duties: Option<&str> = |row| row.duties.as_deref(),
        /// How many can hold it at a time 岗位数.
        places: i32 = |row| row.places,
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    values {
        /// How many hold it today 已认领数.
        claimed: i64,
    }
    relations {
        /// The complex it is for; null where it is for the whole area 小区.
        complex: Complex = |post| post.complex_id,
        /// The building that it is for; null where it is for no single one 楼栋.
        building: Building = |post| post.building_id,
        /// The stairwell that it is for; null where it is for no single one 单元.
        stairwell: Stairwell = |post| post.stairwell_id,
        /// Where 所在区划.
        area: Area = |post| Some(post.area_id),
    }
    lists {
        /// Who holds and held it, as far as you may see their reports 认领记录.
        claims: DutyClaim(DutyClaimFilter, DutyClaimOrderField) = |post| post.id, scope::CLAIMS_OF_POST,
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        if selection.has("claimed") {
            let ids = plan::distinct(rows.iter().map(|r| r.row.id));
            let claimed = service::claimed(cx, &ids).await?;
            plan::value(rows, selection, "claimed", |post| post.id, &claimed);
        }
    }
}

impl Listed for DutyPost {
    type Noun = DutyPosts;
    type Filter = DutyPostFilter;
    type Order = DutyPostOrderField;

    const ORDER: (DutyPostOrderField, OrderDirection) = (DutyPostOrderField::Name, OrderDirection::Asc);
}

filters! {
    /// Which duty posts 岗位筛选; all that is given must hold.
    DutyPostFilter => PostWhere {
        /// By id 标识.
        id: IdFilter => id::<DutyPostId>(PostWhere::Id),
        /// By name 名称.
        name: TextFilter => test(PostWhere::Name),
        /// In the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(PostWhere::Within),
        /// Of this complex 小区.
        complex_id: IdFilter => id::<ComplexId>(PostWhere::Complex),
        /// Of this building, or of a stairwell in it 楼栋.
        building_id: IdFilter => id::<BuildingId>(PostWhere::Building),
        /// Of this stairwell 单元.
        stairwell_id: IdFilter => id::<StairwellId>(PostWhere::Stairwell),
        /// By the complex it is for 小区.
        complex: Box<ComplexFilter> => related(PostWhere::Of),
        /// By who holds and held it, as far as you may see their reports; past ones too unless it says `on` or `ended` 认领记录.
        claims: ListFilter<DutyClaimFilter> => list::<DutyClaim>(PostWhere::Claims),
        /// Whether it has a place that can be claimed today; what has ended has none 是否有空缺.
        free: bool => at(|is, clock| PostWhere::Free(is, clock.today())),
        /// Whether they have ended, as of today 是否已撤销.
        ended: bool => ended(PostWhere::Lasting),
    }
}

orders! {
    /// What duty posts are ordered by 岗位排序字段.
    DutyPostOrderField("DutyPostOrder") => PostOrder {
        /// By name 名称.
        Name,
    }
}

object! {
    /// That whoever has reported holds a duty post, for a time 认领岗位. Seen like the report.
    DutyClaim: duty_claim::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The post 岗位.
        duty_post: DutyPost = |claim| Some(claim.post_id),
        /// Who holds it 报到记录.
        double_report: DoubleReport = |claim| Some(claim.report_id),
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for DutyClaim {
    type Noun = Claims;
    type Filter = DutyClaimFilter;
    type Order = DutyClaimOrderField;

    const ORDER: (DutyClaimOrderField, OrderDirection) = (DutyClaimOrderField::StartsOn, OrderDirection::Asc);
}

filters! {
    /// Which claims 认领筛选; all that is given must hold.
    DutyClaimFilter => ClaimWhere {
        /// By id 标识.
        id: IdFilter => id::<DutyClaimId>(ClaimWhere::Id),
        /// Lasting on this day; all, past ones too, when left out 该日有效.
        on: Date => fact(|day| ClaimWhere::Lasting(true, day.0)),
        /// Whether they have ended, as of today 是否已终止.
        ended: bool => at(|ended, clock| ClaimWhere::Lasting(!ended, clock.today())),
    }
}

orders! {
    /// What claims are ordered by 认领排序字段.
    DutyClaimOrderField("DutyClaimOrder") => ClaimOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}

object! {
    /// Hours of service 服务记录. What was recorded is never changed: somebody else confirms it, or it is withdrawn with a reason. Seen like the report.
    ServiceRecord: service_record::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The day of the service 服务日期.
        day: Date = |row| Date(row.day),
        /// Hours, to two places 服务时长 (小时).
        hours: Decimal = |row| Decimal(row.hours),
        /// What was done 服务内容.
        work: &str = |row| &row.work,
        /// On which day it was confirmed; null where it was not 确认日.
        confirmed_on: Option<Date> = |row| row.confirmed_on.map(Date),
        /// On which day it was withdrawn; null where it was not 撤回日.
        withdrawn_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Why it was withdrawn; null where it was not 撤回原因.
        withdrawn_because: Option<&str> = |row| row.withdrawn_because.as_deref(),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// Whose service it was 报到记录.
        double_report: DoubleReport = |record| Some(record.report_id),
        /// Who recorded it; null where you may not see the person 录入人.
        recorder: Person = |record| Some(record.recorded_by),
        /// Who confirmed it; null where nobody has, or you may not see the person 确认人.
        confirmer: Person = |record| record.confirmed_by,
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for ServiceRecord {
    type Noun = Services;
    type Filter = ServiceRecordFilter;
    type Order = ServiceRecordOrderField;

    const ORDER: (ServiceRecordOrderField, OrderDirection) = (ServiceRecordOrderField::Day, OrderDirection::Desc);
}

filters! {
    /// Which hours of service 服务记录筛选; all that is given must hold.
    ServiceRecordFilter => ServiceWhere {
        /// By id 标识.
        id: IdFilter => id::<ServiceRecordId>(ServiceWhere::Id),
        /// By the day of the service 服务日期.
        day: DateFilter => test(ServiceWhere::Day),
        /// Whether they are confirmed 是否已确认.
        confirmed: bool => fact(ServiceWhere::Confirmed),
        /// Whether they were withdrawn 是否已撤回.
        withdrawn: bool => fact(ServiceWhere::Withdrawn),
    }
}

orders! {
    /// What hours of service are ordered by 服务记录排序字段.
    ServiceRecordOrderField("ServiceRecordOrder") => ServiceOrder {
        /// By the day 服务日期.
        Day,
    }
}
