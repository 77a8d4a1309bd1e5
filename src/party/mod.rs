//! Party organisations 党组织, of every kind; a complex's branch can be a handler and blow whistles (小区吹哨、部门报到).

pub mod graphql;
pub mod import;
pub mod scope;
pub mod service;
mod store;
