//! What has been published of a governing document is public; what is being drafted is there for the officials of the area and above.

use chrono::NaiveDate;
use entity::{AreaId, DocumentVersionId, GoverningDocumentId, document_version, governing_document};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SelectStatement};

use crate::{
    area::scope::{within, within_any},
    auth::Actor,
    db::{
        filter::{Test, open_on},
        noun::{Noun, OrderBy, Parent},
        page::Key,
    },
    record::scope::kept,
};

pub struct Documents;

pub enum DocumentWhere {
    Id(Test),
    Title(Test),
    Kind(Test),
    Provenance(Test),
    Within(String),
    /// A version of it is in force on this day, or none.
    On(bool, NaiveDate),
    Published(bool),
    /// A published version of it says so.
    Text(Test),
}

#[derive(Clone, Copy)]
pub enum DocumentOrder {
    Title,
}

pub const OF_AREA: Parent<Documents, AreaId> = Parent::own(|| governing_document::Column::AreaId.as_column_ref());

impl Noun for Documents {
    type Entity = governing_document::Entity;
    type Model = governing_document::Model;
    type Id = GoverningDocumentId;
    type Where = DocumentWhere;
    type Order = DocumentOrder;

    const ID: governing_document::Column = governing_document::Column::Id;

    fn id(row: &governing_document::Model) -> GoverningDocumentId {
        row.id
    }

    fn visible_to(actor: &Actor) -> Condition {
        Condition::any().add(governing_document::Column::PublishedAt.is_not_null()).add(drafted_for(actor))
    }

    fn matching(fact: &DocumentWhere) -> Condition {
        use governing_document::Column as C;
        match fact {
            DocumentWhere::Id(test) => test.on(C::Id),
            DocumentWhere::Title(test) => test.on(C::Title),
            DocumentWhere::Kind(test) => test.on(C::Kind),
            DocumentWhere::Provenance(test) => test.on(C::Provenance),
            DocumentWhere::Within(code) => within(C::AreaId, code),
            DocumentWhere::On(on, day) => {
                let held = open_on(C::EndedOn, *day);
                let held = held_with(of_versions(document_version::Column::EffectiveFrom.lte(*day).into())).add(held);
                if *on { held } else { held.not() }
            }
            DocumentWhere::Published(true) => C::PublishedAt.is_not_null().into(),
            DocumentWhere::Published(false) => C::PublishedAt.is_null().into(),
            DocumentWhere::Text(test) => held_with(of_versions(test.on(document_version::Column::Text))),
        }
    }

    fn order(order: DocumentOrder) -> OrderBy<Self> {
        match order {
            DocumentOrder::Title => OrderBy { column: governing_document::Column::Title, key: |row| Key::Text(row.title.clone()) },
        }
    }
}

kept! {
    Documents: GoverningDocument until ended_on hides "draft";
}

/// Documents of which the actor reads the drafts.
pub fn drafted_for(actor: &Actor) -> Condition {
    within_any(governing_document::Column::AreaId, &actor.official_areas())
}

fn held_with(versions: SelectStatement) -> Condition {
    Condition::all().add(governing_document::Column::Id.in_subquery(versions))
}

/// The ids of the documents with such a version.
fn of_versions(versions: Condition) -> SelectStatement {
    document_version::Entity::find().select_only().column(document_version::Column::DocumentId).filter(versions).into_query()
}

/// Versions that had begun on a day.
pub fn in_force_on(day: NaiveDate) -> Condition {
    Condition::all().add(document_version::Column::EffectiveFrom.lte(day))
}

pub struct Versions;

pub enum VersionWhere {
    Number(Test),
    EffectiveFrom(Test),
}

#[derive(Clone, Copy)]
pub enum VersionOrder {
    Sequence,
}

pub const VERSIONS: Parent<Versions, GoverningDocumentId> = Parent::own(|| document_version::Column::DocumentId.as_column_ref());

impl Noun for Versions {
    type Entity = document_version::Entity;
    type Model = document_version::Model;
    type Id = DocumentVersionId;
    type Where = VersionWhere;
    type Order = VersionOrder;

    const ID: document_version::Column = document_version::Column::Id;

    fn id(row: &document_version::Model) -> DocumentVersionId {
        row.id
    }

    fn visible_to(_: &Actor) -> Condition {
        Condition::all()
    }

    fn matching(fact: &VersionWhere) -> Condition {
        match fact {
            VersionWhere::Number(test) => test.on(document_version::Column::Number),
            VersionWhere::EffectiveFrom(test) => test.on(document_version::Column::EffectiveFrom),
        }
    }

    fn order(order: VersionOrder) -> OrderBy<Self> {
        match order {
            VersionOrder::Sequence => OrderBy { column: document_version::Column::Seq, key: |row| Key::Int(row.seq.into()) },
        }
    }
}
