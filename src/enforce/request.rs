//! Arguments and where they go in, the request out: its own address without an origin, so that nothing that a caller
//! says can be part of one (runtime.md §6).
//!
//! A `/_next/data/{build_id}` of Next.js is a placeholder like any other: an argument or the default of its schema
//! fills it, or the call is refused. The reference system asks the site for the current one; nothing here does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::body::{Body, Media};
use super::percent::{encoded, is_unreserved};
use super::places::{Place, quoted};
use super::reason::{ReasonCode, Refusal};
use super::template::Template;
use super::written::Parameter;
use crate::canon::visible::visible;
use crate::compare::risk_words::percent_decoded;

/// Bytes of path and query together: what servers take.
const MAX_ADDRESS: usize = 16 << 10;
/// Bytes of all headers that arguments set.
const MAX_HEADERS: usize = 16 << 10;

/// What answers are asked for.
pub const ACCEPT: &str = "application/json, application/*+json, text/*;q=0.8";
/// Who asks.
pub const USER_AGENT: &str = concat!("cask/", env!("CARGO_PKG_VERSION"));

/// What is sent, apart from where to and from who sends it.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Upper-case.
    pub method: String,
    /// From the first slash after the host, encoded, without a query.
    pub path: String,
    /// Encoded, without its question mark.
    pub query: Option<String>,
    /// Lower-case names and values; the type of the body is not among them.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Body>,
}

impl Request {
    /// All its headers, those that every call has included; a credential comes to them when it is sent.
    pub fn all_headers(&self) -> Vec<(String, String)> {
        let mut all = self.headers.clone();
        if let Some(body) = &self.body {
            all.push(("content-type".to_owned(), body.content_type.clone()));
        }
        for (name, value) in [("accept", ACCEPT), ("user-agent", USER_AGENT)] {
            if !all.iter().any(|(own, _)| own == name) {
                all.push((name.to_owned(), value.to_owned()));
            }
        }
        all
    }

    /// The path with what it was filled with as it was said, not as it is encoded.
    pub fn plain_path(&self) -> String {
        percent_decoded(&self.path)
    }
}

/// Values may be secrets.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Where the parts of a tool's requests go, made once.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Upper-case.
    pub method: String,
    /// The path.
    pub template: Template,
    /// Places of arguments, by name.
    pub places: BTreeMap<String, Place>,
    /// What placeholders are filled with where no argument does, by their own name.
    pub defaults: BTreeMap<String, String>,
    /// What the body is written in.
    pub media: Media,
    /// Whether there has to be a body.
    pub needs_body: bool,
    /// Whether members of a body stand in the query: calls that have none.
    pub body_in_query: bool,
    /// Members of the body that no argument sets.
    pub fixed: Map<String, Value>,
}

impl Plan {
    /// Builds the request of a call.
    ///
    /// # Errors
    /// `ParamValidation`: what cannot stand where it goes, named by argument and never by value.
    pub fn request(&self, values: &Map<String, Value>) -> Result<Request, Refusal> {
        let path = self.path(values)?;
        let mut query: Vec<(String, String)> = Vec::new();
        let mut headers: Vec<(String, String)> = Vec::new();
        let mut cookies: Vec<String> = Vec::new();
        let mut body: Option<Value> = None;
        for (name, place) in &self.places {
            let Some(value) = values.get(name) else { continue };
            let refused = |why: &str| refusal(&format!("argument {} {why}", quoted(name)));
            match place {
                Place::Path(_) => {}
                Place::Query(parameter) => {
                    self.add_query(parameter, parameter.in_query(value), &mut query).map_err(refused)?;
                }
                Place::Header(parameter) => {
                    if let Some(text) = parameter.in_header(value).map_err(refused)? {
                        headers.push((parameter.name.clone(), text));
                    }
                }
                Place::Cookie(parameter) => {
                    cookies
                        .extend(parameter.in_cookie(value).map(|text| format!("{}={text}", parameter.name)));
                }
                Place::Body if body.is_none() => body = Some(value.clone()),
                Place::Body => return Err(refused("would take the place of other arguments")),
                Place::Member(steps) => {
                    let whole = body.get_or_insert_with(|| Value::Object(Map::new()));
                    set(whole, steps, value.clone()).map_err(refused)?;
                }
            }
        }
        let body = self.whole(body)?;
        let body = match body {
            Some(Value::Object(members)) if self.body_in_query => {
                for (name, value) in &members {
                    let parameter = Parameter::plain(name);
                    let pairs = parameter.in_query(value);
                    self.add_query(&parameter, pairs, &mut query).map_err(refusal)?;
                }
                None
            }
            Some(value) => Some(self.media.write(&value).map_err(refusal)?),
            None => None,
        };
        if !cookies.is_empty() {
            headers.push(("cookie".to_owned(), cookies.join("; ")));
        }
        let query =
            query.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        if path.len() + query.len() > MAX_ADDRESS {
            return Err(refusal("arguments make an address that is too long"));
        }
        if headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_HEADERS {
            return Err(refusal("arguments make headers that are too long"));
        }
        let query = (!query.is_empty()).then_some(query);
        Ok(Request { method: self.method.clone(), path, query, headers, body })
    }

