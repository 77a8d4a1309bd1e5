//! What the actor learns of the people in a case. Masked here, so that an unmasked name never leaves by accident.

use std::collections::{HashMap, HashSet};

use entity::{CaseId, HandlerKind, PersonId, PostRole, case_file, person};

use crate::{
    app::Cx,
    auth::{Actor, duty_of, mask_name, mask_phone},
    case::{policy::Standing, store},
    db::DbErr,
};

/// How much of the people in a case the actor may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyView {
    /// Handles the case: names and phones.
    Open,
    /// Sees the case, does not handle it.
    Masked,
    /// The respondent: nothing of the reporter.
    Hidden,
}

/// A person in a case, as the actor may see them.
#[derive(Clone, Debug)]
pub struct Party {
    pub name: String,
    pub phone: Option<String>,
    pub masked: bool,
}

impl Party {
    fn seen(view: PartyView, name: &str, phone: Option<&str>) -> Option<Self> {
        match view {
            PartyView::Hidden => None,
            PartyView::Open => Some(Self { name: name.to_owned(), phone: phone.map(str::to_owned), masked: false }),
            PartyView::Masked => Some(Self { name: mask_name(name), phone: phone.map(mask_phone), masked: true }),
        }
    }
}

/// The role in which the actor acts on a case: the post of its handler first, then any duty, then as a resident. Who chairs an owners' committee lives there: what they
/// report themselves they say as a resident, and it is theirs to have erased.
pub fn role_towards(actor: &Actor, case: &case_file::Model) -> Option<PostRole> {
    let handling = actor.duties().find(|(kind, unit, _)| *kind == case.handler_kind && *unit == case.handler_id).map(|(_, _, role)| role);
    let own = case.reporter_id.is_some() && case.reporter_id == actor.person;
    let acts = |role: &PostRole| !(own && *role == PostRole::CommitteeChair);
    let duty = || actor.duties().map(|(_, _, role)| role).find(acts);
    // a report that their own committee is to handle is theirs all the same; the version counts what was entered
    let handling = handling.filter(|role| case.version > 0 || acts(role));
    handling.or_else(duty).or_else(|| actor.posts.iter().map(|post| post.role).find(acts))
}

/// The people named, by case: every `(case, person)` that is asked for and may be seen; no person: who reported it without being registered.
pub async fn parties(
    cx: &Cx,
    cases: &HashMap<CaseId, case_file::Model>,
    wanted: &[(CaseId, Option<PersonId>, Option<PostRole>)],
) -> Result<HashMap<(CaseId, Option<PersonId>), Party>, DbErr> {
    let ids: Vec<CaseId> = cases.keys().copied().collect();
    let called: HashSet<CaseId> = store::called_on(cx, &ids).await?.into_iter().collect();
    let mut persons: Vec<PersonId> = wanted.iter().filter_map(|(_, person, _)| *person).collect();
    persons.sort_unstable();
    persons.dedup();
    let persons = store::persons(cx, &persons).await?;
    let mut parties = HashMap::new();
    for &(id, person, role) in wanted {
        let Some(case) = cases.get(&id) else { continue };
        let view = view(cx, case, called.contains(&id));
        let party = match person {
            Some(person) => persons.get(&person).and_then(|person| registered(cx, case, view, person, role)),
            None => unregistered(cx, case, view),
        };
        if let Some(party) = party {
            parties.insert((id, person), party);
        }
    }
    Ok(parties)
}

fn registered(cx: &Cx, case: &case_file::Model, view: PartyView, person: &person::Model, role: Option<PostRole>) -> Option<Party> {
    let me = cx.actor.person == Some(person.id);
    // officers act by name towards each other; their phones stay private
    let colleague = role.is_some_and(|role| duty_of(role).is_some()) && cx.actor.is_official();
    let reporter = case.reporter_id == Some(person.id);
    let view = match view {
        _ if me => PartyView::Open,
        PartyView::Hidden => PartyView::Hidden,
        _ if reporter && case.anonymous => PartyView::Hidden,
        PartyView::Masked if (colleague && !reporter) || person.erased_at.is_some() => PartyView::Open,
        view => view,
    };
    let party = Party::seen(view, &person.name, person.phone.as_deref())?;
    Some(if colleague && !reporter && !me { Party { phone: None, ..party } } else { party })
}

/// Who is not registered sees nothing: whoever entered the report speaks for them, and knows them also where it is anonymous.
fn unregistered(cx: &Cx, case: &case_file::Model, view: PartyView) -> Option<Party> {
    let view = match view {
        PartyView::Hidden => PartyView::Hidden,
        _ if case.entered_by == cx.actor.person => PartyView::Open,
        _ if case.anonymous => PartyView::Hidden,
        view => view,
    };
    Party::seen(view, case.reporter_name.as_deref()?, case.reporter_phone.as_deref())
}

/// In which post each report was entered, where that was done for somebody else.
pub async fn entered_as(cx: &Cx, cases: &HashMap<CaseId, case_file::Model>) -> Result<HashMap<CaseId, PostRole>, DbErr> {
    let entered: Vec<CaseId> = cases.values().filter(|case| case.entered_by.is_some()).map(|case| case.id).collect();
    store::reported_as(cx, &entered).await
}

fn view(cx: &Cx, case: &case_file::Model, called: bool) -> PartyView {
    let standing = Standing::of(&cx.actor, case);
    if standing.respondent {
        PartyView::Hidden
    } else if standing.handles || (called && case.status.is_open()) || handled_by_level(&standing, case) {
        PartyView::Open
    } else {
        PartyView::Masked
    }
}

/// The area's own officers handle what stands at their level.
fn handled_by_level(standing: &Standing, case: &case_file::Model) -> bool {
    let own = matches!(case.handler_kind, HandlerKind::Grid | HandlerKind::Community | HandlerKind::Subdistrict | HandlerKind::District);
    own && standing.rank == Some(case.level)
}
