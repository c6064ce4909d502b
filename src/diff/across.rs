//! Toolpacks that one agent is run with together, before and after: ways for data that only their tools together
//! open. What one toolpack opens alone is told with it.
//!
//! An agent is taken to have the default toolset of each, or all tools of one that has no default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sides::{Sides, Spot};
use crate::compare::flow::{Held, Roles, roles, served};
use crate::model::finding::Finding;
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Rule, flow};

/// All that is asked of one toolpack here: its part may have been looked at on another machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its folder.
    dir: String,
    /// Whether the head has it.
    is_there: bool,
    /// What its tools are together.
    now: Held,
    /// What they were.
    before: Held,
    /// The first tools with a role that they had not, or were not served with: one a role.
    gained: Vec<Gained>,
    /// The first tool from which private data comes, or which sends.
    carrier: Option<String>,
    /// The first tool that lets text of strangers in, or changes state.
    steered: Option<String>,
}

/// A tool that has a role which it had not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Gained {
    inlet: bool,
    source: bool,
    sink: bool,
    spot: Spot,
}

impl Part {
    /// Of one toolpack.
    pub fn of(sides: &Sides) -> Part {
        let of = |pack: Option<&Toolpack>| -> Vec<(String, Roles)> {
            let tools = |pack| members(pack).map(|tool| (tool.name.clone(), roles(pack, tool))).collect();
            pack.map(tools).unwrap_or_default()
        };
        let held =
            |tools: &[(String, Roles)]| tools.iter().map(|(_, roles)| roles).fold(Held::default(), Held::and);
        let tools = of(sides.head);
        let now = held(&tools);
        let first = |has: &dyn Fn(&Roles) -> bool| {
            tools.iter().find(|(_, roles)| has(roles)).map(|(name, _)| name.clone())
        };
        Part {
            dir: sides.head.map(|pack| pack.dir.clone()).unwrap_or_default(),
            is_there: sides.head.is_some(),
            now,
            before: if sides.touched { held(&of(sides.base)) } else { now },
            gained: gains(sides),
            carrier: first(&|r| r.source.is_some() || r.sink.is_some()),
            steered: first(&|r| r.inlet.is_some() || r.writes),
        }
    }
}

/// What is newly possible across the toolpacks: the index of the one whose tool made it so, and the finding.
pub fn run(packs: &[Sides]) -> Vec<(usize, Finding)> {
    // Most changes give no tool a new role, and then nothing else has to be looked at.
    let is_new = |pack: &Sides| pack.touched && !gained(pack).is_empty();
    match packs.iter().any(is_new) {
        true => told(&packs.iter().map(Part::of).collect::<Vec<_>>()),
        false => Vec::new(),
    }
}

/// The same of what was looked at before.
pub fn told(parts: &[Part]) -> Vec<(usize, Finding)> {
    if parts.iter().filter(|part| part.is_there).count() < 2 {
        return Vec::new();
    }
    let had = parts.iter().map(|part| part.before).fold(Held::default(), Held::with);
    let has = parts.iter().map(|part| part.now).fold(Held::default(), Held::with);
    let gained = || parts.iter().enumerate().flat_map(|(at, part)| part.gained.iter().map(move |g| (at, g)));
    let mut found = Vec::new();
    let mut tell = |rule, gives: &dyn Fn(&Gained) -> bool, also: fn(&Part) -> Option<&String>| {
        let by = gained().find(|(_, gained)| gives(gained));
        found.extend(by.map(|(at, gained)| (at, finding(rule, gained, (at, parts), also))));
    };
    if has.leaks() && !had.leaks() && !parts.iter().any(|part| part.now.leaks()) {
        let gives = |g: &Gained| g.source && !had.source || g.sink && !had.sink;
        tell(flow::NEW_EGRESS_PATH, &gives, |part| part.carrier.as_ref());
    }
    if has.steers() && !had.inlet && !parts.iter().any(|part| part.now.steers()) {
        tell(flow::UNTRUSTED_INLET, &|g| g.inlet, |part| part.steered.as_ref());
    }
    found
}

/// The tools that an agent has of a toolpack.
fn members(pack: &Toolpack) -> impl Iterator<Item = &Tool> {
    let set = served(pack);
    pack.manifest.tools.iter().filter(move |tool| set.is_none_or(|set| set.actions.contains(&tool.name)))
}

/// Tools with the roles that they had not, or were not served with.
fn gained<'a>(pack: &Sides<'a>) -> Vec<(&'a Tool, Roles)> {
    let Some(head) = pack.head else { return Vec::new() };
    let before: std::collections::HashMap<&str, &Tool> = pack
        .base
        .map(|base| members(base).map(|tool| (tool.identity.as_str(), tool)).collect())
        .unwrap_or_default();
    let new = |tool: &'a Tool| {
        let was = before.get(tool.identity.as_str()).zip(pack.base);
        let was = was.map(|(tool, base)| roles(base, tool)).unwrap_or_default();
        let gained = roles(head, tool).beyond(was);
        gained.carries().then_some((tool, gained))
    };
    members(head).filter_map(new).collect()
}

/// The first that gained each role: more are never told.
fn gains(pack: &Sides) -> Vec<Gained> {
    let Some(head) = pack.head.filter(|_| pack.touched) else { return Vec::new() };
    let mut known = Roles::default();
    let first = |(tool, roles): (&Tool, Roles)| {
        let new = roles.clone().beyond(known.clone()).carries();
        let (inlet, source, sink) = (roles.inlet.is_some(), roles.source.is_some(), roles.sink.is_some());
        known.inlet = known.inlet.take().or(roles.inlet);
        known.source = known.source.take().or(roles.source);
        known.sink = known.sink.take().or(roles.sink);
        new.then(|| Gained { inlet, source, sink, spot: Spot::of(head, tool) })
    };
    gained(pack).into_iter().filter_map(first).collect()
}

