//! Comments on lines of a pull request: what is to be said and what stands there in, what is posted and deleted
//! out. Only lines that the change shows can be commented, so a patch is read here too.

use std::collections::{BTreeMap, BTreeSet};

use super::sticky::{Seen, is_by};
use crate::canon::digest;

/// Most comments of a pull request.
const MOST: usize = 30;

/// What is to be said of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The file.
    pub path: String,
    /// The line in the state under review.
    pub line: u32,
    /// What it is recognised by: 16 hex.
    pub print: String,
    /// What is said, as Markdown.
    pub text: String,
}

/// A file that the pull request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its hunks; none where they are too many.
    pub patch: Option<&'a str>,
    /// Whether it is gone.
    pub removed: bool,
}

/// A comment that stands on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What it is, and whose.
    pub seen: Seen,
    /// The comment that it answers.
    pub answers: Option<u64>,
}

/// A comment to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// The file.
    pub path: String,
    /// The line; none for the file as a whole.
    pub line: Option<u32>,
    /// Marker and text.
    pub body: String,
}

/// What is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// New comments.
    pub post: Vec<Inline>,
    /// Comments of ours whose finding is gone.
    pub delete: Vec<u64>,
}

/// The first line of a comment on a line: of which job it is, and of which finding.
fn marker(id: &str, print: &str) -> String {
    format!("<!-- cask:line v=1 id={id} print={print} -->")
}

/// Of which finding a comment of this job is.
fn print_of<'a>(body: &'a str, id: &str) -> Option<&'a str> {
    let line = body.lines().next()?;
    let print = line.strip_prefix(&format!("<!-- cask:line v=1 id={id} print="))?.strip_suffix(" -->")?;
    (print.len() == 16 && print.bytes().all(|b| b.is_ascii_hexdigit())).then_some(print)
}

/// What is done about these wishes, the gravest first.
pub fn plan(wishes: &[Wish], files: &[Changed], standing: &[Standing], login: &str, id: &str) -> Plan {
    let shown: BTreeMap<&str, Option<BTreeSet<u32>>> = files
        .iter()
        .filter(|file| !file.removed)
        .map(|file| (file.path, file.patch.map(right_lines)))
        .collect();
    let ours: Vec<(&str, &Standing)> = standing
        .iter()
        .filter(|one| is_by(&one.seen, login))
        .filter_map(|one| Some((print_of(&one.seen.body, id)?, one)))
        .collect();
    let there: BTreeSet<&str> = ours.iter().map(|(print, _)| *print).collect();
    let answered: BTreeSet<u64> = standing.iter().filter_map(|one| one.answers).collect();

    let mut wanted = BTreeSet::new();
    let mut post = Vec::new();
    for wish in wishes {
        if wanted.len() == MOST {
            break;
        }
        let line = match shown.get(wish.path.as_str()) {
            Some(Some(lines)) if lines.contains(&wish.line) => Some(wish.line),
            // The patch is too large to be shown: the comment stands at the file.
            Some(None) => None,
            _ => continue,
        };
        let print = print(wish);
        if wanted.insert(print.clone()) && !there.contains(print.as_str()) {
            let body = format!("{}\n{}", marker(id, &print), wish.text);
            post.push(Inline { path: wish.path.clone(), line, body });
        }
    }
    // What is no longer among the gravest but still found stays: somebody may be reading it.
    let found: BTreeSet<String> = wishes.iter().map(print).collect();
    let mut kept = BTreeSet::new();
    let delete = ours
        .iter()
        .filter(|(print, one)| {
            let gone = !found.contains(*print) || !kept.insert(*print);
            gone && !answered.contains(&one.seen.id)
        })
        .map(|(_, one)| one.seen.id)
        .collect();
    Plan { post, delete }
}

fn print(wish: &Wish) -> String {
    digest::id16(&["cask.line/1", &wish.path, &wish.print])
}

/// The lines of the new state that hunks show.
pub fn right_lines(patch: &str) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    let mut at = None;
    for line in patch.split('\n') {
        if let Some(head) = line.strip_prefix("@@ ") {
            at = start_of(head);
            continue;
        }
        let Some(number) = at.as_mut() else { continue };
        // `-` is a line of the old state, `\` says that a file ends without a line feed.
        if line.starts_with(['+', ' ']) {
            lines.insert(*number);
            *number = number.saturating_add(1);
        }
    }
    lines
}

