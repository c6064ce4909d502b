//! Which sides an event means: a payload in, names of commits and branches out. Nothing is looked up here.
//!
//! The base is where the pull request can't reach: the tip of its branch as it is now, not as the payload has it,
//! since a key that was revoked since then must count at once.

use super::event::{Event, Payload, Pull, Push, WorkflowRun};

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// The merge of a pull request with its base, where that is what is checked out; else the tip of its branch.
    Merge {
        /// The tip.
        tip: String,
    },
    /// The same, read without a checkout: the merge that GitHub tried, if it is one of this tip.
    Remote {
        /// The tip.
        tip: String,
        /// The merge.
        merge: Option<String>,
    },
    /// A commit.
    Commit(String),
    /// A branch, tag or commit that the workflow names.
    Named(String),
    /// What is checked out.
    CheckedOut,
}

/// What it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// Where it left a branch, or the first parent of its merge into it.
    Branch(String),
    /// A commit.
    Commit(String),
    /// A commit if the head descends from it, else where the head left the default branch.
    Before(String),
    /// Where it left the default branch.
    Default,
    /// A branch, tag or commit that the workflow names.
    Named(String),
    /// Itself: nothing is proposed, all is judged again.
    Itself,
}

/// Whose trust file judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The tip of the default branch.
    Default,
    /// What the head is compared with: it is the default branch, as it was.
    Base,
}

/// The sides of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// What is judged.
    pub head: Head,
    /// What it is compared with.
    pub base: Base,
    /// Whose trust file judges.
    pub trust: Trust,
    /// The pull request, if it is one.
    pub pull: Option<Pull>,
    /// Login of who proposes the change, where the event says so.
    pub author: Option<String>,
}

