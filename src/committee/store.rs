use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AreaId, CommitteeId, CommitteeKind, CommitteeMemberId, CommitteeRole, CommitteeTermId, ComplexId, HandlerKind, PartyBranchId, PersonId,
    PostId, PostRole, case_file, committee, committee_event, committee_member, committee_term, complex, firm_contract, person, post,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationDef,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, LockType},
};

use super::scope::{Committees, conflicting_on, existing_on, in_office, overlaps, running_on};
use crate::{
    area::scope::within,
    auth::Actor,
    case::scope::engaging,
    db::{
        self, DatabaseTransaction,
        filter::open_on,
        noun::{Noun, visible},
    },
    person::scope::{Persons, held_on},
};

/// What a committee is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    pub area: AreaId,
    pub complex: Option<ComplexId>,
    pub branch: Option<PartyBranchId>,
}

/// Whether a committee of this kind exists there that has not been dissolved.
pub(super) async fn exists(tx: &DatabaseTransaction, kind: CommitteeKind, place: Place) -> Result<bool, DbErr> {
    use committee::Column as C;
    let there = Condition::all()
        .add(C::AreaId.eq(place.area))
        .add(place.complex.map_or_else(|| C::ComplexId.is_null(), |complex| C::ComplexId.eq(complex)))
        .add(place.branch.map_or_else(|| C::BranchId.is_null(), |branch| C::BranchId.eq(branch)));
    let found = committee::Entity::find().filter(C::Kind.eq(kind)).filter(C::DissolvedOn.is_null()).filter(there).one(tx).await?;
    Ok(found.is_some())
}

/// Whether an owners' committee has open cases, or whistles to answer.
pub(super) async fn is_engaged(tx: &DatabaseTransaction, id: CommitteeId) -> Result<bool, DbErr> {
    Ok(case_file::Entity::find().filter(engaging(HandlerKind::OwnersCommittee, id.0)).one(tx).await?.is_some())
}

/// Whether a committee of the complex lasts beyond a day.
pub(super) async fn is_any_beyond(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    use committee::Column as C;
    let beyond = Condition::any().add(C::DissolvedOn.is_null()).add(C::DissolvedOn.gt(day));
    Ok(committee::Entity::find().filter(C::ComplexId.eq(complex)).filter(beyond).one(tx).await?.is_some())
}

/// The committee, locked, where the actor may see it.
pub(super) async fn maybe_lock(tx: &DatabaseTransaction, actor: &Actor, id: CommitteeId) -> Result<Option<committee::Model>, DbErr> {
    visible::<Committees>(actor).filter(committee::Column::Id.eq(id)).lock(LockType::NoKeyUpdate).one(tx).await
}

