//! The sole exit for errors. [`ApiError`] has no `Display`, so nothing turns into a message by accident; what is not known here becomes
//! `INTERNAL` with the id of the request, and its cause goes to the log only.

use std::{borrow::Cow, sync::Arc};

use async_graphql::{Enum, Error as EngineError, ErrorExtensionValues, Pos, Response, SimpleObject};
use fluent_templates::{Loader, fluent_bundle::FluentValue, static_loader};

use super::context::{Language, request};
use crate::db::DbErr;

static_loader! {
    static MESSAGES = { locales: "./locales", fallback_language: "zh-CN" };
}

/// `extensions.code` of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    BadUserInput,
    Unauthenticated,
    QueryTooComplex,
    RateLimited,
    StreamInterrupted,
    CursorExpired,
    Internal,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Self::RateLimited => "RATE_LIMITED",
            Self::StreamInterrupted => "STREAM_INTERRUPTED",
            Self::CursorExpired => "CURSOR_EXPIRED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// Why a mutation was refused 拒绝原因. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// An id in the input is malformed, unknown or not for you to see 不存在或无权查看.
    NotFound,
    /// You may see it, but not do this to it 无权操作.
    Forbidden,
    /// A value is needed here 必填.
    Required,
    /// The text is longer than allowed 过长.
    TooLong,
    /// The value lies outside the allowed range 超出范围.
    OutOfRange,
    /// The text holds control characters 含非法字符.
    InvalidCharacters,
    /// It is not written in the form that is asked for 格式不正确.
    InvalidFormat,
    /// It has changed since the version you looked at; the payload holds it as it stands now 版本已变.
    Conflict,
    /// You have used this idempotency key for another mutation or another input 幂等键已用于其他请求.
    IdempotencyKeyReused,
    /// There is one like this already 已存在.
    AlreadyExists,
    /// Two values of the input contradict each other 前后不一致.
    Mismatch,
    /// The case or whistle does not stand where this move can start 当前状态不允许.
    InvalidState,
    /// The case is closed, rejected, withdrawn or merged 案件已结.
    CaseClosed,
    /// The unit is the respondent of the case 被投诉方须回避.
    Respondent,
    /// Whoever resolved a case may not verify it 办结人与核验人不能为同一人.
    SamePerson,
    /// Whistles are still out: conclude or withdraw them first 尚有未办结的哨单.
    OpenWhistles,
    /// Units of this level cannot be called from where you stand 吹哨层级不符.
    WrongLevel,
    /// The unit has already been called and has not finished 已吹哨，勿重复.
    AlreadyCalled,
    /// The unit has already checked in 已报到.
    AlreadyCheckedIn,
    /// You do not belong to the unit called 非被吹哨单位.
    NotCalled,
    /// No unit can be found to call: name one 找不到吹哨对象，请指定.
    NoTarget,
    /// There is no level above, or it is complained of 已是最高层级，或上级为被投诉方.
    NoSuperior,
    /// A rule about who sits on a committee or for how long forbids it; the message names its source 不符合组成规则.
    CompositionRule,
    /// Nobody sits on an owners' committee and works for the firm that serves the complex 任职回避.
    IncompatiblePost,
}

/// An expected refusal of a mutation 操作被拒.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// Why, for programs 错误码.
    pub code: UserErrorCode,
    /// Why, for people: in Chinese, or in English by `Accept-Language` 说明.
    pub message: String,
    /// The field of the input it is about, such as `["input", "caseId"]` 字段路径.
    pub path: Vec<String>,
}

/// A refusal before it is put into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: UserErrorCode,
    pub message: &'static str,
    pub args: Vec<(&'static str, String)>,
    pub path: Vec<String>,
}

impl Refusal {
    /// `message` is a key of the message files, `field` the path below `input` with dots; empty for the input as a whole.
    pub fn new(code: UserErrorCode, message: &'static str, field: &str) -> Self {
        let path = std::iter::once("input").chain(field.split('.').filter(|part| !part.is_empty())).map(str::to_owned).collect();
        Self { code, message, args: Vec::new(), path }
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    pub fn not_found(field: &str) -> Self {
        Self::new(UserErrorCode::NotFound, "not-found", field)
    }

    pub fn say(self) -> UserError {
        UserError { code: self.code, message: message(self.message, &self.args), path: self.path }
    }
}

/// What a resolver may fail with.
#[derive(Clone, Debug)]
pub enum ApiError {
    /// The request is at fault: a top-level error.
    Request { code: Code, message: &'static str, args: Vec<(&'static str, String)> },
    /// The rules refuse it: `userErrors` of the payload.
    Refused(Vec<Refusal>),
    /// The server is at fault. The cause is for the log.
    Internal(Arc<str>),
}

impl ApiError {
    pub fn bad_input(message: &'static str) -> Self {
        Self::Request { code: Code::BadUserInput, message, args: Vec::new() }
    }

    pub fn unauthenticated() -> Self {
        Self::Request { code: Code::Unauthenticated, message: "unauthenticated", args: Vec::new() }
    }

    pub fn internal(cause: &str) -> Self {
        Self::Internal(cause.into())
    }

    /// What it says, in the language of the request.
    pub fn words(self) -> String {
        EngineError::from(self).message
    }

    /// A response that holds this error and no data.
    pub fn response(self) -> Response {
        let mut error = EngineError::from(self).into_server_error(Pos::default());
        error.locations.clear();
        Response::from_errors(vec![error])
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Self::Request { args, .. } = &mut self {
            args.push((name, value.to_string()));
        }
        self
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<DbErr> for ApiError {
    fn from(error: DbErr) -> Self {
        Self::Internal(error.to_string().into())
    }
}

impl From<ApiError> for EngineError {
    fn from(error: ApiError) -> Self {
        let (code, key, args) = match error {
            ApiError::Request { code, message, args } => (code, message, args),
            // a refusal outside a payload: the first one speaks
            ApiError::Refused(refusals) => match refusals.into_iter().next() {
                Some(refusal) => (Code::BadUserInput, refusal.message, refusal.args),
                None => (Code::Internal, "internal", Vec::new()),
            },
            ApiError::Internal(cause) => {
                let id = request().id;
                tracing::error!(request = %id, %cause, "a request failed");
                (Code::Internal, "internal", vec![("request", id)])
            }
        };
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", code.name());
        if code == Code::Internal {
            extensions.set("requestId", request().id);
        }
        Self { message: message(key, &args), source: None, extensions: Some(extensions) }
    }
}

/// A message in the language of the request.
pub fn message(key: &str, args: &[(&'static str, String)]) -> String {
    message_in(request().language, key, args)
}

pub fn message_in<N: Clone + Into<Cow<'static, str>>>(language: Language, key: &str, args: &[(N, String)]) -> String {
    let language = match language {
        Language::Chinese => fluent_templates::langid!("zh-CN"),
        Language::English => fluent_templates::langid!("en"),
    };
    let args = args.iter().map(|(name, value)| (name.clone().into(), FluentValue::from(value.as_str()))).collect();
    // without the marks that isolate arguments of another writing direction: clients show messages in plain places
    MESSAGES.lookup_with_args(&language, key, &args).replace(['\u{2068}', '\u{2069}'], "")
}
