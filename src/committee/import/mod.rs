//! Committees with their terms and seats from a table 导入委员会及委员: one line for each seat, as the election gave it; the lines of one committee and term belong together. A committee is
//! known by its kind and what it is of, a term by the day of its election, a seat by its person. What is known a table does not change, but for the filing of the latest
//! election: by-elections, other roles and seats that end are for the mutations.

mod decide;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, CommitteeId, CommitteeKind, CommitteeRole, ComplexId, FirmContractId, PersonId, PostId, SeatCapacity, SeatOrigin,
    committee, committee_member, committee_term, firm_contract, post,
};

use self::decide::{Deciding, Made};
use super::{
    model::{self, PlaceKind},
    service::NewSeat,
    store::{self, Place},
};
use crate::{
    app::App,
    complex,
    db::DatabaseTransaction,
    import::places::{Places, Spot},
    person::named::{self, Named},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Tally, Told, Why},
};

const AREA: &str = "所在区划代码";
const COMPLEX: &str = "小区";
const BRANCH: &str = "党支部";
const NAME: &str = "委员会名称";
const KIND: &str = "类型";
const ESTABLISHED: &str = "成立日期";
const ELECTED: &str = "选举日期";
const ENDS: &str = "任期届满日";
const FILED: &str = "备案日期";
const NUMBER: &str = "备案号";
const PERSON: &str = "姓名";
const ROLE: &str = "职务";
const CAPACITY: &str = "身份";
const BUILDING: &str = "楼栋";

pub const COLUMNS: &[Column] = &[
    Column::required("area_code", AREA, "委员会所属小区、党支部所在区划的代码，或委员会所属的社区；12、15 或 18 位。"),
    Column::optional("complex", COMPLEX, "已录入的小区；属于党支部或社区的留空。"),
    Column::optional("branch", BRANCH, "已录入的党组织；党支部委员会填写。"),
    Column::required("kind", KIND, "业主委员会、业主监督委员会、环境和物业管理委员会（环物会）、小区评议委员会或党支部委员会。"),
    Column::required("committee", NAME, "不超过 100 字。"),
    Column::optional("established_on", ESTABLISHED, "如 2026-01-05；新录入时不填为首届选举日期。"),
    Column::required("elected_on", ELECTED, "如 2026-01-10，该届任期的第一天，不晚于今天。"),
    Column::required("ends_on", ENDS, "该届任期的最后一天；业主委员会每届不超过 5 年。"),
    Column::optional("filed_on", FILED, "未备案的留空。"),
    Column::optional("filing_number", NUMBER, "不超过 100 字。"),
    named::NAME,
    named::PHONE,
    named::SIGN_IN,
    Column::optional("role", ROLE, "主任、副主任或委员；新录入时不填为委员。"),
    Column::optional("capacity", CAPACITY, "业主、居民委员会、公安派出所、党员、物业企业或其他；新录入时不填为业主。"),
    Column::optional("origin", "产生方式", "自荐、推荐、竞职或投票；新录入时不填为投票。"),
    Column::optional("building", BUILDING, "申报的楼栋名称，如 3栋；业主委员会委员须填此项或专有部分。"),
    Column::optional("dwelling", "专有部分", "申报的专有部分，不超过 100 字。"),
];

