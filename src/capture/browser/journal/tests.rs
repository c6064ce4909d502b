//! Streams of events as browsers send them, and as hostile ones might.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::capture::wanted::Wanted;

fn journal(limits: Limits) -> Journal {
    Journal::new(Party::of(&Wanted::default(), "https://a.example/").unwrap(), limits)
}

fn sent(id: &str, url: &str) -> Value {
    json!({"requestId": id, "type": "Fetch", "wallTime": 1.0, "timestamp": 1.0,
        "request": {"url": url, "method": "GET", "headers": {"shown": "page"}}})
}

fn received(id: &str, extra: bool) -> Value {
    json!({"requestId": id, "type": "Fetch", "hasExtraInfo": extra,
        "response": {"status": 200, "mimeType": "application/json", "headers": {"shown": "page"}}})
}

fn extra(id: &str, name: &str) -> Value {
    json!({"requestId": id, "headers": {name: "wire"}})
}

fn told(journal: Journal) -> (Vec<Value>, Noted) {
    let (entries, noted) = journal.finish();
    (entries.iter().map(|entry| serde_json::from_slice(entry).unwrap()).collect(), noted)
}

fn names(headers: &Value) -> Vec<&str> {
    headers.as_array().unwrap().iter().map(|pair| pair["name"].as_str().unwrap()).collect()
}

#[test]
fn a_request_is_told_once_all_of_it_is_there_whatever_comes_first() {
    for early in [true, false] {
        let mut journal = journal(Limits::USUAL);
        let say = |journal: &mut Journal, method: &str, params: &Value| {
            journal.event(Some("S"), &format!("Network.{method}"), params)
        };
        let more = |journal: &mut Journal| {
            say(journal, "requestWillBeSentExtraInfo", &extra("1", "cookie"));
            say(journal, "responseReceivedExtraInfo", &extra("1", "set-cookie"));
        };
        if early {
            more(&mut journal);
        }
        say(&mut journal, "requestWillBeSent", &sent("1", "https://a.example/v1"));
        assert_eq!(journal.on_the_way(), 1);
        say(&mut journal, "responseReceived", &received("1", true));
        say(&mut journal, "dataReceived", &json!({"requestId": "1", "dataLength": 8}));
        let asks = say(&mut journal, "loadingFinished", &json!({"requestId": "1", "timestamp": 2.0}));
        assert_eq!(asks.len(), 1);
        assert_eq!((asks[0].what, asks[0].session.as_deref()), (Part::Answered, Some("S")));
        journal.answer(&asks[0], Ok(json!({"body": "{\"a\":1}", "base64Encoded": false})));
        assert_eq!(journal.on_the_way(), 0);
        assert_eq!(journal.entries.len(), usize::from(early));
        if !early {
            more(&mut journal);
            assert_eq!(journal.entries.len(), 1);
        }
        let (entries, noted) = told(journal);
        assert_eq!(names(&entries[0]["request"]["headers"]), ["cookie"]);
        assert_eq!(names(&entries[0]["response"]["headers"]), ["set-cookie"]);
        assert_eq!(entries[0]["response"]["content"]["text"], "{\"a\":1}");
        assert_eq!(entries[0]["time"], 1000.0);
        assert_eq!(noted, Noted::default());
    }
}

#[test]
fn hops_of_a_redirect_are_requests_of_their_own_with_headers_of_their_own() {
    let mut journal = journal(Limits::USUAL);
    journal.event(None, "Network.requestWillBeSentExtraInfo", &extra("1", "first"));
    journal.event(None, "Network.requestWillBeSent", &sent("1", "https://a.example/old"));
    journal.event(None, "Network.responseReceivedExtraInfo", &extra("1", "location"));
    let mut next = sent("1", "https://a.example/new");
    next["redirectResponse"] = json!({"status": 302, "headers": {"location": "/new"}});
    next["redirectHasExtraInfo"] = true.into();
    journal.event(None, "Network.requestWillBeSent", &next);
    journal.event(None, "Network.responseReceived", &received("1", false));
    let ask = journal.event(None, "Network.loadingFinished", &json!({"requestId": "1", "timestamp": 3.0}));
    journal.answer(&ask[0], Err("gone".to_owned()));
    let (entries, noted) = told(journal);
    let urls: Vec<&str> = entries.iter().map(|entry| entry["request"]["url"].as_str().unwrap()).collect();
    assert_eq!(urls, ["https://a.example/old", "https://a.example/new"]);
    assert_eq!(entries[0]["response"]["status"], 302);
    assert_eq!(names(&entries[0]["request"]["headers"]), ["first"]);
    assert_eq!(names(&entries[1]["request"]["headers"]), ["shown"]);
    assert_eq!(noted.unread, 1, "what the browser let go of is counted");
}

