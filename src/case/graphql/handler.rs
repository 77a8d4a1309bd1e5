//! `Handler`: the units that handle cases and are called by whistles.

use std::collections::HashMap;

use async_graphql::{ID, Interface};
use entity::{AreaId, CommitteeId, DepartmentId, FirmId, GridId, HandlerKind, PartyBranchId};
use uuid::Uuid;

use crate::{
    app::Cx,
    area::graphql::Area,
    committee::graphql::Committee,
    db::noun,
    department::graphql::Department,
    firm::graphql::PropertyFirm,
    graphql::{
        error::ApiError,
        plan::{self, Listed, Rec, Selection},
    },
    grid::graphql::Grid,
    party::graphql::PartyBranch,
};

/// A unit that handles cases and can be called by a whistle 处置主体: a firm, an owners' committee, a branch, a grid, a community, subdistrict or district, a department.
#[derive(Clone, Interface)]
#[graphql(
    field(name = "id", ty = "ID", desc = "The global id 全局标识."),
    field(name = "name", ty = "&str", desc = "Its name 名称."),
    field(name = "kind", ty = "HandlerKind", desc = "Which kind of unit it is 处置主体类型.")
)]
pub enum Handler {
    Area(Area),
    Committee(Committee),
    Department(Department),
    Grid(Grid),
    PartyBranch(PartyBranch),
    PropertyFirm(PropertyFirm),
}

/// A relation to a handler: one statement for each kind of unit that occurs, whatever the number of rows.
pub async fn fill_handler<M: Send + Sync>(
    cx: &Cx,
    rows: &mut [Rec<M>],
    selection: &Selection<'_>,
    field: &str,
    unit_of: impl Fn(&M) -> Option<(HandlerKind, Uuid)> + Send + Sync,
) -> Result<(), ApiError> {
    if !selection.has(field) {
        return Ok(());
    }
    let found = handlers(cx, rows.iter().filter_map(|r| unit_of(&r.row)), &selection.under(field)).await?;
    plan::value(rows, selection, field, |row| unit_of(row).map_or(Uuid::nil(), |(_, id)| id), &found);
    Ok(())
}

/// The units, as far as the actor may see them, with what is selected of them.
pub async fn handlers(
    cx: &Cx,
    units: impl Iterator<Item = (HandlerKind, Uuid)>,
    inner: &Selection<'_>,
) -> Result<HashMap<Uuid, Handler>, ApiError> {
    let units = plan::distinct(units);
    let ids = |kinds: &[HandlerKind]| -> Vec<Uuid> { units.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, id)| *id).collect() };
    let mut found: HashMap<Uuid, Handler> = HashMap::new();
    use HandlerKind as K;
    load::<Area, AreaId>(cx, ids(&[K::Community, K::Subdistrict, K::District]), inner, Handler::Area, &mut found).await?;
    load::<Committee, CommitteeId>(cx, ids(&[K::OwnersCommittee]), inner, Handler::Committee, &mut found).await?;
    load::<Department, DepartmentId>(cx, ids(&[K::Department]), inner, Handler::Department, &mut found).await?;
    load::<Grid, GridId>(cx, ids(&[K::Grid]), inner, Handler::Grid, &mut found).await?;
    load::<PartyBranch, PartyBranchId>(cx, ids(&[K::PartyBranch]), inner, Handler::PartyBranch, &mut found).await?;
    load::<PropertyFirm, FirmId>(cx, ids(&[K::PropertyFirm]), inner, Handler::PropertyFirm, &mut found).await?;
    Ok(found)
}

async fn load<T, I>(
    cx: &Cx,
    ids: Vec<Uuid>,
    selection: &Selection<'_>,
    wrap: fn(T) -> Handler,
    found: &mut HashMap<Uuid, Handler>,
) -> Result<(), ApiError>
where
    T: Listed,
    T::Noun: noun::Noun<Id = I>,
    I: From<Uuid> + Into<Uuid>,
{
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<I> = ids.into_iter().map(I::from).collect();
    let (ids, rows): (Vec<I>, Vec<T::Row>) = noun::by_ids::<T::Noun>(cx.read(), &cx.actor, &ids).await?.into_iter().unzip();
    let objects = plan::wrap::<T>(cx, rows, selection).await?;
    found.extend(ids.into_iter().map(Into::into).zip(objects.into_iter().map(wrap)));
    Ok(())
}
