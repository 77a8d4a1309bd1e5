//! The rules of composition 组成规则, each with its source. What an election or a by-election would break outright is refused ([`may_be_elected`],
//! [`may_be_added`]); what comes about by itself, such as too few members after one has resigned, is a [`Finding`].

use std::collections::HashSet;

use chrono::{Days, Months, NaiveDate};
use entity::{
    AreaLevel, CommitteeKind, CommitteeRole, CompositionRule, HandlerKind, PersonId, PostId, PostRole, SeatCapacity, committee,
    committee_member, committee_term, firm_contract, post,
};

/// Members of an owners' committee.
pub const LEAST: usize = 5;
pub const MOST: usize = 11;
/// Members of a party branch's committee.
const BRANCH_SEATS: std::ops::RangeInclusive<usize> = 3..=7;
const YEARS: u32 = 5;
/// Of a branch's committee where it is in no village or community, as a rule.
const BRANCH_YEARS: u32 = 3;
const CHAIR_WITHIN: Days = Days::new(7);
const FILED_WITHIN: Days = Days::new(30);

/// Where a rule is written. The Chinese text is what counts.
pub fn source(rule: CompositionRule) -> &'static str {
    use CompositionRule as R;
    match rule {
        R::OwnersOnly | R::MemberCount | R::OddNumber => "《业主大会和业主委员会指导规则》（建房〔2009〕274号）第三十一条",
        R::TermLength | R::ChairInTime => "《业主大会和业主委员会指导规则》（建房〔2009〕274号）第三十二条",
        R::FiledInTime => "《业主大会和业主委员会指导规则》（建房〔2009〕274号）第三十三条",
        R::NotOfServingFirm => "公开报道的做法：双向进入、交叉任职时业主委员会与服务本小区的物业企业任职回避",
        R::BranchSeats | R::BranchSecretary | R::BranchTerm => {
            "《中国共产党支部工作条例（试行）》（2018 年）第六章：支部委员会的组成和任期"
        }
        R::EnvironmentSeats => "公开报道的做法：环物会 9 人，居委会 1 人、公安 2 人、业主 6 人（中国新闻网 2019-06-18）",
    }
}

/// The messages of the rules that are refused; the others are found only.
const MESSAGES: [(CompositionRule, &str); 6] = [
    (CompositionRule::OwnersOnly, "broken-owners-only"),
    (CompositionRule::OddNumber, "broken-odd-number"),
    (CompositionRule::TermLength, "broken-term-length"),
    (CompositionRule::NotOfServingFirm, "broken-not-of-serving-firm"),
    (CompositionRule::MemberCount, "broken-member-count"),
    (CompositionRule::BranchTerm, "broken-branch-term"),
];

/// The message that says so where it is refused.
pub fn message(rule: CompositionRule) -> &'static str {
    MESSAGES.iter().find(|(of, _)| *of == rule).map_or("broken-member-count", |(_, message)| message)
}

/// No committee of today is older.
pub const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1949, 10, 1).expect("a day"); // invariant: it is one

/// Whether a post is at the firm of a contract, and the two have a day in common within these: of a seat on an owners' committee that must not be.
pub fn meets(contract: &firm_contract::Model, post: &post::Model, (from, to): (NaiveDate, NaiveDate)) -> bool {
    let first = from.max(post.starts_on).max(contract.starts_on);
    let within = |last: Option<NaiveDate>| last.is_none_or(|last| first <= last);
    post.unit_id == contract.firm_id.0 && first <= to && within(post.ends_on) && within(contract.ends_on)
}

/// What a committee can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    Complex,
    Area(AreaLevel),
    Branch,
}

pub fn fits(kind: CommitteeKind, place: PlaceKind) -> bool {
    match kind {
        CommitteeKind::Owners | CommitteeKind::OwnersSupervision => place == PlaceKind::Complex,
        CommitteeKind::EnvironmentProperty | CommitteeKind::Appraisal => {
            matches!(place, PlaceKind::Complex | PlaceKind::Area(AreaLevel::Community))
        }
        CommitteeKind::BranchCommittee => place == PlaceKind::Branch,
    }
}

