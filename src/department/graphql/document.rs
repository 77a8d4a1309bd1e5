//! `GoverningDocument` and its versions, and the mutations that draft, publish and withdraw them.

use std::collections::HashMap;

use async_graphql::{Context, ID};
use chrono::NaiveDate;
use entity::{DocumentKind, GoverningDocumentId, Provenance, document_version, governing_document};

use crate::{
    area::graphql::Area,
    case::service::Terms,
    department::{
        scope::{DocumentOrder, DocumentWhere, Documents, VERSIONS, VersionOrder, VersionWhere, Versions},
        service::{self, DraftChange, NewDocument, Publication},
    },
    graphql::{
        error::{ApiError, Refusal},
        filter::{DateFilter, EnumFilter, IdFilter, TextFilter, filters},
        id::{self, global},
        input::{TEXT, TITLE, maybe_text, text},
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date, DateTime},
    },
    object, orders,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, inputs, mutations},
        scope::OF_RECORD,
    },
};

object! {
    /// A document by which an area is governed 制度文件, such as a scheme 实施方案 or the rules of assessment 考评细则. It is drafted, published version by version, and withdrawn; what was published never changes and is public.
    GoverningDocument: governing_document::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its title 标题.
        title: &str = |row| &row.title,
        /// What it is 文件类型.
        kind: DocumentKind = |row| row.kind,
        /// When its first version was published; null while it is only a draft 首次公布时间.
        published_at: Option<DateTime> = |row| row.published_at.map(DateTime),
        /// The last day on which it held; null where it was not withdrawn 废止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// What is being drafted, in Markdown; null where nothing is, and for all but the officials of the area and above 草稿.
        async fn draft(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
            plan::get::<Self, _>(ctx, &self.0).await
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
    relations {
        /// The area it is for 适用区划.
        area: Area = |row| Some(row.area_id),
    }
    lists {
        /// What was published of it; the latest first 历次公布版本.
        versions: DocumentVersion(DocumentVersionFilter, DocumentVersionOrderField) = |row| row.id, VERSIONS,
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
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
    }
}

impl Listed for GoverningDocument {
    type Noun = Documents;
    type Filter = GoverningDocumentFilter;
    type Order = GoverningDocumentOrderField;

    const ORDER: (GoverningDocumentOrderField, OrderDirection) = (GoverningDocumentOrderField::Title, OrderDirection::Asc);
}

filters! {
    /// Which documents 制度文件筛选; all that is given must hold.
    GoverningDocumentFilter => DocumentWhere {
        /// By id 标识.
        id: IdFilter => id::<GoverningDocumentId>(DocumentWhere::Id),
        /// By title 标题.
        title: TextFilter => test(DocumentWhere::Title),
        /// By what it is 文件类型.
        kind: EnumFilter<DocumentKind> => test(DocumentWhere::Kind),
        /// By where the record comes from 数据来源.
        provenance: EnumFilter<Provenance> => test(DocumentWhere::Provenance),
        /// For areas in the subtree of this area 适用区划 (含下级).
        area: AreaCode => within(DocumentWhere::Within),
        /// A version of it holds on this day 在该日现行.
        on: Date => fact(|day| DocumentWhere::On(true, day.0)),
        /// Whether a version of it holds today 是否现行.
        current: bool => at(|current, clock| DocumentWhere::On(current, clock.today())),
        /// Whether anything of it has been published 是否已公布.
        published: bool => fact(DocumentWhere::Published),
        /// By the text of a published version 正文.
        version_text: TextFilter => test(DocumentWhere::Text),
    }
}

orders! {
    /// What documents are ordered by 制度文件排序字段.
    GoverningDocumentOrderField("GoverningDocumentOrder") => DocumentOrder {
        /// By title 标题.
        Title,
    }
}

object! {
    /// A published version of a governing document 制度文件版本. It never changes.
    DocumentVersion: document_version::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its place among the versions, from 1 on 版次.
        number: i32 = |row| row.seq,
        /// The number of the document; null where it has none 文号.
        document_number: Option<&str> = |row| row.number.as_deref(),
        /// The text, in Markdown 正文.
        text: &str = |row| &row.text,
        /// The first day on which it holds 生效日.
        effective_from: Date = |row| Date(row.effective_from),
        /// When it was published 公布时间.
        published_at: DateTime = |row| DateTime(row.published_at),
    }
    relations {
        /// The version that came after it; null for the latest 后续版本.
        replaced_by: Self,
        /// Who published it; null where you may not see the person 公布人.
        published_by: Person = |row| row.published_by,
        /// The document 制度文件.
        document: GoverningDocument = |row| Some(row.document_id),
    }
    fill |cx, rows, selection| {
        if selection.has("replacedBy") {
            let versions: Vec<_> = rows.iter().map(|rec| (rec.row.document_id, rec.row.seq)).collect();
            let following = service::following(cx, &versions).await?;
            plan::one_of::<Self, _, _>(cx, rows, selection, "replacedBy", |row| Some((row.document_id, row.seq)), following).await?;
        }
    }
}

impl Listed for DocumentVersion {
    type Noun = Versions;
    type Filter = DocumentVersionFilter;
    type Order = DocumentVersionOrderField;

