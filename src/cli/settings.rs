//! Settings from a TOML file: what neither the command line nor the environment says.

use std::path::Path;

use anyhow::{Context, bail};
use clap::{Args, Command};
use toml::{Table, Value};

use crate::config::Config;

/// The key that would name another file.
const ITSELF: &str = "settings";

/// The command line with the file's values as its defaults.
pub fn with_defaults(mut command: Command, file: &Path) -> anyhow::Result<Command> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the settings in {}", file.display()))?;
    let table: Table = text.parse().with_context(|| format!("{} is no TOML", file.display()))?;
    let known = known();
    for (key, value) in table {
        let id = key.replace('-', "_");
        if !known.contains(&id) {
            bail!("{}: there is no setting {key}; there are {}", file.display(), known.join(", "));
        }
        let value = match value {
            Value::String(text) => text,
            Value::Integer(number) => number.to_string(),
            Value::Boolean(value) => value.to_string(),
            other => bail!("{}: {key} takes a text, a whole number, true or false, not {}", file.display(), other.type_str()),
        };
        checked(&id, &value).with_context(|| format!("{}: {key}", file.display()))?;
        command = command.mut_arg(id, |setting| setting.default_value(value));
    }
    Ok(command)
}

/// What may stand in the file.
fn known() -> Vec<String> {
    let command = Config::augment_args(Command::new("settings"));
    command.get_arguments().map(|setting| setting.get_id().to_string()).filter(|id| id != ITSELF).collect()
}

/// Whether the setting takes the value, said without the rest of the command line.
fn checked(id: &str, value: &str) -> anyhow::Result<()> {
    let flag = format!("--{}={value}", id.replace('_', "-"));
    let command = Config::augment_args(Command::new("settings").no_binary_name(true));
    match command.try_get_matches_from([flag]) {
        Ok(_) => Ok(()),
        Err(error) => {
            let said = error.to_string();
            let line = said.lines().next().unwrap_or_default();
            bail!("{}", line.strip_prefix("error: ").unwrap_or(line).to_owned())
        }
    }
}
