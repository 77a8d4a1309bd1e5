//! Reports taken in for somebody else: whose they are, and how who is not registered is erased again.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};

use super::{case::Case, inputs::Decoded, mutation::answered};
use crate::{
    case::service::{self, Reporter},
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, Refusal, UserErrorCode},
        id,
        input::{TEXT, maybe_text, text},
        payload::answer,
    },
    payloads, person,
    record::graphql::inputs,
};

/// Whose report it is 上报人: exactly one of these.
#[derive(Clone, Debug, OneofObject)]
pub enum CaseReporterInput {
    /// A registered person whom you may see: the case is theirs, as if they had reported it 已登记人员.
    PersonId(ID),
    /// Somebody who is not registered 未登记人员.
    Unregistered(UnregisteredReporterInput),
}

/// Somebody who is not registered 未登记的上报人; nothing of it where they do not say who they are.
#[derive(Clone, Debug, InputObject)]
pub struct UnregisteredReporterInput {
    /// The name, at most 50 characters; needed where a phone number is given 姓名.
    pub name: Option<String>,
    /// The phone number, 5 to 20 digits; kept without blanks, hyphens and the `+86` of a mobile number 电话.
    pub phone: Option<String>,
}

const NAME: usize = 50;

impl CaseReporterInput {
    pub(super) fn decode(self) -> Decoded<Reporter> {
        const FIELD: &str = "reporter.unregistered.name";
        Ok(match self {
            Self::PersonId(id) => Reporter::Person(id::required(&id, "reporter.personId")?),
            Self::Unregistered(UnregisteredReporterInput { name, phone: None }) => {
                Reporter::Unregistered { name: maybe_text(name.as_deref(), FIELD, NAME)?, phone: None }
            }
            Self::Unregistered(UnregisteredReporterInput { name, phone: Some(phone) }) => {
                let name = text(name.as_deref().unwrap_or_default(), FIELD, NAME)?;
                let refused = || Refusal::new(UserErrorCode::InvalidFormat, "import-phone", "reporter.unregistered.phone");
                Reporter::Unregistered { name: Some(name), phone: Some(person::model::phone(&phone).ok_or_else(refused)?) }
            }
        })
    }
}

inputs! {
    /// Erasing who reported a case without being registered 删除未登记上报人的个人信息.
    changes EraseReporterInput {
        /// The case, whose report was entered for somebody who is not registered 案件.
        case_id: ID,
        /// Why, such as the request and its date, at most 4,000 characters 理由.
        reason: String,
    }
}

payloads! {
    /// What is left of it 删除结果.
    EraseReporterPayload {
        /// The case as it is now; null where nothing was changed, but on `CONFLICT` as it stands 案件.
        case: Case,
    }
}

#[derive(Default)]
pub struct CaseIntakeMutation;

#[Object]
impl CaseIntakeMutation {
    /// Erases who reported a case without being registered, on request, by an administrator of the place 个人信息删除 (个人信息保护法第四十七条): name and phone,
    /// wherever they stand in the case, title, description, comment and location. What officers did stays. The case says so in an entry `PERSONAL_DATA_ERASED`,
    /// and its file stays whole. It cannot be undone. For registered persons there is `erasePerson`.
    async fn erase_reporter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and why 案件及理由")] input: EraseReporterInput,
    ) -> Option<Result<EraseReporterPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let (case, reason) = (id::required(&input.case_id, "caseId")?, text(&input.reason, "reason", TEXT)?);
                Ok(service::erase_reporter(cx(ctx)?, case, input.terms()?, reason).await)
            };
            let (case, _, user_errors) = answered(run.await)?;
            Ok(EraseReporterPayload { case, user_errors })
        })
        .await
    }
}
