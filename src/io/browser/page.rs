//! A function that runs in a page: in a world of its own, where nothing that the page put into its place is seen. What it
//! is given comes as values, never as text of a program.

use std::time::Duration;

use serde_json::{Value, json};

use super::connection::Client;
use super::windows::Window;
use crate::capture::browser::wire::text_of;
use crate::io::failure::Failure;

/// How long a page may take: one that is busy without end answers nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Calls a function in the first frame of a window, and gives what it returns.
///
/// # Errors
/// The page is gone or busy, or the function fails.
pub async fn call(
    client: &Client,
    (session, window): (&str, &Window),
    function: &str,
    given: &[Value],
) -> Result<Value, Failure> {
    let run = async {
        let world = json!({"frameId": window.target, "worldName": "cask"});
        let world = client.call(Some(session), "Page.createIsolatedWorld", world).await?;
        let given: Vec<Value> = given.iter().map(|value| json!({"value": value})).collect();
        let params = json!({
            "functionDeclaration": function,
            "executionContextId": world.get("executionContextId"),
            "arguments": given,
            "returnByValue": true,
            "awaitPromise": true,
        });
        value(client.call(Some(session), "Runtime.callFunctionOn", params).await?)
    };
    within(run).await
}

/// Runs an expression among the page's own code, where what it declared is seen. Gives a text or a number: what else the page
/// may have put in its place comes as a handle, whatever there is of it, and is nothing.
///
/// # Errors
/// As [`call`].
pub async fn evaluate(client: &Client, session: &str, expression: &str) -> Result<Value, Failure> {
    let run = async {
        let params = json!({"expression": expression});
        value(client.call(Some(session), "Runtime.evaluate", params).await?)
    };
    within(run).await
}

async fn within(run: impl Future<Output = Result<Value, Failure>>) -> Result<Value, Failure> {
    match tokio::time::timeout(PATIENCE, run).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new("the page", "it does not answer")),
    }
}

fn value(answer: Value) -> Result<Value, Failure> {
    if let Some(thrown) = answer.get("exceptionDetails") {
        let text = thrown.get("exception").and_then(|e| text_of(e, "description"));
        let text = text.or_else(|| text_of(thrown, "text")).unwrap_or("an error");
        let first: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
        return Err(Failure::new("the page", first));
    }
    Ok(answer.get("result").and_then(|result| result.get("value")).cloned().unwrap_or(Value::Null))
}
