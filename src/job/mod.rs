//! Work that follows from what was committed, done besides the requests: whoever makes rows of the event log's facts.
//!
//! A writer pays nothing for it. Any instance may do it, one at a time; what was made and how far the log was read is one transaction, so nothing
//! is made twice and nothing is left out, wherever a process is killed.

mod consumer;
mod progress;

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

pub use self::{
    consumer::{Consumer, Turn, enlist, position, turn},
    progress::{Meter, Progress, Reached},
};
use crate::{app::App, db::DbErr};

/// The log tells when it grows; it is looked at so often anyway.
pub const AT_LEAST_EVERY: Duration = Duration::from_secs(1);
pub const AFTER_FAULT: Duration = Duration::from_millis(200);

/// Ends the tasks when it is dropped.
#[derive(Default)]
pub struct Running {
    tasks: JoinSet<()>,
}

impl Running {
    pub fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

/// Enlists these consumers and has each follow the log.
pub async fn start(app: &Arc<App>, consumers: &[&'static Consumer]) -> Result<Running, DbErr> {
    let mut running = Running::default();
    for consumer in consumers {
        enlist(app, consumer).await?;
        running.spawn(consumer::run(app.clone(), consumer));
    }
    Ok(running)
}