/// The kind of unit that is called for what a committee is of: itself, where it can be.
pub fn handler_kind(kind: CommitteeKind) -> HandlerKind {
    match kind {
        CommitteeKind::Owners => HandlerKind::OwnersCommittee,
        CommitteeKind::BranchCommittee => HandlerKind::PartyBranch,
        CommitteeKind::OwnersSupervision | CommitteeKind::EnvironmentProperty | CommitteeKind::Appraisal => HandlerKind::Community,
    }
}

/// The post that follows from a seat: who chairs an owners' committee, or is a deputy, acts for it as long as the seat lasts.
pub fn post_of(committee: &committee::Model, seat: &committee_member::Model) -> Option<post::Model> {
    let leads = matches!(seat.role, CommitteeRole::Chair | CommitteeRole::Deputy);
    (committee.kind == CommitteeKind::Owners && leads).then_some(post::Model {
        id: PostId(seat.id.0),
        person_id: seat.person_id,
        role: PostRole::CommitteeChair,
        unit_id: committee.id.0,
        area_id: committee.area_id,
        starts_on: seat.starts_on,
        ends_on: Some(seat.ends_on),
        version: 1,
    })
}

/// The last day that a term may have.
pub fn last_day(kind: CommitteeKind, elected_on: NaiveDate) -> Option<NaiveDate> {
    if matches!(kind, CommitteeKind::Owners | CommitteeKind::BranchCommittee) { after_years(elected_on, YEARS) } else { None }
}

fn after_years(elected_on: NaiveDate, years: u32) -> Option<NaiveDate> {
    elected_on.checked_add_months(Months::new(12 * years)).and_then(|day| day.pred_opt())
}

/// A person who is to sit on a committee, as far as the rules go.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    pub role: CommitteeRole,
    pub capacity: SeatCapacity,
}

/// A rule that would be broken, by the candidate at this place or by all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    pub rule: CompositionRule,
    pub candidate: Option<usize>,
}

/// The members that an election gives, and its term: the first rule that they break.
pub fn may_be_elected(kind: CommitteeKind, elected: &[Candidate], elected_on: NaiveDate, ends_on: NaiveDate) -> Result<(), Broken> {
    let broken = |rule| Err(Broken { rule, candidate: None });
    if last_day(kind, elected_on).is_some_and(|last| last < ends_on) {
        return broken(if kind == CommitteeKind::Owners { CompositionRule::TermLength } else { CompositionRule::BranchTerm });
    }
    if kind != CommitteeKind::Owners {
        return Ok(());
    }
    if let Some(at) = elected.iter().position(|candidate| candidate.capacity != SeatCapacity::Owner) {
        return Err(Broken { rule: CompositionRule::OwnersOnly, candidate: Some(at) });
    }
    match elected.len() {
        LEAST..=MOST if elected.len() % 2 == 1 => Ok(()),
        LEAST..=MOST => broken(CompositionRule::OddNumber),
        _ => broken(CompositionRule::MemberCount),
    }
}

/// One more beside those who sit: an even number in between is a finding, not refused.
pub fn may_be_added(kind: CommitteeKind, sitting: usize, one: Candidate) -> Result<(), CompositionRule> {
    match kind {
        CommitteeKind::Owners if one.capacity != SeatCapacity::Owner => Err(CompositionRule::OwnersOnly),
        CommitteeKind::Owners if sitting >= MOST => Err(CompositionRule::MemberCount),
        _ => Ok(()),
    }
}

/// How a committee stands to one rule on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: CompositionRule,
    /// None: it cannot be said, or not yet.
    pub met: Option<bool>,
    pub args: Vec<(&'static str, String)>,
}

