//! The rows of what districts call the levels.

use entity::{AreaId, HandlingLevel, level_name};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::{
    app::Cx,
    case::scope::LevelNames,
    db::{DatabaseTransaction, noun::visible},
};

/// What these districts call the levels that they have named, in one statement.
pub(in crate::case) async fn level_names(cx: &Cx, districts: &[AreaId]) -> Result<Vec<level_name::Model>, DbErr> {
    use level_name::Column as C;
    let of_districts = visible::<LevelNames>(&cx.actor).filter(C::DistrictId.is_in(districts.iter().copied()));
    of_districts.filter(C::EndedOn.is_null()).all(cx.read()).await
}

/// What a district calls a level, where it has named it.
pub(in crate::case) async fn maybe_level_name(
    tx: &DatabaseTransaction,
    district: AreaId,
    level: HandlingLevel,
) -> Result<Option<level_name::Model>, DbErr> {
    use level_name::Column as C;
    let named = level_name::Entity::find().filter(C::DistrictId.eq(district)).filter(C::Level.eq(level));
    named.filter(C::EndedOn.is_null()).one(tx).await
}
