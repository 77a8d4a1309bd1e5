//! Each case file against the rules of its life.

use std::collections::{HashMap, HashSet};

use entity::{
    AreaId, AreaLevel, BuildingId, CaseEventKind, CaseId, CaseStatus, ComplexId, GridId, HandlerKind, PersonId, PostRole, WhistleId,
    WhistleStatus, area, building, case_event, case_file, complex, grid, whistle,
};
use uuid::Uuid;

use super::{
    super::{World, clocks::check_in_due},
    Check,
};
use crate::case::chain;

/// What a file is looked up in.
struct Tree<'a> {
    areas: HashMap<AreaId, &'a area::Model>,
    codes: HashMap<&'a str, &'a area::Model>,
    grids: HashMap<GridId, &'a grid::Model>,
    buildings: HashMap<BuildingId, &'a building::Model>,
    complexes: HashMap<ComplexId, &'a complex::Model>,
    residents: HashSet<PersonId>,
    units: HashMap<Uuid, HandlerKind>,
}

struct File<'a> {
    case: &'a case_file::Model,
    events: Vec<&'a case_event::Model>,
    whistles: Vec<&'a whistle::Model>,
}

impl<'a> Tree<'a> {
    fn of(world: &'a World) -> Self {
        let kind_of = |level| match level {
            AreaLevel::Community => Some(HandlerKind::Community),
            AreaLevel::Subdistrict => Some(HandlerKind::Subdistrict),
            AreaLevel::District => Some(HandlerKind::District),
            _ => None,
        };
        let areas = world.areas.iter().filter_map(|area| Some((area.id.0, kind_of(area.level)?)));
        let grids = world.grids.iter().map(|grid| (grid.id.0, HandlerKind::Grid));
        let branches = world.branches.iter().map(|branch| (branch.id.0, HandlerKind::PartyBranch));
        let firms = world.firms.iter().map(|firm| (firm.id.0, HandlerKind::PropertyFirm));
        let departments = world.departments.iter().map(|department| (department.id.0, HandlerKind::Department));
        let residents = world.posts.iter().filter(|post| post.role == PostRole::Resident).map(|post| post.person_id);
        Self {
            areas: world.areas.iter().map(|area| (area.id, area)).collect(),
            codes: world.areas.iter().map(|area| (&*area.code, area)).collect(),
            grids: world.grids.iter().map(|grid| (grid.id, grid)).collect(),
            buildings: world.buildings.iter().map(|building| (building.id, building)).collect(),
            complexes: world.complexes.iter().map(|complex| (complex.id, complex)).collect(),
            residents: residents.collect(),
            units: areas.chain(grids).chain(branches).chain(firms).chain(departments).collect(),
        }
    }

    /// The area of that level on the way up from this one.
    fn above(&self, id: AreaId, level: AreaLevel) -> Option<AreaId> {
        let path = &self.areas.get(&id)?.path;
        path.split('/').filter_map(|code| self.codes.get(code)).find(|area| area.level == level).map(|area| area.id)
    }
}

