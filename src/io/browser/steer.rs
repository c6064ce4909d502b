//! A browser from its start to its end, with whatever is done in between: connected, watched, led to a page.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::connection::{Client, Socket};
use super::launch::{self, Launch};
use super::page;
use super::windows::{How, Seen, Window, Windows, auto_attach};
use crate::capture::browser::wire::text_of;
use crate::io::failure::Failure;

/// How long a browser may take to show its first window, and to end by itself.
const FIRST: Duration = Duration::from_secs(20);
const FAREWELL: Duration = Duration::from_secs(3);
/// How long a page may take to begin, and then to be there whole.
const BEGINS: Duration = Duration::from_secs(60);
const LOADS: Duration = Duration::from_secs(30);
/// How often something is looked at that has no event of its own.
pub const TICK: Duration = Duration::from_millis(50);
/// How long nothing is told of the network until it is quiet.
const QUIET: Duration = Duration::from_millis(1500);

/// A browser that is steered.
pub struct Steer<'p> {
    /// Who sends commands.
    pub client: Client,
    /// What is watched.
    pub windows: Rc<RefCell<Windows<'p>>>,
    /// Whether the browser runs without its sandbox.
    pub is_unguarded: bool,
}

/// Starts a browser, does some work with it, and ends it, however the work went.
///
/// # Errors
/// No browser, or what the work fails with.
pub fn with<'p, R>(
    launch: &Launch,
    how: How,
    progress: &'p mut dyn FnMut(Seen),
    work: impl AsyncFnOnce(&Steer<'p>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let failed = |e: std::io::Error| Failure::new("the browser", "it can't be steered").why(e.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let running = launch::start(launch)?;
    let most = how.limits.message;
    runtime.block_on(async {
        let (client, socket) = Socket::open(&running.address, most).await?;
        let windows = Rc::new(RefCell::new(Windows::new(client.clone(), how, progress)));
        let heard = Rc::clone(&windows);
        let steer = Steer { client, windows, is_unguarded: running.is_unguarded };
        let mut listen = |said| heard.borrow_mut().hear(said);
        let flow = async {
            steer.begin().await?;
            let result = work(&steer).await;
            let _ = timeout(FAREWELL, steer.client.call(None, "Browser.close", json!({}))).await;
            result
        };
        tokio::pin!(flow);
        tokio::select! {
            result = &mut flow => return result,
            why = socket.pump(&mut listen) => {
                let mut windows = heard.borrow_mut();
                // A browser whose last window was closed ends, as it should.
                windows.broken = why.filter(|_| windows.has_page());
            }
        }
        // It is gone: what waits for it hears so, and what was recorded is there still.
        flow.await
    })
}

impl<'p> Steer<'p> {
    async fn begin(&self) -> Result<(), Failure> {
        let denied = json!({"behavior": "deny"});
        self.client.call(None, "Browser.setDownloadBehavior", denied).await?;
        self.client.call(None, "Target.setAutoAttach", auto_attach()).await?;
        let until = Instant::now() + FIRST;
        while self.windows.borrow().main().is_none() {
            if Instant::now() > until {
                return Err(Failure::new("the browser", "it opens no window"));
            }
            sleep(TICK).await;
        }
        // It runs already, and is watched once it says so: who leads it away before that misses what comes first.
        let (session, _) = self.main()?;
        self.client.call(Some(&session), "Page.enable", json!({})).await.map(drop)
    }

    /// The first window, and its session.
    ///
    /// # Errors
    /// It was closed.
    pub fn main(&self) -> Result<(String, Window), Failure> {
        let main = self.windows.borrow().main();
        main.ok_or_else(|| Failure::new("the browser", "its first window was closed"))
    }

    /// Whether a window is left.
    pub fn is_open(&self) -> bool {
        self.windows.borrow().is_open()
    }

    /// Leads the first window to a page, which has to begin in time, and waits until it is there or the time is up.
    ///
    /// # Errors
    /// There is no such page, or it does not begin.
    pub async fn goto(&self, url: &str, most: Duration) -> Result<(), Failure> {
        let began = Instant::now();
        let (session, _) = self.main()?;
        let failed = |why: &str| Failure::new(url, "the page can't be opened").why(why);
        let went = self.client.call(Some(&session), "Page.navigate", json!({"url": url}));
        let went = match timeout(BEGINS.min(most), went).await {
            Ok(went) => went?,
            Err(_) => return Err(failed("it does not begin")),
        };
        if let Some(why) = text_of(&went, "errorText").filter(|why| !why.is_empty()) {
            return Err(failed(why).hint("check the address, and that the server runs"));
        }
        self.loaded(most.saturating_sub(began.elapsed())).await;
        Ok(())
    }

    /// Waits until the page of the first window is there, or takes too long.
    pub async fn loaded(&self, most: Duration) {
        let complete = async {
            while self.is_open() {
                let Ok((session, window)) = self.main() else { return };
                let state = page::call(&self.client, (&session, &window), "() => document.readyState", &[]);
                match state.await {
                    Ok(Value::String(state)) if state == "complete" => return,
                    _ => sleep(TICK).await,
                }
            }
        };
        // A page that is never whole can be used nevertheless.
        let _ = timeout(LOADS.min(most), complete).await;
    }

    /// Waits until nothing is on its way any more; gives whether that came before `until`.
    pub async fn quiet(&self, until: Instant) -> bool {
        loop {
            let (on_the_way, last) = {
                let windows = self.windows.borrow();
                (windows.on_the_way(), windows.last)
            };
            if on_the_way == 0 && last.elapsed() >= QUIET {
                return true;
            }
            if Instant::now() >= until || !self.is_open() || self.windows.borrow().is_full() {
                return false;
            }
            sleep(TICK).await;
        }
    }
}
