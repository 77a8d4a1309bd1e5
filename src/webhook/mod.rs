//! Webhooks 回调: events sent to other systems, signed, again until they arrive.

pub mod graphql;
pub mod model;
pub mod scope;
mod send;
pub mod service;
mod store;
