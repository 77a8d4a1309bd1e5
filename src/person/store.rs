use std::collections::HashSet;

use chrono::NaiveDate;
use entity::{PersonId, PostRole, person, post};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::scope::held_on;

pub(super) async fn posts_on(db: &impl ConnectionTrait, person: PersonId, day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    post::Entity::find().filter(post::Column::PersonId.eq(person)).filter(held_on(day)).order_by_asc(post::Column::Id).all(db).await
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<person::Model>, DbErr> {
    person::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_by_sign_in(db: &impl ConnectionTrait, name: &str) -> Result<Option<person::Model>, DbErr> {
    person::Entity::find().filter(person::Column::SignIn.eq(name)).one(db).await
}

/// Those who hold a post other than a resident's on this day.
pub(super) async fn officials(db: &impl ConnectionTrait, persons: Vec<PersonId>, day: NaiveDate) -> Result<HashSet<PersonId>, DbErr> {
    let posts = post::Entity::find()
        .filter(post::Column::PersonId.is_in(persons))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .all(db)
        .await?;
    Ok(posts.into_iter().map(|post| post.person_id).collect())
}

pub(super) async fn works_for(db: &impl ConnectionTrait, person: PersonId, unit: Uuid, day: NaiveDate) -> Result<bool, DbErr> {
    let post = post::Entity::find()
        .filter(post::Column::PersonId.eq(person))
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Role.ne(PostRole::Resident))
        .filter(held_on(day))
        .one(db)
        .await?;
    Ok(post.is_some())
}
