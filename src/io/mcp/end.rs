//! What was started ends with us, however we end: whoever interrupts a command must not leave a stranger's program behind.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// Exit code of what was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Process groups that run, and their homes.
static RUNNING: Mutex<Vec<(u32, PathBuf)>> = Mutex::new(Vec::new());
static WATCHED: Once = Once::new();
/// Whether a signal ends us here.
static HEEDS: AtomicBool = AtomicBool::new(false);

fn edit<T>(edit: impl FnOnce(&mut Vec<(u32, PathBuf)>) -> T) -> T {
    edit(&mut RUNNING.lock().unwrap_or_else(PoisonError::into_inner))
}

/// The group ends with us, and its home goes.
pub(super) fn with_us(group: u32, home: &Path) {
    edit(|running| running.push((group, home.to_owned())));
}

/// From now on all that runs ends when the system asks us to, and we do.
pub fn on_signals() {
    HEEDS.store(true, Ordering::Release);
    WATCHED.call_once(|| {
        std::thread::spawn(|| {
            while told_to_end().is_some() {
                if HEEDS.load(Ordering::Acquire) {
                    all();
                    std::process::exit(INTERRUPTED);
                }
            }
        });
    });
}

/// From now on somebody else hears what the system asks, and ends what runs in good order.
pub fn left_to_others() {
    HEEDS.store(false, Ordering::Release);
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
pub(super) fn forget(group: u32) {
    edit(|running| running.retain(|(other, _)| *other != group));
}

/// Ends a group at once.
pub(super) fn kill(group: u32) {
    #[cfg(unix)]
    if let Some(group) = i32::try_from(group).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    #[cfg(not(unix))]
    let _ = group;
}

/// Waits for a signal to end; none where nobody can wait for one.
fn told_to_end() -> Option<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
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
    })
}
