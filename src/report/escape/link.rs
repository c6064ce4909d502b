//! Links of reports: our label on an address that is built from trusted parts only.
//!
//! Server, repository and run come from the environment of the run, commits are hex, and a path of a
//! stranger is percent-encoded step by step. A part that is not what it should be gives no address at all:
//! the label is then shown without one.

use std::fmt::Write as _;

/// An address that a link may lead to; made only by the functions beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A line of a file at a commit; line 0 means the file.
pub fn blob_url(server: &str, repo: &str, sha: &str, path: &str, line: u32) -> Option<Target> {
    let mut url = format!("{}/blob/{}/{}", base(server, repo)?, commit(sha)?, path_of(path)?);
    if line > 0 {
        write!(url, "#L{line}").expect("writing to a String cannot fail");
    }
    (url.len() <= 2_000).then_some(Target(url))
}

/// A path inside the repository, percent-encoded step by step; what leads anywhere else is none.
pub fn path_of(path: &str) -> Option<String> {
    let mut out = String::new();
    for step in path.split('/') {
        // A browser resolves dots before it asks, percent-encoded ones too.
        if matches!(step, "" | "." | "..") || step.len() > 255 {
            return None;
        }
        if !out.is_empty() {
            out.push('/');
        }
        for b in step.bytes() {
            match b {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => out.push(b as char),
                b => write!(out, "%{b:02X}").expect("writing to a String cannot fail"),
            }
        }
    }
    (out.len() <= 2_000).then_some(out)
}

/// A repository.
pub fn repository_url(server: &str, repo: &str) -> Option<Target> {
    Some(Target(base(server, repo)?))
}

/// A commit.
pub fn commit_url(server: &str, repo: &str, sha: &str) -> Option<Target> {
    Some(Target(format!("{}/commit/{}", base(server, repo)?, commit(sha)?)))
}

/// A run of a workflow.
pub fn run_url(server: &str, repo: &str, run: u64) -> Option<Target> {
    Some(Target(format!("{}/actions/runs/{run}", base(server, repo)?)))
}

/// A Markdown link; without a target the label alone.
///
/// The label is ours by type: text of a stranger has no `'static` life, and an underline would hide parts of
/// it anyway. Numbers and commits have [`line_link`] and [`commit_link`].
pub fn link(label: &'static str, target: Option<&Target>) -> String {
    linked(label, target)
}

/// `[L118](…)`, the place of a finding; nothing without a target.
pub fn line_link(line: u32, target: Option<&Target>) -> String {
    if line == 0 { linked("file", target) } else { linked(&format!("L{line}"), target) }
}

/// The first 7 hex of a commit, linked; what is no commit is not shown.
pub fn commit_link(sha: &str, target: Option<&Target>) -> String {
    commit(sha).map_or_else(String::new, |sha| linked(&format!("`{}`", &sha[..7]), target))
}

fn linked(label: &str, target: Option<&Target>) -> String {
    match target {
        Some(Target(url)) => format!("[{label}]({url})"),
        None => label.to_owned(),
    }
}

fn base(server: &str, repo: &str) -> Option<String> {
    let server = server.strip_suffix('/').unwrap_or(server);
    let rest = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://"))?;
    let plain = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    let (owner, name) = repo.split_once('/')?;
    let dots = |text: &str| text.bytes().all(|b| b == b'.');
    let sound = plain(rest, b"-.:/")
        && plain(owner, b"-_.")
        && plain(name, b"-_.")
        && !dots(owner)
        && !dots(name)
        && !rest.split('/').any(dots);
    sound.then(|| format!("{server}/{repo}"))
}

/// A full commit id: SHA-1 or SHA-256.
fn commit(sha: &str) -> Option<&str> {
    let hex = sha.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    (hex && matches!(sha.len(), 40 | 64)).then_some(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: &str = "https://github.com";
    const REPO: &str = "acme/shop-agent";
    const SHA: &str = "9d4f2ab07c61e8f5b3a2901d4c7e6f8a5b10c3d2";

    fn blob(path: &str) -> Option<String> {
        blob_url(SERVER, REPO, SHA, path, 118).map(|t| t.0)
    }

    #[test]
    fn addresses_are_built_of_encoded_steps() {
        assert_eq!(
            blob("toolpacks/shop/artifact/tools.json").as_deref(),
            Some(
                "https://github.com/acme/shop-agent/blob/9d4f2ab07c61e8f5b3a2901d4c7e6f8a5b10c3d2/toolpacks/shop/artifact/tools.json#L118"
            )
        );
        assert!(blob("a b)](x)/é@y").is_some_and(|u| u.ends_with("/a%20b%29%5D%28x%29/%C3%A9%40y#L118")));
    }

    #[test]
    fn a_part_that_is_not_what_it_should_be_gives_no_address() {
        for path in ["", "/etc/passwd", "a//b", "../x", "a/./b", "a/..", "a/"] {
            assert_eq!(blob(path), None, "{path}");
        }
        assert_eq!(commit_url("javascript:alert(1)", REPO, SHA), None);
        assert_eq!(commit_url("https://github.com/..", REPO, SHA), None);
        assert_eq!(commit_url("https://a@b.example", REPO, SHA), None);
        assert_eq!(commit_url(SERVER, "acme/../x", SHA), None);
        assert_eq!(commit_url(SERVER, "acme/..", SHA), None);
        assert_eq!(commit_url(SERVER, REPO, "main"), None);
        assert_eq!(run_url(SERVER, "acme", 1), None);
    }

    #[test]
    fn without_an_address_the_label_stays() {
        let run = run_url(SERVER, REPO, 7);
        assert_eq!(link("run", run.as_ref()), "[run](https://github.com/acme/shop-agent/actions/runs/7)");
        assert_eq!(line_link(118, None), "L118");
        assert_eq!(commit_link(SHA, None), "`9d4f2ab`");
        assert_eq!(commit_link("](x)", None), "");
    }
}
