//! The variables of an operation's server before and after in, every way in which its calls can go elsewhere out:
//! by another default, or by a value that callers could not choose. That the address itself has one variable more
//! is told where addresses are compared.

use std::collections::{BTreeMap, HashSet};

use super::host_rules::{alone, told};
use super::hosts::{self, HostChange, variables};
use super::surface::Change;
use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::model::surface::Locked;
use crate::rules::{Rule, Severity, host};

/// Every rule that can be told.
pub const EMITS: &[&Rule] = &[
    host::CHANGED,
    host::REGISTRABLE_DOMAIN_CHANGED,
    host::LOOKALIKE,
    host::PRIVATE_TARGET,
    host::WILDCARDED,
    host::SCHEME_DOWNGRADED,
    host::TEMPLATE_VARIABLE_ADDED,
    host::ADDED,
    host::REMOVED,
    host::BASE_PATH_CHANGED,
    host::PORT_CHANGED,
];

/// Most values of one variable that are told one by one.
const MOST: usize = 20;

/// Where a variable stands in an address.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    /// It says whether calls are encrypted.
    Scheme,
    /// A part of the host.
    Host,
    /// The whole host, which is its default.
    Whole,
    /// A part of the base path.
    Path,
}

type Variables = BTreeMap<String, Node>;

/// What differs.
pub fn compare(old: &Locked, new: &Locked) -> Vec<Change> {
    let none = Variables::new();
    let was = old.content.server_variables.as_ref().unwrap_or(&none);
    let is = new.content.server_variables.as_ref().unwrap_or(&none);
    let mut out = Vec::new();
    if was == is {
        return out;
    }
    defaults((old, was), (new, is), &mut out);
    for (name, variable) in is {
        let role = role(new, name, variable);
        match was.get(name) {
            Some(before) => values((name, role), before, variable, (new, is), &mut out),
            None => added(name, role, variable, &mut out),
        }
    }
    for (name, variable) in was.iter().filter(|(name, _)| !is.contains_key(*name)) {
        let undefined = Node::map::<String>([]);
        let role = role(old, name, variable);
        let stays = match role {
            Role::Host => variables(&new.host).iter().any(|v| v.eq_ignore_ascii_case(name)),
            Role::Path => variables(&base(new)).contains(&name.as_str()),
            Role::Scheme | Role::Whole => false,
        };
        if stays {
            values((name, role), variable, &undefined, (new, is), &mut out);
        }
    }
    out
}

fn base(locked: &Locked) -> String {
    locked.content.base_path.clone().unwrap_or_default()
}

fn role(locked: &Locked, name: &str, variable: &Node) -> Role {
    let scheme = |node: &Node| matches!(node.as_text(), Some("http" | "https"));
    if variables(&locked.host).iter().any(|v| v.eq_ignore_ascii_case(name)) {
        Role::Host
    } else if variables(&base(locked)).contains(&name) {
        Role::Path
    } else if variable.get("default").is_some_and(scheme) {
        Role::Scheme
    } else {
        Role::Whole
    }
}

