//! What a firm takes, and its lists of services and resources.

use chrono::NaiveDate;
use entity::{ContractFeeId, FirmContractId, FirmId, ServiceItemId, contract_fee, firm_contract, service_item};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::in_force_on;
use crate::{
    auth::Actor,
    db::{
        filter::{Test, runs_on},
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::kept,
};

pub struct Fees;

pub enum FeeWhere {
    Item(Test),
    Unit(Test),
    Amount(Test),
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
            FeeWhere::Amount(test) => test.on(C::Amount),
            FeeWhere::On(on, day) => {
                let contracts = firm_contract::Entity::find().select_only().column(firm_contract::Column::Id).filter(in_force_on(*day));
                let taken = runs_on(C::StartsOn, C::EndsOn, *day).add(C::ContractId.in_subquery(contracts.into_query()));
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

kept! {
    Fees: ContractFee until ends_on;
    Items: ServiceItem until ends_on;
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
            ItemWhere::On(on, day) => {
                let contracts = firm_contract::Entity::find().select_only().column(firm_contract::Column::Id).filter(in_force_on(*day));
                let of_firm_or_in_force =
                    Condition::any().add(C::ContractId.is_null()).add(C::ContractId.in_subquery(contracts.into_query()));
                let published = runs_on(C::StartsOn, C::EndsOn, *day).add(of_firm_or_in_force);
                if *on { published } else { published.not() }
            }
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
