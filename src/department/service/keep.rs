//! Departments and the catalogue of matters.

use chrono::NaiveDate;
use entity::{CaseCategory, DepartmentId, MatterId, Provenance, RecordChangeKind, department, matter, matter_department, pairing};

use crate::{
    app::Cx,
    case::service::Terms,
    department::{
        scope::{Departments, Matters, Pairings},
        store,
    },
    person::{model::Unit, service::keep::end_posts_at},
    record::service::{FIRST, LAST, Office, RecordError, Turn, write},
};

pub async fn create_department(cx: &Cx, terms: Terms, district: String, name: String) -> Result<Option<department::Model>, RecordError> {
    write::<Departments, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let district_id = turn.district(&district, "district").await?.id;
            turn.may_alone(district_id, Office::District, "district").await?;
            let (id, provenance) = (turn.cx.clock.new_id(), Provenance::Recorded);
            let row = department::Model { id, district_id, name, provenance, ended_on: None, version: 1 };
            if store::is_department(turn.tx, &row).await? {
                return Err(RecordError::Exists("name".into()));
            }
            turn.enter::<Departments>(row).await
        })
    })
    .await
}

pub async fn update_department(cx: &Cx, terms: Terms, id: DepartmentId, name: String) -> Result<Option<department::Model>, RecordError> {
    write::<Departments, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take_alone::<Departments>(id, Office::District, "departmentId").await?;
            let after = department::Model { name, ..before.clone() };
            if store::is_department(turn.tx, &after).await? {
                return Err(RecordError::Exists("name".into()));
            }
            turn.save::<Departments>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// A department that answers for a matter, has open cases or is to answer whistles does not end: another one is to have them first. Its posts and pairings end with it.
pub async fn end_department(
    cx: &Cx,
    terms: Terms,
    id: DepartmentId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<department::Model>, RecordError> {
    write::<Departments, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Departments>(id, Office::District, "departmentId").await?;
            let ended_on = turn.last_day(on, (FIRST, before.ended_on), "endsOn")?;
            if store::maybe_answered_after(turn.tx, id, ended_on).await?.is_some() {
                return Err(RecordError::State("department-answers", "departmentId".into()));
            }
            if store::is_engaged(turn.tx, id).await? {
                return Err(RecordError::State("unit-has-cases", "departmentId".into()));
            }
            end_posts_at(turn, Unit::Department(id), ended_on, &reason).await?;
            let paired = store::pairings_after(turn.tx, id, ended_on).await?;
            let ended = paired.into_iter().map(|row| (row.clone(), pairing::Model { ends_on: Some(row.starts_on.max(ended_on)), ..row }));
            turn.end_all::<Pairings>(ended.collect(), Some(&reason)).await?;
            let after = department::Model { ended_on: Some(ended_on), ..before.clone() };
            turn.save::<Departments>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}

/// Who answers for a matter.
pub struct Answering {
    pub departments: Vec<DepartmentId>,
    pub lead: DepartmentId,
}

pub struct NewMatter {
    pub district: String,
    pub code: String,
    pub name: String,
    pub category: CaseCategory,
    pub legal_basis: Option<String>,
    pub answering: Option<Answering>,
}

pub async fn create_matter(cx: &Cx, terms: Terms, new: NewMatter) -> Result<Option<matter::Model>, RecordError> {
    write::<Matters, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let district_id = turn.district(&new.district, "district").await?.id;
            turn.may_alone(district_id, Office::District, "district").await?;
            let row = matter::Model {
                id: turn.cx.clock.new_id(),
                district_id,
                code: new.code,
                name: new.name,
                category: new.category,
                legal_basis: new.legal_basis,
                provenance: Provenance::Recorded,
                ended_on: None,
                version: 1,
            };
            founded(&row)?;
            if store::is_matter(turn.tx, district_id, &row.code).await? {
                return Err(RecordError::Exists("code".into()));
            }
            let Some(answering) = new.answering else { return turn.enter::<Matters>(row).await };
            let (departments, note) = named(turn, &row, &answering).await?;
            let row = turn.enter_with::<Matters>(row, Some(note)).await?;
            store::assign(turn.tx, row.id, links(&row, &departments, &answering)).await?;
            Ok(row)
        })
    })
    .await
}

