//! The mutations of committees.

use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use entity::{
    BuildingId, CommitteeId, CommitteeKind, CommitteeMemberId, CommitteeRole, ComplexId, CompositionRule, PartyBranchId, PersonId,
    SeatCapacity, SeatEnd, SeatOrigin,
};

use super::{Committee, CommitteeMember};
use crate::{
    app::Cx,
    case::{graphql::stale, service::Terms},
    committee::{
        model::{message, source},
        service::{self, Change, Changed, CommitteeError, NewCommittee, NewSeat, NewTerm, PlaceNamed, Which},
    },
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal, UserError, UserErrorCode},
        id,
        input::{TEXT, TITLE, maybe_text, text},
        payload::{answer, settle},
        plan,
        scalar::{AreaCode, Date},
    },
    payloads,
    record::graphql::inputs,
};

/// Members that an election names at most.
const MOST_MEMBERS: usize = 50;

impl From<CommitteeError> for ApiError {
    fn from(error: CommitteeError) -> Self {
        match error {
            CommitteeError::NotFound(field) => Refusal::not_found(&field).into(),
            CommitteeError::Forbidden(field) => Refusal::new(UserErrorCode::Forbidden, "forbidden", field).into(),
            CommitteeError::Required(field) => Refusal::new(UserErrorCode::Required, "required", &field).into(),
            CommitteeError::OutOfRange(field, low, high) => {
                Refusal::new(UserErrorCode::OutOfRange, "out-of-range", field).with("low", low).with("high", high).into()
            }
            CommitteeError::Broken(rule, field) => broken(rule, &field).into(),
            CommitteeError::Taken(field) => Refusal::new(UserErrorCode::AlreadyExists, "taken", &field).into(),
            CommitteeError::Mismatch(field) => Refusal::new(UserErrorCode::Mismatch, "mismatch", &field).into(),
            CommitteeError::State(field) => Refusal::new(UserErrorCode::InvalidState, "invalid-state", field).into(),
            CommitteeError::Engaged(field) => Refusal::new(UserErrorCode::InvalidState, "unit-has-cases", field).into(),
            CommitteeError::Conflict(_) => stale().into(),
            CommitteeError::Case(error) => error.into(),
            CommitteeError::Db(error) => error.into(),
        }
    }
}

/// What a rule forbids outright, with its source.
pub fn broken(rule: CompositionRule, field: &str) -> Refusal {
    let code = if rule == CompositionRule::NotOfServingFirm { UserErrorCode::IncompatiblePost } else { UserErrorCode::CompositionRule };
    Refusal::new(code, message(rule), field).with("source", source(rule))
}

/// What a committee is of; exactly one of these 委员会所属.
#[derive(Clone, Debug, OneofObject)]
pub enum CommitteePlaceInput {
    /// A complex 小区.
    ComplexId(ID),
    /// A community, for an environment and property committee or an appraisal committee 社区.
    AreaCode(AreaCode),
    /// A party branch, for its committee 党支部.
    BranchId(ID),
}

