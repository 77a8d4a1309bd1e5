//! The tables, one file each, and the words that SQL, serde and GraphQL share: typed ids, closed enums, exact decimals.

pub mod area;
pub mod building;
pub mod calendar_day;
pub mod calendar_state;
pub mod case_clock;
pub mod case_event;
pub mod case_file;
pub mod case_number;
pub mod complex;
pub mod deadline_extension;
pub mod deadline_policy;
pub mod department;
pub mod event_log;
pub mod firm_contract;
pub mod grid;
pub mod idempotent_request;
pub mod log_consumer;
pub mod log_day;
pub mod log_state;
pub mod matter;
pub mod matter_department;
pub mod notification;
pub mod outbox;
pub mod party_branch;
pub mod party_branch_complex;
pub mod person;
pub mod post;
pub mod property_firm;
pub mod register;
pub mod register_case;
pub mod search_pending;
pub mod search_row;
pub mod webhook;
pub mod webhook_delivery;
pub mod webhook_secret;
pub mod whistle;
pub mod working_hours;

mod decimal;
mod enums;
mod ids;

pub use decimal::{DecimalError, Hundredths};
pub use enums::*;
pub use ids::*;
