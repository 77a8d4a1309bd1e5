//! The inputs that filters are made of, and how they lower to tests.

use async_graphql::{Enum, ID, InputObject, InputType, TypeName};
use entity::SearchType;
use uuid::Uuid;

use super::{
    error::ApiError,
    id::{self, GlobalId},
    plan::Listed,
    scalar::{AreaCode, Date, DateTime, Decimal},
};
use crate::{
    app::Cx,
    clock::Clock,
    db::{
        Value,
        filter::{Filter, Lasting, Related, Test},
        noun::Noun,
        text::Text,
    },
    search,
};

/// A GraphQL filter input that becomes a tree of tests.
pub trait Lower<W> {
    /// The clock says what "today" and "overdue" mean, and who asks, of which related records may be told.
    fn lower(self, cx: &Cx) -> Result<Filter<W>, ApiError>;
}

impl<W, F: Lower<W>> Lower<W> for Box<F> {
    fn lower(self, cx: &Cx) -> Result<Filter<W>, ApiError> {
        (*self).lower(cx)
    }
}

/// Declares a filter input: each field with what it asks for, as [`All`] puts it.
macro_rules! filters {
    ($($(#[$doc:meta])* $name:ident => $fact:ident {
        $($(#[$fdoc:meta])* $field:ident: $type:ty => $method:ident$(::<$id:ty>)?($($arg:expr),+)),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, async_graphql::InputObject)]
        pub struct $name {
            /// All of these 且.
            pub and: Option<Vec<Self>>,
            /// Any of these 或.
            pub or: Option<Vec<Self>>,
            /// Not this 非.
            pub not: Option<Box<Self>>,
            $($(#[$fdoc])* pub $field: Option<$type>,)+
        }

        impl $crate::graphql::filter::Lower<$fact> for $name {
            fn lower(self, cx: &$crate::app::Cx) -> Result<$crate::db::filter::Filter<$fact>, $crate::graphql::error::ApiError> {
                let all = $crate::graphql::filter::All::of(cx, self.and, self.or, self.not)?;
                $(let all = all.$method$(::<$id>)?(self.$field, $($arg),+)?;)+
                Ok(all.done())
            }
        }
    )+};
}

pub(crate) use filters;

/// Gathers the parts of a filter input: all of them must hold.
pub struct All<'c, W>(Vec<Filter<W>>, &'c Cx);

impl<'c, W> All<'c, W> {
    /// Starts with the three connectives that every filter has.
    pub fn of<F: Lower<W>>(cx: &'c Cx, and: Option<Vec<F>>, or: Option<Vec<F>>, not: Option<Box<F>>) -> Result<Self, ApiError> {
        let lower = |parts: Vec<F>| parts.into_iter().map(|part| part.lower(cx)).collect::<Result<Vec<_>, _>>();
        let mut all = and.map(lower).transpose()?.unwrap_or_default();
        if let Some(parts) = or {
            all.push(Filter::Any(lower(parts)?));
        }
        if let Some(part) = not {
            all.push(Filter::Not(Box::new((*part).lower(cx)?)));
        }
        Ok(Self(all, cx))
    }

    /// One fact, where it is asked for.
    pub fn is(mut self, fact: Option<W>) -> Self {
        self.0.extend(fact.map(Filter::is));
        self
    }

    /// Tests of one column.
    pub fn test<T: Tests>(mut self, tests: Option<T>, fact: fn(Test) -> W) -> Result<Self, ApiError> {
        if let Some(tests) = tests {
            self.0.extend(tests.tests()?.into_iter().map(|test| Filter::is(fact(test))));
        }
        Ok(self)
    }

    /// Tests of a column that holds ids of this type.
    pub fn id<I: TryFrom<GlobalId> + Into<Uuid>>(mut self, tests: Option<IdFilter>, fact: fn(Test) -> W) -> Result<Self, ApiError> {
        self.0.extend(tests.into_iter().flat_map(IdFilter::tests::<I>).map(|test| Filter::is(fact(test))));
        Ok(self)
    }

    /// A fact that follows from what is given.
    pub fn fact<T>(self, given: Option<T>, fact: fn(T) -> W) -> Result<Self, ApiError> {
        Ok(self.is(given.map(fact)))
    }

    /// The same of a fact as it is now.
    pub fn at<T>(self, given: Option<T>, fact: fn(T, &Clock) -> W) -> Result<Self, ApiError> {
        let cx = self.1;
        Ok(self.is(given.map(|given| fact(given, &cx.clock))))
    }

    /// What lies in the subtree of an area.
    pub fn within(self, area: Option<AreaCode>, fact: fn(String) -> W) -> Result<Self, ApiError> {
        Ok(self.is(area.map(|code| fact(code.0))))
    }

    /// Whether it has ended.
    pub fn ended(self, ended: Option<bool>, fact: fn(Lasting) -> W) -> Result<Self, ApiError> {
        self.lifetime(ended.map(|ended| if ended { Lifetime::Ended } else { Lifetime::Existing }), fact)
    }

    /// Which of them, by whether they have ended.
    pub fn lifetime(self, lifetime: Option<Lifetime>, fact: fn(Lasting) -> W) -> Result<Self, ApiError> {
        let today = self.1.clock.today();
        let lasting = |lifetime| match lifetime {
            Lifetime::Existing => Lasting::On(today),
            Lifetime::Ended => Lasting::EndedBefore(today),
            Lifetime::All => Lasting::Ever,
        };
        Ok(self.is(lifetime.map(lasting).map(fact)))
    }

    /// Words that are looked for in records of this type.
    pub fn text(mut self, wanted: Option<String>, kind: SearchType, fact: fn(Text) -> W) -> Result<Self, ApiError> {
        if let Some(wanted) = wanted {
            self.0.push(Filter::is(fact(text(&wanted, kind, &self.1.clock)?)));
        }
        Ok(self)
    }

    /// A filter on a related record.
    pub fn related<R, F: Lower<R>>(mut self, filter: Option<F>, fact: fn(Filter<R>) -> W) -> Result<Self, ApiError> {
        if let Some(filter) = filter {
            self.0.push(Filter::is(fact(filter.lower(self.1)?)));
        }
        Ok(self)
    }

    /// Some or none of the related records that the asker sees: those that a list of them shows by itself, where the filter does not say.
    pub fn list<L: Listed>(
        mut self,
        list: Option<ListFilter<L::Filter>>,
        fact: impl Fn(Related<<L::Noun as Noun>::Where>) -> W,
    ) -> Result<Self, ApiError> {
        let Some(ListFilter { some, none }) = list else { return Ok(self) };
        for (some, filter) in [(true, some), (false, none)] {
            if let Some(filter) = filter {
                let filter = L::usual((*filter).lower(self.1)?, &self.1.clock);
                self.0.push(Filter::is(fact(Related { some, filter, asker: self.1.actor.clone() })));
            }
        }
        Ok(self)
    }

    /// The one related record, where the asker sees it.
    pub fn one<L: Listed>(
        mut self,
        filter: Option<impl Lower<<L::Noun as Noun>::Where>>,
        fact: impl Fn(Related<<L::Noun as Noun>::Where>) -> W,
    ) -> Result<Self, ApiError> {
        if let Some(filter) = filter {
            let filter = filter.lower(self.1)?;
            let asker = self.1.actor.clone();
            for text in filter.facts().into_iter().filter_map(|(fact, _)| <L::Noun as Noun>::text(fact)) {
                text.asked_by(&asker);
            }
            self.0.push(Filter::is(fact(Related { some: true, filter, asker })));
        }
        Ok(self)
    }

    pub fn done(self) -> Filter<W> {
        Filter::All(self.0)
    }
}

/// What is looked for, unless it is too long.
pub fn text(wanted: &str, kind: SearchType, clock: &Clock) -> Result<Text, ApiError> {
    let too_long = || ApiError::bad_input("search-too-long").with("max", search::LONGEST);
    search::maybe_text(kind, wanted, clock.today()).ok_or_else(too_long)
}

/// Which of them, by whether they have ended 是否已终止.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Lifetime {
    /// Those that exist today 现存.
    Existing,
    /// Those that have ended 已终止.
    Ended,
    /// All of them 全部.
    All,
}

/// An input that tests one column.
pub trait Tests {
    fn tests(self) -> Result<Vec<Test>, ApiError>;
}

/// Tests of a text 文本条件; all that are given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TextFilter {
    /// Exactly this 等于.
    pub eq: Option<String>,
    /// One of these 属于.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<String>>,
    /// Has this within 包含.
    pub contains: Option<String>,
    /// Begins with this 开头是.
    pub starts_with: Option<String>,
}

impl Tests for TextFilter {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        let has_nul = |text: &String| text.contains('\0');
        let single = [&self.eq, &self.contains, &self.starts_with].into_iter().flatten().any(has_nul);
        if single || self.one_of.iter().flatten().any(has_nul) {
            return Err(ApiError::bad_input("nul-in-text"));
        }
        let tests = [
            self.eq.map(|text| Test::Eq(text.into())),
            self.one_of.map(Test::one_of),
            self.contains.map(Test::Contains),
            self.starts_with.map(Test::StartsWith),
        ];
        Ok(tests.into_iter().flatten().collect())
    }
}

/// Tests of an id; an id that is malformed or of another type matches nothing 标识条件.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IdFilter {
    /// This one 等于.
    pub eq: Option<ID>,
    /// One of these 属于.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<ID>>,
}

