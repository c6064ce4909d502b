//! Windows, frames and workers of a browser, from the moment they come until they go: each is watched before it runs, and
//! what is told of it goes to the journal. A page that opens windows, dialogs or downloads without end gets none.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use serde_json::{Value, json};

use super::connection::{Client, Said};
use crate::capture::browser::contexts::Contexts;
use crate::capture::browser::declared::{self, BINDING, Declared};
use crate::capture::browser::wire::text_of;
use crate::capture::browser::{Ask, Journal, Limits, Party};

/// What a browser is watched for.
#[derive(Debug, Clone)]
pub struct How {
    /// What a page may cost.
    pub limits: Limits,
    /// Whether dialogs are dismissed: nobody sees them, or a script would wait for them.
    pub dismisses: bool,
    /// Whether pages are watched for what they declare to agents, and of which hosts.
    pub declares: Option<Party>,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A window.
    Page,
    /// A frame that has a process of its own.
    Frame,
    /// A worker of a page, or one that several share.
    Worker,
    /// A worker that stands between pages and the network.
    ServiceWorker,
}

/// A target that is watched.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its id; that of its first frame too.
    pub target: String,
    /// What it is.
    pub kind: Kind,
    /// Whether its process has ended, and no other page was loaded since: it answers nothing.
    pub is_crashed: bool,
}

/// A request that was answered, as far as people are told of it.
pub struct Seen<'s> {
    /// Its method.
    pub method: &'s str,
    /// Its address.
    pub url: &'s str,
    /// The status of the answer.
    pub status: u16,
}

/// What happened to windows, for the report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Happened {
    /// Windows that were closed, since there were too many.
    pub closed: u64,
    /// Frames and workers that ran unwatched, since there were too many.
    pub unwatched: u64,
    /// Dialogs that were dismissed.
    pub dialogs: u64,
    /// Windows whose process ended by itself.
    pub crashed: u64,
}

/// All of them.
pub struct Windows<'p> {
    client: Client,
    how: How,
    progress: &'p mut dyn FnMut(Seen),
    /// By session.
    sessions: BTreeMap<String, Window>,
    main: Option<String>,
    /// By target, second sessions that were asked for; and those that there are, by first session.
    seconds_asked: BTreeSet<String>,
    seconds: BTreeMap<String, String>,
    /// None: nothing is recorded yet.
    journal: Option<Journal>,
    /// The session whose requests are answered with nothing, and go to no server.
    empty: Option<String>,
    contexts: Contexts,
    /// What pages declared.
    pub declared: Declared,
    /// What happened to windows.
    pub happened: Happened,
    /// When something of the network was told last.
    pub last: Instant,
    /// Why the browser can't be heard any more, if it can't and that is known.
    pub broken: Option<String>,
}

