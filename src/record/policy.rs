//! Who keeps the records of a place.

use entity::{AreaId, PostRole};

use super::model::Office;
use crate::auth::Actor;

fn office(role: PostRole) -> Option<Office> {
    match role {
        PostRole::CommunityOfficer => Some(Office::Community),
        PostRole::SubdistrictOfficer => Some(Office::Subdistrict),
        PostRole::DistrictOfficer => Some(Office::District),
        PostRole::Administrator => Some(Office::Administrator),
        _ => None,
    }
}

/// The areas in which the actor keeps records.
pub fn keeps_in(actor: &Actor) -> Vec<AreaId> {
    actor.posts.iter().filter(|post| office(post.role).is_some()).map(|post| post.area).collect()
}

/// Whether the actor holds this office or a higher one in a place or above it; an administrator holds every office.
pub fn holds(actor: &Actor, least: Office, lies_in: impl Fn(AreaId) -> bool) -> bool {
    actor.posts.iter().any(|post| office(post.role).is_some_and(|office| office >= least) && lies_in(post.area))
}
