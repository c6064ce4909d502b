//! What can be recorded: one type a kind. Fields that the reference writes keep its names, so that what reads its
//! logs reads ours.

use super::fields::Fields;
use crate::enforce::reason::ReasonCode;

/// One record, before it has its place in a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The run that writes it: `run_` and 12 hex digits.
    pub run_id: String,
    /// What happened.
    pub what: What,
}

/// The kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A server began.
    Start(Box<Start>),
    /// A server ended as it should.
    Stop(Stop),
    /// A call was decided on.
    Decision(Box<Decision>),
    /// A request is about to be sent. Written before it is.
    Intent(Intent),
    /// What became of an intent.
    Outcome(Outcome),
    /// Something happened to a challenge.
    Confirmation(Confirmation),
    /// Arguments or an answer did not fit their schema.
    Validation(Validation),
    /// Tools were listed.
    List(Counted),
    /// A question of inspection was answered.
    Inspect(Counted),
    /// A person said what they think of a draft.
    Review(Review),
}

/// How a server was started.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// Version of the program.
    pub version: String,
    /// `execute`, `dry_run` …
    pub mode: String,
    /// `mcp` or `gateway`.
    pub surface: String,
    /// The toolset that is served.
    pub toolset: Option<String>,
    /// Flags that loosen something, by name.
    pub loosened: Vec<String>,
    /// Origins that requests may go to.
    pub origins: Vec<String>,
    /// How many tools are served.
    pub tools: u64,
    /// The process.
    pub pid: u64,
    /// Digest of the artifacts.
    pub artifacts_digest: Option<String>,
    /// Digest of the lockfile.
    pub lockfile_digest: Option<String>,
    /// Digest of the policy file.
    pub policy_digest: Option<String>,
    /// Call ids of intents without an outcome that were found, so that they are told once.
    pub unmatched: Vec<String>,
    /// Bytes of half a line that a crash left and that were taken away.
    pub cut_off_bytes: Option<u64>,
}

/// How a server ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stop {
    /// `mcp` or `gateway`.
    pub surface: String,
    /// Why.
    pub reason: Option<String>,
}

/// What was decided about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The tool; of an unknown one the name that was asked for.
    pub tool_id: Option<String>,
    /// The toolset.
    pub scope_id: Option<String>,
    /// Digest of the request; none where only the keyed one is wanted.
    pub request_fingerprint: Option<String>,
    /// Keyed digest of the request.
    pub request_hmac: Option<String>,
    /// `allow`, `deny` or `confirm`.
    pub decision: &'static str,
    /// Why.
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub reason: Option<String>,
    /// Digest of the lockfile.
    pub lockfile_digest: Option<String>,
    /// Digest of the policy file.
    pub policy_digest: Option<String>,
    /// Who granted it.
    pub confirmation_issuer: Option<String>,
    /// Short id of the challenge.
    pub confirmation_id: Option<String>,
    /// `mcp` or `gateway`.
    pub surface: String,
    /// Method.
    pub method: Option<String>,
    /// Path with its parameters' names.
    pub path_template: Option<String>,
    /// Scheme, host and port.
    pub origin: Option<String>,
    /// The rule that decided.
    pub rule_id: Option<String>,
    /// Risk of the tool.
    pub risk_tier: Option<String>,
    /// What ties the records of one call together.
    pub call_id: Option<String>,
}

impl Decision {
    /// A decision with nothing but its reason; the rest is filled in by name.
    pub fn new(decision: &'static str, reason_code: ReasonCode) -> Decision {
        Decision {
            decision,
            reason_code,
            tool_id: None,
            scope_id: None,
            request_fingerprint: None,
            request_hmac: None,
            reason: None,
            lockfile_digest: None,
            policy_digest: None,
            confirmation_issuer: None,
            confirmation_id: None,
            surface: String::new(),
            method: None,
            path_template: None,
            origin: None,
            rule_id: None,
            risk_tier: None,
            call_id: None,
        }
    }
}

/// A request that is about to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Intent {
    /// What ties the records of one call together.
    pub call_id: String,
    /// The tool.
    pub tool_id: Option<String>,
    /// Method.
    pub method: String,
    /// Path with stars for values ([`super::redact::masked`]), or as it is where the policy asks for details.
    pub path: String,
    /// Scheme, host and port.
    pub origin: String,
    /// The address that was vetted.
    pub address: Option<String>,
    /// Name of the credential.
    pub credential: Option<String>,
}

