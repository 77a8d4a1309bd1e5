//! Communities and subdistricts merged and split 撤并、拆分. Nothing is lost: what ends stays to be asked for, with all that was closed in it, and lies below its
//! successor. What lives on goes there, the open cases with all that runs.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{
    AreaId, AreaLevel, AreaSuccessionKind, CommitteeEventKind, CommitteeId, ComplexId, PartyBranchId, RecordChangeKind, area,
    area_succession, committee, committee_event, complex, party_branch, register,
};

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
    case::{
        scope::Registers,
        service::{Affected, CaseError, Terms, relocate},
    },
    complex::scope::Complexes,
    party::scope::Branches,
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
        let children = store::lock_children(turn.tx, source.id).await?;
        store::move_paths(turn.tx, &source.path, &below).await?;
        for child in &children {
            // it was moved with the source
            store::move_paths(turn.tx, &format!("{below}{}/", child.code), &path_below(&into, child)).await?;
        }
        place_below(turn, children, &into, &order).await?;
        let complexes = store::complexes_in(turn.tx, source.id).await?.into_iter().map(|complex| (complex, into.id)).collect();
        hand_over(turn, &source, into.id, complexes, &order).await?;
        store::pass_on(turn.tx, source.id, into.id).await?;
        succeed(turn, &source, &[into.id], &order).await?;
        let after = area::Model { path: below, ended_on: Some(eve), successor_id: Some(into.id), ..source.clone() };
        ended.push(source.id);
        turn.save::<Areas>(&source, after, RecordChangeKind::Ended, Some(order.reason.clone())).await?;
    }
    Ok((into, (ended, note(&order))))
}

fn path_below(parent: &area::Model, child: &area::Model) -> String {
    format!("{}{}/", parent.path, child.code)
}

/// Areas, as they were, have another parent; what lies below them has its path by now.
async fn place_below(turn: &Turn<'_>, children: Vec<area::Model>, parent: &area::Model, order: &Order) -> Result<(), RecordError> {
    for child in children {
        let after = area::Model { parent_id: Some(parent.id), path: path_below(parent, &child), ..child.clone() };
        // one by one: an upsert, which names the unique code, would wait on PostgreSQL for whoever writes anything that lies there
        turn.save::<Areas>(&child, after, RecordChangeKind::Changed, Some(note(order))).await?;
    }
    Ok(())
}

fn began_before(area: &area::Model, order: &Order, today: NaiveDate) -> Result<(), RecordError> {
    match area.established_on {
        Some(first) if order.eve < first => Err(RecordError::days("on", first.succ_opt().unwrap_or(first), today)),
        _ => Ok(()),
    }
}

/// All that lies in an area goes: its complexes, each to an area, and the rest with them or to the heir.
async fn hand_over(
    turn: &Turn<'_>,
    from: &area::Model,
    heir: AreaId,
    complexes: Vec<(complex::Model, AreaId)>,
    order: &Order,
) -> Result<(), RecordError> {
    let note = note(order);
    let places: HashMap<ComplexId, AreaId> = complexes.iter().map(|(row, to)| (row.id, *to)).collect();
    let moved = complexes.into_iter().map(|(row, to)| (row.clone(), complex::Model { area_id: to, ..row }));
    turn.change_all::<Complexes>(moved.collect(), Some(&note)).await?;
    carry_out(turn, &Moving { from: from.id, heir, complexes: &places, on: order.on, eve: order.eve }, Some(&note)).await
}

/// A complex went from an area that lives on to another: what is kept of it there goes along.
pub async fn take_along(
    turn: &Turn<'_>,
    from: AreaId,
    complexes: &HashMap<ComplexId, AreaId>,
    note: Option<&str>,
) -> Result<(), RecordError> {
    let (on, eve) = begins(turn, None)?;
    carry_out(turn, &Moving { from, heir: from, complexes, on, eve }, note).await
}

/// What has a history of its own says in it where it goes.
async fn carry_out(turn: &Turn<'_>, moving: &Moving<'_>, note: Option<&str>) -> Result<(), RecordError> {
    let found = moving.branches(turn.tx).await?;
    let branches: HashMap<PartyBranchId, AreaId> = found.iter().map(|(row, to)| (row.id, *to)).collect();
    let moved = found.into_iter().map(|(row, to)| (row.clone(), party_branch::Model { area_id: to, ..row }));
    turn.change_all::<Branches>(moved.collect(), note).await?;
    let committees = relocate_committees(turn, moving.committees(turn.tx, &branches).await?, note).await?;
    let registers = moving.registers(turn.tx).await?;
    let moved = registers.into_iter().map(|row| (row.clone(), register::Model { area_id: moving.heir, ..row }));
    turn.change_all::<Registers>(moved.collect(), note).await?;
    Ok(moving.carry_out(turn.tx, &branches, &committees, || turn.cx.clock.new_id()).await?)
}

async fn relocate_committees(
    turn: &Turn<'_>,
    found: Vec<(committee::Model, AreaId)>,
    note: Option<&str>,
) -> Result<HashMap<CommitteeId, AreaId>, RecordError> {
    let (clock, actor_id) = (&turn.cx.clock, turn.cx.actor.person.ok_or(CaseError::Anonymous)?);
    let places = found.iter().map(|(row, to)| (row.id, *to)).collect();
    let (mut rows, mut events) = (Vec::with_capacity(found.len()), Vec::with_capacity(found.len()));
    for (row, area_id) in found {
        let row = committee::Model { area_id, version: row.version + 1, ..row };
        events.push(committee_event::Model {
            id: clock.new_id(),
            committee_id: row.id,
            seq: row.version,
            kind: CommitteeEventKind::Relocated,
            at: clock.now(),
            actor_id,
            member_id: None,
            note: note.map(ToOwned::to_owned),
        });
        rows.push(row);
    }
    store::put_committees(turn.tx, rows, events).await?;
    Ok(places)
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
        store::lock_children(turn.tx, area.id).await?.into_iter().map(|child| (child.code.clone(), child)).collect();
    let (gone, complexes): (Vec<_>, Vec<_>) =
        store::complexes_in(turn.tx, area.id).await?.into_iter().partition(|complex| complex.ended_on.is_some());
    all_placed(&split.into, &children, &complexes.iter().map(|complex| complex.id).collect())?;
    let (mut parts, mut places) = (Vec::with_capacity(split.into.len()), HashMap::new());
    for (at, part) in split.into.into_iter().enumerate() {
        let new = new_in(turn, &parent, part.new, on, &format!("into.{at}.code")).await?;
        if new.level != area.level {
            return Err(RecordError::Mismatch("area-code-misfit", format!("into.{at}.code")));
        }
        let below: Vec<area::Model> = part.children.iter().filter_map(|code| children.get(code)).cloned().collect();
        for child in &below {
            store::move_paths(turn.tx, &child.path, &path_below(&new, child)).await?;
        }
        place_below(turn, below, &new, &order).await?;
        places.extend(part.complexes.into_iter().map(|complex| (complex, new.id)));
        parts.push(new.id);
    }
    let Some(heir) = parts.first().copied() else { return Err(RecordError::Required("into".into())) };
    // what has ended is asked for where the rest goes
    let placed = complexes.into_iter().filter_map(|complex| Some((places.remove(&complex.id)?, complex)));
    let all = placed.map(|(to, complex)| (complex, to)).chain(gone.into_iter().map(|complex| (complex, heir))).collect();
    hand_over(turn, &area, heir, all, &order).await?;
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
