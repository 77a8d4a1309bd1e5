//! Keeping the records of persons and of the posts they hold.

use chrono::NaiveDate;
use entity::{AreaId, CompositionRule, PersonId, PostId, PostRole, RecordChangeKind, person, post};

use crate::{
    app::Cx,
    area::{scope::Areas, service as areas},
    case::service::Terms,
    complex::scope::Complexes,
    db,
    department::scope::Departments,
    firm::scope::Firms,
    grid::scope::Grids,
    party::scope::Branches,
    person::{
        model::{self, Unit},
        policy::giver,
        scope::{Persons, Posts},
        store,
    },
    record::{
        scope::Kept,
        service::{Office, RecordError, Turn, no_longer_than, write},
    },
    search,
};

const PERSON: &str = "personId";
const UNIT: &str = "unitId";
const ENDS: &str = "endsOn";
const SIGN_IN: &str = "signIn";

pub struct NewPerson {
    /// Its code.
    pub area: String,
    pub name: String,
    pub phone: Option<String>,
    /// For administrators to give.
    pub sign_in: Option<String>,
}

pub async fn create(cx: &Cx, terms: Terms, new: NewPerson) -> Result<Option<person::Model>, RecordError> {
    write::<Persons, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let area = turn.area(&new.area, "area").await?;
            turn.may_alone(area.id, Office::Community, "area").await?;
            if new.sign_in.is_some() {
                turn.may(area.id, Office::Administrator, SIGN_IN).await?;
            }
            unknown(turn, new.phone.as_deref(), new.sign_in.as_deref()).await?;
            let row = person::Model {
                id: turn.cx.clock.new_id(),
                name: new.name,
                phone: new.phone,
                sign_in: new.sign_in,
                provenance: entity::Provenance::Recorded,
                erased_at: None,
                area_id: Some(area.id),
                version: 1,
            };
            let row = turn.enter::<Persons>(row).await.map_err(taken)?;
            search::index(turn.tx, std::slice::from_ref(&row)).await?;
            Ok(row)
        })
    })
    .await
}

/// One number is one person's, and one sign-in name.
async fn unknown(turn: &Turn<'_>, phone: Option<&str>, sign_in: Option<&str>) -> Result<(), RecordError> {
    if phone.is_none() && sign_in.is_none() {
        return Ok(());
    }
    let one = |text: Option<&str>| text.map(ToOwned::to_owned).into_iter().collect::<Vec<_>>();
    let known = store::known_by(turn.tx, one(phone), one(sign_in)).await?;
    let is_known = |person: &person::Model| phone.is_some() && person.phone.as_deref() == phone;
    match known.iter().any(is_known) {
        true => Err(RecordError::Exists("phone".into())),
        false if known.is_empty() => Ok(()),
        false => Err(RecordError::Exists(SIGN_IN.into())),
    }
}

/// Somebody else was given the same sign-in name at the same time.
fn taken(error: RecordError) -> RecordError {
    match error {
        RecordError::Db(error) if db::is_duplicate(&error) => RecordError::Exists(SIGN_IN.into()),
        other => other,
    }
}

/// What a person is to be; what is none stays.
pub struct PersonChange {
    pub name: Option<String>,
    /// `Some(None)`: no longer known.
    pub phone: Option<Option<String>>,
    /// For administrators to give, change and take away (`Some(None)`).
    pub sign_in: Option<Option<String>>,
}

/// By administrators of where the person is entered and of every post that has not ended, also one that begins later. As with a table, of somebody who was
/// only ever posted elsewhere it is not said here.
async fn may_sign_in(turn: &Turn<'_>, id: PersonId, home: AreaId) -> Result<(), RecordError> {
    turn.may(home, Office::Administrator, SIGN_IN).await?;
    let administers = turn.cx.actor.administers();
    let elsewhere = !store::posted_outside_from(turn.tx, vec![id], &administers, turn.today).await?.is_empty()
        || !store::posted_only_outside(turn.tx, vec![id], &administers).await?.is_empty();
    if elsewhere { Err(RecordError::Forbidden(SIGN_IN.into())) } else { Ok(()) }
}

