//! The file of a script in, its steps out (verify.md §4.1: a playbook of version 1.0).
//!
//! A script is data: it says what is done, and runs nothing. It goes to pages of the web only, and no value of a
//! variable that it names is ever shown.

use std::time::Duration;

use super::party::is_web;
pub use super::step::{Act, Awaited, By, Filled, Locator, Step};
use crate::canon::Fault;
use crate::model::at::At;
use crate::model::{bytes, limits};

/// Most steps of a script.
const STEPS: usize = 1_000;
/// Longest text in it, in bytes.
const TEXT: usize = 10_000;
/// How long a step may take where it does not say, and where it says the most.
const USUAL: Duration = Duration::from_secs(15);
const LONGEST: u64 = 300_000;
/// The version that is read.
const VERSION: &str = "1.0";

/// Reads a script. Addresses that begin with `/` are those of `start`.
///
/// # Errors
/// It is no script of this version, or has a step that can't be done; with its line.
pub fn read(file: &str, text: &[u8], start: &str) -> Result<Vec<Step>, Fault> {
    let node = bytes::described(file, text, limits::SMALL)?;
    let root = At::root(file, &node);
    steps(&root, start, Purpose::Recording).map_err(bytes::shown(text))
}

/// Reads a playbook that is to be played: the address at which it begins, and all its steps.
///
/// # Errors
/// As [`read`]; its first step leads to no page.
pub fn playbook(file: &str, text: &[u8]) -> Result<(String, Vec<Step>), Fault> {
    let node = bytes::described(file, text, limits::SMALL)?;
    let root = At::root(file, &node);
    // Before there is a page, no address is one of its own.
    let steps = steps(&root, "", Purpose::Looking).map_err(bytes::shown(text))?;
    match steps.first().map(|step| &step.act) {
        Some(Act::Goto(url)) => Ok((url.clone(), steps)),
        _ => Err(root
            .fault_at("steps", "nothing leads to the first page")
            .hint("begin with {type: goto, url: https://shop.example/start}")),
    }
}

/// What steps are done for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Calls are recorded, and nothing is taken out of pages.
    Recording,
    /// Pages are looked at too.
    Looking,
}

fn steps(root: &At, start: &str, purpose: Purpose) -> Result<Vec<Step>, Fault> {
    root.only(&["version", "name", "steps"])?;
    let version = root.required("version")?;
    if version.text().ok() != Some(VERSION) {
        let message = format!("the version of a script is {VERSION:?}, in quotation marks");
        return Err(version.fault(message).hint("begin it with version: \"1.0\""));
    }
    let listed = root.required("steps")?;
    let items = listed.items()?;
    if items.is_empty() || items.len() > STEPS {
        return Err(
            listed.fault(format!("a script has 1 to {STEPS} steps, and this one has {}", items.len()))
        );
    }
    let mut start = start.to_owned();
    let mut all = Vec::new();
    for item in &items {
        let step = step(item, &start, purpose)?;
        if let (true, Act::Goto(url)) = (start.is_empty(), &step.act) {
            start.clone_from(url);
        }
        all.push(step);
    }
    Ok(all)
}

