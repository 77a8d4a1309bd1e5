use crate::{app::App, clock::Clock, config::Config, search};

pub async fn run(config: &Config) -> anyhow::Result<()> {
    super::must_have_database(config)?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    let rows = search::anew(&app.db).await?;
    app.db.close().await;
    super::say!("{rows} records can be searched 条记录已建索引");
    Ok(())
}

/// After a migration: takes in what an earlier version has written, which can take a while, so it is said.
pub async fn complete(app: &App) -> anyhow::Result<()> {
    let rows = search::complete(&app.db).await?;
    if rows > 0 {
        super::say!("{rows} records were taken into the search index 条记录已建索引");
    }
    Ok(())
}
