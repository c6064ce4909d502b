//! A launch line in; whether it hands text to a shell or an interpreter, and where, out.

use super::package::{behind_wrappers, package, program};
use crate::model::client::{Launch, Transport};
use crate::model::phrase::Phrase;

/// Programs that take a text to run.
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "csh", "tcsh", "powershell", "pwsh", "cmd", "wsl"];
/// Others that do, with the option that begins it.
const INLINE: &[(&str, &[&str])] = &[
    ("env", &["-S", "--split-string"]),
    ("node", &["-e", "--eval", "-p", "--print"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("python", &["-c"]),
    ("pythonw", &["-c"]),
    ("pypy", &["-c"]),
    ("py", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("php", &["-r"]),
    ("osascript", &["-e"]),
    ("npx", &["-c", "--call"]),
    ("npm", &["-c", "--call"]),
];
/// Options of shells that take a value, behind which others may stand.
const SHELL_VALUES: &[&str] = &["-o", "+o", "-O", "+O", "--rcfile", "--init-file"];

/// Whether an option of a shell has it run a text, or what is sent to it.
fn runs_text(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or(option);
    let short = option.starts_with('-') && !option.starts_with("--");
    short && option[1..].contains(['c', 'C']) || matches!(name, "-s" | "--command" | "--init-command")
}

/// Which option of a shell does.
fn of_shell(rest: &[String]) -> Option<usize> {
    let mut at = 0;
    while let Some(arg) = rest.get(at).filter(|a| a.starts_with(['-', '+'])) {
        if SHELL_VALUES.contains(&arg.as_str()) {
            at += 2;
            continue;
        }
        if runs_text(arg) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Which argument of an interpreter is a text to run: `-e`, `--eval=…`, `-Ic`, and modules that stand in the line.
fn inline(options: &[&str], rest: &[String]) -> Option<usize> {
    let letters: String =
        options.iter().filter_map(|o| o.strip_prefix('-')).filter(|o| o.len() == 1).collect();
    let leading = rest.iter().take_while(|a| a.starts_with('-')).count();
    rest.iter().enumerate().position(|(at, arg)| {
        let whole = options.contains(&arg.split('=').next().unwrap_or(arg));
        let short = arg.strip_prefix('-').filter(|_| at < leading).filter(|a| a.len() <= 4);
        let bundled = short.is_some_and(|a| {
            a.bytes().all(|b| b.is_ascii_alphabetic()) && a.contains(|c| letters.contains(c))
        });
        whole || bundled || arg.starts_with("data:") || arg.contains("=data:")
    })
}

/// Where a launch line hands text to a shell or an interpreter, and which.
pub fn shell(launch: &Launch) -> Option<(Option<usize>, Phrase)> {
    if launch.transport != Transport::Stdio {
        return None;
    }
    // `cmd /c npx …` is how a script is started where there is no other way: its words are a list.
    let meta =
        |text: &String| text.contains(['|', '&', ';', '<', '>', '`', '\n', '%', '^']) || text.contains("$(");
    let mut heads = vec![(None, program(&launch.command))];
    if let Some(at) = behind_wrappers(&launch.command, &launch.args) {
        heads.push((Some(at), program(&launch.args[at])));
    }
    for (at, name) in heads {
        let rest = &launch.args[at.map_or(0, |at| at + 1)..];
        let from = at.map_or(0, |at| at + 1);
        let option = |is: &dyn Fn(&str) -> bool| {
            let leading = rest.iter().take_while(|a| a.starts_with(['-', '/'])).count();
            rest[..leading].iter().position(|a| is(a)).map(|n| from + n)
        };
        let found = match name.as_str() {
            // A whole line in one word, too: `cmd /c "npx -y p"`; a folder may have blanks.
            "cmd" => rest.iter().position(meta).map(|n| from + n).or_else(|| {
                let first = rest.iter().position(|a| !a.starts_with('/'))?;
                let word = rest[first].split(' ').next().unwrap_or_default();
                (rest[first].contains(' ') && !word.contains(['\\', '/'])).then_some(from + first)
            }),
            "powershell" | "pwsh" => option(&|a| {
                let a = a.to_ascii_lowercase();
                let a = a.trim_start_matches(['-', '/']);
                !a.is_empty() && ("command".starts_with(a) || "encodedcommand".starts_with(a) || a == "ec")
            })
            .or_else(|| {
                rest.iter()
                    .position(|a| !a.starts_with('-'))
                    .filter(|n| meta(&rest[*n]) || rest[*n].contains(' '))
                    .map(|n| from + n)
            }),
            "wsl" => rest.iter().position(meta).map(|n| from + n),
            name if SHELLS.contains(&name) => of_shell(rest).map(|n| from + n),
            name => INLINE
                .iter()
                // `python3.12` is python.
                .find(|(program, _)| {
                    *program == name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.')
                })
                .and_then(|(_, options)| inline(options, rest).map(|n| from + n))
                // Behind the package, words are the server's own.
                .filter(|at| package(&launch.command, &launch.args).is_none_or(|p| *at < p.at)),
        };
        if let Some(found) = found {
            return Some((Some(found), Phrase::quote(name).and_say(" runs whatever the text says")));
        }
    }
    // One word that is a whole line goes through a shell in clients that take it.
    let line =
        launch.args.is_empty() && (launch.command.contains(['|', ';', '`']) || launch.command.contains("&&"));
    line.then(|| (None, Phrase::say("the command is a line for a shell")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canon::Node;
    use crate::model::at::At;

    fn is_shell(words: &[&str]) -> bool {
        let node = Node::map([
            ("command".to_owned(), Node::text(words[0])),
            ("args".to_owned(), Node::texts(words[1..].iter().copied())),
        ]);
        shell(&Launch::read(&At::root("f", &node)).expect("a launch line")).is_some()
    }

    #[test]
    fn text_that_is_run_is_told_however_it_is_handed_over() {
        for line in [
            "bash -o pipefail -c x",
            "bash -lc x",
            "fish -C x",
            "fish --init-command=x",
            "node --eval=x",
            "node -pe x",
            "node --import data:text/javascript,x",
            "python3.12 -c x",
            "python -Ic x",
            "py -c x",
            "env -u X bash -c x",
            "sudo -u me sh -c x",
            "busybox sh -c x",
            "uv run python -c x",
            "uv run --with a python3 -c x",
            "timeout 5 sh -c x",
            "perl -we x",
        ] {
            assert!(is_shell(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
        assert!(is_shell(&["env", "-S", "bash -c x"]) && is_shell(&["cmd", "/c", "npx -y p"]));
        for line in [
            "bash serve.sh",
            "bash -o pipefail serve.sh -c",
            "node ./c.js -c",
            "node --enable-source-maps s.js",
            "python -m server",
            "python3.12 -u server.py --conf",
            "uv run server.py",
            "cmd /c npx -y p",
            "npx -y d@1.0.0 -c x",
            "env A=1 npx p",
            "uvx p -c x",
        ] {
            assert!(!is_shell(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
    }
}
