//! What clients fill in when they start a server: `${NAME}` and `${env:NAME}`, each also with a default behind `:-`.

/// A text with its variables filled in, from what `value` knows.
///
/// # Errors
/// What nothing is known of, as it is written.
pub fn filled(text: &str, value: &mut dyn FnMut(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        out += before;
        let Some((inside, after)) = behind.split_once('}') else {
            return Ok(out + "${" + behind);
        };
        let (name, default) = inside.split_once(":-").map_or((inside, None), |(name, d)| (name, Some(d)));
        let name = name.strip_prefix("env:").unwrap_or(name);
        match value(name).or_else(|| default.map(str::to_owned)) {
            Some(value) => out += &value,
            None => return Err(format!("${{{inside}}}")),
        }
        rest = after;
    }
    Ok(out + rest)
}

/// Whether a variable is the word of clients for the folder that they work in.
pub fn is_folder(name: &str) -> bool {
    matches!(name, "workspaceFolder" | "CLAUDE_PROJECT_DIR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_what_is_none_stays() {
        let mut known = |name: &str| (name == "A").then(|| "1${B}".to_owned());
        let mut fill = |text: &str| filled(text, &mut known);
        // What was filled in is not read again.
        assert_eq!(fill("x${A}y${env:A}"), Ok("x1${B}y1${B}".to_owned()));
        assert_eq!(fill("${B:-two}${A:-two}"), Ok("two1${B}".to_owned()));
        assert_eq!(fill("$A ${ open"), Ok("$A ${ open".to_owned()));
        assert_eq!(fill("a${env:B}"), Err("${env:B}".to_owned()));
    }
}
