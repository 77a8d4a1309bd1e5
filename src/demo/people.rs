//! The people 人员: invented all of them, with names that say so and numbers that nobody has.

use chrono::NaiveDate;
use entity::{AreaId, PartyBranchKind, PersonId, PostRole, Provenance, person, post};
use uuid::Uuid;

use super::{
    World,
    dice::{Dice, ago},
    town::{LOUXING, MOON_COURT, Town, URBAN_MANAGEMENT, Worker, YUETANG},
};

const RESIDENTS: usize = 3;
const RESIDENTS_OF_MOON_COURT: usize = 8;

/// One more person in one post.
pub struct Hire {
    pub role: PostRole,
    pub unit: Uuid,
    pub area: AreaId,
    pub since: NaiveDate,
    pub until: Option<NaiveDate>,
}

pub fn lay_out(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    residents(world, town, dice);
    grid_workers(world, town, dice);
    secretaries(world, town, dice);
    officers(world, town, dice)?;
    departments_and_firms(world, town, dice)?;
    district(world, town, dice)?;
    sign_ins(world, town)
}

/// Enters the person and the post; whoever can act for the unit is on its staff from then on.
pub fn hire(world: &mut World, town: &mut Town, dice: &mut Dice, hire: Hire) -> Worker {
    let id: PersonId = dice.noun();
    let number = world.persons.len() + 1;
    let name = match hire.role {
        PostRole::Resident => "居民",
        PostRole::GridWorker => "网格员",
        PostRole::BranchSecretary => "支部书记",
        PostRole::CommunityOfficer => "社区干部",
        PostRole::SubdistrictOfficer => "街道干部",
        PostRole::DepartmentOfficer => "部门干部",
        PostRole::FirmManager => "物业经理",
        PostRole::CommitteeChair => "业委会主任",
        PostRole::DistrictOfficer => "区级干部",
        PostRole::Analyst => "分析员",
        PostRole::Auditor => "审计员",
        PostRole::Administrator => "管理员",
    };
    world.persons.push(person::Model {
        id,
        name: format!("演示{name}{number:04}"),
        phone: Some(format!("1990000{number:04}")),
        sign_in: None,
        provenance: Provenance::Invented,
        erased_at: None,
        area_id: Some(hire.area),
        version: 1,
    });
    let Hire { role, unit, mut area, since, until } = hire;
    if role == PostRole::GridWorker {
        // in the grid, where whoever gives such a post puts it
        area = world.grids.iter().find(|grid| grid.id.0 == unit).map_or(area, |grid| grid.area_id);
    }
    world.posts.push(post::Model {
        id: dice.noun(),
        person_id: id,
        role,
        unit_id: unit,
        area_id: area,
        starts_on: since,
        ends_on: until,
        version: 1,
    });
    let worker = Worker { person: id, role };
    if crate::auth::duty_of(role).is_some() {
        town.staff.entry(unit).or_default().push(worker);
    }
    worker
}

/// Begins before the first case of Louxing does.
fn since(dice: &mut Dice) -> NaiveDate {
    let days = dice.between(10, 100);
    ago(dice.told(2022, 10, 1), days)
}

fn residents(world: &mut World, town: &mut Town, dice: &mut Dice) {
    for index in 0..town.homes.len() {
        let home = &town.homes[index];
        let (unit, area) = (home.id.into(), home.area);
        let count = if home.name == MOON_COURT { RESIDENTS_OF_MOON_COURT } else { RESIDENTS };
        for _ in 0..count {
            let since = since(dice);
            let resident = hire(world, town, dice, Hire { role: PostRole::Resident, unit, area, since, until: None });
            town.homes[index].residents.push(resident.person);
        }
    }
}

fn grid_workers(world: &mut World, town: &mut Town, dice: &mut Dice) {
    let mut posts = Vec::new();
    for quarter in &town.quarters {
        let mut grids: Vec<_> = quarter.homes.iter().flat_map(|&home| &town.homes[home].blocks).map(|block| block.grid).collect();
        grids.dedup();
        posts.extend(grids.into_iter().enumerate().map(|(index, grid)| (quarter.id, grid, quarter.code == YUETANG && index == 0)));
    }
    for (area, grid, open) in posts {
        let since = since(dice);
        let until = (!open && dice.chance(70)).then(|| ago(dice.today, -dice.between(120, 900)));
        hire(world, town, dice, Hire { role: PostRole::GridWorker, unit: grid.into(), area, since, until });
    }
}

