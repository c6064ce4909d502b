//! `cask init` at a terminal: what options did not say is asked, and becomes options. What was found in, the options
//! with what was answered out; nothing is written here.

use std::path::PathBuf;

use crate::cmd::failed::Failed;
use crate::cmd::guide::prompt::{Prompt, Reply, number, numbers, or_back, rows, yes};
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

/// Said with each question that has one before it.
const BACK: &str = "back: to the question before";

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Which key signs.
    Key,
    /// Whose it is.
    Name,
    /// What GitHub calls them.
    GitHub,
    /// Which workflow is written.
    Ci,
    /// Whether git asks before each push.
    Hook,
    /// What git ignores.
    Ignore,
}

/// The questions, in their order, that options do not answer.
pub fn open(known: &Known, args: &Args) -> Vec<Question> {
    [
        (Question::Key, known.keys.is_some() && args.signing.key.is_none() && args.new_key.is_none()),
        (Question::Name, known.name.is_some() && args.id.is_none()),
        (Question::GitHub, known.name.is_some() && args.github.is_none()),
        (Question::Ci, known.ci.is_some() && args.ci.is_none()),
        (Question::Hook, known.hook && !args.hook),
        (Question::Ignore, known.ignore && args.ignore.is_none()),
    ]
    .into_iter()
    .filter_map(|(question, is_open)| is_open.then_some(question))
    .collect()
}

/// Asks questions from a place among them on, and puts the answers into the options. Whoever goes back finds what they
/// said in brackets. `usable`: the key file that a path means, or why it is none.
///
/// # Errors
/// The terminal is gone, or no answer was one.
pub fn ask(
    prompt: &mut Prompt,
    questions: &[Question],
    from: usize,
    known: &Known,
    usable: &dyn Fn(&str) -> Result<PathBuf, String>,
    args: &mut Args,
) -> Result<(), Failed> {
    let mut at = from;
    while let Some(question) = questions.get(at) {
        let mut asking = Asking { prompt, is_first: at == 0 };
        let reply = match question {
            Question::Key => key(&mut asking, known, usable, args)?,
            Question::Name => name(&mut asking, known, args)?,
            Question::GitHub => github(&mut asking, args)?,
            Question::Ci => ci(&mut asking, known.ci.unwrap_or_default(), args)?,
            Question::Hook => hook(&mut asking, args)?,
            Question::Ignore => ignored(&mut asking, args)?,
        };
        match reply {
            Reply::Given(()) => at += 1,
            Reply::Back if at == 0 => prompt.show("  this is the first question\n")?,
            Reply::Back => at -= 1,
        }
    }
    Ok(())
}

/// Shows what would be written, and asks once; whoever goes back is asked the last question again.
///
/// # Errors
/// The answer is no, or the terminal is gone.
pub fn agree(prompt: &mut Prompt, files: &[(String, String)], asked: bool) -> Result<Reply<()>, Failed> {
    prompt.head("These files would be written", "", &[])?;
    prompt.show(&rows(files))?;
    prompt.show("\nWhat is there already stays as it is.\n")?;
    if asked {
        prompt.hint(BACK)?;
    }
    loop {
        match prompt.until("Write and sign them? [y/N] ", or_back(|answer| yes(answer, false)))? {
            Reply::Given(true) => return Ok(Reply::Given(())),
            Reply::Given(false) => {
                return Err(Failed::new("usage", "", "the answer was no; nothing was changed"));
            }
            Reply::Back if asked => return Ok(Reply::Back),
            Reply::Back => prompt.show("  nothing was asked before\n")?,
        }
    }
}

/// A question that is asked: where, and whether none is before it.
struct Asking<'p, 'l> {
    prompt: &'p mut Prompt<'l>,
    is_first: bool,
}

impl Asking<'_, '_> {
    fn head(&mut self, question: &str, why: &str, answers: &[String]) -> Result<(), Failed> {
        self.prompt.head(question, why, answers)?;
        if self.is_first { Ok(()) } else { self.prompt.hint(BACK) }
    }

