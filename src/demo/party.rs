//! What belongs to party organisations 党组织, and the double reports 双报到: as many as published, and invented all of them.

use anyhow::Context;
use chrono::{Datelike, NaiveDate};
use entity::{
    AreaId, ComplexId, DoubleReportId, Hundredths, InstructorKind, PartyBranchKind, PartyRole, PersonId, PostRole, Provenance,
    double_report, duty_claim, duty_post, party_cover, party_instructor, party_membership, person, service_record,
};

use super::{
    World,
    dice::{Dice, ago},
    town::{Home, MOON_COURT, Town, YUETANG},
};

/// 郴州市苏仙区 (2021-10-22): 67 party members have reported to 御景湾.
const ROYAL_BAY: (&str, usize) = ("御景湾", 67);
/// 中新网 (2025-10-28): over 4,000 party members in Louxing.
const LOUXING_MEMBERS: usize = 4_012;
const INSTRUCTORS: usize = 18;

pub fn lay_out(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    covers(world, town, dice);
    members(world, town, dice);
    instructors(world, town, dice);
    let bay = town.elsewhere.iter().find(|home| home.name == ROYAL_BAY.0).with_context(|| format!("no complex {}", ROYAL_BAY.0))?;
    let told = (dice.told(2019, 7, 1), dice.told(2021, 10, 8));
    for _ in 0..ROYAL_BAY.1 {
        reports(world, dice, bay, None, told);
    }
    let told = (dice.told(2022, 10, 1), dice.told(2025, 10, 1));
    for number in 0..LOUXING_MEMBERS {
        let home = &town.homes[number % town.homes.len()];
        // a resident first, where there is one left
        let resident = home.residents.get(number / town.homes.len()).copied();
        reports(world, dice, home, resident, told);
    }
    units(world, town, dice);
    duties(world, town, dice)
}

fn covers(world: &mut World, town: &Town, dice: &mut Dice) {
    let starts_on = Some(dice.told(2022, 9, 1));
    for home in &town.homes {
        let Some(branch_id) = home.branch else { continue };
        let (id, area_id) = (dice.noun(), home.area);
        world.covers.push(party_cover::Model { id, branch_id, complex_id: home.id, area_id, starts_on, ended_on: None, version: 1 });
    }
}

/// The secretary and one resident belong to each branch of a complex; in 新月苑 more of them.
fn members(world: &mut World, town: &Town, dice: &mut Dice) {
    let branches: Vec<_> = world
        .branches
        .iter()
        .filter(|branch| branch.kind == PartyBranchKind::ComplexBranch)
        .map(|branch| (branch.id, branch.area_id))
        .collect();
    for (branch_id, area_id) in branches {
        let Some(home) = town.homes.iter().find(|home| home.branch == Some(branch_id)) else { continue };
        let secretary = town.staff.get(&branch_id.0).and_then(|staff| staff.first()).map(|worker| worker.person);
        let residents = home.residents.iter().rev().take(if home.name == MOON_COURT { 5 } else { 1 }).copied();
        for (at, person_id) in secretary.into_iter().chain(residents).enumerate() {
            let role = if at == 1 { PartyRole::CommitteeMember } else { PartyRole::Member };
            let starts_on = ago(dice.told(2022, 10, 1), dice.between(1, 30));
            let id = dice.noun();
            world.memberships.push(party_membership::Model {
                id,
                branch_id,
                person_id,
                area_id,
                role,
                starts_on,
                ended_on: None,
                version: 1,
            });
        }
    }
}

/// Officers of subdistricts are sent to the branches of property services.
fn instructors(world: &mut World, town: &Town, dice: &mut Dice) {
    let mut officers: Vec<PersonId> =
        world.posts.iter().filter(|post| post.role == PostRole::SubdistrictOfficer).map(|post| post.person_id).collect();
    officers.sort();
    let homes: Vec<&Home> = town.homes.iter().filter(|home| home.firm.is_some()).collect();
    let branches =
        world.branches.iter().filter(|branch| branch.firm_id.is_some_and(|firm| homes.iter().any(|home| home.firm == Some(firm))));
    let branches: Vec<_> = branches.take(INSTRUCTORS).map(|branch| (branch.id, branch.area_id)).collect();
    for (at, (branch, area_id)) in branches.into_iter().enumerate() {
        let starts_on = ago(dice.today, dice.between(30, 600));
        world.instructors.push(party_instructor::Model {
            id: dice.noun(),
            kind: if at == 0 { InstructorKind::FirstSecretary } else { InstructorKind::Instructor },
            person_id: officers[at % officers.len()],
            branch_id: Some(branch),
            firm_id: None,
            area_id,
            sent_by: "街道党工委（演示）".to_owned(),
            starts_on,
            ended_on: None,
            version: 1,
        });
    }
}