inputs! {
    /// Entering a committee that has been established 委员会成立.
    creates EstablishCommitteeInput {
        /// Which kind of committee 委员会类型.
        kind: CommitteeKind,
        /// Its name, at most 100 characters 名称.
        name: String,
        /// What it is of 所属.
        place: CommitteePlaceInput,
        /// The first day, not after today 成立日.
        established_on: Date,
    }

    /// Entering an election: a term begins with these members 换届选举.
    changes ElectCommitteeInput {
        /// The committee 委员会.
        committee_id: ID,
        /// The day of the election, not after today: the first of the term. A term that still runs ends on the day before 选举日.
        elected_on: Date,
        /// The last day of the term; of an owners' committee it has at most 5 years 任期届满日.
        ends_on: Date,
        /// The members, at most 50; of an owners' committee 5 to 11, an odd number 委员.
        members: Vec<SeatInput>,
    }

    /// Seating a member during a term 增补委员.
    changes SeatMemberInput {
        /// The committee 委员会.
        committee_id: ID,
        /// Who and as what 委员.
        seat: SeatInput,
        /// The first day, within the latest term and not after today; today when left out 起始日.
        starts_on: Option<Date>,
    }

    /// Ending a seat before its term 委员离任; `expectedVersion` is the committee's.
    changes EndSeatInput {
        /// The seat 委员.
        member_id: ID,
        /// The last day, not after today; today when left out 终止日.
        ends_on: Option<Date>,
        /// Why: `RESIGNED`, `DISQUALIFIED` or `REMOVED` 离任原因.
        because: SeatEnd,
        /// Why, in words, at most 4,000 characters 说明.
        reason: String,
    }

    /// Giving a member another role, such as the chair 推选主任、副主任; `expectedVersion` is the committee's.
    changes AssignSeatRoleInput {
        /// The seat 委员.
        member_id: ID,
        /// The role; whoever was the chair is an ordinary member from that day on 职务.
        role: CommitteeRole,
        /// The first day in it, not after today; today when left out 起始日.
        starts_on: Option<Date>,
    }

    /// Taking the filing of the latest election 备案.
    changes FileCommitteeInput {
        /// The committee 委员会.
        committee_id: ID,
        /// The day of the filing, from the election to today; today when left out 备案日.
        filed_on: Option<Date>,
        /// Its number, at most 100 characters 备案号.
        filing_number: Option<String>,
    }

    /// Giving a committee another name 委员会更名.
    changes RenameCommitteeInput {
        /// The committee 委员会.
        committee_id: ID,
        /// Its name from now on, at most 100 characters 新名称.
        name: String,
    }

    /// Dissolving a committee: its term and seats end 委员会解散.
    changes DissolveCommitteeInput {
        /// The committee 委员会.
        committee_id: ID,
        /// The last day, not after today; today when left out 解散日.
        dissolved_on: Option<Date>,
        /// Why, at most 4,000 characters 理由.
        reason: String,
    }
}

/// A member that is elected or seated 委员.
#[derive(Clone, Debug, InputObject)]
pub struct SeatInput {
    /// Who: a person you may see 人员.
    pub person_id: ID,
    /// As what; `MEMBER` when left out 职务.
    pub role: Option<CommitteeRole>,
    /// For whom; `OWNER` when left out. Only owners sit on an owners' committee 身份.
    pub capacity: Option<SeatCapacity>,
    /// How the member came to stand; `VOTED` when left out 产生方式.
    pub origin: Option<SeatOrigin>,
    /// The building in which the member owns, as declared; for an owners' committee this or `dwelling` is needed 申报的楼栋.
    pub building_id: Option<ID>,
    /// Which dwelling the member owns, as declared, at most 100 characters 申报的专有部分.
    pub dwelling: Option<String>,
}

impl SeatInput {
    /// `at` goes before the field: `members.2.`.
    fn decode(self, at: &str) -> Result<NewSeat, Refusal> {
        let field = |name: &str| format!("{at}{name}");
        Ok(NewSeat {
            person: id::required::<PersonId>(&self.person_id, &field("personId"))?,
            role: self.role.unwrap_or(CommitteeRole::Member),
            capacity: self.capacity.unwrap_or(SeatCapacity::Owner),
            origin: self.origin.unwrap_or(SeatOrigin::Voted),
            building: self.building_id.map(|building| id::required::<BuildingId>(&building, &field("buildingId"))).transpose()?,
            dwelling: maybe_text(self.dwelling.as_deref(), &field("dwelling"), TITLE)?,
        })
    }
}

payloads! {
    /// What became of it 操作结果.
    EstablishCommitteePayload {
        /// The committee; null where nothing was changed 委员会.
        committee: Committee,
    }
    /// What became of it 操作结果.
    ElectCommitteePayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
    }
    /// What became of it 操作结果.
    SeatMemberPayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
        /// The new seat; null where nothing was changed 委员.
        member: CommitteeMember,
    }
    /// What became of it 操作结果.
    EndSeatPayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
        /// The seat as it is now; null where nothing was changed 委员.
        member: CommitteeMember,
    }
    /// What became of it 操作结果.
    AssignSeatRolePayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
        /// The seat with the new role; null where nothing was changed 委员.
        member: CommitteeMember,
    }
    /// What became of it 操作结果.
    FileCommitteePayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
    }
    /// What became of it 操作结果.
    RenameCommitteePayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
    }
    /// What became of it 操作结果.
    DissolveCommitteePayload {
        /// The committee as it is now; null where nothing was changed, but for a `CONFLICT` 委员会.
        committee: Committee,
    }
}

