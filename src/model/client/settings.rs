//! Settings of a client's configuration that are not understood: everything but the servers and what is read as granted
//! or denied. What they do is not known, so that they differ is all that can be told of them.

use super::grants::is_grant;
use super::kind::Kind;
use crate::canon::Node;
use crate::canon::node::pointer_step;

/// Members that are read wherever they stand; a star is any name. What lies below one is read too.
const EVERYWHERE: &[&str] = &["$schema", "mcpServers", "mcp_servers", "amp.mcpServers", "context_servers"];
const SERVERS: &[&str] = &["servers", "mcp"];
const CLAUDE: &[&str] = &[
    "permissions/allow",
    "permissions/deny",
    "permissions/ask",
    "permissions/additionalDirectories",
    "permissions/defaultMode",
    "permissions/disableBypassPermissionsMode",
    "enableAllProjectMcpServers",
    "enabledMcpjsonServers",
    "disabledMcpjsonServers",
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "otelHeadersHelper",
    "statusLine",
    "fileSuggestion",
    "env",
    "enabledPlugins",
    "extraKnownMarketplaces",
    "hooks",
    "sandbox/enabled",
    "sandbox/excludedCommands",
];
const GEMINI: &[&str] = &[
    "allowedTools",
    "excludeTools",
    "toolDiscoveryCommand",
    "toolCallCommand",
    "autoAccept",
    "sandbox",
    "tools/allowed",
    "tools/exclude",
    "tools/discoveryCommand",
    "tools/callCommand",
    "tools/autoAccept",
    "tools/sandbox",
];
const ZED: &[&str] = &["agent/always_allow_tool_actions"];
const CODEX: &[&str] = &[
    "model_providers/*/base_url",
    "projects/*/trust_level",
    "approval_policy",
    "sandbox_mode",
    "notify",
    "sandbox_workspace_write/network_access",
    "sandbox_workspace_write/writable_roots",
    "profiles/*/approval_policy",
    "profiles/*/sandbox_mode",
    "profiles/*/notify",
    "profiles/*/sandbox_workspace_write/network_access",
    "profiles/*/sandbox_workspace_write/writable_roots",
];

/// A setting that is not understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<'a> {
    /// The member at the top under which it stands.
    pub top: &'a str,
    /// Where it stands.
    pub pointer: String,
    /// What it says.
    pub node: &'a Node,
}

/// Whether an entry of Zed's list only says how an extension's server is set up.
pub(super) fn is_of_an_extension(server: &Node) -> bool {
    server.is_map() && server.get("command").is_none() && server.get("url").is_none()
}

/// The settings of a configuration that are not understood, in its order.
pub fn unknown(kind: Kind, raw: &Node) -> Vec<Setting<'_>> {
    let own = match kind {
        Kind::Servers => SERVERS,
        Kind::Claude => CLAUDE,
        Kind::Gemini => GEMINI,
        Kind::Editor => &[],
        Kind::Zed => ZED,
        Kind::Codex => CODEX,
    };
    let known: Vec<Vec<&str>> =
        EVERYWHERE.iter().chain(own).map(|path| path.split('/').collect::<Vec<_>>()).collect();
    let mut out = Vec::new();
    for (top, node) in raw.members() {
        let pointer = format!("/{}", pointer_step(top));
        if kind == Kind::Editor && is_grant(top) {
            continue;
        }
        if kind == Kind::Zed && top == "context_servers" {
            let extensions = node.members().iter().filter(|(_, server)| is_of_an_extension(server));
            out.extend(extensions.map(|(name, node)| {
                let pointer = format!("{pointer}/{}", pointer_step(name));
                Setting { top, pointer, node }
            }));
            continue;
        }
        below(top, &[top.as_str()], pointer, node, &known, &mut out);
    }
    out
}

/// As deep as the paths that are known; what leaves them is one setting.
fn below<'a>(
    top: &'a str,
    path: &[&str],
    pointer: String,
    node: &'a Node,
    known: &[Vec<&str>],
    out: &mut Vec<Setting<'a>>,
) {
    let begins = |known: &&Vec<&str>| {
        known.len() >= path.len() && known.iter().zip(path).all(|(step, here)| *step == "*" || step == here)
    };
    let mut deeper = known.iter().filter(begins).peekable();
    if deeper.peek().is_none() || !node.is_map() && !deeper.clone().any(|known| known.len() == path.len()) {
        out.push(Setting { top, pointer, node });
    } else if !deeper.any(|known| known.len() == path.len()) {
        for (name, node) in node.members() {
            let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
            below(top, &path, format!("{pointer}/{}", pointer_step(name)), node, known, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::client::kind::tree;

    fn unread(path: &str, text: &str) -> Vec<String> {
        let kind = Kind::of(path);
        let raw = tree(path, text.as_bytes()).expect("a configuration");
        unknown(kind, &raw).into_iter().map(|setting| setting.pointer).collect()
    }

    #[test]
    fn what_is_read_is_known_and_nothing_beside_it() {
        let claude = r#"{"$schema": "x", "permissions": {"allow": [], "more": 1}, "sandbox": {"enabled": true, "network": {}},
            "model": "m", "hooks": {"Stop": []}}"#;
        assert_eq!(
            unread(".claude/settings.json", claude),
            ["/permissions/more", "/sandbox/network", "/model"]
        );
        let codex = "model = 'x'\n[profiles.a]\nmodel = 'y'\nsandbox_mode = 'read-only'\n[model_providers.p]\nbase_url = 'u'\n";
        assert_eq!(unread(".codex/config.toml", codex), ["/model", "/profiles/a/model"]);
        assert_eq!(unread(".mcp.json", r#"{"mcpServers": {}, "inputs": []}"#), ["/inputs"]);
        assert_eq!(unread(".gemini/settings.json", r#"{"tools": ["x"], "sandbox": false}"#), ["/tools"]);
        assert_eq!(
            unread(".vscode/settings.json", r#"{"a.b": 1, "chat.tools.autoApprove": false}"#),
            ["/a.b"]
        );
        let zed = r#"{"context_servers": {"a": {"command": "x"}, "b/c": {"settings": {"k": 1}}, "d": {"url": "https://d.test"}},
            "agent": {"always_allow_tool_actions": false, "profiles": {}}, "tab_size": 2}"#;
        assert_eq!(
            unread(".zed/settings.json", zed),
            ["/context_servers/b~1c", "/agent/profiles", "/tab_size"]
        );
    }
}