#[test]
fn of_other_hosts_nothing_is_asked_for() {
    let mut journal = journal(Limits::USUAL);
    journal.event(None, "Network.requestWillBeSent", &sent("1", "https://ads.example/t?who=me"));
    journal.event(None, "Network.responseReceived", &received("1", false));
    assert!(journal.event(None, "Network.loadingFinished", &json!({"requestId": "1"})).is_empty());
    journal.event(None, "Network.requestWillBeSent", &sent("2", "data:text/plain,x"));
    let (entries, _) = told(journal);
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["request"]["url"], "https://ads.example/");
}

#[test]
fn streams_are_named_and_nobody_waits_for_them() {
    let mut journal = journal(Limits::USUAL);
    let socket = json!({"requestId": "1", "url": "wss://a.example/live?ticket=9"});
    journal.event(None, "Network.webSocketCreated", &socket);
    journal.event(None, "Network.requestWillBeSent", &sent("2", "https://a.example/events"));
    let mut stream = received("2", false);
    stream["response"]["mimeType"] = "text/event-stream".into();
    journal.event(None, "Network.responseReceived", &stream);
    assert_eq!(journal.on_the_way(), 0);
    let (entries, noted) = told(journal);
    assert_eq!((entries.len(), noted.all_streams, noted.unread), (2, 2, 0));
    let named: Vec<&str> = noted.streams.iter().map(|(_, address)| address.as_str()).collect();
    assert_eq!(named, ["https://a.example/events", "wss://a.example/live"]);
}

#[test]
fn what_a_service_worker_asks_for_in_a_page_s_place_is_told_once() {
    let mut journal = journal(Limits::USUAL);
    journal.worker("W");
    let call = |journal: &mut Journal, session: &str, id: &str, url: &str, by_worker: bool| {
        journal.event(Some(session), "Network.requestWillBeSent", &sent(id, url));
        let mut answer = received(id, false);
        answer["response"]["fromServiceWorker"] = by_worker.into();
        journal.event(Some(session), "Network.responseReceived", &answer);
        for ask in journal.event(Some(session), "Network.loadingFinished", &json!({"requestId": id})) {
            let body = json!({"body": "{}"});
            journal.answer(&ask, if session == "W" { Err("it was handed on".to_owned()) } else { Ok(body) });
        }
    };
    call(&mut journal, "S", "1", "https://a.example/v1", true);
    call(&mut journal, "W", "2", "https://a.example/v1", false);
    call(&mut journal, "S", "3", "https://a.example/kept", true);
    let (entries, noted) = told(journal);
    assert_eq!((entries.len(), noted.repeated, noted.unread), (2, 1, 0), "the page's body is there");
    for entry in entries {
        assert_eq!(entry["response"]["content"]["text"], "{}", "the page got the body");
    }
}

#[test]
fn nobody_waits_for_what_was_for_a_page_that_is_left() {
    let mut journal = journal(Limits::USUAL);
    for (id, loader) in [("1", "old"), ("2", "new")] {
        let mut params = sent(id, &format!("https://a.example/{id}"));
        params["loaderId"] = loader.into();
        journal.event(Some("S"), "Network.requestWillBeSent", &params);
    }
    journal.navigated("other", "new");
    assert_eq!(journal.on_the_way(), 2);
    journal.navigated("S", "new");
    assert_eq!(journal.on_the_way(), 1);
    assert_eq!(told(journal).0.len(), 2, "what came of it is told nevertheless");
}

/// A request that was answered, of which the end has not come.
fn begun(journal: &mut Journal, session: &str, id: &str, url: &str) {
    journal.event(Some(session), "Network.requestWillBeSent", &sent(id, url));
    journal.event(Some(session), "Network.responseReceived", &received(id, false));
}

