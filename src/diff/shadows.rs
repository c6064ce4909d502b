//! Toolpacks that one agent is run with together, before and after, in: tools that came under a name which a tool of
//! another toolpack has, or that looks like it. Which of the two an agent calls then depends on its client.
//!
//! Names are looked up in maps, not held against each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sides::{Sides, Spot};
use super::words;
use crate::canon::Node;
use crate::compare::sight::Sight;
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::tool as rules;

/// All that is asked of one toolpack here: its part may have been looked at on another machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its folder.
    dir: String,
    /// The tools of the head, each name once, by name.
    tools: Vec<Known>,
    /// Identity and name of the tools that it no longer has.
    gone: Vec<(String, String)>,
}

/// A tool of the head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Known {
    name: String,
    /// What it does, for who reads that its name is taken.
    request: String,
    /// For a name that the toolpack had not before.
    fresh: Option<Fresh>,
}

/// A tool under a name that its toolpack had not before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fresh {
    identity: String,
    spot: Spot,
    /// The name as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "Node::present")]
    written: Option<Node>,
}

impl Part {
    /// Of one toolpack.
    pub fn of(sides: &Sides) -> Part {
        let pairs = |pack: &Toolpack| -> Vec<(String, String)> {
            pack.manifest.tools.iter().map(|tool| (tool.identity.clone(), tool.name.clone())).collect()
        };
        let stay: HashSet<(String, String)> = sides.head.map(pairs).into_iter().flatten().collect();
        let gone = sides.base.filter(|_| sides.touched).map(pairs).into_iter().flatten();
        let gone = gone.filter(|tool| !stay.contains(tool)).collect();
        let Some(pack) = sides.head else { return Part { gone, ..Part::default() } };
        let before: HashSet<String> = match sides.base.filter(|_| sides.touched) {
            Some(base) => base.manifest.tools.iter().map(|t| Sight::of(&t.name).folded).collect(),
            None => HashSet::new(),
        };
        let mut by_name: BTreeMap<&str, &Tool> = BTreeMap::new();
        for tool in &pack.manifest.tools {
            by_name.entry(tool.name.as_str()).or_insert(tool);
        }
        let known = |tool: &Tool| {
            let is_fresh = sides.touched && !before.contains(&Sight::of(&tool.name).folded);
            Known {
                name: tool.name.clone(),
                request: words::request(tool),
                fresh: is_fresh.then(|| Fresh {
                    identity: tool.identity.clone(),
                    spot: Spot::of(pack, tool),
                    written: tool.raw.get("name").cloned(),
                }),
            }
        };
        Part { dir: pack.dir.clone(), tools: by_name.into_values().map(known).collect(), gone }
    }
}

/// A tool of the head among all of them.
struct Named<'a> {
    /// Where its toolpack stands in the list.
    at: usize,
    tool: &'a Known,
    sight: Sight,
    /// If it has its name since this change.
    new: Option<&'a Fresh>,
}

/// Tools that are known by one name: the first two toolpacks that have one, and those that had it before.
#[derive(Default)]
struct Alike {
    all: Vec<usize>,
    old: Vec<usize>,
}

/// What is newly shadowed: the index of the toolpack whose tool does so, and the finding.
pub fn run(packs: &[Sides]) -> Vec<(usize, Finding)> {
    if packs.iter().filter(|pack| pack.head.is_some()).count() < 2 || !packs.iter().any(|pack| pack.touched) {
        return Vec::new();
    }
    told(&packs.iter().map(Part::of).collect::<Vec<_>>())
}

