//! Raw text in, HTML text or attribute value out, for the report that is one file without a script.

use crate::canon::visible::visible;

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
        assert_eq!(html("<b a='\"'>&\r", 80), "&lt;b a=&#39;&quot;&#39;&gt;&amp;⟨U+000D⟩");
    }
}
