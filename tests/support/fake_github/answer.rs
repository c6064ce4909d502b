//! What an endpoint gives back: status, headers and a body.

use serde_json::{Value, json};

/// An answer before it is written to a connection.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(status: u16, body: &Value) -> Answer {
        let kind = ("content-type".to_owned(), "application/json; charset=utf-8".to_owned());
        Answer { status, headers: vec![kind], body: body.to_string().into_bytes() }
    }

    pub fn ok(body: &Value) -> Answer {
        Answer::json(200, body)
    }

    pub fn created(body: &Value) -> Answer {
        let answer = Answer::json(201, body);
        match body["url"].as_str() {
            Some(url) => answer.with("location", url),
            None => answer,
        }
    }

    pub fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    /// The form in which GitHub says no.
    pub fn refusal(status: u16, message: &str) -> Answer {
        let docs = "https://docs.github.com/rest";
        Answer::json(
            status,
            &json!({"message": message, "documentation_url": docs, "status": status.to_string()}),
        )
    }

    pub fn not_found() -> Answer {
        Answer::refusal(404, "Not Found")
    }

    /// 422 as GitHub words it for one member of a body.
    pub fn invalid(resource: &str, field: &str, code: &str, message: &str) -> Answer {
        let error = json!({"resource": resource, "field": field, "code": code, "message": message});
        let docs = "https://docs.github.com/rest";
        Answer::json(
            422,
            &json!({"message": "Validation Failed", "errors": [error], "documentation_url": docs, "status": "422"}),
        )
    }

    pub fn text(status: u16, kind: &str, body: &str) -> Answer {
        let kind = ("content-type".to_owned(), kind.to_owned());
        Answer { status, headers: vec![kind], body: body.as_bytes().to_vec() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}
