use std::io::IsTerminal;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};

use crate::{app::App, clock::Clock, config::Config, demo};

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    if !demo::is_empty(&app.db).await? {
        bail!("the database is not empty: the demonstration data goes into a new one only");
    }
    load(&app).await?;
    app.db.close().await;
    Ok(())
}

/// Loads the demonstration data, with a bar where somebody watches.
pub async fn load(app: &App) -> anyhow::Result<()> {
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}")?);
    bar.set_message("loading the demonstration data 载入演示数据");
    demo::load(&app.db, &app.clock, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    Ok(())
}
