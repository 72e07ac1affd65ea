//! # bash-syntax-in-sh
//!
//! ## What it does
//! Finds what bash has and POSIX has not: `[[ … ]]`, `${x:0:4}`, `${x/a/b}`, `${x^^}`, `&>`, `|&`, `<<<`, `<(…)`,
//! arrays, `((…))`, `$'…'`, `+=`, where the shell is `sh`. What the shell of the image is known to have all the
//! same is a matter of style.
//!
//! ## Why
//! dash refuses such a text, or takes it for something else: `make &> log` runs make beside what follows.
//!
//! ## Example
//! ```dockerfile,bad
//! FROM debian:12-slim
//! RUN if [[ -e /etc/debian_version ]]; then touch /debian; fi
//! USER 1000
//! ```
//! ```dockerfile,good
//! FROM debian:12-slim
//! RUN if [ -e /etc/debian_version ]; then touch /debian; fi
//! USER 1000
//! ```

use facts::Severity;
use shell::ExtensionKind;

use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO923",
    name: "bash-syntax-in-sh",
    aliases: &[
        "SC3001", "SC3003", "SC3005", "SC3006", "SC3008", "SC3010", "SC3011", "SC3020", "SC3024", "SC3029",
        "SC3030", "SC3053", "SC3054", "SC3056", "SC3057", "SC3059", "SC3060",
    ],
    severity: Severity::Warning,
    summary: "syntax of bash in a text for sh",
    enabled: true,
    check: Check::Script(check),
    source: include_str!("bash_syntax_in_sh.rs"),
};

fn check(view: &ScriptView<'_, '_>, sink: &mut Sink<'_>) {
    if view.is_bash() {
        return;
    }
    for found in view.parse().extensions() {
        let Some((alias, what, in_busybox)) = known(found.kind) else { continue };
        let also: &[SystemShell] = if in_busybox { &[SystemShell::Busybox] } else { &[] };
        sink.report(view.place_of(found.range), format!("`sh` need not have {what}"))
            .help("write it in the language of POSIX, or choose bash with `SHELL [\"/bin/bash\", \"-c\"]`")
            .severity(view.portability(also))
            .aliases([alias]);
    }
}

/// The code that `ShellCheck` has for it, what it is, and whether busybox has it.
const fn known(kind: ExtensionKind) -> Option<(&'static str, &'static str, bool)> {
    use ExtensionKind as Kind;
    Some(match kind {
        Kind::ProcessSubstitution => ("SC3001", "`<(…)`", false),
        Kind::AnsiQuoted => ("SC3003", "`$'…'`", true),
        Kind::ArithmeticFor => ("SC3005", "`for ((…))`", false),
        Kind::ArithmeticCommand => ("SC3006", "`((…))`", false),
        Kind::Select => ("SC3008", "`select`", false),
        Kind::Conditional => ("SC3010", "`[[ … ]]`", true),
        Kind::HereString => ("SC3011", "`<<<`", false),
        Kind::RedirectBoth | Kind::RedirectBothFirst => ("SC3020", "`&>`", true),
        Kind::Append => ("SC3024", "`+=`", false),
        Kind::PipeBoth => ("SC3029", "`|&`", false),
        Kind::Array => ("SC3030", "arrays", false),
        Kind::Indirect => ("SC3053", "`${!name}`", false),
        Kind::ArrayElement => ("SC3054", "arrays", false),
        Kind::Substring => ("SC3057", "`${name:…}`", true),
        Kind::ChangeCase => ("SC3059", "`${name^^}`", false),
        Kind::Replace => ("SC3060", "`${name/…}`", true),
        _ => return None,
    })
}
