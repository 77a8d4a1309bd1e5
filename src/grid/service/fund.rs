//! The working funds of grids 网格工作经费. The subdistrict opens a fund and grants the money, the community says what it was spent on. The ledger only grows.

use chrono::{Datelike, NaiveDate};
use entity::{
    GridFundEntryId, GridFundEntryKind, GridFundId, GridId, Hundredths, Provenance, RecordChangeKind, grid_fund, grid_fund_entry,
};

use crate::{
    app::Cx,
    case::service::Terms,
    grid::{
        scope::{GridFunds, Grids},
        store,
    },
    record::service::{Office, RecordError, Turn, write},
};

pub struct NewEntry {
    pub kind: GridFundEntryKind,
    /// Of a correction none: it takes back the whole of another entry.
    pub amount: Option<Hundredths>,
    /// None: today.
    pub day: Option<NaiveDate>,
    pub purpose: String,
    pub receipt: Option<String>,
    pub corrects: Option<GridFundEntryId>,
}

const FUND: &str = "fundId";

pub async fn open_fund(
    cx: &Cx,
    terms: Terms,
    grid: GridId,
    year: i32,
    budget: Hundredths,
) -> Result<Option<grid_fund::Model>, RecordError> {
    write::<GridFunds, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let grid = turn.take::<Grids>(grid, Office::Subdistrict, "gridId").await?;
            let (first, last) = (2000, turn.today.year() + 1);
            if !(first..=last).contains(&year) {
                return Err(RecordError::OutOfRange("year".into(), first.to_string(), last.to_string()));
            }
            if store::is_fund(turn.tx, grid.id, year).await? {
                return Err(RecordError::Exists("year".into()));
            }
            let row = grid_fund::Model {
                id: turn.cx.clock.new_id(),
                grid_id: grid.id,
                area_id: grid.area_id,
                year,
                budget,
                ended_on: None,
                provenance: Provenance::Recorded,
                version: 1,
            };
            turn.enter::<GridFunds>(row).await
        })
    })
    .await
}

/// Another budget, by those who may open a fund; what was granted stays within it.
pub async fn update_fund(
    cx: &Cx,
    terms: Terms,
    id: GridFundId,
    budget: Hundredths,
    note: Option<String>,
) -> Result<Option<grid_fund::Model>, RecordError> {
    write::<GridFunds, _>(cx, terms, move |turn| {
        Box::pin(async move {
            // grants wait for its lock
            let before = turn.take::<GridFunds>(id, Office::Subdistrict, FUND).await?;
            let granted = Hundredths(store::entries(turn.tx, id).await?.iter().map(|entry| entry.granted.0).sum());
            if budget < granted {
                return Err(RecordError::Limit("grid-fund-under-granted", "budget".into(), vec![("granted", granted.to_string())]));
            }
            let after = grid_fund::Model { budget, ..before.clone() };
            turn.save::<GridFunds>(&before, after, RecordChangeKind::Changed, note).await
        })
    })
    .await
}

/// For good: what a closed ledger came to stays so.
pub async fn close_fund(cx: &Cx, terms: Terms, id: GridFundId, note: Option<String>) -> Result<Option<grid_fund::Model>, RecordError> {
    write::<GridFunds, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<GridFunds>(id, Office::Subdistrict, FUND).await?;
            let after = grid_fund::Model { ended_on: Some(turn.today), ..before.clone() };
            turn.save::<GridFunds>(&before, after, RecordChangeKind::Ended, note).await
        })
    })
    .await
}

pub async fn add_entry(cx: &Cx, terms: Terms, id: GridFundId, new: NewEntry) -> Result<Option<grid_fund::Model>, RecordError> {
    write::<GridFunds, _>(cx, terms, move |turn| Box::pin(add_in(turn, id, new))).await
}

