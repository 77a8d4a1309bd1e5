use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, PartyBranchId, PartyBranchKind, party_branch, party_cover};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};

use super::scope::covering_on;

/// The branch of each complex on a day, in one statement. Where several cover it, the first by name.
pub(super) async fn covering(
    db: &impl ConnectionTrait,
    visible: Condition,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, party_branch::Model>, DbErr> {
    let rows = party_cover::Entity::find()
        .filter(party_cover::Column::ComplexId.is_in(complexes.iter().copied()))
        .filter(covering_on(day))
        .join(JoinType::InnerJoin, link_to_branch())
        .filter(party_branch::Column::Kind.eq(PartyBranchKind::ComplexBranch))
        .filter(visible)
        .select_also(party_branch::Entity)
        .order_by_desc(party_branch::Column::Name)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(link, branch)| Some((link.complex_id, branch?))).collect())
}

fn link_to_branch() -> RelationDef {
    party_cover::Entity::belongs_to(party_branch::Entity)
        .from(party_cover::Column::BranchId)
        .to(party_branch::Column::Id)
        .into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: PartyBranchId) -> Result<Option<party_branch::Model>, DbErr> {
    party_branch::Entity::find_by_id(id).one(db).await
}

pub(super) async fn covers(db: &impl ConnectionTrait, branch: PartyBranchId, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    use party_cover::Column as C;
    let covers = party_cover::Entity::find().filter(C::BranchId.eq(branch)).filter(C::ComplexId.eq(complex)).filter(covering_on(day));
    Ok(covers.one(db).await?.is_some())
}

/// Those of these names in these areas.
pub(super) async fn named(db: &impl ConnectionTrait, areas: Vec<AreaId>, names: Vec<String>) -> Result<Vec<party_branch::Model>, DbErr> {
    use party_branch::Column as C;
    party_branch::Entity::find().filter(C::AreaId.is_in(areas)).filter(C::Name.is_in(names)).all(db).await
}
