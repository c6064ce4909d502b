//! How MCP clients write down what they start: a server in, the text of its entry out, one row a client.

use serde_json::{Value, json};

use crate::canon::emit::emit_yaml;
use crate::canon::encode::encode;

/// A server as it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// What the client calls it.
    pub name: String,
    /// The program.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// One client's way of writing.
pub struct Format {
    /// Its id.
    pub id: &'static str,
    /// The file that the text belongs into.
    pub file: &'static str,
    /// Writes an entry.
    pub render: fn(&Launch) -> String,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { id: "json", file: "any client that reads `mcpServers`", render: plain },
    Format { id: "yaml", file: "any client that reads `mcpServers` as YAML", render: yaml },
    Format { id: "codex", file: ".codex/config.toml", render: codex },
    Format { id: "claude", file: ".mcp.json", render: claude },
    Format { id: "cursor", file: ".cursor/mcp.json", render: plain },
    Format { id: "vscode", file: ".vscode/mcp.json", render: vscode },
];

/// The ids of all formats, for help and messages.
pub fn ids() -> String {
    FORMATS.iter().map(|format| format.id).collect::<Vec<_>>().join(", ")
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn servers(launch: &Launch) -> Value {
    json!({"mcpServers": {&launch.name: {"args": launch.args, "command": launch.command}}})
}

fn plain(launch: &Launch) -> String {
    pretty(&servers(launch))
}

fn yaml(launch: &Launch) -> String {
    emit_yaml(&encode(&servers(launch)))
}

fn claude(launch: &Launch) -> String {
    let server = json!({"type": "stdio", "command": launch.command, "args": launch.args});
    pretty(&json!({"mcpServers": {&launch.name: server}}))
}

fn vscode(launch: &Launch) -> String {
    let server = json!({"type": "stdio", "command": launch.command, "args": launch.args});
    pretty(&json!({"servers": {&launch.name: server}}))
}

/// JSON's strings are TOML's basic strings, DEL apart, which is escaped here.
fn quoted(text: &str) -> String {
    json!(text).to_string().replace('\u{7f}', "\\u007f")
}

fn codex(launch: &Launch) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name = match !launch.name.is_empty() && launch.name.chars().all(is_bare) {
        true => launch.name.clone(),
        false => quoted(&launch.name),
    };
    let args: Vec<String> = launch.args.iter().map(|arg| quoted(arg)).collect();
    format!(
        "[mcp_servers.{name}]\nargs = [{}]\ncommand = {}\nenabled = true\n",
        args.join(", "),
        quoted(&launch.command)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(name: &str) -> Launch {
        Launch {
            name: name.to_owned(),
            command: "/opt/c ask/cask".to_owned(),
            args: vec!["serve".to_owned(), "--toolpack".to_owned(), "/a \"b\"/\u{7f}\n.yaml".to_owned()],
        }
    }

    /// Every format gives back what went in, whatever stands in names and paths.
    #[test]
    fn what_is_written_reads_back() {
        for name in ["shop", "a \"shop\"\n[x]", "ü.b"] {
            let launch = launch(name);
            for format in FORMATS {
                let text = (format.render)(&launch);
                let read: Value = match format.id {
                    "yaml" => serde_yaml::from_str(&text).unwrap(),
                    "codex" => {
                        let node = crate::model::client::kind::tree("x.toml", text.as_bytes()).unwrap();
                        crate::canon::json::from_node(&node).unwrap()
                    }
                    _ => serde_json::from_str(&text).unwrap(),
                };
                let (_, servers) = read.as_object().unwrap().iter().next().unwrap();
                let server = &servers[name];
                assert_eq!(server["command"], launch.command.as_str(), "{}\n{text}", format.id);
                assert_eq!(server["args"], json!(launch.args), "{}\n{text}", format.id);
            }
        }
    }
}
