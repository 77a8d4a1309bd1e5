//! Communities and subdistricts merged and split 撤并、拆分. Nothing is lost: what ends stays to be asked for, with all that was closed in it, and lies below its
//! successor. What lives on goes there, the open cases with all that runs.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{AreaId, AreaLevel, AreaSuccessionKind, ComplexId, RecordChangeKind, area, area_succession};

use super::{
    begins,
    keep::{NewArea, may, new_in},
};
use crate::{
    app::Cx,
    area::{
        scope::Areas,
        store::{self, Moving},
    },
    case::service::{Affected, Terms, relocate},
    record::service::{RecordError, Turn, write_then},
};

/// Areas of one level and parent that become one.
pub struct Merge {
    pub from: Vec<String>,
    /// The code of one that exists, or of a new one.
    pub into: String,
    /// The name of a new one.
    pub name: Option<String>,
    pub on: Option<NaiveDate>,
    pub document: Option<String>,
    pub reason: String,
}

/// An area that becomes several; the first of them takes over what belongs to no other.
pub struct Split {
    pub area: String,
    pub into: Vec<Part>,
    pub on: Option<NaiveDate>,
    pub document: Option<String>,
    pub reason: String,
}

/// What becomes of a part of it.
pub struct Part {
    pub new: NewArea,
    /// By their codes.
    pub children: Vec<String>,
    pub complexes: Vec<ComplexId>,
}

/// One order that comes after another.
struct Order {
    kind: AreaSuccessionKind,
    on: NaiveDate,
    eve: NaiveDate,
    document: Option<String>,
    reason: String,
}

/// Districts have catalogues, departments and numbers of cases of their own: they are not merged here.
fn reformed(level: AreaLevel) -> bool {
    matches!(level, AreaLevel::Subdistrict | AreaLevel::Community)
}

type Moved = (area::Model, (Vec<AreaId>, String));

pub async fn merge(cx: &Cx, terms: Terms, merge: Merge) -> Result<Option<area::Model>, RecordError> {
    write_then::<Areas, _, _, _>(cx, terms, move |turn| Box::pin(merge_in(turn, merge)), |cx, work, told| Box::pin(follow(cx, work, told)))
        .await
}

pub async fn split(cx: &Cx, terms: Terms, split: Split) -> Result<Option<area::Model>, RecordError> {
    write_then::<Areas, _, _, _>(cx, terms, move |turn| Box::pin(split_in(turn, split)), |cx, work, told| Box::pin(follow(cx, work, told)))
        .await
}

async fn follow(cx: &Cx, work: &mut crate::event::Work, (areas, note): (Vec<AreaId>, String)) -> Result<(), RecordError> {
    relocate(cx, work, Affected::Areas(areas), &note).await?;
    Ok(())
}

