//! Cases and whistles as clients move them: each helper is one mutation over HTTP. And the table of moves, as the documentation states it.

use entity::{CaseAction, CaseStatus, PersonId, case_event, case_file, whistle};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::{TestApp, client::Response, global::global, world::WORLD};

use CaseStatus::{Accepted, Assigned, Closed, InProgress, Merged, Rejected, Reported, Resolved, Withdrawn};

const OPEN: &[CaseStatus] = &[Reported, Accepted, Assigned, InProgress, Resolved];
const ALL: &[CaseStatus] = &[Reported, Accepted, Assigned, InProgress, Resolved, Closed, Rejected, Withdrawn, Merged];

/// The life of a case: what can be done, from where, to where. None: the status stays. Anything else is refused.
pub const MOVES: &[(CaseAction, &[CaseStatus], Option<CaseStatus>)] = &[
    (CaseAction::Accept, &[Reported], Some(Accepted)),
    (CaseAction::Reject, &[Reported], Some(Rejected)),
    (CaseAction::Withdraw, &[Reported], Some(Withdrawn)),
    (CaseAction::Assign, &[Accepted, Assigned, InProgress], Some(Assigned)),
    (CaseAction::Start, &[Reported, Accepted, Assigned], Some(InProgress)),
    (CaseAction::Resolve, &[Accepted, Assigned, InProgress], Some(Resolved)),
    (CaseAction::Close, &[Resolved], Some(Closed)),
    (CaseAction::Return, &[Resolved], Some(InProgress)),
    (CaseAction::Reopen, &[Closed, Rejected], Some(Accepted)),
    (CaseAction::Merge, OPEN, Some(Merged)),
    (CaseAction::RaiseWhistle, OPEN, None),
    (CaseAction::Classify, OPEN, None),
    (CaseAction::Rate, &[Closed], None),
    (CaseAction::AddNote, ALL, None),
    (CaseAction::AddEvidence, ALL, None),
    (CaseAction::Supervise, OPEN, None),
    (CaseAction::PauseClock, &[Reported, Accepted, Assigned, InProgress], None),
    (CaseAction::ResumeClock, &[Reported, Accepted, Assigned, InProgress], None),
    (CaseAction::ExtendDeadline, &[Reported, Accepted, Assigned, InProgress], None),
];

/// The mutation that carries an action out.
pub fn mutation_of(action: CaseAction) -> &'static str {
    match action {
        CaseAction::Accept => "acceptCase",
        CaseAction::Reject => "rejectCase",
        CaseAction::Withdraw => "withdrawCase",
        CaseAction::Classify => "classifyCase",
        CaseAction::Assign => "assignCase",
        CaseAction::Start => "startCase",
        CaseAction::Resolve => "resolveCase",
        CaseAction::Close => "closeCase",
        CaseAction::Return => "returnCase",
        CaseAction::Reopen => "reopenCase",
        CaseAction::Merge => "mergeCase",
        CaseAction::AddNote => "addCaseNote",
        CaseAction::AddEvidence => "addCaseEvidence",
        CaseAction::Rate => "rateCase",
        CaseAction::RaiseWhistle => "raiseWhistle",
        CaseAction::Supervise => "superviseCase",
        CaseAction::PauseClock => "pauseCaseClock",
        CaseAction::ResumeClock => "resumeCaseClock",
        CaseAction::ExtendDeadline => "extendDeadline",
    }
}

const CASE_FIELDS: &str = "
    id number category title status priority level settledLevel version reopenCount resolution recovered paid verification resolvedAt closedAt score comment
    handler { id kind } matter { id } grid { id } complex { id } mergedInto { id }
";
const WHISTLE: &str = "{
    id from to lead reason status raisedAt checkInDueAt checkedInAt onSiteAt concludedAt result declineReason declineUpheld version
    target { id kind } escalatedTo { id } escalatedFrom { id } case { id }
}";

