use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AreaId, ComplexId, DepartmentId, GoverningDocumentId, HandlerKind, MatterId, PersonId, case_file, department, document_version,
    governing_document, matter, matter_department, pairing, person,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    sea_query::LockType,
};

use super::scope::{Documents, drafted_for, in_force_on};
use crate::{
    auth::Actor,
    case::scope::engaging,
    committee::scope::overlaps,
    db::{
        self, DatabaseTransaction,
        filter::open_on,
        noun::{Noun, visible},
    },
    person::scope::Persons,
};

/// Who answers for each matter, the lead first, in one statement.
pub(super) async fn answering(
    db: &impl ConnectionTrait,
    visible: Condition,
    matters: &[MatterId],
) -> Result<HashMap<MatterId, Vec<(bool, department::Model)>>, DbErr> {
    let rows = matter_department::Entity::find()
        .filter(matter_department::Column::MatterId.is_in(matters.iter().copied()))
        .join(JoinType::InnerJoin, link_to_department())
        .filter(visible)
        .select_also(department::Entity)
        .order_by_desc(matter_department::Column::Lead)
        .order_by_asc(department::Column::Name)
        .all(db)
        .await?;
    let mut answering: HashMap<MatterId, Vec<(bool, department::Model)>> = HashMap::new();
    for (link, department) in rows {
        if let Some(department) = department {
            answering.entry(link.matter_id).or_default().push((link.lead, department));
        }
    }
    Ok(answering)
}

fn link_to_department() -> RelationDef {
    matter_department::Entity::belongs_to(department::Entity)
        .from(matter_department::Column::DepartmentId)
        .to(department::Column::Id)
        .into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: DepartmentId) -> Result<Option<department::Model>, DbErr> {
    department::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_matter(db: &impl ConnectionTrait, id: MatterId) -> Result<Option<matter::Model>, DbErr> {
    matter::Entity::find_by_id(id).one(db).await
}

/// Those of these names in these districts.
pub(super) async fn named(db: &impl ConnectionTrait, districts: Vec<AreaId>, names: Vec<String>) -> Result<Vec<department::Model>, DbErr> {
    use department::Column as C;
    department::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::Name.is_in(names)).all(db).await
}

/// Whether another department of the district has, or had, its name.
pub(super) async fn is_department(tx: &DatabaseTransaction, row: &department::Model) -> Result<bool, DbErr> {
    use department::Column as C;
    let same = department::Entity::find().filter(C::DistrictId.eq(row.district_id)).filter(C::Name.eq(row.name.clone()));
    Ok(same.filter(C::Id.ne(row.id)).one(tx).await?.is_some())
}

/// Whether the district's catalogue has a matter of this code.
pub(super) async fn is_matter(tx: &DatabaseTransaction, district: AreaId, code: &str) -> Result<bool, DbErr> {
    use matter::Column as C;
    Ok(matter::Entity::find().filter(C::DistrictId.eq(district)).filter(C::Code.eq(code)).one(tx).await?.is_some())
}

/// A matter that the department answers for and that goes on after a day.
pub(super) async fn maybe_answered_after(
    tx: &DatabaseTransaction,
    department: DepartmentId,
    day: NaiveDate,
) -> Result<Option<matter::Model>, DbErr> {
    use matter::Column as C;
    let link: RelationDef =
        matter::Entity::belongs_to(matter_department::Entity).from(C::Id).to(matter_department::Column::MatterId).into();
    let answered = matter::Entity::find().join(JoinType::InnerJoin, link).filter(matter_department::Column::DepartmentId.eq(department));
    let later = Condition::any().add(C::EndedOn.is_null()).add(C::EndedOn.gt(day));
    answered.filter(later).order_by_asc(C::Code).one(tx).await
}

/// Whether a department has open cases, or whistles to answer.
pub(super) async fn is_engaged(tx: &DatabaseTransaction, id: DepartmentId) -> Result<bool, DbErr> {
    Ok(case_file::Entity::find().filter(engaging(HandlerKind::Department, id.0)).one(tx).await?.is_some())
}

