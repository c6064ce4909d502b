//! What the command line and the environment give in; for each server the source of its credential out.
//!
//! Every credential is bound to one server here, at the start: a value whose server is not plain is refused, since
//! afterwards nobody would notice that it went to another.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use super::credential::Credential;
use super::host_env::stems;
use super::keyring::{self, Keyring};
use super::oauth::{ClientAuth, Grant, OAuth};
use super::provider::{ByOrigin, Fixed, TokenProvider};
use super::secret_file;
use crate::enforce::guard::address::Opened;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::io::net::address;
use crate::io::net::guarded::Guarded;
use crate::io::net::outgoing::Rules;
use crate::io::net::unfit::Unfit;

/// The header of all that names none.
const AUTHORIZATION: &str = "Authorization";
/// Variables that hold its value for whichever server there is, the nearer first.
pub const OF_THE_ONE: [&str; 2] = ["CASK_AUTH_HEADER", "CASKMCP_AUTH_HEADER"];
/// What the names of the variables of one OAuth grant end in.
const OF_OAUTH: [&str; 6] =
    ["TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN", "SCOPE", "CLIENT_AUTH"];

/// What was given. The environment is handed in.
pub struct Given<'a> {
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// `--auth VALUE`.
    pub auth: Option<&'a str>,
    /// `--auth-env NAME`.
    pub auth_env: Option<&'a str>,
    /// `--auth-file PATH`.
    pub auth_file: Option<&'a Path>,
    /// `--auth-keyring SERVICE/ACCOUNT`.
    pub auth_keyring: Option<&'a str>,
    /// `--auth-header NAME=env:VAR` or `NAME=keyring:SERVICE/ACCOUNT`, each time it was given.
    pub auth_headers: &'a [String],
    /// `--auth-host HOST`: the server that these and `CASK_AUTH_HEADER` are for.
    pub auth_host: Option<&'a str>,
}

