//! `Register`.

use async_graphql::ID;
use entity::{Provenance, RegisterId, register};

use super::{
    case::{Case, CaseFilter, CaseOrderField},
    register_cases::{RegisterRemoval, RegisterRemovalFilter, RegisterRemovalOrderField},
};
use crate::{
    area::graphql::Area,
    case::{
        scope::{IN_REGISTER, REMOVED_FROM, RegisterOrder, RegisterWhere, Registers},
        service::registers,
    },
    graphql::{
        filter::{IdFilter, Lifetime, ListFilter, TextFilter, filters},
        id::{self, global},
        input::{TEXT, TITLE, maybe_text, text},
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, Date},
    },
    object, orders,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, inputs, mutations},
        scope::OF_RECORD,
    },
};

object! {
    /// A named register of cases 台账, such as that of the misconduct of property service 物业乱象. Officers see them.
    Register: register::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Its name 名称.
        pub name: &str = |row| &row.name,
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
        /// The last day on which cases were entered; null while it is kept 终止日.
        ended_on: Option<Date> = |row| row.ended_on.map(Date),
        /// How many cases it holds, whether or not you may see them; `cases` lists those that you may 案件数.
        case_count: i32 = |row| row.case_count,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The area that keeps it 所属区划.
        area: Area = |register| Some(register.area_id),
    }
    lists {
        /// The cases that it holds and you may see 案件.
        cases: Case(CaseFilter, CaseOrderField) = |register| register.id, IN_REGISTER,
        /// What was done to it, by whom and when 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |register| register.id.0, OF_RECORD,
        /// The cases that were taken out, the latest first, as far as you may see them 移出记录.
        removals: RegisterRemoval(RegisterRemovalFilter, RegisterRemovalOrderField) = |register| register.id, REMOVED_FROM,
    }
}

impl Listed for Register {
    type Noun = Registers;
    type Filter = RegisterFilter;
    type Order = RegisterOrderField;

    const ORDER: (RegisterOrderField, OrderDirection) = (RegisterOrderField::Name, OrderDirection::Asc);
}

filters! {
    /// Which registers 台账筛选; all that is given must hold.
    RegisterFilter => RegisterWhere {
        /// By id 标识.
        id: IdFilter => id::<RegisterId>(RegisterWhere::Id),
        /// By name 名称.
        name: TextFilter => test(RegisterWhere::Name),
        /// Kept in the subtree of this area 所属区划 (含下级).
        area: AreaCode => within(RegisterWhere::Within),
        /// By whether they have ended; all of them when left out 是否已终止.
        lifetime: Lifetime => lifetime(RegisterWhere::Lasting),
        /// By the cases that it holds and you may see 案件.
        cases: ListFilter<CaseFilter> => list::<Case>(RegisterWhere::Cases),
    }
}

orders! {
    /// What registers are ordered by 台账排序字段.
    RegisterOrderField("RegisterOrder") => RegisterOrder {
        /// By name 名称.
        Name,
    }
}

inputs! {
    /// A new register 新建台账.
    creates CreateRegisterInput {
        /// The area that keeps it 所属区划.
        area: AreaCode,
        /// Its name, at most 100 characters, which no other register of the area has 名称.
        name: String,
    }

    /// Another name for a register 台账更名.
    changes RenameRegisterInput {
        /// The register 台账.
        register_id: ID,
        /// Its name, at most 100 characters, which no other register of the area has 名称.
        name: String,
    }

    /// Ending a register 终止台账.
    changes EndRegisterInput {
        /// The register 台账.
        register_id: ID,
        /// The last day on which cases are entered, not after today; today when left out 终止日.
        ends_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        reason: Option<String>,
    }
}

mutations! {
    RegisterMutation {
        /// Sets up a register of cases 新建台账, by an officer of the community, subdistrict or district that keeps it, or an administrator.
        create_register(CreateRegisterInput: "Where, and its name 所属区划及名称") -> CreateRegisterPayload { register: Register }
            = |cx, input| registers::create(cx, input.terms()?, input.area.0, text(&input.name, "name", TITLE)?);

        /// Gives a register another name 台账更名, by those who may set one up there; the former name stays in its changes.
        rename_register(RenameRegisterInput: "Which, and its name 台账及名称") -> RenameRegisterPayload { register: Register } = |cx, input| {
            registers::rename(cx, input.terms()?, id::required(&input.register_id, "registerId")?, text(&input.name, "name", TITLE)?)
        };

        /// Ends a register 终止台账, by those who may set one up there: it stays to be read, no case is entered or taken out after its last day.
        end_register(EndRegisterInput: "Which, and why 台账及原因") -> EndRegisterPayload { register: Register } = |cx, input| {
            let (terms, id) = (input.terms()?, id::required(&input.register_id, "registerId")?);
            registers::end(cx, terms, id, input.ends_on.map(|day| day.0), maybe_text(input.reason.as_deref(), "reason", TEXT)?)
        };
    }
}
