//! Many rows at once.

use sea_orm::{
    ActiveModelTrait, DatabaseTransaction, DbErr, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait, PrimaryKeyToColumn,
    SqlErr, sea_query::OnConflict,
};

/// Bound values of one statement: SQLite takes 32,766.
const BINDS: usize = 30_000;

/// Inserts rows, or replaces those that are there, a few thousand in a statement.
pub async fn put<E>(tx: &DatabaseTransaction, mut rows: Vec<E::Model>) -> Result<(), DbErr>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let others: Vec<E::Column> = E::Column::iter().filter(|column| keys.iter().all(|key| key.as_str() != column.as_str())).collect();
    let replace = OnConflict::columns(keys).update_columns(others).to_owned();
    let portion = BINDS / E::Column::iter().count().max(1);
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(portion));
        let now = std::mem::replace(&mut rows, rest).into_iter().map(|row| row.into_active_model().reset_all());
        E::insert_many(now).on_conflict(replace.clone()).exec_without_returning(tx).await?;
    }
    Ok(())
}

type ActiveOf<M> = <<M as ModelTrait>::Entity as EntityTrait>::ActiveModel;

/// Inserts a new row.
pub async fn insert<M>(tx: &DatabaseTransaction, row: M) -> Result<(), DbErr>
where
    M: ModelTrait + IntoActiveModel<ActiveOf<M>>,
{
    M::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await.map(|_| ())
}

/// Replaces a row that is there.
pub async fn save<M>(tx: &DatabaseTransaction, row: M) -> Result<(), DbErr>
where
    M: ModelTrait + IntoActiveModel<ActiveOf<M>>,
    M::Entity: EntityTrait<Model = M>,
    ActiveOf<M>: Send,
{
    row.into_active_model().reset_all().update(tx).await.map(|_| ())
}

/// Whether another row has already what no two have.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
