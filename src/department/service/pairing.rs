//! Departments and leaders that answer for a community or a complex.

use chrono::NaiveDate;
use entity::{AreaLevel, ComplexId, DepartmentId, PairingId, PairingKind, PersonId, Provenance, RecordChangeKind, pairing};

use crate::{
    app::Cx,
    area::service as areas,
    case::service::Terms,
    complex,
    department::{scope::Pairings, store},
    record::service::{Office, RecordError, Turn, no_longer_than, write},
};

#[derive(Clone, Copy, Debug)]
pub enum Paired {
    Department(DepartmentId),
    Leader(PersonId),
}

#[derive(Clone, Debug)]
pub enum PairedPlace {
    Complex(ComplexId),
    /// The code of a community.
    Community(String),
}

pub struct NewPairing {
    pub who: Paired,
    pub place: PairedPlace,
    pub duty: Option<String>,
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub async fn pair(cx: &Cx, terms: Terms, new: NewPairing) -> Result<Option<pairing::Model>, RecordError> {
    write::<Pairings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (area_id, complex_id, field) = place(turn, &new.place).await?;
            turn.may_alone(area_id, Office::District, field).await?;
            // the complex may have moved while this waited for the lock
            if place(turn, &new.place).await?.0 != area_id {
                return Err(RecordError::not_found(field));
            }
            let starts_on = new.starts_on.unwrap_or(turn.today);
            if new.ends_on.is_some_and(|ends_on| ends_on < starts_on) {
                return Err(RecordError::Mismatch("ends-before", "endsOn".into()));
            }
            let (kind, department_id, person_id, who) = match new.who {
                Paired::Department(id) => (PairingKind::DepartmentPairing, Some(id), None, "who.departmentId"),
                Paired::Leader(id) => (PairingKind::LeaderContact, None, Some(id), "who.personId"),
            };
            let row = pairing::Model {
                id: turn.cx.clock.new_id(),
                kind,
                department_id,
                person_id,
                area_id,
                complex_id,
                duty: new.duty,
                starts_on,
                ends_on: new.ends_on,
                provenance: Provenance::Recorded,
                provenance_note: None,
                version: 1,
            };
            known(turn, &row, who).await?;
            if let Some(other) = store::maybe_paired(turn.tx, &row).await? {
                return Err(RecordError::Clash("pairing-overlaps", "startsOn".into(), other.starts_on, other.ends_on));
            }
            turn.enter::<Pairings>(row).await
        })
    })
    .await
}

async fn place(turn: &Turn<'_>, place: &PairedPlace) -> Result<(entity::AreaId, Option<ComplexId>, &'static str), RecordError> {
    match place {
        PairedPlace::Complex(id) => {
            let complex = complex::service::maybe_by_id_in_tx(turn.tx, *id).await?;
            let complex = complex.ok_or_else(|| RecordError::not_found("place.complexId"))?;
            Ok((complex.area_id, Some(*id), "place.complexId"))
        }
        PairedPlace::Community(code) => {
            let area = turn.area(code, "place.community").await?;
            if area.level != AreaLevel::Community {
                return Err(RecordError::Mismatch("not-a-community", "place.community".into()));
            }
            Ok((area.id, None, "place.community"))
        }
    }
}

/// A department of the district that lasts as long, or a person whom the actor may see.
async fn known(turn: &Turn<'_>, row: &pairing::Model, field: &str) -> Result<(), RecordError> {
    let found = match (row.department_id, row.person_id) {
        (Some(id), _) => {
            let chain = areas::chain_in_tx(turn.tx, row.area_id).await?;
            let found = match chain.as_ref().and_then(|chain| chain.district()) {
                Some(district) => store::existing(turn.tx, district.id, &[id], turn.today).await?.pop(),
                None => None,
            };
            if let Some(department) = &found {
                no_longer_than(department.ended_on, (row.starts_on, row.ends_on))?;
            }
            found.is_some()
        }
        (None, Some(id)) => store::is_seen(turn.tx, &turn.cx.actor, id).await?,
        (None, None) => false,
    };
    if found { Ok(()) } else { Err(RecordError::not_found(field)) }
}

/// Nobody is paired with a complex beyond its last day.
pub async fn end_pairings_of(turn: &Turn<'_>, complex: ComplexId, day: NaiveDate, note: &str) -> Result<(), RecordError> {
    let pairings = store::pairings_beyond(turn.tx, complex, day).await?;
    let ended = pairings.into_iter().map(|row| (row.clone(), pairing::Model { ends_on: Some(row.starts_on.max(day)), ..row }));
    turn.end_all::<Pairings>(ended.collect(), Some(note)).await
}

pub async fn end_pairing(
    cx: &Cx,
    terms: Terms,
    id: PairingId,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<Option<pairing::Model>, RecordError> {
    write::<Pairings, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Pairings>(id, Office::District, "pairingId").await?;
            let day = turn.last_day(on, (before.starts_on, before.ends_on), "endsOn")?;
            let after = pairing::Model { ends_on: Some(day), ..before.clone() };
            turn.save::<Pairings>(&before, after, RecordChangeKind::Ended, reason).await
        })
    })
    .await
}
