//! What the actor learns of the people in a case. Masked here, so that an unmasked name never leaves by accident.

use std::collections::{HashMap, HashSet};

use entity::{CaseId, HandlerKind, PersonId, PostRole, case_file};

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

/// The people named, by case: every `(case, person)` that is asked for and may be seen.
pub async fn parties(
    cx: &Cx,
    cases: &HashMap<CaseId, case_file::Model>,
    wanted: &[(CaseId, PersonId, Option<PostRole>)],
) -> Result<HashMap<(CaseId, PersonId), Party>, DbErr> {
    let ids: Vec<CaseId> = cases.keys().copied().collect();
    let called: HashSet<CaseId> = store::called_on(cx, &ids).await?.into_iter().collect();
    let mut persons: Vec<PersonId> = wanted.iter().map(|(_, person, _)| *person).collect();
    persons.sort_unstable();
    persons.dedup();
    let persons = store::persons(cx, &persons).await?;
    let mut parties = HashMap::new();
    for (id, person_id, role) in wanted {
        let (Some(case), Some(person)) = (cases.get(id), persons.get(person_id)) else { continue };
        let me = cx.actor.person == Some(*person_id);
        // officers act by name towards each other; their phones stay private
        let colleague = role.is_some_and(|role| duty_of(role).is_some()) && cx.actor.is_official();
        let reporter = case.reporter_id == Some(*person_id);
        let view = match view(cx, case, called.contains(id)) {
            _ if me => PartyView::Open,
            PartyView::Hidden => PartyView::Hidden,
            _ if reporter && case.anonymous => PartyView::Hidden,
            PartyView::Masked if (colleague && !reporter) || person.erased_at.is_some() => PartyView::Open,
            view => view,
        };
        let party = match view {
            PartyView::Hidden => continue,
            PartyView::Open => Party { name: person.name.clone(), phone: person.phone.clone(), masked: false },
            PartyView::Masked => Party { name: mask_name(&person.name), phone: person.phone.as_deref().map(mask_phone), masked: true },
        };
        let party = if colleague && !reporter && !me { Party { phone: None, ..party } } else { party };
        parties.insert((*id, *person_id), party);
    }
    Ok(parties)
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
