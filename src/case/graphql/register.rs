//! `Register`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::NaiveDate;
use entity::{Provenance, RegisterId, register};
use futures_util::future::BoxFuture;

use super::register_cases::{RegisterRemoval, RegisterRemovalFilter, RegisterRemovalOrderField};
use crate::{
    app::Cx,
    area::graphql::Area,
    case::{
        scope::{REMOVED_FROM, RegisterOrder, RegisterWhere, Registers},
        service::{Terms, registers},
    },
    clock::Clock,
    db::filter::Filter,
    graphql::{
        context::signed_in,
        error::{ApiError, Refusal},
        filter::{All, IdFilter, Lifetime, Lower, TextFilter},
        id::{self, global},
        input::{TEXT, TITLE, maybe_text, text},
        page::OrderDirection,
        payload::answer,
        plan::{self, Listed, Rec, Record, Selection},
        scalar::{AreaCode, Date},
    },
    object, orders, payloads,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, settled, terms},
        scope::OF_RECORD,
    },
};

/// A register of cases 台账.
#[derive(Clone)]
pub struct Register(Arc<Rec<register::Model>>);

object! {
    /// A named register of cases 台账, such as that of the misconduct of property service 物业乱象. Officers see them; `cases(filter: {registerId})` lists what one holds.
    Register {
        /// The global id 全局标识.
        pub async fn id(&self) -> ID {
            global(self.0.row.id)
        }

        /// Its name 名称.
        pub async fn name(&self) -> &str {
            &self.0.row.name
        }

        /// Where the record comes from 数据来源.
        async fn provenance(&self) -> Provenance {
            self.0.row.provenance
        }

        /// What of it was inferred or invented; null where nothing was 来源说明.
        async fn provenance_note(&self) -> Option<&str> {
            self.0.row.provenance_note.as_deref()
        }

        /// The last day on which cases were entered; null while it is kept 终止日.
        async fn ended_on(&self) -> Option<Date> {
            self.0.row.ended_on.map(Date)
        }

        /// How many cases it holds, whether or not you may see them; `cases(filter: {registerId})` lists those that you may 案件数.
        async fn case_count(&self) -> i32 {
            self.0.row.case_count
        }

        /// Rises by one with each change 版本.
        async fn version(&self) -> i32 {
            self.0.row.version
        }

        /// The area that keeps it 所属区划.
        async fn area(&self, ctx: &Context<'_>) -> Option<Result<Area, ApiError>> {
            plan::maybe::<Self, _>(ctx, &self.0).await
        }
    }
    lists {
        /// What was done to it, by whom and when 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField),
        /// The cases that were taken out, the latest first, as far as you may see them 移出记录.
        removals: RegisterRemoval(RegisterRemovalFilter, RegisterRemovalOrderField),
    }
}

impl Record for Register {
    type Row = register::Model;

    fn new(rec: Rec<register::Model>) -> Self {
        Self(Arc::new(rec))
    }

    fn fill<'a>(cx: &'a Cx, rows: &'a mut [Rec<register::Model>], selection: &'a Selection<'a>) -> BoxFuture<'a, Result<(), ApiError>> {
        Box::pin(async move {
            plan::one::<Area, _>(cx, rows, selection, "area", |register| Some(register.area_id)).await?;
            plan::many::<RecordChange, _, _>(cx, rows, selection, "changes", |register| register.id.0, OF_RECORD).await?;
            plan::many::<RegisterRemoval, _, _>(cx, rows, selection, "removals", |register| register.id, REMOVED_FROM).await
        })
    }
}

impl Listed for Register {
    type Noun = Registers;
    type Filter = RegisterFilter;
    type Order = RegisterOrderField;

    const ORDER: (RegisterOrderField, OrderDirection) = (RegisterOrderField::Name, OrderDirection::Asc);
}

/// Which registers 台账筛选; all that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct RegisterFilter {
    /// All of these 且.
    pub and: Option<Vec<Self>>,
    /// Any of these 或.
    pub or: Option<Vec<Self>>,
    /// Not this 非.
    pub not: Option<Box<Self>>,
    /// By id 标识.
    pub id: Option<IdFilter>,
    /// By name 名称.
    pub name: Option<TextFilter>,
    /// Kept in the subtree of this area 所属区划 (含下级).
    pub area: Option<AreaCode>,
    /// By whether they have ended; all of them when left out 是否已终止.
    pub lifetime: Option<Lifetime>,
}

