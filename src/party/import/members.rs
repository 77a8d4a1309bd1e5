//! Party members from a table 导入党员组织关系: one line for each time that somebody belongs to an organisation. It is known by its organisation, its person and its first day. An empty
//! cell leaves what is known.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::NaiveDate;
use entity::{PartyBranchId, PartyRole, PersonId, party_branch, party_membership};

use crate::{
    app::App,
    db::DatabaseTransaction,
    party::{scope::Memberships, service, store},
    person::named::{self, Named},
    record::{import::keep_changes, scope::Kept},
    sheet::{self, Bad, Column, Line, Lines, PORTION, Refused, Sorted, Tally, Told, Why},
};

const BRANCH: &str = "党组织名称";
const STARTS: &str = "起始日期";
const ENDS: &str = "终止日期";

pub const MEMBER_COLUMNS: &[Column] = &[
    Column::required("area_code", "所在区划代码", "党组织所在区划的代码：社区、街道、区县 12 位，网格 15 位，微网格 18 位。"),
    Column::required("branch", BRANCH, "已录入的党组织。"),
    named::NAME,
    named::PHONE,
    named::SIGN_IN,
    Column::optional("role", "党内身份", "正式党员、预备党员、支部委员或副书记；新录入时不填为正式党员。"),
    Column::required("starts_on", STARTS, "如 2026-06-10，不晚于今天，不早于党组织成立之日。"),
    Column::optional("ends_on", ENDS, "最后一天，不晚于今天；仍属该组织的留空。"),
];

const ROLES: &[(&str, PartyRole)] = &[
    ("正式党员", PartyRole::Member),
    ("预备党员", PartyRole::Probationary),
    ("支部委员", PartyRole::CommitteeMember),
    ("副书记", PartyRole::DeputySecretary),
    ("MEMBER", PartyRole::Member),
    ("PROBATIONARY", PartyRole::Probationary),
    ("COMMITTEE_MEMBER", PartyRole::CommitteeMember),
    ("DEPUTY_SECRETARY", PartyRole::DeputySecretary),
];

pub struct NewMember {
    line: u32,
    /// The code of the area and the name of the organisation.
    branch: (String, String),
    who: Named,
    role: Option<PartyRole>,
    starts_on: NaiveDate,
    ends_on: Option<NaiveDate>,
}

pub fn read_member(line: Line) -> Result<NewMember, Bad> {
    let (starts_on, ends_on) = (line.day("starts_on")?, line.maybe_day("ends_on")?);
    if ends_on.is_some_and(|end| end < starts_on) {
        return Err(line.bad("ends_on", Why::of("import-ends-before")));
    }
    Ok(NewMember {
        line: line.number,
        branch: (line.code("area_code", &[12, 15, 18])?.to_owned(), line.name("branch", 100)?.to_owned()),
        who: Named::read(&line)?,
        role: if line.text("role").is_empty() { None } else { Some(line.word("role", ROLES)?) },
        starts_on,
        ends_on,
    })
}

/// A line with what it names.
struct Meant<'l> {
    line: &'l NewMember,
    branch: &'l party_branch::Model,
    person: PersonId,
}

