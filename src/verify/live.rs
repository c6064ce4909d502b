//! Contracts in, the calls whose answers they are about out; and what was answered, by the assertion that asks for it.
//! Who makes the calls is no concern of this: an assertion whose call was not made is told why, and is no pass.

use std::collections::BTreeMap;

use super::operations::Operations;
use crate::canon::{Node, Value, digest};
use crate::model::contracts::{Assertion, AssertionKind, Contracts};
use crate::model::phrase::Phrase;
use crate::model::tool::Tool;

/// Most calls that are made for one toolpack.
const CALLS: usize = 200;
/// Arguments that are named where they are missing.
const NAMED: usize = 5;

/// A call that is to be made.
pub struct Wanted<'a> {
    /// The tool.
    pub tool: &'a Tool,
    /// Its arguments: a map.
    pub arguments: Node,
}

/// What a call came to.
pub enum Came {
    /// It was not made, or not answered with a success; why.
    Nothing(Phrase),
    /// It was answered.
    With {
        /// The data.
        body: Node,
        /// Whether the policy took something out of it.
        is_less: bool,
    },
}

/// The calls that the assertions of a toolpack are about.
#[derive(Default)]
pub struct Plan<'a> {
    /// Each once, in the order of the contracts.
    pub calls: Vec<Wanted<'a>>,
    /// By the pointer of an assertion: the place of its call, or why it has none.
    asks: BTreeMap<String, Result<usize, Phrase>>,
}

impl<'a> Plan<'a> {
    /// What is to be called for these contracts.
    pub fn of(operations: &Operations<'a>, contracts: &Contracts) -> Plan<'a> {
        let (mut plan, mut known) = (Plan::default(), BTreeMap::new());
        let assertions = contracts.contracts.iter().flat_map(|contract| &contract.assertions);
        for own in assertions.filter(|own| own.kind == AssertionKind::ApiState) {
            // One about nothing that there is has its finding without any call.
            let Some((_, tool)) = own.endpoint.as_deref().and_then(|name| operations.find(name)) else {
                continue;
            };
            let wanted = wanted(tool, own).and_then(|wanted| {
                let key = (wanted.tool.id.clone(), digest::of(&wanted.arguments));
                if let Some(at) = known.get(&key) {
                    return Ok(*at);
                }
                if plan.calls.len() >= CALLS {
                    return Err(Phrase::say(format!(
                        "it was not called: more than {CALLS} calls are not made"
                    )));
                }
                known.insert(key, plan.calls.len());
                plan.calls.push(wanted);
                Ok(plan.calls.len() - 1)
            });
            plan.asks.insert(own.pointer.clone(), wanted);
        }
        plan
    }

    /// Whether no assertion is about an answer.
    pub fn is_empty(&self) -> bool {
        self.asks.is_empty()
    }

    /// With what the calls came to, in their order. `is_mark`: whether a text has something that stands in the place of
    /// what was taken out.
    pub fn answered(self, came: Vec<Came>, is_mark: fn(&str) -> bool) -> Live {
        Live { asks: self.asks, came, is_mark }
    }
}

fn wanted<'a>(tool: Option<&'a Tool>, assertion: &Assertion) -> Result<Wanted<'a>, Phrase> {
    let tool = tool.ok_or_else(|| {
        Phrase::say("it was not called: no tool stands on it alone; endpoint_ref can name the tool")
    })?;
    if let Some(arguments) = &assertion.arguments {
        return Ok(Wanted { tool, arguments: arguments.clone() });
    }
    let required = tool.raw.get("input_schema").and_then(|schema| schema.get("required"));
    let needs: Vec<&str> =
        required.map(Node::items).unwrap_or_default().iter().filter_map(Node::as_text).collect();
    match needs.is_empty() {
        true => Ok(Wanted { tool, arguments: Node::map::<&str>([]) }),
        false => Err(Phrase::say("it was not called: it needs arguments, and the assertion has none: ")
            .and(Phrase::list(needs.into_iter().take(NAMED)))),
    }
}

/// What APIs answered now.
pub struct Live {
    asks: BTreeMap<String, Result<usize, Phrase>>,
    came: Vec<Came>,
    is_mark: fn(&str) -> bool,
}

impl Live {
    /// What the call of an assertion answered, and whether something was taken out of it.
    ///
    /// # Errors
    /// It was not made, or not answered; why.
    pub fn of(&self, assertion: &Assertion) -> Result<(&Node, bool), Phrase> {
        let unknown = || Phrase::say("it was not called");
        let at = self.asks.get(&assertion.pointer).ok_or_else(unknown)?.as_ref().map_err(Clone::clone)?;
        match self.came.get(*at).ok_or_else(unknown)? {
            Came::Nothing(why) => Err(why.clone()),
            Came::With { body, is_less } => Ok((body, *is_less)),
        }
    }

