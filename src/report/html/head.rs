//! What stands around the page: its policy, its style and its script. Nothing here was written by a stranger.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::report::escape::html::html;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// All before the body's content. Style and script run by their digests and no other does, wherever it came
/// from; nothing is loaded, framed or sent.
pub fn open(title: &str) -> String {
    open_with(title, "")
}

/// The same with a style of its own behind the common one.
pub fn open_with(title: &str, style: &'static str) -> String {
    let (also, more) = match style {
        "" => (String::new(), String::new()),
        style => (format!(" '{}'", digest(style)), format!("\n<style>{style}</style>")),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src '{}'{also}; script-src '{}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>cask: {}</title>\n<style>{STYLE}</style>{more}\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the report</a>\n",
        digest(STYLE),
        digest(SCRIPT),
        html(title, 200)
    )
}

/// All behind it.
pub fn close() -> String {
    format!("<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// The source expression of an inline text.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_digest_of_the_very_text() {
        // `printf '' | openssl dgst -sha256 -binary | base64`
        assert_eq!(digest(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        let open = open_with("t", "p{color:red}");
        assert!(
            open.contains(&format!(" '{}';", digest("p{color:red}")))
                && open.contains("<style>p{color:red}</style>")
        );
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !STYLE.contains('\r'));
    }
}
