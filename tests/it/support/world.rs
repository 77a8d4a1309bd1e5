//! A small world, the same in every test: two places, their units, and a person in each post. All of it is invented but the codes and
//! names of the administrative divisions.
//!
//! ```text
//! 娄星区 431302000000                                                   departments: dep_urban, dep_traffic, dep_fire
//! ├ subdistrict 431302001000
//! │ ├ community 431302001009    committee > branch, which covers xinyue
//! │ │ ├ grid1 …001  xinyue: buildings 1 and 2      firm_a (firm_b until the end of 2024)
//! │ │ └ grid2 …002  xinyue: building 3
//! │ └ community 431302001010
//! │   └ other_grid …001  other: building 1         firm_a
//! └ subdistrict 431302002000
//!   └ community 431302002001
//!     └ far_grid …001  far: building 1             firm_b
//! 东莞市 441900000000, a city without districts > subdistrict 441900003000 > community 441900003001
//! ```

use std::sync::LazyLock;

use chrono::{Duration, NaiveDate};
use chuishao::{clock::Clock, db::Db};
use entity::*;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::app::start_of_time;

pub static WORLD: LazyLock<World> = LazyLock::new(World::new);

pub struct World {
    pub area_province: AreaId,
    pub area_city: AreaId,
    pub area_district: AreaId,
    pub area_subdistrict: AreaId,
    pub area_far_subdistrict: AreaId,
    pub area_community: AreaId,
    pub area_other_community: AreaId,
    pub area_far_community: AreaId,
    pub area_grid1: AreaId,
    pub area_grid2: AreaId,
    pub area_other_grid: AreaId,
    pub area_far_grid: AreaId,
    pub area_dongguan: AreaId,
    pub area_dongguan_subdistrict: AreaId,
    pub area_dongguan_community: AreaId,

    pub grid1: GridId,
    pub grid2: GridId,
    pub other_grid: GridId,
    pub far_grid: GridId,

    pub xinyue: ComplexId,
    pub building1: BuildingId,
    pub building2: BuildingId,
    pub building3: BuildingId,
    pub other: ComplexId,
    pub other_building: BuildingId,
    pub far: ComplexId,
    pub far_building: BuildingId,

    pub firm_a: FirmId,
    pub firm_b: FirmId,
    /// firm_a serves xinyue.
    pub contract: FirmContractId,
    /// firm_b served it before.
    pub contract_ended: FirmContractId,

    /// Of the community.
    pub committee: PartyBranchId,
    /// Of xinyue.
    pub branch: PartyBranchId,

    pub dep_urban: DepartmentId,
    pub dep_traffic: DepartmentId,
    pub dep_fire: DepartmentId,
    /// A violation: dep_urban leads, dep_traffic assists.
    pub matter_parking: MatterId,
    /// A hazard: dep_fire leads.
    pub matter_fire: MatterId,
    /// No department answers for it.
    pub matter_orphan: MatterId,

    pub resident: PersonId,
    pub resident2: PersonId,
    pub far_resident: PersonId,
    pub grid_worker: PersonId,
    pub grid_worker2: PersonId,
    pub secretary: PersonId,
    pub community: PersonId,
    /// A colleague of `community`.
    pub community2: PersonId,
    pub other_community: PersonId,
    pub far_community: PersonId,
    pub subdistrict: PersonId,
    pub far_subdistrict: PersonId,
    pub department: PersonId,
    pub department2: PersonId,
    pub fire: PersonId,
    /// Manager at firm_a.
    pub firm: PersonId,
    pub firm_b_manager: PersonId,
    pub district: PersonId,
    pub analyst: PersonId,
    pub auditor: PersonId,
    pub admin: PersonId,
    /// Was grid worker of grid1 until yesterday.
    pub former: PersonId,
    /// Holds no post.
    pub nobody: PersonId,

    rows: Rows,
}

