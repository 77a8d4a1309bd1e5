//! Tables with one line for each record.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
    sync::Arc,
};

use anyhow::{Context, anyhow};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Table, open};
use crate::{
    app::App,
    cli::is_xlsx,
    config::Config,
    graphql::{context::Language, error::message_in},
    sheet::{self, Bad, Column, Line, Lines, Refused, Tally, Told, Why},
};

pub async fn run<L, W>(
    config: &Config,
    table: &Table,
    columns: &'static [Column],
    read: impl Fn(Line) -> Result<L, Bad>,
    write: W,
) -> anyhow::Result<()>
where
    W: AsyncFnOnce(&Arc<App>, Lines<L>, Told) -> Result<Tally, Refused>,
{
    if let Some(file) = &table.template {
        let bytes = sheet::template(columns, is_xlsx(file)?).context("cannot make the template")?;
        return std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()));
    }
    let Some(file) = &table.file else { return Ok(()) };
    let app = open(config).await?;
    let taken = async {
        let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = sheet::read(&bytes, columns, read).map_err(|why| anyhow!("{}: {}", file.display(), words(&why)))?;
        drop(bytes);
        let bar = if io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        bar.set_style(ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}, {eta} left")?);
        bar.set_message("importing 导入中");
        let mut told = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        let taken = write(&app, lines, &mut told).await;
        bar.finish_and_clear();
        taken.map_err(|refused| match refused {
            Refused::Lines(bad) => nothing(file, &bad),
            Refused::Db(error) => anyhow!(error).context("cannot import"),
        })
    };
    let taken = taken.await;
    app.db.close().await;
    let Tally { added, changed, known } = taken?;
    say!("{added} added 新增, {changed} changed 更新, {known} were known 未变");
    Ok(())
}

/// Every bad line as it comes, since there may be hundreds of thousands; last what that means.
fn nothing(file: &Path, bad: &[Bad]) -> anyhow::Error {
    let mut told = BufWriter::new(io::stderr().lock());
    // where nobody reads any more, nothing is to be told
    let _ = bad.iter().try_for_each(|bad| writeln!(told, "  {}", line(bad))).and_then(|()| told.flush());
    anyhow!("{} cannot be imported, nothing was changed 未导入任何内容", file.display())
}

fn line(bad: &Bad) -> String {
    let mut args = vec![("line", bad.line.to_string()), ("why", words(&bad.why))];
    args.extend(bad.column.map(|column| ("column", column.to_owned())));
    if bad.column.is_some() { message_in(language(), "sheet-cell", &args) } else { message_in(language(), "sheet-line", &args) }
}

pub fn words(why: &Why) -> String {
    message_in(language(), why.key, &why.args)
}

/// As the environment says.
fn language() -> Language {
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.is_empty());
    if named.is_some_and(|name| name.starts_with("zh")) { Language::Chinese } else { Language::English }
}