/// The same of what was looked at before.
pub fn told(parts: &[Part]) -> Vec<(usize, Finding)> {
    // Of a tool that a toolpack no longer has and another one has now the name was there before: it has moved.
    let moved: HashSet<(&str, &str)> =
        parts.iter().flat_map(|part| &part.gone).map(|(id, name)| (id.as_str(), name.as_str())).collect();
    let tools: Vec<Named> = parts.iter().enumerate().flat_map(|(at, part)| named(at, part, &moved)).collect();
    if tools.iter().all(|tool| tool.new.is_none()) {
        return Vec::new();
    }
    let (mut by_name, mut by_look, mut foreign) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (n, tool) in tools.iter().enumerate() {
        let put = |map: &mut HashMap<_, Alike>, key| map.entry(key).or_default().add(n, &tools);
        put(&mut by_name, tool.sight.folded.as_str());
        put(&mut by_look, tool.sight.skeleton.as_str());
        if !tool.sight.is_plain {
            put(&mut foreign, tool.sight.skeleton.as_str());
        }
    }
    let other = |tool: &Named| {
        let looks = if tool.sight.is_plain { &foreign } else { &by_look };
        let named = by_name.get(tool.sight.folded.as_str()).and_then(|known| known.beside(tool, &tools));
        named.or_else(|| looks.get(tool.sight.skeleton.as_str())?.beside(tool, &tools))
    };
    let finding = |tool: &Named| {
        let (fresh, other) = (tool.new?, &tools[other(tool)?]);
        Some((tool.at, finding((tool, fresh), (other, &parts[other.at].dir))))
    };
    tools.iter().filter_map(finding).collect()
}

impl Alike {
    /// One of each of two toolpacks is enough to find another than one's own.
    fn add(&mut self, n: usize, tools: &[Named]) {
        let lists = [Some(&mut self.all), tools[n].new.is_none().then_some(&mut self.old)];
        for list in lists.into_iter().flatten() {
            if list.len() < 2 && list.iter().all(|one| tools[*one].at != tools[n].at) {
                list.push(n);
            }
        }
    }

    /// A tool of another toolpack that was there before, or, where both are new, comes before.
    fn beside(&self, tool: &Named, tools: &[Named]) -> Option<usize> {
        let old = self.old.iter().find(|n| tools[**n].at != tool.at);
        old.or_else(|| self.all.iter().find(|n| tools[**n].at < tool.at)).copied()
    }
}

fn named<'a>(at: usize, part: &'a Part, moved: &HashSet<(&str, &str)>) -> impl Iterator<Item = Named<'a>> {
    part.tools.iter().map(move |tool| {
        let new = tool.fresh.as_ref();
        let new = new.filter(|fresh| !moved.contains(&(fresh.identity.as_str(), tool.name.as_str())));
        Named { at, tool, sight: Sight::of(&tool.name), new }
    })
}

