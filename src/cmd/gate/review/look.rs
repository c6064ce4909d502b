//! A toolpack on the desk in, the sheet of its review out: every subject with what changed, how it stands, and
//! whether this signer's approval would count. Credentials that stand in texts are hidden, as in reports.

use std::collections::BTreeMap;

use super::said::said;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::cmd::anchor::{GATE, TRUST, read_trust};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::act::in_step;
use crate::cmd::gate::desk::{Desk, PackAt};
use crate::cmd::signing::SigningKey;
use crate::diff::{self, DiffContext, Pair};
use crate::gate::approve::{Bearing, bearing};
use crate::gate::changes::{Difference, differences, since_base, whole};
use crate::gate::draft::Act;
use crate::gate::harmless::{by_subject, classes, was_approved};
use crate::gate::scene::Scene;
use crate::io::load::{self, Loaded};
use crate::judge::hide;
use crate::model::command::{Command, Here};
use crate::model::finding::{Covers, Finding};
use crate::model::lockfile::{AnyLockfile, Approval, Decision, Lockfile, Status};
use crate::model::phrase::Phrase;
use crate::model::report::{Source, SourceKind};
use crate::model::risk::{ReasonCode, RiskReason, RiskTier};
use crate::model::tool::{Confirmation, Tool};
use crate::model::trust::Role;
use crate::report::escape::paste::paste;
use crate::review::sheet::{Change, Facts, Item, Kind, Sheet, Signer, Stand};
use crate::rules::Severity;
use crate::sign::subject::SURFACE;
use crate::sign::verify::Verdict;

/// Inputs that the page of a tool names; all of them stand in what is signed.
const INPUTS: usize = 40;

/// The sheet of a review. Without a key nothing is said about whose approval would count. `others`: names of the tools of
/// the other toolpacks.
pub(super) fn sheet(
    ctx: &Ctx,
    desk: &Desk,
    at: &PackAt,
    loaded: &Loaded,
    key: Option<&SigningKey>,
    others: &[&str],
    risk: Option<RiskTier>,
) -> Result<Sheet, Failed> {
    let mut items = desk.over(ctx.now, loaded, loaded.lock.as_ref(), |scene, before| {
        let lock = in_step(scene, before, ctx.now);
        let pair = Pair::new(scene.base.side().map(|side| side.pack), Some(scene.pack))?;
        let mut findings =
            diff::run(&pair, &DiffContext { other_tool_names: others, now: Some(ctx.now), limits: None });
        findings.iter_mut().for_each(hide::in_finding);
        let own = by_subject(&findings);
        let look = Look { scene, lock: &lock, desk, key, now: ctx.now };
        let none = Vec::new();
        let mut items: Vec<Item> =
            scene.ids().filter_map(|id| look.item(id, own.get(id).unwrap_or(&none))).collect();
        items.extend(gone(at, &findings, &desk.place.here(&ctx.cwd)));
        Ok(items)
    })?;
    items.extend(owners(desk)?);
    // A change can be graver than what it changes.
    let is_meant = |item: &Item| risk.is_none_or(|least| item.tier.max(tier_of(item.severity)) >= least);
    let left_out = items.iter().filter(|item| item.stand == Stand::Open && !is_meant(item)).count();
    items.retain(is_meant);
    Ok(Sheet {
        pack: at.name().to_owned(),
        here: desk.place.here(&ctx.cwd),
        between: between(desk),
        signer: key.map(|key| signer(desk, key)).transpose()?,
        items,
        left_out,
        lock_path: desk.lock_path(at)?,
        from_v1: matches!(loaded.lock, Some(AnyLockfile::V1(_))),
        trust: trust(desk),
        now: Some(ctx.now),
        bulk_max: desk.gate.approvals.bulk_max as usize,
    }
    .sorted())
}

struct Look<'a> {
    scene: &'a Scene<'a>,
    lock: &'a Lockfile,
    desk: &'a Desk,
    key: Option<&'a SigningKey>,
    now: Timestamp,
}

