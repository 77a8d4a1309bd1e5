//! Requests with a file, after the GraphQL multipart request specification.

use entity::PersonId;
use serde_json::{Value, json};

use super::{TestApp, client::Response};

const JOB: &str = "importJob { id kind status fileName linesRead linesTotal created changed unchanged version }";

const ATTACHMENT: &str = "attachment { id fileName mediaType size sha256 kind uploadedAt erasedAt url case { id } event { id } }";

/// What begins like a PNG.
pub fn picture(words: &str) -> Vec<u8> {
    [&b"\x89PNG\r\n\x1A\n"[..], words.as_bytes()].concat()
}

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
    pub async fn upload(&self, who: Option<PersonId>, input: Value, name: &str, content: &[u8]) -> Response {
        let query =
            format!("mutation($input: StartImportInput!) {{ startImport(input: $input) {{ {JOB} userErrors {{ code path message }} }} }}");
        self.send(who, &query, input, (name, content)).await
    }

    /// Sends in what is to be evidence.
    pub async fn send_in(&self, who: Option<PersonId>, input: Value, name: &str, content: &[u8]) -> Response {
        let query = format!(
            "mutation($input: UploadAttachmentInput!) {{ uploadAttachment(input: $input) {{ {ATTACHMENT} userErrors {{ code path message }} }} }}"
        );
        self.send(who, &query, input, (name, content)).await
    }

    /// A picture that is like no other, sent in.
    pub async fn attachment(&self, by: PersonId) -> String {
        let content = picture(&self.app.clock.new_id::<uuid::Uuid>().to_string());
        let answer = self.send_in(Some(by), json!({}), "照片.png", &content).await;
        answer.done("uploadAttachment")["attachment"]["id"].as_str().expect("an id").to_owned()
    }

    async fn send(&self, who: Option<PersonId>, query: &str, mut input: Value, (name, content): (&str, &[u8])) -> Response {
        input["file"] = Value::Null;
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
