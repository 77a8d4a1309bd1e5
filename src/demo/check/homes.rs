//! What complexes are made of hangs together, and the records of Louxing are as complete as published.

use std::collections::{HashMap, HashSet};

use entity::{AreaId, ComplexFact};

use super::Check;
use crate::{
    complex::model::{Known, missing},
    demo::town::LOUXING,
};

impl Check<'_> {
    pub(super) fn homes(&mut self) {
        let world = self.world;
        let buildings: HashMap<_, _> = world.buildings.iter().map(|building| (building.id, building.complex_id)).collect();
        let stairwells: HashMap<_, _> = world.stairwells.iter().map(|stairwell| (stairwell.id, stairwell.building_id)).collect();
        for dwelling in &world.dwellings {
            let at_home = buildings.get(&dwelling.building_id) == Some(&dwelling.complex_id)
                && dwelling.stairwell_id.is_none_or(|id| stairwells.get(&id) == Some(&dwelling.building_id));
            self.that(at_home, || format!("dwelling {} is not at home", dwelling.number));
        }
        let numbers: HashSet<_> = world.dwellings.iter().map(|dwelling| (dwelling.building_id, &dwelling.number)).collect();
        self.equal("dwellings of one number", world.dwellings.len() - numbers.len(), 0);
        self.equal("courtyards", world.courtyards.len(), 9);
        self.completeness();
    }

    fn completeness(&mut self) {
        let world = self.world;
        let louxing = world.area(LOUXING).map(|area| area.path.clone()).unwrap_or_default();
        let inside: HashSet<AreaId> = world.areas.iter().filter(|area| area.path.starts_with(&louxing)).map(|area| area.id).collect();
        let furnished: HashSet<_> = world.dwellings.iter().map(|dwelling| dwelling.building_id).collect();
        let mut counts: HashMap<_, [i64; 3]> = HashMap::new();
        for building in &world.buildings {
            let of_complex = counts.entry(building.complex_id).or_default();
            of_complex[0] += 1;
            of_complex[1] += i64::from(building.grid_id.is_some());
            of_complex[2] += i64::from(furnished.contains(&building.id));
        }
        let (mut filled, mut of) = (0, 0);
        for complex in world.complexes.iter().filter(|complex| inside.contains(&complex.area_id)) {
            let [buildings, in_grids, with_dwellings] = counts.get(&complex.id).copied().unwrap_or_default();
            let known = Known {
                kind: complex.kind,
                address: complex.address.is_some(),
                households: complex.households.is_some(),
                floor_area: complex.floor_area.is_some(),
                location: complex.longitude.is_some(),
                buildings,
                in_grids,
                with_dwellings,
            };
            filled += ComplexFact::ALL.len() - missing(&known).len();
            of += ComplexFact::ALL.len();
        }
        self.equal("facts of records", of, 3_880);
        self.equal("facts that are filled", filled, 3_705);
    }
}
