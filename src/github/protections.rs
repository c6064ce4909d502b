//! What keeps a change from taking the gate away, on GitHub's side: rules and settings as they were read in, what is there,
//! what is missing and what could not be seen out. What could not be seen is never taken for there.

use serde::Deserialize;

use super::owners::has_owner;
use super::refused::Refused;

/// The number of GitHub Actions among the apps.
pub const ACTIONS: u64 = 15_368;

/// A rule of a ruleset that is active on a branch.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct BranchRule {
    /// `pull_request`, `required_status_checks` …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it asks.
    #[serde(default)]
    pub parameters: Asks,
}

/// What rules ask, each those that it knows. A member that is not there asks nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asks {
    /// Checks that must have passed.
    pub required_status_checks: Vec<Required>,
    /// On a branch that is up to date.
    pub strict_required_status_checks_policy: bool,
    /// Approvals end with a push.
    pub dismiss_stale_reviews_on_push: bool,
    /// Owners of the files approve.
    pub require_code_owner_review: bool,
}

/// A check that must have passed.
#[derive(Debug, Clone, Deserialize)]
pub struct Required {
    /// Its name.
    pub context: String,
    /// The app that must have given it.
    #[serde(default, alias = "app_id")]
    pub integration_id: Option<i64>,
}

/// The older protection of a branch.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Classic {
    /// Checks that must have passed.
    pub required_status_checks: Option<Checks>,
    /// Reviews that are asked.
    pub required_pull_request_reviews: Option<Reviews>,
    /// Whether administrators are bound too.
    pub enforce_admins: Switch,
    /// Whether history can be replaced.
    pub allow_force_pushes: Switch,
}

/// Checks of the older protection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Checks {
    /// On a branch that is up to date.
    pub strict: bool,
    /// The checks.
    pub checks: Vec<Required>,
}

/// Reviews of the older protection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Reviews {
    /// Approvals end with a push.
    pub dismiss_stale_reviews: bool,
    /// Owners of the files approve.
    pub require_code_owner_reviews: bool,
}

/// On or off.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct Switch {
    /// Whether it is on.
    pub enabled: bool,
}

/// What the tokens of workflows may do by default.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenDefaults {
    /// `read` or `write`.
    pub default_workflow_permissions: String,
    /// Whether a workflow can approve a pull request.
    pub can_approve_pull_request_reviews: bool,
}

/// What was read, or why it could not be.
pub type Look<T> = Result<T, Refused>;

/// Everything that was read.
#[derive(Debug)]
pub struct Seen {
    /// The branch that is protected.
    pub branch: String,
    /// The check that the gate gives.
    pub check: String,
    /// The rules that are active on the branch.
    pub rules: Look<Vec<BranchRule>>,
    /// Its older protection; none where it has none.
    pub classic: Look<Option<Classic>>,
    /// CODEOWNERS of the branch; none where there is none.
    pub owners: Look<Option<String>>,
    /// Defaults of tokens.
    pub token: Look<TokenDefaults>,
}

/// How a protection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is there.
    There,
    /// It is not.
    Missing,
    /// It could not be seen: why, and what helps.
    Unseen(String, String),
}

/// A protection and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// A word for programs.
    pub id: &'static str,
    /// What is protected.
    pub what: &'static str,
    /// What happens without it.
    pub without: &'static str,
    /// Where it is switched on.
    pub fix: &'static str,
    /// How it stands.
    pub state: State,
}

/// One of them: what it is, and how it is told from what was read.
struct Row {
    id: &'static str,
    what: &'static str,
    without: &'static str,
    fix: &'static str,
    look: fn(&Seen) -> State,
}

const RULESET: &str = "Settings > Rules > Rulesets, a branch ruleset on this branch: ";

