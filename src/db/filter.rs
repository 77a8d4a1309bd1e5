//! One filter value for list, count and export: GraphQL's inputs lower to it, a feature's scope turns it into SQL.

use sea_orm::{
    Condition, ExprTrait, IntoSimpleExpr, Value,
    sea_query::{Expr, Func, LikeExpr, SimpleExpr},
};

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
            Self::Not(part) => part.condition(matching).not(),
            Self::Is(fact) => matching(fact),
        }
    }

    pub fn is(fact: W) -> Self {
        Self::Is(Box::new(fact))
    }

    /// Both this and one fact more.
    pub fn and(self, fact: W) -> Self {
        Self::All(vec![self, Self::is(fact)])
    }
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
    Null(bool),
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
            Self::NotIn(values) => column.is_not_in(values),
            Self::Lt(value) => column.lt(value),
            Self::Lte(value) => column.lte(value),
            Self::Gt(value) => column.gt(value),
            Self::Gte(value) => column.gte(value),
            Self::Contains(text) => Expr::expr(Func::lower(column)).like(pattern("%", &text)),
            Self::StartsWith(text) => Expr::expr(Func::lower(column)).like(pattern("", &text)),
            Self::Null(true) => column.is_null(),
            Self::Null(false) => column.is_not_null(),
        }
    }
}

fn pattern(before: &str, text: &str) -> LikeExpr {
    let mut pattern = String::from(before);
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    LikeExpr::new(pattern).escape('\\')
}
