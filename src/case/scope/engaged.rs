//! Who still has something to do in open cases.

use entity::{CaseStatus, HandlerKind, WhistleStatus, case_file, whistle};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, prelude::Uuid};

/// The open cases that a unit has, or about which it is to answer a whistle: until there are none it does not end.
pub fn engaging(kind: HandlerKind, unit: Uuid) -> Condition {
    use case_file::Column as C;
    use whistle::Column as W;
    // as `is_out` has it
    let declined = Condition::all().add(W::Status.eq(WhistleStatus::Declined)).add(W::RuledAt.is_null());
    let out = Condition::any().add(W::Status.is_in([WhistleStatus::Raised, WhistleStatus::CheckedIn])).add(declined);
    let calls =
        whistle::Entity::find().select_only().column(W::CaseId).filter(W::TargetKind.eq(kind)).filter(W::TargetId.eq(unit)).filter(out);
    let has = Condition::all().add(C::HandlerKind.eq(kind)).add(C::HandlerId.eq(unit));
    let engaged = Condition::any().add(has).add(C::Id.in_subquery(calls.into_query()));
    Condition::all().add(C::Status.is_in(CaseStatus::OPEN.iter().copied())).add(engaged)
}
