//! The mutations of what belongs to a complex: stairwells, dwellings, courtyards, honours.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use chrono::NaiveDate;
use entity::{BuildingId, ComplexHonourId, ComplexId, CourtyardId, DwellingId, DwellingUse, FloorAreaSource, StairwellId};

use super::{
    Complex, ComplexHonour, Courtyard, Dwelling, Stairwell,
    mutation::{floor_area, floors, households, told_as},
};
use crate::{
    case::service::Terms,
    complex::service::{
        distinctions::{self, NewHonour},
        parts::{self, DwellingTold, NewDwelling, StairwellTold},
    },
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal},
        id,
        input::{TEXT, TITLE, text, within},
        payload::answer,
        plan::{self, Selection},
        scalar::{Date, Decimal},
    },
    payloads,
    record::graphql::{settled, settled_all, terms},
};

const NAME: usize = 50;
/// Dwellings that one call enters at most.
const MOST_DWELLINGS: usize = 500;

/// A new stairwell 新增单元.
#[derive(Clone, Debug, InputObject)]
pub struct AddStairwellInput {
    /// The building 楼栋.
    pub building_id: ID,
    /// Its number, which no other stairwell of the building has 序号.
    pub number: i32,
    /// Its name, at most 50 characters; such as 1单元 by its number when left out 名称.
    pub name: Option<String>,
    /// How many floors, 1 to 200 层数.
    pub floors: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same stairwell 幂等键.
    pub idempotency_key: Option<String>,
}

/// What is to be recorded of a stairwell; what is left out stays as it is 修改单元.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateStairwellInput {
    /// The stairwell 单元.
    pub stairwell_id: ID,
    /// Its number, which no other stairwell of the building has 序号.
    pub number: Option<i32>,
    /// Its name, at most 50 characters 名称.
    pub name: Option<String>,
    /// How many floors, 1 to 200; null takes it out 层数.
    pub floors: MaybeUndefined<i32>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same stairwell 幂等键.
    pub idempotency_key: Option<String>,
}

/// The end of a stairwell, with its dwellings 单元终止.
#[derive(Clone, Debug, InputObject)]
pub struct EndStairwellInput {
    /// The stairwell 单元.
    pub stairwell_id: ID,
    /// Its last day, not after today; today when left out 终止日.
    pub ended_on: Option<Date>,
    /// Why, at most 4,000 characters 原因.
    pub note: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same stairwell 幂等键.
    pub idempotency_key: Option<String>,
}

/// A dwelling to enter 专有部分.
#[derive(Clone, Debug, InputObject)]
pub struct DwellingInput {
    /// The building, of the complex 楼栋.
    pub building_id: ID,
    /// The stairwell, of the building 单元.
    pub stairwell_id: Option<ID>,
    /// Its number, such as 3-1-502, at most 50 characters, which no other dwelling of the building has 编号.
    pub number: String,
    /// What it is used for; `RESIDENTIAL` when left out 用途.
    #[graphql(name = "use")]
    pub used_as: Option<DwellingUse>,
    /// The floor area in m², two places 专有部分面积.
    pub floor_area: Option<Decimal>,
    /// What the floor area is taken from; `DECLARED` when left out 面积来源.
    pub area_source: Option<FloorAreaSource>,
}

/// New dwellings 新增专有部分.
#[derive(Clone, Debug, InputObject)]
pub struct AddDwellingsInput {
    /// The complex 小区.
    pub complex_id: ID,
    /// The dwellings, 1 to 500: all of them are entered or none 专有部分.
    pub dwellings: Vec<DwellingInput>,
    /// A name of your own for this call: a retry under the same key enters nothing more 幂等键.
    pub idempotency_key: Option<String>,
}

