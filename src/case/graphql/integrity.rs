//! `CaseFileIntegrity`: whether a case file is as it was written.

use std::collections::HashMap;

use async_graphql::SimpleObject;
use entity::{CaseFileFault, CaseId, case_file};

use crate::{
    app::Cx,
    case::{
        chain::{Fault, Verdict},
        service,
    },
    graphql::{
        error::{ApiError, message},
        plan::{self, Rec, Selection},
    },
};

/// Whether a case file is as it was written 案卷完整性: each entry carries the hash of the one before, and the hash of the last stands for all. Of attachments, what
/// is written of them is checked here; whether their content is what was sent in, `chuishao verify` checks too.
#[derive(Clone, SimpleObject)]
pub struct CaseFileIntegrity {
    /// Whether everything agrees 是否完整.
    pub intact: bool,
    /// How many entries were recomputed 校验事项数.
    pub events: i32,
    /// The hash of the last entry, hexadecimal: noted elsewhere, it proves what the file held; null where the last entry has none 末项校验值.
    pub head: Option<String>,
    /// The first thing that disagrees; null where everything agrees 首处异常.
    pub broken: Option<CaseFileBreak>,
}

/// Where a case file disagrees with itself 案卷异常.
#[derive(Clone, SimpleObject)]
pub struct CaseFileBreak {
    /// The entry at which it shows 事项序号.
    pub sequence: i32,
    /// What is wrong, for programs 异常类型.
    pub reason: CaseFileFault,
    /// What is wrong, for people: in Chinese, or in English by `Accept-Language` 说明.
    pub message: String,
}

impl From<Verdict> for CaseFileIntegrity {
    fn from(verdict: Verdict) -> Self {
        Self {
            intact: verdict.broken.is_none(),
            events: i32::try_from(verdict.entries).unwrap_or(i32::MAX),
            head: verdict.head,
            broken: verdict.broken.map(Into::into),
        }
    }
}

impl From<Fault> for CaseFileBreak {
    fn from(fault: Fault) -> Self {
        let (_, key) = WORDS.iter().find(|(what, _)| *what == fault.what).copied().unwrap_or((fault.what, "file-changed"));
        Self { sequence: fault.seq, reason: fault.what, message: message(key, &[]) }
    }
}

/// The message of each.
const WORDS: &[(CaseFileFault, &str)] = &[
    (CaseFileFault::NotChained, "file-not-chained"),
    (CaseFileFault::Missing, "file-missing"),
    (CaseFileFault::OutOfOrder, "file-out-of-order"),
    (CaseFileFault::Unlinked, "file-unlinked"),
    (CaseFileFault::Changed, "file-changed"),
    (CaseFileFault::PersonalChanged, "file-personal-changed"),
    (CaseFileFault::ErasedUnrecorded, "file-erased-unrecorded"),
    (CaseFileFault::CaseChanged, "file-case-changed"),
    (CaseFileFault::WhistleChanged, "file-whistle-changed"),
    (CaseFileFault::WhistleUnrecorded, "file-whistle-unrecorded"),
    (CaseFileFault::AttachmentChanged, "file-attachment-changed"),
];

pub(super) async fn fill_integrity(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("fileIntegrity") {
        return Ok(());
    }
    let verdicts = service::integrity(cx, plan::distinct(rows.iter().map(|r| r.row.id))).await?;
    let found: HashMap<CaseId, CaseFileIntegrity> = verdicts.into_iter().map(|(id, verdict)| (id, verdict.into())).collect();
    plan::value(rows, selection, "fileIntegrity", |case| case.id, &found);
    Ok(())
}
