//! `PropertyFirm` and `FirmContract`, and the roots that list them.

pub mod mutation;
mod terms;

use async_graphql::{Context, ID, InputObject};
use entity::{FirmId, HandlerKind, Provenance, SearchType, firm_contract, property_firm};

pub use self::{
    mutation::FirmMutation,
    terms::{
        ContractFee, ContractFeeFilter, ContractFeeOrderField, FirmAdmission, FirmAdmissionFilter, FirmAdmissionOrderField, ServiceItem,
        ServiceItemFilter, ServiceItemOrderField,
    },
};
use super::scope::{ContractOrder, ContractWhere, Contracts, FirmOrder, FirmWhere, Firms};
use crate::{
    app::Cx,
    area::graphql::Area,
    complex::graphql::{Complex, ComplexFilter},
    db::filter::Filter,
    firm::scope,
    graphql::{
        context::cx,
        error::ApiError,
        filter::{All, DateFilter, EnumFilter, IdFilter, ListFilter, Lower, TextFilter, filters},
        id::global,
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, Date},
    },
    object, orders,
    party::{
        self,
        graphql::{
            PartyBranch, PartyBranchFilter, PartyBranchOrderField, PartyInstructor, PartyInstructorFilter, PartyInstructorOrderField,
        },
    },
    person::{
        graphql::{Post, PostFilter, PostOrderField},
        scope::OF_UNIT,
    },
    query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A property firm 物业企业. It handles cases of the complexes it serves, never one in which it is the respondent.
    PropertyFirm: property_firm::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// Always `PROPERTY_FIRM` 处置主体类型.
        pub kind: HandlerKind = |_| HandlerKind::PropertyFirm,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
        /// Its unified social credit code; null where not recorded 统一社会信用代码.
        credit_code: Option<&str> = |row| row.credit_code.as_deref(),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The district it is registered with 备案区.
        district: Area = |firm| Some(firm.district_id),
    }
    lists {
        /// Its contracts, past ones too 物业合同.
        contracts: FirmContract(FirmContractFilter, FirmContractOrderField) = |firm| firm.id, scope::OF_FIRM,
        /// When it was admitted to a district, and when it left; the latest first 准入与退出.
        admissions: FirmAdmission(FirmAdmissionFilter, FirmAdmissionOrderField) = |firm| firm.id, scope::ADMISSIONS,
        /// What it does 服务清单 and has to do it with 资源清单, past entries too; those of single contracts are among them.
        service_items: ServiceItem(ServiceItemFilter, ServiceItemOrderField) = |firm| firm.id, scope::ITEMS_OF_FIRM,
        /// The posts of its managers, past ones too, as far as you may see them 经理任职.
        posts: Post(PostFilter, PostOrderField) = |firm| firm.id.0, OF_UNIT,
        /// Its party organisations, dissolved ones too; empty for visitors 企业党组织.
        party_branches: PartyBranch(PartyBranchFilter, PartyBranchOrderField) = |firm| firm.id, party::scope::OF_FIRM,
        /// Who is and was sent to it; empty for visitors 选派指导员、第一书记.
        instructors: PartyInstructor(PartyInstructorFilter, PartyInstructorOrderField) = |firm| firm.id, party::scope::INSTRUCTORS_OF_FIRM,
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |firm| firm.id.0, OF_RECORD,
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
    /// By unified social credit code 统一社会信用代码.
    pub credit_code: Option<TextFilter>,
    /// Whether it is admitted to a district, today or on the day `asOf` 是否准入.
    pub admitted: Option<bool>,
    /// Whether it was admitted once and has left since, seen from today or the day `asOf` 是否已退出.
    pub left: Option<bool>,
    /// Serves such a complex, today or on the day `asOf` 服务的小区.
    pub serves: Option<Box<ComplexFilter>>,
    /// By its contracts, past ones too unless it says `current` or `on` 物业合同.
    pub contracts: Option<ListFilter<FirmContractFilter>>,
    /// By its admissions to districts, past ones too unless it says `current` or `on` 准入与退出.
    pub admissions: Option<ListFilter<FirmAdmissionFilter>>,
    /// The day for which `admitted`, `left` and `serves` beside it are meant; today when left out 截至日期.
    pub as_of: Option<Date>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of its pinyin; in the name.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
}

