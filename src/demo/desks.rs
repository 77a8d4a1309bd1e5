//! What offices keep of firms and departments: admissions, fees and lists of firms, pairings, governing documents. All invented, but that 15 leaders of 灵武市 are
//! assigned to communities (华兴时报, 2024-03-13).

use std::collections::HashMap;

use anyhow::Context;
use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, DocumentKind, FeeItem, FeeUnit, FirmId, Hundredths, PairingKind, PostRole, Provenance, ServiceItemKind,
    contract_fee, document_version, firm_admission, firm_contract, governing_document, pairing, person, post, service_item,
};

use super::{
    INVENTED, World,
    dice::{Dice, ago, moment},
    town::{LOUXING, Town},
};

/// 灵武市.
const LINGWU: &str = "640181000000";
const LEADERS: usize = 15;
const LEADERS_TOLD: &str = "公开报道（华兴时报，2024-03-13）：15 名市领导包抓；所联系的社区、人员为演示数据补充";

pub fn lay_out(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    admissions(world, dice);
    let current: Vec<firm_contract::Model> =
        world.contracts.iter().filter(|contract| contract.ends_on.is_none_or(|end| end >= dice.today)).cloned().collect();
    for contract in &current {
        fees(world, dice, contract);
    }
    lists(world, dice, &current);
    departments(world, town, dice)?;
    leaders(world, dice)?;
    documents(world, dice)
}

/// Each firm was admitted to its district before its first contract.
fn admissions(world: &mut World, dice: &mut Dice) {
    let mut first: HashMap<FirmId, NaiveDate> = HashMap::new();
    for contract in &world.contracts {
        let day = first.entry(contract.firm_id).or_insert(contract.starts_on);
        *day = (*day).min(contract.starts_on);
    }
    for firm in &world.firms {
        let admitted_on = ago(first.get(&firm.id).copied().unwrap_or(dice.today), dice.between(10, 60));
        world.admissions.push(firm_admission::Model {
            id: dice.noun(),
            firm_id: firm.id,
            district_id: firm.district_id,
            admitted_on,
            basis: "物业企业备案登记（演示）".to_owned(),
            left_on: None,
            left_because: None,
            provenance: Provenance::Invented,
            version: 1,
        });
    }
}

fn fees(world: &mut World, dice: &mut Dice, contract: &firm_contract::Model) {
    let service = Hundredths(dice.between(12, 42) * 5);
    let mut fee = |item, amount, unit| {
        world.fees.push(contract_fee::Model {
            id: dice.noun(),
            contract_id: contract.id,
            area_id: contract.area_id,
            item,
            detail: None,
            amount,
            unit,
            starts_on: contract.starts_on,
            ends_on: contract.ends_on,
            provenance: Provenance::Invented,
            version: 1,
        });
    };
    fee(FeeItem::PropertyService, service, FeeUnit::SquareMetreMonth);
    fee(FeeItem::Parking, Hundredths(6_000), FeeUnit::UnitMonth);
}

fn lists(world: &mut World, dice: &mut Dice, current: &[firm_contract::Model]) {
    const SERVICES: [(ServiceItemKind, &str, &str); 4] = [
        (ServiceItemKind::Service, "楼道保洁（演示）", "每日一次"),
        (ServiceItemKind::Service, "设施设备巡查（演示）", "每周一次"),
        (ServiceItemKind::Resource, "客服前台（演示）", "8:00—18:00"),
        (ServiceItemKind::Resource, "维修人员（演示）", "24 小时值班"),
    ];
    let mut listed: HashMap<FirmId, AreaId> = HashMap::new();
    for contract in current {
        if let Some(firm) = world.firms.iter().find(|firm| firm.id == contract.firm_id) {
            listed.insert(firm.id, firm.district_id);
        }
    }
    let of_firms: Vec<_> = world.firms.iter().filter_map(|firm| Some((firm.id, *listed.get(&firm.id)?))).collect();
    for (firm_id, area_id) in of_firms {
        for (kind, name, frequency) in SERVICES {
            world.service_items.push(service_item::Model {
                id: dice.noun(),
                firm_id,
                contract_id: None,
                area_id,
                kind,
                name: name.to_owned(),
                description: None,
                frequency: Some(frequency.to_owned()),
                starts_on: ago(dice.today, 365),
                ends_on: None,
                provenance: Provenance::Invented,
                version: 1,
            });
        }
    }
}

