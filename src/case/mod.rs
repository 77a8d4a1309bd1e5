//! The case file 一案一册 and its whistles 吹哨报到: one aggregate, one state machine, one transaction.
//!
//! `model` holds the tables of moves, `policy` who may do what, `service` the use cases; every move appends one entry to the timeline, and
//! `chain` binds each entry to the one before.

pub mod chain;
pub mod graphql;
pub mod model;
pub mod policy;
pub mod scope;
pub mod service;
mod store;
