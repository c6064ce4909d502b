//! A shop as a browser sees it: pages that call an API in every way there is, a login, tools that pages declare, and pages that
//! mean harm. Served on loopback.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::loopback::{Asked, Upstream, answer, json};

/// What nobody may find in a file afterwards.
pub const PASSWORD: &str = "Corr3ct-Horse-Battery";
pub const TOKEN: &str = "tok_5f0c2ab19d7744e0b1";
const SESSION: &str = "s1d-9f8e7d6c5b4a";

/// The page that calls everything, once its button is clicked: only then may it open a window.
const SHOP: &str = r#"<!doctype html><title>Shop</title><button id="go">Go</button><p id="done"></p><script>
const post = (path, type, body) => fetch(path, { method: 'POST', headers: { 'content-type': type }, body });
document.querySelector('#go').onclick = async () => {
  const popup = window.open('/popup');
  await fetch('/api/products?page=2&limit=10');
  await fetch('/api/products/7');
  await fetch('/old/products');
  await new Promise((done) => {
    const x = new XMLHttpRequest();
    x.open('POST', '/api/orders');
    x.setRequestHeader('content-type', 'application/json');
    x.setRequestHeader('authorization', 'Bearer TOKEN');
    x.onload = done;
    x.send(JSON.stringify({ product_id: 7, quantity: 2 }));
  });
  const query = 'mutation AddToCart($id: ID!) { addToCart(id: $id) { total } }';
  await post('/graphql', 'application/json', JSON.stringify({ query, operationName: 'AddToCart', variables: { id: '7' } }));
  await post('/api/search', 'application/x-www-form-urlencoded', 'text=lamp&sort=price');
  const form = new FormData();
  form.set('title', 'mine');
  form.set('note', 'none');
  await fetch('/api/uploads', { method: 'POST', body: form });
  await fetch('/api/broken').catch(() => 0);
  new Worker('/worker.js');
  new EventSource('/events?ticket=TOKEN');
  new WebSocket(`ws://${location.host}/live?ticket=TOKEN`);
  await navigator.serviceWorker.register('/sw.js');
  const { serviceWorker } = navigator;
  if (!serviceWorker.controller) await new Promise((done) => { serviceWorker.oncontrollerchange = done; });
  await fetch('/api/left').then((answer) => answer.text());
  document.querySelector('#done').textContent = 'all done';
};
</script>"#;

const LOGIN: &str = r#"<!doctype html><title>Log in</title><form action="/session" method="post">
<label>E-mail <input name="email" type="email"></label>
<label for="pw">Password</label><input id="pw" name="password" type="password">
<select name="language"><option value="en">English</option><option value="de">Deutsch</option></select>
<button>Log in</button></form>"#;

const HOME: &str = r#"<!doctype html><title>Home</title><h1>Welcome</h1><script>
localStorage.setItem('cart', 'TOKEN');
fetch('/api/me');
</script>"#;

const DECLARES: &str = r#"<!doctype html><title>Tools</title>
<meta name="mcp-tools" content='[{"name":"from_meta","description":"d","input_schema":{"type":"object"}}]'>
<link rel="mcp-tools" href="/tools.json">
<script>
const run = { execute() { fetch('/api/executed'); } };
navigator.modelContext.provideContext({ tools: [
  { name: 'search_products', description: 'Search the shop.', annotations: { readOnlyHint: true },
    inputSchema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] }, ...run },
] });
const { stringify } = JSON;
JSON.stringify = () => '{"op":"declare","tool":{"name":"forged"}}';
navigator.modelContext.registerTool({ name: 'delete_account', description: 'Delete it.',
  inputSchema: { type: 'object', properties: { sure: { type: 'boolean' } } }, ...run });
navigator.modelContext.unregisterTool('delete_account');
window.__MCP_B_TOOLS__ = [{ name: 'from_bridge', inputSchema: { type: 'object' } }];
window.__MCP_TOOLS__ = [{ name: 'from_old_bridge' }, { name: '' }, { name: 'from_bridge', description: 'another' }];
JSON.stringify = stringify;
fetch('/api/products/7');
</script>"#;

