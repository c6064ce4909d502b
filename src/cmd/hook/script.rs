//! The shell text of a hook, and how such a text is recognised. Nothing of it is run here, and the one thing
//! that is pasted in, the path of the program, stands between quotes.

use crate::canon::visible::shell_quoted;

/// Which hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Stage {
    /// Before a push: commits are judged.
    PrePush,
    /// Before a commit: what is staged is judged.
    PreCommit,
}

impl Stage {
    /// Both.
    pub const ALL: [Stage; 2] = [Stage::PrePush, Stage::PreCommit];

    /// Its name to git.
    pub const fn name(self) -> &'static str {
        match self {
            Stage::PrePush => "pre-push",
            Stage::PreCommit => "pre-commit",
        }
    }

    /// How to go on without the hook, once.
    pub const fn escape(self) -> &'static str {
        match self {
            Stage::PrePush => "git push --no-verify",
            Stage::PreCommit => "git commit --no-verify",
        }
    }
}

/// The line by which a hook is known as ours.
const MARK: &[u8] = b"# cask-hook v1";
/// The line that begins the part which calls the hook that was there before.
const CHAIN: &[u8] = b"# cask-hook chain";
/// What the name of the hook that was there before ends with.
pub const ASIDE: &str = ".local";

/// What a hook's text depends on.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    /// Which hook.
    pub stage: Stage,
    /// The program, by its whole path.
    pub program: &'a str,
    /// Whether a machine without the program can't push.
    pub strict: bool,
    /// Whether a hook that was there before is called first.
    pub chained: bool,
}

impl Script<'_> {
    /// The text.
    pub fn text(&self) -> String {
        let Script { stage, program, strict, chained } = *self;
        let (name, escape) = (stage.name(), stage.escape());
        let what = match stage {
            Stage::PrePush => "Judges what is pushed",
            Stage::PreCommit => "Judges what is staged",
        };
        let mut out = format!(
            "#!/bin/sh\n{mark}\n\
             # {what} and stops where something is not approved. Once without it: {escape}\n\
             # Written by `cask hook install`; `cask hook uninstall` takes it away again.\n\n",
            mark = String::from_utf8_lossy(MARK)
        );
        if chained {
            out += &format!(
                "{chain}: what was here before is asked first\n\
                 here=${{0%/*}}\n[ \"$here\" != \"$0\" ] || here=.\n",
                chain = String::from_utf8_lossy(CHAIN)
            );
            out += &match stage {
                // Git writes what is pushed once; both want to read it. The dot keeps the last line feed.
                Stage::PrePush => format!(
                    "given=$(cat; echo .)\ngiven=${{given%.}}\n\
                     if [ -x \"$here/{name}{ASIDE}\" ]; then\n    \
                     printf '%s' \"$given\" | \"$here/{name}{ASIDE}\" \"$@\" || exit\nfi\n\n"
                ),
                Stage::PreCommit => format!(
                    "if [ -x \"$here/{name}{ASIDE}\" ]; then\n    \"$here/{name}{ASIDE}\" \"$@\" || exit\nfi\n\n"
                ),
            };
        }
        let (says, code) = match strict {
            true => ("nothing may pass without cask, and it is not on this machine", 1),
            false => ("nothing was judged, since cask is not on this machine; CI still does", 0),
        };
        out += &format!(
            "cask={program}\n\
             if ! [ -x \"$cask\" ]; then\n    \
             cask=$(command -v cask) || {{\n        echo 'cask-hook: {says}' >&2\n        exit {code}\n    }}\n\
             fi\n",
            program = shell_quoted(program)
        );
        out += &match (stage, chained) {
            (Stage::PrePush, true) => {
                format!("printf '%s' \"$given\" | \"$cask\" hook run --stage {name} --stdin -- \"$@\"\n")
            }
            (Stage::PrePush, false) => {
                format!("exec \"$cask\" hook run --stage {name} --stdin -- \"$@\"\n")
            }
            (Stage::PreCommit, _) => format!("exec \"$cask\" hook run --stage {name}\n"),
        };
        out
    }
}

/// Whether a hook was written by us, this version or another of the same kind.
pub fn is_ours(hook: &[u8]) -> bool {
    hook.split(|byte| *byte == b'\n').take(5).any(|line| line.trim_ascii_end() == MARK)
}

/// Whether a hook of ours calls one that was there before.
pub fn is_chained(hook: &[u8]) -> bool {
    hook.split(|byte| *byte == b'\n').any(|line| line.starts_with(CHAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<(Script<'static>, String)> {
        let mut all = Vec::new();
        for stage in Stage::ALL {
            for (strict, chained) in [(false, false), (false, true), (true, false), (true, true)] {
                let script = Script { stage, program: "/opt/it's here/cask", strict, chained };
                all.push((script, script.text()));
            }
        }
        all
    }

    #[test]
    fn a_hook_of_ours_is_known_and_so_is_its_chain() {
        for (script, text) in all() {
            assert!(is_ours(text.as_bytes()), "{text}");
            assert_eq!(is_chained(text.as_bytes()), script.chained, "{text}");
            assert!(text.contains("cask='/opt/it'\\''s here/cask'\n"), "{text}");
            assert!(text.lines().all(|line| line.chars().count() <= 110), "{text}");
        }
        for foreign in
            ["", "#!/bin/sh\nexit 0\n", "#!/bin/sh\n# cask-hook v10\n", "\n\n\n\n\n# cask-hook v1\n"]
        {
            assert!(!is_ours(foreign.as_bytes()), "{foreign:?}");
        }
        assert!(is_ours(b"#!/bin/sh\r\n# cask-hook v1\r\n"), "a checkout may have changed line ends");
    }

    #[cfg(unix)]
    #[test]
    fn the_text_is_clean_to_shellcheck_and_to_sh() {
        use std::io::Write;
        use std::process::{Command, Stdio};
        for (script, text) in all() {
            for (program, args) in [("sh", &["-n"][..]), ("shellcheck", &["--shell=sh", "-"])] {
                let started = Command::new(program)
                    .args(args)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn();
                // ./test brings shellcheck; a bare cargo test may not have it.
                let Ok(mut child) = started else { continue };
                child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
                let out = child.wait_with_output().unwrap();
                let told =
                    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
                assert!(out.status.success(), "{program} of {script:?}:\n{told}\n{text}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn no_path_is_more_than_one_word_to_a_shell() {
        for path in ["$(touch x)`id`", "a'b\"c", "' ; exit 1 #", "a\nb", "-n", "*", "\\'", "é $HOME"] {
            let line = format!("printf '%s' {}", shell_quoted(path));
            let out = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stdout), path, "{line}");
        }
    }
}
