//! Committees keep the rules of their kind, nobody who sits on an owners' committee works for the firm that serves the complex, and who chairs one has the post that
//! follows from the seat.

use std::collections::{HashMap, HashSet};

use entity::{CommitteeKind, PostRole, committee, committee_member};

use super::Check;
use crate::{committee::model, demo::dice::day_of};

impl Check<'_> {
    pub(super) fn committees(&mut self) {
        let world = self.world;
        let today = day_of(world.now);
        let mut terms = HashSet::new();
        for term in &world.committee_terms {
            let Some(committee) = world.committees.iter().find(|committee| committee.id == term.committee_id) else {
                self.that(false, || "a term of no committee".to_owned());
                continue;
            };
            terms.insert(term.id);
            let seats: Vec<_> = world.committee_members.iter().filter(|seat| seat.term_id == term.id).collect();
            let within = seats.iter().all(|seat| term.elected_on <= seat.starts_on && seat.ends_on <= term.ends_on);
            self.that(within, || format!("{}: a seat beyond its term", committee.name));
            let persons: HashSet<_> = seats.iter().map(|seat| seat.person_id).collect();
            self.that(persons.len() == seats.len(), || format!("{}: somebody sits twice", committee.name));
            let day = today.min(term.ends_on);
            let conflicts = seats.iter().filter(|seat| self.conflicts(committee, seat)).count();
            let held = world.posts.iter().filter(|post| post.role == PostRole::BranchSecretary);
            let held = held.filter(|post| post.starts_on <= day && post.ends_on.is_none_or(|last| day <= last));
            let held = held.filter(|post| committee.branch_id.is_some_and(|branch| branch.0 == post.unit_id));
            let secretaries: Vec<_> = held.map(|post| post.person_id).collect();
            for finding in model::findings(committee.kind, term, &seats, (conflicts, &secretaries), day) {
                self.that(finding.met != Some(false), || format!("{}: {:?} {:?}", committee.name, finding.rule, finding.args));
            }
        }
        let lost = world.committee_members.iter().any(|seat| !terms.contains(&seat.term_id));
        self.that(!lost, || "a seat of no term".to_owned());
        let kinds: HashSet<_> = world
            .committees
            .iter()
            .map(|committee| (committee.kind, committee.complex_id, committee.branch_id, committee.area_id))
            .collect();
        self.equal("committees of one kind and place", world.committees.len() - kinds.len(), 0);
        self.posts_of_seats();
    }

    /// As the server would have entered them: one for each seat of a chair or deputy, and no other.
    fn posts_of_seats(&mut self) {
        let world = self.world;
        let committees: HashMap<_, _> = world.committees.iter().map(|committee| (committee.id, committee)).collect();
        let expected = world.committee_members.iter().filter_map(|seat| model::post_of(committees.get(&seat.committee_id)?, seat));
        let mut expected: HashMap<_, _> = expected.map(|post| (post.id, post)).collect();
        for post in world.posts.iter().filter(|post| post.role == PostRole::CommitteeChair) {
            let follows = expected.remove(&post.id).is_some_and(|expected| expected == *post);
            self.that(follows, || format!("post {:?} follows from no seat", post.id));
        }
        self.equal("chairs and deputies without a post", expected.len(), 0);
    }

    fn conflicts(&self, committee: &committee::Model, seat: &committee_member::Model) -> bool {
        let serving = self.world.contracts.iter().filter(|contract| Some(contract.complex_id) == committee.complex_id);
        let serving =
            serving.filter(|contract| contract.starts_on <= seat.ends_on && contract.ends_on.is_none_or(|end| seat.starts_on <= end));
        let firms: HashSet<_> = serving.map(|contract| contract.firm_id.0).collect();
        let mut posts = self.world.posts.iter().filter(|post| post.person_id == seat.person_id);
        committee.kind == CommitteeKind::Owners && posts.any(|post| firms.contains(&post.unit_id))
    }
}