/// What became of an intent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What ties the records of one call together.
    pub call_id: String,
    /// The tool.
    pub tool_id: Option<String>,
    /// Status of the answer; none if there was none.
    pub status: Option<u16>,
    /// Bytes of the answer.
    pub bytes: Option<u64>,
    /// Its media type.
    pub content_type: Option<String>,
    /// How long it took.
    pub latency_ms: Option<u64>,
    /// Origins that were gone through.
    pub redirects: Vec<String>,
    /// Why it failed.
    pub error_code: Option<ReasonCode>,
    /// Why it failed, in words.
    pub reason: Option<String>,
    /// Whether what was handed on was cut.
    pub truncated: bool,
    /// Whether the answer is another than the tool's schema says.
    pub drift: bool,
    /// SHA-256 of the answer.
    pub response_sha256: Option<String>,
}

/// What can happen to a challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Event {
    /// It was made.
    #[default]
    Challenge,
    /// A person granted it.
    Grant,
    /// A person denied it.
    Deny,
    /// Its time ended.
    Expire,
    /// A call used it.
    Consume,
}

impl Event {
    /// The word in records.
    pub fn word(self) -> &'static str {
        match self {
            Event::Challenge => "challenge",
            Event::Grant => "grant",
            Event::Deny => "deny",
            Event::Expire => "expire",
            Event::Consume => "consume",
        }
    }
}

/// Something that happened to a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmation {
    /// What.
    pub event: Event,
    /// Short id of the challenge.
    pub confirmation_id: String,
    /// The tool.
    pub tool_id: Option<String>,
    /// Who: the signers, or who denied it.
    pub issuer: Option<String>,
    /// Keys of the signatures; empty where nothing was signed.
    pub key_ids: Vec<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// What ties the records of one call together.
    pub call_id: Option<String>,
}

/// What did not fit a schema: places and keywords, never values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Validation {
    /// The tool.
    pub tool_id: Option<String>,
    /// `arguments` or `output`.
    pub side: &'static str,
    /// JSON pointer to what does not fit.
    pub pointer: Option<String>,
    /// Keyword of the schema that says so.
    pub keyword: Option<String>,
    /// What ties the records of one call together.
    pub call_id: Option<String>,
}

/// Names that were given out, or a question that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted {
    /// `mcp`, `gateway` or `inspect`.
    pub surface: String,
    /// How many tools were named; none for a question.
    pub tools: Option<u64>,
    /// What was asked, for questions of inspection.
    pub question: Option<String>,
}

/// What a person said of a draft. It grants nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// `approve`, `reject` or `reopen`.
    pub event: &'static str,
    /// The draft.
    pub proposal_id: String,
    /// The tool that it is about.
    pub tool_id: Option<String>,
    /// Who.
    pub issuer: Option<String>,
    /// Why, in the person's words.
    pub reason: Option<String>,
}

