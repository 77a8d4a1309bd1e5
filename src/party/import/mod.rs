//! Party organisations from a table 导入党组织, with the organisation above and the complexes that each covers. An organisation is known by its area and its name. An empty cell leaves
//! what is known; what it covers already, and the table does not name, stays.

mod members;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{AreaId, PartyBranchId, PartyBranchKind, Provenance, area, party_branch, party_cover};

pub use self::members::{MEMBER_COLUMNS, import_members, read_member};
use super::{service, store};
use crate::{
    app::App,
    area::service as areas,
    complex,
    db::DatabaseTransaction,
    party::scope::{Branches, Covers},
    record::{
        import::{keep_changes, standing},
        scope::Kept,
    },
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("area_code", "所在区划代码", "社区、街道、区县 12 位，网格 15 位，微网格 18 位。"),
    Column::required("name", "党组织名称", "不超过 100 字，同一区划内不重名。"),
    Column::required(
        "kind",
        KIND,
        "社区党委、小区党支部、网格党支部、物业党支部、楼栋党小组、街道党工委、大工委、联合党委、行业党委或工作领导小组。",
    ),
    Column::optional("parent_area", "上级所在区划代码", "与本组织同一区划的留空。"),
    Column::optional("parent", "上级党组织", "名称；新录入时不填为无上级。可以在同一表中。"),
    Column::optional("established_on", "成立日期", "如 2022-07-01；不详的留空。"),
    Column::optional("complexes", "覆盖小区", "多个用顿号分开；不在本区划内的写成 区划代码/小区名称。"),
];

const KINDS: &[(&str, PartyBranchKind)] = &[
    ("社区党委", PartyBranchKind::CommunityCommittee),
    ("小区党支部", PartyBranchKind::ComplexBranch),
    ("网格党支部", PartyBranchKind::GridBranch),
    ("物业党支部", PartyBranchKind::PropertyServiceBranch),
    ("楼栋党小组", PartyBranchKind::BuildingGroup),
    ("街道党工委", PartyBranchKind::SubdistrictCommittee),
    ("大工委", PartyBranchKind::JointWorkingCommittee),
    ("联合党委", PartyBranchKind::UnitedCommittee),
    ("行业党委", PartyBranchKind::IndustryCommittee),
    ("工作领导小组", PartyBranchKind::LeadingGroup),
    ("COMMUNITY_COMMITTEE", PartyBranchKind::CommunityCommittee),
    ("COMPLEX_BRANCH", PartyBranchKind::ComplexBranch),
    ("GRID_BRANCH", PartyBranchKind::GridBranch),
    ("PROPERTY_SERVICE_BRANCH", PartyBranchKind::PropertyServiceBranch),
    ("BUILDING_GROUP", PartyBranchKind::BuildingGroup),
    ("SUBDISTRICT_COMMITTEE", PartyBranchKind::SubdistrictCommittee),
    ("JOINT_WORKING_COMMITTEE", PartyBranchKind::JointWorkingCommittee),
    ("UNITED_COMMITTEE", PartyBranchKind::UnitedCommittee),
    ("INDUSTRY_COMMITTEE", PartyBranchKind::IndustryCommittee),
    ("LEADING_GROUP", PartyBranchKind::LeadingGroup),
];
/// As an export has them, where that differs.
const EXPORTED: &[(&str, PartyBranchKind)] = &[
    ("社区党委、党总支", PartyBranchKind::CommunityCommittee),
    ("大工委、大党委", PartyBranchKind::JointWorkingCommittee),
    ("物业行业党委", PartyBranchKind::IndustryCommittee),
];

const AREA: &str = "所在区划代码";
const NAME: &str = "党组织名称";
const KIND: &str = "类型";
const PARENT: &str = "上级党组织";
const ESTABLISHED: &str = "成立日期";
const COMPLEXES: &str = "覆盖小区";

/// The code of an area and the name of something in it.
type Key = (String, String);

