use std::{cmp::Reverse, collections::HashMap};

use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, ComplexId, HandlerKind, PartyBranchId, PartyBranchKind, PersonId, PostRole, area, case_file, committee, complex,
    firm_contract, grid, party_branch, party_cover, party_instructor, party_membership, person, post, property_firm,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, IntoSimpleExpr, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef,
    sea_query::{Expr, LockType},
};

use super::scope::{belonging_on, covering_on, existing_on};
use crate::{
    area::scope::within,
    auth::Actor,
    case::scope::engaging,
    db::{self, filter::open_on, noun::visible},
    firm::scope::in_force_on,
    person::scope::{Persons, Posts, held_on},
};

/// How organisations of these areas, which are locked, cover a complex after that day; locked, too.
pub(super) async fn covers_after(
    tx: &DatabaseTransaction,
    complex: ComplexId,
    areas: &[AreaId],
    day: NaiveDate,
) -> Result<Vec<party_cover::Model>, DbErr> {
    use party_cover::Column as C;
    let of_areas = party_branch::Column::AreaId.is_in(areas.iter().copied());
    let covers = party_cover::Entity::find().join(JoinType::InnerJoin, link_to_branch()).filter(of_areas).filter(C::ComplexId.eq(complex));
    let covers = covers.filter(Condition::any().add(C::EndedOn.is_null()).add(C::EndedOn.gt(day))).order_by_asc(C::Id);
    covers.lock(LockType::NoKeyUpdate).all(tx).await
}

