//! The mutations of what belongs to a complex: stairwells, dwellings, courtyards, honours.

use async_graphql::{Context, ID, InputObject, MaybeUndefined};
use chrono::NaiveDate;
use entity::{BuildingId, ComplexHonourId, ComplexId, CourtyardId, DwellingId, DwellingUse, FloorAreaSource, StairwellId};

use super::{
    Complex, ComplexHonour, Courtyard, Dwelling, Stairwell,
    mutation::{floor_area, floors, households},
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
        input::{TEXT, TITLE, text, told_as, within},
        payload::answer,
        plan::{self, Selection},
        scalar::{Date, Decimal},
    },
    payloads,
    record::graphql::{inputs, mutations, settled},
};

const NAME: usize = 50;
/// Dwellings that one call enters at most.
const MOST_DWELLINGS: usize = 500;

inputs! {
    /// A new stairwell 新增单元.
    creates AddStairwellInput {
        /// The building 楼栋.
        building_id: ID,
        /// Its number, which no other stairwell of the building has 序号.
        number: i32,
        /// Its name, at most 50 characters; such as 1单元 by its number when left out 名称.
        name: Option<String>,
        /// How many floors, 1 to 200 层数.
        floors: Option<i32>,
    }

    /// What is to be recorded of a stairwell; what is left out stays as it is 修改单元.
    changes UpdateStairwellInput {
        /// The stairwell 单元.
        stairwell_id: ID,
        /// Its number, which no other stairwell of the building has 序号.
        number: Option<i32>,
        /// Its name, at most 50 characters 名称.
        name: Option<String>,
        /// How many floors, 1 to 200; null takes it out 层数.
        floors: MaybeUndefined<i32>,
    }

    /// The end of a stairwell, with its dwellings 单元终止.
    changes EndStairwellInput {
        /// The stairwell 单元.
        stairwell_id: ID,
        /// Its last day, not after today; today when left out 终止日.
        ended_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        note: String,
    }

    /// New dwellings 新增专有部分.
    creates AddDwellingsInput {
        /// The complex 小区.
        complex_id: ID,
        /// The dwellings, 1 to 500: all of them are entered or none 专有部分.
        dwellings: Vec<DwellingInput>,
    }

    /// What is to be recorded of a dwelling; what is left out stays as it is 修改专有部分.
    changes UpdateDwellingInput {
        /// The dwelling 专有部分.
        dwelling_id: ID,
        /// Its number, at most 50 characters, which no other dwelling of the building has 编号.
        number: Option<String>,
        /// The stairwell, of its building; null: none 单元.
        stairwell_id: MaybeUndefined<ID>,
        /// What it is used for 用途.
        #[graphql(name = "use")]
        used_as: Option<DwellingUse>,
        /// The floor area in m², two places; null takes it out 专有部分面积.
        floor_area: MaybeUndefined<Decimal>,
        /// What the floor area is taken from; `DECLARED` when left out with another area 面积来源.
        area_source: Option<FloorAreaSource>,
    }

    /// The end of a dwelling 专有部分终止.
    changes EndDwellingInput {
        /// The dwelling 专有部分.
        dwelling_id: ID,
        /// Its last day, not after today; today when left out 终止日.
        ended_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        note: String,
    }

    /// A new courtyard 新增院子.
    creates AddCourtyardInput {
        /// The complex 小区.
        complex_id: ID,
        /// Its name, at most 100 characters, which no other courtyard of the complex has 名称.
        name: String,
        /// How many households 户数.
        households: Option<i32>,
    }

    /// What is to be recorded of a courtyard; what is left out stays as it is 修改院子.
    changes UpdateCourtyardInput {
        /// The courtyard 院子.
        courtyard_id: ID,
        /// Its name, at most 100 characters, which no other courtyard of the complex has 名称.
        name: Option<String>,
        /// How many households; null takes it out 户数.
        households: MaybeUndefined<i32>,
    }

    /// The end of a courtyard 院子终止.
    changes EndCourtyardInput {
        /// The courtyard 院子.
        courtyard_id: ID,
        /// Its last day, not after today; today when left out 终止日.
        ended_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        note: String,
    }

    /// An honour that a complex was given 新增荣誉.
    creates AddComplexHonourInput {
        /// The complex 小区.
        complex_id: ID,
        /// What it is called, such as 省级美好家园, at most 100 characters 荣誉名称.
        name: String,
        /// Who gave it, at most 100 characters 授予单位.
        awarded_by: String,
        /// Since when, not after today 授予日期.
        awarded_on: Date,
    }

    /// What is to be recorded of an honour; what is left out stays as it is 修改荣誉.
    changes UpdateComplexHonourInput {
        /// The honour 荣誉.
        honour_id: ID,
        /// What it is called, at most 100 characters 荣誉名称.
        name: Option<String>,
        /// Who gave it, at most 100 characters 授予单位.
        awarded_by: Option<String>,
        /// Since when, not after today 授予日期.
        awarded_on: Option<Date>,
    }

    /// The withdrawal of an honour 撤销荣誉.
    changes WithdrawComplexHonourInput {
        /// The honour 荣誉.
        honour_id: ID,
        /// The last day on which the complex had it, not after today; today when left out 撤销日期.
        withdrawn_on: Option<Date>,
        /// Why, at most 4,000 characters 撤销原因.
        because: String,
    }
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

payloads! {
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
        Ok((self.terms()?, id::required(&self.building_id, "buildingId")?, (number, name, floors)))
    }
}

