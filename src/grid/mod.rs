//! Grids 网格: the working units of areas of level GRID or MICRO_GRID. A grid covers buildings and has workers with terms of service.

pub mod graphql;
pub mod import;
pub mod scope;
pub mod service;
mod store;
