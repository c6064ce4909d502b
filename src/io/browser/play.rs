//! The steps of a script, done one after another in the first window of a browser. A step that can't be done ends the
//! recording: what would come after it is not what somebody meant.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::page;
use super::steer::{Steer, TICK};
use crate::capture::browser::script::{Act, Awaited, Filled, Locator, Step};
use crate::capture::browser::wire::text_of;
use crate::io::failure::Failure;

/// Finds an element, and does something to it.
const PLAY: &str = include_str!("play.js");
/// Goes to the end of a page, as far as it has one.
const TO_THE_END: &str = "() => { scrollTo(0, document.documentElement.scrollHeight); return 'done'; }";

/// A script whose variables are filled in.
pub struct Script {
    /// Its file, for messages.
    pub file: String,
    /// What is done, each with the value of its variable.
    pub steps: Vec<(Step, Option<String>)>,
}

/// Does all steps.
///
/// # Errors
/// The first that can't be done, with its line.
pub async fn play(steer: &Steer<'_>, script: &Script) -> Result<(), Failure> {
    for (at, (step, filled)) in script.steps.iter().enumerate() {
        let until = Instant::now() + step.timeout;
        one(steer, step, filled.as_deref(), until).await.map_err(|failure| {
            let called = step.name.iter().map(|name| format!(", {name:?}")).collect::<String>();
            let which = format!("step {} ({}{called}) can't be done", at + 1, step.act.word());
            let why = std::iter::once(failure.message).chain(failure.why);
            let told = Failure::new(format!("{}:{}", script.file, step.line), which);
            why.fold(told, Failure::why).hint("look at the page with --visible, and correct the step")
        })?;
    }
    Ok(())
}

async fn one(steer: &Steer<'_>, step: &Step, filled: Option<&str>, until: Instant) -> Result<(), Failure> {
    match &step.act {
        Act::Goto(url) => steer.goto(url, step.timeout).await,
        Act::Click(at) => {
            let point = found(steer, Some(at), "point", "", until).await?;
            click(steer, &point, step.timeout).await
        }
        Act::Fill(at, with) => {
            let text = match with {
                Filled::Text(text) => text.as_str(),
                Filled::Variable(_) => filled.unwrap_or_default(),
            };
            found(steer, Some(at), "fill", text, until).await.map(drop)
        }
        Act::Select(at, value) => found(steer, Some(at), "select", value, until).await.map(drop),
        Act::Submit(at) => found(steer, at.as_ref(), "submit", "", until).await.map(drop),
        Act::Scroll(Some(at)) => found(steer, Some(at), "scroll", "", until).await.map(drop),
        Act::Scroll(None) => {
            let (session, window) = steer.main()?;
            page::call(&steer.client, (&session, &window), TO_THE_END, &[]).await.map(drop)
        }
        Act::Wait(Awaited::Time(time)) => {
            sleep(*time).await;
            Ok(())
        }
        Act::Wait(Awaited::Quiet) => match steer.quiet(until).await {
            true => Ok(()),
            false => Err(late("something is on its way still")),
        },
        Act::Wait(Awaited::Element(at)) => found(steer, Some(at), "look", "", until).await.map(drop),
        Act::Wait(Awaited::Address(part)) => address(steer, part, step.timeout).await,
        Act::Extract(at) => found(steer, Some(at), "extract", "", until).await.map(drop),
    }
}

fn late(what: &str) -> Failure {
    Failure::new("", format!("{what} after the time that the step may take"))
}

/// Finds an element as soon as it is there, and does something to it.
async fn found(
    steer: &Steer<'_>,
    at: Option<&Locator>,
    act: &str,
    text: &str,
    until: Instant,
) -> Result<Value, Failure> {
    loop {
        let why = match at_once(steer, at, act, text).await? {
            Ok(Value::String(word)) if word == "done" => return Ok(Value::String(word)),
            Ok(Value::String(word)) => lacking(&word),
            Ok(answer) => return Ok(answer),
            // A page that goes away takes what ran in it along.
            Err(failure) => failure.message,
        };
        if Instant::now() >= until {
            return Err(Failure::new("", why));
        }
        sleep(TICK).await;
    }
}

/// Finds an element that is there now, and does something to it.
///
/// # Errors
/// There is no page any more; inside, the page did not answer.
pub(super) async fn at_once(
    steer: &Steer<'_>,
    at: Option<&Locator>,
    act: &str,
    text: &str,
) -> Result<Result<Value, Failure>, Failure> {
    let given = [
        at.map(|at| at.by.word()).into(),
        at.map(|at| at.value.as_str()).into(),
        at.and_then(|at| at.name.as_deref()).into(),
        act.into(),
        text.into(),
    ];
    let (session, window) = steer.main()?;
    Ok(page::call(&steer.client, (&session, &window), PLAY, &given).await)
}

/// What is lacking, by the word for it.
pub(super) fn lacking(word: &str) -> String {
    match word {
        "none" => "there is no such element".to_owned(),
        "hidden" => "the element can't be seen".to_owned(),
        other => format!("the element is {other}"),
    }
}

async fn click(steer: &Steer<'_>, point: &Value, most: Duration) -> Result<(), Failure> {
    let (session, _) = steer.main()?;
    for (kind, button, count) in
        [("mouseMoved", "none", 0), ("mousePressed", "left", 1), ("mouseReleased", "left", 1)]
    {
        let event = json!({
            "type": kind, "x": point.get("x"), "y": point.get("y"), "button": button, "clickCount": count,
        });
        let done = steer.client.call(Some(&session), "Input.dispatchMouseEvent", event);
        timeout(most, done).await.map_err(|_| late("the page takes no click"))??;
    }
    Ok(())
}

async fn address(steer: &Steer<'_>, part: &str, most: Duration) -> Result<(), Failure> {
    let until = Instant::now() + most;
    loop {
        let (session, _) = steer.main()?;
        let tree = steer.client.call(Some(&session), "Page.getFrameTree", json!({}));
        // A page that goes away answers nothing: it is not there yet.
        let left = until.saturating_duration_since(Instant::now());
        let tree = timeout(left, tree).await.ok().and_then(Result::ok).unwrap_or_default();
        let url =
            tree.get("frameTree").and_then(|tree| tree.get("frame")).and_then(|frame| text_of(frame, "url"));
        if url.is_some_and(|url| url.contains(part)) {
            steer.loaded(until.saturating_duration_since(Instant::now())).await;
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(late(&format!("the address has no {part:?} in it")));
        }
        sleep(TICK).await;
    }
}