fn finding((new, fresh): (&Named, &Fresh), (other, dir): (&Named, &str)) -> Finding {
    let whose = Phrase::quote(&other.tool.name).and_say(" of ").and_quote(dir);
    let word = if new.sight.folded == other.sight.folded { " also names " } else { " looks like " };
    fresh
        .spot
        .finding(rules::SHADOWS_OTHER)
        .values(None, fresh.written.clone())
        .says("name", Phrase::quote(&new.tool.name).and_say(word).and(whose))
        .here("which of the two an agent calls depends on its client".into())
        .why(Phrase::quote(dir).and_say(": ").and_quote(&other.tool.request))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    /// A toolpack of its own whose tools read these things.
    fn pack(dir: &str, tools: &[(&str, &str)]) -> Toolpack {
        let text = PackText::shop().edit(|p| {
            p.header["toolpack_id"] = json!(format!("tp_{dir}"));
            p.tools["toolpack_id"] = json!(format!("tp_{dir}"));
            for (set, name) in [("operator", "create_order"), ("readonly", "list_products")] {
                p.action(name)["name"] = json!(format!("{dir}_{name}"));
                p.toolsets["toolsets"][set]["actions"] = json!([format!("{dir}_{name}")]);
            }
            for (name, path) in tools {
                p.add(name, "GET", path);
            }
        });
        let mut pack = text.build();
        pack.dir = format!("packs/{dir}");
        pack
    }

    type Two<'a> = (Option<&'a Toolpack>, Option<&'a Toolpack>);

    fn told(packs: &[Two]) -> Vec<(usize, String)> {
        let same = |(base, head): &Two| matches!((base, head), (Some(b), Some(h)) if std::ptr::eq(*b, *h));
        let sides: Vec<Sides> =
            packs.iter().map(|both| Sides { base: both.0, head: both.1, touched: !same(both) }).collect();
        run(&sides).into_iter().map(|(at, f)| (at, f.change.plain())).collect()
    }

    #[test]
    fn a_name_of_another_toolpack_is_told_where_it_came() {
        let (none, find) = (pack("a", &[]), pack("a", &[("find", "/find")]));
        let other = pack("b", &[("find", "/all")]);
        let row = |at, text: &str| vec![(at, text.to_owned())];
        let same = (Some(&other), Some(&other));
        assert_eq!(told(&[(Some(&none), Some(&find)), same]), row(0, "find also names find of packs/b"));
        assert_eq!(told(&[same, (None, Some(&find))]), row(1, "find also names find of packs/b"));
        let upper = pack("a", &[("FIND", "/find")]);
        assert_eq!(told(&[(Some(&none), Some(&upper)), same]), row(0, "FIND also names find of packs/b"));
        let cyrillic = pack("a", &[("f\u{456}nd", "/find")]);
        assert_eq!(
            told(&[(Some(&none), Some(&cyrillic)), same]),
            row(0, "f\u{456}nd looks like find of packs/b")
        );
        assert_eq!(
            told(&[(Some(&cyrillic), Some(&cyrillic)), (None, Some(&other))]),
            row(1, "find looks like f\u{456}nd of packs/a")
        );
        // Renamed to it; and two that come at once are told once.
        let seek = pack("a", &[("seek", "/find")]);
        assert_eq!(told(&[(Some(&seek), Some(&find)), same]), row(0, "find also names find of packs/b"));
        assert_eq!(
            told(&[(None, Some(&find)), (None, Some(&other))]),
            row(1, "find also names find of packs/a")
        );
    }

    #[test]
    fn what_was_there_moved_or_only_resembles_is_silent() {
        let (none, find) = (pack("a", &[]), pack("a", &[("find", "/find")]));
        let (other, empty) = (pack("b", &[("find", "/all")]), pack("b", &[]));
        let same = (Some(&other), Some(&other));
        let touched = pack("a", &[("find", "/find"), ("more", "/more")]);
        assert!(told(&[(Some(&find), Some(&touched)), same]).is_empty(), "both were there");
        assert!(told(&[(Some(&find), Some(&none)), same]).is_empty(), "one is gone");
        let there = pack("b", &[("find", "/find")]);
        assert!(told(&[(Some(&find), Some(&none)), (Some(&empty), Some(&there))]).is_empty(), "it moved");
        let third = pack("c", &[("find", "/find")]);
        let all = [(Some(&find), Some(&none)), same, (None, Some(&third))];
        assert!(told(&all).is_empty(), "it moved, and the name was in two before");
        // A plain name that only a machine takes for another, and one toolpack alone.
        let (one, ell) = (pack("a", &[("find1", "/find")]), pack("b", &[("findl", "/all")]));
        assert!(told(&[(None, Some(&one)), (Some(&ell), Some(&ell))]).is_empty());
        assert!(told(&[(Some(&none), Some(&find))]).is_empty());
        let renamed = pack("a", &[("seek", "/find")]);
        assert!(told(&[(Some(&find), Some(&renamed)), same]).is_empty());
    }

    #[test]
    fn many_names_that_look_alike_take_no_longer() {
        let names: Vec<String> = (0..400).map(|n| format!("{n:09b}").replace('0', "l") + "\u{456}").collect();
        let tools: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "/x")).collect();
        let (a, b) = (pack("a", &tools), pack("b", &tools));
        assert_eq!(told(&[(Some(&a), Some(&a)), (None, Some(&b))]).len(), 400);
    }
}
