//! What becomes of a case: one of several lives, done by those who do it in service.

use std::sync::atomic::Ordering;

use entity::{BuildingId, PersonId};
use serde_json::{Value, json};

use super::writers::Writer;
use crate::support::{global::global, world::WORLD};

/// A building with the people around it.
struct Site {
    building: BuildingId,
    grid: entity::GridId,
    reporters: &'static [PersonId],
    worker: Option<PersonId>,
    officer: PersonId,
    /// Closes what the officer has resolved.
    superior: PersonId,
}

fn sites() -> [Site; 4] {
    let w = &*WORLD;
    let xinyue = std::slice::from_ref(&w.resident);
    [
        Site {
            building: w.building1,
            grid: w.grid1,
            reporters: xinyue,
            worker: Some(w.grid_worker),
            officer: w.community,
            superior: w.community2,
        },
        Site {
            building: w.building3,
            grid: w.grid2,
            reporters: std::slice::from_ref(&w.resident2),
            worker: Some(w.grid_worker2),
            officer: w.community2,
            superior: w.subdistrict,
        },
        Site {
            building: w.other_building,
            grid: w.other_grid,
            reporters: xinyue,
            worker: None,
            officer: w.other_community,
            superior: w.subdistrict,
        },
        Site {
            building: w.far_building,
            grid: w.far_grid,
            reporters: std::slice::from_ref(&w.far_resident),
            worker: None,
            officer: w.far_community,
            superior: w.far_subdistrict,
        },
    ]
}

/// A case under way, as its writer knows it. Nobody else moves it, so its version is what the last answer said.
struct Case<'w> {
    writer: &'w mut Writer,
    id: String,
    version: Value,
}

/// A whistle with its version.
struct Whistle(String, Value);

impl Whistle {
    fn of(payload: &Value) -> Option<Self> {
        Some(Self(payload["id"].as_str()?.to_owned(), payload["version"].clone()))
    }
}

impl Case<'_> {
    /// A move of the case, made while looking at its last version; `words` is the field that takes what is said.
    async fn moves(&mut self, who: PersonId, name: &str, words: &str, mut input: Value) -> Option<Value> {
        let mark = self.writer.stage.ledger.mark();
        input["caseId"] = self.id.as_str().into();
        input["expectedVersion"] = self.version.clone();
        input[words] = format!("说明 {mark}").into();
        self.done(who, name, input, &mark).await
    }

    async fn whistle(&mut self, who: PersonId, name: &str, words: &str, whistle: &mut Whistle) -> Option<()> {
        let mark = self.writer.stage.ledger.mark();
        let input = json!({ "whistleId": whistle.0, "expectedVersion": whistle.1, words: format!("说明 {mark}") });
        let payload = self.done(who, name, input, &mark).await?;
        whistle.1 = payload["whistle"]["version"].clone();
        Some(())
    }

    async fn done(&mut self, who: PersonId, name: &str, input: Value, mark: &str) -> Option<Value> {
        let stage = &self.writer.stage;
        if !stage.hurry.load(Ordering::Relaxed) && !stage.rush.load(Ordering::Relaxed) {
            self.writer.rest(100, 900).await;
        }
        let payload = self.writer.perform(who, name, input, mark).await?;
        self.version = payload["case"]["version"].clone();
        Some(payload)
    }

    async fn notes(&mut self, who: PersonId) -> Option<()> {
        if self.writer.chance(40) {
            self.moves(who, "addCaseNote", "note", json!({})).await?;
        }
        Some(())
    }
}

pub async fn life_of_a_case(writer: &mut Writer) {
    let sites = sites();
    let site = writer.pick(&sites);
    let reporter = *writer.pick(site.reporters);
    // where a mutation's fate is not known, the case is left as it is
    let Some((mut case, whistle)) = report(writer, site, reporter).await else { return };
    let _ = match case.writer.below(10) {
        0 => rejected(&mut case, site, reporter).await,
        1 => withdrawn(&mut case, reporter).await,
        2 => merged(&mut case, site, reporter).await,
        3 | 4 => by_department(&mut case, site, whistle).await,
        _ => worked_on(&mut case, site, reporter, whistle).await,
    };
}

async fn report<'w>(writer: &'w mut Writer, site: &Site, by: PersonId) -> Option<(Case<'w>, Whistle)> {
    let category = *writer.pick(&["VIOLATION", "HAZARD", "SERVICE", "DISPUTE"]);
    let mark = writer.stage.ledger.mark();
    let payload = writer.perform(by, "reportCase", super::writers::report_input(site.building, category, &mark), &mark).await?;
    let whistle = Whistle::of(&payload["whistle"])?;
    let id = payload["case"]["id"].as_str()?.to_owned();
    Some((Case { writer, id, version: payload["case"]["version"].clone() }, whistle))
}

