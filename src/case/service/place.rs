//! Which units answer for the place of a case, and which of them may be called about it.

use entity::{AreaLevel, CommitteeId, DepartmentId, FirmId, GridId, HandlerKind, PartyBranchId, PersonId, case_file};
use uuid::Uuid;

use super::CaseError;
use crate::{
    app::Cx,
    area,
    case::store,
    committee,
    db::{DatabaseTransaction, DbErr, noun::Noun},
    department, firm, grid, party, person,
};

pub type Unit = (HandlerKind, Uuid);

/// The unit of this kind that answers for the place of the case; none where the place has none. For a micro-grid without a worker that is the grid over it.
pub async fn maybe_unit(cx: &Cx, tx: &DatabaseTransaction, case: &case_file::Model, kind: HandlerKind) -> Result<Option<Uuid>, DbErr> {
    Ok(match kind {
        HandlerKind::Grid => match case.grid_id {
            Some(grid) => Some(grid::service::called_in_tx(cx, tx, grid).await?.into()),
            None => None,
        },
        HandlerKind::Community => case.community_id.map(Uuid::from),
        HandlerKind::Subdistrict => case.subdistrict_id.map(Uuid::from),
        HandlerKind::District => Some(case.district_id.into()),
        HandlerKind::PropertyFirm => match case.complex_id {
            Some(complex) => firm::service::maybe_serving_in_tx(tx, complex, cx.clock.today()).await?.map(Uuid::from),
            None => None,
        },
        HandlerKind::OwnersCommittee => match case.complex_id {
            Some(complex) => committee::service::maybe_of_owners_in_tx(tx, complex, cx.clock.today()).await?.map(Uuid::from),
            None => None,
        },
        HandlerKind::PartyBranch => match case.complex_id {
            Some(complex) => party::service::maybe_standing_in_tx(tx, complex, cx.clock.today()).await?.map(Uuid::from),
            None => None,
        },
        HandlerKind::Department => None,
    })
}

/// Whether this unit answers for the place of the case: its grid or the one over it, one of its own areas, its firm, its owners' committee or a branch that
/// covers it, a department of its district.
pub async fn belongs(cx: &Cx, tx: &DatabaseTransaction, case: &case_file::Model, (kind, id): Unit) -> Result<bool, DbErr> {
    Ok(match kind {
        HandlerKind::Department => department::service::maybe_by_id_in_tx(tx, DepartmentId(id)).await?.is_some_and(|department| {
            department.district_id == case.district_id && department.ended_on.is_none_or(|last| last >= cx.clock.today())
        }),
        HandlerKind::PartyBranch => match case.complex_id {
            Some(complex) => party::service::covers_in_tx(tx, PartyBranchId(id), complex, cx.clock.today()).await?,
            None => false,
        },
        HandlerKind::Grid => match case.grid_id {
            Some(grid) => grid.0 == id || grid::service::maybe_over_in_tx(tx, grid).await? == Some(GridId(id)),
            None => false,
        },
        _ => maybe_unit(cx, tx, case, kind).await? == Some(id),
    })
}

/// Whether a unit is the respondent, or the respondent works for it: then it is never called. Whoever works for the grid over a micro-grid works for that, too.
pub async fn is_respondent(cx: &Cx, tx: &DatabaseTransaction, case: &case_file::Model, (kind, id): Unit) -> Result<bool, DbErr> {
    match (case.respondent_kind, case.respondent_id) {
        (Some(HandlerKind::Grid), Some(unit)) if kind == HandlerKind::Grid => {
            Ok(unit == id || grid::service::maybe_over_in_tx(tx, GridId(unit)).await? == Some(GridId(id)))
        }
        (Some(respondent), Some(unit)) => Ok(respondent == kind && unit == id),
        (None, Some(person)) => person::service::works_for_in_tx(cx, tx, PersonId(person), id).await,
        _ => Ok(false),
    }
}

/// The next unit above that can be called: levels that the place lacks, and units that are the respondent, are passed over. Above the micro-grid in which the
/// case lies stands its grid `over`, if it has a worker in office.
pub async fn maybe_superior(
    cx: &Cx,
    tx: &DatabaseTransaction,
    case: &case_file::Model,
    (mut kind, id): Unit,
    over: Option<GridId>,
) -> Result<Option<Unit>, DbErr> {
    if kind == HandlerKind::Grid
        && case.grid_id == Some(GridId(id))
        && let Some(over) = over
        && !is_respondent(cx, tx, case, (kind, over.into())).await?
    {
        return Ok(Some((kind, over.into())));
    }
    while let Some(above) = super::super::model::superior(kind) {
        if let Some(id) = maybe_unit(cx, tx, case, above).await?
            && !is_respondent(cx, tx, case, (above, id)).await?
        {
            return Ok(Some((above, id)));
        }
        kind = above;
    }
    Ok(None)
}

/// Whether the unit exists at all.
pub async fn exists(tx: &DatabaseTransaction, (kind, id): Unit) -> Result<bool, DbErr> {
    Ok(match kind {
        HandlerKind::PropertyFirm => firm::service::maybe_by_id_in_tx(tx, FirmId(id)).await?.is_some(),
        HandlerKind::PartyBranch => party::service::maybe_by_id_in_tx(tx, PartyBranchId(id)).await?.is_some(),
        HandlerKind::Grid => grid::service::maybe_by_id_in_tx(tx, GridId(id)).await?.is_some(),
        HandlerKind::Department => department::service::maybe_by_id_in_tx(tx, DepartmentId(id)).await?.is_some(),
        HandlerKind::OwnersCommittee => committee::service::is_of_owners_in_tx(tx, CommitteeId(id)).await?,
        HandlerKind::Community | HandlerKind::Subdistrict | HandlerKind::District => true,
    })
}

/// A unit as a client names it: an area's level says what kind of unit it is.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    Unit(HandlerKind, Uuid),
    Area(entity::AreaId),
}

impl Named {
    pub async fn unit(self, tx: &DatabaseTransaction, field: &'static str) -> Result<Unit, CaseError> {
        let unit = match self {
            Self::Unit(kind, id) => (kind, id),
            Self::Area(id) => {
                let chain = area::service::chain_in_tx(tx, id).await?.ok_or(CaseError::NotFound(field))?;
                let kind = chain.level().and_then(kind_at).ok_or(CaseError::NotFound(field))?;
                (kind, id.into())
            }
        };
        if exists(tx, unit).await? { Ok(unit) } else { Err(CaseError::NotFound(field)) }
    }
}

fn kind_at(level: AreaLevel) -> Option<HandlerKind> {
    match level {
        AreaLevel::Community => Some(HandlerKind::Community),
        AreaLevel::Subdistrict => Some(HandlerKind::Subdistrict),
        // a city without districts stands in for one
        AreaLevel::District | AreaLevel::City => Some(HandlerKind::District),
        AreaLevel::Province | AreaLevel::Grid | AreaLevel::MicroGrid => None,
    }
}

/// The actor may name this person.
pub(super) async fn seen(cx: &Cx, tx: &DatabaseTransaction, id: PersonId, field: &'static str) -> Result<(), CaseError> {
    let visible = person::scope::Persons::visible_to(&cx.actor);
    if store::person_seen(tx, visible, id).await? { Ok(()) } else { Err(CaseError::NotFound(field)) }
}
