//! What districts call the levels: `HandlingLevelName`, the record `LevelName` with its mutations, and the words beside the levels of cases; and what words
//! of any kind have in common.

use std::collections::HashMap;

use async_graphql::{Context, ID, MaybeUndefined, Object, SimpleObject};
use entity::{AreaId, CaseId, HandlingLevel, case_file, level_name};

use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        scope::{CaseWhere, LevelNames, WordOrder, WordWhere},
        service::{self, Lies, NewWord, OwnWords},
    },
    db::filter::Filter,
    graphql::{
        context::cx,
        error::{ApiError, Refusal, message},
        filter::{EnumFilter, filters},
        id::global,
        input::{TEXT, maybe_text, text, told_text},
        page::OrderDirection,
        plan::{self, Listed, Rec, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, inputs, mutations},
        scope::OF_RECORD,
    },
};

const NAME: usize = 20;
const MOTTO: usize = 50;

object! {
    /// What a district calls a level, and its saying about it 层级名称. It has ended where the district went back to the general word.
    LevelName: level_name::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Which level 层级.
        level: HandlingLevel = |row| row.level,
        /// What the district calls it, such as 网格 名称.
        name: &str = |row| &row.name,
        /// What it says of the level, such as 小事不出网格; null where nothing 口号.
        motto: Option<&str> = |row| row.motto.as_deref(),
        /// The day on which the district went back to the general word; null while it uses this one 停用日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The district, or the city without districts 所属区县.
        area: Area = |row| Some(row.district_id),
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for LevelName {
    type Noun = LevelNames;
    type Filter = LevelNameFilter;
    type Order = LevelNameOrderField;

    const ORDER: (LevelNameOrderField, OrderDirection) = (LevelNameOrderField::Entered, OrderDirection::Asc);
}

filters! {
    /// Which names of levels 层级名称筛选; all that is given must hold.
    LevelNameFilter => WordWhere {
        /// By level 层级.
        level: EnumFilter<HandlingLevel> => test(WordWhere::Of),
        /// Whether the district uses them still 是否有效.
        in_force: bool => fact(WordWhere::InForce),
    }
}

orders! {
    /// What names of levels are ordered by 层级名称排序字段.
    LevelNameOrderField("LevelNameOrder") => WordOrder {
        /// By when they were entered 录入顺序.
        Entered,
    }
}

/// What a level is called somewhere 某地对层级的称呼.
#[derive(Clone, Debug, SimpleObject)]
pub struct HandlingLevelName {
    /// Which level 层级.
    level: HandlingLevel,
    /// What the district calls it; where it has not named it, the general word, in the language of `Accept-Language` 名称.
    name: String,
    /// What the district says of it, such as 小事不出小区; null where nothing 口号.
    motto: Option<String>,
    /// Whether the district has named it itself 是否由本区县命名.
    own: bool,
}

impl HandlingLevelName {
    fn of(level: HandlingLevel, named: Option<level_name::Model>) -> Self {
        match named {
            Some(row) => Self { level, name: row.name, motto: row.motto, own: true },
            None => Self { level, name: general(level), motto: None, own: false },
        }
    }
}

/// The general word for a level, in the language of the request.
fn general(level: HandlingLevel) -> String {
    match level {
        HandlingLevel::Complex => general_word("level-complex"),
        HandlingLevel::Grid => general_word("level-grid"),
        HandlingLevel::Community => general_word("level-community"),
        HandlingLevel::Subdistrict => general_word("level-subdistrict"),
        HandlingLevel::District => general_word("level-district"),
    }
}

pub(super) fn general_word(key: &str) -> String {
    message(key, &[])
}

/// The district in whose words an area speaks.
pub(super) async fn district(cx: &Cx, area: &AreaCode) -> Result<AreaId, ApiError> {
    match service::district_of(cx, &area.0).await? {
        Lies::In(district) => Ok(district),
        Lies::Above => Err(ApiError::bad_input("above-the-districts").with("code", &area.0)),
        Lies::Nowhere => Err(ApiError::bad_input("unknown-area").with("code", &area.0)),
    }
}

pub(super) fn new_word<T>(area: AreaCode, of: T, name: &str, motto: MaybeUndefined<String>) -> Result<NewWord<T>, Refusal> {
    Ok(NewWord { district: area.0, of, name: text(name, "name", NAME)?, motto: told_text(motto, "motto", MOTTO)? })
}

/// What a level is called in a district.
fn word(words: &OwnWords<LevelNames>, district: AreaId, level: HandlingLevel) -> String {
    words.get(&(district, level)).map_or_else(|| general(level), |named| named.name.clone())
}

/// What the levels of cases are called in their districts.
pub(super) async fn fill_level_names(cx: &Cx, rows: &mut [Rec<case_file::Model>], selection: &Selection<'_>) -> Result<(), ApiError> {
    if !selection.has("levelName") && !selection.has("settledLevelName") {
        return Ok(());
    }
    let words = service::own_words::<LevelNames>(cx, &plan::distinct(rows.iter().map(|r| r.row.district_id))).await?;
    let standing: HashMap<CaseId, String> = rows.iter().map(|r| (r.row.id, word(&words, r.row.district_id, r.row.level))).collect();
    let settled: HashMap<CaseId, String> =
        rows.iter().filter_map(|r| Some((r.row.id, word(&words, r.row.district_id, r.row.settled_level?)))).collect();
    plan::value(rows, selection, "levelName", |case| case.id, &standing);
    plan::value(rows, selection, "settledLevelName", |case| case.id, &settled);
    Ok(())
}

/// What the levels of the cases that pass a filter are called: as their district does where the filter names one area and that lies in one district.
pub(super) async fn names_for(cx: &Cx, filter: &Filter<CaseWhere>) -> Result<HashMap<HandlingLevel, String>, ApiError> {
    let mut named: Vec<String> = Vec::new();
    for (fact, needed) in filter.facts() {
        if let CaseWhere::Within(area) = fact
            && needed
        {
            named.push(area.code.clone());
        }
    }
    let district = match named.as_slice() {
        [code] => service::district_of(cx, code).await?,
        _ => Lies::Nowhere,
    };
    // of one district at most
    let words = if let Lies::In(district) = district { service::own_words::<LevelNames>(cx, &[district]).await? } else { HashMap::new() };
    let own: HashMap<HandlingLevel, String> = words.into_values().map(|row| (row.level, row.name)).collect();
    Ok(HandlingLevel::ALL.iter().map(|level| (*level, own.get(level).cloned().unwrap_or_else(|| general(*level)))).collect())
}

#[derive(Default)]
pub struct LevelQuery;

#[Object]
impl LevelQuery {
    /// What the five levels are called where an area lies, the lowest level first, in the words of its district or of its city without districts; general words
    /// where that has none of its own. `BAD_USER_INPUT` where there is no such area, or it has districts below it 各处置层级在当地的称呼.
    async fn handling_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A district, or an area below one 区县或其下级区划")] area: AreaCode,
    ) -> Result<Vec<HandlingLevelName>, ApiError> {
        let cx = cx(ctx)?;
        let district = district(cx, &area).await?;
        let mut words = service::own_words::<LevelNames>(cx, &[district]).await?;
        Ok(HandlingLevel::ALL.iter().map(|level| HandlingLevelName::of(*level, words.remove(&(district, *level)))).collect())
    }
}

