//! The document guard: what the engine would not survive, or would run twice, is refused before it sees it.
//!
//! First a scan of the bytes, since the parser itself overflows its stack on deep nesting; then the document is parsed once, and a walk that
//! visits each fragment once bounds what it expands to, with saturating arithmetic.

use std::collections::{HashMap, HashSet};

use async_graphql::{
    Name, Positioned, ServerError, Value as Json, Variables,
    parser::{
        parse_query,
        types::{
            DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
        },
    },
};

use super::error::{ApiError, Code};

/// Bytes of a document at most.
const MOST_BYTES: usize = 64 * 1024;
/// Brackets of all kinds within each other at most.
const DEEPEST: usize = 64;
/// Names, values and brackets at most.
const MOST_TOKENS: usize = 5_000;
/// Fields within each other at most, fragments expanded.
const DEEPEST_FIELDS: u64 = 40;
/// Field values an answer may ask for at most, by the page sizes it names.
const MOST_VALUES: u64 = 1_000_000;
/// Rows of a list of which no size is named.
const ROWS: u64 = 20;
/// The lists without pages whose rows lead on to other records: within one another, an answer grows by their power. Each counts as a page without a size does.
pub const UNPAGED: &[&str] = &[
    "ancestors",
    "areas",
    "assistingDepartments",
    "attachments",
    "clocks",
    "complexes",
    "dwellings",
    "escalatedFrom",
    "formerBuildings",
    "path",
    "posts",
    "predecessors",
    "registers",
    "successors",
    "whistles",
    "workers",
];
/// The one of them that can be long: it is not asked for within itself.
const LONG: &str = "attachments";

/// What the guard lets through.
pub struct Admitted {
    pub document: ExecutableDocument,
    pub kind: OperationType,
}

/// Why a document goes no further.
pub enum Refused {
    Syntax(ServerError),
    Guard(ApiError),
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Guard(error)
    }
}

pub fn admit(query: &str, operation: Option<&str>, variables: &Variables) -> Result<Admitted, Refused> {
    let deepest = variables.values().map(depth).max().unwrap_or(0);
    // what is read of a variable may stand within all that is written
    if scan(query)? + deepest > DEEPEST {
        return Err(too_complex("too-deep").with("max", DEEPEST).into());
    }
    let document = parse_query(query).map_err(|error| Refused::Syntax(error.into()))?;
    let chosen = choose(&document, operation)?;
    let defaults = chosen.variable_definitions.iter();
    let defaults = defaults.filter_map(|v| Some((v.node.name.node.clone(), v.node.default_value.as_ref()?.node.clone()))).collect();
    let mut walk = Walk { fragments: &document.fragments, variables, defaults, known: HashMap::new(), open: HashSet::new() };
    let size = walk.set(&chosen.selection_set.node)?;
    if size.depth > DEEPEST_FIELDS || size.values > MOST_VALUES || size.long > 1 {
        return Err(too_complex("too-complex").into());
    }
    if chosen.ty != OperationType::Query {
        let mut keys = HashSet::new();
        root_keys(&document.fragments, &chosen.selection_set.node, &mut HashSet::new(), &mut |key| {
            if chosen.ty == OperationType::Subscription && !keys.is_empty() {
                return Err(ApiError::bad_input("one-subscription"));
            }
            if keys.insert(key.to_owned()) { Ok(()) } else { Err(ApiError::bad_input("repeated-key").with("key", key)) }
        })?;
    }
    let kind = chosen.ty;
    Ok(Admitted { document, kind })
}

fn too_complex(message: &'static str) -> ApiError {
    ApiError::Request { code: Code::QueryTooComplex, message, args: Vec::new() }
}

