//! Firms, and what hangs on them, are public; lists and fees have a file of their own.

mod terms;

use chrono::NaiveDate;
use entity::{ComplexId, FirmAdmissionId, FirmContractId, FirmId, contract_fee, firm_admission, firm_contract, property_firm};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

pub use self::terms::{FEES, FeeOrder, FeeWhere, Fees, ITEMS_OF_CONTRACT, ITEMS_OF_FIRM, ItemOrder, ItemWhere, Items};
use crate::{
    area::scope::within,
    auth::Actor,
    complex::scope::{ComplexWhere, ids as complex_ids},
    db::{
        filter::{Filter, Related, Test, runs_on},
        noun::{Noun, OrderBy, Parent},
        page::Key,
        text::Text,
    },
    record::scope::kept,
};

pub struct Firms;

pub enum FirmWhere {
    Id(Test),
    Name(Test),
    Provenance(Test),
    Within(String),
    Text(Text),
    CreditCode(Test),
    /// Admitted to a district on this day, or not.
    Admitted(bool, NaiveDate),
    /// Was admitted once, and is not on this day.
    Left(bool, NaiveDate),
    /// Serves on this day a complex that passes.
    Serves(Filter<ComplexWhere>, NaiveDate),
    Contracts(Related<ContractWhere>),
    Admissions(Related<AdmissionWhere>),
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
        let among = |ids: SelectStatement| Condition::all().add(property_firm::Column::Id.in_subquery(ids));
        match fact {
            FirmWhere::Id(test) => test.on(property_firm::Column::Id),
            FirmWhere::Name(test) => test.on(property_firm::Column::Name),
            FirmWhere::Provenance(test) => test.on(property_firm::Column::Provenance),
            FirmWhere::Within(code) => within(property_firm::Column::DistrictId, code),
            FirmWhere::Text(text) => text.on(property_firm::Column::Id),
            FirmWhere::CreditCode(test) => test.on(property_firm::Column::CreditCode),
            FirmWhere::Admitted(true, day) => among(admitted(admitted_on(*day))),
            FirmWhere::Admitted(false, day) => among(admitted(admitted_on(*day))).not(),
            FirmWhere::Left(left, day) => {
                let has_left =
                    among(admitted(firm_admission::Column::LeftOn.lt(*day).into())).add(among(admitted(admitted_on(*day))).not());
                if *left { has_left } else { has_left.not() }
            }
            FirmWhere::Serves(filter, day) => {
                let serving = firm_contract::Entity::find().select_only().column(firm_contract::Column::FirmId).filter(in_force_on(*day));
                among(serving.filter(firm_contract::Column::ComplexId.in_subquery(complex_ids(filter))).into_query())
            }
            FirmWhere::Contracts(contracts) => contracts.on::<Contracts>(property_firm::Column::Id, firm_contract::Column::FirmId),
            FirmWhere::Admissions(admissions) => admissions.on::<Admissions>(property_firm::Column::Id, firm_admission::Column::FirmId),
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

kept! {
    // it leaves districts, but is never over
    Firms: PropertyFirm in Area(district_id) until never;
    Admissions: FirmAdmission in Area(district_id) until left_on;
    Contracts: FirmContract until ends_on;
}

pub struct Admissions;

pub enum AdmissionWhere {
    Firm(Filter<FirmWhere>),
    Within(String),
    /// In force on this day, or not.
    On(bool, NaiveDate),
    AdmittedOn(Test),
    LeftOn(Test),
}

#[derive(Clone, Copy)]
pub enum AdmissionOrder {
    AdmittedOn,
}

pub const ADMISSIONS: Parent<Admissions, FirmId> = Parent::own(|| firm_admission::Column::FirmId.as_column_ref());

impl Noun for Admissions {
    type Entity = firm_admission::Entity;
    type Model = firm_admission::Model;
    type Id = FirmAdmissionId;
    type Where = AdmissionWhere;
    type Order = AdmissionOrder;

    const ID: firm_admission::Column = firm_admission::Column::Id;

    fn id(row: &firm_admission::Model) -> FirmAdmissionId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &AdmissionWhere) -> Condition {
        use firm_admission::Column as C;
        match fact {
            AdmissionWhere::Firm(filter) => Condition::all().add(C::FirmId.in_subquery(ids(filter))),
            AdmissionWhere::Within(code) => within(C::DistrictId, code),
            AdmissionWhere::On(true, day) => admitted_on(*day),
            AdmissionWhere::On(false, day) => admitted_on(*day).not(),
            AdmissionWhere::AdmittedOn(test) => test.on(C::AdmittedOn),
            AdmissionWhere::LeftOn(test) => test.on(C::LeftOn),
        }
    }

    fn order(order: AdmissionOrder) -> OrderBy<Self> {
        match order {
            AdmissionOrder::AdmittedOn => OrderBy { column: firm_admission::Column::AdmittedOn, key: |row| Key::Date(row.admitted_on) },
        }
    }
}

/// Admissions in force on a day, their first and last day included.
pub fn admitted_on(day: NaiveDate) -> Condition {
    runs_on(firm_admission::Column::AdmittedOn, firm_admission::Column::LeftOn, day)
}

/// The ids of the firms with such an admission.
fn admitted(admissions: Condition) -> SelectStatement {
    firm_admission::Entity::find().select_only().column(firm_admission::Column::FirmId).filter(admissions).into_query()
}

pub struct Contracts;

pub enum ContractWhere {
    Firm(Filter<FirmWhere>),
    /// In force on this day, or not.
    Current(bool, NaiveDate),
    StartsOn(Test),
    EndsOn(Test),
    Complex(Filter<ComplexWhere>),
    Fees(Related<FeeWhere>),
    Within(String),
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
            ContractWhere::EndsOn(test) => test.on(firm_contract::Column::EndsOn),
            ContractWhere::Complex(filter) => Condition::all().add(firm_contract::Column::ComplexId.in_subquery(complex_ids(filter))),
            ContractWhere::Fees(fees) => fees.on::<Fees>(firm_contract::Column::Id, contract_fee::Column::ContractId),
            ContractWhere::Within(code) => {
                let complexes = complex_ids(&Filter::is(ComplexWhere::Within(code.clone())));
                Condition::all().add(firm_contract::Column::ComplexId.in_subquery(complexes))
            }
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
    runs_on(firm_contract::Column::StartsOn, firm_contract::Column::EndsOn, day)
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
