//! Who keeps the records of a place.

use entity::{AreaId, PostRole};

use super::model::Office;
use crate::auth::Actor;

/// Whether the actor holds this office or a higher one in a place or above it; an administrator holds every office.
pub fn holds(actor: &Actor, least: Office, lies_in: impl Fn(AreaId) -> bool) -> bool {
    actor.posts.iter().any(|post| {
        let office = match post.role {
            PostRole::CommunityOfficer => Office::Community,
            PostRole::SubdistrictOfficer => Office::Subdistrict,
            PostRole::DistrictOfficer => Office::District,
            PostRole::Administrator => Office::Administrator,
            _ => return false,
        };
        office >= least && lies_in(post.area)
    })
}
