//! Where the browser of this machine is: a path that was named, or the first of the names that Chromium goes by.

use std::path::{Path, PathBuf};

use crate::io::failure::Failure;

/// Names of programs that speak the protocol, the free one first.
const NAMES: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
    "brave-browser",
];

/// Places of those that are on no path.
#[cfg(target_os = "macos")]
const PLACES: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];
#[cfg(windows)]
const PLACES: &[&str] = &[
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];
#[cfg(not(any(target_os = "macos", windows)))]
const PLACES: &[&str] = &[];

/// The browser. `path` is what PATH says.
///
/// # Errors
/// There is none, or not where it was named.
pub fn find(named: Option<&Path>, path: Option<&str>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        return match named.is_file() {
            true => Ok(named.to_owned()),
            false => Err(missing(&format!("there is no browser at {}", named.display()))),
        };
    }
    let folders: Vec<PathBuf> = path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
    let on_path = NAMES.iter().flat_map(|name| {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        // A folder that is named relatively would be another one in every folder.
        folders.iter().filter(|dir| dir.is_absolute()).map(move |dir| dir.join(&name))
    });
    on_path
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|path| path.is_file())
        .ok_or_else(|| missing("there is no Chromium on this machine").looked("looked for", NAMES.join(", ")))
}

fn missing(message: &str) -> Failure {
    Failure::new("", message)
        .hint("install Chromium or Chrome, or name it: --browser-path PATH")
        .hint("or without one: in any browser, developer tools, network, save all as HAR, and name that file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_found_where_it_is_named_or_on_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let browser = dir.path().join(format!("google-chrome{}", std::env::consts::EXE_SUFFIX));
        std::fs::write(&browser, "").unwrap();
        let path = format!("relative:{}", dir.path().display());
        if PLACES.is_empty() {
            assert_eq!(find(None, Some(&path)).unwrap(), browser);
            assert!(find(None, Some("")).is_err() && find(None, None).is_err());
        }
        assert_eq!(find(Some(&browser), None).unwrap(), browser);
        let failure = find(Some(&dir.path().join("nothing")), Some(&path)).unwrap_err();
        assert!(failure.hints.iter().any(|hint| hint.contains("--browser-path")), "{failure:?}");
        assert!(failure.hints.iter().any(|hint| hint.contains("HAR")), "{failure:?}");
    }
}
