//! How far cases have come on their paths 处置路径, for many cases in a constant number of statements.

use std::collections::{HashMap, HashSet};

use entity::{
    CaseId, CommitteeId, ComplexId, DepartmentId, FirmId, GridId, HandlerKind, HandlingPathId, MatterId, PartyBranchId, PathStepState,
    PersonId, case_file, handling_path, whistle,
};
use uuid::Uuid;

use crate::{
    app::Cx,
    case::{model::path, store},
    committee,
    db::DbErr,
    department, firm, grid, party, person,
};

/// A step of the path that a case goes.
#[derive(Clone, Debug)]
pub struct PathStep {
    pub kind: HandlerKind,
    /// Whom it is with, who was called, or who would be; none where it is passed over.
    pub unit: Option<Uuid>,
    pub state: PathStepState,
}

/// The steps of the paths of cases that the actor may see, in their order. Why one is passed over is not told: it would tell of the respondent.
pub async fn progress(cx: &Cx, cases: &[&case_file::Model]) -> Result<HashMap<CaseId, Vec<PathStep>>, DbErr> {
    let paths = store::paths_read(cx, &distinct(cases.iter().filter_map(|case| case.path_id))).await?;
    let steps_of = |case: &case_file::Model| match case.path_id.and_then(|id| paths.get(&id)) {
        Some(path) => path.steps.0.clone(),
        None => path::BUILT_IN.to_vec(),
    };
    let steps: HashMap<CaseId, Vec<HandlerKind>> = cases.iter().map(|case| (case.id, steps_of(case))).collect();
    let mut whistles: HashMap<CaseId, Vec<whistle::Model>> = HashMap::new();
    for whistle in store::whistles_of(cx.read(), &distinct(cases.iter().map(|case| case.id))).await? {
        whistles.entry(whistle.case_id).or_default().push(whistle);
    }
    let units = Units::of(cx, cases, &steps.values().flatten().copied().collect()).await?;
    let of_case = |case: &&case_file::Model| {
        let whistles = whistles.get(&case.id).map(Vec::as_slice).unwrap_or_default();
        let steps = steps.get(&case.id).map(Vec::as_slice).unwrap_or_default();
        (case.id, so_far(case, steps, whistles, &units))
    };
    Ok(cases.iter().map(of_case).collect())
}

fn so_far(case: &case_file::Model, steps: &[HandlerKind], whistles: &[whistle::Model], units: &Units) -> Vec<PathStep> {
    let called: Vec<HandlerKind> = whistles.iter().map(|whistle| whistle.target_kind).collect();
    let states = path::states(steps, case.handler_kind, &called, |kind| units.maybe_callable(case, kind).is_some());
    let step = |(kind, state): (HandlerKind, PathStepState)| {
        let unit = match state {
            PathStepState::Current => Some(case.handler_id),
            PathStepState::Passed => whistles.iter().rfind(|whistle| whistle.target_kind == kind).map(|whistle| whistle.target_id),
            PathStepState::Ahead => units.maybe_callable(case, kind),
            PathStepState::Skipped => None,
        };
        PathStep { kind, unit, state }
    };
    steps.iter().copied().zip(states).map(step).collect()
}

/// Those of the cases that the actor's units have and may pass on along their paths: `paths::comes_next` for many.
pub async fn passing_on(cx: &Cx, cases: &[&case_file::Model]) -> Result<HashSet<CaseId>, DbErr> {
    let theirs = |case: &case_file::Model| cx.actor.duties().any(|(kind, unit, _)| (kind, unit) == (case.handler_kind, case.handler_id));
    let cases: Vec<&case_file::Model> = cases.iter().copied().filter(|case| case.path_id.is_some() && theirs(case)).collect();
    if cases.is_empty() {
        return Ok(HashSet::new());
    }
    let paths = store::paths_read(cx, &distinct(cases.iter().filter_map(|case| case.path_id))).await?;
    let mut kinds: HashSet<HandlerKind> = cases.iter().map(|case| case.handler_kind).collect();
    for case in &cases {
        kinds.extend(to_come(&paths, case));
    }
    let units = Units::of(cx, &cases, &kinds).await?;
    let goes_on = |case: &case_file::Model| to_come(&paths, case).iter().any(|kind| units.maybe_callable(case, *kind).is_some());
    Ok(cases.into_iter().filter(|case| units.still_has(case) && goes_on(case)).map(|case| case.id).collect())
}

/// The steps beyond the unit that has the case, on a path that is set.
fn to_come<'p>(paths: &'p HashMap<HandlingPathId, handling_path::Model>, case: &case_file::Model) -> &'p [HandlerKind] {
    match case.path_id.and_then(|id| paths.get(&id)) {
        Some(path) => path::beyond(&path.steps.0, case.handler_kind),
        None => &[],
    }
}

