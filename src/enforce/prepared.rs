//! A tool of a toolpack in, everything that its calls need and that no call changes out: made once, when the toolpack
//! is loaded, so that a tool that cannot be called rightly is not offered at all.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::arguments::{Arguments, Intake};
use super::body::Media;
use super::places::{self, Place, quoted};
use super::reason::{ReasonCode, Refusal};
use super::request::{Plan, Request};
use super::template::Template;
use super::written::scalar;
use crate::canon::visible::visible;
use crate::canon::{Node, json};
use crate::compare::tier;
use crate::model::risk::ToolKind;
use crate::model::schema::baseline::Operation;
use crate::model::schema_version::Generation;
use crate::model::surface;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Methods that are sent.
pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
/// Methods whose calls have no body.
const BODILESS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// A tool that is ready to be called.
#[derive(Debug, Clone)]
pub struct Prepared {
    name: String,
    intake: Intake,
    /// None for tools of other servers and of pages, whose calls are no requests of ours.
    plan: Option<Plan>,
    base: String,
}

impl Prepared {
    /// Prepares a tool.
    ///
    /// # Errors
    /// `MethodNotAllowed` for a method that is not sent; `ParamValidation` for arguments, a path or a body that cannot
    /// be written. The message names the tool.
    pub fn of(pack: &Toolpack, tool: &Tool) -> Result<Prepared, Refusal> {
        let refused = |code, why: &str| Refusal::new(code, format!("tool {}: {why}", quoted(&tool.name)));
        let invalid = |why: String| refused(ReasonCode::ParamValidation, &why);
        if tool.kind != ToolKind::Http {
            let schema = tier::listed(pack, tool).and_then(|raw| raw.get("inputSchema"));
            let intake = Intake::of(schema, [], Map::new(), false).map_err(invalid)?;
            return Ok(Prepared { name: tool.name.clone(), intake, plan: None, base: String::new() });
        }
        if !METHODS.contains(&tool.method.as_str()) {
            return Err(refused(ReasonCode::MethodNotAllowed, "its method is none that is sent"));
        }
        let operation = operation(pack, tool).map_err(invalid)?;
        let operation = operation.as_ref();
        let fixed = fixed(tool).map_err(invalid)?;
        let full = tool.full_path();
        let full = if full.is_empty() { "/".to_owned() } else { full };
        let plain = Template::of(&full, |_| String::new()).map_err(|why| invalid(why.to_owned()))?;
        let slots: Vec<&str> = plain.slots().collect();
        let schema = tool.input_schema();
        let shared = pack.manifest.generation == Generation::V1;

        let mut defaults = server_defaults(operation);
        defaults.retain(|name, _| slots.contains(&name.as_str()));
        let inputs = tool.raw.get("inputs").map(Node::members).unwrap_or_default();
        let filled: Vec<&str> =
            inputs.iter().filter_map(|(_, place)| place.as_text()?.strip_prefix("path.")).collect();
        let mut unfilled =
            slots.iter().filter(|slot| !filled.contains(slot) && !defaults.contains_key(**slot));
        if let Some(slot) = unfilled.find(|slot| places::properties(schema).all(|name| name != **slot)) {
            return Err(invalid(format!("nothing fills the placeholder {} of its path", quoted(slot))));
        }
        let beside = inputs.iter().map(|(name, _)| name.as_str());
        let intake = Intake::of(schema, beside, fixed.clone(), shared).map_err(invalid)?.only_declared();

        let names: Vec<&str> = intake.names().collect();
        let places = places::of_tool(tool, operation, &names, &slots).map_err(invalid)?;
        for (name, place) in &places {
            let Place::Path(parameter) = place else { continue };
            let said = schema.and_then(|s| s.get("properties")?.get(name)?.get("default"));
            if let Some(said) = said.and_then(text_of) {
                defaults.insert(parameter.name.clone(), said);
            }
        }
        let before: BTreeMap<&str, String> = places
            .values()
            .filter_map(|place| match place {
                Place::Path(parameter) => Some((parameter.name.as_str(), parameter.before())),
                _ => None,
            })
            .collect();
        let template = Template::of(&full, |slot| before.get(slot).cloned().unwrap_or_default());
        let template = template.map_err(|why| invalid(why.to_owned()))?;
        let has_body = places.values().any(Place::is_in_body) || !fixed.is_empty();
        let bodiless = BODILESS.contains(&tool.method.as_str());
        let declares = places.values().any(Place::is_in_body) && tool.raw.get("inputs").is_some();
        let body_in_query = match tool.graphql {
            Some(_) => bodiless,
            None => (bodiless || tool.method == "DELETE") && !declares,
        };
        let request = operation.and_then(|o| o.request.as_ref());
        let needs_body = !bodiless && request.is_some_and(|request| request.required);
        let media = match Media::of(request) {
            Ok(media) => media,
            Err(said) if has_body && !body_in_query || needs_body => {
                let said = visible(&said, 80);
                return Err(invalid(format!("its body is {said:?}, which is not written here")));
            }
            Err(_) => Media::Text,
        };
        let plan = Plan {
            method: tool.method.clone(),
            template,
            places,
            defaults,
            media,
            needs_body,
            body_in_query,
            fixed,
        };
        let scheme = match operation.and_then(|o| o.scheme.as_deref()) {
            Some("http") => "http",
            _ => "https",
        };
        let host = filled_host(&tool.host, &server_defaults(operation)).map_err(|w| invalid(w.to_owned()))?;
        Ok(Prepared { name: tool.name.clone(), intake, plan: Some(plan), base: format!("{scheme}://{host}") })
    }

