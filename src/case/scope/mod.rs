//! Who sees which case: its reporter, the grid, community, subdistrict and district it lies in, the branch that covers its complex, the unit that
//! handles it and the units called. Analysts, auditors and administrators see the cases of their area. Whistles, entries and registers follow.

mod engaged;
mod extensions;
mod paths;
mod policies;
mod registers;
mod removals;
mod words;

use chrono::{DateTime, Utc};
use entity::{
    AreaId, AreaLevel, CaseEventId, CaseId, CaseStatus, ClockKind, ClockOutcome, ClockState, ClockStatus, ComplexId, GridId, PartyBranchId,
    PostRole, RegisterId, WhistleId, WhistleStatus, case_clock, case_event, case_file, grid, grid_within, register_case, whistle,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, SelectStatement},
};
use uuid::Uuid;

use crate::{
    area::scope::{below_any, within},
    auth::Actor,
    complex,
    db::{
        filter::{Filter, Test},
        never,
        noun::{Noun, OrderBy, Parent},
        page::Key,
        subtree::{Gridded, Subtree},
        text::Text,
    },
    department, party,
};

pub use self::{
    engaged::engaging,
    extensions::{EXTENSIONS, ExtensionOrder, ExtensionWhere, Extensions},
    paths::{HandlingPaths, PathOrder, PathWhere},
    policies::{DeadlinePolicies, PolicyOrder, PolicyWhere},
    registers::{RegisterOrder, RegisterWhere, Registers},
    removals::{REMOVED_FROM, RegisterRemovals, RemovalOrder, RemovalWhere},
    words::{CATEGORY_NAMES, CategoryNames, LEVEL_NAMES, LevelNames, WordOrder, WordWhere, Words},
};

pub struct Cases;

pub enum CaseWhere {
    Id(Test),
    Number(Test),
    Title(Test),
    Category(Test),
    Status(Test),
    Priority(Test),
    Channel(Test),
    Level(Test),
    SettledLevel(Test),
    HandlerKind(Test),
    Handler(Test),
    Grid(Gridded),
    Building(Test),
    /// Complains about such a unit; who a person is, is not told to everybody who sees the case.
    Respondent(Test),
    Path(Test),
    ReportedAt(Test),
    UpdatedAt(Test),
    ResolvedAt(Test),
    ClosedAt(Test),
    ReopenCount(Test),
    Score(Test),
    /// Open 未结, or ended.
    Open(bool),
    Provenance(Test),
    Complex(Filter<complex::scope::ComplexWhere>),
    Matter(Filter<department::scope::MatterWhere>),
    Whistles(Filter<WhistleWhere>),
    Register(Test),
    DueAt(Test),
    /// Its own clock has run out at this instant and still runs, or not.
    Overdue(bool, DateTime<Utc>),
    Clocks(Filter<CaseClockWhere>),
    SupervisedBy(Test),
    Recovered(Test),
    Paid(Test),
    Within(Subtree),
    Text(Text),
}

/// Which clocks of a case.
pub enum CaseClockWhere {
    Kind(Test),
    /// Stands like one of these at this instant.
    Status(Vec<ClockStatus>, DateTime<Utc>),
    DueAt(Test),
    Provisional(bool),
}

#[derive(Clone, Copy)]
pub enum CaseOrder {
    ReportedAt,
    UpdatedAt,
    DueAt,
    Number,
}

pub const OF_COMPLEX: Parent<Cases, ComplexId> = Parent::own(|| case_file::Column::ComplexId.as_column_ref());
/// Those in its micro-grids too.
pub const OF_GRID: Parent<Cases, GridId> = Parent::linked(
    || grid_within::Column::OverId.as_column_ref(),
    || case_file::Entity::belongs_to(grid_within::Entity).from(case_file::Column::GridId).to(grid_within::Column::GridId).into(),
);
pub const IN_REGISTER: Parent<Cases, RegisterId> = Parent::linked(
    || register_case::Column::RegisterId.as_column_ref(),
    || case_file::Entity::belongs_to(register_case::Entity).from(case_file::Column::Id).to(register_case::Column::CaseId).into(),
);

impl Noun for Cases {
    type Entity = case_file::Entity;
    type Model = case_file::Model;
    type Id = CaseId;
    type Where = CaseWhere;
    type Order = CaseOrder;

    const ID: case_file::Column = case_file::Column::Id;

