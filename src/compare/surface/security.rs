//! What a caller must prove, before and after: alternatives of schemes with their scopes.
//!
//! Schemes are compared by what they are, not by what a file calls them: renaming one is no change.

use super::change::Change;
use super::scheme::Scheme;
use crate::canon::Node;
use crate::canon::Value;
use crate::model::phrase::Phrase;
use crate::model::schema::baseline::Facet;
use crate::model::surface::Locked;
use crate::rules::{Rule, auth};

/// Every rule that this part can emit.
pub const EMITS: &[&Rule] = &[
    auth::REMOVED,
    auth::ADDED,
    auth::ALTERNATIVE_ADDED,
    auth::ALTERNATIVE_REMOVED,
    auth::SCHEME_CHANGED,
    auth::SCHEME_WEAKENED,
    auth::SCHEME_UNRESOLVED,
    auth::KEY_LOCATION_CHANGED,
    auth::HEADER_NAME_CHANGED,
    auth::TOKEN_URL_CHANGED,
    auth::AUTHORIZE_URL_CHANGED,
    auth::ISSUER_CHANGED,
    auth::SCOPE_BROADENED,
    auth::SCOPE_REQUIRED_ADDED,
    auth::SCOPE_REQUIRED_REMOVED,
];

/// One way to prove who calls: every scheme of it is needed.
type Alternative<'a> = Vec<Scheme<'a>>;

/// What differs.
pub fn changes(old: &Locked, new: &Locked, out: &mut Vec<Change>) {
    if !old.knows(Facet::Security) || !new.knows(Facet::Security) {
        return;
    }
    let (was, is) = (alternatives(old), alternatives(new));
    let change = |rule: &'static Rule| {
        Change::new(rule, "/security", "security")
            .values(node(&old.content.security), node(&new.content.security))
    };
    // What is not known can't be compared: that it is not known says it all.
    let known: Vec<&str> = was.iter().flatten().filter_map(Scheme::lost).collect();
    if let Some(lost) = is.iter().flatten().filter_map(Scheme::lost).find(|lost| !known.contains(lost)) {
        out.push(
            change(auth::SCHEME_UNRESOLVED)
                .says("credential", Phrase::quote(lost).and_say(" is not defined"))
                .here("what a caller must prove can't be told"),
        );
        return;
    }
    match (was.is_empty(), is.is_empty()) {
        (true, true) => {}
        (false, true) => out.push(
            change(auth::REMOVED)
                .says("credential", names(&was).and_say(" → none"))
                .here("whoever reaches the host can call it"),
        ),
        (true, false) => out.push(
            change(auth::ADDED)
                .says("credential", Phrase::say("none → ").and(names(&is)))
                .here("calls without it fail"),
        ),
        (false, false) => between(was, is, &change, out),
    }
}

/// The alternatives of an operation; none if a call needs no credential, also where an empty alternative
/// says so beside others (rules.md, ruling 10).
fn alternatives<'a>(locked: &'a Locked) -> Vec<Alternative<'a>> {
    let all = locked.content.security.as_deref().unwrap_or_default();
    if all.iter().any(|alternative| alternative.is_empty()) {
        return Vec::new();
    }
    let scheme =
        |(name, scopes): (&'a String, &'a Vec<String>)| Scheme::new(name, scopes, locked.schemes.get(name));
    all.iter().map(|alternative| alternative.iter().map(scheme).collect()).collect()
}

