use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AreaId, BuildingId, ComplexId, GridId, Hundredths, StairwellId, building, complex, courtyard, dwelling, firm_contract, stairwell,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, ExprTrait, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, Func, LockType, Query, SelectStatement},
};

use super::{
    model::Known,
    scope::{Buildings, ComplexWhere, Complexes, Dwellings, Part},
};
use crate::{
    area::scope::within,
    auth::Actor,
    db::{
        self, chunks,
        filter::{Filter, open_on},
        noun::{Noun, visible},
    },
    search,
};

pub(super) async fn maybe_by_id(db: &impl ConnectionTrait, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    complex::Entity::find_by_id(id).filter(complex::Column::EndedOn.is_null()).one(db).await
}

pub(super) async fn maybe_building(db: &impl ConnectionTrait, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    building::Entity::find_by_id(id).filter(building::Column::EndedOn.is_null()).one(db).await
}

pub(super) async fn maybe_share(tx: &DatabaseTransaction, id: ComplexId) -> Result<Option<complex::Model>, DbErr> {
    complex::Entity::find_by_id(id).filter(complex::Column::EndedOn.is_null()).lock(LockType::Share).one(tx).await
}

pub(super) async fn maybe_share_building(tx: &DatabaseTransaction, id: BuildingId) -> Result<Option<building::Model>, DbErr> {
    building::Entity::find_by_id(id).filter(building::Column::EndedOn.is_null()).lock(LockType::Share).one(tx).await
}

