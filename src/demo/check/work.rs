//! Whether enough work waits for the sign-ins.

use std::collections::HashMap;

use entity::{CaseStatus, HandlerKind, WhistleStatus, whistle};
use uuid::Uuid;

use super::Check;
use crate::demo::{
    clocks::left_today,
    dice::day_of,
    town::{Unit, YUETANG},
};

/// At least so many of each open status in the community of the sign-ins.
const OF_EACH_STATUS: usize = 36;
const OF_EACH_LEVEL: usize = 6;
const DUE_TODAY: usize = 2;

impl Check<'_> {
    pub(super) fn work(&mut self) {
        let world = self.world;
        let Ok(community) = world.area(YUETANG).map(|area| area.id) else {
            return self.that(false, || "no 月塘社区".to_owned());
        };
        let here: Vec<_> = world.cases.iter().filter(|case| case.community_id == Some(community)).collect();
        for &status in CaseStatus::OPEN {
            let count = here.iter().filter(|case| case.status == status).count();
            self.that(count >= OF_EACH_STATUS, || format!("{status:?} in 月塘社区: {count}"));
        }
        let units: HashMap<&str, (Uuid, Uuid)> = world
            .persons
            .iter()
            .filter_map(|person| {
                let post = world.posts.iter().find(|post| post.person_id == person.id)?;
                Some((person.sign_in.as_deref()?, (person.id.0, post.unit_id)))
            })
            .collect();
        let of = |name: &str| units.get(name).copied().unwrap_or_default();
        let own: Vec<_> = here.iter().filter(|case| case.reporter_id.map(|id| id.0) == Some(of("resident").0)).collect();
        let unrated = own.iter().filter(|case| case.status == CaseStatus::Closed && case.score.is_none()).count();
        self.that(own.len() >= 8 && unrated >= 1, || format!("cases of the resident: {}, to be rated: {unrated}", own.len()));
        for (name, kind) in [("firm", HandlerKind::PropertyFirm), ("branch-secretary", HandlerKind::PartyBranch)] {
            let count = here.iter().filter(|case| {
                let at_work = matches!(case.status, CaseStatus::Assigned | CaseStatus::InProgress);
                at_work && case.handler_kind == kind && case.handler_id == of(name).1
            });
            let count = count.count();
            self.that(count >= 10, || format!("cases of {name}: {count}"));
        }
        let worker = of("grid-worker").0;
        let to_close = here.iter().filter(|case| case.status == CaseStatus::Resolved && case.resolved_by.map(|id| id.0) == Some(worker));
        let to_close = to_close.count();
        self.that(to_close >= OF_EACH_LEVEL, || format!("resolved by the grid worker: {to_close}"));
        let calls = [
            ("grid-worker", HandlerKind::Grid),
            ("community", HandlerKind::Community),
            ("subdistrict", HandlerKind::Subdistrict),
            ("department", HandlerKind::Department),
            ("district", HandlerKind::District),
        ];
        for (name, kind) in calls {
            self.calls(name, Unit { kind, id: of(name).1 });
        }
        self.unanswered();
    }

    fn calls(&mut self, name: &str, unit: Unit) {
        let now = self.world.now;
        let here: Vec<&whistle::Model> =
            self.world.whistles.iter().filter(|whistle| whistle.target_kind == unit.kind && whistle.target_id == unit.id).collect();
        let raised: Vec<_> = here.iter().filter(|whistle| whistle.status == WhistleStatus::Raised).collect();
        self.that(raised.len() >= OF_EACH_LEVEL, || format!("whistles to {name}: {}", raised.len()));
        let waiting = raised.iter().filter(|whistle| whistle.check_in_due_at > now);
        let today = waiting.clone().filter(|whistle| day_of(whistle.check_in_due_at) == day_of(now)).count();
        self.that(left_today(now) < 60 || today >= DUE_TODAY, || format!("whistles to {name} due today: {today}"));
        self.that(waiting.count() >= OF_EACH_LEVEL - 1, || format!("whistles to {name} not yet due"));
        let overdue = raised.iter().filter(|whistle| whistle.check_in_due_at <= now).count();
        self.that(overdue >= 1, || format!("no overdue whistle to {name}"));
        let at_work = here.iter().filter(|whistle| whistle.status == WhistleStatus::CheckedIn).count();
        self.that(at_work >= OF_EACH_LEVEL, || format!("checked in for {name}: {at_work}"));
    }

    fn unanswered(&mut self) {
        let of = |status| self.world.whistles.iter().filter(move |whistle| whistle.status == status);
        let declined = of(WhistleStatus::Declined).filter(|whistle| whistle.ruled_at.is_none()).count();
        let escalated = of(WhistleStatus::Escalated).count();
        let joined: HashMap<_, usize> = of(WhistleStatus::Escalated).fold(HashMap::new(), |mut joined, whistle| {
            *joined.entry(whistle.escalated_to_id).or_default() += 1;
            joined
        });
        self.that(declined >= 4 && escalated >= OF_EACH_LEVEL, || format!("declined {declined}, escalated {escalated}"));
        self.that(joined.values().any(|&count| count > 1), || "no whistle that two departments joined".to_owned());
    }
}