#[test]
fn nobody_waits_for_a_window_that_is_gone_and_what_is_missing_is_counted() {
    let mut journal = journal(Limits::USUAL);
    begun(&mut journal, "S", "1", "https://a.example/1");
    begun(&mut journal, "S", "2", "https://ads.example/2");
    begun(&mut journal, "T", "3", "https://a.example/3");
    journal.gone("S");
    assert_eq!(journal.on_the_way(), 1, "of the other window");
    journal.gone("S");
    journal.gone("T");
    assert_eq!(journal.on_the_way(), 0);
    let (entries, noted) = told(journal);
    assert_eq!((entries.len(), noted.unread), (3, 2), "of other hosts no body is missed");
}

#[test]
fn a_body_that_was_asked_for_and_never_came_is_counted() {
    let mut journal = journal(Limits::USUAL);
    begun(&mut journal, "S", "1", "https://a.example/1");
    let asks = journal.event(Some("S"), "Network.loadingFinished", &json!({"requestId": "1"}));
    assert_eq!((asks.len(), journal.on_the_way()), (1, 1));
    begun(&mut journal, "S", "2", "https://ads.example/2");
    let (entries, noted) = told(journal);
    assert_eq!((entries.len(), noted.unread), (2, 1));
}

#[test]
fn what_was_sent_and_is_not_known_is_counted() {
    let post = |id: &str, url: &str| {
        let mut params = sent(id, url);
        params["request"]["hasPostData"] = true.into();
        params
    };
    for (answers, unsent) in [
        (vec![Err("let go of"), Err("let go of")], 1),
        (vec![Err("read still"), Ok(json!({"postData": "a=1"}))], 0),
        (vec![Ok(json!({"postData": "a=1"}))], 0),
        (vec![Ok(json!({"postData": "much too long"}))], 1),
        (vec![], 1),
    ] {
        let mut journal = journal(Limits { body: 4, ..Limits::USUAL });
        let mut asks = journal.event(None, "Network.requestWillBeSent", &post("1", "https://a.example/"));
        journal.event(None, "Network.requestWillBeSent", &post("2", "https://ads.example/"));
        let mut end = Some(json!({"requestId": "1"}));
        for answer in answers {
            let ask = asks.pop().unwrap();
            assert_eq!(ask.what, Part::Sent);
            journal.answer(&ask, answer.clone().map_err(str::to_owned));
            let more = end.take().map(|end| journal.event(None, "Network.loadingFinished", &end));
            asks.extend(more.into_iter().flatten());
        }
        assert_eq!(told(journal).1.unsent, unsent);
    }
    let mut left = journal(Limits::USUAL);
    left.event(Some("S"), "Network.requestWillBeSent", &post("1", "https://a.example/"));
    assert_eq!(left.navigated("S", "new").len(), 1, "it is asked for once more");
}

#[test]
fn what_is_open_is_bounded_as_what_is_told_is() {
    let long = "v".repeat(1_000);
    let mut journal = journal(Limits { entries: 20_000, ..Limits::USUAL });
    for n in 0..1_000 {
        let id = (n % 3).to_string();
        journal.event(None, "Network.requestWillBeSentExtraInfo", &extra(&id, &long));
        let url = format!("https://a.example/{n}?{long}");
        journal.event(None, "Network.requestWillBeSent", &sent(&id, &url));
        journal.event(
            None,
            "Network.responseReceived",
            &json!({"requestId": id,
            "response": {"status": 200, "headers": {"a": long}}}),
        );
    }
    assert!(journal.is_full() && journal.held.bytes <= 20_000, "{}", journal.held.bytes);
    let held: usize = journal.open.values().map(|chain| chain.weight).sum();
    assert_eq!(journal.held.bytes, held);
    let (entries, noted) = told(journal);
    assert!(noted.is_full && entries.iter().map(|entry| entry.to_string().len()).sum::<usize>() <= 20_000);
}

#[test]
fn bytes_of_a_request_are_let_go_of_when_it_is_told() {
    let mut journal = journal(Limits::USUAL);
    begun(&mut journal, "S", "1", "https://a.example/1");
    for ask in journal.event(Some("S"), "Network.loadingFinished", &json!({"requestId": "1"})) {
        journal.answer(&ask, Ok(json!({"body": "x".repeat(5_000)})));
    }
    assert_eq!(journal.held.bytes, journal.entries[0].len());
}

#[test]
fn an_address_that_nobody_reads_is_counted() {
    let mut journal = journal(Limits::USUAL);
    let long = "x".repeat(url::LONGEST);
    for url in ["https://a.example/", "https://ads.example/?", "data:text/plain,", "https://a.example?"] {
        journal.event(None, "Network.requestWillBeSent", &sent(url, &format!("{url}{long}")));
    }
    assert_eq!(told(journal).1.long, 2);
}

