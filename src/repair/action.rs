//! What can be done, a row an action: its kind, its words and its command. A word that a stranger chose stands in a
//! command only if every shell takes it as one plain word; else there is no command, and a person types it.

use super::input::Given;
use crate::canon::visible::{is_shell_word, is_typed_word};
use crate::model::repair::Kind;

/// An action. The order is that of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Find out who changed what, before anything is signed.
    Investigate,
    /// Find out where the chain of audit records is broken, and by whom.
    Trail,
    /// Put the repository under the gate.
    Adopt,
    /// Look and sign.
    Allow,
    /// Make the toolpack anew from what is there now.
    ReMint,
    /// Change the policy, or what is wrong with the toolpack.
    Mend,
    /// Look at what the policy does.
    ReviewPolicy,
    /// Look at the hosts that are allowed.
    ReviewHosts,
    /// Judge again what a report of the gate told of.
    Judge,
    /// Verify again what a report told of.
    Verify,
    /// See again what keeps it from being served.
    Look,
    /// Find out at the other end.
    Ask,
}

/// All of them.
pub const ALL: [Action; 12] = [
    Action::Investigate,
    Action::Trail,
    Action::Adopt,
    Action::Allow,
    Action::ReMint,
    Action::Mend,
    Action::ReviewPolicy,
    Action::ReviewHosts,
    Action::Judge,
    Action::Verify,
    Action::Look,
    Action::Ask,
];

impl Action {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Action::Investigate => "investigate",
            Action::Trail => "audit-verify",
            Action::Adopt => "adopt",
            Action::Allow => "gate-allow",
            Action::Mend => "mend",
            Action::ReviewPolicy => "review-policy",
            Action::ReviewHosts => "review-hosts",
            Action::ReMint => "re-mint",
            Action::Look => "look-again",
            Action::Judge => "judge-again",
            Action::Verify => "verify-again",
            Action::Ask => "ask",
        }
    }

    /// What it does to what is approved.
    pub fn kind(self) -> Kind {
        match self {
            Action::ReviewPolicy | Action::ReviewHosts | Action::Judge | Action::Verify | Action::Look => {
                Kind::Safe
            }
            Action::Adopt | Action::Allow => Kind::ApprovalNeeded,
            Action::Investigate | Action::Trail | Action::Mend | Action::ReMint | Action::Ask => Kind::ByHand,
        }
    }

    /// What is to be done, and why so.
    pub fn text(self) -> &'static str {
        match self {
            Action::Investigate => {
                "find out who changed what before anybody signs: what does not verify is not signed again"
            }
            Action::Trail => "keep the files as they are, and find out who changed them",
            Action::Adopt => "put the repository under the gate, so that approvals can be judged",
            Action::Allow => "look at what it does, then sign it or refuse it",
            Action::Mend => "change it, or say why it is meant; what is changed needs a new signature",
            Action::ReviewPolicy => "see whether the policy says what is meant",
            Action::ReviewHosts => {
                "see whether the host is meant; a host is allowed by a signature over the surface"
            }
            Action::ReMint => {
                "make the toolpack anew from what is there now, with cask mint, and sign what differs"
            }
            Action::Look => "put right what is named, then look again",
            Action::Judge | Action::Verify => {
                "judge again what the report told of, then put right what differs"
            }
            Action::Ask => "find out on the other side, or from who runs the server, why",
        }
    }

    /// Whether its command judges by a trust that can be named.
    fn judges(self) -> bool {
        matches!(self, Action::Allow | Action::Judge | Action::Look)
    }

    /// The command, where there is one: about a toolpack with this path and a tool with this name, with what the person
    /// said. None where one of their words is none that a shell takes as it is: without it, the command would be another.
    pub fn command(self, path: &str, name: &str, given: &Given) -> Option<Vec<String>> {
        let path = match (&given.toolpack, path) {
            (Some(typed), _) => Some(typed.as_str()).filter(|word| is_typed_word(word))?,
            (None, "") => ".",
            (None, path) => Some(path).filter(|path| is_shell_word(path))?,
        };
        let words: &[&str] = match self {
            Action::Investigate => &["cask", "diff", "--toolpack", path],
            Action::Trail => &["cask", "audit", "verify"],
            Action::Adopt => &["cask", "init"],
            Action::Allow if is_shell_word(name) => &["cask", "gate", "allow", name, "--toolpack", path],
            Action::Allow => return None,
            Action::Mend | Action::ReviewPolicy | Action::ReviewHosts => {
                &["cask", "lint", "--toolpack", path]
            }
            Action::Judge => &["cask", "gate", "check", "--toolpack", path],
            Action::Verify => &["cask", "verify", "--toolpack", path],
            Action::Look => &["cask", "doctor", "--toolpack", path],
            Action::ReMint | Action::Ask => return None,
        };
        let mut words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let mut say = |option: &str, value: &String| -> Option<()> {
            words.extend((!option.is_empty()).then(|| option.to_owned()));
            words.push(is_typed_word(value).then(|| value.clone())?);
            Some(())
        };
        if let (Action::Trail, Some(trail)) = (self, &given.trail) {
            say("", trail)?;
        }
        for (option, value) in given.trust.iter().filter(|_| self.judges()) {
            say(option, value)?;
        }
        if let Some(root) = &given.root {
            say("--root", root)?;
        }
        Some(words)
    }
}
