//! What lies in an area, as far as it moves when the area ends.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{
    AreaId, CaseStatus, CommitteeId, ComplexId, PartyBranchId, PartyBranchKind, PostId, case_file, committee, committee_event, complex,
    contract_fee, double_report, duty_claim, duty_post, firm_contract, governing_document, pairing, party_branch, party_cover,
    party_instructor, party_membership, person, post, register, service_item, service_record, webhook,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Func, LockType, SimpleExpr},
};

use crate::db::{self, filter::open_on};

/// The complexes of an area, also those that have ended, locked in one order.
pub async fn complexes_in(tx: &DatabaseTransaction, area: AreaId) -> Result<Vec<complex::Model>, DbErr> {
    let there = complex::Entity::find().filter(complex::Column::AreaId.eq(area)).order_by_asc(complex::Column::Id);
    there.lock(LockType::NoKeyUpdate).all(tx).await
}

/// Organisations of complexes, not of the area in which these lie.
fn is_of_complexes(kind: PartyBranchKind) -> bool {
    matches!(kind, PartyBranchKind::ComplexBranch | PartyBranchKind::PropertyServiceBranch | PartyBranchKind::BuildingGroup)
}

/// Whether anybody holds a post there on this day or will.
pub async fn has_posts(db: &impl ConnectionTrait, area: AreaId, day: NaiveDate) -> Result<bool, DbErr> {
    Ok(posts(area, day).one(db).await?.is_some())
}

fn posts(area: AreaId, day: NaiveDate) -> sea_orm::Select<post::Entity> {
    let open = open_on(post::Column::EndsOn, day);
    post::Entity::find().filter(post::Column::AreaId.eq(area)).filter(open)
}

pub async fn has_open_cases(db: &impl ConnectionTrait, area: AreaId) -> Result<bool, DbErr> {
    use case_file::Column as C;
    let lies =
        Condition::any().add(C::AreaId.eq(area)).add(C::CommunityId.eq(area)).add(C::SubdistrictId.eq(area)).add(C::DistrictId.eq(area));
    let open = case_file::Entity::find().filter(lies).filter(C::Status.is_in(CaseStatus::OPEN.iter().copied()));
    Ok(open.one(db).await?.is_some())
}

/// Committees where they lie now, with what tells of it.
pub async fn put_committees(
    tx: &DatabaseTransaction,
    rows: Vec<committee::Model>,
    events: Vec<committee_event::Model>,
) -> Result<(), DbErr> {
    db::put::<committee::Entity>(tx, rows).await?;
    db::put::<committee_event::Entity>(tx, events).await
}

/// What lies in an area that ends goes where its complex goes, or else to the heir. From `on` on posts are held there; those in the area itself end on the
/// eve, and others begin, so that each says when. Of an area that lives on, its own heir, only what goes with a complex goes.
pub struct Moving<'m> {
    pub from: AreaId,
    pub heir: AreaId,
    pub complexes: &'m HashMap<ComplexId, AreaId>,
    pub on: NaiveDate,
    pub eve: NaiveDate,
}