/// How a complex is covered beyond a day, by any organisation, locked.
pub(super) async fn covers_beyond(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<Vec<party_cover::Model>, DbErr> {
    use party_cover::Column as C;
    let beyond = Condition::any().add(C::EndedOn.is_null()).add(C::EndedOn.gt(day));
    let covers = party_cover::Entity::find().filter(C::ComplexId.eq(complex)).filter(beyond).order_by_asc(C::Id);
    covers.lock(LockType::NoKeyUpdate).all(tx).await
}

/// The branch of each complex on a day, in one statement. Where several cover it, the first by name.
pub(super) async fn covering(
    db: &impl ConnectionTrait,
    visible: Condition,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, party_branch::Model>, DbErr> {
    let rows = party_cover::Entity::find()
        .filter(party_cover::Column::ComplexId.is_in(complexes.iter().copied()))
        .filter(covering_on(day))
        .join(JoinType::InnerJoin, link_to_branch())
        .filter(party_branch::Column::Kind.eq(PartyBranchKind::ComplexBranch))
        .filter(visible)
        .select_also(party_branch::Entity)
        .order_by_desc(party_branch::Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(link, branch)| Some((link.complex_id, branch?))).collect())
}

/// The organisation that stands for each complex on a day, in one statement: a branch of complexes before others that cover it, the oldest of several.
pub(super) async fn standing(
    db: &impl ConnectionTrait,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, PartyBranchId>, DbErr> {
    let rows = party_cover::Entity::find()
        .filter(party_cover::Column::ComplexId.is_in(complexes.iter().copied()))
        .filter(covering_on(day))
        .join(JoinType::InnerJoin, link_to_branch())
        .select_also(party_branch::Entity)
        .all(db)
        .await?;
    let mut standing: Vec<_> = rows.into_iter().filter_map(|(link, branch)| Some((link.complex_id, branch?))).collect();
    // of several the last one stays
    standing.sort_by_key(|(_, branch)| Reverse((branch.kind != PartyBranchKind::ComplexBranch, branch.established_on, branch.id)));
    Ok(standing.into_iter().map(|(complex, branch)| (complex, branch.id)).collect())
}

fn link_to_branch() -> RelationDef {
    party_cover::Entity::belongs_to(party_branch::Entity).from(party_cover::Column::BranchId).to(party_branch::Column::Id).into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: PartyBranchId) -> Result<Option<party_branch::Model>, DbErr> {
    party_branch::Entity::find_by_id(id).one(db).await
}

pub(super) async fn covers(db: &impl ConnectionTrait, branch: PartyBranchId, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    use party_cover::Column as C;
    let covers = party_cover::Entity::find().filter(C::BranchId.eq(branch)).filter(C::ComplexId.eq(complex)).filter(covering_on(day));
    Ok(covers.one(db).await?.is_some())
}

/// Whether it covers the complex by this day with no end in sight: rights end at once.
pub(super) async fn is_covering(
    db: &impl ConnectionTrait,
    branch: PartyBranchId,
    complex: ComplexId,
    day: NaiveDate,
) -> Result<bool, DbErr> {
    use party_cover::Column as C;
    let covers = party_cover::Entity::find().filter(C::BranchId.eq(branch)).filter(C::ComplexId.eq(complex));
    Ok(covers.filter(covering_on(day)).filter(C::EndedOn.is_null()).one(db).await?.is_some())
}

/// Those of these names in these areas, those that have ended too.
pub(super) async fn named(db: &impl ConnectionTrait, areas: Vec<AreaId>, names: Vec<String>) -> Result<Vec<party_branch::Model>, DbErr> {
    use party_branch::Column as C;
    party_branch::Entity::find().filter(C::AreaId.is_in(areas)).filter(C::Name.is_in(names)).all(db).await
}

pub(super) async fn secretaries(
    db: &impl ConnectionTrait,
    actor: &Actor,
    branches: &[PartyBranchId],
    day: NaiveDate,
) -> Result<HashMap<PartyBranchId, post::Model>, DbErr> {
    let posts = visible::<Posts>(actor)
        .filter(post::Column::Role.eq(PostRole::BranchSecretary))
        .filter(post::Column::UnitId.is_in(branches.iter().map(|branch| branch.0)))
        .filter(held_on(day))
        .order_by_desc(post::Column::StartsOn)
        .all(db)
        .await?;
    Ok(posts.into_iter().rev().map(|post| (PartyBranchId(post.unit_id), post)).collect())
}

pub(super) async fn member_counts(
    db: &impl ConnectionTrait,
    branches: &[PartyBranchId],
    day: NaiveDate,
) -> Result<Vec<(PartyBranchId, i64)>, DbErr> {
    use party_membership::Column as C;
    party_membership::Entity::find()
        .select_only()
        .column(C::BranchId)
        .column_as(C::Id.count(), "members")
        .filter(C::BranchId.is_in(branches.iter().copied()))
        .filter(belonging_on(day))
        .group_by(C::BranchId)
        .into_tuple()
        .all(db)
        .await
}

/// Persons whoever may see them otherwise.
pub(super) async fn persons(db: &impl ConnectionTrait, ids: Vec<PersonId>) -> Result<HashMap<PersonId, person::Model>, DbErr> {
    let rows = person::Entity::find().filter(person::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Of the complexes of an area: how many an organisation covers on a day, and how many there are then.
pub(super) async fn covered_complexes(db: &impl ConnectionTrait, area: &str, day: NaiveDate) -> Result<(u64, u64), DbErr> {
    let all = complex::Entity::find().filter(within(complex::Column::AreaId, area)).filter(open_on(complex::Column::EndedOn, day));
    let covers = party_cover::Entity::find().select_only().column(party_cover::Column::ComplexId).filter(covering_on(day)).into_query();
    let covered = all.clone().filter(complex::Column::Id.in_subquery(covers)).count(db).await?;
    Ok((covered, all.count(db).await?))
}

/// Of the firms under contract in an area on a day: how many have an organisation of their own, and how many there are.
pub(super) async fn covered_firms(db: &impl ConnectionTrait, area: &str, day: NaiveDate) -> Result<(u64, u64), DbErr> {
    let complexes =
        complex::Entity::find().select_only().column(complex::Column::Id).filter(within(complex::Column::AreaId, area)).into_query();
    let serving = firm_contract::Entity::find()
        .select_only()
        .column(firm_contract::Column::FirmId)
        .filter(in_force_on(day))
        .filter(firm_contract::Column::ComplexId.in_subquery(complexes))
        .into_query();
    let all = property_firm::Entity::find().filter(property_firm::Column::Id.in_subquery(serving));
    let own = party_branch::Entity::find()
        .select_only()
        .column(party_branch::Column::FirmId)
        .filter(party_branch::Column::FirmId.is_not_null())
        .filter(existing_on(day))
        .into_query();
    let covered = all.clone().filter(property_firm::Column::Id.in_subquery(own)).count(db).await?;
    Ok((covered, all.count(db).await?))
}

/// Of the grids of an area, micro-grids aside: how many have a branch of their own on a day, and how many there are then.
pub(super) async fn covered_grids(db: &impl ConnectionTrait, area: &str, day: NaiveDate) -> Result<(u64, u64), DbErr> {
    let of_level = area::Entity::find().select_only().column(area::Column::Id).filter(area::Column::Level.eq(AreaLevel::Grid)).into_query();
    let all = grid::Entity::find()
        .filter(within(grid::Column::AreaId, area))
        .filter(open_on(grid::Column::EndedOn, day))
        .filter(grid::Column::AreaId.into_simple_expr().in_subquery(of_level));
    let own = party_branch::Entity::find()
        .select_only()
        .column(party_branch::Column::AreaId)
        .filter(party_branch::Column::Kind.eq(PartyBranchKind::GridBranch))
        .filter(existing_on(day))
        .into_query();
    let covered = all.clone().filter(grid::Column::AreaId.in_subquery(own)).count(db).await?;
    Ok((covered, all.count(db).await?))
}

/// Whether the area has an organisation of this name that has not ended, another than this.
pub(super) async fn is_named(db: &impl ConnectionTrait, area: AreaId, name: &str, but: Option<PartyBranchId>) -> Result<bool, DbErr> {
    use party_branch::Column as C;
    let same = party_branch::Entity::find().filter(C::AreaId.eq(area)).filter(C::Name.eq(name)).filter(C::EndedOn.is_null());
    Ok(same.all(db).await?.iter().any(|row| Some(row.id) != but))
}

/// A person whom the actor may see.
pub(super) async fn maybe_person(db: &impl ConnectionTrait, actor: &Actor, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    visible::<Persons>(actor).filter(person::Column::Id.eq(id)).filter(person::Column::ErasedAt.is_null()).one(db).await
}

/// What an organisation covers and covered, locked: each cover can be ended by itself.
pub(super) async fn covers_of(tx: &DatabaseTransaction, branch: PartyBranchId) -> Result<Vec<party_cover::Model>, DbErr> {
    let covers = party_cover::Entity::find().filter(party_cover::Column::BranchId.eq(branch)).order_by_asc(party_cover::Column::Id);
    covers.lock(LockType::NoKeyUpdate).all(tx).await
}

pub(super) async fn memberships_of(
    db: &impl ConnectionTrait,
    branch: PartyBranchId,
    person: PersonId,
) -> Result<Vec<party_membership::Model>, DbErr> {
    use party_membership::Column as C;
    party_membership::Entity::find().filter(C::BranchId.eq(branch)).filter(C::PersonId.eq(person)).all(db).await
}

/// Those of these persons in these organisations.
pub(super) async fn memberships_among(
    db: &impl ConnectionTrait,
    branches: Vec<PartyBranchId>,
    persons: Vec<PersonId>,
) -> Result<Vec<party_membership::Model>, DbErr> {
    use party_membership::Column as C;
    party_membership::Entity::find().filter(C::BranchId.is_in(branches)).filter(C::PersonId.is_in(persons)).all(db).await
}

pub(super) async fn put_memberships(tx: &DatabaseTransaction, rows: Vec<party_membership::Model>) -> Result<(), DbErr> {
    db::put::<party_membership::Entity>(tx, rows).await
}

/// Who is and was sent to an organisation, locked likewise.
pub(super) async fn instructors_of(tx: &DatabaseTransaction, branch: PartyBranchId) -> Result<Vec<party_instructor::Model>, DbErr> {
    use party_instructor::Column as C;
    let sent = party_instructor::Entity::find().filter(C::BranchId.eq(branch)).order_by_asc(C::Id);
    sent.lock(LockType::NoKeyUpdate).all(tx).await
}

/// What keeps an organisation from being dissolved.
pub(super) enum Bound {
    Children,
    Members,
    Posts,
    Committee,
    Cases,
}

/// What of it lasts longer than a day.
pub(super) async fn maybe_bound(db: &impl ConnectionTrait, branch: PartyBranchId, day: NaiveDate) -> Result<Option<Bound>, DbErr> {
    let after = |column: Expr| Condition::any().add(column.clone().is_null()).add(column.gt(day));
    use party_branch::Column as B;
    let below = party_branch::Entity::find().filter(B::ParentId.eq(branch)).filter(after(B::EndedOn.into_simple_expr()));
    if below.one(db).await?.is_some() {
        return Ok(Some(Bound::Children));
    }
    use party_membership::Column as M;
    let members = party_membership::Entity::find().filter(M::BranchId.eq(branch)).filter(after(M::EndedOn.into_simple_expr()));
    if members.one(db).await?.is_some() {
        return Ok(Some(Bound::Members));
    }
    let posts = post::Entity::find().filter(post::Column::UnitId.eq(branch.0)).filter(after(post::Column::EndsOn.into_simple_expr()));
    if posts.one(db).await?.is_some() {
        return Ok(Some(Bound::Posts));
    }
    use committee::Column as K;
    let committees = committee::Entity::find().filter(K::BranchId.eq(branch)).filter(after(K::DissolvedOn.into_simple_expr()));
    if committees.one(db).await?.is_some() {
        return Ok(Some(Bound::Committee));
    }
    let cases = case_file::Entity::find().filter(engaging(HandlerKind::PartyBranch, branch.0));
    Ok(cases.one(db).await?.map(|_| Bound::Cases))
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<party_branch::Model>) -> Result<(), DbErr> {
    db::put::<party_branch::Entity>(tx, rows).await
}

pub(super) async fn put_covers(tx: &DatabaseTransaction, rows: Vec<party_cover::Model>) -> Result<(), DbErr> {
    db::put::<party_cover::Entity>(tx, rows).await
}

/// What the organisations cover, and covered.
pub(super) async fn covers_of_all(db: &impl ConnectionTrait, branches: Vec<PartyBranchId>) -> Result<Vec<party_cover::Model>, DbErr> {
    party_cover::Entity::find().filter(party_cover::Column::BranchId.is_in(branches)).all(db).await
}
