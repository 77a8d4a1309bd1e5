//! `Pairing`, and the mutations of pairings.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, OneofObject};
use chrono::NaiveDate;
use entity::{PairingId, PairingKind, PersonId, Provenance, pairing};
use futures_util::future::BoxFuture;

use crate::{
    app::Cx,
    area::graphql::Area,
    case::service::Terms,
    clock::Clock,
    complex::graphql::{Complex, ComplexFilter},
    db::filter::Filter,
    department::{
        graphql::{Department, DepartmentFilter},
        scope::{PairingOrder, PairingWhere, Pairings},
        service::{self, NewPairing, Paired, PairedPlace},
    },
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal},
        filter::{All, EnumFilter, IdFilter, Lower},
        id::{self, global},
        input::{TEXT, maybe_text},
        page::OrderDirection,
        payload::answer,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders, payloads,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, settled, terms},
        scope::OF_RECORD,
    },
};

/// A department 部门结对 or a leader 领导联系 that answers for a community or a complex, from a day to a day.
#[derive(Clone)]
pub struct Pairing(Arc<Rec<pairing::Model>>);

object! {
    /// A department 部门结对 or a leader 领导联系 that answers for a community or a complex, from a day to a day.
    Pairing {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Who is paired 结对类型.
        async fn kind(&self) -> PairingKind {
            self.0.row.kind
        }

        /// What is to be done there, in words; null where not said 职责.
        async fn duty(&self) -> Option<&str> {
            self.0.row.duty.as_deref()
        }

        /// The first day 起始日.
        async fn starts_on(&self) -> Date {
            Date(self.0.row.starts_on)
        }

        /// The last day; null while it is open-ended 终止日.
        async fn ends_on(&self) -> Option<Date> {
            self.0.row.ends_on.map(Date)
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The department; null for a leader 部门.
        async fn department(&self, ctx: &Context<'_>) -> Option<Result<Department, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The leader; null for a department, and where you may not see the person 领导.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The community, or the area of the complex 社区.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }

        /// The complex; null for one with a community 小区.
        async fn complex(&self, ctx: &Context<'_>) -> Option<Result<Complex, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
    }
}

impl Record for Pairing {
    type Row = pairing::Model;

    fn new(rec: Rec<pairing::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<pairing::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Department, _>(cx, rows, selection, "department", |row| row.department_id).await?;
            plan::one::<Person, _>(cx, rows, selection, "person", |row| row.person_id).await?;
            plan::one::<Area, _>(cx, rows, selection, "area", |row| Some(row.area_id)).await?;
            plan::one::<Complex, _>(cx, rows, selection, "complex", |row| row.complex_id).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |row| row.id.0, OF_RECORD).await
        })
    }
}

impl Listed for Pairing {
    type Noun = Pairings;
    type Filter = PairingFilter;
    type Order = PairingOrderField;

    const ORDER: (PairingOrderField, OrderDirection) = (PairingOrderField::StartsOn, OrderDirection::Desc);
}

/// Which pairings 结对筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PairingFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By who is paired 结对类型.
    pub kind: Option<EnumFilter<PairingKind>>,
    /// With places in the subtree of this area 所在区划 (含下级).
    pub area: Option<AreaCode>,
    /// Of such a department 部门.
    pub department: Option<DepartmentFilter>,
    /// Of this leader 领导.
    pub person_id: Option<IdFilter>,
    /// With such a complex 小区.
    pub complex: Option<ComplexFilter>,
    /// In force on this day 在该日有效.
    pub on: Option<Date>,
    /// Whether in force today 是否有效.
    pub current: Option<bool>,
}

impl Lower<PairingWhere> for PairingFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<PairingWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .test(self.kind, PairingWhere::Kind)?
            .is(self.area.map(|code| PairingWhere::Within(code.0)))
            .related(self.department, PairingWhere::Department)?
            .id::<PersonId>(self.person_id, PairingWhere::Person)?
            .related(self.complex, PairingWhere::Complex)?
            .is(self.on.map(|day| PairingWhere::On(true, day.0)))
            .is(self.current.map(|current| PairingWhere::On(current, clock.today())))
            .done())
    }
}

