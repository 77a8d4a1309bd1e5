//! Photos show people and their homes. What is used in a case is there for whoever sees the case and has to do with it: not for those who only look on,
//! and not for the respondent. What is not used yet is its uploader's alone.

use entity::{AttachmentId, PersonId, PostRole, attachment, case_file};
use sea_orm::{ColumnTrait, Condition, EntityTrait, ExprTrait, IntoSimpleExpr, QueryFilter, QuerySelect, QueryTrait, sea_query::Expr};
use uuid::Uuid;

use crate::{
    auth::{Actor, looks_on},
    case::scope::Cases,
    db::{
        filter::Test,
        never,
        noun::{Noun, OrderBy},
    },
};

pub struct Attachments;

pub enum AttachmentWhere {
    Kind(Test),
}

#[derive(Clone, Copy)]
pub enum AttachmentOrder {
    UploadedAt,
}

impl Noun for Attachments {
    type Entity = attachment::Entity;
    type Model = attachment::Model;
    type Id = AttachmentId;
    type Where = AttachmentWhere;
    type Order = AttachmentOrder;

    const ID: attachment::Column = attachment::Column::Id;

    fn id(row: &attachment::Model) -> AttachmentId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        use attachment::Column as C;
        let Some(me) = actor.person else { return never() };
        let unused = Condition::all().add(C::UploadedBy.eq(me)).add(C::CaseId.is_null());
        Condition::any().add(unused).add(of_case_at_hand(actor, me))
    }

    fn matching(fact: &AttachmentWhere) -> Condition {
        match fact {
            AttachmentWhere::Kind(test) => test.on(attachment::Column::Kind),
        }
    }

    fn order(order: AttachmentOrder) -> OrderBy<Self> {
        match order {
            AttachmentOrder::UploadedAt => OrderBy { column: attachment::Column::UploadedAt, key: |row| row.uploaded_at.into() },
        }
    }
}

/// Its case may be seen otherwise than by a post that is only there to look.
fn of_case_at_hand(actor: &Actor, me: PersonId) -> Condition {
    let posts = actor.posts.iter().filter(|post| !looks_on(post.role)).copied().collect();
    let at_hand = Actor { posts, ..actor.clone() };
    let case = case_file::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(case_file::Column::Id.into_simple_expr().eq(attachment::Column::CaseId.into_simple_expr()))
        .filter(Cases::visible_to(&at_hand))
        .filter(of_others(actor, me));
    Condition::all().add(Expr::exists(case.into_query()))
}

/// The actor is not the respondent of the case, nor works for the respondent, as [`Standing`](crate::case::policy::Standing) has it.
fn of_others(actor: &Actor, me: PersonId) -> Condition {
    use case_file::Column as C;
    let units: Vec<Uuid> = actor.posts.iter().filter(|post| post.role != PostRole::Resident).map(|post| post.unit).collect();
    let person = Condition::all().add(C::RespondentKind.is_null()).add(C::RespondentId.ne(me.0));
    let unit = Condition::all().add(C::RespondentKind.is_not_null()).add(C::RespondentId.is_not_in(units));
    Condition::any().add(C::RespondentId.is_null()).add(person).add(unit)
}
