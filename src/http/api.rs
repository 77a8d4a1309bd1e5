//! From a request to the engine and back, alike for every transport: who is asking, the guard, the language, what errors may say.

use std::sync::Arc;

use async_graphql::{Request, Response, ServerError, Value, Variables, parser::types::OperationType};
use axum::http::{HeaderMap, header};
use futures_util::{StreamExt, stream::BoxStream};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    live::{self, Hub, Membership, Question},
    mailbox::Operation,
};
use crate::{
    app::{App, Cx},
    auth::Actor,
    graphql::{
        context::{Language, REQUEST, RequestInfo},
        error::ApiError,
        guard::{self, Refused},
        live::Live,
        loader,
    },
    person,
    schema::{self, Schema},
};

/// The app with its schema; cheap to clone.
#[derive(Clone)]
pub struct Api {
    app: Arc<App>,
    schema: Schema,
    /// Told to every connection; a socket holds a receiver until it has closed.
    stop: Arc<watch::Sender<bool>>,
    hub: Arc<Hub>,
}

/// Who is asking, and in which language.
#[derive(Clone)]
pub struct Caller {
    pub cx: Cx,
    pub language: Language,
}

impl Api {
    pub fn new(app: Arc<App>) -> Self {
        Self { app, schema: schema::build(), stop: Arc::new(watch::Sender::new(false)), hub: Arc::default() }
    }

    /// Turns true when the server stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Ends all live streams, which are told where to go on, and has all sockets close.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        self.hub.interrupt(self);
    }

    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Once all sockets have closed.
    pub async fn sockets_closed(&self) {
        self.stop.closed().await;
    }

    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The actor behind `Authorization: Bearer …`; without one, the anonymous visitor. A token that is wrong is refused, not ignored.
    pub async fn actor(&self, authorization: Option<&str>) -> Result<Actor, ApiError> {
        let Some(authorization) = authorization.filter(|value| !value.trim().is_empty()) else { return Ok(Actor::anonymous()) };
        let bad = || ApiError::Request { code: crate::graphql::error::Code::Unauthenticated, message: "bad-token", args: Vec::new() };
        let (scheme, token) = authorization.trim().split_once(' ').ok_or_else(bad)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(bad());
        }
        let (person, expires_at) = self.app.keys.verify(token.trim(), self.app.clock.now()).map_err(|_| bad())?;
        person::service::maybe_actor(&self.app, person, Some(expires_at)).await?.ok_or_else(bad)
    }

    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let actor = self.actor(text(header::AUTHORIZATION)).await?;
        Ok(Caller { cx: Cx::new(self.app.clone(), actor), language: Language::accepted(text(header::ACCEPT_LANGUAGE)) })
    }

    pub fn info(&self, language: Language) -> RequestInfo {
        RequestInfo { id: self.app.clock.new_id::<Uuid>().simple().to_string(), language }
    }

    /// Guards the document and readies the request; or says why not. The kind of operation comes with it.
    pub fn admit(&self, mut request: Request, caller: &Caller) -> Result<(Request, OperationType), Box<Response>> {
        let admitted = guard::admit(&request.query, request.operation_name.as_deref(), &request.variables);
        match admitted {
            Ok(admitted) => {
                request.set_parsed_query(admitted.document);
                let cx = if admitted.kind == OperationType::Mutation { caller.cx.to_change() } else { caller.cx.clone() };
                Ok((request.data(cx.clone()).data(loader::loads(cx)), admitted.kind))
            }
            Err(Refused::Syntax(error)) => Err(coded(Response::from_errors(vec![error])).into()),
            Err(Refused::Guard(error)) => Err(error.response().into()),
        }
    }

    /// Asks in the process, without a transport: the data, or what is wrong with the question.
    pub async fn ask(&self, caller: &Caller, query: &str, variables: serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let request = Request::new(query).variables(Variables::from_json(variables));
        let answered = async {
            match self.admit(request, caller) {
                Ok((request, _)) => self.run(request).await,
                Err(refused) => *refused,
            }
        };
        let response = REQUEST.scope(self.info(caller.language), answered).await;
        if response.is_err() {
            let said: Vec<&str> = response.errors.iter().map(|error| error.message.as_str()).collect();
            anyhow::bail!("{}", said.join("; "));
        }
        Ok(response.data.into_json()?)
    }

    /// Runs a query or a mutation that was admitted.
    pub async fn run(&self, request: Request) -> Response {
        coded(self.schema.execute(request).await)
    }
}

