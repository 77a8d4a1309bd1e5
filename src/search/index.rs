//! Keeps the words: with each write, and for what was written before there were any.

use entity::{SearchType, case_file, complex, person, property_firm, search_pending, search_row};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, Iterable, PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::words::{Terms, of_type};
use crate::db::{Db, chunks};

/// A row that is found by words.
pub trait Searchable {
    const TYPE: SearchType;

    fn id(&self) -> Uuid;

    /// Says the words by which whoever may see them finds it; none: it is not found.
    fn say(&self, terms: &mut Terms);
}

/// `table as TYPE: what it says`; each table is searched through once when its words are missing.
macro_rules! searchable {
    ($($table:ident as $kind:ident: |$row:ident, $terms:ident| $say:expr;)+) => {
        $(impl Searchable for $table::Model {
            const TYPE: SearchType = SearchType::$kind;

            fn id(&self) -> Uuid {
                self.id.into()
            }

            fn say(&self, $terms: &mut Terms) {
                let $row = self;
                $say
            }
        })+

        async fn take_in_all_of(db: &Db, kind: SearchType) -> Result<u64, DbErr> {
            match kind { $(SearchType::$kind => take_in::<$table::Entity>(db).await),+ }
        }
    };
}

searchable! {
    complex as Complex: |complex, terms| {
        terms.name(&complex.name);
        complex.address.iter().for_each(|address| terms.text(address));
    };
    property_firm as PropertyFirm: |firm, terms| terms.name(&firm.name);
    person as Person: |person, terms| if person.erased_at.is_none() {
        terms.name(&person.name);
    };
    case_file as Case: |case, terms| {
        terms.text(&case.number);
        terms.title(&case.title);
        case.description.iter().for_each(|description| terms.text(description));
    };
}

/// Keeps the words of rows that are new or say something else now; in the transaction that writes them.
pub async fn index<R: Searchable>(tx: &impl ConnectionTrait, rows: &[R]) -> Result<(), DbErr> {
    let (mut said, mut silent) = (Vec::new(), Vec::new());
    for row in rows {
        let mut terms = Terms::default();
        row.say(&mut terms);
        let row = search_row::Model { id: row.id(), kind: R::TYPE, terms: of_type(R::TYPE, &terms.into_string()) };
        if row.terms.is_empty() { silent.push(row.id) } else { said.push(row) }
    }
    // what says the same is left alone, in the index too
    let changed = Expr::cust("search_row.terms <> excluded.terms");
    let replace = OnConflict::column(search_row::Column::Id).update_column(search_row::Column::Terms).action_and_where(changed).to_owned();
    for said in said.chunks(PORTION) {
        let rows = said.iter().cloned().map(IntoActiveModel::into_active_model);
        search_row::Entity::insert_many(rows).on_conflict(replace.clone()).exec_without_returning(tx).await?;
    }
    for silent in chunks(&silent) {
        search_row::Entity::delete_many().filter(search_row::Column::Id.is_in(silent.iter().copied())).exec(tx).await?;
    }
    Ok(())
}

/// Rows of one statement, and of one transaction when all are taken in.
const PORTION: usize = 1000;

/// Takes in what was there before there was an index, or before its words were made otherwise; how many rows. A process that is started does so
/// before it serves. Where nothing is left to do, it is one look.
pub async fn complete(db: &Db) -> Result<u64, DbErr> {
    let mut rows = 0;
    for pending in search_pending::Entity::find().all(&db.read).await? {
        rows += take_in_all_of(db, pending.kind).await?;
        let tx = db.begin().await?;
        search_pending::Entity::delete_many().filter(search_pending::Column::Kind.eq(pending.kind)).exec(&tx).await?;
        tx.commit().await?;
    }
    Ok(rows)
}

/// Makes all words anew.
pub async fn anew(db: &Db) -> Result<u64, DbErr> {
    let tx = db.begin().await?;
    let all = SearchType::ALL.iter().map(|kind| search_pending::Model { kind: *kind }.into_active_model());
    let known = OnConflict::column(search_pending::Column::Kind).do_nothing().to_owned();
    search_pending::Entity::insert_many(all).on_conflict(known).exec_without_returning(&tx).await?;
    tx.commit().await?;
    complete(db).await
}

/// In portions, by id, so that others can write in between. Rows are held while their words are written: nobody's name comes back who is erased at
/// the same time.
async fn take_in<E>(db: &Db) -> Result<u64, DbErr>
where
    E: EntityTrait,
    E::Model: Searchable + Sync,
{
    let Some(id) = E::PrimaryKey::iter().next().map(PrimaryKeyToColumn::into_column) else { return Ok(0) };
    let (mut after, mut taken) = (Uuid::nil(), 0);
    loop {
        let tx = db.begin().await?;
        let rows = E::find().filter(id.gt(after)).order_by_asc(id).limit(PORTION as u64).lock_shared().all(&tx).await?;
        index(&tx, &rows).await?;
        tx.commit().await?;
        taken += rows.len() as u64;
        match rows.last() {
            Some(last) if rows.len() == PORTION => after = last.id(),
            _ => return Ok(taken),
        }
    }
}
