//! What a page should show in, whether it does out: looked at again and again until it does, or its time is up. The text
//! of the page goes to whoever judges it, and nowhere else.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::play::{at_once, lacking};
use super::steer::{Steer, TICK};
use crate::capture::browser::script::Locator;
use crate::io::failure::Failure;

/// Something that a page should show.
pub struct Sight {
    /// What it is called, for messages.
    pub name: String,
    /// Where.
    pub locator: Locator,
    /// How long is waited for it.
    pub window: Duration,
    /// Whether the text of an element is it.
    pub is_it: Box<dyn Fn(&str) -> bool>,
}

/// What a look at one came to: it is there, or what is instead, in words of ours.
pub type Sighted = Result<(), String>;

/// Looks at the page for all of them.
///
/// # Errors
/// The page is gone, or did not answer when its time was up.
pub async fn look(steer: &Steer<'_>, sights: &[Sight]) -> Result<Vec<Sighted>, Failure> {
    let began = Instant::now();
    let mut all: Vec<Option<Sighted>> = sights.iter().map(|_| None).collect();
    while all.iter().any(Option::is_none) {
        for (sight, came) in sights.iter().zip(&mut all).filter(|(_, came)| came.is_none()) {
            let why = match at_once(steer, Some(&sight.locator), "read", "").await? {
                Ok(Value::Array(texts)) => {
                    if texts.iter().filter_map(Value::as_str).any(|text| (sight.is_it)(text)) {
                        *came = Some(Ok(()));
                        continue;
                    }
                    Ok("it shows something else".to_owned())
                }
                // These words are ours; any other is the page's, and no look.
                Ok(Value::String(word)) if ["none", "hidden"].contains(&word.as_str()) => Ok(lacking(&word)),
                Ok(_) => Err(Failure::new("the page", "it answered with what is no text")),
                Err(failure) => Err(failure),
            };
            if began.elapsed() >= sight.window {
                let told = |failure: Failure| {
                    Failure::new("the page", format!("nobody could look whether it shows {:?}", sight.name))
                        .why(failure.message)
                };
                *came = Some(Err(why.map_err(told)?));
            }
        }
        sleep(TICK).await;
    }
    Ok(all.into_iter().flatten().collect())
}
