//! The mutations of areas.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use entity::ComplexId;

use super::Area;
use crate::{
    area::service::{self, Merge, NewArea, Part, Split},
    case::service::Terms,
    graphql::{
        error::{Refusal, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        scalar::{AreaCode, Date},
    },
    record::graphql::{inputs, mutations},
};

/// Areas that one reform names at most.
const MOST: usize = 50;

inputs! {
    /// A new area 设立区划.
    creates CreateAreaInput {
        /// The area above 上级区划代码.
        parent_code: AreaCode,
        /// Its code, which tells its level and lies in that of the area above: 12 digits, of a grid 15, of a micro-grid 18 代码.
        code: AreaCode,
        /// Its name, at most 100 characters 名称.
        name: String,
        /// Its first day, not after today; today when left out 设立日.
        on: Option<Date>,
    }

    /// Another name for an area 区划更名.
    changes RenameAreaInput {
        /// Which area 区划代码.
        area_code: AreaCode,
        /// Its name from then on, at most 100 characters 新名称.
        name: String,
        /// The first day on which it is so called, not after today; today when left out 生效日.
        on: Option<Date>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: Option<String>,
    }

    /// Merging areas into one 区划合并.
    creates MergeAreasInput {
        /// The areas that end: communities, or subdistricts, of one parent; at most 50 被撤区划代码.
        from_codes: Vec<AreaCode>,
        /// The area that they become, of the same level and parent: one that exists, or a new one 并入区划代码.
        into_code: AreaCode,
        /// The name of a new one, at most 100 characters 新区划名称.
        into_name: Option<String>,
        /// The first day of the new order, not after today; today when left out 生效日.
        on: Option<Date>,
        /// The decree or document that says so, at most 100 characters 文件依据.
        document: Option<String>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: String,
    }

    /// Splitting an area 区划拆分.
    changes SplitAreaInput {
        /// The community or subdistrict that ends 被拆分区划代码.
        area_code: AreaCode,
        /// What it becomes: two or more, at most 50. Each area below it and each complex in it goes to one of them; posts, party organisations, registers and
        /// cases that belong to none of these go to the first 拆分后的区划.
        into: Vec<SplitPartInput>,
        /// The first day of the new order, not after today; today when left out 生效日.
        on: Option<Date>,
        /// The decree or document that says so, at most 100 characters 文件依据.
        document: Option<String>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: String,
    }

    /// Ending an area in which nothing is left 撤销区划.
    changes EndAreaInput {
        /// Which area 区划代码.
        area_code: AreaCode,
        /// The first day on which it is no more, not after today; today when left out 撤销生效日.
        on: Option<Date>,
        /// Why, in words, at most 4,000 characters 理由.
        reason: String,
    }
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
        let terms = self.terms()?;
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
        let terms = self.terms()?;
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

mutations! {
    AreaMutation {
        /// Sets up an area 设立区划, by an administrator of the area above it or higher up.
        create_area(CreateAreaInput: "Where, its code and its name 上级、代码及名称") -> CreateAreaPayload { area: Area } = |cx, input| {
            let (terms, name) = (input.terms()?, text(&input.name, "name", TITLE)?);
            service::create(cx, terms, input.parent_code.0, NewArea { code: input.code.0, name }, day(input.on))
        };

        /// Gives an area another name 区划更名, by an administrator of the area above it or higher up; the former one stays in `formerNames`. A grid with its unit is
        /// renamed by `updateGrid`.
        rename_area(RenameAreaInput: "Which, and its name 区划及新名称") -> RenameAreaPayload { area: Area } = |cx, input| {
            let (terms, name) = (input.terms()?, text(&input.name, "name", TITLE)?);
            let reason = maybe_text(input.reason.as_deref(), "reason", TEXT)?;
            service::rename(cx, terms, input.area_code.0, name, day(input.on), reason)
        };

        /// Merges communities, or subdistricts, into one 区划合并 (撤并), by an administrator of the area above them or higher up. They end and stay to be asked for; what lies in
        /// them goes to the one: areas below with their codes, complexes, party organisations, committees, registers, posts, and open cases with all their deadlines.
        /// What is closed stays where it was; lists filtered by the one have it too, and whoever works there answers for it.
        merge_areas(MergeAreasInput: "Which, and into what 被撤区划及并入区划") -> MergeAreasPayload {
            /// The area that they were merged into; `predecessors` tells which.
            area: Area
        } = |cx, input| {
            let (terms, merge) = input.decode()?;
            service::merge(cx, terms, merge)
        };

        /// Splits a community or a subdistrict into new ones 区划拆分, by an administrator of the area above it or higher up. It ends and stays to be asked for, with what was
        /// closed in it; open cases go where their complex, grid or area goes, with all their deadlines.
        split_area(SplitAreaInput: "Which, and what it becomes 被拆分区划及去向") -> SplitAreaPayload {
            /// The area that ended; `successors` tells what it became.
            area: Area
        } = |cx, input| {
            let (terms, split) = input.decode()?;
            service::split(cx, terms, split)
        };

        /// Ends an area in which no area, complex, post or open case is left 撤销区划, by an administrator of the area above it or higher up. It stays to be asked for.
        end_area(EndAreaInput: "Which, and why 区划及理由") -> EndAreaPayload { area: Area } = |cx, input| {
            let (terms, reason) = (input.terms()?, text(&input.reason, "reason", TEXT)?);
            service::end(cx, terms, input.area_code.0, day(input.on), reason)
        };
    }
}
