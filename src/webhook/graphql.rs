//! `Webhook`, `WebhookDelivery` and their mutations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::{CaseEventKind, DeliveryFailure, DeliveryStatus, WebhookDeliveryId, WebhookId, webhook, webhook_delivery};

use super::{
    model::{BadUrl, kinds_of},
    scope::{self, Deliveries, DeliveryOrder, DeliveryWhere, WebhookOrder, WebhookWhere, Webhooks},
    service::{self, Settings, WebhookError},
};
use crate::{
    app::Cx,
    area::graphql::Area,
    db::filter::Filter,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        filter::{All, DateTimeFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::{self, global},
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed},
        scalar::{AreaCode, DateTime},
    },
    object, orders, payloads, query,
};

object! {
    /// Where events are sent to 回调: each event of a case in the area, from the time the webhook is set up, by POST as JSON, with ids and facts only. Signed after
    /// the Standard Webhooks specification (`webhook-id`, `webhook-timestamp`, `webhook-signature`). An answer of 2xx within ten seconds is
    /// success, 410 switches the webhook off, anything else is tried again after 5 s, 30 s, 2 min, 10 min, 1 h, 6 h and 24 h. A message may arrive more than
    /// once, with the same `webhook-id`, and in another order than the events: `data.seq` gives theirs. Administrators of the area see it.
    Webhook: webhook::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Where to 网址.
        url: &str = |row| &row.url,
        /// Which kinds of events; null for all 事项.
        kinds: Option<Vec<CaseEventKind>> = |row| kinds_of(row.kinds.as_deref()),
        /// Whether events are sent; what happens while they are not is never sent 是否启用.
        active: bool = |row| row.active,
        /// When it was set up 创建时间.
        created_at: DateTime = |row| row.created_at.into(),
    }
    relations {
        /// Events of cases in the subtree of this area 所在区划 (含下级).
        area: Area = |hook| Some(hook.area_id),
    }
    lists {
        /// What was sent and what is to be sent, the latest first; kept as long as events are 投递记录.
        deliveries: WebhookDelivery(WebhookDeliveryFilter, WebhookDeliveryOrderField) = |hook| hook.id, scope::OF_WEBHOOK,
    }
}

impl Listed for Webhook {
    type Noun = Webhooks;
    type Filter = WebhookFilter;
    type Order = WebhookOrderField;

    const ORDER: (WebhookOrderField, OrderDirection) = (WebhookOrderField::CreatedAt, OrderDirection::Desc);
}

/// Which webhooks 回调筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WebhookFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By URL 网址.
    pub url: Option<TextFilter>,
    /// In the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Whether events are sent 是否启用.
    pub active: Option<bool>,
}

impl Lower<WebhookWhere> for WebhookFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<WebhookWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<WebhookId>(self.id, WebhookWhere::Id)?
            .test(self.url, WebhookWhere::Url)?
            .is(self.area.map(|code| WebhookWhere::Within(code.0)))
            .is(self.active.map(WebhookWhere::Active))
            .done())
    }
}

orders! {
    /// What webhooks are ordered by 回调排序字段.
    WebhookOrderField("WebhookOrder") => WebhookOrder {
        /// By when they were set up 创建时间.
        CreatedAt,
    }
}

object! {
    /// One message to a webhook, and what became of it 回调投递记录.
    WebhookDelivery: webhook_delivery::Model {
        /// The global id, which is also `webhook-id` 全局标识.
        pub id: ID = |row| global(row.id),
        /// Where it stands 投递状态.
        status: DeliveryStatus = |row| row.status,
        /// What it tells of; null for a test 事项.
        event: Option<CaseEventKind> = |row| row.event,
        /// The number of the event in the log; null for a test 事件序号.
        seq: Option<i64> = |row| row.seq,
        /// What is sent, as JSON 消息内容.
        body: &str = |row| &row.body,
        /// How often it was tried 尝试次数.
        attempts: i32 = |row| row.attempts,
        /// When it is tried next; null where it will not be 下次投递时间.
        next_attempt_at: Option<DateTime> = |row| (row.status == DeliveryStatus::Pending).then(|| row.next_attempt_at.into()),
        /// When it was tried last; null where it was not 上次投递时间.
        last_attempt_at: Option<DateTime> = |row| row.last_attempt_at.map(DateTime::from),
        /// The HTTP status of the last answer; null where there was none 上次应答状态码.
        last_status: Option<i32> = |row| row.last_status,
        /// Why the last attempt failed; null where it did not 上次失败原因.
        last_error: Option<DeliveryFailure> = |row| row.last_failure,
        /// When it was made 创建时间.
        created_at: DateTime = |row| row.created_at.into(),
    }
    relations {
        /// The webhook 回调.
        webhook: Webhook = |delivery| Some(delivery.webhook_id),
    }
}

impl Listed for WebhookDelivery {
    type Noun = Deliveries;
    type Filter = WebhookDeliveryFilter;
    type Order = WebhookDeliveryOrderField;