impl UpdateStairwellInput {
    fn decode(self) -> Decoded<(Terms, StairwellId, StairwellTold)> {
        let (terms, stairwell) = (self.terms()?, id::required(&self.stairwell_id, "stairwellId")?);
        let told = StairwellTold {
            number: self.number.map(number).transpose()?,
            name: self.name.map(|name| text(&name, "name", NAME)).transpose()?,
            floors: told_as(self.floors, floors)?,
        };
        Ok((terms, stairwell, told))
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
        let head = || Ok((self.terms()?, id::required(&self.complex_id, "complexId")?));
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
        let (terms, dwelling) = (self.terms()?, id::required(&self.dwelling_id, "dwellingId")?);
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

impl AddCourtyardInput {
    fn decode(self) -> Decoded<(Terms, ComplexId, (String, Option<i32>))> {
        let households = self.households.map(households).transpose()?;
        Ok((self.terms()?, id::required(&self.complex_id, "complexId")?, (text(&self.name, "name", TITLE)?, households)))
    }
}

type CourtyardTold = (Option<String>, Option<Option<i32>>);

impl UpdateCourtyardInput {
    fn decode(self) -> Decoded<(Terms, CourtyardId, CourtyardTold)> {
        let (terms, courtyard) = (self.terms()?, id::required(&self.courtyard_id, "courtyardId")?);
        let name = self.name.map(|name| text(&name, "name", TITLE)).transpose()?;
        Ok((terms, courtyard, (name, told_as(self.households, households)?)))
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
        Ok((self.terms()?, new))
    }
}

type HonourTold = (Option<String>, Option<String>, Option<NaiveDate>);

impl UpdateComplexHonourInput {
    fn decode(self) -> Decoded<(Terms, ComplexHonourId, HonourTold)> {
        let (terms, honour) = (self.terms()?, id::required(&self.honour_id, "honourId")?);
        let name = self.name.map(|name| text(&name, "name", TITLE)).transpose()?;
        let awarded_by = self.awarded_by.map(|by| text(&by, "awardedBy", TITLE)).transpose()?;
        Ok((terms, honour, (name, awarded_by, self.awarded_on.map(|day| day.0))))
    }
}

impl WithdrawComplexHonourInput {
    fn decode(self) -> Decoded<(Terms, ComplexHonourId, End)> {
        let end = (self.withdrawn_on.map(|day| day.0), text(&self.because, "because", TEXT)?);
        Ok((self.terms()?, id::required(&self.honour_id, "honourId")?, end))
    }
}

mutations! {
    ComplexPartsMutation {
        /// Adds a stairwell to a building 新增单元, by those who may change the complex.
        add_stairwell(AddStairwellInput: "Where, and what is known of it 所属及信息")
            -> AddStairwellPayload { stairwell: Stairwell } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            parts::add_stairwell(cx, terms, id, told)
        };

        /// Changes what is recorded of a stairwell 修改单元, by those who may change the complex.
        update_stairwell(UpdateStairwellInput: "Which, and what is to be recorded 记录及信息")
            -> UpdateStairwellPayload { stairwell: Stairwell } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            parts::update_stairwell(cx, terms, id, told)
        };

        /// Enters that a stairwell is no more 单元终止, and its dwellings with it; by those who may change the complex.
        end_stairwell(EndStairwellInput: "Which, when and why 记录、日期及原因") -> EndStairwellPayload { stairwell: Stairwell } = |cx, input| {
            parts::end_stairwell(
                cx,
                input.terms()?,
                id::required(&input.stairwell_id, "stairwellId")?,
                end(input.ended_on, &input.note)?,
            )
        };

        /// Changes what is recorded of a dwelling 修改专有部分, by those who may change the complex.
        update_dwelling(UpdateDwellingInput: "Which, and what is to be recorded 记录及信息")
            -> UpdateDwellingPayload { dwelling: Dwelling } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            parts::update_dwelling(cx, terms, id, told)
        };