impl Look<'_> {
    fn item(&self, id: &str, own: &[&Finding]) -> Option<Item> {
        let scene = self.scene;
        let (subject, verdict) = (scene.subjects.get(id)?, scene.verdict(self.lock, id)?);
        let tool = scene.tool(id);
        let bearing = self.bearing(id);
        let stand = stand(&verdict, bearing.as_ref());
        let mut findings: Vec<Finding> = own.iter().map(|finding| (*finding).clone()).collect();
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let base = scene.ground.base_of(id);
        // A state that is merged and was never approved is no state to compare with.
        let was_approved = was_approved(scene, id, self.now);
        let differences = if was_approved { differences(scene, id) } else { whole(scene, id) };
        let found = findings.iter().map(|f| f.severity).max();
        let by_itself = (!was_approved || found.is_none()).then(|| of_tier(subject.tier));
        let rules = scene.ground.max_age_days.get(&subject.tier);
        let mut name = scene.name(&subject.id).to_owned();
        hide::in_text(&mut name);
        let line = tool.map_or(1, |tool| tool.line(""));
        let file = if tool.is_some() { &scene.pack.header.tools } else { &scene.pack.header.policy };
        Some(Item {
            kind: if id == SURFACE { Kind::Surface } else { Kind::Tool },
            stand,
            id: id.to_owned(),
            name,
            tier: subject.tier,
            severity: found.max(by_itself).unwrap_or_else(|| of_tier(subject.tier)),
            have: verdict.have,
            need: verdict.need,
            signers: verdict.signers.keys().cloned().collect(),
            what: self.what(id, tool, &findings, &verdict),
            target: tool.map_or_else(
                || "policy, toolsets, hosts, baseline".to_owned(),
                |tool| hide::of_text(format!("{} {}{}", tool.method, tool.host, tool.full_path())),
            ),
            digest: subject.digest.clone(),
            was: base.digest.clone(),
            since: self.since(id, base.approvals, was_approved),
            hides: differences.iter().any(is_hidden),
            changes: differences.into_iter().map(change).collect(),
            alone: base.digest.as_ref().is_some_and(|was| *was != subject.digest)
                && classes(scene, id, own, Severity::Medium, self.now).is_err(),
            findings,
            reasons: match (id, scene.subjects.assessed.get(id)) {
                (SURFACE, _) => crate::compare::tier::surface_tier(scene.pack).1,
                (_, Some(assessed)) => assessed.reasons.iter().map(reason).collect(),
                (_, None) => Vec::new(),
            },
            facts: tool.map(|tool| self.facts(tool)),
            said: said(id, self.lock, &verdict, base.approvals),
            against: match bearing {
                Some(Bearing::Against(why)) => Some(why),
                _ => None,
            },
            lapses: verdict.until.filter(|_| stand == Stand::Exempted),
            ends: rules.map(|days| self.now.plus_days(i64::from(*days))),
            longest: {
                let most = self.desk.gate.approvals.max_days.get(&subject.tier);
                most.map(|days| self.now.plus_days(i64::from(*days)))
            },
            asks_reason: self.desk.gate.approvals.reason_required.contains(&subject.tier),
            place: format!("{}:{line}", scene.pack.path(file)),
            commands: Vec::new(),
        })
    }

    /// How this signer's approval would bear on it.
    fn bearing(&self, id: &str) -> Option<Bearing> {
        let key = self.key?;
        let act = Act {
            decision: Decision::Approve,
            signer: &key.signer,
            key_id: &key.key_id,
            reason: "",
            now: self.now,
            expires_at: None,
        };
        Some(bearing(self.scene, self.lock, id, &act))
    }

    /// What changes, in a few words: of what is new what it is, else the parts that changed.
    fn what(&self, id: &str, tool: Option<&Tool>, findings: &[Finding], verdict: &Verdict) -> Phrase {
        if let (Some(tool), None) = (tool, self.scene.base_tool(id)) {
            return Phrase::say("new tool ").and_quote(hide::of_text(format!(
                "{} {}",
                tool.method,
                tool.full_path()
            )));
        }
        let mut aspects: Vec<&str> = Vec::new();
        for aspect in findings.iter().map(|f| f.aspect.as_ref()).filter(|aspect| !aspect.is_empty()) {
            if !aspects.contains(&aspect) {
                aspects.push(aspect);
            }
        }
        match (aspects.is_empty(), verdict.refusals.first()) {
            (false, _) => Phrase::say(aspects.join(", ")),
            (true, Some(refusal)) => Phrase::say(refusal.rule.title),
            (true, None) => since_base(self.scene, id),
        }
    }

    /// Against what its differences are.
    fn since(&self, id: &str, approvals: &[Approval], was_approved: bool) -> Phrase {
        let there = self.scene.ground.base_of(id).digest.is_some();
        let last = approvals.iter().filter(|a| a.decision == Decision::Approve).max_by_key(|a| a.signed_at);
        match (there, last) {
            (false, _) => Phrase::say("New: all of it is signed"),
            (true, Some(_)) if !was_approved => {
                Phrase::say("Whole: of what the base has, not enough people approved it")
            }
            (true, Some(last)) => Phrase::say("Since ")
                .and_quote(&last.signer)
                .and_say(format!("'s approval of {}", last.signed_at.date())),
            (true, None) => Phrase::say("Whole: of what the base has, nobody approved it"),
        }
    }

    fn facts(&self, tool: &Tool) -> Facts {
        let assessed = self.scene.subjects.assessed.get(&tool.id);
        let inputs = inputs(tool);
        let personal =
            assessed.is_some_and(|a| a.reasons.iter().any(|r| r.code == ReasonCode::PersonalDataOut));
        Facts {
            effect: assessed.map_or(crate::model::risk::Effect::Execute, |a| a.effect),
            method: tool.method.clone(),
            host: tool.host.clone(),
            path: hide::of_text(tool.full_path()),
            description: hide::of_text(tool.description.clone()),
            toolsets: self.scene.pack.toolsets_of(tool),
            confirmation: match tool.confirmation {
                Confirmation::Never => "never, unless the policy says so",
                Confirmation::OnRisk => "where tier or policy say so",
                Confirmation::Always => "before each call",
            },
            confirms: tool.confirmation == Confirmation::Always,
            personal,
            free: inputs.iter().filter(|input| input.free).map(|input| input.name.clone()).collect(),
            call: call(tool, &inputs),
            inputs: inputs.into_iter().take(INPUTS).map(|input| (input.name, input.kind)).collect(),
        }
    }
}

