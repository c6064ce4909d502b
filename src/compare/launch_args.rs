//! The arguments of two launch lines: which came, which went, and whether the server sees more of the machine.

use std::collections::BTreeMap;

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

/// An argument, or an option of a container with its value, and the option that a bare value stands behind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Token {
    text: String,
    behind: Option<String>,
}

/// More arguments than this are not held against each other.
const MANY: usize = 1_000;

/// Those of `all` that `these` lack, as often as they lack them.
fn lacks(all: &[Token], these: &[Token]) -> Vec<Token> {
    let mut left: BTreeMap<&Token, usize> = BTreeMap::new();
    for one in these {
        *left.entry(one).or_default() += 1;
    }
    let mut out = Vec::new();
    for one in all {
        match left.get_mut(one) {
            Some(n) if *n > 0 => *n -= 1,
            _ => out.push(one.clone()),
        }
    }
    out
}

/// Compares arguments; `skip` are the places of the package.
pub fn compare(command: &str, old: &[String], new: &[String], skip: (Option<usize>, Option<usize>)) -> Args {
    let (old, new) = (tokens(command, old, skip.0), tokens(command, new, skip.1));
    if old == new {
        return Args::Same;
    }
    let (gone, come) = (lacks(&old, &new), lacks(&new, &old));
    let texts = |these: &[Token]| these.iter().map(|one| one.text.clone()).collect::<Vec<_>>();
    let reaches = |all: &[Token]| all.iter().map(reach).collect::<Option<Vec<_>>>();
    let (Some(went), Some(came)) = (reaches(&gone), reaches(&come)) else {
        return Args::Other(texts(&gone), texts(&come));
    };
    let (had, has): (Vec<Reach>, Vec<Reach>) =
        (old.iter().filter_map(reach).collect(), new.iter().filter_map(reach).collect());
    // An option that is gone altogether may have held something back; a mount or a right has not.
    let replaced = |r: &Reach| r.is_grant || has.iter().any(|other| other.through == r.through);
    let opens = |r: &Reach| r.is_grant || had.iter().any(|other| other.through == r.through);
    let within = |r: &Reach| had.iter().any(|was| was.through == r.through && was.covers(r));
    let many = old.len() > MANY || new.len() > MANY;
    if many || gone.is_empty() && come.is_empty() || !went.iter().all(replaced) || !came.iter().all(opens) {
        return Args::Other(texts(&gone), texts(&come));
    }
    if came.iter().all(within) {
        return Args::Narrowed(texts(&gone));
    }
    // The same folder through something else is not more; it is another thing.
    let elsewhere = |r: &Reach| !within(r) && had.iter().any(|was| was.covers(r));
    if came.iter().any(elsewhere) {
        return Args::Other(texts(&gone), texts(&come));
    }
    let wider = come.iter().zip(&came).filter(|(_, r)| !within(r)).map(|(one, _)| one.text.clone());
    Args::Widened(wider.collect())
}

/// Arguments without the package; of a container, options together with their values.
fn tokens(command: &str, args: &[String], skip: Option<usize>) -> Vec<Token> {
    let mut out = Vec::new();
    let wrapped = behind_wrappers(command, args);
    let name = wrapped.map_or_else(|| program(command), |at| program(&args[at]));
    let options = match name.as_str() {
        "docker" | "podman" | "nerdctl" => image_at(args, wrapped.map_or(1, |at| at + 2)).unwrap_or(0),
        _ => 0,
    };
    let whole = |text: String| Token { text, behind: None };
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
                out.push(whole(format!("{} {value}", if arg == "-v" { "--volume" } else { arg })));
                at += 1;
            }
            None if Some(at) == skip => {}
            None if at < options && arg.starts_with("--") => out.push(whole(arg.replacen('=', " ", 1))),
            None => {
                let free = options == 0 || at > options;
                let before = at.checked_sub(1).filter(|n| free && Some(*n) != skip).and_then(|n| args.get(n));
                let behind =
                    before.filter(|b| b.starts_with('-') && !b.contains('=') && !arg.starts_with('-'));
                out.push(Token { text: arg.clone(), behind: behind.cloned() });
            }
        }
        at += 1;
    }
    out
}

/// What of the machine an argument lets the server see.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reach {
    /// By what: the option, or the place in a container and how it is mounted. Only the same can be wider or narrower.
    through: String,
    /// The folder, or the right.
    source: String,
    /// Whether it can only be read.
    only_read: bool,
    /// Whether it can only give, as a mount does.
    is_grant: bool,
}

/// Parts of options that hold something back: less of their value is more.
const HOLDS_BACK: &[&str] = &[
    "deny",
    "exclu",
    "ignore",
    "block",
    "forbid",
    "except",
    "skip",
    "hide",
    "mask",
    "disallow",
    "restrict",
    "protect",
    "without",
    "limit",
    "read-only",
    "readonly",
    "no-",
];

