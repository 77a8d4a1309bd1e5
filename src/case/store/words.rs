//! The rows of what districts call things in their own words.

use entity::AreaId;
use sea_orm::{DbErr, EntityTrait, QueryFilter};

use crate::{
    app::Cx,
    case::scope::{WordWhere, Words},
    db::{DatabaseTransaction, filter::Test, noun::visible},
};

/// What these districts call what they have named, in one statement.
pub(in crate::case) async fn own_words<N: Words>(cx: &Cx, districts: &[AreaId]) -> Result<Vec<N::Model>, DbErr> {
    let of_districts = visible::<N>(&cx.actor).filter(N::matching(&WordWhere::District(Test::one_of(districts.iter().copied()))));
    of_districts.filter(N::matching(&WordWhere::InForce(true))).all(cx.read()).await
}

/// What a district calls one of them, where it has named it.
pub(in crate::case) async fn maybe_word<N: Words>(
    tx: &DatabaseTransaction,
    district: AreaId,
    of: N::Of,
) -> Result<Option<N::Model>, DbErr> {
    let facts = [WordWhere::District(Test::Eq(district.into())), WordWhere::Of(Test::Eq(of.into())), WordWhere::InForce(true)];
    facts.iter().fold(N::Entity::find(), |words, fact| words.filter(N::matching(fact))).one(tx).await
}
