//! # tls-check-disabled
//!
//! ## What it does
//! Finds options and variables that switch off the check of certificates: `curl -k`, `wget --no-check-certificate`,
//! `npm config set strict-ssl false`, `NODE_TLS_REJECT_UNAUTHORIZED=0`, `GIT_SSL_NO_VERIFY` and the like.
//!
//! ## Why
//! Anybody on the way can replace what is downloaded. A variable set by `ENV` does the same to the running
//! container.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLk https://example.com/data -o /data
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! COPY company-ca.crt /usr/local/share/ca-certificates/
//! RUN update-ca-certificates && curl -fsSL https://example.com/data -o /data
//! USER 1000
//! ```

use facts::Severity;
use kit::TextRange;
use shell::{Arg, Invocation, Node, Word};
use syntax::Statement;

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::{Draft, Sink};

pub(crate) static RULE: Rule = Rule {
    code: "CO408",
    name: "tls-check-disabled",
    aliases: &[
        "CKV2_DOCKER_2",
        "CKV2_DOCKER_3",
        "CKV2_DOCKER_4",
        "CKV2_DOCKER_5",
        "CKV2_DOCKER_6",
        "CKV2_DOCKER_12",
        "CKV2_DOCKER_13",
        "CKV2_DOCKER_14",
        "CKV2_DOCKER_15",
        "CKV2_DOCKER_16",
        "CIS-DI-0005",
        "S4830",
    ],
    severity: Severity::Warning,
    summary: "the check of certificates is switched off",
    enabled: true,
    check: Check::Each(&[Check::Step(check), Check::File(before_from)]),
    source: include_str!("tls_check_disabled.rs"),
};

/// Commands with the options that switch the check off.
const OPTIONS: &[(&[&str], &[&str])] =
    &[(&["curl"], &["-k", "--insecure"]), (&["wget"], &["--no-check-certificate"])];
/// Variables with the values that switch the check off; empty for any value but an empty one. git looks only whether its
/// variable is there.
const VARIABLES: &[(&str, &[&str])] = &[
    ("DOCKER_CONTENT_TRUST", &["0"]),
    ("GIT_SSL_NO_VERIFY", &[]),
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
    ("PIP_TRUSTED_HOST", &[]),
    ("PYTHONHTTPSVERIFY", &["0"]),
];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    match step.statement {
        Some(Statement::Env(pairs)) => {
            for (key, value) in &pairs.pairs {
                if disables(&key.value, &step.expand(&value.value).unwrap_or_default()) {
                    report(key.range.cover(value.range), &key.value, sink);
                }
            }
        }
        Some(Statement::Arg(args)) => {
            for (arg, value) in args.iter().filter_map(|arg| Some((arg, arg.value.as_ref()?))) {
                if disables(&arg.key.value, &step.expand(&value.value).unwrap_or_default()) {
                    report(arg.key.range.cover(value.range), &arg.key.value, sink);
                }
            }
        }
        _ => {}
    }
    let Some(run) = step.run() else { return };
    for item in &run.commands {
        if let Some((node, what)) = switched_off(&item.command) {
            let place = run.place(node);
            // Checkov looks for a blank behind `0` and `false`, and for sslverify in one command alone.
            let behind = context.text().get(place.end as usize..).unwrap_or_default();
            let last = (behind.is_empty() || behind.starts_with('\n'))
                && what.ends_with(['0', 'e'])
                && !what.starts_with("GIT");
            let manager = what.to_ascii_lowercase().contains("sslverify=") && !is_manager(&item.command);
            let exported = item.command.name() == "export" && last;
            // The variable is all of git that it knows.
            let git = item.command.name() == "git" && !what.starts_with("GIT");
            report(place, &what, sink)
                .unlike_checkov(exported || manager || git || is_apart(&item.command, node));
        }
    }
}

/// Whether `strict-ssl` does not stand right behind `set`, where Checkov looks for it.
fn is_apart(command: &Invocation<'_>, node: Node<'_>) -> bool {
    let args = command.args();
    let at = args.iter().position(|arg| arg.word.node() == node);
    let behind_set = || at.and_then(|at| at.checked_sub(1)).is_some_and(|at| args[at].text == "set");
    let words = args.iter().position(|arg| arg.text == "set").unwrap_or_default();
    matches!(command.name(), "npm" | "yarn")
        && node.text().contains("strict-ssl")
        && !(behind_set() && args[..words].iter().all(|arg| matches!(arg.text.as_ref(), "config" | "c")))
}

/// Arguments before the first FROM, which stages take over by their names.
fn before_from(context: &Context<'_>, sink: &mut Sink<'_>) {
    for arg in &context.graph.global_args {
        if arg.value.known().is_some_and(|value| disables(&arg.name.value, value)) {
            report(arg.range, &arg.name.value, sink);
        }
    }
}

fn disables(name: &str, value: &str) -> bool {
    let same = |known: &str| known.eq_ignore_ascii_case(name);
    let off = |values: &[&str]| {
        if values.is_empty() { !value.is_empty() } else { values.contains(&value) }
    };
    VARIABLES.iter().any(|(known, values)| same(known) && off(values))
}

