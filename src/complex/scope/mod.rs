//! Complexes and buildings are public.

mod distinctions;
mod parts;

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, ComplexFact, ComplexId, ComplexKind, GridId, PartyBranchId, building, committee, complex, complex_honour,
    courtyard, dwelling, firm_contract, grid, grid_within, pairing, party_branch, party_cover, stairwell,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};

pub use self::{
    distinctions::{COURTYARDS, CourtyardOrder, CourtyardWhere, Courtyards, HONOURS, HonourOrder, HonourWhere, Honours},
    parts::{
        DWELLINGS, DWELLINGS_OF_BUILDING, DWELLINGS_OF_STAIRWELL, DwellingOrder, DwellingWhere, Dwellings, STAIRWELLS, StairwellOrder,
        StairwellWhere, Stairwells,
    },
};
use crate::{
    area::scope::within,
    auth::Actor,
    committee::scope::{CommitteeWhere, Committees},
    db::{
        filter::{Filter, Lasting, Related, Test, open_on},
        noun::{Noun, OrderBy, Parent},
        page::Key,
        text::Text,
    },
    department::scope::{PairingWhere, Pairings},
    firm::scope::{ContractWhere, Contracts, FirmWhere, served_on},
    grid::scope::{GridWhere, Grids, with_micro_grids},
    party::scope::{BranchWhere, Branches, covering_on},
    record::scope::{Kept, kept},
};

pub struct Complexes;

pub enum ComplexWhere {
    Id(Test),
    Name(Test),
    Kind(Test),
    Provenance(Test),
    Within(String),
    /// Served by a firm on this day, or not.
    Managed(bool, NaiveDate),
    /// Served on this day by a firm that passes.
    Firm(Filter<FirmWhere>, NaiveDate),
    /// With a building in this grid, or in a micro-grid in it, that stands.
    Grid(Test),
    /// By the grids of its buildings that stand, and the grids over them.
    Grids(Related<GridWhere>),
    Text(Text),
    /// Covered on this day by the organisation whose complexes are listed; means nothing but below [`OF_BRANCH`].
    CoveredOn(NaiveDate),
    Households(Test),
    FloorArea(Test),
    Courtyards(Related<CourtyardWhere>),
    Honours(Related<HonourWhere>),
    Buildings(Related<BuildingWhere>),
    Contracts(Related<ContractWhere>),
    Committees(Related<CommitteeWhere>),
    Pairings(Related<PairingWhere>),
    /// By the organisations that cover it on this day.
    Branches(Related<BranchWhere>, NaiveDate),
    /// Its record lacks this fact on this day.
    Lacks(ComplexFact, NaiveDate),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum ComplexOrder {
    Name,
}

pub const OF_AREA: Parent<Complexes, AreaId> = Parent::own(|| complex::Column::AreaId.as_column_ref());

/// The complexes that a branch covers and covered; `CoveredOn` says when.
pub const OF_BRANCH: Parent<Complexes, PartyBranchId> = Parent::linked(
    || party_cover::Column::BranchId.as_column_ref(),
    || complex::Entity::belongs_to(party_cover::Entity).from(complex::Column::Id).to(party_cover::Column::ComplexId).into(),
);

impl Noun for Complexes {
    type Entity = complex::Entity;
    type Model = complex::Model;
    type Id = ComplexId;
    type Where = ComplexWhere;
    type Order = ComplexOrder;

    const ID: complex::Column = complex::Column::Id;