    fn id(row: &case_file::Model) -> CaseId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        let called = |units: &[Uuid]| {
            let call = whistle::Entity::find()
                .select_only()
                .expr(Expr::val(1))
                .filter(whistle::Column::CaseId.into_simple_expr().eq(case_file::Column::Id.into_simple_expr()))
                .filter(whistle::Column::TargetId.is_in(units.iter().copied()));
            Condition::all().add(Expr::exists(call.into_query()))
        };
        ways(actor, called).into_iter().fold(Condition::any().add(never()), Condition::add)
    }

    fn arms(actor: &Actor) -> Vec<Condition> {
        ways(actor, |units| Condition::all().add(case_file::Column::Id.in_subquery(calls(units))))
    }

    fn matching(fact: &CaseWhere) -> Condition {
        use case_file::Column as C;
        match fact {
            CaseWhere::Id(test) => test.on(C::Id),
            CaseWhere::Number(test) => test.on(C::Number),
            CaseWhere::Title(test) => test.on(C::Title),
            CaseWhere::Category(test) => test.on(C::Category),
            CaseWhere::Status(test) => test.on(C::Status),
            CaseWhere::Priority(test) => test.on(C::Priority),
            CaseWhere::Channel(test) => test.on(C::Channel),
            CaseWhere::Level(test) => test.on(C::Level),
            CaseWhere::SettledLevel(test) => test.on(C::SettledLevel),
            CaseWhere::HandlerKind(test) => test.on(C::HandlerKind),
            CaseWhere::Handler(test) => test.on(C::HandlerId),
            CaseWhere::Grid(gridded) => gridded.on(C::GridId),
            CaseWhere::Building(test) => test.on(C::BuildingId),
            CaseWhere::Respondent(test) => test.on(C::RespondentId).add(C::RespondentKind.is_not_null()),
            CaseWhere::Path(test) => test.on(C::PathId),
            CaseWhere::ReportedAt(test) => test.on(C::ReportedAt),
            CaseWhere::UpdatedAt(test) => test.on(C::UpdatedAt),
            CaseWhere::ResolvedAt(test) => test.on(C::ResolvedAt),
            CaseWhere::ClosedAt(test) => test.on(C::ClosedAt),
            CaseWhere::ReopenCount(test) => test.on(C::ReopenCount),
            CaseWhere::Score(test) => test.on(C::Score),
            CaseWhere::Open(true) => Condition::all().add(C::Status.is_in(CaseStatus::OPEN.iter().copied())),
            CaseWhere::Open(false) => Condition::all().add(C::Status.is_not_in(CaseStatus::OPEN.iter().copied())),
            CaseWhere::Provenance(test) => test.on(C::Provenance),
            CaseWhere::Complex(filter) => Condition::all().add(C::ComplexId.in_subquery(complex::scope::ids(filter))),
            CaseWhere::Matter(filter) => Condition::all().add(C::MatterId.in_subquery(department::scope::matter_ids(filter))),
            CaseWhere::Whistles(filter) => Condition::all().add(C::Id.in_subquery(cases_of(filter))),
            CaseWhere::Register(test) => Condition::all().add(C::Id.in_subquery(registered(test))),
            CaseWhere::DueAt(test) => test.on(C::DueAt),
            CaseWhere::Overdue(overdue, now) => {
                let late = [Filter::is(CaseClockWhere::Kind(Test::Eq(ClockKind::Case.into()))), Filter::is(CaseClockWhere::late(*now))];
                let late = Condition::all().add(C::Id.in_subquery(timed(&Filter::All(late.into()))));
                if *overdue { late } else { late.not() }
            }
            CaseWhere::Clocks(filter) => Condition::all().add(C::Id.in_subquery(timed(filter))),
            CaseWhere::SupervisedBy(test) => test.on(C::SupervisedBy),
            CaseWhere::Recovered(test) => test.on(C::Recovered),
            CaseWhere::Paid(test) => test.on(C::Paid),
            CaseWhere::Within(subtree) => lying_in(subtree),
            CaseWhere::Text(text) => text.on(C::Id),
        }
    }

    fn parts(fact: &CaseWhere) -> Vec<Condition> {
        match fact {
            CaseWhere::Within(subtree) => level_column(&subtree.code).map_or_else(Vec::new, |column| subtree.parts(column)),
            CaseWhere::Grid(gridded) => gridded.parts(case_file::Column::GridId),
            _ => Vec::new(),
        }
    }

    fn gridded(fact: &CaseWhere) -> Option<&Gridded> {
        if let CaseWhere::Grid(gridded) = fact { Some(gridded) } else { None }
    }

    fn subtree(fact: &CaseWhere) -> Option<&Subtree> {
        match fact {
            CaseWhere::Within(subtree) => level_column(&subtree.code).map(|_| subtree),
            _ => None,
        }
    }

    fn text(fact: &CaseWhere) -> Option<&Text> {
        if let CaseWhere::Text(text) = fact { Some(text) } else { None }
    }

    fn order(order: CaseOrder) -> OrderBy<Self> {
        match order {
            CaseOrder::ReportedAt => OrderBy { column: case_file::Column::ReportedAt, key: |row| row.reported_at.into() },
            CaseOrder::UpdatedAt => OrderBy { column: case_file::Column::UpdatedAt, key: |row| row.updated_at.into() },
            CaseOrder::DueAt => OrderBy { column: case_file::Column::DueAt, key: |row| row.due_at.into() },
            CaseOrder::Number => OrderBy { column: case_file::Column::Number, key: |row| Key::Text(row.number.clone()) },
        }
    }
}

