//! `ImportJob`, its problems, and how one is started and followed.

use std::{collections::HashMap, time::Duration};

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, Subscription};
use aws_lc_rs::digest::{SHA256, digest};
use entity::{ImportJobId, ImportKind, ImportStatus, import_job, import_problem};
use futures_util::{Stream, stream};

use super::{
    scope::{self, ImportJobOrder, ImportJobWhere, ImportJobs, ImportProblemOrder, ImportProblemWhere, ImportProblems},
    service::{self, ImportError, NewImport},
};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::graphql::request_key,
    db::filter::Filter,
    graphql::{
        context::{request, signed_in},
        error::{ApiError, Refusal, UserErrorCode, message_in},
        filter::{All, DateTimeFilter, EnumFilter, IdFilter, Lower, TextFilter},
        id::{self, global},
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed},
        scalar::DateTime,
        upload::Upload,
    },
    object, orders, payloads,
    person::{self, graphql::Person},
    query,
};

object! {
    /// A table that was sent to be taken in 导入任务: all of it or nothing. It is seen by whoever started it and by the administrators of the area. It survives a restart: it is
    /// begun anew by whichever server comes first.
    ImportJob: import_job::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What the table is about 导入对象.
        kind: ImportKind = |row| row.kind,
        /// The name of the file, as it was sent 文件名.
        file_name: &str = |row| &row.file_name,
        /// Where it stands 状态.
        status: ImportStatus = |row| row.status,
        /// Lines that have been dealt with 已处理行数.
        lines_read: i32 = |row| row.lines_read,
        /// Lines of the table that could be read, the header aside; null until it has been read 总行数.
        lines_total: Option<i32> = |row| row.lines_total,
        /// Records that are new; null until it is done 新增条数.
        created: Option<i32> = |row| row.created,
        /// Records that were changed; null until it is done 更新条数.
        changed: Option<i32> = |row| row.changed,
        /// Lines that say what was known; null until it is done 未变条数.
        unchanged: Option<i32> = |row| row.unchanged,
        /// When it was sent 提交时间.
        queued_at: DateTime = |row| row.queued_at.into(),
        /// When it was first begun; null while it waits 开始时间.
        started_at: Option<DateTime> = |row| row.started_at.map(DateTime::from),
        /// When it ended, one way or another; null until then 结束时间.
        finished_at: Option<DateTime> = |row| row.finished_at.map(DateTime::from),
        /// Counts the changes of this record, from 1 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// Who started it 提交人.
        started_by: Person = |job| Some(job.started_by),
        /// The highest area that they administered 提交人管理的区划.
        area: Area = |job| Some(job.area_id),
    }
    lists {
        /// Every line for which the table was not taken in, in their order; kept as long as events are 问题.
        problems: ImportProblem(ImportProblemFilter, ImportProblemOrderField) = |job| job.id, scope::OF_JOB,
    }
    fill |cx, rows, selection| {
        for rec in rows.iter_mut() {
            rec.row = service::reached(cx, rec.row.clone());
        }
    }
}

impl Listed for ImportJob {
    type Noun = ImportJobs;
    type Filter = ImportJobFilter;
    type Order = ImportJobOrderField;

    const ORDER: (ImportJobOrderField, OrderDirection) = (ImportJobOrderField::QueuedAt, OrderDirection::Desc);
}

/// Which imports 导入任务筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ImportJobFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By what they are about 导入对象.
    pub kind: Option<EnumFilter<ImportKind>>,
    /// By where they stand 状态.
    pub status: Option<EnumFilter<ImportStatus>>,
    /// By when they were sent 提交时间.
    pub queued_at: Option<DateTimeFilter>,
}

impl Lower<ImportJobWhere> for ImportJobFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<ImportJobWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?
            .id::<ImportJobId>(self.id, ImportJobWhere::Id)?
            .test(self.kind, ImportJobWhere::Kind)?
            .test(self.status, ImportJobWhere::Status)?
            .test(self.queued_at, ImportJobWhere::QueuedAt)?
            .done())
    }
}

orders! {
    /// What imports are ordered by 导入任务排序字段.
    ImportJobOrderField("ImportJobOrder") => ImportJobOrder {
        /// By when they were sent 提交时间.
        QueuedAt,
    }
}

object! {
    /// A line for which a table was not taken in 导入问题.
    ImportProblem: import_problem::Model {
        /// The line, counted from 1 as editors do 行号.
        line: i32 = |row| row.line,
        /// The title of the column; null where the line as a whole is meant 列名.
        column: Option<&str> = |row| row.column_title.as_deref(),
    }
    resolvers {
        /// What is wrong: in Chinese, or in English by `Accept-Language` 原因.
        async fn message(&self) -> String {
            let args: HashMap<String, String> = serde_json::from_str(&self.0.row.args).unwrap_or_default();
            message_in(request().language, &self.0.row.message, &args.into_iter().collect::<Vec<_>>())
        }
    }
}

impl Listed for ImportProblem {
    type Noun = ImportProblems;
    type Filter = ImportProblemFilter;
    type Order = ImportProblemOrderField;

    const ORDER: (ImportProblemOrderField, OrderDirection) = (ImportProblemOrderField::Line, OrderDirection::Asc);
}

/// Which problems 导入问题筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ImportProblemFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By the title of the column 列名.
    pub column: Option<TextFilter>,
}

