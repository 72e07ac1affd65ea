//! RUN, CMD, ENTRYPOINT, SHELL, HEALTHCHECK.

use std::ops::Range;

use super::types::{Exec, Form, Healthcheck, Run, Statement};
use super::{Command, Context, Errors, finish, trim};
use crate::error::{Spanned, SyntaxError};
use crate::flags::{Flags, Kind};
use crate::{csv, duration};

/// Nanoseconds of the shortest duration of HEALTHCHECK that is not zero.
const SHORTEST: i64 = 1_000_000;

impl Context<'_> {
    pub(super) fn run(&self, command: &Command) -> Result<Statement, Errors> {
        let known = [
            ("mount", Kind::List),
            ("network", Kind::Text),
            ("security", Kind::Text),
            ("device", Kind::List),
        ];
        let mut flags = self.known_flags(command, &known);
        let mut errors = std::mem::take(&mut flags.errors);
        let mounts = flags.take_all("mount");
        errors.extend(mounts.iter().filter_map(bad_mount));
        let network = flags.take("network");
        errors.extend(
            network.as_ref().and_then(|flag| not_of(flag, "network mode", &["default", "none", "host"])),
        );
        let security = flags.take("security");
        errors.extend(
            security.as_ref().and_then(|flag| not_of(flag, "security mode", &["sandbox", "insecure"])),
        );
        let form = self.form(&command.args).map_err(|error| vec![error])?;
        let heredocs = self.heredocs.iter().map(|part| part.heredoc(self.source)).collect();
        let devices = flags.take_all("device");
        let wrong = |flag: &Spanned<String>| {
            crate::parse_device(&flag.value).err().map(|error| SyntaxError::new(flag.range, error))
        };
        errors.extend(devices.iter().filter_map(wrong));
        finish(errors, Statement::Run(Run { form, heredocs, mounts, network, security, devices }))
    }

    pub(super) fn exec(&self, command: &Command) -> Result<Exec, Errors> {
        self.no_flags(command)?;
        Ok(Exec { form: self.form(&command.args).map_err(|error| vec![error])? })
    }

    fn form(&self, range: &Range<usize>) -> Result<Form, SyntaxError> {
        let args = self.json_or_text(range)?;
        Ok(if args.json { Form::Json(args.words) } else { Form::Shell(self.logical.spanned(range)) })
    }

    pub(super) fn shell(&self, command: &Command) -> Result<Statement, Errors> {
        self.no_flags(command)?;
        match self.form(&command.args).map_err(|error| vec![error])? {
            Form::Json(words) if words.is_empty() => {
                Err(vec![self.error(command, "`SHELL` requires at least one argument")])
            }
            Form::Json(words) => Ok(Statement::Shell(words)),
            Form::Shell(_) => {
                let error = self.error(command, "`SHELL` requires the arguments to be in JSON form");
                Err(vec![error.help("write `SHELL [\"/bin/bash\", \"-c\"]`")])
            }
        }
    }

    pub(super) fn healthcheck(&self, command: &Command) -> Result<Healthcheck, Errors> {
        if command.args.is_empty() {
            return Err(vec![self.error(command, "`HEALTHCHECK` requires at least one argument")]);
        }
        let (kind, rest) = self.healthcheck_kind(&command.args);
        match self.logical.slice(&kind).to_ascii_uppercase().as_str() {
            "NONE" if rest.is_empty() => Ok(Healthcheck::None),
            "NONE" => {
                let place = self.logical.source(&rest);
                Err(vec![SyntaxError::new(place, "`HEALTHCHECK NONE` takes no arguments")])
            }
            "CMD" => self.probe(command, &rest),
            other => {
                let message = format!("unknown type `{other}` of `HEALTHCHECK`");
                let error = SyntaxError::new(self.logical.source(&kind), message);
                Err(vec![error.help("write `HEALTHCHECK CMD <command>` or `HEALTHCHECK NONE`")])
            }
        }
    }

    /// The first word of the arguments, and what follows it.
    pub(crate) fn healthcheck_kind(&self, args: &Range<usize>) -> (Range<usize>, Range<usize>) {
        let text = self.logical.slice(args);
        let end = args.start + text.find(char::is_whitespace).unwrap_or(text.len());
        (args.start..end, trim(self.logical.text(), end..args.end))
    }

    fn probe(&self, command: &Command, rest: &Range<usize>) -> Result<Healthcheck, Errors> {
        let names = ["interval", "timeout", "start-period", "start-interval", "retries"];
        let mut flags = self.known_flags(command, &names.map(|name| (name, Kind::Text)));
        let args = self.json_or_text(rest).map_err(|error| vec![error])?;
        if args.words.is_empty() {
            let error = self.error(command, "missing command after `HEALTHCHECK CMD`");
            flags.errors.push(error);
        }
        let check = Healthcheck::Cmd {
            form: if args.json { Form::Json(args.words) } else { Form::Shell(self.logical.spanned(rest)) },
            interval: duration_flag(&mut flags, "interval"),
            timeout: duration_flag(&mut flags, "timeout"),
            start_period: duration_flag(&mut flags, "start-period"),
            start_interval: duration_flag(&mut flags, "start-interval"),
            retries: retries(&mut flags),
        };
        finish(flags.errors, check)
    }
}

/// What can be said of a mount before its variables are known.
fn bad_mount(flag: &Spanned<String>) -> Option<SyntaxError> {
    let fields = match csv::fields(&flag.value) {
        Err(error) => {
            return Some(SyntaxError::new(flag.range, format!("malformed mount `{}`: {error}", flag.value)));
        }
        Ok(fields) => fields,
    };
    let mut pairs = fields.iter().filter_map(|field| field.split_once('='));
    pairs.find(|(key, value)| key.eq_ignore_ascii_case("from") && value.contains('$'))?;
    let error = SyntaxError::new(flag.range, "`from` of a mount does not support variables");
    Some(error.help("define a stage with `FROM … AS <name>` and name that"))
}

fn not_of(flag: &Spanned<String>, what: &str, allowed: &[&str]) -> Option<SyntaxError> {
    if allowed.contains(&flag.value.as_str()) {
        return None;
    }
    let list = allowed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    Some(
        SyntaxError::new(flag.range, format!("invalid {what} `{}`", flag.value))
            .help(format!("use one of {list}")),
    )
}

fn duration_flag(flags: &mut Flags, name: &str) -> Option<i64> {
    let flag = flags.take(name).filter(|flag| !flag.value.is_empty())?;
    let message = match duration::parse(&flag.value) {
        Some(value) if value == 0 || value >= SHORTEST => return Some(value),
        Some(_) => format!("`--{name}` cannot be less than 1ms"),
        None => format!("invalid duration `{}`", flag.value),
    };
    flags.errors.push(
        SyntaxError::new(flag.range, message).help("write a number with a unit, such as `30s` or `1m30s`"),
    );
    None
}

fn retries(flags: &mut Flags) -> Option<i64> {
    let flag = flags.take("retries").filter(|flag| !flag.value.is_empty())?;
    let message = match flag.value.parse::<i32>() {
        Ok(value) if value >= 0 => return Some(i64::from(value)),
        Ok(value) => format!("`--retries` cannot be negative (`{value}`)"),
        Err(_) => format!("invalid number `{}`", flag.value),
    };
    flags.errors.push(SyntaxError::new(flag.range, message));
    None
}
