use std::collections::HashMap;

use entity::{AreaId, DepartmentId, MatterId, department, matter, matter_department};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};

/// Who answers for each matter, the lead first, in one statement.
pub(super) async fn answering(
    db: &impl ConnectionTrait,
    visible: Condition,
    matters: &[MatterId],
) -> Result<HashMap<MatterId, Vec<(bool, department::Model)>>, DbErr> {
    let rows = matter_department::Entity::find()
        .filter(matter_department::Column::MatterId.is_in(matters.iter().copied()))
        .join(JoinType::InnerJoin, link_to_department())
        .filter(visible)
        .select_also(department::Entity)
        .order_by_desc(matter_department::Column::Lead)
        .order_by_asc(department::Column::Name)
        .all(db)
        .await?;
    let mut answering: HashMap<MatterId, Vec<(bool, department::Model)>> = HashMap::new();
    for (link, department) in rows {
        if let Some(department) = department {
            answering.entry(link.matter_id).or_default().push((link.lead, department));
        }
    }
    Ok(answering)
}

fn link_to_department() -> RelationDef {
    matter_department::Entity::belongs_to(department::Entity)
        .from(matter_department::Column::DepartmentId)
        .to(department::Column::Id)
        .into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: DepartmentId) -> Result<Option<department::Model>, DbErr> {
    department::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_matter(db: &impl ConnectionTrait, id: MatterId) -> Result<Option<matter::Model>, DbErr> {
    matter::Entity::find_by_id(id).one(db).await
}

/// Those of these names in these districts.
pub(super) async fn named(db: &impl ConnectionTrait, districts: Vec<AreaId>, names: Vec<String>) -> Result<Vec<department::Model>, DbErr> {
    use department::Column as C;
    department::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::Name.is_in(names)).all(db).await
}
