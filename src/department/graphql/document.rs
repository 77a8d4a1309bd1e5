//! `GoverningDocument` and its versions, and the mutations that draft, publish and withdraw them.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::{DocumentKind, GoverningDocumentId, Provenance, document_version, governing_document};
use futures_util::future::BoxFuture;

use crate::{
    app::Cx,
    area::graphql::Area,
    case::service::Terms,
    clock::Clock,
    db::filter::Filter,
    department::{
        scope::{DocumentOrder, DocumentWhere, Documents, VERSIONS, VersionOrder, VersionWhere, Versions},
        service::{self, DraftChange, NewDocument, Publication},
    },
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal},
        filter::{All, DateFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::{self, global},
        input::{TEXT, TITLE, maybe_text, text},
        page::OrderDirection,
        payload::answer,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date, DateTime},
    },
    object, orders, payloads,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, settled, terms},
        scope::OF_RECORD,
    },
};

/// A document by which an area is governed 制度文件, such as a scheme 实施方案 or the rules of assessment 考评细则. It is drafted, published version by version, and withdrawn; what was published never changes and is public.
#[derive(Clone)]
pub struct GoverningDocument(Arc<Rec<governing_document::Model>>);

object! {
    /// A document by which an area is governed 制度文件, such as a scheme 实施方案 or the rules of assessment 考评细则. It is drafted, published version by version, and withdrawn; what was published never changes and is public.
    GoverningDocument {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its title 标题.
        async fn title(&self) -> &str {
            &self.0.row.title
        }

        /// What it is 文件类型.
        async fn kind(&self) -> DocumentKind {
            self.0.row.kind
        }

        /// When its first version was published; null while it is only a draft 首次公布时间.
        async fn published_at(&self) -> Option<DateTime> {
            self.0.row.published_at.map(DateTime)
        }

        /// The last day on which it held; null where it was not withdrawn 废止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// What is being drafted, in Markdown; null where nothing is, and for all but the officials of the area and above 草稿.
        async fn draft(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
            plan::get::<Self, _>(ctx, &self.0).await
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The area it is for 适用区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The version that holds on a day; null where none does 现行版本.
        async fn current_version(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "On this day; today when left out 截至日期")] on: Option<Date>,
        ) -> Option<Result<DocumentVersion, ApiError>> {
            let _ = on;
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was published of it; the latest first 历次公布版本.
        versions: DocumentVersion(DocumentVersionFilter, DocumentVersionOrderField),
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for GoverningDocument {
    type Row = governing_document::Model;

    fn new(rec: Rec<governing_document::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<governing_document::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "area", |row| Some(row.area_id)).await?;
            let ids = plan::distinct(rows.iter().map(|rec| rec.row.id));
            if selection.has("draft") {
                let drafts = service::drafts(cx, &ids).await?;
                plan::value(rows, selection, "draft", |row| row.id, &drafts);
            }
            for wanted in selection.wanted("currentVersion") {
                let day = wanted.arg::<Date>("on")?.map_or_else(|| cx.clock.today(), |day| day.0);
                let (ids, versions): (Vec<_>, Vec<_>) = service::current(cx, &ids, day).await?.into_iter().unzip();
                let versions = plan::wrap::<DocumentVersion>(cx, versions, &wanted.selection).await?;
                let versions: HashMap<GoverningDocumentId, DocumentVersion> = ids.into_iter().zip(versions).collect();
                plan::value_of(rows, &wanted, |row| row.id, &versions);
            }
            plan::many::<DocumentVersion, _, _>(cx, rows, selection, "versions", |row| row.id, VERSIONS).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for GoverningDocument {
    type Noun = Documents;
    type Filter = GoverningDocumentFilter;
    type Order = GoverningDocumentOrderField;

    const ORDER: (GoverningDocumentOrderField, OrderDirection) = (GoverningDocumentOrderField::Title, OrderDirection::Asc);
}

/// Which documents 制度文件筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct GoverningDocumentFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By title 标题.
    pub title: Option<TextFilter>,
    /// By what it is 文件类型.
    pub kind: Option<EnumFilter<DocumentKind>>,
    /// By where the record comes from 数据来源.
    pub provenance: Option<EnumFilter<Provenance>>,
    /// For areas in the subtree of this area 适用区划 (含下级).
    pub area: Option<AreaCode>,
    /// A version of it holds on this day 在该日现行.
    pub on: Option<Date>,
    /// Whether a version of it holds today 是否现行.
    pub current: Option<bool>,
    /// Whether anything of it has been published 是否已公布.
    pub published: Option<bool>,
    /// By the text of a published version 正文.
    pub version_text: Option<TextFilter>,
}

impl Lower<DocumentWhere> for GoverningDocumentFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<DocumentWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .id::<GoverningDocumentId>(self.id, DocumentWhere::Id)?
            .test(self.title, DocumentWhere::Title)?
            .test(self.kind, DocumentWhere::Kind)?
            .test(self.provenance, DocumentWhere::Provenance)?
            .is(self.area.map(|code| DocumentWhere::Within(code.0)))
            .is(self.on.map(|day| DocumentWhere::On(true, day.0)))
            .is(self.current.map(|current| DocumentWhere::On(current, clock.today())))
            .is(self.published.map(DocumentWhere::Published))
            .test(self.version_text, DocumentWhere::Text)?
            .done())
    }
}

