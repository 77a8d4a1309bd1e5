//! Departments 职能部门 and the district's catalogue of matters 行政执法清单: who answers for what, and on which legal basis.

pub mod graphql;
pub mod import;
pub mod scope;
pub mod service;
mod store;
