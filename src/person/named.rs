//! Persons whom tables of other records name, as the table of persons does: by telephone number, else by sign-in name, else by name among those of the area that the line
//! is about. They are known; none is made here.

use std::collections::HashMap;

use entity::{AreaId, PersonId, person};

use super::{
    model::{self, is_sign_in},
    scope::Persons,
    service, store,
};
use crate::{
    app::App,
    auth::Actor,
    db::DatabaseTransaction,
    record::import::hold,
    sheet::{Bad, Column, Line, PORTION, Refused, Why},
};

const NAMED: &str = "姓名";
pub const NAME: Column = Column::required("name", NAMED, "已录入的人员，不超过 50 字。手机和登录名都不填时，本区划内须只有一人叫此名。");
pub const PHONE: Column = Column::optional("phone", "手机", "已录入人员的手机。");
pub const SIGN_IN: Column = Column::optional("sign_in", "登录名", "已录入人员的登录名。");

/// Whom a line names.
pub struct Named {
    line: u32,
    /// The title of the column with the name.
    title: &'static str,
    name: String,
    phone: Option<String>,
    sign_in: Option<String>,
}

impl Named {
    /// Of a table with the columns [`NAME`], [`PHONE`] and [`SIGN_IN`].
    pub fn read(line: &Line) -> Result<Self, Bad> {
        Self::read_titled(line, NAMED)
    }

    /// The same of a table whose column `name` has another title.
    pub fn read_titled(line: &Line, title: &'static str) -> Result<Self, Bad> {
        let (phone, sign_in) = (phone(line)?, sign_in(line)?);
        Ok(Self { line: line.number, title, name: line.name("name", 50)?.to_owned(), phone, sign_in })
    }

    fn has_key(&self) -> bool {
        self.phone.is_some() || self.sign_in.is_some()
    }
}

/// The telephone number of a line, where there is one.
pub fn phone(line: &Line) -> Result<Option<String>, Bad> {
    line.maybe("phone", Why::of("import-phone"), model::phone)
}

/// The sign-in name of a line, where there is one.
pub fn sign_in(line: &Line) -> Result<Option<String>, Bad> {
    line.maybe("sign_in", Why::of("import-sign-in"), |text| is_sign_in(text).then(|| text.to_owned()))
}

/// Who has the telephone number of a line. One from before may be that of several: then it is who has the sign-in name of the line too, else the only one of its name.
pub(super) fn phoned<'p>(these: &[&'p person::Model], name: &str, by_sign_in: Option<PersonId>) -> Result<Option<&'p person::Model>, Why> {
    let of_sign_in = these.iter().copied().find(|person| Some(person.id) == by_sign_in);
    let mut of_name = these.iter().copied().filter(|person| these.len() == 1 || person.name == name);
    match (of_sign_in, of_name.next(), of_name.next()) {
        (Some(one), ..) | (None, Some(one), None) => Ok(Some(one)),
        _ if these.is_empty() => Ok(None),
        _ => Err(Why::of("import-phone-shared")),
    }
}

/// Whom each line means, given the area it is about, or why nobody; whoever sends a table means nobody whom they may not see. Nobody else changes these persons until the
/// end of the transaction: they are not erased, and no post is given to them.
pub async fn find(
    app: &App,
    tx: &DatabaseTransaction,
    lines: &[(&Named, Option<AreaId>)],
    by: Option<PersonId>,
) -> Result<Vec<Result<PersonId, Bad>>, Refused> {
    let actor = match by {
        // who is gone sees nobody
        Some(person) => Some(service::maybe_actor(app, person, None).await?.unwrap_or_else(Actor::anonymous)),
        None => None,
    };
    let (mut found, mut meant) = (Vec::with_capacity(lines.len()), HashMap::<PersonId, person::Model>::new());
    for portion in lines.chunks(PORTION) {
        let known = Known::read(tx, portion, actor.as_ref()).await?;
        for (named, area) in portion {
            found.push(known.find(named, *area).map(|person| {
                meant.insert(person.id, person.clone());
                person.id
            }));
        }
    }
    hold::<Persons>(tx, meant.values()).await?;
    Ok(found)
}