/// Pairs equal alternatives, then those of the same kinds, then what is left if it is one on each side; the
/// rest came or went.
fn between(
    was: Vec<Alternative>,
    is: Vec<Alternative>,
    change: &dyn Fn(&'static Rule) -> Change,
    out: &mut Vec<Change>,
) {
    let (mut old, mut new): (Vec<_>, Vec<_>) = (was.into_iter().collect(), is.into_iter().collect());
    let mut pairs = Vec::new();
    type Same = fn(&Alternative, &Alternative) -> bool;
    let rounds: [Same; 3] = [
        |a, b| a == b,
        |a, b| kinds(a) == kinds(b),
        // The last two are one that became the other.
        |_, _| true,
    ];
    for (round, same) in rounds.into_iter().enumerate() {
        if round == 2 && (old.len() != 1 || new.len() != 1) {
            break;
        }
        let mut left = Vec::new();
        for a in old {
            match new.iter().position(|b| same(&a, b)) {
                Some(at) => pairs.push((a, new.remove(at))),
                None => left.push(a),
            }
        }
        old = left;
    }
    for (a, b) in pairs {
        one(&a, &b, change, out);
    }
    for gone in old {
        out.push(
            change(auth::ALTERNATIVE_REMOVED)
                .says("credential", Phrase::say("no longer ").and(named(&gone)))
                .here("who proves it in this way fails"),
        );
    }
    for added in new {
        out.push(
            change(auth::ALTERNATIVE_ADDED)
                .says("credential", Phrase::say("or ").and(named(&added)))
                .here("the easiest way counts"),
        );
    }
}

fn kinds(alternative: &Alternative) -> Vec<String> {
    let mut kinds: Vec<String> = alternative.iter().map(Scheme::kind).collect();
    kinds.sort();
    kinds
}

/// One alternative that became another.
fn one(
    old: &Alternative,
    new: &Alternative,
    change: &dyn Fn(&'static Rule) -> Change,
    out: &mut Vec<Change>,
) {
    if kinds(old) != kinds(new) {
        let moved = match (&old[..], &new[..]) {
            ([a], [b]) => carried(a, b),
            _ => None,
        };
        let weaker = new.iter().any(Scheme::is_weak) && !old.iter().any(Scheme::is_weak);
        let (rule, here) = moved.unwrap_or(match weaker {
            true => (auth::SCHEME_WEAKENED, "what the call carries is easier to steal or to guess"),
            false => (auth::SCHEME_CHANGED, "calls with the old credential fail"),
        });
        out.push(change(rule).says("credential", named(old).and_say(" → ").and(named(new))).here(here));
    }
    for (a, b) in paired(old, new) {
        // A token whose form is told can be checked before it is believed.
        if a.text("bearerFormat") != b.text("bearerFormat") && b.text("bearerFormat").is_empty() {
            let told = Phrase::say("format ").and_quote(a.text("bearerFormat")).and_say(" → any");
            out.push(
                change(auth::SCHEME_WEAKENED).says("credential", told).here("any text may serve as a token"),
            );
        }
        providers(a, b, change, out);
        scopes(a, b, change, out);
    }
}

/// Schemes of one kind on both sides.
fn paired<'s, 'a>(old: &'s [Scheme<'a>], new: &'s [Scheme<'a>]) -> Vec<(&'s Scheme<'a>, &'s Scheme<'a>)> {
    old.iter().filter_map(|a| Some((a, new.iter().find(|b| b.family() == a.family())?))).collect()
}

/// The same key elsewhere in the call, or under another name.
fn carried(a: &Scheme, b: &Scheme) -> Option<(&'static Rule, &'static str)> {
    if a.family() != "apiKey" || b.family() != "apiKey" {
        return None;
    }
    Some(match (a.text("in") == b.text("in"), b.text("in")) {
        (false, "query") => (auth::KEY_LOCATION_CHANGED, "in a URL it lands in logs and histories"),
        (false, _) => (auth::KEY_LOCATION_CHANGED, "calls that carry it in the old place fail"),
        (true, _) => (auth::HEADER_NAME_CHANGED, "calls that carry it under the old name fail"),
    })
}

