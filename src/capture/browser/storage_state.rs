//! The file of a browser's cookies and local storage in and out: the form that Playwright and its like write and read, so
//! that a login made with one is of use to the other.
//!
//! All of it is secret: it is shown nowhere, and whoever writes it makes a file that nobody else can read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::canon::decode::decode;
use crate::canon::{Fault, FaultKind};
use crate::model::bytes;

/// Bytes of such a file.
pub const LARGEST: usize = 8 << 20;
/// Most origins with a storage, and most cookies, that are given to a browser.
pub const ORIGINS: usize = 100;
const COOKIES: usize = 5_000;

/// What a browser keeps of who it is, per site.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StorageState {
    /// Of all sites.
    #[serde(default)]
    pub cookies: Vec<Cookie>,
    /// Local storage, by origin.
    #[serde(default)]
    pub origins: Vec<Origin>,
}

/// A cookie.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The host that it belongs to, with a dot before it where those below get it too.
    pub domain: String,
    /// The paths that get it.
    pub path: String,
    /// When it ends, in seconds since 1970; -1: with the browser.
    #[serde(default = "with_the_browser")]
    pub expires: f64,
    /// Whether pages are not shown it.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it goes over encrypted connections only.
    #[serde(default)]
    pub secure: bool,
    /// `Strict`, `Lax` or `None`.
    #[serde(default)]
    pub same_site: Option<String>,
}

fn with_the_browser() -> f64 {
    -1.0
}

/// The local storage of an origin.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Origin {
    /// Scheme, host and port.
    pub origin: String,
    /// What is kept there.
    #[serde(default)]
    pub local_storage: Vec<Item>,
}

/// A name and its value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

impl StorageState {
    /// Reads one.
    ///
    /// # Errors
    /// It is no JSON of this form, or has more than a browser is given.
    pub fn read(file: &str, text: &[u8]) -> Result<StorageState, Fault> {
        // No word of it in a message: it is what must not be shown.
        let hidden = |fault: Fault| Fault {
            message: "it is no storage state".to_owned(),
            excerpt: Box::default(),
            ..fault
        };
        let document = bytes::json(file, text, LARGEST).map_err(hidden)?;
        let state: StorageState = decode(file, &document).map_err(hidden)?;
        state.within(file)?;
        Ok(state)
    }

    /// Refuses more than a browser is given.
    fn within(&self, file: &str) -> Result<(), Fault> {
        let all = [(self.cookies.len(), "cookies", COOKIES), (self.origins.len(), "origins", ORIGINS)];
        match all.into_iter().find(|(n, _, most)| n > most) {
            Some((_, what, most)) => {
                Err(Fault::new(file, FaultKind::Limit, format!("more than {most} {what}")))
            }
            None => Ok(()),
        }
    }

    /// The text of its file, for who writes it.
    ///
    /// # Errors
    /// It is more than would be read again.
    pub fn written(&self, file: &str) -> Result<String, Fault> {
        self.within(file)?;
        let text = self.text();
        match text.len() > LARGEST {
            true => {
                let message = format!("the state has more than {} MiB, and is not written", LARGEST >> 20);
                Err(Fault::new(file, FaultKind::Limit, message)
                    .hint("no such file is read again: log in where a page stores less"))
            }
            false => Ok(text),
        }
    }

    /// The text of its file, in one order whatever the browser's was.
    pub fn text(&self) -> String {
        let mut sorted = self.clone();
        let place = |c: &Cookie| (c.domain.clone(), c.path.clone(), c.name.clone());
        sorted.cookies.sort_by_key(place);
        sorted.origins.sort_by(|a, b| a.origin.cmp(&b.origin));
        sorted.origins.iter_mut().for_each(|o| o.local_storage.sort_by(|a, b| a.name.cmp(&b.name)));
        let text = serde_json::to_string_pretty(&sorted);
        // Texts, numbers and lists of them: there is nothing in it that JSON has no form for.
        text.map(|text| text + "\n").unwrap_or_default()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.cookies.is_empty() && self.origins.iter().all(|origin| origin.local_storage.is_empty())
    }
}

/// How many there are, and nothing of them.
impl fmt::Debug for StorageState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StorageState({} cookies, {} origins)", self.cookies.len(), self.origins.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"{
  "cookies": [
    {"name": "sid", "value": "s3cret", "domain": ".shop.example", "path": "/", "expires": 1800000000.5,
     "httpOnly": true, "secure": true, "sameSite": "Lax"}
  ],
  "origins": [{"origin": "https://shop.example", "localStorage": [{"name": "token", "value": "t0ken"}]}]
}"##;

    #[test]
    fn what_is_read_is_written_and_shown_nowhere() {
        let state = StorageState::read("state.json", TEXT.as_bytes()).unwrap();
        assert_eq!(StorageState::read("x", state.text().as_bytes()).unwrap(), state);
        assert!(state.cookies[0].http_only && state.origins[0].local_storage[0].name == "token");
        let shown = format!("{state:?}");
        assert_eq!(shown, "StorageState(1 cookies, 1 origins)");
        assert!(!state.is_empty() && StorageState::default().is_empty());
    }

    #[test]
    fn order_of_the_browser_is_not_order_of_the_file() {
        let mut state = StorageState::read("x", TEXT.as_bytes()).unwrap();
        state.cookies.push(Cookie { name: "a".to_owned(), ..state.cookies[0].clone() });
        let other = StorageState { cookies: state.cookies.iter().rev().cloned().collect(), ..state.clone() };
        assert_eq!(state.text(), other.text());
    }

    #[test]
    fn nothing_is_written_that_would_not_be_read() {
        let mut state = StorageState::read("x", TEXT.as_bytes()).unwrap();
        let text = state.written("state.json").unwrap();
        assert_eq!(StorageState::read("x", text.as_bytes()).unwrap(), state);
        state.origins[0].local_storage[0].value = "s3cret".repeat(LARGEST / 6);
        let fault = state.written("state.json").unwrap_err();
        assert!(
            fault.message.contains("8 MiB") && !fault.to_string().contains("s3cret"),
            "{}",
            fault.message
        );
        let origins = vec![Origin { origin: String::new(), local_storage: Vec::new() }; ORIGINS + 1];
        assert!(StorageState { origins, ..StorageState::default() }.written("x").is_err());
    }

    #[test]
    fn no_line_of_it_is_in_a_message() {
        let broken = TEXT.replace("\"domain\": \".shop.example\",", "");
        let fault = StorageState::read("state.json", broken.as_bytes()).unwrap_err();
        assert!(fault.excerpt.is_empty() && !fault.to_string().contains("s3cret"), "{fault}");
        let other = TEXT.replace("true", "\"s3cret\"");
        assert!(!StorageState::read("x", other.as_bytes()).unwrap_err().to_string().contains("s3cret"));
        let cut = &TEXT[..TEXT.len() - 3];
        let fault = StorageState::read("state.json", cut.as_bytes()).unwrap_err();
        assert!(fault.excerpt.is_empty() && !fault.to_string().contains("s3cret"), "{fault}");
        assert!(StorageState::read("state.json", b"[]").is_err());
        let many = format!(r#"{{"origins": [{}]}}"#, vec![r#"{"origin": "https://a"}"#; 101].join(","));
        assert!(StorageState::read("state.json", many.as_bytes()).is_err());
    }
}