    /// What was said, put where it belongs.
    fn until<T>(
        &mut self,
        question: &str,
        read: impl Fn(&str) -> Result<T, String>,
        put: impl FnOnce(T),
    ) -> Result<Reply<()>, Failed> {
        Ok(match self.prompt.until(question, or_back(read))? {
            Reply::Given(answer) => {
                put(answer);
                Reply::Given(())
            }
            Reply::Back => Reply::Back,
        })
    }
}

enum Chosen {
    Key(PathBuf),
    New(String),
}

fn key(
    asking: &mut Asking,
    known: &Known,
    usable: &dyn Fn(&str) -> Result<PathBuf, String>,
    args: &mut Args,
) -> Result<Reply<()>, Failed> {
    let keys = known.keys.as_deref().unwrap_or_default();
    let paint = asking.prompt.paint();
    let mut answers: Vec<String> = keys
        .iter()
        .map(|key| format!("{}: {}", paint.text(&key.given.to_string_lossy(), 200), key.how))
        .collect();
    let new = free_name(keys);
    if known.new_key {
        answers.push(format!("a new one, {new}, with a passphrase that is asked for at the end"));
    }
    asking.head(
        "Which key is yours?",
        "What it signs says that you looked, so it stays out of the repository.",
        &answers,
    )?;
    let said = (args.signing.key.clone(), args.new_key.clone());
    let usual = match &said {
        (Some(path), _) => keys.iter().position(|key| key.given == *path),
        (None, Some(_)) => Some(keys.len()),
        (None, None) => Some(0),
    };
    // A path that was typed before has no number.
    let other = usual.is_none().then(|| said.0.clone()).flatten();
    let shown = match &other {
        Some(path) => paint.text(&path.to_string_lossy(), 200),
        None => (usual.unwrap_or_default() + 1).to_string(),
    };
    let read = |answer: &str| match (answer, &other) {
        ("", Some(path)) => Ok(Chosen::Key(path.clone())),
        (path, _) if path.contains(['/', '\\', '.']) => usable(path).map(Chosen::Key),
        (answer, _) => {
            number(answer, answers.len(), usual.unwrap_or_default()).map(|at| match keys.get(at) {
                Some(key) => Chosen::Key(key.given.clone()),
                None => Chosen::New(new.clone()),
            })
        }
    };
    let question = format!("Number, or the path of another key [{shown}]: ");
    asking.until(&question, read, |chosen| {
        (args.signing.key, args.new_key) = match chosen {
            Chosen::Key(path) => (Some(path), None),
            Chosen::New(name) => (None, Some(name)),
        }
    })
}

fn name(asking: &mut Asking, known: &Known, args: &mut Args) -> Result<Reply<()>, Failed> {
    asking.head(
        "What is your name in the trust file?",
        "It stands beside all that you sign, whatever key you have.",
        &[],
    )?;
    let login = known.name.iter().flatten().next();
    let usual = args.id.clone().or_else(|| args.github.as_ref().or(login).cloned());
    let shown = usual.as_ref().map(|name| format!(" [{}]", asking.prompt.paint().text(name, 60)));
    let read = |answer: &str| {
        let name = Some(answer).filter(|text| !text.is_empty()).or(usual.as_deref());
        let name = name.filter(|name| is_signer_id(name));
        name.map(str::to_owned)
            .ok_or_else(|| "1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit".to_owned())
    };
    asking.until(&format!("Name{}: ", shown.unwrap_or_default()), read, |name| args.id = Some(name))
}

fn github(asking: &mut Asking, args: &mut Args) -> Result<Reply<()>, Failed> {
    asking.head(
        "What is your login on GitHub?",
        "By it CI knows a change of your own, which you can't approve alone.",
        &[],
    )?;
    let usual = args.github.clone();
    let read = |answer: &str| match answer {
        "" => Ok(usual.clone()),
        "none" => Ok(None),
        login if is_signer_id(login) => Ok(Some(login.to_owned())),
        _ => Err("a login as GitHub shows it, or none".to_owned()),
    };
    let shown = asking.prompt.paint().text(usual.as_deref().unwrap_or("none"), 60);
    asking.until(&format!("Login [{shown}]: "), read, |login| args.github = login)
}

