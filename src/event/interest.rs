//! What a subscriber wants to hear of: a test of facts, resolved once when the subscription starts.

use std::collections::HashSet;

use entity::{AreaId, CaseCategory, CaseEventKind, CaseId, CaseStatus, ComplexId, GridId, WhistleStatus};
use uuid::Uuid;

use super::Fact;

/// Which facts give an item at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// The case moves to another status.
    Statuses,
    /// Whatever happens to the case.
    #[default]
    Entries,
    /// A whistle moves.
    Whistles,
}

/// The ids that stand for a subtree of areas in a fact: it lies in the subtree if it names one of them.
#[derive(Clone, Debug, Default)]
pub struct Areas {
    pub areas: HashSet<AreaId>,
    pub grids: HashSet<GridId>,
}

/// All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    pub what: What,
    pub area: Option<Areas>,
    pub complex: Option<ComplexId>,
    pub cases: Option<HashSet<CaseId>>,
    pub categories: Option<Vec<CaseCategory>>,
    pub handler: Option<Uuid>,
    pub to: Option<Vec<CaseStatus>>,
    pub kinds: Option<Vec<CaseEventKind>>,
    pub target: Option<Uuid>,
    pub whistle_to: Option<Vec<WhistleStatus>>,
    /// It names something that is nowhere.
    pub nothing: bool,
}

impl Interest {
    pub fn holds(&self, fact: &Fact) -> bool {
        fn among<T: PartialEq>(all: &Option<Vec<T>>, one: Option<&T>) -> bool {
            all.as_ref().is_none_or(|all| one.is_some_and(|one| all.contains(one)))
        }
        let whistle = fact.whistle.as_ref();
        let told = match self.what {
            What::Statuses => fact.to_status.is_some(),
            What::Entries => true,
            What::Whistles => whistle.is_some(),
        };
        told && !self.nothing
            && self.area.as_ref().is_none_or(|area| {
                fact.areas.iter().any(|id| area.areas.contains(id)) || fact.grid_id.is_some_and(|id| area.grids.contains(&id))
            })
            && self.complex.is_none_or(|id| fact.complex_id == Some(id))
            && self.cases.as_ref().is_none_or(|ids| ids.contains(&fact.case_id))
            && among(&self.categories, Some(&fact.category))
            && self.handler.is_none_or(|id| fact.handler.1 == id)
            && among(&self.to, fact.to_status.as_ref())
            && among(&self.kinds, Some(&fact.kind))
            && self.target.is_none_or(|id| whistle.is_some_and(|whistle| whistle.target.1 == id))
            && among(&self.whistle_to, whistle.map(|whistle| &whistle.to_status))
    }

    /// Where it is found again: under each of these, the narrowest that it names. None: it may concern any fact.
    pub(super) fn places(&self) -> Option<Vec<Uuid>> {
        if let Some(cases) = &self.cases {
            return Some(cases.iter().map(|id| id.0).collect());
        }
        if let Some(complex) = self.complex {
            return Some(vec![complex.0]);
        }
        if let Some(id) = self.target.or(self.handler) {
            return Some(vec![id]);
        }
        let Areas { areas, grids } = self.area.as_ref()?;
        Some(areas.iter().map(|id| id.0).chain(grids.iter().map(|id| id.0)).collect())
    }
}

impl Fact {
    /// All under which somebody interested may be found.
    pub(super) fn places(&self) -> impl Iterator<Item = Uuid> + '_ {
        let areas = self.areas.iter().map(|id| id.0);
        let whistle = self.whistle.as_ref().map(|whistle| whistle.target.1);
        let units = [self.grid_id.map(Uuid::from), self.complex_id.map(Uuid::from), Some(self.handler.1), whistle];
        areas.chain(units.into_iter().flatten()).chain([self.case_id.0])
    }
}
