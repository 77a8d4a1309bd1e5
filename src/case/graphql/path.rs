//! `HandlingPath`, its list at the root, and the mutations that set and end paths.

use async_graphql::{Context, ID, InputObject, Object};
use entity::{CaseCategory, HandlerKind, HandlingPathId, MatterId, handling_path};

use super::{inputs::Decoded, request::request_key, stale};
use crate::{
    area::graphql::Area,
    case::{
        model::path::{Misstep, check},
        scope::{HandlingPaths, PathOrder, PathWhere},
        service::{self, NewPath, PathError, Terms},
    },
    department::graphql::Matter,
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, Refusal, UserError, UserErrorCode},
        filter::{DateTimeFilter, EnumFilter, IdFilter, filters},
        id::{self, global},
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed},
        scalar::{AreaCode, DateTime},
    },
    object, orders, payloads, query,
};

object! {
    /// Along which kinds of unit a case goes 处置路径: a resident's report calls the first of them that the place has, and whoever has the case may whistle the
    /// next. Of the paths in force that fit a case, the most exact one holds: a district's own before those for everywhere, then by matter and by category.
    /// A change is a new version; cases name the one that held when they were reported, or last classified. Where none is set, a case goes to the grid,
    /// the community, the subdistrict and the district. Escalation is supervision and keeps to the superiors of those called, whatever the path.
    HandlingPath: handling_path::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// For cases of this class of problem; null: of any 问题类别.
        category: Option<CaseCategory> = |row| row.category,
        /// The kinds of unit, in the order in which it is their turn; what a place lacks, and whoever is complained of, is passed over 处置顺序.
        steps: Vec<HandlerKind> = |row| row.steps.0.clone(),
        /// Rises by one with each change of what is for the very same cases 版本.
        version: i32 = |row| row.version,
        /// Since when 生效时间.
        made_at: DateTime = |row| row.made_at.into(),
        /// Until when; null while it is in force 失效时间.
        ended_at: Option<DateTime> = |row| row.ended_at.map(DateTime),
    }
    relations {
        /// The district, or the city without districts, that it is for; null: everywhere 适用区划.
        area: Area = |path| path.district_id,
        /// For cases of this matter; null: of any, or of none 事项.
        matter: Matter = |path| path.matter_id,
    }
}

impl Listed for HandlingPath {
    type Noun = HandlingPaths;
    type Filter = HandlingPathFilter;
    type Order = HandlingPathOrderField;

    const ORDER: (HandlingPathOrderField, OrderDirection) = (HandlingPathOrderField::MadeAt, OrderDirection::Asc);
}

filters! {
    /// Which paths 处置路径筛选; all that is given must hold.
    HandlingPathFilter => PathWhere {
        /// By id 标识.
        id: IdFilter => id::<HandlingPathId>(PathWhere::Id),
        /// Whether they are in force 是否有效.
        in_force: bool => fact(PathWhere::InForce),
        /// Whether they are for everywhere, or for one district 是否全域适用.
        everywhere: bool => fact(PathWhere::Everywhere),
        /// By the class of problem that they are for 问题类别.
        category: EnumFilter<CaseCategory> => test(PathWhere::Category),
        /// By the matter that they are for 事项.
        matter_id: IdFilter => id::<MatterId>(PathWhere::Matter),
        /// By when they were made 生效时间.
        made_at: DateTimeFilter => test(PathWhere::MadeAt),
        /// For districts in the subtree of this area; those for everywhere are not among them 适用区划 (含下级).
        area: AreaCode => within(PathWhere::Within),
    }
}

orders! {
    /// What paths are ordered by 处置路径排序字段.
    HandlingPathOrderField("HandlingPathOrder") => PathOrder {
        /// By when they were made 生效时间.
        MadeAt,
    }
}

query! {
    HandlingPathQuery {}
    lists {
        /// Along which units cases go, now and before; none for visitors who are not signed in 处置路径.
        handling_paths: HandlingPath(HandlingPathFilter, HandlingPathOrderField),
    }
}

/// Saying along which units cases go 设置处置路径. What is left out of category and matter is not distinguished by.
#[derive(Clone, Debug, InputObject)]
pub struct SetHandlingPathInput {
    /// The district, or the city without districts; everywhere when left out 适用区划.
    pub area: Option<AreaCode>,
    /// For cases of this class of problem only 问题类别.
    pub category: Option<CaseCategory>,
    /// For cases of this matter only, which is of that district's catalogue, and of the category where one is given 事项.
    pub matter_id: Option<ID>,
    /// The kinds of unit in their order, one at least and each once. A level never falls from one to the next, so the district is the last of the areas;
    /// `DEPARTMENT` stands anywhere after the community, the subdistrict or the district 处置顺序.
    pub steps: Vec<HandlerKind>,
    /// The version in force that you looked at, 0 for none; where it is another now, nothing is done and the answer is `CONFLICT` with the path as it
    /// stands 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key makes no other version and is answered with the
    /// first. Keys are yours alone and kept for at least 24 hours. Anything else under a key in use is refused with `IDEMPOTENCY_KEY_REUSED`
    /// 幂等键：以同一键重试，不重复执行.
    pub idempotency_key: Option<String>,
}

