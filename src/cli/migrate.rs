use crate::{app::App, clock::Clock, config::Config};

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    super::reindex::complete(&app).await?;
    app.db.close().await;
    super::say!("the database is up to date");
    Ok(())
}
