use std::collections::{HashMap, HashSet};

use super::scope::{FundWhere, GridFunds, Grids};
use crate::{
    app::Cx,
    db::{
        self, chunks,
        filter::{Filter, open_on},
        noun::{self, Noun},
        sum,
    },
    person::scope::{Posts, held_on},
};
use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, BuildingId, CaseStatus, ComplexId, GridFundId, GridId, Hundredths, PostRole, area, building, case_file, complex,
    grid, grid_building_past, grid_fund, grid_fund_entry, grid_within, post,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
    sea_query::{Expr, LockType},
};

pub(super) async fn by_areas(cx: &Cx, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    let rows = noun::visible::<Grids>(&cx.actor).filter(grid::Column::AreaId.is_in(areas)).all(cx.read()).await?;
    Ok(rows.into_iter().map(|row| (row.area_id, row)).collect())
}

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: GridId) -> Result<Option<grid::Model>, DbErr> {
    grid::Entity::find_by_id(id).one(db).await
}

pub(super) async fn maybe_by_area(db: &impl ConnectionTrait, area: AreaId) -> Result<Option<grid::Model>, DbErr> {
    grid::Entity::find().filter(grid::Column::AreaId.eq(area)).one(db).await
}

/// The grid over each of these that are micro-grids.
pub(super) async fn over(db: &impl ConnectionTrait, grids: &[GridId]) -> Result<HashMap<GridId, GridId>, DbErr> {
    let mut found = HashMap::new();
    for grids in chunks(grids) {
        let rows = grid_within::Entity::find().filter(grid_within::Column::GridId.is_in(grids.iter().copied())).all(db).await?;
        found.extend(rows.into_iter().filter(|row| row.over_id != row.grid_id).map(|row| (row.grid_id, row.over_id)));
    }
    Ok(found)
}

/// Those of these that have a worker on a day, whoever may see the posts.
pub(super) async fn manned(db: &impl ConnectionTrait, grids: Vec<GridId>, day: NaiveDate) -> Result<HashSet<GridId>, DbErr> {
    use post::Column as C;
    let posts = post::Entity::find().filter(C::UnitId.is_in(grids.into_iter().map(|grid| grid.0))).filter(C::Role.eq(PostRole::GridWorker));
    Ok(posts.filter(held_on(day)).all(db).await?.into_iter().map(|post| GridId(post.unit_id)).collect())
}

/// The grid that is called instead of each of these that are micro-grids without a worker on a day.
pub(super) async fn standing_in(db: &impl ConnectionTrait, grids: &[GridId], day: NaiveDate) -> Result<HashMap<GridId, GridId>, DbErr> {
    let mut over = over(db, grids).await?;
    if !over.is_empty() {
        let manned = manned(db, over.keys().copied().collect(), day).await?;
        over.retain(|micro, _| !manned.contains(micro));
    }
    Ok(over)
}

pub(super) async fn of_areas(db: &impl ConnectionTrait, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    let rows = grid::Entity::find().filter(grid::Column::AreaId.is_in(areas)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.area_id, row)).collect())
}

pub(super) async fn lock_of_areas(tx: &DatabaseTransaction, areas: Vec<AreaId>) -> Result<HashMap<AreaId, grid::Model>, DbErr> {
    let rows = grid::Entity::find().filter(grid::Column::AreaId.is_in(areas)).order_by_asc(grid::Column::Id);
    Ok(rows.lock(LockType::NoKeyUpdate).all(tx).await?.into_iter().map(|row| (row.area_id, row)).collect())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<grid::Model>) -> Result<(), DbErr> {
    db::put::<grid::Entity>(tx, rows).await
}

/// The grids and micro-grids that exist below an area, each before those in it.
fn living(area: &area::Model) -> Select<area::Entity> {
    use area::Column as C;
    let below = Condition::all().add(C::Path.gt(&*area.path)).add(C::Path.lt(format!("{}:", area.path)));
    let levels = [AreaLevel::Grid, AreaLevel::MicroGrid];
    area::Entity::find().filter(below).filter(C::EndedOn.is_null()).filter(C::Level.is_in(levels)).order_by_asc(C::Code)
}

/// Whether a grid or micro-grid exists below an area.
pub(super) async fn is_any_below(tx: &DatabaseTransaction, area: &area::Model) -> Result<bool, DbErr> {
    Ok(living(area).one(tx).await?.is_some())
}

