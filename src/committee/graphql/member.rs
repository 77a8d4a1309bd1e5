//! `CommitteeTerm`, `CommitteeMember` and `CommitteeEvent`.

use async_graphql::{Context, ID};
use entity::{
    CommitteeEventKind, CommitteeMemberId, CommitteeRole, PersonId, SeatCapacity, SeatEnd, SeatOrigin, committee_event, committee_member,
    committee_term,
};

use super::{Committee, CommitteeFilter};
use crate::{
    committee::{
        scope::{self, CommitteeEvents, CommitteeTerms, EventOrder, EventWhere, MemberOrder, MemberWhere, Members, TermOrder, TermWhere},
        service,
    },
    complex::graphql::Building,
    graphql::{
        context::cx,
        error::ApiError,
        filter::{EnumFilter, IdFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{Date, DateTime},
    },
    object, orders,
    person::graphql::{Person, PersonFilter},
};

object! {
    /// A term of a committee 届: from its election to a last day, which comes earlier when another committee is elected or this one is dissolved.
    CommitteeTerm: committee_term::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Which term of the committee it is, from 1 届次.
        number: i32 = |row| row.number,
        /// The day of the election, which is its first day 选举日.
        elected_on: Date = |row| Date(row.elected_on),
        /// The last day 任期届满日.
        ends_on: Date = |row| Date(row.ends_on),
        /// When its election was filed with the authorities; null where it was not 备案日.
        filed_on: Option<Date> = |row| row.filed_on.map(Date),
        /// The number of the filing; null where there is none 备案号.
        filing_number: Option<&str> = |row| row.filing_number.as_deref(),
    }
    resolvers {
        /// Whether it runs today 是否本届.
        async fn current(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let today = cx(ctx)?.clock.today();
            Ok(self.0.row.elected_on <= today && today <= self.0.row.ends_on)
        }
    }
    relations {
        /// The committee 委员会.
        committee: Committee = |term| Some(term.committee_id),
    }
    lists {
        /// Who sat on it during this term; empty for visitors 本届委员.
        members: CommitteeMember(CommitteeMemberFilter, CommitteeMemberOrderField) = |term| term.id, scope::OF_TERM,
    }
}

impl Listed for CommitteeTerm {
    type Noun = CommitteeTerms;
    type Filter = CommitteeTermFilter;
    type Order = CommitteeTermOrderField;

    const ORDER: (CommitteeTermOrderField, OrderDirection) = (CommitteeTermOrderField::ElectedOn, OrderDirection::Desc);
}

filters! {
    /// Which terms 届筛选; all that is given must hold.
    CommitteeTermFilter => TermWhere {
        /// That runs on this day 在该日任期内.
        on: Date => fact(|day| TermWhere::Running(day.0)),
        /// Whether its election was filed 是否备案.
        filed: bool => fact(TermWhere::Filed),
    }
}

orders! {
    /// What terms are ordered by 届排序字段.
    CommitteeTermOrderField("CommitteeTermOrder") => TermOrder {
        /// By the day of the election 选举日.
        ElectedOn,
    }
}

object! {
    /// A seat on a committee 委员, held by a person in one role; another role is another seat, from the next day on. A seat gives no rights in the server, but that the chair
    /// and the deputies of an owners' committee act for it: each holds a post of `COMMITTEE_CHAIR` as long as the seat lasts.
    CommitteeMember: committee_member::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What the member is in it 职务.
        role: CommitteeRole = |row| row.role,
        /// For whom the member sits 身份.
        capacity: SeatCapacity = |row| row.capacity,
        /// How the member came to stand 产生方式.
        origin: SeatOrigin = |row| row.origin,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day, which is the term's unless the seat ended before 终止日.
        ends_on: Date = |row| Date(row.ends_on),
        /// Why it ended before its term; null where it did not 离任原因.
        ended_because: Option<SeatEnd> = |row| row.ended_because,
    }
    resolvers {
        /// Whether it is held today 是否在任.
        async fn current(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let today = cx(ctx)?.clock.today();
            Ok(self.0.row.starts_on <= today && today <= self.0.row.ends_on)
        }

        /// Which dwelling an owner owns, as declared, not as checked: there is no register of owners yet. Null where not recorded, and for whoever
        /// is neither official nor the member 申报的专有部分.
        async fn dwelling(&self, ctx: &Context<'_>) -> Result<Option<&str>, ApiError> {
            Ok(self.0.row.dwelling.as_deref().filter(|_| cx(ctx).is_ok_and(|cx| service::sees_dwelling(cx, &self.0.row))))
        }
    }
    values {
        /// The name, whole for officials, the residents of the complex and oneself, since an office is held in the open; masked for others 姓名.
        name: String,
    }
    relations {
        /// The building in which an owner owns, as declared; null like `dwelling` 申报的楼栋.
        building: Building = declared,
        /// Who holds it, with their other posts and seats; null where you may not see the person 人员.
        person: Person = |seat| Some(seat.person_id),
        /// The committee 委员会.
        committee: Committee = |seat| Some(seat.committee_id),
        /// The term 届.
        term: CommitteeTerm = |seat| Some(seat.term_id),
    }
    fill |cx, rows, selection| {
        if selection.has("name") {
            let seats: Vec<_> = rows.iter().map(|r| r.row.clone()).collect();
            let names = service::names(cx, &seats).await?;
            plan::value(rows, selection, "name", |seat| seat.id, &names);
        }
        let declared = |seat: &committee_member::Model| seat.building_id.filter(|_| service::sees_dwelling(cx, seat));
    }
}