/// How a subject stands with this signer.
fn stand(verdict: &Verdict, bearing: Option<&Bearing>) -> Stand {
    match (verdict.status, bearing) {
        (Status::Approved, _) => Stand::Approved,
        (Status::Exempted, _) => Stand::Exempted,
        (Status::Rejected, _) => Stand::Refused,
        (Status::Pending, Some(Bearing::Settled)) => Stand::Waits,
        (Status::Pending, _) => Stand::Open,
    }
}

/// How grave something is that no finding speaks about.
fn of_tier(tier: RiskTier) -> Severity {
    match tier {
        RiskTier::Safe | RiskTier::Low => Severity::Low,
        RiskTier::Medium => Severity::Medium,
        RiskTier::High => Severity::High,
        RiskTier::Critical => Severity::Critical,
    }
}

/// The tier that is as grave as a change.
fn tier_of(severity: Severity) -> RiskTier {
    match severity {
        Severity::Info => RiskTier::Safe,
        Severity::Low => RiskTier::Low,
        Severity::Medium => RiskTier::Medium,
        Severity::High => RiskTier::High,
        Severity::Critical => RiskTier::Critical,
    }
}

/// Whether something of a difference looks like a secret, and is not shown.
fn is_hidden((at, before, after): &Difference) -> bool {
    let changes = |node: &Option<Node>| {
        node.as_ref().is_some_and(|node| {
            let mut shown = node.clone();
            hide::in_node(&mut shown);
            shown != *node
        })
    };
    hide::of_text(at.clone()) != *at || changes(before) || changes(after)
}

fn change((at, mut before, mut after): (String, Option<Node>, Option<Node>)) -> Change {
    [&mut before, &mut after].into_iter().flatten().for_each(hide::in_node);
    Change { at: hide::of_text(at), before, after }
}

fn reason(reason: &RiskReason) -> Phrase {
    Phrase::say(format!("{}: ", reason.tier)).and_quote(hide::of_text(reason.because.clone()))
}

/// An input of a tool.
struct Input {
    name: String,
    kind: String,
    free: bool,
    required: bool,
    example: Node,
}

