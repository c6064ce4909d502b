//! What browsers tell of their windows, without a browser: what is asked of them comes out at the other end.

use tokio::sync::mpsc::UnboundedReceiver;

use super::*;
use crate::capture::browser::wire::{Heard, heard};
use crate::capture::wanted::Wanted;

fn party() -> Party {
    Party::of(&Wanted::default(), "https://a.example/").unwrap()
}

/// Windows that are recorded, and the commands that they give.
fn windows(progress: &mut dyn FnMut(Seen)) -> (Windows<'_>, UnboundedReceiver<String>) {
    let (client, out) = Client::new();
    let how = How { limits: Limits::USUAL, dismisses: true, declares: Some(party()) };
    let mut windows = Windows::new(client, how, progress);
    windows.record(Journal::new(party(), Limits::USUAL));
    (windows, out)
}

fn say(windows: &mut Windows, session: Option<&str>, method: &str, params: Value) {
    windows.hear(Said::Event { session: session.map(str::to_owned), method: method.to_owned(), params });
}

fn attach(windows: &mut Windows, session: &str, target: &str) {
    let params = json!({"sessionId": session, "targetInfo": {"targetId": target, "type": "page"}});
    say(windows, None, "Target.attachedToTarget", params);
}

fn detach(windows: &mut Windows, session: &str) {
    say(windows, None, "Target.detachedFromTarget", json!({"sessionId": session}));
}

/// A call of a window, answered; and where `ends`, to its end: then its body is asked for.
fn call(windows: &mut Windows, session: &str, id: &str, ends: bool) {
    let request = json!({"url": "https://a.example/v1", "method": "GET", "headers": {}});
    let sent = json!({"requestId": id, "type": "Fetch", "request": request});
    say(windows, Some(session), "Network.requestWillBeSent", sent);
    let response = json!({"status": 200, "mimeType": "application/json"});
    let received = json!({"requestId": id, "type": "Fetch", "response": response});
    say(windows, Some(session), "Network.responseReceived", received);
    if ends {
        say(windows, Some(session), "Network.loadingFinished", json!({"requestId": id}));
    }
}

/// The sessions that were asked for a body, in their order.
fn asked(out: &mut UnboundedReceiver<String>) -> Vec<String> {
    let mut asked = Vec::new();
    while let Ok(command) = out.try_recv() {
        let Some(Heard::Event { session, method, .. }) = heard(&command.replacen("\"id\"", "\"n\"", 1))
        else {
            panic!("{command}");
        };
        asked.extend(session.filter(|_| method == "Network.getResponseBody"));
    }
    asked
}

fn unread(mut windows: Windows) -> u64 {
    windows.journal().unwrap().finish().1.unread
}

#[test]
fn nobody_waits_for_what_a_closed_window_was_asked_for() {
    let mut progress = |_: Seen| {};
    let (mut windows, mut out) = windows(&mut progress);
    attach(&mut windows, "S", "t");
    attach(&mut windows, "S2", "t");
    call(&mut windows, "S", "1", true);
    call(&mut windows, "S", "2", false);
    assert_eq!((asked(&mut out), windows.on_the_way()), (vec!["S".to_owned()], 2));
    // The second session of the window may have it still.
    detach(&mut windows, "S");
    assert_eq!((asked(&mut out), windows.on_the_way()), (vec!["S2".to_owned()], 1));
    assert!(!windows.is_open());
    detach(&mut windows, "S2");
    assert_eq!((asked(&mut out), windows.on_the_way()), (vec![], 0));
    assert_eq!(unread(windows), 2);
}

#[test]
fn a_second_session_that_is_gone_is_asked_for_nothing() {
    let mut progress = |_: Seen| {};
    let (mut windows, mut out) = windows(&mut progress);
    attach(&mut windows, "S", "t");
    attach(&mut windows, "S2", "t");
    detach(&mut windows, "S2");
    call(&mut windows, "S", "1", true);
    detach(&mut windows, "S");
    assert_eq!((asked(&mut out), windows.on_the_way()), (vec!["S".to_owned()], 0));
    assert_eq!(unread(windows), 1);
}

#[test]
fn a_page_that_ended_by_itself_is_waited_for_by_nobody() {
    let mut progress = |_: Seen| {};
    let (mut windows, _out) = windows(&mut progress);
    attach(&mut windows, "S", "t");
    call(&mut windows, "S", "1", true);
    call(&mut windows, "S", "2", false);
    say(&mut windows, Some("S"), "Inspector.targetCrashed", json!({}));
    assert_eq!((windows.on_the_way(), windows.happened.crashed), (0, 1));
    assert!(windows.is_open() && windows.pages().is_empty(), "it is there, and answers nothing");
    say(&mut windows, Some("S"), "Page.frameNavigated", json!({"frame": {"loaderId": "new"}}));
    assert_eq!(windows.pages().len(), 1, "another page was loaded in it");
    assert_eq!(unread(windows), 2);
}

#[test]
fn who_calls_a_window_that_is_closed_hears_so_at_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let mut progress = |_: Seen| {};
    let (mut windows, _out) = windows(&mut progress);
    attach(&mut windows, "S", "t");
    let client = windows.client.clone();
    let failure = runtime.block_on(async {
        let (answer, ()) = tokio::join!(biased; client.call(Some("S"), "Runtime.evaluate", json!({})), async {
            detach(&mut windows, "S");
        });
        answer.unwrap_err()
    });
    assert!(failure.message.contains("its window is gone"), "{failure}");
}

#[test]
fn a_declaration_of_whom_nobody_knows_is_counted() {
    let mut progress = |_: Seen| {};
    let (mut windows, _out) = windows(&mut progress);
    attach(&mut windows, "S", "t");
    let context = json!({"context": {"id": 1, "origin": "https://a.example"}});
    say(&mut windows, Some("S"), "Runtime.executionContextCreated", context);
    let payload = r#"{"op":"declare","tool":{"name":"buy"}}"#;
    for id in [1, 2] {
        let called = json!({"name": BINDING, "payload": payload, "executionContextId": id});
        say(&mut windows, Some("S"), "Runtime.bindingCalled", called);
    }
    assert_eq!((windows.declared.len(), windows.declared.unfit), (1, 1));
}
