//! A value in, the text that stands for it in a query, a header, a cookie or a path out, as OpenAPI's styles have it.

use serde_json::Value;

use super::percent::{encoded, is_unreserved};

/// How a parameter with more than one value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `a=1&a=2`, or `a=1,2`.
    Form,
    /// `a=1%202`.
    Space,
    /// `a=1%7C2`.
    Pipe,
    /// `a=1%092`, of OpenAPI 2.0.
    Tab,
    /// `a[b]=1`.
    Deep,
    /// `1,2`.
    Simple,
    /// `.1`.
    Label,
    /// `;a=1`.
    Matrix,
}

impl Style {
    /// The style of a word in a description.
    pub fn of(word: &str) -> Option<Style> {
        Some(match word {
            "form" => Style::Form,
            "spaceDelimited" => Style::Space,
            "pipeDelimited" => Style::Pipe,
            "tabDelimited" => Style::Tab,
            "deepObject" => Style::Deep,
            "simple" => Style::Simple,
            "label" => Style::Label,
            "matrix" => Style::Matrix,
            _ => return None,
        })
    }

    /// Whether parameters of a kind are written in it.
    pub fn is_for(self, kind: &str) -> bool {
        match self {
            Style::Form => matches!(kind, "query" | "cookie"),
            Style::Space | Style::Pipe | Style::Tab | Style::Deep => kind == "query",
            Style::Simple => matches!(kind, "path" | "header"),
            Style::Label | Style::Matrix => kind == "path",
        }
    }
}

/// A parameter as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name on the wire.
    pub name: String,
    /// How it is written.
    pub style: Style,
    /// Whether each value stands alone.
    pub explode: bool,
    /// Whether reserved characters stay as they are.
    pub reserved: bool,
    /// Whether it is JSON text.
    pub json: bool,
    /// Whether an object is written member by member; else it is one JSON text.
    pub opened: bool,
}

impl Parameter {
    /// A parameter of which nothing is said but its name, in the query or a form.
    pub fn plain(name: &str) -> Parameter {
        Parameter {
            name: name.to_owned(),
            style: Style::Form,
            explode: true,
            reserved: false,
            json: false,
            opened: false,
        }
    }

    /// What stands before the value in a path.
    pub fn before(&self) -> String {
        match self.style {
            Style::Label => ".".to_owned(),
            Style::Matrix => format!(";{}=", encoded(&self.name, is_unreserved)),
            _ => String::new(),
        }
    }

    /// The text in a path, not yet encoded.
    ///
    /// # Errors
    /// What is no single value.
    pub fn in_path(&self, value: &Value) -> Result<String, &'static str> {
        match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) if self.json => Ok(value.to_string()),
            _ => scalar(value).ok_or("is no single value"),
        }
    }

    /// The pairs in a query, encoded: none for null and for an empty list.
    pub fn in_query(&self, value: &Value) -> Vec<(String, String)> {
        let text = |value: &Value| self.encoded(&item(value));
        let name = encoded(&self.name, is_unreserved);
        if self.json {
            return vec![(name, self.encoded(&value.to_string()))];
        }
        let apart = match self.style {
            Style::Space => "%20",
            Style::Pipe => "%7C",
            Style::Tab => "%09",
            _ => ",",
        };
        match value {
            Value::Null => Vec::new(),
            Value::Array(items) => {
                let texts = items.iter().filter(|item| !item.is_null()).map(text);
                // One parameter after another: of deepObject nothing is said for lists.
                if self.explode || self.style == Style::Deep {
                    texts.map(|text| (name.clone(), text)).collect()
                } else {
                    let texts: Vec<String> = texts.collect();
                    if texts.is_empty() { Vec::new() } else { vec![(name, texts.join(apart))] }
                }
            }
            Value::Object(_) if self.style == Style::Deep => self.deep(&name, value),
            Value::Object(members) if self.opened => {
                let given = members.iter().filter(|(_, member)| !member.is_null());
                let pairs = given.map(|(key, member)| (encoded(key, is_unreserved), text(member)));
                if self.explode && self.style == Style::Form {
                    pairs.collect()
                } else {
                    let flat: Vec<String> = pairs.flat_map(|(key, text)| [key, text]).collect();
                    if flat.is_empty() { Vec::new() } else { vec![(name, flat.join(apart))] }
                }
            }
            _ => vec![(name, text(value))],
        }
    }

    /// `name[key]=value`, each member for itself; the depth is that of arguments, which is bounded.
    fn deep(&self, name: &str, value: &Value) -> Vec<(String, String)> {
        match value {
            Value::Null => Vec::new(),
            Value::Object(members) => {
                let below = |(key, member): (&String, &Value)| {
                    self.deep(&format!("{name}%5B{}%5D", encoded(key, is_unreserved)), member)
                };
                members.iter().flat_map(below).collect()
            }
            Value::Array(items) => items
                .iter()
                .filter(|item| !item.is_null())
                .map(|member| (name.to_owned(), self.encoded(&item(member))))
                .collect(),
            _ => vec![(name.to_owned(), self.encoded(&item(value)))],
        }
    }

    fn encoded(&self, text: &str) -> String {
        encoded(text, if self.reserved { is_allowed } else { is_unreserved })
    }

    /// The text of a header, or none for null.
    ///
    /// # Errors
    /// What no header carries: controls and what is not ASCII.
    pub fn in_header(&self, value: &Value) -> Result<Option<String>, &'static str> {
        let text = match value {
            Value::Null => return Ok(None),
            _ if self.json => value.to_string(),
            Value::Array(items) => {
                items.iter().filter(|item| !item.is_null()).map(item).collect::<Vec<_>>().join(",")
            }
            Value::Object(members) if self.opened => {
                let given = members.iter().filter(|(_, member)| !member.is_null());
                let apart = if self.explode { "=" } else { "," };
                given
                    .map(|(key, member)| format!("{key}{apart}{}", item(member)))
                    .collect::<Vec<_>>()
                    .join(",")
            }
            _ => item(value),
        };
        match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            true => Ok(Some(text)),
            false => Err("has a character that no header carries"),
        }
    }

    /// The text of a cookie, encoded, or none for null.
    pub fn in_cookie(&self, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::Array(items) if !self.json => {
                Some(items.iter().map(|one| encoded(&item(one), is_unreserved)).collect::<Vec<_>>().join(","))
            }
            _ if self.json => Some(encoded(&value.to_string(), is_unreserved)),
            _ => Some(encoded(&item(value), is_unreserved)),
        }
    }
}

