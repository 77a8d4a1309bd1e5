//! `chuishao import`: takes in a file from outside, all of it or nothing. It may run beside a server.

mod holidays;
mod table;

use std::{path::PathBuf, sync::Arc};

use anyhow::bail;
use clap::{Args, Subcommand};

use crate::{app::App, area, clock::Clock, config::Config};

/// What can be taken in.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Holidays and make-up workdays of the whole country: a CSV file with the columns date,kind,festival
    Holidays {
        /// The file; kind is OFF for a holiday, WORK for a make-up workday
        file: PathBuf,
    },
    /// Areas from the provinces down to the communities 行政区划: 代码, 名称, 级别, 上级代码
    Areas(Table),
}

/// A table in a file
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("one").required(true))]
pub struct Table {
    /// CSV (UTF-8 or GB 18030) or XLSX, its first line the names of the columns
    #[arg(group = "one")]
    file: Option<PathBuf>,
    /// Write an empty table to fill in instead, as CSV or XLSX by the file's name
    #[arg(long, value_name = "FILE", group = "one")]
    template: Option<PathBuf>,
}

pub async fn run(config: &Config, what: &Import) -> anyhow::Result<()> {
    match what {
        Import::Holidays { file } => holidays::run(config, file).await,
        Import::Areas(table) => table::run(config, table, area::import::COLUMNS, area::import::read, area::import::import).await,
    }
}

/// The database that the settings name, brought up to date.
async fn open(config: &Config) -> anyhow::Result<Arc<App>> {
    if !config.database_exists() {
        bail!("there is no database in {}: start the server once, or name its folder with --data-dir", config.data_dir.display());
    }
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    Ok(app)
}
