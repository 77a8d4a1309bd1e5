//! Persons and their posts from a table 导入人员及任职: one line for each post. A person is known by telephone number, else by sign-in name, else by name and post; a post by its
//! person, role, unit and first day.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{AreaId, AreaLevel, CompositionRule, PersonId, PostRole, Provenance, area, person, post};
use uuid::Uuid;

use super::{named, store};
use crate::{
    app::App,
    area::service as areas,
    committee, complex,
    db::DatabaseTransaction,
    department, firm, grid, party,
    person::scope::{Persons, Posts},
    record::import::keep_changes,
    search,
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

pub const COLUMNS: &[Column] = &[
    Column::required("name", "姓名", "不超过 50 字。"),
    Column::optional("phone", "手机", "5 至 20 位数字，可带 + 和 -。同一号码即同一人。"),
    Column::optional("sign_in", "登录名", "小写字母、数字和 -，不超过 50 个字符，用于签发令牌。"),
    Column::required(
        "role",
        "岗位",
        "居民、网格员、党支部书记、社区工作人员、街道工作人员、部门工作人员、物业项目经理、区指挥中心工作人员、分析员、审计员或系统管理员。",
    ),
    Column::required("area_code", "区划代码", "小区、党支部所在区划，网格，社区，街道；部门、企业和区级岗位填区县。"),
    Column::optional("unit", "单位名称", "小区、党支部、部门或物业企业的名称；其他岗位留空。"),
    Column::required("starts_on", "起任日期", "如 2026-06-10。"),
    Column::optional("ends_on", "离任日期", "最后一天；在任的留空。"),
];

const ROLES: &[(&str, PostRole)] = &[
    ("居民", PostRole::Resident),
    ("网格员", PostRole::GridWorker),
    ("党支部书记", PostRole::BranchSecretary),
    ("社区工作人员", PostRole::CommunityOfficer),
    ("街道工作人员", PostRole::SubdistrictOfficer),
    ("部门工作人员", PostRole::DepartmentOfficer),
    ("物业项目经理", PostRole::FirmManager),
    ("区指挥中心工作人员", PostRole::DistrictOfficer),
    ("分析员", PostRole::Analyst),
    ("审计员", PostRole::Auditor),
    ("系统管理员", PostRole::Administrator),
    ("RESIDENT", PostRole::Resident),
    ("GRID_WORKER", PostRole::GridWorker),
    ("BRANCH_SECRETARY", PostRole::BranchSecretary),
    ("COMMUNITY_OFFICER", PostRole::CommunityOfficer),
    ("SUBDISTRICT_OFFICER", PostRole::SubdistrictOfficer),
    ("DEPARTMENT_OFFICER", PostRole::DepartmentOfficer),
    ("FIRM_MANAGER", PostRole::FirmManager),
    ("DISTRICT_OFFICER", PostRole::DistrictOfficer),
    ("ANALYST", PostRole::Analyst),
    ("AUDITOR", PostRole::Auditor),
    ("ADMINISTRATOR", PostRole::Administrator),
];

/// Posts that follow from seats on committees, and that no table gives.
const OF_SEATS: &[(&str, ())] = &[
    ("业主委员会主任", ()),
    ("业主委员会副主任", ()),
    ("业委会主任", ()),
    ("业委会副主任", ()),
    ("业主委员会主任、副主任", ()),
    ("COMMITTEE_CHAIR", ()),
];

pub struct NewPost {
    line: u32,
    name: String,
    phone: Option<String>,
    sign_in: Option<String>,
    role: PostRole,
    area: String,
    unit: Option<String>,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

pub fn read(line: Line) -> Result<NewPost, Bad> {
    let (starts_on, ends_on) = (line.day("starts_on")?, line.maybe_day("ends_on")?);
    if ends_on.is_some_and(|end| end < starts_on) {
        return Err(line.bad("ends_on", Why::of("import-ends-before")));
    }
    if line.word("role", OF_SEATS).is_ok() {
        return Err(line.bad("role", Why::of("post-of-seat")));
    }
    let role = line.word("role", ROLES)?;
    let unit = line.maybe_name("unit", 100)?;
    match (is_named(role), &unit) {
        (true, None) => return Err(line.bad("unit", Why::of("required"))),
        (false, Some(_)) => return Err(line.bad("unit", Why::of("import-no-unit-here"))),
        _ => {}
    }
    Ok(NewPost {
        line: line.number,
        name: line.name("name", 50)?.to_owned(),
        phone: named::phone(&line)?,
        sign_in: named::sign_in(&line)?,
        role,
        area: line.code("area_code", &[12, 15, 18])?.to_owned(),
        unit,
        starts_on,
        ends_on,
    })
}

/// Whether the unit of a role goes by a name; all others are areas.
fn is_named(role: PostRole) -> bool {
    matches!(role, PostRole::Resident | PostRole::BranchSecretary | PostRole::DepartmentOfficer | PostRole::FirmManager)
}

/// Who sends a table, where that matters: nobody gives themselves a post, and nobody changes what is known of persons elsewhere.
pub struct Importer {
    pub person: PersonId,
    /// What they administer; none: everywhere.
    pub areas: Option<Vec<AreaId>>,
}

/// Takes all of them in, or none.
pub async fn import(app: &Arc<App>, lines: Lines<NewPost>, told: Told<'_>) -> Result<Tally, Refused> {
    take(app, lines, told, None).await
}

/// The same by somebody with limits.
pub async fn import_by(app: &Arc<App>, lines: Lines<NewPost>, told: Told<'_>, by: &Importer) -> Result<Tally, Refused> {
    take(app, lines, told, Some(by)).await
}

async fn take(app: &Arc<App>, lines: Lines<NewPost>, told: Told<'_>, by: Option<&Importer>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    // what the table has said of a person
    let mut said = HashSet::new();
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let (persons, mut posts) = sort(app, &tx, portion, &mut said, by).await?;
        tally.count(&posts, portion.len());
        bad.append(&mut posts.bad);
        keep_changes::<Persons>(app, &tx, lines.by, &persons.changed).await?;
        keep_changes::<Posts>(app, &tx, lines.by, &posts.changed).await?;
        let rows = persons.rows();
        search::index(&tx, &rows).await?;
        store::put(&tx, rows).await?;
        store::put_posts(&tx, posts.rows()).await?;
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

/// A unit and where it lies.
type Unit = (Uuid, AreaId);

/// The unit of each line, where there is one.
async fn units(tx: &DatabaseTransaction, portion: &[NewPost], today: NaiveDate) -> Result<Vec<Option<Unit>>, Refused> {
    let of = |role: PostRole| portion.iter().filter(move |line| line.role == role);
    let keys = |role: PostRole| of(role).map(|line| (&*line.area, line.unit.as_deref().unwrap_or_default())).collect::<Vec<_>>();
    let codes = portion.iter().map(|line| line.area.clone()).collect();
    let places = areas::by_codes_in_tx(tx, codes).await?;
    let grids = grid::service::by_areas_in_tx(tx, places.values().map(|area| area.id).collect()).await?;
    let complexes = complex::service::by_names_in_tx(tx, keys(PostRole::Resident)).await?;
    let branches = party::service::by_names_in_tx(tx, keys(PostRole::BranchSecretary)).await?;
    let departments = department::service::by_names_in_tx(tx, keys(PostRole::DepartmentOfficer), today).await?;
    let firms = firm::service::by_names_in_tx(tx, keys(PostRole::FirmManager)).await?;
    let unit = |line: &NewPost| -> Option<Unit> {
        let area: &area::Model = places.get(&line.area).filter(|area| area.ended_on.is_none())?;
        let at = |level| (area.level == level).then(|| area.id.into());
        let key = (line.area.clone(), line.unit.clone().unwrap_or_default());
        let unit: Uuid = match line.role {
            PostRole::Resident => complexes.get(&key).copied()?.into(),
            PostRole::BranchSecretary => branches.get(&key).copied()?.into(),
            PostRole::DepartmentOfficer => departments.get(&key).copied()?.into(),
            PostRole::FirmManager => firms.get(&key).copied()?.into(),
            PostRole::GridWorker => grids.get(&area.id)?.id.into(),
            // refused where the line is read
            PostRole::CommitteeChair => return None,
            PostRole::CommunityOfficer => at(AreaLevel::Community)?,
            PostRole::SubdistrictOfficer => at(AreaLevel::Subdistrict)?,
            PostRole::DistrictOfficer => at(AreaLevel::District).or_else(|| at(AreaLevel::City))?,
            PostRole::Analyst | PostRole::Auditor | PostRole::Administrator => area.id.into(),
        };
        Some((unit, area.id))
    };
    Ok(portion.iter().map(unit).collect())
}

async fn sort(
    app: &App,
    tx: &DatabaseTransaction,
    portion: &[NewPost],
    said: &mut HashSet<Uuid>,
    by: Option<&Importer>,
) -> Result<(Sorted<person::Model>, Sorted<post::Model>), Refused> {
    let units = units(tx, portion, app.clock.today()).await?;
    let mut people = People::known(tx, portion, units.iter().flatten().map(|unit| unit.0).collect()).await?;
    let (elsewhere, also_elsewhere) = match by.and_then(|by| by.areas.as_deref()) {
        Some(areas) => (
            store::posted_only_outside(tx, people.ids(), areas).await?,
            store::posted_outside_from(tx, people.ids(), areas, app.clock.today()).await?,
        ),
        None => (HashSet::new(), HashSet::new()),
    };
    let (mut persons, mut posts) = (Sorted::default(), Sorted::default());
    for (line, unit) in portion.iter().zip(units) {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let Some((unit_id, area_id)) = unit else {
            posts.bad.push(if is_named(line.role) {
                bad("单位名称", Why::of("import-no-unit"))
            } else {
                bad("区划代码", Why::of("import-no-unit"))
            });
            continue;
        };
        let known = match people.find(line, unit_id) {
            Ok(known) => known,
            Err(why) => {
                posts.bad.push(bad("登录名", why));
                continue;
            }
        };
        let row = person::Model {
            id: known.as_ref().map_or_else(|| app.clock.new_id(), |known| known.id),
            name: line.name.clone(),
            phone: line.phone.clone().or_else(|| known.as_ref()?.phone.clone()),
            sign_in: line.sign_in.clone().or_else(|| known.as_ref()?.sign_in.clone()),
            provenance: known.as_ref().map_or(Provenance::Recorded, |known| known.provenance),
            erased_at: None,
            area_id: known.as_ref().map_or(Some(area_id), |known| known.area_id),
            version: known.as_ref().map_or(1, |known| known.version),
        };
        let row = raised(row, known.as_ref());
        if known.as_ref().is_some_and(|known| *known != row) && said.contains(&row.id.into()) {
            posts.bad.push(bad("姓名", Why::of("import-person-twice")));
            continue;
        }
        if known.as_ref().is_some_and(|known| *known != row && elsewhere.contains(&known.id)) {
            posts.bad.push(bad("姓名", Why::of("import-person-elsewhere")));
            continue;
        }
        // as by mutation: under that name they would do what they are posted for elsewhere
        if known.as_ref().is_some_and(|known| known.sign_in != row.sign_in && also_elsewhere.contains(&known.id)) {
            posts.bad.push(bad("登录名", Why::of("import-person-elsewhere")));
            continue;
        }
        let held = people.post(row.id, line, unit_id);
        let post = post::Model {
            id: held.as_ref().map_or_else(|| app.clock.new_id(), |held| held.id),
            person_id: row.id,
            role: line.role,
            unit_id,
            area_id,
            starts_on: line.starts_on,
            ends_on: line.ends_on,
            version: held.as_ref().map_or(1, |held| held.version),
        };
        let post = match &held {
            Some(held) if *held != post => post::Model { version: post.version + 1, ..post },
            _ => post,
        };
        if held.as_ref().is_some_and(|held| *held != post) && said.contains(&post.id.into()) {
            posts.bad.push(bad("离任日期", Why::of("import-post-twice")));
            continue;
        }
        if held.as_ref() != Some(&post) && by.is_some_and(|by| by.person == row.id) {
            posts.bad.push(bad("姓名", Why::of("import-own-post")));
            continue;
        }
        let days = (line.starts_on, line.ends_on);
        if line.role == PostRole::FirmManager && known.is_some() && store::barred(tx, row.id, unit_id.into(), days).await? {
            let rule = CompositionRule::NotOfServingFirm;
            posts
                .bad
                .push(bad("单位名称", Why::of("broken-not-of-serving-firm").with("source", committee::model::source(rule).to_owned())));
            continue;
        }
        said.extend([Uuid::from(row.id), post.id.into()]);
        people.keep(&row);
        people.posts.push((post.clone(), row.clone()));
        persons.put(known, row);
        posts.put(held, post);
    }
    Ok((persons, posts))
}

/// At the next version where it says something else than is known.
fn raised(row: person::Model, known: Option<&person::Model>) -> person::Model {
    let differs = known.is_some_and(|known| *known != row);
    person::Model { version: row.version + i32::from(differs), ..row }
}

/// Those whom lines may mean.
struct People {
    by_phone: HashMap<String, person::Model>,
    by_sign_in: HashMap<String, person::Model>,
    /// Of the units that are named, and of those persons.
    posts: Vec<(post::Model, person::Model)>,
}

impl People {
    async fn known(tx: &DatabaseTransaction, portion: &[NewPost], units: Vec<Uuid>) -> Result<Self, Refused> {
        let phones = portion.iter().filter_map(|line| line.phone.clone()).collect();
        let sign_ins = portion.iter().filter_map(|line| line.sign_in.clone()).collect();
        let rows = store::known_by(tx, phones, sign_ins).await?;
        let key = |of: fn(&person::Model) -> &Option<String>| {
            let keyed = rows.iter().filter_map(|row| Some((of(row).clone()?, row.clone())));
            keyed.collect::<HashMap<_, _>>()
        };
        let (by_phone, by_sign_in) = (key(|row| &row.phone), key(|row| &row.sign_in));
        let posts = store::posts_with_persons(tx, units).await?;
        Ok(Self { by_phone, by_sign_in, posts })
    }

    /// Whom a line means, if it is anybody who is known.
    fn find(&self, line: &NewPost, unit: Uuid) -> Result<Option<person::Model>, Why> {
        let by_phone = line.phone.as_ref().and_then(|phone| self.by_phone.get(phone));
        let by_sign_in = line.sign_in.as_ref().and_then(|sign_in| self.by_sign_in.get(sign_in));
        if let (Some(one), Some(other)) = (by_phone, by_sign_in)
            && one.id != other.id
        {
            return Err(Why::of("import-sign-in-taken"));
        }
        let found = by_phone.or(by_sign_in);
        if found.is_some() || line.phone.is_some() || line.sign_in.is_some() {
            return Ok(found.cloned());
        }
        let same =
            |(post, person): &&(post::Model, person::Model)| post.role == line.role && post.unit_id == unit && person.name == line.name;
        Ok(self.posts.iter().find(same).map(|(_, person)| person.clone()))
    }

    fn ids(&self) -> Vec<PersonId> {
        let known = self.by_phone.values().chain(self.by_sign_in.values()).chain(self.posts.iter().map(|(_, person)| person));
        known.map(|person| person.id).collect::<HashSet<_>>().into_iter().collect()
    }

    fn keep(&mut self, row: &person::Model) {
        self.by_phone.extend(row.phone.iter().map(|phone| (phone.clone(), row.clone())));
        self.by_sign_in.extend(row.sign_in.iter().map(|sign_in| (sign_in.clone(), row.clone())));
    }

    fn post(&self, person: PersonId, line: &NewPost, unit: Uuid) -> Option<post::Model> {
        let posts = self.posts.iter().map(|(post, _)| post);
        let same = |post: &&post::Model| {
            post.person_id == person && post.role == line.role && post.unit_id == unit && post.starts_on == line.starts_on
        };
        posts.rev().find(same).cloned()
    }
}