orders! {
    /// What documents are ordered by 制度文件排序字段.
    GoverningDocumentOrderField("GoverningDocumentOrder") => DocumentOrder {
        /// By title 标题.
        Title,
    }
}

/// A published version of a governing document 制度文件版本. It never changes.
#[derive(Clone)]
pub struct DocumentVersion(Arc<Rec<document_version::Model>>);

object! {
    /// A published version of a governing document 制度文件版本. It never changes.
    DocumentVersion {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its place among the versions, from 1 on 版次.
        async fn number(&self) -> i32 {
            self.0.row.seq
        }

        /// The number of the document; null where it has none 文号.
        async fn document_number(&self) -> Option<&str> {
            self.0.row.number.as_deref()
        }

        /// The text, in Markdown 正文.
        async fn text(&self) -> &str {
            &self.0.row.text
        }

        /// The first day on which it holds 生效日.
        async fn effective_from(&self) -> Date {
            Date(self.0.row.effective_from)
        }

        /// When it was published 公布时间.
        async fn published_at(&self) -> DateTime {
            DateTime(self.0.row.published_at)
        }


        /// Who published it; null where you may not see the person 公布人.
        async fn published_by(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The version that came after it; null for the latest 后续版本.
        async fn replaced_by(&self, ctx: &Context<'_>) -> Option<Result<Self, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The document 制度文件.
        async fn document(&self, ctx: &Context<'_>) -> Option<Result<GoverningDocument, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
}

impl Record for DocumentVersion {
    type Row = document_version::Model;

    fn new(rec: Rec<document_version::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(
        cx: &'a Cx,
        rows: &'a mut [Rec<document_version::Model>],
        selection: &'a Selection<'a>,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Person, _>(cx, rows, selection, "publishedBy", |row| row.published_by).await?;
            if selection.has("replacedBy") {
                let versions: Vec<_> = rows.iter().map(|rec| (rec.row.document_id, rec.row.seq)).collect();
                let following = service::following(cx, &versions).await?;
                plan::one_of::<Self, _, _>(cx, rows, selection, "replacedBy", |row| Some((row.document_id, row.seq)), following).await?;
            }
            plan::one::<GoverningDocument, _>(cx, rows, selection, "document", |row| Some(row.document_id)).await
        })
    }
}

impl Listed for DocumentVersion {
    type Noun = Versions;
    type Filter = DocumentVersionFilter;
    type Order = DocumentVersionOrderField;

    const ORDER: (DocumentVersionOrderField, OrderDirection) = (DocumentVersionOrderField::Sequence, OrderDirection::Desc);
}

/// Which versions 版本筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DocumentVersionFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By document number 文号.
    pub document_number: Option<TextFilter>,
    /// By first day 生效日.
    pub effective_from: Option<DateFilter>,
}

impl Lower<VersionWhere> for DocumentVersionFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<VersionWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .test(self.document_number, VersionWhere::Number)?
            .test(self.effective_from, VersionWhere::EffectiveFrom)?
            .done())
    }
}

orders! {
    /// What versions are ordered by 版本排序字段.
    DocumentVersionOrderField("DocumentVersionOrder") => VersionOrder {
        /// By their place 版次.
        Sequence,
    }
}

/// A new governing document 起草制度文件.
#[derive(Clone, Debug, InputObject)]
pub struct DraftDocumentInput {
    /// The area it is for 适用区划.
    pub area: AreaCode,
    /// What it is 文件类型.
    pub kind: DocumentKind,
    /// Its title, at most 100 characters, which no other document of the area has 标题.
    pub title: String,
    /// The text in Markdown, at most 100000 characters 正文.
    pub text: String,
    /// A name of your own for this call: a retry under the same key is answered with the same document 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another draft of a document 修改制度文件草稿.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateDocumentDraftInput {
    /// The document 制度文件.
    pub document_id: ID,
    /// Its title, while nothing of it is published; stays when left out 标题.
    pub title: Option<String>,
    /// The text in Markdown, at most 100000 characters; stays when left out 正文.
    pub text: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same document 幂等键.
    pub idempotency_key: Option<String>,
}

