//! The answer to a GraphQL request, and what tests assert about it.

use reqwest::StatusCode;
use serde_json::Value;

#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    pub json: Value,
}

impl Response {
    pub async fn of(response: reqwest::Response) -> Self {
        let status = response.status();
        let text = response.text().await.expect("a body");
        let json = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}, and not JSON: {text}"));
        Self { status, json }
    }

    /// The data of an answer without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.json.get("errors").is_none(), "unexpected errors: {:#}", self.json);
        &self.json["data"]
    }

    /// The payload of a mutation that was carried out: neither errors nor `userErrors`.
    #[track_caller]
    pub fn done(&self, field: &str) -> &Value {
        let payload = &self.data()[field];
        assert_eq!(payload["userErrors"], Value::Array(Vec::new()), "{field} was refused, or selects no userErrors: {:#}", self.json);
        payload
    }

    /// The codes of the payload's `userErrors`.
    #[track_caller]
    pub fn user_errors(&self, field: &str) -> Vec<&str> {
        let errors = self.data()[field]["userErrors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("{field} selects no userErrors {{ code }}: {:#}", self.json));
        errors.iter().map(|error| error["code"].as_str().expect("userErrors { code }")).collect()
    }

    #[track_caller]
    pub fn assert_refused(&self, field: &str, code: &str) {
        assert_eq!(self.user_errors(field), [code], "{:#}", self.json);
    }

    /// `extensions.code` of the first error.
    pub fn code(&self) -> Option<&str> {
        self.json["errors"][0]["extensions"]["code"].as_str()
    }

    #[track_caller]
    pub fn assert_code(&self, code: &str) {
        assert_eq!(self.code(), Some(code), "{:#}", self.json);
    }
}
