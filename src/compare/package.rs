//! A launch line in; the package or image that it fetches and runs, and how exactly that is named, out.

/// What a launch line fetches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The program that fetches it.
    pub runner: &'static str,
    /// Its name, without version.
    pub name: String,
    /// Its version or tag, as written.
    pub version: Option<String>,
    /// Its digest, where one is named.
    pub digest: Option<String>,
    /// Which argument names it.
    pub at: usize,
}

impl Package {
    /// Whether nothing but this very release can run.
    pub fn is_pinned(&self) -> bool {
        self.digest.is_some() || self.version.as_deref().is_some_and(is_exact)
    }
}

/// The program's name: without folder and ending, lower case.
pub fn program(command: &str) -> String {
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command).to_ascii_lowercase();
    let name =
        [".exe", ".cmd", ".bat", ".ps1"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    name.to_owned()
}

/// Options of wrappers that take a value, and how many words stand before the command.
fn wrapper(name: &str) -> Option<(&'static [&'static str], usize)> {
    Some(match name {
        "env" => (&["-u", "--unset", "-C", "--chdir"], 0),
        "sudo" | "doas" => (
            &[
                "-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-r", "-t", "-U",
                "-T", "-D", "--chdir", "-R", "--chroot",
            ],
            0,
        ),
        "nice" => (&["-n", "--adjustment"], 0),
        "ionice" => (&["-c", "--class", "-n", "--classdata"], 0),
        "timeout" => (&["-s", "--signal", "-k", "--kill-after"], 1),
        "stdbuf" => (&["-i", "--input", "-o", "--output", "-e", "--error"], 0),
        "exec" => (&["-a"], 0),
        "time" => (&["-f", "--format", "-o", "--output"], 0),
        "cmd" | "nohup" | "setsid" | "command" | "busybox" | "toybox" | "winpty" => (&[], 0),
        _ => return None,
    })
}

/// Options of `uv run` that take a value.
const UV_VALUES: &[&str] = &[
    "--with",
    "--python",
    "-p",
    "--directory",
    "--project",
    "--env-file",
    "--extra",
    "--group",
    "--index",
    "--index-url",
    "--with-requirements",
    "--with-editable",
    "--package",
];

/// Where the real command begins: behind `env A=1`, `cmd /c`, `sudo`, `uv run` and the like. `None`: at the command.
pub fn behind_wrappers(command: &str, args: &[String]) -> Option<usize> {
    let (mut name, mut at, mut found) = (program(command), 0, None);
    for _ in 0..16 {
        let runs = args.get(at).is_some_and(|word| word == "run");
        let (values, words) = match name.as_str() {
            "uv" if runs => (UV_VALUES, 0),
            "poetry" | "pipenv" | "pdm" | "rye" if runs => (&[] as &[&str], 0),
            name => match wrapper(name) {
                Some(known) => known,
                None => return found,
            },
        };
        at += usize::from(wrapper(&name).is_none());
        while let Some(arg) = args.get(at) {
            let own = match name.as_str() {
                "cmd" => arg.starts_with('/'),
                "env" => arg.contains('='),
                _ => false,
            };
            if !own && !arg.starts_with('-') {
                break;
            }
            at += if values.contains(&arg.as_str()) { 2 } else { 1 };
        }
        at += words;
        let Some(next) = args.get(at) else { return found };
        found = Some(at);
        name = program(next);
        at += 1;
    }
    found
}