fn step(at: &At, start: &str, purpose: Purpose) -> Result<Step, Fault> {
    const COMMON: [&str; 3] = ["type", "name", "timeout_ms"];
    let known = |own: &[&str]| at.only(&[&COMMON[..], own].concat());
    let kind = at.text_of("type")?.to_ascii_lowercase();
    let act = match kind.as_str() {
        "goto" => {
            known(&["url"])?;
            Act::Goto(address(&at.required("url")?, start)?)
        }
        "click" => {
            known(&["locator"])?;
            Act::Click(locator(&at.required("locator")?)?)
        }
        "fill" => {
            known(&["locator", "value", "value_from_env"])?;
            Act::Fill(locator(&at.required("locator")?)?, filled(at)?)
        }
        "select" => {
            known(&["locator", "value"])?;
            Act::Select(locator(&at.required("locator")?)?, short(&at.required("value")?)?.to_owned())
        }
        "submit" => {
            known(&["locator"])?;
            Act::Submit(at.optional("locator").map(|at| locator(&at)).transpose()?)
        }
        "scroll" => {
            known(&["locator"])?;
            Act::Scroll(at.optional("locator").map(|at| locator(&at)).transpose()?)
        }
        "wait" => {
            known(&["locator", "url", "ms"])?;
            Act::Wait(awaited(at)?)
        }
        "extract" if purpose == Purpose::Looking => {
            known(&["locator"])?;
            Act::Extract(locator(&at.required("locator")?)?)
        }
        "extract" => {
            return Err(at
                .fault_at("type", "a recording takes nothing out of a page")
                .hint("leave the step away: all answers are recorded"));
        }
        _ => {
            return Err(at
                .fault_at("type", format!("there is no step {kind:?}"))
                .hint("known are goto, click, fill, wait, select, submit, scroll"));
        }
    };
    let timeout = match at.opt_count("timeout_ms")? {
        None => USUAL,
        Some(ms) if (1..=LONGEST).contains(&ms) => Duration::from_millis(ms),
        Some(_) => return Err(at.fault_at("timeout_ms", format!("a step takes 1 to {LONGEST} ms"))),
    };
    let name = at.opt_text("name")?.map(|name| name.chars().take(80).collect());
    Ok(Step { act, line: at.node.line, name, timeout })
}

fn address(at: &At, start: &str) -> Result<String, Fault> {
    let text = short(at)?.trim();
    let full = match text.starts_with('/') && !text.starts_with("//") {
        true => format!("{}{text}", origin(start)),
        false => text.to_owned(),
    };
    match is_web(&full) {
        true => Ok(full),
        false => Err(at
            .fault("it is no address of a page: http:// or https://, or a path that begins with /")
            .hint("files and pages of the browser itself are not gone to")),
    }
}

/// Scheme, host and port of an address, as it is written.
fn origin(address: &str) -> &str {
    let host = address.find("://").map_or(0, |at| at + 3);
    let end = address[host..].find(['/', '?', '#']).map_or(address.len(), |at| host + at);
    &address[..end]
}

fn filled(at: &At) -> Result<Filled, Fault> {
    match (at.optional("value"), at.optional("value_from_env")) {
        (Some(value), None) => Ok(Filled::Text(short(&value)?.to_owned())),
        (None, Some(name)) => {
            let text = short(&name)?;
            let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            match plain {
                true => Ok(Filled::Variable(text.to_owned())),
                false => Err(name.fault("it names no variable")),
            }
        }
        _ => Err(at
            .fault("a field is filled with a value or with value_from_env, one of the two")
            .hint("a password belongs into a variable: value_from_env: SHOP_PASSWORD")),
    }
}

fn awaited(at: &At) -> Result<Awaited, Fault> {
    let told = ["locator", "url", "ms"].iter().filter(|key| at.optional(key).is_some()).count();
    if told > 1 {
        return Err(at.fault("one thing is waited for at a time: locator, url or ms"));
    }
    if let Some(element) = at.optional("locator") {
        return Ok(Awaited::Element(locator(&element)?));
    }
    if let Some(part) = at.optional("url") {
        return Ok(Awaited::Address(short(&part)?.to_owned()));
    }
    match at.opt_count("ms")? {
        None => Ok(Awaited::Quiet),
        Some(ms) if ms <= LONGEST => Ok(Awaited::Time(Duration::from_millis(ms))),
        Some(_) => Err(at.fault_at("ms", format!("at most {LONGEST} ms are waited"))),
    }
}

fn locator(at: &At) -> Result<Locator, Fault> {
    at.only(&["by", "value", "name"])?;
    let by = at.required("by")?.word(&By::ALL)?;
    let value = short(&at.required("value")?)?.to_owned();
    let name = at.opt_text("name")?.map(str::to_owned);
    if name.is_some() && by != By::Role {
        return Err(at.fault_at("name", "only an element that is found by its role has a name beside it"));
    }
    Ok(Locator { by, value, name })
}