impl World {
    fn new() -> Self {
        use AreaLevel::*;
        use PostRole::*;
        let mut rows = Rows::new();
        let r = &mut rows;

        let area_province = r.area("430000000000", "湖南省", Province, None);
        let area_city = r.area("431300000000", "娄底市", City, Some(area_province));
        let area_district = r.area("431302000000", "娄星区", District, Some(area_city));
        let area_subdistrict = r.area("431302001000", "乐坪街道", Subdistrict, Some(area_district));
        let area_far_subdistrict = r.area("431302002000", "花山街道", Subdistrict, Some(area_district));
        let area_community = r.area("431302001009", "月塘社区", Community, Some(area_subdistrict));
        let area_other_community = r.area("431302001010", "大塘社区", Community, Some(area_subdistrict));
        let area_far_community = r.area("431302002001", "铁东社区", Community, Some(area_far_subdistrict));
        let (area_grid1, grid1) = r.grid("431302001009001", "月塘第一网格", area_community);
        let (area_grid2, grid2) = r.grid("431302001009002", "月塘第二网格", area_community);
        let (area_other_grid, other_grid) = r.grid("431302001010001", "大塘第一网格", area_other_community);
        let (area_far_grid, far_grid) = r.grid("431302002001001", "铁东第一网格", area_far_community);
        let area_guangdong = r.area("440000000000", "广东省", Province, None);
        let area_dongguan = r.area("441900000000", "东莞市", City, Some(area_guangdong));
        let area_dongguan_subdistrict = r.area("441900003000", "东城街道", Subdistrict, Some(area_dongguan));
        let area_dongguan_community = r.area("441900003001", "岗贝社区", Community, Some(area_dongguan_subdistrict));

        let xinyue = r.complex("新月苑", area_community);
        let building1 = r.building(xinyue, 1, grid1);
        let building2 = r.building(xinyue, 2, grid1);
        let building3 = r.building(xinyue, 3, grid2);
        let other = r.complex("大塘小区", area_other_community);
        let other_building = r.building(other, 1, other_grid);
        let far = r.complex("铁东小区", area_far_community);
        let far_building = r.building(far, 1, far_grid);

        let firm_a = r.firm("甲物业", area_district);
        let firm_b = r.firm("乙物业", area_district);
        let contract_ended = r.contract(firm_b, xinyue, day(2020, 1, 1), Some(day(2024, 12, 31)));
        let contract = r.contract(firm_a, xinyue, day(2025, 1, 1), None);
        r.contract(firm_a, other, day(2025, 1, 1), None);
        r.contract(firm_b, far, day(2023, 1, 1), None);

        let committee = r.branch("月塘社区党委", PartyBranchKind::CommunityCommittee, area_community, None);
        let branch = r.branch("新月苑党支部", PartyBranchKind::ComplexBranch, area_community, Some(committee));
        let (id, starts_on) = (r.clock.new_id(), Some(day(2025, 1, 1)));
        let (branch_id, area_id) = (branch, area_community);
        r.covers.push(party_cover::Model { id, branch_id, complex_id: xinyue, area_id, starts_on, ended_on: None, version: 1 });

        let dep_urban = r.department("区城管局", area_district);
        let dep_traffic = r.department("区交警大队", area_district);
        let dep_fire = r.department("区消防救援大队", area_district);
        let parking = [(dep_urban, true), (dep_traffic, false)];
        let matter_parking = r.matter("001", "违规停车", CaseCategory::Violation, area_district, &parking);
        let matter_fire = r.matter("002", "堵塞消防通道", CaseCategory::Hazard, area_district, &[(dep_fire, true)]);
        let matter_orphan = r.matter("003", "无主事项", CaseCategory::Violation, area_district, &[]);

        Self {
            resident: r.holds("居民甲", Resident, xinyue, area_community),
            resident2: r.holds("居民乙", Resident, xinyue, area_community),
            far_resident: r.holds("居民丙", Resident, far, area_far_community),
            grid_worker: r.holds("网格员甲", GridWorker, grid1, area_grid1),
            grid_worker2: r.holds("网格员乙", GridWorker, grid2, area_grid2),
            secretary: r.holds("书记甲", BranchSecretary, branch, area_community),
            community: r.holds("社区甲", CommunityOfficer, area_community, area_community),
            community2: r.holds("社区乙", CommunityOfficer, area_community, area_community),
            other_community: r.holds("社区丙", CommunityOfficer, area_other_community, area_other_community),
            far_community: r.holds("社区丁", CommunityOfficer, area_far_community, area_far_community),
            subdistrict: r.holds("街道甲", SubdistrictOfficer, area_subdistrict, area_subdistrict),
            far_subdistrict: r.holds("街道乙", SubdistrictOfficer, area_far_subdistrict, area_far_subdistrict),
            department: r.holds("城管甲", DepartmentOfficer, dep_urban, area_district),
            department2: r.holds("交警甲", DepartmentOfficer, dep_traffic, area_district),
            fire: r.holds("消防甲", DepartmentOfficer, dep_fire, area_district),
            firm: r.holds("经理甲", FirmManager, firm_a, area_district),
            firm_b_manager: r.holds("经理乙", FirmManager, firm_b, area_district),
            district: r.holds("区级甲", DistrictOfficer, area_district, area_district),
            analyst: r.holds("分析员甲", Analyst, area_district, area_district),
            auditor: r.holds("审计员甲", Auditor, area_district, area_district),
            admin: r.holds("管理员甲", Administrator, area_district, area_district),
            former: r.held("网格员丙", GridWorker, grid1, area_grid1, Some(day(2026, 6, 9))),
            nobody: r.person("路人甲"),

            area_province,
            area_city,
            area_district,
            area_subdistrict,
            area_far_subdistrict,
            area_community,
            area_other_community,
            area_far_community,
            area_grid1,
            area_grid2,
            area_other_grid,
            area_far_grid,
            area_dongguan,
            area_dongguan_subdistrict,
            area_dongguan_community,
            grid1,
            grid2,
            other_grid,
            far_grid,
            xinyue,
            building1,
            building2,
            building3,
            other,
            other_building,
            far,
            far_building,
            firm_a,
            firm_b,
            contract,
            contract_ended,
            committee,
            branch,
            dep_urban,
            dep_traffic,
            dep_fire,
            matter_parking,
            matter_fire,
            matter_orphan,
            rows,
        }
    }

