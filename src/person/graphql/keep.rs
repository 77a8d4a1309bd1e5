//! The mutations of persons and of their posts.

use async_graphql::{ID, MaybeUndefined};
use entity::{PersonId, PostId, PostRole};
use uuid::Uuid;

use super::{Person, Post};
use crate::{
    case::service::Terms,
    graphql::{
        error::{Refusal, UserErrorCode},
        id::{self, GlobalId},
        input::{TEXT, maybe_text, text, told_as},
        scalar::{AreaCode, Date},
    },
    person::{
        model::{self, Unit, is_sign_in},
        service::keep::{self, NewPerson, NewPost, PersonChange},
    },
    record::graphql::{inputs, mutations},
};

const NAME: usize = 50;

/// An id of whatever a post can be for.
#[derive(Clone, Copy)]
pub struct PostUnit(Unit);

impl From<PostUnit> for Uuid {
    fn from(unit: PostUnit) -> Self {
        unit.0.into()
    }
}

impl TryFrom<GlobalId> for PostUnit {
    type Error = ();

    fn try_from(id: GlobalId) -> Result<Self, ()> {
        Ok(Self(match id {
            GlobalId::Area(id) => Unit::Area(id),
            GlobalId::PartyBranch(id) => Unit::Branch(id),
            GlobalId::Committee(id) => Unit::Committee(id),
            GlobalId::Complex(id) => Unit::Complex(id),
            GlobalId::Department(id) => Unit::Department(id),
            GlobalId::Firm(id) => Unit::Firm(id),
            GlobalId::Grid(id) => Unit::Grid(id),
            _ => return Err(()),
        }))
    }
}

inputs! {
    /// A new person 新增人员.
    creates CreatePersonInput {
        /// Whose officers keep the record 所属区划.
        area: AreaCode,
        /// The name, at most 50 characters 姓名.
        name: String,
        /// The phone number, 5 to 20 digits, which nobody else has; kept without blanks, hyphens and the `+86` of a mobile number 电话.
        phone: Option<String>,
        /// The name under which tokens are made for the person: lower-case letters, digits and `-`, at most 50, which nobody else has. For administrators of the area to
        /// give; `FORBIDDEN` from others 登录名.
        sign_in: Option<String>,
    }

    /// Another name, phone number or sign-in name for a person 修改人员; what is left out stays.
    changes UpdatePersonInput {
        /// The person 人员.
        person_id: ID,
        /// The name, at most 50 characters 姓名.
        name: Option<String>,
        /// The phone number, 5 to 20 digits, which nobody else has; kept without blanks, hyphens and the `+86` of a mobile number; null: none is known any more 电话.
        phone: MaybeUndefined<String>,
        /// The name under which tokens are made for the person: lower-case letters, digits and `-`, at most 50, which nobody else has; null: there is none any more, and
        /// tokens given out stay good until they run out. For administrators of all places in question; `FORBIDDEN` from others, and where the person was posted only
        /// elsewhere 登录名.
        sign_in: MaybeUndefined<String>,
    }

    /// Giving somebody a post 任职.
    creates AssignPostInput {
        /// Who: a person you may see, other than yourself 人员.
        person_id: ID,
        /// As what; not as `COMMITTEE_CHAIR`, which follows from a seat on an owners' committee: `MISMATCH` 岗位.
        role: PostRole,
        /// For what: of a resident the complex, of a grid worker the grid, of a branch secretary the branch, of a department officer the department, of a firm manager the firm, of all
        /// others the area (a community, a subdistrict, a district; of analysts, auditors and administrators any) 所在单位.
        unit_id: ID,
        /// The first day; today when left out 起始日.
        starts_on: Option<Date>,
        /// The last day; open-ended when left out 终止日.
        ends_on: Option<Date>,
    }

    /// Ending a post; not one of `COMMITTEE_CHAIR`, which ends with the seat: `INVALID_STATE` 离任.
    changes EndPostInput {
        /// The post 任职.
        post_id: ID,
        /// The last day, not after the one it has; today when left out. Its rights end with it: a day of the past ends them at once 终止日.
        ends_on: Option<Date>,
        /// Why, at most 4,000 characters 原因.
        reason: Option<String>,
    }
}

fn phone(value: &str) -> Result<String, Refusal> {
    model::phone(value).ok_or_else(|| Refusal::new(UserErrorCode::InvalidFormat, "import-phone", "phone"))
}

