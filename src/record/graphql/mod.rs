//! `RecordChange`, and how the mutations of records are declared.

mod mutation;

use async_graphql::{ID, SimpleObject};
use entity::{
    AreaId, BuildingId, CategoryNameId, ComplexHonourId, ComplexId, ContractFeeId, CourtyardId, DepartmentId, DoubleReportId, DutyClaimId,
    DutyPostId, DwellingId, FirmAdmissionId, FirmContractId, FirmId, GoverningDocumentId, GridFundId, GridId, LevelNameId, MatterId,
    PairingId, PartyBranchId, PartyCoverId, PartyInstructorId, PartyMembershipId, PersonId, PostId, RecordChangeId, RecordChangeKind,
    RecordKind, RegisterId, ServiceItemId, ServiceRecordId, StairwellId, record_change,
};
use uuid::Uuid;

pub(crate) use self::mutation::{Failed, inputs, mutations, settled};
use super::{
    scope::{ChangeOrder, ChangeWhere, RecordChanges},
    service::RecordError,
};
use crate::{
    area::graphql::Area,
    case::graphql::stale,
    committee::graphql::broken,
    graphql::{
        error::{ApiError, Refusal, UserErrorCode},
        filter::{DateTimeFilter, EnumFilter, IdFilter, filters},
        id::{GlobalId, global},
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, DateTime},
    },
    object, orders,
    person::graphql::Person,
    query,
};

/// The global id of a record.
fn record_id(kind: RecordKind, id: Uuid) -> GlobalId {
    match kind {
        RecordKind::Register => RegisterId(id).into(),
        RecordKind::Area => AreaId(id).into(),
        RecordKind::Grid => GridId(id).into(),
        RecordKind::GridFund => GridFundId(id).into(),
        RecordKind::Person => PersonId(id).into(),
        RecordKind::Post => PostId(id).into(),
        RecordKind::PartyBranch => PartyBranchId(id).into(),
        RecordKind::PartyCover => PartyCoverId(id).into(),
        RecordKind::PartyMembership => PartyMembershipId(id).into(),
        RecordKind::PartyInstructor => PartyInstructorId(id).into(),
        RecordKind::DoubleReport => DoubleReportId(id).into(),
        RecordKind::DutyPost => DutyPostId(id).into(),
        RecordKind::DutyClaim => DutyClaimId(id).into(),
        RecordKind::ServiceRecord => ServiceRecordId(id).into(),
        RecordKind::Complex => ComplexId(id).into(),
        RecordKind::Building => BuildingId(id).into(),
        RecordKind::Stairwell => StairwellId(id).into(),
        RecordKind::Dwelling => DwellingId(id).into(),
        RecordKind::Courtyard => CourtyardId(id).into(),
        RecordKind::ComplexHonour => ComplexHonourId(id).into(),
        RecordKind::PropertyFirm => FirmId(id).into(),
        RecordKind::FirmAdmission => FirmAdmissionId(id).into(),
        RecordKind::FirmContract => FirmContractId(id).into(),
        RecordKind::ContractFee => ContractFeeId(id).into(),
        RecordKind::ServiceItem => ServiceItemId(id).into(),
        RecordKind::Department => DepartmentId(id).into(),
        RecordKind::Matter => MatterId(id).into(),
        RecordKind::Pairing => PairingId(id).into(),
        RecordKind::GoverningDocument => GoverningDocumentId(id).into(),
        RecordKind::LevelName => LevelNameId(id).into(),
        RecordKind::CategoryName => CategoryNameId(id).into(),
    }
}

object! {
    /// Something that was done to a record 变更记录: who set it up, changed or ended it, when, and what of it. It is entered with the change and never changed. Officials
    /// see those of the areas of their posts.
    RecordChange: record_change::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What kind of record 档案类型.
        record_kind: RecordKind = |row| row.record_kind,
        /// The id of the record, for `node` 档案标识.
        record_id: ID = |row| global(record_id(row.record_kind, row.record_id)),
        /// What was done 变更类型.
        kind: RecordChangeKind = |row| row.kind,
        /// The version of the record that it made 版本.
        version: i32 = |row| row.seq,
        /// When it was entered 录入时间.
        at: DateTime = |row| row.at.into(),
        /// What differs; of a new record all that it says 变更内容.
        fields: Vec<FieldChange> = |row| row.fields.0.iter().map(FieldChange::of).collect(),
        /// Why, in words; null where nothing was said 说明.
        note: Option<&str> = |row| row.note.as_deref(),
    }
    relations {
        /// Who did it; null where it was the server, or where you may not see the person 经办人.
        actor: Person = |change| change.actor_id,
        /// Where the record lay then 所在区划.
        area: Area = |change| Some(change.area_id),
    }
}

