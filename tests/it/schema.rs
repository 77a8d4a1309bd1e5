//! The published schema: what clients are written against.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use async_graphql::Positioned;
use async_graphql::parser::{
    parse_schema,
    types::{ConstDirective, FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use chuishao::graphql::guard;

crate::tests! {
    pure: [
        the_published_schema_is_the_one_that_is_served,
        everything_is_described_in_both_languages,
        a_connection_is_paged_alike_everywhere,
        the_guard_counts_the_rows_of_lists_without_pages,
        a_mutation_takes_one_input_and_answers_with_its_own_payload,
        what_is_deprecated_says_what_to_use_and_until_when,
        every_message_exists_in_both_languages,
    ]
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn types() -> BTreeMap<String, TypeDefinition> {
    let document = parse_schema(chuishao::schema::sdl()).expect("an SDL");
    let definitions = document.definitions.into_iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node)),
        _ => None,
    });
    definitions.collect()
}

pub fn fields(ty: &TypeDefinition) -> &[Positioned<FieldDefinition>] {
    match &ty.kind {
        TypeKind::Object(object) => &object.fields,
        TypeKind::Interface(interface) => &interface.fields,
        _ => &[],
    }
}

/// A list without pages whose rows lead on to records or to lists of them has no size that a document could name.
fn the_guard_counts_the_rows_of_lists_without_pages() {
    let types = types();
    let item = |field: &FieldDefinition| {
        let ty = field.ty.node.to_string();
        ty.strip_prefix('[').map(|item| item.trim_end_matches(['!', ']']).to_owned())
    };
    let records = |name: &str| match types.get(name).map(|ty| &ty.kind) {
        Some(TypeKind::Object(object)) => object.implements.iter().any(|one| one.node == "Node"),
        Some(TypeKind::Interface(_) | TypeKind::Union(_)) => true,
        _ => false,
    };
    let leads_on = |name: &str| {
        let to = |field: &FieldDefinition| field.ty.node.to_string().trim_matches(['[', ']', '!']).to_owned();
        let fields = types.get(name).map(fields).unwrap_or_default();
        records(name) || fields.iter().map(|field| to(&field.node)).any(|to| records(&to) || to.ends_with("Connection"))
    };
    let lists = types.values().flat_map(fields).map(|field| &field.node).filter(|field| item(field).is_some_and(|item| leads_on(&item)));
    let lists: BTreeSet<&str> = lists.map(|field| field.name.node.as_str()).filter(|name| !["nodes", "edges"].contains(name)).collect();
    let known: BTreeSet<&str> = guard::UNPAGED.iter().copied().collect();
    assert_eq!(lists, known);
}

fn the_published_schema_is_the_one_that_is_served() {
    let published = fs::read_to_string(root().join("schema.graphql")).expect("schema.graphql");
    let served = chuishao::schema::sdl();
    let first = published.lines().zip(served.lines()).position(|(a, b)| a != b).map_or(published.lines().count(), |line| line + 1);
    assert!(
        published.trim_end() == served.trim_end(),
        "schema.graphql is out of date at line {first}: run `cargo run -- schema > schema.graphql`"
    );
}

/// (where, what it says)
type Described = (String, Option<String>);

fn arguments(at: &str, arguments: &[Positioned<InputValueDefinition>], found: &mut Vec<Described>) {
    for argument in arguments {
        found.push((format!("{at}.{}", argument.node.name.node), argument.node.description.as_ref().map(|d| d.node.clone())));
    }
}

fn descriptions() -> Vec<Described> {
    let mut found = Vec::new();
    for (name, ty) in types() {
        found.push((name.clone(), ty.description.as_ref().map(|d| d.node.clone())));
        for field in fields(&ty) {
            let at = format!("{name}.{}", field.node.name.node);
            found.push((at.clone(), field.node.description.as_ref().map(|d| d.node.clone())));
            arguments(&at, &field.node.arguments, &mut found);
        }
        match &ty.kind {
            TypeKind::InputObject(input) => arguments(&name, &input.fields, &mut found),
            TypeKind::Enum(values) => {
                let values = values.values.iter();
                found
                    .extend(values.map(|v| (format!("{name}.{}", v.node.value.node), v.node.description.as_ref().map(|d| d.node.clone()))));
            }
            _ => {}
        }
    }
    found
}

fn everything_is_described_in_both_languages() {
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let english = |text: &str| text.chars().filter(char::is_ascii_alphabetic).count() > 2;
    let all = descriptions();
    assert!(all.len() > 500, "only {} are found", all.len());
    let poor = all.iter().filter(|(_, text)| !text.as_deref().is_some_and(|text| chinese(text) && english(text)));
    let poor: Vec<String> = poor.map(|(at, text)| format!("{at}: {text:?}")).collect();
    assert!(poor.is_empty(), "not described in English and Chinese:\n{}", poor.join("\n"));
}