fn sign_in(value: &str) -> Result<String, Refusal> {
    if is_sign_in(value) { Ok(value.to_owned()) } else { Err(Refusal::new(UserErrorCode::InvalidFormat, "import-sign-in", "signIn")) }
}

impl CreatePersonInput {
    fn decode(self) -> Result<(Terms, NewPerson), Refusal> {
        let terms = self.terms()?;
        let new = NewPerson {
            name: text(&self.name, "name", NAME)?,
            phone: self.phone.as_deref().map(phone).transpose()?,
            sign_in: self.sign_in.as_deref().map(sign_in).transpose()?,
            area: self.area.0,
        };
        Ok((terms, new))
    }
}

impl UpdatePersonInput {
    fn decode(self) -> Result<(Terms, PersonId, PersonChange), Refusal> {
        let terms = self.terms()?;
        let to = PersonChange {
            name: self.name.as_deref().map(|name| text(name, "name", NAME)).transpose()?,
            phone: told_as(self.phone, |number| phone(&number))?,
            sign_in: told_as(self.sign_in, |name| sign_in(&name))?,
        };
        Ok((terms, id::required(&self.person_id, "personId")?, to))
    }
}

impl AssignPostInput {
    fn decode(self) -> Result<(Terms, NewPost), Refusal> {
        let person = id::required(&self.person_id, "personId")?;
        let unit = id::required::<PostUnit>(&self.unit_id, "unitId")?.0;
        let (starts_on, ends_on) = (self.starts_on.map(|day| day.0), self.ends_on.map(|day| day.0));
        Ok((self.terms()?, NewPost { person, role: self.role, unit, starts_on, ends_on }))
    }
}

type Ending = (Terms, PostId, Option<chrono::NaiveDate>, Option<String>);

impl EndPostInput {
    fn decode(self) -> Result<Ending, Refusal> {
        let reason = maybe_text(self.reason.as_deref(), "reason", TEXT)?;
        Ok((self.terms()?, id::required(&self.post_id, "postId")?, self.ends_on.map(|day| day.0), reason))
    }
}

mutations! {
    PersonKeepingMutation {
        /// Enters a person 新增人员, by an officer of the community, subdistrict or district, or an administrator, in the area or above it. Rights come with posts, see `assignPost`;
        /// the sign-in name is for administrators to give.
        create_person(CreatePersonInput: "Where, and who 所属区划及人员") -> CreatePersonPayload { person: Person } = |cx, input| {
            let (terms, new) = input.decode()?;
            keep::create(cx, terms, new)
        };

        /// Corrects a person's name, phone number or sign-in name 修改人员, by whoever may enter persons in the area of the record and in those of all posts held today; the sign-in name by administrators of
        /// all of them. That they were changed is kept in `changes`, what they were is not.
        update_person(UpdatePersonInput: "Who, and what of it 人员及修改内容") -> UpdatePersonPayload { person: Person } = |cx, input| {
            let (terms, id, to) = input.decode()?;
            keep::update(cx, terms, id, to)
        };

        /// Gives somebody a post 任职; one person may hold many. By whom: posts of residents, grid workers and branch secretaries by officers of the community, subdistrict or district; of firm managers by
        /// officers of the district; of all officers, analysts, auditors and administrators by administrators; each in the area of the unit or above it, administrators all of them. Nobody gives
        /// themselves a post. Refused with `INCOMPATIBLE_POST` for a manager of a firm who sits, within those days, on the owners' committee of a complex that the firm serves
        /// (业主大会和业主委员会指导规则). A post of `COMMITTEE_CHAIR` is given by nobody, it follows from the seat: see `electCommittee` and `assignSeatRole`.
        assign_post(AssignPostInput: "Whom, as what and for what 人员、岗位及单位") -> AssignPostPayload { post: Post } = |cx, input| {
            let (terms, new) = input.decode()?;
            keep::assign(cx, terms, new)
        };

        /// Ends a post 离任, by whoever may give it. It stays to be read; its rights end with its last day, whatever token was given out.
        end_post(EndPostInput: "Which post, and why 任职及原因") -> EndPostPayload { post: Post } = |cx, input| {
            let (terms, id, on, reason) = input.decode()?;
            keep::end(cx, terms, id, on, reason)
        };
    }
}
