//! The repository, read through the git program: commits, history, who descends from whom.
//!
//! Everything is read from objects. Git is called so that nothing in a repository's configuration,
//! attributes, hooks, replacement refs or grafts is run or believed, nothing is fetched, and no name from
//! outside can be taken for an option.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::batch::{Answer, Objects};
use super::failure::Failure;
use super::oid::Oid;
use super::process::{self, Output};

/// How long one call of git may take.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Most bytes that one call of git may print: the listing of some two million files.
const MAX_OUTPUT: usize = 256 << 20;
/// Most bytes of a commit object that are read.
const MAX_COMMIT: usize = 16 << 20;
/// Most commits that a history is followed.
pub const MAX_HISTORY: usize = 10_000;

/// A repository on this machine. Cheap to clone; clones share one reader of objects.
#[derive(Clone)]
pub struct Repo {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    git_dir: PathBuf,
    bare: bool,
    shallow: bool,
    objects: Objects,
}

/// Commits that changed a path, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The commits.
    pub commits: Vec<Oid>,
    /// False if the clone is shallow or the bound was reached: there may be more.
    pub complete: bool,
}

impl Repo {
    /// Finds the repository that `cwd` lies in; none if there is none.
    ///
    /// A folder with a work tree wins over a bare repository below it, so a bare repository that was
    /// committed as files is never taken for the real one.
    ///
    /// # Errors
    /// git is missing, too old, or refuses the repository.
    pub fn discover(cwd: &Path) -> Result<Option<Repo>, Failure> {
        let subject = "the repository";
        let cwd = cwd.canonicalize().map_err(|e| {
            Failure::new(subject, format!("its folder can't be read: {e}"))
                .hint("name a folder that is there, or change to one")
        })?;
        let with_tree = cwd.ancestors().map(|dir| dir.join(".git")).find(|git| is_git_link(git));
        let (root, git_dir, bare) = match with_tree {
            Some(git) => (git.parent().unwrap_or(&cwd).to_owned(), git, false),
            None => match cwd.ancestors().find(|dir| is_git_dir(dir)) {
                Some(dir) => (dir.to_owned(), dir.to_owned(), true),
                None => return Ok(None),
            },
        };
        let mut command = base_command(&root, &git_dir, bare, None);
        command.args(["rev-parse", "--is-shallow-repository", "--show-object-format", "--absolute-git-dir"]);
        let out = finish(&mut command, subject)?;
        let text = String::from_utf8_lossy(&out.stdout);
        let mut lines = text.lines();
        let (shallow, format, found) = (lines.next(), lines.next(), lines.next());
        let (Some(0), Some(shallow @ ("true" | "false")), Some("sha1" | "sha256"), Some(found)) =
            (out.code, shallow, format, found)
        else {
            let message = match is_git_dir(&git_dir) || git_dir.is_file() {
                true => "git refuses to read it",
                false => "its .git folder is damaged",
            };
            // Where this machine keeps the repository is no news, and in no report.
            let why = out.complaint().replace(git_dir.to_string_lossy().as_ref(), ".git");
            return Err(Failure::new(subject, message)
                .why(why)
                .hint("git status")
                .hint("git --version   (2.25 or newer is needed)"));
        };
        let shallow = shallow == "true";
        let git_dir = if bare { git_dir } else { PathBuf::from(found) };
        let (r, g) = (root.clone(), git_dir.clone());
        let objects = Objects::new(move || base_command(&r, &g, bare, None));
        Ok(Some(Repo { inner: Arc::new(Inner { root, git_dir, bare, shallow, objects }) }))
    }

    /// The top folder of the work tree; of a bare repository, the repository itself.
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// The folder that holds HEAD; in a linked work tree its own one.
    pub fn git_dir(&self) -> &Path {
        &self.inner.git_dir
    }

    /// Whether there is no work tree.
    pub fn is_bare(&self) -> bool {
        self.inner.bare
    }

    /// Whether history was cut off when this was cloned.
    pub fn is_shallow(&self) -> bool {
        self.inner.shallow
    }

