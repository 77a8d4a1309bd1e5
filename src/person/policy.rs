//! Who gives which post.

use entity::PostRole;

use crate::record::model::Office;

/// The least office, in the area of the unit or above it, that gives a post of this role and ends it: officers those of the people beside them, administrators those of officers
/// and administrators.
pub fn giver(role: PostRole) -> Office {
    match role {
        PostRole::Resident | PostRole::GridWorker | PostRole::BranchSecretary => Office::Community,
        // whoever keeps the seats that it follows from
        PostRole::CommitteeChair => Office::Community,
        PostRole::FirmManager => Office::District,
        PostRole::CommunityOfficer
        | PostRole::SubdistrictOfficer
        | PostRole::DepartmentOfficer
        | PostRole::DistrictOfficer
        | PostRole::Analyst
        | PostRole::Auditor
        | PostRole::Administrator => Office::Administrator,
    }
}
