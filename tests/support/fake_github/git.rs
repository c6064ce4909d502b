//! The bare repository on disk behind a world, asked by the program git.

use std::path::Path;
use std::process::{Command, Stdio};

/// What git prints; nothing where it refuses.
pub fn run(dir: &Path, args: &[&str]) -> Option<Vec<u8>> {
    let mut command = Command::new("git");
    for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("GIT_")) {
        command.env_remove(key);
    }
    let command = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let out = command.arg("-C").arg(dir).args(args).stdin(Stdio::null()).output().expect("git runs");
    out.status.success().then_some(out.stdout)
}

fn line(dir: &Path, args: &[&str]) -> Option<String> {
    Some(String::from_utf8(run(dir, args)?).ok()?.trim_end().to_owned())
}

/// The commit behind a branch, a tag, a full name or a hash.
pub fn commit(dir: &Path, name: &str) -> Option<String> {
    if name.is_empty() || name.starts_with('-') {
        return None;
    }
    let found =
        |name: String| line(dir, &["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]);
    found(format!("refs/heads/{name}"))
        .or_else(|| found(format!("refs/tags/{name}")))
        .or_else(|| found(name.to_owned()))
}

/// The object that a full name of a ref names, and its kind.
pub fn reference(dir: &Path, name: &str) -> Option<(String, String)> {
    let sha = line(dir, &["show-ref", "--verify", "--hash", name])?;
    let kind = kind(dir, &sha)?;
    Some((sha, kind))
}

/// `commit`, `tree`, `blob` or `tag`.
pub fn kind(dir: &Path, sha: &str) -> Option<String> {
    line(dir, &["cat-file", "-t", sha])
}

/// A commit taken apart.
pub struct Parts {
    pub sha: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub message: String,
    pub author: Person,
    pub committer: Person,
}

pub struct Person {
    pub name: String,
    pub email: String,
    pub time: i64,
}

pub fn parts(dir: &Path, sha: &str) -> Option<Parts> {
    let format = "--format=%H%n%T%n%P%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%B";
    let text = line(dir, &["show", "--no-patch", format, sha])?;
    let mut lines = text.splitn(10, '\n');
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (sha, tree, parents) = (next(), next(), next().split_whitespace().map(str::to_owned).collect());
    let mut person = || Person { name: next(), email: next(), time: next().parse().unwrap_or(0) };
    let (author, committer) = (person(), person());
    Some(Parts { sha, tree, parents, author, committer, message: next() })
}

/// One entry of a tree.
#[derive(Clone, Debug)]
pub struct Entry {
    pub mode: String,
    pub kind: String,
    pub sha: String,
    pub size: Option<u64>,
    pub path: String,
}

/// What a tree, or the tree of a commit, holds, and with `all` what is below it.
pub fn tree(dir: &Path, sha: &str, all: bool) -> Option<Vec<Entry>> {
    let mut args = vec!["ls-tree", "-z", "-l"];
    if all {
        args.extend(["-r", "-t"]);
    }
    args.push(sha);
    Some(entries(&run(dir, &args)?))
}

/// What stands at a path of a commit.
pub fn at(dir: &Path, commit: &str, path: &str) -> Option<Entry> {
    let listed = run(dir, &["--literal-pathspecs", "ls-tree", "-z", "-l", commit, "--", path])?;
    entries(&listed).into_iter().find(|entry| entry.path == path)
}

fn entries(listed: &[u8]) -> Vec<Entry> {
    let lines = listed.split(|b| *b == 0).filter(|line| !line.is_empty());
    lines
        .filter_map(|line| {
            let line = String::from_utf8_lossy(line);
            let (facts, path) = line.split_once('\t')?;
            let mut facts = facts.split_whitespace().map(str::to_owned);
            let (mode, kind, sha, size) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
            Some(Entry { mode, kind, sha, size: size.parse().ok(), path: path.to_owned() })
        })
        .collect()
}

pub fn blob(dir: &Path, sha: &str) -> Option<Vec<u8>> {
    (kind(dir, sha)? == "blob").then(|| run(dir, &["cat-file", "blob", sha]))?
}

pub fn merge_base(dir: &Path, one: &str, other: &str) -> Option<String> {
    line(dir, &["merge-base", one, other])
}

/// Commits that are on the second side alone, oldest first.
pub fn between(dir: &Path, base: &str, head: &str) -> Vec<String> {
    let listed = line(dir, &["rev-list", "--reverse", &format!("{base}..{head}")]).unwrap_or_default();
    listed.lines().map(str::to_owned).collect()
}

/// A file that differs, as GitHub lists it.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    pub path: String,
    pub before: Option<String>,
    pub status: &'static str,
    pub sha: Option<String>,
    pub additions: u64,
    pub deletions: u64,
    /// Hunks, from the first `@@` on; none for binary files.
    pub patch: Option<String>,
}

/// What changed from one commit to another.
pub fn changed(dir: &Path, base: &str, head: &str) -> Vec<Changed> {
    let raw = run(dir, &["diff", "--raw", "-z", "-M", "--abbrev=64", base, head]).unwrap_or_default();
    let raw = String::from_utf8_lossy(&raw).into_owned();
    let mut fields = raw.split('\0');
    let mut files = Vec::new();
    while let Some(facts) = fields.next().filter(|facts| facts.starts_with(':')) {
        let facts: Vec<_> = facts.split(' ').collect();
        let first = fields.next().unwrap_or_default().to_owned();
        let (before, path) = match facts[4].as_bytes()[0] {
            b'R' | b'C' => (Some(first), fields.next().unwrap_or_default().to_owned()),
            _ => (None, first),
        };
        let status = match facts[4].as_bytes()[0] {
            b'A' => "added",
            b'D' => "removed",
            b'R' => "renamed",
            b'C' => "copied",
            b'T' => "changed",
            _ => "modified",
        };
        let sha = (status != "removed").then(|| facts[3].to_owned());
        let mut file = Changed { path, before, status, sha, ..Changed::default() };
        fill(dir, base, head, &mut file);
        files.push(file);
    }
    files
}

fn fill(dir: &Path, base: &str, head: &str, file: &mut Changed) {
    let mut args = vec!["--literal-pathspecs", "diff", "--no-color", "-U3", "-M", base, head, "--"];
    args.extend(file.before.as_deref());
    args.push(&file.path);
    let text = String::from_utf8_lossy(&run(dir, &args).unwrap_or_default()).into_owned();
    let Some(start) = text.find("\n@@ ") else { return };
    let patch = text[start + 1..].trim_end_matches('\n').to_owned();
    let count = |sign: char| patch.lines().filter(|line| line.starts_with(sign)).count() as u64;
    (file.additions, file.deletions) = (count('+'), count('-'));
    file.patch = Some(patch);
}

/// Lines of the new side that stand in a patch: those that may be commented on.
pub fn right_lines(patch: &str) -> Vec<u64> {
    let (mut lines, mut at) = (Vec::new(), 0);
    for line in patch.lines() {
        if let Some(hunk) = line.strip_prefix("@@ ") {
            let new = hunk.split(' ').find_map(|part| part.strip_prefix('+')).unwrap_or("0");
            at = new.split(',').next().and_then(|n| n.parse().ok()).unwrap_or(0);
        } else if line.starts_with('+') || line.starts_with(' ') || line.is_empty() {
            lines.push(at);
            at += 1;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::right_lines;

    #[test]
    fn only_what_is_in_a_hunk_may_be_commented_on() {
        let patch =
            "@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n@@ -9 +10,2 @@ fn\n x\n+y\n\\ No newline at end of file";
        assert_eq!(right_lines(patch), [1, 2, 3, 4, 10, 11]);
    }
}
