//! Cookies and local storage of a browser, put in before a page is seen and taken out when it was.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::timeout;

use super::page;
use super::steer::Steer;
use crate::capture::browser::party::is_web;
use crate::capture::browser::storage_state::{Cookie, Item, ORIGINS, Origin, StorageState};
use crate::capture::browser::wire::text_of;
use crate::io::failure::Failure;

/// Tells what is stored for the origin of a page, up to so many values, and how many there are.
const TELL: &str = "(most) => {
  const all = Object.entries(localStorage);
  return { origin: location.origin, items: all.slice(0, most), all: all.length };
}";
/// Puts into the storage of a page.
const PUT: &str = "(items) => { for (const [name, value] of items) localStorage.setItem(name, value); }";
/// How long one origin may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Most values of an origin that are taken.
const ITEMS: usize = 1_000;

/// Puts a state into a browser that has seen nothing yet.
///
/// # Errors
/// The browser takes a cookie or a storage for none.
pub async fn put(steer: &Steer<'_>, state: &StorageState) -> Result<(), Failure> {
    let refused =
        |e: Failure| Failure::new("the storage state", "the browser does not take it").why(e.message);
    let cookies: Vec<Value> = state.cookies.iter().map(given).collect();
    if !cookies.is_empty() {
        steer.client.call(None, "Storage.setCookies", json!({"cookies": cookies})).await.map_err(refused)?;
    }
    for origin in state.origins.iter().filter(|origin| !origin.local_storage.is_empty()) {
        store(steer, origin).await.map_err(refused)?;
    }
    Ok(())
}

fn given(cookie: &Cookie) -> Value {
    let mut all = json!({
        "name": cookie.name, "value": cookie.value, "domain": cookie.domain, "path": cookie.path,
        "httpOnly": cookie.http_only, "secure": cookie.secure,
    });
    if cookie.expires > 0.0 {
        all["expires"] = cookie.expires.into();
    }
    if let Some(site) = &cookie.same_site {
        all["sameSite"] = site.as_str().into();
    }
    all
}

