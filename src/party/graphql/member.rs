//! What belongs to a party organisation: the complexes it covers, its members, and who is sent to it.

use async_graphql::ID;
use entity::{
    ComplexId, InstructorKind, PartyCoverId, PartyInstructorId, PartyMembershipId, PartyRole, PersonId, party_cover, party_instructor,
    party_membership,
};

use super::{PartyBranch, PartyBranchFilter};
use crate::{
    area::graphql::Area,
    complex::graphql::Complex,
    firm::graphql::{PropertyFirm, PropertyFirmFilter},
    graphql::{
        filter::{EnumFilter, IdFilter, filters},
        id::global,
        page::OrderDirection,
        plan::{self, Listed},
        scalar::{AreaCode, Date},
    },
    object, orders,
    party::{
        scope::{
            CoverOrder, CoverWhere, Covers, InstructorOrder, InstructorWhere, Instructors, MembershipOrder, MembershipWhere, Memberships,
        },
        service,
    },
    person::graphql::{Person, PersonFilter},
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// That a party organisation covers a complex, for a time 覆盖小区. One organisation may cover several complexes, and a complex be covered by several.
    PartyCover: party_cover::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The first day; null where nobody recorded it 起始日.
        starts_on: Option<Date> = |row| row.starts_on.map(Date),
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The organisation 党组织.
        party_branch: PartyBranch = |cover| Some(cover.branch_id),
        /// The complex 小区.
        complex: Complex = |cover| Some(cover.complex_id),
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for PartyCover {
    type Noun = Covers;
    type Filter = PartyCoverFilter;
    type Order = PartyCoverOrderField;

    const ORDER: (PartyCoverOrderField, OrderDirection) = (PartyCoverOrderField::Entered, OrderDirection::Asc);
}

filters! {
    /// Which complexes that are covered 覆盖筛选; all that is given must hold.
    PartyCoverFilter => CoverWhere {
        /// By id 标识.
        id: IdFilter => id::<PartyCoverId>(CoverWhere::Id),
        /// Of this complex 小区.
        complex_id: IdFilter => id::<ComplexId>(CoverWhere::Complex),
        /// Lasting on this day; all, past ones too, when left out 该日有效.
        on: Date => fact(|day| CoverWhere::Lasting(true, day.0)),
        /// Whether they have ended, as of today 是否已终止.
        ended: bool => at(|ended, clock| CoverWhere::Lasting(!ended, clock.today())),
    }
}

orders! {
    /// What covered complexes are ordered by 覆盖排序字段.
    PartyCoverOrderField("PartyCoverOrder") => CoverOrder {
        /// When it was entered 录入时间.
        Entered,
    }
}

object! {
    /// That a person belongs to a party organisation, for a time 党员组织关系: sensitive personal data (个人信息保护法第二十八条). Told to the member, to the organisation's secretary, and to the
    /// officers of its area and above; others learn the number only, at `PartyBranch.memberCount`.
    PartyMembership: party_membership::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// What the member is in it; its secretary holds a post 党内身份.
        role: PartyRole = |row| row.role,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    values {
        /// The member's name 姓名.
        name: String,
    }
    relations {
        /// The organisation 党组织.
        party_branch: PartyBranch = |member| Some(member.branch_id),
        /// Who belongs to it; null where you may not see the person otherwise 人员.
        person: Person = |member| Some(member.person_id),
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        if selection.has("name") {
            let names = service::names(cx, rows.iter().map(|r| (r.row.id, r.row.person_id)), true).await?;
            plan::value(rows, selection, "name", |member| member.id, &names);
        }
    }
}

impl Listed for PartyMembership {
    type Noun = Memberships;
    type Filter = PartyMembershipFilter;
    type Order = PartyMembershipOrderField;

    const ORDER: (PartyMembershipOrderField, OrderDirection) = (PartyMembershipOrderField::StartsOn, OrderDirection::Asc);
}

filters! {
    /// Which memberships 党员筛选; all that is given must hold.
    PartyMembershipFilter => MembershipWhere {
        /// By id 标识.
        id: IdFilter => id::<PartyMembershipId>(MembershipWhere::Id),
        /// By who belongs 人员.
        person_id: IdFilter => id::<PersonId>(MembershipWhere::Person),
        /// By who belongs, such as by their posts, where you may see the person 人员.
        person: Box<PersonFilter> => one::<Person>(MembershipWhere::Of),
        /// By what they are in it 党内身份.
        role: EnumFilter<PartyRole> => test(MembershipWhere::Role),
        /// Lasting on this day; all, past ones too, when left out 该日有效.
        on: Date => fact(|day| MembershipWhere::Lasting(true, day.0)),
        /// Whether they have ended, as of today 是否已终止.
        ended: bool => at(|ended, clock| MembershipWhere::Lasting(!ended, clock.today())),
    }
}

orders! {
    /// What memberships are ordered by 党员排序字段.
    PartyMembershipOrderField("PartyMembershipOrder") => MembershipOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}

object! {
    /// An instructor 党建指导员 or first secretary 第一书记 sent to a party organisation or a property firm, for a time. It gives no rights in the server.
    PartyInstructor: party_instructor::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// As what 选派类型.
        kind: InstructorKind = |row| row.kind,
        /// The name of whoever sent them 派出单位.
        sent_by: &str = |row| &row.sent_by,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it lasts 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    values {
        /// The name, whole for officials and oneself, since they are sent in the open; masked for others 姓名.
        name: String,
    }
    relations {
        /// The organisation they are sent to; null where it is a firm 派驻党组织.
        party_branch: PartyBranch = |sent| sent.branch_id,
        /// The firm they are sent to; null where it is an organisation 派驻物业企业.
        firm: PropertyFirm = |sent| sent.firm_id,
        /// The organisation's area, or the firm's district 所在区划.
        area: Area = |sent| Some(sent.area_id),
        /// Who is sent; null where you may not see the person 人员.
        person: Person = |sent| Some(sent.person_id),
    }
    lists {
        /// What was done to the record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        if selection.has("name") {
            let names = service::names(cx, rows.iter().map(|r| (r.row.id, r.row.person_id)), cx.actor.is_official()).await?;
            plan::value(rows, selection, "name", |sent| sent.id, &names);
        }
    }
}