    const ORDER: (WebhookDeliveryOrderField, OrderDirection) = (WebhookDeliveryOrderField::CreatedAt, OrderDirection::Desc);
}

/// Which deliveries 投递记录筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct WebhookDeliveryFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By where they stand 投递状态.
    pub status: Option<EnumFilter<DeliveryStatus>>,
    /// By what they tell of 事项.
    pub event: Option<EnumFilter<CaseEventKind>>,
    /// By when they were made 创建时间.
    pub created_at: Option<DateTimeFilter>,
}

impl Lower<DeliveryWhere> for WebhookDeliveryFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<DeliveryWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<WebhookDeliveryId>(self.id, DeliveryWhere::Id)?
            .test(self.status, DeliveryWhere::Status)?
            .test(self.event, DeliveryWhere::Event)?
            .test(self.created_at, DeliveryWhere::CreatedAt)?
            .done())
    }
}

orders! {
    /// What deliveries are ordered by 投递记录排序字段.
    WebhookDeliveryOrderField("WebhookDeliveryOrder") => DeliveryOrder {
        /// By when they were made 创建时间.
        CreatedAt,
        /// By when they are, or were last, to be tried 下次投递时间.
        NextAttemptAt,
    }
}

query! {
    WebhookQuery {}
    lists {
        /// The webhooks of the areas you administer 回调.
        webhooks: Webhook(WebhookFilter, WebhookOrderField),
    }
}

impl From<WebhookError> for ApiError {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::NotFound(field) => Refusal::not_found(field).into(),
            WebhookError::Forbidden(field) => Refusal::new(UserErrorCode::Forbidden, "forbidden", field).into(),
            WebhookError::Url(BadUrl::Malformed) => Refusal::new(UserErrorCode::OutOfRange, "webhook-bad-url", "url").into(),
            WebhookError::Url(BadUrl::Private) => Refusal::new(UserErrorCode::Forbidden, "webhook-private-address", "url").into(),
            WebhookError::Exists => Refusal::new(UserErrorCode::AlreadyExists, "webhook-exists", "url").into(),
            WebhookError::Off => Refusal::new(UserErrorCode::InvalidState, "webhook-off", "").into(),
            WebhookError::Delivering => Refusal::new(UserErrorCode::InvalidState, "webhook-delivering", "deliveryId").into(),
            WebhookError::Db(error) => error.into(),
        }
    }
}

/// Setting a webhook up 新建回调.
#[derive(Clone, Debug, InputObject)]
pub struct CreateWebhookInput {
    /// An `http` or `https` URL; not of a private address, unless the server allows it 网址.
    pub url: String,
    /// Events of cases in the subtree of this area, which you administer 所在区划 (含下级).
    pub area: AreaCode,
    /// Which kinds of events; all when left out 事项.
    pub kinds: Option<Vec<CaseEventKind>>,
}

/// Changing a webhook 修改回调; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateWebhookInput {
    /// The webhook 回调.
    pub webhook_id: ID,
    /// Where to 网址.
    pub url: Option<String>,
    /// Events of cases in the subtree of this area, which you administer 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Which kinds of events; null for all 事项.
    pub kinds: MaybeUndefined<Vec<CaseEventKind>>,
    /// Whether events are sent; when they no longer are, what waits is given up 是否启用.
    pub active: Option<bool>,
}

macro_rules! about_one {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, InputObject)]
        pub struct $name {
            /// The webhook 回调.
            pub webhook_id: ID,
        }
    )+};
}

about_one! {
    /// Removing a webhook 删除回调.
    DeleteWebhookInput
    /// Replacing a webhook's secret 更换密钥.
    RotateWebhookSecretInput
    /// Trying a webhook out 测试回调.
    TestWebhookInput
}

/// Sending a message again 重新投递.
#[derive(Clone, Debug, InputObject)]
pub struct RedeliverWebhookInput {
    /// The delivery 投递记录.
    pub delivery_id: ID,
}

payloads! {
    /// A new webhook 新建结果.
    CreateWebhookPayload {
        /// The webhook; null where nothing was changed 回调.
        webhook: Webhook,
        /// What its messages are signed with, `whsec_` and 32 bytes in base64: shown this once 签名密钥 (仅此一次).
        secret: String,
    }
    /// The changed webhook 修改结果.
    UpdateWebhookPayload {
        /// The webhook; null where nothing was changed 回调.
        webhook: Webhook,
    }
    /// The webhook that was removed 删除结果.
    DeleteWebhookPayload {
        /// The webhook, switched off; null where nothing was changed 回调.
        webhook: Webhook,
    }
    /// The new secret 更换结果.
    RotateWebhookSecretPayload {
        /// The webhook; null where nothing was changed 回调.
        webhook: Webhook,
        /// What its messages are signed with from now on: shown this once. For 24 hours the old one signs too 新签名密钥 (仅此一次).
        secret: String,
    }
    /// What came of the test 测试结果.
    TestWebhookPayload {
        /// The message that was sent, and what was answered; null where nothing was sent 投递记录.
        delivery: WebhookDelivery,
    }
    /// What is sent again 重新投递结果.
    RedeliverWebhookPayload {
        /// The delivery, which waits again; null where nothing was changed 投递记录.
        delivery: WebhookDelivery,
    }
}

