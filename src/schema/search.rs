//! `search`: one list over several types. Each type's part is its own list with a filter by text, in its own order; the parts follow one another.
//! So rights, cursors and costs are those of the lists. A cursor names the type whose part it lies in.

use std::collections::VecDeque;

use async_graphql::{Context, Object, Union};
use entity::SearchType;

use crate::{
    app::Cx,
    case::{graphql::Case, scope::CaseWhere},
    complex::{graphql::Complex, scope::ComplexWhere},
    db::{
        filter::Filter,
        noun::{self, Noun},
        page::{Page, Position, Slice},
        text::Text,
    },
    firm::{graphql::PropertyFirm, scope::FirmWhere},
    graphql::{
        context::cx,
        error::ApiError,
        filter::text,
        page::{self, Connection, OrderDirection, PageArgs},
        plan::{self, Listed, Selection},
    },
    person::{graphql::Person, scope::PersonWhere},
};

/// What was found 检索结果.
#[derive(Clone, Union)]
pub enum SearchResult {
    Complex(Complex),
    PropertyFirm(PropertyFirm),
    Person(Person),
    Case(Box<Case>),
}

/// A type that is searched.
trait Found: Listed {
    fn fact(text: Text) -> <Self::Noun as Noun>::Where;
    fn found(self) -> SearchResult;
}

macro_rules! found {
    ($($ty:ident: $fact:path, $wrap:expr;)+) => {
        $(impl Found for $ty {
            fn fact(text: Text) -> <Self::Noun as Noun>::Where {
                $fact(text)
            }

            fn found(self) -> SearchResult {
                $wrap(self)
            }
        })+

        impl Search<'_> {
            async fn part_of(&mut self, kind: SearchType) -> Result<(), ApiError> {
                match kind { $(SearchType::$ty => self.part::<$ty>(kind).await),+ }
            }
        }
    };
}

found! {
    Complex: ComplexWhere::Text, SearchResult::Complex;
    PropertyFirm: FirmWhere::Text, SearchResult::PropertyFirm;
    Person: PersonWhere::Text, SearchResult::Person;
    Case: CaseWhere::Text, |case| SearchResult::Case(Box::new(case));
}

/// A search under way: what is wanted, and what was found so far.
struct Search<'a> {
    cx: &'a Cx,
    wanted: &'a str,
    selection: Selection<'a>,
    after: Option<(SearchType, Position)>,
    before: Option<(SearchType, Position)>,
    from_end: bool,
    count: bool,
    /// Rows that still fit on the page.
    room: u64,
    rows: VecDeque<(String, SearchResult)>,
    /// There are more in reading direction than fit.
    more: bool,
    total: i64,
}

impl Search<'_> {
    /// Whether the part of this type lies where the page is read.
    fn reaches(&self, kind: SearchType) -> bool {
        let after = self.after.as_ref().is_none_or(|(first, _)| kind >= *first);
        !self.more && after && self.before.as_ref().is_none_or(|(last, _)| kind <= *last)
    }

    async fn part<T: Found>(&mut self, kind: SearchType) -> Result<(), ApiError> {
        let reached = self.reaches(kind);
        if !reached && !self.count {
            return Ok(());
        }
        let here =
            |bound: &Option<(SearchType, Position)>| bound.clone().filter(|(at, _)| reached && *at == kind).map(|(_, position)| position);
        let slice = Slice {
            order: T::ORDER.0.into(),
            descending: T::ORDER.1 == OrderDirection::Desc,
            size: if reached { self.room } else { 0 },
            from_end: self.from_end,
            after: here(&self.after),
            before: here(&self.before),
            count: self.count,
        };
        if [&slice.after, &slice.before].into_iter().flatten().any(|position| !noun::fits::<T::Noun>(slice.order, position)) {
            return Err(ApiError::bad_input("bad-cursor"));
        }
        let filter = Filter::is(T::fact(text(self.wanted, kind, &self.cx.clock)?));
        let page = noun::page::<T::Noun>(self.cx.read(), &self.cx.actor, &filter, &slice).await?;
        self.total += page.total.unwrap_or(0);
        if reached {
            self.more = if self.from_end { page.has_previous } else { page.has_next };
            self.take::<T>(kind, page, slice.order).await?;
        }
        Ok(())
    }

    async fn take<T: Found>(&mut self, kind: SearchType, page: Page<T::Row>, order: <T::Noun as Noun>::Order) -> Result<(), ApiError> {
        let position = |row| page::encode(&cursors(kind), noun::position::<T::Noun>(order, row));
        let cursors: Vec<String> = page.rows.iter().map(position).collect();
        self.room = self.room.saturating_sub(cursors.len() as u64);
        let objects = plan::wrap::<T>(self.cx, page.rows, &self.selection).await?;
        let found = cursors.into_iter().zip(objects.into_iter().map(T::found));
        if self.from_end {
            found.rev().for_each(|row| self.rows.push_front(row));
        } else {
            self.rows.extend(found);
        }
        Ok(())
    }
}

/// How cursors name the part of a type.
fn cursors(kind: SearchType) -> String {
    format!("search.{kind:?}")
}

/// The type in whose part a cursor lies, and where.
fn located(cursor: Option<&str>, kinds: &[SearchType]) -> Result<Option<(SearchType, Position)>, ApiError> {
    let Some(cursor) = cursor else { return Ok(None) };
    let position = |kind: &SearchType| Some((*kind, page::decode(cursor, &cursors(*kind)).ok()?));
    kinds.iter().find_map(position).map(Some).ok_or_else(|| ApiError::bad_input("bad-cursor"))
}

#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// What has these words, as far as you may see it 全文检索: complexes and firms by name, then persons, then cases, the latest first. Chinese is
    /// found from one character on (网格), Latin letters and digits from the beginning of a word on, names and titles by the initials of their pinyin
    /// too (御景湾: yjw). Several words must all be there, in any order. What holds neither letter nor digit finds nothing.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for, at most 100 characters 检索词")] query: String,
        #[graphql(desc = "Only these types; all when left out 对象类型")] types: Option<Vec<SearchType>>,
        #[graphql(desc = "The first rows, at most 200; 20 when neither `first` nor `last` is given 前几条")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor 起始游标")] after: Option<String>,
        #[graphql(desc = "The last rows, at most 200; never together with `first` 后几条")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor 截止游标")] before: Option<String>,
    ) -> Result<Connection<SearchResult>, ApiError> {
        let mut kinds = types.unwrap_or_else(|| SearchType::ALL.to_vec());
        kinds.sort_unstable();
        kinds.dedup();
        let (after, before) = (located(after.as_deref(), &kinds)?, located(before.as_deref(), &kinds)?);
        let args = PageArgs { first, last, ..PageArgs::default() };
        let slice = args.slice((), "", OrderDirection::Asc, false)?;
        let all = Selection::of(&ctx.field());
        let (continued, cut) = (after.is_some(), before.is_some());
        let mut search = Search {
            cx: cx(ctx)?,
            wanted: &query,
            selection: all.under("nodes").and(all.under("edges").under("node")),
            after,
            before,
            from_end: slice.from_end,
            count: all.has("totalCount"),
            room: slice.size,
            rows: VecDeque::new(),
            more: false,
            total: 0,
        };
        if slice.from_end {
            kinds.reverse();
        }
        for kind in kinds {
            search.part_of(kind).await?;
        }
        let (has_next, has_previous) = if slice.from_end { (cut, search.more) } else { (search.more, continued) };
        Ok(Connection::new(search.rows.into_iter(), has_next, has_previous, search.count.then_some(search.total)))
    }
}
