//! The mutations of firms: who they are, where they are admitted, whom they serve, what they take and offer.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use chrono::NaiveDate;
use entity::{ComplexId, ContractFeeId, FeeItem, FeeUnit, FirmAdmissionId, FirmContractId, FirmId, ServiceItemId, ServiceItemKind};

use super::{ContractFee, FirmAdmission, FirmContract, PropertyFirm, ServiceItem};
use crate::{
    case::service::Terms,
    firm::service::{self, Admission, FeeSet, ItemChange, ListOf, NewContract, NewFirm, NewItem},
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        payload::answer,
        scalar::{AreaCode, Date, Decimal},
    },
    payloads,
    record::graphql::{settled, terms},
};

/// Whose list of services or resources 清单所属.
#[derive(Clone, Debug, OneofObject)]
pub enum ServiceListInput {
    /// The firm's, wherever it serves 物业企业.
    FirmId(ID),
    /// That of one contract 物业服务合同.
    ContractId(ID),
}

/// A new firm 物业企业备案.
#[derive(Clone, Debug, InputObject)]
pub struct RegisterFirmInput {
    /// The district it is registered with, or a city without districts 备案区.
    pub district: AreaCode,
    /// Its name, at most 100 characters, which no other firm of the district has 名称.
    pub name: String,
    /// Its unified social credit code: 18 digits and capital letters 统一社会信用代码.
    pub credit_code: Option<String>,
    /// A name of your own for this call: a retry under the same key is answered with the same firm 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another name or code of a firm 物业企业变更.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateFirmInput {
    /// The firm 物业企业.
    pub firm_id: ID,
    /// Its name; stays when left out 名称.
    pub name: Option<String>,
    /// Its unified social credit code; stays when left out 统一社会信用代码.
    pub credit_code: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same firm 幂等键.
    pub idempotency_key: Option<String>,
}

/// Admitting a firm 物业企业准入.
#[derive(Clone, Debug, InputObject)]
pub struct AdmitFirmInput {
    /// The firm 物业企业.
    pub firm_id: ID,
    /// To which district; the one it is registered with when left out 区县.
    pub district: Option<AreaCode>,
    /// The first day; today when left out 准入日.
    pub admitted_on: Option<Date>,
    /// The document or record on which it is admitted, at most 100 characters 准入依据.
    pub basis: String,
    /// A name of your own for this call: a retry under the same key is answered with the same admission 幂等键.
    pub idempotency_key: Option<String>,
}

/// A firm leaves a district 物业企业退出.
#[derive(Clone, Debug, InputObject)]
pub struct RemoveFirmInput {
    /// The admission that ends 准入记录.
    pub admission_id: ID,
    /// The last day; today when left out 退出日.
    pub left_on: Option<Date>,
    /// Why 原因.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same admission 幂等键.
    pub idempotency_key: Option<String>,
}