/// The units that answer for the places of cases, as far as the steps ask for them: `place::maybe_unit` for many.
#[derive(Default)]
struct Units {
    /// The grids that are called instead of micro-grids.
    grids: HashMap<GridId, GridId>,
    firms: HashMap<ComplexId, FirmId>,
    committees: HashMap<ComplexId, CommitteeId>,
    branches: HashMap<ComplexId, PartyBranchId>,
    /// The lead first.
    departments: HashMap<MatterId, Vec<DepartmentId>>,
    /// For whom the respondents work.
    workplaces: HashSet<(PersonId, Uuid)>,
}

impl Units {
    async fn of(cx: &Cx, cases: &[&case_file::Model], kinds: &HashSet<HandlerKind>) -> Result<Self, DbErr> {
        let complexes = distinct(cases.iter().filter_map(|case| case.complex_id));
        let mut units = Self::default();
        if kinds.contains(&HandlerKind::Grid) {
            units.grids = grid::service::standing_in(cx, &distinct(cases.iter().filter_map(|case| case.grid_id))).await?;
        }
        if kinds.contains(&HandlerKind::PropertyFirm) {
            let firms = firm::service::serving(cx, &complexes).await?;
            units.firms = firms.into_iter().map(|(complex, firm)| (complex, firm.id)).collect();
        }
        if kinds.contains(&HandlerKind::OwnersCommittee) {
            units.committees = committee::service::of_owners(cx, &complexes).await?;
        }
        if kinds.contains(&HandlerKind::PartyBranch) {
            units.branches = party::service::standing(cx, &complexes).await?;
        }
        if kinds.contains(&HandlerKind::Department) {
            let matters = distinct(cases.iter().filter_map(|case| case.matter_id));
            let answering = department::service::answering(cx, &matters).await?;
            let there = |one: &entity::department::Model| one.ended_on.is_none_or(|last| last >= cx.clock.today());
            let ids = |departments: Vec<(bool, entity::department::Model)>| {
                departments.into_iter().filter(|(_, one)| there(one)).map(|(_, one)| one.id).collect()
            };
            units.departments = answering.into_iter().map(|(matter, departments)| (matter, ids(departments))).collect();
        }
        let persons = distinct(cases.iter().filter_map(|case| accused(case)));
        if !persons.is_empty() {
            units.workplaces = person::service::workplaces(cx, persons).await?;
        }
        Ok(units)
    }

    /// As `paths::maybe_callable` in a write.
    fn maybe_callable(&self, case: &case_file::Model, kind: HandlerKind) -> Option<Uuid> {
        self.found(case, kind).into_iter().find(|unit| !self.is_respondent(case, (kind, *unit)))
    }

    /// Whether the unit that has the case answers for its place, as far as there is one of its kind only.
    fn still_has(&self, case: &case_file::Model) -> bool {
        match case.handler_kind {
            HandlerKind::Department | HandlerKind::PartyBranch | HandlerKind::Grid => true,
            kind => self.found(case, kind).contains(&case.handler_id),
        }
    }

    fn found(&self, case: &case_file::Model, kind: HandlerKind) -> Vec<Uuid> {
        let one = match kind {
            HandlerKind::Grid => case.grid_id.map(|grid| self.grids.get(&grid).unwrap_or(&grid).0),
            HandlerKind::Community => case.community_id.map(Uuid::from),
            HandlerKind::Subdistrict => case.subdistrict_id.map(Uuid::from),
            HandlerKind::District => Some(case.district_id.into()),
            HandlerKind::PropertyFirm => case.complex_id.and_then(|complex| self.firms.get(&complex)).map(|firm| firm.0),
            HandlerKind::PartyBranch => case.complex_id.and_then(|complex| self.branches.get(&complex)).map(|branch| branch.0),
            HandlerKind::OwnersCommittee => case.complex_id.and_then(|complex| self.committees.get(&complex)).map(|committee| committee.0),
            HandlerKind::Department => {
                let departments = case.matter_id.and_then(|matter| self.departments.get(&matter));
                return departments.into_iter().flatten().map(|department| department.0).collect();
            }
        };
        one.into_iter().collect()
    }

    fn is_respondent(&self, case: &case_file::Model, (kind, id): (HandlerKind, Uuid)) -> bool {
        match case.respondent_kind {
            // the one that is called is the micro-grid's own, or the grid over it
            Some(HandlerKind::Grid) if kind == HandlerKind::Grid && case.respondent_id == case.grid_id.map(Uuid::from) => true,
            Some(respondent) => respondent == kind && case.respondent_id == Some(id),
            None => accused(case).is_some_and(|person| self.workplaces.contains(&(person, id))),
        }
    }
}

/// The person whom a case complains about.
fn accused(case: &case_file::Model) -> Option<PersonId> {
    case.respondent_id.filter(|_| case.respondent_kind.is_none()).map(PersonId)
}

fn distinct<K: Copy + Eq + std::hash::Hash>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut seen = HashSet::new();
    keys.filter(|key| seen.insert(*key)).collect()
}