/// Those of these complexes that there are, locked.
pub(super) async fn lock(tx: &DatabaseTransaction, ids: Vec<ComplexId>) -> Result<Vec<complex::Model>, DbErr> {
    let these = complex::Entity::find().filter(complex::Column::Id.is_in(ids)).filter(complex::Column::EndedOn.is_null());
    these.order_by_asc(complex::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await
}

/// The grid of each building of a complex that has one.
pub(super) async fn grids_of(db: &impl ConnectionTrait, id: ComplexId) -> Result<Vec<GridId>, DbErr> {
    let buildings = building::Entity::find()
        .filter(building::Column::ComplexId.eq(id))
        .filter(building::Column::GridId.is_not_null())
        .filter(building::Column::EndedOn.is_null())
        .order_by_asc(building::Column::Number)
        .all(db)
        .await?;
    Ok(buildings.into_iter().filter_map(|building| building.grid_id).collect())
}

/// Those of these names in these areas, those that have ended too.
pub(super) async fn ever_named(db: &impl ConnectionTrait, areas: Vec<AreaId>, names: Vec<String>) -> Result<Vec<complex::Model>, DbErr> {
    use complex::Column as C;
    complex::Entity::find().filter(C::AreaId.is_in(areas)).filter(C::Name.is_in(names)).all(db).await
}

/// The same without those.
pub(super) async fn named(db: &impl ConnectionTrait, areas: Vec<AreaId>, names: Vec<String>) -> Result<Vec<complex::Model>, DbErr> {
    use complex::Column as C;
    complex::Entity::find().filter(C::AreaId.is_in(areas)).filter(C::Name.is_in(names)).filter(C::EndedOn.is_null()).all(db).await
}

pub(super) async fn buildings_of(db: &impl ConnectionTrait, complexes: Vec<ComplexId>) -> Result<Vec<building::Model>, DbErr> {
    building::Entity::find().filter(building::Column::ComplexId.is_in(complexes)).all(db).await
}

/// What of a complex is there, locked: buildings change with their grids, too.
pub(super) async fn of_complex<N: Part>(tx: &DatabaseTransaction, id: ComplexId) -> Result<Vec<N::Model>, DbErr> {
    let there = N::Entity::find().filter(N::COMPLEX.eq(id)).filter(N::ENDED_ON.is_null());
    there.order_by_asc(N::ID).lock(LockType::NoKeyUpdate).all(tx).await
}

pub(super) async fn dwellings_of(tx: &DatabaseTransaction, building: BuildingId) -> Result<Vec<dwelling::Model>, DbErr> {
    use dwelling::Column as C;
    dwelling::Entity::find().filter(C::BuildingId.eq(building)).filter(C::EndedOn.is_null()).all(tx).await
}

pub(super) async fn dwellings_at(tx: &DatabaseTransaction, stairwell: StairwellId) -> Result<Vec<dwelling::Model>, DbErr> {
    use dwelling::Column as C;
    dwelling::Entity::find().filter(C::StairwellId.eq(stairwell)).filter(C::EndedOn.is_null()).all(tx).await
}

/// Dwellings of these numbers, those that have ended too.
pub(super) async fn ever_numbered(
    db: &impl ConnectionTrait,
    buildings: Vec<BuildingId>,
    numbers: Vec<String>,
) -> Result<Vec<dwelling::Model>, DbErr> {
    use dwelling::Column as C;
    dwelling::Entity::find().filter(C::BuildingId.is_in(buildings)).filter(C::Number.is_in(numbers)).all(db).await
}

/// Dwellings of these numbers that are there.
pub(super) async fn numbered(
    db: &impl ConnectionTrait,
    buildings: Vec<BuildingId>,
    numbers: Vec<String>,
) -> Result<Vec<dwelling::Model>, DbErr> {
    use dwelling::Column as C;
    let there = dwelling::Entity::find().filter(C::BuildingId.is_in(buildings)).filter(C::EndedOn.is_null());
    there.filter(C::Number.is_in(numbers)).all(db).await
}

/// Stairwells of these buildings that are there.
pub(super) async fn stairwells_of(db: &impl ConnectionTrait, buildings: Vec<BuildingId>) -> Result<Vec<stairwell::Model>, DbErr> {
    use stairwell::Column as C;
    stairwell::Entity::find().filter(C::BuildingId.is_in(buildings)).filter(C::EndedOn.is_null()).all(db).await
}

/// Whether the complex has a courtyard of this name.
pub(super) async fn is_courtyard(tx: &DatabaseTransaction, complex: ComplexId, name: &str) -> Result<bool, DbErr> {
    use courtyard::Column as C;
    let found = courtyard::Entity::find().filter(C::ComplexId.eq(complex)).filter(C::Name.eq(name)).filter(C::EndedOn.is_null());
    Ok(found.one(tx).await?.is_some())
}

/// Whether a firm has a contract for the complex that lasts beyond this day.
pub(super) async fn is_contracted_after(tx: &DatabaseTransaction, complex: ComplexId, day: NaiveDate) -> Result<bool, DbErr> {
    use firm_contract::Column as C;
    let lasting = Condition::any().add(C::EndsOn.is_null()).add(C::EndsOn.gt(day));
    Ok(firm_contract::Entity::find().filter(C::ComplexId.eq(complex)).filter(lasting).one(tx).await?.is_some())
}

pub(super) async fn put(tx: &DatabaseTransaction, rows: Vec<complex::Model>) -> Result<(), DbErr> {
    search::index(tx, &rows).await?;
    db::put::<complex::Entity>(tx, rows).await
}

pub(super) async fn put_buildings(tx: &DatabaseTransaction, rows: Vec<building::Model>) -> Result<(), DbErr> {
    db::put::<building::Entity>(tx, rows).await
}

pub(super) async fn put_stairwells(tx: &DatabaseTransaction, rows: Vec<stairwell::Model>) -> Result<(), DbErr> {
    db::put::<stairwell::Entity>(tx, rows).await
}

pub(super) async fn put_dwellings(tx: &DatabaseTransaction, rows: Vec<dwelling::Model>) -> Result<(), DbErr> {
    db::put::<dwelling::Entity>(tx, rows).await
}

/// What dwellings come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub count: i64,
    /// Those whose floor area is recorded.
    pub measured: i64,
    pub floor_area: Hundredths,
}

