//! What a clone lacks, from the repository on the server: the tip of a branch, a commit by its name.
//!
//! The address is that of the server and the repository that the run names, never that of a configured remote, which
//! a step before may have pointed elsewhere. No program of the configuration runs: no credential helper, no hook, no
//! ssh; of what is configured only the header that the checkout left for this server counts.

use std::ffi::OsStr;
use std::process::Command;

use super::failure::Failure;
use super::git::Repo;
use super::oid::Oid;
use super::refname;

/// Commits by which a history that was cut off is followed further, one try after the other.
const DEEPEN: [&str; 2] = ["--deepen=50", "--deepen=200"];

/// The repository on its server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    url: String,
    scheme: &'static str,
}

impl Upstream {
    /// The repository `owner/name` of a server. None for anything but https; http and files are let through for tests,
    /// on this machine only.
    pub fn of(server: &str, repository: &str) -> Option<Upstream> {
        let server = server.strip_suffix('/').unwrap_or(server);
        let loopback = |rest: &str| {
            let host = rest.split('/').next().unwrap_or_default();
            host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.0.0.1")
        };
        let scheme = match server.split_once("://")? {
            ("https", _) => "https",
            ("http", rest) if loopback(rest) => "http",
            ("file", _) => "file",
            _ => return None,
        };
        let plain = |text: &str| !text.contains(['\0', '\n', '\r', ' ', '@', '?', '#', '%', '\\']);
        let (owner, name) = repository.split_once('/')?;
        let named = |part: &str| {
            let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !part.is_empty() && part.bytes().all(fits) && !part.bytes().all(|b| b == b'.')
        };
        (plain(server) && named(owner) && named(name))
            .then(|| Upstream { url: format!("{server}/{repository}"), scheme })
    }
}

impl Repo {
    /// The tip of a branch on the server; none if there is no such branch.
    ///
    /// # Errors
    /// The server can't be asked, or refuses.
    pub fn tip_at(&self, upstream: &Upstream, branch: &str) -> Result<Option<Oid>, Failure> {
        let subject = format!("the branch {branch}");
        refname::check(branch)
            .map_err(|rule| Failure::new(&subject, "this can't be the name of a branch").why(rule))?;
        let full = format!("refs/heads/{branch}");
        let args = ["ls-remote", "--exit-code", "--end-of-options", &upstream.url, &full];
        let out = self.git_online(&args, upstream, &subject)?;
        match out.code {
            Some(0) => {
                let text = String::from_utf8_lossy(&out.stdout);
                let found = text.lines().find_map(|line| {
                    let (oid, name) = line.split_once('\t')?;
                    (name == full).then(|| Oid::parse(oid)).flatten()
                });
                Ok(found)
            }
            // The server answered, and has none.
            Some(2) => Ok(None),
            _ => Err(Failure::new(subject, "the server can't be asked for it").why(out.complaint())),
        }
    }

    /// The default branch of the server; none where it does not say.
    ///
    /// # Errors
    /// The server can't be asked, or refuses.
    pub fn default_at(&self, upstream: &Upstream) -> Result<Option<String>, Failure> {
        let subject = "the default branch";
        let args = ["ls-remote", "--symref", "--end-of-options", &upstream.url, "HEAD"];
        let out = self.git_online(&args, upstream, subject)?;
        if out.code != Some(0) {
            return Err(Failure::new(subject, "the server can't be asked for it").why(out.complaint()));
        }
        let text = String::from_utf8_lossy(&out.stdout);
        Ok(text.lines().find_map(|line| {
            let name = line.strip_prefix("ref: refs/heads/")?.strip_suffix("\tHEAD")?;
            refname::check(name).is_ok().then(|| name.to_owned())
        }))
    }

    /// Brings a commit here, with its files; without its history where this clone has none. What is here already stays.
    ///
    /// # Errors
    /// The server can't be asked, refuses, or does not have it.
    pub fn fetch(&self, upstream: &Upstream, commit: &Oid) -> Result<(), Failure> {
        // In a whole clone this would cut the history off.
        let depth = self.is_shallow().then_some("--depth=1");
        self.fetch_with(upstream, commit, depth)
    }

    /// The best common ancestor of two commits, with more history from the server where this clone has too little.
    ///
    /// # Errors
    /// It lies further back, or the server can't be asked.
    pub fn merge_base_at(&self, upstream: &Upstream, a: &Oid, b: &Oid) -> Result<Option<Oid>, Failure> {
        let mut found = self.merge_base(a, b);
        for deepen in DEEPEN {
            if found.is_ok() {
                break;
            }
            for commit in [a, b] {
                self.fetch_with(upstream, commit, Some(deepen))?;
            }
            found = self.merge_base(a, b);
        }
        found
    }

