//! What operations may be called in, one name each out. Names that are kept stay; of several with one name the
//! plainest keeps it and the others say what makes them others: a word of the path, the other verb, what they
//! are picked by, the host. Never which of them came first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::propose::{MAX, More, Proposal};

/// An operation that needs a name.
#[derive(Debug, Clone)]
pub(in crate::mint) struct Nameless {
    /// What tells it from all others, in every run: its stable id.
    pub(in crate::mint) id: String,
    /// What it may be called.
    pub(in crate::mint) proposal: Proposal,
}

/// Gives each operation a name that no other has and that is not among the `taken`. In the order given.
pub(in crate::mint) fn settle(nameless: &[Nameless], mut taken: BTreeSet<String>) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, one) in nameless.iter().enumerate() {
        groups.entry(one.proposal.base()).or_default().push(at);
    }
    let mut names: Vec<String> = vec![String::new(); nameless.len()];
    let mut crowded: Vec<Vec<usize>> = Vec::new();
    // Plain names first: what is added to others must not take one of them.
    for (base, mut group) in groups {
        if !taken.contains(&base)
            && let Some(at) = plainest(nameless, &group)
        {
            group.retain(|other| *other != at);
            names[at].clone_from(&base);
            taken.insert(base);
        }
        if !group.is_empty() {
            crowded.push(group);
        }
    }
    for group in crowded {
        apart(nameless, &group, &mut names, &mut taken);
    }
    names
}

/// The one operation of a group whose name leaves the least unsaid, if there is one.
fn plainest(nameless: &[Nameless], group: &[usize]) -> Option<usize> {
    // The method whose verb it is has the better right to it.
    let cost = |at: usize| {
        let proposal = &nameless[at].proposal;
        (proposal.unsaid, proposal.other_verb == Some("replace"))
    };
    let least = group.iter().map(|at| cost(*at)).min()?;
    let mut of_least = group.iter().filter(|at| cost(**at) == least);
    let first = of_least.next()?;
    of_least.next().is_none().then_some(*first)
}

/// Tells the members of a group apart: all in step, so that their order says nothing.
fn apart(nameless: &[Nameless], group: &[usize], names: &mut [String], taken: &mut BTreeSet<String>) {
    // What every member could add tells nothing about any of them.
    let mut shared: HashMap<&More, usize> = HashMap::new();
    for at in group {
        for one in nameless[*at].proposal.more.iter().collect::<BTreeSet<_>>() {
            *shared.entry(one).or_default() += 1;
        }
    }
    let telling: Vec<Vec<&More>> = group
        .iter()
        .map(|at| {
            let more = nameless[*at].proposal.more.iter();
            more.filter(|one| group.len() == 1 || shared[one] < group.len()).collect()
        })
        .collect();
    let mut open: Vec<usize> = (0..group.len()).collect();
    let steps = telling.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..=steps {
        if open.is_empty() {
            return;
        }
        let mut wanted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for at in &open {
            let proposal = &nameless[group[*at]].proposal;
            let name = match (step, proposal.other_verb) {
                (0, Some(verb)) => proposal.name(verb, &[]),
                (0, None) => continue,
                _ => {
                    let from = telling[*at].len().min(step);
                    proposal.name(&proposal.verb, &telling[*at][..from])
                }
            };
            wanted.entry(name).or_default().push(*at);
        }
        for (name, by) in wanted {
            if let ([at], false) = (by.as_slice(), taken.contains(&name)) {
                names[group[*at]].clone_from(&name);
                taken.insert(name);
            }
        }
        open.retain(|at| names[group[*at]].is_empty());
    }
    for at in open {
        let one = &nameless[group[at]];
        // Nothing that can be said tells it apart: its id does.
        let tails = [4, 8, 16].map(|length| one.id.get(..length).unwrap_or(&one.id).to_owned());
        let tails = tails.into_iter().chain((2..).map(|n| format!("{}_{n}", one.id)));
        let base = one.proposal.base();
        let name = tails.map(|tail| with_tail(&base, &tail)).find(|name| !taken.contains(name));
        if let Some(name) = name {
            names[group[at]].clone_from(&name);
            taken.insert(name);
        }
    }
}

/// A name with a tail, within the length of names.
fn with_tail(base: &str, tail: &str) -> String {
    let mut name = base.to_owned();
    name.truncate(MAX.saturating_sub(tail.len() + 1));
    format!("{}_{tail}", name.trim_end_matches('_'))
}