/// Nobody is proceeded against without a law.
fn founded(matter: &matter::Model) -> Result<(), RecordError> {
    if matter.category == CaseCategory::Violation && matter.legal_basis.is_none() {
        return Err(RecordError::Required("legalBasis".into()));
    }
    Ok(())
}

/// What is left out stays.
pub struct MatterChange {
    pub name: Option<String>,
    pub category: Option<CaseCategory>,
    pub legal_basis: Option<String>,
}

pub async fn update_matter(cx: &Cx, terms: Terms, id: MatterId, change: MatterChange) -> Result<Option<matter::Model>, RecordError> {
    write::<Matters, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Matters>(id, Office::District, "matterId").await?;
            let mut after = before.clone();
            after.name = change.name.unwrap_or(after.name);
            after.category = change.category.unwrap_or(after.category);
            after.legal_basis = change.legal_basis.or(after.legal_basis);
            founded(&after)?;
            turn.save::<Matters>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// The change says in its note who answers from now on.
pub async fn assign_matter(cx: &Cx, terms: Terms, id: MatterId, answering: Answering) -> Result<Option<matter::Model>, RecordError> {
    write::<Matters, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let matter = turn.take::<Matters>(id, Office::District, "matterId").await?;
            let (departments, note) = named(turn, &matter, &answering).await?;
            store::assign(turn.tx, matter.id, links(&matter, &departments, &answering)).await?;
            turn.save::<Matters>(&matter, matter.clone(), RecordChangeKind::Changed, Some(note)).await
        })
    })
    .await
}

/// The departments that answer from now on, as long as the matter lasts, and that in words.
async fn named(turn: &Turn<'_>, matter: &matter::Model, answering: &Answering) -> Result<(Vec<department::Model>, String), RecordError> {
    let mut ids = answering.departments.clone();
    ids.push(answering.lead);
    let found = store::existing(turn.tx, matter.district_id, &ids, matter.ended_on.unwrap_or(LAST)).await?;
    let known = |id: &DepartmentId| found.iter().any(|department| department.id == *id);
    if !known(&answering.lead) {
        return Err(RecordError::not_found("leadId"));
    }
    if let Some(at) = answering.departments.iter().position(|id| !known(id)) {
        return Err(RecordError::NotFound(format!("departmentIds.{at}")));
    }
    let names = |leads: bool| {
        let those = found.iter().filter(|department| (department.id == answering.lead) == leads);
        those.map(|department| &*department.name).collect::<Vec<_>>()
    };
    let note = in_words(&names(true), &names(false));
    Ok((found, note))
}

/// Who answers for a matter, as it stands in the notes of its changes.
pub(crate) fn in_words(leading: &[&str], assisting: &[&str]) -> String {
    let (leading, assisting) = (leading.join("、"), assisting.join("、"));
    if assisting.is_empty() { format!("主办：{leading}") } else { format!("主办：{leading}；协办：{assisting}") }
}

fn links(matter: &matter::Model, departments: &[department::Model], answering: &Answering) -> Vec<matter_department::Model> {
    let link = |department: &department::Model| matter_department::Model {
        matter_id: matter.id,
        department_id: department.id,
        lead: department.id == answering.lead,
    };
    departments.iter().map(link).collect()
}

/// Cases that have it keep it; no other case takes it afterwards.
pub async fn end_matter(
    cx: &Cx,
    terms: Terms,
    id: MatterId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<matter::Model>, RecordError> {
    write::<Matters, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Matters>(id, Office::District, "matterId").await?;
            let ended_on = turn.last_day(on, (FIRST, before.ended_on), "endsOn")?;
            let after = matter::Model { ended_on: Some(ended_on), ..before.clone() };
            turn.save::<Matters>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}