/// Fills the storage of one origin: on an empty page there, for which no server is asked.
async fn store(steer: &Steer<'_>, origin: &Origin) -> Result<(), Failure> {
    let failed = |why: &str| Failure::new("", format!("{}: {why}", origin.origin));
    if !is_web(&origin.origin) {
        return Err(failed("it is no origin of the web"));
    }
    let (session, window) = steer.main()?;
    let (client, at) = (&steer.client, Some(session.as_str()));
    client.call(at, "Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})).await?;
    steer.windows.borrow_mut().answers_empty(Some(&session));
    let page = client.call(at, "Page.navigate", json!({"url": origin.origin}));
    let went = timeout(PATIENCE, page).await.map_err(|_| failed("no answer"))??;
    if let Some(why) = text_of(&went, "errorText").filter(|why| !why.is_empty()) {
        return Err(failed(why));
    }
    let items: Vec<Value> = origin.local_storage.iter().map(|item| json!([item.name, item.value])).collect();
    page::call(client, (&session, &window), PUT, &[items.into()]).await?;
    steer.windows.borrow_mut().answers_empty(None);
    client.call(at, "Fetch.disable", json!({})).await?;
    Ok(())
}

/// What whoever keeps a state has to know where there was more than is taken.
pub const CUT: &str =
    "not all of the browser's storage is in the state: it takes 1,000 values of each of 100 origins";

/// A state as it was taken.
pub struct Kept {
    /// What the browser told.
    pub state: StorageState,
    /// Whether there was more than is taken.
    pub is_cut: bool,
}

/// Takes the state of all windows that are there; storages of those that are gone stay as they were last.
#[derive(Default)]
pub struct Taken {
    origins: BTreeMap<String, Vec<Item>>,
    /// Those with more values than are taken.
    cut: BTreeSet<String>,
    /// Whether there were more of them than are taken.
    is_over: bool,
    /// None: the browser was not asked, or did not answer.
    cookies: Option<Vec<Cookie>>,
    last: Option<Instant>,
}

impl Taken {
    /// Looks once more, unless it just has. A browser that answers nothing leaves what was known.
    pub async fn look(&mut self, steer: &Steer<'_>, every: Duration) {
        if self.last.is_some_and(|last| last.elapsed() < every) {
            return;
        }
        let pages = steer.windows.borrow().pages();
        for (session, window) in pages {
            if let Ok(told) = page::call(&steer.client, (&session, &window), TELL, &[json!(ITEMS)]).await {
                self.told(&told);
            }
        }
        if let Ok(answer) = steer.client.call(None, "Storage.getCookies", json!({})).await {
            let cookies = answer.get("cookies").and_then(Value::as_array);
            self.cookies = Some(cookies.into_iter().flatten().filter_map(cookie).collect());
        }
        self.last = Some(Instant::now());
    }

    /// The last state that was seen. None: nobody could look, which says nothing of what there was.
    pub fn state(self) -> Option<Kept> {
        let of = |(origin, local_storage)| Origin { origin, local_storage };
        let origins = self.origins.into_iter().map(of).collect();
        let state = StorageState { cookies: self.cookies?, origins };
        Some(Kept { state, is_cut: self.is_over || !self.cut.is_empty() })
    }

    fn told(&mut self, told: &Value) {
        let Some(origin) = text_of(told, "origin").filter(|origin| is_web(origin)) else {
            return;
        };
        let pair = |pair: &Value| {
            let text = |at: usize| Some(pair.get(at)?.as_str()?.to_owned());
            Some(Item { name: text(0)?, value: text(1)? })
        };
        let items: Vec<Item> =
            told.get("items").and_then(Value::as_array).into_iter().flatten().filter_map(pair).collect();
        let is_cut = told.get("all").and_then(Value::as_u64).is_some_and(|all| all > items.len() as u64);
        self.cut.remove(origin);
        if items.is_empty() {
            self.origins.remove(origin);
        } else if self.origins.len() < ORIGINS || self.origins.contains_key(origin) {
            self.origins.insert(origin.to_owned(), items);
            self.cut.extend(is_cut.then(|| origin.to_owned()));
        } else {
            self.is_over = true;
        }
    }
}

fn cookie(told: &Value) -> Option<Cookie> {
    let is = |key: &str| told.get(key).and_then(Value::as_bool).unwrap_or(false);
    Some(Cookie {
        name: text_of(told, "name")?.to_owned(),
        value: text_of(told, "value")?.to_owned(),
        domain: text_of(told, "domain")?.to_owned(),
        path: text_of(told, "path")?.to_owned(),
        expires: told.get("expires").and_then(Value::as_f64).unwrap_or(-1.0),
        http_only: is("httpOnly"),
        secure: is("secure"),
        // Browsers take a cookie that says nothing for lax.
        same_site: Some(text_of(told, "sameSite").unwrap_or("Lax").to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(taken: &mut Taken, origin: &str, all: usize) {
        let items: Vec<Value> = (0..all.min(ITEMS)).map(|n| json!([n.to_string(), "v"])).collect();
        taken.told(&json!({"origin": origin, "items": items, "all": all}));
    }

    #[test]
    fn what_nobody_could_look_at_is_no_empty_state() {
        let mut taken = Taken::default();
        told(&mut taken, "https://a.example", 1);
        assert!(taken.state().is_none(), "its cookies are not known");
        let taken = Taken { cookies: Some(Vec::new()), ..Taken::default() };
        let kept = taken.state().unwrap();
        assert!(kept.state.is_empty() && !kept.is_cut);
    }

    #[test]
    fn that_there_was_more_than_is_taken_is_known() {
        let looked = || Taken { cookies: Some(Vec::new()), ..Taken::default() };
        let mut many = looked();
        told(&mut many, "https://a.example", ITEMS + 1);
        told(&mut many, "https://b.example", ITEMS);
        assert_eq!(many.cut.len(), 1);
        told(&mut many, "https://a.example", 2);
        assert!(!many.state().unwrap().is_cut, "as it was seen last");
        let mut over = looked();
        for n in 0..=ORIGINS {
            told(&mut over, &format!("https://o{n}.example"), 1);
        }
        let kept = over.state().unwrap();
        assert!(kept.is_cut && kept.state.origins.len() == ORIGINS);
    }
}
