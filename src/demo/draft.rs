//! A case file as it is written, step by step. Each step adds one event and changes the row and its whistles together, as the server's
//! own writes do, so that no file can contradict itself.

use chrono::{DateTime, Duration, Utc};
use entity::{
    CaseCategory, CaseEventKind, CaseId, CasePriority, CaseStatus, HandlerKind, IntakeChannel, MatterId, Provenance, WhistleId,
    WhistleStatus, case_event, case_file, whistle,
};

use super::{
    INVENTED, clocks,
    dice::Dice,
    town::{Place, Unit, Worker},
};
use crate::case::{
    chain::{SavedWhistle, listed},
    model,
};

/// What is reported.
pub struct Report<'a> {
    pub place: &'a Place,
    pub category: CaseCategory,
    pub matter: Option<MatterId>,
    pub title: String,
    pub description: String,
    pub channel: IntakeChannel,
    pub reporter: Option<Worker>,
    /// Who handles it first.
    pub handler: Unit,
}

/// Which whistle of the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call(usize);

pub struct Draft<'a> {
    pub dice: &'a mut Dice,
    /// When the next step happens.
    pub at: DateTime<Utc>,
    pub case: case_file::Model,
    pub whistles: Vec<whistle::Model>,
    pub events: Vec<case_event::Model>,
    /// Whistles that no event tells of yet.
    changed: Vec<Call>,
}

impl<'a> Draft<'a> {
    /// Reported; a resident's report whistles the grid of the place at once.
    pub fn report(dice: &'a mut Dice, at: DateTime<Utc>, report: Report<'_>) -> Self {
        let by_resident = report.reporter.is_some_and(|reporter| reporter.role == entity::PostRole::Resident);
        let (reporter, handler) = (report.reporter, report.handler);
        let case = opened(dice, at, report, by_resident);
        let mut draft = Self { dice, at, case, whistles: Vec::new(), events: Vec::new(), changed: Vec::new() };
        let call = (by_resident && handler.kind == HandlerKind::Grid).then(|| draft.new_call(None, reporter, handler, true, None));
        draft.event(CaseEventKind::Reported, reporter, None, call);
        if let Some(first) = draft.events.last_mut() {
            first.to_status = Some(CaseStatus::Reported);
        }
        draft
    }

    /// So many minutes pass.
    pub fn later(&mut self, low: i64, high: i64) -> &mut Self {
        let seconds = self.dice.between(low * 60, high * 60);
        self.at += Duration::seconds(seconds);
        self
    }

    /// So many days pass; work goes on in the daytime.
    pub fn days_later(&mut self, low: i64, high: i64) -> &mut Self {
        let days = self.dice.between(low.max(1), high);
        let day = super::dice::day_of(self.at) + Duration::days(days);
        self.at = self.dice.daytime_on(day);
        self
    }

    pub fn until(&mut self, at: DateTime<Utc>) -> &mut Self {
        self.at = at;
        self
    }

    pub fn accept(&mut self, who: Worker) -> &mut Self {
        self.moved(CaseEventKind::Accepted, who, CaseStatus::Accepted, None)
    }

    pub fn assign(&mut self, who: Worker, to: Unit, note: &str) -> &mut Self {
        self.handled_by(to);
        self.moved(CaseEventKind::Assigned, who, CaseStatus::Assigned, Some(note))
    }

    pub fn start(&mut self, who: Worker) -> &mut Self {
        self.moved(CaseEventKind::Started, who, CaseStatus::InProgress, None)
    }

    /// With the money that its row states.
    pub fn resolve(&mut self, who: Worker, resolution: &str) -> &mut Self {
        self.case.settled_level = Some(self.case.level);
        self.case.resolution = Some(resolution.to_owned());
        self.case.resolved_by = Some(who.person);
        self.case.resolved_at = Some(self.at);
        let note = model::resolved(resolution, self.case.recovered, self.case.paid);
        self.moved(CaseEventKind::Resolved, who, CaseStatus::Resolved, Some(&note))
    }

    pub fn close(&mut self, who: Worker, verification: &str) -> &mut Self {
        self.case.verification = Some(verification.to_owned());
        self.case.closed_by = Some(who.person);
        self.case.closed_at = Some(self.at);
        self.moved(CaseEventKind::Closed, who, CaseStatus::Closed, Some(verification))
    }

    pub fn reject(&mut self, who: Worker, reason: &str) -> &mut Self {
        self.moved(CaseEventKind::Rejected, who, CaseStatus::Rejected, Some(reason))
    }

    pub fn withdraw(&mut self, who: Worker, reason: &str) -> &mut Self {
        self.moved(CaseEventKind::Withdrawn, who, CaseStatus::Withdrawn, Some(reason))
    }