const KINDS: &[(&str, CommitteeKind)] = &[
    ("业主委员会", CommitteeKind::Owners),
    ("业主监督委员会", CommitteeKind::OwnersSupervision),
    ("环境和物业管理委员会", CommitteeKind::EnvironmentProperty),
    ("小区评议委员会", CommitteeKind::Appraisal),
    ("党支部委员会", CommitteeKind::BranchCommittee),
    ("业委会", CommitteeKind::Owners),
    ("环物会", CommitteeKind::EnvironmentProperty),
    ("OWNERS", CommitteeKind::Owners),
    ("OWNERS_SUPERVISION", CommitteeKind::OwnersSupervision),
    ("ENVIRONMENT_PROPERTY", CommitteeKind::EnvironmentProperty),
    ("APPRAISAL", CommitteeKind::Appraisal),
    ("BRANCH_COMMITTEE", CommitteeKind::BranchCommittee),
];
const ROLES: &[(&str, CommitteeRole)] = &[
    ("主任", CommitteeRole::Chair),
    ("副主任", CommitteeRole::Deputy),
    ("委员", CommitteeRole::Member),
    ("CHAIR", CommitteeRole::Chair),
    ("DEPUTY", CommitteeRole::Deputy),
    ("MEMBER", CommitteeRole::Member),
];
const CAPACITIES: &[(&str, SeatCapacity)] = &[
    ("业主", SeatCapacity::Owner),
    ("居民委员会", SeatCapacity::ResidentsCommittee),
    ("公安派出所", SeatCapacity::Police),
    ("党员", SeatCapacity::PartyMember),
    ("物业企业", SeatCapacity::PropertyFirm),
    ("其他", SeatCapacity::Other),
    ("OWNER", SeatCapacity::Owner),
    ("RESIDENTS_COMMITTEE", SeatCapacity::ResidentsCommittee),
    ("POLICE", SeatCapacity::Police),
    ("PARTY_MEMBER", SeatCapacity::PartyMember),
    ("PROPERTY_FIRM", SeatCapacity::PropertyFirm),
    ("OTHER", SeatCapacity::Other),
];
const ORIGINS: &[(&str, SeatOrigin)] = &[
    ("自荐", SeatOrigin::SelfNominated),
    ("推荐", SeatOrigin::Recommended),
    ("竞职", SeatOrigin::Competed),
    ("投票", SeatOrigin::Voted),
    ("SELF_NOMINATED", SeatOrigin::SelfNominated),
    ("RECOMMENDED", SeatOrigin::Recommended),
    ("COMPETED", SeatOrigin::Competed),
    ("VOTED", SeatOrigin::Voted),
];

pub struct SeatLine {
    line: u32,
    area: String,
    complex: Option<String>,
    branch: Option<String>,
    kind: CommitteeKind,
    name: String,
    established_on: Option<NaiveDate>,
    elected_on: NaiveDate,
    ends_on: NaiveDate,
    filed_on: Option<NaiveDate>,
    filing_number: Option<String>,
    who: Named,
    role: Option<CommitteeRole>,
    capacity: Option<SeatCapacity>,
    origin: Option<SeatOrigin>,
    building: Option<String>,
    dwelling: Option<String>,
}

fn maybe_word<T: Copy>(line: &Line, key: &str, words: &[(&str, T)]) -> Result<Option<T>, Bad> {
    if line.text(key).is_empty() { Ok(None) } else { line.word(key, words).map(Some) }
}

pub fn read(line: Line) -> Result<SeatLine, Bad> {
    let (elected_on, ends_on) = (line.day("elected_on")?, line.day("ends_on")?);
    if ends_on < elected_on {
        return Err(line.bad("ends_on", Why::of("import-ends-before")));
    }
    let (filed_on, filing_number) = (line.maybe_day("filed_on")?, line.maybe_name("filing_number", 100)?);
    if filed_on.is_none() && filing_number.is_some() {
        return Err(line.bad("filed_on", Why::of("required")));
    }
    let (branch, complex) = (line.maybe_name("branch", 100)?, line.maybe_name("complex", 100)?);
    if branch.is_some() && complex.is_some() {
        return Err(line.bad("branch", Why::of("import-one-place")));
    }
    Ok(SeatLine {
        line: line.number,
        area: line.code("area_code", &[12, 15, 18])?.to_owned(),
        complex,
        branch,
        kind: line.word("kind", KINDS)?,
        name: line.name("committee", 100)?.to_owned(),
        established_on: line.maybe_day("established_on")?,
        elected_on,
        ends_on,
        filed_on,
        filing_number,
        who: Named::read(&line)?,
        role: maybe_word(&line, "role", ROLES)?,
        capacity: maybe_word(&line, "capacity", CAPACITIES)?,
        origin: maybe_word(&line, "origin", ORIGINS)?,
        building: line.maybe_name("building", 50)?,
        dwelling: line.maybe_name("dwelling", 100)?,
    })
}

/// A line with whom and what it names.
struct Seat<'l> {
    line: &'l SeatLine,
    new: NewSeat,
}

/// What the lines say of one committee, and what is known of it.
struct Group<'l> {
    kind: CommitteeKind,
    place: Place,
    seats: Vec<Seat<'l>>,
    known: Option<committee::Model>,
    /// The last day of the latest one of this kind there that was dissolved.
    dissolved_on: Option<NaiveDate>,
    /// Of the known one, the first term first.
    terms: Vec<committee_term::Model>,
    held: Vec<committee_member::Model>,
}

