//! A fresh SQLite file for each test: a copy of one that was migrated once.

use std::{path::PathBuf, sync::OnceLock};

use anyhow::Context;
use tempfile::TempDir;

use super::{
    app::{Contents, fill},
    run::{TestDatabase, runtime},
};

pub struct File {
    dir: TempDir,
}

pub fn database(contents: Contents) -> anyhow::Result<File> {
    static TEMPLATES: [OnceLock<Result<Vec<u8>, String>>; 3] = [const { OnceLock::new() }; 3];
    let template = TEMPLATES[contents as usize].get_or_init(|| template(contents).map_err(|e| format!("{e:#}")));
    let template = template.as_ref().map_err(|e| anyhow::anyhow!("{e}")).context("no SQLite template")?;
    let file = File { dir: tempfile::tempdir()? };
    std::fs::write(file.path(), template)?;
    Ok(file)
}

fn template(contents: Contents) -> anyhow::Result<Vec<u8>> {
    let file = File { dir: tempfile::tempdir()? };
    runtime()?.block_on(fill(&file.url(), contents))?;
    Ok(std::fs::read(file.path())?)
}

impl File {
    fn path(&self) -> PathBuf {
        self.dir.path().join("chuishao.db")
    }
}

impl TestDatabase for File {
    fn url(&self) -> String {
        format!("sqlite://{}", self.path().display())
    }

    async fn remove(self) -> anyhow::Result<()> {
        Ok(self.dir.close()?)
    }
}
