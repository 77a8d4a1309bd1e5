//! What a firm takes, and its lists of services and resources.

use chrono::NaiveDate;
use entity::{AreaId, ContractFeeId, FirmContractId, FirmId, RecordKind, ServiceItemId, contract_fee, firm_contract, service_item};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::in_force_on;
use crate::{
    auth::Actor,
    db::{
        filter::Test,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::Kept,
};

pub struct Fees;

pub enum FeeWhere {
    Item(Test),
    Unit(Test),
    /// In force on this day under a contract in force, or not.
    On(bool, NaiveDate),
}

#[derive(Clone, Copy)]
pub enum FeeOrder {
    StartsOn,
}

pub const FEES: Parent<Fees, FirmContractId> = Parent::own(|| contract_fee::Column::ContractId.as_column_ref());

impl Noun for Fees {
    type Entity = contract_fee::Entity;
    type Model = contract_fee::Model;
    type Id = ContractFeeId;
    type Where = FeeWhere;
    type Order = FeeOrder;

    const ID: contract_fee::Column = contract_fee::Column::Id;

    fn id(row: &contract_fee::Model) -> ContractFeeId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &FeeWhere) -> Condition {
        use contract_fee::Column as C;
        match fact {
            FeeWhere::Item(test) => test.on(C::Item),
            FeeWhere::Unit(test) => test.on(C::Unit),
            FeeWhere::On(on, day) => {
                let contracts = firm_contract::Entity::find().select_only().column(firm_contract::Column::Id).filter(in_force_on(*day));
                let taken = running(C::StartsOn, C::EndsOn, *day).add(C::ContractId.in_subquery(contracts.into_query()));
                if *on { taken } else { taken.not() }
            }
        }
    }

    fn order(order: FeeOrder) -> OrderBy<Self> {
        match order {
            FeeOrder::StartsOn => OrderBy { column: contract_fee::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

impl Kept for Fees {
    const KIND: RecordKind = RecordKind::ContractFee;

    fn area(row: &contract_fee::Model) -> AreaId {
        row.area_id
    }

    fn version(row: &mut contract_fee::Model) -> &mut i32 {
        &mut row.version
    }

    fn ended_on(row: &contract_fee::Model) -> Option<NaiveDate> {
        row.ends_on
    }
}

pub struct Items;

pub enum ItemWhere {
    Kind(Test),
    Name(Test),
    /// Published on this day, or not.
    On(bool, NaiveDate),
    /// Of one contract, or of the firm wherever it serves.
    OfContract(bool),
}

#[derive(Clone, Copy)]
pub enum ItemOrder {
    Name,
}

pub const ITEMS_OF_FIRM: Parent<Items, FirmId> = Parent::own(|| service_item::Column::FirmId.as_column_ref());
pub const ITEMS_OF_CONTRACT: Parent<Items, FirmContractId> = Parent::own(|| service_item::Column::ContractId.as_column_ref());

impl Noun for Items {
    type Entity = service_item::Entity;
    type Model = service_item::Model;
    type Id = ServiceItemId;
    type Where = ItemWhere;
    type Order = ItemOrder;

    const ID: service_item::Column = service_item::Column::Id;

    fn id(row: &service_item::Model) -> ServiceItemId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &ItemWhere) -> Condition {
        use service_item::Column as C;
        match fact {
            ItemWhere::Kind(test) => test.on(C::Kind),
            ItemWhere::Name(test) => test.on(C::Name),
            ItemWhere::On(true, day) => running(C::StartsOn, C::EndsOn, *day),
            ItemWhere::On(false, day) => running(C::StartsOn, C::EndsOn, *day).not(),
            ItemWhere::OfContract(true) => C::ContractId.is_not_null().into(),
            ItemWhere::OfContract(false) => C::ContractId.is_null().into(),
        }
    }

    fn order(order: ItemOrder) -> OrderBy<Self> {
        match order {
            ItemOrder::Name => OrderBy { column: service_item::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

impl Kept for Items {
    const KIND: RecordKind = RecordKind::ServiceItem;

    fn area(row: &service_item::Model) -> AreaId {
        row.area_id
    }

    fn version(row: &mut service_item::Model) -> &mut i32 {
        &mut row.version
    }

    fn ended_on(row: &service_item::Model) -> Option<NaiveDate> {
        row.ends_on
    }
}

/// What runs on a day, its first and last day included.
fn running(starts: impl ColumnTrait, ends: impl ColumnTrait, day: NaiveDate) -> Condition {
    let open = Condition::any().add(ends.is_null()).add(ends.gte(day));
    Condition::all().add(starts.lte(day)).add(open)
}
