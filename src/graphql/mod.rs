//! The API kit: ids, pages, filters, fetch plans, payloads, errors. It knows no feature.

pub mod context;
pub mod coverage;
pub mod error;
pub mod filter;
pub mod guard;
pub mod id;
pub mod input;
pub mod live;
pub mod loader;
pub mod object;
pub mod page;
pub mod payload;
pub mod plan;
pub mod scalar;
pub mod upload;
