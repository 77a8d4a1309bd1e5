//! What every noun has in common, written once: by ids, a page of a list, and a page for each of many parents. All start from `visible_to`.

use std::{collections::HashMap, hash::Hash, marker::PhantomData};

use chrono::{DateTime, Datelike};
use sea_orm::{
    ColumnTrait, ColumnType, Condition, ConnectionTrait, DbErr, EntityName, EntityTrait, ExprTrait, FromQueryResult, IdenStatic,
    IntoSimpleExpr, JoinType, ModelTrait, Order, QueryFilter, QueryOrder, QuerySelect, QueryTrait, RelationDef, Select, TryGetable, Value,
    sea_query::{Asterisk, DynIden, Expr, Func, Query, SelectStatement, UnionType, WindowStatement},
};
use uuid::Uuid;

use super::{
    chunks,
    filter::Filter,
    page::{Key, Page, Position, Slice},
    subtree::{Gridded, Subtree},
    text::Text,
};
use crate::auth::Actor;

/// A table that is listed, ordered, filtered and seen by right.
pub trait Noun: Send + Sync + 'static {
    type Entity: EntityTrait<Model = Self::Model>;
    type Model: ModelTrait<Entity = Self::Entity> + FromQueryResult + Clone + Send + Sync + 'static;
    type Id: Copy + Eq + Hash + Send + Sync + Into<Uuid> + Into<Value> + 'static;
    /// A fact that can be filtered by.
    type Where: Send + Sync + 'static;
    /// An indexed order.
    type Order: Copy + Send + Sync + 'static;

    const ID: <Self::Entity as EntityTrait>::Column;

    fn id(row: &Self::Model) -> Self::Id;
    fn visible_to(actor: &Actor) -> Condition;
    /// The conditions any one of which makes a row visible. Where there are several, a page takes the first rows of each by its own index.
    fn arms(actor: &Actor) -> Vec<Condition> {
        vec![Self::visible_to(actor)]
    }
    fn matching(fact: &Self::Where) -> Condition;
    /// The area in which a fact looks, where columns hold areas of its own level.
    fn subtree(_: &Self::Where) -> Option<&Subtree> {
        None
    }
    /// The grids in which a fact looks, where a column holds grids.
    fn gridded(_: &Self::Where) -> Option<&Gridded> {
        None
    }
    /// Where what passes a fact lies in several ranges of an index, a condition for each: a page takes the first rows of each.
    fn parts(_: &Self::Where) -> Vec<Condition> {
        Vec::new()
    }
    /// The words that a fact looks for, where it does.
    fn text(_: &Self::Where) -> Option<&Text> {
        None
    }
    /// The ordering column and how to read its value from a row.
    fn order(order: Self::Order) -> OrderBy<Self>;
}

pub struct OrderBy<N: Noun + ?Sized> {
    pub column: <N::Entity as EntityTrait>::Column,
    pub key: fn(&N::Model) -> Key,
}

/// How rows of a noun hang on a parent: by a column of their own, or through a table that links the two.
pub struct Parent<N: Noun, P> {
    column: fn() -> (DynIden, DynIden),
    through: Option<fn() -> RelationDef>,
    of: PhantomData<fn() -> (N, P)>,
}

impl<N: Noun, P> Parent<N, P> {
    /// A column of the noun's own table holds the parent's id.
    pub const fn own(column: fn() -> (DynIden, DynIden)) -> Self {
        Self { column, through: None, of: PhantomData }
    }

    /// A column of the table joined by `through` holds it.
    pub const fn linked(column: fn() -> (DynIden, DynIden), through: fn() -> RelationDef) -> Self {
        Self { column, through: Some(through), of: PhantomData }
    }
}

impl<N: Noun, P> Clone for Parent<N, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Noun, P> Copy for Parent<N, P> {}

/// Where a row stands in a list of this order.
pub fn position<N: Noun>(order: N::Order, row: &N::Model) -> Position {
    Position { key: (N::order(order).key)(row), id: N::id(row).into() }
}

/// Whether a position can be one of this order: a client may have made it up.
pub fn fits<N: Noun>(order: N::Order, position: &Position) -> bool {
    let column = N::order(order).column.def();
    match (column.get_column_type(), &position.key) {
        (ColumnType::String(_) | ColumnType::Text, Key::Text(text)) => !text.contains('\0'),
        (ColumnType::Integer, Key::Int(number)) => i32::try_from(*number).is_ok(),
        (ColumnType::Uuid, Key::Id(_)) => true,
        (ColumnType::Date, Key::Date(day)) => YEARS.contains(&day.year()),
        (ColumnType::TimestampWithTimeZone, Key::Time(micros)) => {
            DateTime::from_timestamp_micros(*micros).is_some_and(|at| YEARS.contains(&at.year()))
        }
        _ => false,
    }
}