    /// Everybody.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        self.rows.persons.iter().map(|person| person.id)
    }

    pub async fn insert(&self, db: &Db) -> Result<(), DbErr> {
        let tx = db.begin().await?;
        let rows = &self.rows;
        insert(&tx, &rows.areas).await?;
        insert(&tx, &rows.grids).await?;
        insert(&tx, &rows.complexes).await?;
        insert(&tx, &rows.buildings).await?;
        insert(&tx, &rows.firms).await?;
        insert(&tx, &rows.contracts).await?;
        insert(&tx, &rows.branches).await?;
        insert(&tx, &rows.covers).await?;
        insert(&tx, &rows.departments).await?;
        insert(&tx, &rows.matters).await?;
        insert(&tx, &rows.answers).await?;
        insert(&tx, &rows.persons).await?;
        insert(&tx, &rows.posts).await?;
        tx.commit().await
    }
}

async fn insert<M, A>(tx: &DatabaseTransaction, rows: &[M]) -> Result<(), DbErr>
where
    M: Clone + IntoActiveModel<A>,
    A: ActiveModelTrait,
{
    A::Entity::insert_many(rows.iter().cloned().map(IntoActiveModel::into_active_model)).exec_without_returning(tx).await.map(|_| ())
}

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

struct Rows {
    clock: Clock,
    areas: Vec<area::Model>,
    grids: Vec<grid::Model>,
    complexes: Vec<complex::Model>,
    buildings: Vec<building::Model>,
    firms: Vec<property_firm::Model>,
    contracts: Vec<firm_contract::Model>,
    branches: Vec<party_branch::Model>,
    covers: Vec<party_cover::Model>,
    departments: Vec<department::Model>,
    matters: Vec<matter::Model>,
    answers: Vec<matter_department::Model>,
    persons: Vec<person::Model>,
    posts: Vec<post::Model>,
}

const INVENTED: Provenance = Provenance::Invented;

impl Rows {
    fn new() -> Self {
        Self {
            clock: Clock::manual(start_of_time() - Duration::days(30)),
            areas: Vec::new(),
            grids: Vec::new(),
            complexes: Vec::new(),
            buildings: Vec::new(),
            firms: Vec::new(),
            contracts: Vec::new(),
            branches: Vec::new(),
            covers: Vec::new(),
            departments: Vec::new(),
            matters: Vec::new(),
            answers: Vec::new(),
            persons: Vec::new(),
            posts: Vec::new(),
        }
    }

    fn area(&mut self, code: &str, name: &str, level: AreaLevel, parent: Option<AreaId>) -> AreaId {
        let id = self.clock.new_id();
        let kind = match level {
            AreaLevel::District => Some(AreaKind::CityDistrict),
            AreaLevel::Subdistrict => Some(AreaKind::Street),
            AreaLevel::Community => Some(AreaKind::Residents),
            _ => None,
        };
        let above = self.areas.iter().find(|area| Some(area.id) == parent).map_or("", |area| &area.path);
        let path = format!("{above}{code}/");
        self.areas.push(area::Model {
            id,
            code: code.into(),
            name: name.into(),
            level,
            kind,
            parent_id: parent,
            path,
            established_on: None,
            ended_on: None,
            successor_id: None,
            version: 1,
        });
        id
    }