async fn rejected(case: &mut Case<'_>, site: &Site, reporter: PersonId) -> Option<()> {
    case.moves(site.officer, "rejectCase", "reason", json!({})).await?;
    case.notes(reporter).await?;
    case.moves(site.superior, "reopenCase", "reason", json!({})).await?;
    case.moves(site.superior, "resolveCase", "resolution", json!({})).await?;
    case.moves(site.officer, "closeCase", "verification", json!({})).await.map(drop)
}

async fn withdrawn(case: &mut Case<'_>, reporter: PersonId) -> Option<()> {
    case.notes(WORLD.district).await?;
    case.moves(reporter, "withdrawCase", "reason", json!({})).await?;
    case.notes(reporter).await
}

/// A second report of the same is merged into the first: one write, entries in two files.
async fn merged(case: &mut Case<'_>, site: &Site, reporter: PersonId) -> Option<()> {
    let (again, _) = report(case.writer, site, reporter).await?;
    let mut duplicate = Case { id: again.id, version: again.version, writer: &mut *case.writer };
    duplicate.moves(site.officer, "mergeCase", "reason", json!({ "intoCaseId": case.id })).await.map(drop)
}

async fn by_department(case: &mut Case<'_>, site: &Site, mut first: Whistle) -> Option<()> {
    let w = &*WORLD;
    case.moves(site.officer, "acceptCase", "reason", json!({})).await?;
    let call = json!({ "to": "DEPARTMENT", "targetIds": [global(w.dep_urban), global(w.dep_fire)], "leadId": global(w.dep_urban) });
    let payload = case.moves(site.officer, "raiseWhistle", "reason", call).await?;
    let mut called: Vec<Whistle> = payload["whistles"].as_array()?.iter().filter_map(Whistle::of).collect();
    for (whistle, officer) in called.iter_mut().zip([w.department, w.fire]) {
        case.whistle(officer, "checkInWhistle", "note", whistle).await?;
        case.notes(officer).await?;
        case.whistle(officer, "concludeWhistle", "result", whistle).await?;
    }
    case.whistle(site.officer, "withdrawWhistle", "reason", &mut first).await?;
    case.moves(w.department, "resolveCase", "resolution", json!({})).await?;
    case.moves(w.district, "returnCase", "reason", json!({})).await?;
    case.moves(w.department, "resolveCase", "resolution", json!({})).await?;
    case.moves(w.district, "closeCase", "verification", json!({})).await.map(drop)
}

async fn worked_on(case: &mut Case<'_>, site: &Site, reporter: PersonId, mut whistle: Whistle) -> Option<()> {
    if let Some(worker) = site.worker {
        case.whistle(worker, "checkInWhistle", "note", &mut whistle).await?;
        case.notes(worker).await?;
        case.whistle(worker, "concludeWhistle", "result", &mut whistle).await?;
    } else {
        case.whistle(site.officer, "withdrawWhistle", "reason", &mut whistle).await?;
        case.moves(site.officer, "acceptCase", "reason", json!({})).await?;
        case.moves(site.officer, "assignCase", "note", json!({ "handlerId": global(site.grid) })).await?;
        case.moves(site.officer, "startCase", "note", json!({})).await?;
    }
    if case.writer.chance(30) {
        case.classify(site.officer).await?;
    }
    case.moves(site.officer, "resolveCase", "resolution", json!({})).await?;
    case.moves(site.superior, "closeCase", "verification", json!({})).await?;
    case.moves(reporter, "rateCase", "comment", json!({ "score": 4 })).await?;
    if case.writer.chance(30) {
        case.moves(reporter, "reopenCase", "reason", json!({})).await?;
        case.moves(site.superior, "resolveCase", "resolution", json!({})).await?;
        case.moves(site.officer, "closeCase", "verification", json!({})).await?;
    }
    Some(())
}

impl Case<'_> {
    /// Says nothing: the category of what happened before stays with those events.
    async fn classify(&mut self, who: PersonId) -> Option<()> {
        let category = *self.writer.pick(&["HAZARD", "SERVICE"]);
        let mark = self.writer.stage.ledger.mark();
        let input = json!({ "caseId": self.id, "expectedVersion": self.version, "category": category });
        self.done(who, "classifyCase", input, &mark).await?;
        self.writer.stage.ledger.forget(&mark);
        Some(())
    }
}

/// Cases in each place that stay open: others are said something about by everybody.
pub async fn landmarks(writer: &mut Writer) {
    for site in sites() {
        let reporter = site.reporters[0];
        report(writer, &site, reporter).await;
    }
}

/// Several writers at once, none of whom knows what the others have said.
pub async fn note_on_a_landmark(writer: &mut Writer) {
    let landmarks = writer.stage.landmarks.get().cloned().unwrap_or_default();
    let (case, mark) = (global(*writer.pick(&landmarks)), writer.stage.ledger.mark());
    let input = json!({ "caseId": case, "note": format!("说明 {mark}") });
    writer.perform(WORLD.district, "addCaseNote", input, &mark).await;
}