fn inputs(tool: &Tool) -> Vec<Input> {
    let Some(schema) = tool.input_schema() else { return Vec::new() };
    let required: Vec<&str> = schema
        .get("required")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(Node::as_text)
        .collect();
    let properties = schema.get("properties").map(Node::members).unwrap_or_default();
    properties
        .iter()
        .map(|(name, property)| {
            let kind = property.get("type").and_then(Node::as_text).unwrap_or("any");
            let bounds =
                ["enum", "const", "format", "pattern", "maxLength", "minimum", "maximum", "maxItems"];
            let bounded: Vec<&str> = bounds.into_iter().filter(|key| property.get(key).is_some()).collect();
            let is_required = required.contains(&name.as_str());
            let mut words = vec![kind.to_owned()];
            if is_required {
                words.push("required".to_owned());
            }
            words.extend(bounded.iter().map(|key| (*key).to_owned()));
            Input {
                name: hide::of_text(name.clone()),
                kind: words.join(", "),
                free: kind == "string"
                    && !bounded
                        .iter()
                        .any(|key| ["enum", "const", "format", "pattern", "maxLength"].contains(key)),
                required: is_required,
                example: example(property, kind),
            }
        })
        .collect()
}

/// A value that an agent could give.
fn example(property: &Node, kind: &str) -> Node {
    let told =
        [property.get("example"), property.get("default"), property.get("const")].into_iter().flatten();
    let listed = ["examples", "enum"].into_iter().filter_map(|key| property.get(key)?.items().first());
    if let Some(told) = told.chain(listed).next() {
        let mut told = told.clone();
        hide::in_node(&mut told);
        return told;
    }
    match kind {
        "integer" | "number" => Node::int(1),
        "boolean" => Node::bool(true),
        "array" => Node::new(crate::canon::Value::List(Vec::new())),
        "object" => Node::map(BTreeMap::<String, Node>::new()),
        _ => Node::text("..."),
    }
}

/// A call with what it must have.
fn call(tool: &Tool, inputs: &[Input]) -> String {
    let given =
        inputs.iter().filter(|input| input.required).map(|input| (input.name.clone(), input.example.clone()));
    let call =
        Node::map([("name", Node::text(hide::of_text(tool.name.clone()))), ("arguments", Node::map(given))]);
    crate::canon::json::canonical(&call)
}

/// Tools that are gone: their withdrawal is signed by another command.
fn gone(at: &PackAt, findings: &[Finding], here: &Here) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for finding in findings.iter().filter(|f| f.covers == Covers::Withdrawal) {
        let subject = &finding.subject;
        if items.iter().any(|item| item.id == subject.id) {
            continue;
        }
        let name = paste(&subject.name).or_else(|| paste(&subject.id)).unwrap_or("<tool>");
        let tier = finding.risk.unwrap_or(RiskTier::Safe);
        let what = Phrase::say("gone: its withdrawal is signed");
        let command = Command::say(format!("cask gate withdraw {name}")).toolpack(at.name()).from(here);
        items.push(elsewhere(&subject.id, &subject.name, (tier, finding.severity, 1), what, vec![command]));
    }
    items
}

/// What the owners decide: a trust file or gate.yaml that differs from the one in force.
fn owners(desk: &Desk) -> Result<Vec<Item>, Failed> {
    let Some(anchored) = desk.anchored().filter(|a| a.source.kind != SourceKind::Worktree) else {
        return Ok(Vec::new());
    };
    let mut items = Vec::new();
    if let Some(trust) = read_trust(&desk.place.tree)?.filter(|trust| trust.digest != anchored.trust.digest) {
        let what = Phrase::say(format!("version {} → {}", anchored.trust.file.version, trust.file.version));
        let commands = ["cask trust check", "cask trust sign"].map(str::to_owned).to_vec();
        items.push(elsewhere(
            TRUST,
            "trust.yaml",
            (RiskTier::Critical, Severity::Critical, 0),
            what,
            commands,
        ));
    }
    let there = load::gate_config(&desk.place.tree, GATE).map_err(|f| Failed::from(f).about(GATE))?;
    let digest = anchored.gate.as_ref().map(|gate| &gate.digest);
    if there.as_ref().is_some_and(|gate| Some(&gate.digest) != digest) {
        let what = Phrase::say("it differs from the one in force");
        let commands = vec!["cask trust sign --gate".to_owned()];
        items.push(elsewhere(GATE, "gate.yaml", (RiskTier::High, Severity::High, 0), what, commands));
    }
    Ok(items)
}

