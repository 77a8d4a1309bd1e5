//! What is followed, by whom; and the oracle: which facts of the log that gives, worked out here once more.

use chrono::{DateTime, Utc};
use entity::{AreaId, CaseId, ComplexId, PersonId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::log::Fact;
use crate::support::{global::global, world::WORLD};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Statuses,
    Cases,
    Whistles,
}

/// A subscription: what several subscribers follow alike.
#[derive(Clone, Debug)]
pub struct Profile {
    pub name: &'static str,
    pub who: PersonId,
    pub field: Field,
    area: Option<(&'static str, Vec<AreaId>)>,
    complex: Option<ComplexId>,
    cases: Option<Vec<CaseId>>,
    categories: Option<&'static [&'static str]>,
    to: Option<&'static [&'static str]>,
    kinds: Option<&'static [&'static str]>,
    handler: Option<(String, Uuid)>,
    target: Option<(String, Uuid)>,
}

/// All of them; `landmarks` are cases that were there before anybody listened.
pub fn profiles(landmarks: &[CaseId]) -> Vec<Profile> {
    let w = &*WORLD;
    let plain = |name, who, field| Profile {
        name,
        who,
        field,
        area: None,
        complex: None,
        cases: None,
        categories: None,
        to: None,
        kinds: None,
        handler: None,
        target: None,
    };
    let statuses = |name, who| plain(name, who, Field::Statuses);
    let cases = |name, who| plain(name, who, Field::Cases);
    let whistles = |name, who| plain(name, who, Field::Whistles);
    let area = |code, ids: &[AreaId]| Some((code, ids.to_vec()));
    let community = || area("431302001009", &[w.area_community, w.area_grid1, w.area_grid2]);
    vec![
        statuses("the district, every status", w.district),
        cases("the district, everything", w.district),
        whistles("the district, every whistle", w.district),
        Profile { to: Some(&["CLOSED", "REJECTED"]), ..statuses("the district, what ends", w.district) },
        Profile { area: community(), ..statuses("the district, one community", w.district) },
        Profile { complex: Some(w.far), ..cases("the district, one complex", w.district) },
        Profile { cases: Some(landmarks.to_vec()), ..cases("the district, some cases", w.district) },
        Profile { categories: Some(&["HAZARD"]), ..cases("an analyst, one category", w.analyst) },
        Profile { kinds: Some(&["NOTED", "RATED"]), ..cases("an auditor, notes and ratings", w.auditor) },
        Profile { to: Some(&["CHECKED_IN", "WITHDRAWN"]), ..whistles("the administrator, some whistles", w.admin) },
        statuses("a subdistrict, every status", w.subdistrict),
        Profile { handler: Some((global(w.dep_urban), w.dep_urban.into())), ..cases("a subdistrict, one handler", w.subdistrict) },
        cases("another subdistrict, everything", w.far_subdistrict),
        cases("a community, everything", w.community),
        Profile { categories: Some(&["SERVICE", "DISPUTE"]), ..statuses("another community, two categories", w.other_community) },
        statuses("a grid worker, every status", w.grid_worker),
        whistles("another grid worker, every whistle", w.grid_worker2),
        cases("a branch secretary, everything", w.secretary),
        statuses("a resident, every status", w.resident),
        cases("another resident, everything", w.resident2),
        whistles("a far resident, every whistle", w.far_resident),
        // what else a department sees of a case changes with time: it depends on when it is called
        Profile { target: Some((global(w.dep_urban), w.dep_urban.into())), ..whistles("a department, its own whistles", w.department) },
        Profile { area: area("441900000000", &[]), ..cases("the district, where it sees nothing", w.district) },
        Profile {
            area: area("431302002000", &[w.area_far_subdistrict, w.area_far_community]),
            ..whistles("a far officer", w.far_community)
        },
    ]
}

