//! The mutations of complexes and buildings.

use async_graphql::{ID, MaybeUndefined};
use entity::{ComplexEnd, ComplexKind, GridId, Hundredths};

use super::{Building, Complex};
use crate::{
    case::{graphql::inputs::GeoPointInput, service::Terms},
    complex::{
        model::{MOST_AREA, MOST_FLOORS, MOST_HOUSEHOLDS, MOST_NUMBER, MOST_STAIRWELLS},
        service::{
            complexes::{self, BuildingTold, ComplexTold, End},
            moves::{self, Move},
        },
    },
    graphql::{
        error::Refusal,
        id,
        input::{TEXT, TITLE, maybe_text, text, told_as, told_text, within},
        scalar::{AreaCode, Date, Decimal},
    },
    record::graphql::{inputs, mutations},
};

const ADDRESS: usize = 200;
const BUILDING_NAME: usize = 50;

pub(super) fn households(count: i32) -> Result<i32, Refusal> {
    within(count, "households", 0, MOST_HOUSEHOLDS)
}

pub(super) fn floors(count: i32) -> Result<i32, Refusal> {
    within(count, "floors", 1, MOST_FLOORS)
}

/// A floor area above nothing.
pub(super) fn floor_area(area: Decimal, field: &str) -> Result<Hundredths, Refusal> {
    within(area.0, field, Hundredths(1), MOST_AREA)
}

fn location(at: GeoPointInput) -> Result<(f64, f64), Refusal> {
    Ok((within(at.longitude, "location.longitude", -180.0, 180.0)?, within(at.latitude, "location.latitude", -90.0, 90.0)?))
}

inputs! {
    /// A new complex 新建小区.
    creates CreateComplexInput {
        /// Where it lies: a community, or a grid in it 所在社区、村或网格.
        area_code: AreaCode,
        /// Its name, at most 100 characters, which no other complex of the area has 名称.
        name: String,
        /// What it is 类型.
        kind: ComplexKind,
        /// Its address, at most 200 characters 地址.
        address: Option<String>,
        /// How many households 户数.
        households: Option<i32>,
        /// The floor area in m² 建筑面积.
        floor_area: Option<Decimal>,
        /// Where it lies on the map 坐标.
        location: Option<GeoPointInput>,
    }

    /// What is to be recorded of a complex; what is left out stays as it is 修改小区.
    changes UpdateComplexInput {
        /// The complex 小区.
        complex_id: ID,
        /// Its name, at most 100 characters, which no other complex of the area has 名称.
        name: Option<String>,
        /// What it is 类型.
        kind: Option<ComplexKind>,
        /// Its address, at most 200 characters; null takes it out 地址.
        address: MaybeUndefined<String>,
        /// How many households; null takes it out 户数.
        households: MaybeUndefined<i32>,
        /// The floor area in m²; null takes it out 建筑面积.
        floor_area: MaybeUndefined<Decimal>,
        /// Where it lies on the map; null takes it out 坐标.
        location: MaybeUndefined<GeoPointInput>,
    }

    /// A complex that goes to another community 小区划转.
    changes MoveComplexInput {
        /// The complex 小区.
        complex_id: ID,
        /// The community that it goes to: one that exists, of the district in which it lies, where no other complex has its name 划入社区代码.
        area_code: AreaCode,
        /// The grid that covers all its buildings from then on, in that community; none does when left out 划入网格.
        grid_id: Option<ID>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: Option<String>,
    }

    /// The end of a complex 小区终止.
    changes EndComplexInput {
        /// The complex 小区.
        complex_id: ID,
        /// Its last day, not after today; today when left out 终止日.
        ended_on: Option<Date>,
        /// Why it is no more 终止原因.
        because: ComplexEnd,
        /// What it became part of; needed where it was `MERGED`, and only then 并入的小区.
        merged_into_id: Option<ID>,
        /// More about it, at most 4,000 characters 说明.
        note: String,
    }

    /// A new building 新增楼栋.
    creates AddBuildingInput {
        /// The complex 小区.
        complex_id: ID,
        /// Its name, at most 50 characters, which no other building of the complex has 名称.
        name: String,
        /// Its number, by which buildings are ordered; one that a former building had is not given again. The next when left out 序号.
        number: Option<i32>,
        /// The grid that covers it, in the community of the complex 网格.
        grid_id: Option<ID>,
        /// How many floors, 1 to 200 层数.
        floors: Option<i32>,
        /// How many stairwells, at most 100 单元数.
        stairwells: Option<i32>,
    }

    /// What is to be recorded of a building; what is left out stays as it is 修改楼栋.
    changes UpdateBuildingInput {
        /// The building 楼栋.
        building_id: ID,
        /// Its name, at most 50 characters, which no other building of the complex has 名称.
        name: Option<String>,
        /// The grid that covers it, in the community of the complex; null: none does. Only those who may set up grids there take it out of one; its open
        /// cases go along 网格.
        grid_id: MaybeUndefined<ID>,
        /// How many floors, 1 to 200; null takes it out 层数.
        floors: MaybeUndefined<i32>,
        /// How many stairwells, at most 100; null takes it out 单元数.
        stairwells: MaybeUndefined<i32>,
    }

    /// The end of a building, with its stairwells and dwellings 楼栋终止.
    changes EndBuildingInput {
        /// The building 楼栋.
        building_id: ID,
        /// Its last day, not after today; today when left out 终止日.
        ended_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        note: String,
    }
}

