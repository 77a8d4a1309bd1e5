//! The rules of cases, without a database: every move from every status, and who may make it.

use std::collections::{BTreeSet, VecDeque};

use chuishao::{
    auth::{Actor, HeldPost},
    case::{
        model::{Denial, after_check_in, next},
        policy::{Standing, may, may_merge_into},
    },
};
use entity::*;
use proptest::{prelude::*, test_runner::TestRunner};
use uuid::Uuid;

use crate::support::{app::start_of_time, cases::MOVES, rows::bare_case};

crate::tests! {
    pure: [
        every_move_starts_where_the_table_says_and_nowhere_else,
        a_check_in_starts_what_nobody_has_started,
        an_ended_case_leaves_only_by_reopening,
        every_open_case_can_be_closed,
        no_chain_of_moves_leaves_the_table,
        everyone_may_do_what_the_table_says_and_nothing_else,
        a_respondent_may_do_nothing,
        the_resolver_neither_closes_nor_returns_nor_merges,
        what_is_supervised_ends_by_its_supervisor_or_above,
        nobody_without_rank_rejects_merges_closes_or_returns,
        the_reporter_alone_withdraws_and_rates,
        what_a_lower_rank_may_a_higher_may_too,
        what_was_settled_in_the_complex_is_verified_by_its_grid_all_else_by_the_community,
        a_standing_follows_from_the_posts_and_the_case,
        a_person_without_posts_stands_nowhere,
    ]
}

/// Every pair of an action and a status with what the table says of it.
fn table() -> impl Iterator<Item = (CaseAction, CaseStatus, Result<CaseStatus, Denial>)> {
    let pairs = CaseAction::ALL.iter().flat_map(|&action| CaseStatus::ALL.iter().map(move |&from| (action, from)));
    pairs.map(|(action, from)| {
        let rows: Vec<_> = MOVES.iter().filter(|row| row.0 == action).collect();
        assert_eq!(rows.len(), 1, "{action:?} has one row");
        let (_, starts, to) = rows[0];
        let refusal = if action == CaseAction::RaiseWhistle { Denial::CaseClosed } else { Denial::InvalidState };
        (action, from, if starts.contains(&from) { Ok(to.unwrap_or(from)) } else { Err(refusal) })
    })
}

fn every_move_starts_where_the_table_says_and_nowhere_else() {
    assert_eq!(table().count(), 19 * 9);
    for (action, from, expected) in table() {
        assert_eq!(next(action, from), expected, "{action:?} from {from:?}");
    }
}

fn a_check_in_starts_what_nobody_has_started() {
    for &from in CaseStatus::ALL {
        let starts = matches!(from, CaseStatus::Reported | CaseStatus::Accepted | CaseStatus::Assigned);
        assert_eq!(after_check_in(from), if starts { CaseStatus::InProgress } else { from });
        // a check-in never does what startCase could not
        assert_eq!(starts, next(CaseAction::Start, from) == Ok(CaseStatus::InProgress));
    }
}

fn an_ended_case_leaves_only_by_reopening() {
    for &from in CaseStatus::ALL.iter().filter(|status| !status.is_open()) {
        let leaving: Vec<_> = CaseAction::ALL.iter().filter(|action| next(**action, from).is_ok_and(|to| to != from)).collect();
        match from {
            CaseStatus::Closed | CaseStatus::Rejected => assert_eq!(leaving, [&CaseAction::Reopen], "{from:?}"),
            _ => assert!(leaving.is_empty(), "{from:?} is left by {leaving:?}"),
        }
    }
}

fn every_open_case_can_be_closed() {
    for &start in CaseStatus::OPEN {
        let (mut seen, mut queue) = (BTreeSet::from([start]), VecDeque::from([start]));
        while let Some(from) = queue.pop_front() {
            let reached = CaseAction::ALL.iter().filter_map(|action| next(*action, from).ok());
            queue.extend(reached.filter(|to| seen.insert(*to)));
        }
        assert!(seen.contains(&CaseStatus::Closed), "{start:?} leads to {seen:?} only");
    }
}