/// The years that both databases store and compare.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;

/// What every signed-in person may see, and no visitor.
pub fn signed_in(actor: &Actor) -> Condition {
    if actor.person.is_some() { Condition::all() } else { super::never() }
}

/// Everything the actor may see.
pub fn visible<N: Noun>(actor: &Actor) -> Select<N::Entity> {
    N::Entity::find().filter(N::visible_to(actor))
}

pub async fn by_ids<N: Noun>(db: &impl ConnectionTrait, actor: &Actor, ids: &[N::Id]) -> Result<HashMap<N::Id, N::Model>, DbErr> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in chunks(ids) {
        let rows = visible::<N>(actor).filter(N::ID.into_simple_expr().is_in(ids.iter().copied())).all(db).await?;
        found.extend(rows.into_iter().map(|row| (N::id(&row), row)));
    }
    Ok(found)
}

pub async fn page<N: Noun>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    filter: &Filter<N::Where>,
    slice: &Slice<N::Order>,
) -> Result<Page<N::Model>, DbErr> {
    let hits = hits::<N>(db, actor, filter).await?;
    let total = match slice.count {
        true => Some(count(db, of_hits::<N>(visible::<N>(actor), hits).filter(filter.condition(N::matching)).into_query()).await?),
        false => None,
    };
    let mut arms = N::arms(actor);
    let needed = filter.facts().into_iter().filter(|(_, needed)| *needed);
    let split = needed.map(|(fact, _)| N::parts(fact)).find(|parts| !parts.is_empty());
    if let Some(parts) = split {
        arms = arms.iter().flat_map(|arm| parts.iter().map(move |part| Condition::all().add(arm.clone()).add(part.clone()))).collect();
    }
    let rows = if hits.is_some() {
        // few rows, read once and sorted
        let rows = of_hits::<N>(visible::<N>(actor), hits).filter(filter.condition(N::matching)).filter(beyond::<N>(slice));
        first_rows::<N>(rows, slice).all(db).await?
    } else if arms.len() < 2 {
        let arm = arms.pop().unwrap_or_else(super::never);
        let rows = N::Entity::find().filter(arm).filter(filter.condition(N::matching)).filter(beyond::<N>(slice));
        first_rows::<N>(rows, slice).all(db).await?
    } else {
        // given the arms as one OR, a database would sort all that passes before it takes the first rows
        let mut tops = arms.into_iter().map(|arm| {
            let top = N::Entity::find().select_only().column(N::ID).filter(arm).filter(filter.condition(N::matching));
            let top = first_rows::<N>(top.filter(beyond::<N>(slice)), slice).into_query();
            Query::select().column(N::ID).from_subquery(top, "arm").to_owned()
        });
        let mut ids = tops.next().unwrap_or_default();
        for top in tops {
            ids.union(UnionType::Distinct, top);
        }
        first_rows::<N>(N::Entity::find().filter(N::ID.into_simple_expr().in_subquery(ids)), slice).all(db).await?
    };
    Ok(Page::cut(rows, slice, total))
}

/// Of so many areas, grids and texts of a filter something is asked beforehand, those first without which no row passes.
const MOST_ASKED: usize = 4;

/// Finds out what was merged into the areas of a filter and lies in its grids, and how its words are to be looked for; the ones whose hits the rows are to be read from, where there are such.
async fn hits<'f, N: Noun>(db: &impl ConnectionTrait, actor: &Actor, filter: &'f Filter<N::Where>) -> Result<Option<&'f Text>, DbErr> {
    let mut facts = filter.facts();
    facts.sort_by_key(|(_, needed)| !needed);
    let subtrees: Vec<&Subtree> = facts.iter().filter_map(|(fact, _)| N::subtree(fact)).take(MOST_ASKED).collect();
    for subtree in subtrees {
        subtree.settle(db).await?;
    }
    let grids: Vec<&Gridded> = facts.iter().filter_map(|(fact, _)| N::gridded(fact)).take(MOST_ASKED).collect();
    for gridded in grids {
        gridded.settle(db).await?;
    }
    let mut hits = None;
    let texts = facts.into_iter().filter_map(|(fact, needed)| Some((N::text(fact)?, needed)));
    for (asked, (text, needed)) in texts.enumerate() {
        if text.settle(db, actor, needed && hits.is_none(), asked >= MOST_ASKED).await? {
            hits = Some(text);
        }
    }
    Ok(hits)
}

/// Read from the hits instead of the whole table; to all conditions it looks like the table.
fn of_hits<N: Noun>(mut select: Select<N::Entity>, hits: Option<&Text>) -> Select<N::Entity> {
    if let Some(text) = hits {
        let rows = text.rows(N::Entity::default(), N::ID.as_str());
        QuerySelect::query(&mut select).from_clear().from_subquery(rows, N::Entity::default().table_name());
    }
    select
}

