//! `Register`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{Provenance, RegisterId, register};
use futures_util::future::BoxFuture;

use crate::{
    app::Cx,
    area::graphql::Area,
    case::scope::{RegisterOrder, RegisterWhere, Registers},
    clock::Clock,
    db::filter::Filter,
    graphql::{
        error::ApiError,
        filter::{All, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::AreaCode,
    },
    object, orders,
};

/// A register of cases 台账.
#[derive(Clone)]
pub struct Register(Arc<Rec<register::Model>>);

object! {
    /// A named register of cases 台账, such as that of the misconduct of property service 物业乱象. Officers see them; `cases(filter: {registerId})` lists what one holds.
    Register {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// The area that keeps it 所属区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
}

impl Record for Register {
    type Row = register::Model;

    fn new(rec: Rec<register::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<register::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move { plan::one::<Area, _>(cx, rows, selection, "area", |register| Some(register.area_id)).await })
    }
}

impl Listed for Register {
    type Noun = Registers;
    type Filter = RegisterFilter;
    type Order = RegisterOrderField;

    const ORDER: (RegisterOrderField, OrderDirection) = (RegisterOrderField::Name, OrderDirection::Asc);
}

/// Which registers 台账筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct RegisterFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By name 名称.
    pub name: Option<TextFilter>,
    /// Kept in the subtree of this area 所属区划 (含下级).
    pub area: Option<AreaCode>,
}

impl Lower<RegisterWhere> for RegisterFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<RegisterWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<RegisterId>(self.id, RegisterWhere::Id)?
            .test(self.name, RegisterWhere::Name)?
            .is(self.area.map(|code| RegisterWhere::Within(code.0)))
            .done())
    }
}

orders! {
    /// What registers are ordered by 台账排序字段.
    RegisterOrderField("RegisterOrder") => RegisterOrder {
        /// By name 名称.
        Name,
    }
}
