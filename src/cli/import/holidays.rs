//! The holidays and make-up workdays of a year.

use std::path::Path;

use anyhow::Context;

use super::{open, table};
use crate::{
    calendar::{
        model::{BadLine, FESTIVAL, Wrong, YEARS, read_notice},
        service,
    },
    config::Config,
    sheet,
};

pub async fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let app = open(config).await?;
    let text = read(file)?;
    let days = read_notice(&text).map_err(|bad| refused(file, &bad))?;
    let imported = async {
        let tally = service::import_as_operator(&app, days).await.context("cannot import the holidays")?;
        let published = app.calendars.get(&app.db).await.context("cannot read the calendar")?.notices.published_years();
        anyhow::Ok((tally, published))
    };
    let imported = imported.await;
    app.db.close().await;
    let (tally, published) = imported?;
    match (tally.added, tally.changed) {
        (0, 0) => say!("nothing changed: all {} days were known", tally.known),
        (added, changed) => say!("{added} days added, {changed} changed, {} were known", tally.known),
    }
    let years: Vec<String> = published.iter().map(ToString::to_string).collect();
    say!("years with a notice: {}", years.join(", "));
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = sheet::decode(&bytes).map_err(|why| anyhow::anyhow!("{}: {}", file.display(), table::words(&why)))?;
    Ok(text.into_owned())
}

fn refused(file: &Path, bad: &[BadLine]) -> anyhow::Error {
    let lines: Vec<String> = bad.iter().map(|bad| format!("\n  line {}: {}", bad.line, words(bad.wrong))).collect();
    anyhow::anyhow!("{} cannot be imported, nothing was changed:{}", file.display(), lines.concat())
}

fn words(wrong: Wrong) -> String {
    match wrong {
        Wrong::Header => "the first line must be date,kind,festival".into(),
        Wrong::Empty => "no day follows".into(),
        Wrong::Columns(given) => format!("{given} columns instead of 3"),
        Wrong::Date => "no date such as 2027-01-01".into(),
        Wrong::Year => format!("the year must lie between {} and {}", YEARS.start(), YEARS.end()),
        Wrong::Kind => "the kind must be OFF or WORK".into(),
        Wrong::Festival => format!("the festival is longer than {FESTIVAL} characters, or has control characters"),
        Wrong::Twice(first) => format!("the date of line {first} again"),
    }
}
