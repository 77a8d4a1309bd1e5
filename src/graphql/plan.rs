//! Fetch plans: the selection is read once, each relation is fetched in one statement for all rows of a list, and the objects then
//! resolve from what lies ready. What was fetched is stored by *response key and arguments*: aliases of one field with other arguments are
//! other fetches, and `nodes` and `edges { node }` of one list may use one key for different ones.
//!
//! A field that was not fetched ahead (an object inside a payload, say) runs the same plan for its one parent.

use std::{any::Any, collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::{Context, InputType, OutputType, SelectionField, Value};
use futures_util::future::BoxFuture;

use super::{
    context::cx,
    error::{ApiError, Code},
    filter::Lower,
    loader::{self, Key},
    page::{Connection, OrderBy, OrderDirection, OrderField, PageArgs},
};
use crate::{
    app::Cx,
    clock::Clock,
    db::{
        filter::Filter,
        noun::{self, Noun, Parent},
        page::{Page, Slice},
    },
};

/// A row with what was fetched along with it.
#[derive(Clone)]
pub struct Rec<M> {
    pub row: M,
    links: Vec<(Arc<str>, Arc<dyn Any + Send + Sync>)>,
}

impl<M> Rec<M> {
    pub fn new(row: M) -> Self {
        Self { row, links: Vec::new() }
    }

    fn put<V: Send + Sync + 'static>(&mut self, key: &Arc<str>, value: V) {
        self.links.push((key.clone(), Arc::new(value)));
    }

    fn link<V: Clone + 'static>(&self, key: &str) -> Option<V> {
        self.links.iter().find(|(k, _)| **k == *key)?.1.downcast_ref::<V>().cloned()
    }
}

/// A GraphQL object made of one row.
pub trait Record: Clone + Send + Sync + 'static {
    type Row: Clone + Send + Sync + 'static;

    fn new(rec: Rec<Self::Row>) -> Self;

    /// Which field takes which fetch: for all rows at once, in a constant number of statements.
    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<Self::Row>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>>;
}

/// A record that is listed: what it is filtered and ordered by.
pub trait Listed: Record<Row = <Self::Noun as Noun>::Model> + OutputType {
    type Noun: Noun;
    type Filter: InputType + Lower<<Self::Noun as Noun>::Where>;
    type Order: OrderField + InputType + Into<<Self::Noun as Noun>::Order>;
    /// The order of a list when none is asked for.
    const ORDER: (Self::Order, OrderDirection);

    /// What a list shows where its filter does not say: of what can end, what exists today. Relations and filters of others are not asked.
    fn usual(filter: Filter<<Self::Noun as Noun>::Where>, _: &Clock) -> Filter<<Self::Noun as Noun>::Where> {
        filter
    }
}

/// The fields selected of an object, fragments taken apart.
pub struct Selection<'a>(Vec<SelectionField<'a>>);

/// One fetch of a selection.
pub struct Wanted<'a> {
    key: Arc<str>,
    field: SelectionField<'a>,
    pub selection: Selection<'a>,
}

impl<'a> Selection<'a> {
    pub fn of(field: &SelectionField<'a>) -> Self {
        Self(field.selection_set().collect())
    }