/// Who works for the firms that serve the complexes.
#[derive(Default)]
struct Firms {
    contracts: HashMap<ComplexId, Vec<firm_contract::Model>>,
    posts: HashMap<PersonId, Vec<post::Model>>,
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<SeatLine>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut bad, total) = (lines.bad, lines.good.len());
    let groups = groups(app, &tx, &lines.good, lines.by, &mut bad).await?;
    let firms = firms(&tx, &groups).await?;
    told(total / 2, total);
    let (mut made, whole) = (Made::default(), bad.is_empty());
    for group in &groups {
        Deciding { app, by: lines.by, firms: &firms, whole }.take(group, &mut made, &mut bad);
    }
    let known = total.saturating_sub(made.added + made.changed);
    let tally = Tally { added: made.added, changed: made.changed, known };
    if bad.is_empty() {
        write(&tx, made).await?;
    }
    told(total, total);
    sheet::finish(tx, bad, tally).await
}

/// With the posts that follow from the seats.
async fn write(tx: &DatabaseTransaction, made: Made) -> Result<(), Refused> {
    store::put(tx, made.committees, made.terms).await?;
    store::put_seats(tx, made.seats).await?;
    store::put_posts(tx, made.posts).await?;
    Ok(store::put_events(tx, made.events).await?)
}

fn spot(line: &SeatLine) -> Spot<'_> {
    Spot { line: line.line, area: &line.area, branch: line.branch.as_deref(), complex: line.complex.as_deref() }
}

/// What a committee is of, where one of its kind can be of such; a mutation asks the same.
fn place(line: &SeatLine, places: &Places) -> Result<Place, Bad> {
    let found = places.find(&spot(line), [AREA, BRANCH, COMPLEX])?;
    let kind = match (found.branch, found.complex) {
        (Some(_), _) => PlaceKind::Branch,
        (None, Some(_)) => PlaceKind::Complex,
        (None, None) => PlaceKind::Area(found.area.level),
    };
    if !model::fits(line.kind, kind) {
        return Err(Bad { line: line.line, column: Some(KIND), why: Why::of("import-committee-place") });
    }
    Ok(Place { area: found.area.id, complex: found.complex.map(|complex| complex.id), branch: found.branch.map(|branch| branch.id) })
}

/// The lines by their committees, in the order of the table. Locks are taken in the order of the mutations: the places of all lines, their committees, their persons.
async fn groups<'l>(
    app: &App,
    tx: &DatabaseTransaction,
    lines: &'l [SeatLine],
    by: Option<PersonId>,
    bad: &mut Vec<Bad>,
) -> Result<Vec<Group<'l>>, Refused> {
    let places = Places::lock(tx, &lines.iter().map(spot).collect::<Vec<_>>()).await?;
    let mut placed: Vec<(&'l SeatLine, Place)> = Vec::with_capacity(lines.len());
    for line in lines {
        match place(line, &places) {
            Ok(place) => placed.push((line, place)),
            Err(wrong) => bad.push(wrong),
        }
    }
    let mut groups = empty_groups(tx, &placed).await?;
    let named: Vec<_> = placed.iter().map(|(line, place)| (&line.who, Some(place.area))).collect();
    let persons = named::find(app, tx, &named, by).await?;
    let buildings = buildings(tx, &placed).await?;
    let at: HashMap<(CommitteeKind, Place), usize> = groups.iter().enumerate().map(|(at, group)| ((group.kind, group.place), at)).collect();
    for ((line, place), person) in placed.into_iter().zip(persons) {
        match person.and_then(|person| new_seat(line, place, person, &buildings)) {
            Ok(new) => {
                if let Some(group) = at.get(&(line.kind, place)).and_then(|at| groups.get_mut(*at)) {
                    group.seats.push(Seat { line, new });
                }
            }
            Err(wrong) => bad.push(wrong),
        }
    }
    Ok(groups)
}

