//! Whom the lines of a table of persons mean.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use entity::{PersonId, PostId, person, post};
use uuid::Uuid;

use super::{NAME, NewPost, PHONE, SIGN_IN};
use crate::{
    db::DatabaseTransaction,
    party::service::overlap,
    person::{named::phoned, scope::Posts, store},
    record::scope::Kept,
    sheet::{Refused, Why},
};

/// What a table says: all of its lines together, and those that were dealt with.
#[derive(Default)]
pub(super) struct Said<'l> {
    phones: HashSet<&'l str>,
    sign_ins: HashSet<&'l str>,
    /// Persons and posts, with the last line that spoke of them.
    pub lines: HashMap<Uuid, u32>,
    /// Whom it gives their first number or sign-in name.
    filled: HashSet<PersonId>,
}

impl<'l> Said<'l> {
    pub fn of(lines: &'l [NewPost]) -> Self {
        let phones = lines.iter().filter_map(|line| line.phone.as_deref()).collect();
        Self { phones, sign_ins: lines.iter().filter_map(|line| line.sign_in.as_deref()).collect(), ..Self::default() }
    }

    /// Whether it names somebody by what they were known by before.
    fn names(&self, person: &person::Model) -> bool {
        let is_in = |keys: &HashSet<&str>, key: &Option<String>| key.as_deref().is_some_and(|key| keys.contains(key));
        let by_key = is_in(&self.phones, &person.phone) || is_in(&self.sign_ins, &person.sign_in);
        by_key && !self.filled.contains(&person.id)
    }
}

