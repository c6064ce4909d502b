//! What is taken out of every kind of place, what stays, and how long it takes.

use proptest::prelude::*;

use super::*;
use crate::canon::Limits;
use crate::canon::json::compact;
use crate::canon::read_json::read_json;

fn json(text: &str, profile: Profile) -> String {
    let mut node = read_json("test", text.as_bytes(), &Limits::new(1 << 20)).expect(text);
    Redactor::new(profile).json(&mut node);
    compact(&node)
}

#[test]
fn leaves_are_taken_out_and_types_stay() {
    for (text, left) in [
        (r#"[{"token":"abc","password":"p"}]"#, r#"[{"token": "[REDACTED]", "password": "[REDACTED]"}]"#),
        (
            r#"{"a":["Bearer abc"],"b":[["eyJhbGciOiJIUzI1NiJ9.e30.sig"]]}"#,
            r#"{"a": ["[REDACTED_BEARER]"], "b": [["[REDACTED_JWT]"]]}"#,
        ),
        (
            r#"{"auth":{"type":"x"},"key":7,"session":null,"secret":[1,2]}"#,
            r#"{"auth": {"type": "x"}, "key": 0, "session": null, "secret": [0, 0]}"#,
        ),
        (
            r#"{"token":{"type":"bearer","value":"abc","expires_in":3600}}"#,
            r#"{"token": {"type": "bearer", "value": "[REDACTED]", "expires_in": 3600}}"#,
        ),
        (r#"{"key":"color","value":"red"}"#, r#"{"key": "color", "value": "red"}"#),
        (r#"{"code":"EUR"}"#, r#"{"code": "EUR"}"#),
        (r#"{"code":"x1","client_id":"c"}"#, r#"{"code": "[REDACTED]", "client_id": "c"}"#),
        (
            r#"{"email":"a@b.co","card":4111111111111111,"at":1709629200}"#,
            r#"{"email": "user@redacted.invalid", "card": 0, "at": 1709629200}"#,
        ),
        (
            r#"{"phone":"5551234567","has_password":true}"#,
            r#"{"phone": "[REDACTED_PII]", "has_password": true}"#,
        ),
        (
            r#"{"session_id":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#,
            r#"{"session_id": "00000000-0000-0000-0000-000000000000"}"#,
        ),
        (
            r#"{"ann@b.example":1,"bob@b.example":2}"#,
            r#"{"user@redacted.invalid": 1, "user@redacted.invalid 2": 2}"#,
        ),
        (
            r#"{"env":[{"name":"DB_PASSWORD","value":"x"},{"Key":"color","Value":"red"},{"field":"phone","value":5551234567}]}"#,
            r#"{"env": [{"name": "DB_PASSWORD", "value": "[REDACTED]"}, {"Key": "color", "Value": "red"}, {"field": "phone", "value": 0}]}"#,
        ),
        (r#"{"otp":{"tried":[773344]},"fax":2.5}"#, r#"{"otp": {"tried": [0]}, "fax": 0.5}"#),
        (
            r#"{"a":"{\"phone\":\"5551234567\",\"b\":\"{\\\"pwd\\\":[\\\"x y\\\"]}\"}"}"#,
            r#"{"a": "{\"phone\":\"[REDACTED_PII]\",\"b\":\"{\\\"pwd\\\":[\\\"[REDACTED]\\\"]}\"}"}"#,
        ),
        (r#"{"+15551234567":1,"123-45-6789":2}"#, r#"{"[REDACTED_PII]": 1, "[REDACTED_PII] 2": 2}"#),
        (
            r#"{"a":"[REDACTED] token=abc","b":"token%253Dabc","c":"dXNlcjpodW50ZXIy","password":"[REDACTED] x"}"#,
            r#"{"a": "[REDACTED] token=[REDACTED]", "b": "token=[REDACTED]", "c": "[REDACTED_BASIC]", "password": "[REDACTED]"}"#,
        ),
        (r#"{"plan":"the basic plan","pin":1.25}"#, r#"{"plan": "the basic plan", "pin": 0.5}"#),
        (
            r#"{"next":"https://u:p@a.example/x?token=1&page=2"}"#,
            r#"{"next": "https://a.example/x?token=%5BREDACTED%5D&page=2"}"#,
        ),
    ] {
        assert_eq!(json(text, Profile::DefaultSafe), left, "{text}");
    }
    assert_eq!(
        json(r#"{"name":"Ann","date_of_birth":"1990-05-06","ip":"10.0.0.7"}"#, Profile::HighRiskPii),
        r#"{"name": "[REDACTED]", "date_of_birth": "1970-01-01", "ip": "0.0.0.0"}"#
    );
}

#[test]
fn paths_keep_their_shape() {
    for (path, left) in [
        ("/v1/reset/Zk3v9QeR7uPq2Lw8XyT5", Some("/v1/reset/{token}")),
        ("/reset/abcdefabcdef123456", Some("/reset/{token}")),
        ("/invites/3fa85f64-5717-4562-b3fc-2c963f66afa6", Some("/invites/{token}")),
        ("/users/3fa85f64-5717-4562-b3fc-2c963f66afa6", None),
        ("/sessions/12345678", None),
        ("/webhooks/test", None),
        ("/users/ann%40example.org/orders", Some("/users/{email}/orders")),
        ("/a;jsessionid=0123ABCDEF/b", Some("/a;jsessionid=%5BREDACTED%5D/b")),
        ("/a;key=x;v=1/b", Some("/a;key=%5BREDACTED%5D;v=1/b")),
        ("/find/%7B%22pwd%22:%22x%22%7D/b", Some("/find/%7B%22pwd%22:%22%5BREDACTED%5D%22%7D/b")),
        ("/users/%7Bann@example.org%7D", Some("/users/%7Buser@redacted.invalid%7D")),
        ("/users/{user_id}/{rest}", None),
        ("/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
    ] {
        assert_eq!(Redactor::default().path(path).as_deref(), left, "{path}");
    }
}

#[test]
fn what_is_long_and_odd_takes_no_time_and_no_stack() {
    let tokens = "Zk3v9QeR7uPq2Lw8XyT5+".repeat(40_000);
    assert_eq!(Redactor::default().text(&tokens).as_deref(), Some(PLAIN));
    let links = format!("https://a.example/{}token=abc", "?a=/".repeat(100_000));
    let left = Redactor::default().text(&links).expect("a token");
    assert!(!left.contains("abc"));
    let open = "token=\"a <b pwd=\\\\'c <token><![CDATA[ ".repeat(20_000);
    assert!(Redactor::default().text(&open).is_some());
}

#[test]
fn thousands_of_keys_that_become_one_are_told_apart_in_time() {
    let members = (0..20_000).map(|n| (format!("ann{n}@example.org"), Node::int(n)));
    let mut node = Node::map(members.chain([("user@redacted.invalid 7".to_owned(), Node::int(7))]));
    Redactor::default().json(&mut node);
    let keys: HashSet<&String> = node.members().iter().map(|(key, _)| key).collect();
    assert_eq!(keys.len(), 20_001);
}

proptest! {
    #[test]
    fn what_was_redacted_has_nothing_left_and_stays(
        key in "[a-z_]{1,12}|token|password|email",
        text in "\\PC{0,30}|ann@example\\.org|Bearer [a-z0-9]{8,20}|[A-Za-z0-9]{24}",
        number in any::<i64>(),
    ) {
        let node = Node::map([(key, Node::text(text)), ("n n".to_owned(), Node::new(Value::List(vec![Node::int(number)])))]);
        for (profile, _) in Profile::ALL {
            let mut redactor = Redactor::new(profile);
            let mut once = node.clone();
            redactor.json(&mut once);
            redactor.counted();
            let mut twice = once.clone();
            redactor.json(&mut twice);
            prop_assert_eq!(&once, &twice);
            prop_assert!(redactor.counted().is_empty());
        }
    }
}
