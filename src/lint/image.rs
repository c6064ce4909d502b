//! What the file that an image is built by takes in beside the files that toolpack.yaml names: those are signed with the
//! surface, anything else is not.
//!
//! The format is that of Dockerfiles. What can't be understood counts as taken in: a variable, a pattern, a folder,
//! another image. Texts that stand in the file itself (here-documents) are signed with it; their lines are read like all
//! others, so that nothing hides behind what only looks like one.

use super::check::Check;
use crate::canon::Node;
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::model::toolpack::{BuildFile, Toolpack};
use crate::rules::pack as rule;

/// The check.
pub const CHECK: Check = Check { emits: &[rule::COPY_UNSIGNED], run };

/// Most findings of one file: the last says that there are more.
const MOST: usize = 20;
/// The program, which is handed in beside the file.
const PROGRAM: &str = "cask";

fn run(pack: &Toolpack) -> Vec<Finding> {
    let Some(BuildFile { path, text }) = &pack.build_file else { return Vec::new() };
    let header = &pack.header;
    let own = [&header.tools, &header.toolsets, &header.policy, &header.baseline];
    let is_signed = |taken: &str| {
        let taken = taken.strip_prefix("./").unwrap_or(taken);
        taken == PROGRAM || own.iter().any(|name| *name == taken) || pack.files.contains_key(taken)
    };
    let unsigned = |(_, taken): &(u32, String)| !is_signed(taken);
    let copies = instructions(text)
        .flat_map(|(line, words)| taken_by(&words).into_iter().map(move |taken| (line, taken)));
    let mut taken = ambiguous(text).into_iter().chain(copies);
    let mut out: Vec<Finding> = taken
        .by_ref()
        .filter(unsigned)
        .take(MOST)
        .map(|(line, taken)| {
            let place = Place { file: pack.path(path), line, pointer: String::new(), side: Side::Head };
            let name = path.rsplit('/').next().unwrap_or(path);
            Finding::new(rule::COPY_UNSIGNED, Subject::of(pack, SubjectKind::Surface, path, name), place)
                .values(None, Some(Node::text(&taken)))
                .says("image", Phrase::say("takes in ").and_quote(&taken))
                .here("toolpack.yaml does not name it".into())
        })
        .collect();
    if taken.any(|taken| unsigned(&taken))
        && let Some(last) = out.last_mut()
    {
        last.why.push(Phrase::say("there are more of them in this file"));
    }
    out
}

/// The instructions of a file as words, each with the number of the line on which it begins: lines that end with the
/// escape are joined, remarks and empty lines left out.
fn instructions(text: &str) -> impl Iterator<Item = (u32, Vec<String>)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let escape =
        if directives(text).any(|(key, value)| key == "escape" && value == "`") { '`' } else { '\\' };
    let mut lines = (1..).zip(text.lines());
    std::iter::from_fn(move || {
        let mut begun: Option<(u32, String)> = None;
        for (number, line) in lines.by_ref() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (line, goes_on) = match line.strip_suffix(escape) {
                Some(line) => (line, true),
                None => (line, false),
            };
            let (_, joined) = begun.get_or_insert_with(|| (number, String::new()));
            joined.push_str(line);
            if !goes_on {
                break;
            }
        }
        begun.map(|(number, joined)| (number, joined.split_whitespace().map(str::to_owned).collect()))
    })
}

/// What the first lines say of how the file is read: remarks of a key and a value, before anything else.
fn directives(text: &str) -> impl Iterator<Item = (String, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map_while(|line| {
        let (key, value) = line.trim().strip_prefix('#')?.split_once('=')?;
        let key = key.trim().to_ascii_lowercase();
        key.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| (key, value.trim()))
    })
}

/// What makes a file say another thing to another builder: a reader of its own, an escape before the end of a line that is
/// escaped itself, a remark in the middle of an instruction beside here-documents.
fn ambiguous(text: &str) -> Option<(u32, String)> {
    if let Some((_, value)) = directives(text).find(|(key, _)| key == "syntax") {
        return Some((1, format!("# syntax={value}")));
    }
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        let ends = ["\\\\", "``"].iter().any(|end| line.ends_with(end));
        if ends || goes_on && line.starts_with('#') && text.contains("<<") {
            return Some((number, line.to_owned()));
        }
        goes_on = line.ends_with(['\\', '`']) || goes_on && (line.is_empty() || line.starts_with('#'));
    }
    None
}

/// What an instruction takes in.
fn taken_by(mut words: &[String]) -> Vec<String> {
    // What an image does that is built on this one is done all the same.
    while let Some((_, rest)) = words.split_first().filter(|(word, _)| word.eq_ignore_ascii_case("onbuild")) {
        words = rest;
    }
    let Some((word, rest)) = words.split_first() else { return Vec::new() };
    match word.to_ascii_uppercase().as_str() {
        "COPY" | "ADD" => copied(rest),
        // A mount is read while the image is built, and what was read can stay.
        "RUN" => rest.iter().filter(|word| word.starts_with("--mount")).cloned().collect(),
        _ => Vec::new(),
    }
}

