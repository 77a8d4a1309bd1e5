//! What districts call the levels is public, like the areas.

use entity::{AreaId, LevelNameId, level_name};
use sea_orm::{ColumnTrait, Condition};

use crate::{
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::kept,
};

pub struct LevelNames;

pub enum LevelNameWhere {
    Level(Test),
    InForce(bool),
}

#[derive(Clone, Copy)]
pub enum LevelNameOrder {
    Entered,
}

pub const LEVEL_NAMES: Parent<LevelNames, AreaId> = Parent::own(|| level_name::Column::DistrictId.as_column_ref());

impl Noun for LevelNames {
    type Entity = level_name::Entity;
    type Model = level_name::Model;
    type Id = LevelNameId;
    type Where = LevelNameWhere;
    type Order = LevelNameOrder;

    const ID: level_name::Column = level_name::Column::Id;

    fn id(row: &level_name::Model) -> LevelNameId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &LevelNameWhere) -> Condition {
        use level_name::Column as C;
        match fact {
            LevelNameWhere::Level(test) => test.on(C::Level),
            LevelNameWhere::InForce(true) => Condition::all().add(C::EndedOn.is_null()),
            LevelNameWhere::InForce(false) => Condition::all().add(C::EndedOn.is_not_null()),
        }
    }

    fn order(order: LevelNameOrder) -> OrderBy<Self> {
        match order {
            LevelNameOrder::Entered => OrderBy { column: level_name::Column::Id, key: |row| Key::Id(row.id.0) },
        }
    }
}

kept! {
    LevelNames: LevelName in Area(district_id);
}
