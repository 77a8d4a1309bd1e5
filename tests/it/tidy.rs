//! The layering, checked by reading the sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

crate::tests! {
    pure: [the_sources_keep_the_rules, the_rules_bite, every_test_file_is_part_of_the_binary, the_readme_says_the_same_in_both_languages],
}

/// From top to bottom: a file names its own row and the rows below it. `*` is a feature; what a feature calls otherwise is a service.
const ROWS: &[&[&str]] = &[
    &["main", "lib", "cli", "http", "simulate"],
    &["schema"],
    &["*/graphql"],
    // the kit, with the macros that it exports at the root
    &["camel", "graphql", "listed_object", "object", "orders", "payloads", "query"],
    &["*/service", "*"],
    &["demo"],
    &["*/policy", "*/model", "*/chain", "*/store", "*/scope", "event", "job", "search"],
    &["app"],
    &["sheet"],
    &["db"],
    &["auth", "clock", "config", "telemetry"],
];

/// (who, what it names though that lies above): the app is where things are wired together.
const EXCEPT: &[(&str, &str)] = &[("app", "event"), ("app", "job")];

/// (who, what it never names): the kit knows no feature, a resolver calls services.
const NEVER: &[(&str, &str)] = &[("graphql", "*"), ("*/graphql", "*/store")];

/// (crate, the only places that name it)
const HOMES: &[(&str, &[&str])] = &[
    ("async_graphql", &["graphql", "schema", "*/graphql", "http", "cli/schema"]),
    ("axum", &["http", "cli"]),
    ("sea_orm", &["db", "*/store", "*/scope", "event", "job", "search", "demo/store", "simulate/store"]),
    ("sqlx", &["db"]),
];

/// Errors leave through `ApiError`: only `graphql/error` names these.
const ENGINE_ERRORS: &[&str] = &["Result", "Error", "*"];

/// Pure rules do no I/O.
const PURE: &[&str] = &["*/policy", "*/model", "*/chain"];

/// In no source, comments included, but beside the reason why it cannot fail: `// invariant: …`.
const WORDS: &[&str] = &[".unwrap()", ".expect(", "::unwrap)", "todo!", "unimplemented!", "dbg!", "FIXME"];

/// The parts of a path, without `crate`.
type Names = Vec<String>;

/// `case/graphql/whistle` lies in `*/graphql`. A feature is what no row names by itself.
fn lies_in(path: &[String], place: &str) -> bool {
    let named = |part: &str| ROWS.iter().any(|row| row.contains(&part));
    let mut parts = path.iter();
    place.split('/').all(|wanted| parts.next().is_some_and(|part| part == wanted || (wanted == "*" && !named(part))))
}

/// The row of the most exact place that fits.
fn row(path: &[String]) -> usize {
    let places = ROWS.iter().enumerate().flat_map(|(row, places)| places.iter().map(move |place| (row, place)));
    places.filter(|(_, place)| lies_in(path, place)).max_by_key(|(_, place)| place.len()).map_or(0, |(row, _)| row)
}

/// Every path in the code that begins with `root`, groups unfolded: (line, names).
fn paths(code: &str, root: &str) -> Vec<(usize, Names)> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    for (at, _) in code.match_indices(root) {
        if !code[..at].ends_with(word) && !code[at + root.len()..].starts_with(|c| word(c) && c != ':') {
            unfold(&code[at..], &[], &mut |names| found.push((code[..at].matches('\n').count() + 1, names)));
        }
    }
    found
}

/// Reads `a::{b, c::d as e}` as `a b` and `a c d`; returns what follows.
fn unfold<'t>(code: &'t str, before: &[String], found: &mut dyn FnMut(Names)) -> &'t str {
    let code = code.trim_start();
    if let Some(mut group) = code.strip_prefix('{') {
        while !group.is_empty() && !group.starts_with('}') {
            let rest = unfold(group, before, found);
            // also past `as name`
            group = rest.find([',', '}']).map_or("", |at| rest[at..].trim_start_matches(',').trim_start());
        }
        return group.strip_prefix('}').unwrap_or_default();
    }
    let end = code.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(code.len());
    let names = [before, &[code[..end].to_owned()]].concat();
    match code[end..].strip_prefix("::") {
        Some(rest) => unfold(rest, &names, found),
        None => {
            found(names);
            &code[end..]
        }
    }
}

/// Whether a file may name a path of this crate.
fn may_name(file: &[String], target: &[String]) -> bool {
    let is = |(who, what): &(&str, &str)| lies_in(file, who) && lies_in(target, what);
    let foreign_store = lies_in(target, "*/store") && file[0] != target[0];
    // a type that a feature offers is part of its model
    let offered = lies_in(target, "*") && target.get(1).is_none_or(|name| !name.starts_with(char::is_lowercase));
    let up = row(target) < row(file) && !offered;
    !foreign_store && !NEVER.iter().any(is) && (!up || EXCEPT.iter().any(is))
}

