//! Notifications 消息: what each person is told of, made from the event log.

pub mod graphql;
pub mod model;
pub mod scope;
pub mod service;
mod store;
