//! The changes of records are there for the officials of their place and above; what every official may see of a single record, `changes` of it shows.

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, RecordChangeId, RecordKind, record_change};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, prelude::Uuid};
use serde::Serialize;

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy, Parent},
    },
};

/// Where a record lies.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    Area(AreaId),
    /// Wherever the complex lies.
    Complex(ComplexId),
}

/// A noun whose records are set up, changed and ended.
pub trait Kept:
    Noun<Model: Serialize + IntoActiveModel<<<Self as Noun>::Entity as EntityTrait>::ActiveModel>, Entity: EntityTrait<ActiveModel: Send>>
{
    const KIND: RecordKind;
    /// Columns whose values are not kept when they change: who a person is, how to reach them.
    const PRIVATE: &'static [&'static str] = &[];

    /// Where it lies: its officers keep it. What lies in a complex says `place` instead.
    fn area(_: &Self::Model) -> AreaId {
        AreaId(Uuid::nil())
    }

    fn place(row: &Self::Model) -> Place {
        Place::Area(Self::area(row))
    }

    fn version(row: &mut Self::Model) -> &mut i32;
    /// Its last day, where it has one.
    fn ended_on(row: &Self::Model) -> Option<NaiveDate>;
}

pub struct RecordChanges;

pub enum ChangeWhere {
    Id(Test),
    Kind(Test),
    Record(Test),
    RecordKind(Test),
    Actor(Test),
    At(Test),
    Within(String),
}

#[derive(Clone, Copy)]
pub enum ChangeOrder {
    At,
}

pub const OF_RECORD: Parent<RecordChanges, Uuid> = Parent::own(|| record_change::Column::RecordId.as_column_ref());

impl Noun for RecordChanges {
    type Entity = record_change::Entity;
    type Model = record_change::Model;
    type Id = RecordChangeId;
    type Where = ChangeWhere;
    type Order = ChangeOrder;

    const ID: record_change::Column = record_change::Column::Id;

    fn id(row: &record_change::Model) -> RecordChangeId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        if !actor.is_official() {
            return never();
        }
        let areas: Vec<_> = actor.posts.iter().map(|post| post.area).collect();
        within_any(record_change::Column::AreaId, &areas)
    }

    fn matching(fact: &ChangeWhere) -> Condition {
        use record_change::Column as C;
        match fact {
            ChangeWhere::Id(test) => test.on(C::Id),
            ChangeWhere::Kind(test) => test.on(C::Kind),
            ChangeWhere::Record(test) => test.on(C::RecordId),
            ChangeWhere::RecordKind(test) => test.on(C::RecordKind),
            ChangeWhere::Actor(test) => test.on(C::ActorId),
            ChangeWhere::At(test) => test.on(C::At),
            ChangeWhere::Within(code) => within(C::AreaId, code),
        }
    }

    fn order(order: ChangeOrder) -> OrderBy<Self> {
        match order {
            ChangeOrder::At => OrderBy { column: record_change::Column::At, key: |row| row.at.into() },
        }
    }
}

/// Says how nouns are kept whose rows have `area_id`, `version` and `ended_on`: `kept! { Noun: RecordKind, private columns; }`.
macro_rules! kept {
    ($($noun:ident: $kind:ident $(, $private:literal)*;)+) => {$(
        impl $crate::record::scope::Kept for $noun {
            const KIND: entity::RecordKind = entity::RecordKind::$kind;
            const PRIVATE: &'static [&'static str] = &[$($private),*];

            fn area(row: &Self::Model) -> entity::AreaId {
                row.area_id
            }

            fn version(row: &mut Self::Model) -> &mut i32 {
                &mut row.version
            }

            fn ended_on(row: &Self::Model) -> Option<chrono::NaiveDate> {
                row.ended_on
            }
        }
    )+};
}

pub(crate) use kept;