    /// The reader of objects.
    pub(crate) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    /// Git in this repository, with nothing to do yet.
    pub(super) fn command(&self) -> Command {
        base_command(&self.inner.root, &self.inner.git_dir, self.inner.bare, None)
    }

    /// Runs a subcommand of git that only reads. `index` names another index than the repository's own.
    ///
    /// # Errors
    /// Git could not be run to its end. A code other than 0 is for the caller to judge.
    pub(crate) fn git(
        &self,
        args: &[&OsStr],
        index: Option<&Path>,
        subject: &str,
    ) -> Result<Output, Failure> {
        let mut command = base_command(&self.inner.root, &self.inner.git_dir, self.inner.bare, index);
        command.args(args);
        finish(&mut command, subject)
    }

    /// As [`Repo::git`], with what it printed as text.
    pub(crate) fn git_text(
        &self,
        args: &[&str],
        subject: &str,
    ) -> Result<(Option<i32>, String, Output), Failure> {
        let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
        let out = self.git(&args, None, subject)?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        Ok((out.code, text, out))
    }

    /// The commit that an object is, or that a tag object leads to; none if it is not here.
    ///
    /// # Errors
    /// Git failed.
    pub fn commit_at(&self, oid: &Oid) -> Result<Option<Oid>, Failure> {
        let answer = self.objects().one(format!("{oid}^{{commit}}"), MAX_COMMIT);
        match answer.map_err(|why| Failure::new(oid.as_str(), "the commit can't be read").why(why))? {
            Answer::Object { oid, .. } => Ok(Some(oid)),
            Answer::Missing => Ok(None),
            Answer::TooLarge(size) => Err(too_large(oid, size)),
        }
    }

    /// Whether an object is here, whatever it is.
    ///
    /// # Errors
    /// Git failed.
    pub(crate) fn has(&self, oid: &Oid) -> Result<bool, Failure> {
        let answer = self.objects().one(oid.as_str(), 0);
        let answer = answer.map_err(|why| Failure::new(oid.as_str(), "it can't be read").why(why))?;
        Ok(!matches!(answer, Answer::Missing))
    }

    /// The parents of a commit as its object names them, whether they are here or not: in a checkout of
    /// depth 1 `HEAD^1` can't be resolved, but can be named.
    ///
    /// # Errors
    /// The commit is not here, or git failed.
    pub fn commit_parents(&self, commit: &Oid) -> Result<Vec<Oid>, Failure> {
        let answer = self.objects().one(commit.as_str(), MAX_COMMIT);
        match answer.map_err(|why| Failure::new(commit.as_str(), "the commit can't be read").why(why))? {
            Answer::Object { kind, bytes, .. } if kind == "commit" => Ok(parents(&bytes)),
            Answer::Object { kind, .. } => {
                Err(Failure::new(commit.as_str(), format!("it is a {kind}, not a commit")))
            }
            Answer::Missing => Err(self.unknown(commit.as_str())),
            Answer::TooLarge(size) => Err(too_large(commit, size)),
        }
    }

    /// The best common ancestor of two commits; none if they have none, or several: of a crossed history
    /// either side can have put one there in which things are as it likes.
    ///
    /// # Errors
    /// Git failed, or the clone is shallow and so can't tell that there is none.
    pub fn merge_base(&self, a: &Oid, b: &Oid) -> Result<Option<Oid>, Failure> {
        if a == b {
            return Ok(Some(a.clone()));
        }
        let subject = format!("the merge base of {} and {}", a.short(), b.short());
        let args = ["merge-base", "--all", "--end-of-options", a.as_str(), b.as_str()];
        let (code, text, out) = self.git_text(&args, &subject)?;
        let mut found = text.lines().map(Oid::parse);
        match (code, found.next().flatten()) {
            (Some(0), Some(oid)) => Ok(found.next().is_none().then_some(oid)),
            (Some(1), None) if self.is_shallow() => {
                Err(Failure::new(subject, "it lies beyond the history of this shallow clone")
                    .hint("actions/checkout with  fetch-depth: 0")
                    .hint("git fetch --unshallow"))
            }
            (Some(1), None) => Ok(None),
            _ => Err(Failure::new(subject, "git can't find it").why(out.complaint())),
        }
    }