fn a_connection_is_paged_alike_everywhere() {
    let types = types();
    let mut lists = 0;
    for (name, ty) in &types {
        for field in fields(ty).iter().map(|field| &field.node) {
            let at = format!("{name}.{}", field.name.node);
            let returned = field.ty.node.to_string();
            let Some(item) = returned.strip_suffix("Connection!") else {
                assert!(!returned.contains("Connection"), "{at}: a connection is never null");
                continue;
            };
            if ["Query.caseChanges", "Query.search"].contains(&at.as_str()) {
                // the event log, which is read onwards only; hits of several types, which have no filter and no order in common
                continue;
            }
            lists += 1;
            let arguments: BTreeMap<String, String> =
                field.arguments.iter().map(|a| (a.node.name.to_string(), a.node.ty.to_string())).collect();
            for (argument, ty) in [("first", "Int"), ("after", "String"), ("last", "Int"), ("before", "String")] {
                assert_eq!(arguments.get(argument).map(String::as_str), Some(ty), "{at}({argument})");
            }
            assert!(field.arguments.iter().all(|a| a.node.default_value.is_none()), "{at}: no argument has a default");
            assert!(arguments["filter"].ends_with("Filter") && arguments["orderBy"].ends_with("Order"), "{at}: {arguments:?}");
            let signature = |name: &str| -> Vec<String> {
                fields(&types[name]).iter().map(|f| format!("{}: {}", f.node.name.node, f.node.ty.node)).collect()
            };
            let edges =
                [format!("edges: [{item}Edge!]!"), format!("nodes: [{item}!]!"), "pageInfo: PageInfo!".into(), "totalCount: Int!".into()];
            assert_eq!(signature(&format!("{item}Connection")), edges);
            assert_eq!(signature(&format!("{item}Edge")), ["cursor: String!".to_owned(), format!("node: {item}!")]);
        }
    }
    assert!(lists > 20, "only {lists} lists are found");
}

fn a_mutation_takes_one_input_and_answers_with_its_own_payload() {
    let types = types();
    let mutations = fields(&types["Mutation"]);
    assert!(mutations.len() > 15);
    for mutation in mutations.iter().map(|field| &field.node) {
        let name = mutation.name.node.as_str();
        let upper = name[..1].to_uppercase() + &name[1..];
        let arguments: Vec<String> = mutation.arguments.iter().map(|a| format!("{}: {}", a.node.name.node, a.node.ty.node)).collect();
        assert_eq!(arguments, [format!("input: {upper}Input!")]);
        // nullable: a fault in a later one must not hide what this one has done
        assert_eq!(mutation.ty.node.to_string(), format!("{upper}Payload"), "{name}");
        for field in fields(&types[&format!("{upper}Payload")]) {
            let ty = field.node.ty.node.to_string();
            match field.node.name.node.as_str() {
                "userErrors" => assert_eq!(ty, "[UserError!]!"),
                other => assert!(!ty.ends_with('!'), "{upper}Payload.{other} is {ty}"),
            }
        }
        assert!(fields(&types[&format!("{upper}Payload")]).iter().any(|f| f.node.name.node == "userErrors"), "{upper}Payload");
    }
}

fn what_is_deprecated_says_what_to_use_and_until_when() {
    let reason = |directives: &[Positioned<ConstDirective>]| {
        let deprecated = directives.iter().find(|directive| directive.node.name.node == "deprecated")?;
        Some(deprecated.node.get_argument("reason").map_or_else(String::new, |reason| reason.node.to_string()))
    };
    for (name, ty) in types() {
        for field in fields(&ty) {
            if let Some(reason) = reason(&field.node.directives) {
                assert!(reason.contains("use ") && reason.contains("removed after 20"), "{name}.{}: {reason}", field.node.name.node);
            }
        }
    }
}

/// The keys of a message file.
fn keys(language: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("locales").join(language).join("messages.ftl")).expect("messages");
    let message = |line: &str| line.split_once(" = ").filter(|(key, _)| !key.starts_with(['#', ' '])).map(|(key, _)| key.to_owned());
    text.lines().filter_map(message).collect()
}

/// The words in quotes that stand where a message's key is expected.
fn used() -> BTreeSet<String> {
    let mut folders = vec![root().join("src")];
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()) {
            match path.is_dir() {
                true => folders.push(path),
                // the page at /graphiql is there compressed
                false if path.extension().is_some_and(|extension| extension == "rs") => found.extend(keys_in(&path)),
                false => {}
            }
        }
    }
    found
}

fn keys_in(path: &PathBuf) -> Vec<String> {
    let text = fs::read_to_string(path).expect("a source");
    // the code and the key stand side by side, on one line or on two
    let marks = [
        "bad_input(",
        "general_word(",
        "too_complex(",
        "interrupted(",
        "notice(",
        "Refusal::new(UserErrorCode::",
        "Why::of(",
        "RecordError::Mismatch(",
        "RecordError::State(",
        "RecordError::Clash(",
        "RecordError::Limit(",
        "left(\"",
        "refuse(\"",
        "wrong(",
        "message_in(language(), ",
        "message: \"",
        "(UserErrorCode::",
        "(CaseFileFault::",
        "(CompositionRule::",
        "(Code::",
    ];
    let mut found = Vec::new();
    for mark in marks {
        for (at, _) in text.match_indices(mark) {
            let start = at + mark.trim_end_matches('"').len();
            let end = text[start..].find([')', ';', '}']).map_or(text.len(), |end| start + end);
            let mut quoted = text[start..end].split('"');
            found.extend(quoted.nth(1).map(str::to_owned));
        }
    }
    found
}

fn every_message_exists_in_both_languages() {
    let (chinese, english, used) = (keys("zh-CN"), keys("en"), used());
    assert_eq!(chinese, english, "the two message files differ");
    assert!(used.len() > 40, "only {used:?} are found");
    let missing: Vec<&String> = used.difference(&chinese).collect();
    assert!(missing.is_empty(), "no message for {missing:?}");
    let unused: Vec<&String> = chinese.difference(&used).collect();
    assert!(unused.is_empty(), "no use of {unused:?}");
}
