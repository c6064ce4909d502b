//! One question to an OpenAI-compatible chat endpoint, and its answer: sent once, to where it was named and nowhere
//! else, with an end to time and size.

use std::time::Duration;

use http::StatusCode;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use reqwest::Url;
use tokio::runtime::Runtime;

use super::net::address;
use super::net::answer::{self, Unread, told};
use super::net::client::client;
use super::net::token::Token;
use super::net::unfit::Unfit;
use super::net::way::Way;
use crate::canon::visible::visible;

/// How long an answer is waited for.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// Most characters of what an endpoint said.
const SAID: usize = 200;
/// Most bytes of what comes with a refusal.
const REFUSAL: usize = 16 << 10;

/// An endpoint.
pub struct Chat {
    url: Url,
    key: Token,
    client: reqwest::Client,
    // Last: what runs on it goes first.
    runtime: Runtime,
}

/// A question that was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    /// Why: one line, lower case, no full stop.
    pub reason: String,
    /// What helps.
    pub fix: &'static str,
    /// Whether every other question would come to the same.
    pub is_final: bool,
}

/// The address of the requests to an endpoint.
///
/// # Errors
/// It is none, is not safe to ask, or has what does not belong into it.
pub fn address_of(endpoint: &str) -> Result<Url, Unfit> {
    const FIX: &str = "--endpoint https://HOST/v1, as the provider's documentation names it";
    // Nothing of what may be a password is repeated.
    let mut url = Url::parse(endpoint)
        .map_err(|error| Unfit::address(format!("the endpoint is no address ({error})"), FIX))?;
    if !url.username().is_empty() || url.password().is_some() {
        let fix = "name the endpoint without it, and give the key by CASK_ENRICH_KEY";
        return Err(Unfit::address("the endpoint has a user or password in its address", fix));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Unfit::address("the endpoint has a query or fragment", FIX));
    }
    address::allowed(&url)?;
    let below = format!("{}/chat/completions", url.path().trim_end_matches('/'));
    url.set_path(&below);
    Ok(url)
}

/// Whether a proxy carries requests to an address, as far as is known before they are sent.
pub fn is_proxied(way: &Way, url: &Url) -> bool {
    way.proxy.is_some() && !address::is_loopback(url)
}

impl Chat {
    /// An endpoint whose answers are waited for as long as `patience`. Nothing is sent yet.
    ///
    /// # Errors
    /// An address that is not asked, or certificates, a proxy or a key that can't be used.
    pub fn new(endpoint: &str, key: Token, way: &Way, patience: Duration) -> Result<Chat, Unfit> {
        let url = address_of(endpoint)?;
        bearer(&key)?;
        let client = client(way, std::slice::from_ref(&url), patience)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Unfit::means(format!("the network can't be used: {error}"), "run it again"))?;
        Ok(Chat { url, key, client, runtime })
    }

    /// Asks, and gives the body of the answer, at most `most` bytes.
    ///
    /// # Errors
    /// None came, it is a refusal or leads elsewhere, or it is too large.
    pub fn ask(&self, question: String, most: usize) -> Result<Vec<u8>, Unanswered> {
        self.runtime.block_on(self.exchange(question, most))
    }

    async fn exchange(&self, question: String, most: usize) -> Result<Vec<u8>, Unanswered> {
        let lost = |reason: &str| Unanswered {
            reason: format!("no answer: {}", visible(&self.key.hidden_in(reason), SAID)),
            fix: "see whether the endpoint is there, the proxy and the certificates; then run it again",
            is_final: false,
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("cask/", env!("CARGO_PKG_VERSION"))));
        if let Some(value) = bearer(&self.key).ok().flatten() {
            headers.insert(AUTHORIZATION, value);
        }
        let sent = self.client.post(self.url.clone()).headers(headers).body(question).send().await;
        let answer = sent.map_err(|error| lost(&told(&error.without_url())))?;
        let status = answer.status();
        if status == StatusCode::OK {
            return answer::body(answer, most).await.map_err(|unread| match unread {
                Unread::Broken(reason) => lost(&reason),
                Unread::TooLarge => Unanswered {
                    reason: format!("the answer has more than the {most} bytes that are read"),
                    fix: "name another model",
                    is_final: false,
                },
            });
        }
        let body = answer::body(answer, REFUSAL).await.unwrap_or_default();
        Err(self.refused(status, &body))
    }

    fn refused(&self, status: StatusCode, body: &[u8]) -> Unanswered {
        let said = self.key.hidden_in(&String::from_utf8_lossy(body));
        let said = visible(said.split_whitespace().collect::<Vec<_>>().join(" ").trim(), SAID);
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let (fix, is_final) = match status.as_u16() {
            401 | 403 => ("give a key that the endpoint takes: CASK_ENRICH_KEY", true),
            300..=399 => ("name the address that it leads to: a redirect is not followed", true),
            404 | 405 => ("see what --endpoint and --model are", true),
            429 => ("run it again later: tools that have their text are not asked about again", true),
            _ => ("see what --model is, or run it again later", false),
        };
        Unanswered { reason: format!("the endpoint answered {}{said}", status.as_u16()), fix, is_final }
    }
}

