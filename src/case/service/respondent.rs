//! Whom a case complains about 被投诉方. Whoever it is, has no part in it: neither from the report on nor once it is named later.

use entity::{CaseCategory, CaseEventKind, HandlerKind, HandlingLevel, PersonId, WhistleStatus, case_file};
use uuid::Uuid;

use super::{
    CaseError,
    file::{Entry, File, fact},
    place::{self, Named},
    whistles::escalate,
};
use crate::{
    app::Cx,
    case::{
        model::{self, Denial},
        policy,
    },
    clock::ZONE,
    db::DatabaseTransaction,
    firm,
};

/// Whom a case complains about, as a client names it.
#[derive(Clone, Debug)]
pub enum Respondent {
    Unit(Named),
    Person(PersonId),
    /// Somebody the records do not know.
    Name(String),
}

/// The same as a case keeps it: of a person there is no kind of unit.
pub(super) type Accused = (Option<HandlerKind>, Option<Uuid>, Option<String>);

const RESPONDENT: &str = "respondent";
const STANDS_ASIDE: &str = "被投诉方回避";

/// Whoever is named, or was before; where nobody is, the firm that served the place on the day of a report about its service 物业乱象.
pub(super) async fn of(
    cx: &Cx,
    tx: &DatabaseTransaction,
    case: &case_file::Model,
    named: Option<Respondent>,
) -> Result<Accused, CaseError> {
    if let Some(named) = named {
        return known(cx, tx, named).await;
    }
    let before = before(case);
    let served = case.complex_id.filter(|_| before == (None, None, None) && case.category == CaseCategory::PropertyService);
    let Some(complex) = served else { return Ok(before) };
    let day = case.reported_at.with_timezone(&ZONE).date_naive();
    let firm = firm::service::maybe_serving_in_tx(tx, complex, day).await?;
    Ok((firm.map(|_| HandlerKind::PropertyFirm), firm.map(Uuid::from), None))
}

fn before(case: &case_file::Model) -> Accused {
    (case.respondent_kind, case.respondent_id, case.respondent_name.clone())
}

async fn known(cx: &Cx, tx: &DatabaseTransaction, named: Respondent) -> Result<Accused, CaseError> {
    Ok(match named {
        Respondent::Unit(named) => {
            let (kind, id) = named.unit(tx, "respondent.handlerId").await?;
            (Some(kind), Some(id), None)
        }
        Respondent::Person(id) => {
            place::seen(cx, tx, id, "respondent.personId").await?;
            (None, Some(id.into()), None)
        }
        Respondent::Name(name) => (None, None, Some(name)),
    })
}

/// Whether the case complains about somebody else from now on. Those in the community and above may say so of a case that names somebody: whoever has it in
/// the complex or the grid is not to choose whom it spares.
pub(super) async fn name(file: &mut File<'_>, named: Option<Respondent>) -> Result<bool, CaseError> {
    let (before, now) = (before(&file.case), of(file.cx, file.tx(), &file.case, named).await?);
    if now == before {
        return Ok(false);
    }
    if before != (None, None, None) && file.standing.rank < Some(HandlingLevel::Community) {
        return Err(CaseError::Denied(Denial::Forbidden, RESPONDENT));
    }
    (file.case.respondent_kind, file.case.respondent_id, file.case.respondent_name) = now;
    Ok(true)
}

/// What has called the respondent is released, and so is a decline on which nobody but the respondent could rule. A case that is with them goes up: to the superior,
/// which is called where they had not answered yet.
pub(super) async fn stand_aside(file: &mut File<'_>) -> Result<(), CaseError> {
    let with = (file.case.handler_kind, file.case.handler_id);
    let above = if place::is_respondent(file.cx, file.tx(), &file.case, with).await? {
        let above = file.maybe_superior(with).await?;
        Some(above.ok_or(CaseError::Denied(Denial::Respondent, RESPONDENT))?)
    } else {
        None
    };
    for mut whistle in file.whistles().await? {
        let called = (whistle.target_kind, whistle.target_id);
        let out = model::is_out(whistle.status, whistle.ruled_at.is_some());
        let from = whistle.status;
        let waits_for_them = from == WhistleStatus::Declined && !policy::can_be_declined(&file.case, &whistle);
        if !out || !(waits_for_them || place::is_respondent(file.cx, file.tx(), &file.case, called).await?) {
            continue;
        }
        if from == WhistleStatus::Raised && called == with {
            whistle.status = WhistleStatus::Escalated;
            escalate(file, &mut whistle, Some(STANDS_ASIDE.to_owned())).await?;
            continue;
        }
        whistle.status = WhistleStatus::Withdrawn;
        file.save_whistle(&mut whistle);
        let whistle = Some(fact(&whistle, Some(from)));
        file.enter(CaseEventKind::WhistleWithdrawn, Entry { note: Some(STANDS_ASIDE.to_owned()), whistle, ..Entry::default() });
    }
    if let Some(above) = above.filter(|_| (file.case.handler_kind, file.case.handler_id) == with) {
        file.hand_to(above);
        file.enter(CaseEventKind::Assigned, Entry::note(Some(STANDS_ASIDE.to_owned())));
    }
    Ok(())
}
