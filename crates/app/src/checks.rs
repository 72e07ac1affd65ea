//! `# check=error=true`: a Dockerfile can ask that what `BuildKit`'s checks find makes the build fail.

use std::collections::BTreeMap;

use facts::Finding;
use lint_rules::{CheckDirective, LintOptions, is_buildkit};
use syntax::{CheckOptions, Parse};

use crate::build::Request;
use crate::dockerfile::Source;
use crate::{AppError, ErrorClass};

/// The build argument that counts in place of the directive (Docker documentation, "Built-in build args").
const ARGUMENT: &str = "BUILDKIT_DOCKERFILE_CHECK";

/// What a file, or the build argument in its place, asks of the checks.
pub(crate) fn directive(build_args: &BTreeMap<String, String>, parse: &Parse) -> CheckDirective {
    let given = build_args.get(ARGUMENT).map(|text| CheckDirective::parse(text));
    given.unwrap_or_else(|| CheckDirective::of(parse))
}

/// What the build argument says in the place of the directive, as choices of a check.
pub(crate) fn replace(
    build_args: &BTreeMap<String, String>,
    options: &mut LintOptions<'_>,
) -> Result<(), AppError> {
    let Some(text) = build_args.get(ARGUMENT) else { return Ok(()) };
    CheckOptions::parse(text).map_err(|error| AppError::usage(format!("`{ARGUMENT}`: {error}")))?;
    let given = CheckDirective::parse(text);
    options.no_directive = true;
    options.enable.extend(given.experimental);
    for name in given.skip {
        if name == "all" {
            let all = lint_rules::rules().iter().flat_map(|rule| rule.aliases);
            options.ignore.extend(all.filter(|alias| is_buildkit(alias)).map(|alias| (*alias).to_owned()));
        } else {
            options.ignore.push(name);
        }
    }
    Ok(())
}

/// Whether a finding is one of a check that a directive asks for.
pub(crate) fn counts(directive: &CheckDirective, finding: &Finding) -> bool {
    let skipped = |alias: &str| directive.skip.iter().any(|name| name == "all" || name == alias);
    finding.aliases.iter().any(|alias| is_buildkit(alias) && !skipped(alias))
}

/// Refuses a build of a file that asks for it, with the first thing that is found.
pub(crate) fn pass(request: &Request, source: &Source, parse: &Parse) -> Result<(), AppError> {
    let directive = directive(&request.build_args, parse);
    if !directive.error {
        return Ok(());
    }
    let options = LintOptions {
        enable: directive.experimental.clone(),
        target: request.target.clone(),
        build_args: request.build_args.clone(),
        named_contexts: request.contexts.keys().map(|name| image::context_name(name)).collect(),
        complete: true,
        ..LintOptions::default()
    };
    let found = lint_rules::lint(&source.name, &source.text, &options);
    let Some(first) = found.into_iter().find(|finding| counts(&directive, finding)) else { return Ok(()) };
    let name = first.aliases.iter().find(|alias| is_buildkit(alias)).copied().unwrap_or(first.rule);
    let message = format!("{} ({name}), and `check=error=true` makes that an error", first.message);
    let error = AppError { help: first.help, ..AppError::new(ErrorClass::Build, message) };
    Err(error.in_source(&source.name, &source.text, Some(first.primary.range)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, argument: Option<&str>) -> bool {
        let mut request = Request::of(".".to_owned());
        request.build_args.extend(argument.map(|text| (ARGUMENT.to_owned(), text.to_owned())));
        let source = Source::new("Dockerfile", text.as_bytes().to_vec(), None).unwrap();
        pass(&request, &source, &syntax::parse(text)).is_err()
    }

    #[test]
    fn what_checks_find_is_an_error_where_the_file_or_the_command_asks_for_it() {
        let body = "FROM a:1\nARG TOKEN\nRUN x\n";
        let with = |directive: &str| format!("# check={directive}\n{body}");
        assert!(!refused(body, None));
        assert!(refused(&with("error=true"), None));
        assert!(!refused(&with("skip=SecretsUsedInArgOrEnv;error=true"), None));
        assert!(!refused(&with("skip=all;error=true"), None));
        assert!(refused(body, Some("error=true")));
        assert!(!refused(&with("error=true"), Some("error=false")));
        assert!(!refused("# check=error=true\nFROM a:1\nRUN sudo x\n", None));
    }
}