/// What is fetched and run, if the launch line is one that fetches.
pub fn package(command: &str, args: &[String]) -> Option<Package> {
    let (name, from) = match behind_wrappers(command, args) {
        Some(at) => (program(&args[at]), at + 1),
        None => (program(command), 0),
    };
    let word = |n: usize| args.get(from + n).map(String::as_str).unwrap_or_default();
    match (name.as_str(), word(0), word(1)) {
        ("npx", ..) => npm("npx", args, from),
        ("bunx", ..) => npm("bunx", args, from),
        ("pnpx", ..) => npm("pnpm dlx", args, from),
        ("bun", "x", _) => npm("bunx", args, from + 1),
        ("npm", "exec" | "x", _) => npm("npm exec", args, from + 1),
        ("pnpm", "dlx", _) => npm("pnpm dlx", args, from + 1),
        ("yarn", "dlx", _) => npm("yarn dlx", args, from + 1),
        ("uvx", ..) => python("uvx", &["--from"], args, from),
        ("uv", "tool", "run") => python("uvx", &["--from"], args, from + 2),
        ("pipx", "run", _) => python("pipx", &["--spec"], args, from + 1),
        ("docker" | "podman" | "nerdctl", "run", _) => image(args, from + 1),
        ("docker" | "podman" | "nerdctl", "container", "run") => image(args, from + 2),
        ("deno", "run", _) => deno(args, from + 1),
        ("go", "run", _) => go(args, from + 1),
        ("dnx", ..) => npm("dnx", args, from),
        _ => None,
    }
}

/// Options of npm's runners that take a value.
const NPM_VALUES: &[&str] = &[
    "-p",
    "--package",
    "-c",
    "--call",
    "--registry",
    "--userconfig",
    "--prefix",
    "-w",
    "--workspace",
    "--node-options",
    "--version",
];

fn npm(runner: &'static str, args: &[String], from: usize) -> Option<Package> {
    let mut at = from;
    let mut bare = None;
    while let Some(arg) = args.get(at) {
        let (option, value) = arg.split_once('=').map_or((arg.as_str(), None), |(o, v)| (o, Some(v)));
        match option {
            "-p" | "--package" => {
                let (spec, at) = match value {
                    Some(value) => (value, at),
                    None => (args.get(at + 1)?.as_str(), at + 1),
                };
                return Some(npm_spec(runner, spec, at));
            }
            "--" => bare = bare.or(Some(at + 1)),
            o if o.starts_with('-') && value.is_none() && NPM_VALUES.contains(&o) => at += 1,
            o if o.starts_with('-') => {}
            _ => bare = bare.or(Some(at)),
        }
        if bare.is_some() {
            break;
        }
        at += 1;
    }
    let at = bare?;
    Some(npm_spec(runner, args.get(at)?, at))
}

fn npm_spec(runner: &'static str, spec: &str, at: usize) -> Package {
    let spec = spec.strip_prefix("npm:").unwrap_or(spec);
    let is_git = spec.contains("://") || spec.starts_with("git") || spec.starts_with("github:");
    let (name, version) = if is_git {
        split_last(spec, '#')
    } else {
        // The sign at the front is that of a scope.
        match spec.get(1..).and_then(|rest| rest.find('@')) {
            Some(found) => (spec[..=found].to_owned(), Some(spec[found + 2..].to_owned())),
            None => (spec.to_owned(), None),
        }
    };
    Package { runner, name, version, digest: None, at }
}

fn split_last(text: &str, mark: char) -> (String, Option<String>) {
    match text.rsplit_once(mark) {
        Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
        None => (text.to_owned(), None),
    }
}

/// Options of uv and pipx that take a value.
const PYTHON_VALUES: &[&str] = &[
    "--with",
    "--python",
    "-p",
    "--index",
    "--index-url",
    "-i",
    "--extra-index-url",
    "--default-index",
    "--pip-args",
    "--directory",
    "--env-file",
    "-c",
    "--constraint",
    "--with-requirements",
    "--with-editable",
    "--refresh-package",
    "--find-links",
    "-f",
];

fn python(runner: &'static str, from_options: &[&str], args: &[String], from: usize) -> Option<Package> {
    let mut at = from;
    while let Some(arg) = args.get(at) {
        let (option, value) = arg.split_once('=').map_or((arg.as_str(), None), |(o, v)| (o, Some(v)));
        if from_options.contains(&option) {
            let (spec, at) = match value {
                Some(value) => (value, at),
                None => (args.get(at + 1)?.as_str(), at + 1),
            };
            return Some(python_spec(runner, spec, at));
        }
        if !option.starts_with('-') {
            return Some(python_spec(runner, arg, at));
        }
        at += if PYTHON_VALUES.contains(&option) && value.is_none() { 2 } else { 1 };
    }
    None
}

