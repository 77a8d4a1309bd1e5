//! Writes the rows, parents before children, in one transaction.

use anyhow::bail;
use entity::{
    area, area_succession, building, case_clock, case_event, case_file, case_number, committee, committee_member, committee_term, complex,
    complex_honour, contract_fee, courtyard, deadline_policy, department, document_version, double_report, duty_claim, duty_post, dwelling,
    firm_admission, firm_contract, governing_document, grid, grid_fund, grid_fund_entry, handling_path, level_name, matter,
    matter_department, pairing, party_branch, party_cover, party_instructor, party_membership, person, post, property_firm, register,
    register_case, service_item, service_record, stairwell, whistle,
};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, QuerySelect};

use super::World;
use crate::{
    db::{DatabaseTransaction, Db, DbErr},
    search::{self, Searchable},
};

/// Bound values of one statement: SQLite takes 32,766.
const BINDS: usize = 30_000;

/// Whether the database holds any area.
pub async fn is_empty(db: &Db) -> Result<bool, DbErr> {
    Ok(area::Entity::find().limit(1).one(&db.read).await?.is_none())
}

pub async fn save(db: &Db, world: World, progress: impl FnMut(u64, u64) + Send) -> anyhow::Result<()> {
    let tx = db.begin().await?;
    // of two processes that start at once, one loads; on SQLite the write's own lock sees to it
    if db.is_postgres() {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0; LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE").await?;
    }
    if area::Entity::find().limit(1).one(&tx).await?.is_some() {
        bail!("the database is not empty");
    }
    let mut load = Load { tx, done: 0, total: world.rows() as u64, progress };
    load.words(&world.complexes).await?;
    load.words(&world.firms).await?;
    load.words(&world.persons).await?;
    load.words(&world.cases).await?;
    load.rows::<area::ActiveModel>(world.areas).await?;
    load.rows::<complex::ActiveModel>(world.complexes).await?;
    load.rows::<grid::ActiveModel>(world.grids).await?;
    load.rows::<building::ActiveModel>(world.buildings).await?;
    load.rows::<stairwell::ActiveModel>(world.stairwells).await?;
    load.rows::<dwelling::ActiveModel>(world.dwellings).await?;
    load.rows::<courtyard::ActiveModel>(world.courtyards).await?;
    load.rows::<complex_honour::ActiveModel>(world.honours).await?;
    load.rows::<property_firm::ActiveModel>(world.firms).await?;
    load.rows::<firm_contract::ActiveModel>(world.contracts).await?;
    load.rows::<party_branch::ActiveModel>(world.branches).await?;
    load.rows::<party_cover::ActiveModel>(world.covers).await?;
    load.rows::<department::ActiveModel>(world.departments).await?;
    load.rows::<matter::ActiveModel>(world.matters).await?;
    load.rows::<matter_department::ActiveModel>(world.matter_departments).await?;
    load.rows::<person::ActiveModel>(world.persons).await?;
    load.rows::<post::ActiveModel>(world.posts).await?;
    load.rows::<deadline_policy::ActiveModel>(world.policies).await?;
    load.rows::<level_name::ActiveModel>(world.level_names).await?;
    load.rows::<handling_path::ActiveModel>(world.paths).await?;
    load.rows::<case_number::ActiveModel>(world.case_numbers).await?;
    load.rows::<case_file::ActiveModel>(world.cases).await?;
    load.rows::<whistle::ActiveModel>(world.whistles).await?;
    load.rows::<case_event::ActiveModel>(world.events).await?;
    load.rows::<case_clock::ActiveModel>(world.clocks).await?;
    load.rows::<register::ActiveModel>(world.registers).await?;
    load.rows::<register_case::ActiveModel>(world.register_cases).await?;
    load.rows::<committee::ActiveModel>(world.committees).await?;
    load.rows::<committee_term::ActiveModel>(world.committee_terms).await?;
    load.rows::<committee_member::ActiveModel>(world.committee_members).await?;
    load.rows::<area_succession::ActiveModel>(world.area_successions).await?;
    load.rows::<grid_fund::ActiveModel>(world.grid_funds).await?;
    load.rows::<grid_fund_entry::ActiveModel>(world.grid_fund_entries).await?;
    load.rows::<party_membership::ActiveModel>(world.memberships).await?;
    load.rows::<party_instructor::ActiveModel>(world.instructors).await?;
    load.rows::<double_report::ActiveModel>(world.double_reports).await?;
    load.rows::<duty_post::ActiveModel>(world.duty_posts).await?;
    load.rows::<duty_claim::ActiveModel>(world.duty_claims).await?;
    load.rows::<service_record::ActiveModel>(world.services).await?;
    load.rows::<firm_admission::ActiveModel>(world.admissions).await?;
    load.rows::<contract_fee::ActiveModel>(world.fees).await?;
    load.rows::<service_item::ActiveModel>(world.service_items).await?;
    load.rows::<pairing::ActiveModel>(world.pairings).await?;
    load.rows::<governing_document::ActiveModel>(world.documents).await?;
    load.rows::<document_version::ActiveModel>(world.document_versions).await?;
    Ok(load.tx.commit().await?)
}

struct Load<P> {
    tx: DatabaseTransaction,
    done: u64,
    total: u64,
    progress: P,
}

impl<P: FnMut(u64, u64) + Send> Load<P> {
    /// By which the rows are found.
    async fn words<R: Searchable>(&mut self, rows: &[R]) -> Result<(), DbErr> {
        search::index(&self.tx, rows).await?;
        self.done += rows.len() as u64;
        (self.progress)(self.done, self.total);
        Ok(())
    }

    async fn rows<A>(&mut self, rows: Vec<<A::Entity as EntityTrait>::Model>) -> Result<(), DbErr>
    where
        A: ActiveModelTrait + Send,
        <A::Entity as EntityTrait>::Model: IntoActiveModel<A> + Clone,
    {
        let columns = <A::Entity as EntityTrait>::Column::iter().count();
        for rows in rows.chunks(BINDS / columns) {
            let count = rows.len() as u64;
            A::Entity::insert_many(rows.iter().cloned().map(IntoActiveModel::into_active_model)).exec_without_returning(&self.tx).await?;
            self.done += count;
            (self.progress)(self.done, self.total);
        }
        Ok(())
    }
}
