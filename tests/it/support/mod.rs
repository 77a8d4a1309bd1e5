//! What the tests stand on: databases, an app with a clock that can be moved, its server, clients, and a small world.

pub mod app;
pub mod ask;
pub mod cases;
pub mod client;
pub mod clocks;
pub mod cluster;
pub mod committees;
pub mod global;
pub mod homes;
pub mod live;
pub mod log;
pub mod nginx;
pub mod postgres;
pub mod process;
pub mod push;
pub mod rows;
pub mod run;
pub mod signature;
pub mod sqlite;
pub mod sse;
pub mod standby;
pub mod upload;
pub mod world;
pub mod ws;

pub use app::TestApp;