/// Lists and objects within each other; the parser of the request takes no more than 128.
fn depth(value: &Json) -> usize {
    match value {
        Json::List(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Json::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The depth; and the number of tokens is looked at, strings and comments skipped.
fn scan(query: &str) -> Result<usize, ApiError> {
    let bytes = query.as_bytes();
    if bytes.len() > MOST_BYTES {
        return Err(too_complex("too-long-document").with("max", MOST_BYTES));
    }
    let (mut at, mut depth, mut deepest, mut tokens) = (0, 0usize, 0usize, 0usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at += bytes[at..].iter().take_while(|b| !matches!(b, b'\n' | b'\r')).count(),
            b'"' => {
                tokens += 1;
                at += string(&bytes[at..]);
            }
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
                tokens += 1;
                at += 1;
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                tokens += 1;
                at += 1;
            }
            b if b.is_ascii_alphanumeric() || b == b'_' => {
                tokens += 1;
                at += bytes[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            }
            b if b.is_ascii_whitespace() || b == b',' => at += 1,
            _ => {
                tokens += 1;
                at += 1;
            }
        }
        if depth > DEEPEST {
            return Err(too_complex("too-deep").with("max", DEEPEST));
        }
        if tokens > MOST_TOKENS {
            return Err(too_complex("too-many-tokens").with("max", MOST_TOKENS));
        }
    }
    Ok(deepest)
}

/// The length of the string that begins here, its quotes included.
fn string(bytes: &[u8]) -> usize {
    let block = bytes.starts_with(b"\"\"\"");
    let mut at = if block { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if block && bytes[at..].starts_with(b"\\\"\"\"") => at += 4,
            b'\\' if !block => at += 2,
            b'"' if block && !bytes[at..].starts_with(b"\"\"\"") => at += 1,
            b'"' => return at + if block { 3 } else { 1 },
            b'\n' if !block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn choose<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Result<&'d OperationDefinition, ApiError> {
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        // a document with one anonymous operation has none of this name
        (DocumentOperations::Single(_), Some(_)) => Err(ApiError::bad_input("no-operation")),
        (DocumentOperations::Multiple(operations), Some(name)) => {
            operations.get(name).map(|operation| &operation.node).ok_or_else(|| ApiError::bad_input("no-operation"))
        }
        (DocumentOperations::Multiple(operations), None) => {
            let mut all = operations.values();
            match (all.next(), all.next()) {
                (Some(only), None) => Ok(&only.node),
                _ => Err(ApiError::bad_input("which-operation")),
            }
        }
    }
}

/// What a selection expands to.
#[derive(Clone, Copy, Default)]
struct Size {
    depth: u64,
    values: u64,
    /// Long lists without pages within one another.
    long: u64,
}

struct Walk<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'d Variables,
    /// What stands for a variable that is left out.
    defaults: HashMap<Name, Json>,
    /// The fragments measured already, so that each is visited once.
    known: HashMap<&'d str, Size>,
    open: HashSet<&'d str>,
}

impl<'d> Walk<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<Size, ApiError> {
        let mut size = Size::default();
        for item in &set.items {
            let part = match &item.node {
                Selection::Field(field) => {
                    let inner = self.set(&field.node.selection_set.node)?;
                    let each = self.rows(&field.node);
                    let long = inner.long + u64::from(field.node.name.node == LONG);
                    Size { depth: inner.depth + 1, values: inner.values.saturating_mul(each).saturating_add(1), long }
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            };
            size.depth = size.depth.max(part.depth);
            size.long = size.long.max(part.long);
            size.values = size.values.saturating_add(part.values);
        }
        Ok(size)
    }

    fn fragment(&mut self, name: &'d str) -> Result<Size, ApiError> {
        if let Some(size) = self.known.get(name) {
            return Ok(*size);
        }
        // an unknown fragment is the validator's to report
        let Some(fragment) = self.fragments.get(name) else { return Ok(Size::default()) };
        // a chain of fragments is as deep as it is long
        if self.open.len() >= DEEPEST || !self.open.insert(name) {
            return Err(too_complex("too-deep").with("max", DEEPEST));
        }
        let size = self.set(&fragment.node.selection_set.node)?;
        self.open.remove(name);
        self.known.insert(name, size);
        Ok(size)
    }

    /// How many rows a field brings: what `first` or `last` says; a connection without either, the default.
    fn rows(&self, field: &'d Field) -> u64 {
        let size = ["first", "last"].into_iter().find_map(|name| {
            let value = field.get_argument(name)?;
            let variable = |name: Name| self.variables.get(&name).or_else(|| self.defaults.get(&name)).cloned().ok_or(());
            match value.node.clone().into_const_with(variable) {
                Ok(Json::Number(number)) => number.as_u64(),
                _ => None,
            }
        });
        let listed = || UNPAGED.contains(&field.name.node.as_str()) || self.pages(&field.selection_set.node, &mut HashSet::new());
        size.unwrap_or_else(|| if listed() { ROWS } else { 1 }).max(1)
    }

    /// Whether the rows of a page are selected here, in a fragment or not.
    fn pages(&self, set: &'d SelectionSet, seen: &mut HashSet<&'d str>) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => matches!(field.node.name.node.as_str(), "nodes" | "edges"),
            Selection::InlineFragment(fragment) => self.pages(&fragment.node.selection_set.node, seen),
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                let fragment = self.fragments.get(name).filter(|_| seen.insert(name));
                fragment.is_some_and(|fragment| self.pages(&fragment.node.selection_set.node, seen))
            }
        })
    }
}

/// Calls back with the response key of each root field, fragments expanded once each: a fragment spread twice repeats its keys.
fn root_keys<'d>(
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    set: &'d SelectionSet,
    open: &mut HashSet<&'d str>,
    found: &mut impl FnMut(&str) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => found(field.node.response_key().node.as_str())?,
            Selection::InlineFragment(fragment) => root_keys(fragments, &fragment.node.selection_set.node, open, found)?,
            Selection::FragmentSpread(spread) => {
                let name = spread.node.fragment_name.node.as_str();
                if let Some(fragment) = fragments.get(name)
                    && open.insert(name)
                {
                    root_keys(fragments, &fragment.node.selection_set.node, open, found)?;
                    open.remove(name);
                }
            }
        }
    }
    Ok(())
}