/// What is to be recorded of a dwelling; what is left out stays as it is 修改专有部分.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateDwellingInput {
    /// The dwelling 专有部分.
    pub dwelling_id: ID,
    /// Its number, at most 50 characters, which no other dwelling of the building has 编号.
    pub number: Option<String>,
    /// The stairwell, of its building; null: none 单元.
    pub stairwell_id: MaybeUndefined<ID>,
    /// What it is used for 用途.
    #[graphql(name = "use")]
    pub used_as: Option<DwellingUse>,
    /// The floor area in m², two places; null takes it out 专有部分面积.
    pub floor_area: MaybeUndefined<Decimal>,
    /// What the floor area is taken from; `DECLARED` when left out with another area 面积来源.
    pub area_source: Option<FloorAreaSource>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same dwelling 幂等键.
    pub idempotency_key: Option<String>,
}

/// The end of a dwelling 专有部分终止.
#[derive(Clone, Debug, InputObject)]
pub struct EndDwellingInput {
    /// The dwelling 专有部分.
    pub dwelling_id: ID,
    /// Its last day, not after today; today when left out 终止日.
    pub ended_on: Option<Date>,
    /// Why, at most 4,000 characters 原因.
    pub note: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same dwelling 幂等键.
    pub idempotency_key: Option<String>,
}

/// A new courtyard 新增院子.
#[derive(Clone, Debug, InputObject)]
pub struct AddCourtyardInput {
    /// The complex 小区.
    pub complex_id: ID,
    /// Its name, at most 100 characters, which no other courtyard of the complex has 名称.
    pub name: String,
    /// How many households 户数.
    pub households: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same courtyard 幂等键.
    pub idempotency_key: Option<String>,
}

/// What is to be recorded of a courtyard; what is left out stays as it is 修改院子.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateCourtyardInput {
    /// The courtyard 院子.
    pub courtyard_id: ID,
    /// Its name, at most 100 characters, which no other courtyard of the complex has 名称.
    pub name: Option<String>,
    /// How many households; null takes it out 户数.
    pub households: MaybeUndefined<i32>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same courtyard 幂等键.
    pub idempotency_key: Option<String>,
}

/// The end of a courtyard 院子终止.
#[derive(Clone, Debug, InputObject)]
pub struct EndCourtyardInput {
    /// The courtyard 院子.
    pub courtyard_id: ID,
    /// Its last day, not after today; today when left out 终止日.
    pub ended_on: Option<Date>,
    /// Why, at most 4,000 characters 原因.
    pub note: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same courtyard 幂等键.
    pub idempotency_key: Option<String>,
}

/// An honour that a complex was given 新增荣誉.
#[derive(Clone, Debug, InputObject)]
pub struct AddComplexHonourInput {
    /// The complex 小区.
    pub complex_id: ID,
    /// What it is called, such as 省级美好家园, at most 100 characters 荣誉名称.
    pub name: String,
    /// Who gave it, at most 100 characters 授予单位.
    pub awarded_by: String,
    /// Since when, not after today 授予日期.
    pub awarded_on: Date,
    /// A name of your own for this call: a retry under the same key is answered with the same honour 幂等键.
    pub idempotency_key: Option<String>,
}

/// What is to be recorded of an honour; what is left out stays as it is 修改荣誉.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateComplexHonourInput {
    /// The honour 荣誉.
    pub honour_id: ID,
    /// What it is called, at most 100 characters 荣誉名称.
    pub name: Option<String>,
    /// Who gave it, at most 100 characters 授予单位.
    pub awarded_by: Option<String>,
    /// Since when, not after today 授予日期.
    pub awarded_on: Option<Date>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same honour 幂等键.
    pub idempotency_key: Option<String>,
}