/// The input that a mutation cannot do without, besides its case or whistle.
fn needed(mutation: &str) -> Value {
    match mutation {
        "rejectCase" | "returnCase" | "reopenCase" | "declineWhistle" | "superviseCase" | "eraseReporter" => json!({ "reason": "理由" }),
        "pauseCaseClock" => json!({ "reason": "OWNERS_VOTE" }),
        "extendDeadline" => json!({ "kind": "CASE", "by": "PT7H", "reason": "理由" }),
        "rateWhistle" => json!({ "score": 5 }),
        "ruleOnExtension" => json!({ "approve": true }),
        "resolveCase" => json!({ "resolution": "已处理" }),
        "closeCase" => json!({ "verification": "属实" }),
        "addCaseNote" => json!({ "note": "备注" }),
        "addCaseEvidence" => json!({ "kind": "AFTER" }),
        "rateCase" => json!({ "score": 5 }),
        "concludeWhistle" => json!({ "result": "已办结" }),
        "assignCase" => json!({ "handlerId": global(WORLD.grid1) }),
        "raiseWhistle" => json!({ "to": "COMMUNITY" }),
        "ruleOnWhistle" => json!({ "uphold": true }),
        _ => json!({}),
    }
}

fn merged(mut base: Value, over: Value) -> Value {
    let (Value::Object(base_fields), Value::Object(over)) = (&mut base, over) else { panic!("inputs are objects") };
    base_fields.extend(over);
    base
}

/// A case as its report left it.
#[derive(Clone, Debug)]
pub struct Filed {
    pub case: String,
    pub number: String,
    /// Empty where no whistle was raised.
    pub whistle: String,
    pub payload: Value,
}

/// Every row of every case.
#[derive(Debug, PartialEq)]
pub struct Records {
    pub cases: Vec<case_file::Model>,
    pub entries: Vec<case_event::Model>,
    pub whistles: Vec<whistle::Model>,
}

impl TestApp {
    /// A report at building 1 of 新月苑, which lies in grid 1, unless `over` says otherwise.
    pub async fn try_report(&self, by: PersonId, over: Value) -> Response {
        let input = json!({ "category": "VIOLATION", "title": "车辆占道", "place": { "buildingId": global(WORLD.building1) } });
        self.mutate(by, "reportCase", merged(input, over)).await
    }

    pub async fn report_with(&self, by: PersonId, over: Value) -> Filed {
        let payload = self.try_report(by, over).await.done("reportCase").clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (case, number) = (text(&payload["case"]["id"]), text(&payload["case"]["number"]));
        Filed { case, number, whistle: text(&payload["whistle"]["id"]), payload }
    }

    pub async fn report(&self, by: PersonId) -> Filed {
        self.report_with(by, json!({})).await
    }

    /// One mutation with its whole input.
    pub async fn mutate(&self, by: PersonId, mutation: &str, input: Value) -> Response {
        let (first, rest) = mutation.split_at(1);
        let payload = match mutation {
            "reportCase" => format!("case {{ {CASE_FIELDS} }} whistle {WHISTLE}"),
            "raiseWhistle" => format!("case {{ {CASE_FIELDS} }} whistles {WHISTLE}"),
            _ if mutation.ends_with("Whistle") => format!("case {{ {CASE_FIELDS} }} whistle {WHISTLE}"),
            _ => format!("case {{ {CASE_FIELDS} }}"),
        };
        let name = first.to_uppercase() + rest;
        let query = format!("mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ {payload} userErrors {{ code path }} }} }}");
        self.gql(Some(&self.token(by)), &query, json!({ "input": input })).await
    }

    /// One mutation on a case, or on a whistle where it moves one.
    pub async fn act(&self, by: PersonId, mutation: &str, on: &str, mut with: Value) -> Response {
        if mutation == "addCaseEvidence" && with.get("attachmentIds").is_none() {
            with["attachmentIds"] = json!([self.attachment(by).await]);
        }
        let subject = match mutation {
            "ruleOnExtension" => "extensionId",
            _ if mutation.ends_with("Whistle") && mutation != "raiseWhistle" => "whistleId",
            _ => "caseId",
        };
        self.mutate(by, mutation, merged(merged(needed(mutation), json!({ subject: on })), with)).await
    }

    /// It is carried out; the payload.
    pub async fn does_with(&self, by: PersonId, mutation: &str, on: &str, with: Value) -> Value {
        self.act(by, mutation, on, with).await.done(mutation).clone()
    }