/// A page whose manifest lies on the host that its query names, in an address that would be code if it were pasted.
const FOREIGN: &str = r#"<!doctype html><link rel="mcp-tools">
<script>
document.querySelector('link').href = location.search.slice(1) + "/');fetch('/api/injected');('.json";
navigator.modelContext.registerTool({ name: 'only', inputSchema: { type: 'object' } });
fetch('/api/products/7');
</script>"#;

/// A tool whose schema holds what the page has of a session.
const LEAKING: &str = r#"<!doctype html><script>
navigator.modelContext.registerTool({ name: 'pay', inputSchema: { type: 'object', properties: {
  csrf: { type: 'string', default: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLWl0LWFsbA' } } } });
</script>"#;

/// A page that declares a tool, and one without a name, and calls nothing.
const QUIET: &str = r#"<!doctype html><script>
navigator.modelContext.registerTool({ name: 'only', inputSchema: { type: 'object' } });
navigator.modelContext.registerTool({ inputSchema: { type: 'object' } });
</script>"#;

/// A page that is never whole: something of it never comes.
const SLOW: &str = "<!doctype html><button onclick=\"fetch('/api/products/7')\">Go</button><img src=/never>";

/// A page that puts something else in the place of what writes values: one that is larger than any message, though no text
/// of it is.
const FORGED: &str = r#"<!doctype html><script>
fetch('/api/products/7');
JSON.stringify = () => Array(8).fill('x'.repeat(16 << 20));
</script>"#;

const HOSTILE: &str = r#"<!doctype html><title>Hostile</title><script>
fetch('/api/products/7');
fetch('/endless');
fetch('/api/large');
for (let n = 0; n < 20; n += 1) setTimeout(() => alert('look here ' + n), n);
setInterval(() => window.open('/popup'), 5);
setTimeout(() => { location = 'file:///etc/passwd'; }, 50);
setTimeout(() => { location = 'chrome://settings'; }, 60);
setTimeout(() => { location = '/download'; }, 70);
setTimeout(() => { for (let n = 0; n < 100000; n += 1) fetch('/api/flood/' + n).catch(() => 0); }, 500);
window.onbeforeunload = () => 'stay';
</script>"#;

const FILES: &str = r#"<!doctype html><script>
const form = new FormData();
form.set('title', 'mine');
form.set('file', new Blob(['x'.repeat(100)]), 'a.txt');
// A form with a file is asked for while its page is there.
const soon = () => new Promise((done) => setTimeout(done, 1000));
fetch('/api/uploads', { method: 'POST', body: form }).then(soon).then(() => {
  // Bodies are there although their page is left.
  fetch('/api/last').then((answer) => answer.json()).then(() => { location = '/popup'; });
});
</script>"#;

const POLLS: &str = "<script>fetch('/api/products/7'); setInterval(() => fetch('/api/poll'), 200);</script>";

/// Starts it.
pub fn start() -> Upstream {
    Upstream::start(says)
}

fn says(asked: &Asked, stream: &mut TcpStream) -> bool {
    let path = asked.target.split('?').next().unwrap_or_default();
    let knows = asked.header("cookie").is_some_and(|cookie| cookie.contains(SESSION));
    let html = |stream: &mut TcpStream, text: &str| {
        let text = text.replace("TOKEN", TOKEN);
        answer(stream, "200 OK", &[("Content-Type", "text/html")], text.as_bytes())
    };
    let script = |stream: &mut TcpStream, text: &str| {
        answer(stream, "200 OK", &[("Content-Type", "text/javascript")], text.as_bytes())
    };
    match (asked.method.as_str(), path) {
        (_, "/") => html(stream, SHOP),
        (_, "/login") => html(stream, LOGIN),
        (_, "/home") => html(stream, HOME),
        (_, "/tools") => html(stream, DECLARES),
        (_, "/foreign") => html(stream, FOREIGN),
        (_, "/leaking") => html(stream, LEAKING),
        (_, "/slow") => html(stream, SLOW),
        (_, "/forged") => html(stream, FORGED),
        (_, "/never") => hold(stream, ""),
        (_, "/quiet") => html(stream, QUIET),
        (_, "/hostile") => html(stream, HOSTILE),
        (_, "/files") => html(stream, FILES),
        (_, "/polls") => html(stream, POLLS),
        (_, "/popup") => html(stream, "<script>fetch('/api/popup')</script>"),
        (_, "/worker.js") => script(stream, "fetch('/api/worker')"),
        (_, "/sw.js") => script(
            stream,
            "addEventListener('activate', (e) => e.waitUntil(clients.claim())); \
             addEventListener('fetch', (e) => { if (e.request.url.includes('/api/')) e.respondWith(fetch(e.request)); });",
        ),
        (_, "/old/products") => answer(stream, "302 Found", &[("Location", "/api/products?page=1")], b""),
        ("POST", "/session") if asked.body.contains(PASSWORD) && asked.body.contains("language=de") => {
            let cookie = format!("sid={SESSION}; Path=/; HttpOnly; Max-Age=3600");
            answer(stream, "303 See Other", &[("Location", "/home"), ("Set-Cookie", &cookie)], b"")
        }
        ("POST", "/session") => answer(stream, "303 See Other", &[("Location", "/login?again")], b""),
        (_, "/api/me") if knows => json(stream, "200 OK", r#"{"id": 1, "plan": "basic"}"#),
        (_, "/api/me") => json(stream, "401 Unauthorized", r#"{"error": "who are you?"}"#),
        (_, "/api/products") => json(stream, "200 OK", r#"{"items": [{"id": 7, "price": 9.5}], "next": 3}"#),
        (_, "/api/products/7") => json(stream, "200 OK", r#"{"id": 7, "price": 9.5}"#),
        ("POST", "/api/orders") => json(stream, "201 Created", r#"{"order_id": "o-1", "total": 19}"#),
        ("POST", "/graphql") => json(stream, "200 OK", r#"{"data": {"addToCart": {"total": 19}}}"#),
        ("POST", _) => json(stream, "200 OK", r#"{"ok": true}"#),
        (_, "/api/broken") => false,
        (_, "/tools.json") => json(stream, "200 OK", r#"{"tools": [{"name": "from_manifest"}]}"#),
        (_, "/download") => {
            let headers =
                [("Content-Type", "application/zip"), ("Content-Disposition", "attachment; filename=x.zip")];
            answer(stream, "200 OK", &headers, b"PK")
        }
        (_, "/events") => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
            hold(stream, head)
        }
        (_, "/live") => {
            let key = derive_accept_key(asked.header("sec-websocket-key").unwrap_or_default().as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {key}\r\n\r\n"
            );
            hold(stream, &head)
        }
        (_, "/endless") => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[";
            let mut goes_on = stream.write_all(head.as_bytes()).is_ok();
            let block = "1,".repeat(8 << 10);
            while goes_on {
                goes_on = stream.write_all(block.as_bytes()).is_ok();
                std::thread::sleep(Duration::from_millis(2));
            }
            false
        }
        (_, "/api/large") => {
            let body = format!("[{}1]", "1,".repeat(9 << 20));
            json(stream, "200 OK", &body)
        }
        (_, api) if api.starts_with("/api/") => json(stream, "200 OK", r#"{"ok": true}"#),
        _ => answer(stream, "404 Not Found", &[("Content-Type", "text/plain")], b"not here"),
    }
}

/// Says a beginning, and then nothing for a long time.
fn hold(stream: &mut TcpStream, head: &str) -> bool {
    if stream.write_all(head.as_bytes()).is_ok() {
        std::thread::sleep(Duration::from_secs(60));
    }
    false
}
