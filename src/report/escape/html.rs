//! Raw text in, HTML text or attribute value out, for the report that is one file.

use crate::canon::visible::visible;

/// Foreign text as HTML text in which each `⟨U+XXXX⟩` stands out, at most `limit` characters.
pub fn marked(text: &str, limit: usize) -> String {
    let text = html(text, limit);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("⟨U+").map(|at| at + "⟨U+".len()) {
        let digits = rest[at..].bytes().take_while(u8::is_ascii_hexdigit).take(7).count();
        let (before, after) = rest.split_at(at + digits);
        rest = after;
        match after.strip_prefix('⟩') {
            Some(after) if (4..=6).contains(&digits) => {
                let start = before.len() - digits - "⟨U+".len();
                out.push_str(&before[..start]);
                out.push_str(&format!("<span class=\"inv\">{}⟩</span>", &before[start..]));
                rest = after;
            }
            _ => out.push_str(before),
        }
    }
    out + rest
}

/// Foreign text as HTML text or inside a quoted attribute, at most `limit` characters.
pub fn html(text: &str, limit: usize) -> String {
    let mut out = String::new();
    for c in visible(text, limit).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_tags_nor_quotes_pass() {
        assert_eq!(marked("a\u{200b}<⟨U+ 1⟩⟨U+", 80), "a<span class=\"inv\">⟨U+200B⟩</span>&lt;⟨U+ 1⟩⟨U+");
        assert_eq!(html("<b a='\"'>&\r", 80), "&lt;b a=&#39;&quot;&#39;&gt;&amp;⟨U+000D⟩");
    }
}