    /// Whether something that was taken out may have stood in a value. Where something was, nobody knows whether a map
    /// had more members, and an item that was taken out is null.
    pub fn hides(&self, value: &Node, is_less: bool) -> bool {
        match &value.value {
            Value::Text(text) => (self.is_mark)(text),
            Value::Null => is_less,
            Value::Map(members) => is_less || members.iter().any(|(_, member)| self.hides(member, is_less)),
            Value::List(items) => items.iter().any(|item| self.hides(item, is_less)),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => false,
        }
    }

    /// How many calls there were, and how many of them were answered.
    pub fn counts(&self) -> (usize, usize) {
        let answered = self.came.iter().filter(|came| matches!(came, Came::With { .. }));
        (self.came.len(), answered.count())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::bytes;
    use crate::model::testing::node;
    use crate::model::testing_pack::PackText;

    fn contracts(assertions: &[&str]) -> Contracts {
        let text = format!("version: 1.0.0\ncontracts:\n- assertions: [{}]\n", assertions.join(", "));
        Contracts::read("c.yaml", &bytes::yaml("c.yaml", text.as_bytes(), 1 << 20).unwrap()).unwrap()
    }

    #[test]
    fn each_call_is_made_once_and_one_without_its_arguments_never() {
        let needing =
            |p: &mut PackText| p.action("create_order")["input_schema"]["required"] = json!(["note"]);
        let pack = PackText::shop().edit(needing).build();
        let operations = Operations::read(&pack).unwrap();
        let of = |tool: &str, rest: &str| {
            format!("{{type: api_state, endpoint_ref: {tool}, {rest}field_path: a, op: exists}}")
        };
        let all = [
            of("list_products", "arguments: {a: 1, b: 2}, "),
            of("list_products", "arguments: {b: 2, a: 1}, "),
            of("list_products", "arguments: {a: '1', b: 2}, "),
            of("nobody", ""),
            of("create_order", ""),
            of("list_products", ""),
        ];
        let file = contracts(&all.each_ref().map(String::as_str));
        let plan = Plan::of(&operations, &file);
        let assertions = &file.contracts[0].assertions;
        assert_eq!(plan.calls.len(), 3);
        let live = plan.answered(
            vec![
                Came::With { body: node("1"), is_less: false },
                Came::Nothing(Phrase::say("gone")),
                Came::With { body: node("3"), is_less: false },
            ],
            |_| false,
        );
        assert_eq!(live.of(&assertions[0]).unwrap().0, &node("1"));
        assert_eq!(live.of(&assertions[1]).unwrap().0, &node("1"), "the same in another order");
        assert_eq!(live.of(&assertions[2]).unwrap_err().plain(), "gone");
        assert_eq!(live.of(&assertions[3]).unwrap_err().plain(), "it was not called");
        let why = live.of(&assertions[4]).unwrap_err().plain();
        assert_eq!(why, "it was not called: it needs arguments, and the assertion has none: note");
        assert_eq!(live.of(&assertions[5]).unwrap().0, &node("3"));
        assert_eq!(live.counts(), (3, 2));
    }

    #[test]
    fn calls_have_a_bound() {
        let pack = PackText::shop().build();
        let operations = Operations::read(&pack).unwrap();
        let one = |n: usize| {
            format!(
                "{{type: api_state, endpoint_ref: list_products, arguments: {{n: {n}}}, field_path: a, op: exists}}"
            )
        };
        let all: Vec<String> = (0..=CALLS).map(one).collect();
        let file = contracts(&all.iter().map(String::as_str).collect::<Vec<_>>());
        let plan = Plan::of(&operations, &file);
        assert_eq!(plan.calls.len(), CALLS);
        let live = plan.answered(Vec::new(), |_| false);
        let last = file.contracts[0].assertions.last().unwrap();
        assert!(live.of(last).unwrap_err().plain().contains("more than 200 calls"));
    }

    #[test]
    fn what_the_policy_took_out_is_known_by_nobody() {
        let live = Plan::default().answered(Vec::new(), |text| text == "*");
        for (value, is_less, hides) in [
            (r#""*""#, false, true),
            (r#""a""#, true, false),
            ("1", true, false),
            ("null", false, false),
            ("null", true, true),
            (r#"{"a": 1}"#, true, true),
            (r#"{"a": 1}"#, false, false),
            (r#"[1, {"a": "*"}]"#, false, true),
            ("[1, null]", true, true),
        ] {
            assert_eq!(live.hides(&node(value), is_less), hides, "{value} {is_less}");
        }
    }
}
