//! The mutations of areas.

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::ComplexId;

use super::Area;
use crate::{
    area::service::{self, Merge, NewArea, Part, Split},
    case::service::Terms,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        payload::answer,
        scalar::{AreaCode, Date},
    },
    payloads,
    record::graphql::{settled, terms},
};

/// Areas that one reform names at most.
const MOST: usize = 50;

/// A new area 设立区划.
#[derive(Clone, Debug, InputObject)]
pub struct CreateAreaInput {
    /// The area above 上级区划代码.
    pub parent_code: AreaCode,
    /// Its code, which tells its level and lies in that of the area above: 12 digits, of a grid 15, of a micro-grid 18 代码.
    pub code: AreaCode,
    /// Its name, at most 100 characters 名称.
    pub name: String,
    /// Its first day, not after today; today when left out 设立日.
    pub on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same area 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another name for an area 区划更名.
#[derive(Clone, Debug, InputObject)]
pub struct RenameAreaInput {
    /// Which area 区划代码.
    pub area_code: AreaCode,
    /// Its name from then on, at most 100 characters 新名称.
    pub name: String,
    /// The first day on which it is so called, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same area 幂等键.
    pub idempotency_key: Option<String>,
}

/// Merging areas into one 区划合并.
#[derive(Clone, Debug, InputObject)]
pub struct MergeAreasInput {
    /// The areas that end: communities, or subdistricts, of one parent; at most 50 被撤区划代码.
    pub from_codes: Vec<AreaCode>,
    /// The area that they become, of the same level and parent: one that exists, or a new one 并入区划代码.
    pub into_code: AreaCode,
    /// The name of a new one, at most 100 characters 新区划名称.
    pub into_name: Option<String>,
    /// The first day of the new order, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// The decree or document that says so, at most 100 characters 文件依据.
    pub document: Option<String>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: String,
    /// A name of your own for this call: a retry under the same key is answered with the same area 幂等键.
    pub idempotency_key: Option<String>,
}

/// What becomes of a part of an area that is split 拆分后的一个区划.
#[derive(Clone, Debug, InputObject)]
pub struct SplitPartInput {
    /// The code of the new area, of the same level and parent 代码.
    pub code: AreaCode,
    /// Its name, at most 100 characters 名称.
    pub name: String,
    /// The areas below that go to it, with all that lies in them 划入的下级区划代码.
    pub child_codes: Vec<AreaCode>,
    /// The complexes directly in the area that go to it 划入的小区.
    pub complex_ids: Vec<ID>,
}

/// Splitting an area 区划拆分.
#[derive(Clone, Debug, InputObject)]
pub struct SplitAreaInput {
    /// The community or subdistrict that ends 被拆分区划代码.
    pub area_code: AreaCode,
    /// What it becomes: two or more, at most 50. Each area below it and each complex in it goes to one of them; posts, party organisations, registers and
    /// cases that belong to none of these go to the first 拆分后的区划.
    pub into: Vec<SplitPartInput>,
    /// The first day of the new order, not after today; today when left out 生效日.
    pub on: Option<Date>,
    /// The decree or document that says so, at most 100 characters 文件依据.
    pub document: Option<String>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same area 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending an area in which nothing is left 撤销区划.
#[derive(Clone, Debug, InputObject)]
pub struct EndAreaInput {
    /// Which area 区划代码.
    pub area_code: AreaCode,
    /// The first day on which it is no more, not after today; today when left out 撤销生效日.
    pub on: Option<Date>,
    /// Why, in words, at most 4,000 characters 理由.
    pub reason: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same area 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// The new area 设立结果.
    CreateAreaPayload {
        /// The area; null where nothing was changed 区划.
        area: Area,
    }
    /// The renamed area 更名结果.
    RenameAreaPayload {
        /// The area; null where nothing was changed, but on `CONFLICT` as it stands now 区划.
        area: Area,
    }
    /// What the areas became 合并结果.
    MergeAreasPayload {
        /// The area that they were merged into; `predecessors` tells which. Null where nothing was changed 合并后的区划.
        area: Area,
    }
    /// The area that was split 拆分结果.
    SplitAreaPayload {
        /// The area that ended; `successors` tells what it became. Null where nothing was changed, but on `CONFLICT` as it stands now 原区划.
        area: Area,
    }
    /// The area that ended 撤销结果.
    EndAreaPayload {
        /// The area; null where nothing was changed, but on `CONFLICT` as it stands now 区划.
        area: Area,
    }
}

fn day(on: Option<Date>) -> Option<NaiveDate> {
    on.map(|day| day.0)
}

fn not_too_many<T>(list: &[T], field: &str) -> Result<(), Refusal> {
    if list.len() <= MOST {
        return Ok(());
    }
    Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", 1).with("high", MOST))
}

impl MergeAreasInput {
    fn decode(self) -> Result<(Terms, Merge), Refusal> {
        not_too_many(&self.from_codes, "fromCodes")?;
        let terms = terms!(new self);
        let merge = Merge {
            name: maybe_text(self.into_name.as_deref(), "intoName", TITLE)?,
            document: maybe_text(self.document.as_deref(), "document", TITLE)?,
            reason: text(&self.reason, "reason", TEXT)?,
            from: self.from_codes.into_iter().map(|code| code.0).collect(),
            into: self.into_code.0,
            on: day(self.on),
        };
        Ok((terms, merge))
    }
}

impl SplitAreaInput {
    fn decode(self) -> Result<(Terms, Split), Refusal> {
        not_too_many(&self.into, "into")?;
        let terms = terms!(self);
        let part = |(at, part): (usize, SplitPartInput)| {
            let complex = |(index, id): (usize, &ID)| id::required::<ComplexId>(id, &format!("into.{at}.complexIds.{index}"));
            Ok(Part {
                new: NewArea { code: part.code.0, name: text(&part.name, &format!("into.{at}.name"), TITLE)? },
                children: part.child_codes.into_iter().map(|code| code.0).collect(),
                complexes: part.complex_ids.iter().enumerate().map(complex).collect::<Result<_, _>>()?,
            })
        };
        let split = Split {
            document: maybe_text(self.document.as_deref(), "document", TITLE)?,
            reason: text(&self.reason, "reason", TEXT)?,
            area: self.area_code.0,
            into: self.into.into_iter().enumerate().map(part).collect::<Result<_, Refusal>>()?,
            on: day(self.on),
        };
        Ok((terms, split))
    }
}

#[derive(Default)]
pub struct AreaMutation;

#[Object]
impl AreaMutation {
    /// Sets up an area 设立区划, by an administrator of the area above it or higher up.
    async fn create_area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, its code and its name 上级、代码及名称")] input: CreateAreaInput,
    ) -> Option<Result<CreateAreaPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let (terms, name) = (terms!(new input), text(&input.name, "name", TITLE)?);
                Ok((terms, input.parent_code.0, NewArea { code: input.code.0, name }, day(input.on)))
            })();
            let cx = signed_in(ctx)?;
            let (area, user_errors) = settled(decoded, |(terms, parent, new, on)| service::create(cx, terms, parent, new, on)).await?;
            Ok(CreateAreaPayload { area, user_errors })
        })
        .await
    }

    /// Gives an area another name 区划更名, by an administrator of the area above it or higher up; the former one stays in `formerNames`. A grid with its unit is
    /// renamed by `updateGrid`.
    async fn rename_area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and its name 区划及新名称")] input: RenameAreaInput,
    ) -> Option<Result<RenameAreaPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let (terms, name) = (terms!(input), text(&input.name, "name", TITLE)?);
                let reason = maybe_text(input.reason.as_deref(), "reason", TEXT)?;
                Ok((terms, input.area_code.0, name, day(input.on), reason))
            })();
            let cx = signed_in(ctx)?;
            let run = |(terms, code, name, on, reason)| service::rename(cx, terms, code, name, on, reason);
            let (area, user_errors) = settled(decoded, run).await?;
            Ok(RenameAreaPayload { area, user_errors })
        })
        .await
    }

    /// Merges communities, or subdistricts, into one 区划合并 (撤并), by an administrator of the area above them or higher up. They end and stay to be asked for; what lies in
    /// them goes to the one: areas below with their codes, complexes, party organisations, committees, registers, posts, and open cases with all their deadlines.
    /// What is closed stays where it was; lists filtered by the one have it too, and whoever works there answers for it.
    async fn merge_areas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and into what 被撤区划及并入区划")] input: MergeAreasInput,
    ) -> Option<Result<MergeAreasPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (area, user_errors) = settled(input.decode(), |(terms, merge)| service::merge(cx, terms, merge)).await?;
            Ok(MergeAreasPayload { area, user_errors })
        })
        .await
    }

    /// Splits a community or a subdistrict into new ones 区划拆分, by an administrator of the area above it or higher up. It ends and stays to be asked for, with what was
    /// closed in it; open cases go where their complex, grid or area goes, with all their deadlines.
    async fn split_area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what it becomes 被拆分区划及去向")] input: SplitAreaInput,
    ) -> Option<Result<SplitAreaPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (area, user_errors) = settled(input.decode(), |(terms, split)| service::split(cx, terms, split)).await?;
            Ok(SplitAreaPayload { area, user_errors })
        })
        .await
    }

    /// Ends an area in which no area, complex, post or open case is left 撤销区划, by an administrator of the area above it or higher up. It stays to be asked for.
    async fn end_area(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 区划及理由")] input: EndAreaInput,
    ) -> Option<Result<EndAreaPayload, ApiError>> {
        answer(async {
            let decoded = (|| {
                let (terms, reason) = (terms!(input), text(&input.reason, "reason", TEXT)?);
                Ok((terms, input.area_code.0, day(input.on), reason))
            })();
            let cx = signed_in(ctx)?;
            let (area, user_errors) = settled(decoded, |(terms, code, on, reason)| service::end(cx, terms, code, on, reason)).await?;
            Ok(EndAreaPayload { area, user_errors })
        })
        .await
    }
}