impl Check<'_> {
    pub(super) fn files(&mut self) {
        let world = self.world;
        let mut events: HashMap<CaseId, Vec<_>> = HashMap::new();
        for event in &world.events {
            events.entry(event.case_id).or_default().push(event);
        }
        let mut whistles: HashMap<CaseId, Vec<_>> = HashMap::new();
        for whistle in &world.whistles {
            whistles.entry(whistle.case_id).or_default().push(whistle);
        }
        let tree = Tree::of(world);
        for case in &world.cases {
            let (events, whistles) = (events.remove(&case.id).unwrap_or_default(), whistles.remove(&case.id).unwrap_or_default());
            let file = File { case, events, whistles };
            self.place(&tree, case);
            self.row(&tree, case);
            self.timeline(&file);
            let broken = chain::check(case, &file.events, &file.whistles).broken;
            self.that(broken.is_none(), || format!("{}: {broken:?}", case.number));
            self.whistles(&tree, &file);
            self.turns(&file);
        }
        self.that(events.is_empty() && whistles.is_empty(), || "events or whistles of no case".to_owned());
    }

    fn place(&mut self, tree: &Tree<'_>, case: &case_file::Model) {
        let number = &case.number;
        let above = |level| tree.above(case.area_id, level);
        let agrees = above(AreaLevel::District) == Some(case.district_id)
            && above(AreaLevel::Subdistrict) == case.subdistrict_id
            && above(AreaLevel::Community) == case.community_id;
        self.that(agrees, || format!("{number}: the area tree"));
        let grid_area = case.grid_id.and_then(|id| tree.grids.get(&id)).map(|grid| grid.area_id);
        self.that(grid_area.is_none_or(|area| area == case.area_id), || format!("{number}: the grid's area"));
        let complex = case.complex_id.and_then(|id| tree.complexes.get(&id));
        let near = complex.is_none_or(|complex| [case.community_id, case.subdistrict_id].contains(&Some(complex.area_id)));
        self.that(near, || format!("{number}: the complex's area"));
        if let Some(building) = case.building_id.and_then(|id| tree.buildings.get(&id)) {
            let agrees = Some(building.complex_id) == case.complex_id && building.grid_id == case.grid_id;
            self.that(agrees, || format!("{number}: the building"));
        }
    }

    fn row(&mut self, tree: &Tree<'_>, case: &case_file::Model) {
        let number = &case.number;
        self.that(case.level == case.handler_kind.level(), || format!("{number}: level and handler"));
        self.that(tree.units.get(&case.handler_id) == Some(&case.handler_kind), || format!("{number}: unknown handler"));
        let dealt_with = matches!(case.status, CaseStatus::Resolved | CaseStatus::Closed);
        let marks = [case.settled_level.is_some(), case.resolved_by.is_some(), case.resolved_at.is_some(), case.resolution.is_some()];
        self.that(marks == [dealt_with; 4], || format!("{number}: how it was resolved"));
        self.that(dealt_with || case.recovered.or(case.paid).is_none(), || format!("{number}: money before it was resolved"));
        let closed = case.status == CaseStatus::Closed;
        let marks = [case.closed_at.is_some(), case.closed_by.is_some(), case.verification.is_some()];
        self.that(marks == [closed; 3], || format!("{number}: how it was closed"));
        self.that(!closed || case.closed_by != case.resolved_by, || format!("{number}: closed by its resolver"));
        let respondent = case.respondent_id.filter(|_| case.respondent_kind.is_some());
        self.that(respondent != Some(case.handler_id), || format!("{number}: handled by its respondent"));
        let quarrel_with_self =
            case.respondent_kind.is_none() && case.respondent_id.is_some_and(|id| Some(PersonId(id)) == case.reporter_id);
        self.that(!quarrel_with_self, || format!("{number}: reporter and respondent are one"));
        self.that(case.score.is_none() || closed, || format!("{number}: rated before it was closed"));
    }

    fn timeline(&mut self, file: &File<'_>) {
        let (case, events) = (file.case, &file.events);
        let number = &case.number;
        let in_order = events.iter().zip(1..).all(|(event, seq)| event.seq == seq) && i32::try_from(events.len()) == Ok(case.version);
        self.that(in_order, || format!("{number}: sequence and version"));
        let forward = events.windows(2).all(|pair| pair[0].at <= pair[1].at);
        let past = events.iter().all(|event| event.at <= self.world.now);
        self.that(forward && past, || format!("{number}: times"));
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return self.that(false, || format!("{number}: no timeline"));
        };
        let opened = first.kind == CaseEventKind::Reported && first.from_status.is_none() && first.to_status == Some(CaseStatus::Reported);
        self.that(opened && first.at == case.reported_at && last.at == case.updated_at, || format!("{number}: first and last event"));
        let mut status = CaseStatus::Reported;
        for event in &events[1..] {
            let Some(to) = event.to_status else { continue };
            self.that(event.from_status == Some(status) && is_move(event.kind, status, to), || format!("{number}: {status:?} to {to:?}"));
            status = to;
        }
        self.that(status == case.status, || format!("{number}: the status is not the last move's"));
    }

    fn whistles(&mut self, tree: &Tree<'_>, file: &File<'_>) {
        use WhistleStatus::{CheckedIn, Concluded, Declined, Escalated, Raised};
        let case = file.case;
        let number = &case.number;
        let by_id: HashMap<WhistleId, &whistle::Model> = file.whistles.iter().map(|whistle| (whistle.id, *whistle)).collect();
        let escalated: HashSet<WhistleId> = file.whistles.iter().filter_map(|whistle| whistle.escalated_to_id).collect();
        let mut open = HashSet::new();
        for whistle in &file.whistles {
            let is_open = matches!(whistle.status, Raised | CheckedIn);
            self.that(!is_open || open.insert(whistle.target_id), || format!("{number}: two open calls of one unit"));
            self.that(!is_open || case.status.is_open() && case.status != CaseStatus::Resolved, || format!("{number}: a call left open"));
            self.that(tree.units.get(&whistle.target_id) == Some(&whistle.target_kind), || format!("{number}: unknown target"));
            self.that(Some(whistle.target_id) != case.respondent_id, || format!("{number}: the respondent is called"));
            self.that(whistle.check_in_due_at == check_in_due(whistle.raised_at), || format!("{number}: due time"));
            let marks = whistle.checked_in_at.is_some() == matches!(whistle.status, CheckedIn | Concluded)
                && whistle.concluded_at.is_some() == (whistle.status == Concluded)
                && whistle.decline_reason.is_some() == (whistle.status == Declined)
                && whistle.escalated_to_id.is_some() == (whistle.status == Escalated);
            self.that(marks, || format!("{number}: marks of a whistle"));
            let by_itself = escalated.contains(&whistle.id);
            let pair = match whistle.from_kind {
                _ if by_itself => whistle.raised_by.is_none(),
                None => {
                    whistle.raised_by.is_some_and(|person| tree.residents.contains(&person)) && whistle.target_kind == HandlerKind::Grid
                }
                Some(from) => may_call(from, whistle.target_kind),
            };
            self.that(pair, || format!("{number}: {:?} calls {:?}", whistle.from_kind, whistle.target_kind));
            if let Some(next) = whistle.escalated_to_id.map(|id| by_id.get(&id)) {
                let superior = next.is_some_and(|next| {
                    superior(whistle.target_kind) == Some(next.target_kind)
                        && next.from_kind == whistle.from_kind
                        && next.raised_at >= whistle.check_in_due_at
                });
                self.that(superior, || format!("{number}: escalated to the wrong unit"));
                // they are written in this order
                let place = |id| file.whistles.iter().position(|other| other.id == id);
                let before = whistle.escalated_to_id.is_some_and(|id| place(id) < place(whistle.id));
                self.that(before, || format!("{number}: escalated to a whistle that is written later"));
            }
        }
        let last_lead = file.whistles.iter().find(|whistle| whistle.lead && whistle.status == Raised);
        let stands = last_lead.is_none_or(|whistle| whistle.target_id == case.handler_id);
        self.that(stands, || format!("{number}: an open call in the lead, and another handler"));
    }

    /// Each change of a whistle is one event of the file.
    fn turns(&mut self, file: &File<'_>) {
        use CaseEventKind::{
            Reported, WhistleCheckedIn, WhistleConcluded, WhistleDeclined, WhistleEscalated, WhistleRaised, WhistleWithdrawn,
        };
        let number = &file.case.number;
        for whistle in &file.whistles {
            let first = if file.events.first().and_then(|event| event.whistle_id) == Some(whistle.id) { Reported } else { WhistleRaised };
            let kinds: Vec<_> = file.events.iter().filter(|event| event.whistle_id == Some(whistle.id)).map(|event| event.kind).collect();
            let expected: &[CaseEventKind] = match whistle.status {
                WhistleStatus::Raised => &[],
                WhistleStatus::CheckedIn => &[WhistleCheckedIn],
                WhistleStatus::Concluded => &[WhistleCheckedIn, WhistleConcluded],
                WhistleStatus::Declined => &[WhistleDeclined],
                WhistleStatus::Escalated => &[WhistleEscalated],
                WhistleStatus::Withdrawn => &[WhistleWithdrawn],
            };
            let told = kinds.first() == Some(&first) && kinds[1..] == *expected;
            self.that(told && usize::try_from(whistle.version) == Ok(kinds.len()), || format!("{number}: {kinds:?}"));
        }
    }
}