/// The committees that lines name, with what is known of them and without the lines. Nobody else changes them until the end of the transaction.
async fn empty_groups<'l>(tx: &DatabaseTransaction, placed: &[(&SeatLine, Place)]) -> Result<Vec<Group<'l>>, Refused> {
    let areas: HashSet<AreaId> = placed.iter().map(|(_, place)| place.area).collect();
    let areas: Vec<AreaId> = areas.into_iter().collect();
    let mut there: HashMap<(CommitteeKind, Place), Vec<committee::Model>> = HashMap::new();
    for areas in areas.chunks(PORTION) {
        for row in store::lock_in(tx, areas.to_vec()).await? {
            let place = Place { area: row.area_id, complex: row.complex_id, branch: row.branch_id };
            there.entry((row.kind, place)).or_default().push(row);
        }
    }
    let (mut groups, mut seen) = (Vec::new(), HashSet::new());
    for (line, place) in placed {
        let (kind, place) = (line.kind, *place);
        if !seen.insert((kind, place)) {
            continue;
        }
        let rows = there.remove(&(kind, place)).unwrap_or_default();
        let dissolved_on = rows.iter().filter_map(|row| row.dissolved_on).max();
        let known = rows.into_iter().find(|row| row.dissolved_on.is_none());
        groups.push(Group { kind, place, seats: Vec::new(), known, dissolved_on, terms: Vec::new(), held: Vec::new() });
    }
    let mut at: HashMap<CommitteeId, &mut Group> = groups.iter_mut().filter_map(|group| Some((group.known.as_ref()?.id, group))).collect();
    let ids: Vec<CommitteeId> = at.keys().copied().collect();
    for ids in ids.chunks(PORTION) {
        let (terms, seats) = store::terms_of(tx, ids.to_vec()).await?;
        for term in terms {
            if let Some(group) = at.get_mut(&term.committee_id) {
                group.terms.push(term);
            }
        }
        for seat in seats {
            if let Some(group) = at.get_mut(&seat.committee_id) {
                group.held.push(seat);
            }
        }
    }
    Ok(groups)
}

/// The buildings of the complexes of which lines name some.
async fn buildings(tx: &DatabaseTransaction, placed: &[(&SeatLine, Place)]) -> Result<HashMap<(ComplexId, String), BuildingId>, Refused> {
    let of = placed.iter().filter(|(line, _)| line.building.is_some()).filter_map(|(_, place)| place.complex);
    let of: HashSet<ComplexId> = of.collect();
    let of: Vec<ComplexId> = of.into_iter().collect();
    let mut found = HashMap::new();
    for complexes in of.chunks(PORTION) {
        let rows = complex::service::buildings_in_tx(tx, complexes.to_vec()).await?;
        found.extend(rows.into_iter().map(|row| ((row.complex_id, row.name), row.id)));
    }
    Ok(found)
}

/// What a line leaves empty is as the mutation has it.
fn new_seat(line: &SeatLine, place: Place, person: PersonId, buildings: &HashMap<(ComplexId, String), BuildingId>) -> Result<NewSeat, Bad> {
    let building = match &line.building {
        None => None,
        Some(name) => {
            let found = place.complex.and_then(|complex| buildings.get(&(complex, name.clone())));
            let unknown = || Bad { line: line.line, column: Some(BUILDING), why: Why::of("import-no-building") };
            Some(*found.ok_or_else(unknown)?)
        }
    };
    Ok(NewSeat {
        person,
        role: line.role.unwrap_or(CommitteeRole::Member),
        capacity: line.capacity.unwrap_or(SeatCapacity::Owner),
        origin: line.origin.unwrap_or(SeatOrigin::Voted),
        building,
        dwelling: line.dwelling.clone(),
    })
}

/// Who of those who are to sit on owners' committees works for firms that serve the complexes, whenever.
async fn firms(tx: &DatabaseTransaction, groups: &[Group<'_>]) -> Result<Firms, Refused> {
    let owners = groups.iter().filter(|group| group.kind == CommitteeKind::Owners);
    let seats: Vec<(ComplexId, PersonId)> =
        owners.flat_map(|group| group.seats.iter().filter_map(move |seat| Some((group.place.complex?, seat.new.person)))).collect();
    let mut contracts: HashMap<FirmContractId, firm_contract::Model> = HashMap::new();
    let mut posts: HashMap<PostId, post::Model> = HashMap::new();
    for portion in seats.chunks(PORTION) {
        let complexes: HashSet<ComplexId> = portion.iter().map(|(complex, _)| *complex).collect();
        let persons = portion.iter().map(|(_, person)| *person).collect();
        let (of_complexes, of_persons) = store::serving(tx, complexes.into_iter().collect(), persons).await?;
        contracts.extend(of_complexes.into_iter().map(|row| (row.id, row)));
        posts.extend(of_persons.into_iter().map(|row| (row.id, row)));
    }
    let mut firms = Firms::default();
    for row in contracts.into_values() {
        firms.contracts.entry(row.complex_id).or_default().push(row);
    }
    for row in posts.into_values() {
        firms.posts.entry(row.person_id).or_default().push(row);
    }
    Ok(firms)
}
