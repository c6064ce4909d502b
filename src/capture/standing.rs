//! A storage state and the page that somebody logged in at in, what may be told of how long it holds out.

use super::browser::storage_state::{Cookie, StorageState};
use super::url;
use crate::canon::time::Timestamp;
use crate::model::login::Standing;

/// What the cookies of a state say of a login at that address. An address that is none has no cookies.
pub fn standing(state: &StorageState, target: &str) -> Standing {
    let (mut host, mut origin) = (String::new(), String::new());
    if let Ok(address) = url::parse(target) {
        origin = format!("{}://{}", address.scheme, address.host);
        host = bare(&address.host).to_owned();
    }
    let of_target: Vec<&Cookie> = state.cookies.iter().filter(|cookie| is_sent(cookie, &host)).collect();
    let ends: Option<Vec<Timestamp>> = of_target.iter().map(|cookie| end(cookie)).collect();
    let storage = state.origins.iter().filter(|one| one.origin.trim_end_matches('/') == origin);
    Standing {
        cookies: state.cookies.len() as u64,
        earliest_expiry: state.cookies.iter().filter_map(end).min(),
        target_cookies: of_target.len() as u64,
        target_ends: ends.and_then(|ends| ends.into_iter().max()),
        target_storage: storage.map(|one| one.local_storage.len() as u64).sum(),
    }
}

/// The host without its port.
fn bare(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether a host is sent a cookie (RFC 6265 §5.1.3, by its domain alone).
fn is_sent(cookie: &Cookie, host: &str) -> bool {
    let domain = cookie.domain.to_ascii_lowercase();
    match domain.strip_prefix('.') {
        None => !host.is_empty() && domain == host,
        Some(parent) => {
            let below = host.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            !parent.is_empty() && below
        }
    }
}

/// When a cookie expires; none: with the browser. One that has no such time has expired at the first there is.
fn end(cookie: &Cookie) -> Option<Timestamp> {
    let ends = cookie.expires >= 0.0;
    ends.then(|| Timestamp::from_seconds(cookie.expires as i64).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(cookies: &[(&str, f64)]) -> StorageState {
        let cookies: Vec<_> = cookies
            .iter()
            .map(|(domain, expires)| serde_json::json!({"name": "n", "value": "s3cret", "domain": domain, "path": "/", "expires": expires}))
            .collect();
        let origins = serde_json::json!([{"origin": "https://app.shop.example", "localStorage": [{"name": "a", "value": "s3cret"}]}]);
        let text = serde_json::json!({"cookies": cookies, "origins": origins}).to_string();
        StorageState::read("state.json", text.as_bytes()).unwrap()
    }

    #[test]
    fn cookies_count_where_the_target_is_sent_them() {
        let at = |seconds| Timestamp::from_seconds(seconds);
        let all = [
            ("app.shop.example", 500.0),
            (".shop.example", 900.5),
            (".other.example", 100.0),
            ("shop.example", -1.0),
        ];
        let told = standing(&state(&all), "https://app.shop.example/login");
        assert_eq!((told.cookies, told.earliest_expiry), (4, at(100)));
        assert_eq!((told.target_cookies, told.target_ends, told.target_storage), (2, at(900), 1));
        let told = standing(&state(&all), "http://SHOP.example:8080/");
        assert_eq!(
            (told.target_cookies, told.target_ends, told.target_storage),
            (2, None, 0),
            "one ends with the browser"
        );
        for other in ["https://myshop.example", "https://example", "no address"] {
            assert_eq!(standing(&state(&all), other).target_cookies, 0, "{other}");
        }
    }

    #[test]
    fn no_time_is_too_odd() {
        for odd in [1e300, 0.0, 253_402_300_800.0] {
            assert!(
                standing(&state(&[("a.example", odd)]), "https://a.example").target_ends.is_some(),
                "{odd}"
            );
        }
    }
}