    fn fetch_with(&self, upstream: &Upstream, commit: &Oid, depth: Option<&str>) -> Result<(), Failure> {
        let subject = format!("the commit {}", commit.short());
        let mut args = vec![
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
        ];
        args.extend(depth);
        args.extend(["--end-of-options", upstream.url.as_str(), commit.as_str()]);
        let out = self.git_online(&args, upstream, &subject)?;
        match out.code {
            Some(0) => Ok(()),
            _ => Err(Failure::new(subject, "it is not in this checkout, and the server does not give it")
                .why(out.complaint())),
        }
    }

    /// Whether the configuration says of servers more than how to log in: another address for theirs, a proxy, whose
    /// certificates do. Whoever could write it may have sent git elsewhere. What can't be read may say so too.
    pub fn is_steered(&self) -> bool {
        let args = ["config", "--name-only", "--get-regexp", r"^(url|http)\."];
        match self.git_text(&args, "the configuration") {
            Ok((Some(0), names, _)) => names.lines().any(|name| !name.ends_with(".extraheader")),
            Ok((Some(1), ..)) => false,
            _ => true,
        }
    }

    fn git_online(
        &self,
        args: &[&str],
        upstream: &Upstream,
        subject: &str,
    ) -> Result<super::process::Output, Failure> {
        let mut command = self.command();
        for setting in [
            "credential.helper=",
            "core.sshCommand=false",
            "core.askPass=",
            "fetch.writeCommitGraph=false",
            "fetch.fsckObjects=true",
            "gc.auto=0",
            "protocol.version=2",
            "submodule.recurse=false",
        ] {
            command.args(["-c", setting]);
        }
        command.env("GIT_ALLOW_PROTOCOL", upstream.scheme);
        headers(&mut command, |name| std::env::var(name).ok());
        command.args(args.iter().map(OsStr::new));
        super::git::finish(&mut command, subject)
    }
}

/// Of the configuration that the environment carries only `http.<address>.extraheader` is handed on: by it the runner
/// says who asks.
fn headers(command: &mut Command, env: impl Fn(&str) -> Option<String>) {
    let count: usize = env("GIT_CONFIG_COUNT").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut kept = 0;
    for i in 0..count.min(64) {
        let pair = env(&format!("GIT_CONFIG_KEY_{i}")).zip(env(&format!("GIT_CONFIG_VALUE_{i}")));
        let Some((key, value)) = pair else { continue };
        let lower = key.to_ascii_lowercase();
        if lower.starts_with("http.") && lower.ends_with(".extraheader") {
            command.env(format!("GIT_CONFIG_KEY_{kept}"), key).env(format!("GIT_CONFIG_VALUE_{kept}"), value);
            kept += 1;
        }
    }
    command.env("GIT_CONFIG_COUNT", kept.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_server_itself_is_asked() {
        let url = |server: &str, repo: &str| Upstream::of(server, repo).map(|u| u.url);
        assert_eq!(url("https://github.com/", "acme/shop").as_deref(), Some("https://github.com/acme/shop"));
        assert!(url("http://127.0.0.1:9/x", "acme/shop").is_some());
        for (server, repo) in [
            ("http://github.com", "acme/shop"),
            ("ext::sh -c", "acme/shop"),
            ("ssh://github.com", "acme/shop"),
            ("https://a@github.com", "acme/shop"),
            ("https://github.com", "acme"),
            ("https://github.com", "../shop"),
            ("https://github.com", "acme/sh op"),
        ] {
            assert_eq!(url(server, repo), None, "{server} {repo}");
        }
    }

    #[test]
    fn of_the_configuration_in_the_environment_headers_alone_go_on() {
        let env = |name: &str| {
            let value = match name {
                "GIT_CONFIG_COUNT" => "3",
                "GIT_CONFIG_KEY_0" => "core.sshCommand",
                "GIT_CONFIG_KEY_1" => "http.https://github.com/.extraHeader",
                "GIT_CONFIG_VALUE_1" => "AUTHORIZATION: basic x",
                "GIT_CONFIG_KEY_2" => "credential.helper",
                _ => "evil",
            };
            Some(value.to_owned())
        };
        let mut command = Command::new("git");
        headers(&mut command, env);
        let set: Vec<(String, String)> = command
            .get_envs()
            .filter_map(|(k, v)| Some((k.to_str()?.to_owned(), v?.to_str()?.to_owned())))
            .collect();
        let mut expected = vec![
            ("GIT_CONFIG_COUNT".to_owned(), "1".to_owned()),
            ("GIT_CONFIG_KEY_0".to_owned(), "http.https://github.com/.extraHeader".to_owned()),
            ("GIT_CONFIG_VALUE_0".to_owned(), "AUTHORIZATION: basic x".to_owned()),
        ];
        expected.sort();
        assert_eq!(set, expected);
    }
}
