//! What is pushed or committed, as whoever calls the hook says it: the variables of pre-commit first, then the
//! lines that git writes. Text in, values out; nothing is looked up here.

use super::script::Stage;
use crate::io::oid::Oid;

/// One ref of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What the person calls it: a branch, `HEAD`. For people.
    pub name: String,
    /// What goes out.
    pub local: Oid,
    /// The ref that it becomes there.
    pub remote_ref: String,
    /// What stands there now; none if nothing does.
    pub remote: Option<Oid>,
}

/// What is to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// These refs; those that go away and tags are left out.
    Refs(Vec<Pushed>),
    /// A range, by the names that a variable gave.
    Range {
        /// What there is already.
        from: String,
        /// What goes out.
        to: String,
        /// What the person calls it.
        name: String,
        /// The ref that it becomes, if it was said.
        remote_ref: Option<String>,
    },
    /// A branch that goes where nothing of it is yet.
    New(String),
    /// What is staged.
    Staged,
    /// What is staged or, where nothing is, what is checked out: nobody said which.
    StagedOrCurrent,
    /// What is checked out.
    Current,
}

/// What pre-commit's variables say, or the stage alone. None if it is not pre-commit that calls.
///
/// # Errors
/// One end of a range without the other.
pub fn of_env(stage: Option<Stage>, var: impl Fn(&str) -> Option<String>) -> Result<Option<Asked>, String> {
    if stage == Some(Stage::PreCommit) {
        return Ok(Some(Asked::Staged));
    }
    let (from, to) = (var("PRE_COMMIT_FROM_REF"), var("PRE_COMMIT_TO_REF"));
    let remote_ref = var("PRE_COMMIT_REMOTE_BRANCH");
    if remote_ref.as_deref().is_some_and(is_tag) {
        return Ok(Some(Asked::Refs(Vec::new())));
    }
    match (from, to) {
        (Some(from), Some(to)) => {
            let name = var("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| to.clone());
            return Ok(Some(Asked::Range { from, to, name, remote_ref }));
        }
        (Some(_), None) => return Err("PRE_COMMIT_FROM_REF is set and PRE_COMMIT_TO_REF is not".to_owned()),
        (None, Some(_)) => return Err("PRE_COMMIT_TO_REF is set and PRE_COMMIT_FROM_REF is not".to_owned()),
        (None, None) => {}
    }
    // The first push to an empty remote has no range.
    if let Some(local) = var("PRE_COMMIT_LOCAL_BRANCH").filter(|_| remote_ref.is_some()) {
        return Ok(Some(Asked::New(local)));
    }
    if var("PRE_COMMIT").is_none() {
        return Ok(None);
    }
    Ok(Some(match stage {
        Some(_) => Asked::Current,
        None => Asked::StagedOrCurrent,
    }))
}

/// What git writes to a pre-push hook, a line a ref: `<local ref> <local oid> <remote ref> <remote oid>`. Refs
/// that go away and tags are left out.
///
/// # Errors
/// The number of the first line that is none of these.
pub fn of_lines(text: &[u8]) -> Result<Vec<Pushed>, usize> {
    let text = String::from_utf8_lossy(text);
    let mut refs = Vec::new();
    for (number, line) in text.lines().enumerate() {
        // The local side can be an expression with blanks in it: from the right.
        let mut parts = line.rsplitn(4, ' ');
        let mut next = || parts.next().filter(|part| !part.is_empty()).ok_or(number + 1);
        let (remote, remote_ref, local, name) = (next()?, next()?, next()?, next()?);
        let oid = |text: &str| Oid::parse(text).ok_or(number + 1);
        let (local, remote) = (oid(local)?, oid(remote)?);
        if local.is_zero() || is_tag(remote_ref) {
            continue;
        }
        refs.push(Pushed {
            name: name.to_owned(),
            local,
            remote_ref: remote_ref.to_owned(),
            remote: Some(remote).filter(|oid| !oid.is_zero()),
        });
    }
    Ok(refs)
}

/// A tag names what was judged as a branch, or what nobody runs from a branch.
fn is_tag(refname: &str) -> bool {
    refname.starts_with("refs/tags/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(local: &str, there: &str, remote_ref: &str) -> String {
        format!("refs/heads/x {} {remote_ref} {}\n", local.repeat(40), there.repeat(40))
    }

    #[test]
    fn lines_of_git_are_read_and_what_goes_away_is_left_out() {
        let text = [
            line("a", "b", "refs/heads/main"),
            line("a", "0", "refs/heads/new"),
            line("0", "b", "refs/heads/gone"),
            line("a", "0", "refs/tags/v1"),
            line("a", "0", "refs/for/main"),
            format!("HEAD^{{/fix me}} {} refs/heads/é {}\n", "c".repeat(64), "d".repeat(64)),
        ];
        let refs = of_lines(text.concat().as_bytes()).unwrap();
        let told: Vec<(&str, &str, bool)> =
            refs.iter().map(|r| (r.name.as_str(), r.remote_ref.as_str(), r.remote.is_some())).collect();
        assert_eq!(
            told,
            [
                ("refs/heads/x", "refs/heads/main", true),
                ("refs/heads/x", "refs/heads/new", false),
                ("refs/heads/x", "refs/for/main", false),
                ("HEAD^{/fix me}", "refs/heads/é", true),
            ]
        );
        assert_eq!(of_lines(b"").unwrap(), []);
    }

    #[test]
    fn a_line_that_is_none_is_never_taken_for_nothing() {
        let good = line("a", "b", "refs/heads/main");
        for bad in ["x", "\n", "a b c d\n", "refs/heads/x abc refs/heads/x abc\n", "a\0b\n"] {
            assert_eq!(of_lines(format!("{good}{bad}").as_bytes()), Err(2), "{bad:?}");
        }
        assert_eq!(of_lines(&[0xff, b'\n']), Err(1));
    }

    #[test]
    fn the_variables_of_pre_commit_say_what_it_calls_for() {
        let asked = |stage, vars: &[(&str, &str)]| {
            let find = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            of_env(stage, find)
        };
        let (pc, from, to) = (("PRE_COMMIT", "1"), ("PRE_COMMIT_FROM_REF", "a"), ("PRE_COMMIT_TO_REF", "b"));
        let (local, remote) =
            (("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/l"), ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/r"));
        let range = |name: &str, remote: Option<&str>| {
            let (from, to, name) = ("a".into(), "b".into(), name.into());
            Some(Asked::Range { from, to, name, remote_ref: remote.map(str::to_owned) })
        };
        assert_eq!(asked(None, &[]), Ok(None));
        assert_eq!(asked(None, &[pc, from, to]), Ok(range("b", None)));
        assert_eq!(
            asked(None, &[pc, from, to, local, remote]),
            Ok(range("refs/heads/l", Some("refs/heads/r")))
        );
        assert_eq!(asked(None, &[pc, local, remote]), Ok(Some(Asked::New("refs/heads/l".into()))));
        assert_eq!(asked(None, &[pc]), Ok(Some(Asked::StagedOrCurrent)));
        assert_eq!(asked(Some(Stage::PrePush), &[pc]), Ok(Some(Asked::Current)));
        assert_eq!(asked(Some(Stage::PreCommit), &[pc, from, to]), Ok(Some(Asked::Staged)));
        let tag = ("PRE_COMMIT_REMOTE_BRANCH", "refs/tags/v1");
        assert_eq!(asked(None, &[pc, from, to, local, tag]), Ok(Some(Asked::Refs(Vec::new()))));
        assert!(asked(None, &[pc, from]).is_err() && asked(None, &[to]).is_err());
    }
}
