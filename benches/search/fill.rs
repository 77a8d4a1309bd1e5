//! A district with so many cases, of which one in a hundred lies in the grid of the demonstration's grid worker.

use std::path::Path;

use anyhow::Context;
use chrono::Duration;
use chuishao::{app::App, auth::Actor, clock::Clock, config::Config, demo, person, search};
use clap::Parser;
use entity::{CaseId, GridId, PostRole, case_file};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

pub const EVERYWHERE: &str = "网格";
pub const RARE: &str = "龘龙";
/// Of 鹦鹉扰民, which stands in the same cases.
pub const RARE_INITIALS: &str = "ywrm";
pub const SELDOM: &str = "井盖";

const WHAT: [&str; 10] =
    ["占道停车", "楼道堆物", "电梯困人", "水管漏水", "噪音深夜", "垃圾满溢", "路灯不亮", "违规搭建", "消防通道堵塞", "私拉电线"];
/// Rows of one statement.
const PORTION: usize = 400;

#[derive(Parser)]
struct Settings {
    #[command(flatten)]
    config: Config,
}

/// Instead of the demonstration's own cases.
pub async fn fill(data_dir: &Path, url: Option<&str>, cases: u32) -> anyhow::Result<()> {
    let mut settings = vec!["bench".to_owned(), "--data-dir".into(), data_dir.display().to_string()];
    settings.extend(url.into_iter().flat_map(|url| ["--database-url".to_owned(), url.to_owned()]));
    let app = App::open(&Settings::parse_from(settings).config, Clock::System, None).await?;
    app.db.migrate().await?;
    demo::load(&app.db, &app.clock, |_, _| {}).await?;
    let worker = person::service::maybe_by_sign_in(&app, "grid-worker").await?.context("the demonstration's grid worker")?;
    let actor: Actor = person::service::maybe_actor(&app, worker.id, None).await?.context("a grid worker")?;
    let own = *actor.units::<GridId>(PostRole::GridWorker).first().context("a grid")?;
    let all = case_file::Entity::find().filter(case_file::Column::GridId.is_not_null()).all(&app.db.read).await?;
    let here = all.iter().find(|case| case.grid_id == Some(own)).context("a case of the grid")?.clone();
    let elsewhere: Vec<case_file::Model> =
        all.into_iter().filter(|case| case.grid_id != Some(own) && case.district_id == here.district_id).collect();
    clear(&app).await?;
    let begin = app.clock.now() - Duration::days(365);
    let step = Duration::days(365) / i32::try_from(cases)?;
    let rows = (0..cases).map(|n| {
        let like = if n % 100 == 50 { &here } else { &elsewhere[n as usize % elsewhere.len()] };
        let at = begin + step * i32::try_from(n).unwrap_or_default();
        case_file::Model {
            id: CaseId(Uuid::from_u128((u128::from(at.timestamp_millis().unsigned_abs()) << 80) | (7 << 76) | (2 << 62) | u128::from(n))),
            number: format!("431302-2026-{n:06}"),
            title: title(n, cases),
            description: Some(format!("第{n}次上报，{}，居民希望尽快处理。", WHAT[(n / 7) as usize % WHAT.len()])),
            reported_at: at,
            updated_at: at,
            due_at: at,
            merged_into_id: None,
            reporter_id: None,
            ..like.clone()
        }
    });
    let rows: Vec<case_file::Model> = rows.collect();
    let tx = app.db.begin().await?;
    if app.db.is_postgres() {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    for rows in rows.chunks(PORTION) {
        case_file::Entity::insert_many(rows.iter().cloned().map(IntoActiveModel::into_active_model)).exec_without_returning(&tx).await?;
        search::index(&tx, rows).await?;
    }
    tx.commit().await?;
    if app.db.is_postgres() {
        app.db.read.execute_unprepared("VACUUM ANALYZE").await?;
    }
    app.db.close().await;
    Ok(())
}

/// Every second case names a grid, one in 200 a manhole cover, five of all, two of them in the worker's grid, a word of their own.
fn title(n: u32, cases: u32) -> String {
    let place = if n.is_multiple_of(2) { format!("{EVERYWHERE}员巡查发现") } else { format!("居民{}反映", n % 997) };
    // among the cases 50, 150, 250 … are those of the grid
    let rare = [n == 50, n == cases / 200 * 100 + 50, n == cases / 3, n == cases / 5, n == cases - 9].contains(&true);
    let seldom = if n % 200 == 151 || n % 20_000 == 50 { SELDOM } else { "" };
    format!("{place}{}{seldom}{}", WHAT[n as usize % WHAT.len()], if rare { format!(" {RARE} 鹦鹉扰民") } else { String::new() })
}

/// The demonstration's case files go, with all that hangs on them.
async fn clear(app: &App) -> anyhow::Result<()> {
    let tx = app.db.begin().await?;
    if app.db.is_postgres() {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    for table in ["register_case", "notification", "deadline_extension", "case_clock", "case_event", "whistle", "case_file"] {
        tx.execute_unprepared(&format!("DELETE FROM {table}")).await.context(table)?;
    }
    tx.execute_unprepared("DELETE FROM search_row WHERE kind = 'CASE'").await?;
    tx.commit().await?;
    Ok(())
}
