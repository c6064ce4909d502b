//! One request and its one answer, with redirects followed by hand: what a token may be shown to, and what a
//! request that changes something may be sent on to, is decided here and not by a library.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use http::{Method, StatusCode};
use reqwest::Url;

use crate::github::refused::{Refused, Why};
use crate::io::net::address::{allowed, same_origin};
use crate::io::net::answer::{self, Unread, told};
use crate::io::net::token::Token;

/// Most redirects of one request.
const REDIRECTS: usize = 3;

/// A request as it is sent, as often as need be.
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// Its address.
    pub url: Url,
    /// Its body; empty for none.
    pub body: Bytes,
    /// Most bytes of the answer.
    pub most: usize,
}

/// What came back.
pub struct Incoming {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Why nothing came back.
pub enum Lost {
    /// No connection, no TLS, no answer in time, an answer that broke off.
    Trouble(String),
    /// It is not followed or not read.
    Refused(Refused),
}

/// The way to the servers that a token is for.
pub struct Wire {
    /// The client.
    pub client: reqwest::Client,
    /// The token.
    pub token: Token,
    /// To whom it may be shown.
    pub trusted: Vec<Url>,
}

impl Wire {
    /// Sends a request and reads the answer.
    pub async fn exchange(&self, request: &Outgoing) -> Result<Incoming, Lost> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            allowed(&url).map_err(|unfit| Lost::Refused(unfit.into()))?;
            let answer = self.send(request, &url).await?;
            let Some(next) =
                redirect(&request.method, &url, answer.status(), answer.headers()).map_err(Lost::Refused)?
            else {
                return read(answer, request.most).await;
            };
            url = next;
        }
        Err(Lost::Refused(astray(format!("{REDIRECTS} redirects led to another one"))))
    }

    async fn send(&self, request: &Outgoing, url: &Url) -> Result<reqwest::Response, Lost> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert("x-github-api-version", HeaderValue::from_static("2022-11-28"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("cask/", env!("CARGO_PKG_VERSION"))));
        if !self.token.is_empty() && self.trusted.iter().any(|base| same_origin(base, url)) {
            let mut value = HeaderValue::from_str(&self.token.bearer()).map_err(|_| {
                let fix = "pass it as it is: token: ${{ github.token }}";
                Lost::Refused(Refused::new(Why::Unauthorized, "the token has characters that none has", fix))
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut built = self.client.request(request.method.clone(), url.clone());
        if !request.body.is_empty() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            built = built.body(request.body.clone());
        }
        built.headers(headers).send().await.map_err(|error| Lost::Trouble(told(&error.without_url())))
    }
}

/// Where an answer sends us on to, if it does and we go.
fn redirect(
    method: &Method,
    from: &Url,
    status: StatusCode,
    headers: &HeaderMap,
) -> Result<Option<Url>, Refused> {
    let keeps = matches!(status.as_u16(), 307 | 308);
    if !keeps && !matches!(status.as_u16(), 301..=303) {
        return Ok(None);
    }
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let to = location.and_then(|to| from.join(to).ok());
    let Some(to) = to else {
        return Err(astray(format!("GitHub answered {status} without saying where to")));
    };
    if *method != Method::GET && !(keeps && same_origin(from, &to)) {
        return Err(astray(format!(
            "GitHub answered {status}: what changes something is not sent elsewhere"
        )));
    }
    Ok(Some(to))
}

fn astray(reason: String) -> Refused {
    Refused::new(Why::Astray, reason, "see whether the repository was renamed, and what GITHUB_API_URL is")
}

async fn read(answer: reqwest::Response, most: usize) -> Result<Incoming, Lost> {
    let (status, headers) = (answer.status(), answer.headers().clone());
    let body = answer::body(answer, most).await.map_err(|unread| match unread {
        Unread::Broken(reason) => Lost::Trouble(reason),
        Unread::TooLarge => {
            let reason = format!("GitHub's answer has more than the {most} bytes that are read");
            Lost::Refused(Refused::new(Why::TooLarge, reason, "the job summary has the whole report"))
        }
    })?;
    Ok(Incoming { status, headers, body: body.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_only_sent_on_within_a_server_and_unchanged() {
        let from = Url::parse("https://api.github.com/repos/a/b").unwrap();
        let to = |method: &Method, status: u16, location: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(location) = location {
                headers.insert(LOCATION, HeaderValue::from_str(location).unwrap());
            }
            redirect(method, &from, StatusCode::from_u16(status).unwrap(), &headers)
                .map(|url| url.map(String::from))
                .map_err(|refused| refused.why)
        };
        let (get, patch) = (Method::GET, Method::PATCH);
        let moved = Some("https://api.github.com/repositories/7");
        assert_eq!(to(&get, 301, moved), Ok(moved.map(str::to_owned)));
        assert_eq!(to(&get, 302, Some("/x")), Ok(Some("https://api.github.com/x".to_owned())));
        assert_eq!(
            to(&get, 307, Some("https://cdn.example/x")),
            Ok(Some("https://cdn.example/x".to_owned()))
        );
        assert_eq!(to(&get, 200, moved), Ok(None));
        assert_eq!(to(&get, 304, None), Ok(None));
        assert_eq!(to(&patch, 307, moved), Ok(moved.map(str::to_owned)));
        assert_eq!(to(&patch, 308, moved), Ok(moved.map(str::to_owned)));
        for (status, location) in [
            (301, moved),
            (302, moved),
            (303, moved),
            (307, Some("https://cdn.example/x")),
            (308, Some("http://api.github.com/x")),
            (307, None),
        ] {
            assert_eq!(to(&patch, status, location), Err(Why::Astray), "{status} {location:?}");
        }
    }
}
