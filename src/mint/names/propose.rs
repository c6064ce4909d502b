//! An operation in, the name that a person would choose out, with what can be added where another operation would
//! be called the same.

use super::segments::{Kind, Segment, plain_words, segments};
use super::verbs;
use crate::compare::hosts::registrable;
use crate::compare::inflect::{is_many, singular};
use crate::mint::operation::placeholders;

/// Longest name (formats-v2 §6).
pub(in crate::mint) const MAX: usize = 48;
/// Most words that are added to tell two operations apart.
const MAX_MORE: usize = 12;

/// What names are made of.
#[derive(Debug, Clone, Copy)]
pub(in crate::mint) struct Named<'a> {
    pub(in crate::mint) method: &'a str,
    pub(in crate::mint) host: &'a str,
    pub(in crate::mint) path: &'a str,
    pub(in crate::mint) operation_id: Option<&'a str>,
}

/// What an operation may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mint) struct Proposal {
    pub(in crate::mint) verb: String,
    /// The verb that tells it from the other method of its path.
    pub(in crate::mint) other_verb: Option<&'static str>,
    pub(in crate::mint) noun: Vec<String>,
    /// What the name says nothing of: it is plainer without, and other without.
    pub(in crate::mint) unsaid: usize,
    /// Words that may stand before the noun, or behind it, to tell it from others: the most telling first.
    pub(in crate::mint) more: Vec<More>,
}

/// A word or two that can be added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::mint) enum More {
    Before(String),
    Behind(String),
}

impl Proposal {
    /// The name with the first verb and nothing added.
    pub(in crate::mint) fn base(&self) -> String {
        self.name(&self.verb, &[])
    }

    /// The name with a verb and what is added.
    pub(in crate::mint) fn name(&self, verb: &str, more: &[&More]) -> String {
        let mut before: Vec<&str> = Vec::new();
        let mut behind: Vec<&str> = Vec::new();
        for one in more {
            match one {
                More::Before(word) => before.push(word),
                More::Behind(word) => behind.push(word),
            }
        }
        let noun: Vec<&str> = self.noun.iter().map(String::as_str).collect();
        shortened(verb, &[before, noun, behind].concat())
    }
}