impl Lower<RegisterWhere> for RegisterFilter {
    fn lower(self, clock: &Clock) -> Result<Filter<RegisterWhere>, ApiError> {
        Ok(All::of(clock, self.and, self.or, self.not)?
            .lifetime(self.lifetime, RegisterWhere::Lasting)
            .id::<RegisterId>(self.id, RegisterWhere::Id)?
            .test(self.name, RegisterWhere::Name)?
            .is(self.area.map(|code| RegisterWhere::Within(code.0)))
            .done())
    }
}

orders! {
    /// What registers are ordered by 台账排序字段.
    RegisterOrderField("RegisterOrder") => RegisterOrder {
        /// By name 名称.
        Name,
    }
}

/// A new register 新建台账.
#[derive(Clone, Debug, InputObject)]
pub struct CreateRegisterInput {
    /// The area that keeps it 所属区划.
    pub area: AreaCode,
    /// Its name, at most 100 characters, which no other register of the area has 名称.
    pub name: String,
    /// A name of your own for this call: a retry under the same key is answered with the same register 幂等键.
    pub idempotency_key: Option<String>,
}

/// Another name for a register 台账更名.
#[derive(Clone, Debug, InputObject)]
pub struct RenameRegisterInput {
    /// The register 台账.
    pub register_id: ID,
    /// Its name, at most 100 characters, which no other register of the area has 名称.
    pub name: String,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same register 幂等键.
    pub idempotency_key: Option<String>,
}

/// Ending a register 终止台账.
#[derive(Clone, Debug, InputObject)]
pub struct EndRegisterInput {
    /// The register 台账.
    pub register_id: ID,
    /// The last day on which cases are entered, not after today; today when left out 终止日.
    pub ends_on: Option<Date>,
    /// Why, at most 4,000 characters 原因.
    pub reason: Option<String>,
    /// The version you looked at; where it is another now, nothing is done and the answer is `CONFLICT` 所见版本.
    pub expected_version: Option<i32>,
    /// A name of your own for this call: a retry under the same key is answered with the same register 幂等键.
    pub idempotency_key: Option<String>,
}

payloads! {
    /// The ended register 终止结果.
    EndRegisterPayload {
        /// The register; null where nothing was changed, but on `CONFLICT` as it stands now 台账.
        register: Register,
    }
    /// The new register 新建结果.
    CreateRegisterPayload {
        /// The register; null where nothing was changed 台账.
        register: Register,
    }
    /// The renamed register 更名结果.
    RenameRegisterPayload {
        /// The register; null where nothing was changed, but on `CONFLICT` as it stands now 台账.
        register: Register,
    }
}

impl CreateRegisterInput {
    fn decode(self) -> Result<(Terms, String, String), Refusal> {
        Ok((terms!(new self), self.area.0, text(&self.name, "name", TITLE)?))
    }
}

impl RenameRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, String), Refusal> {
        Ok((terms!(self), id::required(&self.register_id, "registerId")?, text(&self.name, "name", TITLE)?))
    }
}

impl EndRegisterInput {
    fn decode(self) -> Result<(Terms, RegisterId, Option<NaiveDate>, Option<String>), Refusal> {
        let on = self.ends_on.map(|day| day.0);
        Ok((terms!(self), id::required(&self.register_id, "registerId")?, on, maybe_text(self.reason.as_deref(), "reason", TEXT)?))
    }
}

#[derive(Default)]
pub struct RegisterMutation;

#[Object]
impl RegisterMutation {
    /// Sets up a register of cases 新建台账, by an officer of the community, subdistrict or district that keeps it, or an administrator.
    async fn create_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and its name 所属区划及名称")] input: CreateRegisterInput,
    ) -> Option<Result<CreateRegisterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (register, user_errors) = settled(input.decode(), |(terms, area, name)| registers::create(cx, terms, area, name)).await?;
            Ok(CreateRegisterPayload { register, user_errors })
        })
        .await
    }

    /// Gives a register another name 台账更名, by those who may set one up there; the former name stays in its changes.
    async fn rename_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and its name 台账及名称")] input: RenameRegisterInput,
    ) -> Option<Result<RenameRegisterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (register, user_errors) = settled(input.decode(), |(terms, id, name)| registers::rename(cx, terms, id, name)).await?;
            Ok(RenameRegisterPayload { register, user_errors })
        })
        .await
    }

    /// Ends a register 终止台账, by those who may set one up there: it stays to be read, no case is entered or taken out after its last day.
    async fn end_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and why 台账及原因")] input: EndRegisterInput,
    ) -> Option<Result<EndRegisterPayload, ApiError>> {
        answer(async {
            let cx = signed_in(ctx)?;
            let (register, user_errors) = settled(input.decode(), |(terms, id, on, why)| registers::end(cx, terms, id, on, why)).await?;
            Ok(EndRegisterPayload { register, user_errors })
        })
        .await
    }
}
