//! Property firms 物业企业 and their contracts 物业服务合同 with complexes over time.

pub mod graphql;
pub mod import;
pub mod scope;
pub mod service;
mod store;