/// A member reports to a complex: this resident, or one more person.
fn reports(world: &mut World, dice: &mut Dice, home: &Home, resident: Option<PersonId>, told: (NaiveDate, NaiveDate)) {
    let person_id = resident.unwrap_or_else(|| {
        let (id, number) = (dice.noun(), world.persons.len() + 1);
        let (name, provenance) = (format!("演示党员{number:04}"), Provenance::Invented);
        world.persons.push(person::Model {
            id,
            name,
            phone: None,
            sign_in: None,
            provenance,
            erased_at: None,
            area_id: Some(home.area),
            version: 1,
        });
        id
    });
    let starts_on = dice.day_between(told.0, told.1);
    report(world, dice, (home.area, Some(home.id)), starts_on, |row| {
        row.person_id = Some(person_id);
        row.service = Some(SERVICES[row.starts_on.ordinal0() as usize % SERVICES.len()].to_owned());
    });
}

const SERVICES: [&str; 6] = ["政策宣传", "矛盾调解", "环境整治", "关爱老人", "治安巡逻", "法律咨询"];

fn report(
    world: &mut World,
    dice: &mut Dice,
    (area_id, complex_id): (AreaId, Option<ComplexId>),
    starts_on: NaiveDate,
    of: impl FnOnce(&mut double_report::Model),
) -> DoubleReportId {
    let mut row = double_report::Model {
        id: dice.noun(),
        person_id: None,
        department_id: None,
        firm_id: None,
        unit_name: None,
        branch_id: None,
        complex_id,
        area_id,
        service: None,
        skills: None,
        starts_on,
        ended_on: None,
        provenance: Provenance::Invented,
        version: 1,
    };
    of(&mut row);
    let id = row.id;
    world.double_reports.push(row);
    id
}

/// Each department reports to a community.
fn units(world: &mut World, town: &Town, dice: &mut Dice) {
    let departments: Vec<_> = world.departments.iter().map(|department| department.id).collect();
    for (at, department) in departments.into_iter().enumerate() {
        let area = town.quarters[at % town.quarters.len()].id;
        let starts_on = ago(dice.today, dice.between(60, 700));
        report(world, dice, (area, None), starts_on, |row| row.department_id = Some(department));
    }
}

/// In 月塘社区 the buildings have keepers 楼栋长, who record what they do.
fn duties(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let quarter = town.quarters.iter().find(|quarter| quarter.code == YUETANG).context("no community 月塘")?;
    for &home in &quarter.homes {
        let home = &town.homes[home];
        let places = i32::try_from(home.blocks.len())?;
        let post_id = dice.noun();
        let (name, duties) = ("楼栋长".to_owned(), Some("联系住户，报告隐患，调解纠纷".to_owned()));
        let (area_id, complex_id) = (home.area, Some(home.id));
        world.duty_posts.push(duty_post::Model {
            id: post_id,
            name,
            area_id,
            complex_id,
            duties,
            places,
            ended_on: None,
            version: 1,
            building_id: None,
            stairwell_id: None,
        });
        let here = world.double_reports.iter().filter(|report| report.complex_id == complex_id).map(|report| (report.id, report.starts_on));
        let holders: Vec<_> = here.take(home.blocks.len()).collect();
        let confirmer = town.sign_in("community")?.person;
        for (report_id, since) in holders {
            let (id, starts_on) = (dice.noun(), since);
            world.duty_claims.push(duty_claim::Model { id, post_id, report_id, area_id, starts_on, ended_on: None, version: 1 });
            let day = dice.day_between(since, ago(dice.today, 1));
            world.services.push(service_record::Model {
                id: dice.noun(),
                report_id,
                area_id,
                day,
                hours: Hundredths(dice.between(1, 8) * 50),
                work: "楼栋走访、环境整治".to_owned(),
                recorded_by: confirmer,
                confirmed_by: Some(confirmer),
                confirmed_on: Some(ago(dice.today, 1)),
                ended_on: None,
                withdrawn_because: None,
                version: 1,
            });
        }
    }
    Ok(())
}
