//! Instructions that change the configuration alone.

use image::{Empty, Healthcheck};
use syntax::{ArgDecl, Exec, Form, KeyValues, Spanned, Statement};

use super::{Current, StageState, word_error};
use crate::lower::Planner;
use crate::{PlanError, history};

impl StageState {
    /// Applies an instruction that makes no layer.
    pub(super) fn metadata(
        &mut self,
        planner: &Planner<'_>,
        current: &Current,
        statement: Statement,
    ) -> Result<(), PlanError> {
        match statement {
            Statement::Env(pairs) => self.env(planner, &pairs)?,
            Statement::Label(pairs) => self.label(planner, &pairs)?,
            Statement::User(user) => self.user(planner, &user)?,
            Statement::Volume(paths) => self.volume(planner, &paths)?,
            Statement::Expose(ports) => self.expose(planner, &ports)?,
            Statement::Stopsignal(signal) => self.stop_signal(planner, &signal)?,
            Statement::Cmd(exec) => self.cmd(&exec),
            Statement::Entrypoint(exec) => self.entrypoint(&exec),
            Statement::Shell(words) => self.set_shell(&words),
            Statement::Healthcheck(check) => self.healthcheck(&check),
            Statement::Onbuild(trigger) => self.onbuild(&trigger.text),
            Statement::Maintainer(name) => self.maintainer(&name.value),
            _ => return Err(PlanError::at(current.range, "this instruction cannot stand here")),
        }
        Ok(())
    }

    fn env(&mut self, planner: &Planner<'_>, pairs: &KeyValues) -> Result<(), PlanError> {
        let pairs = self.expand_pairs(planner, pairs)?;
        for (key, value) in &pairs {
            self.scope.set_env(key, value);
        }
        self.note(history::pairs("ENV", &pairs));
        Ok(())
    }

    fn label(&mut self, planner: &Planner<'_>, pairs: &KeyValues) -> Result<(), PlanError> {
        let pairs = self.expand_pairs(planner, pairs)?;
        self.note(history::pairs("LABEL", &pairs));
        self.config.labels.extend(pairs);
        Ok(())
    }

    /// Expands all pairs with the values from before the instruction (Dockerfile reference, "ENV").
    fn expand_pairs(
        &self,
        planner: &Planner<'_>,
        pairs: &KeyValues,
    ) -> Result<Vec<(String, String)>, PlanError> {
        let mut out = Vec::new();
        for (key, value) in &pairs.pairs {
            let name = self.expand(planner, &key.value, key.range)?;
            out.push((name, self.expand(planner, &value.value, value.range)?));
        }
        Ok(out)
    }

    /// Declares arguments; each default sees those before it.
    pub(super) fn arg(
        &mut self,
        planner: &Planner<'_>,
        _current: &Current,
        args: &[ArgDecl],
    ) -> Result<(), PlanError> {
        let mut shown = Vec::new();
        for arg in args {
            let name = &arg.key.value;
            let default = match &arg.value {
                Some(value) => Some(self.expand(planner, &value.value, value.range)?),
                None => planner.graph.global_value(name),
            };
            let value = planner.options.build_args.get(name).cloned().or(default);
            shown.push(value.as_ref().map_or_else(|| name.clone(), |value| format!("{name}={value}")));
            self.scope.set_arg(name, value);
        }
        self.note(format!("ARG {}", shown.join(" ")));
        Ok(())
    }

    fn form(&self, exec: &Exec) -> Vec<String> {
        match &exec.form {
            Form::Json(words) => words.iter().map(|word| word.value.clone()).collect(),
            Form::Shell(text) => {
                let mut words = self.shell();
                words.push(text.value.clone());
                words
            }
        }
    }

    fn cmd(&mut self, exec: &Exec) {
        let words = self.form(exec);
        self.note(history::command("CMD", &words));
        self.config.cmd = Some(words);
        self.config.args_escaped = true;
        self.cmd_set = true;
    }

    fn entrypoint(&mut self, exec: &Exec) {
        let words = self.form(exec);
        self.note(history::command("ENTRYPOINT", &words));
        self.config.entrypoint = Some(words);
        if !self.cmd_set {
            self.config.cmd = None;
        }
    }

    fn set_shell(&mut self, words: &[Spanned<String>]) {
        let words: Vec<String> = words.iter().map(|word| word.value.clone()).collect();
        self.note(format!("SHELL [{}]", words.join(" ")));
        self.config.shell = Some(words);
    }

