//! Firms, and the districts to which they are admitted.

use chrono::NaiveDate;
use entity::{FirmAdmissionId, FirmId, Provenance, RecordChangeKind, firm_admission, property_firm};

use crate::{
    app::Cx,
    case::service::Terms,
    firm::{
        scope::{Admissions, Firms},
        store,
    },
    record::service::{Office, RecordError, Turn, write},
    search,
};

pub struct NewFirm {
    /// The code of its district.
    pub district: String,
    pub name: String,
    pub credit_code: Option<String>,
}

/// 18 digits and capital letters, of which I, O, S, V and Z are none (GB 32100).
pub fn is_credit_code(code: &str) -> bool {
    code.len() == 18 && code.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_uppercase() && !b"IOSVZ".contains(&b)))
}

pub async fn register(cx: &Cx, terms: Terms, new: NewFirm) -> Result<Option<property_firm::Model>, RecordError> {
    write::<Firms, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let district = turn.district(&new.district, "district").await?.id;
            turn.may_alone(district, Office::District, "district").await?;
            let row = property_firm::Model {
                id: turn.cx.clock.new_id(),
                name: new.name,
                district_id: district,
                provenance: Provenance::Recorded,
                provenance_note: None,
                credit_code: new.credit_code,
                version: 1,
            };
            distinct(turn, &row).await?;
            let row = turn.enter::<Firms>(row).await?;
            search::index(turn.tx, std::slice::from_ref(&row)).await?;
            Ok(row)
        })
    })
    .await
}

/// A name or a code that is left out stays.
pub async fn update(
    cx: &Cx,
    terms: Terms,
    id: FirmId,
    name: Option<String>,
    credit_code: Option<String>,
) -> Result<Option<property_firm::Model>, RecordError> {
    write::<Firms, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take_alone::<Firms>(id, Office::District, "firmId").await?;
            let mut after = before.clone();
            after.name = name.unwrap_or(after.name);
            after.credit_code = credit_code.or(after.credit_code);
            distinct(turn, &after).await?;
            let row = turn.save::<Firms>(&before, after, RecordChangeKind::Changed, None).await?;
            search::index(turn.tx, std::slice::from_ref(&row)).await?;
            Ok(row)
        })
    })
    .await
}

/// No other firm of the district has its name or its code.
async fn distinct(turn: &Turn<'_>, firm: &property_firm::Model) -> Result<(), RecordError> {
    if let Some(other) = store::alike(turn.tx, firm).await?.into_iter().next() {
        return Err(RecordError::Exists(if other.name == firm.name { "name" } else { "creditCode" }.into()));
    }
    Ok(())
}

pub struct Admission {
    pub firm: FirmId,
    /// None: the district with which it is registered.
    pub district: Option<String>,
    pub on: Option<NaiveDate>,
    pub basis: String,
}

/// To one district a firm is admitted once at a time.
pub async fn admit(cx: &Cx, terms: Terms, new: Admission) -> Result<Option<firm_admission::Model>, RecordError> {
    write::<Admissions, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let firm = turn.lock::<Firms>(new.firm, "firmId").await?;
            let district_id = match &new.district {
                Some(code) => turn.district(code, "district").await?.id,
                None => firm.district_id,
            };
            turn.may(district_id, Office::District, if new.district.is_some() { "district" } else { "firmId" }).await?;
            let admitted_on = new.on.unwrap_or(turn.today);
            // nothing is admitted before it ended the last time
            if let Some(other) = store::admissions(turn.tx, firm.id, district_id)
                .await?
                .into_iter()
                .find(|other| other.left_on.is_none_or(|left| left >= admitted_on))
            {
                return Err(RecordError::Clash("admission-overlaps", "admittedOn".into(), other.admitted_on, other.left_on));
            }
            let row = firm_admission::Model {
                id: turn.cx.clock.new_id(),
                firm_id: firm.id,
                district_id,
                admitted_on,
                basis: new.basis,
                left_on: None,
                left_because: None,
                provenance: Provenance::Recorded,
                version: 1,
            };
            turn.enter::<Admissions>(row).await
        })
    })
    .await
}

/// The firm leaves the district. Its contracts there must have ended by then: a firm that has left serves nobody.
pub async fn remove(
    cx: &Cx,
    terms: Terms,
    id: FirmAdmissionId,
    on: Option<NaiveDate>,
    reason: String,
) -> Result<Option<firm_admission::Model>, RecordError> {
    write::<Admissions, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = turn.take::<Admissions>(id, Office::District, "admissionId").await?;
            // no contract is concluded meanwhile
            turn.lock::<Firms>(before.firm_id, "admissionId").await?;
            let left_on = turn.last_day(on, (before.admitted_on, before.left_on), "leftOn")?;
            if store::serves_after(turn.tx, before.firm_id, before.district_id, left_on).await? {
                return Err(RecordError::State("firm-still-serving", "admissionId".into()));
            }
            let after = firm_admission::Model { left_on: Some(left_on), left_because: Some(reason.clone()), ..before.clone() };
            turn.save::<Admissions>(&before, after, RecordChangeKind::Ended, Some(reason)).await
        })
    })
    .await
}
