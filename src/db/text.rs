//! Looking for words, as SQL. The words of each record stand in `search_row` (see `search`), each with a blank and the letter of its type before it;
//! `search_hits` finds the records that have certain words, in an index.
//!
//! A rare word is looked up, and the few rows that have it are read. A frequent one is not: its rows are everywhere, so the list is walked in its
//! order, and each row looked at, until the page is full. Both give the same rows; which of the two costs less is told by the newest records.

use std::sync::OnceLock;

use chrono::NaiveDate;
use entity::{SearchType, search_row};
use sea_orm::{
    ActiveEnum, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Asterisk, Expr, Func, IntoTableRef, Query, SelectStatement, SimpleExpr},
};

use crate::auth::Actor;

/// So many of the newest records tell whether words are frequent: when so many of them have them.
const NEWEST: u64 = 1000;
const FREQUENT: i64 = 10;

/// How a list gets at the rows that have the words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Reads what the index names, and nothing else.
    FromHits,
    /// Tests whether the index names a row.
    Hit,
    /// Looks at the words of a row.
    Walk,
}

/// Words that are looked for in records of one type.
#[derive(Debug)]
pub struct Text {
    kind: SearchType,
    /// All of these must be there: `网格 格员 yjw*`. Empty: nothing was said that could be found.
    lookup: String,
    /// How they must stand, as patterns.
    patterns: Vec<String>,
    /// Today.
    pub day: NaiveDate,
    settled: OnceLock<(Way, Actor)>,
}

impl Text {
    pub fn new(kind: SearchType, lookup: String, patterns: Vec<String>, day: NaiveDate) -> Self {
        Self { kind, lookup, patterns, day, settled: OnceLock::new() }
    }

    /// Whose names may be looked for depends on who looks; none until a list has been asked.
    pub fn reader(&self) -> Option<&Actor> {
        self.settled.get().map(|(_, actor)| actor)
    }

    /// Notes who looks, where a list asks no more of the words: in the filter of a related record.
    pub fn asked_by(&self, reader: &Actor) {
        let _ = self.settled.set((Way::Hit, reader.clone()));
    }

    /// The row with this id has the words.
    pub fn on(&self, id: impl IntoSimpleExpr) -> Condition {
        let all = Condition::all();
        match self.way() {
            _ if self.lookup.is_empty() => super::never(),
            Way::FromHits => all,
            Way::Hit => all.add(id.into_simple_expr().in_subquery(self.hits())),
            Way::Walk => {
                let words = self.written().fold(Expr::cust("TRUE"), SimpleExpr::and);
                let this = search_row::Column::Id.into_simple_expr().eq(id.into_simple_expr());
                let row = Query::select().expr(words).from(search_row::Entity).and_where(this).to_owned();
                all.add(SimpleExpr::SubQuery(None, Box::new(row.into())))
            }
        }
    }

    /// Notes who looks, and asks the newest records how frequent the words are, unless that would be `one_too_many`. `needed`: no row passes the
    /// filter without them. Whether rows are to be read from the hits: then [`Text::on`] leaves that to [`Text::rows`].
    pub(super) async fn settle(&self, db: &impl ConnectionTrait, actor: &Actor, needed: bool, one_too_many: bool) -> Result<bool, DbErr> {
        if self.settled.get().is_none() {
            let way = match () {
                () if self.lookup.is_empty() || one_too_many => Way::Hit,
                () if self.is_frequent(db).await? => Way::Walk,
                () if needed => Way::FromHits,
                () => Way::Hit,
            };
            // of two who ask at once, both have found the same
            let _ = self.settled.set((way, actor.clone()));
        }
        Ok(self.way() == Way::FromHits)
    }

    /// The rows of a table that have the words. The hits come first, whatever a planner without statistics thinks of them: SQLite keeps the order of a
    /// `CROSS JOIN`, to PostgreSQL it is a join like others.
    pub(super) fn rows(&self, table: impl IntoTableRef, id: &'static str) -> SelectStatement {
        self.hits()
            .clear_selects()
            .column(("found", Asterisk))
            .cross_join(table.into_table_ref().alias("found"))
            .and_where(Expr::col(("found", id)).equals(("hits", "id")))
            .to_owned()
    }

    /// What the index names.
    fn hits(&self) -> SelectStatement {
        let mut hits = Query::select();
        hits.column(("hits", "id")).from_function(Func::cust("search_hits").arg(Expr::val(self.lookup.as_str())), "hits");
        // a word alone stands as it is found
        if self.lookup.contains(' ') {
            for pattern in &self.patterns {
                hits.and_where(Expr::col(("hits", "terms")).like(pattern));
            }
        }
        hits
    }

    /// The words stand as they must in `search_row`.
    fn written(&self) -> impl Iterator<Item = SimpleExpr> + '_ {
        self.patterns.iter().map(|pattern| Expr::col(search_row::Column::Terms).like(pattern))
    }

    async fn is_frequent(&self, db: &impl ConnectionTrait) -> Result<bool, DbErr> {
        // written out: PostgreSQL plans a bound kind as one of average frequency, and would look for the newest persons among all newer cases
        let kind = SimpleExpr::Constant(self.kind.to_value().into());
        let newest = search_row::Entity::find()
            .select_only()
            .column(search_row::Column::Terms)
            .filter(Expr::col(search_row::Column::Kind).eq(kind))
            .order_by_desc(Expr::col("seq"))
            .limit(NEWEST)
            .into_query();
        let mut count = Query::select().expr_as(Expr::col(Asterisk).count(), "total").from_subquery(newest, "newest").to_owned();
        for pattern in &self.patterns {
            count.and_where(Expr::col("terms").like(pattern));
        }
        let row = db.query_one(&count).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get::<i64>("", "total"))? >= FREQUENT)
    }

    fn way(&self) -> Way {
        self.settled.get().map_or(Way::Hit, |(way, _)| *way)
    }
}