async fn merge_in(turn: &Turn<'_>, merge: Merge) -> Result<Moved, RecordError> {
    let (on, eve) = begins(turn, merge.on)?;
    let mut sources = Vec::with_capacity(merge.from.len());
    for (at, code) in merge.from.iter().enumerate() {
        let field = format!("fromCodes.{at}");
        let area = turn.area(code, &field).await?;
        if !reformed(area.level) {
            return Err(RecordError::Mismatch("area-level-stays", field));
        }
        may(turn, &area, &field).await?;
        if area.code == merge.into || merge.from[..at].contains(code) {
            return Err(RecordError::Exists(field));
        }
        sources.push(area);
    }
    let Some(first) = sources.first() else { return Err(RecordError::Required("fromCodes".into())) };
    let (level, parent) = (first.level, first.parent_id.ok_or_else(|| RecordError::not_found("fromCodes"))?);
    // the parent first, as whoever sets an area up below it; then all that are named in one order, so that merges the other way round wait for each other
    let above = turn.lock::<Areas>(parent, "fromCodes").await?;
    let mut locked = store::lock_by_codes(turn.tx, merge.from.iter().chain([&merge.into]).cloned().collect()).await?;
    for (at, source) in sources.iter_mut().enumerate() {
        let field = format!("fromCodes.{at}");
        let now = locked.remove(&source.code).ok_or_else(|| RecordError::not_found(&field))?;
        *source = turn.check::<Areas>(now, &field)?;
        if (source.level, source.parent_id) != (level, Some(parent)) {
            return Err(RecordError::Mismatch("area-not-beside", field));
        }
    }
    let into = match locked.remove(&merge.into) {
        Some(found) => {
            turn.lasting::<Areas>(&found, "intoCode")?;
            may(turn, &found, "intoCode").await?;
            turn.save::<Areas>(&found, found.clone(), RecordChangeKind::Changed, Some(merge.reason.clone())).await?
        }
        None => {
            let name = merge.name.ok_or_else(|| RecordError::Required("intoName".into()))?;
            new_in(turn, &above, NewArea { code: merge.into, name }, on, "intoCode").await?
        }
    };
    if (into.level, into.parent_id) != (level, Some(parent)) {
        return Err(RecordError::Mismatch("area-not-beside", "intoCode".into()));
    }
    let order = Order { kind: AreaSuccessionKind::Merged, on, eve, document: merge.document, reason: merge.reason };
    sources.sort_by_key(|area| area.id);
    let mut ended = Vec::with_capacity(sources.len());
    for source in sources {
        began_before(&source, &order, turn.today)?;
        let below = format!("{}{}/", into.path, source.code);
        store::move_paths(turn.tx, &source.path, &below).await?;
        for child in store::living_children(turn.tx, source.id).await? {
            place_below(turn, &child, &into).await?;
        }
        let complexes = store::complexes_in(turn.tx, source.id).await?.into_iter().map(|complex| (complex.id, into.id)).collect();
        hand_over(turn, &source, into.id, &complexes, &order).await?;
        store::pass_on(turn.tx, source.id, into.id).await?;
        succeed(turn, &source, &[into.id], &order).await?;
        let after = area::Model { path: below, ended_on: Some(eve), successor_id: Some(into.id), ..source.clone() };
        ended.push(source.id);
        turn.save::<Areas>(&source, after, RecordChangeKind::Ended, Some(order.reason.clone())).await?;
    }
    Ok((into, (ended, note(&order))))
}

/// Its path as it is by now, whatever was moved before.
async fn place_below(turn: &Turn<'_>, child: &area::Model, parent: &area::Model) -> Result<(), RecordError> {
    store::move_paths(turn.tx, &child.path, &format!("{}{}/", parent.path, child.code)).await?;
    Ok(store::set_parent(turn.tx, child.id, parent.id).await?)
}

fn began_before(area: &area::Model, order: &Order, today: NaiveDate) -> Result<(), RecordError> {
    match area.established_on {
        Some(first) if order.eve < first => Err(RecordError::days("on", first.succ_opt().unwrap_or(first), today)),
        _ => Ok(()),
    }
}

async fn hand_over(
    turn: &Turn<'_>,
    from: &area::Model,
    heir: AreaId,
    complexes: &HashMap<ComplexId, AreaId>,
    order: &Order,
) -> Result<(), RecordError> {
    let moving = Moving { from: from.id, heir, complexes, on: order.on, eve: order.eve };
    Ok(moving.carry_out(turn.tx, || turn.cx.clock.new_id()).await?)
}

/// A complex goes from an area that lives on to another, with what is kept of it there.
pub async fn take_along(turn: &Turn<'_>, from: AreaId, complexes: &HashMap<ComplexId, AreaId>) -> Result<(), RecordError> {
    let (on, eve) = begins(turn, None)?;
    let moving = Moving { from, heir: from, complexes, on, eve };
    Ok(moving.carry_out(turn.tx, || turn.cx.clock.new_id()).await?)
}

async fn succeed(turn: &Turn<'_>, from: &area::Model, to: &[AreaId], order: &Order) -> Result<(), RecordError> {
    let rows = to.iter().map(|to| area_succession::Model {
        id: turn.cx.clock.new_id(),
        from_id: from.id,
        to_id: *to,
        kind: order.kind,
        effective_on: order.on,
        document: order.document.clone(),
    });
    Ok(store::put_successions(turn.tx, rows.collect()).await?)
}

/// What the timeline of a case says.
fn note(order: &Order) -> String {
    let what = match order.kind {
        AreaSuccessionKind::Merged => "区划合并",
        AreaSuccessionKind::Split => "区划拆分",
        AreaSuccessionKind::Regridded => "重划网格",
    };
    format!("{what}：{}", order.reason)
}