    /// Whether `ancestor` is `commit` or one of its ancestors. In a shallow clone "no" means "not within
    /// the history that is here".
    ///
    /// # Errors
    /// One of them is not here, or git failed.
    pub fn is_ancestor(&self, ancestor: &Oid, commit: &Oid) -> Result<bool, Failure> {
        let subject = format!("whether {} descends from {}", commit.short(), ancestor.short());
        let args = ["merge-base", "--is-ancestor", "--end-of-options", ancestor.as_str(), commit.as_str()];
        match self.git_text(&args, &subject)? {
            (Some(0), ..) => Ok(true),
            (Some(1), ..) => Ok(false),
            (.., out) => Err(Failure::new(subject, "git can't tell").why(out.complaint())),
        }
    }

    /// The commits along first parents that changed a path, from `tip` back, newest first; at most
    /// [`MAX_HISTORY`]. With first parents a merge counts as the change that it brought.
    ///
    /// # Errors
    /// The commit is not here, or git failed.
    pub fn first_parent_history(&self, tip: &Oid, path: &str) -> Result<History, Failure> {
        let subject = format!("the history of {path}");
        let count = format!("--max-count={}", MAX_HISTORY + 1);
        let args = ["rev-list", "--first-parent", &count, "--end-of-options", tip.as_str(), "--", path];
        let (code, text, out) = self.git_text(&args, &subject)?;
        if code != Some(0) {
            return Err(Failure::new(subject, "git can't read it").why(out.complaint()));
        }
        let mut commits: Vec<Oid> = text.lines().filter_map(Oid::parse).collect();
        let complete = commits.len() <= MAX_HISTORY && !self.is_shallow();
        commits.truncate(MAX_HISTORY);
        Ok(History { commits, complete })
    }

    /// Whether git has a file at a path, or below it, in its index. The path is relative to the root.
    ///
    /// # Errors
    /// Git failed.
    pub fn tracks(&self, rel: &Path) -> Result<bool, Failure> {
        let args = [OsStr::new("ls-files"), OsStr::new("-z"), OsStr::new("--"), rel.as_os_str()];
        let out = self.git(&args, None, "the index")?;
        match out.code {
            Some(0) => Ok(!out.stdout.is_empty()),
            _ => Err(Failure::new("the index", "git can't read it").why(out.complaint())),
        }
    }

    /// Whether git would ignore a file at a path that need not exist. The path is relative to the root.
    ///
    /// # Errors
    /// Git failed.
    pub fn ignores(&self, rel: &Path) -> Result<bool, Failure> {
        let subject = "what git ignores";
        let mut command = base_command(&self.inner.root, &self.inner.git_dir, self.inner.bare, None);
        // This subcommand takes paths literally and refuses to be told so.
        command.env_remove("GIT_LITERAL_PATHSPECS").args(["check-ignore", "-q", "--"]);
        command.arg(Path::new(".").join(rel));
        let out = finish(&mut command, subject)?;
        match out.code {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(Failure::new(subject, "git can't tell").why(out.complaint())),
        }
    }

    /// The files below some paths that git ignores and does not track, from the root.
    ///
    /// # Errors
    /// Git failed.
    pub fn ignored(&self, paths: &[String]) -> Result<BTreeSet<String>, Failure> {
        let mut args = vec!["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--"];
        args.extend(paths.iter().map(String::as_str));
        let (code, text, out) = self.git_text(&args, "what git ignores")?;
        match code {
            Some(0) => Ok(text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()),
            _ => Err(Failure::new("what git ignores", "git can't tell").why(out.complaint())),
        }
    }

    /// The failure of a name that stands for no commit here.
    pub(crate) fn unknown(&self, name: &str) -> Failure {
        let short_hex = name.len() < 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
        let failure = Failure::new(name, "it is not in this checkout").looked("looked for", name);
        if self.is_shallow() {
            return failure
                .looked("in", "the clone (shallow: its history was cut off)")
                .hint("actions/checkout with  fetch-depth: 0")
                .hint("job permission         contents: read")
                .hint("actions/checkout with  persist-credentials: true");
        }
        let failure = failure.looked("in", "branches, tags, remote branches and objects of this clone");
        let failure = if short_hex { failure.why("a commit is named by all its digits") } else { failure };
        failure
            .hint("git fetch origin")
            .hint("git branch --all   (which names there are)")
            .hint("actions/checkout with  fetch-depth: 0")
    }
}