/// `pip`, `pip3.12`, `python -m pip` and `uv pip`.
fn is_pip(command: &Invocation<'_>) -> bool {
    let name = command.name();
    let versioned = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let runs = name.starts_with("python") || name == "uv";
    name.strip_prefix("pip").is_some_and(versioned)
        || runs && command.args().iter().any(|arg| arg.text == "pip" || arg.text == "-mpip")
}

/// What of a command switches the check off.
fn switched_off<'a>(command: &Invocation<'a>) -> Option<(Node<'a>, String)> {
    let name = command.name();
    let option = OPTIONS.iter().filter(|(names, _)| names.contains(&name)).flat_map(|(_, options)| *options);
    let option = option.chain(is_pip(command).then_some(&"--trusted-host"));
    let mut options = option.filter_map(|option| command.option(option));
    let word = |arg: &Arg<'a>| (arg.word.node(), arg.text.clone().into_owned());
    if let Some(found) = options.find(|word| !is_curl_value(command, word)) {
        return Some(word(found));
    }
    let lent = command.command().assignments().find(|assignment| {
        let value = assignment.value().map(Word::text).unwrap_or_default();
        assignment.name().is_some_and(|name| disables(name.text(), &value))
    });
    if let Some(found) = lent {
        return Some((found.node(), found.node().text().to_owned()));
    }
    // `export NAME=value`, and `env NAME=value` before the command.
    let own = if name == "export" { command.args() } else { &[] };
    let before = command.wrappers().next().map_or(&[][..], |_| command.words());
    let mut assigned = own.iter().chain(before);
    let found = assigned
        .find(|arg| arg.text.split_once('=').is_some_and(|(name, value)| disables(name, value)))
        .or_else(|| configured(command));
    found.map(word)
}

/// A cluster of short options ends where one of them takes a value: `-okfile` writes to `kfile`.
fn is_curl_value(command: &Invocation<'_>, word: &Arg<'_>) -> bool {
    let takes_value = |ch: char| "oHAudbcCDeEFmPQrtTUwxXyYzK".contains(ch);
    command.name() == "curl"
        && !word.text.starts_with("--")
        && word.text.find('k').is_some_and(|at| word.text[..at].contains(takes_value))
}

/// `npm config set strict-ssl false`, `git config http.sslVerify false` and the same with `=`.
fn configured<'b, 'a>(command: &'b Invocation<'a>) -> Option<&'b Arg<'a>> {
    let args = command.args();
    let key = match command.name() {
        "yum" | "dnf" | "microdnf" | "tdnf" | "yum-config-manager" | "dnf-config-manager" => {
            let off = |value: &str| matches!(value, "0" | "false" | "no" | "off");
            let value =
                |word: &Arg<'_>| Some(word.text.to_ascii_lowercase().split_once("sslverify=")?.1.to_owned());
            return args.iter().find(|word| value(word).is_some_and(|value| off(&value)));
        }
        "npm" | "yarn" | "pnpm" => "strict-ssl",
        "git" => "http.sslverify",
        _ => return None,
    };
    args.iter().enumerate().find_map(|(at, word)| {
        let lower = word.text.to_ascii_lowercase();
        let rest = lower.strip_prefix(key).or_else(|| lower.strip_prefix(&format!("--{key}")))?;
        let next = || args.get(at + 1).map_or("", |word| word.text.as_ref()).to_ascii_lowercase();
        let off = if rest.is_empty() { next() == "false" } else { rest == "=false" };
        off.then_some(word)
    })
}

/// Whether it is a command that changes the configuration of yum or dnf.
fn is_manager(command: &Invocation<'_>) -> bool {
    command.name().contains("config-manager") || command.args().iter().any(|arg| arg.text == "config-manager")
}

fn report<'s>(range: TextRange, what: &str, sink: &'s mut Sink<'_>) -> Draft<'s> {
    let lower = what.to_ascii_lowercase();
    let own = CODES.iter().find(|(part, _)| lower.contains(part)).map(|(_, code)| *code);
    // What is left are the short options of curl.
    let own = own.unwrap_or("CKV2_DOCKER_2");
    sink.report(range, format!("`{what}` switches off the check of what is downloaded"))
        .help("add the certificate of the server to the image instead, or mount it for the step")
        .aliases([own, "S4830"])
}

/// What other tools call the ways, by a part of what does it.
const CODES: &[(&str, &str)] = &[
    ("--no-check-certificate", "CKV2_DOCKER_3"),
    ("--trusted-host", "CKV2_DOCKER_4"),
    ("pythonhttpsverify", "CKV2_DOCKER_5"),
    ("node_tls_reject_unauthorized", "CKV2_DOCKER_6"),
    ("npm_config_strict_ssl", "CKV2_DOCKER_12"),
    ("strict-ssl", "CKV2_DOCKER_13"),
    ("git_ssl_no_verify", "CKV2_DOCKER_14"),
    ("http.sslverify", "CKV2_DOCKER_14"),
    ("sslverify", "CKV2_DOCKER_15"),
    ("pip_trusted_host", "CKV2_DOCKER_16"),
    ("docker_content_trust", "CIS-DI-0005"),
];
