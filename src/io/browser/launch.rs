//! A browser that is started: with an empty profile that goes with it, no extension, no traffic of its own, and a port on
//! this machine's loopback that only who read its stderr can talk to.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::io::failure::Failure;
use crate::io::program::{self, Program, Start};

/// How a browser is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Where it is.
    pub program: PathBuf,
    /// Whether somebody sees it.
    pub visible: bool,
    /// A proxy that its requests go through; without one they go straight, whatever the environment says.
    pub proxy: Option<String>,
    /// The folder that it starts in.
    pub cwd: PathBuf,
}

/// A browser that runs. It ends with this.
pub struct Running {
    /// Where it listens: an address of a web socket on loopback.
    pub address: String,
    /// Whether it runs without its sandbox.
    pub is_unguarded: bool,
    /// Its program.
    _program: Program,
}

/// What every browser is told. Nothing in it asks anything, calls home, or remembers.
const ALWAYS: &[&str] = &[
    "--remote-debugging-port=0",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=AutofillServerCommunication,HttpsUpgrades,MediaRouter,OptimizationHints,Translate",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// Variables that a browser needs to be seen.
const SEEN_BY: &[&str] = &["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR"];

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);
/// Lines of what it complains about that are kept, and the longest.
const COMPLAINT: usize = 5;
const LINE: u64 = 2_000;

/// Starts a browser, and waits until it listens.
///
/// # Errors
/// It can't be started, or ends before it listens.
pub fn start(launch: &Launch) -> Result<Running, Failure> {
    let shown = launch.program.display().to_string();
    let home = program::home().map_err(|e| Failure::new(shown.clone(), e.to_string()))?;
    let is_unguarded = is_root();
    let mut args: Vec<String> = ALWAYS.iter().map(|arg| (*arg).to_owned()).collect();
    args.push(format!("--user-data-dir={}", home.path().join("profile").display()));
    match &launch.proxy {
        Some(proxy) => args.push(format!("--proxy-server={proxy}")),
        None => args.push("--no-proxy-server".to_owned()),
    }
    if !launch.visible {
        args.push("--headless".to_owned());
    }
    if is_unguarded {
        // It refuses to start as root otherwise.
        args.push("--no-sandbox".to_owned());
    }
    args.push("about:blank".to_owned());
    let seen = SEEN_BY.iter().filter(|_| launch.visible);
    let env = seen.filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))).collect();
    let what = "the browser";
    let begin =
        Start { command: shown.clone(), args, env, cwd: launch.cwd.clone(), shown: shown.clone(), what };
    let mut program = Program::start_at(&begin, home)?;
    let (stdin, stdout, stderr) =
        program.streams().ok_or_else(|| Failure::new(shown.clone(), "the browser has no streams"))?;
    drop((stdin, stdout));
    let (send, listens) = mpsc::channel();
    let complaint = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&complaint);
    thread::spawn(move || {
        let mut stderr = BufReader::new(stderr);
        while let Some(line) = line(&mut stderr) {
            match line.strip_prefix("DevTools listening on ") {
                Some(address) => drop(send.send(address.trim().to_owned())),
                None => {
                    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push(line);
                    let over = kept.len().saturating_sub(COMPLAINT);
                    kept.drain(..over);
                }
            }
        }
    });
    let address = listens.recv_timeout(PATIENCE).map_err(|why| {
        let message = match why {
            RecvTimeoutError::Timeout => "the browser does not listen",
            RecvTimeoutError::Disconnected => "the browser ended before it listened",
        };
        let said = complaint.lock().unwrap_or_else(PoisonError::into_inner).join(" | ");
        Failure::new(shown.clone(), message)
            .why(said)
            .hint("start it by hand, and see what it says; or name another one: --browser-path PATH")
    })?;
    if !address.starts_with("ws://127.0.0.1:") {
        return Err(Failure::new(shown, "the browser listens elsewhere than on this machine").why(address));
    }
    Ok(Running { address, is_unguarded, _program: program })
}

/// The next line, cut off where it is long. None: there is no more.
fn line(from: &mut impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let read = from.take(LINE).read_until(b'\n', &mut bytes).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn is_root() -> bool {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        rustix::process::geteuid().is_root()
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    {
        false
    }
}
