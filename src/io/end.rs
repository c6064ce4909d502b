//! What was started ends with us, however we end: whoever interrupts a command must not leave a stranger's program behind.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use tokio::sync::Notify;

/// Exit code of what was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Process groups that run, and their homes.
static RUNNING: Mutex<Vec<(u32, PathBuf)>> = Mutex::new(Vec::new());
static WATCHED: Once = Once::new();
/// Who is told of the first request to end, and ends by itself then.
static SPARED: Mutex<Option<Arc<Notify>>> = Mutex::new(None);

fn edit<T>(edit: impl FnOnce(&mut Vec<(u32, PathBuf)>) -> T) -> T {
    edit(&mut RUNNING.lock().unwrap_or_else(PoisonError::into_inner))
}

/// From now on the group ends, and its home goes, when the system asks us to end.
pub(in crate::io) fn with_us(group: u32, home: &Path) {
    edit(|running| running.push((group, home.to_owned())));
    WATCHED.call_once(|| {
        std::thread::spawn(|| {
            let Some(runtime) = runtime() else { return };
            while runtime.block_on(asked()).is_some() {
                if let Some(told) = spare().take() {
                    told.notify_one();
                    continue;
                }
                all();
                std::process::exit(INTERRUPTED);
            }
        });
    });
}

/// Ends all that runs.
pub fn all() {
    edit(|running| {
        for (group, home) in running.drain(..) {
            kill(group);
            let _ = std::fs::remove_dir_all(home);
        }
    });
}

/// The group has ended.
pub(in crate::io) fn forget(group: u32) {
    edit(|running| running.retain(|(other, _)| *other != group));
}

/// Ends a group at once.
pub(in crate::io) fn kill(group: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = group;
}

fn spare() -> std::sync::MutexGuard<'static, Option<Arc<Notify>>> {
    SPARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// As long as it lives, the first request to end is left to whoever holds it. The second one ends us.
pub struct Spared(Arc<Notify>);

/// Takes the first request to end; of who has started a program, for no other is asked to end with us.
pub fn spared() -> Spared {
    let told = Arc::new(Notify::new());
    *spare() = Some(Arc::clone(&told));
    Spared(told)
}

impl Spared {
    /// Waits for the request.
    pub(in crate::io) async fn asked(&self) {
        self.0.notified().await;
    }
}

impl Drop for Spared {
    fn drop(&mut self) {
        *spare() = None;
    }
}

fn runtime() -> Option<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().ok()
}

/// Waits until the system asks us to end; none where nobody can wait for that.
async fn asked() -> Option<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut ended = signal(SignalKind::terminate()).ok()?;
        let mut hung_up = signal(SignalKind::hangup()).ok()?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.ok(),
            _ = ended.recv() => Some(()),
            _ = hung_up.recv() => Some(()),
        }
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await.ok()
    }
}
