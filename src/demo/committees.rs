//! Committees 委员会: the two that published accounts tell of, and invented ones in every community of Louxing, with their terms and members.

use anyhow::Context;
use chrono::{Months, NaiveDate};
use entity::{
    AreaId, BuildingId, CommitteeKind, CommitteeRole, ComplexId, PersonId, PostRole, Provenance, SeatCapacity, SeatOrigin, committee,
    committee_member, committee_term, person, post,
};

use super::{
    INVENTED, World,
    dice::{Dice, ago},
    town::{MOON_COURT, Town, YUETANG},
};
use crate::committee::model::post_of;

/// 郴州市苏仙区 (2021-10-22): the owners' committee of 御景湾 has 7 members.
const YUJINGWAN: (&str, usize, &str) = ("御景湾", 7, "2021-09-01");
/// 中国新闻网 2019-06-18: the 环物会 of 希格玛社区 in 海淀区 has 9 members, 1 + 2 + 6.
const SIGMA: (&str, &str) = ("110108011034", "2019-01-02");

struct Draft {
    kind: CommitteeKind,
    name: String,
    area: AreaId,
    complex: Option<ComplexId>,
    branch: Option<entity::PartyBranchId>,
    elected_on: NaiveDate,
    provenance: Provenance,
    note: &'static str,
}

type Seat = (PersonId, CommitteeRole, SeatCapacity, Option<BuildingId>);

pub fn lay_out(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    yujingwan(world, town, dice)?;
    sigma(world, dice)?;
    for quarter in &town.quarters {
        let Some(&home) = quarter.homes.first().filter(|_| quarter.code != YUETANG) else { continue };
        let home = &town.homes[home];
        let size = [5, 7][dice.below(2)];
        let seats: Vec<Seat> = (0..size).map(|at| owner(world, dice, home.id, home.area, (at, size), &home.blocks)).collect();
        let draft = Draft {
            kind: CommitteeKind::Owners,
            name: format!("{}业主委员会（演示）", home.name),
            area: home.area,
            complex: Some(home.id),
            branch: None,
            elected_on: ago(dice.today, dice.between(60, 900)),
            provenance: Provenance::Invented,
            note: INVENTED,
        };
        enter(world, dice, draft, seats);
    }
    moon_court(world, town, dice)
}

/// In 新月苑 the secretary of the branch chairs the owners' committee 一肩挑, and one of its members and the firm's manager sit on the branch committee.
fn moon_court(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let home = town.home(MOON_COURT)?;
    let (secretary, manager) = (town.sign_in("branch-secretary")?.person, town.sign_in("firm")?.person);
    let block = |at: usize| Some(home.blocks[at % home.blocks.len()].id);
    let mut seats: Vec<Seat> = vec![(secretary, CommitteeRole::Chair, SeatCapacity::Owner, block(0))];
    for (at, resident) in home.residents.iter().skip(2).take(4).enumerate() {
        let role = if at == 0 { CommitteeRole::Deputy } else { CommitteeRole::Member };
        seats.push((*resident, role, SeatCapacity::Owner, block(at + 1)));
    }
    let draft = |kind, name: String, branch: Option<entity::PartyBranchId>| Draft {
        kind,
        name,
        area: home.area,
        complex: branch.is_none().then_some(home.id),
        branch,
        elected_on: ago(dice.today, 400),
        provenance: Provenance::Invented,
        note: INVENTED,
    };
    let owners = draft(CommitteeKind::Owners, format!("{MOON_COURT}业主委员会（演示）"), None);
    let appraisal = draft(CommitteeKind::Appraisal, format!("{MOON_COURT}小区评议委员会（演示）"), None);
    let of_branch = draft(CommitteeKind::BranchCommittee, format!("{MOON_COURT}党支部委员会（演示）"), home.branch);
    let branch_seats = vec![
        (secretary, CommitteeRole::Chair, SeatCapacity::PartyMember, None),
        (seats[1].0, CommitteeRole::Member, SeatCapacity::Owner, None),
        (manager, CommitteeRole::Member, SeatCapacity::PropertyFirm, None),
    ];
    let appraisal_seats = home.residents.iter().skip(5).map(|id| (*id, CommitteeRole::Member, SeatCapacity::Owner, None)).collect();
    enter(world, dice, owners, seats);
    enter(world, dice, appraisal, appraisal_seats);
    enter(world, dice, of_branch, branch_seats);
    Ok(())
}

fn yujingwan(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let (name, size, elected_on) = YUJINGWAN;
    let home = town.elsewhere.iter().find(|home| home.name == name).with_context(|| format!("no complex {name}"))?;
    let seats = (0..size).map(|at| owner(world, dice, home.id, home.area, (at, size), &home.blocks)).collect();
    let draft = Draft {
        kind: CommitteeKind::Owners,
        name: format!("{name}业主委员会"),
        area: home.area,
        complex: Some(home.id),
        branch: None,
        elected_on: story(dice, elected_on)?,
        provenance: Provenance::Published,
        note: "公开报道（苏仙区，2021-10-22）：业主委员会 7 人；人员、职务、选举与备案日期为演示数据补充",
    };
    enter(world, dice, draft, seats);
    Ok(())
}

