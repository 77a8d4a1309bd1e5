//! The mutations of departments and of the catalogue of matters.

use async_graphql::ID;
use chrono::NaiveDate;
use entity::{CaseCategory, DepartmentId, MatterId};

use super::{Department, Matter};
use crate::{
    case::service::Terms,
    department::service::{self, Answering, MatterChange, NewMatter},
    graphql::{
        error::{Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        scalar::{AreaCode, Date},
    },
    record::graphql::{inputs, mutations},
};

inputs! {
    /// A new department 新设部门.
    creates CreateDepartmentInput {
        /// The district, or a city without districts 所属区.
        district: AreaCode,
        /// Its name, at most 100 characters, which no other department of the district has 名称.
        name: String,
    }

    /// Another name for a department 部门更名.
    changes UpdateDepartmentInput {
        /// The department 部门.
        department_id: ID,
        /// Its name, at most 100 characters, which no other department of the district has 名称.
        name: String,
    }

    /// Ending a department 撤销部门.
    changes EndDepartmentInput {
        /// The department 部门.
        department_id: ID,
        /// The last day; today when left out 撤销日.
        ends_on: Option<Date>,
        /// Why 原因.
        reason: String,
    }

    /// A new matter of the catalogue 新增事项.
    creates CreateMatterInput {
        /// The district whose catalogue it is in, or a city without districts 所属区.
        district: AreaCode,
        /// Its code, at most 100 characters, which no other matter of the catalogue has or had 事项编码.
        code: String,
        /// Its name, at most 100 characters 事项名称.
        name: String,
        /// The class of problem it belongs to 问题类别.
        category: CaseCategory,
        /// The law it rests on; needed for violations 法律依据.
        legal_basis: Option<String>,
        /// The departments that answer for it, at most 50; may be named later with `assignMatter` 责任部门.
        department_ids: Option<Vec<ID>>,
        /// Which of them is in the lead; needed where departments are named 主办部门.
        lead_id: Option<ID>,
    }

    /// Changing a matter 修改事项.
    changes UpdateMatterInput {
        /// The matter 事项.
        matter_id: ID,
        /// Its name; stays when left out 事项名称.
        name: Option<String>,
        /// The class of problem it belongs to; stays when left out 问题类别.
        category: Option<CaseCategory>,
        /// The law it rests on; stays when left out 法律依据.
        legal_basis: Option<String>,
    }

    /// Who answers for a matter 确定责任部门.
    changes AssignMatterInput {
        /// The matter 事项.
        matter_id: ID,
        /// The departments of the district that answer for it from now on, at most 50 责任部门.
        department_ids: Vec<ID>,
        /// Which is in the lead; it need not be named above again 主办部门.
        lead_id: ID,
    }

    /// Ending a matter 终止事项.
    changes EndMatterInput {
        /// The matter 事项.
        matter_id: ID,
        /// The last day on which cases take it; today when left out 终止日.
        ends_on: Option<Date>,
        /// Why 原因.
        reason: String,
    }
}

impl CreateDepartmentInput {
    fn decode(self) -> Result<(Terms, String, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, self.district.0, text(&self.name, "name", TITLE)?))
    }
}

impl UpdateDepartmentInput {
    fn decode(self) -> Result<(Terms, DepartmentId, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.department_id, "departmentId")?, text(&self.name, "name", TITLE)?))
    }
}

impl EndDepartmentInput {
    fn decode(self) -> Result<(Terms, DepartmentId, Option<NaiveDate>, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.department_id, "departmentId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl CreateMatterInput {
    fn decode(self) -> Result<(Terms, NewMatter), Refusal> {
        let terms = self.terms()?;
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
        let terms = self.terms()?;
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
        let terms = self.terms()?;
        Ok((terms, id::required(&self.matter_id, "matterId")?, answering(&self.department_ids, &self.lead_id)?))
    }
}

impl EndMatterInput {
    fn decode(self) -> Result<(Terms, MatterId, Option<NaiveDate>, String), Refusal> {
        let terms = self.terms()?;
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

mutations! {
    DepartmentMutation {
        /// Sets up a department 新设部门, by an officer of the district or an administrator.
        create_department(CreateDepartmentInput: "Where, and its name 区县及名称")
            -> CreateDepartmentPayload { department: Department } = |cx, input| {
            let (terms, district, name) = input.decode()?;
            service::create_department(cx, terms, district, name)
        };

        /// Gives a department another name 部门更名, by those who may set one up there.
        update_department(UpdateDepartmentInput: "Which, and its name 部门及名称")
            -> UpdateDepartmentPayload { department: Department } = |cx, input| {
            let (terms, id, name) = input.decode()?;
            service::update_department(cx, terms, id, name)
        };

        /// Ends a department 撤销部门, by those who may set one up there; it stays to be read, and its posts and pairings end with it. Refused with `INVALID_STATE` while it answers for matters that
        /// go on, has open cases or is to answer whistles.
        end_department(EndDepartmentInput: "Which, and why 部门及原因") -> EndDepartmentPayload { department: Department } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::end_department(cx, terms, id, on, reason)
        };

        /// Adds a matter to the catalogue of a district 新增行政执法清单事项, by an officer of the district or an administrator.
        create_matter(CreateMatterInput: "Where, and what 区县及内容") -> CreateMatterPayload { matter: Matter } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::create_matter(cx, terms, new)
        };

        /// Changes a matter of the catalogue 修改行政执法清单事项, by those who may add one there. Its code stays.
        update_matter(UpdateMatterInput: "Which, and what 事项及内容") -> UpdateMatterPayload { matter: Matter } = |cx, input| {
            let (terms, id, change) = input.decode()?;
            service::update_matter(cx, terms, id, change)
        };

        /// Says which departments answer for a matter, in the lead 主办 or assisting 协办, by those who may add one there. Who did before stands in its changes.
        assign_matter(AssignMatterInput: "Which, and who 事项及部门") -> AssignMatterPayload { matter: Matter } = |cx, input| {
            let (terms, id, answering) = input.decode()?;
            service::assign_matter(cx, terms, id, answering)
        };

        /// Ends a matter of the catalogue 终止行政执法清单事项, by those who may add one there. Cases that have it keep it; no other takes it.
        end_matter(EndMatterInput: "Which, and why 事项及原因") -> EndMatterPayload { matter: Matter } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::end_matter(cx, terms, id, on, reason)
        };
    }
}
