//! How often is too often: counts of the last minute and hour in, and whether one more call fits.
//!
//! The window slides by whole seconds and leans to the strict side: a second that is only partly inside counts
//! whole. So there is no moment at which twice as many calls pass, as there is with windows that start anew.

use std::ops::Range;

use super::reason::{ReasonCode, Refusal};

/// Seconds of the long window: what is older is forgotten.
pub const HOUR: i64 = 3600;
/// Seconds of the short window.
pub const MINUTE: i64 = 60;

/// What is charged for one call under one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// What is counted together: the rule in its toolpack, the tool, or everything.
    pub scope: String,
    /// How people name it.
    pub name: String,
    /// Calls a minute.
    pub per_minute: Option<u64>,
    /// Calls an hour.
    pub per_hour: Option<u64>,
}

impl Limit {
    /// The limit of a budget rule of a policy.
    pub fn rule(toolpack_id: &str, rule_id: &str, per_minute: Option<u64>, per_hour: Option<u64>) -> Limit {
        Limit::new("rule", toolpack_id, rule_id, format!("rule {rule_id}"), per_minute, per_hour)
    }

    /// A tool's own limit.
    pub fn tool(toolpack_id: &str, tool_id: &str, per_minute: u64) -> Limit {
        Limit::new("tool", toolpack_id, tool_id, "the limit of the tool".to_owned(), Some(per_minute), None)
    }

    /// The limit over all tools of a toolpack.
    pub fn global(toolpack_id: &str, per_minute: u64) -> Limit {
        Limit::new("all", toolpack_id, "", "the limit over all tools".to_owned(), Some(per_minute), None)
    }

    fn new(
        kind: &str,
        toolpack: &str,
        id: &str,
        name: String,
        minute: Option<u64>,
        hour: Option<u64>,
    ) -> Limit {
        // The lengths keep two pairs from ever being one scope.
        let scope = format!("{kind}:{}:{toolpack}:{id}", toolpack.len());
        Limit { scope, name, per_minute: minute, per_hour: hour }
    }
}

/// Calls that were counted, before the one that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// In the last minute.
    pub minute: u64,
    /// In the last hour.
    pub hour: u64,
}

/// The seconds that belong to a window which ends now. Seconds to come count too: a clock that was set back gives
/// nothing away.
pub fn window(now_ms: i64, seconds: i64) -> Range<i64> {
    let now = now_ms.div_euclid(1000);
    now - seconds..now + HOUR + 1
}

/// How many more calls fit after this one; none where there is no limit.
///
/// # Errors
/// Not even this one does: `denied_rate_limited`.
pub fn fits(limit: &Limit, counted: Counted) -> Result<Option<u64>, Refusal> {
    let windows = [(limit.per_minute, counted.minute, "a minute"), (limit.per_hour, counted.hour, "an hour")];
    let mut left: Option<u64> = None;
    for (most, count, word) in windows {
        let Some(most) = most else { continue };
        if count >= most {
            let message = format!("{} allows {most} calls {word}, and they are used up", limit.name);
            return Err(Refusal::new(ReasonCode::RateLimited, message));
        }
        let here = most - count - 1;
        left = Some(left.map_or(here, |left| left.min(here)));
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(minute: Option<u64>, hour: Option<u64>) -> Limit {
        Limit::rule("tp", "r", minute, hour)
    }

    #[test]
    fn both_windows_hold_and_the_smaller_rest_is_told() {
        let counted = Counted { minute: 2, hour: 9 };
        assert_eq!(fits(&limit(Some(5), Some(10)), counted), Ok(Some(0)));
        assert_eq!(fits(&limit(Some(5), None), counted), Ok(Some(2)));
        assert_eq!(fits(&limit(None, None), counted), Ok(None));
        let over = fits(&limit(Some(2), None), counted).unwrap_err();
        assert_eq!(over.code, ReasonCode::RateLimited);
        assert_eq!(over.message, "rule r allows 2 calls a minute, and they are used up");
        assert_eq!(
            fits(&limit(Some(0), None), Counted::default()).unwrap_err().code,
            ReasonCode::RateLimited
        );
        assert!(fits(&limit(None, Some(9)), counted).is_err());
    }

    #[test]
    fn a_window_never_lets_the_second_at_its_edge_go_too_early() {
        // A call at 0.999 s still counts at 60.9 s, when 59.901 s have passed.
        assert!(window(60_900, MINUTE).contains(&0));
        assert!(!window(61_000, MINUTE).contains(&0));
        assert!(window(0, MINUTE).contains(&5), "a second to come counts");
    }

    #[test]
    fn scopes_of_different_limits_differ() {
        let all = [
            limit(None, None),
            Limit::rule("tp:1", "r", None, None),
            Limit::rule("tp", "1:r", None, None),
            Limit::tool("tp", "r", 1),
            Limit::global("tp", 1),
        ];
        let scopes: std::collections::BTreeSet<&str> = all.iter().map(|l| l.scope.as_str()).collect();
        assert_eq!(scopes.len(), all.len());
    }
}