impl<'a> Given<'a> {
    /// Nothing but the environment.
    pub fn by(env: &'a dyn Fn(&str) -> Option<String>) -> Given<'a> {
        Given {
            env,
            auth: None,
            auth_env: None,
            auth_file: None,
            auth_keyring: None,
            auth_headers: &[],
            auth_host: None,
        }
    }
}

/// What token endpoints are reached by: what was opened and believed for calls, but not their hosts.
#[derive(Clone, Default)]
pub struct Reach {
    /// `--allow-private-cidr`.
    pub opened: Opened,
    /// `--ca-file`.
    pub ca_file: Option<PathBuf>,
    /// `--proxy`.
    pub proxy: Option<reqwest::Url>,
}

/// The sources, and what is to be said about them.
pub struct Sources {
    /// For each server its source.
    pub by_origin: ByOrigin,
    /// What whoever gave them should know: one line each.
    pub warnings: Vec<String>,
}

/// The sources of what was given, for servers that were approved.
///
/// # Errors
/// A value that is none, a file that can't be used, a value for no server, or for more than one.
pub fn sources(given: &Given<'_>, allowed: &Allowed, reach: &Reach) -> Result<Sources, Unfit> {
    let (origins, named) = origins(allowed, given.auth_host)?;
    let mut out = Sources { by_origin: ByOrigin::new(), warnings: Vec::new() };
    for (stem, servers) in stems(&origins) {
        of_a_host(given, &stem, &servers, reach, &mut out)?;
    }
    of_the_one(given, named.as_ref(), allowed, &origins, &mut out)?;
    Ok(out)
}

/// The variables that are looked at for the credentials of servers that were approved, with those that name a file
/// instead, which end in `_FILE`.
///
/// # Errors
/// `--auth-host` names no such server.
pub fn variables(allowed: &Allowed, auth_host: Option<&str>) -> Result<Vec<String>, Unfit> {
    let origins = origins(allowed, auth_host)?.0;
    let of_hosts = stems(&origins).into_keys().flat_map(|stem| {
        let oauth = OF_OAUTH.map(|part| format!("CASK_OAUTH_{stem}_{part}"));
        std::iter::once(format!("CASK_AUTH_{stem}")).chain(oauth)
    });
    let all = of_hosts.chain(OF_THE_ONE.map(str::to_owned));
    Ok(all.flat_map(|name| [format!("{name}_FILE"), name]).collect())
}

/// The servers that a credential can be for, and the one that `--auth-host` names.
fn origins(allowed: &Allowed, named: Option<&str>) -> Result<(Vec<Origin>, Option<Origin>), Unfit> {
    let mut origins = allowed.origins();
    let named = named.map(|host| auth_host(host, allowed)).transpose()?;
    // A server behind a wildcard is known only by being named.
    origins.extend(named.iter().filter(|named| !origins.contains(named)).cloned().collect::<Vec<_>>());
    Ok((origins, named))
}

/// The server that `--auth-host` names.
fn auth_host(text: &str, allowed: &Allowed) -> Result<Origin, Unfit> {
    let fix = "name a host of the toolpack, as it stands there";
    let address = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let origin = Origin::read(&address).map_err(|_| Unfit::address("--auth-host names no host", fix))?;
    // A name alone means the one server that has it, on whatever port.
    let same: Vec<Origin> = allowed.origins().into_iter().filter(|other| other.host == origin.host).collect();
    match (allowed.covers(&origin), &same[..]) {
        (true, _) => Ok(origin),
        (false, [one]) if !text.contains("://") && origin.odd_port().is_none_or(|port| port == one.port) => {
            Ok(one.clone())
        }
        _ => Err(Unfit::address("--auth-host names a host that was not approved", fix)),
    }
}

/// A value of the environment: a variable that is set and empty holds nothing.
fn var(given: &Given<'_>, name: &str) -> Option<Zeroizing<String>> {
    (given.env)(name).filter(|value| !value.is_empty()).map(Zeroizing::new)
}

/// A value, or the entry of the keyring that holds it.
enum Kept {
    Value(Zeroizing<String>),
    Entry(Zeroizing<String>),
}

impl Kept {
    /// The value. `named` is what named it.
    fn value(self, named: &str) -> Result<Zeroizing<String>, Unfit> {
        match self {
            Kept::Value(value) => Ok(value),
            Kept::Entry(entry) => keyring::read(&entry, named),
        }
    }