/// The committees of these areas, those that were dissolved too, locked in one order.
pub(super) async fn lock_in(tx: &DatabaseTransaction, areas: Vec<AreaId>) -> Result<Vec<committee::Model>, DbErr> {
    let these = committee::Entity::find().filter(committee::Column::AreaId.is_in(areas));
    these.order_by_asc(committee::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// Their terms, the first of each first, with the seats of all of these.
pub(super) async fn terms_of(
    tx: &DatabaseTransaction,
    ids: Vec<CommitteeId>,
) -> Result<(Vec<committee_term::Model>, Vec<committee_member::Model>), DbErr> {
    use committee_term::Column as T;
    let terms = committee_term::Entity::find().filter(T::CommitteeId.is_in(ids.iter().copied())).order_by_asc(T::Number).all(tx).await?;
    let seats = committee_member::Entity::find().filter(committee_member::Column::CommitteeId.is_in(ids)).all(tx).await?;
    Ok((terms, seats))
}

/// The contracts of these complexes, and the posts of these persons at the firms that have them.
pub(super) async fn serving(
    tx: &DatabaseTransaction,
    complexes: Vec<ComplexId>,
    persons: Vec<PersonId>,
) -> Result<(Vec<firm_contract::Model>, Vec<post::Model>), DbErr> {
    let contracts = firm_contract::Entity::find().filter(firm_contract::Column::ComplexId.is_in(complexes)).all(tx).await?;
    let firms: HashSet<Uuid> = contracts.iter().map(|contract| contract.firm_id.0).collect();
    let posts = post::Entity::find().filter(post::Column::PersonId.is_in(persons)).filter(post::Column::UnitId.is_in(firms));
    Ok((contracts, posts.all(tx).await?))
}

/// What a table sets up or changes.
pub(super) async fn put(
    tx: &DatabaseTransaction,
    committees: Vec<committee::Model>,
    terms: Vec<committee_term::Model>,
) -> Result<(), DbErr> {
    db::put::<committee::Entity>(tx, committees).await?;
    db::put::<committee_term::Entity>(tx, terms).await
}

pub(super) async fn put_seats(tx: &DatabaseTransaction, rows: Vec<committee_member::Model>) -> Result<(), DbErr> {
    db::put::<committee_member::Entity>(tx, rows).await
}

pub(super) async fn put_events(tx: &DatabaseTransaction, rows: Vec<committee_event::Model>) -> Result<(), DbErr> {
    db::put::<committee_event::Entity>(tx, rows).await
}

pub(super) async fn maybe_member(tx: &DatabaseTransaction, id: CommitteeMemberId) -> Result<Option<committee_member::Model>, DbErr> {
    committee_member::Entity::find_by_id(id).one(tx).await
}

pub(super) async fn maybe_last_term(tx: &DatabaseTransaction, id: CommitteeId) -> Result<Option<committee_term::Model>, DbErr> {
    use committee_term::Column as C;
    committee_term::Entity::find().filter(C::CommitteeId.eq(id)).order_by_desc(C::Number).one(tx).await
}

pub(super) async fn seats_of(tx: &DatabaseTransaction, term: CommitteeTermId) -> Result<Vec<committee_member::Model>, DbErr> {
    use committee_member::Column as C;
    committee_member::Entity::find().filter(C::TermId.eq(term)).order_by_asc(C::StartsOn).order_by_asc(C::Id).all(tx).await
}

pub(super) async fn maybe_by_id(tx: &DatabaseTransaction, id: CommitteeId) -> Result<Option<committee::Model>, DbErr> {
    committee::Entity::find_by_id(id).one(tx).await
}

/// The seats of those who chair a committee or are deputies, past ones too.
pub(super) async fn leading_seats(tx: &DatabaseTransaction, id: CommitteeId) -> Result<Vec<committee_member::Model>, DbErr> {
    use committee_member::Column as C;
    let leading = C::Role.is_in([CommitteeRole::Chair, CommitteeRole::Deputy]);
    committee_member::Entity::find().filter(C::CommitteeId.eq(id)).filter(leading).order_by_asc(C::Id).all(tx).await
}

/// The posts that follow from them, as they were until now.
pub(super) async fn posts_of(tx: &DatabaseTransaction, id: CommitteeId) -> Result<HashMap<PostId, post::Model>, DbErr> {
    let posts = post::Entity::find().filter(post::Column::UnitId.eq(id.0)).filter(post::Column::Role.eq(PostRole::CommitteeChair));
    Ok(posts.all(tx).await?.into_iter().map(|post| (post.id, post)).collect())
}

pub(super) async fn put_posts(tx: &DatabaseTransaction, rows: Vec<post::Model>) -> Result<(), DbErr> {
    db::put::<post::Entity>(tx, rows).await
}

pub(super) async fn delete_posts(tx: &DatabaseTransaction, ids: Vec<PostId>) -> Result<(), DbErr> {
    if !ids.is_empty() {
        post::Entity::delete_many().filter(post::Column::Id.is_in(ids)).exec(tx).await?;
    }
    Ok(())
}

/// Those of the persons whom the actor may see and who were not erased, locked: neither is seated elsewhere nor given a post meanwhile.
pub(super) async fn lock_persons(tx: &DatabaseTransaction, actor: &Actor, ids: &[PersonId]) -> Result<HashSet<PersonId>, DbErr> {
    let mut ids = ids.to_vec();
    // whatever the visibility costs, locks are taken in one order
    ids.sort_unstable();
    let seen = person::Entity::find().filter(Persons::visible_to(actor)).filter(person::Column::Id.is_in(ids));
    let seen = seen.filter(person::Column::ErasedAt.is_null()).order_by_asc(person::Column::Id).lock(LockType::NoKeyUpdate);
    Ok(seen.all(tx).await?.into_iter().map(|person| person.id).collect())
}

/// The terms of posts and contracts have a day in common.
fn post_meets_contract() -> Condition {
    let (post_from, post_to) = (Expr::col(post::Column::StartsOn.as_column_ref()), Expr::col(post::Column::EndsOn.as_column_ref()));
    let (from, to) = (Expr::col(firm_contract::Column::StartsOn.as_column_ref()), Expr::col(firm_contract::Column::EndsOn.as_column_ref()));
    Condition::all()
        .add(Condition::any().add(post_to.clone().is_null()).add(post_to.gte(from)))
        .add(Condition::any().add(to.clone().is_null()).add(to.gte(post_from)))
}

/// Those who work, within these days, for a firm while it serves the complex.
pub(super) async fn working_for_server(
    tx: &DatabaseTransaction,
    complex: ComplexId,
    persons: &[PersonId],
    (from, to): (NaiveDate, NaiveDate),
) -> Result<HashSet<PersonId>, DbErr> {
    let serving = firm_contract::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(firm_contract::Column::ComplexId.eq(complex))
        .filter(Expr::col(firm_contract::Column::FirmId.as_column_ref()).equals(post::Column::UnitId.as_column_ref()))
        .filter(overlaps(firm_contract::Column::StartsOn, firm_contract::Column::EndsOn, from, Some(to)))
        .filter(post_meets_contract())
        .into_query();
    let posts = post::Entity::find()
        .filter(post::Column::PersonId.is_in(persons.iter().copied()))
        .filter(overlaps(post::Column::StartsOn, post::Column::EndsOn, from, Some(to)))
        .filter(Expr::exists(serving))
        .all(tx)
        .await?;
    Ok(posts.into_iter().map(|post| post.person_id).collect())
}

/// How committees stand on a day.
pub struct Standing {
    pub terms: Vec<committee_term::Model>,
    /// The seats of those terms that began up to the day.
    pub seats: Vec<committee_member::Model>,
    /// How many members work for the serving firm.
    pub conflicts: HashMap<CommitteeId, usize>,
}

/// Three statements, for however many committees.
pub(super) async fn standing(db: &impl ConnectionTrait, ids: &[CommitteeId], day: NaiveDate) -> Result<Standing, DbErr> {
    use committee_member::Column as M;
    let ids = || ids.iter().copied();
    let terms = committee_term::Entity::find().filter(committee_term::Column::CommitteeId.is_in(ids())).filter(running_on(day));
    let terms = terms.all(db).await?;
    let of_terms = M::TermId.is_in(terms.iter().map(|term| term.id));
    let seats = committee_member::Entity::find().filter(of_terms).filter(M::StartsOn.lte(day)).all(db).await?;
    let in_conflict = committee_member::Entity::find().filter(M::CommitteeId.is_in(ids())).filter(conflicting_on(day)).all(db).await?;
    let mut conflicts: HashMap<CommitteeId, usize> = HashMap::new();
    for seat in in_conflict {
        *conflicts.entry(seat.committee_id).or_default() += 1;
    }
    Ok(Standing { terms, seats, conflicts })
}

/// Who holds on a day the post of secretary of the branch that each of these committees is of.
pub(super) async fn secretaries(
    db: &impl ConnectionTrait,
    ids: Vec<CommitteeId>,
    day: NaiveDate,
) -> Result<HashMap<CommitteeId, Vec<PersonId>>, DbErr> {
    let mut found: HashMap<CommitteeId, Vec<PersonId>> = HashMap::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let of_branch: RelationDef =
        committee::Entity::belongs_to(post::Entity).from(committee::Column::BranchId).to(post::Column::UnitId).into();
    let posts = committee::Entity::find().select_only().column(committee::Column::Id).column(post::Column::PersonId);
    let posts = posts.join(JoinType::InnerJoin, of_branch).filter(committee::Column::Id.is_in(ids));
    let posts = posts.filter(post::Column::Role.eq(PostRole::BranchSecretary)).filter(held_on(day));
    for (committee, person) in posts.into_tuple::<(CommitteeId, PersonId)>().all(db).await? {
        found.entry(committee).or_default().push(person);
    }
    Ok(found)
}

/// The terms of a day, by committee.
pub(super) async fn running(
    db: &impl ConnectionTrait,
    ids: &[CommitteeId],
    day: NaiveDate,
) -> Result<HashMap<CommitteeId, committee_term::Model>, DbErr> {
    let terms = committee_term::Entity::find().filter(committee_term::Column::CommitteeId.is_in(ids.iter().copied()));
    Ok(terms.filter(running_on(day)).all(db).await?.into_iter().map(|term| (term.committee_id, term)).collect())
}

/// The holders of seats, whoever may see them otherwise, and the complex of each committee.
pub(super) async fn holders(
    db: &impl ConnectionTrait,
    persons: Vec<PersonId>,
    committees: Vec<CommitteeId>,
) -> Result<(Vec<person::Model>, HashMap<CommitteeId, Option<ComplexId>>), DbErr> {
    let persons = person::Entity::find().filter(person::Column::Id.is_in(persons)).all(db).await?;
    let places = committee::Entity::find().filter(committee::Column::Id.is_in(committees)).all(db).await?;
    Ok((persons, places.into_iter().map(|committee| (committee.id, committee.complex_id)).collect()))
}

/// Of the complexes of an area: how many have a committee of this kind in office on a day, and how many there are then.
pub(super) async fn coverage(db: &impl ConnectionTrait, kind: CommitteeKind, area: &str, day: NaiveDate) -> Result<(u64, u64), DbErr> {
    let complexes = complex::Entity::find().filter(within(complex::Column::AreaId, area)).filter(open_on(complex::Column::EndedOn, day));
    let covered = committee::Entity::find()
        .select_only()
        .column(committee::Column::ComplexId)
        .filter(committee::Column::Kind.eq(kind))
        .filter(committee::Column::ComplexId.is_not_null())
        .filter(existing_on(day))
        .filter(committee::Column::Id.in_subquery(in_office(running_on(day))))
        .into_query();
    let numerator = complexes.clone().filter(complex::Column::Id.in_subquery(covered)).count(db).await?;
    Ok((numerator, complexes.count(db).await?))
}

/// The committees of this kind that exist in complexes on a day and have a term then, in one statement; the later one on the day of a change.
pub(super) async fn in_office_at(
    db: &impl ConnectionTrait,
    kind: CommitteeKind,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, CommitteeId>, DbErr> {
    use committee::Column as C;
    let there = committee::Entity::find().filter(C::ComplexId.is_in(complexes.iter().copied())).filter(C::Kind.eq(kind));
    let there = there.filter(existing_on(day)).filter(C::Id.in_subquery(in_office(running_on(day))));
    let rows = there.order_by_asc(C::Id).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.complex_id?, row.id))).collect())
}