type Answer = (Option<Committee>, Option<CommitteeMember>, Vec<UserError>);

fn answered(run: Result<Result<Option<Changed>, CommitteeError>, ApiError>) -> Result<Answer, ApiError> {
    if let Ok(Err(CommitteeError::Conflict(committee))) = run {
        return Ok((Some(plan::bare(*committee)), None, vec![stale().say()]));
    }
    let (changed, user_errors) = settle(run.and_then(|done| Ok(done?)))?;
    let (committee, member) = changed.flatten().map(|changed| (plan::bare(changed.committee), changed.member.map(plan::bare))).unzip();
    Ok((committee, member.flatten(), user_errors))
}

/// Runs a change whose input has been decoded, or answers what is wrong with the input.
async fn run(cx: &Cx, decoded: impl FnOnce() -> Result<(Which, Terms, Change), Refusal>) -> Result<Answer, ApiError> {
    let run = async {
        let (which, terms, change) = decoded()?;
        Ok(service::change(cx, which, terms, change).await)
    };
    answered(run.await)
}

fn committee(id: &ID) -> Result<Which, Refusal> {
    Ok(Which::Committee(id::required::<CommitteeId>(id, "committeeId")?))
}

fn seat(id: &ID) -> Result<Which, Refusal> {
    Ok(Which::Seat(id::required::<CommitteeMemberId>(id, "memberId")?))
}

impl EstablishCommitteeInput {
    fn decode(self) -> Result<(Terms, NewCommittee), Refusal> {
        let terms = self.terms()?;
        let place = match self.place {
            CommitteePlaceInput::ComplexId(id) => PlaceNamed::Complex(id::required::<ComplexId>(&id, "place.complexId")?),
            CommitteePlaceInput::AreaCode(code) => PlaceNamed::Area(code.0),
            CommitteePlaceInput::BranchId(id) => PlaceNamed::Branch(id::required::<PartyBranchId>(&id, "place.branchId")?),
        };
        let name = text(&self.name, "name", TITLE)?;
        Ok((terms, NewCommittee { kind: self.kind, name, place, established_on: self.established_on.0 }))
    }
}

impl ElectCommitteeInput {
    fn decode(self) -> Result<(Which, Terms, Change), Refusal> {
        if self.members.len() > MOST_MEMBERS {
            return Err(Refusal::new(UserErrorCode::OutOfRange, "out-of-range", "members").with("low", 1).with("high", MOST_MEMBERS));
        }
        let (which, terms) = (committee(&self.committee_id)?, self.terms()?);
        let members = self.members.into_iter().enumerate().map(|(at, member)| member.decode(&format!("members.{at}.")));
        let term = NewTerm { elected_on: self.elected_on.0, ends_on: self.ends_on.0, members: members.collect::<Result<_, _>>()? };
        Ok((which, terms, Change::Elect(term)))
    }
}

#[derive(Default)]
pub struct CommitteeMutation;

