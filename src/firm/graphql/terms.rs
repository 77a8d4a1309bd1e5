//! Admissions of firms, what they take, and their lists of services and resources.

use async_graphql::ID;
use entity::{FeeItem, FeeUnit, Provenance, ServiceItemKind, contract_fee, firm_admission, service_item};

use super::{FirmContract, PropertyFirm, PropertyFirmFilter};
use crate::{
    area::graphql::Area,
    firm::scope::{AdmissionOrder, AdmissionWhere, Admissions, FeeOrder, FeeWhere, Fees, ItemOrder, ItemWhere, Items},
    graphql::{
        filter::{DateFilter, DecimalFilter, EnumFilter, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, Date, Decimal},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// The admission of a firm to a district 物业企业准入, until it leaves 退出. Only a firm that is admitted concludes contracts there; contracts that stand come in by table as they are.
    FirmAdmission: firm_admission::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The first day 准入日.
        admitted_on: Date = |row| Date(row.admitted_on),
        /// The document or record on which it was admitted 准入依据.
        basis: &str = |row| &row.basis,
        /// The last day; null where none is set 退出日.
        left_on: Option<Date> = |row| row.left_on.map(Date),
        /// Why it leaves; null where no last day is set 退出原因.
        left_because: Option<&str> = |row| row.left_because.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The firm 物业企业.
        firm: PropertyFirm = |row| Some(row.firm_id),
        /// The district 区县.
        district: Area = |row| Some(row.district_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for FirmAdmission {
    type Noun = Admissions;
    type Filter = FirmAdmissionFilter;
    type Order = FirmAdmissionOrderField;

    const ORDER: (FirmAdmissionOrderField, OrderDirection) = (FirmAdmissionOrderField::AdmittedOn, OrderDirection::Desc);
}

filters! {
    /// Which admissions 准入筛选; all that is given must hold.
    FirmAdmissionFilter => AdmissionWhere {
        /// By firm 物业企业.
        firm: PropertyFirmFilter => related(AdmissionWhere::Firm),
        /// To districts in the subtree of this area 区划 (含下级).
        area: AreaCode => within(AdmissionWhere::Within),
        /// In force on this day 在该日有效.
        on: Date => fact(|day| AdmissionWhere::On(true, day.0)),
        /// Whether in force today 是否有效.
        current: bool => at(|current, clock| AdmissionWhere::On(current, clock.today())),
        /// By first day 准入日.
        admitted_on: DateFilter => test(AdmissionWhere::AdmittedOn),
        /// By last day; those without one are not among them 退出日.
        left_on: DateFilter => test(AdmissionWhere::LeftOn),
    }
}

orders! {
    /// What admissions are ordered by 准入排序字段.
    FirmAdmissionOrderField("FirmAdmissionOrder") => AdmissionOrder {
        /// By first day 准入日.
        AdmittedOn,
    }
}

object! {
    /// What a firm takes under a contract, from a day to a day 收费标准. Of one item, and detail, no two rates hold on a day.
    ContractFee: contract_fee::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What for 收费项目.
        item: FeeItem = |row| row.item,
        /// Of what exactly, where the item has several rates, such as 高层住宅; null where it has one 收费对象.
        detail: Option<&str> = |row| row.detail.as_deref(),
        /// In yuan 金额 (元).
        amount: Decimal = |row| Decimal(row.amount),
        /// By what it is reckoned 计费单位.
        unit: FeeUnit = |row| row.unit,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it is open-ended: then the contract ends it 终止日.
        ends_on: Option<Date> = |row| row.ends_on.map(Date),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The contract 物业服务合同.
        contract: FirmContract = |row| Some(row.contract_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for ContractFee {
    type Noun = Fees;
    type Filter = ContractFeeFilter;
    type Order = ContractFeeOrderField;

    const ORDER: (ContractFeeOrderField, OrderDirection) = (ContractFeeOrderField::StartsOn, OrderDirection::Desc);
}

filters! {
    /// Which fees 收费标准筛选; all that is given must hold.
    ContractFeeFilter => FeeWhere {
        /// By what for 收费项目.
        item: EnumFilter<FeeItem> => test(FeeWhere::Item),
        /// By what it is reckoned by 计费单位.
        unit: EnumFilter<FeeUnit> => test(FeeWhere::Unit),
        /// By the amount, in yuan 金额 (元).
        amount: DecimalFilter => test(FeeWhere::Amount),
        /// Taken on this day, under a contract in force 在该日执行.
        on: Date => fact(|day| FeeWhere::On(true, day.0)),
        /// Whether taken today 是否执行.
        current: bool => at(|current, clock| FeeWhere::On(current, clock.today())),
    }
}

orders! {
    /// What fees are ordered by 收费标准排序字段.
    ContractFeeOrderField("ContractFeeOrder") => FeeOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

object! {
    /// An entry of what a firm does 服务清单, or of what it has to do it with 资源清单: of one contract, or wherever it serves.
    ServiceItem: service_item::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Which list 清单类型.
        kind: ServiceItemKind = |row| row.kind,
        /// Its name 名称.
        name: &str = |row| &row.name,
        /// What it is, in words; null where not said 说明.
        description: Option<&str> = |row| row.description.as_deref(),
        /// How often, or to which standard; null where not said 频次或标准.
        frequency: Option<&str> = |row| row.frequency.as_deref(),
        /// The first day on which it is published 公示起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null where none is set. What belongs to a contract ends with it at the latest 公示终止日.
        ends_on: Option<Date> = |row| row.ends_on.map(Date),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The firm 物业企业.
        firm: PropertyFirm = |row| Some(row.firm_id),
        /// The contract it is of; null where it holds wherever the firm serves 物业服务合同.
        contract: FirmContract = |row| row.contract_id,
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for ServiceItem {
    type Noun = Items;
    type Filter = ServiceItemFilter;
    type Order = ServiceItemOrderField;

    const ORDER: (ServiceItemOrderField, OrderDirection) = (ServiceItemOrderField::Name, OrderDirection::Asc);
}

filters! {
    /// Which entries 清单条目筛选; all that is given must hold.
    ServiceItemFilter => ItemWhere {
        /// By list 清单类型.
        kind: EnumFilter<ServiceItemKind> => test(ItemWhere::Kind),
        /// By name 名称.
        name: TextFilter => test(ItemWhere::Name),
        /// Published on this day 在该日公示.
        on: Date => fact(|day| ItemWhere::On(true, day.0)),
        /// Whether published today 是否公示.
        current: bool => at(|current, clock| ItemWhere::On(current, clock.today())),
        /// Whether of a single contract 是否属于某一合同.
        of_contract: bool => fact(ItemWhere::OfContract),
    }
}

orders! {
    /// What entries are ordered by 清单条目排序字段.
    ServiceItemOrderField("ServiceItemOrder") => ItemOrder {
        /// By name 名称.
        Name,
    }
}