fn elsewhere(
    id: &str,
    name: &str,
    (tier, severity, need): (RiskTier, Severity, u32),
    what: Phrase,
    commands: Vec<String>,
) -> Item {
    Item {
        kind: Kind::Elsewhere,
        stand: Stand::Elsewhere,
        id: id.to_owned(),
        name: name.to_owned(),
        tier,
        severity,
        have: 0,
        need,
        signers: Vec::new(),
        what,
        target: String::new(),
        digest: String::new(),
        was: None,
        since: Phrase::default(),
        changes: Vec::new(),
        findings: Vec::new(),
        alone: true,
        hides: false,
        reasons: Vec::new(),
        facts: None,
        said: Vec::new(),
        against: None,
        lapses: None,
        ends: None,
        longest: None,
        asks_reason: false,
        place: String::new(),
        commands,
    }
}

/// A commit by its name and seven digits.
fn named(source: &Source) -> Phrase {
    let commit = source.commit.as_deref().unwrap_or_default();
    Phrase::quote(&source.name).and_say(format!(" {}", crate::canon::digest::short(commit, 7)))
}

fn between(desk: &Desk) -> Phrase {
    match desk.base_source() {
        Some(source) => named(source).and_say(" .. work tree"),
        None => Phrase::say("work tree"),
    }
}

fn trust(desk: &Desk) -> Phrase {
    match desk.anchored() {
        None => Phrase::say("no trust file"),
        Some(anchored) => {
            let version = format!("trust version {}", anchored.trust.file.version);
            match (&anchored.source.commit, anchored.anchored) {
                (Some(_), _) => Phrase::say(format!("{version} of ")).and(named(&anchored.source)),
                (None, true) => Phrase::say(version),
                (None, false) => Phrase::say(format!("{version} of the work tree, not anchored")),
            }
        }
    }
}

/// The signer as the trust file lists them.
fn signer(desk: &Desk, key: &SigningKey) -> Result<Signer, Failed> {
    let listed = desk.trust()?.signer(&key.signer);
    let roles = listed.map(|signer| signer.roles.as_slice()).unwrap_or_default();
    let roles = match (roles.contains(&Role::Owner), roles.contains(&Role::Approver)) {
        (true, true) => "owner and approver",
        (true, false) => "owner",
        (false, _) => "approver",
    };
    let most = listed.map_or("nothing", |signer| signer.max_risk.word());
    Ok(Signer {
        id: key.signer.clone(),
        may: format!("{roles}, up to {most}"),
        key_id: key.key_id.clone(),
        key_kind: key.kind(),
        locked: key.is_locked(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::{Place, Side, Subject, SubjectKind};
    use crate::rules::tool;

    #[test]
    fn a_command_names_the_folder_that_is_meant() {
        for (header, folder) in [
            ("toolpack.yaml", "."),
            ("toolpacks/shop/toolpack.yaml", "toolpacks/shop"),
            (".caskmcp/published/pub_0/toolpack.yaml", ".caskmcp/published/pub_0"),
            ("my packs/shop/toolpack.yaml", "<folder>"),
            ("-x/toolpack.yaml", "<folder>"),
        ] {
            let at = PackAt { header: header.to_owned(), id: "tp_1".to_owned(), lockfile: None };
            let subject = Subject {
                path: String::new(),
                toolpack: "tp_1".to_owned(),
                kind: SubjectKind::Tool,
                id: "0011223344556677".to_owned(),
                name: "get_user".to_owned(),
            };
            let place =
                Place { file: "tools.json".to_owned(), line: 1, pointer: String::new(), side: Side::Base };
            let gone_one = Finding::new(tool::REMOVED, subject, place).covered_by(Covers::Withdrawal);
            let items = gone(&at, &[gone_one], &Here::default());
            assert_eq!(items[0].commands, [format!("cask gate withdraw get_user --toolpack {folder}")]);
        }
    }
}
