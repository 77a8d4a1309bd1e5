//! `chuishao verify`: recomputes what was hashed. It reads only, and may run beside a server.

use anyhow::{Context, bail};
use entity::CaseFileFault;

use crate::{
    case::service::{self, Finding},
    config::Config,
    db::Db,
};

pub async fn run(config: &Config, number: Option<&str>) -> anyhow::Result<()> {
    if !config.database_exists() {
        bail!("there is no database in {}: name its folder with --data-dir", config.data_dir.display());
    }
    let db = Db::connect(&config.database_url()?, None).await?;
    let broken = files(&db, number).await;
    db.close().await;
    match broken? {
        0 => Ok(()),
        broken => bail!("{broken} of these are not as they were written"),
    }
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
    }
}
