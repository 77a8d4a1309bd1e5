//! The mutations of firms: who they are, where they are admitted, whom they serve, what they take and offer.

use async_graphql::{ID, OneofObject};
use chrono::NaiveDate;
use entity::{ComplexId, ContractFeeId, FeeItem, FeeUnit, FirmAdmissionId, FirmContractId, FirmId, ServiceItemId, ServiceItemKind};

use super::{ContractFee, FirmAdmission, FirmContract, PropertyFirm, ServiceItem};
use crate::{
    case::service::Terms,
    firm::service::{self, Admission, FeeSet, ItemChange, ListOf, NewContract, NewFirm, NewItem},
    graphql::{
        error::{Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        scalar::{AreaCode, Date, Decimal},
    },
    record::graphql::{inputs, mutations},
};

/// Whose list of services or resources 清单所属.
#[derive(Clone, Debug, OneofObject)]
pub enum ServiceListInput {
    /// The firm's, wherever it serves 物业企业.
    FirmId(ID),
    /// That of one contract 物业服务合同.
    ContractId(ID),
}

inputs! {
    /// A new firm 物业企业备案.
    creates RegisterFirmInput {
        /// The district it is registered with, or a city without districts 备案区.
        district: AreaCode,
        /// Its name, at most 100 characters, which no other firm of the district has 名称.
        name: String,
        /// Its unified social credit code: 18 digits and capital letters 统一社会信用代码.
        credit_code: Option<String>,
    }

    /// Another name or code of a firm 物业企业变更.
    changes UpdateFirmInput {
        /// The firm 物业企业.
        firm_id: ID,
        /// Its name; stays when left out 名称.
        name: Option<String>,
        /// Its unified social credit code; stays when left out 统一社会信用代码.
        credit_code: Option<String>,
    }

    /// Admitting a firm 物业企业准入.
    creates AdmitFirmInput {
        /// The firm 物业企业.
        firm_id: ID,
        /// To which district; the one it is registered with when left out 区县.
        district: Option<AreaCode>,
        /// The first day; today when left out 准入日.
        admitted_on: Option<Date>,
        /// The document or record on which it is admitted, at most 100 characters 准入依据.
        basis: String,
    }

    /// A firm leaves a district 物业企业退出.
    changes RemoveFirmInput {
        /// The admission that ends 准入记录.
        admission_id: ID,
        /// The last day; today when left out 退出日.
        left_on: Option<Date>,
        /// Why 原因.
        reason: String,
    }

    /// A contract of a firm with a complex 签订物业服务合同.
    creates ConcludeContractInput {
        /// The firm 物业企业.
        firm_id: ID,
        /// The complex 小区.
        complex_id: ID,
        /// The first day 起始日.
        starts_on: Date,
        /// The last day; open-ended when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Ending a contract 终止物业服务合同.
    changes EndContractInput {
        /// The contract 物业服务合同.
        contract_id: ID,
        /// The last day, not after the one it has; today when left out 终止日.
        ends_on: Option<Date>,
        /// Why 原因.
        reason: String,
    }

    /// A fee rate under a contract 设定收费标准.
    creates SetContractFeeInput {
        /// The contract 物业服务合同.
        contract_id: ID,
        /// What for 收费项目.
        item: FeeItem,
        /// Of what exactly, where the item has several rates, at most 100 characters 收费对象.
        detail: Option<String>,
        /// In yuan, from 0.01 to 1000000.00 金额 (元).
        amount: Decimal,
        /// By what it is reckoned 计费单位.
        unit: FeeUnit,
        /// The first day, within the contract; that of the contract when left out 起始日.
        starts_on: Option<Date>,
        /// The last day; open-ended when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Ending a fee rate 终止收费标准.
    changes EndContractFeeInput {
        /// The fee 收费标准.
        fee_id: ID,
        /// The last day, not after the one it has; today when left out 终止日.
        ends_on: Option<Date>,
    }

    /// An entry of a list of services or resources 新增清单条目.
    creates AddServiceItemInput {
        /// Whose list 清单所属.
        of: ServiceListInput,
        /// Which list 清单类型.
        kind: ServiceItemKind,
        /// Its name, at most 100 characters, which no other entry of the list has at the time 名称.
        name: String,
        /// What it is, in words 说明.
        description: Option<String>,
        /// How often, or to which standard, at most 100 characters 频次或标准.
        frequency: Option<String>,
        /// The first day on which it is published; today when left out 公示起始日.
        starts_on: Option<Date>,
        /// The last day; open-ended when left out 公示终止日.
        ends_on: Option<Date>,
    }

    /// Changing an entry of a list 修改清单条目.
    changes UpdateServiceItemInput {
        /// The entry 清单条目.
        item_id: ID,
        /// Its name; stays when left out 名称.
        name: Option<String>,
        /// What it is; stays when left out 说明.
        description: Option<String>,
        /// How often, or to which standard; stays when left out 频次或标准.
        frequency: Option<String>,
    }

    /// Ending an entry of a list 终止清单条目.
    changes EndServiceItemInput {
        /// The entry 清单条目.
        item_id: ID,
        /// The last day, not after the one it has; today when left out 公示终止日.
        ends_on: Option<Date>,
    }
}

impl RegisterFirmInput {
    fn decode(self) -> Result<(Terms, NewFirm), Refusal> {
        let terms = self.terms()?;
        let (name, credit_code) = (text(&self.name, "name", TITLE)?, credit_code(self.credit_code.as_deref())?);
        Ok((terms, NewFirm { district: self.district.0, name, credit_code }))
    }
}

impl UpdateFirmInput {
    fn decode(self) -> Result<(Terms, FirmId, Option<String>, Option<String>), Refusal> {
        let terms = self.terms()?;
        let (name, code) = (self.name.as_deref(), credit_code(self.credit_code.as_deref())?);
        Ok((terms, id::required(&self.firm_id, "firmId")?, name.map(|name| text(name, "name", TITLE)).transpose()?, code))
    }
}

impl AdmitFirmInput {
    fn decode(self) -> Result<(Terms, Admission), Refusal> {
        let terms = self.terms()?;
        let firm = id::required(&self.firm_id, "firmId")?;
        let basis = text(&self.basis, "basis", TITLE)?;
        Ok((terms, Admission { firm, district: self.district.map(|code| code.0), on: day(self.admitted_on), basis }))
    }
}

impl RemoveFirmInput {
    fn decode(self) -> Result<(Terms, FirmAdmissionId, Option<NaiveDate>, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.admission_id, "admissionId")?, day(self.left_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl ConcludeContractInput {
    fn decode(self) -> Result<(Terms, NewContract), Refusal> {
        let terms = self.terms()?;
        let (firm, complex) = (id::required::<FirmId>(&self.firm_id, "firmId")?, id::required::<ComplexId>(&self.complex_id, "complexId")?);
        Ok((terms, NewContract { firm, complex, starts_on: self.starts_on.0, ends_on: day(self.ends_on) }))
    }
}

impl EndContractInput {
    fn decode(self) -> Result<(Terms, FirmContractId, Option<NaiveDate>, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.contract_id, "contractId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl SetContractFeeInput {
    fn decode(self) -> Result<(Terms, FeeSet), Refusal> {
        let terms = self.terms()?;
        let contract = id::required(&self.contract_id, "contractId")?;
        let detail = maybe_text(self.detail.as_deref(), "detail", TITLE)?;
        let (starts_on, ends_on) = (day(self.starts_on), day(self.ends_on));
        Ok((terms, FeeSet { contract, item: self.item, detail, amount: self.amount.0, unit: self.unit, starts_on, ends_on }))
    }
}

impl EndContractFeeInput {
    fn decode(self) -> Result<(Terms, ContractFeeId, Option<NaiveDate>), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.fee_id, "feeId")?, day(self.ends_on)))
    }
}

impl AddServiceItemInput {
    fn decode(self) -> Result<(Terms, NewItem), Refusal> {
        let terms = self.terms()?;
        let of = match &self.of {
            ServiceListInput::FirmId(firm) => ListOf::Firm(id::required(firm, "of.firmId")?),
            ServiceListInput::ContractId(contract) => ListOf::Contract(id::required(contract, "of.contractId")?),
        };
        let item = NewItem {
            of,
            kind: self.kind,
            name: text(&self.name, "name", TITLE)?,
            description: maybe_text(self.description.as_deref(), "description", TEXT)?,
            frequency: maybe_text(self.frequency.as_deref(), "frequency", TITLE)?,
            starts_on: day(self.starts_on),
            ends_on: day(self.ends_on),
        };
        Ok((terms, item))
    }
}

impl UpdateServiceItemInput {
    fn decode(self) -> Result<(Terms, ServiceItemId, ItemChange), Refusal> {
        let terms = self.terms()?;
        let change = ItemChange {
            name: self.name.as_deref().map(|name| text(name, "name", TITLE)).transpose()?,
            description: maybe_text(self.description.as_deref(), "description", TEXT)?,
            frequency: maybe_text(self.frequency.as_deref(), "frequency", TITLE)?,
        };
        Ok((terms, id::required(&self.item_id, "itemId")?, change))
    }
}

impl EndServiceItemInput {
    fn decode(self) -> Result<(Terms, ServiceItemId, Option<NaiveDate>), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.item_id, "itemId")?, day(self.ends_on)))
    }
}

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

