//! Events of a runtime in, whose code calls out: the origin of each context in which code runs, as long as it is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::wire::text_of;

/// Contexts that are known at one time.
const MOST: usize = 2_000;

/// Origins of contexts, by session and number.
#[derive(Debug, Default)]
pub struct Contexts(BTreeMap<(String, i64), String>);

impl Contexts {
    /// Takes an event; what tells of no context changes nothing.
    pub fn event(&mut self, session: &str, method: &str, params: &Value) {
        match method {
            "Runtime.executionContextCreated" => {
                let context = params.get("context").unwrap_or(&Value::Null);
                let id = context.get("id").and_then(Value::as_i64);
                if let (Some(id), Some(origin)) = (id, text_of(context, "origin")) {
                    let key = (session.to_owned(), id);
                    if self.0.len() < MOST || self.0.contains_key(&key) {
                        self.0.insert(key, origin.to_owned());
                    }
                }
            }
            "Runtime.executionContextDestroyed" => {
                if let Some(id) = params.get("executionContextId").and_then(Value::as_i64) {
                    self.0.remove(&(session.to_owned(), id));
                }
            }
            "Runtime.executionContextsCleared" => self.gone(session),
            _ => {}
        }
    }

    /// Says that a session is gone, and all that ran there.
    pub fn gone(&mut self, session: &str) {
        self.0.retain(|(of, _), _| of != session);
    }

    /// The origin of a context.
    pub fn origin(&self, session: &str, id: i64) -> Option<&str> {
        self.0.get(&(session.to_owned(), id)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn created(contexts: &mut Contexts, session: &str, id: i64, origin: &str) {
        let params = json!({"context": {"id": id, "origin": origin}});
        contexts.event(session, "Runtime.executionContextCreated", &params);
    }

    #[test]
    fn a_context_is_known_as_long_as_it_is_there() {
        let mut contexts = Contexts::default();
        for (session, id) in [("S", 1), ("S", 2), ("S", 3), ("T", 1)] {
            created(&mut contexts, session, id, "https://a.example");
        }
        created(&mut contexts, "S", 2, "https://b.example");
        assert_eq!(contexts.origin("S", 2), Some("https://b.example"), "a number that is used again");
        contexts.event("S", "Runtime.executionContextDestroyed", &json!({"executionContextId": 1}));
        assert_eq!((contexts.origin("S", 1), contexts.origin("S", 4)), (None, None));
        contexts.event("S", "Runtime.executionContextsCleared", &json!({}));
        assert_eq!((contexts.origin("S", 3), contexts.origin("T", 1)), (None, Some("https://a.example")));
        contexts.gone("T");
        assert!(contexts.0.is_empty());
    }

    #[test]
    fn who_has_seen_many_come_and_go_knows_the_next() {
        let mut contexts = Contexts::default();
        for id in 0..3 * i64::try_from(MOST).unwrap() {
            created(&mut contexts, "S", id, "https://a.example");
            contexts.event("S", "Runtime.executionContextDestroyed", &json!({"executionContextId": id - 5}));
            assert!(contexts.origin("S", id).is_some(), "{id}");
        }
        for id in 0..2 * i64::try_from(MOST).unwrap() {
            created(&mut contexts, "T", id, "https://a.example");
        }
        assert_eq!(contexts.0.len(), MOST);
        created(&mut contexts, "T", 0, "https://b.example");
        assert_eq!(contexts.origin("T", 0), Some("https://b.example"), "one that is known has its place");
    }
}
