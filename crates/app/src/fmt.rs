//! `cooper fmt`: Dockerfiles in one style.

use std::collections::BTreeSet;
use std::io::Read;

use formatter::{Case, Chain, Indent, Refusal, Style};

use crate::config::FormatSettings;
use crate::dockerfile::{self, Source};
use crate::{AppError, ErrorClass, World, find};

/// What is to be formatted, and how.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Files and directories; `-` is standard input; none means the current directory.
    pub paths: Vec<String>,
    /// What standard input is called in messages.
    pub stdin_name: Option<String>,
    /// Whether changed files are written.
    pub write: bool,
    /// `--indent`.
    pub indent: Option<String>,
    /// `--keyword-case`.
    pub keyword_case: Option<String>,
    /// `--chain`.
    pub chain: Option<String>,
}

/// A file and what became of it.
#[derive(Debug)]
pub struct File {
    /// Its name as given, or relative to the current directory.
    pub name: String,
    /// What became of it.
    pub state: State,
}

/// What became of a file.
#[derive(Debug)]
pub enum State {
    /// It is formatted already; its text.
    Same(String),
    /// The text as it was and as it is to be.
    Changed {
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// It cannot be formatted, because of these errors in it, and stays as it is.
    Broken(Vec<AppError>),
    /// It could not be read or written.
    Failed(AppError),
}

/// Formats all files of a request, each for itself: one that cannot be formatted does not keep others from it.
pub fn fmt(
    world: &World,
    request: &Request,
    mut stdin: Option<&mut dyn Read>,
) -> Result<Vec<File>, AppError> {
    let style = style(&world.settings.format, request)?;
    if request.paths.len() > 1 && request.paths.iter().any(|path| path == "-") {
        return Err(AppError::usage("standard input cannot be formatted beside other files"));
    }
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for (name, found) in find::find(world, &request.paths, find::Search::Git) {
        let input: Option<&mut dyn Read> = match &mut stdin {
            Some(input) => Some(&mut **input),
            None => None,
        };
        if seen.insert(world.path(&name)) {
            files.push(match found {
                Ok(()) => one(world, request, style, &name, input),
                Err(error) => File { name, state: State::Failed(error) },
            });
        }
    }
    Ok(files)
}

fn one(world: &World, request: &Request, style: Style, name: &str, stdin: Option<&mut dyn Read>) -> File {
    let source = match dockerfile::read(world, Some(name), None, stdin) {
        Ok(source) => source,
        Err(error) => {
            let state = State::Failed(AppError { help: None, ..error });
            return File { name: name.to_owned(), state };
        }
    };
    let shown = request.stdin_name.clone().filter(|_| source.path.is_none());
    let name = shown.unwrap_or_else(|| source.name.clone());
    let state = match formatter::format(&syntax::parse(&source.text), style) {
        Ok(new) if new == source.text => State::Same(new),
        Ok(new) => written(request, source, new),
        Err(refusal) => State::Broken(errors(&name, &source.text, refusal)),
    };
    File { name, state }
}

/// Writes the new text, if asked to.
fn written(request: &Request, source: Source, new: String) -> State {
    let path = source.path.as_ref().filter(|_| request.write);
    match path.map(|path| kit::replace_atomic(path, new.as_bytes())) {
        Some(Err(error)) => {
            State::Failed(AppError::environment(format!("failed to write `{}`: {error}", source.name)))
        }
        _ => State::Changed { old: source.text, new },
    }
}

fn errors(name: &str, text: &str, refusal: Refusal) -> Vec<AppError> {
    let at = |range, message: String, help: Option<String>| {
        AppError { help, ..AppError::new(ErrorClass::Build, message) }.in_source(name, text, Some(range))
    };
    match refusal {
        Refusal::Syntax(errors) => {
            errors.into_iter().map(|error| at(error.range, error.message, error.help)).collect()
        }
        Refusal::Meaning(range) => {
            let message = "formatting would change what this means, so the file is left as it is";
            vec![at(range, message.to_owned(), Some("this is a bug of cooper: please report it".to_owned()))]
        }
    }
}

/// The style: what the command says, else what the configuration says, else the default.
fn style(settings: &FormatSettings, request: &Request) -> Result<Style, AppError> {
    let mut style = Style::default();
    if let Some(text) = request.indent.as_ref().or(settings.indent.as_ref()) {
        style.indent = indent(text)?;
    }
    if let Some(text) = request.keyword_case.as_ref().or(settings.keyword_case.as_ref()) {
        style.keyword_case =
            one_of("case", text, [("upper", Case::Upper), ("lower", Case::Lower), ("keep", Case::Keep)])?;
    }
    if let Some(text) = request.chain.as_ref().or(settings.chain.as_ref()) {
        let known = [("keep", Chain::Keep), ("leading", Chain::Leading), ("trailing", Chain::Trailing)];
        style.chain = one_of("place of `&&`", text, known)?;
    }
    Ok(style)
}

fn indent(text: &str) -> Result<Indent, AppError> {
    match text.parse::<u8>() {
        _ if text == "tab" => Ok(Indent::Tab),
        Ok(width @ 2..=8) => Ok(Indent::Spaces(width)),
        _ => Err(AppError::usage(format!("`{text}` is not an indentation"))
            .help("use a number of blanks from 2 to 8, or `tab`")),
    }
}

fn one_of<T: Copy>(what: &str, text: &str, known: [(&str, T); 3]) -> Result<T, AppError> {
    known.iter().find(|(name, _)| *name == text).map(|(_, value)| *value).ok_or_else(|| {
        let names = known.map(|(name, _)| name);
        AppError::usage(format!("`{text}` is not a {what}")).help(format!("use one of: {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_counts_before_the_configuration() {
        let text = |text: &str| Some(text.to_owned());
        let settings = FormatSettings { indent: text("2"), keyword_case: None, chain: text("leading") };
        let request = Request { indent: text("tab"), keyword_case: text("lower"), ..Request::default() };
        let expect = Style { indent: Indent::Tab, keyword_case: Case::Lower, chain: Chain::Leading };
        assert_eq!(style(&settings, &request).unwrap(), expect);
    }

    #[test]
    fn bad_values_are_told_with_the_good_ones() {
        let check = |request: Request, expect: &str| {
            let error = style(&FormatSettings::default(), &request).unwrap_err();
            assert!(error.help.as_deref().is_some_and(|help| help.contains(expect)), "{error:?}");
        };
        for bad in ["0", "1", "9", "-1", "tabs", ""] {
            check(Request { indent: Some(bad.to_owned()), ..Request::default() }, "tab");
        }
        check(Request { keyword_case: Some("x".to_owned()), ..Request::default() }, "upper");
        check(Request { chain: Some("x".to_owned()), ..Request::default() }, "trailing");
    }
}
