//! # unsigned-packages
//!
//! ## What it does
//! Finds `apt-get --allow-unauthenticated` and `--force-yes`, `apk --allow-untrusted`, `dnf --nogpgcheck`, `rpm
//! --nosignature`, `zypper --no-gpg-checks`, and `[trusted=yes]` in sources of apt.
//!
//! ## Why
//! Anybody on the way to the mirror can replace the packages.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends --allow-unauthenticated tool=1.2 && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,fixed
//! FROM debian:12-slim
//! RUN apt-get update && apt-get install -y --no-install-recommends tool=1.2 && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! COPY example.sources /etc/apt/sources.list.d/
//! COPY example.asc /etc/apt/keyrings/
//! RUN apt-get update && apt-get install -y --no-install-recommends tool=1.2 && rm -rf /var/lib/apt/lists/*
//! USER 1000
//! ```

use crate::context::Context;
use crate::model::Step;
use crate::rule::{Check, Rule};
use crate::sink::Sink;
use facts::{Safety, Severity};

pub(crate) static RULE: Rule = Rule {
    code: "CO624",
    name: "unsigned-packages",
    aliases: &["CKV2_DOCKER_7", "CKV2_DOCKER_8", "CKV2_DOCKER_9", "CKV2_DOCKER_10", "CKV2_DOCKER_11"],
    severity: Severity::Warning,
    summary: "packages are installed without a check of their signature",
    enabled: true,
    check: Check::StepOrTrigger(check),
    source: include_str!("unsigned_packages.rs"),
};

/// Programs with the options that switch the check off.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (
        &["apt-get", "apt", "aptitude"],
        &["--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"],
    ),
    (&["apk"], &["--allow-untrusted"]),
    (&["dnf", "dnf5", "microdnf", "tdnf", "yum"], &["--nogpgcheck", "--no-gpgchecks"]),
    (&["rpm"], &["--nodigest", "--nosignature", "--noverify", "--nofiledigest"]),
    (&["zypper"], &["--no-gpg-checks", "--allow-unsigned-rpm"]),
];

/// What other tools call this very way.
fn own_codes(program: &str, option: &str) -> Option<&'static str> {
    Some(match program {
        "apk" => "CKV2_DOCKER_7",
        "rpm" => "CKV2_DOCKER_10",
        "dnf" | "dnf5" | "microdnf" | "tdnf" | "yum" => "CKV2_DOCKER_9",
        "apt-get" | "apt" | "aptitude" if option == "--force-yes" => "CKV2_DOCKER_11",
        "apt-get" | "apt" | "aptitude" => "CKV2_DOCKER_8",
        _ => return None,
    })
}

fn check(context: &Context<'_>, step: &Step<'_>, sink: &mut Sink<'_>) {
    let Some(run) = step.run() else { return };
    for item in &run.commands {
        let name = item.command.name();
        let options =
            OPTIONS.iter().filter(|(names, _)| names.contains(&name)).flat_map(|(_, options)| *options);
        for arg in options.filter_map(|option| item.command.option(option)) {
            let draft = sink
                .report(run.place_of_arg(arg), format!("`{}` installs packages that nobody signed", arg.text))
                .help("add the key of the repository, for example with `signed-by=` in a source of apt")
                .aliases(own_codes(name, &arg.text))
                .unlike_checkov(matches!(name, "apt" | "aptitude"));
            if let Some(edit) = run.remove(context.text(), arg) {
                draft.fix("remove the option", Safety::Unsafe, vec![edit]);
            }
        }
        let words = item.command.args().iter();
        if let Some(arg) =
            words.into_iter().find(|arg| arg.text.contains("trusted=yes") && arg.text.contains("deb"))
        {
            sink.report(run.place_of_arg(arg), "`trusted=yes` installs packages that nobody signed")
                .help("write `[signed-by=/etc/apt/keyrings/NAME.asc]` and copy the key there")
                .aliases([]);
        }
    }
}
