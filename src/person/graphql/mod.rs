//! `Person`, `Post` and `Viewer`, and the roots that give them.

pub mod keep;

use std::collections::{HashMap, HashSet};

use async_graphql::{Context, ID, InputObject, Object};
use entity::{ComplexId, PersonId, PostId, PostRole, Provenance, SearchType, person, post};

pub use self::keep::PersonKeepingMutation;
use self::keep::PostUnit;
use super::{
    scope::{self, PersonOrder, PersonWhere, Persons, PostOrder, PostWhere, Posts},
    service,
};
use crate::{
    app::Cx,
    area::graphql::Area,
    auth::{duty_of, mask_name, mask_phone},
    case::{
        graphql::{Handler, fill_handler},
        service::{EraseError, erase},
    },
    committee::{
        self,
        graphql::{CommitteeMember, CommitteeMemberFilter, CommitteeMemberOrderField},
    },
    complex::graphql::Complex,
    db::filter::{Filter, Related},
    department::{
        graphql::{Pairing, PairingFilter, PairingOrderField},
        scope::PAIRINGS_OF_PERSON,
    },
    double_report::{
        graphql::{DoubleReport, DoubleReportFilter, DoubleReportOrderField},
        scope::REPORTS_OF_PERSON,
    },
    graphql::{
        context::{cx, signed_in},
        error::{ApiError, Refusal, UserErrorCode},
        filter::{All, EnumFilter, IdFilter, ListFilter, Lower, filters},
        id::{self, global},
        input::{TEXT, text},
        page::OrderDirection,
        payload::{answer, settle},
        plan::{self, Listed},
        scalar::{AreaCode, Date},
    },
    notification::{
        self,
        graphql::{Notification, NotificationFilter, NotificationOrderField, count},
    },
    object, orders,
    party::{
        graphql::{
            PartyInstructor, PartyInstructorFilter, PartyInstructorOrderField, PartyMembership, PartyMembershipFilter,
            PartyMembershipOrderField,
        },
        scope::{INSTRUCTORS_OF_PERSON, MEMBERSHIPS_OF_PERSON},
    },
    payloads, query,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField},
        scope::OF_RECORD,
    },
};

object! {
    /// A person 人员. Visitors see nobody. A resident's name is masked (张**) for everyone else, an officer's is shown to other officers;
    /// phone numbers are shown to oneself only. Whoever handles a case finds its reporter's name and phone at `Case.reporter`.
    Person: person::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change of the person; posts have their own 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// The name, masked where you may not see it 姓名.
        async fn name(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            let shown: Option<String> = plan::get::<Self, _>(ctx, &self.0).await?;
            Ok(shown.unwrap_or_else(|| mask_name(&self.0.row.name)))
        }

        /// The phone number, masked for everyone but oneself; null where not recorded 电话.
        async fn phone(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
            let mine = cx(ctx)?.actor.person == Some(self.0.row.id);
            Ok(self.0.row.phone.as_deref().map(|phone| if mine { phone.to_owned() } else { mask_phone(phone) }))
        }
    }
    relations {
        /// Whose officers keep the record: where the person was entered; null where it was not noted, and once the data were erased 所属区划.
        area: Area = |person| person.area_id,
    }
    lists {
        /// What was done to the record, by whom and when, never what was in it 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |person| person.id.0, OF_RECORD,
        /// The posts, past ones too; `filter: {on}` has those of a day 任职.
        posts: Post(PostFilter, PostOrderField) = |person| person.id, scope::OF_PERSON,
        /// The seats on committees, past ones too 委员会任职.
        committee_seats: CommitteeMember(CommitteeMemberFilter, CommitteeMemberOrderField) = |person| person.id, of_person,
        /// The communities and complexes that the person is to keep in touch with as a leader, past ones too 领导联系.
        pairings: Pairing(PairingFilter, PairingOrderField) = |person| person.id, PAIRINGS_OF_PERSON,
        /// Where they belong and belonged as a party member: sensitive personal data, told to whom `PartyMembership` says; empty for others 党员组织关系.
        party_memberships: PartyMembership(PartyMembershipFilter, PartyMembershipOrderField) = |person| person.id, MEMBERSHIPS_OF_PERSON,
        /// To which organisations and firms they are and were sent 选派任职.
        party_instructors: PartyInstructor(PartyInstructorFilter, PartyInstructorOrderField) = |person| person.id, INSTRUCTORS_OF_PERSON,
        /// Where they have reported as a party member, told to whom `DoubleReport` says; empty for others 双报到.
        double_reports: DoubleReport(DoubleReportFilter, DoubleReportOrderField) = |person| person.id, REPORTS_OF_PERSON,
    }
    fill |cx, rows, selection| {
        if selection.has("name") {
            let officials = match cx.actor.is_official() {
                true => service::officials(cx, plan::distinct(rows.iter().map(|r| r.row.id))).await?,
                false => HashSet::new(),
            };
            let shown: HashMap<PersonId, String> = rows
                .iter()
                .filter(|r| cx.actor.person == Some(r.row.id) || officials.contains(&r.row.id) || r.row.erased_at.is_some())
                .map(|r| (r.row.id, r.row.name.clone()))
                .collect();
            plan::value(rows, selection, "name", |person| person.id, &shown);
        }
        let of_person = committee::scope::OF_PERSON;
    }
}

