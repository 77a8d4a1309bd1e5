//! Which cases a register 台账 holds, and held.

use entity::{CaseId, RecordChangeKind, RegisterId, register, register_case, register_removal};

use super::{Terms, registers::REGISTER};
use crate::{
    app::Cx,
    case::{scope::Registers, store},
    record::service::{Office, RecordError, write},
};

/// Enters cases, all of them or none. Each lies where the register is kept, and is in it once.
pub async fn add(
    cx: &Cx,
    terms: Terms,
    id: RegisterId,
    cases: Vec<CaseId>,
    reason: Option<String>,
) -> Result<Option<register::Model>, RecordError> {
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Registers>(id, Office::Community, REGISTER).await?;
            let seen = store::seen_cases(turn.tx, &turn.cx.actor, &cases, None).await?;
            let there = store::seen_cases(turn.tx, &turn.cx.actor, &cases, Some(before.area_id)).await?;
            let held = store::held_cases(turn.tx, id, &cases).await?;
            for (at, case) in cases.iter().enumerate() {
                let field = || format!("caseIds.{at}");
                match () {
                    () if !seen.contains(case) => return Err(RecordError::NotFound(field())),
                    () if !there.contains(case) => return Err(RecordError::Mismatch("register-elsewhere", field())),
                    () if held.contains_key(case) || cases[..at].contains(case) => return Err(RecordError::Exists(field())),
                    () => {}
                }
            }
            let now = turn.cx.clock.now();
            let rows = cases.iter().map(|case_id| register_case::Model { register_id: id, case_id: *case_id, added_at: Some(now) });
            store::enter_cases(turn.tx, rows.collect()).await?;
            let added = i32::try_from(cases.len()).unwrap_or(i32::MAX);
            let after = register::Model { case_count: before.case_count + added, ..before.clone() };
            turn.save::<Registers>(&before, after, RecordChangeKind::Changed, reason).await
        })
    })
    .await
}

/// Takes a case out; that it was in, and from when to when, is kept.
pub async fn remove(
    cx: &Cx,
    terms: Terms,
    id: RegisterId,
    case: CaseId,
    reason: Option<String>,
) -> Result<Option<register::Model>, RecordError> {
    const CASE: &str = "caseId";
    write::<Registers, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Registers>(id, Office::Community, REGISTER).await?;
            if !store::seen_cases(turn.tx, &turn.cx.actor, &[case], None).await?.contains(&case) {
                return Err(RecordError::not_found(CASE));
            }
            let held = store::held_cases(turn.tx, id, &[case]).await?.remove(&case);
            let added_at = held.ok_or_else(|| RecordError::State("not-in-register", CASE.into()))?;
            let removal = register_removal::Model {
                id: turn.cx.clock.new_id(),
                register_id: id,
                case_id: case,
                added_at,
                removed_at: turn.cx.clock.now(),
                removed_by: turn.cx.actor.person,
                reason: reason.clone(),
            };
            store::take_out(turn.tx, removal).await?;
            let after = register::Model { case_count: before.case_count - 1, ..before.clone() };
            turn.save::<Registers>(&before, after, RecordChangeKind::Changed, reason).await
        })
    })
    .await
}