impl Listed for PartyInstructor {
    type Noun = Instructors;
    type Filter = PartyInstructorFilter;
    type Order = PartyInstructorOrderField;

    const ORDER: (PartyInstructorOrderField, OrderDirection) = (PartyInstructorOrderField::StartsOn, OrderDirection::Desc);
}

filters! {
    /// Which of those who are sent 选派筛选; all that is given must hold.
    PartyInstructorFilter => InstructorWhere {
        /// By id 标识.
        id: IdFilter => id::<PartyInstructorId>(InstructorWhere::Id),
        /// By as what 选派类型.
        kind: EnumFilter<InstructorKind> => test(InstructorWhere::Kind),
        /// By who is sent 人员.
        person_id: IdFilter => id::<PersonId>(InstructorWhere::Person),
        /// By the organisation they are sent to 派驻党组织.
        party_branch: Box<PartyBranchFilter> => one::<PartyBranch>(InstructorWhere::ToBranch),
        /// By the firm they are sent to 派驻物业企业.
        firm: Box<PropertyFirmFilter> => one::<PropertyFirm>(InstructorWhere::ToFirm),
        /// Sent to organisations in the subtree of this area, or to firms of districts in it 派驻区划 (含下级).
        area: AreaCode => within(InstructorWhere::Within),
        /// Lasting on this day; all, past ones too, when left out 该日有效.
        on: Date => fact(|day| InstructorWhere::Lasting(true, day.0)),
        /// Whether they have ended, as of today 是否已终止.
        ended: bool => at(|ended, clock| InstructorWhere::Lasting(!ended, clock.today())),
    }
}

orders! {
    /// What those who are sent are ordered by 选派排序字段.
    PartyInstructorOrderField("PartyInstructorOrder") => InstructorOrder {
        /// By the first day 起始日.
        StartsOn,
    }
}
