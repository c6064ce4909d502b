//! Somebody's own file of groups and proposed ones in; the file with what was missing in it out, and what that lets in.

use std::collections::BTreeSet;

use super::edit::{self, Edit};
use super::fold::{LISTS, fold};
use crate::canon::emit::emit_yaml_with;
use crate::canon::{Fault, FaultKind, Node, Value, digest};
use crate::model::risk::RiskTier;
use crate::model::{bytes, limits};

/// Most groups of one proposal.
const MANY: usize = 500;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The file.
    pub text: String,
    /// Groups that were not there.
    pub added: Vec<String>,
    /// Groups that stayed as they were.
    pub kept: Vec<String>,
    /// Groups that take in more now, or graver things: name, and what.
    pub broadened: Vec<(String, String)>,
}

/// Takes proposed groups in. `own`: name and text of the file, if there is one.
///
/// # Errors
/// A file that is no file of groups, or one into which nothing can be written without losing something.
pub fn merge(own: (&str, Option<&str>), suggested: (&str, &Node)) -> Result<Merged, Fault> {
    let (file, text) = own;
    let groups = fold(suggested.0, suggested.1)?;
    if groups.len() > MANY {
        let message = format!("it proposes more than {MANY} groups");
        return Err(Fault::new(suggested.0, FaultKind::Limit, message).line(1));
    }
    let before = match text {
        Some(text) => bytes::described(file, text.as_bytes(), limits::SMALL)?,
        None => Node::map::<String>([]),
    };
    if !before.is_map() || before.get("scopes").is_some_and(|scopes| !scopes.is_map()) {
        return Err(Fault::new(file, FaultKind::Content, "it is no map with groups under scopes").line(1));
    }
    let mut now = before.clone();
    if now.get("version").is_none() {
        let version = suggested.1.get("version").filter(|version| version.as_int().is_some());
        now.set("version", version.cloned().unwrap_or_else(|| Node::int(1)));
    }
    let mut scopes = before.get("scopes").cloned().unwrap_or_else(|| Node::map::<String>([]));
    let mut merged =
        Merged { text: String::new(), added: Vec::new(), kept: Vec::new(), broadened: Vec::new() };
    let mut edits = Vec::new();
    for (name, proposed) in &groups {
        let Some(known) = scopes.get(name) else {
            edits.push(Edit::Add { name: name.clone(), node: proposed.clone() });
            scopes.set(name, proposed.clone());
            merged.added.push(name.clone());
            continue;
        };
        let mut grown = known.clone();
        let what = grow(&mut grown, proposed, name, &mut edits);
        match what.is_empty() {
            true => merged.kept.push(name.clone()),
            false => merged.broadened.extend(what.into_iter().map(|what| (name.clone(), what))),
        }
        scopes.set(name, grown);
    }
    let there: Vec<&String> = scopes.members().iter().map(|(name, _)| name).collect();
    merged.kept.extend(there.into_iter().filter(|name| !groups.contains_key(*name)).cloned());
    merged.kept.sort();
    now.set("scopes", scopes);
    merged.text = match text {
        Some(text) if edits.is_empty() && digest::of(&before) == digest::of(&now) => text.to_owned(),
        Some(text) => edited(file, text, &before, &now, &edits)?,
        None => emitted(&now),
    };
    Ok(merged)
}

/// Adds to a group what a proposal has and it has not. What that lets in.
fn grow(group: &mut Node, proposed: &Node, name: &str, edits: &mut Vec<Edit>) -> Vec<String> {
    let mut what = Vec::new();
    let tier = |node: &Node| node.get("risk_tier").and_then(Node::as_text)?.parse::<RiskTier>().ok();
    if let (Some(is), Some(was)) = (tier(proposed), tier(group))
        && is > was
    {
        group.set("risk_tier", Node::text(is.word()));
        edits.push(Edit::word(name, "risk_tier", is.word()));
        what.push(format!("risk_tier {was} is {is} now"));
    }
    let asks = |node: &Node| node.get("review_required").and_then(Node::as_bool);
    if asks(proposed) == Some(true) && asks(group) == Some(false) {
        group.set("review_required", Node::bool(true));
        edits.push(Edit::word(name, "review_required", "true"));
        what.push("review_required is true now".to_owned());
    }
    for (list, _) in LISTS {
        let known: BTreeSet<&str> =
            group.get(list).map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect();
        let items = proposed.get(list).map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text);
        let new: Vec<String> = items.filter(|item| !known.contains(*item)).map(str::to_owned).collect();
        if new.is_empty() {
            continue;
        }
        if *list != "signals" {
            what.push(format!("{list}: + {}", new.join(", ")));
        }
        let mut whole = group.get(list).map(Node::items).unwrap_or_default().to_vec();
        whole.extend(new.iter().map(Node::text));
        group.set(list, Node::new(Value::List(whole)));
        edits.push(Edit::Items { scope: name.to_owned(), list, items: new });
    }
    // More reasons alone let nothing in.
    what
}

/// The text with the edits in it. Read again it has to say just what it should.
fn edited(file: &str, text: &str, before: &Node, now: &Node, edits: &[Edit]) -> Result<String, Fault> {
    let says = |text: &str| {
        bytes::described(file, text.as_bytes(), limits::SMALL)
            .is_ok_and(|is| digest::of(&is) == digest::of(now))
    };
    if let Some(text) = edit::apply(text, before, now, edits).filter(|text| says(text)) {
        return Ok(text);
    }
    // Written anew it says the same, as long as it says it without comments.
    let whole = emitted(now);
    match !text.contains('#') && says(&whole) {
        true => Ok(whole),
        false => {
            Err(Fault::new(file, FaultKind::Content, "it is written in a form that nothing can be added to")
                .line(1)
                .hint("write groups as blocks: a line for each member, a line for each item behind a dash"))
        }
    }
}

fn emitted(node: &Node) -> String {
    let is_list = |pointer: &str| LISTS.iter().any(|(list, _)| pointer.rsplit('/').next() == Some(*list));
    emit_yaml_with(node, &is_list)
}