pub struct NewBranch {
    line: u32,
    key: Key,
    kind: PartyBranchKind,
    parent: Option<Key>,
    established_on: Option<NaiveDate>,
    complexes: Vec<Key>,
}

pub fn read(line: Line) -> Result<NewBranch, Bad> {
    let area = line.code("area_code", &[12, 15, 18])?.to_owned();
    let parent_area = if line.text("parent_area").is_empty() { &area } else { line.code("parent_area", &[12, 15, 18])? };
    let parent = line.maybe_name("parent", 100)?.map(|name| (parent_area.to_owned(), name));
    let named = line.text("complexes").split(['、', '，', ',', ';', '；']).map(str::trim).filter(|name| !name.is_empty());
    let complexes = named.map(|name| name.split_once('/').map_or((area.clone(), name.into()), |(code, name)| (code.into(), name.into())));
    Ok(NewBranch {
        line: line.number,
        kind: line.word("kind", KINDS).or_else(|bad| line.word("kind", EXPORTED).map_err(|_| bad))?,
        parent,
        established_on: line.maybe_day("established_on")?,
        complexes: complexes.collect(),
        key: (area, line.name("name", 100)?.to_owned()),
    })
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewBranch>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, mut good) = (Tally::default(), lines.bad, lines.good);
    let twice = sheet::twice(good.iter().map(|branch| (branch.line, &branch.key)), NAME);
    let again: HashSet<u32> = twice.iter().map(|bad| bad.line).collect();
    good.retain(|branch| !again.contains(&branch.line));
    bad.extend(twice);
    let (first, today) = (service::FIRST, app.clock.today());
    let out_of_range = |day: NaiveDate| !(first..=today).contains(&day);
    for branch in good.iter().filter(|branch| branch.established_on.is_some_and(out_of_range)) {
        let why = Why::of("out-of-range").with("low", first.to_string()).with("high", today.to_string());
        bad.push(Bad { line: branch.line, column: Some(ESTABLISHED), why });
    }
    let mut table = Table::default();
    for portion in good.chunks(PORTION) {
        table.look_up(app, &tx, portion, &mut bad).await?;
    }
    let (total, mut done) = (good.len(), 0);
    let mut all = Vec::new();
    for portion in good.chunks(PORTION) {
        let mut sorted = table.sort(&tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        keep_changes::<Branches>(app, &tx, lines.by, &sorted.changed).await?;
        all.extend(sorted.rows());
        done += portion.len();
        told(done / 2, total);
    }
    if bad.is_empty() {
        // first without parents: these may come later in the table
        store::put(&tx, all.iter().filter(|row| !table.known.contains_key(&row.id)).map(orphaned).collect()).await?;
    }
    bad.extend(table.circles(&tx, &good).await?);
    if bad.is_empty() {
        store::put(&tx, all).await?;
    }
    for portion in good.chunks(PORTION) {
        let covers = table.covers(app, &tx, portion, &mut bad, &mut tally).await?;
        if bad.is_empty() {
            store::put_covers(&tx, covers).await?;
        }
    }
    told(total, total);
    sheet::finish(tx, bad, tally).await
}

fn orphaned(row: &party_branch::Model) -> party_branch::Model {
    party_branch::Model { parent_id: None, ..row.clone() }
}

/// What the lines name, and what is known of it.
#[derive(Default)]
struct Table {
    areas: HashMap<String, area::Model>,
    ids: HashMap<Key, PartyBranchId>,
    /// Those of the table that the database has.
    known: HashMap<PartyBranchId, party_branch::Model>,
    /// What those of the table are to stand below.
    parents: HashMap<PartyBranchId, Option<PartyBranchId>>,
}

