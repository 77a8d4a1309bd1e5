//! `chuishao verify`: recomputes what was hashed. It reads only, and may run beside a server.

use anyhow::{Context, bail};
use entity::CaseFileFault;

use crate::{
    case::service::{self, Finding},
    config::Config,
    db::Db,
    event::{self, Break, Verified},
};

pub async fn run(config: &Config, number: Option<&str>) -> anyhow::Result<()> {
    super::must_have_database(config)?;
    let db = Db::connect(&config.database_url()?, None).await?;
    let broken = everything(&db, number).await;
    db.close().await;
    match broken? {
        0 => Ok(()),
        broken => bail!("{broken} of these are not as they were written"),
    }
}

async fn everything(db: &Db, number: Option<&str>) -> anyhow::Result<u64> {
    let files = files(db, number).await?;
    // the log is over all cases
    let log = if number.is_none() { log(db).await? } else { 0 };
    Ok(files + log)
}

/// Whether the event log is whole: 0 or 1.
async fn log(db: &Db) -> anyhow::Result<u64> {
    let Verified { rows, broken } = event::verify(&db.read).await.context("cannot read the event log")?;
    let said = match &broken {
        None => "whole".to_owned(),
        Some(Break::Gone(seq)) => format!("row {seq} is missing"),
        Some(Break::Changed(seq)) => format!("row {seq} has been changed"),
        Some(Break::Entry(seq)) => format!("the entry that row {seq} tells of is gone, or has been changed"),
        Some(Break::Day(day)) => format!("the head kept for {day} is not that of its row"),
    };
    say!("checked {rows} rows of the event log: {said}");
    Ok(u64::from(broken.is_some()))
}

/// How many case files are not whole.
async fn files(db: &Db, number: Option<&str>) -> anyhow::Result<u64> {
    let tell = |number: &str, finding: Finding| match finding {
        Finding::Fault(fault) => say!("{number}: entry {}: {}", fault.seq, words(fault.what)),
        Finding::Unreadable(error) => say!("{number}: cannot be read: {error}"),
        Finding::Gone => say!("{number}: the case is gone"),
    };
    let checked = service::verify(db, number, tell).await.context("cannot read the case files")?;
    let Some(tally) = checked else { bail!("there is no case {}", number.unwrap_or_default()) };
    let whole = tally.cases.saturating_sub(tally.broken);
    say!(
        "checked {} entries and {} whistles of {} case files: {whole} whole, {} broken",
        tally.entries,
        tally.whistles,
        tally.cases,
        tally.broken
    );
    Ok(tally.broken)
}

fn words(fault: CaseFileFault) -> &'static str {
    match fault {
        CaseFileFault::NotChained => "from before there were hashes",
        CaseFileFault::Missing => "missing",
        CaseFileFault::OutOfOrder => "does not stand where it was entered",
        CaseFileFault::Unlinked => "does not follow from the one before, which was changed, or entries between them are gone",
        CaseFileFault::Changed => "has been changed",
        CaseFileFault::PersonalChanged => "its actor or note has been changed",
        CaseFileFault::ErasedUnrecorded => "its personal data are gone, and no later entry says so",
        CaseFileFault::CaseChanged => "the case is no longer as it was saved with it",
        CaseFileFault::WhistleChanged => "a whistle is no longer as it was saved with it, or is gone",
        CaseFileFault::WhistleUnrecorded => "there is a whistle of which no entry tells",
        CaseFileFault::AttachmentChanged => {
            "an attachment or its content is no longer as it was added with it, or is gone, or no entry tells of it"
        }
    }
}