fn python_spec(runner: &'static str, spec: &str, at: usize) -> Package {
    let (name, version) = if spec.contains("://") {
        let (name, version) = split_last(spec, '@');
        match version {
            // The sign of a user, not of a revision.
            Some(version) if version.contains('/') => (spec.to_owned(), None),
            version => (name, version),
        }
    } else if let Some((name, version)) = spec.split_once("==") {
        (name.to_owned(), Some(version.trim_start_matches('=').to_owned()))
    } else if let Some(found) = spec.find(['<', '>', '~', '!']) {
        (spec[..found].to_owned(), Some(spec[found..].to_owned()))
    } else {
        let (name, version) = split_last(spec, '@');
        (name, version)
    };
    // `name[extra]` is the package `name`, and what is asked of it.
    Package {
        runner,
        name: name.trim().to_owned(),
        version: version.map(|v| v.trim().to_owned()),
        digest: None,
        at,
    }
}

/// Options of `docker run` that stand alone: every other one takes a value.
const DOCKER_ALONE: &[&str] = &[
    "--rm",
    "-i",
    "-t",
    "-it",
    "-ti",
    "-d",
    "--interactive",
    "--tty",
    "--detach",
    "--init",
    "--privileged",
    "--read-only",
    "--no-healthcheck",
    "--oom-kill-disable",
    "--publish-all",
    "-P",
    "--sig-proxy",
    "--disable-content-trust",
    "-q",
    "--quiet",
    "--replace",
    "--tls-verify",
];

/// The first argument of `docker run` behind its options.
pub fn image_at(args: &[String], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(arg) = args.get(at) {
        if !arg.starts_with('-') {
            return Some(at);
        }
        let bundled = !arg.starts_with("--") && arg[1..].chars().all(|c| "itdqP".contains(c));
        at += if arg.contains('=') || bundled || DOCKER_ALONE.contains(&arg.as_str()) { 1 } else { 2 };
    }
    None
}

fn image(args: &[String], from: usize) -> Option<Package> {
    let at = image_at(args, from)?;
    let (rest, digest) = split_last(&args[at], '@');
    // A port of the registry is no tag.
    let (name, version) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name.to_owned(), Some(tag.to_owned())),
        _ => (rest, None),
    };
    Some(Package { runner: "docker", name, version, digest, at })
}

fn deno(args: &[String], from: usize) -> Option<Package> {
    let at = (from..args.len()).find(|at| !args[*at].starts_with('-'))?;
    let spec = &args[at];
    if spec.starts_with("npm:") || spec.starts_with("jsr:") {
        return Some(Package { runner: "deno", ..npm_spec("deno", &spec[4..], at) });
    }
    spec.contains("://").then(|| {
        let version = spec
            .rsplit_once('@')
            .and_then(|(_, v)| v.split('/').next())
            .map(|v| v.trim_start_matches('v').to_owned());
        let name = version.as_ref().map_or_else(|| spec.clone(), |v| spec.replace(v.as_str(), ""));
        Package { runner: "deno", name, version, digest: None, at }
    })
}

fn go(args: &[String], from: usize) -> Option<Package> {
    let at = (from..args.len()).find(|at| !args[*at].starts_with('-'))?;
    // Without a version it is a folder of the repository.
    let (name, version) = args[at].rsplit_once('@')?;
    let version = Some(version.trim_start_matches('v').to_owned());
    Some(Package { runner: "go run", name: name.to_owned(), version, digest: None, at })
}