    /// What the agent calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Scheme and host that its calls go to where no other base is given; empty for tools of other servers.
    pub fn origin(&self) -> &str {
        &self.base
    }

    /// Takes the arguments of a call.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub fn arguments(&self, given: &Map<String, Value>) -> Result<Arguments, Refusal> {
        self.intake.take(given)
    }

    /// Builds the request of a call.
    ///
    /// # Errors
    /// As [`Plan::request`]; `MethodNotAllowed` for tools whose calls are no requests.
    pub fn request(&self, arguments: &Arguments) -> Result<Request, Refusal> {
        match &self.plan {
            Some(plan) => plan.request(&arguments.values),
            None => Err(Refusal::new(ReasonCode::MethodNotAllowed, "a call of this tool is no request")),
        }
    }

    /// The path of a call as people are shown it: a star for the value of each argument that they are not shown as it is.
    pub fn shown_path(&self, arguments: &Arguments, is_shown: impl Fn(&str) -> bool) -> String {
        self.plan.as_ref().map(|plan| plan.shown_path(&arguments.values, is_shown)).unwrap_or_default()
    }

    /// Whether a path is one of the tool's.
    pub fn is_own_path(&self, path: &str) -> bool {
        self.plan.as_ref().is_some_and(|plan| plan.template.is_match(path))
    }
}

/// The locked operation of a tool; none where the baseline has none.
fn operation(pack: &Toolpack, tool: &Tool) -> Result<Option<Operation>, String> {
    let Some(entry) = pack.baseline.entry(&tool.identity) else { return Ok(None) };
    match surface::read("baseline.json", &pack.baseline, entry) {
        Ok(locked) => Ok(locked.map(|locked| locked.content)),
        Err(_) => Err("its operation in the baseline cannot be read".to_owned()),
    }
}

fn fixed(tool: &Tool) -> Result<Map<String, Value>, String> {
    match tool.raw.get("fixed_body").filter(|node| !node.is_null()).map(json::from_node) {
        None => Ok(Map::new()),
        Some(Some(Value::Object(members))) => Ok(members),
        Some(_) => Err("what is fixed of its body is no object".to_owned()),
    }
}

fn text_of(node: &Node) -> Option<String> {
    scalar(&json::from_node(node)?).filter(|text| !text.trim().is_empty())
}

/// What the variables of a server are where nobody chooses.
fn server_defaults(operation: Option<&Operation>) -> BTreeMap<String, String> {
    let variables = operation.and_then(|o| o.server_variables.as_ref()).into_iter().flatten();
    variables.filter_map(|(name, said)| Some((name.clone(), text_of(said.get("default")?)?))).collect()
}

/// A host with the variables of the server filled: no caller chooses where a call goes.
fn filled_host(host: &str, defaults: &BTreeMap<String, String>) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut rest = host;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("its host has a brace without its other")?;
        let known = defaults.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        let (_, value) = known.ok_or("its host has a variable without a default")?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    match !out.is_empty() && out.bytes().all(plain) {
        true => Ok(out),
        false => Err("its host is none"),
    }
}

#[cfg(test)]
mod tests;
