//! The arguments of two launch lines: which came, which went, and whether the server sees more of the machine.

use super::package::{behind_wrappers, image_at, program};

/// How the arguments differ, the package that they name apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Args {
    /// Not at all.
    Same,
    /// Only in that the server sees less.
    Narrowed(Vec<String>),
    /// Only in that it sees more; those that show it.
    Widened(Vec<String>),
    /// Otherwise: gone, and new.
    Other(Vec<String>, Vec<String>),
}

/// Compares arguments; `skip` are the places of the package.
pub fn compare(command: &str, old: &[String], new: &[String], skip: (Option<usize>, Option<usize>)) -> Args {
    let (old, new) = (tokens(command, old, skip.0), tokens(command, new, skip.1));
    if old == new {
        return Args::Same;
    }
    let lacks = |all: &[String], these: &[String]| -> Vec<String> {
        let mut left: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for one in these {
            *left.entry(one).or_default() += 1;
        }
        let known = |one: &&String| match left.get_mut(one.as_str()) {
            Some(n) if *n > 0 => {
                *n -= 1;
                false
            }
            _ => true,
        };
        all.iter().filter(known).cloned().collect()
    };
    let (gone, come) = (lacks(&old, &new), lacks(&new, &old));
    let reaches = |all: &[String]| all.iter().all(|one| reach(one).is_some());
    if gone.is_empty() && come.is_empty() || !reaches(&gone) || !reaches(&come) {
        return Args::Other(gone, come);
    }
    let within = |one: &String| old.iter().any(|was| covers(was, one));
    match come.iter().all(within) {
        true => Args::Narrowed(gone),
        false => Args::Widened(come.into_iter().filter(|one| !within(one)).collect()),
    }
}

/// Arguments without the package; of a container, options together with their values.
fn tokens(command: &str, args: &[String], skip: Option<usize>) -> Vec<String> {
    let mut out = Vec::new();
    let wrapped = behind_wrappers(command, args);
    let name = wrapped.map_or_else(|| program(command), |at| program(&args[at]));
    let options = match name.as_str() {
        "docker" | "podman" | "nerdctl" => image_at(args, wrapped.map_or(1, |at| at + 2)).unwrap_or(0),
        _ => 0,
    };
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let valued = matches!(
            arg.as_str(),
            "-v" | "--volume"
                | "--mount"
                | "--network"
                | "--net"
                | "--pid"
                | "--cap-add"
                | "--device"
                | "--ipc"
                | "--userns"
        );
        match args.get(at + 1).filter(|_| at < options && valued) {
            Some(value) => {
                out.push(format!("{} {value}", if arg == "-v" { "--volume" } else { arg }));
                at += 1;
            }
            None if Some(at) == skip => {}
            None if at < options && arg.starts_with("--") => out.push(arg.replacen('=', " ", 1)),
            None => out.push(arg.clone()),
        }
        at += 1;
    }
    out
}

/// What of the machine an argument lets the server see, and whether it can only be read.
fn reach(token: &str) -> Option<(String, bool)> {
    if let Some((option, value)) = token.split_once(' ').filter(|(option, _)| option.starts_with("--")) {
        return match option {
            "--volume" => {
                let mut parts = value.split(':');
                let source = parts.next().unwrap_or_default();
                let only_read = value.rsplit(':').next().is_some_and(|end| end.split(',').any(|o| o == "ro"));
                Some((source.to_owned(), only_read))
            }
            "--mount" => {
                let part = |names: &[&str]| {
                    value.split(',').find_map(|p| {
                        p.split_once('=').filter(|(k, _)| names.contains(k)).map(|(_, v)| v.to_owned())
                    })
                };
                let only_read =
                    value.split(',').any(|p| matches!(p, "readonly" | "ro" | "readonly=true" | "ro=true"));
                Some((part(&["source", "src"]).unwrap_or_default(), only_read))
            }
            "--network" | "--net" | "--pid" | "--ipc" | "--userns" | "--cap-add" | "--device" => {
                Some((format!("{option} {value}"), false))
            }
            _ => None,
        };
    }
    if token == "--privileged" {
        return Some((token.to_owned(), false));
    }
    let value = match token.split_once('=') {
        Some((option, value)) if option.starts_with('-') => value,
        _ => token,
    };
    let drive =
        value.as_bytes().get(1) == Some(&b':') && value.starts_with(|c: char| c.is_ascii_alphabetic());
    let path = value.starts_with(['/', '~'])
        || value.starts_with("./")
        || value.starts_with("../")
        || matches!(value, "." | "..")
        || value.starts_with("$HOME")
        || value.starts_with("${")
        || drive;
    // A file beside the configuration is a program or a page, no folder to see.
    let is_file =
        value.rsplit(['/', '\\']).next().is_some_and(|name| name.trim_start_matches('.').contains('.'));
    (path && !is_file).then(|| (value.to_owned(), false))
}

/// Whether what one argument lets the server see includes what the other does.
fn covers(outer: &str, inner: &str) -> bool {
    let (Some((outer, outer_reads)), Some((inner, inner_reads))) = (reach(outer), reach(inner)) else {
        return false;
    };
    let trim = |path: &str| path.trim_end_matches(['/', '\\']).to_owned();
    let below = match trim(&outer).as_str() {
        "" => outer.starts_with('/') && inner.starts_with('/'),
        outer => trim(&inner)
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '\\'])),
    };
    below && !inner.split(['/', '\\']).any(|step| step == "..") && (!outer_reads || inner_reads)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn folders_further_up_are_more_and_further_down_are_less() {
        for (old, new, more) in [
            ("/srv/a", "/srv", Some(true)),
            ("/srv/a", "/", Some(true)),
            ("/srv/a", "/srv/a /etc", Some(true)),
            ("/srv/a", "/srv/ab", Some(true)),
            ("/srv/a", "/srv/a/../..", Some(true)),
            ("--root=./docs", "--root=.", Some(true)),
            ("/srv", "/srv/a", Some(false)),
            ("/srv /etc", "/srv", Some(false)),
            ("/srv", "/srv --write", None),
            ("a b", "b a", None),
            ("/srv/serve.js", "/srv/other.js", None),
        ] {
            let found = compare("files", &args(old), &args(new), (None, None));
            let is = match found {
                Args::Widened(_) => Some(true),
                Args::Narrowed(_) => Some(false),
                _ => None,
            };
            assert_eq!(is, more, "{old} → {new}: {found:?}");
        }
        assert_eq!(compare("files", &args("a"), &args("a"), (None, None)), Args::Same);
    }

    #[test]
    fn containers_are_read_by_their_options() {
        let run = |options: &str| args(&format!("run --rm {options} files:1.0.0 /data"));
        for (old, new, more) in [
            ("-v /srv:/data:ro", "-v /srv:/data", true),
            ("-v /srv:/data:ro", "--volume=/:/data:ro", true),
            ("-v /srv:/data", "-v /srv:/data -v /var/run/docker.sock:/s", true),
            ("-v /srv:/data", "-v /srv:/data --network host", true),
            ("-v /srv:/data", "-v /srv:/data --privileged", true),
            ("-v /srv:/data", "-v /srv:/data:ro", false),
            ("--mount type=bind,src=/srv/a,dst=/d", "--mount type=bind,src=/srv,dst=/d", true),
        ] {
            let found = compare("docker", &run(old), &run(new), (None, None));
            assert_eq!(matches!(found, Args::Widened(_)), more, "{old} → {new}: {found:?}");
        }
    }
}
