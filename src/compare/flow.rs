//! Tools of a set in, what data can do among them out: where text of strangers comes in, where private data comes
//! from, and where it can be sent.
//!
//! Conservative: a tool has a role only by evidence that can be named, so that what is told is worth a look.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::risk::Assessed;
use super::risk_words::{is_noun, sink};
use super::tier::{effective_tier, gives, listed, of_tool, takes};
use crate::canon::text::words;
use crate::model::risk::{Effect, ReasonCode, RiskTier};
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;
use crate::model::toolset::Toolset;

/// Fields that hold what people wrote to each other, as opposed to names and titles.
const LETTERS: [&str; 10] =
    ["body", "message", "comment", "content", "html", "markdown", "review", "note", "text", "snippet"];
/// Inputs that say where something goes.
const ADDRESSES: [&str; 4] = ["url", "uri", "callback", "webhook"];
/// Inputs that say to whom, and words of a tool that sends.
const RECIPIENTS: [&str; 6] = ["recipient", "to", "cc", "bcc", "email", "phone"];
const SENDS: [&str; 8] = ["send", "email", "mail", "notify", "invite", "share", "forward", "sms"];

/// What a tool is to the data of its set, each with its evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Returns text that strangers wrote.
    pub inlet: Option<String>,
    /// Returns private data.
    pub source: Option<String>,
    /// Sends to where its caller says. That a tool calls somebody else's host is told by its host.
    pub sink: Option<String>,
    /// Changes state.
    pub writes: bool,
}

impl Roles {
    /// Those that it had not before.
    pub fn beyond(self, before: Roles) -> Roles {
        let only = |is: Option<String>, was: Option<String>| is.filter(|_| was.is_none());
        Roles {
            inlet: only(self.inlet, before.inlet),
            source: only(self.source, before.source),
            sink: only(self.sink, before.sink),
            writes: self.writes && !before.writes,
        }
    }

    /// Whether data comes or goes through it.
    pub fn carries(&self) -> bool {
        self.inlet.is_some() || self.source.is_some() || self.sink.is_some()
    }
}

/// The toolset that an agent has of a toolpack; `None`: it has no default, and so an agent has all tools.
pub fn served(pack: &Toolpack) -> Option<&Toolset> {
    pack.toolsets.default_toolset.as_ref().and_then(|name| pack.toolsets.toolsets.get(name))
}

/// What a tool is.
pub fn roles(pack: &Toolpack, tool: &Tool) -> Roles {
    let assessed = of_tool(pack, tool);
    let because =
        |code: ReasonCode| assessed.reasons.iter().find(|r| r.code == code).map(|r| r.because.clone());
    Roles {
        inlet: inlet(pack, tool, &assessed),
        source: because(ReasonCode::SecretOut).or_else(|| because(ReasonCode::PersonalDataOut)),
        sink: egress(pack, tool),
        writes: assessed.effect.changes_state(),
    }
}

fn inlet(pack: &Toolpack, tool: &Tool, assessed: &Assessed) -> Option<String> {
    if assessed.effect != Effect::Read {
        return None;
    }
    let open = listed(pack, tool).and_then(|r| r.at("/annotations/openWorldHint")?.as_bool()) == Some(true);
    if open {
        return Some("openWorldHint true".to_owned());
    }
    let fields = gives(pack, tool);
    let written = |field: &&String| {
        let own = words(field.rsplit('.').next().unwrap_or_default());
        own.last().is_some_and(|last| LETTERS.iter().any(|word| is_noun(last, word)))
    };
    fields.iter().find(written).map(|field| format!("response field {field}"))
}

fn egress(pack: &Toolpack, tool: &Tool) -> Option<String> {
    let inputs = takes(pack, tool);
    let sends = words(&tool.name).iter().any(|word| SENDS.contains(&word.as_str()));
    let goes = |(field, in_path): &&(String, bool)| {
        let own = words(field.rsplit('.').next().unwrap_or_default());
        let to = own.last().is_some_and(|last| RECIPIENTS.iter().any(|word| is_noun(last, word)));
        !in_path && (sink(field).is_some_and(|kind| ADDRESSES.contains(&kind)) || sends && to)
    };
    inputs.iter().find(goes).map(|(field, _)| format!("input {field}"))
}

/// What all tools of a set are together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Whether text of strangers comes in.
    pub inlet: bool,
    /// Whether private data comes from it.
    pub source: bool,
    /// Whether something can be sent out.
    pub sink: bool,
    /// Whether state can be changed.
    pub writes: bool,
}

impl Held {
    /// With one more tool.
    pub fn and(self, roles: &Roles) -> Held {
        Held {
            inlet: self.inlet || roles.inlet.is_some(),
            source: self.source || roles.source.is_some(),
            sink: self.sink || roles.sink.is_some(),
            writes: self.writes || roles.writes,
        }
    }