/// A verb and its words as a name of at most 48 characters: the words farthest from what it is about go first.
fn shortened(verb: &str, words: &[&str]) -> String {
    let room = MAX.saturating_sub(verb.len());
    let length = |words: &[&str]| words.iter().map(|word| word.len() + 1).sum::<usize>();
    let mut kept = words;
    while kept.len() > 1 && length(kept) > room {
        kept = &kept[1..];
    }
    let mut name = std::iter::once(verb).chain(kept.iter().copied()).collect::<Vec<_>>().join("_");
    name.truncate(MAX);
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// What an operation may be called.
pub(in crate::mint) fn propose(named: &Named) -> Proposal {
    let method = named.method.to_ascii_uppercase();
    let segments = segments(named.path);
    let mut proposal = match named.operation_id.and_then(|id| of_id(id, &method)) {
        Some((verb, noun)) => Proposal { verb, other_verb: None, noun, unsaid: 0, more: Vec::new() },
        None => of_path(&method, named.host, &segments),
    };
    add_more(&mut proposal, named, &segments);
    proposal
}

/// An operation id that people wrote: a verb that fits the method, and what it is about.
fn of_id(id: &str, method: &str) -> Option<(String, Vec<String>)> {
    let words = plain_words(id);
    let (verb, noun) = words.split_first()?;
    let made = || {
        // Frameworks put the method behind the function's name and the path.
        let last = noun.last().map(String::as_str).unwrap_or_default();
        ["get", "post", "put", "patch", "delete", "head", "options"].contains(&last)
    };
    let length = words.iter().map(|word| word.len() + 1).sum::<usize>() - 1;
    let good = id.is_ascii()
        && (1..=6).contains(&noun.len())
        && length <= MAX
        && verbs::begins_id(verb)
        && verbs::fits(verb, method)
        && !made();
    good.then(|| (verb.clone(), noun.to_vec()))
}

fn of_path(method: &str, host: &str, segments: &[Segment]) -> Proposal {
    let last = segments.last();
    let usual = verbs::of_method(method).to_owned();
    let mut verb = usual.clone();
    let mut used: Option<usize> = None;
    // What is done: by a segment, by what stands behind a colon, or by the method alone.
    let single = |segment: &Segment| (segment.words.len() == 1).then(|| segment.words[0].clone());
    let asked = segments.iter().enumerate().find_map(|(at, segment)| {
        let word = single(segment).filter(|_| segment.kind == Kind::Word)?;
        let ends = at + 1 == segments.len();
        let verb =
            verbs::anywhere(method, &word).or_else(|| verbs::at_end(method, &word).filter(|_| ends))?;
        Some((at, verb))
    });
    let mut object: Vec<String> = Vec::new();
    let changes = matches!(method, "POST" | "PUT" | "PATCH");
    if let Some(action) = last.and_then(|segment| segment.action.as_ref()).filter(|_| method != "DELETE") {
        (verb, object) = (action[0].clone(), action[1..].to_vec());
    } else if let Some((at, asked)) = asked {
        // `exists` says what is checked, and stays.
        let is_verb = segments[at].words == [asked.to_owned()] || asked == "query";
        (verb, used) = (asked.to_owned(), Some(at).filter(|_| is_verb));
    } else if let Some((at, segment)) =
        segments.iter().enumerate().next_back().filter(|(_, segment)| segment.kind == Kind::Word)
    {
        let first = segment.words[0].as_str();
        let called = segment.words.len() > 1 && verbs::begins_call(first) && matches!(method, "GET" | "POST");
        let done = at > 0 && changes && segment.words.len() == 1 && verbs::is_action(first);
        if called || done {
            (verb, used) = (first.to_owned(), Some(at));
            object = segment.words[1..].to_vec();
        }
    }
    let acts = verb != usual && !verbs::names_many(&verb) && asked.is_none();

    // What it is done with.
    let nouns: Vec<usize> = (0..segments.len())
        .filter(|at| segments[*at].kind == Kind::Word && used != Some(*at))
        .filter(|at| {
            segments[*at].words != [verb.clone()] && !(verb == "query" && segments[*at].words == ["graphql"])
        })
        .collect();
    let one = last.is_some_and(|segment| segment.chosen);
    let mut noun: Vec<String> = Vec::new();
    let mut many = false;
    for (n, at) in nouns.iter().enumerate() {
        let segment = &segments[*at];
        let is_last = n + 1 == nouns.len();
        let changed =
            !matches!(method, "GET" | "HEAD") && !verbs::names_many(&verb) || acts && segment.chosen;
        let listed = is_last && verb == "list";
        let singled =
            segment.chosen && !listed || is_last && (changed || one && matches!(method, "GET" | "HEAD"));
        let (head, rest) =
            segment.words.split_last().map_or(("", &[][..]), |(last, rest)| (last.as_str(), rest));
        noun.extend(rest.iter().cloned());
        noun.push(if singled { singular(head) } else { head.to_owned() });
        many = is_last && !singled && is_many(head);
    }
    if method == "GET" && verb == "get" && many && !one {
        verb = "list".to_owned();
    }
    noun.extend(object);
    let unsaid = segments.iter().filter(|s| s.kind == Kind::Plumbing).count();
    let said = segments.iter().any(|segment| segment.kind == Kind::Word);
    if noun.is_empty() && !said {
        noun = instead(host, segments);
    }
    let other_verb = verbs::other_of_method(method).filter(|_| verb == usual);
    Proposal { verb, other_verb, noun, unsaid, more: Vec::new() }
}

/// What a path without a word of its own is about: what it is served by, or whose it is, and what picks it.
fn instead(host: &str, segments: &[Segment]) -> Vec<String> {
    let named = segments.iter().rev().find(|s| s.kind == Kind::Plumbing && !s.words[0].starts_with('v'));
    let mut noun = match named {
        Some(segment) => segment.words.clone(),
        None => plain_words(owner(host)),
    };
    let chosen: Vec<&Segment> = segments.iter().filter(|s| s.kind == Kind::Placeholder).collect();
    if !chosen.is_empty() {
        noun.push("by".to_owned());
        noun.extend(chosen.iter().flat_map(|segment| segment.words.iter().cloned()));
    }
    noun
}

/// The label that tells whose host it is: `shop` of `api.shop.example`.
fn owner(host: &str) -> &str {
    let name = host.split(':').next().unwrap_or(host);
    let name = registrable(name).unwrap_or(name);
    name.split('.').next().unwrap_or(name)
}

fn add_more(proposal: &mut Proposal, named: &Named, segments: &[Segment]) {
    let mut more: Vec<More> = Vec::new();
    let said: Vec<&String> = proposal.noun.iter().chain(std::iter::once(&proposal.verb)).collect();
    let silent = |segment: &&Segment| {
        segment.kind != Kind::Placeholder
            && segment.words.iter().any(|word| !said.iter().any(|s| **s == *word || **s == singular(word)))
    };
    for segment in segments.iter().rev().filter(silent).filter(|s| s.kind == Kind::Word) {
        more.push(More::Before(segment.words.join("_")));
    }
    for segment in segments.iter().rev().filter(silent).filter(|s| s.kind == Kind::Plumbing) {
        more.push(More::Before(segment.words.join("_")));
    }
    let chosen: Vec<String> =
        placeholders(named.path).iter().map(|name| plain_words(name).join("_")).collect();
    if let Some(last) = chosen.last().filter(|name| !name.is_empty()) {
        more.push(More::Behind(format!("by_{last}")));
    }
    // A verb that a segment gave is unsaid where the same is said without it.
    let at_verb = segments.iter().any(|s| s.kind == Kind::Word && s.words == [proposal.verb.clone()]);
    let verb_is_path = at_verb && matches!(proposal.verb.as_str(), "list" | "count" | "check");
    if verb_is_path {
        more.push(More::Behind(proposal.verb.clone()));
    }
    proposal.unsaid += usize::from(verb_is_path) + chosen.len().saturating_sub(1);
    let host = named.host.split(':').next().unwrap_or(named.host);
    more.extend(host.split('.').filter_map(|label| {
        let words = plain_words(label);
        (!words.is_empty()).then(|| More::Behind(words.join("_")))
    }));
    if let Some((_, port)) = named.host.rsplit_once(':') {
        more.push(More::Behind(plain_words(port).join("_")));
    }
    more.push(More::Behind(named.method.to_ascii_lowercase()));
    more.truncate(MAX_MORE);
    proposal.more = more;
}