/// The withdrawal of an honour 撤销荣誉.
#[derive(Clone, Debug, InputObject)]
pub struct WithdrawComplexHonourInput {
    /// The honour 荣誉.
    pub honour_id: ID,
    /// The last day on which the complex had it, not after today; today when left out 撤销日期.
    pub withdrawn_on: Option<Date>,
    /// Why, at most 4,000 characters 撤销原因.
    pub because: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same honour 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// The new stairwell 新增结果.
    AddStairwellPayload {
        /// The stairwell; null where nothing was changed 单元.
        stairwell: Stairwell,
    }
    /// The stairwell as it is recorded now 修改结果.
    UpdateStairwellPayload {
        /// The stairwell; null where nothing was changed, but on `CONFLICT` as it stands now 单元.
        stairwell: Stairwell,
    }
    /// The stairwell that is no more 终止结果.
    EndStairwellPayload {
        /// The stairwell; null where nothing was changed, but on `CONFLICT` as it stands now 单元.
        stairwell: Stairwell,
    }
    /// The dwelling as it is recorded now 修改结果.
    UpdateDwellingPayload {
        /// The dwelling; null where nothing was changed, but on `CONFLICT` as it stands now 专有部分.
        dwelling: Dwelling,
    }
    /// The dwelling that is no more 终止结果.
    EndDwellingPayload {
        /// The dwelling; null where nothing was changed, but on `CONFLICT` as it stands now 专有部分.
        dwelling: Dwelling,
    }
    /// The new courtyard 新增结果.
    AddCourtyardPayload {
        /// The courtyard; null where nothing was changed 院子.
        courtyard: Courtyard,
    }
    /// The courtyard as it is recorded now 修改结果.
    UpdateCourtyardPayload {
        /// The courtyard; null where nothing was changed, but on `CONFLICT` as it stands now 院子.
        courtyard: Courtyard,
    }
    /// The courtyard that is no more 终止结果.
    EndCourtyardPayload {
        /// The courtyard; null where nothing was changed, but on `CONFLICT` as it stands now 院子.
        courtyard: Courtyard,
    }
    /// The new honour 新增结果.
    AddComplexHonourPayload {
        /// The honour; null where nothing was changed 荣誉.
        honour: ComplexHonour,
    }
    /// The honour as it is recorded now 修改结果.
    UpdateComplexHonourPayload {
        /// The honour; null where nothing was changed, but on `CONFLICT` as it stands now 荣誉.
        honour: ComplexHonour,
    }
    /// The honour that was withdrawn 撤销结果.
    WithdrawComplexHonourPayload {
        /// The honour; null where nothing was changed, but on `CONFLICT` as it stands now 荣誉.
        honour: ComplexHonour,
    }
    /// The new dwellings 新增结果.
    AddDwellingsPayload {
        /// The complex to which they belong; null where nothing was changed 小区.
        complex: Complex,
        /// The dwellings of these numbers, in the order of the input; null where nothing was changed 专有部分.
        dwellings: Dwellings,
    }
}

type Dwellings = Vec<Dwelling>;
type Decoded<T> = Result<T, Refusal>;
/// The last day, and why.
type End = (Option<NaiveDate>, String);
/// Its number, its name and how many floors it has.
type Told = (i32, String, Option<i32>);

fn number(number: i32) -> Decoded<i32> {
    within(number, "number", 1, 1_000)
}

fn end(on: Option<Date>, note: &str) -> Decoded<End> {
    Ok((on.map(|day| day.0), text(note, "note", TEXT)?))
}

impl AddStairwellInput {
    fn decode(self) -> Decoded<(Terms, BuildingId, Told)> {
        let number = number(self.number)?;
        let name = self.name.as_deref().map_or_else(|| Ok(format!("{number}单元")), |name| text(name, "name", NAME))?;
        let floors = self.floors.map(floors).transpose()?;
        Ok((terms!(new self), id::required(&self.building_id, "buildingId")?, (number, name, floors)))
    }
}

impl UpdateStairwellInput {
    fn decode(self) -> Decoded<(Terms, StairwellId, StairwellTold)> {
        let (terms, stairwell) = (terms!(self), id::required(&self.stairwell_id, "stairwellId")?);
        let told = StairwellTold {
            number: self.number.map(number).transpose()?,
            name: self.name.map(|name| text(&name, "name", NAME)).transpose()?,
            floors: told_as(self.floors, floors)?,
        };
        Ok((terms, stairwell, told))
    }
}