/// Every protection, in the order in which they are told.
const ROWS: &[Row] = &[
    Row {
        id: "pull-request",
        what: "changes come by pull request",
        without: "whoever may push puts a change on the branch that no gate has seen",
        fix: "Require a pull request before merging",
        look: |seen| {
            seen.either(|rules| any(rules, "pull_request"), |c| c.required_pull_request_reviews.is_some())
        },
    },
    Row {
        id: "required-check",
        what: "the check of the gate is required",
        without: "a change is merged though the gate stopped it, or never ran",
        fix: "Require status checks to pass, and add the job that runs cask (--check NAME says how it is called)",
        look: |seen| seen.required(|check| seen.is_gate(check)),
    },
    Row {
        id: "check-source",
        what: "only GitHub Actions can give that check",
        without: "whoever may write statuses says that the gate passed",
        fix: "at the required check, choose GitHub Actions as its source",
        look: |seen| {
            let is_bound = |check: &Required| {
                seen.is_gate(check) && check.integration_id.is_some_and(|id| u64::try_from(id) == Ok(ACTIONS))
            };
            seen.required(is_bound)
        },
    },
    Row {
        id: "up-to-date",
        what: "a branch is up to date before it is merged, or goes through a queue",
        without: "two changes that pass one by one are merged into a state that nobody judged",
        fix: "Require branches to be up to date before merging, or Require merge queue",
        look: |seen| {
            seen.either(
                |rules| {
                    let strict = |rule: &BranchRule| rule.parameters.strict_required_status_checks_policy;
                    any(rules, "merge_queue") || rules.iter().any(strict)
                },
                |classic| classic.required_status_checks.as_ref().is_some_and(|checks| checks.strict),
            )
        },
    },
    Row {
        id: "stale-approvals",
        what: "an approval ends when something is pushed after it",
        without: "what was approved is not what is merged",
        fix: "Dismiss stale pull request approvals when new commits are pushed",
        look: |seen| {
            seen.either(
                |rules| rules.iter().any(|rule| rule.parameters.dismiss_stale_reviews_on_push),
                |classic| {
                    classic.required_pull_request_reviews.as_ref().is_some_and(|r| r.dismiss_stale_reviews)
                },
            )
        },
    },
    Row {
        id: "code-owner-review",
        what: "owners of files approve their changes",
        without: "CODEOWNERS asks for a review, and nobody has to wait for it",
        fix: "Require review from Code Owners",
        look: |seen| {
            seen.either(
                |rules| rules.iter().any(|rule| rule.parameters.require_code_owner_review),
                |classic| {
                    classic
                        .required_pull_request_reviews
                        .as_ref()
                        .is_some_and(|r| r.require_code_owner_reviews)
                },
            )
        },
    },
    Row {
        id: "force-push",
        what: "history can't be replaced",
        without: "the trust file that judges is replaced by an older one",
        fix: "Block force pushes",
        look: |seen| {
            seen.either(|rules| any(rules, "non_fast_forward"), |classic| !classic.allow_force_pushes.enabled)
        },
    },
    Row {
        id: "owners-github",
        what: "CODEOWNERS has owners for .github/**",
        without: "a pull request changes the workflow that judges it, and anybody's approval is enough",
        fix: "in CODEOWNERS, as its last lines:  /.github/ @your/team",
        look: |seen| seen.owned(&[".github/workflows/any.yml", ".github/CODEOWNERS", ".github/a/b"]),
    },
    Row {
        id: "owners-caskmcp",
        what: "CODEOWNERS has owners for .caskmcp/**",
        without: "a pull request changes who may approve, and anybody's approval is enough to merge it",
        fix: "in CODEOWNERS, as its last lines:  /.caskmcp/ @your/team",
        look: |seen| seen.owned(&[".caskmcp/trust.yaml", ".caskmcp/gate.yaml", ".caskmcp/a/b"]),
    },
    Row {
        id: "token-reads",
        what: "tokens of workflows only read by default",
        without: "a workflow without `permissions` can write to the repository",
        fix: "Settings > Actions > General > Workflow permissions: Read repository contents and packages permissions",
        look: |seen| seen.token(|token| token.default_workflow_permissions == "read"),
    },
    Row {
        id: "token-approves",
        what: "workflows can't approve pull requests",
        without: "a workflow gives the approval that a person should give",
        fix: "Settings > Actions > General: untick Allow GitHub Actions to create and approve pull requests",
        look: |seen| seen.token(|token| !token.can_approve_pull_request_reviews),
    },
];

fn any(rules: &[BranchRule], kind: &str) -> bool {
    rules.iter().any(|rule| rule.kind == kind)
}