fn reach(token: &Token) -> Option<Reach> {
    let text = token.text.as_str();
    let grant = |through: String, source: &str, only_read| {
        Some(Reach { through, source: source.to_owned(), only_read, is_grant: true })
    };
    if let Some((option, value)) = text.split_once(' ').filter(|(option, _)| option.starts_with("--")) {
        return match option {
            "--volume" => {
                let drive = is_drive(value);
                let cut = value[if drive { 2 } else { 0 }..].find(':')? + if drive { 2 } else { 0 };
                let (source, rest) = (&value[..cut], &value[cut + 1..]);
                let (target, how) = rest.split_once(':').unwrap_or((rest, ""));
                let mut how: Vec<&str> = how.split(',').filter(|o| !o.is_empty() && *o != "rw").collect();
                let only_read = how.contains(&"ro");
                how.retain(|o| *o != "ro");
                how.sort_unstable();
                grant(format!("volume {target} {how:?}"), source, only_read)
            }
            "--mount" => {
                let is_source = |p: &&str| p.starts_with("source=") || p.starts_with("src=");
                let reads = |p: &&str| matches!(*p, "readonly" | "ro" | "readonly=true" | "ro=true");
                let source = value.split(',').find(is_source)?.split_once('=')?.1;
                let mut rest: Vec<&str> = value.split(',').filter(|p| !is_source(p) && !reads(p)).collect();
                rest.sort_unstable();
                grant(format!("mount {rest:?}"), source, value.split(',').any(|p| reads(&p)))
            }
            // Other words for these hold back what they name: `none`.
            "--network" | "--net" | "--pid" | "--ipc" | "--userns" if value == "host" => {
                grant(option.to_owned(), value, false)
            }
            "--cap-add" | "--device" => grant(format!("{option} {value}"), value, false),
            _ => None,
        };
    }
    if text == "--privileged" {
        return grant(text.to_owned(), text, false);
    }
    let (option, value) = match text.split_once('=') {
        Some((option, value)) if option.starts_with('-') => (option, value),
        _ => (token.behind.as_deref().unwrap_or_default(), text),
    };
    let lower = option.to_ascii_lowercase();
    if HOLDS_BACK.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let drive = is_drive(value);
    let path = value.starts_with(['/', '~'])
        || value.starts_with("./")
        || value.starts_with("../")
        || matches!(value, "." | "..")
        || value.starts_with("$HOME")
        || value.starts_with("${")
        || drive;
    // More than one folder in a word: what of it is more can't be told.
    let is_list = value[if drive { 2 } else { 0 }..].contains([',', ';', ':', '*', '|', ' ']);
    // A file beside the configuration is a program or a page, no folder to see.
    let is_file =
        value.rsplit(['/', '\\']).next().is_some_and(|name| name.trim_start_matches('.').contains('.'));
    (path && !is_file && !is_list).then(|| Reach {
        through: option.to_owned(),
        source: value.to_owned(),
        only_read: false,
        is_grant: false,
    })
}

fn is_drive(value: &str) -> bool {
    let bytes = value.as_bytes();
    bytes.get(1) == Some(&b':')
        && matches!(bytes.get(2), None | Some(b'/' | b'\\'))
        && bytes[0].is_ascii_alphabetic()
}

impl Reach {
    /// Whether what it lets the server see includes what the other does.
    fn covers(&self, inner: &Reach) -> bool {
        let trim = |path: &str| path.trim_end_matches(['/', '\\']).to_owned();
        let rest = match trim(&self.source).as_str() {
            "" if self.source.starts_with('/') => inner.source.strip_prefix('/'),
            "" => None,
            outer => inner.source.strip_prefix(outer),
        };
        let root = trim(&self.source).is_empty();
        rest.is_some_and(|rest| {
            (rest.is_empty() || root || rest.starts_with(['/', '\\']))
                && !rest.contains(['$', '~', '*', '%'])
                && !inner.source.split(['/', '\\']).any(|step| step == "..")
        }) && (!self.only_read || inner.only_read)
    }
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
            // What held something back, or is seen through another option.
            ("--deny=/home --root=/x", "--root=/x", None),
            ("--deny /home --root /x", "--root /x", None),
            ("--deny=/home", "--deny=/home/a", None),
            ("--deny /home", "--deny /home/a", None),
            ("--root=/srv", "--plugin-dir=/srv/a", None),
            ("--root=/srv", "--plugin-dir=/etc", None),
            ("--root /srv", "--plugin-dir /srv/a", None),
            ("--root=/srv --only", "--only", None),
            ("--dirs=/srv", "--dirs=/srv/a,/etc", None),
            ("--dirs=/srv", "--dirs=/srv/a:/etc", None),
            ("/srv", "/srv/${X}", Some(true)),
            ("--root=/srv", "--root=/srv/a", Some(false)),
            ("--root /srv", "--root /srv/a", Some(false)),
            ("--root /srv", "--root /etc", Some(true)),
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
        let run =
            |options: &str| args(format!("run --rm {options} files:1.0.0 /data").replace("  ", " ").as_str());
        for (old, new, more) in [
            ("-v /srv:/data:ro", "-v /srv:/usr/local/bin:ro", None),
            ("-v /srv:/data:ro", "-v /srv/a:/usr/local/bin:ro", None),
            ("--network none", "", None),
            ("--network none", "--network host", None),
            ("--network host", "", Some(false)),
            ("-v /srv:/data --cap-add NET_ADMIN", "-v /srv:/data", Some(false)),
            ("-v C:\\a:/data", "-v C:\\:/data", Some(true)),
            ("--read-only", "", None),
            ("-v /srv:/data:ro", "-v /srv:/data", Some(true)),
            ("-v /srv:/data:ro", "--volume=/:/data:ro", Some(true)),
            ("-v /srv:/data", "-v /srv:/data -v /var/run/docker.sock:/s", Some(true)),
            ("-v /srv:/data", "-v /srv:/data --network host", Some(true)),
            ("-v /srv:/data", "-v /srv:/data --privileged", Some(true)),
            ("-v /srv:/data", "-v /srv:/data:ro", Some(false)),
            ("--mount type=bind,src=/srv/a,dst=/d", "--mount type=bind,src=/srv,dst=/d", Some(true)),
        ] {
            let found = compare("docker", &run(old), &run(new), (None, None));
            let is = match found {
                Args::Widened(_) => Some(true),
                Args::Narrowed(_) => Some(false),
                _ => None,
            };
            assert_eq!(is, more, "{old} → {new}: {found:?}");
        }
    }
}
