//! A call in; what it comes to before anything is sent, out: found, approved, valid, allowed. Synchronous, and the only
//! place where a call is judged, whoever asks.

use std::sync::Arc;

use reqwest::Url;
use serde_json::{Map, Value};

use super::apart::apart;
use super::reading;
use super::ready::Ready;
use super::served::Served;
use super::servers::Upstream;
use crate::enforce::arguments::Arguments;
use crate::enforce::decide::{Asked, Weighed, weigh};
use crate::enforce::fingerprint::fingerprint;
use crate::enforce::guard::origin::Origin;
use crate::enforce::prepared::Prepared;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::enforce::request::{Request, target};
use crate::enforce::stateful;
use crate::io::clock;
use crate::model::risk::{RiskTier, ToolKind};
use crate::model::tool::Tool;

/// What is said of a name that no tool has.
pub const UNKNOWN: &str = "there is no such tool";

/// What stands for the method, and before the name, of a server that runs here.
const MCP: &str = "mcp";

/// A call.
#[derive(Clone)]
pub struct Call {
    /// The tool, as agents name it.
    pub name: String,
    /// Its arguments.
    pub arguments: Map<String, Value>,
}

/// What is known of a call, for those who write it down.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// What ties the records of the call together.
    pub call_id: String,
    /// The tool; of an unknown one the name that was asked for.
    pub tool_id: Option<String>,
    /// Upper-case method.
    pub method: Option<String>,
    /// Base path and template.
    pub template: Option<String>,
    /// Where it goes.
    pub origin: Option<String>,
    /// Digest of the request.
    pub digest: Option<String>,
    /// Risk of the tool.
    pub tier: Option<RiskTier>,
    /// The rules of the policy that decided.
    pub rules: Vec<String>,
    /// Digest of the lockfile.
    pub lock_digest: Option<String>,
    /// Digest of the policy.
    pub policy_digest: Option<String>,
}

/// A call that is refused.
pub struct Denied {
    /// Why.
    pub refusal: Refusal,
    /// What is known of it.
    pub facts: Facts,
    /// Whether its tool is one that agents are shown.
    pub is_shown: bool,
}

/// A request to the server of an API.
pub struct Api {
    /// What is sent.
    pub request: Request,
    /// Where to.
    pub url: Url,
    /// The server there.
    pub origin: Origin,
}

/// Where a call goes.
pub enum To {
    /// To the server of an API.
    Api(Box<Api>),
    /// To an MCP server that runs here, under its own name of the tool.
    Server(Arc<Upstream>, String),
}

impl To {
    /// The method; of other servers a word for that.
    pub fn method(&self) -> &str {
        match self {
            To::Api(api) => &api.request.method,
            To::Server(..) => MCP,
        }
    }

    /// The server, as it is written down and shown.
    pub fn origin(&self) -> String {
        match self {
            To::Api(api) => api.origin.to_string(),
            To::Server(server, _) => format!("{}:{}", MCP, server.name),
        }
    }

    /// The path of the request; of other servers their name of the tool.
    pub fn path(&self) -> &str {
        match self {
            To::Api(api) => &api.request.path,
            To::Server(_, tool) => tool,
        }
    }
}

/// A call that may be made, or for which a person is asked.
pub struct Judged {
    /// The toolpack as it was judged.
    pub ready: Arc<Ready>,
    /// Which tool.
    pub index: usize,
    /// The arguments that are sent, and the token that came with them.
    pub arguments: Arguments,
    /// What is sent, and where to.
    pub to: To,
    /// What the policy says.
    pub weighed: Weighed,
    /// What is known of it.
    pub facts: Facts,
}

impl Judged {
    /// The tool.
    pub fn tool(&self) -> &Tool {
        &self.ready.state.pack.manifest.tools[self.index]
    }

    /// Its tier.
    pub fn tier(&self) -> RiskTier {
        self.ready.state.subject(self.tool()).tier
    }
}

impl Served {
    /// Judges a call. Nothing of the world is changed, no budget charged, no token used.
    ///
    /// # Errors
    /// It is refused.
    pub fn judge(&self, call: &Call, call_id: &str) -> Result<Judged, Box<Denied>> {
        let mut facts = Facts { call_id: call_id.to_owned(), ..Facts::default() };
        // While nothing can be verified, nobody can tell which tools there are: what is wrong is said of all names.
        let mut is_shown = true;
        self.judged(call, &mut facts, &mut is_shown)
            .map_err(|refusal| Box::new(Denied { refusal, facts, is_shown }))
    }

