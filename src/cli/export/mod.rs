//! `chuishao export`: a list as a table, asked through the API itself, so that it holds what the token's bearer may see and nothing else.

mod lists;
mod write;

use std::{
    collections::{BTreeSet, HashMap},
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, anyhow, bail};
use chrono::DateTime;
use clap::{Args, builder::PossibleValuesParser};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value, json};

use self::lists::{Column, List, Shown};
use crate::{
    app::{App, Cx},
    cli::is_xlsx,
    clock::{Clock, ZONE},
    config::Config,
    graphql::{context::Language, scalar::Duration},
    http::{Api, Caller},
};

/// Rows of one question, and items of a list in a cell: as many as a list gives at once.
const PAGE: usize = 200;
/// Stands for what an item of a list has not, so that the cells of one list go together item by item.
const NOTHING: &str = "—";
/// Ends a cell whose list has more.
const MORE: &str = "…";

/// A list, and where it goes
#[derive(Debug, Args)]
pub struct Export {
    /// Which list
    #[arg(value_parser = PossibleValuesParser::new(lists::all().map(|list| list.field)))]
    list: String,
    /// Where to: a .csv or an .xlsx file
    file: PathBuf,
    /// Which rows, as the list's filter in JSON: '{"status": {"eq": "CLOSED"}}'
    #[arg(long, value_parser = object)]
    filter: Option<Map<String, Value>>,
    /// Which columns, by their titles and in this order; without it, all: '网格代码,网格名称'
    #[arg(long, value_name = "TITLES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Who asks; without it, as a visitor sees it
    #[arg(long, env = "CHUISHAO_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("expected a JSON object such as {{\"status\": {{\"eq\": \"CLOSED\"}}}}: {error}"))
}

pub async fn run(config: &Config, export: &Export) -> anyhow::Result<()> {
    super::must_have_database(config)?;
    let app = App::open(config, Clock::System, None).await?;
    app.db.migrate().await?;
    let rows = tokio::select! {
        rows = exported(&app, export) => rows,
        Ok(()) = tokio::signal::ctrl_c() => Err(anyhow!("interrupted: nothing was written")),
    };
    app.db.close().await;
    let (rows, cut) = rows?;
    say!("{rows} rows 行: {}", export.file.display());
    if cut > 0 {
        say!("{cut} cells hold the first {PAGE} of their lists and end with {MORE} 有 {cut} 个单元格只列出前 {PAGE} 项，以 {MORE} 结尾");
    }
    Ok(())
}

/// What is written before the table is whole: beside its place, under a name of its own. It goes where nothing comes of it.
struct Half(PathBuf);