fn no_chain_of_moves_leaves_the_table() {
    let chains = prop::collection::vec(prop::sample::select(CaseAction::ALL), 0..60);
    check(&chains, |chain| {
        let (mut status, mut resolved) = (CaseStatus::Reported, false);
        for action in chain {
            let Ok(to) = next(action, status) else { continue };
            // what is closed was resolved before, and what was resolved is no longer once it is returned or reopened
            match to {
                CaseStatus::Resolved => resolved = true,
                CaseStatus::Closed => prop_assert!(resolved, "closed by {:?} unresolved", action),
                CaseStatus::Merged => {}
                _ => resolved = false,
            }
            if matches!(status, CaseStatus::Withdrawn | CaseStatus::Merged) {
                prop_assert_eq!(to, status);
            }
            status = to;
        }
        Ok(())
    });
}

fn check<S: Strategy>(strategy: &S, test: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S::Value: std::fmt::Debug,
{
    // without a file of failures: a failing case becomes a test of its own
    let config = ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() };
    if let Err(error) = TestRunner::new(config).run(strategy, test) {
        panic!("{error}");
    }
}

const LEVELS: [HandlingLevel; 5] =
    [HandlingLevel::Complex, HandlingLevel::Grid, HandlingLevel::Community, HandlingLevel::Subdistrict, HandlingLevel::District];

fn ranks() -> impl Iterator<Item = Option<HandlingLevel>> + Clone {
    std::iter::once(None).chain(LEVELS.map(Some))
}

/// Every way to stand to a case.
fn standings() -> Vec<Standing> {
    let flags = (0u8..32).map(|bits| [1, 2, 4, 8, 16].map(|bit| bits & bit != 0));
    let all = flags.flat_map(|[reporter, respondent, handles, on_duty, resolved_it]| {
        ranks().map(move |rank| Standing { reporter, respondent, handles, rank, on_duty, resolved_it })
    });
    all.collect()
}

/// Every case, as far as rights go.
fn cases() -> Vec<case_file::Model> {
    let places = LEVELS.iter().flat_map(|&level| ranks().map(move |settled| (level, settled)));
    places.flat_map(|(level, settled)| CaseStatus::ALL.iter().map(move |&status| case(status, level, settled))).collect()
}

/// Who may do what, written down: any one of these is enough.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Reporter,
    /// Works for the unit that has it.
    Handler,
    /// Answers for the place at the level the case stands at, or above.
    Level,
    /// Answers for the place above the level the case stands at, or at the district, which has nobody above.
    Above,
    /// Answers for the place at the level that verifies, or above.
    Verifier,
    Community,
    AnyRank,
    /// Can be called by whistles at all.
    OnDuty,
}

fn who(action: CaseAction) -> &'static [Who] {
    use Who::*;
    match action {
        CaseAction::Withdraw | CaseAction::Rate => &[Reporter],
        CaseAction::Accept | CaseAction::Classify | CaseAction::Assign | CaseAction::Start | CaseAction::Resolve => &[Handler, Level],
        CaseAction::Reject | CaseAction::Merge => &[Level],
        CaseAction::Close | CaseAction::Return => &[Verifier],
        CaseAction::Reopen => &[Reporter, Community],
        CaseAction::AddNote | CaseAction::AddEvidence => &[Reporter, OnDuty],
        CaseAction::RaiseWhistle => &[AnyRank, OnDuty],
        CaseAction::Supervise => &[Above],
        CaseAction::PauseClock | CaseAction::ResumeClock | CaseAction::ExtendDeadline => &[Handler, Level],
    }
}

fn is(who: Who, standing: &Standing, case: &case_file::Model) -> bool {
    let ranks = |level| standing.rank.is_some_and(|rank| rank >= level);
    match who {
        Who::Reporter => standing.reporter,
        Who::Handler => standing.handles,
        Who::Level => ranks(case.level),
        Who::Above => standing.rank.is_some_and(|rank| rank > case.level) || ranks(HandlingLevel::District),
        Who::Verifier if case.settled_level.unwrap_or(case.level) == HandlingLevel::Complex => ranks(HandlingLevel::Grid),
        Who::Verifier | Who::Community => ranks(HandlingLevel::Community),
        Who::AnyRank => standing.rank.is_some(),
        Who::OnDuty => standing.on_duty,
    }
}

fn everyone_may_do_what_the_table_says_and_nothing_else() {
    let (standings, cases) = (standings(), cases());
    assert_eq!((standings.len(), cases.len()), (192, 270));
    for case in &cases {
        for standing in &standings {
            for &action in CaseAction::ALL {
                let verifies = matches!(action, CaseAction::Close | CaseAction::Return | CaseAction::Merge);
                let expected = if standing.respondent {
                    Err(Denial::Respondent)
                } else if !who(action).iter().any(|who| is(*who, standing, case)) {
                    Err(Denial::Forbidden)
                } else if verifies && standing.resolved_it {
                    Err(Denial::SamePerson)
                } else {
                    Ok(())
                };
                assert_eq!(may(standing, action, case), expected, "{action:?} on {:?} {:?} by {standing:?}", case.status, case.level);
            }
        }
    }
}