fn sigma(world: &mut World, dice: &mut Dice) -> anyhow::Result<()> {
    let (code, elected_on) = SIGMA;
    let area = world.area(code)?.clone();
    let director = world.posts.iter().find(|post| post.role == PostRole::CommunityOfficer && post.unit_id == area.id.0);
    let director = director.context("an officer of the community")?.person_id;
    let mut seats: Vec<Seat> = vec![(director, CommitteeRole::Chair, SeatCapacity::ResidentsCommittee, None)];
    for at in 0..8 {
        let (role, capacity) = match at {
            0 | 1 => (CommitteeRole::Deputy, SeatCapacity::Police),
            _ => (CommitteeRole::Member, SeatCapacity::Owner),
        };
        seats.push((somebody(world, dice, "环物会委员"), role, capacity, None));
    }
    let draft = Draft {
        kind: CommitteeKind::EnvironmentProperty,
        name: format!("{}环境和物业管理委员会", area.name),
        area: area.id,
        complex: None,
        branch: None,
        elected_on: story(dice, elected_on)?,
        provenance: Provenance::Published,
        note: "公开报道（中国新闻网，2019-06-18）：环物会 9 人，居委会 1 人、公安 2 人、业主 6 人；人员与任期为演示数据补充",
    };
    enter(world, dice, draft, seats);
    Ok(())
}

/// A day of an account; before a clock that stands earlier.
fn story(dice: &Dice, day: &str) -> anyhow::Result<NaiveDate> {
    Ok(day.parse::<NaiveDate>()?.min(ago(dice.today, 30)))
}

fn somebody(world: &mut World, dice: &mut Dice, word: &str) -> PersonId {
    let (id, number) = (dice.noun(), world.persons.len() + 1);
    let (name, phone) = (format!("演示{word}{number:04}"), Some(format!("1990000{number:04}")));
    world.persons.push(person::Model {
        id,
        name,
        phone,
        sign_in: None,
        provenance: Provenance::Invented,
        erased_at: None,
        area_id: None,
        version: 1,
    });
    id
}

/// One more resident who owns in the complex: the first is the chair, of seven the second a deputy.
fn owner(
    world: &mut World,
    dice: &mut Dice,
    home: ComplexId,
    area: AreaId,
    (at, size): (usize, usize),
    blocks: &[super::town::Block],
) -> Seat {
    let person_id = somebody(world, dice, "业主");
    let starts_on = ago(dice.today, 1_095);
    let (role, unit_id) = (PostRole::Resident, home.into());
    world.posts.push(post::Model { id: dice.noun(), person_id, role, unit_id, area_id: area, starts_on, ends_on: None, version: 1 });
    let role = match at {
        0 => CommitteeRole::Chair,
        1 if size > 5 => CommitteeRole::Deputy,
        _ => CommitteeRole::Member,
    };
    (person_id, role, SeatCapacity::Owner, Some(blocks[at % blocks.len()].id))
}

/// A committee with its first term, which was filed within the month, and the posts that follow from its seats.
fn enter(world: &mut World, dice: &mut Dice, draft: Draft, seats: Vec<Seat>) {
    let Draft { kind, name, area, complex, branch, elected_on, provenance, note } = draft;
    let (id, term_id) = (dice.noun(), dice.noun());
    let ends_on = elected_on.checked_add_months(Months::new(60)).map_or(elected_on, |day| ago(day, 1));
    let committee = committee::Model {
        id,
        kind,
        name,
        area_id: area,
        complex_id: complex,
        branch_id: branch,
        established_on: elected_on,
        dissolved_on: None,
        provenance,
        provenance_note: Some(note.to_owned()),
        version: 1,
    };
    let filed_on = (kind == CommitteeKind::Owners).then(|| ago(elected_on, -20));
    world.committee_terms.push(committee_term::Model {
        id: term_id,
        committee_id: id,
        number: 1,
        elected_on,
        ends_on,
        filed_on,
        filing_number: None,
    });
    for (person_id, role, capacity, building_id) in seats {
        let seat = committee_member::Model {
            id: dice.noun(),
            committee_id: id,
            term_id,
            person_id,
            role,
            capacity,
            origin: *dice.pick(&[SeatOrigin::SelfNominated, SeatOrigin::Recommended, SeatOrigin::Competed, SeatOrigin::Voted]),
            building_id,
            dwelling: None,
            starts_on: elected_on,
            ends_on,
            ended_because: None,
        };
        world.posts.extend(post_of(&committee, &seat));
        world.committee_members.push(seat);
    }
    world.committees.push(committee);
}