    fn grid(&mut self, code: &str, name: &str, community: AreaId) -> (AreaId, GridId) {
        let area_id = self.area(code, name, AreaLevel::Grid, Some(community));
        let id = self.clock.new_id();
        self.grids.push(grid::Model {
            id,
            area_id,
            name: name.into(),
            provenance: INVENTED,
            full_function: false,
            ended_on: None,
            version: 1,
        });
        (area_id, id)
    }

    fn complex(&mut self, name: &str, area_id: AreaId) -> ComplexId {
        let id = self.clock.new_id();
        self.complexes.push(complex::Model {
            id,
            area_id,
            name: name.into(),
            kind: ComplexKind::Commodity,
            address: None,
            households: Some(480),
            floor_area: Some(Hundredths(5_200_050)),
            provenance: INVENTED,
            provenance_note: None,
            longitude: None,
            latitude: None,
            version: 1,
            ended_on: None,
            ended_because: None,
            merged_into_id: None,
        });
        id
    }

    fn building(&mut self, complex_id: ComplexId, number: i32, grid: GridId) -> BuildingId {
        let id = self.clock.new_id();
        let (name, floors, stairwells) = (format!("{number}栋"), Some(18), Some(2));
        let (version, ended_on) = (1, None);
        self.buildings.push(building::Model { id, complex_id, grid_id: Some(grid), name, number, floors, stairwells, version, ended_on });
        id
    }

    fn firm(&mut self, name: &str, district_id: AreaId) -> FirmId {
        let id = self.clock.new_id();
        self.firms.push(property_firm::Model {
            id,
            name: name.into(),
            district_id,
            provenance: INVENTED,
            provenance_note: None,
            credit_code: None,
            version: 1,
        });
        id
    }

    fn contract(&mut self, firm_id: FirmId, complex_id: ComplexId, starts_on: NaiveDate, ends_on: Option<NaiveDate>) -> FirmContractId {
        let id = self.clock.new_id();
        let area_id = self.complexes.iter().find(|complex| complex.id == complex_id).expect("a complex").area_id;
        self.contracts.push(firm_contract::Model { id, firm_id, complex_id, starts_on, ends_on, area_id, ended_because: None, version: 1 });
        id
    }

    fn branch(&mut self, name: &str, kind: PartyBranchKind, area_id: AreaId, parent_id: Option<PartyBranchId>) -> PartyBranchId {
        let id = self.clock.new_id();
        self.branches.push(party_branch::Model {
            id,
            area_id,
            parent_id,
            name: name.into(),
            kind,
            provenance: INVENTED,
            firm_id: None,
            established_on: Some(day(2025, 1, 1)),
            ended_on: None,
            version: 1,
        });
        id
    }

    fn department(&mut self, name: &str, district_id: AreaId) -> DepartmentId {
        let id = self.clock.new_id();
        self.departments.push(department::Model { id, district_id, name: name.into(), provenance: INVENTED, ended_on: None, version: 1 });
        id
    }

    fn matter(&mut self, code: &str, name: &str, category: CaseCategory, district_id: AreaId, by: &[(DepartmentId, bool)]) -> MatterId {
        let id = self.clock.new_id();
        let (code, name) = (code.into(), name.into());
        let (legal_basis, provenance, ended_on) = (None, INVENTED, None);
        self.matters.push(matter::Model { id, district_id, code, name, category, legal_basis, provenance, ended_on, version: 1 });
        let answers = by.iter().map(|&(department_id, lead)| matter_department::Model { matter_id: id, department_id, lead });
        self.answers.extend(answers);
        id
    }

    fn person(&mut self, name: &str) -> PersonId {
        let id = self.clock.new_id();
        let phone = Some(format!("1390000{:04}", self.persons.len()));
        self.persons.push(person::Model {
            id,
            name: name.into(),
            phone,
            sign_in: None,
            provenance: INVENTED,
            erased_at: None,
            area_id: None,
            version: 1,
        });
        id
    }

    fn holds(&mut self, name: &str, role: PostRole, unit: impl Into<Uuid>, area_id: AreaId) -> PersonId {
        self.held(name, role, unit, area_id, None)
    }

    fn held(&mut self, name: &str, role: PostRole, unit: impl Into<Uuid>, area_id: AreaId, ends_on: Option<NaiveDate>) -> PersonId {
        let person_id = self.person(name);
        let (id, unit_id, starts_on) = (self.clock.new_id(), unit.into(), day(2025, 1, 1));
        self.posts.push(post::Model { id, person_id, role, unit_id, area_id, starts_on, ends_on, version: 1 });
        person_id
    }
}
