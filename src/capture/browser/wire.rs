//! Messages of the DevTools protocol: a text in, an event or an answer out, and commands the other way.
//!
//! Values stay as they came. The protocol grows with every release of Chromium: what is not known is passed over.

use serde_json::{Map, Value, json};

/// What a browser said.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// Something happened.
    Event {
        /// Where: the session of a window, a frame or a worker; none: in the browser as a whole.
        session: Option<String>,
        /// What: `Network.requestWillBeSent`.
        method: String,
        /// The particulars.
        params: Value,
    },
    /// It answered a command.
    Answer {
        /// The number of the command.
        id: u64,
        /// The result, or why there is none.
        result: Result<Value, String>,
    },
}

/// Reads a message. None: it is none of the protocol.
pub fn heard(text: &str) -> Option<Heard> {
    let mut message: Map<String, Value> = serde_json::from_str(text).ok()?;
    if let Some(id) = message.get("id").and_then(Value::as_u64) {
        let result = match message.remove("error") {
            Some(error) => Err(text_of(&error, "message").unwrap_or("an error").to_owned()),
            None => Ok(message.remove("result").unwrap_or(Value::Null)),
        };
        return Some(Heard::Answer { id, result });
    }
    let session = message.get("sessionId").and_then(Value::as_str).map(str::to_owned);
    let method = message.get("method")?.as_str()?.to_owned();
    Some(Heard::Event { session, method, params: message.remove("params").unwrap_or(Value::Null) })
}

/// Writes a command.
pub fn command(id: u64, session: Option<&str>, method: &str, params: Value) -> String {
    let mut message = json!({"id": id, "method": method, "params": params});
    if let Some(session) = session {
        message["sessionId"] = session.into();
    }
    message.to_string()
}

/// A text among the members of a value.
pub fn text_of<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_answers_and_refusals_are_told_apart() {
        let event = heard(r#"{"method":"Page.x","sessionId":"S","params":{"a":1}}"#);
        let expected = Heard::Event {
            session: Some("S".to_owned()),
            method: "Page.x".to_owned(),
            params: json!({"a": 1}),
        };
        assert_eq!(event, Some(expected));
        assert_eq!(heard(r#"{"id":7}"#), Some(Heard::Answer { id: 7, result: Ok(Value::Null) }));
        let refused = heard(r#"{"id":7,"error":{"code":-32000,"message":"No resource"}}"#);
        assert_eq!(refused, Some(Heard::Answer { id: 7, result: Err("No resource".to_owned()) }));
        for other in ["", "[]", "{}", r#"{"method":1}"#, r#"{"id":-1}"#] {
            assert_eq!(heard(other), None, "{other}");
        }
    }

    #[test]
    fn a_command_names_its_session_where_it_has_one() {
        assert_eq!(command(1, None, "A.b", json!({})), r#"{"id":1,"method":"A.b","params":{}}"#);
        assert!(command(2, Some("S"), "A.b", json!({})).ends_with(r#""sessionId":"S"}"#));
    }
}
