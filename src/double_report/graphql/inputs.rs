//! What is asked for of double reports, and what comes of it.

use async_graphql::{ID, MaybeUndefined, OneofObject};

use crate::{
    graphql::scalar::{AreaCode, Date, Decimal},
    record::graphql::inputs,
};

/// Who reports: exactly one of these 报到主体.
#[derive(Clone, Debug, OneofObject)]
pub enum DoubleReporterInput {
    /// A party member: oneself, or a person whom you may see 在职党员.
    PersonId(ID),
    /// A department 职能部门.
    DepartmentId(ID),
    /// A property firm 物业企业.
    FirmId(ID),
    /// Another unit by its name, at most 100 characters 其他单位名称.
    UnitName(String),
}

/// Where one reports: exactly one of these 报到去处.
#[derive(Clone, Debug, OneofObject)]
pub enum DoubleReportPlaceInput {
    /// An organisation 党组织.
    PartyBranchId(ID),
    /// A complex 小区.
    ComplexId(ID),
    /// A community or grid, by its code 社区、网格代码.
    AreaCode(AreaCode),
}

/// Where a duty post is: exactly one of these 岗位去处.
#[derive(Clone, Debug, OneofObject)]
pub enum DutyPlaceInput {
    /// A complex 小区.
    ComplexId(ID),
    /// A building 楼栋.
    BuildingId(ID),
    /// A stairwell 单元.
    StairwellId(ID),
    /// A whole area, by its code 区划代码.
    AreaCode(AreaCode),
}

inputs! {
    /// A report to where one lives or is paired 双报到.
    creates RegisterDoubleReportInput {
        /// Who reports; oneself when left out 报到主体.
        who: Option<DoubleReporterInput>,
        /// Where 报到去处.
        to: DoubleReportPlaceInput,
        /// What is offered, at most 4,000 characters 申报服务项目.
        service: Option<String>,
        /// What they are good at, at most 4,000 characters 特长.
        skills: Option<String>,
        /// The first day, not after today; today when left out 起始日.
        starts_on: Option<Date>,
    }

    /// Another service or other skills in a report 修改报到; what is left out stays.
    changes UpdateDoubleReportInput {
        /// The report 报到记录.
        double_report_id: ID,
        /// What is offered, at most 4,000 characters; null: nothing is named any more 申报服务项目.
        service: MaybeUndefined<String>,
        /// What they are good at, at most 4,000 characters; null: nothing is named any more 特长.
        skills: MaybeUndefined<String>,
    }

    /// Ending a report 结束报到.
    changes EndDoubleReportInput {
        /// The report 报到记录.
        double_report_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// A new duty post 设岗.
    creates CreateDutyPostInput {
        /// Where 去处.
        place: DutyPlaceInput,
        /// Its name, such as 楼栋长, at most 100 characters, which no other post there has 名称.
        name: String,
        /// What it is there for, at most 4,000 characters 职责.
        duties: Option<String>,
        /// How many can hold it at a time, from 1 to 1,000; 1 when left out 岗位数.
        places: Option<i32>,
    }

    /// A duty post by another name, with other duties or more places or fewer 修改岗位; what is left out stays.
    changes UpdateDutyPostInput {
        /// The post 岗位.
        duty_post_id: ID,
        /// Its name, at most 100 characters, which no other post there has 名称.
        name: Option<String>,
        /// What it is there for, at most 4,000 characters; null: nothing is said any more 职责.
        duties: MaybeUndefined<String>,
        /// How many can hold it at a time, from 1 to 1,000; no fewer than do 岗位数.
        places: Option<i32>,
    }

    /// Ending a duty post 撤岗.
    changes EndDutyPostInput {
        /// The post 岗位.
        duty_post_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Claiming a duty post 认领岗位.
    creates ClaimDutyPostInput {
        /// The post 岗位.
        duty_post_id: ID,
        /// For whom 报到记录.
        double_report_id: ID,
        /// The first day, not after today; today when left out 起始日.
        starts_on: Option<Date>,
    }

    /// Releasing a duty post 退岗.
    changes ReleaseDutyPostInput {
        /// The claim 认领记录.
        duty_claim_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Hours of service 录入服务记录.
    creates RecordServiceInput {
        /// Whose service 报到记录.
        double_report_id: ID,
        /// The day, within those of the report; today when left out 服务日期.
        day: Option<Date>,
        /// Hours to two places, at most 24 a day 服务时长 (小时).
        hours: Decimal,
        /// What was done, at most 4,000 characters 服务内容.
        work: String,
    }

    /// Confirming hours of service 确认服务记录.
    changes ConfirmServiceInput {
        /// The record 服务记录.
        service_record_id: ID,
    }

    /// Withdrawing hours of service 撤回服务记录.
    changes WithdrawServiceInput {
        /// The record 服务记录.
        service_record_id: ID,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
}
