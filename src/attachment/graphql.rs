//! `Attachment`, and the mutation that sends one in.

use std::{collections::HashMap, hash::Hash};

use async_graphql::{Context, ID, InputObject, Object};
use aws_lc_rs::digest::{SHA256, digest};
use entity::{EvidenceKind, attachment};

use super::{
    scope::{AttachmentOrder, AttachmentWhere, Attachments},
    service::{self, AttachmentError, MOST_BYTES, MOST_UNUSED, NewAttachment},
};
use crate::{
    app::Cx,
    case::graphql::{Case, CaseEvent, request_key},
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, Refusal, UserErrorCode},
        filter::{EnumFilter, filters},
        id::global,
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed, Rec, Selection},
        scalar::DateTime,
        upload::Upload,
    },
    object, orders, payloads,
};

object! {
    /// A photo, film or document 证据附件. For whoever sees its case and has to do with it; not for analysts, auditors and administrators, and never for the respondent.
    /// Before it is used in a case, for its uploader alone.
    Attachment: attachment::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The name of the file as it was sent in, without its folder, at most 200 characters; `已删除` where it was erased, `未命名` where it had none, and for what the reporter of an
        /// anonymous case, or who entered it for them, adds to it 文件名.
        file_name: &str = |row| &row.file_name,
        /// Its media type, by its content: `image/jpeg`, `image/png`, `image/webp`, `image/gif`, `image/heic`, `application/pdf`, `video/mp4` or `video/quicktime` 媒体类型.
        media_type: &str = |row| &row.media_type,
        /// Its size in bytes 大小 (字节).
        size: i32 = |row| row.size,
        /// The SHA-256 of its content, 64 hexadecimal digits; it stays when the content is erased 内容校验值.
        sha256: &str = |row| &row.sha256,
        /// What it shows; null until it is used 证据类型.
        kind: Option<EvidenceKind> = |row| row.kind,
        /// When it was sent in 上传时间.
        uploaded_at: DateTime = |row| row.uploaded_at.into(),
        /// When its content and name were erased on request; null where they were not 个人信息删除时间.
        erased_at: Option<DateTime> = |row| row.erased_at.map(DateTime),
    }
    resolvers {
        /// Where its content is to be had: a path on this server, signed, good for 15 minutes without any header, so that `<img>` can show it. Whoever has it can
        /// read the content. Null where it was erased 下载地址，15 分钟内有效.
        async fn url(&self, ctx: &Context<'_>) -> Option<Result<String, ApiError>> {
            cx(ctx).map(|cx| service::maybe_address(cx, &self.0.row)).transpose()
        }
    }
    relations {
        /// The case it is evidence in; null until it is used 案件.
        case: Case = |attachment| attachment.case_id,
        /// The entry of the timeline it came with, which says who added it; null until it is used 时间线事项.
        event: CaseEvent = |attachment| attachment.event_id,
    }
}

impl Listed for Attachment {
    type Noun = Attachments;
    type Filter = AttachmentFilter;
    type Order = AttachmentOrderField;

    const ORDER: (AttachmentOrderField, OrderDirection) = (AttachmentOrderField::UploadedAt, OrderDirection::Asc);
}

filters! {
    /// Which attachments 证据附件筛选; all that is given must hold.
    AttachmentFilter => AttachmentWhere {
        /// By what they show 证据类型.
        kind: EnumFilter<EvidenceKind> => test(AttachmentWhere::Kind),
    }
}

orders! {
    /// What attachments are ordered by 证据附件排序字段.
    AttachmentOrderField("AttachmentOrder") => AttachmentOrder {
        /// By when they were sent in 上传时间.
        UploadedAt,
    }
}