impl Table {
    async fn look_up(&mut self, app: &App, tx: &DatabaseTransaction, portion: &[NewBranch], bad: &mut Vec<Bad>) -> Result<(), Refused> {
        let named = |line: &NewBranch| line.parent.iter().chain(&line.complexes).map(|(code, _)| code.clone()).collect::<Vec<_>>();
        self.areas.extend(areas::by_codes_in_tx(tx, portion.iter().flat_map(named).collect()).await?);
        self.areas.extend(areas::lock_by_codes_in_tx(tx, portion.iter().map(|line| line.key.0.clone()).collect()).await?);
        let places: Vec<AreaId> = portion.iter().filter_map(|line| self.areas.get(&line.key.0)).map(|area| area.id).collect();
        let rows = store::named(tx, places, portion.iter().map(|line| line.key.1.clone()).collect()).await?;
        let mut known: HashMap<(AreaId, String), Vec<party_branch::Model>> = HashMap::new();
        for row in rows {
            known.entry((row.area_id, row.name.clone())).or_default().push(row);
        }
        for line in portion {
            let Some(area) = self.areas.get(&line.key.0) else {
                bad.push(Bad { line: line.line, column: Some(AREA), why: Why::of("import-no-area") });
                continue;
            };
            if area.ended_on.is_some() {
                bad.push(Bad { line: line.line, column: Some(AREA), why: Why::of("import-area-ended") });
                continue;
            }
            match standing::<Branches>(known.remove(&(area.id, line.key.1.clone())).unwrap_or_default(), app.clock.today()) {
                Err(why) => bad.push(Bad { line: line.line, column: Some(NAME), why }),
                Ok(Some(row)) => {
                    self.ids.insert(line.key.clone(), row.id);
                    self.known.insert(row.id, row);
                }
                Ok(None) => {
                    self.ids.insert(line.key.clone(), app.clock.new_id());
                }
            }
        }
        Ok(())
    }

    async fn sort(&mut self, tx: &DatabaseTransaction, portion: &[NewBranch]) -> Result<Sorted<party_branch::Model>, Refused> {
        let elsewhere = portion.iter().filter_map(|line| line.parent.as_ref()).filter(|key| !self.ids.contains_key(*key));
        let above = service::by_names_in_tx(tx, elsewhere.map(|(code, name)| (&**code, &**name)).collect()).await?;
        let mut sorted = Sorted::default();
        for line in portion {
            let (Some(id), Some(area)) = (self.ids.get(&line.key).copied(), self.areas.get(&line.key.0)) else { continue };
            let known = self.known.get(&id).cloned();
            let parent_id = match &line.parent {
                None => known.as_ref().and_then(|known| known.parent_id),
                Some(key) => {
                    let found = self.ids.get(key).or_else(|| above.get(key)).copied();
                    let contains = self.areas.get(&key.0).is_some_and(|place| area.path.starts_with(&place.path));
                    let Some(parent) = found.filter(|_| contains) else {
                        sorted.bad.push(Bad { line: line.line, column: Some(PARENT), why: Why::of("import-no-parent-of-branch") });
                        continue;
                    };
                    Some(parent)
                }
            };
            self.parents.insert(id, parent_id);
            let mut row = party_branch::Model {
                id,
                area_id: area.id,
                parent_id,
                name: line.key.1.clone(),
                kind: line.kind,
                provenance: known.as_ref().map_or(Provenance::Recorded, |known| known.provenance),
                firm_id: known.as_ref().and_then(|known| known.firm_id),
                established_on: line.established_on.or(known.as_ref().and_then(|known| known.established_on)),
                ended_on: None,
                version: known.as_ref().map_or(1, |known| known.version),
            };
            if row.firm_id.is_some() && row.kind != PartyBranchKind::PropertyServiceBranch {
                sorted.bad.push(Bad { line: line.line, column: Some(KIND), why: Why::of("party-branch-of-firm") });
                continue;
            }
            if known.as_ref().is_some_and(|known| *known != row) {
                row.version += 1;
            }
            sorted.put(known, row);
        }
        Ok(sorted)
    }

