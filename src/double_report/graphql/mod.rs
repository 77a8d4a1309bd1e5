//! `DoubleReport`, and the roots that list double reports and duty posts.

mod duty;
pub mod inputs;
pub mod mutation;

use async_graphql::{Context, ID, InputObject, SimpleObject};
use entity::{
    DepartmentId, DoubleReportId, DoubleReportKind, DutyPostId, FirmId, Hundredths, PartyBranchId, PersonId, Provenance, double_report,
};

pub use self::{
    duty::{
        DutyClaim, DutyClaimFilter, DutyClaimOrderField, DutyPost, DutyPostFilter, DutyPostOrderField, ServiceRecord, ServiceRecordFilter,
        ServiceRecordOrderField,
    },
    mutation::DoubleReportMutation,
};
use super::{
    scope::{self, ReportOrder, ReportWhere, Reports},
    service,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    complex::graphql::{Complex, ComplexFilter},
    db::filter::Filter,
    department::graphql::Department,
    firm::graphql::PropertyFirm,
    graphql::{
        context::cx,
        error::ApiError,
        filter::{All, IdFilter, ListFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    party::graphql::{PartyBranch, PartyBranchFilter},
    person::graphql::Person,
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A double report 双报到: a party member has reported to where they live, or a unit to the place it is paired with, and says what it offers. That of a person shows that they are a party
    /// member, which is sensitive personal data (个人信息保护法第二十八条): told to the person, to the secretary of the organisation or of one that covers the complex, and to the officers and
    /// auditors of its area and above; others learn the number only. Those of units are seen by whoever is signed in.
    DoubleReport: double_report::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Whether a person has reported or a unit 报到主体类型.
        kind: DoubleReportKind = |row| if row.person_id.is_some() { DoubleReportKind::Person } else { DoubleReportKind::Unit },
        /// What is offered; null where nothing was said 申报服务项目.
        service: Option<&str> = |row| row.service.as_deref(),
        /// What they are good at; null where nothing was said 特长.
        skills: Option<&str> = |row| row.skills.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// Hours of service that are confirmed and not withdrawn 已确认服务时长.
        async fn service_hours(&self, ctx: &Context<'_>) -> Result<Decimal, ApiError> {
            let hours: Option<Hundredths> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(Decimal(hours.unwrap_or_default()))
        }
    }
    values {
        /// The name of the unit, or of the person: masked for auditors 名称.
        name: String,
    }
    relations {
        /// Who has reported; null for a unit, and where you may not see the person otherwise 人员.
        person: Person = |report| report.person_id,
        /// The department that has reported 职能部门.
        department: Department = |report| report.department_id,
        /// The firm that has reported 物业企业.
        firm: PropertyFirm = |report| report.firm_id,
        /// The organisation reported to; null where it is a complex or an area 报到党组织.
        party_branch: PartyBranch = |report| report.branch_id,
        /// The complex reported to; null where it is an organisation or an area 报到小区.
        complex: Complex = |report| report.complex_id,
        /// The area reported to, or that of the organisation or the complex 报到区划.
        area: Area = |report| Some(report.area_id),
    }
    lists {
        /// The posts claimed, past ones too 认领岗位.
        claims: DutyClaim(DutyClaimFilter, DutyClaimOrderField) = |report| report.id, scope::CLAIMS,
        /// The hours of service, withdrawn ones too 服务记录.
        service_records: ServiceRecord(ServiceRecordFilter, ServiceRecordOrderField) = |report| report.id, scope::SERVICES,
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        let ids = plan::distinct(rows.iter().map(|r| r.row.id));
        if selection.has("name") {
            let reports: Vec<_> = rows.iter().map(|r| r.row.clone()).collect();
            let names = service::names(cx, &reports).await?;
            plan::value(rows, selection, "name", |report| report.id, &names);
        }
        if selection.has("serviceHours") {
            let hours = service::hours(cx, &ids).await?;
            plan::value(rows, selection, "serviceHours", |report| report.id, &hours);
        }
    }
}

impl Listed for DoubleReport {
    type Noun = Reports;
    type Filter = DoubleReportFilter;
    type Order = DoubleReportOrderField;

    const ORDER: (DoubleReportOrderField, OrderDirection) = (DoubleReportOrderField::StartsOn, OrderDirection::Desc);
}

/// Which double reports 双报到筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DoubleReportFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// Of a person, or of a unit 报到主体类型.
    pub kind: Option<DoubleReportKind>,
    /// To a place in the subtree of this area 报到区划 (含下级).
    pub area: Option<AreaCode>,
    /// To such a complex 报到小区.
    pub complex: Option<ComplexFilter>,
    /// To this organisation 报到党组织.
    pub party_branch_id: Option<IdFilter>,
    /// To such an organisation 报到党组织.
    pub party_branch: Option<Box<PartyBranchFilter>>,
    /// By the posts claimed, past claims too unless it says `on` or `ended` 认领岗位.
    pub claims: Option<ListFilter<DutyClaimFilter>>,
    /// Of this person 人员.
    pub person_id: Option<IdFilter>,
    /// Of this department 职能部门.
    pub department_id: Option<IdFilter>,
    /// Of this firm 物业企业.
    pub firm_id: Option<IdFilter>,
    /// By what is offered 申报服务项目.
    pub service: Option<TextFilter>,
    /// By what they are good at 特长.
    pub skills: Option<TextFilter>,
    /// Who hold this post today, or on the day `on` beside it 认领岗位.
    pub duty_post_id: Option<IdFilter>,
    /// Lasting on this day; all, past ones too, when left out 该日有效.
    pub on: Option<Date>,
    /// Whether they have ended, as of today 是否已终止.
    pub ended: Option<bool>,
}