/// By an officer of the community, subdistrict or district in which the committee lies, or an administrator above; filing not by the community.
#[Object]
impl CommitteeMutation {
    /// Enters a committee 委员会成立, by an officer of the community, subdistrict or district in which it lies, or an administrator. Of one kind there is one
    /// at a time.
    async fn establish_committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which kind, and of what 类型及所属")] input: EstablishCommitteeInput,
    ) -> Option<Result<EstablishCommitteePayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let run = async {
                let (terms, new) = input.decode()?;
                Ok(service::establish(cx, terms, new).await)
            };
            let (committee, _, user_errors) = answered(run.await)?;
            Ok(EstablishCommitteePayload { committee, user_errors })
        })
        .await
    }

    /// Enters an election: a term begins with its members 换届选举. By those who may establish a committee there. What the rules of its kind forbid is refused
    /// with `COMPOSITION_RULE`, and an owner who works for the firm that serves the complex with `INCOMPATIBLE_POST`; the message names the source.
    async fn elect_committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committee, and whom 委员会及委员")] input: ElectCommitteeInput,
    ) -> Option<Result<ElectCommitteePayload, ApiError>> {
        answer(async {
            let (committee, _, user_errors) = run(signed_in(ctx)?, || input.decode()).await?;
            Ok(ElectCommitteePayload { committee, user_errors })
        })
        .await
    }

    /// Seats a member during a term 增补委员. By those who may establish a committee there; under the same rules as an election, but that the number may be even.
    async fn seat_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and whom 委员会及委员")] input: SeatMemberInput,
    ) -> Option<Result<SeatMemberPayload, ApiError>> {
        answer(async {
            let decoded = || {
                let (which, terms) = (committee(&input.committee_id)?, input.terms()?);
                let seat = input.seat.decode("seat.")?;
                Ok((which, terms, Change::Seat { seat, on: input.starts_on.map(|day| day.0) }))
            };
            let (committee, member, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(SeatMemberPayload { committee, member, user_errors })
        })
        .await
    }

    /// Ends a seat before its term 委员离任. By those who may establish a committee there.
    async fn end_seat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seat, and why 委员及原因")] input: EndSeatInput,
    ) -> Option<Result<EndSeatPayload, ApiError>> {
        answer(async {
            let decoded = || {
                if matches!(input.because, SeatEnd::RoleChanged | SeatEnd::NewElection | SeatEnd::Dissolved) {
                    return Err(Refusal::new(UserErrorCode::Mismatch, "seat-end-by-server", "because"));
                }
                let note = text(&input.reason, "reason", TEXT)?;
                let change = Change::EndSeat { on: input.ends_on.map(|day| day.0), because: input.because, note };
                Ok((seat(&input.member_id)?, input.terms()?, change))
            };
            let (committee, member, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(EndSeatPayload { committee, member, user_errors })
        })
        .await
    }

    /// Gives a member another role from a day on, such as the chair 推选主任. By those who may establish a committee there. The seat ends on the day before and goes
    /// on as another; whoever was the chair is an ordinary member from then on.
    async fn assign_seat_role(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which seat, and which role 委员及职务")] input: AssignSeatRoleInput,
    ) -> Option<Result<AssignSeatRolePayload, ApiError>> {
        answer(async {
            let decoded = || {
                let change = Change::AssignRole { role: input.role, on: input.starts_on.map(|day| day.0) };
                Ok((seat(&input.member_id)?, input.terms()?, change))
            };
            let (committee, member, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(AssignSeatRolePayload { committee, member, user_errors })
        })
        .await
    }

    /// Takes the filing of the latest election 备案, by an officer of the subdistrict or the district, or an administrator.
    async fn file_committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committee 委员会")] input: FileCommitteeInput,
    ) -> Option<Result<FileCommitteePayload, ApiError>> {
        answer(async {
            let decoded = || {
                let number = maybe_text(input.filing_number.as_deref(), "filingNumber", TITLE)?;
                Ok((committee(&input.committee_id)?, input.terms()?, Change::File { on: input.filed_on.map(|day| day.0), number }))
            };
            let (committee, _, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(FileCommitteePayload { committee, user_errors })
        })
        .await
    }

    /// Gives a committee another name 委员会更名. By those who may establish a committee there. The former name stays in its `timeline`.
    async fn rename_committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committee, and its name 委员会及新名称")] input: RenameCommitteeInput,
    ) -> Option<Result<RenameCommitteePayload, ApiError>> {
        answer(async {
            let decoded = || Ok((committee(&input.committee_id)?, input.terms()?, Change::Rename(text(&input.name, "name", TITLE)?)));
            let (committee, _, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(RenameCommitteePayload { committee, user_errors })
        })
        .await
    }

    /// Dissolves a committee: its term and its seats end, nothing is deleted 委员会解散. By those who may establish a committee there. Refused with
    /// `INVALID_STATE` while it has open cases or is to answer whistles.
    async fn dissolve_committee(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which committee, and why 委员会及理由")] input: DissolveCommitteeInput,
    ) -> Option<Result<DissolveCommitteePayload, ApiError>> {
        answer(async {
            let decoded = || {
                let note = text(&input.reason, "reason", TEXT)?;
                Ok((committee(&input.committee_id)?, input.terms()?, Change::Dissolve { on: input.dissolved_on.map(|day| day.0), note }))
            };
            let (committee, _, user_errors) = run(signed_in(ctx)?, decoded).await?;
            Ok(DissolveCommitteePayload { committee, user_errors })
        })
        .await
    }
}
