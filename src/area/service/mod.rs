//! Where an area lies: its ancestors, and the chain a case at a place belongs to.

mod keep;
mod reform;

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

use chrono::NaiveDate;
use entity::{AreaId, AreaLevel, area, area_name, area_succession};

pub use self::{
    keep::{NewArea, create, end, new_in, rename, rename_in},
    reform::{Merge, Part, Split, merge, split, take_along},
};
use super::store;
use crate::{
    app::Cx,
    db::{DatabaseTransaction, DbErr},
    record::service::{RecordError, Turn},
    sheet::PORTION,
};

/// The codes of an area's ancestors, the province first.
pub fn ancestor_codes(area: &area::Model) -> impl Iterator<Item = &str> {
    area.path.split('/').filter(|code| !code.is_empty() && *code != area.code)
}

/// Areas by code, for any number of codes in one statement.
pub async fn by_codes(cx: &Cx, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    store::by_codes(cx.read(), codes).await
}

/// The areas from the province down to one area, this included.
#[derive(Clone, Debug)]
pub struct Chain(Vec<area::Model>);

impl Chain {
    pub fn at(&self, level: AreaLevel) -> Option<&area::Model> {
        self.0.iter().find(|area| area.level == level)
    }

    /// The district, or the city where it has none 区，或不设区的市.
    pub fn district(&self) -> Option<&area::Model> {
        self.at(AreaLevel::District).or_else(|| self.at(AreaLevel::City))
    }

    /// Whether the area is this one, or lies below it.
    pub fn lies_in(&self, area: AreaId) -> bool {
        self.0.iter().any(|of_chain| of_chain.id == area)
    }

    /// The lowest area in which another lies, too.
    pub fn common(&self, other: &Self) -> Option<&area::Model> {
        self.0.iter().rev().find(|area| other.lies_in(area.id))
    }

    /// The area itself.
    pub fn last_id(&self) -> Option<AreaId> {
        self.0.last().map(|area| area.id)
    }

    /// The level of the area itself.
    pub fn level(&self) -> Option<AreaLevel> {
        self.0.last().map(|area| area.level)
    }
}

/// The area while it exists, else what came after it and took over what belonged to no other; none where nothing did.
pub async fn maybe_today_in_tx(tx: &DatabaseTransaction, id: AreaId) -> Result<Option<area::Model>, DbErr> {
    let mut area = store::maybe_by_id(tx, id).await?;
    while let Some(ended) = area.as_ref().filter(|area| area.ended_on.is_some()) {
        area = store::maybe_heir(tx, ended.id).await?;
    }
    Ok(area)
}

/// The names that areas had, the earliest first.
pub async fn former_names(cx: &Cx, areas: &[AreaId]) -> Result<Vec<area_name::Model>, DbErr> {
    store::former_names(cx.read(), areas).await
}

/// What came after these areas, or before them.
pub async fn successions(cx: &Cx, areas: &[AreaId], before: bool) -> Result<Vec<area_succession::Model>, DbErr> {
    store::successions(cx.read(), areas, before).await
}

/// Notes the names that areas had until a day.
pub async fn keep_names_in_tx(tx: &DatabaseTransaction, names: Vec<area_name::Model>) -> Result<(), DbErr> {
    store::put_names(tx, names).await
}

/// Notes what comes after what; the first that comes after one takes over what belongs to no other.
pub async fn keep_successions_in_tx(tx: &DatabaseTransaction, rows: Vec<area_succession::Model>) -> Result<(), DbErr> {
    store::put_successions(tx, rows).await
}

/// No area of today is older.
const EARLIEST: NaiveDate = NaiveDate::from_ymd_opt(1949, 10, 1).expect("a day"); // invariant: it is one

/// The day on which something new begins, not after today, and the eve of it.
pub fn begins(turn: &Turn<'_>, on: Option<NaiveDate>) -> Result<(NaiveDate, NaiveDate), RecordError> {
    let on = turn.day(on, EARLIEST, "on")?;
    Ok((on, on.pred_opt().unwrap_or(on)))
}

/// From here to the end of the transaction nobody else has this area, which is as it is now.
pub async fn maybe_lock_in_tx(tx: &DatabaseTransaction, area: AreaId) -> Result<Option<area::Model>, DbErr> {
    store::maybe_lock(tx, area).await
}

/// The same for all provinces.
pub async fn lock_provinces_in_tx(tx: &DatabaseTransaction) -> Result<Vec<area::Model>, DbErr> {
    store::lock_provinces(tx).await
}

pub async fn chain_in_tx(tx: &DatabaseTransaction, area: AreaId) -> Result<Option<Chain>, DbErr> {
    let Some(area) = store::maybe_by_id(tx, area).await? else { return Ok(None) };
    let codes = area.path.split('/').filter(|code| !code.is_empty()).collect();
    Ok(Some(Chain(store::by_codes_in_order(tx, codes).await?)))
}

