//! Short ways to ask.

use entity::PersonId;
use serde_json::{Value, json};

use super::{TestApp, client::Response};

impl TestApp {
    /// A document without variables, as this person; none: a visitor.
    pub async fn ask(&self, who: Option<PersonId>, query: &str) -> Response {
        self.ask_with(who, query, json!({})).await
    }

    pub async fn ask_with(&self, who: Option<PersonId>, query: &str, variables: Value) -> Response {
        let token = who.map(|person| self.token(person));
        self.gql(token.as_deref(), query, variables).await
    }

    /// A mutation of the name with this input; the selection is what is asked of its payload, `userErrors { code path }` aside.
    pub async fn change(&self, who: Option<PersonId>, name: &str, input: Value, selection: &str) -> Response {
        let mut letters = name.chars();
        let upper: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let document =
            format!("mutation($input: {upper}Input!) {{ {name}(input: $input) {{ {selection} userErrors {{ code path message }} }} }}");
        self.ask_with(who, &document, json!({ "input": input })).await
    }

    /// How many cases there are, and entries of their timelines: what a refused mutation must not change.
    pub async fn tally(&self) -> (u64, u64, u64) {
        use sea_orm::{EntityTrait, PaginatorTrait};
        let db = &self.app.db.read;
        let cases = entity::case_file::Entity::find().count(db).await.expect("counted");
        let events = entity::case_event::Entity::find().count(db).await.expect("counted");
        let whistles = entity::whistle::Entity::find().count(db).await.expect("counted");
        (cases, events, whistles)
    }
}

/// Every mutation about a case or a whistle that exists, with an input that is right in form; `reportCase` stands apart.
pub fn moves(t: &TestApp, case: &str, whistle: &str, other_case: &str) -> Vec<(&'static str, Value)> {
    let grid = super::global::global(t.world().grid2);
    let attachment = super::global::global(entity::AttachmentId(t.world().xinyue.0));
    vec![
        ("acceptCase", json!({ "caseId": case })),
        ("rejectCase", json!({ "caseId": case, "reason": "重复" })),
        ("withdrawCase", json!({ "caseId": case })),
        ("classifyCase", json!({ "caseId": case, "priority": "HIGH" })),
        ("assignCase", json!({ "caseId": case, "handlerId": grid })),
        ("startCase", json!({ "caseId": case })),
        ("resolveCase", json!({ "caseId": case, "resolution": "已清理" })),
        ("closeCase", json!({ "caseId": case, "verification": "属实" })),
        ("returnCase", json!({ "caseId": case, "reason": "未清理" })),
        ("reopenCase", json!({ "caseId": case, "reason": "反弹" })),
        ("mergeCase", json!({ "caseId": case, "intoCaseId": other_case })),
        ("addCaseNote", json!({ "caseId": case, "note": "已电话联系" })),
        ("addCaseEvidence", json!({ "caseId": case, "attachmentIds": [attachment], "kind": "AFTER" })),
        ("rateCase", json!({ "caseId": case, "score": 5 })),
        ("raiseWhistle", json!({ "caseId": case, "to": "COMMUNITY" })),
        ("checkInWhistle", json!({ "whistleId": whistle })),
        ("declineWhistle", json!({ "whistleId": whistle, "reason": "不属本网格" })),
        ("ruleOnWhistle", json!({ "whistleId": whistle, "uphold": true })),
        ("concludeWhistle", json!({ "whistleId": whistle, "result": "已清理" })),
        ("withdrawWhistle", json!({ "whistleId": whistle })),
        ("escalateWhistle", json!({ "whistleId": whistle })),
        ("rateWhistle", json!({ "whistleId": whistle, "score": 5 })),
        ("superviseCase", json!({ "caseId": case, "reason": "群众反映强烈" })),
        ("pauseCaseClock", json!({ "caseId": case, "reason": "MATERIALS" })),
        ("resumeCaseClock", json!({ "caseId": case })),
        ("extendDeadline", json!({ "caseId": case, "kind": "CASE", "by": "PT7H", "reason": "等待配件" })),
    ]
}

/// A report from building 1 of xinyue.
pub fn report(t: &TestApp) -> Value {
    json!({ "category": "VIOLATION", "title": "楼道堆物", "place": { "buildingId": super::global::global(t.world().building1) } })
}
