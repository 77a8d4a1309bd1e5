//! One filter value for list, count and export: GraphQL's inputs lower to it, a feature's scope turns it into SQL.

use std::sync::Arc;

use chrono::NaiveDate;
use sea_orm::{
    Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait, Value,
    sea_query::{BinOper, Expr, Func, SelectStatement, SimpleExpr},
};

use super::noun::{Noun, visible};
use crate::auth::Actor;

/// A tree of tests on the facts `W` of a noun.
#[derive(Clone, Debug)]
pub enum Filter<W> {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(Box<W>),
}

impl<W> Default for Filter<W> {
    /// Everything passes.
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl<W> Filter<W> {
    pub fn condition(&self, matching: fn(&W) -> Condition) -> Condition {
        match self {
            Self::All(parts) => parts.iter().fold(Condition::all(), |all, part| all.add(part.condition(matching))),
            Self::Any(parts) if parts.is_empty() => super::never(),
            Self::Any(parts) => parts.iter().fold(Condition::any(), |any, part| any.add(part.condition(matching))),
            // of a row that lacks the value, the test is not true, whatever SQL thinks of NULL
            Self::Not(part) => {
                let known = Func::coalesce([Expr::expr(part.condition(matching)), Expr::cust("FALSE")]);
                Condition::all().add(Expr::expr(known).not())
            }
            Self::Is(fact) => matching(fact),
        }
    }

    /// All facts, each with whether no row passes without it.
    pub fn facts(&self) -> Vec<(&W, bool)> {
        match self {
            Self::All(parts) => parts.iter().flat_map(Self::facts).collect(),
            Self::Any(parts) => parts.iter().flat_map(Self::facts).map(|(fact, _)| (fact, false)).collect(),
            Self::Not(part) => part.facts().into_iter().map(|(fact, _)| (fact, false)).collect(),
            Self::Is(fact) => vec![(fact.as_ref(), true)],
        }
    }

    pub fn is(fact: W) -> Self {
        Self::Is(Box::new(fact))
    }

    /// This and one fact more, unless it says something of such a fact itself.
    #[must_use]
    pub fn unless_said(self, said: fn(&W) -> bool, fact: W) -> Self {
        if self.facts().into_iter().any(|(known, _)| said(known)) { self } else { Self::All(vec![self, Self::is(fact)]) }
    }
}

/// What is asked of related records: that some pass a filter, or that none does. Those that the asker does not see are as if they were not there.
pub struct Related<W> {
    pub some: bool,
    pub filter: Filter<W>,
    pub asker: Arc<Actor>,
}

impl<W> Related<W> {
    /// Some of the records whose `column` holds this id pass, or none of them.
    pub fn on<N: Noun<Where = W>>(&self, id: impl IntoSimpleExpr, column: <N::Entity as EntityTrait>::Column) -> Condition {
        self.among(id, self.values::<N>(column))
    }

    /// The same where a table links the two: the ids that it names beside [`Related::values`].
    pub fn among(&self, id: impl IntoSimpleExpr, ids: SelectStatement) -> Condition {
        let id = id.into_simple_expr();
        Condition::all().add(if self.some { id.in_subquery(ids) } else { id.not_in_subquery(ids) })
    }

    /// What a column holds of those that pass.
    pub fn values<N: Noun<Where = W>>(&self, column: <N::Entity as EntityTrait>::Column) -> SelectStatement {
        // a NULL among the values would keep `NOT IN` from being true of anything
        let held = column.into_simple_expr().is_not_null();
        let passing = visible::<N>(&self.asker).filter(self.filter.condition(N::matching)).filter(held);
        passing.select_only().column(column).into_query()
    }
}

/// Which of the things that end, by their last day.
#[derive(Clone, Copy, Debug)]
pub enum Lasting {
    /// Those that have not ended before this day.
    On(NaiveDate),
    /// Those that ended before it.
    EndedBefore(NaiveDate),
    /// Both.
    Ever,
}

impl Lasting {
    pub fn test(self, last: impl IntoSimpleExpr) -> Condition {
        match self {
            Self::On(day) => open_on(last, day),
            Self::EndedBefore(day) => Condition::all().add(last.into_simple_expr().lt(day)),
            Self::Ever => Condition::all(),
        }
    }
}

/// What has no last day, or one that is not before this day.
pub fn open_on(last: impl IntoSimpleExpr, day: NaiveDate) -> Condition {
    let last = last.into_simple_expr();
    Condition::any().add(last.clone().is_null()).add(last.gte(day))
}

/// What has begun by a day and not ended before it: its first and last day are included.
pub fn runs_on(first: impl IntoSimpleExpr, last: impl IntoSimpleExpr, day: NaiveDate) -> Condition {
    Condition::all().add(first.into_simple_expr().lte(day)).add(open_on(last, day))
}

/// One test on one column.
#[derive(Clone, Debug)]
pub enum Test {
    Eq(Value),
    In(Vec<Value>),
    NotIn(Vec<Value>),
    Lt(Value),
    Lte(Value),
    Gt(Value),
    Gte(Value),
    /// Case-insensitive for ASCII.
    Contains(String),
    StartsWith(String),
}

impl Test {
    pub fn one_of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::In(values.into_iter().map(Into::into).collect())
    }

    pub fn on(&self, column: impl IntoSimpleExpr) -> Condition {
        Condition::all().add(self.expr(column.into_simple_expr()))
    }

    fn expr(&self, column: SimpleExpr) -> SimpleExpr {
        match self.clone() {
            Self::Eq(value) => column.eq(value),
            Self::In(values) => column.is_in(values),
            Self::NotIn(values) => column.clone().is_not_in(values).or(column.is_null()),
            Self::Lt(value) => column.lt(value),
            Self::Lte(value) => column.lte(value),
            Self::Gt(value) => column.gt(value),
            Self::Gte(value) => column.gte(value),
            Self::Contains(text) => like(column, &pattern("%", &text)),
            Self::StartsWith(text) => like(column, &pattern("", &text)),
        }
    }
}

/// Both sides in lower case by the database, which knows its own idea of that.
fn like(column: SimpleExpr, pattern: &str) -> SimpleExpr {
    let pattern = Expr::expr(Func::lower(Expr::val(pattern))).binary(BinOper::Escape, Expr::Constant('\\'.into()));
    Expr::expr(Func::lower(column)).binary(BinOper::Like, pattern)
}

fn pattern(before: &str, text: &str) -> String {
    let mut pattern = String::from(before);
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