impl IdFilter {
    pub fn tests<I: TryFrom<GlobalId> + Into<Uuid>>(self) -> impl Iterator<Item = Test> {
        let known = |ids: Vec<ID>| Test::one_of(ids.iter().filter_map(id::maybe::<I>).map(Into::into));
        [self.eq.map(|id| vec![id]), self.one_of].into_iter().flatten().map(known)
    }
}

/// Tests of an enum 枚举条件.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name_type)]
pub struct EnumFilter<E: InputType> {
    /// This one 等于.
    pub eq: Option<E>,
    /// One of these 属于.
    #[graphql(name = "in")]
    pub one_of: Option<Vec<E>>,
    /// None of these 不属于.
    pub not_in: Option<Vec<E>>,
}

impl<E: InputType> TypeName for EnumFilter<E> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Filter", <E as InputType>::type_name()).into()
    }
}

impl<E: InputType + Into<Value>> Tests for EnumFilter<E> {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        let values = |all: Vec<E>| all.into_iter().map(Into::into).collect::<Vec<Value>>();
        let tests = [
            self.eq.map(|e| Test::Eq(e.into())),
            self.one_of.map(|all| Test::In(values(all))),
            self.not_in.map(|all| Test::NotIn(values(all))),
        ];
        Ok(tests.into_iter().flatten().collect())
    }
}