        /// Enters that a dwelling is no more 专有部分终止, by those who may change the complex. Its record stays to be read.
        end_dwelling(EndDwellingInput: "Which, when and why 记录、日期及原因") -> EndDwellingPayload { dwelling: Dwelling } = |cx, input| {
            parts::end_dwelling(
                cx,
                input.terms()?,
                id::required(&input.dwelling_id, "dwellingId")?,
                end(input.ended_on, &input.note)?,
            )
        };

        /// Adds a courtyard to a complex 新增院子, by those who may change the complex.
        add_courtyard(AddCourtyardInput: "Where, and what is known of it 所属及信息")
            -> AddCourtyardPayload { courtyard: Courtyard } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            distinctions::add_courtyard(cx, terms, id, told)
        };

        /// Changes what is recorded of a courtyard 修改院子, by those who may change the complex.
        update_courtyard(UpdateCourtyardInput: "Which, and what is to be recorded 记录及信息")
            -> UpdateCourtyardPayload { courtyard: Courtyard } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            distinctions::update_courtyard(cx, terms, id, told)
        };

        /// Enters that a courtyard is no more 院子终止, by those who may change the complex.
        end_courtyard(EndCourtyardInput: "Which, when and why 记录、日期及原因") -> EndCourtyardPayload { courtyard: Courtyard } = |cx, input| {
            distinctions::end_courtyard(
                cx,
                input.terms()?,
                id::required(&input.courtyard_id, "courtyardId")?,
                end(input.ended_on, &input.note)?,
            )
        };

        /// Enters an honour that a complex was given 新增荣誉, by an officer of the subdistrict or above: no community praises itself.
        add_complex_honour(AddComplexHonourInput: "Where, and what is known of it 所属及信息")
            -> AddComplexHonourPayload { honour: ComplexHonour } = |cx, input| {
            let (terms, new) = input.decode()?;
            distinctions::add_honour(cx, terms, new)
        };

        /// Changes what is recorded of an honour 修改荣誉, by those who may enter one.
        update_complex_honour(UpdateComplexHonourInput: "Which, and what is to be recorded 记录及信息")
            -> UpdateComplexHonourPayload { honour: ComplexHonour } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            distinctions::update_honour(cx, terms, id, told)
        };

        /// Enters that an honour was withdrawn 撤销荣誉, by those who may enter one. Its record stays to be read.
        withdraw_complex_honour(WithdrawComplexHonourInput: "Which, when and why 荣誉、日期及原因")
            -> WithdrawComplexHonourPayload { honour: ComplexHonour } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            distinctions::withdraw_honour(cx, terms, id, told)
        };
    }
    and {
        /// Enters dwellings of a complex 新增专有部分, up to 500 at once, all or none; each one that is wrong is named by its place, such as `["input", "dwellings", "3", "number"]`. By
        /// those who may change the complex.
        async fn add_dwellings(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "Of which complex, and which 小区及专有部分")] input: AddDwellingsInput,
        ) -> Option<Result<AddDwellingsPayload, ApiError>> {
            answer(async {
                let cx = signed_in(ctx)?;
                let outcome = async {
                    let (terms, id, new) = input.decode()?;
                    let named: Vec<_> = new.iter().map(|new| (new.building, new.number.clone())).collect();
                    Ok((parts::add_dwellings(cx, terms, id, new).await?, named))
                };
                let (row, named) = match outcome.await {
                    Ok((row, named)) => (Ok(row), named),
                    Err(failed) => (Err(failed), Vec::new()),
                };
                let (complex, user_errors) = settled::<Complex>(row)?;
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
    }
}
