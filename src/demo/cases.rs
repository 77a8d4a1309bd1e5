//! The finished case files, and how a theme becomes a report.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use chrono::{DateTime, Datelike, Utc};
use entity::{
    AreaId, CaseId, HandlerKind, IntakeChannel, PostRole, Provenance, RegisterId, case_event, case_file, case_number, register,
    register_case, whistle,
};

use super::{
    World, clocks,
    dice::{Dice, day_of},
    draft::{Draft, Report},
    town::{Place, Theme, Town, Unit, Worker},
};
use crate::case::chain;

#[derive(Default)]
pub struct Cases {
    pub files: Vec<File>,
    pub registers: Vec<register::Model>,
}

pub struct File {
    pub case: case_file::Model,
    pub whistles: Vec<whistle::Model>,
    pub events: Vec<case_event::Model>,
    pub register: Option<RegisterId>,
}

const CLOSERS: [&str; 5] =
    ["居民希望尽快处理。", "影响正常生活，希望有人上门看看。", "此前口头反映过一次。", "请核实后答复。", "涉及多户，望协调。"];

impl Cases {
    /// Puts the draft on file.
    pub fn push(&mut self, draft: Draft<'_>, register: Option<RegisterId>) -> CaseId {
        let Draft { case, whistles, events, .. } = draft;
        let id = case.id;
        self.files.push(File { case, whistles, events, register });
        id
    }

    pub fn register(&mut self, dice: &mut Dice, area_id: AreaId, name: &str, note: &str) -> RegisterId {
        let (id, name, provenance_note) = (dice.noun(), name.to_owned(), Some(note.to_owned()));
        let provenance = Provenance::Published;
        self.registers.push(register::Model { id, area_id, name, provenance, provenance_note, version: 1, ended_on: None, case_count: 0 });
        id
    }

    /// Numbers the files of each district and year in the order in which they were reported, and hands all rows over.
    pub fn number_into(mut self, world: &mut World) -> anyhow::Result<()> {
        self.files.sort_by_key(|file| (file.case.reported_at, file.case.id));
        let codes: HashMap<AreaId, String> = world.areas.iter().map(|area| (area.id, area.code.chars().take(6).collect())).collect();
        let mut last: BTreeMap<(String, i32), i32> = BTreeMap::new();
        for File { mut case, whistles, mut events, register } in self.files {
            let code = codes.get(&case.district_id).context("a case lies in an area of the tree")?;
            let year = day_of(case.reported_at).year();
            let number = last.entry((code.clone(), year)).or_default();
            *number += 1;
            case.number = format!("{code}-{year}-{number:06}");
            let clocks = clocks::of_file(&case, &whistles, &events);
            case.due_at = clocks[0].due_at;
            chain::link(&mut case, &mut events);
            world.clocks.extend(clocks);
            let added_at = Some(case.reported_at);
            world.register_cases.extend(register.map(|register_id| register_case::Model { register_id, case_id: case.id, added_at }));
            world.cases.push(case);
            // the one that an escalation called before the one that refers to it: so they are written
            world.whistles.extend(whistles.into_iter().rev());
            world.events.extend(events);
        }
        let count = |id| i32::try_from(world.register_cases.iter().filter(|entry| entry.register_id == id).count()).unwrap_or(i32::MAX);
        world.registers = self.registers.into_iter().map(|row| register::Model { case_count: count(row.id), ..row }).collect();
        world.case_numbers = last.into_iter().map(|((district, year), last)| case_number::Model { district, year, last }).collect();
        Ok(())
    }
}

/// A case of that theme at that place, reported by that person through a channel that fits.
pub fn begin<'a>(
    dice: &'a mut Dice,
    town: &Town,
    theme: &Theme,
    place: &Place,
    reporter: Worker,
    at: DateTime<Utc>,
) -> anyhow::Result<Draft<'a>> {
    let grid = place.grid.map(|grid| Unit::new(HandlerKind::Grid, grid));
    let community = place.community.map(|community| Unit::new(HandlerKind::Community, community));
    let (channel, handler) = match reporter.role {
        PostRole::Resident => ([IntakeChannel::App, IntakeChannel::WechatGroup][dice.weighted(&[75, 25])], grid),
        PostRole::GridWorker => ([IntakeChannel::Patrol, IntakeChannel::Visit][dice.weighted(&[70, 30])], grid),
        _ => {
            let channels = [IntakeChannel::Hotline, IntakeChannel::Visit, IntakeChannel::SuggestionBox, IntakeChannel::Meeting];
            (*dice.pick(&channels), community)
        }
    };
    let report = Report {
        place,
        category: theme.category,
        matter: Some(town.task(&theme.matter)?.matter),
        title: format!("{} {}", place.label, theme.title),
        description: format!("{}{}", theme.detail, dice.pick(&CLOSERS)),
        channel,
        reporter: Some(reporter),
        handler: handler.context("a case lies in a grid of a community")?,
    };
    Ok(Draft::report(dice, at, report))
}
