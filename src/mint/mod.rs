//! ENGINE: surfaces that sources describe and the toolpack that there was, if any, in; the files of a toolpack out.
//!
//! A pure function: no clock, no order of arrival, no name of a folder is in what it gives. What there was keeps its
//! id, its tools' ids and names, and what a person wrote into it; only what the sources describe otherwise changes.

mod actions;
mod closure;
pub mod container;
mod describe;
pub mod emit;
mod entries;
mod flows;
mod graphql;
pub mod groups;
mod header;
mod ids;
mod input;
mod inputs;
mod keep;
mod merge;
mod names;
mod operation;
mod policy;
mod schema_join;
mod schemas;
pub mod scope;
mod surface;
mod tags;
mod toolsets;
mod union;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub use input::{LeftOut, Minted, Options, Runtime, Source};

use crate::canon::digest::sha256_hex;
use crate::canon::{Fault, FaultKind, Node, Value};
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;
use crate::model::tool::Tool;
use crate::model::toolpack::{Header, Toolpack, join};
use crate::model::written::{self, Trees};
use actions::{Action, Terms};
use scope::{Facts, Scope};

/// Makes the files of a toolpack from what sources describe.
///
/// # Errors
/// Nothing that can be taken in, a scope or a `--same` that does not fit, and whatever version 2 refuses.
pub fn mint(sources: Vec<Source>, previous: Option<&Toolpack>, options: &Options) -> Result<Minted, Fault> {
    let scope = scope_of(previous, options)?;
    let mut options = options.clone();
    if let Some(pack) = previous.filter(|_| options.hosts.is_empty()) {
        options.hosts.clone_from(&pack.header.allowed_hosts);
    }
    let sources = header::with_ids(sources, previous.map(|pack| &pack.header));
    let surface = surface::combine(&sources, previous, &options)?;
    let (mut left_out, mut notes) = (surface.left_out, surface.notes);
    let place = paths(previous).map(|path| join(&options.dir, path));
    let [tools_file, _, _, baseline_file] = &place;
    let first_party =
        if scope.first_party_hosts.is_empty() { &options.hosts } else { &scope.first_party_hosts };
    let names: HashMap<&str, &str> = previous.map(names_of).unwrap_or_default();
    let carried = previous.map(keep::carried).unwrap_or_default();
    let terms = Terms {
        file: tools_file,
        names: &names,
        first_party,
        confirm: scope.confirmation_required,
        rate: scope.rate_limit_per_minute,
        carried: &carried,
    };

    let whole = Baseline::read(baseline_file, surface.node)?;
    let mut made = actions::make(&whole, &terms)?;
    let mut out: HashSet<String> =
        made.iter().filter(|action| !admits(&scope, action)).map(|action| action.tool.id.clone()).collect();
    left_out.scope = out.len();
    if let Some(only) = &options.only {
        let others = made.iter().map(|action| &action.tool.id).filter(|id| !only.contains(*id));
        out.extend(others.cloned().collect::<Vec<_>>());
        left_out.unchosen = out.len() - left_out.scope;
    }
    made.retain(|action| !out.contains(&action.tool.id));
    if made.is_empty() {
        return Err(nothing(&scope, &left_out, surface.described));
    }
    made.sort_by(|a, b| a.tool.name.cmp(&b.tool.name));
    let mut tree = surface::without(whole.raw, &out);

    // What a mint would have made of the toolpack that there was: the rest of it was written by hand.
    let would = match previous {
        Some(pack) => actions::make(&pack.baseline, &terms)?,
        None => Vec::new(),
    };
    if let Some(pack) = previous {
        let outdated = keep::actions(&mut made, pack, &would);
        if outdated > 0 {
            let went = match outdated {
                1 => "a text by a model went, since its operation changed".to_owned(),
                n => format!("{n} texts by a model went, since their operations changed"),
            };
            notes.push(Phrase::say(went).and_say("; `cask enrich` asks for new ones"));
        }
    }
    let there: HashSet<&str> = made.iter().map(|action| action.tool.id.as_str()).collect();
    let summary = flows::summary(&sources, previous, &there);
    flows::hint(&mut made, &summary);
    put_summary(&mut tree, summary);

    let name = options.name.clone().or(previous.map(|pack| pack.header.name.clone()));
    let name = name.unwrap_or(options.default_name.clone());
    let plain = surface::plain_hosts(&tree);
    let hosts = header::hosts(made.iter(), &plain);
    let id = options.toolpack_id.clone().or(previous.map(|pack| pack.header.toolpack_id.clone()));
    let id = id.unwrap_or_else(|| header::toolpack_id(&name, &hosts));
    let header = header::make(
        &header::Said {
            toolpack_id: &id,
            name: &name,
            created_at: options.created_at,
            scope: &scope.name,
            hosts: &hosts,
            sources: &sources,
            runtime: options.runtime.as_ref().map(|runtime| match runtime {
                Runtime::Local => container::local(),
                Runtime::Container(asked) => asked.runtime(&id),
            }),
        },
        previous.map(|pack| &pack.header),
    );
    let policy = policy_of(&name, &made, previous, would, &mut notes);
    let tools: Vec<Tool> = made.into_iter().map(|action| action.tool).collect();
    let toolsets =
        toolsets::make(&tools, previous.map(|pack| (&pack.toolsets, pack.manifest.tools.as_slice())));
    let actions = tools.into_iter().map(|tool| tool.raw).collect();
    let manifest = manifest(&id, actions, previous);

    let trees =
        Trees { header: &header, tools: &manifest, toolsets: &toolsets, policy: &policy, baseline: &tree };
    let mut files = written::texts(paths(previous), trees);
    let mut named = previous.map(|pack| pack.files.clone()).unwrap_or_default();
    if let Some(Runtime::Container(asked)) = &options.runtime {
        let text = container::dockerfile(asked.version.as_deref());
        named.insert(container::FILE.to_owned(), Some(sha256_hex(text.as_bytes())));
        files.insert(container::FILE.to_owned(), text);
    }
    let pack = written::read_back(&options.dir, &files, &named)?;
    Ok(Minted {
        pack,
        files,
        scope: scope.name,
        described: surface.described,
        left_out,
        kept: surface.kept,
        notes,
    })
}

