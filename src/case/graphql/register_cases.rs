//! What registers hold and held: `RegisterRemoval`, and the mutations that enter cases and take them out.

use async_graphql::ID;
use entity::{CaseId, RegisterId, register_removal};

use super::{Case, Register};
use crate::{
    case::{
        scope::{RegisterRemovals, RemovalOrder, RemovalWhere},
        service::{Terms, register_cases},
    },
    graphql::{
        error::{Refusal, UserErrorCode},
        filter::{IdFilter, filters},
        id,
        input::{TEXT, maybe_text},
        page::OrderDirection,
        plan::Listed,
        scalar::DateTime,
    },
    object, orders,
    person::graphql::Person,
    record::graphql::{inputs, mutations},
};

object! {
    /// That a register held a case until it was taken out 移出记录.
    RegisterRemoval: register_removal::Model {
        /// When the case was entered; null where it was not noted 列入时间.
        added_at: Option<DateTime> = |row| row.added_at.map(DateTime::from),
        /// When it was taken out 移出时间.
        removed_at: DateTime = |row| row.removed_at.into(),
        /// Why, in words; null where nothing was said 原因.
        reason: Option<&str> = |row| row.reason.as_deref(),
    }
    relations {
        /// The case 案件.
        case: Case = |removal| Some(removal.case_id),
        /// Who took it out; null where you may not see the person 经办人.
        removed_by: Person = |removal| removal.removed_by,
    }
}

impl Listed for RegisterRemoval {
    type Noun = RegisterRemovals;
    type Filter = RegisterRemovalFilter;
    type Order = RegisterRemovalOrderField;

    const ORDER: (RegisterRemovalOrderField, OrderDirection) = (RegisterRemovalOrderField::RemovedAt, OrderDirection::Desc);
}

filters! {
    /// Which cases that were taken out 移出记录筛选; all that is given must hold.
    RegisterRemovalFilter => RemovalWhere {
        /// By case 案件.
        case_id: IdFilter => id::<CaseId>(RemovalWhere::Case),
    }
}

orders! {
    /// What cases that were taken out are ordered by 移出记录排序字段.
    RegisterRemovalOrderField("RegisterRemovalOrder") => RemovalOrder {
        /// By when they were taken out 移出时间.
        RemovedAt,
    }
}

inputs! {
    /// Entering cases in a register 列入台账.
    changes AddCasesToRegisterInput {
        /// The register 台账.
        register_id: ID,
        /// The cases, 1 to 200, which lie in the area of the register and are not in it 案件.
        case_ids: Vec<ID>,
        /// Why, at most 4,000 characters 原因.
        reason: Option<String>,
    }

    /// Taking a case out of a register 移出台账.
    changes RemoveCaseFromRegisterInput {
        /// The register 台账.
        register_id: ID,
        /// The case 案件.
        case_id: ID,
        /// Why, at most 4,000 characters 原因.
        reason: Option<String>,
    }
}

/// Cases that are entered at a time.
const MOST_CASES: usize = 200;

impl AddCasesToRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, Vec<CaseId>, Option<String>), Refusal> {
        if !(1..=MOST_CASES).contains(&self.case_ids.len()) {
            return Err(Refusal::new(UserErrorCode::OutOfRange, "register-cases", "caseIds").with("max", MOST_CASES));
        }
        let cases = self.case_ids.iter().enumerate().map(|(at, case)| id::required(case, &format!("caseIds.{at}")));
        let cases = cases.collect::<Result<_, _>>()?;
        Ok((self.terms()?, id::required(&self.register_id, "registerId")?, cases, maybe_text(self.reason.as_deref(), "reason", TEXT)?))
    }
}

impl RemoveCaseFromRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, CaseId, Option<String>), Refusal> {
        let case = id::required(&self.case_id, "caseId")?;
        Ok((self.terms()?, id::required(&self.register_id, "registerId")?, case, maybe_text(self.reason.as_deref(), "reason", TEXT)?))
    }
}

mutations! {
    RegisterCasesMutation {
        /// Enters cases in a register 列入台账, all of them or none, by those who may set one up there.
        add_cases_to_register(AddCasesToRegisterInput: "Which cases, and where 台账及案件")
            -> AddCasesToRegisterPayload { register: Register } = |cx, input| {
            let (terms, id, cases, why) = input.decode()?;
            register_cases::add(cx, terms, id, cases, why)
        };

        /// Takes a case out of a register 移出台账, by those who may set one up there; `removals` keeps that it was in, from when to when, and why.
        remove_case_from_register(RemoveCaseFromRegisterInput: "Which case, and why 台账、案件及原因")
            -> RemoveCaseFromRegisterPayload { register: Register } = |cx, input| {
            let (terms, id, case, why) = input.decode()?;
            register_cases::remove(cx, terms, id, case, why)
        };
    }
}