/// How a committee stands to the rules of its kind on a day of a term. `seats` are those of the term that began up to the day; `conflicts` says
/// how many members work for the firm that serves the complex, `secretaries` who holds the post of the branch's secretary, as far as it is known.
pub fn findings(
    kind: CommitteeKind,
    term: &committee_term::Model,
    seats: &[&committee_member::Model],
    (conflicts, secretaries): (usize, &[PersonId]),
    on: NaiveDate,
) -> Vec<Finding> {
    use CompositionRule as R;
    let sitting: Vec<_> = seats.iter().filter(|seat| seat.starts_on <= on && on <= seat.ends_on).collect();
    let say = |rule, met, args: &[(&'static str, String)]| Finding { rule, met, args: args.to_vec() };
    let count = [("count", sitting.len().to_string())];
    let seated = |role: Option<CommitteeRole>, capacity| {
        sitting.iter().filter(|seat| role.is_none_or(|role| seat.role == role) && seat.capacity == capacity).count()
    };
    let by_deadline = |rule, done: Option<NaiveDate>, within| {
        let due = term.elected_on + within;
        let met = match done.filter(|done| *done <= on) {
            Some(done) => Some(done <= due),
            None => (on > due).then_some(false),
        };
        say(
            rule,
            met,
            &[("due", due.to_string()), ("done", done.filter(|done| *done <= on).map_or("—".to_owned(), |done| done.to_string()))],
        )
    };
    let lasts = |years| after_years(term.elected_on, years).is_none_or(|last| term.ends_on <= last);
    let dates = [("from", term.elected_on.to_string()), ("to", term.ends_on.to_string())];
    match kind {
        CommitteeKind::Owners => {
            let owners = seated(None, SeatCapacity::Owner);
            // what is declared can be seen to be wrong, not to be right
            let owners_only = (owners < sitting.len()).then_some(false);
            let chair = seats.iter().filter(|seat| seat.role == CommitteeRole::Chair).map(|seat| seat.starts_on).min();
            vec![
                say(R::OwnersOnly, owners_only, &[("owners", owners.to_string()), ("count", sitting.len().to_string())]),
                say(R::MemberCount, Some((LEAST..=MOST).contains(&sitting.len())), &count),
                say(R::OddNumber, Some(sitting.len() % 2 == 1), &count),
                say(R::TermLength, Some(lasts(YEARS)), &dates),
                by_deadline(R::ChairInTime, chair, CHAIR_WITHIN),
                by_deadline(R::FiledInTime, term.filed_on, FILED_WITHIN),
                say(R::NotOfServingFirm, Some(conflicts == 0), &[("count", conflicts.to_string())]),
            ]
        }
        CommitteeKind::EnvironmentProperty => {
            let director = seated(Some(CommitteeRole::Chair), SeatCapacity::ResidentsCommittee);
            let deputies = seated(Some(CommitteeRole::Deputy), SeatCapacity::Police);
            let owners = seated(None, SeatCapacity::Owner);
            let met = (director, deputies, owners, sitting.len()) == (1, 2, 6, 9);
            let args = [("director", director), ("deputies", deputies), ("owners", owners), ("count", sitting.len())];
            vec![say(R::EnvironmentSeats, Some(met), &args.map(|(name, count)| (name, count.to_string())))]
        }
        CommitteeKind::BranchCommittee => {
            let chairs: HashSet<_> = sitting.iter().filter(|seat| seat.role == CommitteeRole::Chair).map(|seat| seat.person_id).collect();
            // the secretary in the chair is the one in the post, where there is one
            let secretaries = if chairs.is_empty() { 0 } else { chairs.iter().chain(secretaries).collect::<HashSet<_>>().len() };
            // between the two it depends on what is a community's, which nothing says of a branch
            let in_length = if lasts(BRANCH_YEARS) { Some(true) } else { (!lasts(YEARS)).then_some(false) };
            vec![
                say(R::BranchSeats, Some(BRANCH_SEATS.contains(&sitting.len())), &count),
                say(R::BranchSecretary, Some(secretaries == 1), &[("count", secretaries.to_string())]),
                say(R::BranchTerm, in_length, &dates),
            ]
        }
        // no rule for them is published
        CommitteeKind::OwnersSupervision | CommitteeKind::Appraisal => Vec::new(),
    }
}