/// The first line of the new state in `-a,b +c,d @@`.
fn start_of(head: &str) -> Option<u32> {
    let (_, right) = head.split_once('+')?;
    let digits: String = right.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::sticky::JOB;
    use super::*;

    const ID: &str = "0123456789abcdef";
    const PATCH: &str =
        "@@ -1,3 +1,4 @@ tools\n a\n-b\n+c\n+d\n e\n\\ No newline at end of file\n@@ -9 +20,2 @@\n+x\n y";

    fn wish(path: &str, line: u32, print: &str) -> Wish {
        Wish { path: path.to_owned(), line, print: print.to_owned(), text: format!("about {print}") }
    }

    fn changed<'a>(path: &'a str, patch: Option<&'a str>) -> Changed<'a> {
        Changed { path, patch, removed: false }
    }

    fn standing(id: u64, login: &str, body: &str) -> Standing {
        let seen = Seen {
            id,
            login: login.to_owned(),
            bot: login.ends_with(']'),
            body: body.to_owned(),
            ..Seen::default()
        };
        Standing { seen, answers: None }
    }

    #[test]
    fn hunks_show_added_and_unchanged_lines() {
        assert_eq!(right_lines(PATCH), BTreeSet::from([1, 2, 3, 4, 20, 21]));
        for odd in ["", "no hunk\n+a", "@@ nonsense @@\n+a", "@@ -1 +99999999999 @@\n+a"] {
            assert!(right_lines(odd).is_empty(), "{odd}");
        }
        assert_eq!(right_lines("@@ -1 +4294967295 @@\n+a\n+b"), BTreeSet::from([u32::MAX]));
    }

    #[test]
    fn only_lines_that_the_change_shows_are_commented() {
        let wishes = [
            wish("t.json", 3, "a"),
            wish("t.json", 7, "b"),
            wish("other.json", 1, "c"),
            wish("big.json", 900, "d"),
        ];
        let files = [changed("t.json", Some(PATCH)), changed("big.json", None)];
        let plan = plan(&wishes, &files, &[], JOB, ID);
        let posted: Vec<(&str, Option<u32>)> =
            plan.post.iter().map(|one| (one.path.as_str(), one.line)).collect();
        assert_eq!(posted, [("t.json", Some(3)), ("big.json", None)]);
        assert!(
            plan.post[0].body.starts_with("<!-- cask:line v=1 id=0123456789abcdef print=")
                && plan.delete.is_empty()
        );
        let gone = [Changed { removed: true, ..changed("t.json", Some(PATCH)) }];
        assert!(super::plan(&wishes, &gone, &[], JOB, ID).post.is_empty());
    }

    #[test]
    fn what_stands_there_is_not_said_twice_and_what_is_gone_is_deleted() {
        let files = [changed("t.json", Some(PATCH))];
        let first = plan(&[wish("t.json", 3, "a"), wish("t.json", 4, "b")], &files, &[], JOB, ID);
        let there = [standing(1, JOB, &first.post[0].body), standing(2, JOB, &first.post[1].body)];
        let again = |wishes: &[Wish], standing: &[Standing]| plan(wishes, &files, standing, JOB, ID);
        let both = [wish("t.json", 3, "a"), wish("t.json", 4, "b")];
        assert_eq!(again(&both, &there), Plan::default());
        assert_eq!(again(&both[..1], &there), Plan { post: vec![], delete: vec![2] });
        let mut answered = there.to_vec();
        answered.push(Standing { answers: Some(2), ..standing(3, "dev", "why?") });
        assert_eq!(again(&both[..1], &answered), Plan::default(), "somebody answered it");
        let forged = [standing(1, "mallory", &first.post[0].body)];
        assert_eq!(again(&both[..1], &forged).post.len(), 1);
        assert_eq!(again(&[], &forged).delete, Vec::<u64>::new(), "what others wrote is theirs");
    }

    #[test]
    fn there_are_never_more_than_thirty() {
        let patch = format!("@@ -0,0 +1,100 @@\n{}", "+x\n".repeat(100));
        let files = [changed("t.json", Some(&patch))];
        let wishes: Vec<Wish> = (1..=100).map(|n| wish("t.json", n, &n.to_string())).collect();
        let first = plan(&wishes, &files, &[], JOB, ID);
        assert_eq!(first.post.len(), MOST);
        let there: Vec<Standing> =
            first.post.iter().zip(1..).map(|(one, id)| standing(id, JOB, &one.body)).collect();
        assert_eq!(plan(&wishes, &files, &there, JOB, ID), Plan::default());
    }
}