orders! {
    /// What pairings are ordered by 结对排序字段.
    PairingOrderField("PairingOrder") => PairingOrder {
        /// By first day 起始日.
        StartsOn,
    }
}

/// Who is paired 结对主体.
#[derive(Clone, Debug, OneofObject)]
pub enum PairedInput {
    /// A department of the district of the place 部门.
    DepartmentId(ID),
    /// A leader: a person you may see 领导.
    PersonId(ID),
}

/// With which place 结对对象.
#[derive(Clone, Debug, OneofObject)]
pub enum PairedPlaceInput {
    /// A complex 小区.
    ComplexId(ID),
    /// A community or village 社区、村.
    Community(AreaCode),
}

/// A new pairing 结对.
#[derive(Clone, Debug, InputObject)]
pub struct PairInput {
    /// Who 结对主体.
    pub who: PairedInput,
    /// With what 结对对象.
    pub place: PairedPlaceInput,
    /// What is to be done there, in words 职责.
    pub duty: Option<String>,
    /// The first day; today when left out 起始日.
    pub starts_on: Option<Date>,
    /// The last day; open-ended when left out 终止日.
    pub ends_on: Option<Date>,
    /// A name of your own for this call: a retry under the same key is answered with the same pairing 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a pairing 终止结对.
#[derive(Clone, Debug, InputObject)]
pub struct EndPairingInput {
    /// The pairing 结对.
    pub pairing_id: ID,
    /// The last day, not after the one it has; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// Why 原因.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same pairing 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// What became of it 操作结果.
    PairPayload {
        /// The pairing; null where nothing was changed 结对.
        pairing: Pairing,
    }
    /// What became of it 操作结果.
    EndPairingPayload {
        /// The pairing; null where nothing was changed, but on `CONFLICT` as it stands now 结对.
        pairing: Pairing,
    }
}

impl PairInput {
    fn decode(self) -> Result<(Terms, NewPairing), Refusal> {
        let terms = terms!(new self);
        let who = match &self.who {
            PairedInput::DepartmentId(id) => Paired::Department(id::required(id, "who.departmentId")?),
            PairedInput::PersonId(id) => Paired::Leader(id::required(id, "who.personId")?),
        };
        let place = match self.place {
            PairedPlaceInput::ComplexId(id) => PairedPlace::Complex(id::required(&id, "place.complexId")?),
            PairedPlaceInput::Community(code) => PairedPlace::Community(code.0),
        };
        let duty = maybe_text(self.duty.as_deref(), "duty", TEXT)?;
        Ok((terms, NewPairing { who, place, duty, starts_on: day(self.starts_on), ends_on: day(self.ends_on) }))
    }
}

impl EndPairingInput {
    fn decode(self) -> Result<(Terms, PairingId, Option<NaiveDate>, Option<String>), Refusal> {
        let terms = terms!(self);
        let reason = maybe_text(self.reason.as_deref(), "reason", TEXT)?;
        Ok((terms, id::required(&self.pairing_id, "pairingId")?, day(self.ends_on), reason))
    }
}

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

#[derive(Default)]
pub struct PairingMutation;

#[Object]
impl PairingMutation {
    /// Pairs a department 部门结对 or a leader 领导联系 with a community or a complex, by an officer of the district or an administrator. The same two are paired once at a time.
    async fn pair(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and with what 结对双方")] input: PairInput,
    ) -> Option<Result<PairPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (pairing, user_errors) = settled(input.decode(), |(terms, new)| service::pair(cx, terms, new)).await?;
            Ok(PairPayload { pairing, user_errors })
        })
        .await
    }

    /// Ends a pairing 终止结对, by those who may make one there.
    async fn end_pairing(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which 结对")] input: EndPairingInput,
    ) -> Option<Result<EndPairingPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (pairing, user_errors) =
                settled(input.decode(), |(terms, id, on, reason)| service::end_pairing(cx, terms, id, on, reason)).await?;
            Ok(EndPairingPayload { pairing, user_errors })
        })
        .await
    }
}