/// The header that shows a key; none without a key.
fn bearer(key: &Token) -> Result<Option<HeaderValue>, Unfit> {
    if key.is_empty() {
        return Ok(None);
    }
    let mut value = HeaderValue::from_str(&key.bearer()).map_err(|_| {
        Unfit::means("the key has characters that none has", "set CASK_ENRICH_KEY to the key alone")
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_endpoint_is_an_https_address_and_nothing_more() {
        for (endpoint, url) in [
            ("https://a.example/v1", "https://a.example/v1/chat/completions"),
            ("https://a.example/v1/", "https://a.example/v1/chat/completions"),
            ("https://a.example", "https://a.example/chat/completions"),
            ("http://localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
        ] {
            assert_eq!(address_of(endpoint).map(String::from), Ok(url.to_owned()));
        }
        for endpoint in [
            "http://a.example/v1",
            "https://me:secret@a.example/v1",
            "https://secret@a.example",
            "https://a.example/v1?key=secret",
            "https://a.example/v1#secret",
            "file:///etc/passwd",
            "secret",
        ] {
            let unfit = address_of(endpoint).unwrap_err();
            assert!(!unfit.to_string().contains("secret"), "{unfit}");
        }
    }

    /// What is asked of a server that says this after a while.
    fn asked(wait: Duration, says: &'static str) -> Result<Vec<u8>, Unanswered> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}/v1", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]);
            std::thread::sleep(wait);
            let _ = stream.write_all(says.as_bytes());
        });
        let chat = Chat::new(&endpoint, Token::new("sk-secret"), &Way::default(), Duration::from_millis(400))
            .unwrap();
        let answer = chat.ask("{}".to_owned(), 16);
        server.join().unwrap();
        answer
    }

    #[test]
    fn an_answer_is_read_and_everything_else_is_told_without_the_key() {
        assert_eq!(
            asked(Duration::ZERO, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
            Ok(b"{}".to_vec())
        );
        for (says, part, is_final) in [
            (
                "HTTP/1.1 401 No\r\nconnection: close\r\n\r\nsk-secret\n is bad",
                "answered 401: *** is bad",
                true,
            ),
            (
                "HTTP/1.1 302 No\r\nlocation: https://x.test\r\ncontent-length: 0\r\n\r\n",
                "answered 302",
                true,
            ),
            ("HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n", "answered 500", false),
            (
                "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"too\": \"large for this\"}",
                "more than the 16",
                false,
            ),
            ("HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", "more than the 16", false),
            ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", "no answer", false),
            ("", "no answer", false),
        ] {
            let unanswered = asked(Duration::ZERO, says).unwrap_err();
            assert!(unanswered.reason.contains(part), "{says}: {unanswered:?}");
            assert_eq!(unanswered.is_final, is_final, "{says}");
            assert!(!format!("{unanswered:?}").contains("sk-secret"), "{unanswered:?}");
        }
    }

    #[test]
    fn what_is_slow_is_not_waited_for() {
        let says = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        let unanswered = asked(Duration::from_millis(900), says).unwrap_err();
        assert!(unanswered.reason.starts_with("no answer"), "{unanswered:?}");
    }

    #[test]
    fn a_key_with_a_line_break_is_told_before_anything_is_sent() {
        let key = Token::new("sk-a\nsecret");
        let unfit = Chat::new("https://a.example", key, &Way::default(), PATIENCE).err().unwrap();
        assert!(unfit.reason.contains("the key") && !unfit.to_string().contains("secret"), "{unfit}");
    }
}