/// Which column tells nobody, and why.
type Wrong = (&'static str, Why);

/// Those whom lines may mean.
pub(super) struct People {
    persons: HashMap<PersonId, person::Model>,
    by_phone: HashMap<String, HashSet<PersonId>>,
    by_sign_in: HashMap<String, PersonId>,
    /// Of the units that are named, as far as lines may mean those who hold them.
    posts: BTreeMap<PostId, post::Model>,
    today: NaiveDate,
}

impl People {
    pub async fn known(tx: &DatabaseTransaction, portion: &[NewPost], units: Vec<Uuid>, today: NaiveDate) -> Result<Self, Refused> {
        let phones = portion.iter().filter_map(|line| line.phone.clone()).collect();
        let sign_ins = portion.iter().filter_map(|line| line.sign_in.clone()).collect();
        let keyed = store::known_by(tx, phones, sign_ins).await?;
        let mut by_phone: HashMap<_, HashSet<_>> = HashMap::new();
        for (phone, id) in keyed.iter().filter_map(|row| Some((row.phone.clone()?, row.id))) {
            by_phone.entry(phone).or_default().insert(id);
        }
        let by_sign_in = keyed.iter().filter_map(|row| Some((row.sign_in.clone()?, row.id))).collect();
        // not everybody's at these units: those of one complex may be named all over a long table
        let names = portion.iter().map(|line| line.name.clone()).collect();
        let posts = store::posts_with_persons(tx, units, names, keyed.iter().map(|row| row.id).collect()).await?;
        let (posts, holders): (Vec<post::Model>, Vec<person::Model>) = posts.into_iter().unzip();
        let persons = keyed.into_iter().chain(holders).map(|row| (row.id, row)).collect();
        let posts = posts.into_iter().map(|post| (post.id, post)).collect();
        Ok(Self { persons, by_phone, by_sign_in, posts, today })
    }

    pub fn ids(&self) -> Vec<PersonId> {
        self.persons.keys().copied().collect()
    }

    /// Whom a line means, if it is anybody who is known: by telephone number, else by sign-in name, else by name and post.
    pub fn find(&self, line: &NewPost, unit: Uuid, said: &mut Said<'_>) -> Result<Option<person::Model>, Wrong> {
        let by_sign_in = line.sign_in.as_ref().and_then(|sign_in| self.by_sign_in.get(sign_in)).copied();
        let these = line.phone.iter().filter_map(|phone| self.by_phone.get(phone)).flatten();
        let these: Vec<&person::Model> = these.filter_map(|id| self.persons.get(id)).collect();
        let by_phone = phoned(&these, &line.name, by_sign_in).map_err(|why| (PHONE, why))?.map(|person| person.id);
        let found = match (by_phone, by_sign_in) {
            (Some(one), Some(other)) if one != other => return Err((SIGN_IN, Why::of("import-sign-in-taken"))),
            (Some(one), _) | (None, Some(one)) => Some(one),
            (None, None) if line.phone.is_some() || line.sign_in.is_some() => self.without_key(line, unit, said)?,
            (None, None) => self.by_post(line, unit, said)?,
        };
        Ok(found.and_then(|id| self.persons.get(&id)).cloned())
    }

    /// The posts of this role and unit that persons of this name hold or held.
    fn held(&self, line: &NewPost, unit: Uuid) -> impl Iterator<Item = (&post::Model, &person::Model)> {
        let posts = self.posts.values().filter(move |post| post.role == line.role && post.unit_id == unit);
        let held = posts.filter_map(move |post| Some((post, self.persons.get(&post.person_id)?)));
        held.filter(move |(_, person)| person.name == line.name)
    }

    /// By name and post alone: who holds or held it; of several, who began on that day. Whoever has left, and is known by more than the name, may be followed by another.
    fn by_post(&self, line: &NewPost, unit: Uuid, said: &Said<'_>) -> Result<Option<PersonId>, Wrong> {
        let namesakes = || (NAME, Why::of("import-person-namesakes"));
        let (mut all, mut began, mut sure) = (HashSet::new(), HashSet::new(), HashSet::new());
        let days = (Some(line.starts_on), line.ends_on);
        for (post, person) in self.held(line, unit) {
            // two who cannot be told apart, or one line too many
            let same = said.lines.get(&post.id.0).filter(|_| overlap(days, (Some(post.starts_on), post.ends_on)));
            if let Some(other) = same {
                return Err((NAME, Why::of("sheet-twice").with("line", other.to_string())));
            }
            all.insert(person.id);
            let (began_then, by_name_only) = (post.starts_on == line.starts_on, person.phone.is_none() && person.sign_in.is_none());
            if began_then {
                began.insert(person.id);
            }
            if began_then || by_name_only || !Posts::is_over(post, self.today) {
                sure.insert(person.id);
            }
        }
        let found = only(if began.is_empty() { all } else { began }).map_err(|()| namesakes())?;
        if found.is_some_and(|id| !sure.contains(&id)) { Err(namesakes()) } else { Ok(found) }
    }

    /// Who is known by name and post only, and by the number or sign-in name of the line from now on. Whoever has the post under another is somebody else only where the
    /// table names them too.
    fn without_key(&self, line: &NewPost, unit: Uuid, said: &mut Said<'_>) -> Result<Option<PersonId>, Wrong> {
        let other = |column| (column, Why::of("import-person-other-number"));
        let mut these = HashSet::new();
        for (post, person) in self.held(line, unit) {
            let lasts = !Posts::is_over(post, self.today);
            let has_phone = line.phone.is_some() && person.phone.is_some();
            let is_other = has_phone || (line.sign_in.is_some() && person.sign_in.is_some());
            if is_other && lasts && !said.names(person) {
                return Err(other(if has_phone { PHONE } else { SIGN_IN }));
            }
            if !is_other && (lasts || post.starts_on == line.starts_on) {
                // another line names them by what they have, and says nothing of this
                if said.names(person) {
                    return Err(other(if line.phone.is_some() { PHONE } else { SIGN_IN }));
                }
                these.insert(person.id);
            }
        }
        let found = only(these).map_err(|()| other(if line.phone.is_some() { PHONE } else { SIGN_IN }))?;
        said.filled.extend(found);
        Ok(found)
    }

    /// What is known of the very post that a line gives to this person.
    pub fn post(&self, person: PersonId, line: &NewPost, unit: Uuid) -> Option<post::Model> {
        let same = |post: &&post::Model| {
            post.person_id == person && post.role == line.role && post.unit_id == unit && post.starts_on == line.starts_on
        };
        self.posts.values().rev().find(same).cloned()
    }

    /// Whether the person holds the same post by another row on some of its days; then this one counts no more.
    pub fn takes_back(&mut self, row: &post::Model) -> bool {
        let days = |post: &post::Model| (Some(post.starts_on), post.ends_on);
        let is_same = |post: &post::Model| post.person_id == row.person_id && post.role == row.role && post.unit_id == row.unit_id;
        let is_held = self.posts.values().any(|post| post.id != row.id && is_same(post) && overlap(days(post), days(row)));
        is_held && self.posts.remove(&row.id).is_some()
    }

    pub fn keep(&mut self, row: &person::Model, post: &post::Model) {
        if let Some(phone) = row.phone.clone() {
            self.by_phone.entry(phone).or_default().insert(row.id);
        }
        self.by_sign_in.extend(row.sign_in.iter().map(|sign_in| (sign_in.clone(), row.id)));
        self.persons.insert(row.id, row.clone());
        self.posts.insert(post.id, post.clone());
    }
}

/// The one of them, if there is any; an error where there are several.
fn only(persons: HashSet<PersonId>) -> Result<Option<PersonId>, ()> {
    if persons.len() > 1 { Err(()) } else { Ok(persons.into_iter().next()) }
}
