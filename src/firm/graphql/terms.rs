//! Admissions of firms, what they take, and their lists of services and resources.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use entity::{FeeItem, FeeUnit, Provenance, ServiceItemKind, contract_fee, firm_admission, service_item};
use futures_util::future::BoxFuture;

use super::{FirmContract, PropertyFirm, PropertyFirmFilter};
use crate::{
    app::Cx,
    area::graphql::Area,
    clock::Clock,
    db::filter::Filter,
    firm::scope::{AdmissionOrder, AdmissionWhere, Admissions, FeeOrder, FeeWhere, Fees, ItemOrder, ItemWhere, Items},
    graphql::{
        error::ApiError,
        filter::{All, DateFilter, EnumFilter, Lower, TextFilter},
        id::global,
        page::OrderDirection,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

/// The admission of a firm to a district 物业企业准入, until it leaves 退出. Only a firm that is admitted concludes contracts there.
#[derive(Clone)]
pub struct FirmAdmission(Arc<Rec<firm_admission::Model>>);

object! {
    /// The admission of a firm to a district 物业企业准入, until it leaves 退出. Only a firm that is admitted concludes contracts there.
    FirmAdmission {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// The first day 准入日.
        async fn admitted_on(&self) -> Date {
            Date(self.0.row.admitted_on)
        }

        /// The document or record on which it was admitted 准入依据.
        async fn basis(&self) -> &str {
            &self.0.row.basis
        }

        /// The last day; null while it is admitted 退出日.
        async fn left_on(&self) -> Option<Date> {
            self.0.row.left_on.map(Date)
        }

        /// Why it left; null while it is admitted 退出原因.
        async fn left_because(&self) -> Option<&str> {
            self.0.row.left_because.as_deref()
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The firm 物业企业.
        async fn firm(&self, ctx: &Context<'_>) -> Option<Result<PropertyFirm, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The district 区县.
        async fn district(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for FirmAdmission {
    type Row = firm_admission::Model;

    fn new(rec: Rec<firm_admission::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<firm_admission::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<PropertyFirm, _>(cx, rows, selection, "firm", |row| Some(row.firm_id)).await?;
            plan::one::<Area, _>(cx, rows, selection, "district", |row| Some(row.district_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for FirmAdmission {
    type Noun = Admissions;
    type Filter = FirmAdmissionFilter;
    type Order = FirmAdmissionOrderField;

    const ORDER: (FirmAdmissionOrderField, OrderDirection) = (FirmAdmissionOrderField::AdmittedOn, OrderDirection::Desc);
}

/// Which admissions 准入筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct FirmAdmissionFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By firm 物业企业.
    pub firm: Option<PropertyFirmFilter>,
    /// To districts in the subtree of this area 区划 (含下级).
    pub area: Option<AreaCode>,
    /// In force on this day 在该日有效.
    pub on: Option<Date>,
    /// Whether in force today 是否有效.
    pub current: Option<bool>,
    /// By first day 准入日.
    pub admitted_on: Option<DateFilter>,
    /// By last day; those in force have none 退出日.
    pub left_on: Option<DateFilter>,
}

impl Lower<AdmissionWhere> for FirmAdmissionFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<AdmissionWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .related(self.firm, AdmissionWhere::Firm)?
            .is(self.area.map(|code| AdmissionWhere::Within(code.0)))
            .is(self.on.map(|day| AdmissionWhere::On(true, day.0)))
            .is(self.current.map(|current| AdmissionWhere::On(current, clock.today())))
            .test(self.admitted_on, AdmissionWhere::AdmittedOn)?
            .test(self.left_on, AdmissionWhere::LeftOn)?
            .done())
    }
}

orders! {
    /// What admissions are ordered by 准入排序字段.
    FirmAdmissionOrderField("FirmAdmissionOrder") => AdmissionOrder {
        /// By first day 准入日.
        AdmittedOn,
    }
}

/// What a firm takes under a contract, from a day to a day 收费标准. Of one item, and detail, no two rates hold on a day.
#[derive(Clone)]
pub struct ContractFee(Arc<Rec<contract_fee::Model>>);

object! {
    /// What a firm takes under a contract, from a day to a day 收费标准. Of one item, and detail, no two rates hold on a day.
    ContractFee {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// What for 收费项目.
        async fn item(&self) -> FeeItem {
            self.0.row.item
        }

        /// Of what exactly, where the item has several rates, such as 高层住宅; null where it has one 收费对象.
        async fn detail(&self) -> Option<&str> {
            self.0.row.detail.as_deref()
        }

        /// In yuan 金额 (元).
        async fn amount(&self) -> Decimal {
            Decimal(self.0.row.amount)
        }

        /// By what it is reckoned 计费单位.
        async fn unit(&self) -> FeeUnit {
            self.0.row.unit
        }

        /// The first day 起始日.
        async fn starts_on(&self) -> Date {
            Date(self.0.row.starts_on)
        }

        /// The last day; null while it is open-ended: then the contract ends it 终止日.
        async fn ends_on(&self) -> Option<Date> {
            self.0.row.ends_on.map(Date)
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The contract 物业服务合同.
        async fn contract(&self, ctx: &Context<'_>) -> Option<Result<FirmContract, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for ContractFee {
    type Row = contract_fee::Model;

    fn new(rec: Rec<contract_fee::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<contract_fee::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<FirmContract, _>(cx, rows, selection, "contract", |row| Some(row.contract_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for ContractFee {
    type Noun = Fees;
    type Filter = ContractFeeFilter;
    type Order = ContractFeeOrderField;

    const ORDER: (ContractFeeOrderField, OrderDirection) = (ContractFeeOrderField::StartsOn, OrderDirection::Desc);
}

/// Which fees 收费标准筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ContractFeeFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By what for 收费项目.
    pub item: Option<EnumFilter<FeeItem>>,
    /// By what it is reckoned by 计费单位.
    pub unit: Option<EnumFilter<FeeUnit>>,
    /// Taken on this day, under a contract in force 在该日执行.
    pub on: Option<Date>,
    /// Whether taken today 是否执行.
    pub current: Option<bool>,
}

impl Lower<FeeWhere> for ContractFeeFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<FeeWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .test(self.item, FeeWhere::Item)?
            .test(self.unit, FeeWhere::Unit)?
            .is(self.on.map(|day| FeeWhere::On(true, day.0)))
            .is(self.current.map(|current| FeeWhere::On(current, clock.today())))
            .done())
    }
}

orders! {
    /// What fees are ordered by 收费标准排序字段.
    ContractFeeOrderField("ContractFeeOrder") => FeeOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

/// An entry of what a firm does 服务清单, or of what it has to do it with 资源清单: of one contract, or wherever it serves.
#[derive(Clone)]
pub struct ServiceItem(Arc<Rec<service_item::Model>>);

object! {
    /// An entry of what a firm does 服务清单, or of what it has to do it with 资源清单: of one contract, or wherever it serves.
    ServiceItem {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Which list 清单类型.
        async fn kind(&self) -> ServiceItemKind {
            self.0.row.kind
        }

        /// Its name 名称.
        async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// What it is, in words; null where not said 说明.
        async fn description(&self) -> Option<&str> {
            self.0.row.description.as_deref()
        }

        /// How often, or to which standard; null where not said 频次或标准.
        async fn frequency(&self) -> Option<&str> {
            self.0.row.frequency.as_deref()
        }

        /// The first day on which it is published 公示起始日.
        async fn starts_on(&self) -> Date {
            Date(self.0.row.starts_on)
        }

        /// The last day; null while it is published 公示终止日.
        async fn ends_on(&self) -> Option<Date> {
            self.0.row.ends_on.map(Date)
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The firm 物业企业.
        async fn firm(&self, ctx: &Context<'_>) -> Option<Result<PropertyFirm, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The contract it is of; null where it holds wherever the firm serves 物业服务合同.
        async fn contract(&self, ctx: &Context<'_>) -> Option<Result<FirmContract, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for ServiceItem {
    type Row = service_item::Model;

    fn new(rec: Rec<service_item::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<service_item::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<PropertyFirm, _>(cx, rows, selection, "firm", |row| Some(row.firm_id)).await?;
            plan::one::<FirmContract, _>(cx, rows, selection, "contract", |row| row.contract_id).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for ServiceItem {
    type Noun = Items;
    type Filter = ServiceItemFilter;
    type Order = ServiceItemOrderField;

    const ORDER: (ServiceItemOrderField, OrderDirection) = (ServiceItemOrderField::Name, OrderDirection::Asc);
}

/// Which entries 清单条目筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ServiceItemFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By list 清单类型.
    pub kind: Option<EnumFilter<ServiceItemKind>>,
    /// By name 名称.
    pub name: Option<TextFilter>,
    /// Published on this day 在该日公示.
    pub on: Option<Date>,
    /// Whether published today 是否公示.
    pub current: Option<bool>,
    /// Whether of a single contract 是否属于某一合同.
    pub of_contract: Option<bool>,
}

impl Lower<ItemWhere> for ServiceItemFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<ItemWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .test(self.kind, ItemWhere::Kind)?
            .test(self.name, ItemWhere::Name)?
            .is(self.on.map(|day| ItemWhere::On(true, day.0)))
            .is(self.current.map(|current| ItemWhere::On(current, clock.today())))
            .is(self.of_contract.map(ItemWhere::OfContract))
            .done())
    }
}

orders! {
    /// What entries are ordered by 清单条目排序字段.
    ServiceItemOrderField("ServiceItemOrder") => ItemOrder {
        /// By name 名称.
        Name,
    }
}