impl Lower<FirmWhere> for PropertyFirmFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<FirmWhere>, ApiError> {
        let day = self.as_of.map_or_else(|| cx.clock.today(), |day| day.0);
        let serves = self.serves.map(|complexes| complexes.lower(cx)).transpose()?;
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<FirmId>(self.id, FirmWhere::Id)?
            .test(self.name, FirmWhere::Name)?
            .test(self.provenance, FirmWhere::Provenance)?
            .is(self.area.map(|code| FirmWhere::Within(code.0)))
            .test(self.credit_code, FirmWhere::CreditCode)?
            .is(self.admitted.map(|admitted| FirmWhere::Admitted(admitted, day)))
            .is(self.left.map(|left| FirmWhere::Left(left, day)))
            .is(serves.map(|complexes| FirmWhere::Serves(complexes, day)))
            .text(self.text, SearchType::PropertyFirm, FirmWhere::Text)?
            .list::<FirmContract>(self.contracts, FirmWhere::Contracts)?
            .list::<FirmAdmission>(self.admissions, FirmWhere::Admissions)?
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

object! {
    /// A contract of a firm with a complex 物业服务合同, from a day to a day.
    FirmContract: firm_contract::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it is open-ended 终止日.
        ends_on: Option<Date> = |row| row.ends_on.map(Date),
        /// Why it ended before its last day; null where it did not 提前终止原因.
        ended_because: Option<&str> = |row| row.ended_because.as_deref(),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// Whether it is in force today 是否有效.
        async fn current(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let today = cx(ctx)?.clock.today();
            Ok(self.0.row.starts_on <= today && self.0.row.ends_on.is_none_or(|last| today <= last))
        }
    }
    relations {
        /// The firm 物业企业.
        firm: PropertyFirm = |contract| Some(contract.firm_id),
        /// The complex 小区.
        complex: Complex = |contract| Some(contract.complex_id),
    }
    lists {
        /// What the firm takes under it, past and coming rates too; the latest first 收费标准.
        fees: ContractFee(ContractFeeFilter, ContractFeeOrderField) = |contract| contract.id, scope::FEES,
        /// What was agreed for this complex: services 服务清单 and resources 资源清单, past entries too.
        service_items: ServiceItem(ServiceItemFilter, ServiceItemOrderField) = |contract| contract.id, scope::ITEMS_OF_CONTRACT,
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |contract| contract.id.0, OF_RECORD,
    }
}

impl Listed for FirmContract {
    type Noun = Contracts;
    type Filter = FirmContractFilter;
    type Order = FirmContractOrderField;

    const ORDER: (FirmContractOrderField, OrderDirection) = (FirmContractOrderField::StartsOn, OrderDirection::Desc);
}

filters! {
    /// Which contracts 物业合同筛选; all that is given must hold.
    FirmContractFilter => ContractWhere {
        /// By firm 物业企业.
        firm: PropertyFirmFilter => related(ContractWhere::Firm),
        /// By complex 小区.
        complex: ComplexFilter => related(ContractWhere::Complex),
        /// By what the firm takes under it, past and coming rates too unless it says `current` or `on` 收费标准.
        fees: ListFilter<ContractFeeFilter> => list::<ContractFee>(ContractWhere::Fees),
        /// Whether in force today 是否有效.
        current: bool => at(|current, clock| ContractWhere::Current(current, clock.today())),
        /// In force on this day 在该日有效.
        on: Date => fact(|day| ContractWhere::Current(true, day.0)),
        /// By first day 起始日.
        starts_on: DateFilter => test(ContractWhere::StartsOn),
        /// By last day; open-ended contracts have none 终止日.
        ends_on: DateFilter => test(ContractWhere::EndsOn),
        /// Of complexes in the subtree of this area 小区所在区划 (含下级).
        area: AreaCode => within(ContractWhere::Within),
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
        /// Contracts of firms with complexes, past and coming ones too; the latest first 物业服务合同.
        firm_contracts: FirmContract(FirmContractFilter, FirmContractOrderField),
        /// Admissions of firms to districts and their exits; the latest first 物业企业准入与退出.
        firm_admissions: FirmAdmission(FirmAdmissionFilter, FirmAdmissionOrderField),
    }
}
