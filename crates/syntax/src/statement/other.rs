//! FROM, ONBUILD, VOLUME, EXPOSE.

use super::types::{From, Onbuild, Statement};
use super::{Command, Context, Errors, finish, split_command};
use crate::dump;
use crate::error::{Spanned, SyntaxError};
use crate::flags::Kind;
use crate::keyword::Keyword;

impl Context<'_> {
    pub(super) fn from(&self, command: &Command) -> Result<Statement, Errors> {
        let mut words = self.list(&command.args).into_iter();
        let mut flags = self.known_flags(command, &[("platform", Kind::Text)]);
        let mut errors = std::mem::take(&mut flags.errors);
        let (image, as_keyword, name) = match (words.next(), words.next(), words.next(), words.next()) {
            (Some(image), None, ..) => (image, None, None),
            (Some(image), Some(word), Some(name), None) if word.value.eq_ignore_ascii_case("as") => {
                (image, Some(word), Some(name))
            }
            _ => {
                let error = self.error(command, "`FROM` requires either one or three arguments");
                errors.push(error.help("write `FROM <image>` or `FROM <image> AS <name>`"));
                return Err(errors);
            }
        };
        errors.extend(name.as_ref().and_then(bad_name));
        let platform = flags.take("platform").filter(|flag| !flag.value.is_empty());
        finish(errors, Statement::From(From { platform, image, as_keyword, name }))
    }

    pub(super) fn volume(&self, command: &Command) -> Result<Statement, Errors> {
        let args = self.json_or_list(&command.args).map_err(|error| vec![error])?;
        if args.words.is_empty() {
            return Err(vec![self.error(command, "`VOLUME` requires at least one argument")]);
        }
        self.no_flags(command)?;
        let empty = args.words.iter().find(|path| path.value.trim().is_empty());
        let error = empty.map(|path| SyntaxError::new(path.range, "a volume cannot be an empty string"));
        finish(error.into_iter().collect(), Statement::Volume(args.words))
    }

    pub(super) fn expose(&self, command: &Command) -> Result<Statement, Errors> {
        self.at_least_one(command, Keyword::Expose)?;
        Ok(Statement::Expose(self.list(&command.args)))
    }

    pub(super) fn onbuild(&self, command: &Command) -> Result<Onbuild, Errors> {
        self.at_least_one(command, Keyword::Onbuild)?;
        let trigger = split_command(self.logical.text(), command.args.clone());
        let word = self.logical.slice(&trigger.keyword);
        let kind = Keyword::of(word);
        if matches!(kind, Keyword::Onbuild | Keyword::Maintainer | Keyword::From) {
            let message = format!("`{}` is not allowed as a trigger of `ONBUILD`", kind.name());
            return Err(vec![SyntaxError::new(self.logical.source(&trigger.keyword), message)]);
        }
        // What the trigger does is looked at when it is used; here only that its line can be taken apart.
        dump::arguments(self, kind, &trigger.args).map_err(|error| vec![error])?;
        let (statement, errors) = match self.statement(command.args.clone()) {
            Ok(statement) => (Some(Box::new(statement)), Vec::new()),
            Err(errors) => (None, errors),
        };
        let mut text = self.logical.text()[command.args.start..].to_owned();
        for heredoc in self.heredocs {
            text = format!("{text}\n{}{}", heredoc.body.slice(self.source), heredoc.name.value);
        }
        Ok(Onbuild { text, statement, errors })
    }
}

fn bad_name(name: &Spanned<String>) -> Option<SyntaxError> {
    let lower = name.value.to_lowercase();
    let rest = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    if lower.starts_with(|ch: char| ch.is_ascii_lowercase()) && lower.bytes().all(rest) {
        return None;
    }
    let error = SyntaxError::new(name.range, format!("invalid name `{}` of a stage", name.value));
    Some(error.help("begin with a letter and use only letters, digits, `-`, `_` and `.`"))
}