    fn id(row: &complex::Model) -> ComplexId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &ComplexWhere) -> Condition {
        match fact {
            ComplexWhere::Id(test) => test.on(complex::Column::Id),
            ComplexWhere::Name(test) => test.on(complex::Column::Name),
            ComplexWhere::Kind(test) => test.on(complex::Column::Kind),
            ComplexWhere::Provenance(test) => test.on(complex::Column::Provenance),
            ComplexWhere::Within(code) => within(complex::Column::AreaId, code),
            ComplexWhere::Managed(managed, day) => {
                let served = served_on(*day, &Filter::default());
                let condition = Condition::all().add(complex::Column::Id.in_subquery(served));
                if *managed { condition } else { condition.not() }
            }
            ComplexWhere::Firm(filter, day) => Condition::all().add(complex::Column::Id.in_subquery(served_on(*day, filter))),
            ComplexWhere::Grid(test) => {
                Condition::all().add(complex::Column::Id.in_subquery(standing_in(test.on(grid_within::Column::OverId))))
            }
            ComplexWhere::Grids(grids) => {
                let passing = grid_within::Column::OverId.in_subquery(grids.values::<Grids>(grid::Column::Id));
                grids.among(complex::Column::Id, standing_in(passing.into()))
            }
            ComplexWhere::Text(text) => text.on(complex::Column::Id),
            ComplexWhere::CoveredOn(day) => covering_on(*day),
            ComplexWhere::Households(test) => test.on(complex::Column::Households),
            ComplexWhere::FloorArea(test) => test.on(complex::Column::FloorArea),
            ComplexWhere::Courtyards(courtyards) => courtyards.on::<Courtyards>(complex::Column::Id, courtyard::Column::ComplexId),
            ComplexWhere::Honours(honours) => honours.on::<Honours>(complex::Column::Id, complex_honour::Column::ComplexId),
            ComplexWhere::Buildings(buildings) => buildings.on::<Buildings>(complex::Column::Id, building::Column::ComplexId),
            ComplexWhere::Contracts(contracts) => contracts.on::<Contracts>(complex::Column::Id, firm_contract::Column::ComplexId),
            ComplexWhere::Committees(committees) => committees.on::<Committees>(complex::Column::Id, committee::Column::ComplexId),
            ComplexWhere::Pairings(pairings) => pairings.on::<Pairings>(complex::Column::Id, pairing::Column::ComplexId),
            ComplexWhere::Branches(branches, day) => {
                let covers = party_cover::Entity::find().select_only().column(party_cover::Column::ComplexId).filter(covering_on(*day));
                let covers =
                    covers.filter(party_cover::Column::BranchId.in_subquery(branches.values::<Branches>(party_branch::Column::Id)));
                branches.among(complex::Column::Id, covers.into_query())
            }
            ComplexWhere::Lacks(fact, day) => lacking(*fact, *day),
            ComplexWhere::Lasting(lasting) => lasting.test(complex::Column::EndedOn),
        }
    }

    fn text(fact: &ComplexWhere) -> Option<&Text> {
        if let ComplexWhere::Text(text) = fact { Some(text) } else { None }
    }

