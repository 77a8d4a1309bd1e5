//! Who sees whom: oneself; officers the posts in their area's subtree and the managers of the firms that serve there; everyone the officers of their own
//! areas, of the grids in them and of the community around their grid; visitors nobody.

use chrono::NaiveDate;
use entity::{AreaId, PersonId, PostId, PostRole, committee_member, firm_contract, pairing, person, post};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};
use uuid::Uuid;

use crate::{
    area::scope::{near_any, within, within_any},
    auth::Actor,
    committee::scope::{MemberWhere, Members},
    db::{
        filter::{Related, Test, runs_on},
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
        text::Text,
    },
    department::scope::{PairingWhere, Pairings},
    firm::scope::in_force_on,
    record::scope::kept,
};

pub struct Persons;

pub enum PersonWhere {
    Id(Test),
    /// Has this name, as far as the asker may know it.
    Text(Text),
    Posts(Related<PostWhere>),
    Seats(Related<MemberWhere>),
    Pairings(Related<PairingWhere>),
}

#[derive(Clone, Copy)]
pub enum PersonOrder {
    Entered,
}

impl Noun for Persons {
    type Entity = person::Entity;
    type Model = person::Model;
    type Id = PersonId;
    type Where = PersonWhere;
    type Order = PersonOrder;

    const ID: person::Column = person::Column::Id;

    fn id(row: &person::Model) -> PersonId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let Some(me) = actor.person else { return never() };
        let seen = Condition::any().add(person::Column::Id.eq(me));
        // each by itself: of all as one OR PostgreSQL would read the whole table
        let seen = of_others(actor).into_iter().fold(seen, |seen, posts| seen.add(person::Column::Id.in_subquery(holders(posts))));
        // who was entered there and holds no post yet
        let overseen = overseen_by(actor);
        if overseen.is_empty() { seen } else { seen.add(within_any(person::Column::AreaId, &overseen)) }
    }

    fn matching(fact: &PersonWhere) -> Condition {
        match fact {
            PersonWhere::Id(test) => test.on(person::Column::Id),
            PersonWhere::Posts(posts) => posts.on::<Posts>(person::Column::Id, post::Column::PersonId),
            PersonWhere::Seats(seats) => seats.on::<Members>(person::Column::Id, committee_member::Column::PersonId),
            PersonWhere::Pairings(pairings) => pairings.on::<Pairings>(person::Column::Id, pairing::Column::PersonId),
            PersonWhere::Text(text) => text.on(person::Column::Id).add(named_to(text.reader(), text.day)),
        }
    }

    fn text(fact: &PersonWhere) -> Option<&Text> {
        if let PersonWhere::Text(text) = fact { Some(text) } else { None }
    }

    fn order(order: PersonOrder) -> OrderBy<Self> {
        match order {
            // ids rise with creation; an order by name would reveal masked ones
            PersonOrder::Entered => OrderBy { column: person::Column::Id, key: |row| Key::Id(row.id.0) },
        }
    }
}

/// Whose names this actor reads unmasked on a day: what nobody may read, nobody may ask for.
fn named_to(reader: Option<&Actor>, day: NaiveDate) -> Condition {
    let Some((reader, me)) = reader.and_then(|reader| Some((reader, reader.person?))) else { return never() };
    let named = Condition::any().add(person::Column::Id.eq(me));
    if !reader.is_official() {
        return named;
    }
    named.add(person::Column::Id.in_subquery(holders(held_on(day).add(post::Column::Role.ne(PostRole::Resident)))))
}

fn holders(condition: Condition) -> SelectStatement {
    post::Entity::find().select_only().column(post::Column::PersonId).filter(condition).into_query()
}

pub struct Posts;

pub enum PostWhere {
    Id(Test),
    Role(Test),
    Unit(Test),
    HeldBy(Related<PersonWhere>),
    Within(String),
    /// Held on this day, or not.
    Current(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum PostOrder {
    StartsOn,
}

pub const OF_PERSON: Parent<Posts, PersonId> = Parent::own(|| post::Column::PersonId.as_column_ref());
pub const OF_UNIT: Parent<Posts, Uuid> = Parent::own(|| post::Column::UnitId.as_column_ref());

impl Noun for Posts {
    type Entity = post::Entity;
    type Model = post::Model;
    type Id = PostId;
    type Where = PostWhere;
    type Order = PostOrder;

    const ID: post::Column = post::Column::Id;

    fn id(row: &post::Model) -> PostId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let Some(me) = actor.person else { return never() };
        of_others(actor).into_iter().fold(Condition::any().add(post::Column::PersonId.eq(me)), Condition::add)
    }

    fn matching(fact: &PostWhere) -> Condition {
        match fact {
            PostWhere::Id(test) => test.on(post::Column::Id),
            PostWhere::Role(test) => test.on(post::Column::Role),
            PostWhere::Unit(test) => test.on(post::Column::UnitId),
            PostWhere::HeldBy(persons) => persons.on::<Persons>(post::Column::PersonId, person::Column::Id),
            PostWhere::Within(code) => within(post::Column::AreaId, code),
            PostWhere::Current(true, day) => held_on(*day),
            PostWhere::Current(false, day) => held_on(*day).not(),
        }
    }

    fn order(order: PostOrder) -> OrderBy<Self> {
        match order {
            PostOrder::StartsOn => OrderBy { column: post::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

/// The posts of others that an actor sees, by each of these.
fn of_others(actor: &Actor) -> Vec<Condition> {
    // a firm's manager has no colleagues in the district's offices
    let near: Vec<AreaId> = actor.posts.iter().filter(|post| post.role != PostRole::FirmManager).map(|post| post.area).collect();
    let colleagues = Condition::all().add(post::Column::Role.ne(PostRole::Resident)).add(near_any(post::Column::AreaId, &near));
    let overseen = overseen_by(actor);
    if overseen.is_empty() {
        return vec![colleagues];
    }
    vec![colleagues, within_any(post::Column::AreaId, &overseen), serving(&overseen, actor.today)]
}

/// The posts of managers, which lie where their firm is entered, of the firms that serve a complex of these areas on a day.
fn serving(areas: &[AreaId], day: NaiveDate) -> Condition {
    let firms = firm_contract::Entity::find().select_only().column(firm_contract::Column::FirmId).filter(in_force_on(day));
    let firms = firms.filter(within_any(firm_contract::Column::AreaId, areas)).into_query();
    Condition::all().add(post::Column::Role.eq(PostRole::FirmManager)).add(post::Column::UnitId.in_subquery(firms))
}

fn overseen_by(actor: &Actor) -> Vec<AreaId> {
    actor.posts.iter().filter(|post| oversees_people(post.role)).map(|post| post.area).collect()
}

fn oversees_people(role: PostRole) -> bool {
    matches!(
        role,
        PostRole::GridWorker
            | PostRole::CommunityOfficer
            | PostRole::SubdistrictOfficer
            | PostRole::DistrictOfficer
            | PostRole::Auditor
            | PostRole::Administrator
    )
}

/// Posts held on a day, the first and the last included.
pub fn held_on(day: NaiveDate) -> Condition {
    runs_on(post::Column::StartsOn, post::Column::EndsOn, day)
}

kept! {
    Persons: Person in Maybe(area_id) until never hides "name", "phone", "sign_in";
    // of a resident these say who lives where
    Posts: Post until ends_on hides "person_id", "unit_id";
}
