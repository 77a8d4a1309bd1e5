//! The changes of records are there for the officials of their place and above, those of who belongs to what and serves where for its officers alone; what every official may see of a single record, `changes` of it shows.

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, RecordChangeId, RecordKind, record_change};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, prelude::Uuid};
use serde::Serialize;

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent},
    },
};

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Area(AreaId),
    /// Wherever the complex lies.
    Complex(ComplexId),
    /// Nobody keeps it yet.
    Nowhere,
}

/// A noun whose records are set up, changed and ended; said by `kept!`.
pub trait Kept:
    Noun<Model: Serialize + IntoActiveModel<<<Self as Noun>::Entity as EntityTrait>::ActiveModel>, Entity: EntityTrait<ActiveModel: Send>>
{
    const KIND: RecordKind;
    /// Columns whose values are not kept when they change: who a person is, how to reach them.
    const PRIVATE: &'static [&'static str];

    /// Whose officers keep it.
    fn place(row: &Self::Model) -> Place;

    fn version(row: &mut Self::Model) -> &mut i32;

    /// Whether it has ended, and is not changed any more.
    fn is_over(row: &Self::Model, today: NaiveDate) -> bool;
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
        use record_change::Column as C;
        // who reports for duty or is a member is known to those who keep these records, also where it is they themselves who did it
        let personal = [RecordKind::PartyMembership, RecordKind::DoubleReport, RecordKind::DutyClaim, RecordKind::ServiceRecord];
        let others = Condition::all().add(within_any(C::AreaId, &actor.official_areas())).add(C::RecordKind.is_not_in(personal));
        Condition::any().add(within_any(C::AreaId, &policy::keeps_in(actor))).add(others)
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

/// Says how nouns are kept: `Noun: Kind;` for rows with `version`, an `area_id` where it lies and an `ended_on`, which is set when it ends. What differs is said: `in` another place,
/// `until` the last day of a term that is often known beforehand, or `until never`, and which columns it `hides` in its changes.
macro_rules! kept {
    ($($noun:ident: $kind:ident $(in $place:ident($at:ident))? $(until $end:ident)? $(hides $($private:literal),+)?;)+) => {$(
        impl $crate::record::scope::Kept for $noun {
            const KIND: entity::RecordKind = entity::RecordKind::$kind;
            const PRIVATE: &'static [&'static str] = &[$($($private),+)?];

            fn place(row: &Self::Model) -> $crate::record::scope::Place {
                $crate::record::scope::kept!(@place row $($place $at)?)
            }

            fn version(row: &mut Self::Model) -> &mut i32 {
                &mut row.version
            }

            #[allow(unused_variables, reason = "some last for ever")]
            fn is_over(row: &Self::Model, today: chrono::NaiveDate) -> bool {
                $crate::record::scope::kept!(@over row today $($end)?)
            }
        }
    )+};
    (@place $row:ident) => { $crate::record::scope::Place::Area($row.area_id) };
    (@place $row:ident Maybe $at:ident) => { $row.$at.map_or($crate::record::scope::Place::Nowhere, $crate::record::scope::Place::Area) };
    (@place $row:ident $place:ident $at:ident) => { $crate::record::scope::Place::$place($row.$at) };
    (@over $row:ident $today:ident) => { $row.ended_on.is_some_and(|day| day <= $today) };
    (@over $row:ident $today:ident never) => { false };
    (@over $row:ident $today:ident $end:ident) => { $row.$end.is_some_and(|day| day < $today) };
}

use super::policy;
pub(crate) use kept;
