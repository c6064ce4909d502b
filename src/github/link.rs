//! The header by which GitHub tells where the next page of a list is.

/// The address with `rel="next"` of a `Link` header (RFC 8288); nothing where there is none.
pub fn next(header: &str) -> Option<&str> {
    entries(header).find_map(|entry| {
        let (address, parameters) = entry.trim().strip_prefix('<')?.split_once('>')?;
        let next = |parameter: &str| {
            let (name, value) = parameter.trim().split_once('=')?;
            let value = value.trim().trim_matches('"');
            let named = name.trim().eq_ignore_ascii_case("rel");
            (named && value.split(' ').any(|rel| rel.eq_ignore_ascii_case("next"))).then_some(())
        };
        parameters.split(';').any(|parameter| next(parameter).is_some()).then_some(address)
    })
}

/// The entries of the header: commas inside of an address part nothing.
fn entries(header: &str) -> impl Iterator<Item = &str> {
    let mut rest = header;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let inside = rest.find('>').unwrap_or(0);
        let end = rest[inside..].find(',').map_or(rest.len(), |at| inside + at);
        let entry = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or("");
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let rows = [
            (
                r#"<https://a.example/x?page=2>; rel="next", <https://a.example/x?page=9>; rel="last""#,
                Some("https://a.example/x?page=2"),
            ),
            (
                r#"<https://a.example/x?page=1>; rel="prev", <https://a.example/x?a=1,2>; rel=next"#,
                Some("https://a.example/x?a=1,2"),
            ),
            (r#"<https://a.example/x>; title="t"; REL="first Next""#, Some("https://a.example/x")),
            (r#"<https://a.example/x>; rel="last""#, None),
            (r#"<https://a.example/x; rel="next""#, None),
            ("", None),
            (",,,", None),
            (r#"https://a.example; rel="next""#, None),
        ];
        for (header, wanted) in rows {
            assert_eq!(next(header), wanted, "{header}");
        }
    }
}