/// Tests of related records, of which there may be many 关联记录条件; all that are given must hold. Only those count that you may see and that a list of them
/// shows by itself: where such a list leaves out what has ended unless its filter says otherwise, so does this.
#[derive(Clone, Debug, InputObject)]
#[graphql(name_type)]
pub struct ListFilter<F: InputType> {
    /// At least one of them passes 至少一个符合.
    pub some: Option<Box<F>>,
    /// None of them passes; with `{}` there is none at all 没有符合的.
    pub none: Option<Box<F>>,
}

impl<F: InputType> TypeName for ListFilter<F> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        let name = <F as InputType>::type_name();
        format!("{}ListFilter", name.strip_suffix("Filter").unwrap_or(&name)).into()
    }
}

/// Tests of an instant 时间条件; all that are given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateTimeFilter {
    /// At or after 不早于.
    pub gte: Option<DateTime>,
    /// After 晚于.
    pub gt: Option<DateTime>,
    /// At or before 不晚于.
    pub lte: Option<DateTime>,
    /// Before 早于.
    pub lt: Option<DateTime>,
}

impl Tests for DateTimeFilter {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        Ok(bounds(self.gte, self.gt, self.lte, self.lt))
    }
}

/// Tests of a calendar day 日期条件; all that are given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DateFilter {
    /// On or after 不早于.
    pub gte: Option<Date>,
    /// After 晚于.
    pub gt: Option<Date>,
    /// On or before 不晚于.
    pub lte: Option<Date>,
    /// Before 早于.
    pub lt: Option<Date>,
}

impl Tests for DateFilter {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        Ok(bounds(self.gte, self.gt, self.lte, self.lt))
    }
}

/// Tests of a whole number 整数条件; all that are given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IntFilter {
    /// Exactly this 等于.
    pub eq: Option<i32>,
    /// At least 不少于.
    pub gte: Option<i32>,
    /// More than 大于.
    pub gt: Option<i32>,
    /// At most 不多于.
    pub lte: Option<i32>,
    /// Less than 小于.
    pub lt: Option<i32>,
}

impl Tests for IntFilter {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        let exact = self.eq.map(|eq| Test::Eq(eq.into()));
        Ok(exact.into_iter().chain(bounds(self.gte, self.gt, self.lte, self.lt)).collect())
    }
}

/// Tests of an exact decimal 数值条件; all that are given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DecimalFilter {
    /// Exactly this 等于.
    pub eq: Option<Decimal>,
    /// At least 不少于.
    pub gte: Option<Decimal>,
    /// More than 大于.
    pub gt: Option<Decimal>,
    /// At most 不多于.
    pub lte: Option<Decimal>,
    /// Less than 小于.
    pub lt: Option<Decimal>,
}

impl Tests for DecimalFilter {
    fn tests(self) -> Result<Vec<Test>, ApiError> {
        let value = |decimal: Option<Decimal>| decimal.map(|decimal| decimal.0);
        let exact = value(self.eq).map(|eq| Test::Eq(eq.into()));
        Ok(exact.into_iter().chain(bounds(value(self.gte), value(self.gt), value(self.lte), value(self.lt))).collect())
    }
}

fn bounds<V: Into<Value>>(gte: Option<V>, gt: Option<V>, lte: Option<V>, lt: Option<V>) -> Vec<Test> {
    let tests = [
        gte.map(|v| Test::Gte(v.into())),
        gt.map(|v| Test::Gt(v.into())),
        lte.map(|v| Test::Lte(v.into())),
        lt.map(|v| Test::Lt(v.into())),
    ];
    tests.into_iter().flatten().collect()
}