    const ORDER: (DocumentVersionOrderField, OrderDirection) = (DocumentVersionOrderField::Sequence, OrderDirection::Desc);
}

filters! {
    /// Which versions 版本筛选; all that is given must hold.
    DocumentVersionFilter => VersionWhere {
        /// By document number 文号.
        document_number: TextFilter => test(VersionWhere::Number),
        /// By first day 生效日.
        effective_from: DateFilter => test(VersionWhere::EffectiveFrom),
    }
}

orders! {
    /// What versions are ordered by 版本排序字段.
    DocumentVersionOrderField("DocumentVersionOrder") => VersionOrder {
        /// By their place 版次.
        Sequence,
    }
}

inputs! {
    /// A new governing document 起草制度文件.
    creates DraftDocumentInput {
        /// The area it is for 适用区划.
        area: AreaCode,
        /// What it is 文件类型.
        kind: DocumentKind,
        /// Its title, at most 100 characters, which no other document of the area has that holds or is drafted 标题.
        title: String,
        /// The text in Markdown, at most 100000 characters 正文.
        text: String,
    }

    /// Another draft of a document 修改制度文件草稿.
    changes UpdateDocumentDraftInput {
        /// The document 制度文件.
        document_id: ID,
        /// Its title, while nothing of it is published; stays when left out 标题.
        title: Option<String>,
        /// The text in Markdown, at most 100000 characters; stays when left out 正文.
        text: Option<String>,
    }

    /// Publishing a draft 公布制度文件.
    changes PublishDocumentVersionInput {
        /// The document 制度文件.
        document_id: ID,
        /// The number of the document, at most 100 characters 文号.
        document_number: Option<String>,
        /// The first day on which it holds, after that of the version before; today when left out 生效日.
        effective_from: Option<Date>,
    }

    /// Withdrawing a document 废止制度文件.
    changes WithdrawDocumentInput {
        /// The document 制度文件.
        document_id: ID,
        /// The last day on which it holds; today when left out 废止日.
        ends_on: Option<Date>,
        /// Why 原因.
        reason: String,
    }
}

impl DraftDocumentInput {
    fn decode(self) -> Result<(Terms, NewDocument), Refusal> {
        let terms = self.terms()?;
        let (title, text) = (text(&self.title, "title", TITLE)?, text(&self.text, "text", LONGEST)?);
        Ok((terms, NewDocument { area: self.area.0, kind: self.kind, title, text }))
    }
}

impl UpdateDocumentDraftInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, DraftChange), Refusal> {
        let terms = self.terms()?;
        let change = DraftChange {
            title: self.title.as_deref().map(|title| text(title, "title", TITLE)).transpose()?,
            text: self.text.as_deref().map(|draft| text(draft, "text", LONGEST)).transpose()?,
        };
        Ok((terms, id::required(&self.document_id, "documentId")?, change))
    }
}

impl PublishDocumentVersionInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, Publication), Refusal> {
        let terms = self.terms()?;
        let number = maybe_text(self.document_number.as_deref(), "documentNumber", TITLE)?;
        Ok((terms, id::required(&self.document_id, "documentId")?, Publication { number, effective_from: day(self.effective_from) }))
    }
}

impl WithdrawDocumentInput {
    fn decode(self) -> Result<(Terms, GoverningDocumentId, Option<NaiveDate>, String), Refusal> {
        let terms = self.terms()?;
        Ok((terms, id::required(&self.document_id, "documentId")?, day(self.ends_on), text(&self.reason, "reason", TEXT)?))
    }
}

/// Characters of a text.
const LONGEST: usize = 100_000;

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

mutations! {
    DocumentMutation {
        /// Begins a governing document 起草制度文件, by an officer of the community, subdistrict or district it is for, or an administrator. The draft is there for officials of the area and above.
        draft_document(DraftDocumentInput: "Where, and what 区划及内容") -> DraftDocumentPayload { document: GoverningDocument } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::draft(cx, terms, new)
        };

        /// Changes the draft of a document, or begins that of its next version 修改制度文件草稿, by those who may begin one there. What is published stays as it is.
        update_document_draft(UpdateDocumentDraftInput: "Which, and what 文件及内容")
            -> UpdateDocumentDraftPayload { document: GoverningDocument } = |cx, input| {
            let (terms, id, change) = input.decode()?;
            service::update_draft(cx, terms, id, change)
        };

        /// Publishes the draft of a document as its next version 公布制度文件, by those who may begin one there. It is public from then on and never changes.
        publish_document_version(PublishDocumentVersionInput: "Which, and from when on 文件及生效日")
            -> PublishDocumentVersionPayload { document: GoverningDocument } = |cx, input| {
            let (terms, id, publication) = input.decode()?;
            service::publish(cx, terms, id, publication)
        };

        /// Withdraws a document 废止制度文件, by those who may begin one there. Its versions stay to be read.
        withdraw_document(WithdrawDocumentInput: "Which, and why 文件及原因")
            -> WithdrawDocumentPayload { document: GoverningDocument } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::withdraw(cx, terms, id, on, reason)
        };
    }
}
