//! The demonstration data 演示数据: the area tree as published, Louxing 娄星区 with its complexes, firms and party organisations in the
//! published numbers, narrated cases of published accounts, what was counted in other districts, and invented people who do the work.
//!
//! [`World::build`] lays everything out in memory, from a fixed seed and relative to one instant; [`load`] writes it in one transaction.
//! What no account names says so: its provenance is `INVENTED` and its name reads 演示.

mod areas;
mod cases;
mod catalogue;
mod check;
mod clocks;
mod committees;
mod desks;
mod dice;
mod draft;
mod elsewhere;
mod grids;
mod homes;
mod ledger;
mod levels;
mod live;
mod narrated;
mod party;
mod people;
mod places;
mod policies;
mod scene;
mod store;
mod town;
mod units;

use chrono::{DateTime, Utc};
use entity::{
    area, area_succession, building, case_clock, case_event, case_file, case_number, committee, committee_member, committee_term, complex,
    complex_honour, contract_fee, courtyard, deadline_policy, department, document_version, double_report, duty_claim, duty_post, dwelling,
    firm_admission, firm_contract, governing_document, grid, grid_fund, grid_fund_entry, handling_path, level_name, matter,
    matter_department, pairing, party_branch, party_cover, party_instructor, party_membership, person, post, property_firm, register,
    register_case, service_item, service_record, stairwell, whistle,
};

pub use catalogue::themes;
pub use store::is_empty;
pub use town::Theme;

use crate::{clock::Clock, db::Db};

/// The names a token can be made for, all of one chain in Louxing, each with what it is.
pub const SIGN_INS: &[(&str, &str)] = &[
    ("resident", "A resident of 新月苑 居民"),
    ("grid-worker", "The grid worker of that resident's grid 网格员"),
    ("branch-secretary", "The secretary of the complex's party branch 小区党支部书记"),
    ("community", "An officer of the community 月塘社区 社区工作人员"),
    ("subdistrict", "An officer of the subdistrict 乐坪街道 街道工作人员"),
    ("department", "An officer of the urban management department 区城市管理和综合执法局 职能部门工作人员"),
    ("firm", "The manager of the firm that serves the complex 物业项目经理"),
    ("district", "An officer of the district's command centre 娄星区 区指挥中心工作人员"),
    ("analyst", "An analyst: figures and masked cases 分析员"),
    ("auditor", "An auditor: the records, masked 审计员"),
    ("admin", "The administrator of the system 系统管理员"),
];

/// Said of every record that no account names.
const INVENTED: &str = "演示数据，虚构";

/// Everything the demonstration holds, as rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    pub now: DateTime<Utc>,
    pub areas: Vec<area::Model>,
    pub complexes: Vec<complex::Model>,
    pub grids: Vec<grid::Model>,
    pub buildings: Vec<building::Model>,
    pub firms: Vec<property_firm::Model>,
    pub contracts: Vec<firm_contract::Model>,
    pub branches: Vec<party_branch::Model>,
    pub covers: Vec<party_cover::Model>,
    pub departments: Vec<department::Model>,
    pub matters: Vec<matter::Model>,
    pub matter_departments: Vec<matter_department::Model>,
    pub persons: Vec<person::Model>,
    pub posts: Vec<post::Model>,
    pub cases: Vec<case_file::Model>,
    pub whistles: Vec<whistle::Model>,
    pub events: Vec<case_event::Model>,
    pub policies: Vec<deadline_policy::Model>,
    pub level_names: Vec<level_name::Model>,
    pub paths: Vec<handling_path::Model>,
    pub clocks: Vec<case_clock::Model>,
    pub registers: Vec<register::Model>,
    pub register_cases: Vec<register_case::Model>,
    pub case_numbers: Vec<case_number::Model>,
    pub committees: Vec<committee::Model>,
    pub committee_terms: Vec<committee_term::Model>,
    pub committee_members: Vec<committee_member::Model>,
    pub area_successions: Vec<area_succession::Model>,
    pub grid_funds: Vec<grid_fund::Model>,
    pub grid_fund_entries: Vec<grid_fund_entry::Model>,
    pub memberships: Vec<party_membership::Model>,
    pub instructors: Vec<party_instructor::Model>,
    pub double_reports: Vec<double_report::Model>,
    pub duty_posts: Vec<duty_post::Model>,
    pub duty_claims: Vec<duty_claim::Model>,
    pub services: Vec<service_record::Model>,
    pub stairwells: Vec<stairwell::Model>,
    pub dwellings: Vec<dwelling::Model>,
    pub courtyards: Vec<courtyard::Model>,
    pub honours: Vec<complex_honour::Model>,
    pub admissions: Vec<firm_admission::Model>,
    pub fees: Vec<contract_fee::Model>,
    pub service_items: Vec<service_item::Model>,
    pub pairings: Vec<pairing::Model>,
    pub documents: Vec<governing_document::Model>,
    pub document_versions: Vec<document_version::Model>,
}