impl Listed for CommitteeMember {
    type Noun = Members;
    type Filter = CommitteeMemberFilter;
    type Order = CommitteeMemberOrderField;

    const ORDER: (CommitteeMemberOrderField, OrderDirection) = (CommitteeMemberOrderField::StartsOn, OrderDirection::Asc);
}

filters! {
    /// Which seats 委员筛选; all that is given must hold.
    CommitteeMemberFilter => MemberWhere {
        /// By id 标识.
        id: IdFilter => id::<CommitteeMemberId>(MemberWhere::Id),
        /// By who holds it 人员.
        person_id: IdFilter => id::<PersonId>(MemberWhere::Person),
        /// By who holds it, such as by their posts, where you may see the person 人员.
        person: Box<PersonFilter> => one::<Person>(MemberWhere::HeldBy),
        /// By role 职务.
        role: EnumFilter<CommitteeRole> => test(MemberWhere::Role),
        /// By for whom the member sits 身份.
        capacity: EnumFilter<SeatCapacity> => test(MemberWhere::Capacity),
        /// Held on this day 该日在任.
        on: Date => fact(|day| MemberWhere::Seated(true, day.0)),
        /// Whether held today 是否在任.
        current: bool => at(|is, clock| MemberWhere::Seated(is, clock.today())),
        /// By committee 委员会.
        committee: CommitteeFilter => related(MemberWhere::Committee),
    }
}

orders! {
    /// What seats are ordered by 委员排序字段.
    CommitteeMemberOrderField("CommitteeMemberOrder") => MemberOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

object! {
    /// Something that was done to the record of a committee 委员会办理记录. It is entered with the change and never changed.
    CommitteeEvent: committee_event::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its place among the events of the committee, which is the version that it made 序号.
        sequence: i32 = |row| row.seq,
        /// What was done 事项.
        kind: CommitteeEventKind = |row| row.kind,
        /// When it was entered 录入时间.
        at: DateTime = |row| row.at.into(),
        /// Why, in words, and of `RENAMED` the former name; null where nothing was said 说明.
        note: Option<&str> = |row| row.note.as_deref(),
    }
    relations {
        /// Who entered it; null where you may not see the person 经办人.
        actor: Person = |event| Some(event.actor_id),
        /// The seat it is about; null where it is about the committee as a whole 委员.
        member: CommitteeMember = |event| event.member_id,
    }
}

impl Listed for CommitteeEvent {
    type Noun = CommitteeEvents;
    type Filter = CommitteeEventFilter;
    type Order = CommitteeEventOrderField;

    const ORDER: (CommitteeEventOrderField, OrderDirection) = (CommitteeEventOrderField::Sequence, OrderDirection::Asc);
}

filters! {
    /// Which events of a committee 办理记录筛选; all that is given must hold.
    CommitteeEventFilter => EventWhere {
        /// By what was done 事项.
        kind: EnumFilter<CommitteeEventKind> => test(EventWhere::Kind),
    }
}

orders! {
    /// What events of a committee are ordered by 办理记录排序字段.
    CommitteeEventOrderField("CommitteeEventOrder") => EventOrder {
        /// In the order in which they were entered 录入先后.
        Sequence,
    }
}