    /// The source that shows it to a server.
    fn source(self, named: &str, origin: &Origin, header: &str) -> Result<Arc<dyn TokenProvider>, Unfit> {
        Ok(match self {
            Kept::Value(value) => {
                Arc::new(Fixed::new(Credential::new(named, origin.clone(), header, &value)?))
            }
            Kept::Entry(entry) => Arc::new(Keyring::open(&entry, named, origin.clone(), header)?),
        })
    }
}

/// What a variable holds, or the file that its sister with `_FILE` names, or the entry that the one with `_KEYRING` does.
fn kept(given: &Given<'_>, name: &str) -> Result<Option<Kept>, Unfit> {
    let [file, keyring] = ["FILE", "KEYRING"].map(|sister| format!("{name}_{sister}"));
    let names = [name, file.as_str(), keyring.as_str()];
    let mut set = names.into_iter().filter_map(|name| Some((name, var(given, name)?)));
    let (first, second) = (set.next(), set.next());
    match (first, second) {
        (None, _) => Ok(None),
        (Some((first, _)), Some((second, _))) => {
            Err(Unfit::means(format!("{first} and {second} are both set"), "leave one of them out"))
        }
        (Some((by, path)), None) if by == file => {
            secret_file::read(Path::new(path.as_str()), by).map(|value| Some(Kept::Value(value)))
        }
        (Some((by, entry)), None) if by == keyring => Ok(Some(Kept::Entry(entry))),
        (Some((_, value)), None) => Ok(Some(Kept::Value(value))),
    }
}

/// The value of that.
fn kept_value(given: &Given<'_>, name: &str) -> Result<Option<Zeroizing<String>>, Unfit> {
    kept(given, name)?.map(|kept| kept.value(name)).transpose()
}

/// What variables hold for the servers of one stem.
fn of_a_host(
    given: &Given<'_>,
    stem: &str,
    servers: &[Origin],
    reach: &Reach,
    out: &mut Sources,
) -> Result<(), Unfit> {
    let (plain, prefix) = (format!("CASK_AUTH_{stem}"), format!("CASK_OAUTH_{stem}"));
    // `CASK_AUTH_HEADER` is for whichever server there is; a host of that name is named by --auth-host.
    let value = if stem == "HEADER" { None } else { kept(given, &plain)? };
    let token_url = var(given, &format!("{prefix}_TOKEN_URL"));
    let name = match (&value, &token_url) {
        (None, None) => return Ok(()),
        (Some(_), Some(_)) => {
            let reason = format!("{plain} and {prefix}_TOKEN_URL are both set");
            return Err(Unfit::means(reason, "leave one of them out"));
        }
        (Some(_), None) => plain,
        (None, Some(_)) => prefix.clone(),
    };
    let [origin] = servers else {
        let which: Vec<String> = servers.iter().map(Origin::to_string).collect();
        let reason = format!("{name} could be for more than one server: {}", which.join(", "));
        return Err(Unfit::means(
            reason,
            "give the value by --auth-env with --auth-host, or name the port too",
        ));
    };
    let added = match (value, token_url) {
        (Some(kept), _) => out.by_origin.add(origin.clone(), kept.source(&name, origin, AUTHORIZATION)?),
        (None, Some(url)) => {
            let oauth = oauth(given, &prefix, &url, origin, reach)?;
            out.by_origin.add(origin.clone(), Arc::new(oauth))
        }
        (None, None) => true,
    };
    match added {
        true => Ok(()),
        false => twice(origin),
    }
}

fn twice<T>(origin: &Origin) -> Result<T, Unfit> {
    Err(Unfit::means(format!("more than one credential is given for {origin}"), "leave all but one out"))
}

/// OAuth for one server, as its variables say.
fn oauth(given: &Given<'_>, prefix: &str, url: &str, origin: &Origin, reach: &Reach) -> Result<OAuth, Unfit> {
    let named = |part: &str| format!("{prefix}_{part}");
    let missing =
        |part: &str| Unfit::means(format!("{} is not set", named(part)), "set it, or unset the others");
    let name = named("TOKEN_URL");
    // What is in it may be secret, so it is not repeated.
    let bad =
        |_| Unfit::address(format!("{name} is no address that is asked"), "give one that begins with https");
    let url = address::parse(url, &name, "").map_err(bad)?;
    let endpoint =
        Origin::of(&url).map_err(|_| Unfit::address(format!("{name} names no server"), "see what it is"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Unfit::address(
            format!("{name} has a user or password in it"),
            "use _CLIENT_ID and _CLIENT_SECRET",
        ));
    }
    let client_auth = match var(given, &named("CLIENT_AUTH")).as_deref().map(String::as_str) {
        None | Some("basic") => ClientAuth::Basic,
        Some("post") => ClientAuth::Post,
        Some(_) => {
            return Err(Unfit::means(
                format!("{} is neither basic nor post", named("CLIENT_AUTH")),
                "set it to one of them",
            ));
        }
    };
    let grant = Grant {
        url,
        client_id: var(given, &named("CLIENT_ID")).ok_or_else(|| missing("CLIENT_ID"))?,
        client_secret: kept_value(given, &named("CLIENT_SECRET"))?,
        refresh_token: kept_value(given, &named("REFRESH_TOKEN"))?,
        scope: var(given, &named("SCOPE")).map(|scope| scope.as_str().to_owned()),
        client_auth,
    };
    if grant.client_secret.is_none() && grant.refresh_token.is_none() {
        return Err(missing("CLIENT_SECRET"));
    }
    // The endpoint is allowed because it was named here, and calls of tools are not allowed to go there by it.
    let mut rules = Rules::new(Allowed::only([endpoint]), reach.opened.clone());
    rules.ca_file = reach.ca_file.clone();
    rules.proxy = reach.proxy.clone();
    OAuth::new(&format!("oauth:{prefix}"), origin.clone(), grant, Guarded::new(rules)?)
}

/// What was given without a server: it is for the only one, or for the one that was named.
fn of_the_one(
    given: &Given<'_>,
    named: Option<&Origin>,
    allowed: &Allowed,
    origins: &[Origin],
    out: &mut Sources,
) -> Result<(), Unfit> {
    // Header, where it came from, value.
    let mut values: Vec<(&str, &str, Kept)> = Vec::new();
    if let Some(value) = given.auth {
        out.warnings.push(
            "--auth shows the value to everyone who lists processes; use --auth-env or --auth-file"
                .to_owned(),
        );
        values.push((AUTHORIZATION, "--auth", Kept::Value(Zeroizing::new(value.to_owned()))));
    }
    if let Some(name) = given.auth_env {
        values.push((AUTHORIZATION, name, Kept::Value(set(given, name, "--auth-env")?)));
    }
    if let Some(path) = given.auth_file {
        values.push((AUTHORIZATION, "--auth-file", Kept::Value(secret_file::read(path, "--auth-file")?)));
    }
    if let Some(entry) = given.auth_keyring {
        values.push((AUTHORIZATION, "--auth-keyring", Kept::Entry(Zeroizing::new(entry.to_owned()))));
    }
    for text in given.auth_headers {
        let parts = text.split_once('=').and_then(|(header, from)| Some((header, from.split_once(':')?)));
        values.push(match parts {
            Some((header, ("env", name))) => (header, name, Kept::Value(set(given, name, "--auth-header")?)),
            Some((header, ("keyring", entry))) => {
                (header, "--auth-header", Kept::Entry(Zeroizing::new(entry.to_owned())))
            }
            _ => {
                return Err(Unfit::means(
                    "--auth-header is neither NAME=env:VARIABLE nor NAME=keyring:SERVICE/ACCOUNT",
                    "name the header, and the variable or the entry",
                ));
            }
        });
    }
    // What was given on the command line is nearer.
    for name in OF_THE_ONE {
        if values.is_empty()
            && let Some(kept) = kept(given, name)?
        {
            values.push((AUTHORIZATION, name, kept));
        }
    }
    if values.len() > 1 {
        let reason = "more than one credential is given on the command line";
        return Err(Unfit::means(reason, "leave all but one out"));
    }
    let Some((header, name, kept)) = values.pop() else { return Ok(()) };
    let origin = match (named, origins) {
        (Some(named), _) => named,
        (None, [one]) if !allowed.has_wildcard() => one,
        _ => {
            let reason = format!("{name} is given, and the toolpack has not exactly one host");
            return Err(Unfit::means(reason, "name the one that it is for: --auth-host HOST"));
        }
    };
    match out.by_origin.add(origin.clone(), kept.source(name, origin, header)?) {
        true => Ok(()),
        false => twice(origin),
    }
}

/// The value of a variable that was named.
fn set(given: &Given<'_>, name: &str, option: &str) -> Result<Zeroizing<String>, Unfit> {
    // A value in the place of its name must not be repeated.
    let is_name =
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && name.len() <= 128;
    if !is_name {
        return Err(Unfit::means(
            format!("{option} names no variable"),
            "give the name of a variable, not its value",
        ));
    }
    var(given, name)
        .ok_or_else(|| Unfit::means(format!("the variable that {option} names is not set"), "set it"))
}
