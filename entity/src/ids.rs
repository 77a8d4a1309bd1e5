//! Typed ids: UUIDv7, so that they sort by creation. One newtype a table, so that a grid's id is never taken for a case's.

use sea_orm::{DbErr, DeriveValueType, TryFromU64, prelude::Uuid};
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    AreaId, BuildingId, CaseEventId, CaseId, ComplexId, DepartmentId, FirmContractId, FirmId, GridId, MatterId, NotificationId, PartyBranchId, PersonId,
    PostId, RegisterId, WebhookDeliveryId, WebhookId, WhistleId,
}
