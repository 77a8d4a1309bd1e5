//! Where the lines of a table lie that are about an area, or about a party organisation or a complex in it.

use std::collections::HashMap;

use entity::{area, complex as complex_row, party_branch};

use crate::{
    area::service::{self as areas, ByName},
    complex,
    db::{DatabaseTransaction, DbErr},
    party,
    sheet::{Bad, Why},
};

/// What a line names: the code of an area, and a name in it at most.
pub struct Spot<'l> {
    pub line: u32,
    pub area: &'l str,
    pub branch: Option<&'l str>,
    pub complex: Option<&'l str>,
}

/// What that is.
pub struct Found<'p> {
    pub area: &'p area::Model,
    pub branch: Option<&'p party_branch::Model>,
    pub complex: Option<&'p complex_row::Model>,
}

/// All that the lines of a table name. Nobody else changes any of it until the end of the transaction.
pub struct Places {
    areas: HashMap<String, area::Model>,
    complexes: ByName<complex_row::Model>,
    branches: ByName<party_branch::Model>,
}

impl Places {
    /// Locked in the order of the mutations: areas, complexes, organisations.
    pub async fn lock(tx: &DatabaseTransaction, spots: &[Spot<'_>]) -> Result<Self, DbErr> {
        let areas = areas::lock_named_in_tx(tx, spots.iter().map(|spot| spot.area).collect()).await?;
        let complexes: Vec<(&str, &str)> = spots.iter().filter_map(|spot| Some((spot.area, spot.complex?))).collect();
        let complexes = complex::service::lock_by_names_in_tx(tx, &complexes).await?;
        let branches: Vec<(&str, &str)> = spots.iter().filter_map(|spot| Some((spot.area, spot.branch?))).collect();
        let branches = party::service::hold_by_names_in_tx(tx, &branches).await?;
        Ok(Self { areas, complexes, branches })
    }

    pub fn areas(&self) -> impl Iterator<Item = &area::Model> {
        self.areas.values()
    }

    pub fn maybe_area(&self, code: &str) -> Option<&area::Model> {
        self.areas.get(code)
    }

    /// What is named, where it is there and has not ended; `titles` are those of the columns: of the area, the organisation and the complex.
    pub fn find(&self, spot: &Spot<'_>, titles: [&'static str; 3]) -> Result<Found<'_>, Bad> {
        let bad = |title, key| Bad { line: spot.line, column: Some(title), why: Why::of(key) };
        let area = self.areas.get(spot.area).ok_or_else(|| bad(titles[0], "import-no-area"))?;
        if area.ended_on.is_some() {
            return Err(bad(titles[0], "import-area-ended"));
        }
        let key = |name: &str| (spot.area.to_owned(), name.to_owned());
        let branch = spot.branch.map(|name| self.branches.get(&key(name)).ok_or_else(|| bad(titles[1], "import-no-branch")));
        // one that went to another community meanwhile is not there any more
        let there = |name| self.complexes.get(&key(name)).filter(|complex| complex.area_id == area.id);
        let complex = spot.complex.map(|name| there(name).ok_or_else(|| bad(titles[2], "import-no-complex")));
        Ok(Found { area, branch: branch.transpose()?, complex: complex.transpose()? })
    }
}