impl Profile {
    /// The request, from a position on.
    pub fn request(&self, after: &str) -> Value {
        let (head, call, fields) = match self.field {
            Field::Statuses => ("$filter: CaseEventFilter", "caseStatusChanged(filter: $filter", "from to"),
            Field::Cases => {
                ("$filter: CaseEventFilter, $kinds: [CaseEventKind!]", "caseChanged(filter: $filter, kinds: $kinds", "kind event { id }")
            }
            Field::Whistles => ("$filter: WhistleEventFilter", "whistleChanged(filter: $filter", "from to whistle { id }"),
        };
        let query =
            format!("subscription({head}, $after: String) {{ change: {call}, after: $after) {{ cursor at case {{ id }} {fields} }} }}");
        json!({ "query": query, "variables": { "filter": self.filter(), "kinds": self.kinds, "after": after } })
    }

    fn filter(&self) -> Value {
        let mut filter = json!({});
        let mut set = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                filter[name] = value;
            }
        };
        set("area", self.area.as_ref().map(|(code, _)| json!(code)));
        set("complexId", self.complex.map(|id| json!(global(id))));
        set("caseIds", self.cases.as_ref().map(|ids| ids.iter().map(|id| global(*id)).collect()));
        set("categories", self.categories.map(|all| json!(all)));
        set("to", self.to.map(|all| json!(all)));
        set("handlerId", self.handler.as_ref().map(|(id, _)| json!(id)));
        set("targetId", self.target.as_ref().map(|(id, _)| json!(id)));
        filter
    }

    /// Whether a fact passes the filter; rights aside.
    pub fn passes(&self, fact: &Fact) -> bool {
        let to = match self.field {
            Field::Statuses | Field::Cases => fact.to.as_deref(),
            Field::Whistles => fact.whistle.as_ref().map(|whistle| whistle.to.as_str()),
        };
        let of_field = match self.field {
            Field::Statuses => fact.to.is_some(),
            Field::Cases => true,
            Field::Whistles => fact.whistle.is_some(),
        };
        of_field
            && self.area.as_ref().is_none_or(|(_, ids)| fact.areas.iter().any(|id| ids.contains(id)))
            && self.complex.is_none_or(|id| fact.complex == Some(id))
            && self.cases.as_ref().is_none_or(|ids| ids.contains(&fact.case))
            && self.categories.is_none_or(|all| all.contains(&fact.category.as_str()))
            && self.to.is_none_or(|all| to.is_some_and(|to| all.contains(&to)))
            && self.kinds.is_none_or(|all| all.contains(&fact.kind.as_str()))
            && self.handler.as_ref().is_none_or(|(_, id)| fact.handler == *id)
            && self.target.as_ref().is_none_or(|(_, id)| fact.whistle.as_ref().is_some_and(|whistle| whistle.target == *id))
    }

    /// What a subscriber is told of a fact, in one line.
    pub fn told(&self, fact: &Fact) -> String {
        let case = global(fact.case);
        let at = fact.at.timestamp_micros();
        match (self.field, &fact.whistle) {
            (Field::Whistles, Some(whistle)) => {
                format!("{case} {} {:?} {} {at}", global(whistle.id), whistle.from.as_deref().unwrap_or_default(), whistle.to)
            }
            (Field::Cases, _) => format!("{case} {} {} {at}", fact.kind, global(fact.event)),
            _ => format!("{case} {:?} {} {at}", fact.from.as_deref().unwrap_or_default(), fact.to.as_deref().unwrap_or_default()),
        }
    }

    /// The same line of an item as it came; none where it is not whole.
    pub fn heard(&self, change: &Value) -> Option<String> {
        let case = change["case"]["id"].as_str()?;
        let at = change["at"].as_str()?.parse::<DateTime<Utc>>().ok()?.timestamp_micros();
        let text = |name: &str| change[name].as_str().unwrap_or_default().to_owned();
        Some(match self.field {
            Field::Whistles => format!("{case} {} {:?} {} {at}", change["whistle"]["id"].as_str()?, text("from"), text("to")),
            Field::Cases => format!("{case} {} {} {at}", text("kind"), change["event"]["id"].as_str()?),
            Field::Statuses => format!("{case} {:?} {} {at}", text("from"), text("to")),
        })
    }
}