/// The table of moves, as far as the demonstration makes them.
fn is_move(kind: CaseEventKind, from: CaseStatus, to: CaseStatus) -> bool {
    use CaseStatus::{Accepted, Assigned, Closed, InProgress, Rejected, Reported, Resolved, Withdrawn};
    match kind {
        CaseEventKind::Accepted => (from, to) == (Reported, Accepted),
        CaseEventKind::Rejected => (from, to) == (Reported, Rejected),
        CaseEventKind::Withdrawn => (from, to) == (Reported, Withdrawn),
        CaseEventKind::Assigned => matches!(from, Accepted | Assigned | InProgress) && to == Assigned,
        CaseEventKind::Started | CaseEventKind::WhistleCheckedIn => matches!(from, Reported | Accepted | Assigned) && to == InProgress,
        CaseEventKind::Resolved => matches!(from, Accepted | Assigned | InProgress) && to == Resolved,
        CaseEventKind::Closed => (from, to) == (Resolved, Closed),
        _ => false,
    }
}

fn may_call(from: HandlerKind, to: HandlerKind) -> bool {
    use HandlerKind::{Community, Department, District, Grid, PartyBranch, Subdistrict};
    matches!(
        (from, to),
        (Grid, Community) | (PartyBranch, Department) | (Community, Department | Subdistrict) | (Subdistrict, Department | District)
    )
}

fn superior(of: HandlerKind) -> Option<HandlerKind> {
    use HandlerKind::{Community, Department, District, Grid, OwnersCommittee, PartyBranch, PropertyFirm, Subdistrict};
    match of {
        Grid | PropertyFirm | OwnersCommittee | PartyBranch => Some(Community),
        Community => Some(Subdistrict),
        Subdistrict | Department => Some(District),
        District => None,
    }
}
