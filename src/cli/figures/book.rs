//! Which query counts which published figure, or why none does.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use serde_json::Value;

/// A number out of the rows of a list, as of a day.
type Of = fn(&[Value], NaiveDate) -> f64;

/// How a figure is counted. Filters name `$area`, `$day` (the last day counted), `$from` and `$until` (the midnights around the period, the first
/// `null` without one) and `$before` (three years before the day). Of one complex, cases are those of that complex.
pub enum How {
    /// The `totalCount` of a list under a filter.
    Count(&'static str, &'static str),
    /// The same for the cases of the register of this name, as `$register`.
    InRegister(&'static str, &'static str),
    /// A list, and what part of it passes a second filter: the numerator first.
    Share(&'static str, &'static str, &'static str),
    /// A list, its filter, the fields to read, and what is summed.
    Sum(&'static str, &'static str, &'static str, Of),
    /// A field that sums up what passes a filter, which sum of it, and the filter.
    Total(&'static str, &'static str, &'static str),
    /// A field that states its numerator and denominator, and its arguments beside the area.
    Coverage(&'static str, &'static str),
    NotYet(&'static str),
}

pub struct Entry {
    figure: &'static str,
    pub title: &'static str,
    pub how: How,
}

impl How {
    /// Whether what is counted has dates.
    pub fn is_dated(&self) -> bool {
        let texts = match self {
            Self::Count(_, filter) | Self::InRegister(_, filter) | Self::Total(_, _, filter) => [*filter, ""],
            Self::Share(_, part, whole) => [*part, *whole],
            Self::Sum(_, filter, fields, _) => [*filter, *fields],
            Self::Coverage(_, arguments) => [*arguments, ""],
            Self::NotYet(_) => return false,
        };
        texts.iter().any(|text| ["$day", "$until", "startsOn"].iter().any(|date| text.contains(date)))
    }
}

pub fn entry(figure: &str) -> Option<&'static Entry> {
    BOOK.iter().find(|entry| entry.figure == figure)
}

const MISCONDUCT: &str = "物业乱象整治台账（一案一册）";
const CONTRACTS: &str = "contracts(first: 200) { nodes { startsOn endsOn firm { id } } }";
const SEATED: &str = "members(first: 1, filter: {on: $day}) { totalCount }";
const MICRO_GRIDS: &str =
    "buildings(first: 200) { nodes { grid { area { children(first: 1, filter: {level: {eq: MICRO_GRID}}) { totalCount } } } } }";
const CHANGES: &str = "inTime: contracts(first: 1, filter: {startsOn: {gt: $before, lte: $day}}) { totalCount }
    earlier: contracts(first: 1, filter: {startsOn: {lte: $before}}) { totalCount }";
const POSTS: &str = "posts(first: 200, filter: {role: {eq: BRANCH_SECRETARY}}) { nodes { startsOn endsOn } }";

const STATION: &str = "no service stations 党群服务站";
const LEGAL: &str = "no legal service stations 法律服务站";
const VOLUNTEERS: &str = "no volunteers 志愿者";
const PETITIONS: &str = "no petitions 信访; what was published is a change, not a count";
const RATINGS: &str = "no ratings of firms 信用等级";
const TARGETS: &str = "a target, not a count 目标";
const STARS: &str = "no star ratings of complexes 星级小区";
const CHARGING: &str = "no charging sites 充电设施; a narrated case tells of them";
const MONEY: &str = "no losses and no shares of costs 损失、费用分担";
const LIFTS: &str = "no lifts 电梯";

const COURTYARDS: &str = "courtyards(first: 1) { totalCount }";

const BOOK: &[Entry] = &[
    Entry { figure: "complexes", title: "住宅小区", how: How::Count("complexes", "area: $area") },
    Entry {
        figure: "complexes_with_property_management",
        title: "有物业服务的小区",
        how: How::Count("complexes", "area: $area, managed: true, asOf: $day"),
    },
    Entry {
        figure: "managed_area",
        title: "物业管理面积",
        how: How::Total("complexTotals", "floorArea", "area: $area, managed: true, asOf: $day"),
    },
    Entry {
        figure: "property_management_coverage",
        title: "物业覆盖率",
        how: How::Share("complexes", "area: $area, managed: true, asOf: $day", "area: $area"),
    },
    Entry { figure: "service_stations", title: "党群服务站", how: How::NotYet(STATION) },
    Entry {
        figure: "complex_party_organisations",
        title: "小区党组织",
        how: How::Count("partyBranches", "area: $area, branchKind: {eq: COMPLEX_BRANCH}, on: $day"),
    },
    Entry {
        figure: "property_service_party_branches",
        title: "物业党支部",
        how: How::Count("partyBranches", "area: $area, branchKind: {eq: PROPERTY_SERVICE_BRANCH}, on: $day"),
    },
    Entry {
        figure: "party_organisation_coverage", title: "党组织覆盖率", how: How::Coverage("partyCoverage", "on: $day, of: COMPLEXES")
    },
    Entry {
        figure: "disputes_handled",
        title: "化解邻里矛盾",
        how: How::Count("cases", "area: $area, category: {eq: DISPUTE}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry {
        figure: "violations_stopped",
        title: "制止违规行为",
        how: How::Count("cases", "area: $area, category: {eq: VIOLATION}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry {
        figure: "hazards_resolved",
        title: "消除安全隐患",
        how: How::Count("cases", "area: $area, category: {eq: HAZARD}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry { figure: "petition_change", title: "信访量变化", how: How::NotYet(PETITIONS) },
    Entry { figure: "legal_station_lawyers", title: "法律服务站律师", how: How::NotYet(LEGAL) },
    Entry { figure: "legal_station_helped", title: "法律服务站服务人次", how: How::NotYet(LEGAL) },
    Entry { figure: "legal_station_questions", title: "法律服务站解答咨询", how: How::NotYet(LEGAL) },
    Entry { figure: "legal_station_disputes", title: "法律服务站调处纠纷", how: How::NotYet(LEGAL) },
    Entry { figure: "new_volunteers", title: "新增志愿者", how: How::NotYet(VOLUNTEERS) },
    Entry { figure: "volunteer_activities", title: "志愿服务活动", how: How::NotYet(VOLUNTEERS) },
    Entry { figure: "departments", title: "职能部门", how: How::Count("departments", "area: $area") },
    Entry { figure: "property_firms", title: "物业企业", how: How::Sum("complexes", "area: $area", CONTRACTS, firms) },
    Entry { figure: "firms_grade_a", title: "A级物业企业", how: How::NotYet(RATINGS) },
    Entry { figure: "firms_grade_d", title: "D级物业企业", how: How::NotYet(RATINGS) },
    Entry { figure: "firms_red_list", title: "红榜企业", how: How::NotYet(RATINGS) },
    Entry { figure: "firms_black_list", title: "黑榜企业", how: How::NotYet(RATINGS) },
    Entry {
        figure: "ledger_cases",
        title: "台账案件",
        how: How::InRegister(MISCONDUCT, "registerId: {eq: $register}, reportedAt: {lt: $until}"),
    },
    Entry {
        figure: "ledger_cases_closed",
        title: "台账销号",
        how: How::InRegister(MISCONDUCT, "registerId: {eq: $register}, closedAt: {lt: $until}"),
    },
    Entry {
        figure: "registered_party_members",
        title: "报到党员",
        how: How::Count("doubleReports", "area: $area, kind: PERSON, on: $day"),
    },
    Entry {
        figure: "disputes_since_2024",
        title: "2024年以来化解矛盾",
        how: How::Count("cases", "area: $area, category: {eq: DISPUTE}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry { figure: "target_new_owners_committees", title: "新建业委会目标", how: How::NotYet(TARGETS) },
    Entry { figure: "target_newly_managed_complexes", title: "新增物业小区目标", how: How::NotYet(TARGETS) },
    Entry { figure: "star_complexes", title: "星级小区", how: How::NotYet(STARS) },
    Entry { figure: "star_coverage", title: "星级小区覆盖率", how: How::NotYet(STARS) },
    Entry {
        figure: "livelihood_problems_solved",
        title: "解决民生问题",
        how: How::Count("cases", "area: $area, category: {eq: SERVICE}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry { figure: "charging_sites", title: "充电设施", how: How::NotYet(CHARGING) },
    Entry { figure: "charging_ports", title: "充电端口", how: How::NotYet(CHARGING) },
    Entry {
        figure: "flood_hazards_resolved",
        title: "防汛隐患",
        how: How::NotYet("one narrated case tells of all 17, which are no records 防汛隐患点"),
    },
    Entry { figure: "loss_avoided", title: "避免损失", how: How::NotYet(MONEY) },
    Entry { figure: "record_completeness", title: "信息录入率", how: How::Coverage("recordCompleteness", "") },
    Entry {
        figure: "owners_committee_members",
        title: "业委会委员",
        how: How::Sum("committees", "area: $area, committeeKind: {eq: OWNERS}, complex: {name: {eq: $complex}}", SEATED, seated),
    },
    Entry { figure: "convention_articles", title: "管理规约条款", how: How::NotYet("no conventions 管理规约") },
    Entry { figure: "issues_settled", title: "解决问题", how: How::Count("cases", "area: $area, closedAt: {gte: $from, lt: $until}") },
    Entry {
        figure: "households_certificates",
        title: "办证户",
        how: How::NotYet("no certificates of households 房产办证; a narrated case tells of them"),
    },
    Entry { figure: "volunteer_teams", title: "志愿队", how: How::NotYet(VOLUNTEERS) },
    Entry { figure: "volunteers", title: "志愿者", how: How::NotYet(VOLUNTEERS) },
    Entry { figure: "premises", title: "办公用房", how: How::NotYet("no premises 办公用房") },
    Entry {
        figure: "deed_tax_refunded",
        title: "退还契税",
        how: How::Total("caseOutcomes", "recovered", "area: $area, complex: {name: {eq: $complex}}, closedAt: {gte: $from, lt: $until}"),
    },
    Entry { figure: "grids", title: "网格", how: How::Count("grids", "area: $area, on: $day") },
    Entry {
        figure: "complexes_with_micro_grids",
        title: "设微网格的小区",
        how: How::Sum("complexes", "area: $area", MICRO_GRIDS, with_micro_grids),
    },
    Entry { figure: "grid_funds", title: "网格经费", how: How::Sum("gridFunds", "area: $area", "year budget", fund_of_each) },
    Entry {
        figure: "city_leaders_assigned",
        title: "包抓市领导",
        how: How::Count("pairings", "area: $area, kind: {eq: LEADER_CONTACT}, on: $day"),
    },
    Entry {
        figure: "grid_branch_secretaries",
        title: "网格党支部书记",
        how: How::Sum("partyBranches", "area: $area, branchKind: {eq: GRID_BRANCH}", POSTS, posts_held),
    },
    Entry { figure: "deliberation_rounds", title: "协商轮次", how: How::NotYet("no deliberations 协商议事") },
    Entry { figure: "cost_share_firm", title: "物业分担费用", how: How::NotYet(MONEY) },
    Entry {
        figure: "property_firm_party_branches",
        title: "物业党支部",
        how: How::Count("partyBranches", "area: $area, branchKind: {eq: PROPERTY_SERVICE_BRANCH}, on: $day"),
    },
    Entry { figure: "joint_meetings", title: "联席会议", how: How::NotYet("no meetings 联席会议") },
    Entry {
        figure: "issues_put_right", title: "整改问题", how: How::Count("cases", "area: $area, closedAt: {gte: $from, lt: $until}")
    },
    Entry {
        figure: "corridor_clearances",
        title: "清理楼道",
        how: How::Count("cases", r#"area: $area, title: {contains: "楼道"}, closedAt: {gte: $from, lt: $until}"#),
    },
    Entry {
        figure: "fire_lane_clearances",
        title: "清理消防通道",
        how: How::Count("cases", r#"area: $area, title: {contains: "通道被占用"}, closedAt: {gte: $from, lt: $until}"#),
    },
    Entry {
        figure: "parking_spaces_opened", title: "开放车位", how: How::NotYet("no parking spaces 车位; a narrated case tells of them")
    },
    Entry {
        figure: "committee_members",
        title: "环物会委员",
        how: How::Sum("committees", "area: $area, committeeKind: {eq: ENVIRONMENT_PROPERTY}", SEATED, seated),
    },
    Entry { figure: "courtyards", title: "院落", how: How::Sum("complexes", "area: $area", COURTYARDS, courtyards) },
    Entry { figure: "households", title: "户数", how: How::Total("complexTotals", "households", "area: $area") },
    Entry { figure: "lifts", title: "电梯", how: How::NotYet(LIFTS) },
    Entry { figure: "lifts_over_15_years", title: "超15年电梯", how: How::NotYet(LIFTS) },
    Entry {
        figure: "property_firm_changes_in_3_years",
        title: "3年更换物业",
        how: How::Sum("complexes", "area: $area, name: {eq: $complex}", CHANGES, changes),
    },
];

fn courtyards(rows: &[Value], _: NaiveDate) -> f64 {
    rows.iter().filter_map(|row| row["courtyards"]["totalCount"].as_f64()).sum()
}

/// Firms with a contract in force on the day, each once.
fn firms(rows: &[Value], day: NaiveDate) -> f64 {
    let contracts = rows.iter().flat_map(|row| nodes(row, "contracts")).filter(|contract| lasts(contract, day));
    number(contracts.filter_map(|contract| contract["firm"]["id"].as_str()).collect::<HashSet<_>>().len())
}

/// What a grid has for the year of the day, on average.
fn fund_of_each(rows: &[Value], day: NaiveDate) -> f64 {
    let of_year: Vec<&Value> = rows.iter().filter(|row| row["year"] == day.year()).collect();
    let sum: f64 = of_year.iter().filter_map(|row| row["budget"].as_str()?.parse::<f64>().ok()).sum();
    if of_year.is_empty() { 0.0 } else { sum / number(of_year.len()) }
}

fn with_micro_grids(rows: &[Value], _: NaiveDate) -> f64 {
    let has_any = |row: &&Value| {
        nodes(row, "buildings").any(|building| building["grid"]["area"]["children"]["totalCount"].as_u64().is_some_and(|count| count > 0))
    };
    number(rows.iter().filter(has_any).count())
}

/// The first contract of all is no change.
fn changes(rows: &[Value], _: NaiveDate) -> f64 {
    let of = |row: &Value| {
        let count = |name: &str| row[name]["totalCount"].as_f64().unwrap_or(0.0);
        if count("earlier") > 0.0 { count("inTime") } else { (count("inTime") - 1.0).max(0.0) }
    };
    rows.iter().map(of).sum()
}

fn seated(rows: &[Value], _: NaiveDate) -> f64 {
    rows.iter().filter_map(|row| row["members"]["totalCount"].as_f64()).sum()
}

fn posts_held(rows: &[Value], day: NaiveDate) -> f64 {
    number(rows.iter().flat_map(|row| nodes(row, "posts")).filter(|post| lasts(post, day)).count())
}

fn nodes<'v>(row: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    row[list]["nodes"].as_array().into_iter().flatten()
}

/// Whether a contract or a post lasts on the day; days in ISO 8601 compare as texts.
fn lasts(row: &Value, day: NaiveDate) -> bool {
    let day = day.to_string();
    row["startsOn"].as_str().is_some_and(|first| first <= day.as_str()) && row["endsOn"].as_str().is_none_or(|last| day.as_str() <= last)
}

fn number(count: usize) -> f64 {
    count as f64
}
