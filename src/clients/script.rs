//! The text of a shell script in; which of its commands run the gate, and what keeps each from stopping anything, out.
//! No shell is followed further than one level of quotes: what cannot be told counts as a hole.

use std::collections::BTreeSet;

/// A run of the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its line, from 0.
    pub line: usize,
    /// What keeps it from stopping a change, or makes it ask for less.
    pub holes: BTreeSet<String>,
}

/// A piece of a line: a word, or what stands between commands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Word(String),
    Operator(String),
}

/// Programs that only show, test or ignore what stands behind them.
const SHOWN: &[&str] =
    &["echo", "printf", "true", ":", "cat", "grep", "test", "[", "[[", "export", "alias", "which"];
const IGNORED: &str = "its exit code is ignored";
/// Options that let a run be judged by what whoever wrote the line chose.
const CHOSEN: &[&str] =
    &["--trust", "--trust-ref", "--head-ref", "--toolpack", "--lockfile", "--root", "--min-risk"];

/// The runs of the gate in a script.
pub fn runs(text: &str) -> Vec<Run> {
    let mut found = Vec::new();
    let mut all = BTreeSet::new();
    let pipefail = text.lines().map(pieces).any(|line| {
        let has = |word: &str| line.iter().any(|piece| piece.text() == word);
        line.first().is_some_and(|first| first.text() == "set") && has("pipefail") && !has("+o")
    });
    let mut lines = text.lines().enumerate();
    while let Some((number, first)) = lines.next() {
        let mut line = first.to_owned();
        // A line that goes on counts as one.
        while line.ends_with('\\') {
            line.pop();
            let Some((_, next)) = lines.next() else { break };
            line.push(' ');
            line.push_str(next);
        }
        let pieces = pieces(&line);
        of_line(&pieces, number, pipefail, &mut all, &mut found, true);
        if let Some(end) = here_text(&line) {
            for (_, text) in lines.by_ref() {
                if text.trim() == end {
                    break;
                }
            }
        }
    }
    for run in &mut found {
        run.holes.extend(all.iter().cloned());
    }
    found
}

/// The word that ends a text which begins behind this line, and is not run.
fn here_text(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("<<").filter(|(_, rest)| !rest.starts_with('<'))?;
    let rest = rest.trim_start_matches('-').trim_start();
    let word = rest.split([' ', ';', '|', '&', '>', ')']).next().unwrap_or_default();
    let word = word.trim_matches(['"', '\'']);
    (!word.is_empty()).then(|| word.to_owned())
}

fn of_line(
    pieces: &[Piece],
    line: usize,
    pipefail: bool,
    all: &mut BTreeSet<String>,
    found: &mut Vec<Run>,
    inner: bool,
) {
    let mut before: Option<(&[Piece], &str)> = None;
    let mut from = 0;
    while from <= pieces.len() {
        let is_operator = |piece: &Piece| matches!(piece, Piece::Operator(_));
        let to = pieces[from..].iter().position(is_operator).map_or(pieces.len(), |n| from + n);
        // Lists of hook runners put more behind a line.
        let plain = |piece: &'_ Piece| -> usize { piece.text().trim_end_matches([',', '}', ']']).len() };
        let words: Vec<&str> = pieces[from..to].iter().map(|p| &p.text()[..plain(p)]).collect();
        let (after, more) = (pieces.get(to).map_or("", Piece::text), to + 1 < pieces.len());
        of_script(&words, pieces.get(to), all);
        let first =
            words.iter().find(|w| !w.contains('=') || w.starts_with('-')).copied().unwrap_or_default();
        let mut runs: Vec<Run> = match gate(&words) {
            Some(holes) => vec![Run { line, holes }],
            // `bash -c "cask ci"`, `"run": "cask ci"`.
            None if inner && !SHOWN.contains(&first) => {
                let mut nested = Vec::new();
                for word in words.iter().filter(|w| w.contains(char::is_whitespace)) {
                    of_line(&self::pieces(word), line, pipefail, all, &mut nested, false);
                }
                nested
            }
            None => Vec::new(),
        };
        for run in &mut runs {
            let holes = &mut run.holes;
            match after {
                "||" | "&" => _ = holes.insert(IGNORED.to_owned()),
                "|" | "|&" if !pipefail => _ = holes.insert(IGNORED.to_owned()),
                ";" if more => _ = holes.insert(IGNORED.to_owned()),
                _ => {}
            }
            // Further on, `… && cask ci && x || true` lets all of it pass.
            let rest = pieces.get(to..).unwrap_or_default();
            if rest.iter().take_while(|p| p.text() != ";").any(|p| *p == Piece::Operator("||".into())) {
                holes.insert(IGNORED.to_owned());
            }
            if matches!(first, "if" | "while" | "until" | "!" | "elif") {
                holes.insert(IGNORED.to_owned());
            }
            let behind = match before {
                Some((_, "||")) => true,
                Some((was, "&&")) => {
                    was.first().is_some_and(|w| matches!(w.text(), "[" | "[[" | "test" | "false"))
                }
                _ => false,
            };
            if behind || matches!(first, "then" | "else") {
                holes.insert("it runs only where another command says so".to_owned());
            }
        }
        found.extend(runs);
        before = Some((&pieces[from..to], after));
        from = to + 1;
    }
}

