//! Areas are public. Anything that has an area can be asked for by subtree.

use chrono::NaiveDate;
use entity::{AreaId, AreaLevel, area, area_name};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{BinOper, Expr, SelectStatement, SimpleExpr, UnionType},
};

use crate::{
    auth::Actor,
    db::{
        filter::{Filter, Lasting, Test, open_on},
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::kept,
};

pub struct Areas;

pub enum AreaWhere {
    Id(Test),
    Code(Test),
    Name(Test),
    Level(Test),
    Kind(Test),
    Parent(Filter<Self>),
    Within(String),
    /// Had this name once.
    FormerName(Test),
    /// Exists on this day.
    On(NaiveDate),
    Lasting(Lasting),
}

#[derive(Clone, Copy)]
pub enum AreaOrder {
    Code,
    Name,
}

pub const CHILDREN: Parent<Areas, AreaId> = Parent::own(|| area::Column::ParentId.as_column_ref());

impl Noun for Areas {
    type Entity = area::Entity;
    type Model = area::Model;
    type Id = AreaId;
    type Where = AreaWhere;
    type Order = AreaOrder;

    const ID: area::Column = area::Column::Id;

    fn id(row: &area::Model) -> AreaId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &AreaWhere) -> Condition {
        match fact {
            AreaWhere::Id(test) => test.on(area::Column::Id),
            AreaWhere::Code(test) => test.on(area::Column::Code),
            AreaWhere::Name(test) => test.on(area::Column::Name),
            AreaWhere::Level(test) => test.on(area::Column::Level),
            AreaWhere::Kind(test) => test.on(area::Column::Kind),
            AreaWhere::Parent(filter) => Condition::all().add(area::Column::ParentId.in_subquery(ids(filter))),
            AreaWhere::Within(code) => own_range(area::Column::Code.eq(code)),
            AreaWhere::FormerName(test) => {
                let named =
                    area_name::Entity::find().select_only().column(area_name::Column::AreaId).filter(test.on(area_name::Column::Name));
                Condition::all().add(area::Column::Id.in_subquery(named.into_query()))
            }
            AreaWhere::On(day) => existing_on(*day),
            AreaWhere::Lasting(lasting) => lasting.test(area::Column::EndedOn),
        }
    }

    fn order(order: AreaOrder) -> OrderBy<Self> {
        match order {
            AreaOrder::Code => OrderBy { column: area::Column::Code, key: |row| Key::Text(row.code.clone()) },
            AreaOrder::Name => OrderBy { column: area::Column::Name, key: |row| Key::Text(row.name.clone()) },
        }
    }
}

kept! {
    Areas: Area in Area(id);
}

/// The ids of the areas that pass a filter.
pub fn ids(filter: &Filter<AreaWhere>) -> SelectStatement {
    area::Entity::find().select_only().column(area::Column::Id).filter(filter.condition(Areas::matching)).into_query()
}

/// Areas that exist on a day, the first and the last included.
pub fn existing_on(day: NaiveDate) -> Condition {
    let begun = Condition::any().add(area::Column::EstablishedOn.is_null()).add(area::Column::EstablishedOn.lte(day));
    Condition::all().add(begun).add(open_on(area::Column::EndedOn, day))
}

/// The column lies in the subtree of this code, its root included.
pub fn within(column: impl IntoSimpleExpr, code: &str) -> Condition {
    Condition::all().add(column.into_simple_expr().in_subquery(subtree(below(code))))
}

/// The column lies in the subtree of one of these areas.
pub fn within_any(column: impl IntoSimpleExpr, roots: &[AreaId]) -> Condition {
    if roots.is_empty() {
        // a condition of nothing, alone, would let everything pass
        return never();
    }
    let column = column.into_simple_expr();
    roots.iter().fold(Condition::any(), |any, root| any.add(column.clone().in_subquery(subtree(range(area::Column::Id.eq(*root))))))
}

