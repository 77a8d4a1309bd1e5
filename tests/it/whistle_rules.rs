//! The rules of whistles, without a database: every move from every status, who is above whom, who calls whom, who rules.

use chuishao::case::model::{Denial, can_whistle, is_out, next_whistle, ruler, superior};
use entity::{CaseStatus, HandlerKind, WhistleAction, WhistleStatus};

crate::tests! {
    pure: [
        every_move_of_a_whistle_starts_where_the_table_says_and_nowhere_else,
        nothing_moves_on_an_ended_case,
        what_is_out_waits_for_somebody_who_can_still_move_it,
        an_escalated_whistle_is_only_checked_in,
        every_unit_has_its_superior_up_to_the_district,
        whistles_are_blown_upwards_only_and_by_whom_the_table_says,
        a_decline_is_ruled_on_by_the_whistlers_superior,
        nobody_rules_on_a_decline_of_their_own,
    ]
}

use WhistleAction::{CheckIn, Conclude, Decline, Escalate, Rate, Rule, Withdraw};
use WhistleStatus::{CheckedIn, Concluded, Declined, Escalated, Raised, Withdrawn};

/// What can be done to a whistle of an open case, from where, to where. Ruling leaves it declined: the service raises it again where it overrules.
const MOVES: &[(WhistleAction, WhistleStatus, WhistleStatus)] = &[
    (CheckIn, Raised, CheckedIn),
    (CheckIn, Escalated, CheckedIn),
    (Decline, Raised, Declined),
    (Rule, Declined, Declined),
    (Conclude, CheckedIn, Concluded),
    (Withdraw, Raised, Withdrawn),
    (Withdraw, CheckedIn, Withdrawn),
    (Withdraw, Declined, Withdrawn),
    (Escalate, Raised, Escalated),
    (Rate, CheckedIn, CheckedIn),
    (Rate, Concluded, Concluded),
];

/// Every move there is: action, status, ruled, status of the case.
fn each(mut test: impl FnMut(WhistleAction, WhistleStatus, bool, CaseStatus, Result<WhistleStatus, Denial>)) {
    for &action in WhistleAction::ALL {
        for &from in WhistleStatus::ALL {
            for ruled in [false, true] {
                for &case in CaseStatus::ALL {
                    test(action, from, ruled, case, next_whistle(action, from, ruled, case));
                }
            }
        }
    }
}

fn every_move_of_a_whistle_starts_where_the_table_says_and_nowhere_else() {
    let mut count = 0;
    each(|action, from, ruled, case, verdict| {
        count += 1;
        let row = MOVES.iter().find(|row| (row.0, row.1) == (action, from));
        let expected = match row {
            // how a unit came can be said as long as the file is there
            _ if !case.is_open() && action != Rate => Err(Denial::CaseClosed),
            Some(_) if matches!((action, from), (Rule | Withdraw, Declined)) && ruled => Err(Denial::InvalidState),
            Some((_, _, to)) => Ok(*to),
            None if action == CheckIn && matches!(from, CheckedIn | Concluded) => Err(Denial::AlreadyCheckedIn),
            None => Err(Denial::InvalidState),
        };
        assert_eq!(verdict, expected, "{action:?} from {from:?}, ruled: {ruled}, case {case:?}");
    });
    assert_eq!(count, 7 * 6 * 2 * 9);
}

fn nothing_moves_on_an_ended_case() {
    each(|action, from, _, case, verdict| {
        let ended = !CaseStatus::OPEN.contains(&case) && action != Rate;
        assert_eq!(ended, verdict == Err(Denial::CaseClosed), "{action:?} from {from:?}, case {case:?}");
    });
}

fn what_is_out_waits_for_somebody_who_can_still_move_it() {
    for &status in WhistleStatus::ALL {
        for ruled in [false, true] {
            let out = is_out(status, ruled);
            let expected = matches!(status, Raised | CheckedIn) || (status == Declined && !ruled);
            assert_eq!(out, expected, "{status:?}, ruled: {ruled}");
            let mut moves = WhistleAction::ALL.iter().filter(|action| **action != Rate);
            let movable = moves.any(|action| next_whistle(*action, status, ruled, CaseStatus::InProgress).is_ok());
            assert!(!out || movable, "{status:?} would keep its case from being resolved for ever");
        }
    }
}

fn an_escalated_whistle_is_only_checked_in() {
    each(|action, from, _, _, verdict| {
        // so it escalates once
        assert!(from != Escalated || verdict.is_err() || action == CheckIn, "{action:?}");
    });
}

use HandlerKind::{Community, Department, District, Grid, OwnersCommittee, PartyBranch, PropertyFirm, Subdistrict};

fn every_unit_has_its_superior_up_to_the_district() {
    let table = [
        (PropertyFirm, Some(Community)),
        (OwnersCommittee, Some(Community)),
        (PartyBranch, Some(Community)),
        (Grid, Some(Community)),
        (Community, Some(Subdistrict)),
        (Subdistrict, Some(District)),
        (Department, Some(District)),
        (District, None),
    ];
    assert_eq!(table.len(), HandlerKind::ALL.len());
    for (kind, above) in table {
        assert_eq!(superior(kind), above, "{kind:?}");
        assert!(above.is_none_or(|above| above.level() >= kind.level()));
        let top = std::iter::successors(Some(kind), |kind| superior(*kind)).take(10).last();
        assert_eq!(top, Some(District), "{kind:?}");
    }
}

fn whistles_are_blown_upwards_only_and_by_whom_the_table_says() {
    let table: [(HandlerKind, &[HandlerKind]); 8] = [
        (Grid, &[Community]),
        (PartyBranch, &[Department]),
        (Community, &[Subdistrict, Department]),
        (Subdistrict, &[Department, District]),
        (PropertyFirm, &[]),
        (OwnersCommittee, &[]),
        (Department, &[]),
        (District, &[]),
    ];
    for (from, targets) in table {
        for &to in HandlerKind::ALL {
            assert_eq!(can_whistle(from, to), targets.contains(&to), "{from:?} whistles {to:?}");
            assert!(!can_whistle(from, to) || to.level() > from.level(), "{from:?} whistles down to {to:?}");
        }
    }
}

fn a_decline_is_ruled_on_by_the_whistlers_superior() {
    let table = [
        // a resident's: by the superior of the unit called
        (None, Grid, Some(Community)),
        (None, Community, Some(Subdistrict)),
        (None, Subdistrict, Some(District)),
        (None, District, None),
        (Some(PartyBranch), Department, Some(Community)),
        (Some(Community), Department, Some(Subdistrict)),
        (Some(Subdistrict), Department, Some(District)),
        // the whistler's superior is the very unit that declined: the next above
        (Some(Grid), Community, Some(Subdistrict)),
        (Some(Community), Subdistrict, Some(District)),
        (Some(Subdistrict), District, None),
        // escalated past the whistler's superior
        (Some(Grid), Subdistrict, Some(District)),
        (Some(Community), District, None),
    ];
    for (from, target, expected) in table {
        assert_eq!(ruler(from, target), expected, "{from:?} > {target:?}");
    }
}

fn nobody_rules_on_a_decline_of_their_own() {
    for from in std::iter::once(None).chain(HandlerKind::ALL.iter().copied().map(Some)) {
        for &target in HandlerKind::ALL {
            assert_ne!(ruler(from, target), Some(target), "{from:?} > {target:?}");
        }
    }
}
