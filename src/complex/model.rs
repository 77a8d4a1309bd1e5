//! What a record is to hold, and how complete it is.

use entity::{ComplexFact, ComplexKind, FloorAreaSource, Hundredths};

pub const MOST_HOUSEHOLDS: i32 = 1_000_000;
pub const MOST_FLOORS: i32 = 200;
pub const MOST_STAIRWELLS: i32 = 100;
/// The last number of a building.
pub const MOST_NUMBER: i32 = 100_000;
/// No country has as much: what is meant is a slip.
pub const MOST_AREA: Hundredths = Hundredths(100_000_000_000);

/// What is known of a complex, as far as its completeness goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub kind: ComplexKind,
    pub address: bool,
    pub households: bool,
    pub floor_area: bool,
    pub location: bool,
    /// Buildings that stand.
    pub buildings: i64,
    /// Those of them that lie in a grid.
    pub in_grids: i64,
    /// Those of them with a dwelling.
    pub with_dwellings: i64,
}

/// The facts that the record lacks; without buildings also those about them.
pub fn missing(known: &Known) -> Vec<ComplexFact> {
    let is_filled = |fact: &ComplexFact| match fact {
        ComplexFact::Kind => known.kind != ComplexKind::Other,
        ComplexFact::Address => known.address,
        ComplexFact::Households => known.households,
        ComplexFact::FloorArea => known.floor_area,
        ComplexFact::Location => known.location,
        ComplexFact::Buildings => known.buildings > 0,
        ComplexFact::Grids => known.buildings > 0 && known.in_grids == known.buildings,
        ComplexFact::Dwellings => known.buildings > 0 && known.with_dwellings == known.buildings,
    };
    ComplexFact::ALL.iter().copied().filter(|fact| !is_filled(fact)).collect()
}

/// What is kept of a floor area and its source: an area whose source nobody names was declared, and without an area there is no source.
pub fn measured(area: Option<Hundredths>, source: Option<FloorAreaSource>) -> Option<FloorAreaSource> {
    area.map(|_| source.unwrap_or(FloorAreaSource::Declared))
}