/// Why there is nothing to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// There is nothing to judge: the reason.
    Skipped(&'static str),
    /// The pull request has to be found first.
    Find(Box<WorkflowRun>),
    /// An input that would move a side of a pull request out of its place.
    Refused(&'static str),
    /// Nobody knows which sides this event has.
    Unsupported,
}

/// The sides that an event means; `base` and `head` are what the workflow names.
///
/// # Errors
/// Why there are none.
pub fn sides(payload: &Payload, base: Option<&str>, head: Option<&str>) -> Result<Sides, Stop> {
    let fixed = matches!(
        payload.event,
        Event::PullRequest(_) | Event::PullRequestTarget(_) | Event::MergeGroup(_) | Event::WorkflowRun(_)
    );
    if fixed && let Some(input) = base.map(|_| "base-ref").or(head.map(|_| "head-ref")) {
        return Err(Stop::Refused(input));
    }
    let named_head = head.map(|name| Head::Named(name.to_owned()));
    let named_base = base.map(|name| Base::Named(name.to_owned()));
    match &payload.event {
        Event::PullRequest(pull) => Ok(of_pull(pull, Head::Merge { tip: pull.head.sha.clone() })),
        Event::PullRequestTarget(pull) => Ok(without_checkout(pull)),
        Event::MergeGroup(group) => Ok(Sides {
            head: Head::Commit(group.head_sha.clone()),
            base: Base::Commit(group.base_sha.clone()),
            trust: Trust::Default,
            pull: None,
            author: None,
        }),
        Event::Push(push) => of_push(payload, push, named_base, named_head),
        Event::WorkflowRun(run) if run.event == "pull_request" => Err(Stop::Find(Box::new(run.clone()))),
        Event::WorkflowRun(_) => Err(Stop::Skipped("the run that ended was of no pull request")),
        Event::Schedule | Event::Dispatch => Ok(Sides {
            // Nobody proposes anything: what is in force is judged again.
            base: named_base.unwrap_or(if head.is_some() { Base::Default } else { Base::Itself }),
            head: named_head.unwrap_or(Head::CheckedOut),
            trust: Trust::Default,
            pull: None,
            author: None,
        }),
        Event::Other => match (named_base, named_head) {
            (Some(base), Some(head)) => {
                Ok(Sides { head, base, trust: Trust::Default, pull: None, author: None })
            }
            _ => Err(Stop::Unsupported),
        },
    }
}

/// The sides of a pull request of which nothing is checked out.
pub fn without_checkout(pull: &Pull) -> Sides {
    let head = Head::Remote { tip: pull.head.sha.clone(), merge: pull.merge_commit_sha.clone() };
    of_pull(pull, head)
}

fn of_pull(pull: &Pull, head: Head) -> Sides {
    Sides {
        head,
        base: Base::Branch(pull.base.name.clone()),
        trust: Trust::Default,
        author: pull.user.as_ref().map(|user| user.login.clone()).filter(|login| !login.is_empty()),
        pull: Some(pull.clone()),
    }
}

fn of_push(payload: &Payload, push: &Push, base: Option<Base>, head: Option<Head>) -> Result<Sides, Stop> {
    let is_zero = |sha: &str| sha.bytes().all(|b| b == b'0');
    if push.deleted || is_zero(&push.after) {
        return Err(Stop::Skipped("the ref was deleted"));
    }
    let default = payload.repository.as_ref().and_then(|repository| repository.default_branch.as_deref());
    let is_default = default.is_some() && push.branch() == default;
    let (before, trust) = match (is_zero(&push.before), is_default) {
        // The branch that judges has just been made: there was none before.
        (true, true) => (Base::Itself, Trust::Base),
        (true, false) => (Base::Default, Trust::Default),
        // Its own change must not be judged by what it brought.
        (false, true) => (Base::Commit(push.before.clone()), Trust::Base),
        (false, false) => (Base::Before(push.before.clone()), Trust::Default),
    };
    Ok(Sides {
        head: head.unwrap_or_else(|| Head::Commit(push.after.clone())),
        base: base.unwrap_or(before),
        trust,
        pull: None,
        // Whoever pushed need not have written it.
        author: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::event::read;
    use super::*;
    use serde_json::json;

    fn of(name: &str, payload: &serde_json::Value) -> Result<Sides, Stop> {
        sides(&read(name, "event.json", payload.to_string().as_bytes()).unwrap(), None, None)
    }

    fn push(before: &str, after: &str, branch: &str) -> Result<Sides, Stop> {
        of(
            "push",
            &json!({"before": before.repeat(40), "after": after.repeat(40), "ref": format!("refs/heads/{branch}"),
                "repository": {"id": 1, "full_name": "acme/shop", "default_branch": "main"}}),
        )
    }

    #[test]
    fn a_push_is_compared_with_what_was_before_it() {
        let side = push("a", "b", "x").unwrap();
        assert_eq!((side.base, side.trust), (Base::Before("a".repeat(40)), Trust::Default));
        let main = push("a", "b", "main").unwrap();
        assert_eq!((main.base, main.trust), (Base::Commit("a".repeat(40)), Trust::Base));
        assert_eq!(push("0", "b", "x").unwrap().base, Base::Default);
        assert_eq!(push("0", "b", "main").unwrap().base, Base::Itself);
        assert_eq!(push("a", "0", "x"), Err(Stop::Skipped("the ref was deleted")));
    }

    #[test]
    fn no_input_moves_a_side_of_a_pull_request() {
        let sha = "a".repeat(40);
        let pull = json!({"pull_request": {"number": 1, "base": {"ref": "main", "sha": sha, "repo": {"id": 1}},
            "head": {"ref": "x", "sha": sha, "repo": {"id": 1}}}});
        for name in ["pull_request", "pull_request_target"] {
            let payload = read(name, "event.json", pull.to_string().as_bytes()).unwrap();
            assert_eq!(sides(&payload, Some("mine"), None), Err(Stop::Refused("base-ref")));
            assert_eq!(sides(&payload, None, Some("main")), Err(Stop::Refused("head-ref")));
            assert_eq!(sides(&payload, None, None).unwrap().base, Base::Branch("main".into()));
        }
    }

    #[test]
    fn an_event_that_nobody_knows_is_judged_only_between_named_commits() {
        let payload = read("issue_comment", "event.json", b"{}").unwrap();
        assert_eq!(sides(&payload, Some("main"), None), Err(Stop::Unsupported));
        assert_eq!(sides(&payload, Some("main"), Some("x")).unwrap().head, Head::Named("x".into()));
        let payload = read("schedule", "event.json", b"{\"schedule\": \"1 2 * * *\"}").unwrap();
        assert_eq!(sides(&payload, None, None).unwrap().base, Base::Itself);
    }

    #[test]
    fn a_run_that_ended_is_asked_for_its_pull_request() {
        let run = |event: &str| {
            json!({"workflow_run": {"id": 5, "event": event, "head_sha": "a".repeat(40), "head_branch": "x",
                "head_repository": {"id": 2, "owner": {"login": "mallory"}}}})
        };
        assert!(matches!(of("workflow_run", &run("pull_request")), Err(Stop::Find(_))));
        assert!(matches!(of("workflow_run", &run("push")), Err(Stop::Skipped(_))));
    }
}