impl<'p> Windows<'p> {
    /// None yet.
    pub fn new(client: Client, how: How, progress: &'p mut dyn FnMut(Seen)) -> Windows<'p> {
        Windows {
            client,
            how,
            progress,
            sessions: BTreeMap::new(),
            main: None,
            seconds_asked: BTreeSet::new(),
            seconds: BTreeMap::new(),
            journal: None,
            empty: None,
            contexts: Contexts::default(),
            declared: Declared::default(),
            happened: Happened::default(),
            last: Instant::now(),
            broken: None,
        }
    }

    /// From now on requests are recorded.
    pub fn record(&mut self, mut journal: Journal) {
        let workers = self.sessions.iter().filter(|(_, window)| window.kind == Kind::ServiceWorker);
        workers.for_each(|(session, _)| journal.worker(session));
        self.journal = Some(journal);
        self.last = Instant::now();
    }

    /// The journal, and no more recording.
    pub fn journal(&mut self) -> Option<Journal> {
        self.journal.take()
    }

    /// From now on requests of a session are answered with an empty page; none: no session's are.
    pub fn answers_empty(&mut self, session: Option<&str>) {
        self.empty = session.map(str::to_owned);
    }

    /// Requests that are on their way.
    pub fn on_the_way(&self) -> usize {
        self.journal.as_ref().map_or(0, Journal::on_the_way)
    }

    /// Whether nothing more is taken.
    pub fn is_full(&self) -> bool {
        self.journal.as_ref().is_some_and(Journal::is_full)
    }

    /// The first window, as long as it is there.
    pub fn main(&self) -> Option<(String, Window)> {
        let session = self.main.as_ref()?;
        Some((session.clone(), self.sessions.get(session)?.clone()))
    }

    /// Every window that is there and answers, by session.
    pub fn pages(&self) -> Vec<(String, Window)> {
        let answers = |window: &Window| window.kind == Kind::Page && !window.is_crashed;
        let pages = self.sessions.iter().filter(|(_, window)| answers(window));
        pages.map(|(session, window)| (session.clone(), window.clone())).collect()
    }

    /// Whether the browser is there, and a window of it.
    pub fn is_open(&self) -> bool {
        self.broken.is_none() && self.has_page()
    }

    /// Whether there is a window, as far as the browser told.
    pub fn has_page(&self) -> bool {
        self.sessions.values().any(|window| window.kind == Kind::Page)
    }

    /// Takes what the browser said.
    pub fn hear(&mut self, said: Said) {
        let (session, method, params) = match said {
            Said::Event { session, method, params } => (session, method, params),
            Said::Asked(ask, result) => {
                self.last = Instant::now();
                self.asked(ask, result);
                return;
            }
        };
        match (method.as_str(), &session) {
            ("Target.attachedToTarget", _) => self.attached(session.as_deref(), &params),
            ("Target.detachedFromTarget", _) => {
                self.detached(text_of(&params, "sessionId").unwrap_or_default());
            }
            ("Page.frameNavigated", Some(session)) => {
                let frame = params.get("frame").unwrap_or(&Value::Null);
                self.sessions.get_mut(session).into_iter().for_each(|window| window.is_crashed = false);
                if let (Some(loader), None, Some(journal)) =
                    (text_of(frame, "loaderId"), text_of(frame, "parentId"), &mut self.journal)
                {
                    journal.navigated(session, loader).into_iter().for_each(|ask| self.client.ask(ask));
                }
            }
            ("Inspector.targetCrashed", session) => {
                self.happened.crashed += 1;
                if let Some(session) = session {
                    self.sessions.get_mut(session).into_iter().for_each(|window| window.is_crashed = true);
                    self.silent(session);
                }
            }
            ("Page.javascriptDialogOpening", Some(session)) if self.how.dismisses => {
                self.happened.dialogs += 1;
                // Who leaves a page shall leave it.
                let accept = text_of(&params, "type") == Some("beforeunload");
                let answer = json!({"accept": accept});
                self.client.tell(Some(session), "Page.handleJavaScriptDialog", answer);
            }
            ("Fetch.requestPaused", Some(session)) => {
                let id = params.get("requestId");
                let (method, answer) = match self.empty.as_ref() == Some(session) {
                    true => {
                        let html = json!([{"name": "content-type", "value": "text/html"}]);
                        let empty = json!({"requestId": id, "responseCode": 200, "responseHeaders": html, "body": ""});
                        ("Fetch.fulfillRequest", empty)
                    }
                    false => ("Fetch.failRequest", json!({"requestId": id, "errorReason": "Aborted"})),
                };
                self.client.tell(Some(session), method, answer);
            }
            ("Runtime.bindingCalled", Some(session)) => self.declares(session, &params),
            (runtime, Some(session)) if runtime.starts_with("Runtime.") => {
                self.contexts.event(session, runtime, &params);
            }
            (network, _) if network.starts_with("Network.") => {
                self.network(session.as_deref(), network, &params)
            }
            _ => {}
        }
    }

    /// Takes what was asked for; what one session refuses, the second one of the same target is asked for.
    fn asked(&mut self, ask: Ask, result: Result<Value, String>) {
        let second = ask.session.as_ref().and_then(|session| self.seconds.get(session));
        match (&result, second) {
            (Err(_), Some(second)) => self.client.ask(ask.to(second)),
            _ => self.journal.iter_mut().for_each(|journal| journal.answer(&ask, result.clone())),
        }
    }

    /// A session is gone: its window was closed, or its frame or worker ended.
    fn detached(&mut self, session: &str) {
        if let Some(window) = self.sessions.remove(session) {
            self.seconds_asked.remove(&window.target);
        }
        // A second session that is gone is asked for nothing more.
        self.seconds.retain(|_, second| second != session);
        self.silent(session);
        self.seconds.remove(session);
    }

    /// Nothing more is told in a session, and nothing answered: who waits for that would wait for ever.
    fn silent(&mut self, session: &str) {
        self.contexts.gone(session);
        for ask in self.client.gone(session) {
            self.asked(ask, Err("its window is gone".to_owned()));
        }
        self.journal.iter_mut().for_each(|journal| journal.gone(session));
    }

    fn network(&mut self, session: Option<&str>, method: &str, params: &Value) {
        if !session.is_some_and(|session| self.sessions.contains_key(session)) {
            return;
        }
        let Some(journal) = &mut self.journal else { return };
        self.last = Instant::now();
        let asks = journal.event(session, method, params);
        if method == "Network.responseReceived"
            && let Some(request) = text_of(params, "requestId")
            && let Some((method, url, status)) = journal.called(request)
        {
            (self.progress)(Seen { method, url, status });
        }
        asks.into_iter().for_each(|ask| self.client.ask(ask));
    }

    fn attached(&mut self, parent: Option<&str>, params: &Value) {
        let info = params.get("targetInfo").unwrap_or(&Value::Null);
        let (Some(session), Some(target)) = (text_of(params, "sessionId"), text_of(info, "targetId")) else {
            return;
        };
        let kind = match text_of(info, "type").unwrap_or_default() {
            "page" => Some(Kind::Page),
            "iframe" => Some(Kind::Frame),
            "worker" | "shared_worker" => Some(Kind::Worker),
            "service_worker" => Some(Kind::ServiceWorker),
            _ => None,
        };
        let over = self.sessions.len() >= self.how.limits.targets;
        let first = self.sessions.iter().find(|(_, window)| window.target == target);
        let first = first.map(|(session, _)| session.clone());
        let again = first.is_some();
        if let Some(first) = first
            && self.seconds_asked.remove(target)
        {
            self.client.tell(Some(session), "Network.enable", self.bounds());
            self.seconds.insert(first, session.to_owned());
            return;
        }
        match kind {
            Some(Kind::Page) if over && !again => {
                self.happened.closed += 1;
                self.client.tell(None, "Target.closeTarget", json!({"targetId": target}));
            }
            Some(kind) if !over && !again => {
                self.sessions.insert(
                    session.to_owned(),
                    Window { target: target.to_owned(), kind, is_crashed: false },
                );
                if kind == Kind::Page && self.main.is_none() {
                    self.main = Some(session.to_owned());
                }
                if kind == Kind::ServiceWorker {
                    self.journal.iter_mut().for_each(|journal| journal.worker(session));
                }
                self.watch(session, kind);
                if matches!(kind, Kind::Page | Kind::Frame) {
                    // What a service worker answers is not among what outlives a page; another session has it.
                    self.seconds_asked.insert(target.to_owned());
                    self.client.tell(
                        None,
                        "Target.attachToTarget",
                        json!({"targetId": target, "flatten": true}),
                    );
                }
            }
            _ => {
                self.happened.unwatched += u64::from(over && !again && kind.is_some());
                // It waits for leave to run; and one that is seen twice is watched once.
                self.client.tell(Some(session), "Runtime.runIfWaitingForDebugger", json!({}));
                self.client.tell(parent, "Target.detachFromTarget", json!({"sessionId": session}));
            }
        }
    }

    /// Watches a target before it runs: commands to one session are carried out in their order.
    fn watch(&self, session: &str, kind: Kind) {
        let tell = |method: &str, params: Value| self.client.tell(Some(session), method, params);
        // Bodies outlive the page that they came to, in browsers that can keep them so.
        tell("Network.configureDurableMessages", self.bounds());
        tell("Network.enable", self.bounds());
        tell("Target.setAutoAttach", auto_attach());
        if matches!(kind, Kind::Page | Kind::Frame) {
            tell("Page.enable", json!({}));
            if self.how.declares.is_some() {
                tell("Runtime.enable", json!({}));
                tell("Runtime.addBinding", json!({"name": BINDING}));
                tell("Page.addScriptToEvaluateOnNewDocument", json!({"source": declared::watch()}));
            }
        }
        tell("Runtime.runIfWaitingForDebugger", json!({}));
    }

    /// How much of bodies a browser keeps for us, and how much of one it sends unasked.
    fn bounds(&self) -> Value {
        let body = self.how.limits.body;
        json!({"maxTotalBufferSize": 8 * body, "maxResourceBufferSize": body, "maxPostDataSize": 65536})
    }

    fn declares(&mut self, session: &str, params: &Value) {
        let Some(party) = &self.how.declares else { return };
        if text_of(params, "name") != Some(BINDING) {
            return;
        }
        let id = params.get("executionContextId").and_then(Value::as_i64).unwrap_or_default();
        let Some(origin) = self.contexts.origin(session, id) else {
            // Whose it is nobody knows any more.
            self.declared.unfit += 1;
            return;
        };
        match party.has_address(origin) {
            true => self.declared.told(origin, text_of(params, "payload").unwrap_or_default()),
            false => self.declared.elsewhere(origin),
        }
    }
}

/// Every target that comes is watched, and waits until it is.
pub fn auto_attach() -> Value {
    json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true})
}

#[cfg(test)]
mod tests;