impl World {
    /// The same rows for the same instant, whatever the machine.
    pub fn build(now: DateTime<Utc>) -> anyhow::Result<Self> {
        let mut world = Self { now, ..Self::default() };
        let mut dice = dice::Dice::new(now);
        let mut town = town::Town::default();
        areas::lay_out(&mut world, &mut dice)?;
        catalogue::lay_out(&mut world, &mut town, &mut dice)?;
        places::lay_out(&mut world, &mut town, &mut dice)?;
        people::lay_out(&mut world, &mut town, &mut dice)?;
        elsewhere::lay_out(&mut world, &mut town, &mut dice)?;
        let mut cases = cases::Cases::default();
        ledger::write(&world, &town, &mut dice, &mut cases)?;
        narrated::write(&world, &town, &mut dice, &mut cases)?;
        elsewhere::write(&world, &town, &mut dice, &mut cases)?;
        live::write(&town, &mut dice, &mut cases)?;
        cases.number_into(&mut world)?;
        policies::lay_out(&mut world)?;
        levels::lay_out(&mut world)?;
        committees::lay_out(&mut world, &town, &mut dice)?;
        grids::lay_out(&mut world, &mut dice);
        party::lay_out(&mut world, &town, &mut dice)?;
        homes::lay_out(&mut world, &town, &mut dice)?;
        desks::lay_out(&mut world, &town, &mut dice)?;
        Ok(world)
    }

    /// The breaches of the rules that the server's own writes would have kept; empty when the data is sound.
    pub fn check(&self) -> Vec<String> {
        check::all(self)
    }

    pub fn rows(&self) -> usize {
        let nouns = self.areas.len() + self.complexes.len() + self.grids.len() + self.buildings.len() + self.firms.len();
        let units = self.contracts.len() + self.branches.len() + self.covers.len() + self.departments.len();
        let people = self.matters.len() + self.matter_departments.len() + self.persons.len() + self.posts.len();
        let files = self.cases.len() + self.whistles.len() + self.events.len() + self.clocks.len() + self.case_numbers.len();
        let committees = self.committees.len() + self.committee_terms.len() + self.committee_members.len();
        let found = self.complexes.len() + self.firms.len() + self.persons.len() + self.cases.len();
        let rules = self.policies.len() + self.level_names.len() + self.registers.len() + self.register_cases.len() + self.paths.len();
        let funds = self.area_successions.len() + self.grid_funds.len() + self.grid_fund_entries.len();
        let party = self.memberships.len() + self.instructors.len() + self.double_reports.len();
        let duties = self.duty_posts.len() + self.duty_claims.len() + self.services.len();
        let homes = self.stairwells.len() + self.dwellings.len() + self.courtyards.len() + self.honours.len();
        let terms = self.admissions.len() + self.fees.len() + self.service_items.len();
        let desks = self.pairings.len() + self.documents.len() + self.document_versions.len();
        funds + nouns + units + people + files + committees + party + duties + found + rules + homes + terms + desks
    }
}

/// Loads everything in one transaction into an empty, migrated database; a crash leaves nothing half loaded.
/// `progress(done, total)` is called as rows go in.
pub async fn load(db: &Db, clock: &Clock, progress: impl FnMut(u64, u64) + Send) -> anyhow::Result<()> {
    let world = World::build(clock.now())?;
    store::save(db, world, progress).await
}