impl What {
    /// The word of the kind.
    pub fn kind(&self) -> &'static str {
        match self {
            What::Start(_) => "runtime_start",
            What::Stop(_) => "runtime_stop",
            What::Decision(_) => "decision",
            What::Intent(_) => "intent",
            What::Outcome(_) => "outcome",
            What::Confirmation(_) => "confirmation",
            What::Validation(_) => "validation",
            What::List(_) => "list",
            What::Inspect(_) => "inspect",
            What::Review(_) => "review",
        }
    }

    /// Puts its members where they belong.
    pub fn fill(&self, f: &mut Fields) {
        match self {
            What::Start(start) => fill_start(start, f),
            What::Stop(stop) => {
                f.word("surface", Some(&stop.surface));
                f.free("reason", stop.reason.as_deref());
            }
            What::Decision(decision) => fill_decision(decision, f),
            What::Intent(intent) => {
                f.word("call_id", Some(&intent.call_id));
                f.name("tool_id", intent.tool_id.as_deref());
                f.word("method", Some(&intent.method));
                f.free("path", Some(&intent.path));
                f.free("origin", Some(&intent.origin));
                f.maybe("address", intent.address.as_deref());
                f.maybe("credential", intent.credential.as_deref());
            }
            What::Outcome(outcome) => fill_outcome(outcome, f),
            What::Confirmation(confirmation) => {
                f.word("event", Some(confirmation.event.word()));
                f.word("confirmation_id", Some(&confirmation.confirmation_id));
                f.name("tool_id", confirmation.tool_id.as_deref());
                f.word("confirmation_issuer", confirmation.issuer.as_deref());
                f.list("key_ids", &confirmation.key_ids);
                f.free("reason", confirmation.reason.as_deref());
                f.maybe("call_id", confirmation.call_id.as_deref());
            }
            What::Validation(validation) => {
                f.name("tool_id", validation.tool_id.as_deref());
                f.word("side", Some(validation.side));
                f.free("pointer", validation.pointer.as_deref());
                f.maybe("keyword", validation.keyword.as_deref());
                f.maybe("call_id", validation.call_id.as_deref());
            }
            What::Review(review) => {
                f.word("event", Some(review.event));
                f.word("proposal_id", Some(&review.proposal_id));
                f.name("tool_id", review.tool_id.as_deref());
                f.free("confirmation_issuer", review.issuer.as_deref());
                f.free("reason", review.reason.as_deref());
            }
            What::List(counted) | What::Inspect(counted) => {
                f.word("surface", Some(&counted.surface));
                f.int("tools", counted.tools);
                f.free("question", counted.question.as_deref());
            }
        }
    }
}

fn fill_start(start: &Start, f: &mut Fields) {
    f.word("version", Some(&start.version));
    f.word("mode", Some(&start.mode));
    f.word("surface", Some(&start.surface));
    f.word("scope_id", start.toolset.as_deref());
    f.list("loosened", &start.loosened);
    f.list("origins", &start.origins);
    f.int("tools", Some(start.tools));
    f.int("pid", Some(start.pid));
    f.word("artifacts_digest", start.artifacts_digest.as_deref());
    f.word("lockfile_digest", start.lockfile_digest.as_deref());
    f.word("policy_digest", start.policy_digest.as_deref());
    if !start.unmatched.is_empty() {
        f.list("unmatched", &start.unmatched);
    }
    f.int("cut_off_bytes", start.cut_off_bytes);
}

fn fill_decision(decision: &Decision, f: &mut Fields) {
    // The reference's trace: all of it, as there.
    f.name("tool_id", decision.tool_id.as_deref());
    f.word("scope_id", decision.scope_id.as_deref());
    f.word("request_fingerprint", decision.request_fingerprint.as_deref());
    f.word("decision", Some(decision.decision));
    f.word("reason_code", Some(decision.reason_code.word()));
    f.empty_list("evidence_refs");
    f.word("lockfile_digest", decision.lockfile_digest.as_deref());
    f.word("policy_digest", decision.policy_digest.as_deref());
    f.word("confirmation_issuer", decision.confirmation_issuer.as_deref());
    f.word("provenance_mode", Some("runtime"));
    f.free("reason", decision.reason.as_deref());
    // What it never told.
    f.maybe("request_hmac", decision.request_hmac.as_deref());
    f.word("surface", Some(&decision.surface));
    f.maybe("method", decision.method.as_deref());
    f.free("path_template", decision.path_template.as_deref());
    f.free("origin", decision.origin.as_deref());
    f.maybe("rule_id", decision.rule_id.as_deref());
    f.maybe("risk_tier", decision.risk_tier.as_deref());
    f.maybe("confirmation_id", decision.confirmation_id.as_deref());
    f.maybe("call_id", decision.call_id.as_deref());
}

fn fill_outcome(outcome: &Outcome, f: &mut Fields) {
    f.word("call_id", Some(&outcome.call_id));
    f.name("tool_id", outcome.tool_id.as_deref());
    f.int("status", outcome.status.map(u64::from));
    f.int("bytes", outcome.bytes);
    f.free("content_type", outcome.content_type.as_deref());
    f.int("latency_ms", outcome.latency_ms);
    f.list("redirects", &outcome.redirects);
    f.maybe("error_code", outcome.error_code.map(ReasonCode::word));
    f.free("reason", outcome.reason.as_deref());
    f.flag("truncated", outcome.truncated);
    f.flag("drift", outcome.drift);
    f.maybe("response_sha256", outcome.response_sha256.as_deref());
}