/// Every action of every standing on every case.
fn each(mut test: impl FnMut(&Standing, CaseAction, &case_file::Model, Result<(), Denial>)) {
    let standings = standings();
    for case in cases() {
        for standing in &standings {
            for &action in CaseAction::ALL {
                test(standing, action, &case, may(standing, action, &case));
            }
        }
    }
}

fn a_respondent_may_do_nothing() {
    each(|standing, action, _, verdict| {
        assert_eq!(standing.respondent, verdict == Err(Denial::Respondent), "{action:?} by {standing:?}");
    });
}

fn the_resolver_neither_closes_nor_returns_nor_merges() {
    each(|standing, action, _, verdict| {
        let verifies = matches!(action, CaseAction::Close | CaseAction::Return | CaseAction::Merge);
        if verifies && standing.resolved_it {
            assert!(verdict.is_err(), "{action:?} by {standing:?}");
        } else {
            assert_ne!(verdict, Err(Denial::SamePerson), "{action:?} by {standing:?}");
        }
    });
}

fn what_is_supervised_ends_by_its_supervisor_or_above() {
    let supervised = case_file::Model {
        supervised_by: Some(HandlingLevel::Subdistrict),
        ..case(CaseStatus::Resolved, HandlingLevel::Grid, Some(HandlingLevel::Grid))
    };
    for rank in LEVELS {
        let standing = Standing { rank: Some(rank), on_duty: true, ..Standing::default() };
        let expected = if rank >= HandlingLevel::Subdistrict { Ok(()) } else { Err(Denial::Forbidden) };
        for action in [CaseAction::Reject, CaseAction::Merge, CaseAction::Close, CaseAction::Return] {
            assert_eq!(may(&standing, action, &supervised), expected, "{action:?} by {rank:?}");
        }
        // it goes on, and takes duplicates in from whoever has it
        assert_eq!(may_merge_into(&standing, &supervised).is_ok(), rank >= HandlingLevel::Grid, "{rank:?}");
    }
}

fn nobody_without_rank_rejects_merges_closes_or_returns() {
    use CaseAction::{Close, Merge, Reject, Return};
    each(|standing, action, _, verdict| {
        if standing.rank.is_none() && matches!(action, Close | Merge | Reject | Return) {
            let expected = if standing.respondent { Denial::Respondent } else { Denial::Forbidden };
            assert_eq!(verdict, Err(expected), "{action:?} by {standing:?}");
        }
    });
}

fn the_reporter_alone_withdraws_and_rates() {
    each(|standing, action, _, verdict| {
        if matches!(action, CaseAction::Withdraw | CaseAction::Rate) {
            assert_eq!(verdict.is_ok(), standing.reporter && !standing.respondent, "{action:?} by {standing:?}");
        }
    });
}

fn what_a_lower_rank_may_a_higher_may_too() {
    each(|standing, action, case, verdict| {
        for rank in ranks().filter(|rank| *rank > standing.rank) {
            let higher = Standing { rank, ..*standing };
            assert!(verdict.is_err() || may(&higher, action, case).is_ok(), "{action:?} on {:?}: {standing:?}, not {rank:?}", case.level);
        }
    });
}

fn what_was_settled_in_the_complex_is_verified_by_its_grid_all_else_by_the_community() {
    let by = |rank, settled| {
        let standing = Standing { rank: Some(rank), on_duty: true, ..Standing::default() };
        // it has come up since, which is no reason to verify elsewhere
        may(&standing, CaseAction::Close, &case(CaseStatus::Resolved, HandlingLevel::District, Some(settled)))
    };
    assert_eq!(by(HandlingLevel::Grid, HandlingLevel::Complex), Ok(()));
    for settled in &LEVELS[1..] {
        assert_eq!(by(HandlingLevel::Grid, *settled), Err(Denial::Forbidden), "{settled:?}");
        assert_eq!(by(HandlingLevel::Community, *settled), Ok(()), "{settled:?}");
    }
}

