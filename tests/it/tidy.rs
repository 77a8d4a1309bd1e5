//! The layering, checked by reading the sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

crate::tests! { pure: [the_sources_keep_the_rules, the_rules_bite, every_test_file_is_part_of_the_binary] }

/// From top to bottom: a file names its own row and the rows below it. `*` is a feature; what a feature calls otherwise is a service.
const ROWS: &[&[&str]] = &[
    &["main", "lib", "cli", "http"],
    &["schema"],
    &["*/graphql"],
    &["graphql"],
    &["*/service", "*", "demo"],
    &["*/policy", "*/model", "*/store", "*/scope", "event", "job"],
    &["app"],
    &["db"],
    &["auth", "clock", "config", "calendar", "telemetry"],
];

/// (who, what it may name though it lies above)
const EXCEPT: &[(&str, &str)] = &[("app", "event"), ("app", "job"), ("lib", ""), ("main", "")];

/// (crate, the only places that name it)
const HOMES: &[(&str, &[&str])] = &[
    ("async_graphql", &["graphql", "schema", "*/graphql", "http", "cli/schema"]),
    ("async_graphql_axum", &["http"]),
    ("axum", &["http", "cli"]),
    ("sea_orm", &["db", "*/store", "*/scope", "event", "job"]),
    ("sqlx", &["db"]),
];

/// (who, what it never names): the kit knows no feature, a resolver calls services.
const NEVER: &[(&str, &str)] = &[("graphql", "*"), ("*/graphql", "*/store")];

/// Not in the sources, comments included; the first two are allowed beside the reason why they cannot fail: `// invariant: …`.
const WORDS: &[&str] = &[".unwrap()", ".expect(", "::unwrap)", "todo!", "unimplemented!", "dbg!", "FIXME"];

/// Pure rules do no I/O.
const PURE: &[&str] = &["*/policy", "*/model"];

/// The folders and files that are no features.
const KITS: &[&str] = &[
    "app",
    "auth",
    "calendar",
    "cli",
    "clock",
    "config",
    "db",
    "demo",
    "event",
    "graphql",
    "http",
    "job",
    "lib",
    "main",
    "schema",
    "telemetry",
];

type Names = Vec<String>;

/// `case/graphql/whistle` lies in `*/graphql`.
fn lies_in(path: &[String], place: &str) -> bool {
    let mut parts = path.iter();
    place.split('/').all(|wanted| parts.next().is_some_and(|part| part == wanted || (wanted == "*" && !KITS.contains(&part.as_str()))))
}

/// The row of the longest place that fits.
fn row(path: &[String]) -> Option<usize> {
    let places = ROWS.iter().enumerate().flat_map(|(row, places)| places.iter().map(move |place| (row, place)));
    places.filter(|(_, place)| lies_in(path, place)).max_by_key(|(_, place)| place.len()).map(|(row, _)| row)
}

/// Every path in the text that begins with one of `roots`, groups unfolded: (offset, names).
fn paths(text: &str, roots: &[&str]) -> Vec<(usize, Names)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for root in roots {
        for (at, _) in text.match_indices(root) {
            let whole = !text[..at].ends_with(|c| word(c) || c == ':') && text[at + root.len()..].starts_with(|c| !word(c));
            if whole {
                unfold(&text[at..], &mut Vec::new(), &mut |names| found.push((at, names)));
            }
        }
    }
    found
}

/// Reads `a::{b, c::d as e}` into `a b` and `a c d`; returns what follows.
fn unfold<'t>(text: &'t str, before: &mut Names, found: &mut impl FnMut(Names)) -> &'t str {
    let text = text.trim_start();
    let depth = before.len();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(text.len());
    let mut rest = &text[end..];
    if let Some(mut group) = text.strip_prefix('{') {
        while !group.trim_start().starts_with('}') && !group.trim_start().is_empty() {
            group = unfold(group, before, found).trim_start();
            // also past `as name`
            group = group.find([',', '}']).map_or("", |at| group[at..].strip_prefix(',').unwrap_or(&group[at..]));
        }
        return group.trim_start().strip_prefix('}').unwrap_or_default();
    }
    before.push(text[..end].to_owned());
    match rest.strip_prefix("::") {
        Some(more) => rest = unfold(more, before, found),
        None => found(before.clone()),
    }
    before.truncate(depth);
    rest
}

