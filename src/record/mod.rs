//! Records 档案: what every noun that is set up, changed and ended has in common. Each change is one transaction and leaves a row that says who changed what. Nothing is
//! deleted: a record ends. A noun states in its scope how it is kept ([`scope::Kept`]); its service says what may be changed, and does it in a turn ([`service::Turn`]).

pub mod graphql;
pub mod import;
pub mod model;
mod policy;
pub mod scope;
pub mod service;
mod store;
