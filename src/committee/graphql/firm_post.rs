//! The mutations of posts at property firms.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{FirmId, PersonId, PostId, post};

use crate::{
    case::{graphql::request_key, service::Terms},
    committee::service::{self, CommitteeError, NewFirmPost},
    graphql::{
        context::signed_in,
        error::{ApiError, UserError},
        id,
        payload::{answer, settle},
        plan,
        scalar::Date,
    },
    payloads,
    person::graphql::Post,
};

/// Giving somebody a post at a property firm 物业企业任职.
#[derive(Clone, Debug, InputObject)]
pub struct AppointFirmManagerInput {
    /// The firm 物业企业.
    pub firm_id: ID,
    /// Who: a person you may see 人员.
    pub person_id: ID,
    /// The first day; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// The last day; open-ended when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same post 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a post at a property firm 物业企业离任.
#[derive(Clone, Debug, InputObject)]
pub struct EndFirmPostInput {
    /// The post 任职.
    pub post_id: ID,
    /// The last day, not after the one it has; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same post 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    AppointFirmManagerPayload {
        /// The new post; null where nothing was changed 任职.
        post: Post,
    }
    /// What became of it 操作结果.
    EndFirmPostPayload {
        /// The post as it is now; null where nothing was changed 任职.
        post: Post,
    }
}

fn answered(run: Result<Result<Option<post::Model>, CommitteeError>, ApiError>) -> Result<(Option<Post>, Vec<UserError>), ApiError> {
    let (post, user_errors) = settle(run.and_then(|done| Ok(done?)))?;
    Ok((post.flatten().map(plan::bare), user_errors))
}

#[derive(Default)]
pub struct FirmPostMutation;

#[Object]
impl FirmPostMutation {
    /// Gives somebody the post of a manager at a firm 任命物业项目经理, by an officer of the district or an administrator. Refused with `INCOMPATIBLE_POST` for
    /// whoever sits, within those days, on the owners' committee of a complex that the firm serves.
    async fn appoint_firm_manager(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and where 人员及企业")] input: AppointFirmManagerInput,
    ) -> Option<Result<AppointFirmManagerPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let key = request_key(&input, input.idempotency_key.as_deref())?;
                let new = NewFirmPost {
                    firm: id::required::<FirmId>(&input.firm_id, "firmId")?,
                    person: id::required::<PersonId>(&input.person_id, "personId")?,
                    starts_on: input.starts_on.map(|day| day.0),
                    ends_on: input.ends_on.map(|day| day.0),
                };
                Ok(service::appoint(cx, Terms { expected: None, key }, new).await)
            };
            let (post, user_errors) = answered(run.await)?;
            Ok(AppointFirmManagerPayload { post, user_errors })
        })
        .await
    }

    /// Ends the post of a manager at a firm 物业项目经理离任, by an officer of the district or an administrator.
    async fn end_firm_post(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which post 任职")] input: EndFirmPostInput,
    ) -> Option<Result<EndFirmPostPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let key = request_key(&input, input.idempotency_key.as_deref())?;
                let post = id::required::<PostId>(&input.post_id, "postId")?;
                Ok(service::end(cx, Terms { expected: None, key }, post, input.ends_on.map(|day| day.0)).await)
            };
            let (post, user_errors) = answered(run.await)?;
            Ok(EndFirmPostPayload { post, user_errors })
        })
        .await
    }
}
