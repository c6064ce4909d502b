//! docs/formats.md: per kind of file what it is, how large it may be, and its members, all from the row of
//! `cask schema` and the schema itself.

use serde_json::Value;

use crate::canon::limits::Limits;
use crate::cmd::deliver::FILES;
use crate::cmd::schema_kinds::{KINDS, Kind};
use crate::report::formats::FORMATS;

/// The page.
pub fn formats() -> String {
    let limits = Limits::new(0);
    let mut out = format!(
        "# File formats\n\nMade from the types that read them; `BLESS=1 cargo test --test house cli::` writes it anew. \
         `cask schema KIND` prints\nthe JSON Schema (2020-12), kept under docs/schemas.\n\nFor all files: UTF-8 \
         without BOM; no key twice; at most {} levels and {} values; a text of at most\n{} bytes. Over a limit, or \
         with a member, type or word that the file does not know, nothing is judged (exit 3).\nFiles of version \
         1.0 are read and never written; `cask migrate` makes version 2.0 of them.\nUnknown members: refused in \
         trust.yaml, gate.yaml and the lockfile; in toolpack.yaml, toolsets.yaml and\npolicy.yaml taken if their \
         name begins with `x-`; elsewhere kept and signed.\n\n| file | version | most bytes | schema |\n\
         | --- | --- | --- | --- |\n",
        limits.depth, limits.nodes, limits.text
    );
    for kind in KINDS {
        let limit = kind.limit.map_or("–".to_owned(), |bytes| format!("{} MiB", bytes >> 20));
        let path = kind.path();
        out += &format!(
            "| [{}](#{}) | {} | {limit} | [{path}](schemas/{path}) |\n",
            kind.file, kind.name, kind.version
        );
    }
    for kind in KINDS {
        out += &page(kind);
    }
    out += &reports();
    out
}

/// The faces of a report.
fn reports() -> String {
    let mut out =
        "\n## Report formats\n\nWhat `--format` of the commands that judge takes. With `--output FOLDER` \
                   and no format, all of\n"
            .to_owned();
    let names: Vec<String> = FILES.iter().map(|(name, format)| format!("{name} ({format})")).collect();
    out += &format!("{} are written there.\n\n| format | what it is |\n| --- | --- |\n", names.join(", "));
    for format in FORMATS {
        out += &format!("| {} | {} |\n", format.id, format.about);
    }
    out
}

fn page(kind: &Kind) -> String {
    let schema = kind.schema();
    let mut out = format!("\n## {}\n\n{}\n{}", kind.name, kind.intro, members(&schema));
    for (name, part) in schema["$defs"].as_object().into_iter().flatten() {
        let about = part["description"].as_str().unwrap_or_default();
        out += &format!("\n### {}.{name}\n\n{}\n", kind.name, about.replace('\n', " "));
        out += &words(part);
        out += &members(part);
    }
    out
}

/// The members of an object as a table.
fn members(schema: &Value) -> String {
    let Some(properties) = schema["properties"].as_object() else { return String::new() };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut out = "\n| member | | type | what |\n| --- | --- | --- | --- |\n".to_owned();
    for (name, member) in properties {
        let must = if required.contains(&name.as_str()) { "required" } else { "" };
        let about = member["description"].as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|");
        out += &format!("| {name} | {must} | {} | {about} |\n", kind_of(member).replace('|', "\\|"));
    }
    out
}

/// The words of a closed list, with what each means.
fn words(schema: &Value) -> String {
    let one = |word: &Value, about: &str| format!("- `{}` {about}\n", word.as_str().unwrap_or_default());
    let mut out = String::new();
    for case in schema["oneOf"].as_array().into_iter().flatten() {
        let about = case["description"].as_str().unwrap_or_default();
        match case["enum"].as_array() {
            Some(words) => out.extend(words.iter().map(|word| one(word, about))),
            None => out += &one(&case["const"], about),
        }
    }
    out.extend(schema["enum"].as_array().into_iter().flatten().map(|word| one(word, "")));
    if out.is_empty() { out } else { format!("\n{out}") }
}

/// The type of a member in a few words.
fn kind_of(schema: &Value) -> String {
    if let Some(word) = schema.get("const") {
        return format!("`{word}`");
    }
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    if let Some(cases) = schema["anyOf"].as_array() {
        return cases.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    let one = |word: &str| match word {
        "array" => format!("list of {}", kind_of(&schema["items"])),
        "object" => match schema.get("additionalProperties") {
            Some(values) if values.is_object() => format!("map of {}", kind_of(values)),
            _ => "map".to_owned(),
        },
        "string" if schema["format"] == "date-time" => "time".to_owned(),
        "string" => "text".to_owned(),
        word => word.to_owned(),
    };
    match &schema["type"] {
        Value::String(word) => one(word),
        Value::Array(words) => {
            words.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or ")
        }
        _ => "any value".to_owned(),
    }
}