/// The text of a single value.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text of one of several: what is not single is JSON.
pub fn item(value: &Value) -> String {
    scalar(value).unwrap_or_else(|| value.to_string())
}

/// Reserved characters that may stay: none that begins, ends or splits a parameter.
fn is_allowed(byte: u8) -> bool {
    is_unreserved(byte) || b":/?@!$'()*,;".contains(&byte)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(style: Option<(Style, Option<bool>)>, value: Value) -> String {
        let mut parameter = Parameter::plain("a");
        if let Some((style, explode)) = style {
            parameter.style = style;
            parameter.explode = explode.unwrap_or(style == Style::Form);
            parameter.opened = true;
        }
        let pairs = parameter.in_query(&value);
        pairs.into_iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn lists_repeat_flags_are_lower_case_null_is_left_out_and_objects_are_json() {
        for (value, text) in [
            (json!([1, "b c", null, true]), "a=1&a=b%20c&a=true"),
            (json!(true), "a=true"),
            (json!(null), ""),
            (json!([]), ""),
            (json!(""), "a="),
            (json!({"k": [1]}), "a=%7B%22k%22%3A%5B1%5D%7D"),
            (json!("x&admin=1#y"), "a=x%26admin%3D1%23y"),
        ] {
            assert_eq!(query(None, value.clone()), text, "{value}");
        }
    }

    #[test]
    fn styles_are_those_of_the_description() {
        let list = json!(["b", 1]);
        let object = json!({"x": 1, "y": "z,"});
        for (style, explode, value, text) in [
            (Style::Form, None, &list, "a=b&a=1"),
            (Style::Form, Some(false), &list, "a=b,1"),
            (Style::Form, None, &object, "x=1&y=z%2C"),
            (Style::Form, Some(false), &object, "a=x,1,y,z%2C"),
            (Style::Space, None, &list, "a=b%201"),
            (Style::Pipe, None, &list, "a=b%7C1"),
            (Style::Tab, None, &list, "a=b%091"),
            (Style::Pipe, Some(true), &list, "a=b&a=1"),
            (Style::Deep, None, &object, "a%5Bx%5D=1&a%5By%5D=z%2C"),
            (Style::Deep, None, &json!({"x": {"y": [1, 2]}}), "a%5Bx%5D%5By%5D=1&a%5Bx%5D%5By%5D=2"),
        ] {
            assert_eq!(query(Some((style, explode)), value.clone()), text, "{style:?} {explode:?} {value}");
        }
        let reserved = Parameter { reserved: true, ..Parameter::plain("a") };
        assert_eq!(reserved.in_query(&json!("/x?y=1&z#"))[0].1, "/x?y%3D1%26z%23");
        let json = Parameter { json: true, ..Parameter::plain("a") };
        assert_eq!(json.in_query(&json!("x"))[0].1, "%22x%22");
    }

    #[test]
    fn headers_and_paths_have_styles_of_their_own() {
        let simple =
            Parameter { style: Style::Simple, explode: false, opened: true, ..Parameter::plain("a") };
        assert_eq!(simple.in_header(&json!(["x", 1])).unwrap().unwrap(), "x,1");
        assert_eq!(simple.in_header(&json!({"x": 1, "y": 2})).unwrap().unwrap(), "x,1,y,2");
        let exploded = Parameter { explode: true, ..simple.clone() };
        assert_eq!(exploded.in_header(&json!({"x": 1, "y": 2})).unwrap().unwrap(), "x=1,y=2");
        let before = |style| Parameter { style, ..Parameter::plain("a") }.before();
        assert_eq!([Style::Simple, Style::Label, Style::Matrix].map(before), ["", ".", ";a="]);
        assert_eq!(simple.in_path(&json!(12)).unwrap(), "12");
        for value in [json!(null), json!([1]), json!({})] {
            assert!(simple.in_path(&value).is_err(), "{value}");
        }
        assert_eq!(Parameter::plain("a").in_cookie(&json!("x; b=1")).unwrap(), "x%3B%20b%3D1");
    }

    #[test]
    fn no_header_carries_a_line_break() {
        let simple = Parameter { style: Style::Simple, ..Parameter::plain("a") };
        for text in ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "a\tb", "ä", "\u{7f}"] {
            assert!(simple.in_header(&json!(text)).is_err(), "{text:?}");
        }
        assert!(simple.in_header(&json!({"a\r\nb": 1})).is_ok(), "JSON has escapes for them");
        assert!(Parameter { opened: true, ..simple }.in_header(&json!({"a\r\nb": 1})).is_err());
    }
}
