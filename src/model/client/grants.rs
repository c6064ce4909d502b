//! What a client may do without asking, and what it may not do: each client's words for it.

use super::kind::Kind;
use super::parts::{Grant, Server};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value, digest};
use crate::model::at::At;

/// Words of servers that say which of their tools run unasked, or which do not run.
const UNASKED: &[&str] = &["autoApprove", "alwaysAllow", "autoApproveTools"];
const OPEN: &[&str] = &["enabled_tools", "includeTools"];
const SHUT: &[&str] = &["disabledTools", "disabled_tools", "excludeTools"];
/// Modes of Claude Code that ask as much as, or more than, the usual one.
const CAREFUL: &[&str] = &["default", "plan"];

type Both = (Vec<Grant>, Vec<Grant>);

/// What is granted, and what is denied.
pub fn of(kind: Kind, root: &At, servers: &[Server]) -> Result<Both, Fault> {
    let mut found = Found { file: root.file, allows: Vec::new(), denies: Vec::new() };
    for server in servers {
        found.server(server)?;
    }
    match kind {
        Kind::Servers => {}
        Kind::Claude => found.claude(root)?,
        Kind::Gemini => found.gemini(root)?,
        Kind::Editor => found.editor(root),
        Kind::Zed => found.zed(root)?,
        Kind::Codex => found.codex(root)?,
    }
    Ok((found.allows, found.denies))
}

struct Found<'a> {
    file: &'a str,
    allows: Vec<Grant>,
    denies: Vec<Grant>,
}

fn grant(what: &'static str, text: impl Into<String>, at: &At) -> Grant {
    Grant { what, server: String::new(), text: text.into(), pointer: at.pointer.to_string() }
}

/// Whether the name of an editor's setting says that something is approved by itself.
pub(super) fn is_grant(key: &str) -> bool {
    let name = key.to_ascii_lowercase();
    name.contains("autoapprove") || name.contains("allowedcommands") || name.contains("yolo")
}

/// A scalar as it is written, for settings that have many.
fn word(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        _ => crate::canon::json::canonical(node),
    }
}

/// The members of a table, if it is one.
fn members<'a>(at: &At<'a>, key: &str) -> Vec<(&'a str, At<'a>)> {
    at.optional(key).and_then(|table| table.members().ok()).unwrap_or_default()
}

