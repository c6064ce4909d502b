//! The one way in which what blocks is done within a task. It costs a wake-up of another thread: what takes less time than
//! that, and waits for nobody, is done where it stands.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Does work that blocks, so that no other task has to wait with it: wherever there are threads to go on with.
pub(super) fn apart<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
