//! Committees 委员会: owners' committees 业委会, their supervisors 业主监督委员会, 环物会, 评议委员会 and the committees of party branches, with terms 届, seats
//! 委员 and the rules of composition. Nothing is deleted: terms and seats end, and each change leaves an event. A seat gives no rights in the server, but
//! that who chairs an owners' committee, or is a deputy, acts for it: from such a seat a post follows, with the seat's days.

pub mod graphql;
pub mod import;
pub mod model;
mod policy;
pub mod scope;
pub mod service;
mod store;
