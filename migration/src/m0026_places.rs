//! Which grids each grid covers: itself and its micro-grids. Duty posts of buildings and stairwells.

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
CREATE VIEW grid_within AS
SELECT grid.id AS grid_id, grid.id AS over_id FROM grid
UNION ALL
SELECT micro.id AS grid_id, above.id AS over_id
FROM grid AS micro JOIN area ON area.id = micro.area_id JOIN grid AS above ON above.area_id = area.parent_id
WHERE area.level = 'MICRO_GRID';

ALTER TABLE duty_post ADD COLUMN building_id :uuid REFERENCES building (id);
ALTER TABLE duty_post ADD COLUMN stairwell_id :uuid REFERENCES stairwell (id);
CREATE INDEX duty_post_by_building ON duty_post (building_id, name, id) WHERE building_id IS NOT NULL;
"#;
