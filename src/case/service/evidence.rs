//! Evidence 证据: what somebody has sent in becomes part of a file, with one entry, and of no other.

use std::collections::HashMap;

use entity::{AttachmentId, CaseEventId, EvidenceKind, attachment};

use super::{CaseError, file::File};
use crate::{
    attachment::{model::UNNAMED, service as attachments},
    case::{chain::SavedAttachment, model::Denial},
};

/// The input that names each of them; there are no more in one call.
pub const EVIDENCE: [&str; 9] = [
    "attachmentIds.0",
    "attachmentIds.1",
    "attachmentIds.2",
    "attachmentIds.3",
    "attachmentIds.4",
    "attachmentIds.5",
    "attachmentIds.6",
    "attachmentIds.7",
    "attachmentIds.8",
];

/// In one case.
const MOST_OF_PERSON: u64 = 50;

impl File<'_> {
    /// Takes what the actor has sent in and nothing has used as evidence: the next entry tells of it. Each of it once. The list of a case has no pages: what one
    /// person adds to it has an end, and keeps nobody else from adding.
    pub async fn take_in(&mut self, ids: &[AttachmentId], kind: EvidenceKind) -> Result<(), CaseError> {
        if ids.is_empty() {
            return Ok(());
        }
        let me = self.me.ok_or(CaseError::Anonymous)?;
        let theirs = attachments::count_of_case_in_tx(self.tx(), self.case.id, me).await?;
        if theirs + ids.len() as u64 > MOST_OF_PERSON {
            return Err(CaseError::Denied(Denial::TooMuchEvidence, "attachmentIds"));
        }
        let unused = attachments::lock_unused_in_tx(self.tx(), me, ids).await?;
        let mut unused: HashMap<AttachmentId, attachment::Model> = unused.into_iter().map(|row| (row.id, row)).collect();
        // the name of a file may be that of the reporter
        let nameless = self.case.anonymous && [self.case.reporter_id, self.case.entered_by].contains(&Some(me));
        for (at, id) in ids.iter().enumerate() {
            let field = EVIDENCE.get(at).copied().unwrap_or("attachmentIds");
            let mut row = unused.remove(id).ok_or(CaseError::NotFound(field))?;
            if nameless {
                UNNAMED.clone_into(&mut row.file_name);
            }
            self.evidence.push(attachment::Model { kind: Some(kind), case_id: Some(self.case.id), ..row });
        }
        Ok(())
    }

    /// What comes with an entry that is made now.
    pub(super) fn told_with(&mut self, entry: CaseEventId) -> Vec<SavedAttachment> {
        let waiting = self.evidence.iter_mut().filter(|row| row.event_id.is_none());
        let told = waiting.zip(1..).map(|(row, position)| {
            (row.event_id, row.position) = (Some(entry), Some(position));
            SavedAttachment::of(row)
        });
        told.collect()
    }
}