impl std::fmt::Debug for Repo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repo").field("root", &self.inner.root).field("bare", &self.inner.bare).finish()
    }
}

fn too_large(oid: &Oid, size: u64) -> Failure {
    Failure::new(oid.as_str(), format!("the commit has {size} bytes, more than {MAX_COMMIT} are not read"))
}

/// The `parent` lines of a commit's header.
pub(super) fn parents(commit: &[u8]) -> Vec<Oid> {
    commit
        .split(|b| *b == b'\n')
        .take_while(|line| !line.is_empty())
        .filter_map(|line| Oid::parse(std::str::from_utf8(line.strip_prefix(b"parent ")?).ok()?))
        .collect()
}

/// Whether something is, or was, the `.git` of a work tree. A damaged one counts, and so does one that can't
/// be looked at: git then says why, and what lies there is not taken for a folder without a repository. One
/// that never was a repository (empty, say) is none, as for git.
fn is_git_link(path: &Path) -> bool {
    match path.metadata() {
        Ok(meta) if !meta.is_dir() => meta.is_file(),
        Ok(_) => PARTS.iter().any(|part| is_there(&path.join(part))),
        Err(_) => is_there(path),
    }
}

/// What every repository has.
const PARTS: [&str; 3] = ["HEAD", "objects", "refs"];

/// Whether there is something, or that can't be told.
fn is_there(path: &Path) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    path.symlink_metadata().map_or_else(|e| !matches!(e.kind(), NotFound | NotADirectory), |_| true)
}

fn is_git_dir(dir: &Path) -> bool {
    dir.join("HEAD").symlink_metadata().is_ok() && dir.join("objects").is_dir() && dir.join("refs").is_dir()
}

pub(super) fn finish(command: &mut Command, subject: &str) -> Result<Output, Failure> {
    process::run(command, MAX_OUTPUT, TIMEOUT).map_err(|trouble| {
        Failure::new(subject, trouble.message("git")).hint("git --version   (is git installed?)")
    })
}

/// Git with everything switched off that could run, fetch, ask, write or lie.
fn base_command(root: &Path, git_dir: &Path, bare: bool, index: Option<&Path>) -> Command {
    let mut command = process::program("git");
    command.arg("-C").arg(root).args(["--no-pager", "--no-replace-objects"]);
    for setting in [
        "core.fsmonitor=false",
        "core.hooksPath=/dev/null",
        "protocol.ext.allow=never",
        "protocol.file.allow=user",
        // A graph beside the commits says who descends from whom and what they touch; believed are commits.
        "core.commitGraph=false",
    ] {
        command.args(["-c", setting]);
    }
    let mut safe = OsString::from("safe.directory=");
    safe.push(root);
    command.arg("-c").arg(safe);
    // The repository that was found, not one that git finds by itself or that core.worktree points to.
    command.arg("--git-dir").arg(git_dir);
    if !bare {
        command.arg("--work-tree").arg(root);
    }
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy().to_ascii_uppercase();
        if name.starts_with("GIT_") || name == "LANGUAGE" {
            command.env_remove(key);
        }
    }
    command.envs([
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_ASKPASS", "/bin/false"),
        ("SSH_ASKPASS", "/bin/false"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_GRAFT_FILE", "/dev/null"),
        // Reading never fetches, not even in a partial clone: a fetch runs what the repository's
        // configuration says (upload-pack, ssh command). The second line is for git before 2.45.
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_ALLOW_PROTOCOL", "none"),
        ("LC_ALL", "C"),
    ]);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stand_in_the_header_only() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let raw = format!("tree {a}\nparent {a}\nparent {b}\nauthor x\n\nparent {}\n", "c".repeat(40));
        let names: Vec<String> = parents(raw.as_bytes()).iter().map(|o| o.to_string()).collect();
        assert_eq!(names, [a, b]);
    }
}
