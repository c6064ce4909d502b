//! Options without a value that a variable switches on too.

/// The variable of `--dry-run`.
pub const DRY_RUN: &str = "CASKMCP_DRY_RUN";
/// The variable of `--allow-redirects`.
pub const ALLOW_REDIRECTS: &str = "CASKMCP_ALLOW_REDIRECTS";

/// What the variable of `--dry-run` says.
///
/// # Errors
/// A word that is neither.
pub fn dry_run(text: &str) -> Result<bool, String> {
    switch(DRY_RUN, text)
}

/// What the variable of `--allow-redirects` says.
///
/// # Errors
/// A word that is neither.
pub fn allow_redirects(text: &str) -> Result<bool, String> {
    switch(ALLOW_REDIRECTS, text)
}

/// What a variable that switches something on says. A word that is neither is a mistake: it is not guessed.
fn switch(variable: &str, text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(format!("{variable} is 1 or true, or 0 or false")),
    }
}