/// The grids and micro-grids that exist below an area, with their units, which some lack; in the order of their codes. All are locked, the areas first.
pub(super) async fn lock_below(tx: &DatabaseTransaction, area: &area::Model) -> Result<Vec<(area::Model, Option<grid::Model>)>, DbErr> {
    living(area).lock(LockType::NoKeyUpdate).all(tx).await?;
    // whoever had the lock of one before may have set up another in it
    let places = living(area).lock(LockType::NoKeyUpdate).all(tx).await?;
    let units = grid::Entity::find().filter(grid::Column::AreaId.is_in(places.iter().map(|place| place.id)));
    let units = units.order_by_asc(grid::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
    let mut grids: HashMap<AreaId, grid::Model> = units.into_iter().map(|unit| (unit.area_id, unit)).collect();
    Ok(places.into_iter().map(|place| (grids.remove(&place.id), place)).map(|(grid, place)| (place, grid)).collect())
}

/// Those of these that there are or were, locked.
pub(super) async fn lock_buildings(tx: &DatabaseTransaction, ids: &[BuildingId]) -> Result<HashMap<BuildingId, building::Model>, DbErr> {
    use building::Column as C;
    // one order, however many statements it takes
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut found = HashMap::with_capacity(ids.len());
    for ids in chunks(&ids) {
        let rows = building::Entity::find().filter(C::Id.is_in(ids.iter().copied()));
        let rows = rows.order_by_asc(C::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// Buildings that stand.
pub(super) async fn covered_by(tx: &DatabaseTransaction, grids: &[GridId]) -> Result<Vec<building::Model>, DbErr> {
    use building::Column as C;
    let covered = building::Entity::find().filter(C::GridId.is_in(grids.iter().copied())).filter(C::EndedOn.is_null());
    covered.order_by_asc(C::Id).all(tx).await
}

pub(super) async fn areas_of(tx: &DatabaseTransaction, complexes: &[ComplexId]) -> Result<HashMap<ComplexId, AreaId>, DbErr> {
    let rows = complex::Entity::find().filter(complex::Column::Id.is_in(complexes.iter().copied())).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.area_id)).collect())
}

/// Notes what grids covered.
pub(super) async fn put_past(tx: &DatabaseTransaction, rows: Vec<grid_building_past::Model>) -> Result<(), DbErr> {
    db::put::<grid_building_past::Entity>(tx, rows).await
}

pub(super) async fn formerly_covered(cx: &Cx, grids: &[GridId]) -> Result<Vec<grid_building_past::Model>, DbErr> {
    use grid_building_past::Column as C;
    let mut found = Vec::new();
    for grids in chunks(grids) {
        let rows = grid_building_past::Entity::find().filter(C::GridId.is_in(grids.iter().copied()));
        found.extend(rows.order_by_asc(C::Until).order_by_asc(C::Id).all(cx.read()).await?);
    }
    Ok(found)
}

/// How many open cases lie in a grid, or are its to handle.
pub(super) async fn open_cases(tx: &DatabaseTransaction, grid: GridId) -> Result<u64, DbErr> {
    use case_file::Column as C;
    let its = Condition::any().add(C::GridId.eq(grid)).add(C::HandlerId.eq(grid.0));
    let open = case_file::Entity::find().filter(its).filter(C::Status.is_in(CaseStatus::OPEN.iter().copied()));
    sea_orm::PaginatorTrait::count(open, tx).await
}

/// The posts at these units that last to this day or longer, locked.
pub(super) async fn lock_posts_from(tx: &DatabaseTransaction, units: &[GridId], day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    let open = open_on(post::Column::EndsOn, day);
    let posts = post::Entity::find().filter(post::Column::UnitId.is_in(units.iter().map(|unit| unit.0))).filter(open);
    posts.order_by_asc(post::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// The posts of workers held on a day, as far as the actor may see them.
pub(super) async fn workers(cx: &Cx, grids: &[GridId], day: NaiveDate) -> Result<Vec<post::Model>, DbErr> {
    let mut found = Vec::new();
    for grids in chunks(grids) {
        let posts = noun::visible::<Posts>(&cx.actor)
            .filter(post::Column::UnitId.is_in(grids.iter().map(|grid| grid.0)))
            .filter(post::Column::Role.eq(PostRole::GridWorker))
            .filter(held_on(day));
        found.extend(posts.order_by_asc(post::Column::StartsOn).order_by_asc(post::Column::Id).all(cx.read()).await?);
    }
    Ok(found)
}

/// (grid, complex, buildings of it in the grid and its micro-grids), and how many buildings each of these complexes has; of those that stand.
pub(super) type Covered = (Vec<(GridId, ComplexId, i64)>, HashMap<ComplexId, i64>);

pub(super) async fn complexes(cx: &Cx, grids: &[GridId]) -> Result<Covered, DbErr> {
    let (mut found, mut sizes) = (Vec::new(), HashMap::new());
    for grids in chunks(grids) {
        let standing = || building::Entity::find().filter(building::Column::EndedOn.is_null());
        let counted = || standing().select_only().column(building::Column::ComplexId);
        let within = building::Entity::belongs_to(grid_within::Entity).from(building::Column::GridId).to(grid_within::Column::GridId);
        let rows: Vec<(ComplexId, GridId, i64)> = counted()
            .column(grid_within::Column::OverId)
            .column_as(building::Column::Id.count(), "count")
            .join(JoinType::InnerJoin, within.into())
            .filter(grid_within::Column::OverId.is_in(grids.iter().copied()))
            .group_by(building::Column::ComplexId)
            .group_by(grid_within::Column::OverId)
            .into_tuple()
            .all(cx.read())
            .await?;
        let ids: Vec<ComplexId> = rows.iter().map(|(complex, ..)| *complex).collect();
        let all: Vec<(ComplexId, i64)> = counted()
            .column_as(building::Column::Id.count(), "count")
            .filter(building::Column::ComplexId.is_in(ids))
            .group_by(building::Column::ComplexId)
            .into_tuple()
            .all(cx.read())
            .await?;
        found.extend(rows.into_iter().map(|(complex, grid, count)| (grid, complex, count)));
        sizes.extend(all);
    }
    Ok((found, sizes))
}

pub(super) async fn households(cx: &Cx, ids: &[ComplexId]) -> Result<HashMap<ComplexId, i32>, DbErr> {
    let mut found = HashMap::new();
    for ids in chunks(ids) {
        let rows: Vec<(ComplexId, Option<i32>)> = complex::Entity::find()
            .select_only()
            .column(complex::Column::Id)
            .column(complex::Column::Households)
            .filter(complex::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(cx.read())
            .await?;
        found.extend(rows.into_iter().filter_map(|(id, households)| Some((id, households?))));
    }
    Ok(found)
}

pub(super) async fn is_fund(tx: &DatabaseTransaction, grid: GridId, year: i32) -> Result<bool, DbErr> {
    let fund = grid_fund::Entity::find().filter(grid_fund::Column::GridId.eq(grid)).filter(grid_fund::Column::Year.eq(year));
    Ok(fund.one(tx).await?.is_some())
}

pub(super) async fn entries(tx: &DatabaseTransaction, fund: GridFundId) -> Result<Vec<grid_fund_entry::Model>, DbErr> {
    let entries = grid_fund_entry::Entity::find().filter(grid_fund_entry::Column::FundId.eq(fund));
    entries.order_by_asc(grid_fund_entry::Column::Seq).all(tx).await
}

pub(super) async fn insert_entry(tx: &DatabaseTransaction, entry: grid_fund_entry::Model) -> Result<(), DbErr> {
    db::insert(tx, entry).await
}

/// What was granted and what was spent, of each of these funds.
pub(super) async fn sums(cx: &Cx, funds: &[GridFundId]) -> Result<HashMap<GridFundId, (Hundredths, Hundredths)>, DbErr> {
    use grid_fund_entry::Column as C;
    let mut found = HashMap::new();
    for funds in chunks(funds) {
        let rows: Vec<(GridFundId, i64, i64)> = grid_fund_entry::Entity::find()
            .select_only()
            .column(C::FundId)
            .column_as(sum(C::Granted), "granted")
            .column_as(sum(C::Spent), "spent")
            .filter(C::FundId.is_in(funds.iter().copied()))
            .group_by(C::FundId)
            .into_tuple()
            .all(cx.read())
            .await?;
        found.extend(rows.into_iter().map(|(fund, granted, spent)| (fund, (Hundredths(granted), Hundredths(spent)))));
    }
    Ok(found)
}

/// (funds, budgets, granted, spent) of the funds that pass and that the actor sees.
pub(super) async fn totals(cx: &Cx, filter: &Filter<FundWhere>) -> Result<(i64, i64, i64, i64), DbErr> {
    let passing = || noun::visible::<GridFunds>(&cx.actor).filter(filter.condition(GridFunds::matching)).select_only();
    let of_entries = |column: grid_fund_entry::Column| {
        let entries = grid_fund_entry::Entity::find()
            .select_only()
            .expr(sum(column))
            .filter(grid_fund_entry::Column::FundId.in_subquery(passing().column(grid_fund::Column::Id).into_query()));
        Expr::from(entries.into_query())
    };
    let row = passing()
        .column_as(grid_fund::Column::Id.count(), "funds")
        .expr_as(sum(grid_fund::Column::Budget), "budget")
        .expr_as(of_entries(grid_fund_entry::Column::Granted), "granted")
        .expr_as(of_entries(grid_fund_entry::Column::Spent), "spent")
        .into_tuple()
        .one(cx.read())
        .await?;
    Ok(row.unwrap_or_default())
}