/// What a fault names where no file is at fault: nothing is left that could be taken in.
pub const NOTHING: &str = "the sources";

/// Where tools, toolsets, policy and baseline lie.
fn paths(previous: Option<&Toolpack>) -> [&str; 4] {
    match previous {
        Some(pack) => {
            let Header { tools, toolsets, policy, baseline, .. } = &pack.header;
            [tools, toolsets, policy, baseline]
        }
        None => header::PATHS,
    }
}

/// The scope that was asked for, else the one that the toolpack was made with.
fn scope_of(previous: Option<&Toolpack>, options: &Options) -> Result<Scope, Fault> {
    if let Some(scope) = &options.scope {
        return Ok(scope.clone());
    }
    let before = previous.and_then(|pack| pack.header.raw.get("scope")).and_then(Node::as_text);
    let name = before.unwrap_or(scope::DEFAULT);
    scope::preset(name).ok_or_else(|| {
        let header = previous.map(|pack| pack.path(crate::model::toolpack::HEADER)).unwrap_or_default();
        Fault::new(&header, FaultKind::Content, format!("it was made with the scope file {name:?}"))
            .pointer("/scope")
            .hint("name that file again: --scope-file FILE; or another scope: --scope NAME")
    })
}

fn names_of(pack: &Toolpack) -> HashMap<&str, &str> {
    let mut names = HashMap::new();
    for tool in &pack.manifest.tools {
        names.insert(tool.id.as_str(), tool.name.as_str());
    }
    names
}

fn admits(scope: &Scope, action: &Action) -> bool {
    let tool = &action.tool;
    let path = tool.full_path();
    let about = tags::About {
        method: &tool.method,
        path: &path,
        fields: &BTreeSet::new(),
        effect: action.effect,
        reasons: &action.reasons,
    };
    scope.admits(&Facts {
        host: &tool.host,
        method: &tool.method,
        path: &path,
        is_first_party: action.first_party,
        is_state_changing: action.effect.changes_state(),
        is_auth_related: about.is_auth(),
        has_pii: about.is_personal(),
        risk_tier: tool.tier,
        auth_type: &action.auth,
        tags: &action.labels,
        observation_count: action.observed,
    })
}