impl EndStairwellInput {
    fn decode(self) -> Decoded<(Terms, StairwellId, End)> {
        Ok((terms!(self), id::required(&self.stairwell_id, "stairwellId")?, end(self.ended_on, &self.note)?))
    }
}

impl DwellingInput {
    fn decode(&self, at: usize) -> Decoded<NewDwelling> {
        let field = |name: &str| format!("dwellings.{at}.{name}");
        Ok(NewDwelling {
            building: id::required(&self.building_id, &field("buildingId"))?,
            stairwell: self.stairwell_id.as_ref().map(|stairwell| id::required(stairwell, &field("stairwellId"))).transpose()?,
            number: text(&self.number, &field("number"), NAME)?,
            used_as: self.used_as.unwrap_or(DwellingUse::Residential),
            floor_area: self.floor_area.map(|area| floor_area(area, &field("floorArea"))).transpose()?,
            source: self.area_source,
        })
    }
}

impl AddDwellingsInput {
    /// Each dwelling that is wrong is named, not only the first.
    fn decode(self) -> Result<(Terms, ComplexId, Vec<NewDwelling>), ApiError> {
        let head = || Ok((terms!(new self), id::required(&self.complex_id, "complexId")?));
        let (terms, complex) = head().map_err(|refusal: Refusal| ApiError::from(refusal))?;
        within(self.dwellings.len(), "dwellings", 1, MOST_DWELLINGS)?;
        let (mut new, mut wrong) = (Vec::with_capacity(self.dwellings.len()), Vec::new());
        for (at, dwelling) in self.dwellings.iter().enumerate() {
            match dwelling.decode(at) {
                Ok(dwelling) => new.push(dwelling),
                Err(refusal) => wrong.push(refusal),
            }
        }
        if wrong.is_empty() { Ok((terms, complex, new)) } else { Err(ApiError::Refused(wrong)) }
    }
}

impl UpdateDwellingInput {
    fn decode(self) -> Decoded<(Terms, DwellingId, DwellingTold)> {
        let (terms, dwelling) = (terms!(self), id::required(&self.dwelling_id, "dwellingId")?);
        let told = DwellingTold {
            number: self.number.map(|number| text(&number, "number", NAME)).transpose()?,
            stairwell: told_as(self.stairwell_id, |stairwell| id::required(&stairwell, "stairwellId"))?,
            used_as: self.used_as,
            floor_area: told_as(self.floor_area, |area| floor_area(area, "floorArea"))?,
            source: self.area_source,
        };
        Ok((terms, dwelling, told))
    }
}

impl EndDwellingInput {
    fn decode(self) -> Decoded<(Terms, DwellingId, End)> {
        Ok((terms!(self), id::required(&self.dwelling_id, "dwellingId")?, end(self.ended_on, &self.note)?))
    }
}

impl AddCourtyardInput {
    fn decode(self) -> Decoded<(Terms, ComplexId, (String, Option<i32>))> {
        let households = self.households.map(households).transpose()?;
        Ok((terms!(new self), id::required(&self.complex_id, "complexId")?, (text(&self.name, "name", TITLE)?, households)))
    }
}

type CourtyardTold = (Option<String>, Option<Option<i32>>);

impl UpdateCourtyardInput {
    fn decode(self) -> Decoded<(Terms, CourtyardId, CourtyardTold)> {
        let (terms, courtyard) = (terms!(self), id::required(&self.courtyard_id, "courtyardId")?);
        let name = self.name.map(|name| text(&name, "name", TITLE)).transpose()?;
        Ok((terms, courtyard, (name, told_as(self.households, households)?)))
    }
}

impl EndCourtyardInput {
    fn decode(self) -> Decoded<(Terms, CourtyardId, End)> {
        Ok((terms!(self), id::required(&self.courtyard_id, "courtyardId")?, end(self.ended_on, &self.note)?))
    }
}

