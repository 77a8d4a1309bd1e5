//! Batches by hand: the table is read, and inserted with sqlx in one transaction, a few thousand rows in a statement.

use std::{collections::HashMap, path::Path};

use anyhow::Context;
use sqlx::{
    Connection, PgConnection, QueryBuilder, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteSynchronous},
};
use uuid::Uuid;

const ROWS: usize = 4_000;

struct Row {
    id: Uuid,
    code: String,
    name: String,
    level: String,
    parent: Option<Uuid>,
    path: String,
}

fn rows(file: &Path) -> anyhow::Result<Vec<Row>> {
    let (mut rows, mut places): (Vec<Row>, HashMap<String, (Uuid, String)>) = (Vec::new(), HashMap::new());
    for (number, record) in (1..).zip(csv::Reader::from_path(file)?.into_records()) {
        let record = record?;
        let text = |at: usize| record.get(at).map(str::to_owned).context("a cell");
        let (id, code, level) = (Uuid::from_u128(number), text(0)?, text(2)?);
        let above = places.get(&text(3)?);
        let path = format!("{}{code}/", above.map_or("", |(_, path)| path));
        rows.push(Row {
            id,
            name: text(1)?,
            parent: above.map(|(id, _)| *id),
            path: path.clone(),
            code: code.clone(),
            level: level.clone(),
        });
        if level != "COMMUNITY" {
            places.insert(code, (id, path));
        }
    }
    Ok(rows)
}

const INSERT: &str = "INSERT INTO area (id, code, name, level, parent_id, path) ";

pub async fn sqlite(database: &Path, file: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new().filename(database).synchronous(SqliteSynchronous::Normal);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut tx = connection.begin().await?;
    for rows in rows(file)?.chunks(ROWS) {
        let mut insert = QueryBuilder::<sqlx::Sqlite>::new(INSERT);
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(row.id)
                .push_bind(&row.code)
                .push_bind(&row.name)
                .push_bind(&row.level)
                .push_bind(row.parent)
                .push_bind(&row.path);
        });
        insert.build().execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

pub async fn postgres(url: &str, file: &Path) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    let mut tx = connection.begin().await?;
    for rows in rows(file)?.chunks(ROWS) {
        let mut insert = QueryBuilder::<sqlx::Postgres>::new(INSERT);
        insert.push_values(rows, |mut values, row| {
            values
                .push_bind(row.id)
                .push_bind(&row.code)
                .push_bind(&row.name)
                .push_bind(&row.level)
                .push_bind(row.parent)
                .push_bind(&row.path);
        });
        insert.build().execute(&mut *tx).await?;
    }
    Ok(tx.commit().await?)
}

pub async fn analyze(url: &str) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql("ANALYZE").execute(&mut connection).await?;
    connection.close().await
}