/// The host that a call without a choice goes to: a default may also end the host and begin a path.
fn filled(template: &str, variables: &Variables, own: Option<(&str, &str)>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        let chosen = own.filter(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let default = || {
            let known = variables.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            known.and_then(|(_, variable)| variable.get("default")?.as_text())
        };
        match chosen.or_else(default) {
            Some(value) => out.push_str(value),
            None => out.extend(["{", name, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The host of an address, however much of one it is.
fn host_of(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_lowercase()
}

/// The same address with other defaults. Where the addresses differ, that is told.
fn defaults((old, was): (&Locked, &Variables), (new, is): (&Locked, &Variables), out: &mut Vec<Change>) {
    let put = |rule, before: &str, after: &str, aspect, here: Phrase| {
        Change::new(rule, "/server_variables", aspect)
            .texts(before, after)
            .says(aspect, Phrase::quote(before).and_say(" → ").and_quote(after))
            .here(here)
    };
    if old.host == new.host && old.host.contains('{') {
        let (before, after) = (host_of(&filled(&old.host, was, None)), host_of(&filled(&new.host, is, None)));
        for change in hosts::compare(&before, &after) {
            let (rule, here) = told(&change);
            out.push(put(rule, &before, &after, "default host", here));
        }
    }
    if base(old) == base(new) {
        let (before, after) = (filled(&base(old), was, None), filled(&base(new), is, None));
        if before != after {
            let here = "every call that chooses nothing goes to another place on the same host";
            out.push(put(host::BASE_PATH_CHANGED, &before, &after, "default base path", here.into()));
        }
    }
}

fn added(name: &str, role: Role, variable: &Node, out: &mut Vec<Change>) {
    let change = match role {
        // The address has a placeholder that it had not, and that is told; or it had one that nobody described.
        Role::Host | Role::Path => return,
        Role::Scheme if !chosen(variable).is_none_or(|values| values.contains(&"http")) => return,
        Role::Scheme => downgraded(name),
        Role::Whole => freed(name).says("server variable", Phrase::quote(name)),
    };
    out.push(change);
}

fn downgraded(name: &str) -> Change {
    let (rule, here) = told(&HostChange::SchemeDowngraded);
    let mut change = Change::new(rule, part(name), "scheme")
        .texts("https", "http")
        .says("server variable", Phrase::quote(name).and_say(" can be http"))
        .here(here);
    // A caller has to choose it.
    change.severity = Some(Severity::Medium);
    change
}

fn freed(name: &str) -> Change {
    let (rule, here) = told(&HostChange::TemplateVariableAdded(name.to_owned()));
    Change::new(rule, part(name), "server variable").here(here)
}

fn part(name: &str) -> String {
    format!("/server_variables/{}", crate::canon::node::pointer_step(name))
}

/// The values of a variable; `None`: any.
fn chosen(variable: &Node) -> Option<Vec<&str>> {
    let list = variable.get("enum").filter(|list| !list.is_null())?;
    Some(list.items().iter().filter_map(Node::as_text).collect())
}

/// What callers may choose.
fn values(
    (name, role): (&str, Role),
    before: &Node,
    after: &Node,
    (new, is): (&Locked, &Variables),
    out: &mut Vec<Change>,
) {
    let (Some(was), now) = (chosen(before), chosen(after)) else { return };
    let Some(now) = now else {
        let change = Phrase::quote(name).and_say(" may be anything");
        out.push(freed(name).says("server variable", change));
        return;
    };
    let (had, has) = (was.iter().collect::<HashSet<_>>(), now.iter().collect::<HashSet<_>>());
    let grown: Vec<&str> = now.iter().copied().filter(|value| !had.contains(value)).collect();
    let usual = host_of(&filled(&new.host, is, None));
    for value in grown.iter().take(MOST) {
        let says = || Phrase::quote(name).and_say(" can be ").and_quote(*value);
        let mut tell = |rule: &'static Rule, here: Phrase, severity| {
            let mut change = Change::new(rule, part(name), "server variable")
                .values(None, Some(Node::text(*value)))
                .says("server variable", says())
                .here(here);
            change.severity = severity;
            out.push(change);
        };
        match role {
            Role::Scheme if value.eq_ignore_ascii_case("http") => out.push(downgraded(name)),
            Role::Scheme => {}
            Role::Path => {
                let (rule, here) = told(&HostChange::TemplateVariableAdded(name.to_owned()));
                tell(rule, here, Some(Severity::Medium));
            }
            Role::Host | Role::Whole => {
                let address = match role {
                    Role::Host => filled(&new.host, is, Some((name, value))),
                    _ => (*value).to_owned(),
                };
                for (rule, here) in alone(&host_of(&address), &[&usual]) {
                    tell(rule, here, None);
                }
            }
        }
    }
    if grown.len() > MOST {
        let more = format!(" and {} more values", grown.len() - MOST);
        out.push(freed(name).says("server variable", Phrase::quote(name).and_say(more)));
    }
    let gone: Vec<&str> = was.iter().copied().filter(|value| !has.contains(value)).collect();
    if !gone.is_empty() {
        let rule = if role == Role::Path { host::BASE_PATH_CHANGED } else { host::REMOVED };
        let mut change = Change::new(rule, part(name), "server variable")
            .values(Some(Node::texts(gone.iter().copied())), None)
            .says(
                "server variable",
                Phrase::quote(name)
                    .and_say(" can no longer be ")
                    .and(Phrase::list(gone.into_iter().take(MOST))),
            )
            .here("calls that choose it fail");
        change.severity = Some(Severity::Low);
        out.push(change);
    }
}
