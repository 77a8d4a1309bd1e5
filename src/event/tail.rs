//! The tasks of a process that follows the log.

use std::{sync::Arc, time::Duration};

use tokio::task::JoinSet;

use super::{feed, feed::Missed, log, sequencer};
use crate::{
    app::App,
    db::{CHANNEL, DbErr},
};

/// A notification may be lost while its connection is made anew: the log is looked at so often anyway.
const AT_LEAST_EVERY: Duration = Duration::from_secs(1);
const AFTER_FAULT: Duration = Duration::from_millis(200);

/// Ends the tasks when it is dropped.
pub struct Running {
    _tasks: JoinSet<()>,
}

/// Starts to follow the log from its end; on PostgreSQL also to listen, and to sequence where no other instance does.
pub async fn start(app: &Arc<App>) -> Result<Running, DbErr> {
    let (state, last) = (log::state(app.db.reading()).await?, log::last(app.db.reading()).await?);
    app.log.begin(state.log_id, last);
    let mut tasks = JoinSet::new();
    tasks.spawn(follow(app.clone()));
    if app.db.is_postgres() {
        tasks.spawn(listen(app.clone()));
        tasks.spawn(sequencer::run(app.clone()));
    }
    Ok(Running { _tasks: tasks })
}

/// Tells what comes, read from where ordinary reads go: what a fact speaks of is to be seen there when it is told.
async fn follow(app: Arc<App>) {
    loop {
        let pause = match feed::read(app.db.reading(), app.log.position()).await {
            Ok(facts) => {
                let full = u64::try_from(facts.len()).is_ok_and(|facts| facts >= log::BATCH);
                let told = !facts.is_empty();
                facts.into_iter().for_each(|logged| app.log.tell(logged));
                if told {
                    app.log.grown();
                }
                if full { Duration::ZERO } else { AT_LEAST_EVERY }
            }
            Err(error) => {
                match error {
                    // the rows went before they were read: nobody here has heard of them, and whoever comes back is told so
                    Missed::Expired => tracing::error!("rows of the event log are missing after {}", app.log.position()),
                    Missed::Failed(error) => tracing::warn!(%error, "the event log cannot be read"),
                }
                AFTER_FAULT
            }
        };
        let _ = tokio::time::timeout(pause, app.log.stirred()).await;
    }
}

async fn listen(app: Arc<App>) {
    app.db.hear(CHANNEL, || app.log.stir()).await;
}