fn secretaries(world: &mut World, town: &mut Town, dice: &mut Dice) {
    let complex_branches = world.branches.iter().filter(|branch| branch.kind == PartyBranchKind::ComplexBranch);
    let branches: Vec<_> = complex_branches.map(|branch| (branch.id.into(), branch.area_id)).collect();
    for (unit, area) in branches {
        let since = since(dice);
        hire(world, town, dice, Hire { role: PostRole::BranchSecretary, unit, area, since, until: None });
    }
}

fn officers(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let quarters: Vec<_> = town.quarters.iter().map(|quarter| (quarter.id, quarter.code.clone())).collect();
    let mut streets: Vec<AreaId> = Vec::new();
    for (area, code) in quarters {
        let street = world.area(&format!("{}000", &code[..9]))?.id;
        if !streets.contains(&street) {
            streets.push(street);
        }
        for _ in 0..if code == YUETANG { 3 } else { 1 } {
            let since = since(dice);
            hire(world, town, dice, Hire { role: PostRole::CommunityOfficer, unit: area.into(), area, since, until: None });
        }
    }
    for area in streets {
        for _ in 0..2 {
            let since = since(dice);
            hire(world, town, dice, Hire { role: PostRole::SubdistrictOfficer, unit: area.into(), area, since, until: None });
        }
    }
    Ok(())
}

fn departments_and_firms(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let area = world.area(LOUXING)?.id;
    let departments: Vec<Uuid> = world.departments.iter().map(|department| department.id.into()).collect();
    let firms: Vec<Uuid> = world.firms.iter().map(|firm| firm.id.into()).collect();
    for (unit, role) in departments
        .into_iter()
        .flat_map(|unit| [(unit, PostRole::DepartmentOfficer); 2])
        .chain(firms.into_iter().map(|unit| (unit, PostRole::FirmManager)))
    {
        let since = since(dice);
        hire(world, town, dice, Hire { role, unit, area, since, until: None });
    }
    Ok(())
}

fn district(world: &mut World, town: &mut Town, dice: &mut Dice) -> anyhow::Result<()> {
    let area = world.area(LOUXING)?.id;
    let roles = [PostRole::DistrictOfficer, PostRole::DistrictOfficer, PostRole::Analyst, PostRole::Auditor, PostRole::Administrator];
    for role in roles {
        let since = since(dice);
        let worker = hire(world, town, dice, Hire { role, unit: area.into(), area, since, until: None });
        match role {
            PostRole::Analyst => town.sign_ins.insert("analyst", worker),
            PostRole::Auditor => town.sign_ins.insert("auditor", worker),
            PostRole::Administrator => town.sign_ins.insert("admin", worker),
            _ => None,
        };
    }
    Ok(())
}

/// Names the people of one chain, from a resident of the complex up to the district.
fn sign_ins(world: &mut World, town: &mut Town) -> anyhow::Result<()> {
    let home = town.home(MOON_COURT)?;
    let resident = Worker { person: home.residents[0], role: PostRole::Resident };
    let street = world.area(&format!("{}000", &YUETANG[..9]))?.id;
    let department = town.departments.get(URBAN_MANAGEMENT).map(|&id| id.into());
    let units: [(&'static str, Option<Uuid>); 7] = [
        ("grid-worker", home.blocks.first().map(|block| block.grid.into())),
        ("branch-secretary", home.branch.map(Into::into)),
        ("community", Some(home.area.into())),
        ("subdistrict", Some(street.into())),
        ("department", department),
        ("firm", home.firm.map(Into::into)),
        ("district", Some(world.area(LOUXING)?.id.into())),
    ];
    town.sign_ins.insert("resident", resident);
    for (name, unit) in units {
        let first = unit.and_then(|unit| town.staff.get(&unit)).and_then(|staff| staff.first()).copied();
        if let Some(worker) = first {
            town.sign_ins.insert(name, worker);
        }
    }
    for (name, _) in super::SIGN_INS {
        let worker = town.sign_in(name)?;
        if let Some(person) = world.persons.iter_mut().find(|person| person.id == worker.person) {
            person.sign_in = Some((*name).to_owned());
        }
    }
    Ok(())
}