impl Lower<ReportWhere> for DoubleReportFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<ReportWhere>, ApiError> {
        let day = self.on.map_or_else(|| cx.clock.today(), |day| day.0);
        let tests = self.duty_post_id.into_iter().flat_map(IdFilter::tests::<DutyPostId>);
        let holding: Vec<_> = tests.map(|test| Filter::is(ReportWhere::Holding(test, day))).collect();
        let own = All::of(cx, self.and, self.or, self.not)?
            .id::<DoubleReportId>(self.id, ReportWhere::Id)?
            .is(self.kind.map(|kind| ReportWhere::OfPerson(kind == DoubleReportKind::Person)))
            .is(self.area.map(|code| ReportWhere::Within(code.0)))
            .related(self.complex, ReportWhere::Complex)?
            .related(self.party_branch, ReportWhere::ToBranch)?
            .list::<DutyClaim>(self.claims, ReportWhere::Claims)?
            .id::<PartyBranchId>(self.party_branch_id, ReportWhere::Branch)?
            .id::<PersonId>(self.person_id, ReportWhere::Person)?
            .id::<DepartmentId>(self.department_id, ReportWhere::Department)?
            .id::<FirmId>(self.firm_id, ReportWhere::Firm)?
            .test(self.service, ReportWhere::Service)?
            .test(self.skills, ReportWhere::Skills)?
            .is(self.on.map(|day| ReportWhere::Lasting(true, day.0)))
            .is(self.ended.map(|ended| ReportWhere::Lasting(!ended, cx.clock.today())))
            .done();
        Ok(Filter::All([own].into_iter().chain(holding).collect()))
    }
}

orders! {
    /// What double reports are ordered by 双报到排序字段.
    DoubleReportOrderField("DoubleReportOrder") => ReportOrder {
        /// By the first day 报到日.
        StartsOn,
    }
}

/// What double reports come to 双报到合计.
#[derive(Clone, Debug, SimpleObject)]
pub struct DoubleReportTotals {
    /// How many persons have reported, each once 报到党员数.
    persons: i64,
    /// How many units have reported, each once 报到单位数.
    units: i64,
    /// Hours of service until then that are confirmed and not withdrawn 已确认服务时长.
    hours: Decimal,
    /// As of which day 截至日期.
    as_of: Date,
}

query! {
    DoubleReportQuery {
        /// How many have reported to the places of an area, whether or not you may see who, and the hours of service there 双报到合计.
        async fn double_report_totals(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The area, with all below it 区划 (含下级)")] area: AreaCode,
            #[graphql(desc = "As of this day; today when left out 截至日期")] on: Option<Date>,
        ) -> Result<DoubleReportTotals, ApiError> {
            let cx = cx(ctx)?;
            let day = on.map_or_else(|| cx.clock.today(), |day| day.0);
            let (persons, units, hours) = service::area_totals(cx, &area.0, day).await?;
            Ok(DoubleReportTotals { persons, units, hours: Decimal(hours), as_of: Date(day) })
        }
    }
    lists {
        /// Double reports, past ones too unless the filter says `on` or `ended`; of persons only those that you may see, of units none for visitors 双报到.
        double_reports: DoubleReport(DoubleReportFilter, DoubleReportOrderField),
        /// Duty posts, ended ones too unless the filter says `ended`; none for visitors 岗位.
        duty_posts: DutyPost(DutyPostFilter, DutyPostOrderField),
    }
}
