//! The servers of repositories: what they want of us, and where submodules lie relative to them.

use std::ffi::OsString;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::Redacted;
use syntax::GitRef;

use crate::config::basic;
use crate::{FetchError, Fetcher, Result};

/// A repository on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remote {
    /// What git is told; no login of http.
    pub(super) url: String,
    /// Host with optional port.
    pub(super) host: String,
    /// Whether it is reached by ssh.
    pub(super) ssh: bool,
    /// `user:password` of an http address.
    pub(super) login: Option<Redacted<String>>,
    /// Whether secrets that name no host are meant for it.
    pub(super) trusted: bool,
}

impl Remote {
    /// The repository of a reference.
    pub(super) fn of(git: &GitRef) -> Self {
        Self {
            url: git.remote.clone(),
            host: git.host.clone(),
            ssh: git.ssh,
            login: git.login.clone(),
            trusted: true,
        }
    }

    /// A submodule's repository: `url` as `.gitmodules` has it, relative to this one where it begins with `./` or `../`.
    pub(super) fn submodule(&self, url: &str) -> Result<Self> {
        let refused = |why: &str| {
            FetchError::asked(format!("the submodule's address `{}` {why}", url.escape_debug()))
                .help("leave submodules out with `?submodules=false` behind the repository's address")
        };
        if url.starts_with('-') || url.contains("::") || url.chars().any(char::is_control) {
            return Err(refused("is refused"));
        }
        let url = if url.starts_with("./") || url.starts_with("../") {
            relative(&self.url, url).ok_or_else(|| refused("leads out of the server"))?
        } else {
            url.to_owned()
        };
        let mut remote = absolute(&url).ok_or_else(|| refused("is none of http, https, ssh and git"))?;
        let same = remote.host.eq_ignore_ascii_case(&self.host);
        remote.trusted = self.trusted && same;
        remote.login = remote.login.or_else(|| self.login.clone().filter(|_| same && !remote.ssh));
        Ok(remote)
    }

    fn is_web(&self) -> bool {
        self.url.starts_with("http://") || self.url.starts_with("https://")
    }
}

/// An address on its own.
fn absolute(url: &str) -> Option<Remote> {
    let made = |url: String, host: &str, ssh: bool, login: Option<Redacted<String>>| {
        let strange = host.is_empty() || host.starts_with('-');
        (!strange).then(|| Remote { url, host: host.to_owned(), ssh, login, trusted: false })
    };
    let Some((scheme, rest)) = url.split_once("://") else {
        // As scp writes it: a colon before any slash.
        let (place, path) = url.split_once(':')?;
        let host = place.rsplit('@').next().unwrap_or(place);
        let strange = place.contains('/') || place.starts_with('-') || path.is_empty();
        return made(url.to_owned(), host, true, None).filter(|_| !strange);
    };
    let (authority, path) = rest.split_at(rest.find('/')?);
    let (user, host) =
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
    match scheme {
        "http" | "https" => {
            let login = user.map(|user| {
                Redacted::new(if user.contains(':') { user.to_owned() } else { format!("{user}:") })
            });
            made(format!("{scheme}://{host}{path}"), host, false, login)
        }
        "ssh" | "git" if !user.is_some_and(|user| user.starts_with('-')) => {
            made(url.to_owned(), host, scheme == "ssh", None)
        }
        _ => None,
    }
}