impl Found<'_> {
    fn server(&mut self, server: &Server) -> Result<(), Fault> {
        let at = At::new(self.file, server.pointer.as_str(), &server.raw);
        let of = |grant: Grant| Grant { server: server.name.clone(), ..grant };
        for key in UNASKED {
            let Some(list) = at.optional(key) else { continue };
            match &list.node.value {
                Value::Bool(false) => {}
                Value::Bool(true) => self.allows.push(of(grant("tool unasked", "*", &list))),
                Value::Text(_) => self.allows.push(of(grant("tool unasked", list.text()?, &list))),
                _ => {
                    for item in list.items()? {
                        self.allows.push(of(grant("tool unasked", item.text()?, &item)));
                    }
                }
            }
        }
        if let Some(trust) = at.optional("trust")
            && trust.bool()?
        {
            self.allows.push(of(grant("tool unasked", "*", &trust)));
        }
        // A list of tools that are there, or a table of how each is asked about.
        let tools = at.optional("tools");
        for (name, tool) in tools.iter().filter(|at| at.node.is_map()).flat_map(|_| members(&at, "tools")) {
            match tool.optional("approval_mode").map(|mode| (word(mode.node), mode)) {
                Some((mode, at)) if mode == "prompt" => {
                    self.denies.push(of(grant("question before a tool", name, &at)))
                }
                Some((mode, at)) if mode != "auto" => self.allows.push(of(grant("tool unasked", name, &at))),
                _ => {}
            }
        }
        if let Some(list) = tools.filter(|at| matches!(at.node.value, Value::List(_))) {
            self.denies.push(of(grant("only the named tools", "", &list)));
            for item in list.items()? {
                self.allows.push(of(grant("named tool", item.text()?, &item)));
            }
        }
        for (keys, denies) in [(OPEN, false), (SHUT, true)] {
            for key in keys {
                let Some(list) = at.optional(key) else { continue };
                if !denies {
                    // That there is a list at all shuts out what it does not name.
                    self.denies.push(of(grant("only the named tools", "", &list)));
                }
                for item in list.items()? {
                    let (to, what) = match denies {
                        true => (&mut self.denies, "tool switched off"),
                        false => (&mut self.allows, "named tool"),
                    };
                    to.push(of(grant(what, item.text()?, &item)));
                }
            }
        }
        Ok(())
    }

    fn texts(&mut self, at: Option<At>, what: &'static str, denies: bool) -> Result<(), Fault> {
        for item in at.map(|list| list.items()).transpose()?.unwrap_or_default() {
            let grant = grant(what, item.text()?, &item);
            if denies { self.denies.push(grant) } else { self.allows.push(grant) }
        }
        Ok(())
    }

    fn claude(&mut self, root: &At) -> Result<(), Fault> {
        if let Some(permissions) = root.optional("permissions") {
            self.texts(permissions.optional("allow"), "allow rule", false)?;
            self.texts(permissions.optional("deny"), "deny rule", true)?;
            self.texts(permissions.optional("ask"), "ask rule", true)?;
            self.texts(permissions.optional("additionalDirectories"), "folder", false)?;
            if let Some(mode) = permissions.optional("defaultMode")
                && !CAREFUL.contains(&mode.text()?)
            {
                self.allows.push(grant("mode", mode.text()?, &mode));
            }
            if let Some(never) = permissions.optional("disableBypassPermissionsMode") {
                self.denies.push(grant("no bypass", word(never.node), &never));
            }
        }
        if let Some(all) = root.optional("enableAllProjectMcpServers")
            && all.bool()?
        {
            self.allows.push(grant("server unasked", "*", &all));
        }
        self.texts(root.optional("enabledMcpjsonServers"), "server unasked", false)?;
        self.texts(root.optional("disabledMcpjsonServers"), "server switched off", true)?;
        for helper in ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper"] {
            if let Some(command) = root.optional(helper) {
                self.allows.push(grant("command by itself", command.text()?, &command));
            }
        }
        for line in ["statusLine", "fileSuggestion"] {
            if let Some(command) = root.optional(line).and_then(|at| at.optional("command")) {
                self.allows.push(grant("command by itself", command.text()?, &command));
            }
        }
        for (name, value) in members(root, "env") {
            // Which value it was is told by its digest: it can be a credential.
            let text = match name.ends_with("_URL") {
                true => format!("{name}={}", word(value.node)),
                false => format!("{name} ({})", digest::of(value.node)),
            };
            self.allows.push(grant("variable", text, &value));
        }
        for (name, at) in members(root, "enabledPlugins") {
            if at.node.as_bool() != Some(false) {
                self.allows.push(grant("plugin", name, &at));
            }
        }
        for (name, at) in members(root, "extraKnownMarketplaces") {
            self.allows.push(grant("source of plugins", format!("{name}: {}", word(at.node)), &at));
        }
        // Whatever their shape: every command below is run by the client.
        if let Some(hooks) = root.optional("hooks") {
            self.commands(&hooks);
        }
        if let Some(sandbox) = root.optional("sandbox") {
            if sandbox.node.get("enabled").and_then(Node::as_bool) == Some(true) {
                self.denies.push(grant("sandbox", "enabled", &sandbox));
            }
            self.texts(sandbox.optional("excludedCommands"), "command outside the sandbox", false)?;
        }
        Ok(())
    }

    fn commands(&mut self, hooks: &At) {
        let mut open = vec![(hooks.pointer.to_string(), hooks.node)];
        while let Some((pointer, node)) = open.pop() {
            for (key, value) in node.members() {
                let below = format!("{pointer}/{}", pointer_step(key));
                match value
                    .as_text()
                    .filter(|_| matches!(key.as_str(), "command" | "bash" | "powershell" | "prompt" | "url"))
                {
                    Some(command) => self.allows.push(Grant {
                        what: "command by itself",
                        server: String::new(),
                        text: command.to_owned(),
                        pointer: below,
                    }),
                    None => open.push((below, value)),
                }
            }
            open.extend(node.items().iter().enumerate().map(|(n, item)| (format!("{pointer}/{n}"), item)));
        }
    }

    fn gemini(&mut self, root: &At) -> Result<(), Fault> {
        let tools = root.optional("tools").filter(|at| at.node.is_map());
        for (at, key) in [(Some(root), "allowedTools"), (tools.as_ref(), "allowed")] {
            self.texts(at.and_then(|at| at.optional(key)), "allow rule", false)?;
        }
        for (at, key) in [
            (Some(root), "toolDiscoveryCommand"),
            (Some(root), "toolCallCommand"),
            (tools.as_ref(), "discoveryCommand"),
            (tools.as_ref(), "callCommand"),
        ] {
            if let Some(command) = at.and_then(|at| at.optional(key)) {
                self.allows.push(grant("command by itself", word(command.node), &command));
            }
        }
        for (at, key) in [(Some(root), "excludeTools"), (tools.as_ref(), "exclude")] {
            self.texts(at.and_then(|at| at.optional(key)), "deny rule", true)?;
        }
        for at in [Some(root), tools.as_ref()].into_iter().flatten() {
            if let Some(is) = at.optional("autoAccept")
                && is.bool()?
            {
                self.allows.push(grant("mode", "autoAccept", &is));
            }
            if let Some(sandbox) = at.optional("sandbox")
                && sandbox.node.as_bool() != Some(false)
            {
                self.denies.push(grant("sandbox", word(sandbox.node), &sandbox));
            }
        }
        Ok(())
    }

    /// Settings whose name says that something is approved by itself, and commands that tasks of tools run.
    fn editor(&mut self, root: &At) {
        for (key, node) in root.node.members() {
            if !is_grant(key) || node.as_bool() == Some(false) || node.is_null() {
                continue;
            }
            let at = At::new(root.file, format!("/{}", pointer_step(key)), node);
            let mut one = |text: String, pointer: String, allows: bool| {
                let grant = Grant { what: "setting", server: String::new(), text, pointer };
                if allows { self.allows.push(grant) } else { self.denies.push(grant) }
            };
            match &node.value {
                Value::Map(members) => {
                    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
                        let pointer = format!("{}/{}", at.pointer, pointer_step(name));
                        let free = value.as_bool().or_else(|| value.get("approve").and_then(Node::as_bool));
                        one(format!("{key}: {name}"), pointer, free != Some(false));
                    }
                }
                Value::List(items) => {
                    for (n, item) in items.iter().enumerate() {
                        one(format!("{key}: {}", word(item)), format!("{}/{n}", at.pointer), true);
                    }
                }
                _ => one(format!("{key}: {}", word(node)), at.pointer.to_string(), true),
            }
        }
    }

    fn zed(&mut self, root: &At) -> Result<(), Fault> {
        let agent = root.optional("agent").filter(|at| at.node.is_map());
        if let Some(all) = agent.and_then(|at| at.optional("always_allow_tool_actions"))
            && all.bool()?
        {
            self.allows.push(grant("tool unasked", "*", &all));
        }
        Ok(())
    }

    fn codex(&mut self, root: &At) -> Result<(), Fault> {
        for (name, provider) in members(root, "model_providers") {
            if let Some(url) = provider.optional("base_url") {
                self.allows.push(grant("address of a model", format!("{name}: {}", word(url.node)), &url));
            }
        }
        for (folder, project) in members(root, "projects") {
            if let Some(level) =
                project.optional("trust_level").filter(|at| at.node.as_text() != Some("untrusted"))
            {
                self.allows.push(grant("trusted folder", folder, &level));
            }
        }
        let profiles = root.optional("profiles").map(|at| at.members()).transpose()?.unwrap_or_default();
        for at in std::iter::once(root).chain(profiles.iter().map(|(_, at)| at)) {
            if let Some(policy) = at.optional("approval_policy")
                && matches!(policy.node.as_text(), Some("never" | "on-failure"))
            {
                self.allows.push(grant("mode", format!("approval_policy: {}", word(policy.node)), &policy));
            }
            if let Some(mode) = at.optional("sandbox_mode") {
                match mode.text()? {
                    "read-only" => self.denies.push(grant("sandbox", "read-only", &mode)),
                    free => self.allows.push(grant("mode", format!("sandbox_mode: {free}"), &mode)),
                }
            }
            if let Some(command) = at.optional("notify") {
                self.allows.push(grant("command by itself", word(command.node), &command));
            }
            let Some(write) = at.optional("sandbox_workspace_write") else { continue };
            if let Some(network) = write.optional("network_access")
                && network.bool()?
            {
                self.allows.push(grant("mode", "network_access", &network));
            }
            self.texts(write.optional("writable_roots"), "folder", false)?;
        }
        Ok(())
    }
}
