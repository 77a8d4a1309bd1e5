//! How a noun's GraphQL object is declared: its own fields as usual, its lists by one line each, all with the same paging arguments.

/// `object! { Type { fields } lists { name: Item(Filter, Order) } }`; the plan of `Type` fills the lists.
#[macro_export]
macro_rules! object {
    ($(#[$meta:meta])* $ty:ident { $($body:tt)* } $(lists { $($(#[$doc:meta])* $name:ident: $item:ident($filter:ty, $order:ty)),* $(,)? })?) => {
        $crate::listed_object! { $(#[$meta])* $ty { $($body)* }
            lists(this, ctx, $crate::graphql::plan::get::<$ty, _>(ctx, &this.0)) { $($($(#[$doc])* $name: $item($filter, $order)),*)? } }
    };
}

/// The same for a part of the query root: its lists are read by right from the whole table.
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
