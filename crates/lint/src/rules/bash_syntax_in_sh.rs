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
use shell::{Extension, ExtensionKind};

use crate::rule::{Check, Rule};
use crate::script::{ScriptView, SystemShell};
use crate::sink::Sink;

pub(crate) static RULE: Rule = Rule {
    code: "CO923",
    name: "bash-syntax-in-sh",
    aliases: &[
        "SC3001", "SC3002", "SC3003", "SC3004", "SC3005", "SC3006", "SC3007", "SC3008", "SC3010", "SC3011",
        "SC3018", "SC3019", "SC3020", "SC3021", "SC3022", "SC3023", "SC3024", "SC3025", "SC3029", "SC3030",
        "SC3033", "SC3034", "SC3052", "SC3053", "SC3054", "SC3055", "SC3056", "SC3057", "SC3059", "SC3060",
        "SC2112", "SC2113", "SC2127",
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
        let aliases = aliases(view, &found, alias);
        sink.report(view.place_of(found.range), format!("`sh` need not have {what}"))
            .help("write it in the language of POSIX, or choose bash with `SHELL [\"/bin/bash\", \"-c\"]`")
            .severity(view.portability(also))
            .aliases(aliases);
    }
}

/// What `ShellCheck` calls a use, where that depends on more than its kind.
fn aliases(view: &ScriptView<'_, '_>, found: &Extension, alias: &'static str) -> Vec<&'static str> {
    let text = view.parse().text();
    let (before, behind) = text.split_at(found.range.start as usize);
    match found.kind {
        ExtensionKind::ArrayElement if !before.rfind("${").is_some_and(|at| is_name(&before[at + 2..])) => {
            Vec::new()
        }
        ExtensionKind::RedirectBoth | ExtensionKind::RedirectBothFirst if behind.starts_with("&>>") => {
            Vec::new()
        }
        ExtensionKind::FunctionKeyword if behind.split('{').next().is_some_and(|head| head.contains('(')) => {
            vec!["SC2112"]
        }
        ExtensionKind::Indirect => {
            let inner = behind.split('}').next().unwrap_or("");
            let second = if inner.ends_with("[@]") || inner.ends_with("[*]") {
                Some("SC3055")
            } else {
                inner.ends_with(['@', '*']).then_some("SC3056")
            };
            [Some(alias), second].into_iter().flatten().collect()
        }
        _ => vec![alias],
    }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The code that `ShellCheck` has for it, what it is, and whether busybox has it.
const fn known(kind: ExtensionKind) -> Option<(&'static str, &'static str, bool)> {
    use ExtensionKind as Kind;
    Some(match kind {
        Kind::ProcessSubstitution => ("SC3001", "`<(…)`", false),
        Kind::ExtendedGlob => ("SC3002", "`@(…)`", false),
        Kind::AnsiQuoted => ("SC3003", "`$'…'`", true),
        Kind::TranslatedQuoted => ("SC3004", "`$\"…\"`", false),
        Kind::ArithmeticFor => ("SC3005", "`for ((…))`", false),
        Kind::ArithmeticCommand => ("SC3006", "`((…))`", false),
        Kind::OldArithmetic => ("SC3007", "`$[…]`", false),
        Kind::Select => ("SC3008", "`select`", false),
        Kind::Conditional => ("SC3010", "`[[ … ]]`", true),
        Kind::HereString => ("SC3011", "`<<<`", false),
        Kind::Increment => ("SC3018", "`++` and `--`", true),
        Kind::Power => ("SC3019", "`**`", true),
        Kind::RedirectBoth | Kind::RedirectBothFirst => ("SC3020", "`&>`", true),
        Kind::RedirectBothOld => ("SC3021", "`>&` with a file", false),
        Kind::NamedDescriptor => ("SC3022", "`{name}>`", false),
        Kind::LongDescriptor => ("SC3023", "descriptors of two digits", true),
        Kind::Append => ("SC3024", "`+=`", false),
        Kind::NetworkFile => ("SC3025", "`/dev/tcp`", false),
        Kind::PipeBoth => ("SC3029", "`|&`", false),
        Kind::Array => ("SC3030", "arrays", false),
        Kind::FunctionName => ("SC3033", "functions of such a name", true),
        Kind::FileSubstitution => ("SC3034", "`$(< file)`", false),
        Kind::NumberBase => ("SC3052", "numbers with a base", true),
        Kind::Indirect => ("SC3053", "`${!name}`", false),
        Kind::ArrayElement => ("SC3054", "arrays", false),
        Kind::Substring => ("SC3057", "`${name:…}`", true),
        Kind::ChangeCase => ("SC3059", "`${name^^}`", false),
        Kind::Replace => ("SC3060", "`${name/…}`", true),
        Kind::FunctionKeyword => ("SC2113", "`function`", true),
        Kind::CaseFallThrough => ("SC2127", "`;&`", false),
        _ => return None,
    })
}
