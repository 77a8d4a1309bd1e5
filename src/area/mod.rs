//! The area tree 行政区划: province 省 > city 市 > district 区县 > subdistrict 街道/镇/乡 > community 社区/村 > grid 网格 > micro-grid 微网格.
//!
//! A level may be skipped, as in cities without districts. A subtree is one range of the indexed path.

pub mod graphql;
pub mod import;
pub mod model;
pub mod scope;
pub mod service;
mod store;
