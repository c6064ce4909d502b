//! `cask init` at a terminal: what options did not say is asked, and becomes options. What was found in, the options
//! with what was answered out; nothing is written here.

use std::path::PathBuf;

use crate::cmd::failed::Failed;
use crate::cmd::guide::prompt::{Prompt, number, numbers, rows};
use crate::cmd::init::args::{Args, Ci, Ignored, Ignores};
use crate::cmd::init::files::WORKFLOW;
use crate::cmd::init::keys::{AtHand, free_name};
use crate::model::trust::is_signer_id;

/// What is known before anything is asked.
#[derive(Debug, Default)]
pub struct Known {
    /// Keys that may sign here. None where no key is to be chosen: nothing is signed, or there is no choice.
    pub keys: Option<Vec<AtHand>>,
    /// Whether a new key may be made: only before there is a trust file that would have to list it.
    pub new_key: bool,
    /// Whether the person is named in a first trust file; their login here, if that can be a name.
    pub name: Option<Option<String>>,
    /// Whether a workflow could be written; whether it is likely to be wanted.
    pub ci: Option<bool>,
    /// Whether a hook could be installed.
    pub hook: bool,
    /// Whether what git ignores can still be chosen.
    pub ignore: bool,
}

/// Said before anything is asked.
pub const INTRODUCTION: &str = "This puts the repository under the gate. Nothing is written before you say yes.\n\
                                Enter takes what stands in brackets; Ctrl-C leaves everything as it is.\n";

/// Asks what options did not say. `usable`: the key file that a path means, or why it is none.
///
/// # Errors
/// The terminal is gone, or no answer was one.
pub fn ask(
    prompt: &mut Prompt,
    known: &Known,
    usable: &dyn Fn(&str) -> Result<PathBuf, String>,
    args: &mut Args,
) -> Result<(), Failed> {
    if let (Some(keys), None, None) = (&known.keys, &args.signing.key, &args.new_key) {
        match key(prompt, keys, known.new_key, usable)? {
            Chosen::Key(path) => args.signing.key = Some(path),
            Chosen::New(name) => args.new_key = Some(name),
        }
    }
    if let Some(login) = &known.name {
        if args.id.is_none() {
            args.id = Some(name(prompt, args.github.as_ref().or(login.as_ref()))?);
        }
        if args.github.is_none() {
            args.github = github(prompt)?;
        }
    }
    if let (Some(likely), None) = (known.ci, args.ci) {
        args.ci = Some(ci(prompt, likely)?);
    }
    if known.hook && !args.hook {
        prompt.head(
            "Does git ask cask before each push?",
            "It tells you before CI does, on this machine alone.",
            &[],
        )?;
        args.hook = prompt.yes("A hook before each push?", false)?;
    }
    if known.ignore && args.ignore.is_none() {
        args.ignore = Some(ignored(prompt)?);
    }
    Ok(())
}

/// Shows what would be written, and asks once.
///
/// # Errors
/// The answer is no, or the terminal is gone.
pub fn agree(prompt: &mut Prompt, files: &[(String, String)]) -> Result<(), Failed> {
    prompt.head("These files would be written", "", &[])?;
    prompt.show(&rows(files))?;
    prompt.show("\nWhat is there already stays as it is.\n")?;
    match prompt.yes("Write and sign them?", false)? {
        true => Ok(()),
        false => Err(Failed::new("usage", "", "the answer was no; nothing was changed")),
    }
}

enum Chosen {
    Key(PathBuf),
    New(String),
}

fn key(
    prompt: &mut Prompt,
    keys: &[AtHand],
    may_make: bool,
    usable: &dyn Fn(&str) -> Result<PathBuf, String>,
) -> Result<Chosen, Failed> {
    let paint = prompt.paint();
    let mut answers: Vec<String> = keys
        .iter()
        .map(|key| format!("{}: {}", paint.text(&key.given.to_string_lossy(), 200), key.how))
        .collect();
    let new = free_name(keys);
    if may_make {
        answers.push(format!("a new one, {new}, with a passphrase that is asked for at the end"));
    }
    prompt.head(
        "Which key is yours?",
        "What it signs says that you looked, so it stays out of the repository.",
        &answers,
    )?;
    let read = |answer: &str| match answer.contains(['/', '\\', '.']) {
        true => usable(answer).map(Chosen::Key),
        false => number(answer, answers.len(), 0).map(|at| match keys.get(at) {
            Some(key) => Chosen::Key(key.given.clone()),
            None => Chosen::New(new.clone()),
        }),
    };
    prompt.until("Number, or the path of another key [1]: ", read)
}

fn name(prompt: &mut Prompt, login: Option<&String>) -> Result<String, Failed> {
    prompt.head(
        "What is your name in the trust file?",
        "It stands beside all that you sign, whatever key you have.",
        &[],
    )?;
    let shown = login.map_or(String::new(), |name| format!(" [{}]", prompt.paint().text(name, 60)));
    let read = |answer: &str| {
        let name = Some(answer).filter(|text| !text.is_empty()).or(login.map(String::as_str));
        let name = name.filter(|name| is_signer_id(name));
        name.map(str::to_owned)
            .ok_or_else(|| "1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit".to_owned())
    };
    prompt.until(&format!("Name{shown}: "), read)
}