/// Nothing is left: what was there, and why nothing of it was taken in.
fn nothing(scope: &Scope, left_out: &LeftOut, described: usize) -> Fault {
    const SHOWN: usize = 5;
    let mut message = match described {
        0 => "the sources describe no operation".to_owned(),
        1 => "the one operation that is described was left out".to_owned(),
        n => format!("all {n} operations that are described were left out"),
    };
    let others: usize = left_out.hosts.values().sum();
    if others > 0 {
        let hosts: Vec<&str> = left_out.hosts.keys().map(String::as_str).take(SHOWN).collect();
        let more = left_out.hosts.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        message.push_str(&format!(": {others} on other hosts ({}{more})", hosts.join(", ")));
    }
    if left_out.scope > 0 {
        let joined = if others > 0 { " and " } else { ": " };
        message.push_str(&format!("{joined}{} outside of the scope {}", left_out.scope, scope.name));
    }
    if left_out.unchosen > 0 {
        let joined = if others + left_out.scope > 0 { " and " } else { ": " };
        message.push_str(&format!("{joined}{} that the candidates chosen do not name", left_out.unchosen));
    }
    let hint = match (others, left_out.scope, left_out.unchosen) {
        (1.., _, _) => "name the hosts that belong to you: --allowed-hosts HOST",
        (_, 1.., _) => "choose another scope: --scope NAME, or --scope-file FILE",
        (_, _, 1..) => "draft the capture again, and choose of what it has now: cask propose from-capture",
        _ => "name a description that has operations or tools",
    };
    Fault::new(NOTHING, FaultKind::Content, message).hint(hint)
}

/// Puts the summary where the format has it: before the definitions.
fn put_summary(tree: &mut Node, summary: Node) {
    if let Value::Map(members) = &mut tree.value {
        let at = members.iter().position(|(key, _)| key == "$defs").unwrap_or(members.len());
        members.insert(at, ("summary".to_owned(), summary));
    }
}

/// tools.json.
fn manifest(id: &str, actions: Vec<Node>, previous: Option<&Toolpack>) -> Node {
    let mut members = vec![
        ("schema_version".to_owned(), Node::text(CURRENT)),
        ("toolpack_id".to_owned(), Node::text(id)),
        ("actions".to_owned(), Node::new(Value::List(actions))),
    ];
    let own = previous.map(|pack| pack.manifest.rest.members()).unwrap_or_default();
    let ours = |key: &str| matches!(key, "schema_version" | "toolpack_id" | "actions");
    members.extend(own.iter().filter(|(key, _)| !ours(key)).cloned());
    Node::map(members)
}

/// The policy; the one that there was, if a person changed it.
fn policy_of(
    name: &str,
    actions: &[Action],
    previous: Option<&Toolpack>,
    mut would: Vec<Action>,
    notes: &mut Vec<Phrase>,
) -> Node {
    let made = policy::make(name, actions);
    let Some(pack) = previous else { return made };
    let there: BTreeMap<&str, &Tool> =
        pack.manifest.tools.iter().map(|tool| (tool.id.as_str(), tool)).collect();
    would.retain(|action| there.contains_key(action.tool.id.as_str()));
    let untouched = policy::make(&pack.header.name, &would);
    if pack.policy.raw == untouched || pack.policy.raw == made {
        return made;
    }
    let before: HashSet<&str> = pack.manifest.tools.iter().map(|tool| tool.id.as_str()).collect();
    let new = actions.iter().filter(|action| !before.contains(action.tool.id.as_str())).count();
    let what = Phrase::say("the policy was changed by hand and stays as it is");
    notes.push(match new {
        0 => what,
        n => what.and_say(format!("; look whether it says what you want of {n} new tools")),
    });
    pack.policy.raw.clone()
}

#[cfg(test)]
mod tests;
