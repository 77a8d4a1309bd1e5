//! What districts call the levels 小区、网格、社区、街道、区, and what they say of them 小事不出小区.

use std::collections::HashMap;

use entity::{AreaId, HandlingLevel, RecordChangeKind, level_name};

use super::Terms;
use crate::{
    app::Cx,
    area::service as areas,
    case::{scope::LevelNames, store},
    db::DbErr,
    record::service::{Office, RecordError, Turn, write},
};

const AREA: &str = "area";

/// The levels that districts have named, by district and level.
pub type LevelWords = HashMap<(AreaId, HandlingLevel), level_name::Model>;

/// Of these districts, in one statement.
pub async fn level_words(cx: &Cx, districts: &[AreaId]) -> Result<LevelWords, DbErr> {
    let rows = store::level_names(cx, districts).await?;
    Ok(rows.into_iter().map(|row| ((row.district_id, row.level), row)).collect())
}

/// Where an area lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// In this district, or in this city without districts.
    In(AreaId),
    /// It has districts below it.
    Above,
    /// There is no such area.
    Nowhere,
}

/// In which district the area with this code lies.
pub async fn district_of(cx: &Cx, code: &str) -> Result<Lies, DbErr> {
    let Some(area) = areas::by_codes(cx, vec![code.to_owned()]).await?.remove(code) else { return Ok(Lies::Nowhere) };
    Ok(areas::maybe_district(cx, area).await?.map_or(Lies::Above, |district| Lies::In(district.id)))
}

pub struct NewLevelName {
    /// The code of a district.
    pub district: String,
    pub level: HandlingLevel,
    pub name: String,
    /// None: it stays as it is.
    pub motto: Option<Option<String>>,
}

/// Names a level, or names it otherwise. The version of what is not named is 0.
pub async fn name_level(cx: &Cx, terms: Terms, new: NewLevelName) -> Result<Option<level_name::Model>, RecordError> {
    let expected = terms.expected;
    write::<LevelNames, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (district_id, named) = held(turn, &new.district, new.level).await?;
            let Some(before) = named else {
                if expected.is_some_and(|expected| expected != 0) {
                    // there is no record to answer with
                    return Err(RecordError::Conflict(Box::new(())));
                }
                let (id, motto) = (turn.cx.clock.new_id(), new.motto.flatten());
                let row = level_name::Model { id, district_id, level: new.level, name: new.name, motto, ended_on: None, version: 1 };
                return turn.enter::<LevelNames>(row).await;
            };
            let before = turn.check::<LevelNames>(before, AREA)?;
            let motto = new.motto.unwrap_or_else(|| before.motto.clone());
            let after = level_name::Model { name: new.name, motto, ..before.clone() };
            turn.save::<LevelNames>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// Back to the general word.
pub async fn unname_level(
    cx: &Cx,
    terms: Terms,
    district: String,
    level: HandlingLevel,
    reason: Option<String>,
) -> Result<Option<level_name::Model>, RecordError> {
    write::<LevelNames, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, named) = held(turn, &district, level).await?;
            let named = named.ok_or_else(|| RecordError::State("level-not-named", "level".into()))?;
            let before = turn.check::<LevelNames>(named, AREA)?;
            let after = level_name::Model { ended_on: Some(turn.today), ..before.clone() };
            turn.save::<LevelNames>(&before, after, RecordChangeKind::Ended, reason).await
        })
    })
    .await
}

/// The district, for which nobody else names levels until the end of the transaction, and its name for this one.
async fn held(turn: &Turn<'_>, district: &str, level: HandlingLevel) -> Result<(AreaId, Option<level_name::Model>), RecordError> {
    let id = turn.district(district, AREA).await?.id;
    turn.may_alone(id, Office::Administrator, AREA).await?;
    Ok((id, store::maybe_level_name(turn.tx, id, level).await?))
}