pub(super) async fn totals(
    db: &impl ConnectionTrait,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, Totals>, DbErr> {
    use dwelling::Column as C;
    let mut found = HashMap::new();
    for complexes in chunks(complexes) {
        let query = dwelling::Entity::find()
            .select_only()
            .column(C::ComplexId)
            .column_as(C::Id.count(), "dwellings")
            .column_as(C::FloorArea.count(), "measured")
            .column_as(db::sum(C::FloorArea), "area")
            .filter(C::ComplexId.is_in(complexes.iter().copied()))
            .filter(open_on(C::EndedOn, day))
            .group_by(C::ComplexId)
            .into_query();
        for row in db.query_all(&query).await? {
            let (count, measured) = (row.try_get("", "dwellings")?, row.try_get("", "measured")?);
            found.insert(row.try_get("", "complex_id")?, Totals { count, measured, floor_area: row.try_get("", "area")? });
        }
    }
    Ok(found)
}

/// What complexes come to, each sum with how many of them it is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub complexes: i64,
    pub floor_area: Hundredths,
    pub with_floor_area: i64,
    pub households: i64,
    pub with_households: i64,
    pub buildings: i64,
    pub with_buildings: i64,
    pub dwellings: i64,
    pub with_dwellings: i64,
}

/// Of the complexes that pass, in one statement.
pub(super) async fn sums(db: &impl ConnectionTrait, actor: &Actor, filter: &Filter<ComplexWhere>, day: NaiveDate) -> Result<Sums, DbErr> {
    use complex::Column as C;
    let passing = || visible::<Complexes>(actor).filter(filter.condition(Complexes::matching)).select_only();
    let of_it = |parts: &'static str| Expr::col((parts, "complex_id")).equals(C::Id.as_column_ref());
    let parts = |parts: &'static str| Expr::col((parts, "parts"));
    let mut query = passing().into_query();
    query
        .expr_as(Expr::col(C::Id.as_column_ref()).count(), "complexes")
        .expr_as(db::sum(C::FloorArea), "area")
        .expr_as(Expr::col(C::FloorArea.as_column_ref()).count(), "with_area")
        .expr_as(db::sum(C::Households), "people")
        .expr_as(Expr::col(C::Households.as_column_ref()).count(), "with_people")
        .expr_as(db::sum(parts("standing")), "buildings")
        .expr_as(parts("standing").count(), "with_buildings")
        .expr_as(db::sum(parts("there")), "dwellings")
        .expr_as(parts("there").count(), "with_dwellings");
    let ids = || passing().column(C::Id).into_query();
    query.join_subquery(JoinType::LeftJoin, counted_parts::<Buildings>(ids(), day), "standing", of_it("standing"));
    query.join_subquery(JoinType::LeftJoin, counted_parts::<Dwellings>(ids(), day), "there", of_it("there"));
    let Some(row) = db.query_one(&query).await? else { return Ok(Sums::default()) };
    let sum = |name: &str| row.try_get::<i64>("", name);
    Ok(Sums {
        complexes: sum("complexes")?,
        floor_area: Hundredths(sum("area")?),
        with_floor_area: sum("with_area")?,
        households: sum("people")?,
        with_households: sum("with_people")?,
        buildings: sum("buildings")?,
        with_buildings: sum("with_buildings")?,
        dwellings: sum("dwellings")?,
        with_dwellings: sum("with_dwellings")?,
    })
}

/// Of how many parts of a kind each of these complexes consists on a day.
fn counted_parts<N: Part>(complexes: SelectStatement, day: NaiveDate) -> SelectStatement {
    N::Entity::find()
        .select_only()
        .column(N::COMPLEX)
        .column_as(N::ID.count(), "parts")
        .filter(N::COMPLEX.in_subquery(complexes))
        .filter(open_on(N::ENDED_ON, day))
        .group_by(N::COMPLEX)
        .into_query()
}