impl Listed for Person {
    type Noun = Persons;
    type Filter = PersonFilter;
    type Order = PersonOrderField;

    const ORDER: (PersonOrderField, OrderDirection) = (PersonOrderField::Entered, OrderDirection::Asc);
}

/// Which persons 人员筛选; all that is given must hold. Names that are masked for you are not looked at, nor posts that you do not see.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By the role of a post held today, or on the day `on` 现任岗位.
    pub role: Option<EnumFilter<PostRole>>,
    /// By the area of a post held today, or on the day `on`, its subtree included 现任岗位所在区划.
    pub area: Option<AreaCode>,
    /// By the unit of a post held today, or on the day `on`: an area, branch, committee, complex, department, firm or grid 现任岗位所在单位.
    pub unit_id: Option<IdFilter>,
    /// The day of the posts that `role`, `area` and `unitId` here are about; today when left out 任职日期.
    pub on: Option<Date>,
    /// By the posts that you may see, past ones too unless it says `current` or `on` 任职.
    pub posts: Option<ListFilter<PostFilter>>,
    /// By the seats on committees, past ones too unless it says `current` or `on` 委员会任职.
    pub committee_seats: Option<ListFilter<CommitteeMemberFilter>>,
    /// By the communities and complexes to keep in touch with as a leader, past ones too unless it says `current` or `on` 领导联系.
    pub pairings: Option<ListFilter<PairingFilter>>,
    /// Has all these words, in any order: Chinese from one character on, Latin letters and digits from the beginning of a word on, the initials of its pinyin; in a name that you see unmasked.
    /// Nothing has what holds neither letter nor digit. At most 100 characters 全文检索：汉字一字起，可用拼音首字母.
    pub text: Option<String>,
}

impl Lower<PersonWhere> for PersonFilter {
    fn lower(self, cx: &Cx) -> Result<Filter<PersonWhere>, ApiError> {
        let day = self.on.map_or_else(|| cx.clock.today(), |day| day.0);
        let holds = |post: PostWhere| {
            let filter = Filter::All(vec![Filter::is(post), Filter::is(PostWhere::Current(true, day))]);
            PersonWhere::Posts(Related { some: true, filter, asker: cx.actor.clone() })
        };
        let mut role = Vec::new();
        if let Some(filter) = self.role {
            role.extend(crate::graphql::filter::Tests::tests(filter)?);
        }
        let mut all = All::of(cx, self.and, self.or, self.not)?.id::<PersonId>(self.id, PersonWhere::Id)?;
        for test in role {
            all = all.is(Some(holds(PostWhere::Role(test))));
        }
        for test in self.unit_id.into_iter().flat_map(IdFilter::tests::<PostUnit>) {
            all = all.is(Some(holds(PostWhere::Unit(test))));
        }
        Ok(all
            .is(self.area.map(|code| holds(PostWhere::Within(code.0))))
            .list::<Post>(self.posts, PersonWhere::Posts)?
            .list::<CommitteeMember>(self.committee_seats, PersonWhere::Seats)?
            .list::<Pairing>(self.pairings, PersonWhere::Pairings)?
            .text(self.text, SearchType::Person, PersonWhere::Text)?
            .done())
    }
}

