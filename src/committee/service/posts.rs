//! The posts of those who chair owners' committees 业主委员会主任、副主任: each follows from a seat, and whoever gets or loses the seat gets or loses the post.

use entity::{CommitteeKind, committee, post};

use crate::{
    app::Cx,
    committee::{model, store},
    db::{DatabaseTransaction, DbErr},
    person::scope::Posts,
    record::import::keep_changes,
};

/// Brings the posts of a committee to what its seats say by now; of those that are changed it is kept by whom.
pub(super) async fn follow(cx: &Cx, tx: &DatabaseTransaction, committee: &committee::Model) -> Result<(), DbErr> {
    if committee.kind != CommitteeKind::Owners {
        return Ok(());
    }
    let mut held = store::posts_of(tx, committee.id).await?;
    let (mut rows, mut changed) = (Vec::new(), Vec::new());
    for seat in store::leading_seats(tx, committee.id).await? {
        let Some(post) = model::post_of(committee, &seat) else { continue };
        let Some(before) = held.remove(&post.id) else {
            rows.push(post);
            continue;
        };
        // it lies where it was held: whoever moves a committee moves the posts of that day, and leaves those of the past
        let after = post::Model { version: before.version, area_id: before.area_id, ..post };
        if after != before {
            let after = post::Model { version: before.version + 1, ..after };
            rows.push(after.clone());
            changed.push((before, after));
        }
    }
    keep_changes::<Posts>(&cx.app, tx, cx.actor.person, &changed).await?;
    store::put_posts(tx, rows).await?;
    // of a chair who is none any more from the very first day on no post is left
    store::delete_posts(tx, held.into_keys().collect()).await
}
