//! Firms and their contracts are public.

use chrono::NaiveDate;
use entity::{ComplexId, FirmContractId, FirmId, firm_contract, property_firm};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        filter::{Filter, Test},
        noun::{Noun, OrderBy, Parent},
        page::Key,
        text::Text,
    },
};

pub struct Firms;

pub enum FirmWhere {
    Id(Test),
    Name(Test),
    Provenance(Test),
    Within(String),
    Text(Text),
}

#[derive(Clone, Copy)]
pub enum FirmOrder {
    Name,
}

impl Noun for Firms {
    type Entity = property_firm::Entity;
    type Model = property_firm::Model;
    type Id = FirmId;
    type Where = FirmWhere;
    type Order = FirmOrder;

    const ID: property_firm::Column = property_firm::Column::Id;

    fn id(row: &property_firm::Model) -> FirmId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &FirmWhere) -> Condition {
        match fact {
            FirmWhere::Id(test) => test.on(property_firm::Column::Id),
            FirmWhere::Name(test) => test.on(property_firm::Column::Name),
            FirmWhere::Provenance(test) => test.on(property_firm::Column::Provenance),
            FirmWhere::Within(code) => within(property_firm::Column::DistrictId, code),
            FirmWhere::Text(text) => text.on(property_firm::Column::Id),
        }
    }

    fn text(fact: &FirmWhere) -> Option<&Text> {
        if let FirmWhere::Text(text) = fact { Some(text) } else { None }
    }

    fn order(order: FirmOrder) -> OrderBy<Self> {
        match order {
            FirmOrder::Name => OrderBy { column: property_firm::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

pub struct Contracts;

pub enum ContractWhere {
    Firm(Filter<FirmWhere>),
    /// In force on this day, or not.
    Current(bool, NaiveDate),
    StartsOn(Test),
}

#[derive(Clone, Copy)]
pub enum ContractOrder {
    StartsOn,
}

pub const OF_COMPLEX: Parent<Contracts, ComplexId> = Parent::own(|| firm_contract::Column::ComplexId.as_column_ref());
pub const OF_FIRM: Parent<Contracts, FirmId> = Parent::own(|| firm_contract::Column::FirmId.as_column_ref());

impl Noun for Contracts {
    type Entity = firm_contract::Entity;
    type Model = firm_contract::Model;
    type Id = FirmContractId;
    type Where = ContractWhere;
    type Order = ContractOrder;

    const ID: firm_contract::Column = firm_contract::Column::Id;

    fn id(row: &firm_contract::Model) -> FirmContractId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &ContractWhere) -> Condition {
        match fact {
            ContractWhere::Firm(filter) => Condition::all().add(firm_contract::Column::FirmId.in_subquery(ids(filter))),
            ContractWhere::Current(current, day) => {
                let in_force = in_force_on(*day);
                if *current { in_force } else { in_force.not() }
            }
            ContractWhere::StartsOn(test) => test.on(firm_contract::Column::StartsOn),
        }
    }

    fn order(order: ContractOrder) -> OrderBy<Self> {
        match order {
            ContractOrder::StartsOn => OrderBy { column: firm_contract::Column::StartsOn, key: |row| Key::Date(row.starts_on) },
        }
    }
}

/// Contracts in force on a day, their first and last day included.
pub fn in_force_on(day: NaiveDate) -> Condition {
    let open = Condition::any().add(firm_contract::Column::EndsOn.is_null()).add(firm_contract::Column::EndsOn.gte(day));
    Condition::all().add(firm_contract::Column::StartsOn.lte(day)).add(open)
}

/// The ids of the complexes that a firm which passes the filter serves on a day.
pub fn served_on(day: NaiveDate, firms: &Filter<FirmWhere>) -> SelectStatement {
    firm_contract::Entity::find()
        .select_only()
        .column(firm_contract::Column::ComplexId)
        .filter(in_force_on(day))
        .filter(firm_contract::Column::FirmId.in_subquery(ids(firms)))
        .into_query()
}

/// The ids of the firms that pass a filter.
pub fn ids(filter: &Filter<FirmWhere>) -> SelectStatement {
    property_firm::Entity::find().select_only().column(property_firm::Column::Id).filter(filter.condition(Firms::matching)).into_query()
}
