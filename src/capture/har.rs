//! One entry of a HAR file in, the exchange that it tells of out, not redacted yet.
//!
//! Fields are read leniently, since recorders differ: a number for a text, null for a list. What must be there is an
//! address.

use std::borrow::Cow;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;

use super::filter::{self, Told};
use super::late::Late;
use super::loose::Loose;
use super::options::Wants;
use super::{body, multipart, url};
use crate::canon::time::Timestamp;
use crate::model::exchange::{Body, Content, Exchange, Skip};

/// Longest address that is read.
pub const LONGEST: usize = 64 << 10;
/// Base64 of a body that is undone.
const ENCODED: usize = body::JSON / 3 * 4;

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    request: Option<Request<'a>>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
    #[serde(rename = "startedDateTime", borrow)]
    started: Option<Loose<'a>>,
    #[serde(borrow)]
    time: Option<Loose<'a>>,
    #[serde(rename = "_resourceType", borrow)]
    resource: Option<Loose<'a>>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    method: Option<Loose<'a>>,
    #[serde(borrow)]
    url: Option<Loose<'a>>,
    #[serde(borrow)]
    headers: Option<Vec<Pair<'a>>>,
    #[serde(rename = "queryString", borrow)]
    query: Option<Vec<Pair<'a>>>,
    #[serde(borrow)]
    cookies: Option<Vec<Pair<'a>>>,
    #[serde(rename = "postData", borrow)]
    post: Option<Post<'a>>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    status: Option<Loose<'a>>,
    #[serde(borrow)]
    headers: Option<Vec<Pair<'a>>>,
    #[serde(borrow)]
    content: Option<Answer<'a>>,
}

#[derive(Deserialize)]
struct Post<'a> {
    #[serde(rename = "mimeType", borrow)]
    media: Option<Loose<'a>>,
    #[serde(borrow)]
    text: Option<Late<'a>>,
    #[serde(borrow)]
    encoding: Option<Loose<'a>>,
    #[serde(borrow)]
    params: Option<Vec<Pair<'a>>>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(rename = "mimeType", borrow)]
    media: Option<Loose<'a>>,
    #[serde(borrow)]
    text: Option<Late<'a>>,
    #[serde(borrow)]
    encoding: Option<Loose<'a>>,
    #[serde(borrow)]
    size: Option<Loose<'a>>,
}

#[derive(Deserialize)]
struct Pair<'a> {
    #[serde(borrow)]
    name: Option<Loose<'a>>,
    #[serde(borrow)]
    value: Option<Loose<'a>>,
    #[serde(rename = "fileName", borrow)]
    file: Option<Loose<'a>>,
}

/// Where an entry went, for those who only count hosts.
pub struct Seen {
    /// `http` or `https`.
    pub scheme: String,
    /// Its host.
    pub host: String,
    /// Why it would be left out whatever its host is.
    pub skip: Option<Skip>,
}

/// Where an entry went.
///
/// # Errors
/// It tells of no address that can be called.
pub fn seen(bytes: &[u8]) -> Result<Seen, Skip> {
    let entry = read(bytes)?;
    let place = Place::of(&entry)?;
    Ok(Seen { skip: filter::skip(place.told()), scheme: place.address.scheme, host: place.address.host })
}

