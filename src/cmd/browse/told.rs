//! What was noticed while a browser recorded in, what whoever uses the recording should know out. Addresses and words of
//! pages are quoted, without tokens.

use crate::capture::Profile;
use crate::capture::redact::values::Redactor;
use crate::io::browser::record::{Ended, Recorded};
use crate::model::phrase::Phrase;

/// Characters of an address or a sentence of a page.
const MOST: usize = 200;

/// Sentences about a recording, the gravest first.
pub fn notes(recorded: &Recorded, profile: Profile, declares: bool) -> Vec<Phrase> {
    let mut all = Vec::new();
    let mut redactor = Redactor::new(profile);
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
        let named =
            noted.streams.iter().map(|(kind, address)| format!("{kind} {}", plain(address, &mut redactor)));
        let named: Vec<String> = named.collect();
        let text = format!("{} connections that stay open are no tools: ", noted.all_streams);
        all.push(Phrase::say(text).and(Phrase::list(named)));
    }
    if declares {
        all.extend(declared(recorded, &mut redactor));
    }
    all
}

fn declared(recorded: &Recorded, redactor: &mut Redactor) -> Vec<Phrase> {
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
        // Addresses stand among the words.
        let words = why.split(' ').map(|word| match word.contains("://") {
            true => plain(word, redactor),
            false => redactor.text(word).unwrap_or_else(|| word.to_owned()),
        });
        let words: Vec<String> = words.collect();
        Phrase::say("not looked at for declarations: ").and_quote(cut(&words.join(" ")))
    }));
    all
}

/// An address as it is told: without its query and fragment, and without tokens in its path. Cut last: half a token is
/// none that is known.
fn plain(address: &str, redactor: &mut Redactor) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    cut(&redactor.address(address).unwrap_or_else(|| address.to_owned()))
}

fn cut(text: &str) -> String {
    text.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_of_an_address_is_told() {
        let mut redactor = Redactor::new(Profile::default());
        let jwt = format!(
            "{}.{}.{}",
            "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "c2lnbmF0dXJlLW9mLWl0"
        );
        for address in [
            "wss://h.example/reset/abcdefabcdef123456".to_owned(),
            format!("https://h.example/{}/{jwt}", "a".repeat(150)),
            format!("https://h.example/m.json?sig={jwt}"),
        ] {
            let told = plain(&address, &mut redactor);
            assert!(!told.contains("abcdefabcdef") && !told.contains("eyJ"), "{told}");
        }
    }
}
