//! Credentials of servers, from the environment and from a token endpoint on this machine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::loopback;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cask::enforce::guard::address::Opened;
use cask::enforce::guard::hosts::Allowed;
use cask::enforce::guard::origin::Origin;
use cask::enforce::reason::{ReasonCode, Refusal};
use cask::io::credentials::credential::Credential;
use cask::io::credentials::given::{Given, Reach, Sources, sources};
use cask::io::credentials::provider::TokenProvider;
use cask::io::credentials::sent::{Credited, send};
use cask::io::net::guarded::Guarded;
use cask::io::net::outgoing::{Outgoing, Rules};
use cask::io::net::unfit::Unfit;
use loopback::{Asked, Upstream, answer, json, until};
use reqwest::Url;

fn opened() -> Opened {
    Opened::read(["127.0.0.0/8"]).unwrap()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// Sources of these variables for these hosts.
fn of_env(hosts: &[&str], vars: &[(&str, &str)]) -> Result<Sources, Unfit> {
    with(hosts, vars, |_| {})
}

fn with<'a>(
    hosts: &[&str],
    vars: &[(&str, &str)],
    change: impl FnOnce(&mut Given<'a>),
) -> Result<Sources, Unfit> {
    let vars: BTreeMap<String, String> =
        vars.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    // Lives as long as whatever a test hands in.
    let env: &'static dyn Fn(&str) -> Option<String> =
        Box::leak(Box::new(move |name: &str| vars.get(name).cloned()));
    let mut given = Given::by(env);
    change(&mut given);
    let reach = Reach { opened: opened(), ..Reach::default() };
    sources(&given, &Allowed::read(hosts.iter().copied()).unwrap(), &reach)
}

/// The name of the credential that a server is shown.
fn name(sources: &Sources, url: &str) -> Option<String> {
    let origin = Origin::read(url).unwrap();
    run(sources.by_origin.get(&origin, "tool")).unwrap().map(|credential| credential.name().to_owned())
}

#[test]
fn each_host_has_a_variable_and_no_other_server_is_shown_it() {
    let hosts = ["api.shop.example", "pay.shop.example:8443", "http://127.0.0.1:4010"];
    let vars = [
        ("CASK_AUTH_API_SHOP_EXAMPLE", "Bearer a"),
        ("CASK_AUTH_PAY_SHOP_EXAMPLE", "Bearer b"),
        ("CASK_AUTH_127_0_0_1_4010", "Bearer c"),
        ("CASK_AUTH_EVIL_EXAMPLE", "Bearer d"),
    ];
    let sources = of_env(&hosts, &vars).unwrap();
    assert_eq!(name(&sources, "https://api.shop.example/x").as_deref(), Some("CASK_AUTH_API_SHOP_EXAMPLE"));
    assert_eq!(
        name(&sources, "https://pay.shop.example:8443").as_deref(),
        Some("CASK_AUTH_PAY_SHOP_EXAMPLE")
    );
    assert_eq!(name(&sources, "http://127.0.0.1:4010").as_deref(), Some("CASK_AUTH_127_0_0_1_4010"));
    for other in [
        "http://api.shop.example",
        "https://api.shop.example:8443",
        "https://pay.shop.example",
        "https://evil.example",
        "http://127.0.0.1:4011",
    ] {
        assert_eq!(name(&sources, other), None, "{other}");
    }
}

#[test]
fn a_value_whose_server_is_not_plain_is_refused_at_the_start() {
    let header = [("CASK_AUTH_HEADER", "Bearer a")];
    assert_eq!(
        name(&of_env(&["a.example"], &header).unwrap(), "https://a.example").as_deref(),
        Some("CASK_AUTH_HEADER")
    );
    for hosts in [&["a.example", "b.example"][..], &["*.a.example"], &["a.example", "*.a.example"], &[]] {
        assert!(of_env(hosts, &header).is_err(), "{hosts:?}");
    }
    let named =
        with(&["a.example", "b.example"], &header, |given| given.auth_host = Some("b.example")).unwrap();
    assert_eq!(name(&named, "https://b.example").as_deref(), Some("CASK_AUTH_HEADER"));
    assert_eq!(name(&named, "https://a.example"), None);
    let behind = with(&["*.a.example"], &header, |given| given.auth_host = Some("x.a.example")).unwrap();
    assert_eq!(name(&behind, "https://y.a.example"), None);
    assert!(name(&behind, "https://x.a.example").is_some());
    for host in ["evil.example", "a.example:8443", "http://a.example", ""] {
        assert!(with(&["a.example"], &header, |given| given.auth_host = Some(host)).is_err(), "{host}");
    }
    // Two servers with one variable, two values for one server.
    assert!(of_env(&["a-b.example", "a.b.example"], &[("CASK_AUTH_A_B_EXAMPLE", "x")]).is_err());
    assert!(of_env(&["a.example", "http://a.example"], &[("CASK_AUTH_A_EXAMPLE", "x")]).is_err());
    assert!(with(&["a.example"], &[("CASK_AUTH_A_EXAMPLE", "x")], |given| given.auth = Some("y")).is_err());
    assert!(
        with(&["a.example"], &[("V", "x")], |given| (given.auth, given.auth_env) = (Some("y"), Some("V")))
            .is_err()
    );
}

#[test]
fn a_value_with_a_line_break_is_refused_and_never_told() {
    for value in ["Bearer secret\nX-Admin: 1", "Bearer secret\r\n", "secret\0", "secret\u{7f}"] {
        let refused = of_env(&["a.example"], &[("CASK_AUTH_A_EXAMPLE", value)]).err().unwrap().to_string();
        assert!(refused.contains("CASK_AUTH_A_EXAMPLE") && !refused.contains("secret"), "{refused}");
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("secret-path");
    std::fs::write(&file, "Bearer from a file\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let read = with(&["a.example"], &[], |given| given.auth_file = Some(&file)).unwrap();
    assert_eq!(name(&read, "https://a.example").as_deref(), Some("--auth-file"));
    let by_var = of_env(&["a.example"], &[("CASK_AUTH_A_EXAMPLE_FILE", file.to_str().unwrap())]).unwrap();
    assert!(name(&by_var, "https://a.example").is_some());
    // A value in the place of the name of its variable.
    let refused = with(&["a.example"], &[], |given| given.auth_env = Some("Bearer secret")).err().unwrap();
    assert!(!refused.to_string().contains("secret"));
    let warned = with(&["a.example"], &[], |given| given.auth = Some("Bearer secret")).unwrap();
    assert!(warned.warnings.len() == 1 && !warned.warnings[0].contains("secret"));
    let headers = ["X-Api-Key=env:KEY".to_owned()];
    let keyed = with(&["a.example"], &[("KEY", "k")], |given| given.auth_headers = &headers).unwrap();
    let origin = Origin::read("https://a.example").unwrap();
    let credential = run(keyed.by_origin.get(&origin, "t")).unwrap().unwrap();
    assert_eq!((credential.header().as_str(), credential.name()), ("x-api-key", "KEY"));
}

/// An entry of the keyring is named where a file could be, and counts like one; what is no name is not repeated. What it
/// holds is tested in keyring.rs, with a keyring.
#[test]
fn an_entry_of_a_keyring_is_a_credential_like_the_others() {
    for (vars, option) in [
        (&[("CASK_AUTH_A_EXAMPLE_KEYRING", "s3cret")][..], None),
        (&[("CASK_AUTH_HEADER_KEYRING", "s3cret")], None),
        (&[], Some("s3cret")),
    ] {
        let refused =
            with(&["a.example"], vars, |given| given.auth_keyring = option).err().unwrap().to_string();
        assert!(refused.contains("SERVICE/ACCOUNT") && !refused.contains("s3cret"), "{refused}");
    }
    for header in ["X-Key=vault:shop/key", "X-Key=keyring", "keyring:shop/key", "X-Key=keyring:s3cret"] {
        let headers = [header.to_owned()];
        let refused =
            with(&["a.example"], &[], |given| given.auth_headers = &headers).err().unwrap().to_string();
        assert!(refused.contains("SERVICE/ACCOUNT") && !refused.contains("s3cret"), "{header}: {refused}");
    }
    let twice = [("CASK_AUTH_A_EXAMPLE", "x"), ("CASK_AUTH_A_EXAMPLE_KEYRING", "shop/cask")];
    assert!(of_env(&["a.example"], &twice).err().unwrap().to_string().contains("both set"));
    let twice = with(&["a.example"], &[("V", "x")], |given| {
        (given.auth_keyring, given.auth_env) = (Some("shop/cask"), Some("V"))
    });
    assert!(twice.err().unwrap().to_string().contains("more than one credential"));
}

#[cfg(not(feature = "keyring"))]
#[test]
fn a_program_without_the_keyring_says_what_to_do_instead() {
    let given = with(&["a.example"], &[], |given| given.auth_keyring = Some("shop/cask"));
    let refused = given.err().unwrap().to_string();
    assert!(refused.contains("--auth-keyring") && refused.contains("--features keyring"), "{refused}");
    assert!(!refused.contains("shop/cask"), "{refused}");
}

/// A token endpoint that gives `t1`, `t2`, …, each for so many seconds.
fn endpoint(lasts: u64) -> Upstream {
    let count = AtomicUsize::new(0);
    Upstream::start(move |_, stream| {
        let n = count.fetch_add(1, Ordering::SeqCst) + 1;
        json(stream, "200 OK", &token(n, lasts))
    })
}

fn token(n: usize, lasts: u64) -> String {
    format!(
        r#"{{"access_token":"token-number-{n}","token_type":"bearer","expires_in":{lasts},"refresh_token":"r{n}"}}"#
    )
}

/// OAuth for an API, by its variables and these too.
fn oauth(api: &Upstream, endpoint: &Upstream, more: &[(&str, &str)]) -> Sources {
    let host = format!("http://127.0.0.1:{}", api.port);
    let prefix = format!("CASK_OAUTH_127_0_0_1_{}", api.port);
    let url = endpoint.url("/token");
    let mut vars: Vec<(String, String)> = vec![
        (format!("{prefix}_TOKEN_URL"), url),
        (format!("{prefix}_CLIENT_ID"), "us & them".into()),
        (format!("{prefix}_CLIENT_SECRET"), "s3cret+value".into()),
    ];
    vars.extend(more.iter().map(|(name, value)| (format!("{prefix}_{name}"), (*value).to_owned())));
    let vars: Vec<(&str, &str)> = vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    of_env(&[&host], &vars).unwrap()
}

/// An API that takes this token alone, or any.
fn api(takes: Option<&'static str>) -> Upstream {
    Upstream::start(move |asked: &Asked, stream| {
        let shown = asked.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        match shown.filter(|token| takes.is_none_or(|takes| takes == *token)) {
            Some(_) => json(stream, "200 OK", "{}"),
            None => json(stream, "401 Unauthorized", "{}"),
        }
    })
}

fn client(api: &Upstream) -> Guarded {
    let allowed = Allowed::only([Origin::read(&api.url("/")).unwrap()]);
    Guarded::new(Rules::new(allowed, opened())).unwrap()
}

async fn call(client: &Guarded, api: &Upstream, sources: &Sources) -> Result<Credited, Refusal> {
    let outgoing = Outgoing {
        method: "GET".into(),
        url: Url::parse(&api.url("/x")).unwrap(),
        headers: Vec::new(),
        body: None,
        changes_state: false,
        confirmed: false,
    };
    let vetted = client.vet(&outgoing.url).await?;
    let first = sources.by_origin.get(vetted.origin(), "tool").await?;
    send(client, &outgoing, vetted, first, &sources.by_origin, "tool").await
}

async fn current(sources: &Sources, api: &Upstream) -> Result<Option<Credential>, Refusal> {
    sources.by_origin.get(&Origin::read(&api.url("/")).unwrap(), "tool").await
}

#[test]
fn a_token_is_got_once_and_used_until_it_runs_out() {
    let (api, endpoint) = (api(None), endpoint(3600));
    let (sources, client) = (oauth(&api, &endpoint, &[("SCOPE", "read write")]), client(&api));
    run(async {
        for _ in 0..3 {
            let credited = call(&client, &api, &sources).await.unwrap();
            assert_eq!(credited.answer.status, 200);
            assert_eq!(
                credited.credential.map(|shown| shown.name().to_owned()),
                Some(format!("oauth:CASK_OAUTH_127_0_0_1_{}", api.port))
            );
        }
    });
    let asked = endpoint.asked();
    assert_eq!((asked.len(), api.asked().len()), (1, 3));
    assert_eq!((asked[0].method.as_str(), asked[0].target.as_str()), ("POST", "/token"));
    assert_eq!(asked[0].body, "grant_type=client_credentials&scope=read+write");
    // us+%26+them:s3cret%2Bvalue
    assert_eq!(asked[0].header("authorization"), Some("Basic dXMrJTI2K3RoZW06czNjcmV0JTJCdmFsdWU="));
}

#[test]
fn a_token_that_ran_out_is_got_anew_by_the_newest_refresh_token() {
    let (api, endpoint) = (api(None), endpoint(0));
    let sources = oauth(&api, &endpoint, &[("REFRESH_TOKEN", "r0"), ("CLIENT_AUTH", "post")]);
    run(async {
        for n in 1..=3 {
            let credential = current(&sources, &api).await.unwrap().unwrap();
            assert_eq!(endpoint.asked().len(), n, "{credential:?}");
        }
    });
    let bodies: Vec<String> = endpoint.asked().into_iter().map(|asked| asked.body).collect();
    let rest = "client_id=us+%26+them&client_secret=s3cret%2Bvalue";
    assert_eq!(
        bodies,
        ["r0", "r1", "r2"].map(|r| format!("grant_type=refresh_token&refresh_token={r}&{rest}"))
    );
    assert!(endpoint.asked().iter().all(|asked| asked.header("authorization").is_none()));
}

/// The endpoint had made the old one void, and the new one went with the call that was given up.
#[test]
fn a_refresh_token_that_comes_for_a_call_that_was_given_up_is_kept() {
    let may = Arc::new(AtomicUsize::new(0));
    let (answers, count) = (Arc::clone(&may), AtomicUsize::new(0));
    let endpoint = Upstream::start(move |_, stream| {
        until("it may answer", || answers.load(Ordering::SeqCst) > 0);
        json(stream, "200 OK", &token(count.fetch_add(1, Ordering::SeqCst) + 1, 0))
    });
    let api = api(None);
    let sources = oauth(&api, &endpoint, &[("REFRESH_TOKEN", "r0")]);
    run(async {
        let asked = async {
            while endpoint.asked().is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            _ = current(&sources, &api) => unreachable!("it was not answered"),
            () = asked => {}
        }
        may.store(1, Ordering::SeqCst);
        // What was given up brings the first one; it lasts no second, so that another is got by what came with it.
        while current(&sources, &api).await.unwrap().is_some() && endpoint.asked().len() < 2 {}
    });
    let sent: Vec<bool> =
        endpoint.asked().iter().map(|asked| asked.body.contains("refresh_token=r0")).collect();
    assert_eq!(sent, [true, false]);
}

const CALLERS: usize = 64;

/// An endpoint that answers when all callers wait for it, and how many do.
fn crowded(status: &'static str) -> (Upstream, Arc<AtomicUsize>) {
    let waiting = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&waiting);
    let count = AtomicUsize::new(0);
    let endpoint = Upstream::start(move |_, stream| {
        until("all callers wait", || seen.load(Ordering::SeqCst) == CALLERS);
        json(stream, status, &token(count.fetch_add(1, Ordering::SeqCst) + 1, 0))
    });
    (endpoint, waiting)
}

/// What all callers got who asked at once. A caller counts as waiting when it was polled for the first time.
fn at_once<T: Send + 'static, W: Future<Output = T> + Send + 'static>(
    waiting: &Arc<AtomicUsize>,
    ask: impl Fn() -> W,
) -> Vec<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..CALLERS {
        let (mut asked, waiting) = (Box::pin(ask()), Arc::clone(waiting));
        let mut counted = false;
        let caller = std::future::poll_fn(move |context| {
            let polled = asked.as_mut().poll(context);
            if !std::mem::replace(&mut counted, true) {
                waiting.fetch_add(1, Ordering::SeqCst);
            }
            polled
        });
        callers.spawn_on(caller, runtime.handle());
    }
    runtime.block_on(callers.join_all())
}

#[test]
fn sixty_four_callers_share_one_token_request_whether_it_brings_one_or_not() {
    for (status, brings) in [("200 OK", true), ("400 Bad Request", false)] {
        let (endpoint, waiting) = crowded(status);
        let api = Arc::new(api(None));
        let sources = Arc::new(oauth(&api, &endpoint, &[]));
        let got = at_once(&waiting, || {
            let (sources, api) = (Arc::clone(&sources), Arc::clone(&api));
            async move { current(&sources, &api).await }
        });
        assert!(got.iter().all(|got| got.as_ref().is_ok_and(Option::is_some) == brings), "{got:?}");
        assert_eq!(endpoint.asked().len(), 1);
    }
}

#[test]
fn sixty_four_callers_whose_token_was_not_taken_share_one_request_too() {
    let (endpoint, waiting) = crowded("200 OK");
    let api = Arc::new(api(None));
    let sources = Arc::new(oauth(&api, &endpoint, &[]));
    waiting.store(CALLERS, Ordering::SeqCst);
    let stale = run(current(&sources, &api)).unwrap().unwrap();
    waiting.store(0, Ordering::SeqCst);
    let got = at_once(&waiting, || {
        let (sources, stale) = (Arc::clone(&sources), stale.clone());
        async move { sources.by_origin.refresh(&stale, "tool").await }
    });
    assert_eq!(got, [true; CALLERS]);
    assert_eq!(endpoint.asked().len(), 2);
}

#[test]
fn a_token_that_is_not_taken_is_got_anew_once() {
    let (api, endpoint) = (api(Some("token-number-2")), endpoint(3600));
    let (sources, client) = (oauth(&api, &endpoint, &[]), client(&api));
    run(async {
        for _ in 0..2 {
            assert_eq!(call(&client, &api, &sources).await.unwrap().answer.status, 200);
        }
    });
    assert_eq!((endpoint.asked().len(), api.asked().len()), (2, 3));
}

#[test]
fn a_server_that_takes_no_token_does_not_make_us_ask_for_ever() {
    let (api, endpoint) = (api(Some("none")), endpoint(3600));
    let (sources, client) = (oauth(&api, &endpoint, &[]), client(&api));
    run(async {
        for _ in 0..5 {
            assert_eq!(call(&client, &api, &sources).await.unwrap().answer.status, 401);
        }
    });
    assert_eq!((endpoint.asked().len(), api.asked().len()), (2, 6));
}

#[test]
fn a_token_and_a_second_try_take_from_one_deadline() {
    // The endpoint gives one token, and then nothing: whoever waits for the second waits for its connection to end.
    let count = AtomicUsize::new(0);
    let endpoint = Upstream::start(move |_, stream| match count.fetch_add(1, Ordering::SeqCst) {
        0 => json(stream, "200 OK", &token(1, 3600)),
        _ => std::io::Read::read(stream, &mut [0; 1]).is_err(),
    });
    let api = api(Some("none"));
    let sources = oauth(&api, &endpoint, &[]);
    let allowed = Allowed::only([Origin::read(&api.url("/")).unwrap()]);
    let rules = Rules { total: std::time::Duration::from_millis(300), ..Rules::new(allowed, opened()) };
    let refused = run(call(&Guarded::new(rules).unwrap(), &api, &sources)).unwrap_err();
    assert_eq!(refused.code, ReasonCode::Timeout);
    assert_eq!((endpoint.asked().len(), api.asked().len()), (2, 1));
}

#[test]
fn without_a_token_nothing_is_sent_and_no_secret_is_told() {
    let api = api(None);
    let client = client(&api);
    let redirecting =
        Upstream::start(|_, stream| answer(stream, "307 Temporary", &[("Location", "/other")], b""));
    let refusing = Upstream::start(|_, stream| {
        json(
            stream,
            "400 Bad Request",
            r#"{"error":"invalid_client","error_description":"s3cret+value is wrong"}"#,
        )
    });
    let odd = Upstream::start(|_, stream| json(stream, "200 OK", "{\"access_token\":\"a\\r\\nX-Admin: 1\"}"));
    for (endpoint, said) in [
        (&redirecting, "redirects are not followed"),
        (&refusing, "(invalid_client)"),
        (&odd, "no header takes"),
    ] {
        let sources = oauth(&api, endpoint, &[]);
        let refused = run(call(&client, &api, &sources)).unwrap_err();
        assert!(refused.message.contains(said) && !refused.message.contains("s3cret"), "{refused}");
        assert_eq!(endpoint.asked().len(), 1);
    }
    assert_eq!(api.connections(), 0);
    // An endpoint without encryption elsewhere than on this machine.
    let vars = [
        ("CASK_OAUTH_A_EXAMPLE_TOKEN_URL", "http://auth.example/token"),
        ("CASK_OAUTH_A_EXAMPLE_CLIENT_ID", "x"),
    ];
    assert!(of_env(&["a.example"], &vars).is_err());
    // Calls of tools may not go to the endpoint, though tokens come from there.
    let url = Url::parse(&refusing.url("/token")).unwrap();
    assert!(run(client.vet(&url)).is_err());
}
