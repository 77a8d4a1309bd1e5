//! Persons 人员 and the posts 岗位 they hold for a time. The posts of today give the roles.

pub mod graphql;
pub mod import;
pub mod model;
pub mod named;
pub mod policy;
pub mod scope;
pub mod service;
mod store;
