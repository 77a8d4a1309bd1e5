//! Ids as clients see them.

use chuishao::graphql::id::{self, GlobalId};

/// A typed id as a GraphQL id.
pub fn global(id: impl Into<GlobalId>) -> String {
    id::global(id).0
}