/// Whether a version names one release: digits between dots with what may follow, or a whole commit.
fn is_exact(version: &str) -> bool {
    if version.len() >= 40 && version.bytes().all(|b| b.is_ascii_hexdigit()) {
        return true;
    }
    let version = version.strip_prefix('v').unwrap_or(version);
    let mut parts = version.splitn(3, '.');
    let number =
        |part: Option<&str>| part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let (major, minor, rest) = (parts.next(), parts.next(), parts.next());
    let ends = |rest: &str| {
        let plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-+_".contains(&b));
        plain
            && rest.starts_with(|c: char| c.is_ascii_digit())
            && !rest.split(['.', '-', '+']).any(|p| p == "x")
    };
    number(major) && number(minor) && rest.is_some_and(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<Package> {
        let mut words = line.split(' ').map(str::to_owned);
        let command = words.next().expect("a command");
        package(&command, &words.collect::<Vec<_>>())
    }

    #[test]
    fn each_runner_s_words_are_read() {
        for (line, name, version, pinned) in [
            ("npx -y @acme/files@1.2.3 /srv", "@acme/files", Some("1.2.3"), true),
            ("npx -y @acme/files", "@acme/files", None, false),
            ("npx --yes files@latest", "files", Some("latest"), false),
            ("npx files@^1.2.3", "files", Some("^1.2.3"), false),
            ("npx files@1.2", "files", Some("1.2"), false),
            ("npx files@1.2.x", "files", Some("1.2.x"), false),
            ("npx -p files@1.2.3 serve", "files", Some("1.2.3"), true),
            ("npx --package=files serve", "files", None, false),
            ("cmd /c npx -y files@2.0.0-beta.1", "files", Some("2.0.0-beta.1"), true),
            ("C:\\node\\npx.cmd files", "files", None, false),
            ("/usr/bin/env A=1 npx files", "files", None, false),
            ("env -u X npx files", "files", None, false),
            ("sudo -u me npx files", "files", None, false),
            ("nice -n 5 npx files", "files", None, false),
            ("timeout -k 1 5 npx files", "files", None, false),
            ("pnpm dlx files@1.0.0", "files", Some("1.0.0"), true),
            ("npm exec -- files", "files", None, false),
            ("uvx files", "files", None, false),
            ("uvx --with more files@1.2.3", "files", Some("1.2.3"), true),
            ("uvx --from files==1.2.3 serve", "files", Some("1.2.3"), true),
            ("uvx files>=1.2", "files", Some(">=1.2"), false),
            ("uv tool run files", "files", None, false),
            ("pipx run --spec files==1.2.3 serve", "files", Some("1.2.3"), true),
            (
                "uvx --from git+https://git.example/files@0123456789012345678901234567890123456789 s",
                "git+https://git.example/files",
                Some("0123456789012345678901234567890123456789"),
                true,
            ),
            ("uvx --from git+https://git.example/files s", "git+https://git.example/files", None, false),
            ("docker run -i --rm -e TOKEN -v /a:/b acme/files", "acme/files", None, false),
            (
                "docker run --rm -i localhost:5000/files:1.2.3 --flag",
                "localhost:5000/files",
                Some("1.2.3"),
                true,
            ),
            ("podman run -it files:latest", "files", Some("latest"), false),
            ("deno run -A npm:files@1.2.3", "files", Some("1.2.3"), true),
            ("go run git.example/files@latest", "git.example/files", Some("latest"), false),
        ] {
            let found = of(line).unwrap_or_else(|| panic!("{line}: nothing"));
            assert_eq!(
                (found.name.as_str(), found.version.as_deref(), found.is_pinned()),
                (name, version, pinned),
                "{line}"
            );
        }
        let digest = of("docker run --network none acme/files@sha256:abcd").expect("an image");
        assert_eq!((digest.name.as_str(), digest.is_pinned()), ("acme/files", true));
    }

    #[test]
    fn what_is_in_the_repository_is_no_package() {
        for line in [
            "node ./server.js",
            "python -m server",
            "/opt/files serve",
            "go run ./cmd/files",
            "npx",
            "docker run",
            "cask run",
            "npm run files",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }
}