impl Half {
    fn of(file: &Path) -> Self {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        Self(name.into())
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        // none is left where it has become the table
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How many rows were written, and how many of their cells do not hold all of their list.
async fn exported(app: &Arc<App>, export: &Export) -> anyhow::Result<(usize, usize)> {
    let xlsx = is_xlsx(&export.file)?;
    let list = lists::all().find(|list| list.field == export.list).context("a list")?;
    let columns = chosen(list, &export.columns)?;
    let desk = Desk::open(app, export.token.as_deref()).await?;
    let words = desk.words(&columns).await?;
    let filter = export.filter.clone().map_or(Value::Null, Value::Object);
    let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    bar.set_style(ProgressStyle::with_template("{msg} [{bar:40}] {pos}/{len}, {eta} left")?);
    bar.set_message("exporting 导出中");
    // a file that is there is replaced by a whole one or stays
    let (half, cannot) = (Half::of(&export.file), || format!("cannot write {}", export.file.display()));
    let titles: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let mut table = write::Table::begin(&half.0, xlsx, list.title, &titles).with_context(cannot)?;
    let (mut after, mut rows, mut cut) = (Value::Null, 0, 0);
    loop {
        let mut page = desk.page(list, &columns, &filter, &after, rows == 0).await?;
        if let Some(total) = page["totalCount"].as_u64() {
            bar.set_length(total);
        }
        for node in page["nodes"].as_array().into_iter().flatten() {
            table.row(columns.iter().map(|column| shown(column, node, &words)))?;
            rows += 1;
            cut += columns.iter().filter(|column| is_cut(column, node)).count();
        }
        bar.set_position(rows as u64);
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = page["pageInfo"]["endCursor"].take();
    }
    bar.finish_and_clear();
    table.end().and_then(|()| Ok(std::fs::rename(&half.0, &export.file)?)).with_context(cannot)?;
    Ok((rows, cut))
}

/// The columns of these titles; all where none is named.
fn chosen(list: &'static List, titles: &[String]) -> anyhow::Result<Vec<&'static Column>> {
    if titles.is_empty() {
        return Ok(list.columns.iter().collect());
    }
    let known = || list.columns.iter().map(|column| column.title).collect::<Vec<_>>().join(",");
    let column = |title: &String| list.columns.iter().find(|column| column.title == title.trim());
    titles.iter().map(|title| column(title).with_context(|| format!("{} has no column {title:?}, but {}", list.field, known()))).collect()
}

/// What a cell shows, and whether it is a number. Several are joined, each item in its place; where there are more than were asked for, that is said.
fn shown(column: &Column, node: &Value, words: &HashMap<String, String>) -> write::Cell {
    let (found, cut) = (found(node, column.pointer), is_cut(column, node));
    if !cut && found.iter().all(Option::is_none) {
        return write::Cell::Text(String::new());
    }
    let one = |value: Option<&Value>| value.map_or_else(|| write::Cell::Text(NOTHING.into()), |value| cell(column.shown, value, words));
    let mut cells: Vec<write::Cell> = found.into_iter().map(one).collect();
    if cut {
        cells.push(write::Cell::Text(MORE.into()));
    }
    match cells.len() {
        1 => cells.swap_remove(0),
        _ => write::Cell::Text(cells.into_iter().map(write::Cell::text).collect::<Vec<_>>().join("、")),
    }
}

/// What stands where a pointer leads, in each item of a list; none for null.
fn found<'v>(value: &'v Value, pointer: &str) -> Vec<Option<&'v Value>> {
    match pointer.split_once("/*") {
        Some((list, each)) => {
            let items = value.pointer(list).and_then(Value::as_array);
            items.into_iter().flatten().flat_map(|item| found(item, each)).collect()
        }
        None => vec![value.pointer(pointer).filter(|value| !value.is_null())],
    }
}

/// Whether the column's list has more items than were asked for. Where the first is all that is wanted, that is not asked.
fn is_cut(column: &Column, node: &Value) -> bool {
    let list = column.pointer.split_once("/nodes/*").and_then(|(list, _)| node.pointer(list));
    list.is_some_and(|list| list["pageInfo"]["hasNextPage"] == true)
}

fn cell(shown: Shown, value: &Value, words: &HashMap<String, String>) -> write::Cell {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match shown {
        Shown::Text => write::Cell::Text(text),
        Shown::Word(kind) => write::Cell::Text(words.get(&format!("{kind}.{text}")).cloned().unwrap_or(text)),
        Shown::Number => text.parse().map_or(write::Cell::Text(text.clone()), |number| write::Cell::Number(text, number)),
        Shown::Hours => Duration::read(&text).map_or(write::Cell::Text(text), |length| {
            let hours = length.0.as_seconds_f64() / 3600.0;
            write::Cell::Number(hours.to_string(), hours)
        }),
        Shown::Instant => {
            let at = DateTime::parse_from_rfc3339(&text).map(|at| at.with_timezone(&ZONE).format("%Y-%m-%d %H:%M:%S").to_string());
            write::Cell::Text(at.unwrap_or(text))
        }
        Shown::YesNo => write::Cell::Text(if value == &Value::Bool(true) { "是" } else { "否" }.into()),
        Shown::Change => write::Cell::Text(change(value)),
    }
}

/// What it was, and what it is since.
fn change(field: &Value) -> String {
    let name = field["name"].as_str().unwrap_or_default();
    if field["hidden"] == true {
        return format!("{name}：（隐去）");
    }
    let said = |end: &str| field[end].as_str().unwrap_or("（空）");
    format!("{name}：{} → {}", said("from"), said("to"))
}

/// Asks the API in this process.
struct Desk {
    api: Api,
    caller: Caller,
}

impl Desk {
    async fn open(app: &Arc<App>, token: Option<&str>) -> anyhow::Result<Self> {
        let api = Api::new(app.clone());
        let bearer = token.map(|token| format!("Bearer {}", token.trim()));
        let Ok(actor) = api.actor(bearer.as_deref()).await else {
            bail!("the token is not valid here, or has run out: `chuishao token NAME` makes another");
        };
        Ok(Self { caller: Caller { cx: Cx::new(app.clone(), actor), language: Language::Chinese }, api })
    }

    async fn ask(&self, query: String, variables: Value) -> anyhow::Result<Value> {
        self.api.ask(&self.caller, &query, variables).await.context("the list cannot be read")
    }

    async fn page(&self, list: &List, columns: &[&Column], filter: &Value, after: &Value, first: bool) -> anyhow::Result<Value> {
        let List { field, filter: kind, .. } = list;
        let selections: BTreeSet<&str> = columns.iter().map(|column| column.selection).collect();
        let total = if first { "totalCount" } else { "" };
        let query = format!(
            "query($filter: {kind}, $after: String) {{ {field}(first: {PAGE}, after: $after, filter: $filter) {{ {total}
                nodes {{ {} }} pageInfo {{ hasNextPage endCursor }} }} }}",
            Vec::from_iter(selections).join(" ")
        );
        Ok(self.ask(query, json!({ "filter": filter, "after": after })).await?[field].take())
    }

    /// The Chinese words of the enums in these columns, by `Enum.VALUE`: how the schema's descriptions end.
    async fn words(&self, columns: &[&Column]) -> anyhow::Result<HashMap<String, String>> {
        let kinds: BTreeSet<&str> =
            columns.iter().filter_map(|column| if let Shown::Word(kind) = column.shown { Some(kind) } else { None }).collect();
        let mut words = HashMap::new();
        for kind in kinds {
            let asked = self.ask(format!("{{ __type(name: \"{kind}\") {{ enumValues {{ name description }} }} }}"), Value::Null).await?;
            for value in asked["__type"]["enumValues"].as_array().into_iter().flatten() {
                let text = |field: &str| value[field].as_str().unwrap_or_default();
                let word = text("description").find(|c: char| c > '\u{2e80}').map(|at| text("description")[at..].trim_end_matches('.'));
                words.extend(word.map(|word| (format!("{kind}.{}", text("name")), word.to_owned())));
            }
        }
        Ok(words)
    }
}
