//! What the event log needs of PostgreSQL beyond tables: a connection of its own, a lock, notifications.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement};
use sqlx::postgres::PgListener;

use super::Db;

/// On which the sequencer tells that the log has grown.
pub const CHANNEL: &str = "chuishao_log";

/// Hears notifications until its connection is lost.
struct Listener(PgListener);

impl Listener {
    /// Once there was one; what it says is a hint, the log is read anyway.
    async fn heard(&mut self) -> Result<(), DbErr> {
        // none: the connection was lost and made anew, and something may have been missed
        self.0.try_recv().await.map(|_| ()).map_err(lost)
    }
}

fn lost(error: sqlx::Error) -> DbErr {
    DbErr::Custom(error.to_string())
}

impl Db {
    /// Hears of what is told on a channel, for ever, once what is read from has what it is about.
    pub async fn hear(&self, channel: &str, heard: impl Fn()) {
        const AFTER_FAULT: Duration = Duration::from_millis(200);
        loop {
            match self.listen(channel).await {
                Ok(mut listener) => {
                    while listener.heard().await.is_ok() {
                        self.reading_caught_up().await;
                        heard();
                    }
                }
                Err(error) => tracing::warn!(%error, "cannot listen to the database"),
            }
            tokio::time::sleep(AFTER_FAULT).await;
        }
    }

    /// Listens on the primary, whatever reads go to.
    async fn listen(&self, channel: &str) -> Result<Listener, DbErr> {
        const PATIENCE: Duration = Duration::from_secs(10);
        let connecting = PgListener::connect(&self.url);
        let mut listener =
            tokio::time::timeout(PATIENCE, connecting).await.map_err(|_| DbErr::Custom("no answer".into()))?.map_err(lost)?;
        listener.listen(channel).await.map_err(lost)?;
        Ok(Listener(listener))
    }

    /// The sequencer's connection: writers that wait for one another must not keep it waiting.
    pub fn sequencer(&self) -> &DatabaseConnection {
        &self.sequencer
    }
}

/// A lock that ends with the transaction; false where another holds it.
pub async fn try_lock(tx: &DatabaseTransaction, lock: i64) -> Result<bool, DbErr> {
    let row =
        tx.query_one_raw(Statement::from_string(tx.get_database_backend(), format!("SELECT pg_try_advisory_xact_lock({lock}) AS got")));
    row.await?.ok_or_else(|| DbErr::RecordNotFound("pg_try_advisory_xact_lock".into()))?.try_get("", "got")
}

/// Told to all who listen when the transaction commits.
pub async fn notify(tx: &DatabaseTransaction, channel: &str, payload: &str) -> Result<(), DbErr> {
    let values = [channel.into(), payload.into()];
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), "SELECT pg_notify($1, $2)", values)).await?;
    Ok(())
}