type Decoded<T> = Result<T, Refusal>;

impl CreateComplexInput {
    fn decode(self) -> Decoded<(Terms, String, ComplexTold)> {
        let told = ComplexTold {
            name: Some(text(&self.name, "name", TITLE)?),
            kind: Some(self.kind),
            address: Some(maybe_text(self.address.as_deref(), "address", ADDRESS)?),
            households: Some(self.households.map(households).transpose()?),
            floor_area: Some(self.floor_area.map(|area| floor_area(area, "floorArea")).transpose()?),
            location: Some(self.location.clone().map(location).transpose()?),
        };
        Ok((self.terms()?, self.area_code.0, told))
    }
}

impl UpdateComplexInput {
    fn decode(self) -> Decoded<(Terms, entity::ComplexId, ComplexTold)> {
        let (terms, complex) = (self.terms()?, id::required(&self.complex_id, "complexId")?);
        let told = ComplexTold {
            name: self.name.map(|name| text(&name, "name", TITLE)).transpose()?,
            kind: self.kind,
            address: told_text(self.address, "address", ADDRESS)?,
            households: told_as(self.households, households)?,
            floor_area: told_as(self.floor_area, |area| floor_area(area, "floorArea"))?,
            location: told_as(self.location, location)?,
        };
        Ok((terms, complex, told))
    }
}

impl MoveComplexInput {
    fn decode(self) -> Decoded<(Terms, entity::ComplexId, Move)> {
        let terms = self.terms()?;
        let complex = id::required(&self.complex_id, "complexId")?;
        let to = Move {
            grid: self.grid_id.as_ref().map(|grid| id::required::<GridId>(grid, "gridId")).transpose()?,
            reason: maybe_text(self.reason.as_deref(), "reason", TEXT)?,
            to: self.area_code.0,
        };
        Ok((terms, complex, to))
    }
}

impl EndComplexInput {
    fn decode(self) -> Decoded<(Terms, entity::ComplexId, End)> {
        let into = self.merged_into_id.as_ref().map(|into| id::required(into, "mergedIntoId")).transpose()?;
        let end = End { on: self.ended_on.map(|day| day.0), because: self.because, into, note: text(&self.note, "note", TEXT)? };
        Ok((self.terms()?, id::required(&self.complex_id, "complexId")?, end))
    }
}

impl AddBuildingInput {
    fn decode(self) -> Decoded<(Terms, (entity::ComplexId, Option<i32>), BuildingTold)> {
        let complex = id::required(&self.complex_id, "complexId")?;
        let number = self.number.map(|number| within(number, "number", 1, MOST_NUMBER)).transpose()?;
        let told = BuildingTold {
            name: Some(text(&self.name, "name", BUILDING_NAME)?),
            grid: Some(self.grid_id.as_ref().map(|grid| id::required::<GridId>(grid, "gridId")).transpose()?),
            floors: Some(self.floors.map(floors).transpose()?),
            stairwells: Some(self.stairwells.map(|count| within(count, "stairwells", 0, MOST_STAIRWELLS)).transpose()?),
        };
        Ok((self.terms()?, (complex, number), told))
    }
}