    /// Of several sets that one agent has together.
    pub fn with(self, other: Held) -> Held {
        Held {
            inlet: self.inlet || other.inlet,
            source: self.source || other.source,
            sink: self.sink || other.sink,
            writes: self.writes || other.writes,
        }
    }

    /// Whether private data can be read and sent out.
    pub fn leaks(self) -> bool {
        self.source && self.sink
    }

    /// Whether strangers can talk an agent into sending private data out.
    pub fn trifecta(self) -> bool {
        self.leaks() && self.inlet
    }

    /// Whether strangers can talk an agent into changing things.
    pub fn steers(self) -> bool {
        self.inlet && self.writes
    }
}

/// How much a tool of a tier adds to what agents can do.
fn weight(tier: RiskTier) -> u64 {
    match tier {
        RiskTier::Safe => 1,
        RiskTier::Low => 2,
        RiskTier::Medium => 4,
        RiskTier::High => 8,
        RiskTier::Critical => 16,
    }
}

/// The weight of all tools of a toolpack, each by the tier that counts for it, whatever the manifest says.
pub fn total(pack: &Toolpack) -> u64 {
    pack.manifest.tools.iter().map(|tool| share(pack, tool)).fold(0, u64::saturating_add)
}

/// What one tool of a toolpack adds to that.
pub fn share(pack: &Toolpack, tool: &Tool) -> u64 {
    weight(effective_tier(tool, &of_tool(pack, tool)))
}

/// The least growth that is worth a word, whatever the percentage: two critical tools.
const LEAST: u64 = 32;

/// How much was added, if that is worth a word.
pub fn added(before: u64, after: u64) -> Option<u64> {
    after.checked_sub(before).filter(|more| *more >= LEAST)
}

/// By how many percent the whole grew, if that is over the limit.
pub fn grew(before: u64, after: u64, limit: u32) -> Option<u64> {
    let more = added(before, after).filter(|_| before > 0)?;
    let percent = more.saturating_mul(100) / before;
    (percent > u64::from(limit)).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    fn of(name: &str, change: impl FnOnce(&mut PackText)) -> Roles {
        let pack = PackText::shop().edit(change).build();
        let tool = pack.manifest.tools.iter().find(|t| t.name == name).expect("a tool").clone();
        roles(&pack, &tool)
    }

    fn returns(p: &mut PackText, field: &str) {
        p.operation("list_products")["responses"]["200"]["content"]["application/json"]["properties"]
            [field] = json!({"type": "string"});
    }

    #[test]
    fn roles_need_evidence() {
        assert_eq!(of("list_products", |_| {}), Roles::default());
        assert_eq!(of("create_order", |_| {}), Roles { writes: true, ..Roles::default() });
        for (field, inlet, source) in [
            ("comment", true, false),
            ("review_text", true, false),
            ("title", false, false),
            ("content_type", false, false),
            ("email", false, true),
            ("api_key", false, true),
        ] {
            let roles = of("list_products", |p| returns(p, field));
            assert_eq!((roles.inlet.is_some(), roles.source.is_some()), (inlet, source), "{field}");
        }
        for (name, place, sink) in [
            ("callback_url", "body./callback_url", true),
            ("webhook", "query.webhook", true),
            ("file", "body./file", false),
            ("url_count", "query.url_count", false),
            ("to", "body./to", false),
        ] {
            let roles = of("create_order", |p| {
                p.action("create_order")["inputs"][name] = json!(place);
                p.action("create_order")["input_schema"]["properties"][name] = json!({"type": "string"});
            });
            assert_eq!(roles.sink.is_some(), sink, "{name}");
        }
        let send = of("send_receipt", |p| {
            p.add("send_receipt", "POST", "/receipts");
            p.action("send_receipt")["inputs"]["to"] = json!("body./to");
            p.action("send_receipt")["input_schema"]["properties"]["to"] = json!({"type": "string"});
        });
        assert_eq!(send.sink.as_deref(), Some("input to"));
    }

    #[test]
    fn what_a_manifest_says_of_risk_makes_nothing_lighter() {
        let shop = |tier: &str| {
            PackText::shop().edit(|p| {
                p.action("create_order")["risk_tier"] = json!(tier);
                returns(p, "api_key");
            })
        };
        let whole = total(&shop("safe").build());
        assert!(whole > 2 && total(&shop("critical").build()) > whole);
    }

    #[test]
    fn growth_counts_from_a_base_and_above_a_floor() {
        assert_eq!(grew(100, 140, 25), Some(40));
        assert_eq!(grew(100, 131, 25), None, "below the floor");
        assert_eq!(grew(1_000, 1_100, 25), None, "below the limit");
        assert_eq!((grew(0, 500, 25), grew(500, 100, 25)), (None, None));
        assert_eq!(grew(1, u64::MAX, 25), Some(u64::MAX));
    }
}