async fn split_in(turn: &Turn<'_>, split: Split) -> Result<Moved, RecordError> {
    const FIELD: &str = "areaCode";
    let (on, eve) = begins(turn, split.on)?;
    let found = turn.area(&split.area, FIELD).await?;
    let parent = found.parent_id.filter(|_| reformed(found.level));
    let parent = parent.ok_or_else(|| RecordError::Mismatch("area-level-stays", FIELD.into()))?;
    may(turn, &found, FIELD).await?;
    // the parent first, as whoever merges what lies below it
    let parent = turn.lock::<Areas>(parent, FIELD).await?;
    let area = turn.lock::<Areas>(found.id, FIELD).await?;
    let area = turn.check::<Areas>(area, FIELD)?;
    if area.parent_id != Some(parent.id) {
        return Err(RecordError::Conflict(Box::new(area)));
    }
    let order = Order { kind: AreaSuccessionKind::Split, on, eve, document: split.document, reason: split.reason };
    began_before(&area, &order, turn.today)?;
    let children: HashMap<String, area::Model> =
        store::living_children(turn.tx, area.id).await?.into_iter().map(|child| (child.code.clone(), child)).collect();
    let (gone, complexes): (Vec<_>, Vec<_>) =
        store::complexes_in(turn.tx, area.id).await?.into_iter().partition(|complex| complex.ended_on.is_some());
    all_placed(&split.into, &children, &complexes.into_iter().map(|complex| complex.id).collect())?;
    let (mut parts, mut places) = (Vec::with_capacity(split.into.len()), HashMap::new());
    for (at, part) in split.into.into_iter().enumerate() {
        let new = new_in(turn, &parent, part.new, on, &format!("into.{at}.code")).await?;
        if new.level != area.level {
            return Err(RecordError::Mismatch("area-code-misfit", format!("into.{at}.code")));
        }
        for code in &part.children {
            if let Some(child) = children.get(code) {
                place_below(turn, child, &new).await?;
            }
        }
        places.extend(part.complexes.into_iter().map(|complex| (complex, new.id)));
        parts.push(new.id);
    }
    let Some(heir) = parts.first().copied() else { return Err(RecordError::Required("into".into())) };
    // what has ended is asked for where the rest goes
    places.extend(gone.into_iter().map(|complex| (complex.id, heir)));
    hand_over(turn, &area, heir, &places, &order).await?;
    succeed(turn, &area, &parts, &order).await?;
    let after = area::Model { ended_on: Some(eve), ..area.clone() };
    let told = (vec![area.id], note(&order));
    Ok((turn.save::<Areas>(&area, after, RecordChangeKind::Ended, Some(order.reason)).await?, told))
}

/// That each area and complex goes somewhere, and to one place only.
fn all_placed(parts: &[Part], children: &HashMap<String, area::Model>, complexes: &HashSet<ComplexId>) -> Result<(), RecordError> {
    if parts.len() < 2 {
        return Err(RecordError::Required("into".into()));
    }
    let (mut codes, mut homes) = (HashSet::new(), HashSet::new());
    for (at, part) in parts.iter().enumerate() {
        for (index, code) in part.children.iter().enumerate() {
            let field = format!("into.{at}.childCodes.{index}");
            match () {
                () if !children.contains_key(code) => return Err(RecordError::NotFound(field)),
                () if !codes.insert(code) => return Err(RecordError::Exists(field)),
                () => {}
            }
        }
        for (index, complex) in part.complexes.iter().enumerate() {
            let field = format!("into.{at}.complexIds.{index}");
            match () {
                () if !complexes.contains(complex) => return Err(RecordError::NotFound(field)),
                () if !homes.insert(complex) => return Err(RecordError::Exists(field)),
                () => {}
            }
        }
    }
    let (areas, homes) = (children.len() - codes.len(), complexes.len() - homes.len());
    if areas + homes > 0 {
        let args = vec![("areas", areas.to_string()), ("complexes", homes.to_string())];
        return Err(RecordError::Limit("area-split-left-out", "into".into(), args));
    }
    Ok(())
}