inputs! {
    /// Naming a level in the words of a district 设定层级名称.
    changes NameHandlingLevelInput {
        /// The district, or the city without districts 区县.
        area: AreaCode,
        /// Which level 层级.
        level: HandlingLevel,
        /// What it is called there, such as 网格: 1 to 20 characters 名称.
        name: String,
        /// What the district says of it, such as 小事不出网格: at most 50 characters; it stays when left out, and is no more when null or blank 口号.
        motto: MaybeUndefined<String>,
    }

    /// Going back to the general word for a level 撤销层级名称.
    changes UnnameHandlingLevelInput {
        /// The district, or the city without districts 区县.
        area: AreaCode,
        /// Which level 层级.
        level: HandlingLevel,
        /// Why, in words, at most 4,000 characters 原因.
        reason: Option<String>,
    }
}

mutations! {
    LevelMutation {
        /// Says what a district calls a level, or calls it otherwise 设定层级名称. By an administrator of the district or of an area above it. A level that is not named has
        /// version 0. `NOT_FOUND` where the area is no district.
        name_handling_level(NameHandlingLevelInput: "Where, which level and what it is called 区县、层级及名称") -> NameHandlingLevelPayload { level_name: LevelName } = |cx, input| {
            let terms = input.terms()?;
            service::name_word::<LevelNames>(cx, terms, new_word(input.area, input.level, &input.name, input.motto)?)
        };

        /// Goes back to the general word for a level 撤销层级名称, by those who may name it. `INVALID_STATE` where the district has not named it.
        unname_handling_level(UnnameHandlingLevelInput: "Where, and which level 区县及层级") -> UnnameHandlingLevelPayload { level_name: LevelName } = |cx, input| {
            let (terms, reason) = (input.terms()?, maybe_text(input.reason.as_deref(), "reason", TEXT)?);
            service::unname_word::<LevelNames>(cx, terms, input.area.0, input.level, reason)
        };
    }
}