/// A field of a record that was changed 变更字段.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldChange {
    /// Its name, as in the table; that of another record ends in `Id` and its value is that record's id without the word before it 字段.
    name: String,
    /// What it was; null where there was nothing, or where it is not kept 原值.
    from: Option<String>,
    /// What it is since; null where there is nothing, or where it is not kept 新值.
    to: Option<String>,
    /// Whether only the fact is kept and not the values, for the sake of somebody's privacy 是否隐去.
    hidden: bool,
}

impl FieldChange {
    fn of(change: &record_change::FieldChange) -> Self {
        let mut words = change.name.split('_');
        let first = words.next().unwrap_or_default().to_owned();
        let name = words.fold(first, |name, word| {
            let mut letters = word.chars();
            letters.next().map(|letter| name.clone() + &letter.to_uppercase().to_string() + letters.as_str()).unwrap_or(name)
        });
        Self { name, from: change.from.clone(), to: change.to.clone(), hidden: change.hidden }
    }
}

impl Listed for RecordChange {
    type Noun = RecordChanges;
    type Filter = RecordChangeFilter;
    type Order = RecordChangeOrderField;

    const ORDER: (RecordChangeOrderField, OrderDirection) = (RecordChangeOrderField::At, OrderDirection::Desc);
}

filters! {
    /// Which changes 变更记录筛选; all that is given must hold.
    RecordChangeFilter => ChangeWhere {
        /// By id 标识.
        id: IdFilter => id::<RecordChangeId>(ChangeWhere::Id),
        /// By what was done 变更类型.
        kind: EnumFilter<RecordChangeKind> => test(ChangeWhere::Kind),
        /// By what kind of record 档案类型.
        record_kind: EnumFilter<RecordKind> => test(ChangeWhere::RecordKind),
        /// By who did it 经办人.
        actor_id: IdFilter => id::<PersonId>(ChangeWhere::Actor),
        /// By when 录入时间.
        at: DateTimeFilter => test(ChangeWhere::At),
        /// Of records in the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(ChangeWhere::Within),
    }
}

orders! {
    /// What changes are ordered by 变更记录排序字段.
    RecordChangeOrderField("RecordChangeOrder") => ChangeOrder {
        /// By when they were entered 录入时间.
        At,
    }
}

query! {
    RecordQuery {}
    lists {
        /// What was done to records in the areas of your posts, by whom and when; the latest first. For officials 变更记录.
        record_changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl From<RecordError> for ApiError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::NotFound(field) => Refusal::not_found(&field).into(),
            RecordError::Forbidden(field) => Refusal::new(UserErrorCode::Forbidden, "forbidden", &field).into(),
            RecordError::Required(field) => Refusal::new(UserErrorCode::Required, "required", &field).into(),
            RecordError::Exists(field) => Refusal::new(UserErrorCode::AlreadyExists, "taken", &field).into(),
            RecordError::Mismatch(message, field) => Refusal::new(UserErrorCode::Mismatch, message, &field).into(),
            RecordError::State(message, field) => Refusal::new(UserErrorCode::InvalidState, message, &field).into(),
            RecordError::Limit(message, field, args) => {
                let refusal = Refusal::new(UserErrorCode::InvalidState, message, &field);
                args.into_iter().fold(refusal, |refusal, (name, value)| refusal.with(name, value)).into()
            }
            RecordError::OutOfRange(field, low, high) => {
                Refusal::new(UserErrorCode::OutOfRange, "out-of-range", &field).with("low", low).with("high", high).into()
            }
            RecordError::Broken(rule, field) => broken(rule, &field).into(),
            RecordError::Many(errors) => {
                let mut refusals = Vec::with_capacity(errors.len());
                for error in errors {
                    match error.into() {
                        Self::Refused(more) => refusals.extend(more),
                        other => return other,
                    }
                }
                Self::Refused(refusals)
            }
            RecordError::Clash(message, field, from, to) => {
                let to = to.map_or_else(|| "—".to_owned(), |day| day.to_string());
                Refusal::new(UserErrorCode::AlreadyExists, message, &field).with("from", from.to_string()).with("to", to).into()
            }
            RecordError::Conflict(_) => stale().into(),
            RecordError::Case(error) => error.into(),
            RecordError::Db(error) => error.into(),
        }
    }
}