async fn add_in(turn: &Turn<'_>, id: GridFundId, new: NewEntry) -> Result<grid_fund::Model, RecordError> {
    let fund = turn.take::<GridFunds>(id, Office::Community, FUND).await?;
    let entries = store::entries(turn.tx, id).await?;
    let entry = entry(turn, &fund, &entries, new)?;
    // whoever grants is not whoever spends
    if entry.granted.0 != 0 {
        turn.may(fund.area_id, Office::Subdistrict, "kind").await?;
    }
    within_means(&fund, &entries, &entry)?;
    let note = format!("第{}笔：{} {}", entry.seq, entry.amount, entry.purpose);
    store::insert_entry(turn.tx, entry).await?;
    turn.save::<GridFunds>(&fund, fund.clone(), RecordChangeKind::Changed, Some(note)).await
}

/// An entry as it is to be.
fn entry(
    turn: &Turn<'_>,
    fund: &grid_fund::Model,
    entries: &[grid_fund_entry::Model],
    new: NewEntry,
) -> Result<grid_fund_entry::Model, RecordError> {
    use GridFundEntryKind::{Correction, Grant, Refund, Spend};
    let day = new.day.unwrap_or(turn.today);
    let (first, last) = (NaiveDate::from_ymd_opt(fund.year, 1, 1), NaiveDate::from_ymd_opt(fund.year, 12, 31));
    if let (Some(first), Some(last)) = (first, last)
        && !(first..=last.min(turn.today)).contains(&day)
    {
        return Err(RecordError::days("day", first, last.min(turn.today)));
    }
    let corrected = match (new.kind, new.corrects) {
        (Correction, None) => return Err(RecordError::Required("correctsId".into())),
        (Correction, Some(id)) => {
            let found = entries.iter().find(|entry| entry.id == id).ok_or_else(|| RecordError::not_found("correctsId"))?;
            if found.kind == Correction || entries.iter().any(|entry| entry.corrects_id == Some(id)) {
                return Err(RecordError::State("grid-fund-corrected", "correctsId".into()));
            }
            Some(found)
        }
        (_, Some(_)) => return Err(RecordError::Mismatch("mismatch", "correctsId".into())),
        (_, None) => None,
    };
    let amount = match (corrected, new.amount) {
        (Some(entry), None) => entry.amount,
        (Some(_), Some(_)) => return Err(RecordError::Mismatch("mismatch", "amount".into())),
        (None, Some(amount)) => amount,
        (None, None) => return Err(RecordError::Required("amount".into())),
    };
    let none = Hundredths(0);
    let (granted, spent) = match (new.kind, corrected) {
        (Correction, Some(entry)) => (Hundredths(-entry.granted.0), Hundredths(-entry.spent.0)),
        (Grant | Correction, _) => (amount, none),
        (Spend, _) => (none, amount),
        (Refund, _) => (none, Hundredths(-amount.0)),
    };
    Ok(grid_fund_entry::Model {
        id: turn.cx.clock.new_id(),
        fund_id: fund.id,
        seq: entries.last().map_or(0, |entry| entry.seq) + 1,
        kind: new.kind,
        amount,
        granted,
        spent,
        day,
        purpose: new.purpose,
        receipt: new.receipt,
        corrects_id: new.corrects,
        entered_by: turn.cx.actor.person,
        entered_at: turn.cx.clock.now(),
    })
}

/// Nothing is spent that was not granted, nothing granted beyond the budget, nothing paid back that was not spent.
fn within_means(fund: &grid_fund::Model, entries: &[grid_fund_entry::Model], entry: &grid_fund_entry::Model) -> Result<(), RecordError> {
    let granted: i64 = entries.iter().map(|entry| entry.granted.0).sum();
    let spent: i64 = entries.iter().map(|entry| entry.spent.0).sum();
    let (will_be_granted, will_be_spent) = (granted + entry.granted.0, spent + entry.spent.0);
    let field = if entry.corrects_id.is_some() { "correctsId" } else { "amount" };
    let refuse = |message, left: i64| Err(RecordError::Limit(message, field.into(), vec![("left", Hundredths(left).to_string())]));
    match () {
        () if will_be_spent > will_be_granted => refuse("grid-fund-overdraft", granted - spent),
        () if will_be_granted > fund.budget.0 => refuse("grid-fund-over-budget", fund.budget.0 - granted),
        () if will_be_spent < 0 => refuse("grid-fund-over-refund", spent),
        () => Ok(()),
    }
}