    pub fn rate(&mut self, who: Worker, score: i32, comment: &str) -> &mut Self {
        self.case.score = Some(score);
        self.case.comment = Some(comment.to_owned());
        self.event(CaseEventKind::Rated, Some(who), Some(comment), None);
        self
    }

    /// The whistle that came with the report.
    pub fn first_call(&self) -> Option<Call> {
        self.whistles.first().filter(|whistle| whistle.from_kind.is_none()).map(|_| Call(0))
    }

    /// The calls that somebody has turned up for.
    pub fn open_calls(&self) -> Vec<Call> {
        (0..self.whistles.len()).filter(|&at| self.whistles[at].status == WhistleStatus::CheckedIn).map(Call).collect()
    }

    pub fn target(&self, call: Call) -> Unit {
        let whistle = &self.whistles[call.0];
        Unit { kind: whistle.target_kind, id: whistle.target_id }
    }

    /// Whistles a unit; the case stands with the unit in the lead from then on.
    pub fn raise(&mut self, from: Unit, who: Worker, to: Unit, lead: bool, reason: &str) -> Call {
        let call = self.new_call(Some(from), Some(who), to, lead, Some(reason));
        if lead {
            self.handled_by(to);
        }
        self.event(CaseEventKind::WhistleRaised, Some(who), Some(reason), Some(call));
        call
    }

    /// The unit turns up; where the case was still waiting, it is in progress now.
    pub fn check_in(&mut self, call: Call, who: Worker) -> &mut Self {
        let at = self.at;
        self.change(call, |whistle| {
            whistle.status = WhistleStatus::CheckedIn;
            whistle.checked_in_at = Some(at);
            whistle.on_site_at = Some(at);
        });
        self.event(CaseEventKind::WhistleCheckedIn, Some(who), None, Some(call));
        if matches!(self.case.status, CaseStatus::Reported | CaseStatus::Accepted | CaseStatus::Assigned) {
            self.status(CaseStatus::InProgress);
        }
        self
    }

    pub fn conclude(&mut self, call: Call, who: Worker, result: &str) -> &mut Self {
        let at = self.at;
        self.change(call, |whistle| {
            whistle.status = WhistleStatus::Concluded;
            whistle.concluded_at = Some(at);
            whistle.result = Some(result.to_owned());
        });
        self.event(CaseEventKind::WhistleConcluded, Some(who), Some(result), Some(call));
        self
    }

    pub fn decline(&mut self, call: Call, who: Worker, reason: &str) -> &mut Self {
        self.change(call, |whistle| {
            whistle.status = WhistleStatus::Declined;
            whistle.decline_reason = Some(reason.to_owned());
        });
        self.event(CaseEventKind::WhistleDeclined, Some(who), Some(reason), Some(call));
        self
    }

    pub fn release(&mut self, call: Call, who: Worker, reason: &str) -> &mut Self {
        self.change(call, |whistle| whistle.status = WhistleStatus::Withdrawn);
        self.event(CaseEventKind::WhistleWithdrawn, Some(who), Some(reason), Some(call));
        self
    }

    /// Goes on to the superior at the moment it fell due; several calls can join one whistle to the same superior.
    pub fn escalate(&mut self, calls: &[Call], to: Unit) -> Call {
        let first = &self.whistles[calls[0].0];
        let from = first.from_kind.zip(first.from_id).map(|(kind, id)| Unit { kind, id });
        self.at = calls.iter().map(|call| self.whistles[call.0].check_in_due_at).max().unwrap_or(self.at);
        let joint = self.new_call(from, None, to, true, Some("逾期未报到，自动升级"));
        let next = self.whistles[joint.0].id;
        for &call in calls {
            self.change(call, |whistle| {
                whistle.status = WhistleStatus::Escalated;
                whistle.escalated_to_id = Some(next);
            });
            self.event(CaseEventKind::WhistleEscalated, None, Some("逾期未报到"), Some(call));
        }
        self.handled_by(to);
        self.event(CaseEventKind::WhistleRaised, None, Some("逾期未报到，自动升级"), Some(joint));
        joint
    }

    fn new_call(&mut self, from: Option<Unit>, who: Option<Worker>, to: Unit, lead: bool, reason: Option<&str>) -> Call {
        let id: WhistleId = self.dice.id(self.at);
        self.whistles.push(whistle::Model {
            id,
            case_id: self.case.id,
            from_kind: from.map(|from| from.kind),
            from_id: from.map(|from| from.id),
            raised_by: who.map(|who| who.person),
            target_kind: to.kind,
            target_id: to.id,
            lead,
            reason: reason.map(ToOwned::to_owned),
            status: WhistleStatus::Raised,
            raised_at: self.at,
            check_in_due_at: clocks::check_in_due(self.at),
            checked_in_at: None,
            on_site_at: None,
            decline_reason: None,
            ruled_at: None,
            ruling_upheld: None,
            ruling_reason: None,
            concluded_at: None,
            result: None,
            escalated_to_id: None,
            version: 1,
            response_score: None,
            response_comment: None,
        });
        let call = Call(self.whistles.len() - 1);
        self.changed.push(call);
        call
    }