#[test]
fn pages_without_an_end_come_to_one() {
    let mut journal = journal(Limits { requests: 3, body: 4, entries: 10_000, ..Limits::USUAL });
    for n in 0..100 {
        let id = n.to_string();
        journal.event(None, "Network.requestWillBeSentExtraInfo", &extra(&format!("x{n}"), "a"));
        journal.event(None, "Network.requestWillBeSent", &sent(&id, &format!("https://a.example/{n}")));
        journal.event(None, "Network.responseReceived", &received(&id, false));
        journal.event(None, "Network.dataReceived", &json!({"requestId": id, "dataLength": 5}));
        let asks = journal.event(None, "Network.loadingFinished", &json!({"requestId": id}));
        assert!(asks.is_empty(), "over the bound of a body");
    }
    assert!(journal.is_full() && journal.open.len() <= 5);
    let (entries, noted) = told(journal);
    assert!(entries.len() <= 3 && noted.is_full);
    assert!(noted.large > 0);
}

#[test]
fn nonsense_changes_nothing() {
    let mut journal = journal(Limits::USUAL);
    let kinds = [
        "requestWillBeSent",
        "requestWillBeSentExtraInfo",
        "responseReceived",
        "responseReceivedExtraInfo",
        "dataReceived",
        "loadingFinished",
        "loadingFailed",
        "webSocketCreated",
    ];
    let nonsense = [
        json!(null),
        json!({}),
        json!({"requestId": 1}),
        json!({"requestId": "1", "request": [], "response": 1, "url": "x", "headers": [1]}),
        json!({"requestId": "1", "redirectResponse": {}, "request": {"url": "https://a.example/"}}),
    ];
    for kind in kinds.iter().chain(kinds.iter().rev()) {
        for params in &nonsense {
            journal.event(None, &format!("Network.{kind}"), params);
        }
    }
    let (entries, noted) = told(journal);
    assert!(entries.len() <= 2 && !noted.is_full, "{entries:?}");
}

/// One of the events that browsers send, about one of a few requests.
fn any_event() -> impl Strategy<Value = (usize, usize, usize)> {
    (0..8usize, 0..4usize, 0..4usize)
}

proptest! {
    #[test]
    fn events_in_any_order_stay_within_bounds(events in proptest::collection::vec(any_event(), 0..120), answers in any::<bool>()) {
        let mut journal = journal(Limits { requests: 10, entries: 20_000, ..Limits::USUAL });
        journal.worker("W");
        for (kind, id, which) in events {
            let session = ["S", "W", "T", "S"][which];
            let id = id.to_string();
            let (method, params) = match kind {
                0 => ("requestWillBeSent", sent(&id, ["https://a.example/v1", "https://b.example/", "data:,", "x"][which])),
                1 => {
                    let mut next = sent(&id, "https://a.example/next");
                    next["redirectResponse"] = json!({"status": 302});
                    next["redirectHasExtraInfo"] = (which % 2 == 0).into();
                    ("requestWillBeSent", next)
                }
                2 => ("requestWillBeSentExtraInfo", extra(&id, "a")),
                3 => ("responseReceivedExtraInfo", extra(&id, "b")),
                4 => {
                    let mut answer = received(&id, which % 2 == 0);
                    answer["response"]["fromServiceWorker"] = (which == 3).into();
                    ("responseReceived", answer)
                }
                5 => ("loadingFinished", json!({"requestId": id})),
                6 => ("loadingFailed", json!({"requestId": id})),
                _ => {
                    journal.navigated(session, "new").iter().for_each(|ask| journal.answer(ask, Err(String::new())));
                    continue;
                }
            };
            for ask in journal.event(Some(session), &format!("Network.{method}"), &params) {
                if answers {
                    journal.answer(&ask, Ok(json!({"body": "{}", "postData": "a=1"})));
                }
            }
        }
        prop_assert!(journal.on_the_way() <= 10);
        let (entries, _) = journal.finish();
        prop_assert!(entries.len() <= 10, "{}", entries.len());
        for entry in entries {
            prop_assert!(crate::capture::har::seen(&entry).is_ok(), "{}", String::from_utf8_lossy(&entry));
        }
    }
}
