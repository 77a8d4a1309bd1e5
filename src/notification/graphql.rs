//! `Notification`, its mutation and its live field. Its list hangs on `Viewer`.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Subscription};
use entity::{CaseStatus, NotificationId, NotificationKind, notification};
use futures_util::future::BoxFuture;

use super::{
    scope::{NotificationOrder, NotificationWhere, Notifications},
    service::{self, MarkError, Which},
};
use crate::{
    app::Cx,
    case::graphql::{Case, Whistle},
    db::filter::Filter,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode, message},
        filter::{All, DateTimeFilter, EnumFilter, IdFilter, Lower},
        id::{self, global},
        live::{Items, follow_notices},
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed, Selection},
        scalar::DateTime,
    },
    object, orders, payloads,
};

object! {
    /// Something you are told of 消息: see `NotificationKind` for who is told of what. Nobody is told of what they did themselves, and no respondent of
    /// the case. By the posts held when it happened. Kept as long as events are (`--event-days`).
    Notification: notification::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Why you are told 消息类型.
        kind: NotificationKind = |row| row.kind,
        /// When it happened 时间.
        at: DateTime = |row| row.at.into(),
        /// When you marked it as read; null while it is unread 已读时间.
        read_at: Option<DateTime> = |row| row.read_at.map(DateTime::from),
        /// The status that the case moved to; null where it did not move 案件新状态.
        status: Option<CaseStatus> = |row| row.status,
        /// In words, in the language of the request; nobody is named 消息内容.
        text: String = |row| words(row),
    }
    relations {
        /// The case; null where you may not see it (any more) 案件.
        case: Case = |notice| Some(notice.case_id),
        /// The whistle; null where it is about none, or you may not see it (any more) 哨单.
        whistle: Whistle = |notice| notice.whistle_id,
    }
}

fn notice(key: &str) -> String {
    message(key, &[])
}

fn words(row: &notification::Model) -> String {
    match row.kind {
        NotificationKind::WhistleRaised => notice("notice-whistle-raised"),
        NotificationKind::WhistleEscalated => notice("notice-whistle-escalated"),
        NotificationKind::WhistleDeclined => notice("notice-whistle-declined"),
        NotificationKind::CaseAssigned => notice("notice-case-assigned"),
        NotificationKind::DeadlineApproaching => notice("notice-deadline-approaching"),
        NotificationKind::Overdue => notice("notice-overdue"),
        NotificationKind::SupervisionRequested => notice("notice-supervision-requested"),
        NotificationKind::CaseStatusChanged => match row.status {
            Some(CaseStatus::Accepted) => notice("notice-case-accepted"),
            Some(CaseStatus::Assigned) => notice("notice-case-handed-over"),
            Some(CaseStatus::InProgress) => notice("notice-case-in-progress"),
            Some(CaseStatus::Resolved) => notice("notice-case-resolved"),
            Some(CaseStatus::Closed) => notice("notice-case-closed"),
            Some(CaseStatus::Rejected) => notice("notice-case-rejected"),
            Some(CaseStatus::Withdrawn) => notice("notice-case-withdrawn"),
            Some(CaseStatus::Merged) => notice("notice-case-merged"),
            Some(CaseStatus::Reported) | None => notice("notice-case-moved"),
        },
    }
}

impl Listed for Notification {
    type Noun = Notifications;
    type Filter = NotificationFilter;
    type Order = NotificationOrderField;

    const ORDER: (NotificationOrderField, OrderDirection) = (NotificationOrderField::At, OrderDirection::Desc);
}

/// Which notifications 消息筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct NotificationFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// Whether unread 是否未读.
    pub unread: Option<bool>,
    /// By kind 消息类型.
    pub kind: Option<EnumFilter<NotificationKind>>,
    /// By case 案件.
    pub case_id: Option<IdFilter>,
    /// By when it happened 时间.
    pub at: Option<DateTimeFilter>,
}

impl Lower<NotificationWhere> for NotificationFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<NotificationWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<NotificationId>(self.id, NotificationWhere::Id)?
            .is(self.unread.map(NotificationWhere::Unread))
            .test(self.kind, NotificationWhere::Kind)?
            .id::<entity::CaseId>(self.case_id, NotificationWhere::Case)?
            .test(self.at, NotificationWhere::At)?
            .done())
    }
}