/// Takes all of them in, or none.
pub async fn import_members(app: &Arc<App>, lines: Lines<NewMember>, told: Told<'_>) -> Result<Tally, Refused> {
    let tx = app.db.begin().await?;
    let (mut tally, mut bad, total) = (Tally::default(), lines.bad, lines.good.len());
    let keys: Vec<(&str, &str)> = lines.good.iter().map(|line| (&*line.branch.0, &*line.branch.1)).collect();
    // the organisations of all lines before the persons of any
    let branches = service::hold_by_names_in_tx(&tx, &keys).await?;
    let named: Vec<_> = lines.good.iter().map(|line| (&line.who, branches.get(&line.branch).map(|branch| branch.area_id))).collect();
    let persons = named::find(app, &tx, &named, lines.by).await?;
    let mut meant = Vec::with_capacity(total);
    for (line, person) in lines.good.iter().zip(persons) {
        match (branches.get(&line.branch), person) {
            (None, _) => bad.push(Bad { line: line.line, column: Some(BRANCH), why: Why::of("import-no-branch") }),
            (_, Err(wrong)) => bad.push(wrong),
            (Some(branch), Ok(person)) => meant.push(Meant { line, branch, person }),
        }
    }
    let twice = sheet::twice(meant.iter().map(|one| (one.line.line, (one.branch.id, one.person, one.line.starts_on))), STARTS);
    let again: HashSet<u32> = twice.iter().map(|bad| bad.line).collect();
    meant.retain(|one| !again.contains(&one.line.line));
    bad.extend(twice);
    // who leaves and comes again does so in that order, in whatever order the table says it
    meant.sort_by_key(|one| one.line.starts_on);
    for (at, portion) in meant.chunks(PORTION).enumerate() {
        let mut sorted = sort(app, &tx, portion).await?;
        tally.count(&sorted, portion.len());
        bad.append(&mut sorted.bad);
        keep_changes::<Memberships>(app, &tx, lines.by, &sorted.changed).await?;
        store::put_memberships(&tx, sorted.rows()).await?;
        told((at * PORTION + portion.len()).min(total), total);
    }
    sheet::finish(tx, bad, tally).await
}

async fn sort(app: &App, tx: &DatabaseTransaction, portion: &[Meant<'_>]) -> Result<Sorted<party_membership::Model>, Refused> {
    let branches: HashSet<PartyBranchId> = portion.iter().map(|one| one.branch.id).collect();
    let persons = portion.iter().map(|one| one.person).collect();
    let known = store::memberships_among(tx, branches.into_iter().collect(), persons).await?;
    let mut of: HashMap<(PartyBranchId, PersonId), Vec<party_membership::Model>> = HashMap::new();
    for row in known {
        of.entry((row.branch_id, row.person_id)).or_default().push(row);
    }
    let mut sorted = Sorted::default();
    for one in portion {
        let others = of.entry((one.branch.id, one.person)).or_default();
        let same = others.iter().position(|other| other.starts_on == one.line.starts_on);
        let known = same.map(|at| others.swap_remove(at));
        match row(app, one, known.as_ref(), others) {
            Ok(row) => {
                others.push(row.clone());
                sorted.put(known, row);
            }
            Err((column, why)) => sorted.bad.push(Bad { line: one.line.line, column: Some(column), why }),
        }
    }
    Ok(sorted)
}

/// The membership as it is to be; a mutation asks the same of its days and of the person's others.
fn row(
    app: &App,
    Meant { line, branch, person }: &Meant<'_>,
    known: Option<&party_membership::Model>,
    others: &[party_membership::Model],
) -> Result<party_membership::Model, (&'static str, Why)> {
    let today = app.clock.today();
    let within = |column, day: NaiveDate, low: NaiveDate| {
        let why = || Why::of("out-of-range").with("low", low.to_string()).with("high", today.to_string());
        if (low..=today).contains(&day) { Ok(()) } else { Err((column, why())) }
    };
    if known.is_none() {
        within(STARTS, line.starts_on, branch.established_on.unwrap_or(service::FIRST))?;
    }
    if let Some(end) = line.ends_on {
        within(ENDS, end, line.starts_on)?;
    }
    let row = match known {
        Some(known) => {
            party_membership::Model { role: line.role.unwrap_or(known.role), ended_on: line.ends_on.or(known.ended_on), ..known.clone() }
        }
        None => party_membership::Model {
            id: app.clock.new_id(),
            branch_id: branch.id,
            person_id: *person,
            area_id: branch.area_id,
            role: line.role.unwrap_or(PartyRole::Member),
            starts_on: line.starts_on,
            ended_on: line.ends_on,
            version: 1,
        },
    };
    let differs = known.is_some_and(|known| *known != row);
    if differs && known.is_some_and(|known| Memberships::is_over(known, today)) {
        return Err((ENDS, Why::of("record-ended")));
    }
    let days = (Some(row.starts_on), row.ended_on);
    if others.iter().any(|other| service::overlap(days, (Some(other.starts_on), other.ended_on))) {
        return Err((STARTS, Why::of("import-member-overlaps")));
    }
    Ok(party_membership::Model { version: row.version + i32::from(differs), ..row })
}