fn ci(asking: &mut Asking, likely: bool, args: &mut Args) -> Result<Reply<()>, Failed> {
    let answers = [format!("GitHub Actions: {WORKFLOW}"), "none: another system, or later".to_owned()];
    asking.head(
        "Which file for CI is written?",
        "Only what CI asks on each pull request keeps out what nobody approved.",
        &answers,
    )?;
    let usual = usize::from(!args.ci.map_or(likely, Ci::is_some));
    asking.until(
        &format!("Number [{}]: ", usual + 1),
        |answer| number(answer, answers.len(), usual),
        |at| args.ci = Some(if at == 0 { Ci::Github } else { Ci::None }),
    )
}

fn hook(asking: &mut Asking, args: &mut Args) -> Result<Reply<()>, Failed> {
    asking.head(
        "Does git ask cask before each push?",
        "It tells you before CI does, on this machine alone.",
        &[],
    )?;
    let usual = args.hook;
    let shown = if usual { "Y/n" } else { "y/N" };
    let question = format!("A hook before each push? [{shown}] ");
    asking.until(&question, |answer| yes(answer, usual), |wanted| args.hook = wanted)
}

fn ignored(asking: &mut Asking, args: &mut Args) -> Result<Reply<()>, Failed> {
    let answers = Ignored::ALL.map(|one| format!("/.caskmcp/{}/: {}", one.word(), one.says()));
    asking.head(
        "Which of these does git ignore?",
        "What it does not ignore is seen by all who read the repository. State and logins are always ignored.",
        &answers,
    )?;
    let usual = args.ignore.clone().filter(|ignored| ignored.len() < answers.len());
    let places = usual.iter().flatten().filter_map(|one| Ignored::ALL.iter().position(|known| known == one));
    let shown = match &usual {
        None => "all".to_owned(),
        Some(none) if none.is_empty() => "-".to_owned(),
        Some(_) => places.map(|at| (at + 1).to_string()).collect::<Vec<_>>().join(","),
    };
    let read = |answer: &str| match (answer, &usual) {
        ("", Some(usual)) => Ok(usual.clone()),
        (answer, _) => {
            let places = numbers(answer, answers.len())?;
            Ok(places.into_iter().filter_map(|at| Ignored::ALL.get(at).copied()).collect::<Ignores>())
        }
    };
    asking.until(&format!("Numbers, - for none [{shown}]: "), read, |ignored| args.ignore = Some(ignored))
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
        let questions = open(known, &args);
        let done = ask(&mut typing(answers, &mut shown), &questions, 0, known, &usable, &mut args);
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
    fn whoever_goes_back_is_asked_the_question_before_with_what_they_said() {
        let answers = ["back", "2", "bob", "back", "back", "", "back", "3", "", "x", "back", "", "bob-gh"];
        let rest = ["2", "back", "back", "none", "", "y", "back", "", "\u{1b}", "", "1,3"];
        let (line, shown) = asked(&known(), "init", &[&answers[..], &rest].concat());
        let line = line.unwrap();
        assert_eq!(
            line, "cask init --id bob --new-key default --ignore captures,evidence --hook --yes",
            "{shown}"
        );
        for said in ["this is the first question", "another key [2]", "Name [bob]", "Login [x]"] {
            assert!(shown.contains(said), "{said}: {shown}");
        }
        // The first has none before it, all others say so.
        let heads = shown.matches("Which key is yours?").count();
        assert!(!shown.split("What is your name").next().unwrap().contains(BACK) && heads > 2, "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 78), "{shown}");
        // From the end, too; and where nothing was asked, nowhere.
        let mut shown = String::new();
        let back = agree(&mut typing(&["back"], &mut shown), &[], true).unwrap();
        assert_eq!((back, shown.contains(BACK)), (Reply::Back, true));
        let mut shown = String::new();
        assert!(agree(&mut typing(&["back", "y"], &mut shown), &[], false).is_ok());
        assert!(shown.contains("nothing was asked before") && !shown.contains(BACK), "{shown}");
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
            let said = agree(&mut typing(answers, &mut shown), &files, true);
            assert_eq!(said.is_ok_and(|reply| reply == Reply::Given(())), agreed, "{answers:?}");
            assert!(shown.contains("  .caskmcp/trust.yaml  who may sign"), "{shown}");
        }
    }
}
