//! Who keeps the records of committees.

use entity::{AreaId, PostRole};

use crate::auth::Actor;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Establish, rename, elect, seat, end, dissolve.
    Keep,
    /// Take the filing 备案 of an election: by Article 33 it goes to the subdistrict and the district.
    File,
}

/// Officers of the community, subdistrict and district in which the committee lies, and administrators there or above. No seat gives a right to it:
/// a committee does not keep the record of itself.
pub fn may(actor: &Actor, act: Act, lies_in: impl Fn(AreaId) -> bool) -> bool {
    actor.posts.iter().any(|post| {
        let keeps = match post.role {
            PostRole::CommunityOfficer => act == Act::Keep,
            PostRole::SubdistrictOfficer | PostRole::DistrictOfficer | PostRole::Administrator => true,
            _ => false,
        };
        keeps && lies_in(post.area)
    })
}