/// Publishing a draft 公布制度文件.
#[derive(Clone, Debug, InputObject)]
pub struct PublishDocumentVersionInput {
    /// The document 制度文件.
    pub document_id: ID,
    /// The number of the document, at most 100 characters 文号.
    pub document_number: Option<String>,
    /// The first day on which it holds, after that of the version before; today when left out 生效日.
    pub effective_from: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same document 幂等键.
    pub idempotency_key: Option<String>,
}

/// Withdrawing a document 废止制度文件.
#[derive(Clone, Debug, InputObject)]
pub struct WithdrawDocumentInput {
    /// The document 制度文件.
    pub document_id: ID,
    /// The last day on which it holds; today when left out 废止日.
    pub ends_on: Option<Date>,
    /// Why 原因.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same document 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    DraftDocumentPayload {
        /// The document; null where nothing was changed 制度文件.
        document: GoverningDocument,
    }
    /// What became of it 操作结果.
    UpdateDocumentDraftPayload {
        /// The document; null where nothing was changed, but on `CONFLICT` as it stands now 制度文件.
        document: GoverningDocument,
    }
    /// What became of it 操作结果.
    PublishDocumentVersionPayload {
        /// The document; null where nothing was changed, but on `CONFLICT` as it stands now 制度文件.
        document: GoverningDocument,
    }
    /// What became of it 操作结果.
    WithdrawDocumentPayload {
        /// The document; null where nothing was changed, but on `CONFLICT` as it stands now 制度文件.
        document: GoverningDocument,
    }
}

impl DraftDocumentInput {
    fn decode(self) -> Result<(Terms, NewDocument), Refusal> {
        let terms = terms!(new self);
        let (title, text) = (text(&self.title, "title", TITLE)?, text(&self.text, "text", LONGEST)?);
        Ok((terms, NewDocument { area: self.area.0, kind: self.kind, title, text }))
    }
}

impl UpdateDocumentDraftInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, DraftChange), Refusal> {
        let terms = terms!(self);
        let change = DraftChange {
            title: self.title.as_deref().map(|title| text(title, "title", TITLE)).transpose()?,
            text: self.text.as_deref().map(|draft| text(draft, "text", LONGEST)).transpose()?,
        };
        Ok((terms, id::required(&self.document_id, "documentId")?, change))
    }
}

impl PublishDocumentVersionInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, Publication), Refusal> {
        let terms = terms!(self);
        let number = maybe_text(self.document_number.as_deref(), "documentNumber", TITLE)?;
        Ok((terms, id::required(&self.document_id, "documentId")?, Publication { number, effective_from: day(self.effective_from) }))
    }
}

impl WithdrawDocumentInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, Option<NaiveDate>, String), Refusal> {
        let terms = terms!(self);
        Ok((terms, id::required(&self.document_id, "documentId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

/// Characters of a text.
const LONGEST: usize = 100_000;

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Begins a governing document 起草制度文件, by an officer of the community, subdistrict or district it is for, or an administrator. The draft is there for officials of the area and above.
    async fn draft_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what 区划及内容")] input: DraftDocumentInput,
    ) -> Option<Result<DraftDocumentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (document, user_errors) = settled(input.decode(), |(terms, new)| service::draft(cx, terms, new)).await?;
            Ok(DraftDocumentPayload { document, user_errors })
        })
        .await
    }

    /// Changes the draft of a document, or begins that of its next version 修改制度文件草稿, by those who may begin one there. What is published stays as it is.
    async fn update_document_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what 文件及内容")] input: UpdateDocumentDraftInput,
    ) -> Option<Result<UpdateDocumentDraftPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (document, user_errors) =
                settled(input.decode(), |(terms, id, change)| service::update_draft(cx, terms, id, change)).await?;
            Ok(UpdateDocumentDraftPayload { document, user_errors })
        })
        .await
    }

    /// Publishes the draft of a document as its next version 公布制度文件, by those who may begin one there. It is public from then on and never changes.
    async fn publish_document_version(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and from when on 文件及生效日")] input: PublishDocumentVersionInput,
    ) -> Option<Result<PublishDocumentVersionPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (document, user_errors) =
                settled(input.decode(), |(terms, id, publication)| service::publish(cx, terms, id, publication)).await?;
            Ok(PublishDocumentVersionPayload { document, user_errors })
        })
        .await
    }

    /// Withdraws a document 废止制度文件, by those who may begin one there. Its versions stay to be read.
    async fn withdraw_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 文件及原因")] input: WithdrawDocumentInput,
    ) -> Option<Result<WithdrawDocumentPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (document, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::withdraw(cx, terms, id, on, reason)).await?;
            Ok(WithdrawDocumentPayload { document, user_errors })
        })
        .await
    }
}
