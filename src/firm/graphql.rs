//! `PropertyFirm` and `FirmContract`, and the root that lists firms.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{FirmId, HandlerKind, Provenance, SearchType, firm_contract, property_firm};
use futures_util::future::BoxFuture;

use super::scope::{self, ContractOrder, ContractWhere, Contracts, FirmOrder, FirmWhere, Firms};
use crate::{
    app::Cx,
    area::graphql::Area,
    clock::Clock,
    complex::graphql::Complex,
    db::filter::Filter,
    graphql::{
        context::cx,
        error::ApiError,
        filter::{All, DateFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders, query,
};

/// A property firm 物业企业.
#[derive(Clone)]
pub struct PropertyFirm(Arc<Rec<property_firm::Model>>);

object! {
    /// A property firm 物业企业. It handles cases of the complexes it serves, never one in which it is the respondent.
    PropertyFirm {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Always `PROPERTY_FIRM` 处置主体类型.
        pub async fn kind(&self) -> HandlerKind {
            HandlerKind::PropertyFirm
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// The district it is registered with 备案区.
        async fn district(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// Its contracts, past ones too 物业合同.
        contracts: FirmContract(FirmContractFilter, FirmContractOrderField),
    }
}

impl Record for PropertyFirm {
    type Row = property_firm::Model;

    fn new(rec: Rec<property_firm::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<property_firm::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "district", |firm| Some(firm.district_id)).await?;
            plan::many::<FirmContract, _, _>(cx, rows, selection, "contracts", |firm| firm.id, scope::OF_FIRM).await
        })
    }
}

impl Listed for PropertyFirm {
    type Noun = Firms;
    type Filter = PropertyFirmFilter;
    type Order = PropertyFirmOrderField;

    const ORDER: (PropertyFirmOrderField, OrderDirection) = (PropertyFirmOrderField::Name, OrderDirection::Asc);
}

/// Which firms 物业企业筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PropertyFirmFilter {
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
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// Registered in the subtree of this area 备案区划 (含下级).
    pub area: Option<AreaCode>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of its pinyin; in the name.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
}

impl Lower<FirmWhere> for PropertyFirmFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<FirmWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<FirmId>(self.id, FirmWhere::Id)?
            .test(self.name, FirmWhere::Name)?
            .test(self.provenance, FirmWhere::Provenance)?
            .is(self.area.map(|code| FirmWhere::Within(code.0)))
            .text(self.text, SearchType::PropertyFirm, FirmWhere::Text)?
            .done())
    }
}

orders! {
    /// What firms are ordered by 物业企业排序字段.
    PropertyFirmOrderField("PropertyFirmOrder") => FirmOrder {
        /// By name 名称.
        Name,
    }
}

/// A contract of a firm with a complex 物业服务合同.
#[derive(Clone)]
pub struct FirmContract(Arc<Rec<firm_contract::Model>>);

object! {
    /// A contract of a firm with a complex 物业服务合同, from a day to a day.
    FirmContract {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The first day 起始日.
        async fn starts_on(&self) -> Date {
            Date(self.0.row.starts_on)
        }

        /// The last day; null while it is open-ended 终止日.
        async fn ends_on(&self) -> Option<Date> {
            self.0.row.ends_on.map(Date)
        }

        /// Whether it is in force today 是否有效.
        async fn current(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let today = cx(ctx)?.clock.today();
            Ok(self.0.row.starts_on <= today && self.0.row.ends_on.is_none_or(|last| today <= last))
        }

        /// The firm 物业企业.
        async fn firm(&self, ctx: &Context<'_>) -> Option<Result<PropertyFirm, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The complex 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
}

impl Record for FirmContract {
    type Row = firm_contract::Model;

    fn new(rec: Rec<firm_contract::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<firm_contract::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<PropertyFirm, _>(cx, rows, selection, "firm", |contract| Some(contract.firm_id)).await?;
            plan::one::<Complex, _>(cx, rows, selection, "complex", |contract| Some(contract.complex_id)).await
        })
    }
}

impl Listed for FirmContract {
    type Noun = Contracts;
    type Filter = FirmContractFilter;
    type Order = FirmContractOrderField;

    const ORDER: (FirmContractOrderField, OrderDirection) = (FirmContractOrderField::StartsOn, OrderDirection::Desc);
}

/// Which contracts 物业合同筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FirmContractFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By firm 物业企业.
    pub firm: Option<PropertyFirmFilter>,
    /// Whether in force today 是否有效.
    pub current: Option<bool>,
    /// By first day 起始日.
    pub starts_on: Option<DateFilter>,
}

impl Lower<ContractWhere> for FirmContractFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<ContractWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .related(self.firm, ContractWhere::Firm)?
            .is(self.current.map(|current| ContractWhere::Current(current, clock.today())))
            .test(self.starts_on, ContractWhere::StartsOn)?
            .done())
    }
}

orders! {
    /// What contracts are ordered by 物业合同排序字段.
    FirmContractOrderField("FirmContractOrder") => ContractOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

query! {
    FirmQuery {}
    lists {
        /// Property firms 物业企业.
        property_firms: PropertyFirm(PropertyFirmFilter, PropertyFirmOrderField),
    }
}