orders! {
    /// What notifications are ordered by 消息排序字段.
    NotificationOrderField("NotificationOrder") => NotificationOrder {
        /// By when it happened 时间.
        At,
    }
}

impl From<MarkError> for ApiError {
    fn from(error: MarkError) -> Self {
        match error {
            MarkError::NotFound => Refusal::not_found("ids").into(),
            MarkError::Db(error) => error.into(),
        }
    }
}

/// Marking notifications as read 标为已读: exactly one of the three is given.
#[derive(Clone, Debug, InputObject)]
pub struct MarkNotificationsReadInput {
    /// These, at most 200 指定消息.
    pub ids: Option<Vec<ID>>,
    /// All that happened up to this time 截止时间.
    pub up_to: Option<DateTime>,
    /// All of them; `true` or left out 全部.
    pub all: Option<bool>,
}

/// Ids that are taken at most.
const MOST_IDS: usize = 200;

impl MarkNotificationsReadInput {
    fn which(self) -> Result<Which, Refusal> {
        match (self.ids, self.up_to, self.all.unwrap_or(false)) {
            (Some(ids), None, false) if ids.len() <= MOST_IDS => {
                let ids: Result<Vec<NotificationId>, Refusal> = ids.iter().map(|one| id::required(one, "ids")).collect();
                Ok(Which::Ids(ids?))
            }
            (Some(ids), None, false) => {
                let refusal = Refusal::new(UserErrorCode::OutOfRange, "too-many-ids", "ids");
                Err(refusal.with("max", MOST_IDS).with("given", ids.len()))
            }
            (None, Some(at), false) => Ok(Which::UpTo(at.0)),
            (None, None, true) => Ok(Which::All),
            (None, None, false) => Err(Refusal::new(UserErrorCode::Required, "which-notifications", "")),
            _ => Err(Refusal::new(UserErrorCode::Mismatch, "which-notifications", "")),
        }
    }
}

payloads! {
    /// What was marked 标记结果.
    MarkNotificationsReadPayload {
        /// How many were unread before; null where nothing was changed 标记条数.
        marked: i64,
        /// How many are still unread; null where nothing was changed 剩余未读数.
        unread: i64,
    }
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Marks your own notifications as read 消息标为已读. What is read already keeps its time.
    async fn mark_notifications_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 哪些消息")] input: MarkNotificationsReadInput,
    ) -> Option<Result<MarkNotificationsReadPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let marked = service::mark(cx, input.which()?).await?;
                Ok((count(marked), count(service::unread(cx).await?)))
            };
            let (done, user_errors) = settle(run.await)?;
            let (marked, unread) = done.unzip();
            Ok(MarkNotificationsReadPayload { marked, unread, user_errors })
        })
        .await
    }
}

pub fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// You are told of something 收到消息.
#[derive(SimpleObject)]
pub struct NotificationReceived {
    /// To come back to what follows: give it as `after` 断点续传游标.
    pub cursor: String,
    /// The notification 消息.
    pub notification: Notification,
}

fn received<'m>(ctx: &'m Context<'_>, cx: &'m Cx, row: &'m notification::Model) -> BoxFuture<'m, Result<NotificationReceived, ApiError>> {
    Box::pin(async move {
        let selection = Selection::of(&ctx.field()).under("notification");
        let notification = plan::wrap::<Notification>(cx, vec![row.clone()], &selection).await?.pop();
        let notification = notification.ok_or_else(|| ApiError::internal("a row gives an object"))?;
        Ok(NotificationReceived { cursor: cx.log.cursor(row.seq), notification })
    })
}

#[derive(Default)]
pub struct NotificationSubscription;

#[Subscription]
impl NotificationSubscription {
    /// Your notifications as they are made, in the order of the events. To follow a list without a hole, ask for `viewer { notificationCursor }`
    /// along with it 收到消息.
    async fn notification_received<'ctx>(
        &self,
        ctx: &'ctx Context<'ctx>,
        #[graphql(
            desc = "The last cursor you have seen: what you have missed comes first, then what happens; from now on when left out 断点续传游标"
        )]
        after: Option<String>,
    ) -> Result<Items<'ctx, NotificationReceived>, ApiError> {
        follow_notices(ctx, after, received).await
    }
}