    /// What is selected below the fields of this name, whatever their aliases.
    pub fn under(&self, name: &str) -> Self {
        Self(self.named(name).flat_map(|field| field.selection_set()).collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s SelectionField<'a>> + 's {
        self.0.iter().filter(move |field| field.name() == name)
    }

    /// The fetches of a field; the same key with the same arguments twice is one, with both selections.
    pub fn wanted(&self, name: &str) -> Vec<Wanted<'a>> {
        let mut wanted: Vec<Wanted<'a>> = Vec::new();
        for field in self.named(name) {
            let key = key_of(field);
            match wanted.iter_mut().find(|w| *w.key == *key) {
                Some(same) => same.selection.0.extend(field.selection_set()),
                None => wanted.push(Wanted { key: key.into(), selection: Self::of(field), field: *field }),
            }
        }
        wanted
    }

    /// Both selections in one.
    pub fn and(mut self, other: Self) -> Self {
        self.extend(other);
        self
    }

    fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

/// What tells one fetch of an object from another: the response key, and the arguments where there are any.
fn key_of(field: &SelectionField<'_>) -> String {
    let mut key = field.alias().unwrap_or(field.name()).to_owned();
    for (name, value) in field.arguments().unwrap_or_default() {
        key.push_str(&format!(" {name}:{value}"));
    }
    key
}

impl<'a> Wanted<'a> {
    /// An argument of the field; none where it was left out.
    pub fn arg<T: InputType>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let arguments = self.field.arguments().map_err(|_| ApiError::bad_input("bad-argument").with("name", name))?;
        let value = arguments.into_iter().find(|(n, _)| n == name).map(|(_, value)| value);
        <Option<T> as InputType>::parse(value).map_err(|_| ApiError::bad_input("bad-argument").with("name", name))
    }

    /// Refuses an argument that is more than a statement can hold.
    fn weigh(&self, name: &str) -> Result<(), ApiError> {
        let arguments = self.field.arguments().map_err(|_| ApiError::bad_input("bad-argument").with("name", name))?;
        let mut weight = Weight::default();
        arguments.iter().filter(|(n, _)| n == name).for_each(|(_, value)| weight.add(value, 0));
        if weight.conditions > MOST_CONDITIONS || weight.values > MOST_VALUES || weight.depth > DEEPEST_CONDITIONS {
            return Err(ApiError::Request { code: Code::QueryTooComplex, message: "filter-too-long", args: Vec::new() });
        }
        Ok(())
    }
}

/// Conditions of one filter at most, and within each other, and values compared with: what the databases take in one statement.
const MOST_CONDITIONS: usize = 500;
const DEEPEST_CONDITIONS: usize = 24;
const MOST_VALUES: usize = 5_000;

/// What a filter is made of, variables filled in.
#[derive(Default)]
struct Weight {
    conditions: usize,
    values: usize,
    depth: usize,
}

impl Weight {
    fn add(&mut self, value: &Value, depth: usize) {
        self.depth = self.depth.max(depth);
        match value {
            Value::Object(fields) => {
                self.conditions += 1;
                fields.values().for_each(|field| self.add(field, depth + 1));
            }
            Value::List(items) => items.iter().for_each(|item| self.add(item, depth)),
            _ => self.values += 1,
        }
    }
}

/// The arguments of a connection, read.
pub struct Listing<T: Listed> {
    pub filter: Filter<<T::Noun as Noun>::Where>,
    pub slice: Slice<<T::Noun as Noun>::Order>,
    cursors: String,
}

impl<T: Listed> Listing<T> {
    pub fn of(cx: &Cx, wanted: &Wanted<'_>) -> Result<Self, ApiError> {
        let args =
            PageArgs { first: wanted.arg("first")?, after: wanted.arg("after")?, last: wanted.arg("last")?, before: wanted.arg("before")? };
        let (field, direction) = wanted.arg::<OrderBy<T::Order>>("orderBy")?.map_or(T::ORDER, |order| (order.field, order.direction));
        let cursors = args.cursor_name(<T::Order as OrderField>::INPUT, field.name(), direction);
        let slice = args.slice(field.into(), &cursors, direction, wanted.selection.has("totalCount"))?;
        if [&slice.after, &slice.before].into_iter().flatten().any(|position| !noun::fits::<T::Noun>(slice.order, position)) {
            return Err(ApiError::bad_input("bad-cursor"));
        }
        wanted.weigh("filter")?;
        let filter = wanted.arg::<T::Filter>("filter")?.map(|filter| filter.lower(cx)).transpose()?.unwrap_or_default();
        Ok(Self { filter: T::usual(filter, &cx.clock), slice, cursors })
    }
}

/// Wraps a page of rows, with all that is selected of them.
async fn connect<T: Listed>(
    cx: &Cx,
    page: Page<T::Row>,
    listing: &Listing<T>,
    selection: &Selection<'_>,
) -> Result<Connection<T>, ApiError> {
    let mut nodes = selection.under("nodes");
    nodes.extend(selection.under("edges").under("node"));
    let cursors: Vec<String> =
        page.rows.iter().map(|row| super::page::encode(&listing.cursors, noun::position::<T::Noun>(listing.slice.order, row))).collect();
    let (has_next, has_previous, total) = (page.has_next, page.has_previous, page.total);
    let objects = wrap::<T>(cx, page.rows, &nodes).await?;
    Ok(Connection::new(cursors.into_iter().zip(objects), has_next, has_previous, total))
}

/// Rows to objects, filled.
pub async fn wrap<T: Record>(cx: &Cx, rows: Vec<T::Row>, selection: &Selection<'_>) -> Result<Vec<T>, ApiError> {
    let mut recs: Vec<Rec<T::Row>> = rows.into_iter().map(Rec::new).collect();
    if !recs.is_empty() {
        T::fill(cx, &mut recs, selection).await?;
    }
    Ok(recs.into_iter().map(T::new).collect())
}

/// A list at the root.
pub async fn list<T: Listed>(ctx: &Context<'_>) -> Result<Connection<T>, ApiError> {
    let cx = cx(ctx)?;
    let field = ctx.field();
    let wanted = Wanted { key: "".into(), selection: Selection::of(&field), field };
    let listing = Listing::<T>::of(cx, &wanted)?;
    let page = noun::page::<T::Noun>(cx.read(), &cx.actor, &listing.filter, &listing.slice).await?;
    connect(cx, page, &listing, &wanted.selection).await
}

/// Objects by id; those that do not exist or may not be seen are left out.
pub async fn by_ids<T: Listed>(ctx: &Context<'_>, ids: Vec<<T::Noun as Noun>::Id>) -> Result<Vec<(<T::Noun as Noun>::Id, T)>, ApiError> {
    let mut rows = loader::rows(ctx)?.load_many(ids.iter().map(|id| Key::<T::Noun>(*id))).await?;
    let (ids, rows): (Vec<_>, Vec<_>) = ids.into_iter().filter_map(|id| Some((id, rows.remove(&Key(id))?))).unzip();
    let objects = wrap::<T>(cx(ctx)?, rows, &Selection::of(&ctx.field())).await?;
    Ok(ids.into_iter().zip(objects).collect())
}

/// One object by a fact that no two rows share.
pub async fn by_fact<T: Listed>(ctx: &Context<'_>, fact: <T::Noun as Noun>::Where) -> Result<Option<T>, ApiError> {
    let cx = cx(ctx)?;
    let slice = Slice { order: T::ORDER.0.into(), descending: false, size: 1, from_end: false, after: None, before: None, count: false };
    let page = noun::page::<T::Noun>(cx.read(), &cx.actor, &Filter::is(fact), &slice).await?;
    Ok(wrap::<T>(cx, page.rows, &Selection::of(&ctx.field())).await?.pop())
}

/// An object in a payload or an event: its row was just read, its relations are fetched when they are resolved.
pub fn bare<T: Record>(row: T::Row) -> T {
    T::new(Rec::new(row))
}

/// A relation to one record by its id.
pub async fn one<T: Listed, M: Send + Sync>(
    cx: &Cx,
    parents: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    id_of: impl Fn(&M) -> Option<<T::Noun as Noun>::Id> + Send + Sync,
) -> Result<(), ApiError> {
    if !selection.has(field) {
        return Ok(());
    }
    let ids = distinct(parents.iter().filter_map(|parent| id_of(&parent.row)));
    let rows = noun::by_ids::<T::Noun>(cx.read(), &cx.actor, &ids).await?;
    one_of::<T, M, _>(cx, parents, selection, field, id_of, rows).await
}

/// Records by id, with all that is selected of them; those that may not be seen are left out.
pub async fn objects<T: Listed>(
    cx: &Cx,
    ids: &[<T::Noun as Noun>::Id],
    selection: &Selection<'_>,
) -> Result<HashMap<<T::Noun as Noun>::Id, T>, ApiError> {
    let (ids, rows): (Vec<_>, Vec<_>) = noun::by_ids::<T::Noun>(cx.read(), &cx.actor, ids).await?.into_iter().unzip();
    Ok(ids.into_iter().zip(wrap::<T>(cx, rows, selection).await?).collect())
}

/// A relation to one record, its rows fetched by the caller.
pub async fn one_of<T: Record, M: Send + Sync, K: Copy + Eq + Hash + Send + Sync>(
    cx: &Cx,
    parents: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    key_of: impl Fn(&M) -> Option<K> + Send + Sync,
    rows: HashMap<K, T::Row>,
) -> Result<(), ApiError> {
    for wanted in selection.wanted(field) {
        let (keys, rows): (Vec<K>, Vec<T::Row>) = rows.iter().map(|(key, row)| (*key, row.clone())).unzip();
        let objects = wrap::<T>(cx, rows, &wanted.selection).await?;
        let objects: HashMap<K, T> = keys.into_iter().zip(objects).collect();
        for parent in parents.iter_mut() {
            let object: Option<T> = key_of(&parent.row).and_then(|key| objects.get(&key).cloned());
            parent.put(&wanted.key, object);
        }
    }
    Ok(())
}

/// A relation to many records, a page for each parent.
pub async fn many<T: Listed, M: Send + Sync, K>(
    cx: &Cx,
    parents: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    key_of: impl Fn(&M) -> K + Send + Sync,
    parent: Parent<T::Noun, K>,
) -> Result<(), ApiError>
where
    K: Copy + Eq + Hash + Send + Sync + Into<crate::db::Value> + crate::db::FromColumn,
{
    many_that::<T, M, K>(cx, parents, selection, field, key_of, (parent, || None)).await
}

/// The same for those of which a fact holds, beside what the list's filter asks for.
pub async fn many_that<T: Listed, M: Send + Sync, K>(
    cx: &Cx,
    parents: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    key_of: impl Fn(&M) -> K + Send + Sync,
    (parent, fact): (Parent<T::Noun, K>, impl Fn() -> Option<<T::Noun as Noun>::Where> + Send + Sync),
) -> Result<(), ApiError>
where
    K: Copy + Eq + Hash + Send + Sync + Into<crate::db::Value> + crate::db::FromColumn,
{
    for wanted in selection.wanted(field) {
        let mut listing = Listing::<T>::of(cx, &wanted)?;
        if let Some(fact) = fact() {
            listing.filter = Filter::All(vec![listing.filter, Filter::is(fact)]);
        }
        let keys = distinct(parents.iter().map(|p| key_of(&p.row)));
        let pages = noun::page_by_parents(cx.read(), &cx.actor, parent, &keys, &listing.filter, &listing.slice).await?;
        give(cx, parents, &wanted, &listing, &key_of, pages).await?;
    }
    Ok(())
}

/// Hands each parent its page; the rows of all pages are filled together.
async fn give<T: Listed, M: Send + Sync, K: Copy + Eq + Hash + Send + Sync>(
    cx: &Cx,
    parents: &mut [Rec<M>],
    wanted: &Wanted<'_>,
    listing: &Listing<T>,
    key_of: &(impl Fn(&M) -> K + Send + Sync),
    pages: HashMap<K, Page<T::Row>>,
) -> Result<(), ApiError> {
    let mut shapes = Vec::with_capacity(pages.len());
    let mut rows = Vec::new();
    for (key, page) in pages {
        shapes.push((key, page.rows.len(), (page.has_next, page.has_previous, page.total)));
        rows.extend(page.rows);
    }
    let all = Page { rows, ..Page::default() };
    let mut edges = connect(cx, all, listing, &wanted.selection).await?.into_edges();
    let mut connections = HashMap::with_capacity(shapes.len());
    for (key, size, (has_next, has_previous, total)) in shapes {
        connections.insert(key, Connection::new(edges.by_ref().take(size), has_next, has_previous, total));
    }
    for parent in parents {
        let connection = connections.get(&key_of(&parent.row)).cloned();
        parent.put(&wanted.key, connection.unwrap_or_else(|| Connection::new(std::iter::empty(), false, false, Some(0))));
    }
    Ok(())
}

/// A value computed for all parents at once; `values` holds those that have one.
pub fn value<M, K: Eq + Hash, V: Clone + Send + Sync + 'static>(
    parents: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    key_of: impl Fn(&M) -> K,
    values: &HashMap<K, V>,
) {
    for wanted in selection.wanted(field) {
        value_of(parents, &wanted, &key_of, values);
    }
}

