//! The mutations of departments and of the catalogue of matters.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::{CaseCategory, DepartmentId, MatterId};

use super::{Department, Matter};
use crate::{
    case::service::Terms,
    department::service::{self, Answering, MatterChange, NewMatter},
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        payload::answer,
        scalar::{AreaCode, Date},
    },
    payloads,
    record::graphql::{settled, terms},
};

/// A new department 新设部门.
#[derive(Clone, Debug, InputObject)]
pub struct CreateDepartmentInput {
    /// The district, or a city without districts 所属区.
    pub district: AreaCode,
    /// Its name, at most 100 characters, which no other department of the district has 名称.
    pub name: String,
    /// A name of your own for this call: a retry under the same key is answered with the same department 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another name for a department 部门更名.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateDepartmentInput {
    /// The department 部门.
    pub department_id: ID,
    /// Its name, at most 100 characters, which no other department of the district has 名称.
    pub name: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same department 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a department 撤销部门.
#[derive(Clone, Debug, InputObject)]
pub struct EndDepartmentInput {
    /// The department 部门.
    pub department_id: ID,
    /// The last day; today when left out 撤销日.
    pub ends_on: Option<Date>,
    /// Why 原因.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same department 幂等键.
    pub idempotency_key: Option<String>,
}

/// A new matter of the catalogue 新增事项.
#[derive(Clone, Debug, InputObject)]
pub struct CreateMatterInput {
    /// The district whose catalogue it is in, or a city without districts 所属区.
    pub district: AreaCode,
    /// Its code, at most 100 characters, which no other matter of the catalogue has or had 事项编码.
    pub code: String,
    /// Its name, at most 100 characters 事项名称.
    pub name: String,
    /// The class of problem it belongs to 问题类别.
    pub category: CaseCategory,
    /// The law it rests on; needed for violations 法律依据.
    pub legal_basis: Option<String>,
    /// The departments that answer for it, at most 50; may be named later with `assignMatter` 责任部门.
    pub department_ids: Option<Vec<ID>>,
    /// Which of them is in the lead; needed where departments are named 主办部门.
    pub lead_id: Option<ID>,
    /// A name of your own for this call: a retry under the same key is answered with the same matter 幂等键.
    pub idempotency_key: Option<String>,
}

/// Changing a matter 修改事项.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateMatterInput {
    /// The matter 事项.
    pub matter_id: ID,
    /// Its name; stays when left out 事项名称.
    pub name: Option<String>,
    /// The class of problem it belongs to; stays when left out 问题类别.
    pub category: Option<CaseCategory>,
    /// The law it rests on; stays when left out 法律依据.
    pub legal_basis: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same matter 幂等键.
    pub idempotency_key: Option<String>,
}

/// Who answers for a matter 确定责任部门.
#[derive(Clone, Debug, InputObject)]
pub struct AssignMatterInput {
    /// The matter 事项.
    pub matter_id: ID,
    /// The departments of the district that answer for it from now on, at most 50 责任部门.
    pub department_ids: Vec<ID>,
    /// Which is in the lead; it need not be named above again 主办部门.
    pub lead_id: ID,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same matter 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a matter 终止事项.
#[derive(Clone, Debug, InputObject)]
pub struct EndMatterInput {
    /// The matter 事项.
    pub matter_id: ID,
    /// The last day on which cases take it; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// Why 原因.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same matter 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    CreateDepartmentPayload {
        /// The new department; null where nothing was changed 部门.
        department: Department,
    }
    /// What became of it 操作结果.
    UpdateDepartmentPayload {
        /// The department; null where nothing was changed, but on `CONFLICT` as it stands now 部门.
        department: Department,
    }
    /// What became of it 操作结果.
    EndDepartmentPayload {
        /// The department; null where nothing was changed, but on `CONFLICT` as it stands now 部门.
        department: Department,
    }
    /// What became of it 操作结果.
    CreateMatterPayload {
        /// The new matter; null where nothing was changed 事项.
        matter: Matter,
    }
    /// What became of it 操作结果.
    UpdateMatterPayload {
        /// The matter; null where nothing was changed, but on `CONFLICT` as it stands now 事项.
        matter: Matter,
    }
    /// What became of it 操作结果.
    AssignMatterPayload {
        /// The matter; null where nothing was changed, but on `CONFLICT` as it stands now 事项.
        matter: Matter,
    }
    /// What became of it 操作结果.
    EndMatterPayload {
        /// The matter; null where nothing was changed, but on `CONFLICT` as it stands now 事项.
        matter: Matter,
    }
}

impl CreateDepartmentInput {
    fn decode(self) -> Result<(Terms, String, String), Refusal> {
        let terms = terms!(new self);
        Ok((terms, self.district.0, text(&self.name, "name", TITLE)?))
    }
}

impl UpdateDepartmentInput {
    fn decode(self) -> Result<(Terms, DepartmentId, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.department_id, "departmentId")?, text(&self.name, "name", TITLE)?))
    }
}

