//! The inputs of the action: environment variables in, checked values out. action.yml has the same rows, which a
//! test holds against this table.
//!
//! An input that is empty was not given. One that nobody knows is refused, since a composite action can't.

use crate::canon::near::near;
use crate::model::gate_config::FailOn;
use crate::model::risk::RiskTier;

/// What every variable of an input begins with.
pub const PREFIX: &str = "CASK_INPUT_";

/// A row: its name in action.yml, and its default there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    /// The name in `with:`.
    pub name: &'static str,
    /// What it is if nobody says anything.
    pub default: &'static str,
}

/// Every input that the program reads, in the order of action.yml. Those of the installer are not among them.
///
/// None names the trust file, gate.yaml or the toolpacks to judge: the workflow of a pull request is the pull
/// request's own, and would point to what suits it. gate.yaml of the default branch says that.
#[rustfmt::skip]
pub const INPUTS: &[Input] = &[
    Input { name: "mode", default: "gate" },
    Input { name: "base-ref", default: "" },
    Input { name: "head-ref", default: "" },
    Input { name: "trust-pin", default: "" },
    Input { name: "capture", default: "" },
    Input { name: "fail-on", default: "breaking" },
    Input { name: "min-risk", default: "safe" },
    Input { name: "require-toolpack", default: "false" },
    Input { name: "comment", default: "auto" },
    Input { name: "comment-mode", default: "update" },
    Input { name: "comment-id", default: "" },
    Input { name: "review-comments", default: "false" },
    Input { name: "annotations", default: "true" },
    Input { name: "check-run", default: "false" },
    Input { name: "sarif", default: "file" },
    Input { name: "sarif-category", default: "" },
    Input { name: "issue", default: "auto" },
    Input { name: "issue-labels", default: "cask-drift" },
    Input { name: "summary", default: "true" },
    Input { name: "language-of-risk", default: "emoji" },
    Input { name: "token", default: "${{ github.token }}" },
    Input { name: "require-report", default: "false" },
    Input { name: "working-directory", default: "." },
];

impl Input {
    /// The variable that carries it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }
}

/// What a run of the action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Diff, gate and signatures of a change.
    #[default]
    Gate,
    /// What gate.yaml says that toolpacks must match, against it.
    Drift,
    /// Whether toolpacks of the head hold what was written down for them.
    Verify,
    /// What is wrong with the head as it is.
    Lint,
    /// The gate again, for a pull request of a fork, from a run that may write.
    Comment,
}

/// When there is a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommentWhen {
    /// Where the change has something to report, or a comment stands.
    #[default]
    Auto,
    /// On every pull request.
    Always,
    /// Where the step fails, or a comment stands.
    OnFailure,
    /// Never.
    Never,
}

/// What becomes of the comment of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CommentMode {
    /// It is written over.
    #[default]
    Update,
    /// It is deleted, and a new one written.
    Recreate,
    /// It is folded as outdated, and a new one written.
    HideAndRecreate,
}

/// What becomes of SARIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sarif {
    /// None is made.
    Off,
    /// A file, for a step that uploads it.
    #[default]
    File,
    /// A file, uploaded here.
    Upload,
}

/// The inputs of a run.
#[derive(Clone, PartialEq, Eq)]
pub struct Inputs {
    /// What is done.
    pub mode: Mode,
    /// Another base than the event's.
    pub base_ref: Option<String>,
    /// Another head than the event's.
    pub head_ref: Option<String>,
    /// Version that the trust file must be or descend from.
    pub trust_pin: Option<String>,
    /// The recording whose answers are looked at; of mode verify alone.
    pub capture: Option<String>,
    /// Lowest verdict that fails the step, where the workflow says so.
    pub fail_on: Option<FailOn>,
    /// Findings below this tier never fail, where the workflow says so.
    pub min_risk: Option<RiskTier>,
    /// Whether a change without any toolpack is none that passes.
    pub require_toolpack: bool,
    /// When there is a comment.
    pub comment: CommentWhen,
    /// What becomes of an earlier one.
    pub comment_mode: CommentMode,
    /// Which of several comments of one job.
    pub comment_id: String,
    /// Comments on changed lines.
    pub review_comments: bool,
    /// Annotations in the log.
    pub annotations: bool,
    /// A check run of its own.
    pub check_run: bool,
    /// What becomes of SARIF.
    pub sarif: Sarif,
    /// Its category in code scanning.
    pub sarif_category: String,
    /// Whether scheduled drift is told as an issue.
    pub issue: bool,
    /// Labels of that issue.
    pub issue_labels: Vec<String>,
    /// The summary of the job.
    pub summary: bool,
    /// Marks of risk as pictures.
    pub risk_icons: bool,
    /// For the API.
    pub token: Option<String>,
    /// Whether a report that did not arrive fails the step.
    pub require_report: bool,
    /// Where in the workspace.
    pub working_directory: String,
}

