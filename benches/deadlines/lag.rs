//! How late what falls due is done when there is little to do: from the deadline to the moment at which others see the whistle escalated.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use chuishao::case::service::deadlines::watch;
use entity::{ClockKind, WhistleId, WhistleStatus, case_clock, whistle};
use rand::{RngExt, SeedableRng};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use crate::{Due, stats::percentile};

/// Over which the deadlines are spread.
const SPAN: Duration = Duration::from_secs(30);
const SEED: u64 = 20_260_610;

/// Milliseconds: the median, the 99th percentile, and the latest.
pub async fn measure(database: &str, whistles: u32) -> anyhow::Result<[f64; 3]> {
    let place = Due::make(database, whistles).await?;
    let app = place.app.clone();
    let (begin, mut due) = (app.clock.now(), HashMap::<WhistleId, f64>::new());
    let mut chance = rand_chacha::ChaCha8Rng::seed_from_u64(SEED);
    let tx = app.db.begin().await?;
    for clock in case_clock::Entity::find().filter(case_clock::Column::NextAt.is_not_null()).all(&tx).await? {
        let mut row = clock.clone().into_active_model();
        // the other clocks of these cases stand still
        row.next_at = Set(None);
        if let Some(id) = clock.whistle_id.filter(|_| clock.kind == ClockKind::CheckIn) {
            let at = chance.random_range(1_000_000..i64::try_from(SPAN.as_micros())?);
            (row.due_at, row.next_at) =
                (Set(begin + chrono::Duration::microseconds(at)), Set(Some(begin + chrono::Duration::microseconds(at))));
            due.insert(id, Duration::from_micros(at.unsigned_abs()).as_secs_f64());
        }
        row.update(&tx).await?;
    }
    tx.commit().await?;
    ensure!(due.len() == whistles as usize, "{} clocks of {whistles}", due.len());
    let runner = tokio::spawn(watch(app.clone()));
    let (begun, mut lags) = (Instant::now(), Vec::new());
    while !due.is_empty() {
        let ahead = chrono::Duration::from_std(begun.elapsed())? - (app.clock.now() - begin);
        app.clock.advance(ahead);
        let done =
            whistle::Entity::find().select_only().column(whistle::Column::Id).filter(whistle::Column::Status.eq(WhistleStatus::Escalated));
        let done = done.into_tuple::<WhistleId>().all(&app.db.read).await?;
        let seen = begun.elapsed().as_secs_f64();
        for id in done {
            lags.extend(due.remove(&id).map(|due| (seen - due) * 1000.0));
        }
        ensure!(begun.elapsed() < SPAN * 2, "{} whistles never escalated", due.len());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    runner.abort();
    lags.sort_unstable_by(f64::total_cmp);
    let last = *lags.last().context("no whistles")?;
    Ok([percentile(&lags, 50), percentile(&lags, 99), last])
}
