//! drift.json and drift.md as the reference system writes them. Its names are shown as they are where no
//! reader of Markdown gives any of their characters a meaning, and by the encoder elsewhere.

use super::escape::markdown::code;
use crate::model::drift_file::DriftFile;

/// Longest text that is shown.
const LIMIT: usize = 500;

/// drift.json, without a final line feed.
pub fn json(file: &DriftFile) -> String {
    serde_json::to_string_pretty(file).unwrap_or_default()
}

/// drift.md.
pub fn markdown(file: &DriftFile) -> String {
    let yes = |b: bool| if b { "Yes" } else { "No" };
    let mut lines = vec![
        "# Drift Report".to_owned(),
        String::new(),
        format!("**ID:** {}", file.id),
        "**Generated:** 1970-01-01T00:00:00+00:00".to_owned(),
        String::new(),
    ];
    if let Some(baseline) = &file.from_baseline_id {
        lines.push(format!("**Baseline:** {}", plain(baseline)));
        lines.push(String::new());
    }
    lines.extend(["## Summary".to_owned(), String::new()]);
    for (name, n) in [
        ("Total Drifts", file.total_drifts),
        ("Breaking Changes", file.breaking_count),
        ("Auth Changes", file.auth_count),
        ("Risk Changes", file.risk_count),
        ("Additive", file.additive_count),
        ("Schema Changes", file.schema_count),
        ("Parameter Changes", file.parameter_count),
    ] {
        lines.push(format!("- **{name}:** {n}"));
    }
    lines.extend([
        String::new(),
        format!("**Has Breaking Changes:** {}", yes(file.has_breaking_changes)),
        format!("**Requires Review:** {}", yes(file.requires_review)),
        format!("**Exit Code:** {}", file.exit_code),
        String::new(),
    ]);
    if !file.drifts.is_empty() {
        lines.extend(["## Drifts".to_owned(), String::new()]);
    }
    for group in file.drifts.chunk_by(|a, b| a.kind == b.kind) {
        lines.push(format!("### {} ({})", group[0].kind.to_uppercase(), group.len()));
        lines.push(String::new());
        for item in group {
            let none = || "None".to_owned();
            let (method, path) =
                (item.method.clone().unwrap_or_else(none), item.path.clone().unwrap_or_else(none));
            lines.extend([
                format!("#### {}", plain(&item.title)),
                String::new(),
                format!("- **Severity:** {}", item.severity),
                endpoint(&format!("{method} {path}")),
                format!("- **Description:** {}", plain(&item.description)),
            ]);
            lines.extend(item.recommendation.map(|advice| format!("- **Recommendation:** {advice}")));
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

fn endpoint(request: &str) -> String {
    let shown = if is_plain(request) { format!("`{request}`") } else { code(request, LIMIT) };
    format!("- **Endpoint:** {shown}")
}

fn plain(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { code(text, LIMIT) }
}

/// Whether no character of a text means anything to a reader of Markdown.
fn is_plain(text: &str) -> bool {
    text.len() <= LIMIT
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " '.,:;/{}()=-→".contains(c) || c == '_')
}