/// Whether posts in these areas reach a place: those in it or above it; to reach everywhere, in a province, above which there is nobody.
pub async fn reach_in_tx(tx: &DatabaseTransaction, posts: &[AreaId], place: Option<AreaId>) -> Result<bool, DbErr> {
    let Some(place) = place else { return store::is_any_province(tx, posts).await };
    Ok(chain_in_tx(tx, place).await?.is_some_and(|chain| posts.iter().any(|post| chain.lies_in(*post))))
}

pub async fn maybe_by_code_in_tx(tx: &DatabaseTransaction, code: &str) -> Result<Option<area::Model>, DbErr> {
    Ok(store::by_codes(tx, vec![code.to_owned()]).await?.remove(code))
}

pub async fn by_codes_in_tx(tx: &DatabaseTransaction, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    store::by_codes(tx, codes).await
}

/// The same; from here to the end of the transaction nobody else looks there for a name that is free.
pub async fn lock_by_codes_in_tx(tx: &DatabaseTransaction, codes: Vec<String>) -> Result<HashMap<String, area::Model>, DbErr> {
    store::lock_by_codes(tx, codes).await
}

/// The same for those that any number of lines name.
pub async fn lock_named_in_tx(tx: &DatabaseTransaction, codes: Vec<&str>) -> Result<HashMap<String, area::Model>, DbErr> {
    let codes: BTreeSet<&str> = codes.into_iter().collect();
    let codes: Vec<String> = codes.into_iter().map(ToOwned::to_owned).collect();
    let mut locked = HashMap::new();
    for codes in codes.chunks(PORTION) {
        locked.extend(store::lock_by_codes(tx, codes.to_vec()).await?);
    }
    Ok(locked)
}

pub async fn by_ids_in_tx(tx: &DatabaseTransaction, ids: &[AreaId]) -> Result<Vec<area::Model>, DbErr> {
    store::by_ids(tx, ids).await
}

/// What belongs to areas and has a name: by the code of the area and the name.
pub type ByName<T> = HashMap<(String, String), T>;

/// Takes rows `(area, name, id)` to [`ByName`]; `find(areas, names)` reads those of the areas that `keys` name by their codes.
pub async fn by_names_in_tx<T, F>(tx: &DatabaseTransaction, keys: &[(&str, &str)], find: F) -> Result<ByName<T>, DbErr>
where
    F: AsyncFnOnce(Vec<AreaId>, Vec<String>) -> Result<Vec<(AreaId, String, T)>, DbErr>,
{
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let areas = store::by_codes(tx, keys.iter().map(|(code, _)| (*code).to_owned()).collect()).await?;
    let codes: HashMap<AreaId, String> = areas.into_iter().map(|(code, area)| (area.id, code)).collect();
    let rows = find(codes.keys().copied().collect(), keys.iter().map(|(_, name)| (*name).to_owned()).collect()).await?;
    Ok(sole(rows.into_iter().filter_map(|(area, name, id)| Some(((codes.get(&area)?.clone(), name), id)))))
}

/// What each of these keys stands for. Two of one name may have come together when their areas were merged: then it stands for neither.
pub fn sole<K: Hash + Eq, T>(rows: impl Iterator<Item = (K, T)>) -> HashMap<K, T> {
    let mut found: HashMap<K, Option<T>> = HashMap::new();
    for (key, row) in rows {
        found.entry(key).and_modify(|other| *other = None).or_insert(Some(row));
    }
    found.into_iter().filter_map(|(key, row)| Some((key, row?))).collect()
}

/// The districts of these codes, and the cities that have none 区县，或不设区的市.
pub async fn districts_in_tx(tx: &DatabaseTransaction, codes: Vec<String>) -> Result<HashMap<String, AreaId>, DbErr> {
    store::districts(tx, codes).await
}

/// Writes areas that are new or changed.
pub async fn put_in_tx(tx: &DatabaseTransaction, rows: Vec<area::Model>) -> Result<(), DbErr> {
    store::put(tx, rows).await
}

/// Whether this is a district, or a city that has none 区县，或不设区的市.
pub async fn is_district_in_tx(tx: &DatabaseTransaction, area: &area::Model) -> Result<bool, DbErr> {
    Ok(match area.level {
        AreaLevel::District => true,
        AreaLevel::City => !store::has_districts(tx, area.id).await?,
        _ => false,
    })
}

/// The district in which an area lies, or the city where it has none; none above.
pub async fn maybe_district(cx: &Cx, area: area::Model) -> Result<Option<area::Model>, DbErr> {
    Ok(match area.level {
        AreaLevel::District => Some(area),
        AreaLevel::City => (!store::has_districts(cx.read(), area.id).await?).then_some(area),
        _ => {
            let codes = area.path.split('/').filter(|code| !code.is_empty()).map(str::to_owned).collect();
            Chain(store::by_codes(cx.read(), codes).await?.into_values().collect()).district().cloned()
        }
    })
}