/// In order, one row more than asked for.
fn first_rows<N: Noun>(select: Select<N::Entity>, slice: &Slice<N::Order>) -> Select<N::Entity> {
    let OrderBy { column, .. } = N::order(slice.order);
    select.order_by(column, direction(slice)).order_by(N::ID, direction(slice)).limit(slice.size + 1)
}

/// The same page for each of many parents, in one statement (two with totals).
pub async fn page_by_parents<N: Noun, P: Copy + Eq + Hash + Into<Value> + TryGetable>(
    db: &impl ConnectionTrait,
    actor: &Actor,
    parent: Parent<N, P>,
    parents: &[P],
    filter: &Filter<N::Where>,
    slice: &Slice<N::Order>,
) -> Result<HashMap<P, Page<N::Model>>, DbErr> {
    let mut pages: HashMap<P, Page<N::Model>> = HashMap::with_capacity(parents.len());
    let hits = hits::<N>(db, actor, filter).await?;
    for parents in chunks(parents) {
        let mut all = of_hits::<N>(visible::<N>(actor), hits).filter(filter.condition(N::matching));
        if let Some(through) = parent.through {
            all = all.join(JoinType::InnerJoin, through());
        }
        let all = all.filter(Expr::col((parent.column)()).is_in(parents.iter().copied()));
        let mut totals: HashMap<P, i64> = HashMap::new();
        if slice.count {
            let mut query = all.clone().into_query();
            query.clear_selects().expr_as(Expr::col((parent.column)()), PARENT).expr_as(Expr::col(Asterisk).count(), "total");
            query.add_group_by([Expr::col((parent.column)())]);
            for row in db.query_all(&query).await? {
                totals.insert(row.try_get("", PARENT)?, row.try_get("", "total")?);
            }
        }
        let mut groups: HashMap<P, Vec<N::Model>> = HashMap::new();
        for row in db.query_all(&top_of_each(all.filter(beyond::<N>(slice)), parent, slice)).await? {
            groups.entry(row.try_get("", PARENT)?).or_default().push(N::Model::from_query_result(&row, "")?);
        }
        for parent in parents {
            let total = slice.count.then(|| totals.remove(parent).unwrap_or(0));
            pages.insert(*parent, Page::cut(groups.remove(parent).unwrap_or_default(), slice, total));
        }
    }
    Ok(pages)
}

/// The name of the column that says whose row it is.
const PARENT: &str = "of_parent";

/// The first rows of each parent, numbered by a window over the order.
fn top_of_each<N: Noun, P>(all: Select<N::Entity>, parent: Parent<N, P>, slice: &Slice<N::Order>) -> SelectStatement {
    const ROW: &str = "row_of_parent";
    let OrderBy { column, .. } = N::order(slice.order);
    let direction = direction(slice);
    let mut window = WindowStatement::partition_by((parent.column)());
    window.order_by(column.as_column_ref(), direction.clone()).order_by(N::ID.as_column_ref(), direction);
    let mut inner = all.into_query();
    inner.expr_as(Expr::col((parent.column)()), PARENT);
    inner.expr_window_as(Func::cust("ROW_NUMBER"), window, ROW);
    Query::select()
        .column(Asterisk)
        .from_subquery(inner, "numbered")
        .and_where(Expr::col(ROW).lte(slice.size + 1))
        .order_by(ROW, Order::Asc)
        .to_owned()
}

async fn count(db: &impl ConnectionTrait, query: SelectStatement) -> Result<i64, DbErr> {
    let mut query = query;
    query.clear_selects().expr_as(Expr::col(Asterisk).count(), "total");
    db.query_one(&query).await?.map_or(Ok(0), |row| row.try_get("", "total"))
}

fn direction<O>(slice: &Slice<O>) -> Order {
    if slice.descending == slice.from_end { Order::Asc } else { Order::Desc }
}

/// Strictly after `after` and strictly before `before`, by the ordering value and then the id.
fn beyond<N: Noun>(slice: &Slice<N::Order>) -> Condition {
    let OrderBy { column, .. } = N::order(slice.order);
    let row = || Expr::tuple([column.into_simple_expr(), N::ID.into_simple_expr()]);
    let at = |position: &Position| Expr::tuple([Expr::val(Value::from(position.key.clone())), Expr::val(position.id)]);
    let mut condition = Condition::all();
    for (position, later) in [(&slice.after, true), (&slice.before, false)] {
        if let Some(position) = position {
            let greater = later != slice.descending;
            condition = condition.add(if greater { row().gt(at(position)) } else { row().lt(at(position)) });
        }
    }
    condition
}
