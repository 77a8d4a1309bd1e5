//! Working time 工作时间: the hours of a week, the public holidays 法定节假日 and make-up workdays 调休补班 that the State Council announces each
//! year, and what a district sets for itself.

mod cache;
pub mod graphql;
pub mod model;
pub mod service;
mod store;

pub use self::{
    cache::{Cache, Calendars},
    model::{Due, WorkingTime, is_working_day},
};
