//! What districts call the levels 小区、网格、社区、街道、区 and the classes of problem 违规行为、邻里矛盾, and what they say of them 小事不出小区.

use std::collections::HashMap;

use entity::{AreaId, RecordChangeKind};

use super::Terms;
use crate::{
    app::Cx,
    area::service as areas,
    case::{scope::Words, store},
    db::{DbErr, noun::Noun},
    record::service::{Office, RecordError, Turn, write},
};

const AREA: &str = "area";

/// What districts have named, by district and what it is.
pub type OwnWords<N> = HashMap<(AreaId, <N as Words>::Of), <N as Noun>::Model>;

/// Of these districts, in one statement.
pub async fn own_words<N: Words>(cx: &Cx, districts: &[AreaId]) -> Result<OwnWords<N>, DbErr> {
    let rows = store::own_words::<N>(cx, districts).await?;
    Ok(rows.into_iter().map(|row| (N::of(&row), row)).collect())
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

pub struct NewWord<T> {
    /// The code of a district.
    pub district: String,
    /// What is called by it.
    pub of: T,
    pub name: String,
    /// None: it stays as it is.
    pub motto: Option<Option<String>>,
}

/// Names something, or names it otherwise. The version of what is not named is 0.
pub async fn name_word<N: Words>(cx: &Cx, terms: Terms, new: NewWord<N::Of>) -> Result<Option<N::Model>, RecordError> {
    let expected = terms.expected;
    write::<N, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (district, named) = held::<N>(turn, &new.district, new.of).await?;
            let Some(before) = named else {
                if expected.is_some_and(|expected| expected != 0) {
                    // there is no record to answer with
                    return Err(RecordError::Conflict(Box::new(())));
                }
                let row = N::first(turn.cx.clock.new_id(), district, new.of, new.name, new.motto.flatten());
                return turn.enter::<N>(row).await;
            };
            let before = turn.check::<N>(before, AREA)?;
            let mut after = before.clone();
            *N::name(&mut after) = new.name;
            if let Some(motto) = new.motto {
                *N::motto(&mut after) = motto;
            }
            turn.save::<N>(&before, after, RecordChangeKind::Changed, None).await
        })
    })
    .await
}

/// Back to the general word.
pub async fn unname_word<N: Words>(
    cx: &Cx,
    terms: Terms,
    district: String,
    of: N::Of,
    reason: Option<String>,
) -> Result<Option<N::Model>, RecordError> {
    write::<N, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let (_, named) = held::<N>(turn, &district, of).await?;
            let named = named.ok_or_else(|| RecordError::State("not-named", N::FIELD.into()))?;
            let before = turn.check::<N>(named, AREA)?;
            let mut after = before.clone();
            *N::ended_on(&mut after) = Some(turn.today);
            turn.save::<N>(&before, after, RecordChangeKind::Ended, reason).await
        })
    })
    .await
}

/// The district, which nobody else gives words until the end of the transaction, and its word for this.
async fn held<N: Words>(turn: &Turn<'_>, district: &str, of: N::Of) -> Result<(AreaId, Option<N::Model>), RecordError> {
    let id = turn.district(district, AREA).await?.id;
    turn.may_alone(id, Office::Administrator, AREA).await?;
    Ok((id, store::maybe_word::<N>(turn.tx, id, of).await?))
}