impl EndDepartmentInput {
    fn decode(self) -> Result<(Terms, DepartmentId, Option<NaiveDate>, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.department_id, "departmentId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl CreateMatterInput {
    fn decode(self) -> Result<(Terms, NewMatter), Refusal> {
        let terms = terms!(new self);
        let answering = match (&self.department_ids, &self.lead_id) {
            (None, None) => None,
            (ids, Some(lead)) => Some(answering(ids.as_deref().unwrap_or_default(), lead)?),
            (Some(_), None) => return Err(Refusal::new(UserErrorCode::Required, "required", "leadId")),
        };
        let matter = NewMatter {
            district: self.district.0,
            code: text(&self.code, "code", TITLE)?,
            name: text(&self.name, "name", TITLE)?,
            category: self.category,
            legal_basis: maybe_text(self.legal_basis.as_deref(), "legalBasis", TEXT)?,
            answering,
        };
        Ok((terms, matter))
    }
}

impl UpdateMatterInput {
    fn decode(self) -> Result<(Terms, MatterId, MatterChange), Refusal> {
        let terms = terms!(self);
        let change = MatterChange {
            name: self.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
            category: self.category,
            legal_basis: maybe_text(self.legal_basis.as_deref(), "legalBasis", TEXT)?,
        };
        Ok((terms, id::required(&self.matter_id, "matterId")?, change))
    }
}

impl AssignMatterInput {
    fn decode(self) -> Result<(Terms, MatterId, Answering), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.matter_id, "matterId")?, answering(&self.department_ids, &self.lead_id)?))
    }
}

impl EndMatterInput {
    fn decode(self) -> Result<(Terms, MatterId, Option<NaiveDate>, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.matter_id, "matterId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

/// Departments that answer for one matter.
const MOST: usize = 50;

fn answering(ids: &[ID], lead: &ID) -> Result<Answering, Refusal> {
    if ids.len() > MOST {
        return Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", "departmentIds").with("low", 0).with("high", MOST));
    }
    let departments = ids.iter().enumerate().map(|(at, id)| id::required(id, &format!("departmentIds.{at}")));
    Ok(Answering { departments: departments.collect::<Result<_, _>>()?, lead: id::required(lead, "leadId")? })
}

#[derive(Default)]
pub struct DepartmentMutation;

#[Object]
impl DepartmentMutation {
    /// Sets up a department 新设部门, by an officer of the district or an administrator.
    async fn create_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and its name 区县及名称")] input: CreateDepartmentInput,
    ) -> Option<Result<CreateDepartmentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (department, user_errors) =
                settled(input.decode(), |(terms, district, name)| service::create_department(cx, terms, district, name)).await?;
            Ok(CreateDepartmentPayload { department, user_errors })
        })
        .await
    }

    /// Gives a department another name 部门更名, by those who may set one up there.
    async fn update_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and its name 部门及名称")] input: UpdateDepartmentInput,
    ) -> Option<Result<UpdateDepartmentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (department, user_errors) =
                settled(input.decode(), |(terms, id, name)| service::update_department(cx, terms, id, name)).await?;
            Ok(UpdateDepartmentPayload { department, user_errors })
        })
        .await
    }

    /// Ends a department 撤销部门, by those who may set one up there; it stays to be read. Refused with `INVALID_STATE` while it answers for matters that go on.
    async fn end_department(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 部门及原因")] input: EndDepartmentInput,
    ) -> Option<Result<EndDepartmentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (department, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::end_department(cx, terms, id, on, reason)).await?;
            Ok(EndDepartmentPayload { department, user_errors })
        })
        .await
    }

    /// Adds a matter to the catalogue of a district 新增行政执法清单事项, by an officer of the district or an administrator.
    async fn create_matter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what 区县及内容")] input: CreateMatterInput,
    ) -> Option<Result<CreateMatterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (matter, user_errors) = settled(input.decode(), |(terms, new)| service::create_matter(cx, terms, new)).await?;
            Ok(CreateMatterPayload { matter, user_errors })
        })
        .await
    }

    /// Changes a matter of the catalogue 修改行政执法清单事项, by those who may add one there. Its code stays.
    async fn update_matter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what 事项及内容")] input: UpdateMatterInput,
    ) -> Option<Result<UpdateMatterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (matter, user_errors) =
                settled(input.decode(), |(terms, id, change)| service::update_matter(cx, terms, id, change)).await?;
            Ok(UpdateMatterPayload { matter, user_errors })
        })
        .await
    }

    /// Says which departments answer for a matter, in the lead 主办 or assisting 协办, by those who may add one there. Who did before stands in its changes.
    async fn assign_matter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and who 事项及部门")] input: AssignMatterInput,
    ) -> Option<Result<AssignMatterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (matter, user_errors) =
                settled(input.decode(), |(terms, id, answering)| service::assign_matter(cx, terms, id, answering)).await?;
            Ok(AssignMatterPayload { matter, user_errors })
        })
        .await
    }

    /// Ends a matter of the catalogue 终止行政执法清单事项, by those who may add one there. Cases that have it keep it; no other takes it.
    async fn end_matter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 事项及原因")] input: EndMatterInput,
    ) -> Option<Result<EndMatterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (matter, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::end_matter(cx, terms, id, on, reason)).await?;
            Ok(EndMatterPayload { matter, user_errors })
        })
        .await
    }
}
