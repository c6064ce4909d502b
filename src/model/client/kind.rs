//! The path of a client's configuration in, how it is read out.

use crate::canon::read_json::read_json;
use crate::canon::read_toml::read_toml;
use crate::canon::read_yaml::{Dialect, read_yaml};
use crate::canon::{Fault, Limits, Node, jsonc};
use crate::model::limits;

/// Which client's words a file is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A list of servers, as most clients keep it.
    Servers,
    /// Settings of Claude Code: permission rules, hooks, servers that need no question.
    Claude,
    /// Settings of Gemini CLI.
    Gemini,
    /// Settings of VS Code and its relatives.
    Editor,
    /// Settings of Zed.
    Zed,
    /// The configuration of Codex.
    Codex,
}

impl Kind {
    /// The kind of the file at a path.
    pub fn of(path: &str) -> Kind {
        // As globs are matched: many file systems don't tell letter case apart.
        let path = path.to_ascii_lowercase();
        let mut steps = path.rsplit('/');
        let (name, folder) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
        let settings = name.starts_with("settings") && name.ends_with(".json");
        match folder {
            _ if name.ends_with(".toml") => Kind::Codex,
            ".claude" if settings => Kind::Claude,
            ".gemini" | ".qwen" if settings => Kind::Gemini,
            ".vscode" if settings => Kind::Editor,
            ".zed" if settings => Kind::Zed,
            _ => Kind::Servers,
        }
    }

    /// Whether a server that is switched off in this file stays off: only where its client says so. Elsewhere the
    /// word would hide a server that is started.
    pub fn switches_off(path: &str) -> Option<(&'static str, bool)> {
        let path = path.to_ascii_lowercase();
        let mut steps = path.rsplit('/');
        let (name, folder) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
        match folder {
            _ if name.ends_with(".toml") || name.starts_with("opencode.json") => Some(("enabled", false)),
            ".zed" => Some(("enabled", false)),
            ".roo" | ".kiro" | "settings" | ".windsurf" => Some(("disabled", true)),
            _ => None,
        }
    }
}

/// The tree of a client's configuration: TOML or YAML by its ending, else JSON as editors write it.
///
/// # Errors
/// Whatever the reader refuses, with its line.
pub fn tree(path: &str, bytes: &[u8]) -> Result<Node, Fault> {
    let limits = Limits { depth: 64, nodes: 100_000, ..Limits::new(limits::SMALL) };
    let ends = |end: &str| path.to_ascii_lowercase().ends_with(end);
    if ends(".toml") {
        return read_toml(path, bytes, &limits);
    }
    if ends(".yaml") || ends(".yml") {
        return read_yaml(path, bytes, Dialect::V11, &limits.with_aliases(limits::V1_ALIASES));
    }
    // Over the limit nothing is rewritten: the reader refuses it as it is.
    if bytes.len() > limits.bytes || bytes.is_empty() {
        return read_json(path, bytes, &limits);
    }
    read_json(path, &jsonc::plain(bytes), &limits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_the_path_whatever_its_letter_case() {
        for (path, kind) in [
            (".mcp.json", Kind::Servers),
            (".claude/settings.json", Kind::Claude),
            ("a/.Claude/Settings.JSON", Kind::Claude),
            (".claude/settings.local.json", Kind::Claude),
            (".GEMINI/settings.json", Kind::Gemini),
            (".qwen/settings.json", Kind::Gemini),
            (".VSCode/settings.json", Kind::Editor),
            (".Zed/settings.json", Kind::Zed),
            (".codex/CONFIG.TOML", Kind::Codex),
            (".vs/mcp.json", Kind::Servers),
            ("opencode.json", Kind::Servers),
        ] {
            assert_eq!(Kind::of(path), kind, "{path}");
        }
        assert_eq!(Kind::switches_off(".Roo/mcp.json"), Some(("disabled", true)));
        assert_eq!(Kind::switches_off(".mcp.json"), None);
    }
}