impl Lower<ImportProblemWhere> for ImportProblemFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<ImportProblemWhere>, ApiError> {
        Ok(All::of(cx, self.and, self.or, self.not)?.test(self.column, ImportProblemWhere::Column)?.done())
    }
}

orders! {
    /// What problems are ordered by 导入问题排序字段.
    ImportProblemOrderField("ImportProblemOrder") => ImportProblemOrder {
        /// By line 行号.
        Line,
    }
}

/// A column of a table that can be taken in 导入列.
#[derive(SimpleObject)]
pub struct ImportColumn {
    /// Its name for programs 列名 (英文).
    pub name: &'static str,
    /// Its name for people; a header may have either 列名.
    pub name_zh: &'static str,
    /// Whether it must be there 是否必填.
    pub required: bool,
    /// What is written in it, in Chinese 填写说明.
    pub description: &'static str,
}

query! {
    ImportQuery {
        /// The columns of a table of this kind, in the order of its template 导入列.
        async fn import_columns(&self, #[graphql(desc = "What the table is about 导入对象")] kind: ImportKind) -> Vec<ImportColumn> {
            let shown = |column: &crate::sheet::Column| {
                ImportColumn { name: column.key, name_zh: column.title, required: column.required, description: column.note }
            };
            service::columns(kind).iter().map(shown).collect()
        }

        /// An empty table of this kind to fill in, as CSV that Excel knows for UTF-8 导入模板.
        async fn import_template(&self, #[graphql(desc = "What the table is about 导入对象")] kind: ImportKind) -> Result<String, ApiError> {
            service::template(kind).map_err(|cause| ApiError::internal(&cause))
        }
    }
    lists {
        /// The imports that you or others have started in the areas that you administer; empty for whoever administers none and started none 导入任务.
        import_jobs: ImportJob(ImportJobFilter, ImportJobOrderField),
    }
}

impl From<ImportError> for ApiError {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Forbidden => Refusal::new(UserErrorCode::Forbidden, "forbidden", "").into(),
            ImportError::Empty => Refusal::new(UserErrorCode::Required, "import-empty-file", "file").into(),
            ImportError::Case(error) => error.into(),
            ImportError::Db(error) => error.into(),
        }
    }
}

/// Having a table taken in 导入.
#[derive(Clone, Debug, InputObject)]
pub struct StartImportInput {
    /// What the table is about; `importColumns` has its columns 导入对象.
    pub kind: ImportKind,
    /// CSV (UTF-8 or GB 18030) or XLSX (its first visible sheet), the first line the names of the columns; at most 64 MiB 文件.
    pub file: Upload,
    /// A name of your own for this call: a retry under the same key is answered with the same job 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    StartImportPayload {
        /// The job, which waits for its turn; null where nothing was changed 导入任务.
        import_job: ImportJob,
    }
}

#[derive(Default)]
pub struct ImportMutation;

#[Object]
impl ImportMutation {
    /// Has a table taken in 导入, by an administrator: of an area, for lines that lie in it; of a province, for all. All lines are taken in, or none; the same table again changes nothing. Follow
    /// it with `importProgress`.
    async fn start_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which table 表格")] input: StartImportInput,
    ) -> Option<Result<StartImportPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let file = input.file.file(ctx, "file")?;
                let mut key = request_key(&input, input.idempotency_key.as_deref())?;
                if let Some(key) = &mut key {
                    // the same file too
                    key.body.extend_from_slice(digest(&SHA256, &file.content).as_ref());
                }
                let new = NewImport { kind: input.kind, file_name: file.name.clone(), content: file.content.clone() };
                Ok::<_, ApiError>(service::start_import(cx, key, new).await?)
            };
            let (job, user_errors) = settle(run.await)?;
            Ok(StartImportPayload { import_job: job.flatten().map(plan::bare), user_errors })
        })
        .await
    }
}

/// How often it is looked how far an import is.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Default)]
pub struct ImportSubscription;

#[Subscription]
impl ImportSubscription {
    /// How far an import is 导入进度: as it stands, then each change, at most four a second; ends when it does. Whoever comes back later asks anew, there is nothing to
    /// resume.
    async fn import_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which import 导入任务")] job_id: ID,
    ) -> Result<impl Stream<Item = Result<ImportJob, ApiError>>, ApiError> {
        let cx = signed_in(ctx)?.clone();
        let id = id::required(&job_id, "jobId")?;
        let first = service::maybe_now(&cx, id).await?.ok_or_else(|| Refusal::not_found("jobId"))?;
        Ok(stream::unfold(Some((cx, None, first)), next))
    }
}

type Following = Option<(Cx, Option<import_job::Model>, import_job::Model)>;

/// The next change: what was told last, and what is seen now. By the rights held then; ends where the job is not to be seen any more.
async fn next(following: Following) -> Option<(Result<ImportJob, ApiError>, Following)> {
    let (mut cx, told, mut seen) = following?;
    while told.as_ref() == Some(&seen) {
        tokio::time::sleep(LOOK).await;
        let looked = async {
            let Some(cx) = person::service::maybe_renewed(&cx).await? else { return Ok(None) };
            let row = service::maybe_now(&cx, seen.id).await?;
            Ok::<_, ApiError>(row.map(|row| (cx, row)))
        };
        match looked.await {
            Ok(now) => (cx, seen) = now?,
            Err(error) => return Some((Err(error), None)),
        }
    }
    let over = seen.finished_at.is_some();
    let job = plan::bare(seen.clone());
    Some((Ok(job), (!over).then_some((cx, Some(seen.clone()), seen))))
}
