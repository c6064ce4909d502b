//! A person at a real terminal: the real binary in a pane of tmux, which is typed into and read as it is drawn.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::support::Place;

/// How long a screen may take to come: test machines are slow at times.
const PATIENCE: Duration = Duration::from_secs(60);

/// A pane of a tmux of its own.
pub struct Pane {
    socket: PathBuf,
}

impl Pane {
    /// Runs a line of the shell with `cask` as the program, at a place, by its person; afterwards the pane says how it
    /// ended and how it left the terminal, and stays.
    pub fn open(place: &Place, line: &str, (width, height): (u16, u16), env: &[(&str, &str)]) -> Pane {
        static OPENED: AtomicUsize = AtomicUsize::new(0);
        // A server of its own: that of the pane before may be about to end.
        let socket = place.dir.path().join(format!("tmux-{}.sock", OPENED.fetch_add(1, Ordering::SeqCst)));
        let pane = Pane { socket };
        let home = place.dir.path().join(&place.person);
        let cask = env!("CARGO_BIN_EXE_cask");
        let set: String = env.iter().map(|(name, value)| format!("export {name}='{value}'; ")).collect();
        // The size is told after the pane is there.
        let script = format!(
            "until [ \"$(stty size)\" = '{height} {width}' ]; do sleep 0.02; done; {set}cask() {{ '{cask}' \"$@\"; }}; {line}; printf 'exit %s\\n' $?; \
             stty -a | tr ' ' '\\n' | grep -E '^-?(icanon|echo|isig);?$' | tr '\\n' ' '; exec sleep 600"
        );
        let (width, height) = (width.to_string(), height.to_string());
        let mut command = Command::new("tmux");
        command.arg("-S").arg(&pane.socket).args(["-f", "/dev/null", "new-session", "-d"]);
        command.args(["-x", &width, "-y", &height, "sh", "-c", &script]);
        command.current_dir(place.root()).env_clear().stdin(Stdio::null());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &home).env("XDG_CONFIG_HOME", home.join("config"));
        command
            .env("XDG_STATE_HOME", home.join("state"))
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color");
        let started = command.output().expect("tmux runs");
        assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
        drop(pane.tmux(&["set-option", "-g", "status", "off"]));
        drop(pane.tmux(&["resize-window", "-x", &width, "-y", &height]));
        pane
    }

    fn tmux(&self, args: &[&str]) -> String {
        let ran = Command::new("tmux").arg("-S").arg(&self.socket).args(args).output().expect("tmux runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    }

    /// What the pane shows.
    pub fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    /// Waits until the pane shows a text, and gives all that it shows then.
    pub fn until(&self, text: &str) -> String {
        let began = Instant::now();
        loop {
            let shown = self.text();
            if shown.contains(text) {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "{text:?} never came:\n{shown}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until a question stands last on the pane, and gives all that it shows then.
    pub fn until_last(&self, question: &str) -> String {
        let began = Instant::now();
        loop {
            let shown = self.text();
            if shown.trim_end().ends_with(question) {
                return shown;
            }
            assert!(began.elapsed() < PATIENCE, "{question:?} never came:\n{shown}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses keys by their names in tmux, one after the other.
    pub fn press(&self, keys: &[&str]) {
        self.tmux(&[&["send-keys"], keys].concat());
    }

    /// Types a text, and enter.
    pub fn line(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.press(&["Enter"]);
    }

    /// Gives the pane another size.
    pub fn resize(&self, width: u16, height: u16) {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
    }

    /// The first process that runs cask below the pane's shell.
    pub fn cask(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let ran = Command::new("ps").args(["-o", "pid=", "--ppid", shell.trim()]).output().expect("ps runs");
        let all = String::from_utf8_lossy(&ran.stdout).into_owned();
        all.split_whitespace().next().expect("cask runs").to_owned()
    }

    /// Waits for the end: its exit code was this, and the terminal is as it was.
    pub fn ended(&self, code: u8) -> String {
        let shown = self.until("exit ");
        assert!(shown.contains(&format!("exit {code}\n")), "{shown}");
        let shown = self.until("icanon");
        for mode in ["isig", "icanon", "echo"] {
            assert!(shown.contains(mode) && !shown.contains(&format!("-{mode}")), "{mode}:\n{shown}");
        }
        shown
    }
}

impl Drop for Pane {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}
