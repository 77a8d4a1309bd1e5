use anyhow::{Context, bail};
use chrono::Duration;

use crate::{app::App, clock::Clock, config::Config, demo, person};

pub async fn run(config: &Config, name: Option<&str>, days: u16) -> anyhow::Result<()> {
    super::must_have_database(config)?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    match name {
        Some(name) => say!("{}", of(&app, name, days).await?),
        None => {
            for (name, what) in demo::SIGN_INS {
                say!("{name:<18}{what}");
            }
        }
    }
    app.db.close().await;
    Ok(())
}

/// A token for the person behind a sign-in name.
pub async fn of(app: &App, name: &str, days: u16) -> anyhow::Result<String> {
    let found = person::service::maybe_by_sign_in(app, name).await.context("cannot look up the sign-in")?;
    let Some(person) = found else {
        let known: Vec<&str> = demo::SIGN_INS.iter().map(|(name, _)| *name).collect();
        bail!("there is no sign-in named {name:?} in this database; the demonstration data has {}", known.join(", "));
    };
    app.keys.sign(person.id, app.clock.now(), Duration::days(days.into()))
}