fn github(prompt: &mut Prompt) -> Result<Option<String>, Failed> {
    prompt.head(
        "What is your login on GitHub?",
        "By it CI knows a change of your own, which you can't approve alone.",
        &[],
    )?;
    prompt.until("Login [none]: ", |answer| match answer {
        "" | "none" => Ok(None),
        login if is_signer_id(login) => Ok(Some(login.to_owned())),
        _ => Err("a login as GitHub shows it, or Enter for none".to_owned()),
    })
}

fn ci(prompt: &mut Prompt, likely: bool) -> Result<Ci, Failed> {
    let answers = [format!("GitHub Actions: {WORKFLOW}"), "none: another system, or later".to_owned()];
    let at = prompt.pick(
        "Which file for CI is written?",
        "Only what CI asks on each pull request keeps out what nobody approved.",
        &answers,
        usize::from(!likely),
    )?;
    Ok(if at == 0 { Ci::Github } else { Ci::None })
}

fn ignored(prompt: &mut Prompt) -> Result<Ignores, Failed> {
    let answers = Ignored::ALL.map(|one| format!("/.caskmcp/{}/: {}", one.word(), one.says()));
    prompt.head(
        "Which of these does git ignore?",
        "What it does not ignore is seen by all who read the repository. State and logins are always ignored.",
        &answers,
    )?;
    let places = prompt.until("Numbers, - for none [all]: ", |answer| numbers(answer, answers.len()))?;
    Ok(places.into_iter().filter_map(|at| Ignored::ALL.get(at).copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::guide::prompt::testing::typing;
    use crate::cmd::init::args::testing::args;

    fn known() -> Known {
        let key = |given: &str| AtHand { given: given.into(), key_id: given.to_owned(), how: "an SSH key" };
        Known {
            keys: Some(vec![key("work"), key("/home/a/.ssh/id_ed25519")]),
            new_key: true,
            name: Some(Some("alice".to_owned())),
            ci: Some(true),
            hook: true,
            ignore: true,
        }
    }

    /// What was answered, as the command that says it, and what was asked.
    fn asked(known: &Known, given: &str, answers: &[&str]) -> (Result<String, Failed>, String) {
        let mut args = args(&given.split(' ').map(str::to_owned).collect::<Vec<_>>());
        let mut shown = String::new();
        let usable = |path: &str| match path.starts_with("./") {
            true => Ok(PathBuf::from(path)),
            false => Err("there is no such file".to_owned()),
        };
        let done = ask(&mut typing(answers, &mut shown), known, &usable, &mut args);
        (done.map(|()| args.line().join(" ")), shown)
    }

    #[test]
    fn enter_is_the_answer_in_brackets() {
        let (line, shown) = asked(&known(), "init", &["", "", "", "", "", ""]);
        assert_eq!(line.unwrap(), "cask init --id alice --key work --ci github --yes");
        assert!(shown.lines().all(|line| line.chars().count() <= 78), "{shown}");
    }

    #[test]
    fn every_answer_becomes_an_option() {
        let answers = ["2", "bob", "bob-gh", "2", "y", "1,3"];
        let line = "cask init --id bob --github bob-gh --key /home/a/.ssh/id_ed25519 --ignore captures,evidence --hook --yes";
        assert_eq!(asked(&known(), "init", &answers).0.unwrap(), line);
        let answers = ["3", "", "none", "1", "n", "-"];
        let line = "cask init --id alice --new-key default --ci github --ignore none --yes";
        assert_eq!(asked(&known(), "init", &answers).0.unwrap(), line);
        // A path is no number, and what can't be a name is asked again.
        let answers = ["4", "/nowhere", "./keys/mine.pem", "a b", "carol", "x y", "", "1", "", ""];
        let line = "cask init --id carol --key ./keys/mine.pem --ci github --yes";
        assert_eq!(asked(&known(), "init", &answers).0.unwrap(), line);
    }

    #[test]
    fn what_options_said_is_not_asked() {
        let given = "init --id a --github b --new-key k --ci none --ignore all --hook";
        let (line, shown) = asked(&known(), given, &[]);
        assert_eq!(line.unwrap(), "cask init --id a --github b --new-key k --hook --yes");
        assert_eq!(shown, "");
        assert_eq!(asked(&Known::default(), "init", &[]).0.unwrap(), "cask init --yes");
    }

    #[test]
    fn where_no_new_key_would_count_none_is_offered() {
        let known = Known { new_key: false, ..known() };
        let (_, shown) = asked(&known, "init", &["3", "1", "", "", "", "", ""]);
        assert!(!shown.contains("a new one") && shown.contains("a number from 1 to 2"), "{shown}");
    }

    #[test]
    fn only_a_yes_is_one() {
        let files = [(".caskmcp/trust.yaml".to_owned(), "who may sign".to_owned())];
        for (answers, agreed) in
            [(&["y"][..], true), (&["", ""], false), (&["n"], false), (&[], false), (&["x", "yes"], true)]
        {
            let mut shown = String::new();
            assert_eq!(agree(&mut typing(answers, &mut shown), &files).is_ok(), agreed, "{answers:?}");
            assert!(shown.contains("  .caskmcp/trust.yaml  who may sign"), "{shown}");
        }
    }
}