/// An input that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadInput {
    /// Its name in `with:`.
    pub name: String,
    /// What is wrong with it.
    pub message: String,
    /// What to write.
    pub hint: String,
}

impl Inputs {
    /// Reads the variables of the step: name and value.
    ///
    /// # Errors
    /// An input that nobody knows, or a value that is none of it.
    pub fn read(variables: &[(String, String)]) -> Result<Inputs, BadInput> {
        for (variable, _) in variables {
            if !INPUTS.iter().any(|input| input.variable() == *variable) {
                return Err(unknown(variable));
            }
        }
        let given = Given(variables);
        let mode = given.one_of(
            "mode",
            &[
                ("gate", Mode::Gate),
                ("drift", Mode::Drift),
                ("verify", Mode::Verify),
                ("lint", Mode::Lint),
                ("comment", Mode::Comment),
            ],
        )?;
        let default_category = match mode {
            Mode::Drift => "cask/drift",
            Mode::Verify => "cask/verify",
            Mode::Lint => "cask/lint",
            Mode::Gate | Mode::Comment => "cask/gate",
        };
        Ok(Inputs {
            mode,
            base_ref: given.text("base-ref"),
            head_ref: given.text("head-ref"),
            trust_pin: given.text("trust-pin"),
            capture: match (given.text("capture"), mode) {
                (Some(_), other) if other != Mode::Verify => return Err(of_verify()),
                (capture, _) => capture,
            },
            fail_on: given.if_said(
                "fail-on",
                &[("any", FailOn::Any), ("breaking", FailOn::Breaking), ("never", FailOn::Never)],
            )?,
            min_risk: given.if_said("min-risk", &RiskTier::ALL.map(|tier| (tier.word(), tier)))?,
            require_toolpack: given.truth("require-toolpack")?,
            comment: given.one_of(
                "comment",
                &[
                    ("auto", CommentWhen::Auto),
                    ("always", CommentWhen::Always),
                    ("on-failure", CommentWhen::OnFailure),
                    ("never", CommentWhen::Never),
                ],
            )?,
            comment_mode: given.one_of(
                "comment-mode",
                &[
                    ("update", CommentMode::Update),
                    ("recreate", CommentMode::Recreate),
                    ("hide-and-recreate", CommentMode::HideAndRecreate),
                ],
            )?,
            comment_id: match (given.plain("comment-id", 64)?, mode) {
                // What is said of a state by itself takes no comment away that tells of the change.
                (none, Mode::Verify) if none.is_empty() => "verify".to_owned(),
                (none, Mode::Lint) if none.is_empty() => "lint".to_owned(),
                (id, _) => id,
            },
            review_comments: given.truth("review-comments")?,
            annotations: given.truth("annotations")?,
            check_run: given.truth("check-run")?,
            sarif: given
                .one_of("sarif", &[("off", Sarif::Off), ("file", Sarif::File), ("upload", Sarif::Upload)])?,
            sarif_category: given.text("sarif-category").unwrap_or_else(|| default_category.to_owned()),
            issue: given.one_of("issue", &[("auto", true), ("off", false)])?,
            issue_labels: given.lines("issue-labels"),
            summary: given.truth("summary")?,
            risk_icons: given.one_of("language-of-risk", &[("emoji", true), ("text", false)])?,
            token: given.said("token").map(str::to_owned),
            require_report: given.truth("require-report")?,
            working_directory: given.or_default("working-directory").to_owned(),
        })
    }
}

/// The token stays out of every log.
impl std::fmt::Debug for Inputs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs")
            .field("mode", &self.mode)
            .field("fail_on", &self.fail_on)
            .finish_non_exhaustive()
    }
}

/// What is not looked at is not passed over in silence.
fn of_verify() -> BadInput {
    BadInput {
        name: "capture".to_owned(),
        message: "a recording is looked at by mode verify alone".to_owned(),
        hint: "mode: verify".to_owned(),
    }
}

fn unknown(variable: &str) -> BadInput {
    let name = variable.strip_prefix(PREFIX).unwrap_or(variable).to_ascii_lowercase().replace('_', "-");
    let names: Vec<&str> = INPUTS.iter().map(|input| input.name).collect();
    let hint = match near(&name, names.iter().copied()).as_slice() {
        [] => format!("one of: {}", names.join(", ")),
        meant => format!("did you mean {}? one of: {}", meant.join(" or "), names.join(", ")),
    };
    BadInput { message: "there is no such input".into(), hint, name }
}