/// Hands each parent its `attachments`, those of the kind that is asked for; `found` are those of all parents.
pub async fn fill_attachments<M: Send + Sync, K: Copy + Eq + Hash + Send + Sync>(
    cx: &Cx,
    rows: &mut [Rec<M>],
    selection: &Selection<'_>,
    found: Vec<attachment::Model>,
    key_of: impl Fn(&M) -> K + Send + Sync,
    parent_of: impl Fn(&attachment::Model) -> Option<K> + Send + Sync,
) -> Result<(), ApiError> {
    for wanted in selection.wanted("attachments") {
        let kind: Option<EvidenceKind> = wanted.arg("kind")?;
        let these: Vec<attachment::Model> = found.iter().filter(|row| kind.is_none() || row.kind == kind).cloned().collect();
        let parents: Vec<Option<K>> = these.iter().map(&parent_of).collect();
        let objects = plan::wrap::<Attachment>(cx, these, &wanted.selection).await?;
        let mut of_each: HashMap<K, Vec<Attachment>> = HashMap::new();
        for (parent, object) in parents.into_iter().zip(objects) {
            if let Some(parent) = parent {
                of_each.entry(parent).or_default().push(object);
            }
        }
        plan::value_of(rows, &wanted, &key_of, &of_each);
    }
    Ok(())
}

impl From<AttachmentError> for ApiError {
    fn from(error: AttachmentError) -> Self {
        match error {
            AttachmentError::Forbidden => Refusal::new(UserErrorCode::Forbidden, "forbidden", "").into(),
            AttachmentError::Empty => Refusal::new(UserErrorCode::Required, "attachment-empty", "file").into(),
            AttachmentError::TooLarge => {
                Refusal::new(UserErrorCode::OutOfRange, "attachment-too-large", "file").with("max", MOST_BYTES / (1024 * 1024)).into()
            }
            AttachmentError::Type => Refusal::new(UserErrorCode::InvalidFormat, "attachment-type", "file").into(),
            AttachmentError::TooMany => {
                Refusal::new(UserErrorCode::OutOfRange, "attachment-too-many", "file").with("max", MOST_UNUSED).into()
            }
            AttachmentError::Case(error) => error.into(),
            AttachmentError::Db(error) => error.into(),
        }
    }
}

/// Sending in a photo, film or document 上传证据附件.
#[derive(Clone, Debug, InputObject)]
pub struct UploadAttachmentInput {
    /// JPEG, PNG, WebP, GIF, HEIC, PDF, MP4 or QuickTime (`.mov`) by its content, whatever its name; not empty, at most 10 MiB. Kept and handed out byte for byte, with what a
    /// photo says of where, when and with what it was taken: take that out first where it must not be known, as in an anonymous report 文件，原样保存，含照片的拍摄位置等信息.
    pub file: Upload,
    /// A name of your own for this call: a retry under the same key is answered with the same attachment 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    UploadAttachmentPayload {
        /// The attachment, which is not evidence in any case yet; null where nothing was taken in 证据附件.
        attachment: Attachment,
    }
}

#[derive(Default)]
pub struct AttachmentMutation;

#[Object]
impl AttachmentMutation {
    /// Sends in a photo, film or document, to be used once: by `reportCase` or `addCaseEvidence` 上传证据附件. By whoever may report. At most 50 may wait to be used; what is
    /// not used within 24 hours is deleted.
    async fn upload_attachment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file 文件")] input: UploadAttachmentInput,
    ) -> Option<Result<UploadAttachmentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let file = input.file.file(ctx, "file")?;
                let mut key = request_key(&input, input.idempotency_key.as_deref())?;
                if let Some(key) = &mut key {
                    // the same file too
                    key.body.extend_from_slice(digest(&SHA256, &file.content).as_ref());
                }
                let new = NewAttachment { file_name: file.name.clone(), content: file.content.clone() };
                Ok::<_, ApiError>(service::upload(cx, key, new).await?)
            };
            let (attachment, user_errors) = settle(run.await)?;
            Ok(UploadAttachmentPayload { attachment: attachment.flatten().map(plan::bare), user_errors })
        })
        .await
    }
}
