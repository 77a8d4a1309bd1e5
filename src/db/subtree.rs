//! An area and all below it, as far as columns hold areas of its own level: what was merged into it counts as the area itself. A grid with its micro-grids.

use std::sync::OnceLock;

use entity::{AreaId, GridId, area, grid_within};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, SelectStatement, SimpleExpr, UnionType},
};

use super::filter::Test;

/// An area by its code. A list asks once what was merged into it, which is nothing as a rule: then one equality meets the index in its order, which a
/// set that only the database knows would not.
#[derive(Clone, Debug)]
pub struct Subtree {
    pub code: String,
    merged: OnceLock<Vec<AreaId>>,
}

impl Subtree {
    pub fn of(code: String) -> Self {
        Self { code, merged: OnceLock::new() }
    }

    pub async fn settle(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.merged.get().is_none() {
            let merged: Vec<AreaId> = area::Entity::find()
                .select_only()
                .column(area::Column::Id)
                .filter(area::Column::SuccessorId.into_simple_expr().eq(id_of(&self.code)))
                .into_tuple()
                .all(db)
                .await?;
            let _ = self.merged.set(merged);
        }
        Ok(())
    }

    /// The column holds the area, or what was merged into it.
    pub fn on(&self, column: impl IntoSimpleExpr) -> Condition {
        let column = column.into_simple_expr();
        match self.merged.get() {
            Some(merged) if merged.is_empty() => Condition::all().add(column.eq(id_of(&self.code))),
            Some(merged) => Condition::any().add(column.clone().eq(id_of(&self.code))).add(column.is_in(merged.iter().copied())),
            None => {
                let mut own = select_id(area::Column::Code.eq(&*self.code));
                own.union(UnionType::All, select_id(area::Column::SuccessorId.into_simple_expr().eq(id_of(&self.code))));
                Condition::all().add(column.in_subquery(own))
            }
        }
    }

    /// Where something was merged into it: the column holds this one, or that one …
    pub fn parts(&self, column: impl IntoSimpleExpr) -> Vec<Condition> {
        let Some(merged) = self.merged.get().filter(|merged| !merged.is_empty()) else { return Vec::new() };
        let column = column.into_simple_expr();
        let own = Condition::all().add(column.clone().eq(id_of(&self.code)));
        std::iter::once(own).chain(merged.iter().map(|id| Condition::all().add(column.clone().eq(*id)))).collect()
    }
}

/// Grids, with the micro-grids in them. A list asks once which those are, for the same reason.
#[derive(Clone, Debug)]
pub struct Gridded {
    over: Test,
    /// None where they are many.
    within: OnceLock<Option<Vec<GridId>>>,
}

/// So many are named one by one.
const FEW: u8 = 12;

impl Gridded {
    pub fn of(over: Test) -> Self {
        Self { over, within: OnceLock::new() }
    }

    pub async fn settle(&self, db: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.within.get().is_none() {
            let found = self.grids().distinct().limit(u64::from(FEW) + 1).into_tuple::<GridId>().all(db).await?;
            let _ = self.within.set(Some(found).filter(|found| found.len() <= usize::from(FEW)));
        }
        Ok(())
    }

    /// The column holds one of them.
    pub fn on(&self, column: impl IntoSimpleExpr) -> Condition {
        let column = column.into_simple_expr();
        Condition::all().add(match self.within.get() {
            Some(Some(grids)) => column.is_in(grids.iter().copied()),
            _ => column.in_subquery(self.grids().into_query()),
        })
    }

    /// Where there are several: the column holds this one, or that one …
    pub fn parts(&self, column: impl IntoSimpleExpr) -> Vec<Condition> {
        let Some(grids) = self.within.get().and_then(Option::as_ref).filter(|grids| grids.len() > 1) else { return Vec::new() };
        let column = column.into_simple_expr();
        grids.iter().map(|id| Condition::all().add(column.clone().eq(*id))).collect()
    }

    fn grids(&self) -> Select<grid_within::Entity> {
        grid_within::Entity::find().select_only().column(grid_within::Column::GridId).filter(self.over.on(grid_within::Column::OverId))
    }
}

fn select_id(condition: SimpleExpr) -> SelectStatement {
    area::Entity::find().select_only().column(area::Column::Id).filter(condition).into_query()
}

/// The id of the area with this code.
pub fn id_of(code: &str) -> SimpleExpr {
    Expr::from(select_id(area::Column::Code.eq(code)))
}