/// Where tokens come from and who vouches for them.
fn providers(a: &Scheme, b: &Scheme, change: &dyn Fn(&'static Rule) -> Change, out: &mut Vec<Change>) {
    for (rule, was, is) in [
        (auth::TOKEN_URL_CHANGED, a.urls(&["tokenUrl", "refreshUrl"]), b.urls(&["tokenUrl", "refreshUrl"])),
        (auth::AUTHORIZE_URL_CHANGED, a.urls(&["authorizationUrl"]), b.urls(&["authorizationUrl"])),
        (
            auth::ISSUER_CHANGED,
            a.urls(&["openIdConnectUrl", "issuer"]),
            b.urls(&["openIdConnectUrl", "issuer"]),
        ),
    ] {
        if was == is {
            continue;
        }
        let told = |urls: &[&str]| {
            if urls.is_empty() { Phrase::say("none") } else { Phrase::list(urls.iter().copied()) }
        };
        out.push(
            change(rule)
                .says("sign-in", told(&was).and_say(" → ").and(told(&is)))
                .here("whoever runs the address sees what is sent there"),
        );
    }
}

/// Scopes that a call needs, as sets.
fn scopes(a: &Scheme, b: &Scheme, change: &dyn Fn(&'static Rule) -> Change, out: &mut Vec<Change>) {
    let added: Vec<&String> = b.scopes.iter().filter(|s| !a.scopes.contains(s)).collect();
    let mut removed: Vec<&String> = a.scopes.iter().filter(|s| !b.scopes.contains(s)).collect();
    for scope in added {
        let narrow = removed.iter().position(|r| is_broader(scope, r));
        let (rule, told, here) = match narrow {
            Some(at) => {
                let was = removed.remove(at);
                let told = Phrase::quote(was).and_say(" → ").and_quote(scope);
                (auth::SCOPE_BROADENED, told, "the credential must allow more than the tool was approved for")
            }
            None if is_boundless(scope) => {
                let told = Phrase::say("also ").and_quote(scope);
                (auth::SCOPE_BROADENED, told, "the credential must allow more than the tool was approved for")
            }
            None => {
                let told = Phrase::say("also ").and_quote(scope);
                (auth::SCOPE_REQUIRED_ADDED, told, "tokens without the scope fail")
            }
        };
        out.push(change(rule).says("scope", told).here(here));
    }
    for scope in removed {
        out.push(
            change(auth::SCOPE_REQUIRED_REMOVED)
                .says("scope", Phrase::say("no longer ").and_quote(scope))
                .here("who lacks the scope can call it now"),
        );
    }
}

/// Whether a scope by itself reaches everything.
fn is_boundless(scope: &str) -> bool {
    let words = crate::canon::text::words(scope);
    scope.contains('*')
        || words.iter().any(|w| matches!(w.as_str(), "admin" | "all" | "root" | "full" | "superuser"))
}

/// Whether a scope took the place of a narrower one: `x:read` → `x:*`, `x:write`, `x`, `admin`.
fn is_broader(new: &str, old: &str) -> bool {
    let area = |scope: &str| scope.split([':', '.', '/']).next().unwrap_or_default().to_owned();
    let reads = |scope: &str| {
        crate::canon::text::words(scope)
            .iter()
            .any(|w| matches!(w.as_str(), "read" | "readonly" | "view" | "list"))
    };
    is_boundless(new) && !is_boundless(old) || area(new) == area(old) && reads(old) && !reads(new)
}

fn names(alternatives: &[Alternative]) -> Phrase {
    let mut told = Phrase::default();
    for (i, alternative) in alternatives.iter().take(3).enumerate() {
        told = if i > 0 { told.and_say(" or ") } else { told };
        told = told.and(named(alternative));
    }
    if alternatives.len() > 3 { told.and_say(" or others") } else { told }
}

fn named(alternative: &Alternative) -> Phrase {
    let mut told = Phrase::default();
    for (i, scheme) in alternative.iter().enumerate() {
        told = if i > 0 { told.and_say(" and ") } else { told };
        told = told.and(scheme.told());
    }
    told
}

fn node(security: &Option<Vec<std::collections::BTreeMap<String, Vec<String>>>>) -> Option<Node> {
    let alternative = |a: &std::collections::BTreeMap<String, Vec<String>>| {
        Node::map(a.iter().map(|(name, scopes)| (name.clone(), Node::texts(scopes))))
    };
    security.as_ref().map(|all| Node::new(Value::List(all.iter().map(alternative).collect())))
}