impl Moving<'_> {
    /// Whether the area lives on.
    fn stays(&self) -> bool {
        self.heir == self.from
    }

    /// What follows the complexes, the organisations and the committees, once those lie where they go. `new_id` makes the ids of posts.
    pub async fn carry_out(
        &self,
        tx: &DatabaseTransaction,
        branches: &HashMap<PartyBranchId, AreaId>,
        committees: &HashMap<CommitteeId, AreaId>,
        new_id: impl Fn() -> PostId + Send,
    ) -> Result<(), DbErr> {
        if !self.stays() {
            let webhooks = webhook::Entity::update_many().col_expr(webhook::Column::AreaId, Expr::val(self.heir));
            webhooks.filter(webhook::Column::AreaId.eq(self.from)).exec(tx).await?;
        }
        self.follow(tx).await?;
        self.posts(tx, branches, committees, new_id).await
    }

    /// The registers that go to the heir, locked.
    pub async fn registers(&self, tx: &DatabaseTransaction) -> Result<Vec<register::Model>, DbErr> {
        if self.stays() {
            return Ok(Vec::new());
        }
        let there = register::Entity::find().filter(register::Column::AreaId.eq(self.from)).order_by_asc(register::Column::Id);
        there.lock(LockType::NoKeyUpdate).all(tx).await
    }

    /// The committees that go, each as it is, locked, and where it goes.
    pub async fn committees(
        &self,
        tx: &DatabaseTransaction,
        branches: &HashMap<PartyBranchId, AreaId>,
    ) -> Result<Vec<(committee::Model, AreaId)>, DbErr> {
        let there = committee::Entity::find().filter(committee::Column::AreaId.eq(self.from));
        let there = there.filter(committee::Column::DissolvedOn.is_null()).order_by_asc(committee::Column::Id);
        let goes = |row: committee::Model| {
            let of_complex = row.complex_id.and_then(|complex| self.complexes.get(&complex));
            let to = *of_complex.or_else(|| row.branch_id.and_then(|branch| branches.get(&branch))).unwrap_or(&self.heir);
            (to != self.from).then_some((row, to))
        };
        Ok(there.lock(LockType::NoKeyUpdate).all(tx).await?.into_iter().filter_map(goes).collect())
    }

    /// What names a complex, an organisation or a contract lies where that lies now; the rest of it goes to the heir.
    async fn follow(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        macro_rules! follow {
            ($($table:ident $(. $link:ident => $parent:ident)*;)+) => {$(
                let to: SimpleExpr = Expr::val(self.heir);
                $(
                    let parent = Expr::col($parent::Column::Id.as_column_ref()).equals($table::Column::$link.as_column_ref());
                    let there = $parent::Entity::find().select_only().column($parent::Column::AreaId).filter(parent).into_query();
                    let to: SimpleExpr = Func::coalesce([SimpleExpr::SubQuery(None, Box::new(there.into())), to]).into();
                )*
                // what stays is not written again
                let leaving = Condition::all().add($table::Column::AreaId.eq(self.from)).add(to.clone().ne(self.from));
                $table::Entity::update_many().col_expr($table::Column::AreaId, to).filter(leaving).exec(tx).await?;
            )+};
        }
        follow! {
            party_cover.BranchId => party_branch;
            party_membership.BranchId => party_branch;
            party_instructor.BranchId => party_branch;
            firm_contract.ComplexId => complex;
            contract_fee.ContractId => firm_contract;
            service_item.ContractId => firm_contract;
            pairing.ComplexId => complex;
            // to the one or the other
            double_report.ComplexId => complex.BranchId => party_branch;
            duty_post.ComplexId => complex;
            duty_claim.PostId => duty_post;
            service_record.ReportId => double_report;
            governing_document;
            person;
        }
        Ok(())
    }

    /// The organisations that go, each as it is, locked, and where it goes.
    pub async fn branches(&self, tx: &DatabaseTransaction) -> Result<Vec<(party_branch::Model, AreaId)>, DbErr> {
        let rows = party_branch::Entity::find().filter(party_branch::Column::AreaId.eq(self.from)).order_by_asc(party_branch::Column::Id);
        let rows = rows.lock(LockType::NoKeyUpdate).all(tx).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let links = party_cover::Entity::find()
            .filter(party_cover::Column::EndedOn.is_null())
            .filter(party_cover::Column::BranchId.is_in(ids.iter().copied()))
            .all(tx)
            .await?;
        let mut found: HashMap<PartyBranchId, AreaId> = ids.iter().map(|id| (*id, self.heir)).collect();
        for link in &links {
            if let Some(area) = self.complexes.get(&link.complex_id) {
                found.insert(link.branch_id, *area);
            }
        }
        // one that covers others, too, stays with them
        for link in links.iter().filter(|link| self.stays() && !self.complexes.contains_key(&link.complex_id)) {
            found.insert(link.branch_id, self.heir);
        }
        // so do those of the area itself, also where it has one complex only
        for row in rows.iter().filter(|row| self.stays() && !is_of_complexes(row.kind)) {
            found.insert(row.id, self.heir);
        }
        let goes = |row: party_branch::Model| {
            let to = *found.get(&row.id).filter(|area| **area != self.from)?;
            Some((row, to))
        };
        Ok(rows.into_iter().filter_map(goes).collect())
    }

    async fn posts(
        &self,
        tx: &DatabaseTransaction,
        branches: &HashMap<PartyBranchId, AreaId>,
        committees: &HashMap<CommitteeId, AreaId>,
        new_id: impl Fn() -> PostId + Send,
    ) -> Result<(), DbErr> {
        let held = posts(self.from, self.on).order_by_asc(post::Column::Id).lock(LockType::NoKeyUpdate).all(tx).await?;
        for row in held {
            let own = row.unit_id == self.from.0;
            let of_unit = self.complexes.get(&ComplexId(row.unit_id)).or_else(|| branches.get(&PartyBranchId(row.unit_id)));
            let of_unit = of_unit.or_else(|| committees.get(&CommitteeId(row.unit_id)));
            let area_id = *of_unit.unwrap_or(&self.heir);
            if area_id == self.from {
                continue;
            }
            if !own || row.starts_on >= self.on {
                let unit_id = if own { area_id.0 } else { row.unit_id };
                db::save(tx, post::Model { unit_id, area_id, ..row }).await?;
                continue;
            }
            let next = post::Model { id: new_id(), unit_id: area_id.0, area_id, starts_on: self.on, ..row.clone() };
            db::save(tx, post::Model { ends_on: Some(self.eve), ..row }).await?;
            db::insert(tx, next).await?;
        }
        Ok(())
    }
}