/// The pairings of a department that last beyond a day, locked.
pub(super) async fn pairings_after(tx: &DatabaseTransaction, id: DepartmentId, day: NaiveDate) -> Result<Vec<pairing::Model>, DbErr> {
    use pairing::Column as C;
    let later = Condition::any().add(C::EndsOn.is_null()).add(C::EndsOn.gt(day));
    let pairings = pairing::Entity::find().filter(C::DepartmentId.eq(id)).filter(later).order_by_asc(C::Id);
    pairings.lock(LockType::NoKeyUpdate).all(tx).await
}

/// Those of these departments that exist in the district on a day, locked against their end.
pub(super) async fn existing(
    tx: &DatabaseTransaction,
    district: AreaId,
    ids: &[DepartmentId],
    day: NaiveDate,
) -> Result<Vec<department::Model>, DbErr> {
    use department::Column as C;
    let existing = open_on(C::EndedOn, day);
    let found = department::Entity::find().filter(C::DistrictId.eq(district)).filter(C::Id.is_in(ids.iter().copied())).filter(existing);
    found.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// From now on these answer for the matter, and nobody else.
pub(super) async fn assign(tx: &DatabaseTransaction, matter: MatterId, links: Vec<matter_department::Model>) -> Result<(), DbErr> {
    matter_department::Entity::delete_many().filter(matter_department::Column::MatterId.eq(matter)).exec(tx).await?;
    put_links(tx, links).await
}

pub(super) async fn put_links(tx: &DatabaseTransaction, links: Vec<matter_department::Model>) -> Result<(), DbErr> {
    db::put::<matter_department::Entity>(tx, links).await
}

/// Those of these codes in these districts.
pub(super) async fn coded(db: &DatabaseTransaction, districts: Vec<AreaId>, codes: Vec<String>) -> Result<Vec<matter::Model>, DbErr> {
    use matter::Column as C;
    let these = matter::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::Code.is_in(codes));
    these.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(db).await
}

/// Who answers for each matter, for whom nothing is hidden.
pub(super) async fn links_of(
    db: &impl ConnectionTrait,
    matters: &[MatterId],
) -> Result<HashMap<MatterId, Vec<(bool, department::Model)>>, DbErr> {
    answering(db, Condition::all(), matters).await
}

pub(super) async fn unlink(tx: &DatabaseTransaction, matters: Vec<MatterId>) -> Result<(), DbErr> {
    matter_department::Entity::delete_many().filter(matter_department::Column::MatterId.is_in(matters)).exec(tx).await.map(|_| ())
}

pub(super) async fn put_departments(tx: &DatabaseTransaction, rows: Vec<department::Model>) -> Result<(), DbErr> {
    db::put::<department::Entity>(tx, rows).await
}

pub(super) async fn put_matters(tx: &DatabaseTransaction, rows: Vec<matter::Model>) -> Result<(), DbErr> {
    db::put::<matter::Entity>(tx, rows).await
}

/// Whether the actor may see the person.
pub(super) async fn is_seen(tx: &DatabaseTransaction, actor: &Actor, id: PersonId) -> Result<bool, DbErr> {
    Ok(visible::<Persons>(actor).filter(person::Column::Id.eq(id)).filter(person::Column::ErasedAt.is_null()).one(tx).await?.is_some())
}

