//! Photos, films and documents as evidence in cases 证据: sent in by `uploadAttachment`, used once by a report or by `addCaseEvidence`, read over a
//! signed address.
//!
//! The content lies in the database: it is written in one transaction with the rest, there for every instance, and in every backup. `store` alone
//! puts, gets and drops it, in one function each, so that an object store can take its place.

pub mod graphql;
pub mod model;
pub mod scope;
pub mod service;
mod store;