    fn order(order: ComplexOrder) -> OrderBy<Self> {
        match order {
            ComplexOrder::Name => OrderBy { column: complex::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

/// The ids of the complexes with a building that stands in grids for which this holds.
fn standing_in(grids: Condition) -> SelectStatement {
    use building::Column as B;
    let standing = building::Entity::find().select_only().column(B::ComplexId).filter(B::EndedOn.is_null());
    standing.filter(B::GridId.in_subquery(with_micro_grids(grids))).into_query()
}

/// The ids of the complexes that pass a filter.
pub fn ids(filter: &Filter<ComplexWhere>) -> SelectStatement {
    complex::Entity::find().select_only().column(complex::Column::Id).filter(filter.condition(Complexes::matching)).into_query()
}

/// The records that `model::missing` says lack a fact.
fn lacking(fact: ComplexFact, day: NaiveDate) -> Condition {
    use complex::Column as C;
    let standing = |of: Condition| {
        let buildings = building::Entity::find().select_only().column(building::Column::ComplexId);
        buildings.filter(open_on(building::Column::EndedOn, day)).filter(of).into_query()
    };
    let none = || C::Id.not_in_subquery(standing(Condition::all()));
    match fact {
        ComplexFact::Kind => C::Kind.eq(ComplexKind::Other).into(),
        ComplexFact::Address => C::Address.is_null().into(),
        ComplexFact::Households => C::Households.is_null().into(),
        ComplexFact::FloorArea => C::FloorArea.is_null().into(),
        ComplexFact::Location => C::Longitude.is_null().into(),
        ComplexFact::Buildings => none().into(),
        ComplexFact::Grids => Condition::any().add(none()).add(C::Id.in_subquery(standing(building::Column::GridId.is_null().into()))),
        ComplexFact::Dwellings => {
            // of each building by itself: in a set of all dwellings PostgreSQL would look from its beginning to its end
            let dwellings = dwelling::Entity::find()
                .select_only()
                .expr(Expr::val(1))
                .filter(Expr::col(dwelling::Column::BuildingId.as_column_ref()).equals(building::Column::Id.as_column_ref()))
                .filter(open_on(dwelling::Column::EndedOn, day))
                .into_query();
            Condition::any().add(none()).add(C::Id.in_subquery(standing(Expr::exists(dwellings).not().into())))
        }
    }
}

pub struct Buildings;

pub enum BuildingWhere {
    Id(Test),
    Name(Test),
    Floors(Test),
    Within(String),
    Complex(Filter<ComplexWhere>),
    Grid(Test),
    /// Lies in a grid, or in none.
    Gridded(bool),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum BuildingOrder {
    Number,
}

pub const OF_COMPLEX: Parent<Buildings, ComplexId> = Parent::own(|| building::Column::ComplexId.as_column_ref());
/// Those of its micro-grids too.
pub const OF_GRID: Parent<Buildings, GridId> = Parent::linked(
    || grid_within::Column::OverId.as_column_ref(),
    || building::Entity::belongs_to(grid_within::Entity).from(building::Column::GridId).to(grid_within::Column::GridId).into(),
);

impl Noun for Buildings {
    type Entity = building::Entity;
    type Model = building::Model;
    type Id = BuildingId;
    type Where = BuildingWhere;
    type Order = BuildingOrder;

    const ID: building::Column = building::Column::Id;

    fn id(row: &building::Model) -> BuildingId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &BuildingWhere) -> Condition {
        match fact {
            BuildingWhere::Id(test) => test.on(building::Column::Id),
            BuildingWhere::Name(test) => test.on(building::Column::Name),
            BuildingWhere::Floors(test) => test.on(building::Column::Floors),
            BuildingWhere::Within(code) => {
                let complexes = ids(&Filter::is(ComplexWhere::Within(code.clone())));
                building::Column::ComplexId.in_subquery(complexes).into()
            }
            BuildingWhere::Complex(filter) => building::Column::ComplexId.in_subquery(ids(filter)).into(),
            BuildingWhere::Grid(test) => {
                Condition::all().add(building::Column::GridId.in_subquery(with_micro_grids(test.on(grid_within::Column::OverId))))
            }
            BuildingWhere::Gridded(true) => building::Column::GridId.is_not_null().into(),
            BuildingWhere::Gridded(false) => building::Column::GridId.is_null().into(),
            BuildingWhere::Lasting(lasting) => lasting.test(building::Column::EndedOn),
        }
    }

    fn order(order: BuildingOrder) -> OrderBy<Self> {
        match order {
            BuildingOrder::Number => OrderBy { column: building::Column::Number, key: |row| Key::Int(row.number.into()) },
        }
    }
}

kept! {
    Complexes: Complex;
    Buildings: Building in Complex(complex_id);
    Stairwells: Stairwell in Complex(complex_id);
    Dwellings: Dwelling in Complex(complex_id);
    Courtyards: Courtyard in Complex(complex_id);
    Honours: ComplexHonour in Complex(complex_id);
}

/// What belongs to a complex: it is kept by those who keep the complex, and ends with it.
pub trait Part: Kept {
    const COMPLEX: <Self::Entity as EntityTrait>::Column;
    const ENDED_ON: <Self::Entity as EntityTrait>::Column;

    fn complex(row: &Self::Model) -> ComplexId;
    fn ended_on_mut(row: &mut Self::Model) -> &mut Option<NaiveDate>;
}

macro_rules! parts {
    ($($noun:ident: $table:ident;)+) => {$(
        impl Part for $noun {
            const COMPLEX: $table::Column = $table::Column::ComplexId;
            const ENDED_ON: $table::Column = $table::Column::EndedOn;

            fn complex(row: &$table::Model) -> ComplexId {
                row.complex_id
            }

            fn ended_on_mut(row: &mut $table::Model) -> &mut Option<NaiveDate> {
                &mut row.ended_on
            }
        }
    )+};
}

parts! {
    Buildings: building;
    Stairwells: stairwell;
    Dwellings: dwelling;
    Courtyards: courtyard;
    Honours: complex_honour;
}
