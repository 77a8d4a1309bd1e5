//! Typed ids: UUIDv7, so that they sort by creation. One newtype a table, so that a grid's id is never taken for a case's.

use sea_orm::{DbErr, DeriveValueType, TryFromU64, prelude::Uuid};
use serde::{Deserialize, Serialize};

use crate::ClockKind;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    AreaId, AreaNameId, AreaSuccessionId, AttachmentId, BuildingId, CalendarDayId, CaseClockId, CaseEventId, CaseId, CategoryNameId, CommitteeEventId, CommitteeId, CommitteeMemberId, CommitteeTermId, ComplexHonourId, ComplexId, ContractFeeId, CourtyardId, DeadlineExtensionId, DeadlinePolicyId, DepartmentId, DocumentVersionId, DoubleReportId, DutyClaimId, DutyPostId, DwellingId, FirmAdmissionId, FirmContractId, FirmId, GoverningDocumentId, GridBuildingPastId, GridFundEntryId, GridFundId, GridId, HandlingPathId, ImportJobId, ImportProblemId, LevelNameId, MatterId, NotificationId, PairingId, PartyBranchId, PartyCoverId, PartyInstructorId, PartyMembershipId, PersonId, PostId, RecordChangeId, RegisterId, RegisterRemovalId, ServiceItemId, ServiceRecordId, StairwellId, WebhookDeliveryId, WebhookId, WhistleId,
}

impl DeadlinePolicyId {
    /// What holds everywhere from the first migration on.
    pub fn standard(kind: ClockKind) -> Self {
        let number: u128 = match kind {
            ClockKind::CheckIn => 1,
            ClockKind::Resolution => 2,
            ClockKind::Case => 3,
            ClockKind::Supervision => 4,
        };
        Self(Uuid::from_u128(0x7000_8000_0000_0000_0000 + number))
    }
}