    /// The path of a call as people are shown it: a star for the value of each argument that they are not shown as it is.
    pub fn shown_path(&self, values: &Map<String, Value>, is_shown: impl Fn(&str) -> bool) -> String {
        let mut texts = self.defaults.clone();
        for (name, place) in &self.places {
            let (Place::Path(parameter), Some(value)) = (place, values.get(name)) else { continue };
            texts.remove(&parameter.name);
            if let (true, Ok(text)) = (is_shown(name), parameter.in_path(value)) {
                texts.insert(parameter.name.clone(), text);
            }
        }
        self.template.shown(|slot| texts.get(slot).cloned())
    }

    fn path(&self, values: &Map<String, Value>) -> Result<String, Refusal> {
        let mut texts: BTreeMap<&str, String> = BTreeMap::new();
        for (name, place) in &self.places {
            if let (Place::Path(parameter), Some(value)) = (place, values.get(name)) {
                let text = parameter
                    .in_path(value)
                    .map_err(|why| refusal(&format!("argument {} {why}", quoted(name))))?;
                texts.insert(&parameter.name, text);
            }
        }
        let value = |slot: &str| texts.get(slot).or_else(|| self.defaults.get(slot)).cloned();
        let path = self.template.fill(value);
        path.map_err(|(slot, why)| {
            refusal(&format!("the value of {{{}}} in the path {why}", visible(&slot, 80)))
        })
    }

    /// Adds what one parameter gives. An object's members may not pass for other parameters of the tool.
    fn add_query(
        &self,
        parameter: &Parameter,
        pairs: Vec<(String, String)>,
        query: &mut Vec<(String, String)>,
    ) -> Result<(), &'static str> {
        // Each is two bytes at least.
        if pairs.len() > MAX_ADDRESS / 2 {
            return Err("makes an address that is too long");
        }
        let own = encoded(&parameter.name, is_unreserved);
        let inside = format!("{own}%5B");
        let foreign = |name: &String| *name != own && !name.starts_with(&inside);
        let taken = |name: &String| {
            query.iter().any(|(other, _)| other == name)
                || self.places.values().any(|place| match place {
                    Place::Query(other) => encoded(&other.name, is_unreserved) == *name,
                    _ => false,
                })
        };
        if pairs.iter().any(|(name, _)| foreign(name) && taken(name))
            || query.iter().any(|(name, _)| *name == own)
        {
            return Err("would set another parameter");
        }
        query.extend(pairs);
        Ok(())
    }

    /// The body with what is fixed.
    fn whole(&self, body: Option<Value>) -> Result<Option<Value>, Refusal> {
        if self.fixed.is_empty() {
            let empty = || Value::Object(Map::new());
            return Ok(body.or_else(|| (self.needs_body && matches!(self.media, Media::Json(_))).then(empty)));
        }
        let Value::Object(mut members) = body.unwrap_or_else(|| Value::Object(Map::new())) else {
            return Err(refusal("the body has fixed members and can only be an object"));
        };
        for (key, fixed) in &self.fixed {
            if members.get(key).is_some_and(|given| given != fixed) {
                return Err(refusal("arguments would set what is fixed"));
            }
            members.insert(key.clone(), fixed.clone());
        }
        Ok(Some(Value::Object(members)))
    }
}

fn refusal(message: &str) -> Refusal {
    Refusal::new(ReasonCode::ParamValidation, message)
}

/// Sets a member of a body, with the objects on the way to it.
fn set(whole: &mut Value, steps: &[String], value: Value) -> Result<(), &'static str> {
    let mut at = whole;
    let Some((last, way)) = steps.split_last() else { return Err("has no place in the body") };
    for step in way {
        let members = at.as_object_mut().ok_or("goes where another value is")?;
        at = members.entry(step.clone()).or_insert_with(|| Value::Object(Map::new()));
    }
    let members = at.as_object_mut().ok_or("goes where another value is")?;
    match members.insert(last.clone(), value) {
        None => Ok(()),
        Some(_) => Err("goes where another value is"),
    }
}

/// The whole address of a request: a base (`https://host`, or an address with a path of its own, which stays in
/// front), then path and query. Nothing is resolved against it, so nothing of it is ever dropped.
///
/// # Errors
/// `SchemeNotAllowed` for another scheme than http and https; `ParamValidation` for a base that is more than scheme,
/// host and path.
pub fn target(base: &str, request: &Request) -> Result<String, Refusal> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| base.strip_prefix(scheme));
    let Some(rest) = rest else {
        return Err(Refusal::new(ReasonCode::SchemeNotAllowed, "only http and https are sent"));
    };
    let (authority, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    let path = |b: u8| is_unreserved(b) || b"!$&'()*+,;=:@%/".contains(&b);
    let dots = prefix.split('/').any(|part| matches!(percent_decoded(part).as_str(), "." | ".."));
    if authority.is_empty() || dots || !authority.bytes().all(host) || !prefix.bytes().all(path) {
        return Err(refusal("the base address is more than scheme, host and path"));
    }
    let query = request.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(format!("{}{}{query}", base.trim_end_matches('/'), request.path))
}
