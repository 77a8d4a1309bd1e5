//! Which unit fits which post, and the form of what tells persons apart.

use entity::{AreaId, AreaLevel, CommitteeId, ComplexId, DepartmentId, FirmId, GridId, PartyBranchId, PostRole};
use uuid::Uuid;

/// What a post is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Area(AreaId),
    Branch(PartyBranchId),
    Committee(CommitteeId),
    Complex(ComplexId),
    Department(DepartmentId),
    Firm(FirmId),
    Grid(GridId),
}

impl From<Unit> for Uuid {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Area(id) => id.0,
            Unit::Branch(id) => id.0,
            Unit::Committee(id) => id.0,
            Unit::Complex(id) => id.0,
            Unit::Department(id) => id.0,
            Unit::Firm(id) => id.0,
            Unit::Grid(id) => id.0,
        }
    }
}

/// Whether a unit of this kind fits a role; an area's level is a question of its own.
pub fn fits(role: PostRole, unit: Unit) -> bool {
    match role {
        PostRole::Resident => matches!(unit, Unit::Complex(_)),
        PostRole::GridWorker => matches!(unit, Unit::Grid(_)),
        PostRole::BranchSecretary => matches!(unit, Unit::Branch(_)),
        PostRole::DepartmentOfficer => matches!(unit, Unit::Department(_)),
        PostRole::FirmManager => matches!(unit, Unit::Firm(_)),
        PostRole::CommitteeChair => matches!(unit, Unit::Committee(_)),
        PostRole::CommunityOfficer
        | PostRole::SubdistrictOfficer
        | PostRole::DistrictOfficer
        | PostRole::Analyst
        | PostRole::Auditor
        | PostRole::Administrator => matches!(unit, Unit::Area(_)),
    }
}

/// Whether posts of this role follow from seats on committees: nobody gives or ends them by hand.
pub fn follows_from_seat(role: PostRole) -> bool {
    role == PostRole::CommitteeChair
}

/// Whether an area of this level fits a role; the districts of a city that has none are itself.
pub fn fits_level(role: PostRole, level: AreaLevel, is_district: bool) -> bool {
    match role {
        PostRole::CommunityOfficer => level == AreaLevel::Community,
        PostRole::SubdistrictOfficer => level == AreaLevel::Subdistrict,
        PostRole::DistrictOfficer => is_district,
        _ => true,
    }
}

/// Whether this has the form of a sign-in name 登录名.
pub fn is_sign_in(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && (1..=50).contains(&text.len())
}

/// A telephone number 手机, as it is kept and compared: 5 to 20 digits, `+` first where it stands, no blanks and hyphens, and a mobile number of China without the country's code.
pub fn phone(text: &str) -> Option<String> {
    let number: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || !(5..=20).contains(&digits.len()) {
        return None;
    }
    let national = ["+86", "0086", "86"].into_iter().find_map(|code| number.strip_prefix(code));
    let mobile = national.filter(|rest| rest.len() == 11 && rest.starts_with('1')).map(ToOwned::to_owned);
    Some(mobile.unwrap_or(number))
}

/// What stands where personal data were erased.
pub const ERASED: &str = "已删除";