orders! {
    /// What persons are ordered by 人员排序字段.
    PersonOrderField("PersonOrder") => PersonOrder {
        /// When they were entered 录入时间.
        Entered,
    }
}

object! {
    /// A post held by a person for a time 任职: it gives the role while it lasts. One of `COMMITTEE_CHAIR` follows from a seat on an owners' committee, with its days.
    Post: post::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// The role 岗位.
        role: PostRole = |row| row.role,
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it is open-ended 终止日.
        ends_on: Option<Date> = |row| row.ends_on.map(Date),
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    resolvers {
        /// Whether it is held today 是否在任.
        async fn current(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            let today = cx(ctx)?.clock.today();
            Ok(self.0.row.starts_on <= today && self.0.row.ends_on.is_none_or(|last| today <= last))
        }
    }
    relations {
        /// The unit it is for; null for a resident's, an analyst's, an auditor's and an administrator's post 所在单位.
        unit: Handler,
        /// Who holds it 人员.
        person: Person = |post| Some(post.person_id),
        /// The area its unit lies in 所在区划.
        area: Area = |post| Some(post.area_id),
        /// The complex a resident lives in; null for every other post 居住小区.
        complex: Complex = home,
    }
    lists {
        /// When it was given and ended, by whom and why 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |post| post.id.0, OF_RECORD,
    }
    fill |cx, rows, selection| {
        fill_handler(cx, rows, selection, "unit", |post| Some((duty_of(post.role)?, post.unit_id))).await?;
        let home = |post: &post::Model| (post.role == PostRole::Resident).then_some(ComplexId(post.unit_id));
    }
}

impl Listed for Post {
    type Noun = Posts;
    type Filter = PostFilter;
    type Order = PostOrderField;

    const ORDER: (PostOrderField, OrderDirection) = (PostOrderField::StartsOn, OrderDirection::Desc);
}

filters! {
    /// Which posts 任职筛选; all that is given must hold.
    PostFilter => PostWhere {
        /// By id 标识.
        id: IdFilter => id::<PostId>(PostWhere::Id),
        /// By role 岗位.
        role: EnumFilter<PostRole> => test(PostWhere::Role),
        /// Whether held today 是否在任.
        current: bool => at(|current, clock| PostWhere::Current(current, clock.today())),
        /// Held on this day, the first and the last included 在任日期.
        on: Date => fact(|day| PostWhere::Current(true, day.0)),
        /// By unit: an area, branch, committee, complex, department, firm or grid 所在单位.
        unit_id: IdFilter => id::<PostUnit>(PostWhere::Unit),
        /// By who holds it, such as by their other posts and their seats on committees 人员.
        person: Box<PersonFilter> => one::<Person>(PostWhere::HeldBy),
        /// For a unit in the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(PostWhere::Within),
    }
}

