//! An endpoint in, its candidates for tools out: one, or one for each GraphQL operation.

use super::confidence::{SURE, of_operation};
use super::family::{Family, Member};
use super::parameter::Parameter;
use crate::canon::digest::{sha256_hex, short};
use crate::model::risk::{Effect, RiskTier};
use crate::model::tool::Tool;

/// A candidate for a tool.
#[derive(Debug, Clone)]
pub struct Proposal<'p> {
    /// `tp_` and 10 hex digits.
    pub id: String,
    /// The tool as a mint makes it: what is published has this id and this name.
    pub tool: &'p Tool,
    /// Its path with placeholders.
    pub path: String,
    /// How grave a call is.
    pub tier: RiskTier,
    /// How sure it is, in percent.
    pub confidence: u8,
    /// Whether a person has to look at it first.
    pub requires_review: bool,
    /// Its inputs.
    pub parameters: Vec<Parameter>,
    /// Why it is proposed, in sentences of ours.
    pub rationale: Vec<String>,
}

/// The candidates of an endpoint, by name.
pub fn of<'p>(family: &Family<'p>) -> Vec<Proposal<'p>> {
    family.tools.iter().map(|member| one(family, member)).collect()
}

fn one<'p>(family: &Family<'p>, member: &Member<'p>) -> Proposal<'p> {
    let tool = member.tool;
    let address = format!("{}:{}:{}", family.host, family.method, family.path);
    let (words, confidence) = match &tool.graphql {
        Some(operation) => {
            (format!("{address}:{}:{operation}", tool.name), of_operation(family.confidence, member.calls))
        }
        None => (address, family.confidence),
    };
    Proposal {
        id: format!("tp_{}", short(&sha256_hex(words.as_bytes()), 10)),
        tool,
        path: family.path.clone(),
        tier: tool.tier,
        confidence,
        requires_review: confidence < SURE || tool.tier >= RiskTier::High || may_mutate(tool),
        parameters: member.parameters.clone(),
        rationale: rationale(family, member),
    }
}

/// Whether it is a GraphQL operation that changes state, or of which nobody knows that it changes none.
fn may_mutate(tool: &Tool) -> bool {
    tool.graphql.is_some() && tool.effect.is_none_or(Effect::changes_state)
}

fn rationale(family: &Family, member: &Member) -> Vec<String> {
    let times = |n: u64| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    let mut said = match &member.tool.graphql {
        Some(_) => {
            let kind = member.tool.graphql_type.as_deref().filter(|kind| KINDS.contains(kind));
            let kind = kind.unwrap_or("operation whose type is not known");
            vec![format!("GraphQL {kind}, called {}", times(member.calls))]
        }
        None => vec![format!("called {}", times(family.observed))],
    };
    said.push(match family.answered {
        0 => "no answer of success was seen".to_owned(),
        n => format!("the endpoint answered {} with success", times(n)),
    });
    let derived = member.parameters.iter().filter_map(|parameter| parameter.resolver);
    said.extend(derived.map(|resolver| format!("whoever calls finds an input: {}", resolver.description)));
    if family.needs_more() {
        said.push("more of it should be captured".to_owned());
    }
    said
}

/// Words for what a GraphQL operation is.
const KINDS: [&str; 3] = ["query", "mutation", "subscription"];
