//! A merged part in, the baseline of version 2 that it tells of out. Everything that takes judgement is decided here, once.

use std::collections::{BTreeMap, BTreeSet};

use super::auth::Schemes;
use super::flows::flows;
use super::operation::Observed as Call;
use super::part::{Merge, Part, Place, Sketch};
pub use super::templates::Known;
use super::templates::{Learned, learn};
use crate::canon::{Fault, Node, Value};
use crate::compare::identity::Ids;
use crate::model::baseline::Baseline;
use crate::model::phrase::Phrase;
use crate::model::schema_version::CURRENT;

/// What the caller decides.
#[derive(Debug)]
pub struct Options<'a> {
    /// The file that the baseline is read back as, for messages.
    pub file: &'a str,
    /// The id of the source that the part was made of, as in `summary.sources`.
    pub source: &'a str,
    /// Paths that are known beforehand: those of what the traffic is compared with.
    pub known: &'a Known,
    /// Whether it is to be compared, and not to be kept.
    pub is_sample: bool,
}

/// What traffic tells.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The surface.
    pub baseline: Baseline,
    /// What a reader has to know: what was not looked at, or cannot be told apart.
    pub notes: Vec<Phrase>,
}

/// Most notes that are kept.
const NOTES: usize = 20;

/// The baseline of a part.
///
/// # Errors
/// If the part holds more than a baseline can be made of.
pub fn baseline(part: &Part, options: &Options) -> Result<Observed, Fault> {
    let mut notes = Vec::new();
    let hosts = by_host(part, options.known);
    let learned: Vec<(&str, Vec<Learned>)> =
        hosts.iter().map(|(host, methods)| (*host, learn(host, methods, options.known))).collect();
    let mut calls: BTreeMap<String, Call> = BTreeMap::new();
    for (host, all) in &learned {
        for one in all {
            let call = call(host, one, options.is_sample);
            if one.folded {
                let told = Phrase::quote(call.key())
                    .and_say(": so many names were seen at one place that they are taken for its values; one of them may do something else");
                notes.push(told);
            }
            calls.insert(call.key(), call);
        }
    }
    let (mut ids, mut schemes) = (Ids::default(), Schemes::default());
    let named: Vec<(&Call, String)> =
        calls.values().map(|call| (call, ids.http(call.method, call.host, &call.path))).collect();
    let mut operations = Vec::with_capacity(named.len());
    for (call, id) in &named {
        operations.push((call.key(), call.entry(id, &mut ids, &mut schemes, &mut notes)));
    }
    let with_ids: Vec<(&Call, &str)> = named.iter().map(|(call, id)| (*call, id.as_str())).collect();
    let mut made = vec![("schema_version", Node::text(CURRENT))];
    made.extend(schemes.node().map(|schemes| ("security_schemes", schemes)));
    made.push(("operations", Node::map(operations)));
    let sources = Node::map([(options.source, Node::text(part.digest(options.file)?))]);
    let flows = Node::new(Value::List(flows(&with_ids)));
    made.push(("summary", Node::map([("sources", sources), ("flows", flows)])));
    let baseline = Baseline::read(options.file, Node::map(made))?;
    Ok(Observed { baseline, notes: bounded(notes) })
}

/// The methods of each host, as it is known.
pub(super) fn by_host<'p>(part: &'p Part, known: &'p Known) -> BTreeMap<&'p str, Vec<(&'p str, &'p Place)>> {
    let mut hosts: BTreeMap<&str, Vec<(&str, &Place)>> = BTreeMap::new();
    for ((host, method), place) in &part.hosts {
        hosts.entry(known.host(host)).or_default().push((method, place));
    }
    hosts
}

/// A call with all that is known of its keys.
pub(super) fn call<'a>(host: &'a str, learned: &'a Learned, is_sample: bool) -> Call<'a> {
    let mut sketch = Sketch::default();
    learned.sketches.iter().for_each(|one| sketch.merge((*one).clone()));
    let mut path = learned.template.text.clone();
    // Some servers answer only with the slash.
    if sketch.slash > 0 && sketch.slash == sketch.n && !path.ends_with('/') {
        path.push('/');
    }
    Call { method: learned.method, host, path, template: &learned.template, sketch, is_sample }
}

/// Each note once, and not too many.
fn bounded(notes: Vec<Phrase>) -> Vec<Phrase> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Phrase> = notes.into_iter().filter(|note| seen.insert(note.plain())).collect();
    let more = kept.len().saturating_sub(NOTES);
    kept.truncate(NOTES);
    if more > 0 {
        kept.push(Phrase::say(format!("and {more} more notes of this kind")));
    }
    kept
}