/// For each of the complexes that pass: how many buildings stand, how many of them lie in a grid, and how many have a dwelling.
fn counted(of: Condition, day: NaiveDate) -> SelectStatement {
    use building::Column as C;
    let dwellings = dwelling::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(Expr::col(dwelling::Column::BuildingId.as_column_ref()).equals(C::Id.as_column_ref()))
        .filter(open_on(dwelling::Column::EndedOn, day))
        .into_query();
    let with_dwellings = Func::sum(Expr::case(Expr::exists(dwellings), 1).finally(0));
    building::Entity::find()
        .select_only()
        .column(C::ComplexId)
        .column_as(C::Id.count(), "buildings")
        .column_as(C::GridId.count(), "in_grids")
        .column_as(Expr::expr(with_dwellings), "with_dwellings")
        .filter(of)
        .filter(open_on(C::EndedOn, day))
        .group_by(C::ComplexId)
        .into_query()
}

pub(super) async fn buildings_known(
    db: &impl ConnectionTrait,
    complexes: &[ComplexId],
    day: NaiveDate,
) -> Result<HashMap<ComplexId, [i64; 3]>, DbErr> {
    let mut found = HashMap::new();
    for complexes in chunks(complexes) {
        for row in db.query_all(&counted(building::Column::ComplexId.is_in(complexes.iter().copied()).into(), day)).await? {
            let counts = [row.try_get("", "buildings")?, row.try_get("", "in_grids")?, row.try_get("", "with_dwellings")?];
            found.insert(row.try_get("", "complex_id")?, counts);
        }
    }
    Ok(found)
}

/// What is known of the complexes of an area, and of how many the same; of buildings only whether there are any and whether all have it.
pub(super) async fn known_in(db: &impl ConnectionTrait, area: &str, day: NaiveDate) -> Result<Vec<(Known, u64)>, DbErr> {
    use complex::Column as C;
    const FLAGS: [&str; 7] = ["address", "households", "floor_area", "location", "built", "in_grids", "with_dwellings"];
    let complexes = || complex::Entity::find().select_only().filter(within(C::AreaId, area)).filter(open_on(C::EndedOn, day));
    let buildings = counted(building::Column::ComplexId.in_subquery(complexes().column(C::Id).into_query()).into(), day);
    let all = |column: &'static str| Expr::col(("counted", column)).equals(("counted", "buildings"));
    let flags = [
        C::Address.is_not_null(),
        C::Households.is_not_null(),
        C::FloorArea.is_not_null(),
        C::Longitude.is_not_null(),
        Expr::col(("counted", "buildings")).is_not_null(),
        all("in_grids"),
        all("with_dwellings"),
    ];
    let mut each = complexes().column(C::Kind).into_query();
    for (flag, name) in flags.into_iter().zip(FLAGS) {
        each.expr_as(flag, name);
    }
    let of_it = Expr::col(("counted", "complex_id")).equals(C::Id.as_column_ref());
    each.join_subquery(JoinType::LeftJoin, buildings, "counted", of_it);
    let mut groups = Query::select();
    groups.column("kind").columns(FLAGS).expr_as(Expr::col("kind").count(), "complexes").from_subquery(each, "each_complex");
    groups.group_by_col("kind").group_by_columns(FLAGS);
    let mut found = Vec::new();
    for row in db.query_all(&groups).await? {
        let flag = |name: &str| row.try_get::<Option<bool>>("", name).map(|flag| flag.unwrap_or(false));
        let known = Known {
            kind: row.try_get("", "kind")?,
            address: flag("address")?,
            households: flag("households")?,
            floor_area: flag("floor_area")?,
            location: flag("location")?,
            buildings: flag("built")?.into(),
            in_grids: flag("in_grids")?.into(),
            with_dwellings: flag("with_dwellings")?.into(),
        };
        let count: i64 = row.try_get("", "complexes")?;
        found.push((known, u64::try_from(count).unwrap_or(0)));
    }
    Ok(found)
}