/// The exchange that an entry tells of.
///
/// # Errors
/// Why it is left out.
pub fn entry(bytes: &[u8], wants: &Wants) -> Result<Exchange, Left> {
    let entry = read(bytes)?;
    let place = Place::of(&entry)?;
    if !wants.hosts.has(&place.address.scheme, &place.address.host) {
        return Err(Left { skip: Skip::OtherHost, host: Some(place.address.host) });
    }
    if let Some(skip) = filter::skip(place.told()) {
        return Err(skip.into());
    }
    let Some(request) = &entry.request else { return Err(Skip::Malformed.into()) };
    let Place { method, address, .. } = place;
    let mut query = address.query.map(url::pairs).unwrap_or_default();
    if query.is_empty() {
        let own = request.query.as_deref().unwrap_or_default();
        query = own.iter().filter_map(|pair| Some((name(pair)?, value(pair)))).collect();
    }
    let mut request_headers = headers(request.headers.as_deref());
    if let Some(user) = address.user {
        // What a browser makes of it before it sends it.
        request_headers.push(("authorization".to_owned(), format!("Basic {}", BASE64_STANDARD.encode(user))));
    }
    if !request_headers.iter().any(|(name, _)| name == "cookie")
        && request.cookies.as_ref().is_some_and(|cookies| !cookies.is_empty())
    {
        request_headers.push(("cookie".to_owned(), String::new()));
    }
    let response = entry.response.as_ref();
    let response_headers = headers(response.and_then(|r| r.headers.as_deref()));
    let status =
        response.and_then(|r| r.status.as_ref()).and_then(|s| s.0.parse().ok()).filter(|s| *s >= 100);
    let began = entry.started.as_ref().and_then(|text| began(&text.0));
    Ok(Exchange {
        method,
        scheme: address.scheme,
        host: address.host,
        path: match address.path.contains('\\') {
            true => address.path.replace('\\', "/"),
            false => address.path.to_owned(),
        },
        route: None,
        query,
        request: request.post.as_ref().and_then(|post| posted(post, &request_headers)),
        response: response.and_then(|r| r.content.as_ref()).and_then(|c| answered(c, &response_headers)),
        request_headers,
        response_headers,
        status,
        started: began.map(|(second, _)| second),
        started_nanos: began.map_or(0, |(_, nanos)| nanos),
        duration_ms: entry.time.as_ref().and_then(|text| milliseconds(&text.0)),
        credentials: Vec::new(),
    })
}

/// Why an entry is left out; for its host, which that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The reason.
    pub skip: Skip,
    /// The host, where that is the reason.
    pub host: Option<String>,
}

impl From<Skip> for Left {
    fn from(skip: Skip) -> Left {
        Left { skip, host: None }
    }
}

fn read(bytes: &[u8]) -> Result<Entry<'_>, Skip> {
    // Looked at as a whole first, no text of it has to be.
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    }
    .map_err(|_| Skip::Malformed)
}

/// What is asked of an entry before anything else.
struct Place<'a> {
    method: String,
    address: url::Address<'a>,
    media: String,
    resource: &'a str,
    answered: bool,
    upgraded: bool,
}

impl<'a> Place<'a> {
    fn of(entry: &'a Entry<'a>) -> Result<Place<'a>, Skip> {
        let request = entry.request.as_ref().ok_or(Skip::Malformed)?;
        let text: &str = request.url.as_ref().map_or("", |url| url.0.trim());
        if text.len() > LONGEST {
            return Err(Skip::Malformed);
        }
        let mut address = url::parse(text).map_err(|why| match why {
            url::NoAddress::NoHost => Skip::NoUrl,
            url::NoAddress::NotHttp => Skip::NotHttp,
        })?;
        let method = request.method.as_ref().map_or("", |method| method.0.trim());
        let method = if method.is_empty() { "GET".to_owned() } else { method.to_ascii_uppercase() };
        if !method.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
            || method.len() > 32
        {
            return Err(Skip::Malformed);
        }
        let response = entry.response.as_ref();
        let header = |name: &str| find(response.and_then(|r| r.headers.as_deref()), name);
        let content = response.and_then(|r| r.content.as_ref());
        let said = header("content-type").or_else(|| content?.media.as_ref().map(|m| m.0.as_ref()));
        let upgraded = header("upgrade").is_some_and(|to| to.eq_ignore_ascii_case("websocket"))
            || address.scheme.starts_with("ws");
        if address.scheme.starts_with("ws") {
            address.scheme = address.scheme.replace("ws", "http");
        }
        Ok(Place {
            method,
            address,
            media: body::media(said.unwrap_or_default()),
            resource: entry.resource.as_ref().map_or("", |kind| &kind.0),
            answered: content.is_some_and(|c| c.text.as_ref().is_some_and(|text| !text.is_empty())),
            upgraded,
        })
    }

    fn told(&self) -> Told<'_> {
        Told {
            method: &self.method,
            path: self.address.path,
            media: &self.media,
            resource: self.resource,
            answered: self.answered,
            upgraded: self.upgraded,
        }
    }
}

fn name(pair: &Pair) -> Option<String> {
    pair.name.as_ref().map(|name| name.0.to_string()).filter(|name| !name.is_empty())
}

fn value(pair: &Pair) -> String {
    pair.value.as_ref().map(|value| value.0.to_string()).unwrap_or_default()
}

