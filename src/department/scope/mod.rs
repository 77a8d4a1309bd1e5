//! Departments and the catalogue are seen by whoever is signed in.

mod document;
mod pairing;

use entity::{DepartmentId, MatterId, department, matter, matter_department, post};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

pub use self::{
    document::{
        DocumentOrder, DocumentWhere, Documents, OF_AREA as DOCUMENTS_OF_AREA, VERSIONS, VersionOrder, VersionWhere, Versions, drafted_for,
        in_force_on,
    },
    pairing::{
        PAIRINGS_OF_AREA, PAIRINGS_OF_COMPLEX, PAIRINGS_OF_DEPARTMENT, PAIRINGS_OF_PERSON, PairingOrder, PairingWhere, Pairings, paired_on,
    },
};
use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Filter, Lasting, Related, Test},
        noun::{Noun, OrderBy, Parent, signed_in},
        page::Key,
    },
    person::scope::{PostWhere, Posts},
    record::scope::kept,
};

pub struct Departments;

pub enum DepartmentWhere {
    Id(Test),
    Name(Test),
    Within(String),
    Lasting(Lasting),
    Matters(Related<MatterWhere>),
    Pairings(Related<PairingWhere>),
    Posts(Related<PostWhere>),
}

#[derive(Clone, Copy)]
pub enum DepartmentOrder {
    Name,
}

impl Noun for Departments {
    type Entity = department::Entity;
    type Model = department::Model;
    type Id = DepartmentId;
    type Where = DepartmentWhere;
    type Order = DepartmentOrder;

    const ID: department::Column = department::Column::Id;

    fn id(row: &department::Model) -> DepartmentId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &DepartmentWhere) -> Condition {
        match fact {
            DepartmentWhere::Id(test) => test.on(department::Column::Id),
            DepartmentWhere::Name(test) => test.on(department::Column::Name),
            DepartmentWhere::Within(code) => within(department::Column::DistrictId, code),
            DepartmentWhere::Lasting(lasting) => lasting.test(department::Column::EndedOn),
            DepartmentWhere::Matters(matters) => {
                let answering = matter_department::Entity::find().select_only().column(matter_department::Column::DepartmentId);
                let passing = matters.values::<Matters>(matter::Column::Id);
                let answering = answering.filter(matter_department::Column::MatterId.in_subquery(passing));
                matters.among(department::Column::Id, answering.into_query())
            }
            DepartmentWhere::Pairings(pairings) => pairings.on::<Pairings>(department::Column::Id, entity::pairing::Column::DepartmentId),
            DepartmentWhere::Posts(posts) => posts.on::<Posts>(department::Column::Id, post::Column::UnitId),
        }
    }

    fn order(order: DepartmentOrder) -> OrderBy<Self> {
        match order {
            DepartmentOrder::Name => OrderBy { column: department::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

kept! {
    Departments: Department in Area(district_id) until ended_on;
    Matters: Matter in Area(district_id) until ended_on;
}

pub struct Matters;

pub enum MatterWhere {
    Id(Test),
    Code(Test),
    Name(Test),
    Category(Test),
    Department(Filter<DepartmentWhere>),
    Within(String),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum MatterOrder {
    Code,
}

/// The matters that a department answers for, in the lead or assisting.
pub const OF_DEPARTMENT: Parent<Matters, DepartmentId> = Parent::linked(
    || matter_department::Column::DepartmentId.as_column_ref(),
    || matter::Entity::belongs_to(matter_department::Entity).from(matter::Column::Id).to(matter_department::Column::MatterId).into(),
);

impl Noun for Matters {
    type Entity = matter::Entity;
    type Model = matter::Model;
    type Id = MatterId;
    type Where = MatterWhere;
    type Order = MatterOrder;

    const ID: matter::Column = matter::Column::Id;

    fn id(row: &matter::Model) -> MatterId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        signed_in(actor)
    }

    fn matching(fact: &MatterWhere) -> Condition {
        match fact {
            MatterWhere::Id(test) => test.on(matter::Column::Id),
            MatterWhere::Code(test) => test.on(matter::Column::Code),
            MatterWhere::Name(test) => test.on(matter::Column::Name),
            MatterWhere::Category(test) => test.on(matter::Column::Category),
            MatterWhere::Department(filter) => Condition::all().add(matter::Column::Id.in_subquery(answered_by(filter))),
            MatterWhere::Within(code) => within(matter::Column::DistrictId, code),
            MatterWhere::Lasting(lasting) => lasting.test(matter::Column::EndedOn),
        }
    }

    fn order(order: MatterOrder) -> OrderBy<Self> {
        match order {
            MatterOrder::Code => OrderBy { column: matter::Column::Code, key: |row| Key::Text(row.code.clone()) },
        }
    }
}

/// The ids of the matters that the departments which pass a filter answer for, in the lead or assisting.
fn answered_by(filter: &Filter<DepartmentWhere>) -> SelectStatement {
    let departments = department_ids(filter);
    matter_department::Entity::find()
        .select_only()
        .column(matter_department::Column::MatterId)
        .filter(matter_department::Column::DepartmentId.in_subquery(departments))
        .into_query()
}

/// The ids of the matters that pass a filter.
pub fn matter_ids(filter: &Filter<MatterWhere>) -> SelectStatement {
    matter::Entity::find().select_only().column(matter::Column::Id).filter(filter.condition(Matters::matching)).into_query()
}

/// The ids of the departments that pass a filter.
fn department_ids(filter: &Filter<DepartmentWhere>) -> SelectStatement {
    department::Entity::find().select_only().column(department::Column::Id).filter(filter.condition(Departments::matching)).into_query()
}
