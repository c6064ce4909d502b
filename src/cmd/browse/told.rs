//! What was noticed while a browser recorded in, what whoever uses the recording should know out. Addresses and words of
//! pages are quoted, without tokens.

use crate::capture::redact::values::Redactor;
use crate::io::browser::record::{Ended, Recorded};
use crate::model::phrase::Phrase;

/// Sentences about a recording, the gravest first.
pub fn notes(recorded: &Recorded, declares: bool) -> Vec<Phrase> {
    let mut all = Vec::new();
    let noted = &recorded.noted;
    let happened = &recorded.happened;
    let mut say = |n: u64, text: &str| {
        if n > 0 {
            all.push(Phrase::say(format!("{n} {text}")));
        }
    };
    say(noted.unread, "answers were not read to their end, and are known without their bodies");
    say(noted.large, "answers are larger than is read, and are known without their bodies");
    say(
        noted.unsent,
        "requests carried something that could not be had or is too large, and are known without it",
    );
    say(noted.long, "requests were left out: their addresses are too long");
    say(noted.repeated, "calls of pages were made by a service worker, and are told once");
    say(happened.closed, "windows were closed: there were too many at one time");
    say(happened.unwatched, "frames and workers were not watched: there were too many at one time");
    say(happened.dialogs, "dialogs were dismissed");
    say(happened.crashed, "pages ended by themselves");
    match recorded.ended {
        Ended::Time => {
            all.insert(0, Phrase::say("its time was up before the page was quiet: --duration gives it more"))
        }
        Ended::Full => all
            .insert(0, Phrase::say("there were more requests than are followed: what came last is missing")),
        Ended::Interrupted => {
            all.insert(0, Phrase::say("it was interrupted: what came before that is there"))
        }
        Ended::Quiet | Ended::Closed => {}
    }
    if let Some(why) = &recorded.broken {
        all.insert(0, Phrase::say("the browser was not heard to the end: ").and_quote(why.clone()));
    }
    if noted.is_full && recorded.ended != Ended::Full {
        all.insert(0, Phrase::say("there was more than is kept: some of it is missing"));
    }
    if recorded.is_unguarded {
        all.push(Phrase::say(
            "the browser ran without its sandbox, as it does for root only: record as another user",
        ));
    }
    if noted.all_streams > 0 {
        let mut redactor = Redactor::default();
        let named = noted.streams.iter().map(|(kind, address)| {
            let plain = redactor.text(address).unwrap_or_else(|| address.clone());
            format!("{kind} {plain}")
        });
        let named: Vec<String> = named.collect();
        let text = format!("{} connections that stay open are no tools: ", noted.all_streams);
        all.push(Phrase::say(text).and(Phrase::list(named)));
    }
    if declares {
        all.extend(declared(recorded));
    }
    all
}

fn declared(recorded: &Recorded) -> Vec<Phrase> {
    let declared = &recorded.declared;
    let mut all = Vec::new();
    if declared.is_empty() {
        all.push(Phrase::say("no page declared a tool to agents"));
    }
    if declared.unfit > 0 {
        let text = format!(
            "{} declarations to agents were left out: no name, too large, or too many",
            declared.unfit
        );
        all.push(Phrase::say(text));
    }
    if declared.differing > 0 {
        let text =
            format!("{} tools were declared twice and differently: the first one counts", declared.differing);
        all.push(Phrase::say(text));
    }
    for (origin, n) in &declared.elsewhere {
        let text = format!("{n} declarations were not taken in, since they are of another host: ");
        all.push(Phrase::say(text).and_quote(origin.clone()));
    }
    all.extend(recorded.unseen.iter().map(|why| {
        Phrase::say("not looked at for declarations: ").and_quote(why.chars().take(200).collect::<String>())
    }));
    all
}