/// The same for one fetch of the field, where the arguments make the values.
pub fn value_of<M, K: Eq + Hash, V: Clone + Send + Sync + 'static>(
    parents: &mut [Rec<M>],
    wanted: &Wanted<'_>,
    key_of: impl Fn(&M) -> K,
    values: &HashMap<K, V>,
) {
    for parent in parents {
        let value: Option<V> = values.get(&key_of(&parent.row)).cloned();
        parent.put(&wanted.key, value);
    }
}

/// What lies ready for this field; where nothing does, the plan of the parent's type runs for this one parent and this one field.
pub async fn get<T: Record, V: Clone + 'static>(ctx: &Context<'_>, rec: &Rec<T::Row>) -> Result<V, ApiError> {
    let field = ctx.field();
    let key = key_of(&field);
    if let Some(value) = rec.link::<V>(&key) {
        return Ok(value);
    }
    let mut alone = [Rec::new(rec.row.clone())];
    T::fill(cx(ctx)?, &mut alone, &Selection(vec![field])).await?;
    alone[0].link::<V>(&key).ok_or_else(|| ApiError::internal("the plan does not know this field"))
}

/// The same for a field that may be null: a fault in it nulls the field and not the object around it, which may be what a mutation committed.
pub async fn maybe<T: Record, V: Clone + 'static>(ctx: &Context<'_>, rec: &Rec<T::Row>) -> Option<Result<V, ApiError>> {
    get::<T, Option<V>>(ctx, rec).await.transpose()
}

pub fn distinct<K: Copy + Eq + Hash>(keys: impl Iterator<Item = K>) -> Vec<K> {
    let mut seen = std::collections::HashSet::new();
    keys.filter(|key| seen.insert(*key)).collect()
}