/// The areas of these levels that lie below one of these.
pub fn below_any(roots: &[AreaId], levels: impl IntoIterator<Item = AreaLevel>) -> SelectStatement {
    let within = roots.iter().fold(Condition::any(), |any, root| any.add(own_range(area::Column::Id.eq(*root))));
    let below = area::Column::Level.is_in(levels).and(area::Column::Id.is_not_in(roots.iter().copied()));
    // a condition of nothing would let everything pass
    subtree(Condition::all().add(if roots.is_empty() { never() } else { within }).add(below))
}

/// The column holds one of these areas, a grid or micro-grid that is drawn in one of them, or what one of them is drawn in as a grid or micro-grid.
pub fn near_any(column: impl IntoSimpleExpr, areas: &[AreaId]) -> Condition {
    use area::Column as C;
    let given = |column: C| column.is_in(areas.iter().copied());
    let drawn = |condition: SimpleExpr| C::Level.is_in([AreaLevel::Grid, AreaLevel::MicroGrid]).and(condition);
    let grids = subtree(Condition::all().add(C::Level.eq(AreaLevel::Grid)).add(given(C::ParentId)));
    let select_parent = |of: SimpleExpr| area::Entity::find().select_only().column(C::ParentId).filter(of).into_query();
    let micro = select_parent(C::Level.eq(AreaLevel::MicroGrid).and(given(C::Id)));
    // one set, which meets an index: beside another condition, one of several sets would not; and each part of it by an index, which an OR would not meet
    let mut near = subtree(given(C::Id).into());
    for part in [
        subtree(drawn(given(C::ParentId)).into()),
        subtree(drawn(C::ParentId.in_subquery(grids)).into()),
        select_parent(drawn(given(C::Id))),
        select_parent(drawn(C::Id.in_subquery(micro))),
    ] {
        near.union(UnionType::All, part);
    }
    Condition::all().add(column.into_simple_expr().in_subquery(near))
}

/// The column holds an area in which one of these areas lies.
pub fn above_any(column: impl IntoSimpleExpr, areas: &[AreaId]) -> Condition {
    use area::Column as C;
    let parents = |of: Condition| area::Entity::find().select_only().column(C::ParentId).filter(of).into_query();
    let column = column.into_simple_expr();
    let mut any = Condition::any();
    let mut above = parents(C::Id.is_in(areas.iter().copied()).into());
    // a micro-grid lies in six, up to the province
    for _ in 0..6 {
        any = any.add(column.clone().in_subquery(above.clone()));
        above = parents(C::Id.in_subquery(above).into());
    }
    any
}

fn subtree(condition: Condition) -> SelectStatement {
    area::Entity::find().select_only().column(area::Column::Id).filter(condition).into_query()
}

fn below(code: &str) -> Condition {
    range(area::Column::Code.eq(code))
}

/// The same, where areas themselves are asked for. Of bounds that it does not know, PostgreSQL takes half a per cent of the table to lie between them,
/// the whole country's 3,300 areas: to find a page of them it would walk all codes in their order instead of the district's path. `LIKE` says
/// nothing new, but of both together it expects a handful.
fn own_range(root: SimpleExpr) -> Condition {
    range(root.clone()).add(path().binary(BinOper::Like, root_path(root, Some("%"))))
}

/// The rows whose path begins with the root's: `:` follows the digits and the slash that paths are made of.
fn range(root: SimpleExpr) -> Condition {
    Condition::all().add(path().gte(root_path(root.clone(), None))).add(path().lt(root_path(root, Some(":"))))
}

fn path() -> SimpleExpr {
    Expr::col(area::Column::Path)
}

/// The path of the root, with something after it.
fn root_path(root: SimpleExpr, tail: Option<&str>) -> SimpleExpr {
    let path = area::Column::Path.into_simple_expr();
    let path = tail.map_or(path.clone(), |tail| path.binary(BinOper::Custom("||"), Expr::val(tail)));
    Expr::from(area::Entity::find().select_only().expr(path).filter(root).into_query())
}