fn checks(rules: &[BranchRule]) -> impl Iterator<Item = &Required> {
    rules.iter().flat_map(|rule| &rule.parameters.required_status_checks)
}

fn classic_checks(classic: &Classic) -> impl Iterator<Item = &Required> {
    classic.required_status_checks.iter().flat_map(|checks| &checks.checks)
}

impl Seen {
    fn is_gate(&self, check: &Required) -> bool {
        check.context == self.check
    }

    /// By a ruleset or by the older protection: either is enough, and only both together can say that it is missing.
    fn either(&self, rules: impl Fn(&[BranchRule]) -> bool, classic: impl Fn(&Classic) -> bool) -> State {
        let by_rules = self.rules.as_ref().map(|all| rules(all));
        // Administrators whom it does not bind can take it away at any time, but they can do so with any rule.
        let by_classic = self.classic.as_ref().map(|one| one.as_ref().is_some_and(&classic));
        match (by_rules, by_classic) {
            (Ok(true), _) | (_, Ok(true)) => State::There,
            (Ok(_), Ok(_)) => State::Missing,
            (Err(refused), _) | (_, Err(refused)) => unseen(refused),
        }
    }

    /// Whether a check is required. A ruleset can require whole workflows instead, and what those run is not read here.
    fn required(&self, is: impl Fn(&Required) -> bool) -> State {
        let state = self.either(|rules| checks(rules).any(&is), |classic| classic_checks(classic).any(&is));
        match (&state, &self.rules) {
            (State::Missing, Ok(rules)) if any(rules, "workflows") => State::Unseen(
                "a ruleset requires a workflow, and whether that one runs the gate is not read here"
                    .to_owned(),
                "see that it does; or require the job that does, by its name too".to_owned(),
            ),
            _ => state,
        }
    }

    fn owned(&self, paths: &[&str]) -> State {
        match &self.owners {
            Ok(Some(text)) if paths.iter().all(|path| has_owner(text, path)) => State::There,
            Ok(_) => State::Missing,
            Err(refused) => unseen(refused),
        }
    }

    fn token(&self, is_fine: impl Fn(&TokenDefaults) -> bool) -> State {
        match &self.token {
            Ok(token) if is_fine(token) => State::There,
            Ok(_) => State::Missing,
            Err(refused) => unseen(refused),
        }
    }
}

fn unseen(refused: &Refused) -> State {
    State::Unseen(refused.reason.clone(), refused.fix.clone())
}

/// How every protection stands.
pub fn look(seen: &Seen) -> Vec<Protection> {
    let one = |row: &Row| Protection {
        id: row.id,
        what: row.what,
        without: row.without,
        fix: row.fix,
        state: (row.look)(seen),
    };
    ROWS.iter().map(one).collect()
}

impl Protection {
    /// Where it is switched on, with the way there.
    pub fn remedy(&self) -> String {
        let in_ruleset = !self.fix.starts_with("Settings") && !self.fix.starts_with("in CODEOWNERS");
        if in_ruleset { format!("{RULESET}{}", self.fix) } else { self.fix.to_owned() }
    }
}

