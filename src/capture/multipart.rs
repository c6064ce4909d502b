//! A multipart form in, its text fields out (RFC 7578); of a file only its field's name.

/// What stands for the content of a file.
pub const FILE: &str = "[FILE]";

/// Fields of one form.
pub const FIELDS: usize = 2000;
/// Bytes of one field that are kept.
const LONGEST: usize = 64 << 10;

/// The boundary that a content type names.
pub fn boundary(header: &str) -> Option<String> {
    let at = header.to_ascii_lowercase().find("boundary=")?;
    let rest = &header[at + "boundary=".len()..];
    let mark = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([';', ' ', '\t']).next(),
    };
    mark.filter(|mark| !mark.is_empty() && mark.len() <= 200).map(str::to_owned)
}

/// The fields, in their order.
pub fn fields(text: &str, boundary: &str) -> Vec<(String, String)> {
    let delimiter = format!("--{boundary}");
    text.split(delimiter.as_str()).skip(1).take(FIELDS).filter_map(part).collect()
}

fn part(text: &str) -> Option<(String, String)> {
    let text = text.trim_start_matches('\r').strip_prefix('\n')?;
    let (head, value) = text.split_once("\r\n\r\n").or_else(|| text.split_once("\n\n"))?;
    let line = head.lines().find(|line| {
        line.split_once(':').is_some_and(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
    })?;
    let name = parameter(line, "name")?;
    // `filename*` has the same name in another encoding (RFC 5987).
    let is_file = ["filename", "filename*"].iter().any(|name| parameter(line, name).is_some());
    if is_file || value.len() > LONGEST {
        return Some((name, FILE.to_owned()));
    }
    let value = value.strip_suffix('\n').unwrap_or(value);
    Some((name, value.strip_suffix('\r').unwrap_or(value).to_owned()))
}

/// A parameter of a header's value: `name="…"`. What is quoted may hold semicolons, and quotes behind a backslash.
fn parameter(line: &str, wanted: &str) -> Option<String> {
    let (mut quoted, mut escaped) = (false, false);
    let parts = line.split(move |c: char| {
        let behind = std::mem::replace(&mut escaped, false);
        match c {
            '\\' if quoted && !behind => escaped = true,
            '"' if !behind => quoted = !quoted,
            _ => {}
        }
        c == ';' && !quoted
    });
    parts.skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim();
        let plain = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        name.trim().eq_ignore_ascii_case(wanted).then(|| plain.replace("\\\"", "\""))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fields_are_read_and_files_named() {
        let text = "--X-1\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA\r\nB\r\n--X-1\r\ncontent-disposition: form-data; name=\"doc\"; filename=\"secret.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--X-1--\r\n";
        assert_eq!(boundary("multipart/form-data; boundary=X-1").as_deref(), Some("X-1"));
        assert_eq!(boundary("multipart/form-data; Boundary=\"a b\"; x=y").as_deref(), Some("a b"));
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(
            fields(text, "X-1"),
            [("title".to_owned(), "A\r\nB".to_owned()), ("doc".to_owned(), FILE.to_owned())]
        );
        assert_eq!(fields("nothing", "X-1"), []);
        let odd =
            |line: &str| fields(&format!("--X\nContent-Disposition: form-data; {line}\n\nv\n--X--"), "X");
        assert_eq!(odd("name=a; filename*=UTF-8''b"), [("a".to_owned(), FILE.to_owned())]);
        assert_eq!(odd(r#"name="a;\";pwd""#), [("a;\";pwd".to_owned(), "v".to_owned())]);
    }
}
