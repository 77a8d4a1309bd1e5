use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AreaId, CommitteeId, CommitteeKind, ComplexId, FirmContractId, FirmId, PersonId, committee, committee_member, complex, contract_fee,
    firm_admission, firm_contract, person, post, property_firm, service_item,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationDef, sea_query::LockType,
};

use super::scope::in_force_on;
use crate::{
    area::scope::within_any,
    committee::{model, scope::overlaps},
    db, search,
};

/// The firm of each complex that has a contract on this day, in one statement.
pub(super) async fn serving(
    db: &impl ConnectionTrait,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, property_firm::Model>, DbErr> {
    let rows = firm_contract::Entity::find()
        .filter(firm_contract::Column::ComplexId.is_in(complexes.iter().copied()))
        .filter(in_force_on(day))
        .join(JoinType::InnerJoin, contract_to_firm())
        .select_also(property_firm::Entity)
        .all(db)
        .await?;
    Ok(rows.into_iter().filter_map(|(contract, firm)| Some((contract.complex_id, firm?))).collect())
}

fn contract_to_firm() -> RelationDef {
    firm_contract::Entity::belongs_to(property_firm::Entity).from(firm_contract::Column::FirmId).to(property_firm::Column::Id).into()
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: FirmId) -> Result<Option<property_firm::Model>, DbErr> {
    property_firm::Entity::find_by_id(id).one(db).await
}

/// Those of these names in these districts.
pub(super) async fn named(
    db: &impl ConnectionTrait,
    districts: Vec<AreaId>,
    names: Vec<String>,
) -> Result<Vec<property_firm::Model>, DbErr> {
    use property_firm::Column as C;
    property_firm::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::Name.is_in(names)).all(db).await
}

/// Those of these codes in these districts.
pub(super) async fn coded(
    tx: &DatabaseTransaction,
    districts: Vec<AreaId>,
    codes: Vec<String>,
) -> Result<Vec<property_firm::Model>, DbErr> {
    use property_firm::Column as C;
    property_firm::Entity::find().filter(C::DistrictId.is_in(districts)).filter(C::CreditCode.is_in(codes)).all(tx).await
}

pub(super) async fn admissions_of(tx: &DatabaseTransaction, firms: Vec<FirmId>) -> Result<Vec<firm_admission::Model>, DbErr> {
    firm_admission::Entity::find().filter(firm_admission::Column::FirmId.is_in(firms)).all(tx).await
}

pub(super) async fn put_admissions(tx: &DatabaseTransaction, rows: Vec<firm_admission::Model>) -> Result<(), DbErr> {
    db::put::<firm_admission::Entity>(tx, rows).await
}

pub(super) async fn contracts_of(db: &DatabaseTransaction, complexes: Vec<ComplexId>) -> Result<Vec<firm_contract::Model>, DbErr> {
    let of_complexes = firm_contract::Entity::find().filter(firm_contract::Column::ComplexId.is_in(complexes));
    of_complexes.order_by_asc(firm_contract::Column::Id).lock(LockType::NoKeyUpdate).all(db).await
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<property_firm::Model>) -> Result<(), DbErr> {
    search::index(tx, &rows).await?;
    db::put::<property_firm::Entity>(tx, rows).await
}

pub(super) async fn put_contracts(tx: &DatabaseTransaction, rows: Vec<firm_contract::Model>) -> Result<(), DbErr> {
    db::put::<firm_contract::Entity>(tx, rows).await
}

/// The firms of the district, but this, that have its name or its code.
pub(super) async fn alike(tx: &DatabaseTransaction, firm: &property_firm::Model) -> Result<Vec<property_firm::Model>, DbErr> {
    use property_firm::Column as C;
    let mut same = Condition::any().add(C::Name.eq(firm.name.clone()));
    if let Some(code) = &firm.credit_code {
        same = same.add(C::CreditCode.eq(code.clone()));
    }
    property_firm::Entity::find().filter(C::DistrictId.eq(firm.district_id)).filter(C::Id.ne(firm.id)).filter(same).all(tx).await
}

/// When the firm was admitted to a district.
pub(super) async fn admissions(tx: &DatabaseTransaction, firm: FirmId, district: AreaId) -> Result<Vec<firm_admission::Model>, DbErr> {
    use firm_admission::Column as C;
    firm_admission::Entity::find().filter(C::FirmId.eq(firm)).filter(C::DistrictId.eq(district)).all(tx).await
}

/// Whether the firm has a contract in a district that goes on after a day.
pub(super) async fn serves_after(tx: &DatabaseTransaction, firm: FirmId, district: AreaId, day: NaiveDate) -> Result<bool, DbErr> {
    use firm_contract::Column as C;
    let lying = complex::Entity::find().select_only().column(complex::Column::Id).filter(within_any(complex::Column::AreaId, &[district]));
    let later = Condition::any().add(C::EndsOn.is_null()).add(C::EndsOn.gt(day));
    let there = firm_contract::Entity::find().filter(C::FirmId.eq(firm)).filter(later).filter(C::ComplexId.in_subquery(lying.into_query()));
    Ok(there.one(tx).await?.is_some())
}

/// From here to the end of the transaction nobody else concludes or ends a contract of this complex.
pub(super) async fn maybe_lock_complex(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    complex::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(tx).await
}