/// The ways in which the actor sees cases, each on an index of its own. `called_on`: the cases about which one of these units was called, written
/// as what is read first or as a test of each row.
fn ways(actor: &Actor, called_on: impl Fn(&[Uuid]) -> Condition) -> Vec<Condition> {
    use case_file::Column as C;
    let Some(me) = actor.person else { return Vec::new() };
    let mut arms = vec![Condition::all().add(C::ReporterId.eq(me))];
    for (column, role) in [
        (C::GridId, PostRole::GridWorker),
        (C::CommunityId, PostRole::CommunityOfficer),
        (C::SubdistrictId, PostRole::SubdistrictOfficer),
        (C::DistrictId, PostRole::DistrictOfficer),
    ] {
        let units = actor.units::<Uuid>(role);
        if !units.is_empty() {
            arms.push(Condition::all().add(column.is_in(units)));
        }
    }
    let branches = actor.units::<PartyBranchId>(PostRole::BranchSecretary);
    if !branches.is_empty() {
        arms.push(Condition::all().add(C::ComplexId.in_subquery(party::scope::complexes_of(branches))));
    }
    // the units above handle and are called about their own places only, which the columns above tell
    let mut called = actor.units::<Uuid>(PostRole::DepartmentOfficer);
    called.extend(actor.units::<Uuid>(PostRole::FirmManager));
    called.extend(actor.units::<Uuid>(PostRole::CommitteeChair));
    if !called.is_empty() {
        arms.push(called_on(&called));
        arms.push(Condition::all().add(C::HandlerId.is_in(called)));
    }
    let read_only = [PostRole::Analyst, PostRole::Auditor, PostRole::Administrator];
    let overseen: Vec<AreaId> = actor.posts.iter().filter(|post| read_only.contains(&post.role)).map(|post| post.area).collect();
    if !overseen.is_empty() {
        // one arm for each level a post can be at; above the district, the districts below it
        let below = below_any(&overseen, [AreaLevel::City, AreaLevel::District]);
        arms.push(Condition::all().add(C::DistrictId.in_subquery(below)));
        arms.push(Condition::all().add(C::SubdistrictId.is_in(overseen.iter().copied())));
        arms.push(Condition::all().add(C::CommunityId.is_in(overseen.iter().copied())));
        arms.push(Condition::all().add(C::DistrictId.is_in(overseen)));
    }
    arms
}

/// The ids of the cases about which one of these units was called.
fn calls(units: &[Uuid]) -> SelectStatement {
    whistle::Entity::find()
        .select_only()
        .column(whistle::Column::CaseId)
        .filter(whistle::Column::TargetId.is_in(units.iter().copied()))
        .into_query()
}

/// The level is written in the code's digits, so that a filter meets the one column that has an index of this level. What was closed in an area lies
/// in the one that it was merged into, too.
fn lying_in(subtree: &Subtree) -> Condition {
    use case_file::Column as C;
    let code = &*subtree.code;
    if let Some(column) = level_column(code) {
        return subtree.on(column);
    }
    if code.len() <= 12 {
        return within(C::DistrictId, code);
    }
    let grids = grid::Entity::find().select_only().column(grid::Column::Id).filter(within(grid::Column::AreaId, code)).into_query();
    Condition::any().add(within(C::AreaId, code)).add(C::GridId.in_subquery(grids))
}

