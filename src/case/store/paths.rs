//! The rows of handling paths.

use std::collections::HashMap;

use entity::{AreaId, ClockKind, HandlingPathId, handling_path};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::policies::lock_policies;
use crate::{
    app::Cx,
    case::scope::HandlingPaths,
    db::{DatabaseTransaction, noun},
};

/// What is in force in a district, its own and everywhere's.
pub(in crate::case) async fn paths_in_force(tx: &DatabaseTransaction, district: AreaId) -> Result<Vec<handling_path::Model>, DbErr> {
    use handling_path::Column as C;
    let here = Condition::any().add(C::DistrictId.is_null()).add(C::DistrictId.eq(district));
    handling_path::Entity::find().filter(C::EndedAt.is_null()).filter(here).all(tx).await
}

/// In one statement, those that the actor may see.
pub(in crate::case) async fn paths_read(cx: &Cx, ids: &[HandlingPathId]) -> Result<HashMap<HandlingPathId, handling_path::Model>, DbErr> {
    noun::by_ids::<HandlingPaths>(cx.read(), &cx.actor, ids).await
}

/// From here to the end of the transaction nobody else changes a path. Whoever changes the policies of cases waits, too, since one row stands for both.
pub(in crate::case) async fn lock_paths(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    lock_policies(tx, ClockKind::Case).await
}

pub(in crate::case) async fn maybe_path(tx: &DatabaseTransaction, id: HandlingPathId) -> Result<Option<handling_path::Model>, DbErr> {
    handling_path::Entity::find_by_id(id).one(tx).await
}

/// All versions of the path that is for the very same cases as this one, the latest first.
pub(in crate::case) async fn path_versions(
    tx: &DatabaseTransaction,
    like: &handling_path::Model,
) -> Result<Vec<handling_path::Model>, DbErr> {
    use handling_path::Column as C;
    let same = Condition::all()
        .add(like.district_id.map_or_else(|| C::DistrictId.is_null(), |district| C::DistrictId.eq(district)))
        .add(like.category.map_or_else(|| C::Category.is_null(), |category| C::Category.eq(category)))
        .add(like.matter_id.map_or_else(|| C::MatterId.is_null(), |matter| C::MatterId.eq(matter)));
    handling_path::Entity::find().filter(same).order_by_desc(C::Version).all(tx).await
}