    fn change(&mut self, call: Call, change: impl FnOnce(&mut whistle::Model)) {
        let whistle = &mut self.whistles[call.0];
        change(whistle);
        whistle.version += 1;
        self.changed.push(call);
    }

    fn handled_by(&mut self, unit: Unit) {
        self.case.handler_kind = unit.kind;
        self.case.handler_id = unit.id;
        self.case.level = unit.kind.level();
    }

    fn moved(&mut self, kind: CaseEventKind, who: Worker, to: CaseStatus, note: Option<&str>) -> &mut Self {
        self.event(kind, Some(who), note, None);
        self.status(to);
        self
    }

    /// The last event is the one that moves the case.
    fn status(&mut self, to: CaseStatus) {
        if let Some(event) = self.events.last_mut() {
            event.from_status = Some(self.case.status);
            event.to_status = Some(to);
        }
        self.case.status = to;
    }

    fn event(&mut self, kind: CaseEventKind, who: Option<Worker>, note: Option<&str>, call: Option<Call>) {
        self.case.version += 1;
        self.case.updated_at = self.at;
        let salt = &self.case.salt;
        let saved: Vec<_> = self.changed.drain(..).map(|call| SavedWhistle::of(&self.whistles[call.0], salt)).collect();
        self.events.push(case_event::Model {
            id: self.dice.id(self.at),
            case_id: self.case.id,
            seq: self.case.version,
            kind,
            at: self.at,
            actor_id: who.map(|who| who.person),
            actor_role: who.map(|who| who.role),
            from_status: None,
            to_status: None,
            note: note.map(ToOwned::to_owned),
            whistle_id: call.map(|call| self.whistles[call.0].id),
            salt: Some(self.dice.salt()),
            whistles: listed(&saved),
            // set when the file is complete
            previous: None,
            hash: None,
            personal: None,
            file: None,
            covers: None,
            attachments: None,
            erased_at: None,
        });
    }
}

/// The row of a case as it is reported.
fn opened(dice: &mut Dice, at: DateTime<Utc>, report: Report<'_>, by_resident: bool) -> case_file::Model {
    let id: CaseId = dice.id(at);
    let Report { place, handler, .. } = report;
    let priority = match report.category {
        CaseCategory::Hazard => [CasePriority::Normal, CasePriority::High, CasePriority::Urgent][dice.weighted(&[20, 50, 30])],
        _ => [CasePriority::Normal, CasePriority::High, CasePriority::Urgent][dice.weighted(&[80, 16, 4])],
    };
    let by = report.reporter.map(|reporter| reporter.person);
    // who phones is not registered: the officer who answers enters the report
    let phoned = report.channel == IntakeChannel::Hotline;
    case_file::Model {
        id,
        // given out when all files are there
        number: String::new(),
        category: report.category,
        matter_id: report.matter,
        title: report.title,
        description: Some(report.description),
        status: CaseStatus::Reported,
        priority,
        channel: report.channel,
        level: handler.kind.level(),
        settled_level: None,
        handler_kind: handler.kind,
        handler_id: handler.id,
        area_id: place.area,
        district_id: place.district,
        subdistrict_id: place.subdistrict,
        community_id: place.community,
        grid_id: place.grid,
        complex_id: place.complex,
        building_id: place.building,
        longitude: None,
        latitude: None,
        reporter_id: by.filter(|_| !phoned),
        reporter_name: phoned.then(|| "演示来电人".to_owned()),
        reporter_phone: None,
        entered_by: by.filter(|_| phoned),
        anonymous: by_resident && dice.chance(8),
        respondent_kind: None,
        respondent_id: None,
        respondent_name: None,
        resolution: None,
        resolved_by: None,
        resolved_at: None,
        verification: None,
        closed_at: None,
        closed_by: None,
        merged_into_id: None,
        reopen_count: 0,
        score: None,
        comment: None,
        reported_at: at,
        updated_at: at,
        version: 0,
        provenance: Provenance::Invented,
        provenance_note: Some(INVENTED.to_owned()),
        head: None,
        salt: Some(dice.salt()),
        // set when the file is complete
        due_at: at,
        supervised_by: None,
        recovered: None,
        paid: None,
        path_id: None,
    }
}
