//! Persons and their posts from a table 导入人员及任职: one line for each post. A post is known by its person, role, unit and first day; an empty cell leaves what is known.
//!
//! A person is known by telephone number, else by sign-in name, else by name and post. A number, or sign-in name, that nobody has is the first one of whoever has this name, that post and
//! none yet. Where such a one has another, the line is refused: it may be the same person. It is not where the table names that one too, by what they have; then these are two. A line
//! without number and sign-in name that may mean several is refused too.

mod people;

use std::{collections::HashSet, sync::Arc};

use chrono::NaiveDate;
use entity::{AreaId, AreaLevel, CompositionRule, PersonId, PostRole, Provenance, area, person, post};
use uuid::Uuid;

use self::people::{People, Said};
use super::{named, store};
use crate::{
    app::App,
    area::service as areas,
    committee, complex,
    db::DatabaseTransaction,
    department, firm, grid, party,
    person::scope::{Persons, Posts},
    record::{import::keep_changes, scope::Kept},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

const NAME: &str = "姓名";
const PHONE: &str = "手机";
const SIGN_IN: &str = "登录名";
const AREA: &str = "区划代码";
const UNIT: &str = "单位名称";
const STARTS: &str = "起任日期";
const ENDS: &str = "离任日期";

pub const COLUMNS: &[Column] = &[
    Column::required("name", NAME, "不超过 50 字。"),
    Column::optional("phone", PHONE, "5 至 20 位数字，可带空格、- 和 +86。同一号码即同一人。"),
    Column::optional("sign_in", SIGN_IN, "小写字母、数字和 -，不超过 50 个字符，用于签发令牌。"),
    Column::required(
        "role",
        "岗位",
        "居民、网格员、党支部书记、社区工作人员、街道工作人员、部门工作人员、物业项目经理、区指挥中心工作人员、分析员、审计员或系统管理员。",
    ),
    Column::required("area_code", AREA, "小区、党支部所在区划，网格，社区，街道；部门、企业和区级岗位填区县。"),
    Column::optional("unit", UNIT, "小区、党支部、部门或物业企业的名称；其他岗位留空。"),
    Column::required("starts_on", STARTS, "如 2026-06-10。"),
    Column::optional("ends_on", ENDS, "最后一天；新录入时不填为在任。"),
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
    let mut said = Said::of(&lines.good);
    for (at, portion) in lines.good.chunks(PORTION).enumerate() {
        let (persons, mut posts) = sort(app, &tx, portion, &mut said, by).await?;
        tally.count(&posts, portion.len());
        bad.append(&mut posts.bad);
        keep_changes::<Persons>(app, &tx, lines.by, &persons.changed).await?;
        keep_changes::<Posts>(app, &tx, lines.by, &posts.changed).await?;
        store::put(&tx, persons.rows()).await?;
        store::put_posts(&tx, posts.rows()).await?;
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

/// A unit, where it lies, and its last day, where that is known beforehand.
type Unit = (Uuid, AreaId, Option<NaiveDate>);

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
        let mut last = None;
        let unit: Uuid = match line.role {
            PostRole::Resident => complexes.get(&key).copied()?.into(),
            PostRole::BranchSecretary => branches.get(&key).copied()?.into(),
            PostRole::DepartmentOfficer => {
                let department = departments.get(&key)?;
                last = department.ended_on;
                department.id.into()
            }
            PostRole::FirmManager => firms.get(&key).copied()?.into(),
            PostRole::GridWorker => grids.get(&area.id)?.id.into(),
            // refused where the line is read
            PostRole::CommitteeChair => return None,
            PostRole::CommunityOfficer => at(AreaLevel::Community)?,
            PostRole::SubdistrictOfficer => at(AreaLevel::Subdistrict)?,
            PostRole::DistrictOfficer => at(AreaLevel::District).or_else(|| at(AreaLevel::City))?,
            PostRole::Analyst | PostRole::Auditor | PostRole::Administrator => area.id.into(),
        };
        Some((unit, area.id, last))
    };
    Ok(portion.iter().map(unit).collect())
}

async fn sort(
    app: &App,
    tx: &DatabaseTransaction,
    portion: &[NewPost],
    said: &mut Said<'_>,
    by: Option<&Importer>,
) -> Result<(Sorted<person::Model>, Sorted<post::Model>), Refused> {
    let today = app.clock.today();
    let units = units(tx, portion, today).await?;
    let mut people = People::known(tx, portion, units.iter().flatten().map(|unit| unit.0).collect(), today).await?;
    let (elsewhere, also_elsewhere) = match by.and_then(|by| by.areas.as_deref()) {
        Some(areas) => {
            (store::posted_only_outside(tx, people.ids(), areas).await?, store::posted_outside_from(tx, people.ids(), areas, today).await?)
        }
        None => (HashSet::new(), HashSet::new()),
    };
    let (mut persons, mut posts, mut given) = (Sorted::default(), Sorted::default(), Vec::new());
    for (line, unit) in portion.iter().zip(units) {
        let bad = |column, why| Bad { line: line.line, column: Some(column), why };
        let Some((unit_id, area_id, last)) = unit else {
            posts.bad.push(bad(if is_named(line.role) { UNIT } else { AREA }, Why::of("import-no-unit")));
            continue;
        };
        let known = match people.find(line, unit_id, said) {
            Ok(known) => known,
            Err((column, why)) => {
                posts.bad.push(bad(column, why));
                continue;
            }
        };
        let row = person_of(app, line, area_id, known.as_ref());
        if known.as_ref().is_some_and(|known| *known != row && said.lines.contains_key(&row.id.0)) {
            posts.bad.push(bad(NAME, Why::of("import-person-twice")));
            continue;
        }
        if known.as_ref().is_some_and(|known| *known != row && elsewhere.contains(&known.id)) {
            posts.bad.push(bad(NAME, Why::of("import-person-elsewhere")));
            continue;
        }
        // as by mutation: under that name they would do what they are posted for elsewhere
        if known.as_ref().is_some_and(|known| known.sign_in != row.sign_in && also_elsewhere.contains(&known.id)) {
            posts.bad.push(bad(SIGN_IN, Why::of("import-person-elsewhere")));
            continue;
        }
        let held = people.post(row.id, line, unit_id);
        let post = post_of(app, line, (row.id, unit_id, area_id), held.as_ref());
        if let Some(held) = held.as_ref().filter(|held| **held != post) {
            let twice = said.lines.contains_key(&post.id.0);
            if twice || Posts::is_over(held, today) {
                posts.bad.push(bad(ENDS, if twice { Why::of("import-post-twice") } else { Why::of("record-ended") }));
                continue;
            }
        }
        if held.as_ref() != Some(&post)
            && let Some(last) = last.filter(|last| post.ends_on.is_none_or(|end| end > *last))
        {
            let why = Why::of("out-of-range").with("low", post.starts_on.to_string()).with("high", last.to_string());
            posts.bad.push(if post.starts_on > last { bad(UNIT, Why::of("import-no-unit")) } else { bad(ENDS, why) });
            continue;
        }
        if held.as_ref() != Some(&post) && by.is_some_and(|by| by.person == row.id) {
            posts.bad.push(bad(NAME, Why::of("import-own-post")));
            continue;
        }
        // what overlaps from before may still be ended
        if held.as_ref().is_none_or(|held| held.ends_on.is_some_and(|end| post.ends_on > Some(end))) {
            given.push((line.line, post.clone()));
        }
        let days = (post.starts_on, post.ends_on);
        if line.role == PostRole::FirmManager && known.is_some() && store::barred(tx, row.id, unit_id.into(), days).await? {
            let rule = CompositionRule::NotOfServingFirm;
            posts.bad.push(bad(UNIT, Why::of("broken-not-of-serving-firm").with("source", committee::model::source(rule).to_owned())));
            continue;
        }
        said.lines.extend([(row.id.0, line.line), (post.id.0, line.line)]);
        people.keep(&row, &post);
        persons.put(known, row);
        posts.put(held, post);
    }
    // as by mutation; once all lines are known, since a later one may end what this one follows
    for (line, post) in given.into_iter().rev() {
        if people.takes_back(&post) {
            posts.bad.push(Bad { line, column: Some(STARTS), why: Why::of("import-post-overlaps") });
        }
    }
    Ok((persons, posts))
}

/// The person as they are to be, at the next version where the line says something else than is known.
fn person_of(app: &App, line: &NewPost, area_id: AreaId, known: Option<&person::Model>) -> person::Model {
    let row = person::Model {
        id: known.map_or_else(|| app.clock.new_id(), |known| known.id),
        name: line.name.clone(),
        phone: line.phone.clone().or_else(|| known?.phone.clone()),
        sign_in: line.sign_in.clone().or_else(|| known?.sign_in.clone()),
        provenance: known.map_or(Provenance::Recorded, |known| known.provenance),
        erased_at: None,
        area_id: known.map_or(Some(area_id), |known| known.area_id),
        version: known.map_or(1, |known| known.version),
    };
    let differs = known.is_some_and(|known| *known != row);
    person::Model { version: row.version + i32::from(differs), ..row }
}

/// The same of the post; of one that is known, a line says the last day only.
fn post_of(app: &App, line: &NewPost, (person_id, unit_id, area_id): (PersonId, Uuid, AreaId), held: Option<&post::Model>) -> post::Model {
    let Some(held) = held else {
        let (id, role, starts_on, ends_on) = (app.clock.new_id(), line.role, line.starts_on, line.ends_on);
        return post::Model { id, person_id, role, unit_id, area_id, starts_on, ends_on, version: 1 };
    };
    let ends_on = line.ends_on.or(held.ends_on);
    post::Model { ends_on, version: held.version + i32::from(held.ends_on != ends_on), ..held.clone() }
}
