//! Options of `cask init`, and the command line that says them all.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::canon::visible::is_typed_word;
use crate::cmd::signing::SigningArgs;
use crate::model::gate_config::{EXEMPTION_DAYS, MAX_EXEMPTION_DAYS};

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Your id as a signer (default: your login here)
    #[arg(long, value_name = "NAME")]
    pub id: Option<String>,
    /// Your login on GitHub
    #[arg(long, value_name = "LOGIN")]
    pub github: Option<String>,
    /// A folder of the repository
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub directory: PathBuf,
    /// How long what exists is exempted, 1 to 180
    #[arg(long, value_name = "DAYS", default_value_t = EXEMPTION_DAYS, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_EXEMPTION_DAYS)))]
    pub days: u32,
    /// Make a new key and sign with it, though you may have one
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = NEW, conflicts_with = "key")]
    pub new_key: Option<String>,
    /// Make your key without a passphrase, if you have none: every program that you start can use it
    #[arg(long)]
    pub no_passphrase: bool,
    /// Have git ask cask before each push
    #[arg(long)]
    pub hook: bool,
    /// Write the workflow of a CI system that asks cask about every pull request
    #[arg(long, value_name = "SYSTEM", value_enum)]
    pub ci: Option<Ci>,
    /// What of the state folder git ignores beside state and logins: all, none, or some of captures, drafts, evidence
    #[arg(long, value_name = "WHAT", value_parser = ignores)]
    pub ignore: Option<Ignores>,
    /// Print what is found here as JSON, and write nothing
    #[arg(long)]
    pub json: bool,
    /// As --no-interactive
    #[arg(long, hide = true)]
    pub non_interactive: bool,
    #[command(flatten)]
    /// Who signs.
    pub signing: SigningArgs,
}

/// The name of a key that nobody named.
pub const NEW: &str = "default";

/// A CI system whose workflow can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Ci {
    /// GitHub Actions
    Github,
    /// None
    None,
}

impl Ci {
    /// Whether there is anything to write.
    pub fn is_some(self) -> bool {
        self != Ci::None
    }
}

/// What of the state folder a team may want in git, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ignored {
    /// Recorded calls.
    Captures,
    /// Candidates for tools.
    Drafts,
    /// What was judged.
    Evidence,
}

/// What git ignores of it.
pub type Ignores = BTreeSet<Ignored>;

impl Ignored {
    /// All, in the order in which they are listed.
    pub const ALL: [Ignored; 3] = [Ignored::Captures, Ignored::Drafts, Ignored::Evidence];

    /// The folder, and the word of the option.
    pub fn word(self) -> &'static str {
        match self {
            Ignored::Captures => "captures",
            Ignored::Drafts => "drafts",
            Ignored::Evidence => "evidence",
        }
    }

    /// What lies in it.
    pub fn says(self) -> &'static str {
        match self {
            Ignored::Captures => "recorded calls, without what was redacted",
            Ignored::Drafts => "candidates for tools that nobody approved",
            Ignored::Evidence => "what was judged, kept by this machine",
        }
    }
}

fn ignores(text: &str) -> Result<Ignores, String> {
    let one = |word: &str| Ignored::ALL.into_iter().find(|ignored| ignored.word() == word);
    match text {
        "all" => Ok(Ignored::ALL.into()),
        "none" => Ok(Ignores::new()),
        text => text
            .split(',')
            .map(|word| {
                one(word).ok_or_else(|| "it is all, none, or some of captures,drafts,evidence".to_owned())
            })
            .collect(),
    }
}

impl Args {
    /// What git ignores.
    pub fn ignored(&self) -> Ignores {
        self.ignore.clone().unwrap_or_else(|| Ignored::ALL.into())
    }

    /// The command line that says the same and asks nothing but a passphrase.
    pub fn line(&self) -> Vec<String> {
        let mut words = vec!["cask".to_owned(), "init".to_owned()];
        let mut option = |name: &str, value: Option<&str>, blank: &str| {
            if let Some(value) = value {
                words.push(name.to_owned());
                words.push(if is_typed_word(value) { value.to_owned() } else { blank.to_owned() });
            }
        };
        let directory = self.directory.to_string_lossy();
        option("--directory", Some(&*directory).filter(|dir| *dir != "."), "<folder>");
        option("--id", self.id.as_deref(), "<name>");
        option("--github", self.github.as_deref(), "<login>");
        let key = self.signing.key.as_ref().map(|path| path.to_string_lossy());
        option("--key", key.as_deref(), "<key>");
        option("--new-key", self.new_key.as_deref(), "<name>");
        let days = self.days.to_string();
        option("--days", Some(&*days).filter(|_| self.days != EXEMPTION_DAYS), "");
        option("--ci", self.ci.filter(|ci| ci.is_some()).map(|_| "github"), "");
        let ignore = self.ignored();
        let some: Vec<&str> = ignore.iter().map(|ignored| ignored.word()).collect();
        let some = if some.is_empty() { "none".to_owned() } else { some.join(",") };
        if ignore.len() < Ignored::ALL.len() {
            words.extend(["--ignore".to_owned(), some]);
        }
        let flags =
            [("--no-passphrase", self.no_passphrase), ("--hook", self.hook), ("--in-ci", self.signing.in_ci)];
        words.extend(flags.iter().filter(|(_, given)| *given).map(|(flag, _)| (*flag).to_owned()));
        words.push("--yes".to_owned());
        words
    }
}

#[cfg(test)]
pub mod testing {
    //! Options as a command line gives them.

    use clap::{Args as _, FromArgMatches as _};

    use super::Args;

    /// Options of these words.
    pub fn args(words: &[String]) -> Args {
        let command = Args::augment_args(clap::Command::new("init"));
        Args::from_arg_matches(&command.get_matches_from(words)).expect("options")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Args {
        testing::args(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn the_line_says_what_was_said() {
        for line in [
            "init --id alice --yes",
            "init --directory ../shop --id alice --github alice-gh --key /home/a/.ssh/id_ed25519 --yes",
            "init --new-key default --days 30 --ci github --ignore captures,evidence --no-passphrase --hook --yes",
            "init --ignore none --in-ci --yes",
        ] {
            let words = read(line).line();
            assert_eq!(words.join(" "), format!("cask {line}"));
            // Read again, it is the same.
            assert_eq!(testing::args(&words[1..]).line(), words);
        }
        // What is said anyway is left out, and what no shell takes as it is is a blank.
        let words = read("init --days 90 --ci none --ignore all --id a --new-key").line().join(" ");
        assert_eq!(words, "cask init --id a --new-key default --yes");
        let spaced = Args {
            signing: SigningArgs { key: Some("a b".into()), ..SigningArgs::default() },
            ..read("init")
        };
        assert_eq!(spaced.line().join(" "), "cask init --key <key> --yes");
    }

    #[test]
    fn what_is_ignored_is_some_of_three() {
        assert_eq!(ignores("all").unwrap().len(), 3);
        assert_eq!(ignores("none").unwrap().len(), 0);
        assert_eq!(ignores("evidence,drafts").unwrap(), [Ignored::Drafts, Ignored::Evidence].into());
        for wrong in ["", "auth", "state", "captures,", "ALL"] {
            assert!(ignores(wrong).is_err(), "{wrong}");
        }
    }
}