/// What a command does to all of the script.
fn of_script(words: &[&str], next: Option<&Piece>, all: &mut BTreeSet<String>) {
    let options = || words.iter().skip(1);
    match words.first().copied() {
        Some("set")
            if options().any(|w| {
                w.starts_with('+') && w.contains('e') || *w == "errexit" && words.contains(&"+o")
            }) =>
        {
            all.insert(IGNORED.to_owned());
        }
        Some("trap" | "exit") => _ = all.insert("the script can end otherwise".to_owned()),
        Some("alias") if options().any(|w| w.starts_with("cask")) => {
            all.insert("another program stands for it".to_owned());
        }
        Some("cask" | "caskmcp") if words.len() == 1 && next == Some(&Piece::Operator("(".into())) => {
            all.insert("another program stands for it".to_owned());
        }
        Some("function") if options().any(|w| *w == "cask" || *w == "caskmcp") => {
            all.insert("another program stands for it".to_owned());
        }
        _ => {}
    }
}

/// Whether a command runs the gate, and what makes it ask for less than `cask ci` does.
fn gate(words: &[&str]) -> Option<BTreeSet<String>> {
    let at = words.iter().position(|word| {
        let program = word.rsplit(['/', '\\']).next().unwrap_or(word);
        matches!(program.trim_end_matches(".exe"), "cask" | "caskmcp" | "$CASK_BIN" | "${CASK_BIN}")
    })?;
    if words[..at].iter().any(|w| SHOWN.contains(w)) {
        return None;
    }
    let rest = &words[at + 1..];
    let mut asked = rest.iter().filter(|w| !w.starts_with('-'));
    let mut holes = BTreeSet::new();
    match (asked.next().copied()?, asked.next().copied()) {
        ("ci", _) | ("hook", Some("run")) => {}
        ("gate", Some("check")) => _ = holes.insert("it asks for approvals alone".to_owned()),
        ("diff", _) => _ = holes.insert("it compares and asks for no approval".to_owned()),
        ("lint", _) => _ = holes.insert("it compares nothing and asks for no approval".to_owned()),
        _ => return None,
    }
    for (n, word) in rest.iter().enumerate() {
        let (option, value) =
            word.split_once('=').map_or((*word, None), |(option, value)| (option, Some(value)));
        let value = value.or_else(|| rest.get(n + 1).copied()).unwrap_or_default();
        match option {
            "--fail-on" if matches!(value.to_ascii_lowercase().as_str(), "never" | "none") => {
                holes.insert(IGNORED.to_owned());
            }
            "-h" | "--help" | "-V" | "--version" => _ = holes.insert("it only shows its help".to_owned()),
            option if CHOSEN.contains(&option) => _ = holes.insert(format!("{option} {value}")),
            _ => {}
        }
    }
    Some(holes)
}

impl Piece {
    fn text(&self) -> &str {
        match self {
            Piece::Word(text) | Piece::Operator(text) => text,
        }
    }
}

/// A line as a shell cuts it: quotes hold words together, a sharp ends it.
fn pieces(line: &str) -> Vec<Piece> {
    let (mut out, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some('"') | None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => out.extend(word.take().map(Piece::Word)),
            // `2>&1` and `&>file` say where output goes.
            (None, '&')
                if chars.peek() == Some(&'>') || word.as_deref().is_some_and(|w| w.ends_with(['>', '<'])) =>
            {
                word.get_or_insert_default().push(c);
            }
            (None, ';' | '&' | '|' | '(' | ')') => {
                out.extend(word.take().map(Piece::Word));
                let twice =
                    matches!(c, '&' | '|') && chars.next_if(|next| *next == c || *next == '&').is_some();
                out.push(Piece::Operator(match (c, twice) {
                    ('&', true) => "&&".to_owned(),
                    ('|', true) => "||".to_owned(),
                    _ => c.to_string(),
                }));
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    out.extend(word.map(Piece::Word));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_counts_where_its_exit_code_does() {
        for text in [
            "cask ci",
            "cd x && ./target/cask ci --base-ref origin/main",
            "npx caskmcp ci # || true",
            "bash -c \"cask ci\"",
            "cask ci \\\n  --author me",
            "set -o pipefail\ncask ci | tee log",
            "cask ci > out.txt 2>&1",
            "run: cask hook run",
            "\"run\": \"cask hook run\",",
            "A=1 cask ci;",
        ] {
            let found = runs(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].holes.is_empty(), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_run_that_stops_nothing_or_asks_for_less_has_a_hole() {
        for text in [
            "cask ci || true",
            "cask ci \\\n || true",
            "cask ci | cat",
            "cask ci; true",
            "cask ci &",
            "cask ci && x || true",
            "if cask ci; then x; fi",
            "! cask ci",
            "test -n \"$X\" && cask ci",
            "true || cask ci",
            "cask ci --fail-on  never",
            "cask ci --fail-on=none",
            "cask ci --help",
            "cask ci --trust mine.yaml",
            "cask lint",
            "cask diff --from a --to b",
            "cask gate check",
            "set +e\ncask ci",
            "set +ex\ncask ci",
            "set +o errexit\ncask ci",
            "trap 'exit 0' EXIT\ncask ci",
            "exit 0\ncask ci",
            "cask() { true; }\ncask ci",
            "alias cask=true\ncask ci",
            "bash -c 'cask ci || true'",
        ] {
            let found = runs(text);
            assert!(found.last().is_some_and(|run| !run.holes.is_empty()), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_only_speaks_of_the_gate_does_not_run_it() {
        for text in [
            "echo cask ci",
            "echo \"; cask ci\"",
            "# cask ci",
            "cask gate status",
            "cask gate allow x",
            "cask hook install",
            "cask --version",
            "cat <<EOF\ncask ci\nEOF",
            "true cask ci",
        ] {
            assert_eq!(runs(text), [], "{text}");
        }
    }
}
