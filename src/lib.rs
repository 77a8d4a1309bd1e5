//! Chuishao 吹哨: a GraphQL API server for neighbourhood governance (小区治理).
//!
//! One folder per noun of the domain ([`area`], [`complex`], [`grid`], [`firm`], [`party`], [`committee`], [`department`], [`person`], [`case`], [`calendar`], [`notification`], [`webhook`], [`import`], [`attachment`]); inside, the
//! file's name is its layer: `scope` (SQL expressions: who may see what, filters, orders), `store` (the rows), `service` (use cases), `graphql`
//! (types and fields), and `model` and `policy` where there are rules. [`graphql`] and [`db`] are the kits they share, [`schema`] merges them,
//! [`http`] and [`cli`] are the ways in. ARCHITECTURE.md walks a query, a mutation and a live event through these files.

pub mod app;
pub mod area;
pub mod attachment;
pub mod auth;
pub mod calendar;
pub mod case;
pub mod cli;
pub mod clock;
pub mod committee;
pub mod complex;
pub mod config;
pub mod db;
pub mod demo;
pub mod department;
pub mod double_report;
pub mod event;
pub mod firm;
pub mod graphql;
pub mod grid;
pub mod http;
pub mod import;
pub mod job;
pub mod notification;
pub mod party;
pub mod person;
pub mod record;
pub mod schema;
pub mod search;
pub mod sheet;
pub mod simulate;
pub mod webhook;