/// The column of this level, from the district to the community.
fn level_column(code: &str) -> Option<case_file::Column> {
    use case_file::Column as C;
    let zero = |from: usize, to: usize| code.get(from..to).is_some_and(|digits| digits.bytes().all(|b| b == b'0'));
    Some(match () {
        () if code.len() > 12 || zero(4, 12) => return None,
        () if zero(6, 12) => C::DistrictId,
        () if zero(9, 12) => C::SubdistrictId,
        () => C::CommunityId,
    })
}

/// Whether a role sees all cases of a place, so that the next row it may see is never far.
fn sees_a_place(role: PostRole) -> bool {
    !matches!(role, PostRole::Resident | PostRole::DepartmentOfficer | PostRole::FirmManager | PostRole::CommitteeChair)
}

fn cases_of(filter: &Filter<WhistleWhere>) -> SelectStatement {
    whistle::Entity::find().select_only().column(whistle::Column::CaseId).filter(filter.condition(Whistles::matching)).into_query()
}

impl CaseClockWhere {
    fn late(now: DateTime<Utc>) -> Self {
        Self::Status(vec![ClockStatus::Overdue], now)
    }
}

/// The cases with such a clock.
fn timed(filter: &Filter<CaseClockWhere>) -> SelectStatement {
    use case_clock::Column as C;
    let matching = |fact: &CaseClockWhere| match fact {
        CaseClockWhere::Kind(test) => test.on(C::Kind),
        CaseClockWhere::DueAt(test) => test.on(C::DueAt),
        CaseClockWhere::Provisional(provisional) => Condition::all().add(C::Provisional.eq(*provisional)),
        CaseClockWhere::Status(any, now) => {
            any.iter().map(|status| stands(*status, *now)).fold(Condition::any().add(never()), Condition::add)
        }
    };
    case_clock::Entity::find().select_only().column(C::CaseId).filter(filter.condition(matching)).into_query()
}

fn stands(status: ClockStatus, now: DateTime<Utc>) -> Condition {
    use case_clock::Column as C;
    let in_state = |state: ClockState| Condition::all().add(C::State.eq(state));
    let ended = |outcome: ClockOutcome| in_state(ClockState::Stopped).add(C::Outcome.eq(outcome));
    match status {
        ClockStatus::OnTrack => in_state(ClockState::Running).add(C::WarnAt.gt(now)).add(C::DueAt.gt(now)),
        ClockStatus::AtRisk => in_state(ClockState::Running).add(C::WarnAt.lte(now)).add(C::DueAt.gt(now)),
        ClockStatus::Overdue => in_state(ClockState::Running).add(C::DueAt.lte(now)),
        ClockStatus::Paused => in_state(ClockState::Paused),
        ClockStatus::Met => ended(ClockOutcome::Met),
        ClockStatus::Missed => ended(ClockOutcome::Missed),
        ClockStatus::Cancelled => ended(ClockOutcome::Cancelled),
    }
}

fn registered(test: &Test) -> SelectStatement {
    register_case::Entity::find()
        .select_only()
        .column(register_case::Column::CaseId)
        .filter(test.on(register_case::Column::RegisterId))
        .into_query()
}

/// The case that this column points at may be seen: one look-up by key for each row that is read.
fn of_seen_case(column: impl IntoSimpleExpr, actor: &Actor) -> Condition {
    if actor.person.is_none() {
        return never();
    }
    let case = case_file::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(case_file::Column::Id.into_simple_expr().eq(column.into_simple_expr()))
        .filter(Cases::visible_to(actor));
    Condition::all().add(Expr::exists(case.into_query()))
}

pub struct Whistles;

pub enum WhistleWhere {
    Id(Test),
    Status(Test),
    TargetKind(Test),
    Target(Test),
    FromKind(Test),
    From(Test),
    Lead(bool),
    RaisedAt(Test),
    CheckInDueAt(Test),
    CheckedInAt(Test),
    /// The superior was called instead, or not.
    Escalated(bool),
    /// Unanswered at this instant although it is past its time, or not.
    Overdue(bool, DateTime<Utc>),
    Case(Filter<CaseWhere>),
    Within(Subtree),
}

#[derive(Clone, Copy)]
pub enum WhistleOrder {
    RaisedAt,
    CheckInDueAt,
}

pub const OF_CASE: Parent<Whistles, CaseId> = Parent::own(|| whistle::Column::CaseId.as_column_ref());

