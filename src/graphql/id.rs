//! A global id is an enum: `node()` is one exhaustive match, and an id of one type is never taken for another's.

use async_graphql::ID;
use entity::*;
use uuid::Uuid;

use super::error::Refusal;

macro_rules! global_ids {
    ($($variant:ident($id:ident) = $prefix:literal),+ $(,)?) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum GlobalId { $($variant($id)),+ }

        impl GlobalId {
            /// None for whatever is not an id of ours.
            pub fn parse(text: &str) -> Option<Self> {
                let (prefix, uuid) = text.rsplit_once('_')?;
                // one spelling only: 32 lower-case hexadecimal digits
                if uuid.len() != 32 || uuid.bytes().any(|b| !matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
                    return None;
                }
                let uuid = Uuid::try_parse(uuid).ok()?;
                match prefix { $($prefix => Some(Self::$variant($id(uuid))),)+ _ => None }
            }

            pub fn uuid(self) -> Uuid {
                match self { $(Self::$variant(id) => id.0),+ }
            }

            fn prefix(self) -> &'static str {
                match self { $(Self::$variant(_) => $prefix),+ }
            }
        }

        $(impl From<$id> for GlobalId {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        }

        impl TryFrom<GlobalId> for $id {
            type Error = ();

            fn try_from(id: GlobalId) -> Result<Self, ()> {
                match id { GlobalId::$variant(id) => Ok(id), _ => Err(()) }
            }
        })+
    };
}

global_ids! {
    Area(AreaId) = "area",
    Attachment(AttachmentId) = "attachment",
    Building(BuildingId) = "building",
    Case(CaseId) = "case",
    CaseEvent(CaseEventId) = "event",
    Committee(CommitteeId) = "committee",
    CommitteeEvent(CommitteeEventId) = "committee_event",
    CommitteeMember(CommitteeMemberId) = "committee_member",
    CommitteeTerm(CommitteeTermId) = "committee_term",
    Complex(ComplexId) = "complex",
    DeadlineExtension(DeadlineExtensionId) = "extension",
    DeadlinePolicy(DeadlinePolicyId) = "policy",
    Department(DepartmentId) = "department",
    Firm(FirmId) = "firm",
    FirmContract(FirmContractId) = "contract",
    Grid(GridId) = "grid",
    HandlingPath(HandlingPathId) = "path",
    Matter(MatterId) = "matter",
    Notification(NotificationId) = "notification",
    PartyBranch(PartyBranchId) = "branch",
    Person(PersonId) = "person",
    Post(PostId) = "post",
    RecordChange(RecordChangeId) = "record_change",
    Register(RegisterId) = "register",
    Webhook(WebhookId) = "webhook",
    WebhookDelivery(WebhookDeliveryId) = "delivery",
    Whistle(WhistleId) = "whistle",
    GridFund(GridFundId) = "grid_fund",
    GridFundEntry(GridFundEntryId) = "grid_fund_entry",
    ImportJob(ImportJobId) = "import",
    LevelName(LevelNameId) = "level_name",
    CategoryName(CategoryNameId) = "category_name",
    DoubleReport(DoubleReportId) = "double_report",
    DutyClaim(DutyClaimId) = "duty_claim",
    DutyPost(DutyPostId) = "duty_post",
    PartyCover(PartyCoverId) = "party_cover",
    PartyInstructor(PartyInstructorId) = "party_instructor",
    PartyMembership(PartyMembershipId) = "party_membership",
    ServiceRecord(ServiceRecordId) = "service_record",
    Stairwell(StairwellId) = "stairwell",
    Dwelling(DwellingId) = "dwelling",
    Courtyard(CourtyardId) = "courtyard",
    ComplexHonour(ComplexHonourId) = "honour",
    ContractFee(ContractFeeId) = "fee",
    DocumentVersion(DocumentVersionId) = "document_version",
    FirmAdmission(FirmAdmissionId) = "admission",
    GoverningDocument(GoverningDocumentId) = "document",
    Pairing(PairingId) = "pairing",
    ServiceItem(ServiceItemId) = "service_item",
}

/// An id of whatever handles cases and can be called.
#[derive(Clone, Copy, Debug)]
pub struct UnitId(pub Uuid);

impl From<UnitId> for Uuid {
    fn from(id: UnitId) -> Self {
        id.0
    }
}

impl TryFrom<GlobalId> for UnitId {
    type Error = ();

    fn try_from(id: GlobalId) -> Result<Self, ()> {
        use GlobalId::{Area, Committee, Department, Firm, Grid, PartyBranch};
        match id {
            Area(_) | Committee(_) | Department(_) | Firm(_) | Grid(_) | PartyBranch(_) => Ok(Self(id.uuid())),
            _ => Err(()),
        }
    }
}

/// An id as clients see it.
pub fn global(id: impl Into<GlobalId>) -> ID {
    let id = id.into();
    ID(format!("{}_{}", id.prefix(), id.uuid().simple()))
}

/// An id in an input: malformed, of another type or unknown, it is `NOT_FOUND` alike.
pub fn required<T: TryFrom<GlobalId>>(id: &ID, field: &str) -> Result<T, Refusal> {
    maybe(id).ok_or_else(|| Refusal::not_found(field))
}

/// The id, if it is one of this type.
pub fn maybe<T: TryFrom<GlobalId>>(id: &ID) -> Option<T> {
    GlobalId::parse(id)?.try_into().ok()
}
