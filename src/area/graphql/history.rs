//! What an area was called, and what came before and after it.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use entity::{AreaId, AreaSuccessionKind, area, area_succession};

use super::{Area, service};
use crate::{
    app::Cx,
    graphql::{
        error::ApiError,
        plan::{self, Rec, Selection},
        scalar::Date,
    },
    object,
};

/// A name that an area had 曾用名.
#[derive(Clone, Debug, SimpleObject)]
pub struct AreaFormerName {
    /// The name 名称.
    name: String,
    /// The last day on which it was so called 沿用至.
    until: Date,
}

object! {
    /// How one area came after another 区划沿革.
    AreaSuccession: area_succession::Model {
        /// How 沿革类型.
        kind: AreaSuccessionKind = |row| row.kind,
        /// The first day of the new order 生效日.
        effective_on: Date = |row| Date(row.effective_on),
        /// The decree or document that says so; null where none was given 文件依据.
        document: Option<&str> = |row| row.document.as_deref(),
    }
    relations {
        /// The one that ended 原区划.
        from: Area = |succession| Some(succession.from_id),
        /// The one that came after it 现区划.
        to: Area = |succession| Some(succession.to_id),
    }
}

pub(super) async fn fill(cx: &Cx, rows: &mut [Rec<area::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    let ids: Vec<AreaId> = plan::distinct(rows.iter().map(|rec| rec.row.id));
    if selection.has("formerNames") {
        let mut names: HashMap<AreaId, Vec<AreaFormerName>> = HashMap::new();
        for row in service::former_names(cx, &ids).await? {
            names.entry(row.area_id).or_default().push(AreaFormerName { name: row.name, until: Date(row.until) });
        }
        plan::value(rows, selection, "formerNames", |area| area.id, &names);
    }
    for (field, before) in [("successors", false), ("predecessors", true)] {
        if !selection.has(field) {
            continue;
        }
        let found = service::successions(cx, &ids, before).await?;
        let of: Vec<AreaId> = found.iter().map(|row| if before { row.to_id } else { row.from_id }).collect();
        for wanted in selection.wanted(field) {
            let objects = plan::wrap::<AreaSuccession>(cx, found.clone(), &wanted.selection).await?;
            let mut of_each: HashMap<AreaId, Vec<AreaSuccession>> = HashMap::new();
            for (id, object) in of.iter().zip(objects) {
                of_each.entry(*id).or_default().push(object);
            }
            plan::value_of(rows, &wanted, |area| area.id, &of_each);
        }
    }
    Ok(())
}
