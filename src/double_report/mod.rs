//! Double reports 双报到: party members and units report to where they live or are paired, claim posts 设岗定责, and record their hours.

pub mod graphql;
pub mod import;
pub mod scope;
pub mod service;
mod store;
