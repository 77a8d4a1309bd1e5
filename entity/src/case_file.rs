//! A case, its file 一案一册.

use sea_orm::entity::prelude::*;

use crate::{
    AreaId, BuildingId, CaseCategory, CaseId, CasePriority, CaseStatus, ComplexId, GridId, HandlerKind, HandlingLevel, HandlingPathId,
    Hundredths, IntakeChannel, MatterId, PersonId, Provenance,
};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "case_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CaseId,
    pub number: String,
    pub category: CaseCategory,
    pub matter_id: Option<MatterId>,
    pub title: String,
    pub description: Option<String>,
    pub status: CaseStatus,
    pub priority: CasePriority,
    pub channel: IntakeChannel,
    pub level: HandlingLevel,
    pub settled_level: Option<HandlingLevel>,
    pub handler_kind: HandlerKind,
    pub handler_id: Uuid,
    pub area_id: AreaId,
    /// The district, or the city where it has none.
    pub district_id: AreaId,
    pub subdistrict_id: Option<AreaId>,
    pub community_id: Option<AreaId>,
    pub grid_id: Option<GridId>,
    pub complex_id: Option<ComplexId>,
    pub building_id: Option<BuildingId>,
    pub longitude: Option<f64>,
    pub latitude: Option<f64>,
    /// None where the reporter is not registered, or was erased.
    pub reporter_id: Option<PersonId>,
    /// Who is not registered, as they told it to whoever entered the report.
    pub reporter_name: Option<String>,
    pub reporter_phone: Option<String>,
    /// The officer who entered somebody else's report; none: the reporter did.
    pub entered_by: Option<PersonId>,
    pub anonymous: bool,
    pub respondent_kind: Option<HandlerKind>,
    /// A unit where a kind is given, else a person.
    pub respondent_id: Option<Uuid>,
    pub respondent_name: Option<String>,
    pub resolution: Option<String>,
    pub resolved_by: Option<PersonId>,
    pub resolved_at: Option<DateTimeUtc>,
    pub verification: Option<String>,
    pub closed_at: Option<DateTimeUtc>,
    pub closed_by: Option<PersonId>,
    pub merged_into_id: Option<CaseId>,
    pub reopen_count: i32,
    pub score: Option<i32>,
    pub comment: Option<String>,
    pub reported_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    /// Rises by one with each event of the file.
    pub version: i32,
    pub provenance: Provenance,
    pub provenance_note: Option<String>,
    /// The hash of its last entry.
    pub head: Option<String>,
    /// For the digests of the personal fields of the case and its whistles.
    pub salt: Option<String>,
    /// When its own clock runs out: follows from `case_clock`, here to order by.
    pub due_at: DateTimeUtc,
    /// The level that supervises it.
    pub supervised_by: Option<HandlingLevel>,
    /// What came back to residents, by the resolution.
    pub recovered: Option<Hundredths>,
    /// What the remedy cost, by the resolution.
    pub paid: Option<Hundredths>,
    /// The path it goes; none: the built-in one.
    pub path_id: Option<HandlingPathId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
