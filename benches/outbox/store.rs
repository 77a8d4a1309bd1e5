//! The database behind the server's back: cases to work on, the bare transaction, and what the log holds afterwards.

use anyhow::{Context, bail, ensure};
use chuishao::clock::Clock;
use serde_json::Value;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use super::stats::percentile;

pub struct Store {
    connection: PgConnection,
    url: String,
}

/// Facts that were recorded while something was measured.
#[derive(Debug)]
pub struct Recorded {
    pub facts: usize,
    /// Milliseconds from the commit of the write to the commit that gave the fact its number.
    pub lag: (f64, f64, f64),
}

impl Store {
    pub async fn open(url: &str) -> anyhow::Result<Self> {
        Ok(Self { connection: PgConnection::connect(url).await?, url: url.to_owned() })
    }

    /// Whether this version of the server has an outbox at all.
    pub async fn has_outbox(&mut self) -> anyhow::Result<bool> {
        Ok(sqlx::query("SELECT to_regclass('outbox') IS NOT NULL").fetch_one(&mut self.connection).await?.try_get(0)?)
    }

    /// So many copies of a case that was just reported, each ready to be accepted.
    pub async fn copy_case(&mut self, number: &str, copies: usize) -> anyhow::Result<Vec<Uuid>> {
        const COPY: &str = "INSERT INTO case_file
            SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'number', gen_random_uuid()::text))).*
            FROM case_file c, generate_series(1, $2) WHERE c.number = $1 RETURNING id";
        let rows = sqlx::query(COPY).bind(number).bind(i64::try_from(copies)?).fetch_all(&mut self.connection).await?;
        ensure!(rows.len() == copies, "no case {number}");
        // as a database that runs for long knows its tables, and with the copies out of the way
        sqlx::raw_sql("VACUUM ANALYZE").execute(&mut self.connection).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&mut self.connection).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// A fact as the server writes it, to make others from.
    pub async fn fact(&mut self) -> anyhow::Result<Value> {
        let row = sqlx::query("SELECT fact FROM event_log ORDER BY seq DESC LIMIT 1").fetch_optional(&mut self.connection).await?;
        Ok(serde_json::from_str(row.context("the log is empty")?.try_get("fact")?)?)
    }

    /// The number of the last fact.
    pub async fn last(&mut self) -> anyhow::Result<i64> {
        Ok(sqlx::query("SELECT coalesce(max(seq), 0) FROM event_log").fetch_one(&mut self.connection).await?.try_get(0)?)
    }

    /// Waits until the outbox is empty, then looks at what came into the log after a number: all of it, without a gap, each once.
    pub async fn recorded(&mut self, after: i64, expected: usize) -> anyhow::Result<Recorded> {
        const LAGS: &str =
            "SELECT l.seq, extract(epoch FROM pg_xact_commit_timestamp(l.xmin) - pg_xact_commit_timestamp(e.xmin))::float8 * 1000
            FROM event_log l JOIN case_event e ON e.id = (l.fact::jsonb ->> 'event_id')::uuid WHERE l.seq > $1 ORDER BY l.seq";
        for _ in 0..600 {
            if sqlx::query("SELECT FROM outbox LIMIT 1").fetch_optional(&mut self.connection).await?.is_none() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let rows = sqlx::query(LAGS).bind(after).fetch_all(&mut self.connection).await?;
        let mut lags = Vec::with_capacity(rows.len());
        for (row, seq) in rows.iter().zip(after + 1..) {
            let found: i64 = row.try_get(0)?;
            ensure!(found == seq, "a gap: {found} comes where {seq} should");
            lags.push(row.try_get(1)?);
        }
        ensure!(rows.len() == expected, "{} facts in the log, of {expected}", rows.len());
        lags.sort_unstable_by(f64::total_cmp);
        Ok(Recorded { facts: rows.len(), lag: (percentile(&lags, 50), percentile(&lags, 99), percentile(&lags, 100)) })
    }

    /// One connection for each writer.
    pub async fn writers(&self, cases: &[Uuid], writers: usize, fact: Option<&Value>) -> anyhow::Result<Vec<Writer>> {
        let mut all = Vec::with_capacity(writers);
        for cases in cases.chunks(cases.len() / writers).take(writers) {
            let connection = PgConnection::connect(&self.url).await?;
            all.push(Writer { connection, cases: cases.to_vec(), fact: fact.cloned() });
        }
        Ok(all)
    }
}

/// What a change of status is at least: the case locked, its row changed, an entry appended; with a fact, the outbox too.
pub struct Writer {
    connection: PgConnection,
    cases: Vec<Uuid>,
    fact: Option<Value>,
}

impl Writer {
    pub async fn accept_all(mut self) -> anyhow::Result<()> {
        for case in std::mem::take(&mut self.cases) {
            self.accept(case).await?;
        }
        Ok(self.connection.close().await?)
    }

    async fn accept(&mut self, case: Uuid) -> anyhow::Result<()> {
        const LOCK: &str = "SELECT * FROM case_file WHERE id = $1 FOR UPDATE";
        const SAVE: &str =
            "UPDATE case_file SET status = 'ACCEPTED', updated_at = now(), version = version + 1 WHERE id = $1 RETURNING version";
        const ENTER: &str = "INSERT INTO case_event (id, case_id, seq, kind, at, from_status, to_status)
            VALUES ($1, $2, $3, 'ACCEPTED', now(), 'REPORTED', 'ACCEPTED')";
        const RECORD: &str = "INSERT INTO outbox (fact) VALUES ($1)";
        let event: Uuid = Clock::System.new_id();
        let mut tx = self.connection.begin().await?;
        let row = sqlx::query(LOCK).bind(case).fetch_one(&mut *tx).await?;
        if row.try_get::<&str, _>("status")? != "REPORTED" {
            bail!("{case} is not as it was reported");
        }
        let version: i32 = sqlx::query(SAVE).bind(case).fetch_one(&mut *tx).await?.try_get(0)?;
        sqlx::query(ENTER).bind(event).bind(case).bind(version).execute(&mut *tx).await?;
        if let Some(fact) = &mut self.fact {
            fact["event_id"] = event.to_string().into();
            fact["case_id"] = case.to_string().into();
            sqlx::query(RECORD).bind(fact.to_string()).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
}
