//! One number has one form: no hyphens, and a mobile number of China goes without the country's code.

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
UPDATE person SET phone = replace(phone, '-', '') WHERE phone LIKE '%-%';
UPDATE person SET phone = substr(phone, 4) WHERE phone LIKE '+861%' AND length(phone) = 14;
UPDATE person SET phone = substr(phone, 5) WHERE phone LIKE '00861%' AND length(phone) = 15;
UPDATE person SET phone = substr(phone, 3) WHERE phone LIKE '861%' AND length(phone) = 13;
"#;
