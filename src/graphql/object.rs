//! How a noun's GraphQL object is declared: its own fields as usual, relations and lists by one line each, all lists with the same paging arguments.

/// `object! { Type: Row { field: Type = |row| value, } resolvers { fns } values { name: Type, } relations { name: Type = |row| maybe its id, } lists { name: Item(Filter, Order) = |row| key, PARENT, } fill |cx, rows, selection| { fetches } }`:
/// a struct `Type` around a row, its fields, and its plan: which field takes which fetch. What is read from the row is a line, what needs arguments or the caller a function among the
/// `resolvers`. `fill` fetches the `values`, which are the type's default where it finds nothing, and what of relations and lists takes more than a line; a relation is null where there is none.
#[macro_export]
macro_rules! object {
    ($(#[$meta:meta])* $ty:ident: $row:ty { $($(#[$fdoc:meta])* $fvis:vis $field:ident: $fty:ty = |$this:tt| $read:expr),* $(,)? }
     $(resolvers { $($body:tt)* })?
     $(values { $($(#[$vdoc:meta])* $value:ident: $vty:ty),* $(,)? })?
     $(relations { $($(#[$rdoc:meta])* $relation:ident: $related:ident $(= $id_of:expr)?),* $(,)? })?
     $(lists { $($(#[$doc:meta])* $name:ident: $item:ident($filter:ty, $order:ty) $(= $key_of:expr, $parent:expr)?),* $(,)? })?
     $(fill |$cx:ident, $rows:ident, $selection:ident| { $($fetch:tt)* })?
    ) => {
        #[derive(Clone)]
        pub struct $ty(std::sync::Arc<$crate::graphql::plan::Rec<$row>>);

        $crate::listed_object! { $(#[$meta])* $ty {
            $($(#[$fdoc])*
            $fvis async fn $field(&self) -> $fty {
                let $this = &self.0.row;
                $read
            })*

            $($($body)*)?

            $($($(#[$vdoc])*
            async fn $value(&self, ctx: &async_graphql::Context<'_>) -> Result<$vty, $crate::graphql::error::ApiError> {
                Ok($crate::graphql::plan::get::<Self, Option<$vty>>(ctx, &self.0).await?.unwrap_or_default())
            })*)?

            $($($(#[$rdoc])*
            async fn $relation(&self, ctx: &async_graphql::Context<'_>) -> Option<Result<$related, $crate::graphql::error::ApiError>> {
                $crate::graphql::plan::maybe::<Self, _>(ctx, &self.0).await
            })*)?
        } lists(this, ctx, $crate::graphql::plan::get::<$ty, _>(ctx, &this.0)) { $($($(#[$doc])* $name: $item($filter, $order)),*)? } }

        impl $crate::graphql::plan::Record for $ty {
            type Row = $row;

            fn new(rec: $crate::graphql::plan::Rec<$row>) -> Self {
                Self(std::sync::Arc::new(rec))
            }

            #[allow(unused_variables, reason = "some have no relations")]
            fn fill<'a>(
                cx: &'a $crate::app::Cx,
                rows: &'a mut [$crate::graphql::plan::Rec<$row>],
                selection: &'a $crate::graphql::plan::Selection<'a>,
            ) -> futures_util::future::BoxFuture<'a, Result<(), $crate::graphql::error::ApiError>> {
                Box::pin(async move {
                    $(let ($cx, $rows, $selection) = (cx, &mut *rows, selection);
                    $($fetch)*)?
                    $($($($crate::graphql::plan::one::<$related, _>(cx, rows, selection, $crate::camel!($relation), $id_of).await?;)?)*)?
                    $($($($crate::graphql::plan::many::<$item, _, _>(cx, rows, selection, $crate::camel!($name), $key_of, $parent).await?;)?)*)?
                    Ok(())
                })
            }
        }
    };
}

/// A part of the query root: its lists are read by right from the whole table.
#[macro_export]
macro_rules! query {
    ($(#[$meta:meta])* $ty:ident { $($body:tt)* } lists { $($(#[$doc:meta])* $name:ident: $item:ident($filter:ty, $order:ty)),* $(,)? }) => {
        #[derive(Default)]
        pub struct $ty;

        $crate::listed_object! { $(#[$meta])* $ty { $($body)* }
            lists(this, ctx, $crate::graphql::plan::list(ctx)) { $($(#[$doc])* $name: $item($filter, $order)),* } }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! listed_object {
    ($(#[$meta:meta])* $ty:ident { $($body:tt)* }
     lists($this:ident, $ctx:ident, $fetch:expr) { $($(#[$doc:meta])* $name:ident: $item:ident($filter:ty, $order:ty)),* }) => {
        $(#[$meta])*
        #[async_graphql::Object]
        #[allow(unused_variables, clippy::too_many_arguments, reason = "the plan reads the arguments from the selection")]
        #[allow(clippy::wrong_self_convention, reason = "some fields begin with `from`")]
        impl $ty {
            $($body)*

            $($(#[$doc])*
            async fn $name(
                &self,
                $ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The first rows, at most 200; 20 when neither `first` nor `last` is given 前几条")] first: Option<i32>,
                #[graphql(desc = "Rows after this cursor 起始游标")] after: Option<String>,
                #[graphql(desc = "The last rows, at most 200; never together with `first` 后几条")] last: Option<i32>,
                #[graphql(desc = "Rows before this cursor 截止游标")] before: Option<String>,
                #[graphql(desc = "Which rows; all that you may see when left out 筛选")] filter: Option<$filter>,
                #[graphql(desc = "In which order; the id breaks ties 排序")] order_by: Option<$crate::graphql::page::OrderBy<$order>>,
            ) -> Result<$crate::graphql::page::Connection<$item>, $crate::graphql::error::ApiError> {
                let $this = self;
                $fetch.await
            })*
        }
    };
}

/// The name of a field as clients write it.
#[doc(hidden)]
#[macro_export]
macro_rules! camel {
    ($name:ident) => {{
        const FIELD: &str = stringify!($name);
        const CAMEL: ([u8; FIELD.len()], usize) = $crate::graphql::object::camel(FIELD);
        const {
            match std::str::from_utf8(CAMEL.0.split_at(CAMEL.1).0) {
                Ok(name) => name,
                Err(_) => FIELD,
            }
        }
    }};
}

/// The letters of a name in snake case, as in camel case, and how many they are then.
pub const fn camel<const N: usize>(name: &str) -> ([u8; N], usize) {
    let (mut letters, mut len, mut at) = ([0; N], 0, 0);
    while at < N {
        letters[len] = match name.as_bytes()[at] {
            b'_' if at + 1 < N => {
                at += 1;
                name.as_bytes()[at].to_ascii_uppercase()
            }
            letter => letter,
        };
        len += 1;
        at += 1;
    }
    (letters, len)
}