impl Noun for Whistles {
    type Entity = whistle::Entity;
    type Model = whistle::Model;
    type Id = WhistleId;
    type Where = WhistleWhere;
    type Order = WhistleOrder;

    const ID: whistle::Column = whistle::Column::Id;

    fn id(row: &whistle::Model) -> WhistleId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        of_seen_case(whistle::Column::CaseId, actor)
    }

    fn arms(actor: &Actor) -> Vec<Condition> {
        if actor.posts.iter().any(|post| sees_a_place(post.role)) {
            return vec![Self::visible_to(actor)];
        }
        // few cases here and there: they are looked up first
        let of = |cases| Condition::all().add(whistle::Column::CaseId.in_subquery(cases));
        Cases::arms(actor)
            .into_iter()
            .map(|arm| of(case_file::Entity::find().select_only().column(case_file::Column::Id).filter(arm).into_query()))
            .collect()
    }

    fn subtree(fact: &WhistleWhere) -> Option<&Subtree> {
        match fact {
            WhistleWhere::Within(subtree) => level_column(&subtree.code).map(|_| subtree),
            _ => None,
        }
    }

    fn matching(fact: &WhistleWhere) -> Condition {
        use whistle::Column as C;
        match fact {
            WhistleWhere::Id(test) => test.on(C::Id),
            WhistleWhere::Status(test) => test.on(C::Status),
            WhistleWhere::TargetKind(test) => test.on(C::TargetKind),
            WhistleWhere::Target(test) => test.on(C::TargetId),
            WhistleWhere::FromKind(test) => test.on(C::FromKind),
            WhistleWhere::From(test) => test.on(C::FromId),
            WhistleWhere::Lead(lead) => Condition::all().add(C::Lead.eq(*lead)),
            WhistleWhere::RaisedAt(test) => test.on(C::RaisedAt),
            WhistleWhere::CheckInDueAt(test) => test.on(C::CheckInDueAt),
            WhistleWhere::CheckedInAt(test) => test.on(C::CheckedInAt),
            WhistleWhere::Escalated(true) => C::EscalatedToId.is_not_null().into(),
            WhistleWhere::Escalated(false) => C::EscalatedToId.is_null().into(),
            WhistleWhere::Overdue(overdue, now) => {
                let late = Condition::all().add(C::Status.eq(WhistleStatus::Raised)).add(C::CheckInDueAt.lt(*now));
                if *overdue { late } else { late.not() }
            }
            WhistleWhere::Case(filter) => {
                let cases = case_file::Entity::find().select_only().column(case_file::Column::Id).filter(filter.condition(Cases::matching));
                Condition::all().add(C::CaseId.in_subquery(cases.into_query()))
            }
            WhistleWhere::Within(subtree) => {
                let cases = case_file::Entity::find().select_only().column(case_file::Column::Id).filter(lying_in(subtree));
                Condition::all().add(C::CaseId.in_subquery(cases.into_query()))
            }
        }
    }

    fn order(order: WhistleOrder) -> OrderBy<Self> {
        match order {
            WhistleOrder::RaisedAt => OrderBy { column: whistle::Column::RaisedAt, key: |row| row.raised_at.into() },
            WhistleOrder::CheckInDueAt => OrderBy { column: whistle::Column::CheckInDueAt, key: |row| row.check_in_due_at.into() },
        }
    }
}

pub struct Events;

pub enum EventWhere {
    Kind(Test),
    At(Test),
}

#[derive(Clone, Copy)]
pub enum EventOrder {
    Sequence,
}

pub const ENTRIES: Parent<Events, CaseId> = Parent::own(|| case_event::Column::CaseId.as_column_ref());

impl Noun for Events {
    type Entity = case_event::Entity;
    type Model = case_event::Model;
    type Id = CaseEventId;
    type Where = EventWhere;
    type Order = EventOrder;

    const ID: case_event::Column = case_event::Column::Id;

    fn id(row: &case_event::Model) -> CaseEventId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        of_seen_case(case_event::Column::CaseId, actor)
    }

    fn matching(fact: &EventWhere) -> Condition {
        match fact {
            EventWhere::Kind(test) => test.on(case_event::Column::Kind),
            EventWhere::At(test) => test.on(case_event::Column::At),
        }
    }

    fn order(order: EventOrder) -> OrderBy<Self> {
        match order {
            EventOrder::Sequence => OrderBy { column: case_event::Column::Seq, key: |row| Key::Int(row.seq.into()) },
        }
    }
}
