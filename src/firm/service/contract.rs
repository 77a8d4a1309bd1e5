//! Contracts of firms with complexes. Of one complex no two have a day in common.

use chrono::NaiveDate;
use entity::{ComplexId, CompositionRule, FirmContractId, FirmId, RecordChangeKind, firm_contract};

use crate::{
    app::Cx,
    area::service as areas,
    case::service::Terms,
    complex::scope::Complexes,
    db::noun,
    firm::{
        scope::{Contracts, Firms},
        store,
    },
    record::service::{Office, RecordError, Turn, in_order, write},
};

const FIRM: &str = "firmId";

pub struct NewContract {
    pub firm: FirmId,
    pub complex: ComplexId,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
}

pub async fn conclude(cx: &Cx, terms: Terms, new: NewContract) -> Result<Option<firm_contract::Model>, RecordError> {
    write::<Contracts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // neither leaves the firm the district, nor gets the complex another contract, until this is done
            let firm = turn.lock::<Firms>(new.firm, FIRM).await?;
            let complex = store::maybe_lock_complex(turn.tx, new.complex).await?.ok_or_else(|| RecordError::not_found("complexId"))?;
            turn.may(complex.area_id, Office::Subdistrict, "complexId").await?;
            turn.lasting::<Complexes>(&complex, "complexId")?;
            in_order(new.starts_on, new.ends_on)?;
            let row = firm_contract::Model {
                id: turn.cx.clock.new_id(),
                firm_id: firm.id,
                complex_id: complex.id,
                starts_on: new.starts_on,
                ends_on: new.ends_on,
                area_id: complex.area_id,
                ended_because: None,
                version: 1,
            };
            admitted(turn, &row).await?;
            if let Some(other) = store::maybe_overlapping(turn.tx, &row).await? {
                return Err(RecordError::Clash("contract-overlaps", "startsOn".into(), other.starts_on, other.ends_on));
            }
            if store::is_barred(turn.tx, &row).await? {
                return Err(RecordError::Broken(CompositionRule::NotOfServingFirm, FIRM.into()));
            }
            turn.enter::<Contracts>(row).await
        })
    })
    .await
}

/// The firm is admitted to the district of the complex on all days of the contract.
async fn admitted(turn: &Turn<'_>, contract: &firm_contract::Model) -> Result<(), RecordError> {
    let chain = areas::chain_in_tx(turn.tx, contract.area_id).await?;
    let Some(district) = chain.as_ref().and_then(|chain| chain.district()).map(|area| area.id) else {
        return Err(RecordError::State("firm-not-admitted", FIRM.into()));
    };
    let mut admissions = store::admissions(turn.tx, contract.firm_id, district).await?;
    admissions.sort_unstable_by_key(|admission| admission.admitted_on);
    // who is admitted again on the day after they left was never gone
    let mut from = contract.starts_on;
    for admission in admissions.iter().filter(|admission| admission.left_on.is_none_or(|left| contract.starts_on <= left)) {
        if from < admission.admitted_on {
            break;
        }
        match admission.left_on {
            Some(left) if contract.ends_on.is_none_or(|ends_on| left < ends_on) => from = left.succ_opt().unwrap_or(left),
            _ => return Ok(()),
        }
    }
    Err(RecordError::State("firm-not-admitted", FIRM.into()))
}

/// Ends a contract before its last day; of one that is open, on any day.
pub async fn end_contract(
    cx: &Cx,
    terms: Terms,
    id: FirmContractId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<firm_contract::Model>, RecordError> {
    write::<Contracts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let seen = noun::by_ids::<Contracts>(turn.tx, &turn.cx.actor, &[id]).await?;
            let seen = seen.get(&id).ok_or_else(|| RecordError::not_found("contractId"))?;
            // the complex first, as whoever moves it does
            store::maybe_lock_complex(turn.tx, seen.complex_id).await?;
            let before = turn.take::<Contracts>(id, Office::Subdistrict, "contractId").await?;
            let ends_on = turn.last_day(on, (before.starts_on, before.ends_on), "endsOn")?;
            let after = firm_contract::Model { ends_on: Some(ends_on), ended_because: Some(reason.clone()), ..before.clone() };
            turn.save::<Contracts>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}