/// Those whom the lines of a portion may mean.
struct Known {
    by_phone: HashMap<String, Vec<person::Model>>,
    by_sign_in: HashMap<String, person::Model>,
    by_name: HashMap<(AreaId, String), HashMap<PersonId, person::Model>>,
}

impl Known {
    async fn read(tx: &DatabaseTransaction, portion: &[(&Named, Option<AreaId>)], actor: Option<&Actor>) -> Result<Self, Refused> {
        let phones = portion.iter().filter_map(|(named, _)| named.phone.clone()).collect();
        let sign_ins = portion.iter().filter_map(|(named, _)| named.sign_in.clone()).collect();
        let mut keyed = store::known_by(tx, phones, sign_ins).await?;
        let unkeyed = portion.iter().filter(|(named, _)| !named.has_key());
        let (areas, names): (Vec<AreaId>, Vec<String>) = unkeyed.filter_map(|(named, area)| Some(((*area)?, named.name.clone()))).unzip();
        let mut named = store::named_in(tx, areas, names).await?;
        if let Some(actor) = actor {
            let ids = keyed.iter().chain(named.iter().map(|(_, person)| person)).map(|person| person.id).collect();
            let seen = store::seen(tx, actor, ids).await?;
            keyed.retain(|person| seen.contains(&person.id));
            named.retain(|(_, person)| seen.contains(&person.id));
        }
        let by_sign_in = keyed.iter().filter_map(|person| Some((person.sign_in.clone()?, person.clone()))).collect();
        let mut by_phone: HashMap<_, Vec<_>> = HashMap::new();
        for person in keyed {
            if let Some(phone) = person.phone.clone() {
                by_phone.entry(phone).or_default().push(person);
            }
        }
        let mut by_name: HashMap<_, HashMap<_, _>> = HashMap::new();
        for (area, person) in named {
            by_name.entry((area, person.name.clone())).or_default().insert(person.id, person);
        }
        Ok(Self { by_phone, by_sign_in, by_name })
    }

    fn find(&self, named: &Named, area: Option<AreaId>) -> Result<&person::Model, Bad> {
        let bad = |column, why| Bad { line: named.line, column: Some(column), why };
        if !named.has_key() {
            let namesakes = area.and_then(|area| self.by_name.get(&(area, named.name.clone())));
            let mut namesakes = namesakes.into_iter().flat_map(HashMap::values);
            return match (namesakes.next(), namesakes.next()) {
                (Some(one), None) => Ok(one),
                (None, _) => Err(bad(named.title, Why::of("import-no-person"))),
                (Some(_), Some(_)) => Err(bad(named.title, Why::of("import-person-namesakes"))),
            };
        }
        let by_sign_in = named.sign_in.as_ref().and_then(|sign_in| self.by_sign_in.get(sign_in));
        let these: Vec<&person::Model> = named.phone.iter().filter_map(|phone| self.by_phone.get(phone)).flatten().collect();
        let by_phone = phoned(&these, &named.name, by_sign_in.map(|person| person.id)).map_err(|why| bad(PHONE.title, why))?;
        if let (Some(one), Some(other)) = (by_phone, by_sign_in)
            && one.id != other.id
        {
            return Err(bad(SIGN_IN.title, Why::of("import-sign-in-taken")));
        }
        let column = if named.phone.is_some() { PHONE.title } else { SIGN_IN.title };
        let person = by_phone.or(by_sign_in).ok_or_else(|| bad(column, Why::of("import-no-person")))?;
        // a number that was mistyped is somebody else's
        if person.name == named.name { Ok(person) } else { Err(bad(named.title, Why::of("import-person-named-otherwise"))) }
    }
}