orders! {
    /// What posts are ordered by 任职排序字段.
    PostOrderField("PostOrder") => PostOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

query! {
    PersonQuery {
        /// Who you are and what you may do; a visitor who is not signed in is a viewer too 当前用户.
        async fn viewer(&self) -> Viewer {
            Viewer
        }
    }
    lists {
        /// The persons you may see 人员.
        persons: Person(PersonFilter, PersonOrderField),
    }
}

query! {
    /// Who is asking 当前用户: the person, the posts held today and what they give. A visitor who is not signed in is a viewer too.
    Viewer {
        /// The person behind the token; null for a visitor who is not signed in 本人.
        async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>, ApiError> {
            let Some(me) = cx(ctx)?.actor.person else { return Ok(None) };
            Ok(plan::by_ids::<Person>(ctx, vec![me]).await?.pop().map(|(_, person)| person))
        }

        /// The roles that the posts of today give; empty for a visitor 现任岗位.
        async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<PostRole>, ApiError> {
            let mut roles: Vec<PostRole> = cx(ctx)?.actor.posts.iter().map(|post| post.role).collect();
            roles.sort_unstable();
            roles.dedup();
            Ok(roles)
        }

        /// The posts held today; empty for a visitor 现任岗位明细.
        async fn posts(&self, ctx: &Context<'_>) -> Result<Vec<Post>, ApiError> {
            let ids = plan::distinct(cx(ctx)?.actor.posts.iter().map(|post| post.id));
            Ok(plan::by_ids::<Post>(ctx, ids).await?.into_iter().map(|(_, post)| post).collect())
        }

        /// The areas of the posts of today 任职区划.
        async fn areas(&self, ctx: &Context<'_>) -> Result<Vec<Area>, ApiError> {
            let ids = plan::distinct(cx(ctx)?.actor.posts.iter().map(|post| post.area));
            // a post counts for what was merged into its area, too
            Ok(plan::by_ids::<Area>(ctx, ids).await?.into_iter().map(|(_, area)| area).filter(Area::exists).collect())
        }

        /// Whether you may report cases: whoever is signed in may, but for analysts, auditors and administrators 能否上报.
        async fn may_report(&self, ctx: &Context<'_>) -> Result<bool, ApiError> {
            Ok(cx(ctx)?.actor.may_report())
        }

        /// How many of your notifications are unread; 0 for a visitor 未读消息数.
        async fn unread_notifications(&self, ctx: &Context<'_>) -> Result<i64, ApiError> {
            Ok(count(notification::service::unread(cx(ctx)?).await?))
        }

        /// Notifications of all that happened up to here show in this request's list, later ones follow in `notificationReceived(after:)` 消息游标.
        async fn notification_cursor(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
            let cx = cx(ctx)?;
            Ok(cx.log.cursor(cx.notified))
        }
    }
    lists {
        /// What you are told of, the latest first; empty for a visitor 消息.
        notifications: Notification(NotificationFilter, NotificationOrderField),
    }
}

impl From<EraseError> for ApiError {
    fn from(error: EraseError) -> Self {
        const PERSON: &str = "personId";
        match error {
            EraseError::NotFound => Refusal::not_found(PERSON).into(),
            EraseError::Forbidden => Refusal::new(UserErrorCode::Forbidden, "forbidden", "").into(),
            EraseError::OnDuty => Refusal::new(UserErrorCode::InvalidState, "holds-a-post", PERSON).into(),
            EraseError::Case(error) => error.into(),
            EraseError::Db(error) => error.into(),
        }
    }
}

/// Erasing a person's data 个人信息删除.
#[derive(Clone, Debug, InputObject)]
pub struct ErasePersonInput {
    /// Whose data; not of someone who holds a post other than a resident's, or sits on a committee 人员.
    pub person_id: ID,
    /// Why, such as the request and its date, at most 4,000 characters 理由.
    pub reason: String,
}

payloads! {
    /// What was erased 删除结果.
    ErasePersonPayload {
        /// What is left of the person; null where nothing was changed 人员.
        person: Person,
        /// In how many cases the person was named; null where nothing was changed 涉及案件数.
        cases_changed: i32,
    }
}

#[derive(Default)]
pub struct PersonMutation;

#[Object]
impl PersonMutation {
    /// Erases a person's data on request, by an administrator 个人信息删除 (个人信息保护法第四十七条): name, phone, sign-in and home; in every case
    /// what they reported, said and are named with. That something was done and when stays, and so does what they did in a post. Each case says so
    /// in an entry `PERSONAL_DATA_ERASED`, and its file stays whole. It cannot be undone.
    async fn erase_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose data and why 人员及理由")] input: ErasePersonInput,
    ) -> Option<Result<ErasePersonPayload, ApiError>> {
        answer(async {
            signed_in(ctx)?;
            let run = async {
                let id: PersonId = id::required(&input.person_id, "personId")?;
                let reason = text(&input.reason, "reason", TEXT)?;
                Ok::<_, ApiError>(erase(cx(ctx)?, id, reason).await?)
            };
            let (erased, user_errors) = settle(run.await)?;
            let (person, cases) = erased.map(|erased| (plan::bare(erased.person), i32::try_from(erased.cases).unwrap_or(i32::MAX))).unzip();
            Ok(ErasePersonPayload { person, cases_changed: cases, user_errors })
        })
        .await
    }
}
