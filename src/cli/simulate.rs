//! `chuishao simulate`: plays days of demonstration life, and says what happened.

use std::{
    io::IsTerminal,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use chrono::{DateTime, Days, NaiveTime, Utc};
use entity::HandlingLevel;
use indicatif::{ProgressBar, ProgressStyle};

use super::demo;
use crate::{
    app::App,
    clock::{Clock, ZONE},
    config::Config,
    event,
    simulate::{self, Ground, Plan, Summary},
};

/// How long PostgreSQL's log may take for the rest when the play is over.
const SETTLED: Duration = Duration::from_secs(60);

pub async fn run(config: &Config, plan: Plan, yes: bool) -> anyhow::Result<()> {
    let app = App::open(config, Clock::manual(Clock::System.now()), None).await?;
    // before anything is changed; a database that cannot be read has no tables yet
    may_play(simulate::ground(&app.db).await.unwrap_or(Ground::Empty), config, yes)?;
    app.db.migrate().await?;
    super::reindex::complete(&app).await?;
    let ground = simulate::ground(&app.db).await.context("cannot read the database")?;
    may_play(ground, config, yes)?;
    set_out(&app, ground, &plan).await?;
    // PostgreSQL's log needs somebody who moves it on
    let following = if app.db.is_postgres() { Some(event::start(&app).await.context("cannot read the event log")?) } else { None };
    let (begin, began) = (app.clock.now(), Instant::now());
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len} h, {eta} left")?);
    bar.set_message("playing 模拟运行中");
    let summary = simulate::play(&app, &plan, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    let took = began.elapsed();
    while !simulate::is_settled(&app.db).await? {
        if began.elapsed() > took + SETTLED {
            bail!("the event log has not taken everything up; the next server goes on with it");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(following);
    tell(&summary, &plan, (begin, app.clock.now()), took);
    app.db.close().await;
    Ok(())
}

/// Nobody's own database is played in: in the play time runs ahead for all of its cases.
fn may_play(ground: Ground, config: &Config, yes: bool) -> anyhow::Result<()> {
    match ground {
        Ground::Empty if config.demo == Some(false) => {
            bail!("the database is empty, and with --demo false the demonstration data are not loaded 数据库为空，且未允许载入演示数据")
        }
        Ground::Other => bail!(
            "this database holds data other than the demonstration's, and is left alone; name another one with --data-dir or --database-url \
             此数据库中有演示数据以外的数据，不能模拟"
        ),
        Ground::Demonstration { reported } if reported > 0 && !yes => bail!(
            "{reported} cases have been reported here since the demonstration was loaded; in a play their time goes by too: add --yes to \
             play all the same 载入演示数据后已有上报的案件，模拟会推进它们的时限；确认请加 --yes"
        ),
        Ground::Empty | Ground::Demonstration { .. } => Ok(()),
    }
}

/// Sets the clock to a midnight. An empty database gets the demonstration as of so many days ago, and the play ends last midnight; otherwise it
/// begins at the next midnight after now and after all that has happened.
async fn set_out(app: &Arc<App>, ground: Ground, plan: &Plan) -> anyhow::Result<()> {
    let now = app.clock.now();
    if ground == Ground::Empty {
        app.clock.advance(midnight(now, 0) - chrono::Duration::days(plan.days.into()) - now);
        return demo::load(app).await;
    }
    let last = simulate::latest(&app.db).await?.map_or(now, |last| last.max(now));
    app.clock.advance(midnight(last, 1) - now);
    Ok(())
}

/// The midnight before an instant, or so many days later.
fn midnight(at: DateTime<Utc>, days: u64) -> DateTime<Utc> {
    let day = at.with_timezone(&ZONE).date_naive() + Days::new(days);
    // Asia/Shanghai has had no clock changes since 1991
    day.and_time(NaiveTime::MIN).and_local_timezone(ZONE).earliest().map_or(at, |at| at.to_utc())
}

fn tell(summary: &Summary, plan: &Plan, (begin, end): (DateTime<Utc>, DateTime<Utc>), took: Duration) {
    let day = |at: DateTime<Utc>| at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M");
    let settled = |level| summary.settled.get(&level).copied().unwrap_or(0);
    say!("played 模拟 {} days 天, {} to {} (Asia/Shanghai), seed {}", plan.days, day(begin), day(end), plan.seed);
    for (count, what) in [
        (summary.reported, "cases reported 上报案件"),
        (summary.raised, "whistles raised 吹哨"),
        (summary.on_time, "checked in on time 按时报到"),
        (summary.late, "checked in late 逾期报到"),
        (summary.declined, "declined 退哨"),
        (summary.warnings, "warnings before a deadline 临期预警"),
        (summary.escalated, "whistles escalated by themselves 逾期自动升级"),
        (summary.overdue, "cases that missed a deadline 逾期案件"),
        (summary.supervision_requested, "times supervision was asked for 提请督办"),
        (summary.supervised, "cases supervised 督办"),
        (summary.paused, "clocks paused 暂停计时"),
        (summary.extended, "times more time was asked for 申请延期"),
        (summary.closed, "closed 销号"),
        (summary.withdrawn, "withdrawn by their reporters 撤回"),
        (summary.open, "still open 未结"),
        (settled(HandlingLevel::Complex), "settled in the complex 小区解决"),
        (settled(HandlingLevel::Grid), "settled by the grid 网格解决"),
        (settled(HandlingLevel::Community), "settled by the community 社区解决"),
        (settled(HandlingLevel::Subdistrict), "settled by the subdistrict 街道解决"),
        (settled(HandlingLevel::District), "settled by the district and its departments 区级及部门解决"),
        (summary.refused, "refused by the rules 被规则拒绝"),
    ] {
        say!("{count:>9}  {what}");
    }
    let rate = summary.mutations as f64 / took.as_secs_f64().max(0.001);
    say!(
        "{:>9}  changes made by people 人工操作, {rate:.0} a second 每秒, {:.1} s in all 共用时（秒）",
        summary.mutations,
        took.as_secs_f64()
    );
}