/// A contract of a firm with a complex 签订物业服务合同.
#[derive(Clone, Debug, InputObject)]
pub struct ConcludeContractInput {
    /// The firm 物业企业.
    pub firm_id: ID,
    /// The complex 小区.
    pub complex_id: ID,
    /// The first day 起始日.
    pub starts_on: Date,
    /// The last day; open-ended when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same contract 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a contract 终止物业服务合同.
#[derive(Clone, Debug, InputObject)]
pub struct EndContractInput {
    /// The contract 物业服务合同.
    pub contract_id: ID,
    /// The last day, not after the one it has; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// Why 原因.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same contract 幂等键.
    pub idempotency_key: Option<String>,
}

/// A fee rate under a contract 设定收费标准.
#[derive(Clone, Debug, InputObject)]
pub struct SetContractFeeInput {
    /// The contract 物业服务合同.
    pub contract_id: ID,
    /// What for 收费项目.
    pub item: FeeItem,
    /// Of what exactly, where the item has several rates, at most 100 characters 收费对象.
    pub detail: Option<String>,
    /// In yuan, from 0.01 to 1000000.00 金额 (元).
    pub amount: Decimal,
    /// By what it is reckoned 计费单位.
    pub unit: FeeUnit,
    /// The first day, within the contract; that of the contract when left out 起始日.
    pub starts_on: Option<Date>,
    /// The last day; open-ended when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same fee 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a fee rate 终止收费标准.
#[derive(Clone, Debug, InputObject)]
pub struct EndContractFeeInput {
    /// The fee 收费标准.
    pub fee_id: ID,
    /// The last day, not after the one it has; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same fee 幂等键.
    pub idempotency_key: Option<String>,
}

/// An entry of a list of services or resources 新增清单条目.
#[derive(Clone, Debug, InputObject)]
pub struct AddServiceItemInput {
    /// Whose list 清单所属.
    pub of: ServiceListInput,
    /// Which list 清单类型.
    pub kind: ServiceItemKind,
    /// Its name, at most 100 characters, which no other entry of the list has at the time 名称.
    pub name: String,
    /// What it is, in words 说明.
    pub description: Option<String>,
    /// How often, or to which standard, at most 100 characters 频次或标准.
    pub frequency: Option<String>,
    /// The first day on which it is published; today when left out 公示起始日.
    pub starts_on: Option<Date>,
    /// The last day; open-ended when left out 公示终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same entry 幂等键.
    pub idempotency_key: Option<String>,
}

/// Changing an entry of a list 修改清单条目.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateServiceItemInput {
    /// The entry 清单条目.
    pub item_id: ID,
    /// Its name; stays when left out 名称.
    pub name: Option<String>,
    /// What it is; stays when left out 说明.
    pub description: Option<String>,
    /// How often, or to which standard; stays when left out 频次或标准.
    pub frequency: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same entry 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending an entry of a list 终止清单条目.
#[derive(Clone, Debug, InputObject)]
pub struct EndServiceItemInput {
    /// The entry 清单条目.
    pub item_id: ID,
    /// The last day, not after the one it has; today when left out 公示终止日.
    pub ends_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same entry 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    RegisterFirmPayload {
        /// The new firm; null where nothing was changed 物业企业.
        firm: PropertyFirm,
    }
    /// What became of it 操作结果.
    UpdateFirmPayload {
        /// The firm; null where nothing was changed, but on `CONFLICT` as it stands now 物业企业.
        firm: PropertyFirm,
    }
    /// What became of it 操作结果.
    AdmitFirmPayload {
        /// The admission; null where nothing was changed 准入记录.
        admission: FirmAdmission,
    }
    /// What became of it 操作结果.
    RemoveFirmPayload {
        /// The admission; null where nothing was changed, but on `CONFLICT` as it stands now 准入记录.
        admission: FirmAdmission,
    }
    /// What became of it 操作结果.
    ConcludeContractPayload {
        /// The contract; null where nothing was changed 物业服务合同.
        contract: FirmContract,
    }
    /// What became of it 操作结果.
    EndContractPayload {
        /// The contract; null where nothing was changed, but on `CONFLICT` as it stands now 物业服务合同.
        contract: FirmContract,
    }
    /// What became of it 操作结果.
    SetContractFeePayload {
        /// The fee; null where nothing was changed 收费标准.
        fee: ContractFee,
    }
    /// What became of it 操作结果.
    EndContractFeePayload {
        /// The fee; null where nothing was changed, but on `CONFLICT` as it stands now 收费标准.
        fee: ContractFee,
    }
    /// What became of it 操作结果.
    AddServiceItemPayload {
        /// The entry; null where nothing was changed 清单条目.
        item: ServiceItem,
    }
    /// What became of it 操作结果.
    UpdateServiceItemPayload {
        /// The entry; null where nothing was changed, but on `CONFLICT` as it stands now 清单条目.
        item: ServiceItem,
    }
    /// What became of it 操作结果.
    EndServiceItemPayload {
        /// The entry; null where nothing was changed, but on `CONFLICT` as it stands now 清单条目.
        item: ServiceItem,
    }
}

impl RegisterFirmInput {
    fn decode(self) -> Result<(Terms, NewFirm), Refusal> {
        let terms = terms!(new self);
        let (name, credit_code) = (text(&self.name, "name", TITLE)?, credit_code(self.credit_code.as_deref())?);
        Ok((terms, NewFirm { district: self.district.0, name, credit_code }))
    }
}

impl UpdateFirmInput {
    fn decode(self) -> Result<(Terms, FirmId, Option<String>, Option<String>), Refusal> {
        let terms = terms!(self);
        let (name, code) = (self.name.as_deref(), credit_code(self.credit_code.as_deref())?);
        Ok((terms, id::required(&self.firm_id, "firmId")?, name.map(|name| text(name, "name", TITLE)).transpose()?, code))
    }
}

impl AdmitFirmInput {
    fn decode(self) -> Result<(Terms, Admission), Refusal> {
        let terms = terms!(new self);
        let firm = id::required(&self.firm_id, "firmId")?;
        let basis = text(&self.basis, "basis", TITLE)?;
        Ok((terms, Admission { firm, district: self.district.map(|code| code.0), on: day(self.admitted_on), basis }))
    }
}

impl RemoveFirmInput {
    fn decode(self) -> Result<(Terms, FirmAdmissionId, Option<NaiveDate>, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.admission_id, "admissionId")?, day(self.left_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl ConcludeContractInput {
    fn decode(self) -> Result<(Terms, NewContract), Refusal> {
        let terms = terms!(new self);
        let (firm, complex) = (id::required::<FirmId>(&self.firm_id, "firmId")?, id::required::<ComplexId>(&self.complex_id, "complexId")?);
        Ok((terms, NewContract { firm, complex, starts_on: self.starts_on.0, ends_on: day(self.ends_on) }))
    }
}

impl EndContractInput {
    fn decode(self) -> Result<(Terms, FirmContractId, Option<NaiveDate>, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.contract_id, "contractId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

impl SetContractFeeInput {
    fn decode(self) -> Result<(Terms, FeeSet), Refusal> {
        let terms = terms!(new self);
        let contract = id::required(&self.contract_id, "contractId")?;
        let detail = maybe_text(self.detail.as_deref(), "detail", TITLE)?;
        let (starts_on, ends_on) = (day(self.starts_on), day(self.ends_on));
        Ok((terms, FeeSet { contract, item: self.item, detail, amount: self.amount.0, unit: self.unit, starts_on, ends_on }))
    }
}

impl EndContractFeeInput {
    fn decode(self) -> Result<(Terms, ContractFeeId, Option<NaiveDate>), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.fee_id, "feeId")?, day(self.ends_on)))
    }
}

impl AddServiceItemInput {
    fn decode(self) -> Result<(Terms, NewItem), Refusal> {
        let terms = terms!(new self);
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
        let terms = terms!(self);
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
        let terms = terms!(self);
        Ok((terms, id::required(&self.item_id, "itemId")?, day(self.ends_on)))
    }
}

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

/// 18 digits and capital letters, of which I, O, S, V and Z are none (GB 32100).
fn credit_code(code: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(code) = maybe_text(code, "creditCode", 18)? else { return Ok(None) };
    let fits = |b: u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"IOSVZ".contains(&b));
    if code.len() == 18 && code.bytes().all(fits) {
        return Ok(Some(code));
    }
    Err(Refusal::new(UserErrorCode::InvalidFormat, "credit-code", "creditCode"))
}

#[derive(Default)]
pub struct FirmMutation;

#[Object]
impl FirmMutation {
    /// Registers a property firm with a district 物业企业备案, by an officer of the district or an administrator. It may serve there once it is admitted.
    async fn register_firm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and which 区县及企业")] input: RegisterFirmInput,
    ) -> Option<Result<RegisterFirmPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (firm, user_errors) = settled(input.decode(), |(terms, new)| service::register(cx, terms, new)).await?;
            Ok(RegisterFirmPayload { firm, user_errors })
        })
        .await
    }

    /// Changes the name or the code of a firm 物业企业变更, by those who may register one there; what it was before stays in its changes.
    async fn update_firm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what 企业及内容")] input: UpdateFirmInput,
    ) -> Option<Result<UpdateFirmPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (firm, user_errors) = settled(input.decode(), |(terms, id, name, code)| service::update(cx, terms, id, name, code)).await?;
            Ok(UpdateFirmPayload { firm, user_errors })
        })
        .await
    }

    /// Admits a firm to a district 物业企业准入, by an officer of that district or an administrator. To one district it is admitted once at a time.
    async fn admit_firm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, where and why 企业、区县及依据")] input: AdmitFirmInput,
    ) -> Option<Result<AdmitFirmPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (admission, user_errors) = settled(input.decode(), |(terms, new)| service::admit(cx, terms, new)).await?;
            Ok(AdmitFirmPayload { admission, user_errors })
        })
        .await
    }

    /// Lets a firm leave a district 物业企业退出, by an officer of that district or an administrator. Refused with `INVALID_STATE` while it has a contract there that goes on after that day. It stays to be read, and may be admitted again.
    async fn remove_firm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 准入记录及原因")] input: RemoveFirmInput,
    ) -> Option<Result<RemoveFirmPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (admission, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::remove(cx, terms, id, on, reason)).await?;
            Ok(RemoveFirmPayload { admission, user_errors })
        })
        .await
    }

    /// Enters a contract of a firm with a complex 签订物业服务合同, by an officer of the subdistrict or the district, or an administrator. The firm must be admitted to the district on all its days (`INVALID_STATE`); no other contract of the complex may have a day in common with it (`ALREADY_EXISTS`); and nobody may sit on the owners' committee of the complex and work for the firm (`INCOMPATIBLE_POST`).
    async fn conclude_contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who serves where 企业、小区及期限")] input: ConcludeContractInput,
    ) -> Option<Result<ConcludeContractPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (contract, user_errors) = settled(input.decode(), |(terms, new)| service::conclude(cx, terms, new)).await?;
            Ok(ConcludeContractPayload { contract, user_errors })
        })
        .await
    }

    /// Ends a contract before its last day 终止物业服务合同, by those who may conclude one there; its fees and lists end with it.
    async fn end_contract(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 合同及原因")] input: EndContractInput,
    ) -> Option<Result<EndContractPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (contract, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::end_contract(cx, terms, id, on, reason)).await?;
            Ok(EndContractPayload { contract, user_errors })
        })
        .await
    }

    /// Enters a fee rate under a contract 设定收费标准, by those who may conclude one there. Refused with `ALREADY_EXISTS` where another rate of the same item and detail has a day in common with it: end that one first.
    async fn set_contract_fee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What for, and how much 项目及金额")] input: SetContractFeeInput,
    ) -> Option<Result<SetContractFeePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (fee, user_errors) = settled(input.decode(), |(terms, new)| service::set_fee(cx, terms, new)).await?;
            Ok(SetContractFeePayload { fee, user_errors })
        })
        .await
    }

    /// Ends a fee rate 终止收费标准, by those who may set one.
    async fn end_contract_fee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 收费标准")] input: EndContractFeeInput,
    ) -> Option<Result<EndContractFeePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (fee, user_errors) = settled(input.decode(), |(terms, id, on)| service::end_fee(cx, terms, id, on)).await?;
            Ok(EndContractFeePayload { fee, user_errors })
        })
        .await
    }

    /// Adds to the list of services 服务清单 or of resources 资源清单, by a manager of the firm; or by an officer, of the subdistrict or above for one contract, of the district for the firm as a whole; or an administrator.
    async fn add_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose list, and what 清单及内容")] input: AddServiceItemInput,
    ) -> Option<Result<AddServiceItemPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (item, user_errors) = settled(input.decode(), |(terms, new)| service::add_item(cx, terms, new)).await?;
            Ok(AddServiceItemPayload { item, user_errors })
        })
        .await
    }

    /// Changes an entry of a list 修改清单条目, by those who may add one there; what it said before stays in its changes.
    async fn update_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what 条目及内容")] input: UpdateServiceItemInput,
    ) -> Option<Result<UpdateServiceItemPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (item, user_errors) = settled(input.decode(), |(terms, id, change)| service::update_item(cx, terms, id, change)).await?;
            Ok(UpdateServiceItemPayload { item, user_errors })
        })
        .await
    }

    /// Ends an entry of a list 终止清单条目, by those who may add one there.
    async fn end_service_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 清单条目")] input: EndServiceItemInput,
    ) -> Option<Result<EndServiceItemPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (item, user_errors) = settled(input.decode(), |(terms, id, on)| service::end_item(cx, terms, id, on)).await?;
            Ok(EndServiceItemPayload { item, user_errors })
        })
        .await
    }
}
