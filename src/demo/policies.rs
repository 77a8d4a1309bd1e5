//! Deadline policies of Louxing, all of them invented: no published account says how much time the district gives. What the files of the demonstration
//! were given is worked out by the standard policies (`clocks`); these hold for what is done from now on. And its path for what property firms are
//! complained of, which is published; the files went the built-in one.

use entity::{
    AreaId, CaseCategory, CasePriority, ClockHours, ClockKind, DeadlinePolicyId, HandlerKind, HandlingLevel, HandlingPathId,
    deadline_policy, handling_path,
};
use uuid::Uuid;

use super::{World, town::LOUXING};

const HOUR: i64 = 3600;
/// A working day.
const DAY: i64 = 7 * HOUR;

/// Takes nothing from the dice: their order is the demonstration's.
pub fn lay_out(world: &mut World) -> anyhow::Result<()> {
    let louxing = world.area(LOUXING)?.id;
    let (any, hazard, urgent) = ((None, None), (Some(CaseCategory::Hazard), None), (None, Some(CasePriority::Urgent)));
    let (grid, district) = (Some(HandlingLevel::Grid), Some(HandlingLevel::District));
    let made_at = world.now;
    let policy = |(number, (kind, (category, priority), level, allowed, hours))| deadline_policy::Model {
        id: id(number),
        district_id: Some::<AreaId>(louxing),
        kind,
        category,
        matter_id: None,
        priority,
        level,
        allowed,
        hours,
        warn_percent: 75,
        version: 1,
        made_at,
        made_by: None,
        ended_at: None,
    };
    world.policies = (1..)
        .zip([
            // a hazard waits for no opening hours
            (ClockKind::CheckIn, hazard, None, 2 * HOUR, ClockHours::RoundTheClock),
            (ClockKind::CheckIn, urgent, None, 2 * HOUR, ClockHours::Working),
            (ClockKind::Resolution, hazard, None, 3 * 24 * HOUR, ClockHours::RoundTheClock),
            (ClockKind::Resolution, any, grid, 2 * DAY, ClockHours::Working),
            // the departments' 职能部门
            (ClockKind::Resolution, any, district, 10 * DAY, ClockHours::Working),
        ])
        .map(policy)
        .collect();
    // 物业、业委会、社区（小区支部）、街道、职能部门
    let steps = [
        HandlerKind::PropertyFirm,
        HandlerKind::OwnersCommittee,
        HandlerKind::PartyBranch,
        HandlerKind::Community,
        HandlerKind::Subdistrict,
        HandlerKind::Department,
    ];
    world.paths = vec![handling_path::Model {
        id: HandlingPathId(Uuid::from_u128(0x7000_8000_0000_0000_2001)),
        district_id: Some(louxing),
        category: Some(CaseCategory::Dispute),
        matter_id: None,
        steps: handling_path::Steps(steps.into()),
        version: 1,
        made_at,
        made_by: None,
        ended_at: None,
    }];
    Ok(())
}

/// The same in every demonstration.
fn id(number: u128) -> DeadlinePolicyId {
    DeadlinePolicyId(Uuid::from_u128(0x7000_8000_0000_0000_1000 + number))
}
