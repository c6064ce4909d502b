//! A launch line in; whether it hands text to a shell or an interpreter, and where, out.

use super::package::{behind_wrappers, package, program};
use crate::model::client::{Launch, Transport};
use crate::model::phrase::Phrase;

/// Programs that take a text to run.
const SHELLS: &[&str] =
    &["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "csh", "tcsh", "powershell", "pwsh", "cmd", "wsl"];
/// Others that do, with the option that begins it.
const INLINE: &[(&str, &[&str])] = &[
    ("node", &["-e", "--eval", "-p", "--print"]),
    ("bun", &["-e", "--eval"]),
    ("deno", &["eval"]),
    ("python", &["-c"]),
    ("python3", &["-c"]),
    ("perl", &["-e", "-E"]),
    ("ruby", &["-e"]),
    ("php", &["-r"]),
    ("osascript", &["-e"]),
    ("npx", &["-c", "--call"]),
    ("npm", &["-c", "--call"]),
];
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
            "cmd" => rest.iter().position(meta).map(|n| from + n),
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
            name if SHELLS.contains(&name) => {
                option(&|a| a.starts_with('-') && !a.starts_with("--") && a[1..].contains('c') || a == "-s")
            }
            name => INLINE
                .iter()
                .find(|(program, _)| *program == name)
                .and_then(|(_, options)| {
                    rest.iter().position(|a| options.contains(&a.as_str())).map(|n| from + n)
                })
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