impl AddComplexHonourInput {
    fn decode(self) -> Decoded<(Terms, NewHonour)> {
        let new = NewHonour {
            complex: id::required(&self.complex_id, "complexId")?,
            name: text(&self.name, "name", TITLE)?,
            awarded_by: text(&self.awarded_by, "awardedBy", TITLE)?,
            awarded_on: self.awarded_on.0,
        };
        Ok((terms!(new self), new))
    }
}

type HonourTold = (Option<String>, Option<String>, Option<NaiveDate>);

impl UpdateComplexHonourInput {
    fn decode(self) -> Decoded<(Terms, ComplexHonourId, HonourTold)> {
        let (terms, honour) = (terms!(self), id::required(&self.honour_id, "honourId")?);
        let name = self.name.map(|name| text(&name, "name", TITLE)).transpose()?;
        let awarded_by = self.awarded_by.map(|by| text(&by, "awardedBy", TITLE)).transpose()?;
        Ok((terms, honour, (name, awarded_by, self.awarded_on.map(|day| day.0))))
    }
}

impl WithdrawComplexHonourInput {
    fn decode(self) -> Decoded<(Terms, ComplexHonourId, End)> {
        let end = (self.withdrawn_on.map(|day| day.0), text(&self.because, "because", TEXT)?);
        Ok((terms!(self), id::required(&self.honour_id, "honourId")?, end))
    }
}

#[derive(Default)]
pub struct ComplexPartsMutation;