    fn judged(&self, call: &Call, facts: &mut Facts, is_shown: &mut bool) -> Result<Judged, Refusal> {
        facts.tool_id = Some(call.name.clone());
        let ready = self.ready()?;
        *is_shown = false;
        let state = &ready.state;
        facts.lock_digest = state.lock_digest().map(str::to_owned);
        facts.policy_digest = Some(state.policy_digest.clone());
        let unknown = || Refusal::new(ReasonCode::UnknownAction, UNKNOWN);
        let tool = state.tool(&call.name).ok_or_else(unknown)?;
        let tier = state.subject(tool).tier;
        let template = tool.full_path();
        facts.tool_id = Some(tool.id.clone());
        facts.method = Some(tool.method.clone());
        facts.template = Some(template.clone());
        facts.tier = Some(tier);
        let now = clock::now().map_err(|_| Refusal::new(ReasonCode::Internal, "the clock can't be read"))?;
        let set = self.how.toolset.as_deref();
        state.admit(tool, set, now)?;
        *is_shown = true;
        if self.how.reads_only {
            reading::by_method(tool)?;
        }

        let prepared = ready.prepared(tool)?;
        let arguments = prepared.arguments(&call.arguments)?;
        let digest = fingerprint(tool, &arguments.values);
        facts.digest = Some(digest);
        let to = match tool.kind {
            ToolKind::Http => self.to_api(prepared, &arguments)?,
            // That it is none that is served, its standing has said.
            ToolKind::Mcp | ToolKind::WebMcp => {
                // One that ended is started again, and one whose tools changed is asked for them.
                let server = apart(|| self.servers.of(&state.pack, tool))?;
                To::Server(server, tool.path.clone())
            }
        };
        facts.origin = Some(to.origin());
        let pack = &state.pack;
        let always = state.always_changes(tool);
        let (sent, plain) = match &to {
            To::Api(api) => (api.request.all_headers(), api.request.plain_path()),
            To::Server(_, tool) => (Vec::new(), tool.clone()),
        };
        let headers: Vec<(&str, &str)> = sent.iter().map(|(name, value)| (&**name, &**value)).collect();
        let asked = Asked {
            toolpack_id: &pack.header.toolpack_id,
            tool,
            tier,
            template: &template,
            path: to.path(),
            plain: &plain,
            toolset: set,
            headers: &headers,
            changes_state: stateful::changes_state(&pack.policy, tool, always, &arguments.values),
        };
        let weighed = weigh(&pack.policy, &asked).map_err(|(refusal, rules)| {
            facts.rules = rules;
            refusal
        })?;
        facts.rules.clone_from(&weighed.rules);
        if self.how.reads_only {
            reading::as_weighed(&weighed)?;
        }
        let index = tool.index;
        let facts = facts.clone();
        Ok(Judged { index, arguments, to, weighed, facts, ready: Arc::clone(&ready) })
    }

    /// The request of a call, and where it goes.
    fn to_api(&self, prepared: &Prepared, arguments: &Arguments) -> Result<To, Refusal> {
        let request = prepared.request(arguments)?;
        let base = match &self.how.base {
            Some(base) => base.url.as_str().trim_end_matches('/'),
            None => prepared.origin(),
        };
        let whole = target(base, &request)?;
        let url = Url::parse(&whole).map_err(|_| {
            Refusal::new(ReasonCode::ParamValidation, "the address of the call is none that can be sent")
        })?;
        let origin = Origin::of(&url)?;
        // What would go out is the path that was built, not what a parser of addresses makes of it.
        if url.path() != path_of(&whole) {
            return Err(Refusal::new(
                ReasonCode::ParamValidation,
                "the path of the call would be read as another one",
            ));
        }
        Ok(To::Api(Box::new(Api { request, url, origin })))
    }
}

/// The path of an address as it is written.
fn path_of(whole: &str) -> &str {
    let rest = whole.split_once("://").map_or(whole, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split_once('?').map_or(path, |(path, _)| path)
}
