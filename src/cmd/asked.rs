//! Which of the hosts that were recorded are the API: asked on the terminal where nobody said it.

use std::collections::BTreeMap;

use super::failed::Failed;
use crate::capture::wanted::Wanted;
use crate::io::tty::Terminal;
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, pad};

/// Hosts that are listed.
const MANY: usize = 20;
/// How often it is asked.
const TIMES: usize = 3;

/// Asks which hosts are wanted. `calls`: how many calls of programs went to each; `likely`: those that are taken if
/// nothing is typed. None where there is nothing to choose, or nobody to ask.
///
/// # Errors
/// The terminal is gone, or no answer is one.
pub fn hosts(calls: &BTreeMap<String, u64>, likely: &Wanted, paint: Paint) -> Result<Option<Wanted>, Failed> {
    if calls.len() < 2 {
        return Ok(None);
    }
    let Some(mut terminal) = Terminal::open() else { return Ok(None) };
    let gone = |e| {
        Failed::new("io", "the terminal", format!("nothing could be asked: {e}"))
            .hint("name the hosts: -a HOST")
    };
    let listed = listed(calls);
    terminal.show(&list(&listed, calls.len(), likely, paint)).map_err(gone)?;
    for _ in 0..TIMES {
        let answer =
            terminal.ask("Which are the API? Numbers or names, Enter for those with *: ").map_err(gone)?;
        match chosen(&answer, &listed) {
            Ok(None) => return Ok(Some(likely.clone())),
            Ok(Some(wanted)) => return Ok(Some(wanted)),
            Err(why) => terminal.show(&format!("{}\n", paint.text(&why, 200))).map_err(gone)?,
        }
    }
    Err(Failed::new("usage", "", "which hosts are the API is not known").hint("name the hosts: -a HOST"))
}

/// The hosts by number of calls, most first.
fn listed(calls: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut listed: Vec<(&str, u64)> = calls.iter().map(|(host, n)| (host.as_str(), *n)).collect();
    listed.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    listed.truncate(MANY);
    listed
}

fn list(listed: &[(&str, u64)], all: usize, likely: &Wanted, paint: Paint) -> String {
    let names: Vec<String> = listed.iter().map(|(host, _)| paint.text(host, 60)).collect();
    let wide = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    let mut out = String::from("Calls went to these hosts:\n");
    for (n, (name, (host, calls))) in names.iter().zip(listed).enumerate() {
        let mark = if likely.has("https", host) || likely.has("http", host) { "*" } else { " " };
        out += &format!("{mark} {:>2}  {}  {calls}\n", n + 1, pad(name, wide));
    }
    match all - listed.len() {
        0 => out,
        more => out + &format!("      and {more} more\n"),
    }
}

/// What an answer means; none: nothing was typed.
fn chosen(answer: &str, listed: &[(&str, u64)]) -> Result<Option<Wanted>, String> {
    let words: Vec<&str> = answer.split([',', ' ']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Ok(None);
    }
    let mut hosts = Vec::new();
    for word in words {
        match word.parse::<usize>() {
            Ok(n) => match n.checked_sub(1).and_then(|n| listed.get(n)) {
                Some((host, _)) => hosts.push(*host),
                None => return Err(format!("there is no host of the number {n}")),
            },
            Err(_) => hosts.push(word),
        }
    }
    Wanted::parse(hosts).map(Some).map_err(|(pattern, why)| format!("{pattern}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_numbers_names_or_nothing() {
        let calls = BTreeMap::from([("a.example", 2), ("b.example", 9), ("c.example", 2)]);
        let calls = calls.into_iter().map(|(host, n)| (host.to_owned(), n)).collect();
        let listed = listed(&calls);
        assert_eq!(listed, [("b.example", 9), ("a.example", 2), ("c.example", 2)]);
        let told = |answer: &str| chosen(answer, &listed).map(|wanted| wanted.map(|w| w.spelled()));
        assert_eq!(told("  "), Ok(None));
        assert_eq!(told("3,1"), Ok(Some(vec!["b.example".to_owned(), "c.example".to_owned()])));
        assert_eq!(told("2, *.x.example"), Ok(Some(vec!["a.example".to_owned(), "*.x.example".to_owned()])));
        assert_eq!(told("4"), Err("there is no host of the number 4".to_owned()));
        assert_eq!(told("0"), Err("there is no host of the number 0".to_owned()));
        assert!(told("*").is_err());
        let likely = Wanted::parse(["b.example"]).unwrap();
        let paint = Paint { color: false, unicode: true };
        assert_eq!(
            list(&listed[..2], 3, &likely, paint),
            "Calls went to these hosts:\n*  1  b.example  9\n   2  a.example  2\n      and 1 more\n"
        );
    }
}
