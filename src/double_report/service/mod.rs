//! Double reports: who has reported where, what they hold and do.

mod duty;
mod report;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{ComplexId, DoubleReportId, DutyPostId, Hundredths, PartyBranchId, PostRole, double_report};

pub use self::{
    duty::{DutyPlace, Hours, NewPost, PostChange, claim, confirm, create_post, end_post, record, release, update_post, withdraw},
    report::{NewReport, Place, Who, end, end_all_of, end_posts_of, register, update},
};
use super::store;
use crate::{
    app::Cx,
    auth::mask_name,
    db::DbErr,
    party,
    record::service::{Office, RecordError, Turn},
};

/// The names of those who have reported: of persons masked for auditors, who see the records and not the people, unless something else than their audit tells them.
pub async fn names(cx: &Cx, reports: &[double_report::Model]) -> Result<HashMap<DoubleReportId, String>, DbErr> {
    let named = store::named(cx.read(), reports).await?;
    // of persons, all others see the reports of those they know and no more
    let audits = cx.actor.posts.iter().any(|post| post.role == PostRole::Auditor);
    let known = if audits { store::known(cx.read(), &cx.actor, reports).await? } else { HashSet::new() };
    let name = |report: &double_report::Model| match (report.person_id, report.department_id, report.firm_id) {
        (Some(id), ..) => named.persons.get(&id).map(|person| {
            let shown = !audits || known.contains(&report.id) || person.erased_at.is_some();
            if shown { person.name.clone() } else { mask_name(&person.name) }
        }),
        (_, Some(id), _) => named.departments.get(&id).cloned(),
        (.., Some(id)) => named.firms.get(&id).cloned(),
        _ => report.unit_name.clone(),
    };
    Ok(reports.iter().filter_map(|report| Some((report.id, name(report)?))).collect())
}

/// The hours of each report that count.
pub async fn hours(cx: &Cx, reports: &[DoubleReportId]) -> Result<HashMap<DoubleReportId, Hundredths>, DbErr> {
    Ok(store::hours(cx.read(), reports).await?.into_iter().collect())
}

/// How many hold each post today.
pub async fn claimed(cx: &Cx, posts: &[DutyPostId]) -> Result<HashMap<DutyPostId, i64>, DbErr> {
    Ok(store::claimed(cx.read(), posts, cx.clock.today()).await?.into_iter().collect())
}

/// How many have reported to each complex on a day; nothing for whoever is no official.
pub async fn counts(cx: &Cx, complexes: &[ComplexId], day: NaiveDate) -> Result<HashMap<ComplexId, i64>, DbErr> {
    if !cx.actor.is_official() {
        return Ok(HashMap::new());
    }
    let mut counts: HashMap<_, _> = complexes.iter().map(|complex| (*complex, 0)).collect();
    counts.extend(store::counts(cx.read(), complexes, day).await?);
    Ok(counts)
}

/// How many persons and units have reported to an area on a day, and the hours of service there until then that count. One statement.
pub async fn area_totals(cx: &Cx, area: &str, day: NaiveDate) -> Result<(i64, i64, Hundredths), DbErr> {
    let (persons, departments, firms, others, hours) = store::area_totals(cx.read(), area, day).await?;
    Ok((persons, departments + firms + others, Hundredths(hours)))
}

/// Whether the actor answers for what is reported to a place: the secretary of the organisation or of one that covers the complex, until the day on which
/// that ends, and the officers of the area and above.
async fn answers_for(turn: &Turn<'_>, report: &double_report::Model) -> Result<bool, RecordError> {
    for branch in turn.cx.actor.units::<PartyBranchId>(PostRole::BranchSecretary) {
        if report.branch_id == Some(branch) {
            return Ok(true);
        }
        if let Some(complex) = report.complex_id
            && party::service::is_covering_in_tx(turn.tx, branch, complex, turn.today).await?
        {
            return Ok(true);
        }
    }
    turn.holds(report.area_id, Office::Community).await
}

/// Whether the report is the actor's own.
fn is_own(turn: &Turn<'_>, report: &double_report::Model) -> bool {
    report.person_id.is_some() && report.person_id == turn.cx.actor.person
}

/// Refuses whoever neither reported nor answers for it.
async fn may(turn: &Turn<'_>, report: &double_report::Model, field: &str) -> Result<(), RecordError> {
    if is_own(turn, report) || answers_for(turn, report).await? { Ok(()) } else { Err(RecordError::Forbidden(field.into())) }
}
