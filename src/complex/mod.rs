//! Residential complexes 小区 and their buildings 楼栋.

pub mod graphql;
pub mod import;
pub mod model;
pub mod scope;
pub mod service;
mod store;
