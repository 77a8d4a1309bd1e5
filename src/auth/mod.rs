//! Who is asking: a signed token names a person, the person's posts of today give the roles.

pub mod token;

use chrono::{DateTime, NaiveDate, Utc};
use entity::{AreaId, HandlerKind, PersonId, PostId, PostRole};
use uuid::Uuid;

/// A post held today, as far as rights go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldPost {
    pub id: PostId,
    pub role: PostRole,
    /// The complex, grid, branch, area, department, firm or owners' committee, by role.
    pub unit: Uuid,
    pub area: AreaId,
}

/// Who is asking. Every service takes one and every read starts from what it may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Actor {
    /// None: anonymous, who sees public data only.
    pub person: Option<PersonId>,
    pub posts: Vec<HeldPost>,
    /// The day on which the posts are held.
    pub today: NaiveDate,
    /// When the token runs out; live streams end then.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Actor {
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The units in which the actor holds a post of this role.
    pub fn units<T: From<Uuid>>(&self, role: PostRole) -> Vec<T> {
        self.posts.iter().filter(|post| post.role == role).map(|post| T::from(post.unit)).collect()
    }

    /// The areas that the actor administers, each with all below it.
    pub fn administers(&self) -> Vec<AreaId> {
        self.posts.iter().filter(|post| post.role == PostRole::Administrator).map(|post| post.area).collect()
    }

    /// The units for which the actor can take up a duty.
    pub fn duties(&self) -> impl Iterator<Item = (HandlerKind, Uuid, PostRole)> + '_ {
        self.posts.iter().filter_map(|post| Some((duty_of(post.role)?, post.unit, post.role)))
    }

    /// Whether the actor works for the public side: not only as a resident, a firm's manager or the chair of an owners' committee.
    pub fn is_official(&self) -> bool {
        !self.official_areas().is_empty()
    }

    /// Where they do.
    pub fn official_areas(&self) -> Vec<AreaId> {
        let private = |role| matches!(role, PostRole::Resident | PostRole::FirmManager | PostRole::CommitteeChair);
        let official = self.posts.iter().filter(|post| !private(post.role));
        official.map(|post| post.area).collect()
    }

    /// Whoever is signed in may report, but for those whose posts are only there to look or to administer.
    pub fn may_report(&self) -> bool {
        self.person.is_some() && (self.posts.is_empty() || self.posts.iter().any(|post| !looks_on(post.role)))
    }

    pub fn expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }
}

/// Whether a post is only there to look or to administer.
pub fn looks_on(role: PostRole) -> bool {
    matches!(role, PostRole::Analyst | PostRole::Auditor | PostRole::Administrator)
}

/// The kind of unit that a role works for, where it can be called at all.
pub fn duty_of(role: PostRole) -> Option<HandlerKind> {
    Some(match role {
        PostRole::GridWorker => HandlerKind::Grid,
        PostRole::BranchSecretary => HandlerKind::PartyBranch,
        PostRole::CommunityOfficer => HandlerKind::Community,
        PostRole::SubdistrictOfficer => HandlerKind::Subdistrict,
        PostRole::DepartmentOfficer => HandlerKind::Department,
        PostRole::FirmManager => HandlerKind::PropertyFirm,
        PostRole::CommitteeChair => HandlerKind::OwnersCommittee,
        PostRole::DistrictOfficer => HandlerKind::District,
        PostRole::Resident | PostRole::Analyst | PostRole::Auditor | PostRole::Administrator => return None,
    })
}

/// `张三丰` becomes `张**`: the first character stays.
pub fn mask_name(name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(String::from).unwrap_or_default();
    first + &"*".repeat(characters.count().max(1))
}

/// `13800001234` becomes `138****1234`; anything shorter than eight characters is hidden whole.
pub fn mask_phone(phone: &str) -> String {
    let characters: Vec<char> = phone.chars().collect();
    if characters.len() < 8 {
        return "*".repeat(characters.len());
    }
    let (head, tail) = (&characters[..3], &characters[characters.len() - 4..]);
    head.iter().chain(&['*'; 4]).chain(tail).collect()
}