fn find<'a>(headers: Option<&'a [Pair<'a>]>, wanted: &str) -> Option<&'a str> {
    let is = |pair: &&Pair| pair.name.as_ref().is_some_and(|name| name.0.eq_ignore_ascii_case(wanted));
    headers?.iter().rfind(is)?.value.as_ref().map(|value| value.0.as_ref())
}

/// Lower-case names; pseudo headers of HTTP/2 are in the address already.
fn headers(list: Option<&[Pair]>) -> Vec<(String, String)> {
    let list = list.unwrap_or_default();
    let mut all = Vec::with_capacity(list.len());
    all.extend(list.iter().filter_map(|pair| {
        let name = pair.name.as_ref().map(|name| name.0.as_ref()).filter(|name| !name.is_empty())?.trim();
        (!name.starts_with(':')).then(|| (name.to_ascii_lowercase(), value(pair)))
    }));
    all
}

fn sent<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().rfind(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

/// The body that a text is, or that is encoded in it.
fn body_of(text: &Late, encoding: Option<&Loose>, header: &str) -> Body {
    let text = text.text();
    let is_encoded = encoding.is_some_and(|e| e.0.eq_ignore_ascii_case("base64"));
    if !is_encoded {
        return body::of_text(&text, header);
    }
    let plain: Cow<str> = match text.contains(|c: char| c.is_ascii_whitespace()) {
        true => text.split_ascii_whitespace().collect::<String>().into(),
        false => text.as_ref().into(),
    };
    match BASE64_STANDARD.decode(plain.as_bytes()) {
        Ok(bytes) if plain.len() <= ENCODED => body::of_bytes(&bytes, header),
        // Nobody knows what is in it, so nothing of it is kept.
        _ => Body { media: body::media(header), content: Content::Opaque(text.len() as u64) },
    }
}

fn posted(post: &Post, headers: &[(String, String)]) -> Option<Body> {
    // The recorder's word first: a header may name another encoding of the same body.
    let said = post.media.as_ref().map(|m| m.0.as_ref()).filter(|m| !m.is_empty());
    let header = said.or_else(|| sent(headers, "content-type")).unwrap_or_default();
    let media = body::media(header);
    let params: Vec<(String, String)> =
        post.params.iter().flatten().filter_map(field).take(multipart::FIELDS).collect();
    let text = post.text.as_ref().filter(|text| !text.is_empty());
    let made = text.map(|text| body_of(text, post.encoding.as_ref(), header));
    // A recorder that keeps fields apart may leave their text out, or keep what is none.
    let empty = |body: &Body| match &body.content {
        Content::Form(fields) => fields.is_empty(),
        Content::Opaque(_) => true,
        Content::Json(_) | Content::Text(_) => false,
    };
    match made {
        Some(made) if params.is_empty() || !empty(&made) => Some(made),
        None if params.is_empty() => None,
        _ => Some(Body { media, content: Content::Form(params) }),
    }
}

fn field(pair: &Pair) -> Option<(String, String)> {
    let is_file = pair.file.as_ref().is_some_and(|file| !file.0.is_empty());
    let value = if is_file { multipart::FILE.to_owned() } else { value(pair) };
    // Chrome leaves the escapes in, Firefox does not; a value that has none is the same either way.
    Some((url::form_decoded(&name(pair)?), url::form_decoded(&value)))
}

fn answered(content: &Answer, headers: &[(String, String)]) -> Option<Body> {
    let said = sent(headers, "content-type").filter(|m| !m.is_empty());
    let header = said.or_else(|| content.media.as_ref().map(|m| m.0.as_ref())).unwrap_or_default();
    match content.text.as_ref().filter(|text| !text.is_empty()) {
        Some(text) => Some(body_of(text, content.encoding.as_ref(), header)),
        None => {
            let size: u64 = content.size.as_ref().and_then(|size| size.0.parse().ok()).unwrap_or(0);
            (size > 0).then(|| Body { media: body::media(header), content: Content::Opaque(size) })
        }
    }
}

/// A time as recorders write it, RFC 3339 with any offset and fraction: its second, and the nanoseconds of that.
pub fn began(text: &str) -> Option<(Timestamp, u32)> {
    let time: jiff::Timestamp = text.trim().parse().ok()?;
    Some((Timestamp::from_seconds(time.as_second())?, u32::try_from(time.subsec_nanosecond()).ok()?))
}

fn milliseconds(text: &str) -> Option<u64> {
    let time: f64 = text.parse().ok()?;
    (time.is_finite() && (0.0..1e12).contains(&time)).then(|| time.round() as u64)
}
