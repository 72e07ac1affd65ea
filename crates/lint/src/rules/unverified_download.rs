//! # unverified-download
//!
//! ## What it does
//! Finds programs that curl or wget fetch and `chmod` makes executable, in a RUN that compares no checksum and no
//! signature, and follows them into the image.
//!
//! ## Why
//! Whoever controls the server, or the way to it, decides what the image runs.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN curl -fsSLo /usr/local/bin/tool https://example.com/tool-v1.2.3 && chmod +x /usr/local/bin/tool
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN curl -fsSLo /usr/local/bin/tool https://example.com/tool-v1.2.3 \
//!  && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  /usr/local/bin/tool" | sha256sum -c \
//!  && chmod +x /usr/local/bin/tool
//! USER 1000
//! ```

use facts::Severity;
use shell::{Arg, Node};

use crate::context::Context;
use crate::model::{RunCommand, RunStep, Step};
use crate::paths::base_name;
use crate::rule::{Check, Rule};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO403",
    name: "unverified-download",
    aliases: &[],
    severity: Severity::Info,
    summary: "a program is downloaded without a check and shipped",
    enabled: true,
    check: Check::Step(check),
    source: include_str!("unverified_download.rs"),
};

/// Commands that check what was downloaded.
pub(super) const CHECKS: &[&str] = &[
    "b2sum",
    "cosign",
    "gpg",
    "gpg2",
    "gpgv",
    "md5sum",
    "minisign",
    "openssl",
    "sha1sum",
    "sha224sum",
    "sha256sum",
    "sha384sum",
    "sha512sum",
    "shasum",
    "signify",
];

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    if run.named(CHECKS).next().is_some() {
        return;
    }
    for item in run.named(&["curl", "wget"]) {
        let Some((path, word)) = saved(step, item).filter(|(path, _)| is_made_executable(step, run, path))
        else {
            continue;
        };
        let Some(way) = context.way_into_image(step, &path) else { continue };
        let mut draft = sink
            .report(run.place(word), format!("the program `{path}` is downloaded without a check"))
            .help("compare its checksum in the same RUN, or use `ADD --checksum=sha256:<digest> --chmod=755 <url>`");
        for copy in way {
            draft = draft.related(copy, "shipped by this copy");
        }
    }
}

/// The file that a download is written to.
fn saved<'a>(step: &Step<'_>, item: &RunCommand<'a>) -> Option<(String, Node<'a>)> {
    let command = &item.command;
    if let Some(redirect) = command.command().redirects().find(|redirect| redirect.writes()) {
        let target = Arg::new(redirect.target()?);
        return Some((item.path(step, &target)?, target.word.node()));
    }
    let wget = command.name() == "wget";
    let names: &[&str] = if wget { &["-O", "--output-document"] } else { &["-o", "--output"] };
    let url = || command.args().iter().find(|word| word.text.contains("://"));
    let cluster = || clustered(command.args(), if wget { 'O' } else { 'o' });
    if let Some((value, word)) = command.value(names).or_else(cluster) {
        return Some((item.path_of(step, value, word.expands)?, word.word.node()));
    }
    if wget || command.option("-O").is_some() {
        let word = url()?;
        return Some((kit::absolute_path(item.cwd.as_deref()?, base_name(&word.text)), word.word.node()));
    }
    None
}

/// The value of a short option at the end of a cluster, as in `-fsSLo file`.
fn clustered<'b, 'a>(args: &'b [Arg<'a>], letter: char) -> Option<(&'b str, &'b Arg<'a>)> {
    let is_cluster = |word: &Arg<'_>| {
        word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with(letter)
    };
    let at = args.iter().position(is_cluster)?;
    args.get(at + 1).map(|word| (word.text.as_ref(), word))
}

fn is_made_executable(step: &Step<'_>, run: &RunStep<'_>, path: &str) -> bool {
    run.named(&["chmod"]).any(|item| {
        let mut operands = item.command.args().iter();
        let executable = operands.next().is_some_and(|mode| is_executable_mode(&mode.text));
        executable && operands.any(|word| item.path(step, word).as_deref() == Some(path))
    })
}

fn is_executable_mode(mode: &str) -> bool {
    let octal = !mode.is_empty() && mode.bytes().all(|byte| byte.is_ascii_digit());
    let odd = |byte: u8| (byte - b'0') % 2 == 1;
    if octal { mode.bytes().any(odd) } else { mode.contains('+') && mode.contains('x') }
}
