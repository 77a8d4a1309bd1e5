//! What a firm takes under a contract, and its lists of services and resources.

use chrono::NaiveDate;
use entity::{
    ContractFeeId, FeeItem, FeeUnit, FirmContractId, FirmId, Hundredths, PostRole, Provenance, RecordChangeKind, ServiceItemId,
    ServiceItemKind, contract_fee, service_item,
};

use crate::{
    app::Cx,
    case::service::Terms,
    db::noun,
    firm::{
        scope::{Contracts, Fees, Firms, Items},
        store,
    },
    record::service::{LAST, Office, RecordError, Turn, in_order, write},
};

/// A million yuan, in fen.
const MOST: Hundredths = Hundredths(100_000_000);

pub struct FeeSet {
    pub contract: FirmContractId,
    pub item: FeeItem,
    pub detail: Option<String>,
    pub amount: Hundredths,
    pub unit: FeeUnit,
    /// None: the first day of the contract.
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub async fn set_fee(cx: &Cx, terms: Terms, new: FeeSet) -> Result<Option<contract_fee::Model>, RecordError> {
    write::<Fees, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // of one contract one at a time is set, so that none overlaps
            let contract = turn.take::<Contracts>(new.contract, Office::Subdistrict, "contractId").await?;
            let least = Hundredths(1);
            if new.amount < least || new.amount > MOST {
                return Err(RecordError::OutOfRange("amount".into(), least.to_string(), MOST.to_string()));
            }
            let starts_on = new.starts_on.unwrap_or(contract.starts_on);
            in_order(starts_on, new.ends_on)?;
            if starts_on < contract.starts_on || contract.ends_on.is_some_and(|end| end < starts_on) {
                return Err(RecordError::days("startsOn", contract.starts_on, contract.ends_on.unwrap_or(LAST)));
            }
            let row = contract_fee::Model {
                id: turn.cx.clock.new_id(),
                contract_id: contract.id,
                area_id: contract.area_id,
                item: new.item,
                detail: new.detail,
                amount: new.amount,
                unit: new.unit,
                starts_on,
                ends_on: new.ends_on,
                provenance: Provenance::Recorded,
                version: 1,
            };
            if let Some(other) = store::maybe_fee_meeting(turn.tx, &row).await? {
                return Err(RecordError::Clash("fee-overlaps", "startsOn".into(), other.starts_on, other.ends_on));
            }
            turn.enter::<Fees>(row).await
        })
    })
    .await
}

pub async fn end_fee(cx: &Cx, terms: Terms, id: ContractFeeId, on: Option<NaiveDate>) -> Result<Option<contract_fee::Model>, RecordError> {
    write::<Fees, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Fees>(id, Office::Subdistrict, "feeId").await?;
            let ends_on = turn.last_day(on, (before.starts_on, before.ends_on), "endsOn")?;
            let after = contract_fee::Model { ends_on: Some(ends_on), ..before.clone() };
            turn.save::<Fees>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

/// Whose list an entry is in.
#[derive(Clone, Copy, Debug)]
pub enum ListOf {
    Firm(FirmId),
    Contract(FirmContractId),
}

pub struct NewItem {
    pub of: ListOf,
    pub kind: ServiceItemKind,
    pub name: String,
    pub description: Option<String>,
    pub frequency: Option<String>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub async fn add_item(cx: &Cx, terms: Terms, new: NewItem) -> Result<Option<service_item::Model>, RecordError> {
    write::<Items, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let starts_on = new.starts_on.unwrap_or(turn.today);
            in_order(starts_on, new.ends_on)?;
            let (firm_id, contract_id, area_id) = match new.of {
                ListOf::Firm(id) => {
                    let firm = turn.lock::<Firms>(id, "of.firmId").await?;
                    (firm.id, None, firm.district_id)
                }
                ListOf::Contract(id) => {
                    let seen = noun::by_ids::<Contracts>(turn.tx, &turn.cx.actor, &[id]).await?.remove(&id);
                    let seen = seen.ok_or_else(|| RecordError::not_found("of.contractId"))?;
                    // the firm first, as whoever changes an entry does
                    turn.lock::<Firms>(seen.firm_id, "of.contractId").await?;
                    let contract = turn.lock::<Contracts>(id, "of.contractId").await?;
                    let contract = turn.check::<Contracts>(contract, "of.contractId")?;
                    (contract.firm_id, Some(contract.id), contract.area_id)
                }
            };
            let row = service_item::Model {
                id: turn.cx.clock.new_id(),
                firm_id,
                contract_id,
                area_id,
                kind: new.kind,
                name: new.name,
                description: new.description,
                frequency: new.frequency,
                starts_on,
                ends_on: new.ends_on,
                provenance: Provenance::Recorded,
                version: 1,
            };
            may_list(turn, &row, if contract_id.is_some() { "of.contractId" } else { "of.firmId" }).await?;
            if store::is_listed(turn.tx, &row).await? {
                return Err(RecordError::Exists("name".into()));
            }
            turn.enter::<Items>(row).await
        })
    })
    .await
}

/// The lists are the firm's own to keep: its managers do, and officers, of the subdistrict for a contract and of the district for the firm as a whole.
async fn may_list(turn: &Turn<'_>, item: &service_item::Model, field: &str) -> Result<(), RecordError> {
    if turn.cx.actor.units::<FirmId>(PostRole::FirmManager).contains(&item.firm_id) {
        return Ok(());
    }
    let least = if item.contract_id.is_some() { Office::Subdistrict } else { Office::District };
    turn.may(item.area_id, least, field).await
}

/// What is left out stays.
pub struct ItemChange {
    pub name: Option<String>,
    pub description: Option<String>,
    pub frequency: Option<String>,
}

pub async fn update_item(cx: &Cx, terms: Terms, id: ServiceItemId, change: ItemChange) -> Result<Option<service_item::Model>, RecordError> {
    write::<Items, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = take_item(turn, id).await?;
            let mut after = before.clone();
            after.name = change.name.unwrap_or(after.name);
            after.description = change.description.or(after.description);
            after.frequency = change.frequency.or(after.frequency);
            if store::is_listed(turn.tx, &after).await? {
                return Err(RecordError::Exists("name".into()));
            }
            turn.save::<Items>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

pub async fn end_item(cx: &Cx, terms: Terms, id: ServiceItemId, on: Option<NaiveDate>) -> Result<Option<service_item::Model>, RecordError> {
    write::<Items, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = take_item(turn, id).await?;
            let ends_on = turn.last_day(on, (before.starts_on, before.ends_on), "endsOn")?;
            let after = service_item::Model { ends_on: Some(ends_on), ..before.clone() };
            turn.save::<Items>(&before, after, RecordChangeKind::Ended, None).await
        })
    })
    .await
}

async fn take_item(turn: &Turn<'_>, id: ServiceItemId) -> Result<service_item::Model, RecordError> {
    let item = turn.lock::<Items>(id, "itemId").await?;
    // one change of a firm's lists at a time, so that no two entries take one name
    turn.lock::<Firms>(item.firm_id, "itemId").await?;
    may_list(turn, &item, "itemId").await?;
    if let Some(contract) = item.contract_id {
        let contract = turn.lock::<Contracts>(contract, "itemId").await?;
        turn.lasting::<Contracts>(&contract, "itemId")?;
    }
    turn.check::<Items>(item, "itemId")
}
