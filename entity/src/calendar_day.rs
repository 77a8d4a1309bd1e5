//! A day that does not follow its weekday: a holiday, a make-up workday 节假日与调休. Beside the notices that are compiled in.

use sea_orm::entity::prelude::*;

use crate::{AreaId, CalendarDayId, CalendarDayKind};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar_day")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarDayId,
    /// The district; none: the whole country.
    pub area_id: Option<AreaId>,
    pub date: Date,
    pub kind: CalendarDayKind,
    /// Of a day that is worked, where it has its own: `09:00-12:00,13:30-17:30`.
    pub hours: Option<String>,
    pub festival: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