/// What the engine refuses by itself, a document that does not fit the schema, is the client's input too.
fn coded(mut response: Response) -> Response {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_with(Default::default);
        if extensions.get("code").is_none() {
            extensions.set("code", "BAD_USER_INPUT");
        }
    }
    response
}

impl Api {
    /// Carries out an operation of any kind, as a stream may ask for, and hands over what it has to say. A live one then goes on as a member of
    /// its group until it leaves.
    pub async fn carry_out(self, operation: Arc<Operation>, request: Request, caller: Caller) {
        let info = self.info(caller.language);
        if let Some(membership) = REQUEST.scope(info, self.begin(&operation, request, caller)).await {
            operation.sit(membership);
        }
    }

    async fn begin(&self, operation: &Arc<Operation>, request: Request, caller: Caller) -> Option<Membership> {
        let refuse = |response: &Response| operation.refuse(&response.errors, &json(response));
        let caller = match Self::renewed(caller).await {
            Ok(caller) => caller,
            Err(error) => {
                refuse(&error.response());
                return None;
            }
        };
        let (mut request, kind) = match self.admit(request, &caller) {
            Ok(admitted) => admitted,
            Err(response) => {
                refuse(&response);
                return None;
            }
        };
        if kind != OperationType::Subscription {
            let response = self.run(request).await;
            if Answer::of(&response).refused() {
                refuse(&response);
            } else {
                operation.hand(&json(&response)).await;
                operation.complete();
            }
            return None;
        }
        let document = request.parsed_query().ok()?.clone();
        let (question, opening) = (Question::of(&request, document, caller), Live::opening());
        let mut responses = self.execute_stream(request.data(opening.clone()));
        let (mut first, mut stopping) = (true, self.stopping());
        loop {
            let response = tokio::select! {
                response = responses.next() => response,
                // what follows the log ends by itself, and is told where to go on
                _ = async { stopping.wait_for(|stopped| *stopped).await.is_ok() }, if !first => None,
            };
            let Some(response) = response else { break };
            if std::mem::take(&mut first) && Answer::of(&response).refused() {
                refuse(&response);
                return None;
            }
            operation.hand(&json(&response)).await;
        }
        match opening.opened() {
            Some(opened) => live::follow(self, operation, question, opened).await,
            None => {
                operation.complete();
                None
            }
        }
    }

    /// What a subscription says, item by item.
    pub fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        let schema = self.schema.clone();
        schema.execute_stream(request).map(coded).boxed()
    }

    /// A connection may have been open for hours: each operation starts with the posts held now.
    async fn renewed(caller: Caller) -> Result<Caller, ApiError> {
        let cx = person::service::maybe_renewed(&caller.cx).await?.ok_or_else(ApiError::unauthenticated)?;
        Ok(Caller { cx, ..caller })
    }
}

pub fn json(response: &Response) -> String {
    serde_json::to_string(&Answer::of(response)).unwrap_or_default()
}

/// The parameters of a request; `null` counts as left out.
#[derive(Deserialize)]
pub struct Parameters {
    pub query: Option<String>,
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(rename = "operationName")]
    pub operation_name: Option<String>,
    /// Taken and ignored, but an object if there.
    #[serde(rename = "extensions")]
    pub _extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Parameters {
    pub fn request(self) -> Result<Request, ApiError> {
        let query = self.query.ok_or_else(|| ApiError::bad_input("no-query"))?;
        let mut request = Request::new(query);
        if let Some(variables) = self.variables {
            request = request.variables(Variables::from_json(serde_json::Value::Object(variables)));
        }
        request.operation_name = self.operation_name;
        Ok(request)
    }
}

/// The answer, its fields in the order of the selection.
#[derive(Serialize)]
pub struct Answer<'r> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'r [ServerError],
    /// Left out where nothing was executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'r Value>,
}

impl<'r> Answer<'r> {
    pub fn of(response: &'r Response) -> Self {
        let refused = response.data == Value::Null && !response.errors.is_empty() && response.errors.iter().all(|e| e.path.is_empty());
        Self { errors: &response.errors, data: (!refused).then_some(&response.data) }
    }

    /// Whether nothing was executed: the request itself is at fault.
    pub fn refused(&self) -> bool {
        self.data.is_none()
    }
}