/// A contract of the complex that has a day in common with this one.
pub(super) async fn maybe_overlapping(tx: &DatabaseTransaction, new: &firm_contract::Model) -> Result<Option<firm_contract::Model>, DbErr> {
    use firm_contract::Column as C;
    let meeting = overlaps(C::StartsOn, C::EndsOn, new.starts_on, new.ends_on);
    firm_contract::Entity::find().filter(C::ComplexId.eq(new.complex_id)).filter(meeting).order_by_asc(C::StartsOn).one(tx).await
}

/// Whether somebody sits, within the days of the contract, on the owners' committee of the complex and works for the firm on a day of the seat. Whoever does one of
/// the two does not begin the other until the end of the transaction: seats and posts are given under a lock of the person.
pub(super) async fn is_barred(tx: &DatabaseTransaction, contract: &firm_contract::Model) -> Result<bool, DbErr> {
    Ok(!barred(tx, &[contract]).await?.is_empty())
}

/// Those of the contracts of which that is so.
pub(super) async fn barred(tx: &DatabaseTransaction, contracts: &[&firm_contract::Model]) -> Result<Vec<FirmContractId>, DbErr> {
    let Some(from) = contracts.iter().map(|contract| contract.starts_on).min() else { return Ok(Vec::new()) };
    let lasts = contracts.iter().map(|contract| contract.ends_on);
    let to = if lasts.clone().any(|last| last.is_none()) { None } else { lasts.flatten().max() };
    let committees = committee::Entity::find()
        .select_only()
        .column(committee::Column::Id)
        .filter(committee::Column::ComplexId.is_in(contracts.iter().map(|contract| contract.complex_id)))
        .filter(committee::Column::Kind.eq(CommitteeKind::Owners))
        .into_query();
    let seats = || {
        use committee_member::Column as C;
        let of_complex = committee_member::Entity::find().filter(C::CommitteeId.in_subquery(committees.clone()));
        of_complex.filter(overlaps(C::StartsOn, C::EndsOn, from, to))
    };
    let posts = || {
        let of_firm = post::Entity::find().filter(post::Column::UnitId.is_in(contracts.iter().map(|contract| contract.firm_id.0)));
        of_firm.filter(overlaps(post::Column::StartsOn, post::Column::EndsOn, from, to))
    };
    let sitting = seats().select_only().column(committee_member::Column::PersonId).into_query();
    let working = posts().select_only().column(post::Column::PersonId).into_query();
    let either = Condition::any().add(person::Column::Id.in_subquery(sitting)).add(person::Column::Id.in_subquery(working));
    person::Entity::find().filter(either).order_by_asc(person::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
    let mut held: HashMap<PersonId, Vec<post::Model>> = HashMap::new();
    for post in posts().all(tx).await? {
        held.entry(post.person_id).or_default().push(post);
    }
    let homes: HashMap<CommitteeId, Option<ComplexId>> = committee::Entity::find()
        .filter(committee::Column::Id.in_subquery(committees.clone()))
        .all(tx)
        .await?
        .into_iter()
        .map(|row| (row.id, row.complex_id))
        .collect();
    let seats = seats().all(tx).await?;
    let meets = |contract: &firm_contract::Model, seat: &committee_member::Model, post: &post::Model| {
        model::meets(contract, post, (seat.starts_on, seat.ends_on))
    };
    let is_barred = |contract: &firm_contract::Model| {
        let own = seats.iter().filter(|seat| homes.get(&seat.committee_id) == Some(&Some(contract.complex_id)));
        own.into_iter().any(|seat| held.get(&seat.person_id).is_some_and(|posts| posts.iter().any(|post| meets(contract, seat, post))))
    };
    Ok(contracts.iter().filter(|contract| is_barred(contract)).map(|contract| contract.id).collect())
}

/// A rate of the same item that has a day in common with this one.
pub(super) async fn maybe_fee_meeting(tx: &DatabaseTransaction, new: &contract_fee::Model) -> Result<Option<contract_fee::Model>, DbErr> {
    use contract_fee::Column as C;
    let detail = new.detail.as_ref().map_or_else(|| C::Detail.is_null(), |detail| C::Detail.eq(detail.clone()));
    let same = contract_fee::Entity::find().filter(C::ContractId.eq(new.contract_id)).filter(C::Item.eq(new.item)).filter(detail);
    same.filter(overlaps(C::StartsOn, C::EndsOn, new.starts_on, new.ends_on)).order_by_asc(C::StartsOn).one(tx).await
}

/// Whether another entry of the same list has this name on a day of this one.
pub(super) async fn is_listed(tx: &DatabaseTransaction, new: &service_item::Model) -> Result<bool, DbErr> {
    use service_item::Column as C;
    let list = new.contract_id.map_or_else(|| C::ContractId.is_null(), |contract| C::ContractId.eq(contract));
    let same = service_item::Entity::find().filter(C::FirmId.eq(new.firm_id)).filter(list).filter(C::Kind.eq(new.kind));
    let same = same.filter(C::Name.eq(new.name.clone())).filter(C::Id.ne(new.id));
    Ok(same.filter(overlaps(C::StartsOn, C::EndsOn, new.starts_on, new.ends_on)).one(tx).await?.is_some())
}