/// The variables of the step.
struct Given<'a>(&'a [(String, String)]);

impl<'a> Given<'a> {
    /// What was said of an input.
    fn said(&self, name: &str) -> Option<&'a str> {
        let input = INPUTS.iter().find(|input| input.name == name)?;
        let variable = input.variable();
        let (_, value) = self.0.iter().find(|(name, _)| *name == variable)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    fn or_default(&self, name: &str) -> &'a str {
        let default = INPUTS.iter().find(|input| input.name == name).map_or("", |input| input.default);
        self.said(name).unwrap_or(default)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.said(name).map(str::to_owned)
    }

    /// One on each line; a comma may stand in one.
    fn lines(&self, name: &str) -> Vec<String> {
        self.or_default(name)
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<T, BadInput> {
        let value = self.or_default(name);
        words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            bad(name, value, format!("one of: {}", known.join(", ")))
        })
    }

    /// The same, where anything was said: an option of the command line counts otherwise.
    fn if_said<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, BadInput> {
        self.said(name).map(|_| self.one_of(name, words)).transpose()
    }

    /// A truth value as YAML 1.2 writes it.
    fn truth(&self, name: &str) -> Result<bool, BadInput> {
        match self.or_default(name) {
            "true" | "True" | "TRUE" => Ok(true),
            "false" | "False" | "FALSE" => Ok(false),
            other => Err(bad(name, other, "true or false".into())),
        }
    }

    fn plain(&self, name: &str, most: usize) -> Result<String, BadInput> {
        let value = self.or_default(name);
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        match value.len() <= most && value.bytes().all(fits) {
            true => Ok(value.to_owned()),
            false => Err(bad(name, value, format!("at most {most} of A-Z a-z 0-9 . _ -"))),
        }
    }
}

fn bad(name: &str, value: &str, hint: String) -> BadInput {
    let shown: String = value.chars().take(60).collect();
    BadInput { name: name.to_owned(), message: format!("{shown:?} is none of its values"), hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Inputs, BadInput> {
        let of = |(name, value): &(&str, &str)| {
            let input = INPUTS.iter().find(|input| input.name == *name);
            (input.map_or_else(|| format!("{PREFIX}{name}"), Input::variable), (*value).to_owned())
        };
        Inputs::read(&given.iter().map(of).collect::<Vec<_>>())
    }

    #[test]
    fn nothing_given_is_every_default() {
        let inputs = read(&[]).unwrap();
        assert_eq!((inputs.mode, inputs.fail_on, inputs.min_risk), (Mode::Gate, None, None));
        assert_eq!((inputs.comment, inputs.sarif), (CommentWhen::Auto, Sarif::File));
        assert_eq!((inputs.sarif_category.as_str(), inputs.working_directory.as_str()), ("cask/gate", "."));
        assert_eq!(inputs.issue_labels, ["cask-drift"]);
        // A step that passes all of them on, empty, says the same.
        let empty: Vec<(&str, &str)> = INPUTS.iter().map(|input| (input.name, "")).collect();
        let token = Inputs { token: None, ..read(&empty).unwrap() };
        assert!(token == inputs);
    }

    #[test]
    fn a_word_that_is_none_and_a_name_that_is_none_are_refused() {
        let no = read(&[("fail-on", "Never")]).unwrap_err();
        assert_eq!((no.name.as_str(), no.hint.as_str()), ("fail-on", "one of: any, breaking, never"));
        assert_eq!(read(&[("FAILON", "never")]).unwrap_err().name, "failon");
        assert_eq!(read(&[("summary", "yes")]).unwrap_err().hint, "true or false");
        for mode in ["gate", "drift", "lint", "comment"] {
            assert_eq!(
                read(&[("mode", mode), ("capture", "calls.har")]).unwrap_err().name,
                "capture",
                "{mode}"
            );
        }
        let inputs = read(&[("mode", "verify"), ("capture", "calls.har")]).unwrap();
        assert_eq!(inputs.capture.as_deref(), Some("calls.har"));
        assert!(read(&[("comment-id", "a b")]).is_err() && read(&[("comment-id", &"a".repeat(65))]).is_err());
        assert!(read(&[("summary", "FALSE"), ("comment-id", "prod.1")]).is_ok());
    }

    #[test]
    fn lists_are_lines_and_the_token_is_not_shown() {
        let inputs = read(&[("issue-labels", "drift\n\n  a, b \n"), ("token", "ghs_x")]).unwrap();
        assert_eq!(inputs.issue_labels, ["drift", "a, b"]);
        assert!(!format!("{inputs:?}").contains("ghs_x"));
    }
}