const GRID: Uuid = Uuid::from_u128(1);
const COMMUNITY: Uuid = Uuid::from_u128(2);
const SUBDISTRICT: Uuid = Uuid::from_u128(3);
const DISTRICT: Uuid = Uuid::from_u128(4);
const FIRM: Uuid = Uuid::from_u128(5);
const ELSEWHERE: Uuid = Uuid::from_u128(6);
const ME: PersonId = PersonId(Uuid::from_u128(7));

fn actor(posts: &[(PostRole, Uuid)]) -> Actor {
    let posts = posts.iter().map(|&(role, unit)| HeldPost { id: PostId(unit), role, unit, area: AreaId(DISTRICT) }).collect();
    Actor { person: Some(ME), posts, ..Actor::default() }
}

/// A case of the grid's.
fn case(status: CaseStatus, level: HandlingLevel, settled_level: Option<HandlingLevel>) -> case_file::Model {
    case_file::Model {
        status,
        level,
        settled_level,
        handler_id: GRID,
        area_id: AreaId(COMMUNITY),
        district_id: AreaId(DISTRICT),
        subdistrict_id: Some(AreaId(SUBDISTRICT)),
        community_id: Some(AreaId(COMMUNITY)),
        grid_id: Some(GridId(GRID)),
        reporter_id: Some(PersonId(Uuid::from_u128(101))),
        ..bare_case(start_of_time())
    }
}

fn a_standing_follows_from_the_posts_and_the_case() {
    use PostRole::*;
    let grids = || case(CaseStatus::Reported, HandlingLevel::Grid, None);
    let of = |posts: &[(PostRole, Uuid)], case: &case_file::Model| Standing::of(&actor(posts), case);
    // the highest post counts, and only of this place
    for (role, unit, rank) in [
        (GridWorker, GRID, HandlingLevel::Grid),
        (CommunityOfficer, COMMUNITY, HandlingLevel::Community),
        (SubdistrictOfficer, SUBDISTRICT, HandlingLevel::Subdistrict),
        (DistrictOfficer, DISTRICT, HandlingLevel::District),
    ] {
        assert_eq!(of(&[(GridWorker, ELSEWHERE), (role, unit)], &grids()).rank, Some(rank));
        let elsewhere = of(&[(role, ELSEWHERE)], &grids());
        assert_eq!((elsewhere.rank, elsewhere.on_duty, elsewhere.handles), (None, true, false), "{role:?}");
    }
    assert_eq!(of(&[(DistrictOfficer, DISTRICT), (GridWorker, GRID)], &grids()).rank, Some(HandlingLevel::District));
    // a unit of another kind is another unit
    assert!(of(&[(GridWorker, GRID)], &grids()).handles);
    assert!(!of(&[(FirmManager, GRID)], &grids()).handles);
    for role in [Resident, Analyst, Auditor, Administrator] {
        assert_eq!(of(&[(role, GRID), (role, DISTRICT)], &grids()), Standing::default(), "{role:?}");
    }

    let mut about_firm = grids();
    (about_firm.respondent_kind, about_firm.respondent_id) = (Some(HandlerKind::PropertyFirm), Some(FIRM));
    assert!(of(&[(FirmManager, FIRM)], &about_firm).respondent);
    assert!(of(&[(GridWorker, GRID), (FirmManager, FIRM)], &about_firm).respondent);
    assert!(!of(&[(FirmManager, ELSEWHERE)], &about_firm).respondent);
    assert!(!of(&[(Resident, FIRM)], &about_firm).respondent, "to live somewhere is not to work there");
    let mut about_me = grids();
    about_me.respondent_id = Some(ME.0);
    assert!(of(&[(GridWorker, GRID)], &about_me).respondent);
    let mut by_me = grids();
    (by_me.reporter_id, by_me.resolved_by) = (Some(ME), Some(ME));
    assert_eq!(of(&[], &by_me), Standing { reporter: true, resolved_it: true, ..Standing::default() });
}

fn a_person_without_posts_stands_nowhere() {
    let mut nobodys = case(CaseStatus::Resolved, HandlingLevel::Grid, None);
    // neither reporter nor resolver are known
    (nobodys.reporter_id, nobodys.resolved_by) = (None, None);
    let anonymous = Standing::of(&Actor::anonymous(), &nobodys);
    assert_eq!(anonymous, Standing::default());
    for &action in CaseAction::ALL {
        assert_eq!(may(&anonymous, action, &nobodys), Err(Denial::Forbidden), "{action:?}");
    }
}
