//! The description of an API or the listing of a server, with the files of the project that it refers to: read for
//! whoever compares it and for whoever makes a toolpack of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::failed::Failed;
use crate::canon::{Fault, FaultKind, Limits, Node, Value, digest};
use crate::io::tree::Tree;
use crate::model::phrase::Phrase;
use crate::model::{bytes, limits};
use crate::source::{self, Options, Sourced};

/// Most files that one description may consist of, and most bytes of all of them.
const MAX_FILES: usize = 500;
const MAX_BYTES: usize = limits::BASELINE;

/// A description with all that it was read from, since it may have to be read once more.
pub struct Described {
    /// What it is.
    pub kind: &'static source::Source,
    /// Its path in the project.
    path: String,
    document: Node,
    files: BTreeMap<String, Node>,
    /// What it describes.
    pub sourced: Sourced,
}

impl Described {
    /// Reads a document of a kind. `project`: where it finds the files that it refers to, and its own path there.
    ///
    /// # Errors
    /// A file that is missing, or what the reader of the kind refuses.
    pub fn read(
        kind: &'static source::Source,
        project: (&Tree, &str),
        document: Node,
        text: &[u8],
    ) -> Result<Described, Failed> {
        let files = beside(kind, project, &document)?;
        let path = project.1.to_owned();
        let options = Options { files: &files, host: None };
        let sourced = (kind.read)(&path, &document, &options).map_err(bytes::shown(text))?;
        Ok(Described { kind, path, document, files, sourced })
    }

    /// Where it was read, for people: its path, or the launch line of a server.
    pub fn label(&self) -> &str {
        &self.path
    }

    /// Reads the description in a file.
    ///
    /// # Errors
    /// No such file, a file that is no description, or one that cannot be read.
    pub fn of_file(text: &str, cwd: &Path) -> Result<Described, Failed> {
        let path = cwd.join(text);
        let missing = |why: &str| {
            Failed::new("input", text.to_owned(), why.to_owned())
                .hint(format!("name a description: {}", source::labels()))
        };
        if !path.is_file() {
            return Err(missing(if path.is_dir() { "it is a folder" } else { "there is no such file" }));
        }
        let dir = path.parent().unwrap_or(Path::new(""));
        let name =
            path.file_name().and_then(|name| name.to_str()).ok_or_else(|| missing("its name is no text"))?;
        let bytes = Tree::folder(dir.to_owned()).read(name, limits::BASELINE);
        let bytes = bytes.map_err(|fault| Fault { file: text.to_owned(), ..fault })?;
        let bytes = bytes.ok_or_else(|| missing("there is no such file"))?;
        let document = bytes::described(text, &bytes, limits::BASELINE)?;
        let Some(kind) = source::find(&document) else {
            return Err(
                missing("it is no description that cask knows").why("its kind is told by its content")
            );
        };
        // What a description refers to lies in the folder that the command runs in, if the description does.
        match plain(text) {
            Some(own) => Described::read(kind, (&Tree::folder(cwd.to_owned()), &own), document, &bytes),
            None => Described::read(kind, (&Tree::folder(dir.to_owned()), name), document, &bytes),
        }
    }

    /// Reads it once more as one that is about a host, which it does not name itself.
    ///
    /// # Errors
    /// What the reader of its kind refuses.
    pub fn about(&mut self, host: &str) -> Result<(), Failed> {
        let options = Options { files: &self.files, host: Some(host) };
        self.sourced = (self.kind.read)(&self.path, &self.document, &options)?;
        self.sourced.hostless = false;
        self.sourced.notes.push(Phrase::say("it names no host, and is taken to be about ").and_quote(host));
        Ok(())
    }

    /// The digest of what it was read from.
    pub fn digest(&self) -> String {
        if self.files.is_empty() {
            return digest::of(&self.document);
        }
        let others = self.files.iter().map(|(path, node)| (path.clone(), Node::text(digest::of(node))));
        digest::of(&Node::map([
            ("document", Node::text(digest::of(&self.document))),
            ("files", Node::map(others)),
        ]))
    }
}

/// A path that is relative and goes down only, without what says nothing.
pub fn plain(text: &str) -> Option<String> {
    let down =
        !text.starts_with('/') && !text.contains(['\\', ':']) && text.split('/').all(|step| step != "..");
    let steps: Vec<&str> = text.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    down.then(|| steps.join("/"))
}

/// The files of the project that a description refers to, and those that they refer to.
fn beside(
    kind: &source::Source,
    (tree, own): (&Tree, &str),
    document: &Node,
) -> Result<BTreeMap<String, Node>, Failed> {
    let mut files: BTreeMap<String, Node> = BTreeMap::new();
    let mut todo: Vec<(String, String)> =
        (kind.wants)(own, document).into_iter().map(|path| (own.to_owned(), path)).collect();
    let mut left = MAX_BYTES;
    // Of values too there are as many in all files as in one; each use of an alias counts with what it stands for.
    let mut nodes = Limits::new(MAX_BYTES).nodes;
    if !todo.is_empty() {
        nodes = nodes.saturating_sub(values(document));
    }
    while let Some((by, path)) = todo.pop() {
        if path == own || files.contains_key(&path) {
            continue;
        }
        if files.len() >= MAX_FILES {
            let message = format!("the description refers to more than {MAX_FILES} files");
            return Err(Fault::new(own, FaultKind::Limit, message).hint("bundle it into one file").into());
        }
        let bytes = tree.read(&path, left)?.ok_or_else(|| {
            Fault::new(&path, FaultKind::Missing, format!("{by} refers to it, and it is not there"))
                .hint("put the file into the project, or bundle the description into one file")
        })?;
        left -= bytes.len().min(left);
        let limits = Limits { nodes, ..Limits::new(bytes.len().max(1)) };
        let node = bytes::described_within(&path, &bytes, &limits)?;
        nodes = nodes.saturating_sub(values(&node));
        todo.extend((kind.wants)(&path, &node).into_iter().map(|next| (path.clone(), next)));
        files.insert(path, node);
    }
    Ok(files)
}

/// How many values a tree has.
fn values(node: &Node) -> usize {
    let (mut count, mut todo) = (0, vec![node]);
    while let Some(node) = todo.pop() {
        count += 1;
        match &node.value {
            Value::List(items) => todo.extend(items),
            Value::Map(members) => todo.extend(members.iter().map(|(_, value)| value)),
            _ => {}
        }
    }
    count
}
