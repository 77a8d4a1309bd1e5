use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, BuildingId, FirmId, PersonId, PostRole, area, committee, committee_event, committee_member, double_report, grid,
    pairing, party_instructor, party_membership, person, post, record_change, service_record,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, FromQueryResult, JoinType, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, LockType, UnionType},
};
use uuid::Uuid;

use super::scope::{Persons, held_on};
use crate::{
    area::scope::within_any,
    auth::Actor,
    committee::scope::{barring, overlaps},
    db::{self, filter::open_on, noun::Noun},
    search,
};

/// A post in an area is one in each area that was merged into it, too: whoever came after answers for the past. A worker's of a grid is one in each of its
/// micro-grids.
pub(super) async fn posts_on(db: &impl ConnectionTrait, person: PersonId, day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    use post::Column as C;
    let held = || post::Entity::find().filter(C::PersonId.eq(person)).filter(held_on(day));
    let merged: RelationDef = post::Entity::belongs_to(area::Entity).from(C::UnitId).to(area::Column::SuccessorId).into();
    let inherited = held().select_only().columns([C::Id, C::PersonId, C::Role]);
    let inherited = inherited.column_as(area::Column::Id, C::UnitId).column_as(area::Column::Id, C::AreaId);
    let inherited = inherited.columns([C::StartsOn, C::EndsOn, C::Version]).join(JoinType::InnerJoin, merged);
    let drawn: RelationDef = post::Entity::belongs_to(area::Entity).from(C::AreaId).to(area::Column::ParentId).into();
    let unit: RelationDef = area::Entity::belongs_to(grid::Entity).from(area::Column::Id).to(grid::Column::AreaId).into();
    let below = held().select_only().columns([C::Id, C::PersonId, C::Role]);
    let below = below.column_as(grid::Column::Id, C::UnitId).column_as(grid::Column::AreaId, C::AreaId);
    let below = below.columns([C::StartsOn, C::EndsOn, C::Version]).join(JoinType::InnerJoin, drawn).join(JoinType::InnerJoin, unit);
    let below = below.filter(C::Role.eq(PostRole::GridWorker)).filter(area::Column::Level.eq(AreaLevel::MicroGrid));
    let mut posts = held().into_query();
    posts.union(UnionType::All, inherited.into_query()).union(UnionType::All, below.into_query());
    posts.order_by(post::Column::Id, Order::Asc).order_by(post::Column::UnitId, Order::Asc);
    let rows = db.query_all(&posts).await?;
    rows.iter().map(|row| post::Model::from_query_result(row, "")).collect()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    person::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_by_sign_in(db: &impl ConnectionTrait, name: &str) -> Result<Option<person::Model>, DbErr> {
    person::Entity::find().filter(person::Column::SignIn.eq(name)).one(db).await
}

/// Those who hold a post other than a resident's on this day.
pub(super) async fn officials(db: &impl ConnectionTrait, persons: Vec<PersonId>, day: NaiveDate) -> Result<HashSet<PersonId>, DbErr> {
    let posts = post::Entity::find()
        .filter(post::Column::PersonId.is_in(persons))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .all(db)
        .await?;
    Ok(posts.into_iter().map(|post| post.person_id).collect())
}

pub(super) async fn workplaces(
    db: &impl ConnectionTrait,
    persons: Vec<PersonId>,
    day: NaiveDate,
) -> Result<HashSet<(PersonId, Uuid)>, DbErr> {
    let posts = post::Entity::find()
        .filter(post::Column::PersonId.is_in(persons))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .all(db)
        .await?;
    Ok(posts.into_iter().map(|post| (post.person_id, post.unit_id)).collect())
}

pub(super) async fn works_for(db: &impl ConnectionTrait, person: PersonId, unit: Uuid, day: NaiveDate) -> Result<bool, DbErr> {
    let post = post::Entity::find()
        .filter(post::Column::PersonId.eq(person))
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .one(db)
        .await?;
    Ok(post.is_some())
}

/// A person whom the actor may see, or whom nobody sees because they hold no post and never did.
pub(super) async fn maybe_erasable(tx: &DatabaseTransaction, actor: &Actor, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    let holders = post::Entity::find().select_only().column(post::Column::PersonId).filter(post::Column::PersonId.eq(id)).into_query();
    let known = Condition::any().add(Persons::visible_to(actor)).add(person::Column::Id.not_in_subquery(holders));
    person::Entity::find_by_id(id).filter(known).one(tx).await
}

/// Whether the person works for somebody or sits on a committee on this day or will.
pub(super) async fn has_duties_from(tx: &DatabaseTransaction, person: PersonId, day: NaiveDate) -> Result<bool, DbErr> {
    let open = open_on(post::Column::EndsOn, day);
    let post = post::Entity::find()
        .filter(post::Column::PersonId.eq(person))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(open)
        .one(tx)
        .await?;
    use committee_member::Column as C;
    let seat = committee_member::Entity::find().filter(C::PersonId.eq(person)).filter(C::EndsOn.gte(day)).one(tx).await?;
    use party_instructor::Column as I;
    let open = open_on(I::EndedOn, day);
    let sent = party_instructor::Entity::find().filter(I::PersonId.eq(person)).filter(open).one(tx).await?;
    Ok(post.is_some() || seat.is_some() || sent.is_some())
}

pub(super) async fn save(tx: &DatabaseTransaction, person: &person::Model) -> Result<(), DbErr> {
    db::save(tx, person.clone()).await
}

/// Where the person lives and lived, what they said they own, and what was said of them.
pub(super) async fn forget_home(tx: &DatabaseTransaction, person: PersonId) -> Result<(), DbErr> {
    forget_reasons(tx, person).await?;
    let homes = post::Entity::delete_many().filter(post::Column::PersonId.eq(person)).filter(post::Column::Role.eq(PostRole::Resident));
    homes.exec(tx).await?;
    use committee_member::Column as C;
    let declared = committee_member::Entity::update_many()
        .col_expr(C::BuildingId, Expr::value(None::<BuildingId>))
        .col_expr(C::Dwelling, Expr::value(None::<String>));
    declared.filter(C::PersonId.eq(person)).exec(tx).await?;
    party_membership::Entity::delete_many().filter(party_membership::Column::PersonId.eq(person)).exec(tx).await?;
    forget_reports(tx, person).await
}

/// Why the person's record, posts, pairings and seats were changed or ended.
async fn forget_reasons(tx: &DatabaseTransaction, person: PersonId) -> Result<(), DbErr> {
    use record_change::Column as C;
    let posts = post::Entity::find().select_only().column(post::Column::Id).filter(post::Column::PersonId.eq(person)).into_query();
    let paired = pairing::Entity::find().select_only().column(pairing::Column::Id).filter(pairing::Column::PersonId.eq(person));
    let theirs = Condition::any().add(C::RecordId.eq(person.0)).add(C::RecordId.in_subquery(posts));
    let theirs = theirs.add(C::RecordId.in_subquery(paired.into_query()));
    record_change::Entity::update_many().col_expr(C::Note, Expr::value(None::<String>)).filter(theirs).exec(tx).await?;
    use committee_event::Column as E;
    let seats = committee_member::Entity::find().select_only().column(committee_member::Column::Id);
    let seats = seats.filter(committee_member::Column::PersonId.eq(person)).into_query();
    let told = committee_event::Entity::update_many().col_expr(E::Note, Expr::value(None::<String>));
    told.filter(E::MemberId.in_subquery(seats)).exec(tx).await?;
    Ok(())
}

/// That somebody had reported stays in the count; what they offered and did goes.
async fn forget_reports(tx: &DatabaseTransaction, person: PersonId) -> Result<(), DbErr> {
    use double_report::Column as R;
    use service_record::Column as S;
    let reports = double_report::Entity::find().select_only().column(R::Id).filter(R::PersonId.eq(person)).into_query();
    let offered = double_report::Entity::update_many()
        .col_expr(R::Service, Expr::value(None::<String>))
        .col_expr(R::Skills, Expr::value(None::<String>));
    offered.filter(R::PersonId.eq(person)).exec(tx).await?;
    let done = service_record::Entity::update_many()
        .col_expr(S::Work, Expr::value(super::model::ERASED))
        .col_expr(S::WithdrawnBecause, Expr::value(None::<String>));
    done.filter(S::ReportId.in_subquery(reports)).exec(tx).await?;
    Ok(())
}

/// Whoever has one of these telephone numbers or sign-in names.
pub(super) async fn known_by(db: &impl ConnectionTrait, phones: Vec<String>, sign_ins: Vec<String>) -> Result<Vec<person::Model>, DbErr> {
    let known = Condition::any().add(person::Column::Phone.is_in(phones)).add(person::Column::SignIn.is_in(sign_ins));
    person::Entity::find().filter(known).all(db).await
}

/// Those of these names who hold or held a post in one of these areas, or were entered there: (area, person).
pub(super) async fn named_in(
    db: &impl ConnectionTrait,
    areas: Vec<AreaId>,
    names: Vec<String>,
) -> Result<Vec<(AreaId, person::Model)>, DbErr> {
    let named = || Condition::all().add(person::Column::Name.is_in(names.iter().cloned())).add(person::Column::ErasedAt.is_null());
    let holder: RelationDef = post::Entity::belongs_to(person::Entity).from(post::Column::PersonId).to(person::Column::Id).into();
    let posts = post::Entity::find().filter(post::Column::AreaId.is_in(areas.iter().copied())).join(JoinType::InnerJoin, holder);
    let rows = posts.filter(named()).select_also(person::Entity).all(db).await?;
    let entered = person::Entity::find().filter(person::Column::AreaId.is_in(areas)).filter(named()).all(db).await?;
    let posted = rows.into_iter().filter_map(|(post, person)| Some((post.area_id, person?)));
    Ok(posted.chain(entered.into_iter().filter_map(|person| Some((person.area_id?, person)))).collect())
}

/// Those of the persons whom the actor may see.
pub(super) async fn seen(db: &impl ConnectionTrait, actor: &Actor, persons: Vec<PersonId>) -> Result<HashSet<PersonId>, DbErr> {
    let seen = person::Entity::find().select_only().column(person::Column::Id).filter(Persons::visible_to(actor));
    let ids: Vec<PersonId> = seen.filter(person::Column::Id.is_in(persons)).into_tuple().all(db).await?;
    Ok(ids.into_iter().collect())
}

/// The posts of these units that anybody of these names, or one of these persons, holds or held.
pub(super) async fn posts_with_persons(
    db: &impl ConnectionTrait,
    units: Vec<Uuid>,
    names: Vec<String>,
    persons: Vec<PersonId>,
) -> Result<Vec<(post::Model, person::Model)>, DbErr> {
    let holder: RelationDef = post::Entity::belongs_to(person::Entity).from(post::Column::PersonId).to(person::Column::Id).into();
    let meant = Condition::any().add(person::Column::Name.is_in(names)).add(post::Column::PersonId.is_in(persons));
    let posts = post::Entity::find().filter(post::Column::UnitId.is_in(units)).join(JoinType::InnerJoin, holder).filter(meant);
    let rows = posts.select_also(person::Entity).order_by_asc(post::Column::Id).all(db).await?;
    Ok(rows.into_iter().filter_map(|(post, person)| Some((post, person?))).collect())
}

/// Those of the persons who hold or held posts, or were entered, elsewhere and have no post in these areas.
pub(super) async fn posted_only_outside(
    db: &impl ConnectionTrait,
    persons: Vec<PersonId>,
    areas: &[AreaId],
) -> Result<HashSet<PersonId>, DbErr> {
    let mut outside = HashSet::new();
    for persons in persons.chunks(10_000) {
        let posts = post::Entity::find().select_only().column(post::Column::PersonId).distinct();
        let posts = posts.filter(post::Column::PersonId.is_in(persons.iter().copied()));
        let all: Vec<PersonId> = posts.clone().into_tuple().all(db).await?;
        let inside: Vec<PersonId> = posts.filter(within_any(post::Column::AreaId, areas)).into_tuple().all(db).await?;
        let inside: HashSet<PersonId> = inside.into_iter().collect();
        let entered = entered_outside(db, persons, areas).await?;
        outside.extend(all.into_iter().chain(entered).filter(|person| !inside.contains(person)));
    }
    Ok(outside)
}

/// Those of the persons who hold a post outside these areas on this day, or will, or were entered there.
pub(super) async fn posted_outside_from(
    db: &impl ConnectionTrait,
    persons: Vec<PersonId>,
    areas: &[AreaId],
    day: NaiveDate,
) -> Result<HashSet<PersonId>, DbErr> {
    let mut outside = HashSet::new();
    for persons in persons.chunks(10_000) {
        let posts = post::Entity::find().select_only().column(post::Column::PersonId).distinct();
        let lasting = posts.filter(post::Column::PersonId.is_in(persons.iter().copied())).filter(open_on(post::Column::EndsOn, day));
        let found: Vec<PersonId> = lasting.filter(within_any(post::Column::AreaId, areas).not()).into_tuple().all(db).await?;
        outside.extend(found);
        outside.extend(entered_outside(db, persons, areas).await?);
    }
    Ok(outside)
}

/// Those of the persons who were entered outside these areas.
async fn entered_outside(db: &impl ConnectionTrait, persons: &[PersonId], areas: &[AreaId]) -> Result<Vec<PersonId>, DbErr> {
    let entered = person::Entity::find().select_only().column(person::Column::Id).filter(person::Column::Id.is_in(persons.iter().copied()));
    let entered = entered.filter(person::Column::AreaId.is_not_null());
    entered.filter(within_any(person::Column::AreaId, areas).not()).into_tuple().all(db).await
}

/// The posts at a unit that last beyond a day, locked.
pub(super) async fn posts_beyond(tx: &DatabaseTransaction, unit: Uuid, day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    use post::Column as C;
    let beyond = Condition::any().add(C::EndsOn.is_null()).add(C::EndsOn.gt(day));
    let posts = post::Entity::find().filter(C::UnitId.eq(unit)).filter(beyond).order_by_asc(C::Id);
    posts.lock(LockType::NoKeyUpdate).all(tx).await
}

/// Whether the person holds this very post on some of its days.
pub(super) async fn holds(tx: &DatabaseTransaction, row: &post::Model) -> Result<bool, DbErr> {
    let same = post::Entity::find().filter(post::Column::PersonId.eq(row.person_id)).filter(post::Column::UnitId.eq(row.unit_id));
    let within = overlaps(post::Column::StartsOn, post::Column::EndsOn, row.starts_on, row.ends_on);
    Ok(same.filter(post::Column::Role.eq(row.role)).filter(within).one(tx).await?.is_some())
}

/// Whether the person sits, within these days, on the owners' committee of a complex that the firm serves.
pub(super) async fn barred(
    tx: &DatabaseTransaction,
    person: PersonId,
    firm: FirmId,
    days: (NaiveDate, Option<NaiveDate>),
) -> Result<bool, DbErr> {
    Ok(committee::Entity::find().filter(barring(person, firm, days)).one(tx).await?.is_some())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<person::Model>) -> Result<(), DbErr> {
    search::index(tx, &rows).await?;
    db::put::<person::Entity>(tx, rows).await
}

pub(super) async fn put_posts(tx: &DatabaseTransaction, rows: Vec<post::Model>) -> Result<(), DbErr> {
    db::put::<post::Entity>(tx, rows).await
}
