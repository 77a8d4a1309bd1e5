//! What is asked for of double reports, and what comes of it.

use async_graphql::{ID, InputObject, OneofObject};

use super::{DoubleReport, DutyClaim, DutyPost, ServiceRecord};
use crate::{
    graphql::scalar::{AreaCode, Date, Decimal},
    payloads,
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
    /// A whole area, by its code 区划代码.
    AreaCode(AreaCode),
}

/// A report to where one lives or is paired 双报到.
#[derive(Clone, Debug, InputObject)]
pub struct RegisterDoubleReportInput {
    /// Who reports; oneself when left out 报到主体.
    pub who: Option<DoubleReporterInput>,
    /// Where 报到去处.
    pub to: DoubleReportPlaceInput,
    /// What is offered, at most 4,000 characters 申报服务项目.
    pub service: Option<String>,
    /// What they are good at, at most 4,000 characters 特长.
    pub skills: Option<String>,
    /// The first day, not after today; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same report 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a report 结束报到.
#[derive(Clone, Debug, InputObject)]
pub struct EndDoubleReportInput {
    /// The report 报到记录.
    pub double_report_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same report 幂等键.
    pub idempotency_key: Option<String>,
}

/// A new duty post 设岗.
#[derive(Clone, Debug, InputObject)]
pub struct CreateDutyPostInput {
    /// Where 去处.
    pub place: DutyPlaceInput,
    /// Its name, such as 楼栋长, at most 100 characters, which no other post there has 名称.
    pub name: String,
    /// What it is there for, at most 4,000 characters 职责.
    pub duties: Option<String>,
    /// How many can hold it at a time, from 1 to 1,000; 1 when left out 岗位数.
    pub places: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same post 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a duty post 撤岗.
#[derive(Clone, Debug, InputObject)]
pub struct EndDutyPostInput {
    /// The post 岗位.
    pub duty_post_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same post 幂等键.
    pub idempotency_key: Option<String>,
}

/// Claiming a duty post 认领岗位.
#[derive(Clone, Debug, InputObject)]
pub struct ClaimDutyPostInput {
    /// The post 岗位.
    pub duty_post_id: ID,
    /// For whom 报到记录.
    pub double_report_id: ID,
    /// The first day, not after today; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same claim 幂等键.
    pub idempotency_key: Option<String>,
}

/// Releasing a duty post 退岗.
#[derive(Clone, Debug, InputObject)]
pub struct ReleaseDutyPostInput {
    /// The claim 认领记录.
    pub duty_claim_id: ID,
    /// The last day, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same claim 幂等键.
    pub idempotency_key: Option<String>,
}

/// Hours of service 录入服务记录.
#[derive(Clone, Debug, InputObject)]
pub struct RecordServiceInput {
    /// Whose service 报到记录.
    pub double_report_id: ID,
    /// The day, within those of the report; today when left out 服务日期.
    pub day: Option<Date>,
    /// Hours to two places, at most 24 a day 服务时长 (小时).
    pub hours: Decimal,
    /// What was done, at most 4,000 characters 服务内容.
    pub work: String,
    /// A name of your own for this call: a retry under the same key is answered with the same record 幂等键.
    pub idempotency_key: Option<String>,
}

/// Confirming hours of service 确认服务记录.
#[derive(Clone, Debug, InputObject)]
pub struct ConfirmServiceInput {
    /// The record 服务记录.
    pub service_record_id: ID,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same record 幂等键.
    pub idempotency_key: Option<String>,
}

/// Withdrawing hours of service 撤回服务记录.
#[derive(Clone, Debug, InputObject)]
pub struct WithdrawServiceInput {
    /// The record 服务记录.
    pub service_record_id: ID,
    /// Why, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same record 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    RegisterDoubleReportPayload {
        /// The report; null where nothing was changed 双报到.
        double_report: DoubleReport,
    }
    /// What became of it 操作结果.
    EndDoubleReportPayload {
        /// The report; null where nothing was changed, but on `CONFLICT` as it stands now 双报到.
        double_report: DoubleReport,
    }
    /// What became of it 操作结果.
    CreateDutyPostPayload {
        /// The post; null where nothing was changed 岗位.
        duty_post: DutyPost,
    }
    /// What became of it 操作结果.
    EndDutyPostPayload {
        /// The post; null where nothing was changed, but on `CONFLICT` as it stands now 岗位.
        duty_post: DutyPost,
    }
    /// What became of it 操作结果.
    ClaimDutyPostPayload {
        /// The claim; null where nothing was changed 认领记录.
        duty_claim: DutyClaim,
    }
    /// What became of it 操作结果.
    ReleaseDutyPostPayload {
        /// The claim; null where nothing was changed, but on `CONFLICT` as it stands now 认领记录.
        duty_claim: DutyClaim,
    }
    /// What became of it 操作结果.
    RecordServicePayload {
        /// The record; null where nothing was changed 服务记录.
        service_record: ServiceRecord,
    }
    /// What became of it 操作结果.
    ConfirmServicePayload {
        /// The record; null where nothing was changed, but on `CONFLICT` as it stands now 服务记录.
        service_record: ServiceRecord,
    }
    /// What became of it 操作结果.
    WithdrawServicePayload {
        /// The record; null where nothing was changed, but on `CONFLICT` as it stands now 服务记录.
        service_record: ServiceRecord,
    }
}