    /// Lines whose organisation would stand below itself.
    async fn circles(&self, tx: &DatabaseTransaction, lines: &[NewBranch]) -> Result<Vec<Bad>, Refused> {
        let mut others: HashMap<PartyBranchId, Option<PartyBranchId>> = HashMap::new();
        let mut bad = Vec::new();
        for line in lines {
            let Some(&id) = self.ids.get(&line.key) else { continue };
            let (mut at, mut seen) = (id, HashSet::new());
            while seen.insert(at) {
                let above = match self.parents.get(&at).or_else(|| others.get(&at)) {
                    Some(above) => *above,
                    None => {
                        let above = store::maybe_by_id(tx, at).await?.and_then(|row| row.parent_id);
                        others.insert(at, above);
                        above
                    }
                };
                match above {
                    None => break,
                    Some(above) if above == id => {
                        bad.push(Bad { line: line.line, column: Some(PARENT), why: Why::of("party-parent-below") });
                        break;
                    }
                    Some(above) => at = above,
                }
            }
        }
        Ok(bad)
    }

    /// What is to be covered from now on, or since a new organisation was established.
    async fn covers(
        &self,
        app: &App,
        tx: &DatabaseTransaction,
        portion: &[NewBranch],
        bad: &mut Vec<Bad>,
        tally: &mut Tally,
    ) -> Result<Vec<party_cover::Model>, Refused> {
        let today = app.clock.today();
        let keys = portion.iter().flat_map(|line| &line.complexes).map(|(code, name)| (&**code, &**name)).collect();
        let complexes = complex::service::by_names_in_tx(tx, keys).await?;
        let branches = portion.iter().filter_map(|line| self.ids.get(&line.key)).copied().collect();
        let (over, lasting): (Vec<_>, Vec<_>) =
            store::covers_of_all(tx, branches).await?.into_iter().partition(|cover| Covers::is_over(cover, today));
        let key = |cover: party_cover::Model| (cover.branch_id, cover.complex_id);
        let over: HashSet<_> = over.into_iter().map(key).collect();
        let mut covered: HashSet<_> = lasting.into_iter().map(key).collect();
        let mut new = Vec::new();
        for line in portion {
            let (Some(&branch_id), Some(area)) = (self.ids.get(&line.key), self.areas.get(&line.key.0)) else { continue };
            let is_new = !self.known.contains_key(&branch_id);
            let before = new.len();
            for key in &line.complexes {
                let Some(&complex_id) = complexes.get(key) else {
                    bad.push(Bad { line: line.line, column: Some(COMPLEXES), why: Why::of("import-no-complex") });
                    continue;
                };
                let within = |place: &area::Model| place.path.starts_with(&area.path) || area.path.starts_with(&place.path);
                if !self.areas.get(&key.0).is_some_and(within) {
                    bad.push(Bad { line: line.line, column: Some(COMPLEXES), why: Why::of("party-cover-elsewhere") });
                    continue;
                }
                if covered.insert((branch_id, complex_id)) {
                    if over.contains(&(branch_id, complex_id)) {
                        bad.push(Bad { line: line.line, column: Some(COMPLEXES), why: Why::of("import-cover-ended") });
                        continue;
                    }
                    let starts_on = Some(line.established_on.filter(|_| is_new).unwrap_or(today));
                    let (id, area_id) = (app.clock.new_id(), area.id);
                    new.push(party_cover::Model { id, branch_id, complex_id, area_id, starts_on, ended_on: None, version: 1 });
                }
            }
            let same = self.known.get(&branch_id).is_some_and(|known| self.says_the_same(known, line));
            if new.len() > before && same {
                tally.changed += 1;
                tally.known = tally.known.saturating_sub(1);
            }
        }
        Ok(new)
    }

    /// Whether a line says of the organisation itself what is known.
    fn says_the_same(&self, known: &party_branch::Model, line: &NewBranch) -> bool {
        let parent = self.parents.get(&known.id).copied().flatten();
        known.kind == line.kind && known.parent_id == parent && line.established_on.is_none_or(|day| known.established_on == Some(day))
    }
}
