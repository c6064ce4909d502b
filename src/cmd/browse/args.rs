//! Options of a browser, for every command that starts one, and what they come to on this machine.

use std::path::PathBuf;
use std::time::Duration;

use crate::capture::url;
use crate::cmd::auth::secret::SecretArgs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::io::browser::Launch;
use crate::io::browser::find::find;

/// How the browser is started, and what it does
#[derive(Debug, Clone, Default, clap::Args)]
pub struct BrowserArgs {
    /// How it is started
    #[command(flatten)]
    pub launch: LaunchArgs,
    /// Steps that are done in the page: a YAML file (goto, click, fill, select, submit, scroll, wait)
    #[arg(long, value_name = "FILE")]
    pub script: Option<PathBuf>,
    /// Write those that it ends with, readable for you alone: whoever has the file is logged in
    #[arg(long, value_name = "F")]
    pub save_storage_state: Option<PathBuf>,
}

/// How a browser is started
#[derive(Debug, Clone, Default, clap::Args)]
pub struct LaunchArgs {
    /// Show the browser, and record until its windows are closed (default where there is a display, but not in CI)
    #[arg(long, alias = "no-headless", conflicts_with = "headless")]
    pub visible: bool,
    /// Show nothing, and record until nothing is on its way any more
    #[arg(long)]
    pub headless: bool,
    /// Record for so long at most (default: 30 unseen, an hour where somebody sees it)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub duration: Option<u64>,
    /// Cookies and local storage that the browser begins with: a storage state, as Playwright writes it too
    #[arg(long, value_name = "F")]
    pub load_storage_state: Option<PathBuf>,
    /// Login that it begins with instead: one that cask auth login keeps
    #[arg(long, value_name = "NAME", conflicts_with = "load_storage_state")]
    pub auth_profile: Option<String>,
    /// The passphrase of that login
    #[command(flatten)]
    pub secret: SecretArgs,
    /// The browser: Chromium, or one that is made of it (default: the first that is found)
    #[arg(long, value_name = "PATH")]
    pub browser_path: Option<PathBuf>,
    /// Proxy that the browser goes through (default: none, whatever the environment says)
    #[arg(long, value_name = "URL")]
    pub browser_proxy: Option<String>,
}

impl BrowserArgs {
    /// The first option that was given, for who has no page.
    pub fn given(&self) -> Option<&'static str> {
        let own = [
            (self.script.is_some(), "--script"),
            (self.save_storage_state.is_some(), "--save-storage-state"),
        ];
        let own = own.into_iter().find(|(given, _)| *given).map(|(_, option)| option);
        self.launch.given().or(own)
    }
}

impl LaunchArgs {
    /// The first option that was given, for who starts none.
    pub fn given(&self) -> Option<&'static str> {
        let all = [
            (self.visible, "--visible"),
            (self.headless, "--headless"),
            (self.duration.is_some(), "--duration"),
            (self.load_storage_state.is_some(), "--load-storage-state"),
            (self.auth_profile.is_some(), "--auth-profile"),
            (self.browser_path.is_some(), "--browser-path"),
            (self.browser_proxy.is_some(), "--browser-proxy"),
        ];
        let own = all.into_iter().find(|(given, _)| *given).map(|(_, option)| option);
        own.or_else(|| self.secret.given())
    }

    /// How long is recorded, if that was said.
    pub fn time(&self) -> Option<Duration> {
        self.duration.map(Duration::from_secs)
    }

    /// How the browser is started here. `is_led`: whether a script does what is done in it.
    ///
    /// # Errors
    /// No browser, one that is to be seen where nobody can, or a proxy that is none.
    pub fn launch(&self, is_led: bool, ctx: &Ctx) -> Result<Launch, Failed> {
        let can_be_seen = !cfg!(target_os = "linux")
            || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| ctx.var(name).is_some());
        if self.visible && !can_be_seen {
            return Err(Failed::new("usage", "--visible", "there is no display on this machine")
                .hint("leave it away, and say what is done: --script FILE")
                .hint("or record where there is one, and bring the HAR file or the storage state here"));
        }
        let named = self.browser_path.as_ref().map(|path| ctx.cwd.join(path));
        Ok(Launch {
            program: find(named.as_deref(), ctx.var("PATH").as_deref())?,
            visible: self.visible || (can_be_seen && !self.headless && !ctx.in_ci() && !is_led),
            proxy: self.browser_proxy.as_deref().map(proxy).transpose()?,
            cwd: ctx.cwd.clone(),
        })
    }
}

/// A proxy as browsers take it. What was given may have a password in it, and is not repeated.
fn proxy(text: &str) -> Result<String, Failed> {
    let bad =
        |why: &str| Failed::new("usage", "--browser-proxy", why).hint("--browser-proxy http://HOST:PORT");
    let socks = text.strip_prefix("socks5://");
    let plain = socks.map_or(text.to_owned(), |rest| format!("http://{rest}"));
    match url::parse(&plain) {
        Ok(address) if address.user.is_some() => {
            Err(bad("a password on a command line can be read by everybody here"))
        }
        Ok(address) if address.path == "/" && address.query.is_none() && address.fragment.is_none() => {
            Ok(text.to_owned())
        }
        _ => Err(bad("it is no proxy")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_an_address_without_a_password() {
        for good in ["http://proxy.example:3128", "socks5://10.0.0.1:1080", "https://proxy.example/"] {
            assert_eq!(proxy(good).unwrap(), good);
        }
        for bad in
            ["", "proxy", "http://u:p@proxy.example", "http://proxy.example/path", "ftp://proxy.example"]
        {
            let failed = proxy(bad).unwrap_err();
            assert!(!format!("{failed:?}").contains("u:p"), "{failed:?}");
        }
    }
}
