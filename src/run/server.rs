//! The MCP server: what the protocol asks in, what [`Served`] says out. It decides nothing.

use std::sync::Arc;
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, CustomRequest, CustomResult,
    ErrorCode, ErrorData, Implementation, ListToolsResult, PaginatedRequestParams, ProgressNotificationParam,
    ResourceContents, ServerCapabilities, ServerConfig, SubscriptionFilter, Tool,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{RoleServer, ServerHandler};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::apart::apart;
use super::judge::Call;
use super::served::Served;
use crate::enforce::attached::{Attached, Kind};
use crate::enforce::envelope::Reply;
use crate::enforce::reason::Refusal;

/// Tools on one page of a list.
const PAGE: usize = 100;
/// How long a call may take before whoever waits is told that it goes on, and how often then.
const PATIENCE: Duration = Duration::from_secs(5);

/// One side of a conversation: each has a server of its own, which goes when it ends.
#[derive(Clone)]
pub struct Server {
    served: Arc<Served>,
    over: CancellationToken,
    /// Tells `over` with the last clone.
    _end: Arc<DropGuard>,
}

impl Server {
    /// Serves what is served.
    pub fn new(served: Arc<Served>) -> Server {
        let over = CancellationToken::new();
        Server { served, _end: Arc::new(over.clone().drop_guard()), over }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let mut config = ServerConfig::default();
        config.capabilities = ServerCapabilities::builder().enable_tools().enable_tool_list_changed().build();
        config.server_info = Implementation::new("cask", env!("CARGO_PKG_VERSION"));
        config.instructions = Some(apart(|| self.served.instructions()));
        config
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let from = match request.and_then(|page| page.cursor) {
            None => 0,
            Some(cursor) => cursor.parse().map_err(|_| ErrorData::invalid_params("unknown cursor", None))?,
        };
        apart(|| {
            let offers = self.served.offers();
            let page: Vec<Tool> =
                offers.iter().skip(from).take(PAGE).map(|offer| offer.tool.clone()).collect();
            let unwritten = |refusal: Refusal| ErrorData::internal_error(refusal.message, None);
            self.served.trail.listed(page.len()).map_err(unwritten)?;
            let mut result = ListToolsResult::with_all_items(page);
            let next = from.saturating_add(PAGE);
            result.next_cursor = (next < offers.len()).then(|| next.to_string());
            Ok(result)
        })
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let offers = apart(|| self.served.offers());
        offers.iter().find(|offer| offer.tool.name == name).map(|offer| offer.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let call = Call { name: request.name.into_owned(), arguments: request.arguments.unwrap_or_default() };
        let answer = self.served.call(call, context.ct.clone());
        tokio::pin!(answer);
        let Some(token) = context.meta.get_progress_token() else {
            return Ok(result(answer.await.reply));
        };
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + PATIENCE, PATIENCE);
        let mut waited = 0.0;
        loop {
            tokio::select! {
                ended = &mut answer => return Ok(result(ended.reply)),
                _ = ticks.tick() => {
                    waited += PATIENCE.as_secs_f64();
                    let mut progress = ProgressNotificationParam::new(token.clone(), waited);
                    progress.message = Some("waiting for the server that the tool calls".to_owned());
                    // Whoever does not listen any more will cancel.
                    let _ = context.peer.notify_progress(progress).await;
                }
            }
        }
    }

    /// What the SDK could not read as a request that it knows: of a method that we have, the parameters are no good.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        match request.method.as_str() {
            "tools/call" | "tools/list" | "ping" | "initialize" => {
                Err(ErrorData::invalid_params("the parameters are not those of the method", None))
            }
            _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, "there is no such method", None)),
        }
    }

    /// Clients of the revisions with a handshake are told when tools come and go as long as they are there.
    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let peer = context.peer;
        let tell = move || {
            let peer = peer.clone();
            async move { peer.notify_tool_list_changed().await.is_ok() }
        };
        tokio::spawn(announce(self.served.changes(), self.over.clone(), tell));
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::new();
        accepted.tools_list_changed = requested.tools_list_changed;
        Some(accepted)
    }

    /// Clients of the revisions without one subscribe.
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let mut changes = self.served.changes();
        loop {
            tokio::select! {
                () = context.cancelled() => return Ok(()),
                changed = changes.changed() => {
                    if changed.is_err() || context.sink().notify_tool_list_changed().await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
    }
}

/// Tells of each change until the conversation is over, or nobody takes it any more: a client that left must not be kept
/// until the next change, which may never come.
async fn announce<F: Future<Output = bool>>(
    mut changes: watch::Receiver<u64>,
    over: CancellationToken,
    tell: impl Fn() -> F,
) {
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            changed = changes.changed() => {
                if changed.is_err() || !tell().await {
                    return;
                }
            }
        }
    }
}

/// A reply as the protocol has it. What is an error has no data: strict clients hold structured content against the schema
/// even then.
fn result(reply: Reply) -> CallToolResponse {
    let text = std::iter::once(ContentBlock::text(reply.text));
    let content = text.chain(reply.attached.into_iter().map(beside)).collect();
    let mut result = match reply.is_error {
        true => CallToolResult::error(content),
        false => CallToolResult::success(content),
    };
    if !reply.is_error {
        result.structured_content = reply.structured;
    }
    result.into()
}

/// What is handed on beside the text.
fn beside(Attached { kind, media, data }: Attached) -> ContentBlock {
    match kind {
        Kind::Image => ContentBlock::image(data, media),
        Kind::Audio => ContentBlock::audio(data, media),
        Kind::Resource(uri) => {
            ContentBlock::resource(ResourceContents::blob(data, uri).with_mime_type(media))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Each conversation that had ended left a task behind, with all that it held, until the tools changed.
    #[test]
    fn whoever_left_is_not_waited_for() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (changes, told) = (watch::Sender::new(1), Arc::new(AtomicUsize::new(0)));
            let over = CancellationToken::new();
            let end = over.clone().drop_guard();
            let count = Arc::clone(&told);
            let tell = move || {
                count.fetch_add(1, Ordering::SeqCst);
                std::future::ready(true)
            };
            let announcing = tokio::spawn(announce(changes.subscribe(), over, tell));
            while told.load(Ordering::SeqCst) < 2 {
                changes.send_modify(|generation| *generation += 1);
                tokio::task::yield_now().await;
            }
            assert!(!announcing.is_finished());
            drop(end);
            let ended = tokio::time::timeout(Duration::from_secs(20), announcing).await;
            assert!(ended.is_ok_and(|ended| ended.is_ok()), "nothing changes any more, and it is over");
        });
    }
}
