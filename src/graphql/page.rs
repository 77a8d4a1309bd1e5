//! Relay connections. The hard cases live here once: sizes, directions, cursors that fit their list.

use async_graphql::{Enum, InputObject, InputType, Object, OutputType, SimpleObject, TypeName};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use crate::db::page::{Position, Slice};

/// Rows on a page when neither `first` nor `last` is given.
pub const DEFAULT_SIZE: i32 = 20;
/// Rows on a page at most.
pub const MAX_SIZE: i32 = 200;

/// Which way a list runs 排序方向.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum, Serialize, Deserialize)]
pub enum OrderDirection {
    /// Smallest or earliest first 升序.
    #[default]
    Asc,
    /// Largest or latest first 降序.
    Desc,
}

/// The paging arguments of a connection, as the client gave them.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// A cursor names its order, so that one of another list is refused instead of giving a wrong page.
#[derive(Serialize, Deserialize)]
struct Cursor {
    o: String,
    p: Position,
}

/// A place in the list of this order, as clients get it.
pub fn encode(order: &str, position: Position) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&Cursor { o: order.to_owned(), p: position }).unwrap_or_default())
}

/// The place that a cursor of this order names.
pub fn decode(text: &str, order: &str) -> Result<Position, ApiError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|json| serde_json::from_slice::<Cursor>(&json).ok())
        .filter(|cursor| cursor.o == order)
        .map(|cursor| cursor.p)
        .ok_or_else(|| ApiError::bad_input("bad-cursor"))
}

impl PageArgs {
    /// How cursors name a list's order.
    pub(super) fn cursor_name(&self, list: &str, order: &str, direction: OrderDirection) -> String {
        format!("{list}.{order}{}", if direction == OrderDirection::Desc { "-" } else { "" })
    }

    /// `name` is the order's name inside cursors.
    pub fn slice<O>(&self, order: O, name: &str, direction: OrderDirection, count: bool) -> Result<Slice<O>, ApiError> {
        if self.first.is_some() && self.last.is_some() {
            return Err(ApiError::bad_input("first-and-last"));
        }
        let size = self.first.or(self.last).unwrap_or(DEFAULT_SIZE);
        if !(0..=MAX_SIZE).contains(&size) {
            return Err(ApiError::bad_input("bad-page-size").with("max", MAX_SIZE).with("given", size));
        }
        let position = |cursor: &Option<String>| cursor.as_deref().map(|text| decode(text, name)).transpose();
        Ok(Slice {
            order,
            descending: direction == OrderDirection::Desc,
            size: u64::try_from(size).unwrap_or(0),
            from_end: self.last.is_some(),
            after: position(&self.after)?,
            before: position(&self.before)?,
            count,
        })
    }
}

/// How a list is ordered 排序: one field, one direction; the id breaks ties.
#[derive(Clone, Copy, Debug, InputObject)]
#[graphql(name_type)]
pub struct OrderBy<F: InputType + OrderField> {
    /// The field to order by 排序字段.
    pub field: F,
    /// The direction; `ASC` when left out 方向，缺省升序.
    #[graphql(default)]
    pub direction: OrderDirection,
}

/// Implemented by the order enums of the nouns.
pub trait OrderField: Copy + Send + Sync + 'static {
    /// The name of the input type, such as `CaseOrder`.
    const INPUT: &'static str;
    /// A short name inside cursors.
    fn name(self) -> &'static str;
}

impl<F: InputType + OrderField> TypeName for OrderBy<F> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        F::INPUT.into()
    }
}

/// Whether there is more in either direction, and where this page begins and ends 分页信息.
#[derive(Clone, Debug, Default, SimpleObject)]
pub struct PageInfo {
    /// Whether there are rows after this page 是否有下一页.
    pub has_next_page: bool,
    /// Whether there are rows before this page 是否有上一页.
    pub has_previous_page: bool,
    /// The cursor of the first row; null on an empty page 首行游标.
    pub start_cursor: Option<String>,
    /// The cursor of the last row; null on an empty page 末行游标.
    pub end_cursor: Option<String>,
}

/// A row with its cursor 行及其游标.
#[derive(Clone, SimpleObject)]
#[graphql(name_type)]
pub struct Edge<T: OutputType> {
    /// To ask for the rows after or before this one 游标.
    pub cursor: String,
    /// The row 记录.
    pub node: T,
}

/// One page of a list 分页列表.
#[derive(Clone)]
pub struct Connection<T> {
    rows: Vec<(String, T)>,
    info: PageInfo,
    total: Option<i64>,
}

impl<T> Connection<T> {
    /// `rows` come with their cursors.
    pub fn new(rows: impl Iterator<Item = (String, T)>, has_next: bool, has_previous: bool, total: Option<i64>) -> Self {
        let rows: Vec<(String, T)> = rows.collect();
        let cursor = |row: Option<&(String, T)>| row.map(|(cursor, _)| cursor.clone());
        let info = PageInfo {
            has_next_page: has_next,
            has_previous_page: has_previous,
            start_cursor: cursor(rows.first()),
            end_cursor: cursor(rows.last()),
        };
        Self { rows, info, total }
    }

    pub(super) fn into_edges(self) -> std::vec::IntoIter<(String, T)> {
        self.rows.into_iter()
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Edge", <T as OutputType>::type_name()).into()
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> std::borrow::Cow<'static, str> {
        format!("{}Connection", <T as OutputType>::type_name()).into()
    }
}

/// One page of a list 分页列表.
#[Object(name_type)]
impl<T: OutputType + Clone> Connection<T> {
    /// The rows with their cursors 行.
    async fn edges(&self) -> Vec<Edge<T>> {
        self.rows.iter().map(|(cursor, node)| Edge { cursor: cursor.clone(), node: node.clone() }).collect()
    }

    /// The rows 记录.
    async fn nodes(&self) -> Vec<&T> {
        self.rows.iter().map(|(_, node)| node).collect()
    }

    /// Where this page stands in the list 分页信息.
    async fn page_info(&self) -> &PageInfo {
        &self.info
    }

    /// How many rows the whole list has; counted only when selected 总数.
    async fn total_count(&self) -> i64 {
        self.total.unwrap_or(0)
    }
}

/// Declares the order enum of a noun: the same variants as the scope's, its input type's name, its default.
#[macro_export]
macro_rules! orders {
    ($(#[$doc:meta])* $name:ident($input:literal) => $scope:ty { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, async_graphql::Enum)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $crate::graphql::page::OrderField for $name {
            const INPUT: &'static str = $input;

            fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }
        }

        impl From<$name> for $scope {
            fn from(field: $name) -> Self {
                match field { $($name::$variant => <$scope>::$variant),+ }
            }
        }
    };
}
