//! Which organisation covers what, who belongs to it, and how much is covered.

mod change;

use std::{collections::HashMap, hash::Hash};

use chrono::NaiveDate;
use entity::{AreaId, ComplexId, PartyBranchId, PersonId, party_branch, party_cover, post};

pub use self::change::{
    BranchChange, FIRST, NewBranch, NewInstructor, SentTo, cover, day_within, dissolve, end_cover, end_covers_of, end_instructor,
    end_membership, enrol, establish, overlap, send, update, update_membership,
};
use super::{scope::Branches, store};
use crate::{
    app::Cx,
    area::service::{self as areas, ByName},
    auth::mask_name,
    db::{DatabaseTransaction, DbErr, noun::Noun},
    record::import::hold,
    sheet::PORTION,
};

/// The complex branches, by complex, as far as the actor may see them.
pub async fn covering(cx: &Cx, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, party_branch::Model>, DbErr> {
    store::covering(cx.read(), Branches::visible_to(&cx.actor), complexes, cx.clock.today()).await
}

/// The organisation that stands for each complex today, as one that handles cases.
pub async fn standing(cx: &Cx, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, PartyBranchId>, DbErr> {
    store::standing(cx.read(), complexes, cx.clock.today()).await
}

/// The same for one complex, inside a write.
pub async fn maybe_standing_in_tx(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<Option<PartyBranchId>, DbErr> {
    Ok(store::standing(tx, &[complex], day).await?.remove(&complex))
}

pub async fn maybe_by_id_in_tx(tx: &DatabaseTransaction, id: PartyBranchId) -> Result<Option<party_branch::Model>, DbErr> {
    store::maybe_by_id(tx, id).await
}

pub async fn covers_in_tx(tx: &DatabaseTransaction, branch: PartyBranchId, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    store::covers(tx, branch, complex, day).await
}

/// The same for rights, which end with the day on which the cover is ended, not after it.
pub async fn is_covering_in_tx(tx: &DatabaseTransaction, branch: PartyBranchId, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    store::is_covering(tx, branch, complex, day).await
}

/// How organisations of these areas cover a complex after that day.
pub async fn covers_after_in_tx(
    tx: &DatabaseTransaction,
    complex: ComplexId,
    areas: &[AreaId],
    day: NaiveDate,
) -> Result<Vec<party_cover::Model>, DbErr> {
    store::covers_after(tx, complex, areas, day).await
}

/// Branches that have not ended, by the code of their area and their name.
pub async fn by_names_in_tx(tx: &DatabaseTransaction, keys: Vec<(&str, &str)>) -> Result<ByName<PartyBranchId>, DbErr> {
    areas::by_names_in_tx(tx, &keys, async |areas, names| {
        let rows = store::named(tx, areas, names).await?;
        Ok(rows.into_iter().filter(|row| row.ended_on.is_none()).map(|row| (row.area_id, row.name, row.id)).collect())
    })
    .await
}

/// The same as they are, of any number of lines; nobody else changes them until the end of the transaction.
pub async fn hold_by_names_in_tx(tx: &DatabaseTransaction, keys: &[(&str, &str)]) -> Result<ByName<party_branch::Model>, DbErr> {
    let mut found: ByName<party_branch::Model> = HashMap::new();
    for keys in keys.chunks(PORTION) {
        let these = areas::by_names_in_tx(tx, keys, async |areas, names| {
            let rows = store::named(tx, areas, names).await?;
            Ok(rows.into_iter().filter(|row| row.ended_on.is_none()).map(|row| (row.area_id, row.name.clone(), row)).collect())
        });
        found.extend(these.await?);
    }
    hold::<Branches>(tx, found.values()).await?;
    Ok(found)
}

/// The secretaries of today that the actor may see, by organisation.
pub async fn secretaries(cx: &Cx, branches: &[PartyBranchId]) -> Result<HashMap<PartyBranchId, post::Model>, DbErr> {
    store::secretaries(cx.read(), &cx.actor, branches, cx.clock.today()).await
}

/// How many belong to each organisation on a day; nothing for whoever is no official.
pub async fn member_counts(cx: &Cx, branches: &[PartyBranchId], day: NaiveDate) -> Result<HashMap<PartyBranchId, i64>, DbErr> {
    if !cx.actor.is_official() {
        return Ok(HashMap::new());
    }
    let mut counts: HashMap<_, _> = branches.iter().map(|branch| (*branch, 0)).collect();
    counts.extend(store::member_counts(cx.read(), branches, day).await?);
    Ok(counts)
}

/// The names of persons, by what they are named in; masked where they are not `open`, but for one's own.
pub async fn names<K: Eq + Hash>(cx: &Cx, named: impl Iterator<Item = (K, PersonId)>, open: bool) -> Result<HashMap<K, String>, DbErr> {
    let named: Vec<(K, PersonId)> = named.collect();
    let persons = store::persons(cx.read(), named.iter().map(|(_, person)| *person).collect()).await?;
    let name = |(key, id): (K, PersonId)| {
        let person = persons.get(&id)?;
        let shown = open || cx.actor.person == Some(id) || person.erased_at.is_some();
        Some((key, if shown { person.name.clone() } else { mask_name(&person.name) }))
    };
    Ok(named.into_iter().filter_map(name).collect())
}

/// Of what coverage is computed.
#[derive(Clone, Copy, Debug)]
pub enum Covered {
    Complexes,
    Firms,
    Grids,
}

/// Of these in an area, how many have an organisation on a day, and how many there are; none where there is no such area.
pub async fn coverage(cx: &Cx, of: Covered, code: &str, day: NaiveDate) -> Result<Option<(u64, u64)>, DbErr> {
    if !areas::by_codes(cx, vec![code.to_owned()]).await?.contains_key(code) {
        return Ok(None);
    }
    Ok(Some(match of {
        Covered::Complexes => store::covered_complexes(cx.read(), code, day).await?,
        Covered::Firms => store::covered_firms(cx.read(), code, day).await?,
        Covered::Grids => store::covered_grids(cx.read(), code, day).await?,
    }))
}