/// What a file does against the rules: (line, what).
fn violations(file: &Path, text: &str) -> Vec<(usize, String)> {
    let mut own: Names = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    own.pop_if(|last| last == "mod");
    let code: String = text.lines().flat_map(|line| [line.split("//").next().unwrap_or_default(), "\n"]).collect();
    let mut found = Vec::new();
    for (number, (line, code)) in text.lines().zip(code.lines()).enumerate() {
        let words = WORDS.iter().filter(|word| line.contains(**word) && !line.contains("// invariant:"));
        found.extend(words.map(|word| (number + 1, format!("`{word}`"))));
        if code.contains(".await") && PURE.iter().any(|place| lies_in(&own, place)) {
            found.push((number + 1, "waits, but is to be pure".into()));
        }
    }
    for (name, homes) in HOMES {
        let at_home = homes.iter().any(|home| lies_in(&own, home));
        found.extend(paths(&code, name).into_iter().filter(|_| !at_home).map(|(line, _)| (line, format!("`{name}` lives in {homes:?}"))));
    }
    for (line, names) in paths(&code, "async_graphql") {
        if own != ["graphql", "error"] && names.get(1).is_some_and(|name| ENGINE_ERRORS.contains(&name.as_str())) {
            found.push((line, format!("`{}`: errors leave through ApiError", names.join("::"))));
        }
    }
    for (line, names) in [paths(&code, "crate"), paths(&code, "super")].concat() {
        let ups = names.iter().take_while(|name| *name == "super").count();
        let above = if ups == 0 { &[] } else { &own[..own.len().saturating_sub(ups)] };
        let target = [above, &names[ups.max(1)..]].concat();
        // `pub(crate)` and `pub(super)` name nothing
        if names.len() > ups.max(1) && !may_name(&own, &target) {
            found.push((line, format!("names `{}`", target.join("::"))));
        }
    }
    found
}

fn sources(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    files
}

fn the_sources_keep_the_rules() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for path in sources(&src) {
        let text = fs::read_to_string(&path).expect("a source");
        let file = path.strip_prefix(&src).expect("below src");
        found.extend(violations(file, &text).into_iter().map(|(line, why)| format!("src/{}:{line}: {why}", file.display())));
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn the_rules_bite() {
    #[rustfmt::skip]
    let table = [
        ("case/service.rs", "use crate::case::graphql::Case;", 1),
        ("case/service.rs", "use super::graphql::Case;", 1),
        ("case/service.rs", "use crate::{\n    app::Cx,\n    http::{a, b as c},\n};", 2),
        ("case/service.rs", "use super::{model, store};\nuse crate::{area::service, app::Cx, event};", 0),
        ("case/service.rs", "use sea_orm::EntityTrait;", 1),
        ("case/service.rs", "fn f() { crate::area::store::by_id() }", 1),
        ("case/service.rs", "// crate::area::store", 0),
        ("case/service.rs", "let a = b.unwrap(); // TODO\nlet c = d.expect(\"x\"); // invariant: just made", 1),
        ("case/graphql/mod.rs", "use super::{service, scope, store};", 1),
        ("case/graphql/types.rs", "use super::super::store;", 1),
        ("case/graphql.rs", "use crate::{area::{graphql::Area, scope}, graphql::id};", 0),
        ("case/graphql.rs", "use async_graphql::{Object, Result as R};", 1),
        ("case/graphql.rs", "use async_graphql::*;", 1),
        ("case/graphql.rs", "fn f() -> async_graphql::Error {}", 1),
        ("case/scope.rs", "use sea_orm::Condition;\nuse crate::{area::{Kind, scope, service}, db::never};", 1),
        ("case/policy.rs", "async fn f() { g().await }", 1),
        ("case/store.rs", "use super::{model::Case, service};", 1),
        ("case/mod.rs", "pub use service::close;\npub use self::model::Case;", 0),
        ("graphql/id.rs", "use crate::case::model::Case;", 1),
        ("graphql/plan.rs", "use crate::{app::Cx, db::noun};\nuse super::error::ApiError;", 0),
        ("db/mod.rs", "use crate::{app::Cx, auth::Actor};", 1),
        ("app.rs", "use crate::{db::Db, event::Bus, schema::Schema};", 1),
        ("schema.rs", "use crate::case::graphql::CaseQuery;", 0),
    ];
    for (file, text, expected) in table {
        let found = violations(Path::new(file), text);
        assert_eq!(found.len(), expected, "{file}: {text}\n{found:#?}");
    }
}

fn every_test_file_is_part_of_the_binary() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(tests.join("main.rs")).expect("main.rs");
    for file in fs::read_dir(tests).expect("tests/it").flatten() {
        let name = file.path().file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(name == "main" || main.contains(&format!("mod {name};")), "main.rs does not name {name}");
    }
}

/// What a page is made of: its headings by their level, blocks of code by their language, rows of tables, points of lists.
fn outline(page: &str) -> Vec<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page");
    let (mut parts, mut in_code) = (Vec::new(), false);
    for line in text.lines() {
        let first = line.split(' ').next().unwrap_or_default();
        let is_fence = first.starts_with("```");
        if !in_code && (is_fence || first.starts_with('#') || ["|", "-"].contains(&first)) {
            parts.push(first.to_owned());
        }
        in_code ^= is_fence;
    }
    parts
}

/// As far as their outlines go.
fn the_readme_says_the_same_in_both_languages() {
    assert_eq!(outline("README.md"), outline("README.zh-CN.md"));
}
