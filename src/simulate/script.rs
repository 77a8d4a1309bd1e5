//! Who does what when: the next thing comes out first, and of two at the same moment the one that was planned first.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use chrono::{DateTime, Utc};
use entity::{CaseId, CaseStatus, HandlingLevel, PersonId, WhistleId};

#[derive(Clone, Copy, Debug)]
pub enum Act {
    Report,
    /// The reporter thinks better of it.
    Withdraw(CaseId),
    /// Whoever was called turns up, or declines.
    Answer(CaseId, WhistleId),
    Rule(CaseId, WhistleId),
    /// The handler's next step; only the one that was planned last counts.
    Work(CaseId, u32),
    Resume(CaseId),
    RuleOnExtension(CaseId),
    Verify(CaseId),
    /// The reporter says how it was.
    Rate(CaseId),
    Supervise(CaseId),
}

#[derive(Default)]
pub struct Script {
    next: BinaryHeap<Reverse<(DateTime<Utc>, u64)>>,
    acts: BTreeMap<u64, Act>,
    planned: u64,
}

impl Script {
    pub fn at(&mut self, at: DateTime<Utc>, act: Act) {
        self.planned += 1;
        self.next.push(Reverse((at, self.planned)));
        self.acts.insert(self.planned, act);
    }

    /// When the next one is.
    pub fn next(&self) -> Option<DateTime<Utc>> {
        self.next.peek().map(|Reverse((at, _))| *at)
    }

    pub fn take(&mut self) -> Option<Act> {
        let Reverse((_, number)) = self.next.pop()?;
        self.acts.remove(&number)
    }
}

/// What the play knows of a case beside its file.
pub struct Story {
    /// In the order of the reports.
    pub number: usize,
    pub reporter: PersonId,
    pub by_resident: bool,
    pub result: String,
    pub status: CaseStatus,
    pub settled: Option<HandlingLevel>,
    /// The last entry that was made by itself and heard of.
    pub seen: i32,
    /// The step that counts.
    pub step: u32,
    /// How often others were called.
    pub calls: u8,
    pub paused: bool,
    pub extended: bool,
    pub lain: bool,
    pub assigned: bool,
}
