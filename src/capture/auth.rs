//! Recorded calls in, whether they were refused for want of a login out: a recording full of refusals says little about an
//! API, and whoever made it should hear so.

use std::collections::BTreeSet;

use super::url;
use crate::model::exchange::{Credential, Exchange};

/// Ends of addresses that lead to a login.
const LOGINS: &[&str] =
    &["/login", "/signin", "/sign-in", "/auth", "/authenticate", "/oauth", "/sso", "/saml", "/cas", "/oidc"];

/// Refused addresses that are named.
const NAMED: usize = 10;

/// How calls proved who makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A header `Authorization`.
    Bearer,
    /// A header or parameter with a key.
    ApiKey,
    /// A cookie of a session.
    Cookie,
    /// Nothing yet: they were led to a login.
    Redirect,
    /// Nothing that is known.
    Unknown,
}

impl By {
    /// The word for people and files.
    pub fn word(self) -> &'static str {
        match self {
            By::Bearer => "bearer",
            By::ApiKey => "api_key",
            By::Cookie => "cookie",
            By::Redirect => "redirect",
            By::Unknown => "unknown",
        }
    }
}

/// What calls tell of logins, call by call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auth {
    /// Calls that were answered with 401 or 403.
    pub denied: u64,
    /// Calls that were led to a login.
    pub led_to_login: u64,
    /// Their addresses, without query; the first ones in their order.
    pub protected: BTreeSet<String>,
    scheme: bool,
    key: bool,
    cookie: bool,
}

impl Auth {
    /// Takes a call that is redacted.
    pub fn see(&mut self, call: &Exchange) {
        if matches!(call.status, Some(401 | 403)) {
            self.denied += 1;
            self.protected.insert(format!("{} {}{}", call.method, call.host, call.path));
            if self.protected.len() > NAMED {
                self.protected.pop_last();
            }
        }
        let header = |name: &str| call.response_headers.iter().find(|(own, _)| own == name);
        let redirects = matches!(call.status, Some(301 | 302 | 303 | 307 | 308));
        self.led_to_login += u64::from(redirects && header("location").is_some_and(|(_, to)| is_login(to)));
        self.cookie |= header("set-cookie").is_some();
        for credential in &call.credentials {
            match credential {
                Credential::Scheme(_) => self.scheme = true,
                Credential::Header(_) | Credential::Query(_) => self.key = true,
                Credential::Cookie => self.cookie = true,
            }
        }
    }

    /// Whether a login was missing.
    pub fn is_required(&self) -> bool {
        self.denied > 0 || self.led_to_login > 0
    }

    /// How calls proved who makes them.
    pub fn by(&self) -> By {
        match (self.scheme, self.key, self.cookie && self.is_required()) {
            (true, ..) => By::Bearer,
            (false, true, _) => By::ApiKey,
            (false, false, true) => By::Cookie,
            (false, false, false) if self.is_required() => By::Redirect,
            (false, false, false) => By::Unknown,
        }
    }
}

/// Whether an address, whole or relative, is one of a login.
fn is_login(to: &str) -> bool {
    let path = url::parse(to).map_or(to, |address| address.path);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    LOGINS.iter().any(|login| path.ends_with(login))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(status: u16, location: Option<&str>, credentials: &[Credential]) -> Exchange {
        Exchange {
            method: "GET".to_owned(),
            scheme: "https".to_owned(),
            host: "shop.example".to_owned(),
            path: format!("/v1/{status}"),
            route: None,
            query: Vec::new(),
            request_headers: Vec::new(),
            response_headers: location.map(|to| ("location".to_owned(), to.to_owned())).into_iter().collect(),
            request: None,
            response: None,
            status: Some(status),
            started: None,
            started_nanos: 0,
            duration_ms: None,
            credentials: credentials.to_vec(),
        }
    }

    #[test]
    fn refusals_and_ways_to_a_login_are_told() {
        for (calls, required, by) in [
            (vec![call(200, None, &[])], false, By::Unknown),
            (vec![call(401, None, &[])], true, By::Redirect),
            (vec![call(403, None, &[Credential::Cookie])], true, By::Cookie),
            (vec![call(302, Some("https://id.example/SSO/?next=/v1"), &[])], true, By::Redirect),
            (vec![call(302, Some("/accounts/login#top"), &[])], true, By::Redirect),
            (vec![call(302, Some("/v1/logins"), &[])], false, By::Unknown),
            (vec![call(200, Some("/login"), &[])], false, By::Unknown),
            (
                vec![call(401, None, &[]), call(200, None, &[Credential::Scheme("bearer".to_owned())])],
                true,
                By::Bearer,
            ),
            (vec![call(200, None, &[Credential::Header("x-api-key".to_owned())])], false, By::ApiKey),
        ] {
            let mut auth = Auth::default();
            calls.iter().for_each(|call| auth.see(call));
            assert_eq!((auth.is_required(), auth.by()), (required, by), "{calls:?}");
        }
    }

    #[test]
    fn only_some_are_named() {
        let mut auth = Auth::default();
        for n in 0..50 {
            auth.see(&Exchange { path: format!("/v1/{n}"), ..call(401, None, &[]) });
        }
        assert_eq!((auth.denied, auth.protected.len()), (50, NAMED));
    }
}