/// By officers of all the places where the person holds a post, so that nobody below changes what is known of an officer above.
pub async fn update(cx: &Cx, terms: Terms, id: PersonId, to: PersonChange) -> Result<Option<person::Model>, RecordError> {
    write::<Persons, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let before = living(turn, id).await?;
            let mut places: Vec<AreaId> = store::posts_on(turn.tx, id, turn.today).await?.into_iter().map(|post| post.area_id).collect();
            let home = before.area_id.or(places.first().copied()).ok_or_else(|| RecordError::Forbidden(PERSON.into()))?;
            places.push(home);
            for place in &places {
                turn.may(*place, Office::Community, PERSON).await?;
            }
            if to.sign_in.is_some() {
                may_sign_in(turn, id, home).await?;
            }
            let before = turn.check::<Persons>(before, PERSON)?;
            let phone = to.phone.unwrap_or_else(|| before.phone.clone());
            let sign_in = to.sign_in.unwrap_or_else(|| before.sign_in.clone());
            let new_phone = phone.as_deref().filter(|_| phone != before.phone);
            let new_sign_in = sign_in.as_deref().filter(|_| sign_in != before.sign_in);
            unknown(turn, new_phone, new_sign_in).await?;
            let name = to.name.unwrap_or_else(|| before.name.clone());
            let after = person::Model { name, phone, sign_in, area_id: Some(home), ..before.clone() };
            let after = turn.save::<Persons>(&before, after, RecordChangeKind::Changed, None).await.map_err(taken)?;
            search::index(turn.tx, std::slice::from_ref(&after)).await?;
            Ok(after)
        })
    })
    .await
}

/// The person, locked: from here on they are seated nowhere and get no post until this is done.
async fn living(turn: &Turn<'_>, id: PersonId) -> Result<person::Model, RecordError> {
    let row = turn.lock::<Persons>(id, PERSON).await?;
    if row.erased_at.is_some() { Err(RecordError::not_found(PERSON)) } else { Ok(row) }
}

pub struct NewPost {
    pub person: PersonId,
    pub role: PostRole,
    pub unit: Unit,
    /// None: today.
    pub starts_on: Option<NaiveDate>,
    pub ends_on: Option<NaiveDate>,
}

pub async fn assign(cx: &Cx, terms: Terms, new: NewPost) -> Result<Option<post::Model>, RecordError> {
    write::<Posts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            if model::follows_from_seat(new.role) {
                return Err(RecordError::Mismatch("post-of-seat", "role".into()));
            }
            let starts_on = new.starts_on.unwrap_or(turn.today);
            let area_id = place(turn, new.role, new.unit, (starts_on, new.ends_on)).await?;
            turn.may(area_id, giver(new.role), UNIT).await?;
            let person = living(turn, new.person).await?;
            if turn.cx.actor.person == Some(person.id) {
                return Err(RecordError::Forbidden(PERSON.into()));
            }
            if new.ends_on.is_some_and(|ends_on| ends_on < starts_on) {
                return Err(RecordError::Mismatch("mismatch", ENDS.into()));
            }
            let row = post::Model {
                id: turn.cx.clock.new_id(),
                person_id: person.id,
                role: new.role,
                unit_id: new.unit.into(),
                area_id,
                starts_on,
                ends_on: new.ends_on,
                version: 1,
            };
            free(turn, &row).await?;
            turn.enter::<Posts>(row).await
        })
    })
    .await
}

