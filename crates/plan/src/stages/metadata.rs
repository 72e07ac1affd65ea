//! Instructions that change the configuration alone.

use image::{Empty, Healthcheck};
use syntax::{ArgDecl, Exec, Form, KeyValues, Spanned, Statement};

use super::{Current, StageState, word_error};
use crate::lower::Planner;
use crate::signals::is_signal;
use crate::{PlanError, history, ports};

impl StageState {
    /// Applies an instruction that makes no layer.
    pub(super) fn metadata(
        &mut self,
        planner: &Planner<'_>,
        current: &Current,
        statement: &Statement,
    ) -> Result<(), PlanError> {
        match statement {
            Statement::Env(pairs) => self.env(planner, pairs)?,
            Statement::Label(pairs) => self.label(planner, pairs)?,
            Statement::User(user) => self.user(planner, user)?,
            Statement::Volume(paths) => self.volume(planner, paths)?,
            Statement::Expose(ports) => self.expose(planner, ports)?,
            Statement::Stopsignal(signal) => self.stop_signal(planner, signal)?,
            Statement::Cmd(exec) => self.cmd(exec),
            Statement::Entrypoint(exec) => self.entrypoint(exec),
            Statement::Shell(words) => self.set_shell(words),
            Statement::Healthcheck(check) => self.healthcheck(check),
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
            planner.uncertain.set(false);
            let words =
                syntax::expand_words(&word.value, planner.parse.escape(), &|name| self.lookup(planner, name))
                    .map_err(|error| word_error(planner, &error, word.range))?;
            for text in words {
                shown.extend(ports::expose(&text).map_err(|message| PlanError::at(word.range, message))?);
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