/// The pairings of a complex that last beyond a day, locked.
pub(super) async fn pairings_beyond(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<Vec<pairing::Model>, DbErr> {
    use pairing::Column as C;
    let beyond = Condition::any().add(C::EndsOn.is_null()).add(C::EndsOn.gt(day));
    let pairings = pairing::Entity::find().filter(C::ComplexId.eq(complex)).filter(beyond).order_by_asc(C::Id);
    pairings.lock(LockType::NoKeyUpdate).all(tx).await
}

/// A pairing of the same two that has a day in common with this one.
pub(super) async fn maybe_paired(tx: &DatabaseTransaction, new: &pairing::Model) -> Result<Option<pairing::Model>, DbErr> {
    use pairing::Column as C;
    let who = match (new.department_id, new.person_id) {
        (Some(department), _) => C::DepartmentId.eq(department),
        (None, Some(person)) => C::PersonId.eq(person),
        (None, None) => return Ok(None),
    };
    let place = new.complex_id.map_or_else(|| C::ComplexId.is_null(), |complex| C::ComplexId.eq(complex));
    let same = pairing::Entity::find().filter(who).filter(C::AreaId.eq(new.area_id)).filter(place);
    same.filter(overlaps(C::StartsOn, C::EndsOn, new.starts_on, new.ends_on)).order_by_asc(C::StartsOn).one(tx).await
}

/// Whether another document of the area that holds has this title.
pub(super) async fn is_document(tx: &DatabaseTransaction, row: &governing_document::Model, today: NaiveDate) -> Result<bool, DbErr> {
    use governing_document::Column as C;
    let same = governing_document::Entity::find().filter(C::AreaId.eq(row.area_id)).filter(C::Title.eq(row.title.clone()));
    Ok(same.filter(open_on(C::EndedOn, today)).filter(C::Id.ne(row.id)).one(tx).await?.is_some())
}

pub(super) async fn maybe_first_version(
    tx: &DatabaseTransaction,
    id: GoverningDocumentId,
) -> Result<Option<document_version::Model>, DbErr> {
    use document_version::Column as C;
    document_version::Entity::find().filter(C::DocumentId.eq(id)).order_by_asc(C::Seq).one(tx).await
}

pub(super) async fn maybe_last_version(
    tx: &DatabaseTransaction,
    id: GoverningDocumentId,
) -> Result<Option<document_version::Model>, DbErr> {
    use document_version::Column as C;
    document_version::Entity::find().filter(C::DocumentId.eq(id)).order_by_desc(C::Seq).one(tx).await
}

pub(super) async fn publish(tx: &DatabaseTransaction, version: document_version::Model) -> Result<(), DbErr> {
    db::insert(tx, version).await
}

/// The version of each document that holds on a day; none where it was withdrawn before.
pub(super) async fn holding(
    db: &impl ConnectionTrait,
    ids: &[GoverningDocumentId],
    day: NaiveDate,
) -> Result<HashMap<GoverningDocumentId, document_version::Model>, DbErr> {
    use document_version::Column as C;
    let held = open_on(governing_document::Column::EndedOn, day);
    let link: RelationDef =
        document_version::Entity::belongs_to(governing_document::Entity).from(C::DocumentId).to(governing_document::Column::Id).into();
    let versions = document_version::Entity::find().filter(C::DocumentId.is_in(ids.iter().copied())).filter(in_force_on(day));
    // the later ones last, so that they stay; a document has few
    let versions = versions.join(JoinType::InnerJoin, link).filter(held).order_by_asc(C::Seq).all(db).await?;
    Ok(versions.into_iter().map(|version| (version.document_id, version)).collect())
}

/// Which of these documents the actor reads the drafts of.
pub(super) async fn drafting(
    db: &impl ConnectionTrait,
    actor: &Actor,
    ids: &[GoverningDocumentId],
) -> Result<HashMap<GoverningDocumentId, governing_document::Model>, DbErr> {
    let mine = governing_document::Entity::find().filter(drafted_for(actor)).filter(Documents::ID.is_in(ids.iter().copied()));
    Ok(mine.all(db).await?.into_iter().map(|document| (document.id, document)).collect())
}

/// The versions with these numbers of these documents.
pub(super) async fn numbered(
    db: &impl ConnectionTrait,
    ids: Vec<GoverningDocumentId>,
    numbers: Vec<i32>,
) -> Result<Vec<document_version::Model>, DbErr> {
    use document_version::Column as C;
    document_version::Entity::find().filter(C::DocumentId.is_in(ids)).filter(C::Seq.is_in(numbers)).all(db).await
}
