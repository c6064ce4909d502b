//! Toolpacks that one agent is run with together, before and after: ways for data that only their tools together
//! open. What one toolpack opens alone is told with it.
//!
//! An agent is taken to have the default toolset of each, or all tools of one that has no default.

use super::check::{tool_place, tool_subject};
use super::sides::Sides;
use crate::compare::flow::{Held, Roles, roles, served};
use crate::compare::tier::{effective_tier, of_tool};
use crate::model::finding::{Covers, Finding, Side};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::rules::{Rule, flow};

/// What is newly possible across the toolpacks: the index of the one whose tool made it so, and the finding.
pub fn run(packs: &[Sides]) -> Vec<(usize, Finding)> {
    if packs.iter().filter(|pack| pack.head.is_some()).count() < 2 {
        return Vec::new();
    }
    // Most changes give no tool a new role, and then nothing else has to be looked at.
    let gained: Vec<(usize, &Tool, Roles)> = packs
        .iter()
        .enumerate()
        .filter(|(_, pack)| pack.touched)
        .flat_map(|(at, pack)| gained(pack).into_iter().map(move |(tool, roles)| (at, tool, roles)))
        .collect();
    if gained.is_empty() {
        return Vec::new();
    }
    let of = |pack: Option<&Toolpack>| {
        let tools = pack.map(|pack| members(pack).map(|tool| roles(pack, tool)).collect::<Vec<_>>());
        tools.unwrap_or_default().iter().fold(Held::default(), Held::and)
    };
    let now: Vec<Held> = packs.iter().map(|pack| of(pack.head)).collect();
    let before = packs.iter().map(|pack| match pack.touched {
        true => of(pack.base),
        false => of(pack.head),
    });
    let had = before.fold(Held::default(), Held::with);
    let has = now.iter().copied().fold(Held::default(), Held::with);
    let mut found = Vec::new();
    let mut tell = |rule: &'static Rule, gives: &dyn Fn(&Roles) -> bool, also: &dyn Fn(&Roles) -> bool| {
        let by = gained.iter().find(|(_, _, roles)| gives(roles));
        found.extend(by.and_then(|(at, tool, _)| {
            let head = packs.get(*at)?.head?;
            Some((*at, finding(rule, head, tool, packs, also)))
        }));
    };
    if has.leaks() && !had.leaks() && !now.iter().any(|held| held.leaks()) {
        let gives = |r: &Roles| r.source.is_some() && !had.source || r.sink.is_some() && !had.sink;
        tell(flow::NEW_EGRESS_PATH, &gives, &|r| r.source.is_some() || r.sink.is_some());
    }
    if has.steers() && !had.inlet && !now.iter().any(|held| held.steers()) {
        tell(flow::UNTRUSTED_INLET, &|r| r.inlet.is_some(), &|r| r.inlet.is_some() || r.writes);
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

fn finding(
    rule: &'static Rule,
    head: &Toolpack,
    tool: &Tool,
    packs: &[Sides],
    also: &dyn Fn(&Roles) -> bool,
) -> Finding {
    let finding = Finding::new(rule, tool_subject(head, tool), tool_place(head, tool, "name", Side::Head))
        .risk(effective_tier(tool, &of_tool(head, tool)))
        .says("flow", Phrase::say(rule.title).and_say(", with another toolpack"))
        .here(rule.clause.into())
        .covered_by(Covers::Tool);
    // The first of each other toolpack that has a part in it.
    let others = packs.iter().filter_map(|pack| pack.head).filter(|other| other.dir != head.dir);
    let partners =
        others.filter_map(|other| Some((other, members(other).find(|tool| also(&roles(other, tool)))?)));
    partners.take(3).fold(finding, |finding, (other, partner)| {
        finding.why(Phrase::say("beside ").and_quote(&partner.name).and_say(" of ").and_quote(&other.dir))
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