    pub async fn does(&self, by: PersonId, mutation: &str, on: &str) -> Value {
        self.does_with(by, mutation, on, json!({})).await
    }

    /// It is refused with this code about this field of the input, and no record of any case has changed.
    pub async fn refuses_with(&self, by: PersonId, mutation: &str, on: &str, with: Value, (code, field): (&str, &str)) {
        let before = self.records().await;
        let answer = self.act(by, mutation, on, with).await;
        answer.assert_refused(mutation, code);
        let payload = &answer.data()[mutation];
        let path: Vec<&str> = ["input"].into_iter().chain(field.split('.')).collect();
        assert_eq!(payload["userErrors"][0]["path"], json!(path));
        assert_eq!(payload["case"], Value::Null);
        assert_eq!(self.records().await, before, "{mutation} was refused with {code}, and yet something changed");
    }

    pub async fn refuses(&self, by: PersonId, mutation: &str, on: &str, expected: (&str, &str)) {
        self.refuses_with(by, mutation, on, json!({}), expected).await;
    }

    pub async fn records(&self) -> Records {
        let db = &self.app.db.read;
        Records {
            cases: case_file::Entity::find().order_by_asc(case_file::Column::Id).all(db).await.expect("cases"),
            entries: case_event::Entity::find().order_by_asc(case_event::Column::Id).all(db).await.expect("entries"),
            whistles: whistle::Entity::find().order_by_asc(whistle::Column::Id).all(db).await.expect("whistles"),
        }
    }

    /// The kinds of a case's entries in their order, as the district sees them; the numbers 1, 2, 3 … are checked on the way.
    pub async fn timeline(&self, case: &str) -> Vec<String> {
        let query = "query($id: ID!) { node(id: $id) { ... on Case { version timeline(first: 200) { nodes { sequence kind } } } } }";
        let answer = self.gql(Some(&self.token(WORLD.district)), query, json!({ "id": case })).await;
        let entries = answer.data()["node"]["timeline"]["nodes"].as_array().expect("a timeline").clone();
        for (entry, sequence) in entries.iter().zip(1..) {
            assert_eq!(entry["sequence"], sequence, "{entries:#?}");
        }
        assert_eq!(answer.data()["node"]["version"], entries.len(), "the version counts the entries");
        entries.iter().map(|entry| entry["kind"].as_str().expect("a kind").to_owned()).collect()
    }

    /// What the district sees of a case, with its whistles oldest first.
    pub async fn look(&self, case: &str) -> Value {
        let query =
            format!("query($id: ID!) {{ node(id: $id) {{ ... on Case {{ {CASE_FIELDS} whistles(first: 50) {{ nodes {WHISTLE} }} }} }} }}");
        self.gql(Some(&self.token(WORLD.district)), &query, json!({ "id": case })).await.data()["node"].clone()
    }

    /// A new case of a resident's, brought to a status by those who usually do.
    pub async fn case_in(&self, status: CaseStatus) -> Filed {
        let w = self.world();
        let filed = self.report(w.resident).await;
        let case = &filed.case;
        match status {
            Reported => {}
            Accepted => drop(self.does(w.grid_worker, "acceptCase", case).await),
            Assigned => {
                self.does(w.grid_worker, "acceptCase", case).await;
                self.does(w.grid_worker, "assignCase", case).await;
            }
            InProgress => drop(self.does(w.grid_worker, "checkInWhistle", &filed.whistle).await),
            Resolved | Closed => {
                self.does(w.grid_worker, "checkInWhistle", &filed.whistle).await;
                self.does(w.grid_worker, "concludeWhistle", &filed.whistle).await;
                self.does(w.grid_worker, "resolveCase", case).await;
                if status == Closed {
                    self.does(w.community, "closeCase", case).await;
                }
            }
            Rejected => drop(self.does(w.grid_worker, "rejectCase", case).await),
            Withdrawn => drop(self.does(w.resident, "withdrawCase", case).await),
            Merged => {
                let goes_on = self.report(w.resident2).await.case;
                self.does_with(w.community, "mergeCase", case, json!({ "intoCaseId": goes_on })).await;
            }
        }
        filed
    }
}