/// The path inside the crate: `crate::a`, or `super::a` as seen from `file`.
fn absolute(file: &[String], is_mod: bool, names: &[String]) -> Names {
    if names[0] == "crate" {
        return names[1..].to_vec();
    }
    let ups = names.iter().take_while(|name| *name == "super").count();
    let up = ups - usize::from(is_mod).min(ups);
    [&file[..file.len().saturating_sub(up)], &names[ups..]].concat()
}

/// What a file does against the rules: (line, why).
fn violations(file: &Path, text: &str) -> Vec<(usize, String)> {
    let mut path: Names = file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let is_mod = path.last().is_some_and(|last| last == "mod");
    path.truncate(path.len() - usize::from(is_mod));
    let mut found = Vec::new();
    let Some(own) = row(&path) else { return vec![(1, "is in no row of the layering: give it one".into())] };
    for (number, line) in text.lines().enumerate() {
        let words = WORDS.iter().filter(|word| line.contains(**word) && !line.contains("// invariant:"));
        found.extend(words.map(|word| (number + 1, format!("`{word}`"))));
    }
    let code: String = text.lines().map(|line| line.find("//").map_or(line, |at| &line[..at]).to_owned() + "\n").collect();
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    if PURE.iter().any(|place| lies_in(&path, place)) {
        found.extend(code.match_indices(".await").map(|(at, _)| (line_of(at), "waits, but is to be pure".into())));
    }
    for (name, homes) in HOMES {
        for (at, names) in paths(&code, &[name]) {
            if !homes.iter().any(|home| lies_in(&path, home)) {
                found.push((line_of(at), format!("names `{name}`, which lives in {homes:?}")));
            } else if *name == "async_graphql"
                && path != ["graphql", "error"]
                && names.get(1).is_some_and(|second| ["Result", "Error", "*"].contains(&second.as_str()))
            {
                found.push((line_of(at), format!("`async_graphql::{}`: errors leave through ApiError", names[1])));
            }
        }
    }
    for (at, names) in paths(&code, &["crate", "super"]) {
        let target = absolute(&path, is_mod, &names);
        let Some(below) = row(&target) else { continue };
        // a type that a feature offers is part of its model
        let offered = target.len() == 2 && lies_in(&target, "*") && target[1].starts_with(char::is_uppercase);
        let up =
            below < own && !offered && !EXCEPT.iter().any(|(who, what)| lies_in(&path, who) && (what.is_empty() || lies_in(&target, what)));
        let never = NEVER.iter().any(|(who, what)| lies_in(&path, who) && lies_in(&target, what));
        let private = lies_in(&target, "*/store") && path[0] != target[0];
        if (up && path[0] != target[0]) || (up && target.len() > 1) || never || private {
            found.push((line_of(at), format!("names `{}`", target.join("::"))));
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
        ("case/graphql.rs", "use async_graphql::{Object, Result};", 1),
        ("case/graphql.rs", "use async_graphql::*;", 1),
        ("case/graphql.rs", "fn f() -> async_graphql::Error {}", 1),
        ("case/scope.rs", "use sea_orm::Condition;\nuse crate::{area, db::never};", 1),
        ("case/policy.rs", "async fn f() { g().await }", 1),
        ("case/store.rs", "use super::{model::Case, service};", 1),
        ("case/mod.rs", "pub use service::close;\npub use self::model::Case;", 0),
        ("graphql/id.rs", "use crate::case::model::Case;", 1),
        ("graphql/plan.rs", "use crate::{app::Cx, db::noun};\nuse super::error::ApiError;", 0),
        ("db/mod.rs", "use crate::{app::Cx, auth::Actor};", 1),
        ("app.rs", "use crate::{db::Db, event::Bus, schema::Schema};", 1),
        ("schema.rs", "use crate::case::graphql::CaseQuery;", 0),
        ("stray.rs", "", 0),
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
