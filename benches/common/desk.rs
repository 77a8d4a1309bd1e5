//! A grid worker at a desk: reports cases and accepts them, one mutation after the other.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::http::Http;

/// The sign-in of the demonstration data who works it.
pub const SIGN_IN: &str = "grid-worker";

pub struct Desk {
    http: Http,
    token: String,
}

/// As its report left it.
pub struct Filed {
    pub id: String,
    pub number: String,
}

impl Desk {
    pub fn open(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        Ok(Self { http: Http::connect(address)?, token: token.to_owned() })
    }

    fn ask(&mut self, query: &str, variables: &Value) -> anyhow::Result<Value> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let mut answer: Value = serde_json::from_str(&self.http.post("/graphql", Some(&self.token), &body)?)?;
        if answer.get("errors").is_some() {
            bail!("{query}: {answer}");
        }
        Ok(answer["data"].take())
    }

    /// Carries a mutation out; its case.
    fn mutate(&mut self, field: &str, query: &str, input: &Value) -> anyhow::Result<Value> {
        let mut data = self.ask(query, &json!({ "input": input }))?;
        let payload = &mut data[field];
        if payload["userErrors"] != json!([]) {
            bail!("{field} was refused: {payload}");
        }
        Ok(payload["case"].take())
    }

    /// Reports so many cases in a building of the grid, which call nobody: the grid worker is there already.
    pub fn report(&mut self, count: usize) -> anyhow::Result<Vec<Filed>> {
        const WHERE: &str = "{ viewer { posts { unit { ... on Grid { buildings(first: 1) { nodes { id } } } } } } }";
        const REPORT: &str = "mutation($input: ReportCaseInput!) {
            reportCase(input: $input) { case { id number } userErrors { code } } }";
        let found = self.ask(WHERE, &json!({}))?;
        let building = found["viewer"]["posts"].as_array().into_iter().flatten();
        let building = building.filter_map(|post| post.pointer("/unit/buildings/nodes/0/id")?.as_str()).next();
        let building = building.context("the grid worker has no building")?;
        let input = json!({ "category": "VIOLATION", "title": "车辆占道", "place": { "buildingId": building } });
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a text");
        let mut report = || {
            let case = self.mutate("reportCase", REPORT, &input)?;
            Ok(Filed { id: text(&case["id"])?, number: text(&case["number"])? })
        };
        (0..count).map(|_| report()).collect()
    }

    /// The change of status that is measured.
    pub fn accept(&mut self, id: &str) -> anyhow::Result<()> {
        const ACCEPT: &str = "mutation($input: AcceptCaseInput!) { acceptCase(input: $input) { case { status } userErrors { code } } }";
        let case = self.mutate("acceptCase", ACCEPT, &json!({ "caseId": id }))?;
        if case["status"] != "ACCEPTED" {
            bail!("{id} is not accepted: {case}");
        }
        Ok(())
    }
}
