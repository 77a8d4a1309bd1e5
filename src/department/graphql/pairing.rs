//! `Pairing`, and the mutations of pairings.

use async_graphql::{ID, OneofObject};
use chrono::NaiveDate;
use entity::{PairingId, PairingKind, PersonId, Provenance, pairing};

use crate::{
    area::graphql::Area,
    case::service::Terms,
    complex::graphql::{Complex, ComplexFilter},
    department::{
        graphql::{Department, DepartmentFilter},
        scope::{PairingOrder, PairingWhere, Pairings},
        service::{self, NewPairing, Paired, PairedPlace},
    },
    graphql::{
        error::Refusal,
        filter::{EnumFilter, IdFilter, filters},
        id::{self, global},
        input::{TEXT, maybe_text},
        page::OrderDirection,
        plan::Listed,
        scalar::{AreaCode, Date},
    },
    object, orders,
    person::graphql::Person,
    record::{
        graphql::{RecordChange, RecordChangeFilter, RecordChangeOrderField, inputs, mutations},
        scope::OF_RECORD,
    },
};

object! {
    /// A department 部门结对 or a leader 领导联系 that answers for a community or a complex, from a day to a day.
    Pairing: pairing::Model {
        /// The global id 全局标识.
        pub id: ID = |row| global(row.id),
        /// Who is paired 结对类型.
        kind: PairingKind = |row| row.kind,
        /// What is to be done there, in words; null where not said 职责.
        duty: Option<&str> = |row| row.duty.as_deref(),
        /// The first day 起始日.
        starts_on: Date = |row| Date(row.starts_on),
        /// The last day; null while it is open-ended 终止日.
        ends_on: Option<Date> = |row| row.ends_on.map(Date),
        /// What of it was inferred or invented; null where nothing was 来源说明.
        provenance_note: Option<&str> = |row| row.provenance_note.as_deref(),
        /// Where the record comes from 数据来源.
        provenance: Provenance = |row| row.provenance,
        /// Rises by one with each change 版本.
        version: i32 = |row| row.version,
    }
    relations {
        /// The department; null for a leader 部门.
        department: Department = |row| row.department_id,
        /// The leader; null for a department, and where you may not see the person 领导.
        person: Person = |row| row.person_id,
        /// The community, or the area of the complex 社区.
        area: Area = |row| Some(row.area_id),
        /// The complex; null for one with a community 小区.
        complex: Complex = |row| row.complex_id,
    }
    lists {
        /// What was done to its record, by whom and when; for officials 变更记录.
        changes: RecordChange(RecordChangeFilter, RecordChangeOrderField) = |row| row.id.0, OF_RECORD,
    }
}

impl Listed for Pairing {
    type Noun = Pairings;
    type Filter = PairingFilter;
    type Order = PairingOrderField;

    const ORDER: (PairingOrderField, OrderDirection) = (PairingOrderField::StartsOn, OrderDirection::Desc);
}

filters! {
    /// Which pairings 结对筛选; all that is given must hold.
    PairingFilter => PairingWhere {
        /// By who is paired 结对类型.
        kind: EnumFilter<PairingKind> => test(PairingWhere::Kind),
        /// With places in the subtree of this area 所在区划 (含下级).
        area: AreaCode => within(PairingWhere::Within),
        /// Of such a department 部门.
        department: DepartmentFilter => related(PairingWhere::Department),
        /// Of this leader 领导.
        person_id: IdFilter => id::<PersonId>(PairingWhere::Person),
        /// With such a complex 小区.
        complex: ComplexFilter => related(PairingWhere::Complex),
        /// In force on this day 在该日有效.
        on: Date => fact(|day| PairingWhere::On(true, day.0)),
        /// Whether in force today 是否有效.
        current: bool => at(|current, clock| PairingWhere::On(current, clock.today())),
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

inputs! {
    /// A new pairing 结对.
    creates PairInput {
        /// Who 结对主体.
        who: PairedInput,
        /// With what 结对对象.
        place: PairedPlaceInput,
        /// What is to be done there, in words 职责.
        duty: Option<String>,
        /// The first day; today when left out 起始日.
        starts_on: Option<Date>,
        /// The last day; open-ended when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Ending a pairing 终止结对.
    changes EndPairingInput {
        /// The pairing 结对.
        pairing_id: ID,
        /// The last day, not after the one it has; today when left out 终止日.
        ends_on: Option<Date>,
        /// Why 原因.
        reason: Option<String>,
    }
}

impl PairInput {
    fn decode(self) -> Result<(Terms, NewPairing), Refusal> {
        let terms = self.terms()?;
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
        let terms = self.terms()?;
        let reason = maybe_text(self.reason.as_deref(), "reason", TEXT)?;
        Ok((terms, id::required(&self.pairing_id, "pairingId")?, day(self.ends_on), reason))
    }
}

fn day(day: Option<Date>) -> Option<NaiveDate> {
    day.map(|day| day.0)
}

mutations! {
    PairingMutation {
        /// Pairs a department 部门结对 or a leader 领导联系 with a community or a complex, by an officer of the district or an administrator. The same two are paired once at a time.
        pair(PairInput: "Who, and with what 结对双方") -> PairPayload { pairing: Pairing } = |cx, input| {
            let (terms, new) = input.decode()?;
            service::pair(cx, terms, new)
        };

        /// Ends a pairing 终止结对, by those who may make one there.
        end_pairing(EndPairingInput: "Which 结对") -> EndPairingPayload { pairing: Pairing } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            service::end_pairing(cx, terms, id, on, reason)
        };
    }
}