    fn healthcheck(&mut self, check: &syntax::Healthcheck) {
        let check = match check {
            syntax::Healthcheck::None => {
                Healthcheck { test: vec!["NONE".to_owned()], ..Healthcheck::default() }
            }
            syntax::Healthcheck::Cmd { form, interval, timeout, start_period, start_interval, retries } => {
                let mut test = Vec::new();
                match form {
                    Form::Json(words) => {
                        test.push("CMD".to_owned());
                        test.extend(words.iter().map(|word| word.value.clone()));
                    }
                    Form::Shell(command) => test.extend(["CMD-SHELL".to_owned(), command.value.clone()]),
                }
                Healthcheck {
                    test,
                    interval: interval.unwrap_or(0),
                    timeout: timeout.unwrap_or(0),
                    start_period: start_period.unwrap_or(0),
                    start_interval: start_interval.unwrap_or(0),
                    retries: retries.unwrap_or(0),
                }
            }
        };
        self.note(history::healthcheck(&check));
        self.config.healthcheck = Some(check);
    }

    fn user(&mut self, planner: &Planner<'_>, user: &Spanned<String>) -> Result<(), PlanError> {
        self.config.user = self.expand(planner, &user.value, user.range)?;
        self.note(format!("USER {}", self.config.user));
        Ok(())
    }

    fn volume(&mut self, planner: &Planner<'_>, paths: &[Spanned<String>]) -> Result<(), PlanError> {
        let mut shown = Vec::new();
        for path in paths {
            let path_text = self.expand(planner, &path.value, path.range)?;
            if path_text.is_empty() {
                return Err(PlanError::at(path.range, "`VOLUME` names an empty path"));
            }
            self.config.volumes.insert(path_text.clone(), Empty {});
            shown.push(path_text);
        }
        self.note(format!("VOLUME [{}]", shown.join(" ")));
        Ok(())
    }

    fn expose(&mut self, planner: &Planner<'_>, ports: &[Spanned<String>]) -> Result<(), PlanError> {
        let mut shown = Vec::new();
        for word in ports {
            let words =
                syntax::expand_words(&word.value, planner.parse.escape(), &|name| self.lookup(planner, name))
                    .map_err(|error| word_error(planner, &error, word.range))?;
            for text in words {
                shown.extend(expand_ports(&text).map_err(|message| PlanError::at(word.range, message))?);
            }
        }
        self.note(format!("EXPOSE [{}]", shown.join(" ")));
        self.config.exposed_ports.extend(shown.into_iter().map(|port| (port, Empty {})));
        Ok(())
    }

    fn stop_signal(&mut self, planner: &Planner<'_>, signal: &Spanned<String>) -> Result<(), PlanError> {
        let text = self.expand(planner, &signal.value, signal.range)?;
        if !is_signal(&text) {
            let message = format!("`{text}` is not a signal");
            return Err(PlanError::at(signal.range, message).help("use a name such as `SIGTERM` or a number"));
        }
        self.note(format!("STOPSIGNAL {text}"));
        self.config.stop_signal = Some(text);
        Ok(())
    }

    fn onbuild(&mut self, text: &str) {
        self.config.on_build.push(text.to_owned());
    }

    fn maintainer(&mut self, name: &str) {
        self.author = Some(name.to_owned());
        self.note(format!("MAINTAINER {name}"));
    }
}

/// `80`, `80/udp`, `8000-8002/tcp` and `ip:host:container` as `port/protocol` each.
fn expand_ports(text: &str) -> Result<Vec<String>, String> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("`{text}` has the unknown protocol `{protocol}`"));
    }
    let range = range.rsplit(':').next().unwrap_or(range);
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let port = |part: &str| part.parse::<u16>().map_err(|_| format!("`{text}` is not a port"));
    let (first, last) = (port(first)?, port(last)?);
    if first > last {
        return Err(format!("`{text}` is a range that ends before it begins"));
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

const SIGNALS: &[&str] = &[
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
    "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
];

/// A signal by number, or by name with or without `SIG`, real-time signals included.
fn is_signal(text: &str) -> bool {
    if let Ok(number) = text.parse::<u32>() {
        return number > 0 && number < 65;
    }
    let upper = text.to_ascii_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |rest: &str| rest[1..].parse::<u32>().is_ok_and(|offset| offset < 16);
    if name.starts_with("RTMIN+") || name.starts_with("RTMAX-") {
        return real_time(&name[5..]);
    }
    SIGNALS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_ranges_expand() {
        let check = |text: &str, expect: &[&str]| assert_eq!(expand_ports(text).unwrap(), expect, "{text}");
        check("80", &["80/tcp"]);
        check("53/UDP", &["53/udp"]);
        check("8000-8002/tcp", &["8000/tcp", "8001/tcp", "8002/tcp"]);
        check("127.0.0.1:80:8080", &["8080/tcp"]);
        for text in ["x", "80/http", "9-8", "70000"] {
            assert!(expand_ports(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signals_have_names_and_numbers() {
        for text in ["SIGTERM", "term", "9", "SIGRTMIN+3"] {
            assert!(is_signal(text), "{text}");
        }
        for text in ["", "0", "99", "SIGNOPE", "SIGRTMIN+99"] {
            assert!(!is_signal(text), "{text}");
        }
    }
}
