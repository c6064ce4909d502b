//! What was started ends with us, however we end: whoever interrupts a command must not leave a stranger's program behind.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

/// Exit code of what was interrupted, as shells have it.
const INTERRUPTED: i32 = 130;

/// Process groups that run, and their homes.
static RUNNING: Mutex<Vec<(u32, PathBuf)>> = Mutex::new(Vec::new());
static WATCHED: Once = Once::new();
/// Who is told of the first request to end, and ends by itself then.
static SPARED: Mutex<Option<Arc<Notify>>> = Mutex::new(None);

/// The terminal, and how it was before its echo was taken off.
#[cfg(unix)]
static TERMINAL: Mutex<Option<(std::fs::File, rustix::termios::Termios)>> = Mutex::new(None);

fn edit<T>(edit: impl FnOnce(&mut Vec<(u32, PathBuf)>) -> T) -> T {
    edit(&mut RUNNING.lock().unwrap_or_else(PoisonError::into_inner))
}

/// From now on the group ends, and its home goes, when the system asks us to end.
pub(in crate::io) fn with_us(group: u32, home: &Path) {
    edit(|running| running.push((group, home.to_owned())));
    watch();
}

/// From now on we hear when the system asks us to end: once this returns, no request is missed.
fn watch() {
    WATCHED.call_once(|| {
        let (hears, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let Some(runtime) = runtime() else { return };
            let Some(mut requests) = runtime.block_on(async { Requests::heard() }) else { return };
            let _ = hears.send(());
            while runtime.block_on(requests.next()).is_some() {
                if let Some(told) = spare().take() {
                    told.notify_one();
                    continue;
                }
                interrupted();
            }
        });
        // Whoever cannot hear hangs up.
        let _ = heard.recv();
    });
}

/// As long as it lives, the terminal gets its echo back when the system asks us to end.
pub(in crate::io) struct Echo(());

/// From now on the terminal is left as it is at this moment.
pub(in crate::io) fn echo() -> Echo {
    #[cfg(unix)]
    if let Ok(terminal) = std::fs::File::open("/dev/tty")
        && let Ok(was) = rustix::termios::tcgetattr(&terminal)
    {
        *TERMINAL.lock().unwrap_or_else(PoisonError::into_inner) = Some((terminal, was));
        watch();
    }
    Echo(())
}

impl Drop for Echo {
    fn drop(&mut self) {
        #[cfg(unix)]
        TERMINAL.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(unix)]
fn restore() {
    if let Some((terminal, was)) = TERMINAL.lock().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = rustix::termios::tcsetattr(&terminal, rustix::termios::OptionalActions::Now, &was);
    }
}

/// Ends us, and all that runs.
pub(in crate::io) fn interrupted() -> ! {
    all();
    std::process::exit(INTERRUPTED)
}

/// Ends all that runs.
pub fn all() {
    #[cfg(unix)]
    restore();
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

/// The same for who starts no program, and would not be asked otherwise.
pub fn heard() -> Spared {
    let spared = spared();
    watch();
    spared
}

impl Spared {
    /// Whether the request came, since somebody asked last.
    pub fn was_asked(&self) -> bool {
        self.0.notified().now_or_never().is_some()
    }

    /// Waits for the request.
    pub async fn asked(&self) {
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

/// What the system asks us to end with.
#[cfg(unix)]
struct Requests([tokio::signal::unix::Signal; 3]);

#[cfg(unix)]
impl Requests {
    /// From now on they are heard; none where nobody can hear them.
    fn heard() -> Option<Requests> {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
        let [interrupted, ended, hung_up] = kinds.map(|kind| signal(kind).ok());
        Some(Requests([interrupted?, ended?, hung_up?]))
    }

    /// Waits for the next; none: there will be no more.
    async fn next(&mut self) -> Option<()> {
        let [interrupted, ended, hung_up] = &mut self.0;
        tokio::select! {
            told = interrupted.recv() => told,
            told = ended.recv() => told,
            told = hung_up.recv() => told,
        }
    }
}

/// What the system asks us to end with.
#[cfg(not(unix))]
struct Requests;

#[cfg(not(unix))]
impl Requests {
    fn heard() -> Option<Requests> {
        Some(Requests)
    }

    async fn next(&mut self) -> Option<()> {
        tokio::signal::ctrl_c().await.ok()
    }
}
