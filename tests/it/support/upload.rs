//! Requests with a file, after the GraphQL multipart request specification.

use entity::PersonId;
use serde_json::{Value, json};

use super::{TestApp, client::Response};

const JOB: &str = "importJob { id kind status fileName linesRead linesTotal created changed unchanged version }";

/// The body of a request: names and contents; those with a file name are files.
pub fn form(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, content) in parts {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        body.extend_from_slice(format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--limit--\r\n");
    body
}

impl TestApp {
    pub async fn post_form(&self, who: Option<PersonId>, body: Vec<u8>) -> Response {
        let mut request = self.http().post(self.url("/graphql")).header("Content-Type", "multipart/form-data; boundary=limit").body(body);
        if let Some(person) = who {
            request = request.bearer_auth(self.token(person));
        }
        Response::of(request.send().await.expect("an answer")).await
    }

    /// Has a table taken in, as far as queueing it.
    pub async fn upload(&self, who: Option<PersonId>, mut input: Value, name: &str, content: &[u8]) -> Response {
        input["file"] = Value::Null;
        let query =
            format!("mutation($input: StartImportInput!) {{ startImport(input: $input) {{ {JOB} userErrors {{ code path message }} }} }}");
        let operations = json!({ "query": query, "variables": { "input": input } }).to_string();
        let map = r#"{ "0": ["variables.input.file"] }"#;
        let parts = [("operations", None, operations.as_bytes()), ("map", None, map.as_bytes()), ("0", Some(name), content)];
        self.post_form(who, form(&parts)).await
    }

    /// Carries out what waits.
    pub async fn import_all(&self) {
        chuishao::import::service::work(&self.app).await.expect("worked");
    }
}