fn short<'a>(at: &At<'a>) -> Result<&'a str, Fault> {
    let text = at.text()?;
    match text.len() > TEXT {
        true => Err(at.fault(format!("a text of more than {TEXT} bytes"))),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "https://shop.example/start?x";

    fn of(steps: &str) -> Result<Vec<Step>, Fault> {
        read("script.yaml", format!("version: \"1.0\"\nsteps:\n{steps}").as_bytes(), START)
    }

    #[test]
    fn every_kind_of_step_is_read() {
        let steps = of("- type: goto\n  url: /login\n\
             - {type: FILL, locator: {by: label, value: E-mail}, value: a@b.example}\n\
             - {type: fill, locator: {by: css, value: '#p'}, value_from_env: SHOP_PASSWORD}\n\
             - {type: click, locator: {by: role, value: button, name: Log in}, timeout_ms: 100}\n\
             - {type: select, locator: {by: css, value: select}, value: two}\n\
             - {type: submit}\n- {type: scroll}\n- {type: wait, ms: 5}\n- {type: wait}\n\
             - {type: wait, url: /home, name: at home}\n")
        .unwrap();
        assert_eq!(steps[0].act, Act::Goto("https://shop.example/login".to_owned()));
        assert_eq!((steps[0].line, steps[9].name.as_deref()), (3, Some("at home")));
        let Act::Fill(_, Filled::Variable(name)) = &steps[2].act else { panic!("{steps:?}") };
        assert_eq!(name, "SHOP_PASSWORD");
        assert_eq!(steps[3].timeout, Duration::from_millis(100));
        assert_eq!(steps[7].act, Act::Wait(Awaited::Time(Duration::from_millis(5))));
        assert_eq!(steps[8].act, Act::Wait(Awaited::Quiet));
    }

    #[test]
    fn a_playbook_begins_at_a_page_of_its_own() {
        let of = |steps: &str| playbook("p.yaml", format!("version: \"1.0\"\nsteps:\n{steps}").as_bytes());
        let (start, steps) = of("- {type: goto, url: 'https://shop.example/a'}\n- {type: goto, url: /b}\n\
             - {type: extract, locator: {by: css, value: h1}}\n")
        .unwrap();
        assert_eq!((start.as_str(), steps.len()), ("https://shop.example/a", 3));
        assert_eq!(steps[1].act, Act::Goto("https://shop.example/b".to_owned()));
        for (steps, says) in [
            (
                "- {type: scroll}\n- {type: goto, url: 'https://a.example/'}",
                "nothing leads to the first page",
            ),
            ("- {type: goto, url: /b}", "no address of a page"),
            ("- {type: goto, url: 'https://a.example/'}\n- {type: extract}", "locator"),
            ("- {type: goto, url: 'file:///etc/passwd'}", "no address of a page"),
        ] {
            let fault = of(steps).unwrap_err();
            assert!(fault.message.contains(says), "{steps}: {fault}");
        }
    }

    #[test]
    fn what_can_t_be_done_is_refused_with_its_line() {
        for (steps, line) in [
            ("- {type: goto, url: 'file:///etc/passwd'}", 3),
            ("- {type: goto, url: 'chrome://settings'}", 3),
            ("- {type: goto, url: 'javascript:alert(1)'}", 3),
            ("- {type: goto, url: '//evil.test/'}", 3),
            ("- {type: scroll}\n- {type: dance}", 4),
            ("- {type: extract}", 3),
            ("- {type: click}", 3),
            ("- {type: click, locator: {by: id, value: x}}", 3),
            ("- {type: click, locator: {by: css, value: x, name: y}}", 3),
            ("- {type: fill, locator: {by: css, value: x}}", 3),
            ("- {type: fill, locator: {by: css, value: x}, value: a, value_from_env: B}", 3),
            ("- {type: fill, locator: {by: css, value: x}, value_from_env: 'A=B'}", 3),
            ("- {type: wait, ms: 1, url: x}", 3),
            ("- {type: wait, ms: 999999999}", 3),
            ("- {type: scroll, timeout_ms: 0}", 3),
            ("- {type: scroll, script: 'alert(1)'}", 3),
        ] {
            let fault = of(steps).unwrap_err();
            assert_eq!((fault.file.as_str(), fault.line), ("script.yaml", line), "{steps}: {fault}");
        }
        for text in [
            "",
            "[]",
            "steps: []",
            "version: \"2.0\"\nsteps: [{type: scroll}]",
            "version: \"1.0\"\nsteps: []",
        ] {
            assert!(read("script.yaml", text.as_bytes(), START).is_err(), "{text}");
        }
    }
}
