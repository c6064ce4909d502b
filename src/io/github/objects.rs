//! Git objects by the API, where git itself can't fetch them: trees whole or not at all, and files of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::refused::{Refused, Why};

/// What reading files takes.
const NEEDS: &str = "contents: read";
/// Most bytes of a file.
const FILE: usize = 8 << 20;
/// Most bytes of an answer that brings one: base64 with its line feeds, and what stands around it.
const ANSWER: usize = 12 << 20;

/// What stands at a path of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TreeItem {
    /// Its path from the root. A stranger's word.
    pub path: String,
    /// `100644`, `100755`, `120000` (a link), `160000` (a submodule), `040000` (a folder).
    pub mode: String,
    /// `blob`, `tree` or `commit`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its object.
    pub sha: String,
    /// Bytes of a file.
    pub size: Option<u64>,
}

#[derive(Deserialize)]
struct Blob {
    content: String,
    encoding: String,
}

impl Api {
    /// All that stands in a tree, folders within folders. A list that GitHub cut is an error: what is not in it
    /// was not looked at.
    ///
    /// # Errors
    /// It is not there, or was cut.
    pub fn tree(&self, slug: Slug, sha: &str) -> Result<Vec<TreeItem>, Refused> {
        #[derive(Deserialize)]
        struct Tree {
            truncated: bool,
            tree: Vec<TreeItem>,
        }
        let steps = of(slug, &["git", "trees", sha]);
        let tree: Tree = self.get(Question { steps: &steps, query: &[("recursive", "1")], needs: NEEDS })?;
        match tree.truncated {
            false => Ok(tree.tree),
            true => Err(Refused::new(
                Why::TooLarge,
                "the repository has more files than GitHub lists at once",
                "check it out: actions/checkout with fetch-depth: 0",
            )),
        }
    }

    /// The bytes of a file, by its object.
    ///
    /// # Errors
    /// It is not there, or larger than what is read.
    pub fn blob(&self, slug: Slug, sha: &str) -> Result<Vec<u8>, Refused> {
        let steps = of(slug, &["git", "blobs", sha]);
        let heard = self.get_raw(Question { steps: &steps, query: &[], needs: NEEDS }, ANSWER)?;
        let blob: Blob = self.read(&heard)?;
        content(&blob.content, &blob.encoding, heard.status)
    }

    /// The bytes of a file at a commit, by its path; nothing where there is none. A link inside the repository comes
    /// as the file that it leads to, so nothing that is judged is read in this way.
    ///
    /// # Errors
    /// It is not a file, larger than what is read, or not for this token.
    pub fn file(&self, slug: Slug, path: &str, sha: &str) -> Result<Option<Vec<u8>>, Refused> {
        #[derive(Deserialize)]
        struct Contents {
            #[serde(rename = "type")]
            kind: String,
            sha: String,
            #[serde(default)]
            encoding: String,
            content: Option<String>,
        }
        let mut steps = of(slug, &["contents"]);
        steps.extend(path.split('/'));
        let found = self.get_raw(Question { steps: &steps, query: &[("ref", sha)], needs: NEEDS }, ANSWER);
        let heard = match found {
            Err(refused) if refused.why == Why::Missing => {
                // Only what is known to be there can be known to lack a file.
                return self.commit(slug, sha).map(|_| None);
            }
            found => found?,
        };
        let contents: Contents = self.read(&heard)?;
        match (contents.kind.as_str(), contents.content) {
            // Above 1 MB it comes without its content.
            ("file", Some(text)) if contents.encoding == "base64" && !text.is_empty() => {
                content(&text, &contents.encoding, heard.status).map(Some)
            }
            ("file", _) => self.blob(slug, &contents.sha).map(Some),
            (kind, _) => {
                let kind = if matches!(kind, "symlink" | "submodule") { kind } else { "no file" };
                Err(Refused::new(Why::Invalid, format!("it is {kind}"), "put a regular file there"))
            }
        }
    }
}

fn content(text: &str, encoding: &str, status: u16) -> Result<Vec<u8>, Refused> {
    if encoding != "base64" {
        return Err(Refused::unreadable(status, "a file in an encoding that is not base64"));
    }
    let packed: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(packed).map_err(|error| Refused::unreadable(status, error))?;
    match bytes.len() <= FILE {
        true => Ok(bytes),
        false => {
            let reason = format!("a file of {} bytes, more than the {FILE} that are read", bytes.len());
            Err(Refused::new(Why::TooLarge, reason, "make the file smaller"))
        }
    }
}