impl SetHandlingPathInput {
    fn terms(&self) -> Decoded<Terms> {
        Ok(Terms { expected: self.expected_version, key: request_key(self, self.idempotency_key.as_deref())? })
    }

    fn decode(self) -> Decoded<NewPath> {
        check(&self.steps).map_err(refused)?;
        Ok(NewPath {
            matter: self.matter_id.map(|id| id::required(&id, "matterId")).transpose()?,
            area: self.area.map(|code| code.0),
            category: self.category,
            steps: self.steps,
        })
    }
}

fn refused(misstep: Misstep) -> Refusal {
    let (code, message) = match misstep {
        Misstep::Empty => (UserErrorCode::Required, "required"),
        Misstep::Twice => (UserErrorCode::Mismatch, "named-twice"),
        Misstep::Falls => (UserErrorCode::Mismatch, "path-falls"),
        Misstep::EarlyDepartment => (UserErrorCode::Mismatch, "path-department-early"),
    };
    Refusal::new(code, message, "steps")
}

/// Ending a path 终止处置路径.
#[derive(Clone, Debug, InputObject)]
pub struct EndHandlingPathInput {
    /// The path 处置路径.
    pub path_id: ID,
    /// The version you looked at; where it is another, nothing is done and the answer is `CONFLICT` with the path as it stands 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call, such as a UUID, of 1 to 100 characters: a retry under the same key ends nothing again and is answered with the same
    /// path. Keys are yours alone and kept for at least 24 hours. Anything else under a key in use is refused with `IDEMPOTENCY_KEY_REUSED`
    /// 幂等键：以同一键重试，不重复执行.
    pub idempotency_key: Option<String>,
}

impl EndHandlingPathInput {
    fn terms(&self) -> Decoded<Terms> {
        Ok(Terms { expected: self.expected_version, key: request_key(self, self.idempotency_key.as_deref())? })
    }
}

payloads! {
    /// What became of it 操作结果.
    SetHandlingPathPayload {
        /// The path as it is now; null where nothing was changed, but on `CONFLICT` as it stands 处置路径.
        handling_path: HandlingPath,
    }
    /// What became of it 操作结果.
    EndHandlingPathPayload {
        /// The path as it is now; null where nothing was changed, but on `CONFLICT` as it stands 处置路径.
        handling_path: HandlingPath,
    }
}

impl From<PathError> for ApiError {
    fn from(error: PathError) -> Self {
        match error {
            PathError::NotADistrict => Refusal::new(UserErrorCode::OutOfRange, "not-a-district", "area").into(),
            PathError::Conflict(_) => stale().into(),
            PathError::Case(error) => error.into(),
            PathError::Db(error) => error.into(),
        }
    }
}

/// A use case that was called, or an input that cannot be.
type Run = Result<Result<handling_path::Model, PathError>, ApiError>;

type Answer = (Option<HandlingPath>, Vec<UserError>);

fn answered(run: Run) -> Result<Answer, ApiError> {
    if let Ok(Err(PathError::Conflict(path))) = run {
        return Ok((path.map(|path| plan::bare(*path)), vec![stale().say()]));
    }
    let (path, user_errors) = settle(run.and_then(|done| Ok(done?)))?;
    Ok((path.map(plan::bare::<HandlingPath>), user_errors))
}

#[derive(Default)]
pub struct HandlingPathMutation;

#[Object]
impl HandlingPathMutation {
    /// Says along which units cases go 设置处置路径, as a new version where there is a path for the very same cases. By an administrator of the district or of an
    /// area above it; for everywhere by an administrator of a province. Cases that are there already go on as before, until they are classified again.
    /// Whoever is called handles the case and learns who reported it, unless the report is anonymous. What is reported of property firms, `PROPERTY_SERVICE`, passes over the firm.
    async fn set_handling_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which cases and along which units 适用范围及顺序")] input: SetHandlingPathInput,
    ) -> Option<Result<SetHandlingPathPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let terms = input.terms()?;
                Ok(service::set_path(cx(ctx)?, terms, input.decode()?).await)
            };
            let (handling_path, user_errors) = answered(run.await)?;
            Ok(SetHandlingPathPayload { handling_path, user_errors })
        })
        .await
    }

    /// Ends a path 终止处置路径: the next most exact one holds instead, at last that over grid, community, subdistrict and district. By those who may set it.
    /// Cases that go it stay on it.
    async fn end_handling_path(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which path 处置路径")] input: EndHandlingPathInput,
    ) -> Option<Result<EndHandlingPathPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: HandlingPathId = id::required(&input.path_id, "pathId")?;
                Ok(service::end_path(cx(ctx)?, id, input.terms()?).await)
            };
            let (handling_path, user_errors) = answered(run.await)?;
            Ok(EndHandlingPathPayload { handling_path, user_errors })
        })
        .await
    }
}