fn finding(
    rule: &'static Rule,
    gained: &Gained,
    (at, parts): (usize, &[Part]),
    also: fn(&Part) -> Option<&String>,
) -> Finding {
    let finding = gained
        .spot
        .finding(rule)
        .says("flow", Phrase::say(rule.title).and_say(", with another toolpack"))
        .here(rule.clause.into());
    // The first of each other toolpack that has a part in it.
    let others = parts.iter().filter(|other| other.is_there && other.dir != parts[at].dir);
    let partners = others.filter_map(|other| Some((&other.dir, also(other)?)));
    partners.take(3).fold(finding, |finding, (dir, partner)| {
        finding.why(Phrase::say("beside ").and_quote(partner).and_say(" of ").and_quote(dir))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    /// A shop whose default set is `operator`, changed, as another toolpack in another folder.
    fn pack(name: &str, change: impl FnOnce(&mut PackText)) -> Toolpack {
        let text = PackText::shop().edit(|p| {
            p.header["toolpack_id"] = json!(format!("tp_{name}"));
            p.tools["toolpack_id"] = json!(format!("tp_{name}"));
            p.toolsets["default_toolset"] = json!("operator");
            change(p);
        });
        let mut pack = text.build();
        pack.dir = format!("packs/{name}");
        pack
    }

    fn returns(field: &'static str) -> impl Fn(&mut PackText) {
        move |p| {
            p.operation("list_products")["responses"]["200"]["content"]["application/json"]["properties"]
                [field] = json!({"type": "string"});
        }
    }

    fn sends(p: &mut PackText) {
        p.action("create_order")["inputs"]["callback_url"] = json!("body./callback_url");
        p.action("create_order")["input_schema"]["properties"]["callback_url"] = json!({"type": "string"});
    }

    fn told(packs: &[(Option<&Toolpack>, Option<&Toolpack>)]) -> Vec<(usize, &'static str, String)> {
        let sides: Vec<Sides> = packs
            .iter()
            .map(|(base, head)| Sides {
                base: *base,
                head: *head,
                touched: !matches!((base, head), (Some(b), Some(h)) if std::ptr::eq(*b, *h)),
            })
            .collect();
        run(&sides).into_iter().map(|(at, f)| (at, f.rule.id, f.subject.name)).collect()
    }

    #[test]
    fn what_only_two_toolpacks_together_open_is_told_where_it_is_new() {
        let plain = pack("a", |_| {});
        let (private, open) = (pack("b", returns("email")), pack("a", sends));
        let row = |at, rule, name: &str| vec![(at, rule, name.to_owned())];
        assert_eq!(
            told(&[(Some(&plain), Some(&open)), (Some(&private), Some(&private))]),
            row(0, "flow.new-egress-path", "create_order")
        );
        assert_eq!(
            told(&[(Some(&open), Some(&open)), (None, Some(&private))]),
            row(1, "flow.new-egress-path", "list_products")
        );
        // Known before, alone, not served, or taken away: silent.
        assert!(told(&[(Some(&open), Some(&open)), (Some(&private), Some(&private))]).is_empty());
        assert!(told(&[(Some(&plain), Some(&open))]).is_empty());
        let apart = pack("a", |p| {
            sends(p);
            p.toolsets["default_toolset"] = json!("readonly");
        });
        assert!(told(&[(Some(&plain), Some(&apart)), (Some(&private), Some(&private))]).is_empty());
        assert!(told(&[(Some(&open), Some(&plain)), (Some(&private), Some(&private))]).is_empty());
        // One toolpack that can do it alone is told with it.
        let both = pack("a", |p| {
            sends(p);
            returns("email")(p);
        });
        assert!(told(&[(Some(&plain), Some(&both)), (Some(&private), Some(&private))]).is_empty());
    }

    #[test]
    fn what_one_without_a_default_opens_alone_is_told_with_it() {
        let apart = |sends_too: bool| {
            pack("a", |p| {
                p.toolsets["toolsets"]["operator"]["actions"] = json!(["create_order"]);
                p.toolsets.as_object_mut().expect("a map").remove("default_toolset");
                returns("email")(p);
                if sends_too {
                    sends(p);
                }
            })
        };
        let (was, is, other) = (apart(false), apart(true), pack("b", |_| {}));
        assert!(told(&[(Some(&was), Some(&is)), (Some(&other), Some(&other))]).is_empty());
        let pair = crate::diff::pair::Pair::new(Some(&was), Some(&is)).expect("a pair");
        let none = crate::diff::check::DiffContext { other_tool_names: &[], now: None, limits: None };
        assert!(crate::diff::run(&pair, &none).iter().any(|f| f.rule == flow::NEW_EGRESS_PATH));
    }

    #[test]
    fn text_of_strangers_beside_writing_tools_of_another_toolpack() {
        let writes = pack("a", |_| {});
        let reads = |change: &dyn Fn(&mut PackText)| {
            pack("b", |p| {
                p.toolsets["default_toolset"] = json!("readonly");
                change(p);
            })
        };
        let (before, after) = (reads(&|_| {}), reads(&|p| returns("comment")(p)));
        let same = (Some(&writes), Some(&writes));
        assert_eq!(
            told(&[same, (Some(&before), Some(&after))]),
            vec![(1, "flow.untrusted-inlet", "list_products".to_owned())]
        );
        let titled = reads(&|p| returns("title")(p));
        assert!(told(&[same, (Some(&before), Some(&titled))]).is_empty());
    }
}
