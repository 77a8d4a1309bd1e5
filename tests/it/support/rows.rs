//! Rows put straight into the database: many at once, or in states that no mutation makes.

use std::sync::atomic::{AtomicI32, Ordering};

use chrono::{DateTime, Duration, Utc};
use chuishao::event::Fact;
use entity::*;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use super::{
    TestApp,
    world::{WORLD, day},
};

/// A case of the community's with grid 1, which nobody reported.
pub fn bare_case(at: DateTime<Utc>) -> case_file::Model {
    case_file::Model {
        id: CaseId(Uuid::from_u128(100)),
        number: "431302-2026-000001".into(),
        category: CaseCategory::Violation,
        matter_id: None,
        title: "楼道堆物".into(),
        description: None,
        status: CaseStatus::Reported,
        priority: CasePriority::Normal,
        channel: IntakeChannel::App,
        level: HandlingLevel::Grid,
        settled_level: None,
        handler_kind: HandlerKind::Grid,
        handler_id: WORLD.grid1.into(),
        area_id: WORLD.area_community,
        district_id: WORLD.area_district,
        subdistrict_id: Some(WORLD.area_subdistrict),
        community_id: Some(WORLD.area_community),
        grid_id: Some(WORLD.grid1),
        complex_id: None,
        building_id: None,
        longitude: None,
        latitude: None,
        reporter_id: None,
        reporter_name: None,
        reporter_phone: None,
        entered_by: None,
        anonymous: false,
        respondent_kind: None,
        respondent_id: None,
        respondent_name: None,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
        verification: None,
        closed_at: None,
        closed_by: None,
        merged_into_id: None,
        reopen_count: 0,
        score: None,
        comment: None,
        reported_at: at,
        updated_at: at,
        version: 1,
        provenance: Provenance::Recorded,
        provenance_note: None,
        head: None,
        salt: None,
        due_at: at,
        supervised_by: None,
        recovered: None,
        paid: None,
        path_id: None,
    }
}

impl TestApp {
    /// Any row.
    pub async fn insert<M, A>(&self, rows: impl IntoIterator<Item = M>)
    where
        M: IntoActiveModel<A>,
        A: ActiveModelTrait + Send,
    {
        let tx = self.app.db.begin().await.expect("begun");
        let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
        A::Entity::insert_many(rows).exec_without_returning(&tx).await.expect("inserted");
        tx.commit().await.expect("committed");
    }

    /// An administrator of an area.
    pub async fn administrator(&self, area: AreaId) -> PersonId {
        let id = self.app.clock.new_id();
        let (name, provenance) = ("管理员乙".into(), Provenance::Invented);
        self.insert([person::Model { id, name, phone: None, sign_in: None, provenance, erased_at: None, area_id: None, version: 1 }]).await;
        self.appoint(id, PostRole::Administrator, area, area).await;
        id
    }

    /// Gives somebody a post, held since the beginning of 2025.
    pub async fn appoint(&self, person_id: PersonId, role: PostRole, unit: impl Into<Uuid>, area_id: AreaId) {
        let (id, unit_id, starts_on) = (self.app.clock.new_id(), unit.into(), day(2025, 1, 1));
        self.insert([post::Model { id, person_id, role, unit_id, area_id, starts_on, ends_on: None, version: 1 }]).await;
    }

    /// One statement that no entity has.
    pub async fn sql(&self, sql: &str) {
        use sea_orm::ConnectionTrait;
        let tx = self.app.db.begin().await.expect("begun");
        tx.execute_unprepared(sql).await.expect("executed");
        tx.commit().await.expect("committed");
    }

    /// A case in building 1 of xinyue, reported now by the resident and with grid 1. Not inserted.
    pub fn case_row(&self) -> case_file::Model {
        static NEXT: AtomicI32 = AtomicI32::new(1);
        let world = self.world();
        case_file::Model {
            id: self.app.clock.new_id(),
            number: format!("431302-2025-{:06}", NEXT.fetch_add(1, Ordering::Relaxed)),
            complex_id: Some(world.xinyue),
            building_id: Some(world.building1),
            reporter_id: Some(world.resident),
            provenance: Provenance::Invented,
            ..bare_case(self.now())
        }
    }

    /// A case like `case_row`, but for what is changed, with the entry of its report; inserted.
    pub async fn case(&self, change: impl FnOnce(&mut case_file::Model)) -> case_file::Model {
        let mut row = self.case_row();
        change(&mut row);
        self.insert([row.clone()]).await;
        self.insert([self.report_entry(&row)]).await;
        row
    }

    /// What the log would say of the report of a case.
    pub fn fact_of(&self, case: &case_file::Model) -> Fact {
        Fact {
            event_id: self.app.clock.new_id(),
            case_id: case.id,
            seq: 1,
            kind: CaseEventKind::Reported,
            at: case.reported_at,
            from_status: None,
            to_status: Some(CaseStatus::Reported),
            category: case.category,
            handler: (case.handler_kind, case.handler_id),
            areas: [Some(case.area_id), case.community_id, case.subdistrict_id, Some(case.district_id)].into_iter().flatten().collect(),
            grid_id: case.grid_id,
            complex_id: case.complex_id,
            whistle: None,
            hash: String::new(),
        }
    }

    /// The first entry of a case. Not inserted.
    pub fn report_entry(&self, case: &case_file::Model) -> case_event::Model {
        case_event::Model {
            id: self.app.clock.new_id(),
            case_id: case.id,
            seq: 1,
            kind: CaseEventKind::Reported,
            at: case.reported_at,
            actor_id: case.reporter_id,
            actor_role: Some(PostRole::Resident),
            from_status: None,
            to_status: Some(CaseStatus::Reported),
            note: None,
            whistle_id: None,
            previous: None,
            hash: None,
            salt: None,
            personal: None,
            file: None,
            whistles: None,
            covers: None,
            attachments: None,
            erased_at: None,
        }
    }

    /// A whistle of a case to a unit, raised now by a resident. Not inserted.
    pub fn whistle_row(&self, case: &case_file::Model, target_kind: HandlerKind, target_id: impl Into<Uuid>) -> whistle::Model {
        whistle::Model {
            id: self.app.clock.new_id(),
            case_id: case.id,
            from_kind: None,
            from_id: None,
            raised_by: case.reporter_id,
            target_kind,
            target_id: target_id.into(),
            lead: true,
            reason: None,
            status: WhistleStatus::Raised,
            raised_at: self.now(),
            check_in_due_at: self.now() + Duration::days(1),
            checked_in_at: None,
            on_site_at: None,
            decline_reason: None,
            ruled_at: None,
            ruling_upheld: None,
            ruling_reason: None,
            concluded_at: None,
            result: None,
            escalated_to_id: None,
            version: 1,
            response_score: None,
            response_comment: None,
        }
    }

    /// The same, inserted.
    pub async fn whistle(&self, case: &case_file::Model, kind: HandlerKind, target: impl Into<Uuid>) -> whistle::Model {
        let row = self.whistle_row(case, kind, target);
        self.insert([row.clone()]).await;
        row
    }
}
