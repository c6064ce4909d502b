//! Toolpacks that one agent is run with together, before and after, in: tools that came under a name which a tool of
//! another toolpack has, or that looks like it. Which of the two an agent calls then depends on its client.
//!
//! Names are looked up in maps, not held against each other.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::check::{tool_place, tool_subject};
use super::sides::Sides;
use super::words;
use crate::compare::sight::Sight;
use crate::compare::tier::{effective_tier, of_tool};
use crate::model::finding::{Covers, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::tool as rules;

/// A tool of the head.
struct Named<'a> {
    /// Where its toolpack stands in the list.
    at: usize,
    pack: &'a Toolpack,
    tool: &'a Tool,
    sight: Sight,
    /// Whether it has its name since this change.
    is_new: bool,
}

/// Tools that are known by one name: the first two toolpacks that have one, and those that had it before.
#[derive(Default)]
struct Known {
    all: Vec<usize>,
    old: Vec<usize>,
}

/// What is newly shadowed: the index of the toolpack whose tool does so, and the finding.
pub fn run(packs: &[Sides]) -> Vec<(usize, Finding)> {
    if packs.iter().filter(|pack| pack.head.is_some()).count() < 2 || !packs.iter().any(|pack| pack.touched) {
        return Vec::new();
    }
    let moved = moved(packs);
    let tools: Vec<Named> =
        packs.iter().enumerate().flat_map(|(at, sides)| named(at, sides, &moved)).collect();
    let (mut by_name, mut by_look, mut foreign) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (n, tool) in tools.iter().enumerate() {
        let put = |map: &mut HashMap<_, Known>, key| map.entry(key).or_default().add(n, &tools);
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
    tools
        .iter()
        .filter(|tool| tool.is_new)
        .filter_map(|tool| Some((tool.at, finding(tool, &tools[other(tool)?]))))
        .collect()
}

impl Known {
    /// One of each of two toolpacks is enough to find another than one's own.
    fn add(&mut self, n: usize, tools: &[Named]) {
        let lists = [Some(&mut self.all), (!tools[n].is_new).then_some(&mut self.old)];
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

/// Tools that a toolpack no longer has, by what they do and are called: one that is in another toolpack now has moved,
/// and its name was there before.
fn moved<'a>(packs: &[Sides<'a>]) -> HashSet<(&'a str, &'a str)> {
    let mut gone = HashSet::new();
    for (base, sides) in packs.iter().filter(|p| p.touched).filter_map(|p| Some((p.base?, p))) {
        let tools = |pack: &'a Toolpack| {
            pack.manifest.tools.iter().map(|tool| (tool.identity.as_str(), tool.name.as_str()))
        };
        let stay: HashSet<(&str, &str)> = sides.head.into_iter().flat_map(tools).collect();
        gone.extend(tools(base).filter(|tool| !stay.contains(tool)));
    }
    gone
}

/// The tools of a toolpack, each name once.
fn named<'a>(at: usize, sides: &Sides<'a>, moved: &HashSet<(&str, &str)>) -> Vec<Named<'a>> {
    let Some(pack) = sides.head else { return Vec::new() };
    let before: HashSet<String> = match sides.base {
        Some(base) if sides.touched => {
            base.manifest.tools.iter().map(|t| Sight::of(&t.name).folded).collect()
        }
        _ => HashSet::new(),
    };
    let mut by_name: BTreeMap<&str, &Tool> = BTreeMap::new();
    for tool in &pack.manifest.tools {
        by_name.entry(tool.name.as_str()).or_insert(tool);
    }
    let of = |tool: &'a Tool| {
        let sight = Sight::of(&tool.name);
        let is_new = sides.touched
            && !before.contains(&sight.folded)
            && !moved.contains(&(tool.identity.as_str(), tool.name.as_str()));
        Named { at, pack, tool, sight, is_new }
    };
    by_name.into_values().map(of).collect()
}

fn finding(new: &Named, other: &Named) -> Finding {
    let (pack, tool) = (new.pack, new.tool);
    let whose = Phrase::quote(&other.tool.name).and_say(" of ").and_quote(&other.pack.dir);
    let word = if new.sight.folded == other.sight.folded { " also names " } else { " looks like " };
    Finding::new(rules::SHADOWS_OTHER, tool_subject(pack, tool), tool_place(pack, tool, "name", Side::Head))
        .risk(effective_tier(tool, &of_tool(pack, tool)))
        .values(None, tool.raw.get("name").cloned())
        .says("name", Phrase::quote(&tool.name).and_say(word).and(whose))
        .here("which of the two an agent calls depends on its client".into())
        .why(Phrase::quote(&other.pack.dir).and_say(": ").and_quote(words::request(other.tool)))
        .covered_by(Covers::Tool)
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