#[Object]
impl ComplexPartsMutation {
    /// Enters dwellings of a complex 新增专有部分, up to 500 at once, all or none; each one that is wrong is named by its place, such as `["input", "dwellings", "3", "number"]`. By
    /// those who may change the complex.
    async fn add_dwellings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which complex, and which 小区及专有部分")] input: AddDwellingsInput,
    ) -> Option<Result<AddDwellingsPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let decoded = input.decode();
            let named: Vec<_> = decoded.iter().flat_map(|(_, _, new)| new).map(|new| (new.building, new.number.clone())).collect();
            let (complex, user_errors) = settled_all(decoded, |(terms, id, new)| parts::add_dwellings(cx, terms, id, new)).await?;
            let dwellings = match complex {
                Some(_) => {
                    let rows = parts::numbered(cx, &named).await?;
                    Some(plan::wrap::<Dwelling>(cx, rows, &Selection::of(&ctx.field()).under("dwellings")).await?)
                }
                None => None,
            };
            Ok(AddDwellingsPayload { complex, dwellings, user_errors })
        })
        .await
    }

    /// Adds a stairwell to a building 新增单元, by those who may change the complex.
    async fn add_stairwell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what is known of it 所属及信息")] input: AddStairwellInput,
    ) -> Option<Result<AddStairwellPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (stairwell, user_errors) = settled(input.decode(), |(terms, id, told)| parts::add_stairwell(cx, terms, id, told)).await?;
            Ok(AddStairwellPayload { stairwell, user_errors })
        })
        .await
    }

    /// Changes what is recorded of a stairwell 修改单元, by those who may change the complex.
    async fn update_stairwell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is to be recorded 记录及信息")] input: UpdateStairwellInput,
    ) -> Option<Result<UpdateStairwellPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (stairwell, user_errors) =
                settled(input.decode(), |(terms, id, told)| parts::update_stairwell(cx, terms, id, told)).await?;
            Ok(UpdateStairwellPayload { stairwell, user_errors })
        })
        .await
    }

    /// Enters that a stairwell is no more 单元终止, and its dwellings with it; by those who may change the complex.
    async fn end_stairwell(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, when and why 记录、日期及原因")] input: EndStairwellInput,
    ) -> Option<Result<EndStairwellPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (stairwell, user_errors) = settled(input.decode(), |(terms, id, told)| parts::end_stairwell(cx, terms, id, told)).await?;
            Ok(EndStairwellPayload { stairwell, user_errors })
        })
        .await
    }

    /// Changes what is recorded of a dwelling 修改专有部分, by those who may change the complex.
    async fn update_dwelling(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is to be recorded 记录及信息")] input: UpdateDwellingInput,
    ) -> Option<Result<UpdateDwellingPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (dwelling, user_errors) = settled(input.decode(), |(terms, id, told)| parts::update_dwelling(cx, terms, id, told)).await?;
            Ok(UpdateDwellingPayload { dwelling, user_errors })
        })
        .await
    }

    /// Enters that a dwelling is no more 专有部分终止, by those who may change the complex. Its record stays to be read.
    async fn end_dwelling(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, when and why 记录、日期及原因")] input: EndDwellingInput,
    ) -> Option<Result<EndDwellingPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (dwelling, user_errors) = settled(input.decode(), |(terms, id, told)| parts::end_dwelling(cx, terms, id, told)).await?;
            Ok(EndDwellingPayload { dwelling, user_errors })
        })
        .await
    }

    /// Adds a courtyard to a complex 新增院子, by those who may change the complex.
    async fn add_courtyard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what is known of it 所属及信息")] input: AddCourtyardInput,
    ) -> Option<Result<AddCourtyardPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (courtyard, user_errors) =
                settled(input.decode(), |(terms, id, told)| distinctions::add_courtyard(cx, terms, id, told)).await?;
            Ok(AddCourtyardPayload { courtyard, user_errors })
        })
        .await
    }

    /// Changes what is recorded of a courtyard 修改院子, by those who may change the complex.
    async fn update_courtyard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is to be recorded 记录及信息")] input: UpdateCourtyardInput,
    ) -> Option<Result<UpdateCourtyardPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (courtyard, user_errors) =
                settled(input.decode(), |(terms, id, told)| distinctions::update_courtyard(cx, terms, id, told)).await?;
            Ok(UpdateCourtyardPayload { courtyard, user_errors })
        })
        .await
    }

    /// Enters that a courtyard is no more 院子终止, by those who may change the complex.
    async fn end_courtyard(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, when and why 记录、日期及原因")] input: EndCourtyardInput,
    ) -> Option<Result<EndCourtyardPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (courtyard, user_errors) =
                settled(input.decode(), |(terms, id, told)| distinctions::end_courtyard(cx, terms, id, told)).await?;
            Ok(EndCourtyardPayload { courtyard, user_errors })
        })
        .await
    }

    /// Enters an honour that a complex was given 新增荣誉, by an officer of the subdistrict or above: no community praises itself.
    async fn add_complex_honour(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and what is known of it 所属及信息")] input: AddComplexHonourInput,
    ) -> Option<Result<AddComplexHonourPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (honour, user_errors) = settled(input.decode(), |(terms, new)| distinctions::add_honour(cx, terms, new)).await?;
            Ok(AddComplexHonourPayload { honour, user_errors })
        })
        .await
    }

    /// Changes what is recorded of an honour 修改荣誉, by those who may enter one.
    async fn update_complex_honour(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what is to be recorded 记录及信息")] input: UpdateComplexHonourInput,
    ) -> Option<Result<UpdateComplexHonourPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (honour, user_errors) =
                settled(input.decode(), |(terms, id, told)| distinctions::update_honour(cx, terms, id, told)).await?;
            Ok(UpdateComplexHonourPayload { honour, user_errors })
        })
        .await
    }

    /// Enters that an honour was withdrawn 撤销荣誉, by those who may enter one. Its record stays to be read.
    async fn withdraw_complex_honour(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, when and why 荣誉、日期及原因")] input: WithdrawComplexHonourInput,
    ) -> Option<Result<WithdrawComplexHonourPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (honour, user_errors) =
                settled(input.decode(), |(terms, id, told)| distinctions::withdraw_honour(cx, terms, id, told)).await?;
            Ok(WithdrawComplexHonourPayload { honour, user_errors })
        })
        .await
    }
}