impl UpdateBuildingInput {
    fn decode(self) -> Decoded<(Terms, entity::BuildingId, BuildingTold)> {
        let (terms, building) = (self.terms()?, id::required(&self.building_id, "buildingId")?);
        let told = BuildingTold {
            name: self.name.map(|name| text(&name, "name", BUILDING_NAME)).transpose()?,
            grid: told_as(self.grid_id, |grid| id::required::<GridId>(&grid, "gridId"))?,
            floors: told_as(self.floors, floors)?,
            stairwells: told_as(self.stairwells, |count| within(count, "stairwells", 0, MOST_STAIRWELLS))?,
        };
        Ok((terms, building, told))
    }
}

impl EndBuildingInput {
    fn decode(self) -> Decoded<(Terms, entity::BuildingId, (Option<chrono::NaiveDate>, String))> {
        let end = (self.ended_on.map(|day| day.0), text(&self.note, "note", TEXT)?);
        Ok((self.terms()?, id::required(&self.building_id, "buildingId")?, end))
    }
}

mutations! {
    ComplexMutation {
        /// Sets up a complex 新建小区, by an officer of the community in which it lies, of the subdistrict or district above, or an administrator.
        create_complex(CreateComplexInput: "Where, and what is known of it 所在区划及信息")
            -> CreateComplexPayload { complex: Complex } = |cx, input| {
            let (terms, area, told) = input.decode()?;
            complexes::create(cx, terms, area, told)
        };

        /// Changes what is recorded of a complex 修改小区, by those who may set one up there.
        update_complex(UpdateComplexInput: "Which, and what is to be recorded 小区及信息")
            -> UpdateComplexPayload { complex: Complex } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            complexes::update(cx, terms, id, told)
        };

        /// Has a complex go to another community of its district 小区划转 (社区区划调整), by an administrator of the area above both communities or higher up: their subdistrict,
        /// or the district where they lie in two. Whatever is kept of it goes along as in `splitArea`: contracts, committees, posts, double reports, and the organisations of complexes that
        /// cover nothing else; those that stay no longer cover it. Its buildings leave their grids, which keep them in `formerBuildings`. Open cases go along with all their deadlines, closed ones stay.
        move_complex(MoveComplexInput: "Which, and where to 小区及划入社区") -> MoveComplexPayload { complex: Complex } = |cx, input| {
            let (terms, id, to) = input.decode()?;
            moves::move_to(cx, terms, id, to)
        };

        /// Enters that a complex is no more 小区终止: demolished, or merged into another. By an officer of the subdistrict or above. Nothing is deleted: its record, its buildings
        /// and dwellings stay to be read and end with it, and so do the covers by party organisations, pairings, double reports to it, its duty posts with their claims, and the posts
        /// of its residents. Refused with `INVALID_STATE` while a firm has a contract or a committee of it lasts beyond that day: end the contract, dissolve the committee first. Open cases are no
        /// hindrance: they go on in their grid and community, but nothing new is reported there.
        end_complex(EndComplexInput: "Which, when and why 小区、日期及原因") -> EndComplexPayload { complex: Complex } = |cx, input| {
            let (terms, id, end) = input.decode()?;
            complexes::end(cx, terms, id, end)
        };

        /// Adds a building to a complex 新增楼栋, by those who may change the complex.
        add_building(AddBuildingInput: "Where, and what is known of it 小区及信息") -> AddBuildingPayload { building: Building } = |cx, input| {
            let (terms, at, told) = input.decode()?;
            complexes::add_building(cx, terms, at, told)
        };

        /// Changes what is recorded of a building 修改楼栋, by those who may change the complex. The former values stay in its changes. Out of one grid into another it goes by those who may
        /// set up grids there: its open cases go along, and the former grid keeps it in `formerBuildings`; many go at once by `assignBuildingsToGrid`.
        update_building(UpdateBuildingInput: "Which, and what is to be recorded 楼栋及信息")
            -> UpdateBuildingPayload { building: Building } = |cx, input| {
            let (terms, id, told) = input.decode()?;
            complexes::update_building(cx, terms, id, told)
        };

        /// Enters that a building is no more 楼栋终止, and its stairwells and dwellings with it; by those who may change the complex. Its record stays to be read.
        end_building(EndBuildingInput: "Which, when and why 楼栋、日期及原因") -> EndBuildingPayload { building: Building } = |cx, input| {
            let (terms, id, end) = input.decode()?;
            complexes::end_building(cx, terms, id, end)
        };
    }
}