/// Resolves a relative address as git does (gitmodules(5)): each `../` takes the last part of the base away.
fn relative(base: &str, url: &str) -> Option<String> {
    let mut base = base.trim_end_matches('/').to_owned();
    let mut rest = url;
    let mut separator = '/';
    loop {
        if let Some(tail) = rest.strip_prefix("../") {
            let floor = base.find("://").map_or(0, |at| at + 3);
            let cut = base[floor..].rfind(['/', ':'])? + floor;
            separator = if base[cut..].starts_with(':') { ':' } else { '/' };
            // The host with its port is not to be left.
            if floor > 0 && !base[floor..cut].is_empty() && !base[floor..].contains('/') {
                return None;
            }
            base.truncate(cut);
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix("./") {
            rest = tail;
        } else {
            return (!rest.is_empty()).then(|| format!("{base}{separator}{}", rest.trim_end_matches('/')));
        }
    }
}

impl Fetcher {
    /// What git is told of a server: whom to trust, and who we are.
    pub(super) fn server_settings(&self, remote: &Remote) -> Result<Vec<(String, OsString)>> {
        let mut out: Vec<(String, OsString)> = Vec::new();
        if !remote.is_web() {
            return Ok(out);
        }
        out.push(("http.lowSpeedLimit".to_owned(), "1".into()));
        out.push((
            "http.lowSpeedTime".to_owned(),
            self.config.net.timeout.as_secs().max(1).to_string().into(),
        ));
        out.push(("http.userAgent".to_owned(), format!("git/2 {}", self.config.net.user_agent).into()));
        if let Some(pem) = net::trusted_pem(&self.config.net)? {
            let path = self.config.cache.join("trusted.pem");
            write_file(&path, &pem)?;
            out.push(("http.sslCAInfo".to_owned(), path.into()));
        }
        if let Some(value) = self.git_authorization(remote) {
            out.push((
                format!("http.{}.extraHeader", scope(&remote.url)),
                format!("Authorization: {}", value.reveal()).into(),
            ));
        }
        Ok(out)
    }

    /// The secret of the host, else the one without a host, else the login of the address (Docker documentation,
    /// "Git authentication for remote contexts").
    fn git_authorization(&self, remote: &Remote) -> Option<Redacted<String>> {
        let host = &remote.host;
        let header = |name: &str| self.config.secret(name);
        let token = |name: &str| {
            let token = self.config.secret(name)?;
            let pair = STANDARD.encode(format!("x-access-token:{}", token.reveal()));
            Some(Redacted::new(format!("basic {pair}")))
        };
        let named =
            header(&format!("GIT_AUTH_HEADER.{host}")).or_else(|| token(&format!("GIT_AUTH_TOKEN.{host}")));
        let general = || header("GIT_AUTH_HEADER").or_else(|| token("GIT_AUTH_TOKEN"));
        named
            .or_else(|| if remote.trusted { general() } else { None })
            .or_else(|| remote.login.as_ref().map(|login| basic(login.reveal())))
    }

    /// What git needs for ssh: a lent agent, hosts that are known, and nothing of the user's own configuration.
    pub(super) fn ssh_env(&self, remote: &Remote) -> Result<Vec<(&'static str, OsString)>> {
        if !remote.ssh {
            return Ok(Vec::new());
        }
        let agent = self.config.ssh.get("default").ok_or_else(|| {
            FetchError::asked(format!(
                "the repository `{}` is reached by SSH, and no agent was given",
                remote.url
            ))
            .help("add `--ssh default` to the command, with an agent that has a key for the host")
        })?;
        let file = self.config.cache.join("ssh_config");
        write_file(&file, self.ssh_config().as_bytes())?;
        let quoted = file.display().to_string().replace('\'', "'\\''");
        Ok(vec![
            ("SSH_AUTH_SOCK", agent.into()),
            ("GIT_SSH_COMMAND", format!("ssh -F '{quoted}'").into()),
            ("GIT_SSH_VARIANT", "ssh".into()),
        ])
    }

    fn ssh_config(&self) -> String {
        let own = self.config.cache.join("known_hosts");
        let files = [own].into_iter().chain(self.config.known_hosts.iter().cloned());
        let files: Vec<String> = files.map(|path| format!("\"{}\"", path.display())).collect();
        // A host that is met for the first time is remembered; one whose key has changed is refused.
        format!(
            "Host *\n  BatchMode yes\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile {}\n  IdentityFile none\n  IdentityAgent SSH_AUTH_SOCK\n  ForwardAgent no\n  ClearAllForwardings yes\n  PermitLocalCommand no\n  ConnectTimeout 30\n",
            files.join(" ")
        )
    }
}

/// Writes a file unless it has this content already.
fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let failed = |error| FetchError::environment(format!("failed to write `{}`: {error}", path.display()));
    kit::write_atomic(path, bytes).map_err(failed)
}