fn named<K>(kinds: Option<&Vec<K>>) -> Result<(), Refusal> {
    match kinds {
        Some(kinds) if kinds.is_empty() => Err(Refusal::new(UserErrorCode::Required, "webhook-no-kinds", "kinds")),
        _ => Ok(()),
    }
}

async fn change(
    ctx: &Context<'_>,
    id: &ID,
    to: impl FnOnce() -> Result<Settings, Refusal>,
) -> Result<(Option<Webhook>, Vec<crate::graphql::error::UserError>), ApiError> {
    let cx = signed_in(ctx)?;
    let run = async { Ok::<_, ApiError>(plan::bare(service::update(cx, id::required(id, "webhookId")?, to()?).await?)) };
    settle(run.await)
}

#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Has events of an area sent to a URL, by an administrator of that area; once for each area and URL 新建回调.
    async fn create_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to and which 网址及范围")] input: CreateWebhookInput,
    ) -> Option<Result<CreateWebhookPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                named(input.kinds.as_ref())?;
                Ok::<_, ApiError>(service::create(cx, input.url, input.area.0, input.kinds).await?)
            };
            let (done, user_errors) = settle(run.await)?;
            let (webhook, secret) = done.map(|(row, secret)| (plan::bare(row), secret)).unzip();
            Ok(CreateWebhookPayload { webhook, secret, user_errors })
        })
        .await
    }

    /// Changes where events are sent and which; or switches it off and on 修改回调.
    async fn update_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what of it 哪个及修改内容")] input: UpdateWebhookInput,
    ) -> Option<Result<UpdateWebhookPayload, ApiError>> {
        answer(async {
            let UpdateWebhookInput { webhook_id, url, area, kinds, active } = input;
            let to = || {
                let kinds = match kinds {
                    MaybeUndefined::Undefined => None,
                    MaybeUndefined::Null => Some(None),
                    MaybeUndefined::Value(kinds) => Some(Some(kinds)),
                };
                named(kinds.as_ref().and_then(Option::as_ref))?;
                Ok(Settings { url, area: area.map(|code| code.0), kinds, active })
            };
            let (webhook, user_errors) = change(ctx, &webhook_id, to).await?;
            Ok(UpdateWebhookPayload { webhook, user_errors })
        })
        .await
    }

    /// Sends nothing more: the webhook is switched off, its deliveries can still be read 删除回调.
    async fn delete_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 哪个")] input: DeleteWebhookInput,
    ) -> Option<Result<DeleteWebhookPayload, ApiError>> {
        answer(async {
            let off = || Ok(Settings { active: Some(false), ..Settings::default() });
            let (webhook, user_errors) = change(ctx, &input.webhook_id, off).await?;
            Ok(DeleteWebhookPayload { webhook, user_errors })
        })
        .await
    }

    /// Makes a new secret; messages carry a signature of the old one too for 24 hours 更换密钥.
    async fn rotate_webhook_secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 哪个")] input: RotateWebhookSecretInput,
    ) -> Option<Result<RotateWebhookSecretPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async { Ok::<_, ApiError>(service::rotate(cx, id::required(&input.webhook_id, "webhookId")?).await?) };
            let (done, user_errors) = settle(run.await)?;
            let (webhook, secret) = done.map(|(row, secret)| (plan::bare(row), secret)).unzip();
            Ok(RotateWebhookSecretPayload { webhook, secret, user_errors })
        })
        .await
    }

    /// Sends a signed message that tells of nothing, once, and says what was answered 测试回调.
    async fn test_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 哪个")] input: TestWebhookInput,
    ) -> Option<Result<TestWebhookPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async { Ok::<_, ApiError>(service::test(cx, id::required(&input.webhook_id, "webhookId")?).await?) };
            let (done, user_errors) = settle(run.await)?;
            Ok(TestWebhookPayload { delivery: done.map(plan::bare), user_errors })
        })
        .await
    }

    /// Sends a message again, with the same `webhook-id`, whatever became of it 重新投递.
    async fn redeliver_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 哪条")] input: RedeliverWebhookInput,
    ) -> Option<Result<RedeliverWebhookPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async { Ok::<_, ApiError>(service::redeliver(cx, id::required(&input.delivery_id, "deliveryId")?).await?) };
            let (done, user_errors) = settle(run.await)?;
            Ok(RedeliverWebhookPayload { delivery: done.map(plan::bare), user_errors })
        })
        .await
    }
}
