//! Tables that administrators send to be taken in 导入: each becomes a job, which whoever comes first carries out, whole or not at all.

pub mod graphql;
pub mod places;
pub mod scope;
pub mod service;
mod store;