/// What all of them come to: 3 if one could not be seen, else 1 if one is missing.
pub fn exit_code(all: &[Protection]) -> u8 {
    match () {
        () if all.iter().any(|one| matches!(one.state, State::Unseen(..))) => 3,
        () if all.iter().any(|one| one.state == State::Missing) => 1,
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::refused::Why;
    use serde_json::json;

    /// A branch that has everything, by rulesets.
    fn all() -> Seen {
        let rules = json!([
            {"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": true,
                "require_code_owner_review": true, "required_approving_review_count": 1}},
            {"type": "required_status_checks", "parameters": {"strict_required_status_checks_policy": true,
                "required_status_checks": [{"context": "gate", "integration_id": 15368}]}},
            {"type": "non_fast_forward"}
        ]);
        Seen {
            branch: "main".into(),
            check: "gate".into(),
            rules: Ok(serde_json::from_value(rules).unwrap()),
            classic: Ok(None),
            owners: Ok(Some("/.github/ @a\n/.caskmcp/ @a\n".into())),
            token: Ok(TokenDefaults {
                default_workflow_permissions: "read".into(),
                can_approve_pull_request_reviews: false,
            }),
        }
    }

    fn ids(seen: &Seen, is: impl Fn(&State) -> bool) -> Vec<&'static str> {
        look(seen).into_iter().filter(|one| is(&one.state)).map(|one| one.id).collect()
    }

    fn missing(seen: &Seen) -> Vec<&'static str> {
        ids(seen, |state| *state == State::Missing)
    }

    #[test]
    fn what_is_there_is_there_by_either_kind_of_protection() {
        assert_eq!((missing(&all()), exit_code(&look(&all()))), (vec![], 0));
        let classic = json!({
            "required_status_checks": {"strict": true, "checks": [{"context": "gate", "app_id": 15368}]},
            "required_pull_request_reviews": {"dismiss_stale_reviews": true, "require_code_owner_reviews": true},
            "allow_force_pushes": {"enabled": false}
        });
        let classic = Ok(Some(serde_json::from_value(classic).unwrap()));
        assert_eq!(missing(&Seen { rules: Ok(Vec::new()), classic, ..all() }), Vec::<&str>::new());
    }

    #[test]
    fn each_that_is_taken_away_is_missing() {
        let without = |kind: &str| {
            let mut seen = all();
            seen.rules = seen.rules.map(|rules| rules.into_iter().filter(|rule| rule.kind != kind).collect());
            missing(&seen)
        };
        assert_eq!(without("pull_request"), ["pull-request", "stale-approvals", "code-owner-review"]);
        assert_eq!(without("required_status_checks"), ["required-check", "check-source", "up-to-date"]);
        assert_eq!(without("non_fast_forward"), ["force-push"]);
        assert_eq!(missing(&Seen { check: "other".into(), ..all() }), ["required-check", "check-source"]);
        assert_eq!(missing(&Seen { owners: Ok(None), ..all() }), ["owners-github", "owners-caskmcp"]);
        let owners = Ok(Some("/.github/ @a\n/.caskmcp/trust.yaml @a".into()));
        assert_eq!(missing(&Seen { owners, ..all() }), ["owners-caskmcp"]);
        let token = Ok(TokenDefaults {
            default_workflow_permissions: "write".into(),
            can_approve_pull_request_reviews: true,
        });
        assert_eq!(missing(&Seen { token, ..all() }), ["token-reads", "token-approves"]);
        let mut seen = all();
        for rule in seen.rules.iter_mut().flatten() {
            rule.parameters.required_status_checks.iter_mut().for_each(|check| check.integration_id = None);
        }
        assert_eq!((missing(&seen), exit_code(&look(&seen))), (vec!["check-source"], 1));
    }

    #[test]
    fn what_can_not_be_seen_is_neither_there_nor_missing() {
        let refused = || Refused::answered(Why::Forbidden, 403, "no", "administration: read", None);
        let unseen =
            |seen: &Seen| (ids(seen, |state| matches!(state, State::Unseen(..))), exit_code(&look(seen)));
        assert_eq!(
            unseen(&Seen { token: Err(refused()), ..all() }),
            (vec!["token-reads", "token-approves"], 3)
        );
        // What a ruleset has is there, whatever the other kind has.
        assert_eq!(unseen(&Seen { classic: Err(refused()), ..all() }), (vec![], 0));
        let hidden = Seen { rules: Ok(Vec::new()), classic: Err(refused()), ..all() };
        assert_eq!((unseen(&hidden).0.len(), unseen(&hidden).1), (7, 3));
        let hidden = Seen { rules: Err(refused()), ..all() };
        assert_eq!((unseen(&hidden).0.len(), missing(&hidden)), (7, vec![]));
        assert_eq!(unseen(&Seen { owners: Err(refused()), ..all() }).0.len(), 2);
        // A workflow that is required may be any.
        let any = json!([{"type": "workflows", "parameters": {"workflows": [{"path": ".github/workflows/spelling.yml"}]}}]);
        let any = Seen { rules: Ok(serde_json::from_value(any).unwrap()), ..all() };
        assert_eq!(unseen(&any), (vec!["required-check", "check-source"], 3));
    }
}
