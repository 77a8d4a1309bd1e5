//! A path 处置路径 as pure code: which steps make one, which one a case goes, what comes next on it, and how far a case has come.

use entity::{CaseCategory, HandlerKind, HandlingLevel, MatterId, PathStepState, handling_path};

/// Where nobody has said otherwise: 网格、社区、街道、区.
pub const BUILT_IN: &[HandlerKind] = &[HandlerKind::Grid, HandlerKind::Community, HandlerKind::Subdistrict, HandlerKind::District];

/// Why steps make no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misstep {
    Empty,
    Twice,
    /// A step of a lower level than one before.
    Falls,
    /// A department before the community: whistling one is somebody's choice, and somebody has to have the case to make it.
    EarlyDepartment,
}

/// Whether the steps make a path. Since no level falls, the district comes last of the areas.
pub fn check(steps: &[HandlerKind]) -> Result<(), Misstep> {
    if steps.is_empty() {
        return Err(Misstep::Empty);
    }
    if steps.iter().enumerate().any(|(at, step)| steps[..at].contains(step)) {
        return Err(Misstep::Twice);
    }
    let mut reached: Option<HandlingLevel> = None;
    for step in steps {
        let level = Some(step.level());
        match step {
            HandlerKind::Department if reached < Some(HandlingLevel::Community) => return Err(Misstep::EarlyDepartment),
            HandlerKind::Department => {}
            _ if level < reached => return Err(Misstep::Falls),
            _ => reached = level,
        }
    }
    Ok(())
}

/// The most exact path in force that fits: a district's own before those for everywhere, then by matter and category; of equals the latest.
pub fn choose(paths: &[handling_path::Model], category: CaseCategory, matter: Option<MatterId>) -> Option<&handling_path::Model> {
    let fits = |path: &&handling_path::Model| {
        path.category.is_none_or(|named| named == category) && path.matter_id.is_none_or(|named| Some(named) == matter)
    };
    let exactness = |path: &handling_path::Model| {
        (path.district_id.is_some(), path.matter_id.is_some(), path.category.is_some(), path.made_at, path.id)
    };
    paths.iter().filter(fits).max_by_key(|path| exactness(path))
}

/// The steps after this one; none where it is not on the path.
pub fn beyond(steps: &[HandlerKind], from: HandlerKind) -> &[HandlerKind] {
    match steps.iter().position(|step| *step == from) {
        Some(at) => &steps[at + 1..],
        None => &[],
    }
}

/// How each step stands to a case that is with a unit of the kind `with` and about which those of the kinds `called` were called. `there`: the place
/// has a unit of this kind that may be called. Where it went off the path, what lies below is behind it.
pub fn states(steps: &[HandlerKind], with: HandlerKind, called: &[HandlerKind], there: impl Fn(HandlerKind) -> bool) -> Vec<PathStepState> {
    let behind = |step: &HandlerKind| called.contains(step) || step.level() < with.level();
    let reached = steps.iter().position(|step| *step == with).or_else(|| steps.iter().rposition(behind));
    let state = |(at, step): (usize, &HandlerKind)| {
        if *step == with {
            PathStepState::Current
        } else if called.contains(step) {
            PathStepState::Passed
        } else if reached.is_some_and(|reached| at <= reached) || !there(*step) {
            PathStepState::Skipped
        } else {
            PathStepState::Ahead
        }
    };
    steps.iter().enumerate().map(state).collect()
}