/// The sources of a copy: all but the last, which is where they go.
fn copied(words: &[String]) -> Vec<String> {
    let flags = words.iter().take_while(|word| word.starts_with("--")).count();
    let (flags, paths) = words.split_at(flags);
    if let Some(from) = flags.iter().find(|flag| flag.to_ascii_lowercase().starts_with("--from")) {
        return vec![from.clone()];
    }
    let joined = paths.join(" ");
    let mut paths: Vec<String> = match joined.starts_with('[') {
        // What is no list is a pattern to some builders.
        true => match serde_json::from_str(&joined) {
            Ok(list) => list,
            Err(_) => return vec![joined],
        },
        false => paths.to_vec(),
    };
    paths.pop();
    paths.retain(|path| !path.starts_with("<<"));
    paths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mint::container::dockerfile;
    use crate::model::testing_pack::PackText;

    fn told(text: &str) -> Vec<(u32, String)> {
        let mut pack = PackText::shop().build();
        pack.build_file = Some(BuildFile { path: "Dockerfile".into(), text: text.into() });
        let told = |f: &Finding| f.after.as_ref().and_then(Node::as_text).map(str::to_owned);
        let found = run(&pack);
        assert!(found.iter().all(|f| f.place.file == "packs/shop/Dockerfile"));
        found.iter().map(|f| (f.place.line, told(f).expect("what is taken in"))).collect()
    }

    #[test]
    fn what_toolpack_yaml_names_and_the_program_may_be_taken_in() {
        for quiet in [
            dockerfile(Some("1.2.3")).as_str(),
            "FROM scratch\nCOPY --chmod=0755 cask /cask\n",
            "FROM scratch\nCOPY ./artifact/tools.json artifact/policy.yaml /toolpack/\n",
            "FROM scratch\ncopy [\"artifact/tools.json\", \"/toolpack/\"]\n",
            "FROM scratch\n# COPY . .\nENV COPY=all\nRUN echo COPY . .\n",
            "FROM scratch\nCOPY <<END /run.sh\necho\nEND\n",
            "",
        ] {
            assert_eq!(told(quiet), [], "{quiet}");
        }
    }

    #[test]
    fn anything_else_is_told_with_its_line() {
        for (text, what) in [
            ("FROM scratch\nCOPY . .\n", (2, ".")),
            ("FROM scratch\n\n  cOpY --chown=1:1 secrets.env /etc/\n", (3, "secrets.env")),
            ("FROM scratch\nADD https://example.test/x /x\n", (2, "https://example.test/x")),
            ("FROM scratch\nCOPY \\\n# why\n  lib \\\n  /lib\n", (2, "lib")),
            ("# escape=`\nFROM scratch\nCOPY `\n lib /lib\n", (3, "lib")),
            ("FROM scratch\nCOPY [\"a b\", \"/\"]\n", (2, "a b")),
            ("FROM scratch\nCOPY --from=other/image /bin/sh /bin/sh\n", (2, "--from=other/image")),
            ("FROM scratch\nONBUILD COPY src /src\n", (2, "src")),
            (
                "FROM scratch\nRUN --mount=type=bind,source=.,target=/c cp -r /c /d\n",
                (2, "--mount=type=bind,source=.,target=/c"),
            ),
            ("FROM scratch\nCOPY artifact/*.json /\n", (2, "artifact/*.json")),
            ("FROM scratch\nCOPY artifact/../../.ssh /\n", (2, "artifact/../../.ssh")),
            ("FROM scratch\nCOPY $FILES /\n", (2, "$FILES")),
            ("FROM scratch\nENV A=b\\\\\nCOPY cask /x\n", (2, "ENV A=b\\\\")),
            ("# build\n# escape=`\nFROM scratch\nCOPY \\\n secret /x\n", (4, "secret")),
            ("\u{feff} # escape=`\nFROM scratch\nCOPY `\n secret /x\n", (3, "secret")),
            ("FROM scratch\nCOPY [s]ecret /x]\n", (2, "[s]ecret /x]")),
            (
                "FROM scratch\nCOPY [\"artifact/tools.json,artifact/policy.yaml\", \"/x\"]\n",
                (2, "artifact/tools.json,artifact/policy.yaml"),
            ),
            ("# syntax=evil/frontend\nFROM scratch\n", (1, "# syntax=evil/frontend")),
            ("FROM scratch\nRUN cat <<#END\necho \\\n#END\nCOPY cask /x\n", (4, "#END")),
            ("FROM scratch\nRUN echo <<END\nCOPY a /a\n", (3, "a")),
        ] {
            assert_eq!(told(text), [(what.0, what.1.to_owned())], "{text}");
        }
    }

    #[test]
    fn no_depth_of_a_file_is_too_deep() {
        assert_eq!(told(&format!("{}COPY a /a\n", "ONBUILD ".repeat(100_000))), [(1, "a".to_owned())]);
    }

    #[test]
    fn a_file_of_copies_alone_is_told_of_so_often_and_that_there_are_more() {
        let many = "COPY a /a\n".repeat(MOST + 5);
        assert_eq!(told(&many).len(), MOST);
        let mut pack = PackText::shop().build();
        pack.build_file = Some(BuildFile { path: "Dockerfile".into(), text: many });
        assert_eq!(run(&pack).last().map(|f| f.why.len()), Some(1));
    }
}
