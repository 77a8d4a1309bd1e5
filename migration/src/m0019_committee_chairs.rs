//! Who chairs an owners' committee, or is a deputy, acts for it: a post follows from each such seat, under the seat's id.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        crate::run(manager, UP).await
    }
}

const UP: &str = r#"
INSERT INTO post (id, person_id, role, unit_id, area_id, starts_on, ends_on, version)
SELECT committee_member.id, committee_member.person_id, 'COMMITTEE_CHAIR', committee.id, committee.area_id,
    committee_member.starts_on, committee_member.ends_on, 1
FROM committee_member JOIN committee ON committee.id = committee_member.committee_id
WHERE committee.kind = 'OWNERS' AND committee_member.role IN ('CHAIR', 'DEPUTY');
"#;
