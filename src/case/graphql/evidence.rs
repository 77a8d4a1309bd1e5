//! The mutation that adds evidence 证据 to a case.

use async_graphql::{Context, ID, Object};
use entity::{AttachmentId, EvidenceKind};

use super::{case::Case, event::CaseEvent, inputs::Decoded, mutation::changed};
use crate::{
    attachment,
    case::{
        scope::Events,
        service::{CaseChange, EVIDENCE},
    },
    db::noun,
    graphql::{
        context::cx,
        error::ApiError,
        id,
        input::{TEXT, maybe_text, within},
        payload::answer,
        plan::bare,
    },
    payloads,
    record::graphql::inputs,
};

inputs! {
    /// Adding evidence to a case 补充证据.
    changes AddCaseEvidenceInput {
        /// The case 案件.
        case_id: ID,
        /// What you have sent in by `uploadAttachment`, 1 to 9, each used nowhere else. Anything else is `NOT_FOUND`; more than 50 of yours in one case are `OUT_OF_RANGE` 证据附件.
        attachment_ids: Vec<ID>,
        /// What they show 证据类型.
        kind: EvidenceKind,
        /// What is to be said of them, at most 4,000 characters 说明.
        note: Option<String>,
    }
}

payloads! {
    /// What became of it 操作结果.
    AddCaseEvidencePayload {
        /// The case as it is now; null where nothing was changed, but on `CONFLICT` as it stands 案件.
        case: Case,
        /// The entry of the timeline that the evidence came with; null where nothing was changed 时间线事项.
        event: CaseEvent,
    }
}

/// Attachments named by id, at least so many.
pub(super) fn ids(ids: &[ID], least: usize) -> Decoded<Vec<AttachmentId>> {
    within(ids.len(), "attachmentIds", least, EVIDENCE.len())?;
    ids.iter().zip(EVIDENCE).map(|(id, field)| id::required(id, field)).collect()
}

#[derive(Default)]
pub struct CaseEvidenceMutation;

#[Object]
impl CaseEvidenceMutation {
    /// Adds what you have sent in as evidence to the timeline, such as how it looks now that it is dealt with 补充证据. By whoever may add a note.
    async fn add_case_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The case and the evidence 案件及证据附件")] input: AddCaseEvidenceInput,
    ) -> Option<Result<AddCaseEvidencePayload, ApiError>> {
        answer(async {
            let named = ids(&input.attachment_ids, 1);
            let first = named.as_ref().ok().and_then(|named| named.first().copied());
            let decode = || {
                let note = maybe_text(input.note.as_deref(), "note", TEXT)?;
                Ok(CaseChange::AddEvidence { attachments: named?, kind: input.kind, note })
            };
            let (case, user_errors) = changed(ctx, &input.case_id, input.terms(), decode()).await?;
            let mut event = None;
            // also where the call is a retry: what it used tells the entry
            if let (true, Some(_), Some(first)) = (user_errors.is_empty(), &case, first) {
                let cx = cx(ctx)?;
                let entry = attachment::service::maybe_entry_of_own(cx, first).await?;
                let rows = noun::by_ids::<Events>(cx.read(), &cx.actor, entry.as_slice()).await?;
                event = rows.into_values().next().map(bare);
            }
            Ok(AddCaseEvidencePayload { case, event, user_errors })
        })
        .await
    }
}
