//! What happened in a play, counted as it happened.

use std::collections::BTreeMap;

use entity::HandlingLevel;

/// Of the cases that were reported in the play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub reported: u64,
    pub raised: u64,
    pub on_time: u64,
    pub late: u64,
    pub declined: u64,
    /// By itself, since nobody came.
    pub escalated: u64,
    pub warnings: u64,
    /// Cases that missed a deadline.
    pub overdue: u64,
    pub supervision_requested: u64,
    pub supervised: u64,
    pub paused: u64,
    pub extended: u64,
    pub closed: u64,
    pub withdrawn: u64,
    /// Settled and not opened again.
    pub settled: BTreeMap<HandlingLevel, u64>,
    pub open: u64,
    /// What people did.
    pub mutations: u64,
    /// What they tried and the server refused: none, if the play knows the rules.
    pub refused: u64,
}