/// For which addresses a header is meant: those below the repository, and all of GitHub for one there, as its
/// submodules usually are there, too.
fn scope(url: &str) -> &str {
    const GITHUB: [&str; 2] = ["https://github.com/", "https://www.github.com/"];
    GITHUB.into_iter().find(|prefix| url.starts_with(prefix)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> Remote {
        Remote::of(&GitRef::parse(url, true).unwrap())
    }

    #[test]
    fn addresses_of_submodules() {
        let check = |parent: &str, url: &str, expect: Option<&str>| {
            let found = base(parent).submodule(url).ok().map(|remote| remote.url);
            assert_eq!(found.as_deref(), expect, "{url} of {parent}");
        };
        let web = "https://h.example/team/a.git";
        check(web, "../b.git", Some("https://h.example/team/b.git"));
        check(web, "../../other/b.git", Some("https://h.example/other/b.git"));
        check(web, "./b", Some("https://h.example/team/a.git/b"));
        check(web, "../../../b", None);
        check(web, "../../../../b", None);
        check("git@h.example:team/a.git", "../b.git", Some("git@h.example:team/b.git"));
        check("git@h.example:a.git", "../b.git", Some("git@h.example:b.git"));
        check("ssh://git@h.example:22/a.git", "../b.git", Some("ssh://git@h.example:22/b.git"));
        check(web, "https://o.example/b.git", Some("https://o.example/b.git"));
        check(web, "https://u:p@o.example/b.git", Some("https://o.example/b.git"));
        check(web, "git@o.example:b.git", Some("git@o.example:b.git"));
        check(web, "o.example:b.git", Some("o.example:b.git"));
        check(web, "git://o.example/b", Some("git://o.example/b"));
        for url in [
            "/srv/b.git",
            "b.git",
            "file:///b",
            "ext::sh -c x",
            "-u",
            "ssh://-oX/b",
            "-x@h:b",
            "https:///b",
            "",
            "a\nb",
        ] {
            check(web, url, None);
        }
    }

    #[test]
    fn secrets_go_to_their_host_only() {
        let secret = |value: &str| Redacted::new(value.as_bytes().to_vec());
        let config = crate::Config {
            secrets: [
                ("GIT_AUTH_TOKEN".to_owned(), secret("general\n")),
                ("GIT_AUTH_HEADER.named.example".to_owned(), secret("Bearer named")),
                ("GIT_AUTH_TOKEN.bad.example".to_owned(), secret("a\r\nInjected: 1")),
            ]
            .into(),
            ..crate::Config::default()
        };
        let fetcher = Fetcher::new(config);
        let sent = |remote: &Remote| fetcher.git_authorization(remote).map(|value| value.reveal().clone());
        let general = format!("basic {}", STANDARD.encode("x-access-token:general"));
        let main = base("https://h.example/a.git");
        assert_eq!(sent(&main), Some(general.clone()));
        assert_eq!(sent(&main.submodule("../b.git").unwrap()), Some(general.clone()), "the same host");
        assert_eq!(sent(&main.submodule("https://o.example/b.git").unwrap()), None, "another host");
        let named = main.submodule("https://named.example/b.git").unwrap();
        assert_eq!(sent(&named).as_deref(), Some("Bearer named"));
        assert_eq!(
            sent(&base("https://bad.example/a.git")),
            Some(general),
            "a header in a secret is no secret"
        );
        let login = base("https://u:p@h.example/a.git");
        let fetcher = Fetcher::new(crate::Config::default());
        let sent = |remote: &Remote| fetcher.git_authorization(remote).map(|value| value.reveal().clone());
        assert_eq!(sent(&login).as_deref(), Some("Basic dTpw"));
        assert_eq!(sent(&login.submodule("../b").unwrap()).as_deref(), Some("Basic dTpw"));
        assert_eq!(sent(&login.submodule("https://o.example/b").unwrap()), None);
    }
}