fn credit_code(code: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(code) = maybe_text(code, "creditCode", 18)? else { return Ok(None) };
    if service::is_credit_code(&code) {
        Ok(Some(code))
    } else {
        Err(Refusal::new(UserErrorCode::InvalidFormat, "credit-code", "creditCode"))
    }
}

mutations! {
    FirmMutation {
        /// Registers a property firm with a district 物业企业备案, by an officer of the district or an administrator. It may serve there once it is admitted.
        register_firm(RegisterFirmInput: "Where, and which 区县及企业") -> RegisterFirmPayload { firm: PropertyFirm } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::register(cx, terms, new)
        };

        /// Changes the name or the code of a firm 物业企业变更, by those who may register one there; what it was before stays in its changes.
        update_firm(UpdateFirmInput: "Which, and what 企业及内容") -> UpdateFirmPayload { firm: PropertyFirm } = |cx, input| {
            let (terms, id, name, code) = input.decode()?;
            service::update(cx, terms, id, name, code)
        };

        /// Admits a firm to a district 物业企业准入, by an officer of that district or an administrator. To one district it is admitted once at a time.
        admit_firm(AdmitFirmInput: "Which, where and why 企业、区县及依据") -> AdmitFirmPayload { admission: FirmAdmission } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::admit(cx, terms, new)
        };

        /// Lets a firm leave a district 物业企业退出, by an officer of that district or an administrator. Refused with `INVALID_STATE` while it has a contract there that goes on after that day. It stays to be read, and may be admitted again.
        remove_firm(RemoveFirmInput: "Which, and why 准入记录及原因") -> RemoveFirmPayload { admission: FirmAdmission } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::remove(cx, terms, id, on, reason)
        };

        /// Enters a contract of a firm with a complex 签订物业服务合同, by an officer of the subdistrict or the district, or an administrator. The firm must be admitted to the district on all its days (`INVALID_STATE`); no other contract of the complex may have a day in common with it (`ALREADY_EXISTS`); and nobody may sit on the owners' committee of the complex and work for the firm (`INCOMPATIBLE_POST`).
        conclude_contract(ConcludeContractInput: "Who serves where 企业、小区及期限")
            -> ConcludeContractPayload { contract: FirmContract } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::conclude(cx, terms, new)
        };

        /// Ends a contract before its last day 终止物业服务合同, by those who may conclude one there; its fees and lists end with it.
        end_contract(EndContractInput: "Which, and why 合同及原因") -> EndContractPayload { contract: FirmContract } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::end_contract(cx, terms, id, on, reason)
        };

        /// Enters a fee rate under a contract 设定收费标准, by those who may conclude one there. Refused with `ALREADY_EXISTS` where another rate of the same item and detail has a day in common with it: end that one first.
        set_contract_fee(SetContractFeeInput: "What for, and how much 项目及金额") -> SetContractFeePayload { fee: ContractFee } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::set_fee(cx, terms, new)
        };

        /// Ends a fee rate 终止收费标准, by those who may set one.
        end_contract_fee(EndContractFeeInput: "Which 收费标准") -> EndContractFeePayload { fee: ContractFee } = |cx, input| {
            let (terms, id, on) = input.decode()?;
            service::end_fee(cx, terms, id, on)
        };

        /// Adds to the list of services 服务清单 or of resources 资源清单, by a manager of the firm; or by an officer, of the subdistrict or above for one contract, of the district for the firm as a whole; or an administrator.
        add_service_item(AddServiceItemInput: "Whose list, and what 清单及内容") -> AddServiceItemPayload { item: ServiceItem } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::add_item(cx, terms, new)
        };

        /// Changes an entry of a list 修改清单条目, by those who may add one there; what it said before stays in its changes.
        update_service_item(UpdateServiceItemInput: "Which, and what 条目及内容")
            -> UpdateServiceItemPayload { item: ServiceItem } = |cx, input| {
            let (terms, id, change) = input.decode()?;
            service::update_item(cx, terms, id, change)
        };

        /// Ends an entry of a list 终止清单条目, by those who may add one there.
        end_service_item(EndServiceItemInput: "Which 清单条目") -> EndServiceItemPayload { item: ServiceItem } = |cx, input| {
            let (terms, id, on) = input.decode()?;
            service::end_item(cx, terms, id, on)
        };
    }
}
