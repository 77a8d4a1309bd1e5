//! What districts call the levels and the classes of problem is public, like the areas.

use std::hash::Hash;

use chrono::NaiveDate;
use entity::{AreaId, CaseCategory, CategoryNameId, HandlingLevel, LevelNameId, category_name, level_name};
use sea_orm::{ColumnTrait, Condition, Value, prelude::Uuid};

use crate::{
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::{Kept, kept},
};

pub enum WordWhere {
    District(Test),
    /// What is called by it.
    Of(Test),
    InForce(bool),
}

#[derive(Clone, Copy)]
pub enum WordOrder {
    Entered,
}

/// What districts call something in their own words, and what they say of it.
pub trait Words: Kept + Noun<Where = WordWhere, Order = WordOrder> {
    /// What is called by them.
    type Of: Copy + Eq + Hash + Send + Sync + Into<Value> + 'static;

    /// The field of inputs that names it.
    const FIELD: &'static str;

    fn first(id: Uuid, district_id: AreaId, of: Self::Of, name: String, motto: Option<String>) -> Self::Model;

    /// Where it is called so, and what.
    fn of(row: &Self::Model) -> (AreaId, Self::Of);

    fn name(row: &mut Self::Model) -> &mut String;

    fn motto(row: &mut Self::Model) -> &mut Option<String>;

    fn ended_on(row: &mut Self::Model) -> &mut Option<NaiveDate>;
}

/// Declares such words: the noun, how they hang on their district, and the table with the column of what is called by them.
macro_rules! words {
    ($($noun:ident, $parent:ident: $table:ident($field:ident: $of:ty = $column:ident), $id:ident, $kind:ident;)+) => {$(
        pub struct $noun;

        pub const $parent: Parent<$noun, AreaId> = Parent::own(|| $table::Column::DistrictId.as_column_ref());

        impl Noun for $noun {
            type Entity = $table::Entity;
            type Model = $table::Model;
            type Id = $id;
            type Where = WordWhere;
            type Order = WordOrder;

            const ID: $table::Column = $table::Column::Id;

            fn id(row: &$table::Model) -> $id {
                row.id
            }

            fn visible_to(_: &Actor) -> Condition {
                Condition::all()
            }

            fn matching(fact: &WordWhere) -> Condition {
                use $table::Column as C;
                match fact {
                    WordWhere::District(test) => test.on(C::DistrictId),
                    WordWhere::Of(test) => test.on(C::$column),
                    WordWhere::InForce(true) => Condition::all().add(C::EndedOn.is_null()),
                    WordWhere::InForce(false) => Condition::all().add(C::EndedOn.is_not_null()),
                }
            }

            fn order(order: WordOrder) -> OrderBy<Self> {
                match order {
                    WordOrder::Entered => OrderBy { column: $table::Column::Id, key: |row| Key::Id(row.id.0) },
                }
            }
        }

        impl Words for $noun {
            type Of = $of;

            const FIELD: &'static str = stringify!($field);

            fn first(id: Uuid, district_id: AreaId, of: $of, name: String, motto: Option<String>) -> $table::Model {
                $table::Model { id: $id(id), district_id, $field: of, name, motto, ended_on: None, version: 1 }
            }

            fn of(row: &$table::Model) -> (AreaId, $of) {
                (row.district_id, row.$field)
            }

            fn name(row: &mut $table::Model) -> &mut String {
                &mut row.name
            }

            fn motto(row: &mut $table::Model) -> &mut Option<String> {
                &mut row.motto
            }

            fn ended_on(row: &mut $table::Model) -> &mut Option<NaiveDate> {
                &mut row.ended_on
            }
        }

        kept! {
            $noun: $kind in Area(district_id);
        }
    )+};
}

words! {
    LevelNames, LEVEL_NAMES: level_name(level: HandlingLevel = Level), LevelNameId, LevelName;
    CategoryNames, CATEGORY_NAMES: category_name(category: CaseCategory = Category), CategoryNameId, CategoryName;
}