/// Each department of Louxing with a community, and with a complex there.
fn departments(world: &mut World, town: &Town, dice: &mut Dice) -> anyhow::Result<()> {
    let district = world.area(LOUXING)?.id;
    let quarters = town.quarters.iter().filter(|quarter| !quarter.homes.is_empty());
    let departments: Vec<_> = world.departments.iter().filter(|department| department.district_id == district).map(|row| row.id).collect();
    for (department, quarter) in departments.into_iter().zip(quarters.cycle()) {
        let starts_on = ago(dice.today, dice.between(200, 700));
        for complex_id in [None, Some(town.homes[quarter.homes[0]].id)] {
            world.pairings.push(pairing::Model {
                id: dice.noun(),
                kind: PairingKind::DepartmentPairing,
                department_id: Some(department),
                person_id: None,
                area_id: quarter.id,
                complex_id,
                duty: Some("五进小区、执法进小区（演示）".to_owned()),
                starts_on,
                ends_on: None,
                provenance: Provenance::Invented,
                provenance_note: Some(INVENTED.to_owned()),
                version: 1,
            });
        }
    }
    Ok(())
}

/// As many leaders as were told of, each with a community of the city. They read and change nothing.
fn leaders(world: &mut World, dice: &mut Dice) -> anyhow::Result<()> {
    let city = world.area(LINGWU)?.clone();
    let of_city = |area: &&entity::area::Model| area.level == AreaLevel::Community && area.path.starts_with(&city.path);
    let communities: Vec<AreaId> = world.areas.iter().filter(of_city).map(|area| area.id).collect();
    anyhow::ensure!(communities.len() >= LEADERS, "too few communities in {LINGWU}");
    let starts_on = dice.told(2024, 1, 5);
    for (at, area_id) in communities.into_iter().take(LEADERS).enumerate() {
        let (person_id, number) = (dice.noun(), world.persons.len() + 1);
        world.persons.push(person::Model {
            id: person_id,
            name: format!("演示市领导{:02}", at + 1),
            phone: Some(format!("1990000{number:04}")),
            sign_in: None,
            provenance: Provenance::Invented,
            erased_at: None,
            area_id: Some(city.id),
            version: 1,
        });
        world.posts.push(post::Model {
            id: dice.noun(),
            person_id,
            role: PostRole::Analyst,
            unit_id: city.id.into(),
            area_id: city.id,
            starts_on,
            ends_on: None,
            version: 1,
        });
        world.pairings.push(pairing::Model {
            id: dice.noun(),
            kind: PairingKind::LeaderContact,
            department_id: None,
            person_id: Some(person_id),
            area_id,
            complex_id: None,
            duty: Some("包抓联系（演示）".to_owned()),
            starts_on,
            ends_on: None,
            provenance: Provenance::Published,
            provenance_note: Some(LEADERS_TOLD.to_owned()),
            version: 1,
        });
    }
    Ok(())
}

/// Kind, title, and the versions: days ago, 文号, text.
type Written = (DocumentKind, &'static str, &'static [(i64, &'static str, &'static str)]);

const DOCUMENTS: [Written; 4] = [
    (
        DocumentKind::Scheme,
        "小区治理实施方案（演示）",
        &[(600, "娄星演示〔1〕号", "# 总则\n\n小事不出小区，大事不出社区，难事不出街道。\n\n# 吹哨报到\n\n社区吹哨，部门报到，限时办结。")],
    ),
    (
        DocumentKind::Rules,
        "小区治理考评细则（演示）",
        &[
            (560, "娄星演示〔2〕号", "# 考评\n\n按季度考评报到、办结、群众评价。"),
            (180, "娄星演示〔8〕号", "# 考评\n\n按月考评报到、办结、群众评价，结果公开。"),
        ],
    ),
    (
        DocumentKind::Rules,
        "物业企业准入和退出办法（演示）",
        &[(400, "娄星演示〔3〕号", "# 准入\n\n备案后方可签订合同。\n\n# 退出\n\n合同终止后方可退出。")],
    ),
    (DocumentKind::List, "部门执法进小区清单（演示）", &[(300, "娄星演示〔5〕号", "事项、部门、依据见行政执法清单。")]),
];

fn documents(world: &mut World, dice: &mut Dice) -> anyhow::Result<()> {
    let area_id = world.area(LOUXING)?.id;
    for (kind, title, versions) in DOCUMENTS {
        let document_id = dice.noun();
        let mut published = Vec::new();
        for (seq, (days, number, text)) in (1..).zip(versions) {
            let published_at = moment(ago(dice.today, *days), 9 * 3_600);
            published.push(published_at);
            world.document_versions.push(document_version::Model {
                id: dice.noun(),
                document_id,
                seq,
                number: Some((*number).to_owned()),
                text: (*text).to_owned(),
                effective_from: ago(dice.today, days - 5),
                published_at,
                published_by: None,
            });
        }
        world.documents.push(governing_document::Model {
            id: document_id,
            area_id,
            kind,
            title: title.to_owned(),
            draft: None,
            published_at: Some(*published.first().context("a version")?),
            ended_on: None,
            provenance: Provenance::Invented,
            provenance_note: Some(INVENTED.to_owned()),
            version: 1,
        });
    }
    Ok(())
}