/// That the person does not hold the very post within these days, nor one that goes not with it.
async fn free(turn: &Turn<'_>, row: &post::Model) -> Result<(), RecordError> {
    if store::holds(turn.tx, row).await? {
        return Err(RecordError::Exists(PERSON.into()));
    }
    let days = (row.starts_on, row.ends_on);
    if row.role == PostRole::FirmManager && store::barred(turn.tx, row.person_id, row.unit_id.into(), days).await? {
        return Err(RecordError::Broken(CompositionRule::NotOfServingFirm, PERSON.into()));
    }
    Ok(())
}

/// Where the unit of a post lies, if it fits the role and lasts as long as the post.
async fn place(turn: &Turn<'_>, role: PostRole, unit: Unit, days: (NaiveDate, Option<NaiveDate>)) -> Result<AreaId, RecordError> {
    let unfit = || RecordError::Mismatch("unit-of-role", UNIT.into());
    if !model::fits(role, unit) {
        return Err(unfit());
    }
    match unit {
        Unit::Area(id) => {
            let row = lasting::<Areas>(turn, id).await?;
            let is_district = areas::is_district_in_tx(turn.tx, &row).await?;
            if model::fits_level(role, row.level, is_district) { Ok(row.id) } else { Err(unfit()) }
        }
        Unit::Branch(id) => area_of::<Branches>(turn, id).await,
        // what is a committee's follows from seats
        Unit::Committee(_) => Err(unfit()),
        Unit::Complex(id) => area_of::<Complexes>(turn, id).await,
        Unit::Department(id) => {
            let row = lasting::<Departments>(turn, id).await?;
            no_longer_than(row.ended_on, days)?;
            Ok(row.district_id)
        }
        Unit::Firm(id) => area_of::<Firms>(turn, id).await,
        Unit::Grid(id) => area_of::<Grids>(turn, id).await,
    }
}

/// A unit that the actor may see and that has not ended; locked, so that it does not end while it is given a post.
async fn lasting<N: Kept>(turn: &Turn<'_>, id: N::Id) -> Result<N::Model, RecordError> {
    let row = turn.lock::<N>(id, UNIT).await?;
    turn.lasting::<N>(&row, UNIT)?;
    Ok(row)
}

/// Where such a unit lies.
async fn area_of<N: Kept>(turn: &Turn<'_>, id: N::Id) -> Result<AreaId, RecordError> {
    turn.area_of::<N>(&lasting::<N>(turn, id).await?).await
}

/// Nobody holds a post at a unit beyond its last day.
pub async fn end_posts_at(turn: &Turn<'_>, unit: Unit, day: NaiveDate, note: &str) -> Result<(), RecordError> {
    let posts = store::posts_beyond(turn.tx, unit.into(), day).await?;
    let ended = posts.into_iter().map(|row| (row.clone(), post::Model { ends_on: Some(row.starts_on.max(day)), ..row }));
    turn.end_all::<Posts>(ended.collect(), Some(note)).await
}

pub async fn end(
    cx: &Cx,
    terms: Terms,
    id: PostId,
    on: Option<NaiveDate>,
    reason: Option<String>,
) -> Result<Option<post::Model>, RecordError> {
    const POST: &str = "postId";
    write::<Posts, _>(cx, terms, move |turn| {
        Box::pin(async move {
            let row = turn.lock::<Posts>(id, POST).await?;
            turn.may(row.area_id, giver(row.role), POST).await?;
            if model::follows_from_seat(row.role) {
                return Err(RecordError::State("post-of-seat", POST.into()));
            }
            let before = turn.check::<Posts>(row, POST)?;
            let day = on.unwrap_or(turn.today);
            if day < before.starts_on || before.ends_on.is_some_and(|last| day > last) {
                let last = before.ends_on.unwrap_or(turn.today.max(before.starts_on));
                return Err(RecordError::days(ENDS, before.starts_on, last));
            }
            let after = post::Model { ends_on: Some(day), ..before.clone() };
            turn.save::<Posts>(&before, after, RecordChangeKind::Ended, reason).await
        })
    })
    .await
}
