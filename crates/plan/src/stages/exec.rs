//! RUN: the process, its environment and its mounts.

use stage::EdgeKind;
use syntax::{Form, Heredoc, Mount, MountKind, Run, Spanned};

use super::{Current, StageState, word_error};
use crate::lower::Planner;
use crate::{
    Exec, ExecMount, ExecMountKind, NamedContext, NetworkMode, Op, PlanError, Privilege, Sharing, Source,
};

/// Proxy settings, which every RUN sees when they are given and which are part of nothing (Dockerfile
/// reference, "Predefined ARGs").
const PROXY_ARGS: &[&str] = &["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

impl StageState {
    /// Adds the step of a RUN.
    pub(super) fn run_step(
        &mut self,
        planner: &mut Planner<'_>,
        current: &Current,
        run: &Run,
    ) -> Result<(), PlanError> {
        let mut mounts = Vec::new();
        for flag in &run.mounts {
            mounts.push(self.mount(planner, current, &flag.value, flag.range)?);
        }
        let (network, insecure, devices) = (network(planner, run)?, insecure(planner, run)?, devices(run)?);
        if self.assuming {
            return Ok(());
        }
        let (args, files) = self.command(run);
        let exec = Exec {
            env: self.scope.process_env(),
            arguments: self.scope.arguments(),
            lent_env: self.proxy_env(planner),
            cwd: self.cwd(),
            user: self.config.user.clone(),
            network,
            insecure,
            devices,
            hostname: build_arg(planner, "BUILDKIT_SANDBOX_HOSTNAME"),
            args,
            mounts,
            files,
        };
        let created_by = self.run_history(&exec);
        self.push(planner, current, Op::Exec(Box::new(exec)), created_by);
        Ok(())
    }

    /// Arguments of the process and the files it needs, from the three forms of RUN.
    fn command(&self, run: &Run) -> (Vec<String>, Vec<(String, String)>) {
        let text = match &run.form {
            Form::Json(words) => return (words.iter().map(|word| word.value.clone()).collect(), Vec::new()),
            Form::Shell(text) => &text.value,
        };
        let mut args = self.shell();
        // What indents the lines of the Dockerfile is no part of the step: formatting it makes no other step.
        let text = if syntax::is_posix_shell(&args) { syntax::squeeze_shell(text) } else { text.into() };
        let mut files = Vec::new();
        match run.script() {
            Some(script) if script.body.value.starts_with("#!") => {
                let path = format!("/dev/pipes/{}", script.name.value);
                files.push((path.clone(), script.body.value.clone()));
                args.push(path);
            }
            Some(script) => args.push(script.body.value.clone()),
            None => args.push(
                run.heredocs.iter().fold(text.into_owned(), |text, heredoc| with_heredoc(&text, heredoc)),
            ),
        }
        (args, files)
    }

    fn run_history(&self, exec: &Exec) -> String {
        let set = self.scope.shown_args();
        let args = exec.args.join(" ");
        if set.is_empty() {
            return format!("RUN {args} # buildkit");
        }
        format!("RUN |{} {} {args} # buildkit", set.len(), set.join(" "))
    }

    fn proxy_env(&self, planner: &Planner<'_>) -> std::collections::BTreeMap<String, String> {
        let args = planner.options.build_args.iter();
        args.filter(|(name, _)| PROXY_ARGS.contains(&name.to_ascii_uppercase().as_str()))
            .filter(|(name, _)| self.scope.get(name).is_none())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn mount(
        &self,
        planner: &mut Planner<'_>,
        current: &Current,
        raw: &str,
        range: kit::TextRange,
    ) -> Result<ExecMount, PlanError> {
        let escape = planner.parse.escape();
        planner.uncertain.set(false);
        let mut expand = |word: &str| {
            syntax::expand_word(word, escape, &|name| self.lookup(planner, name))
                .map(|expanded| expanded.text)
                .map_err(|error| word_error(planner, &error, range).message)
        };
        let mount = syntax::parse_mount(raw, &mut expand).map_err(|message| PlanError::at(range, message))?;
        // Without a target it is the working directory, but for those that have a place of their own.
        let own = matches!(mount.kind, MountKind::Secret | MountKind::Ssh);
        let written = mount.target.as_deref().or(if own { None } else { Some("") });
        let target = written.map(|target| kit::absolute_path(&self.cwd(), target));
        let from = match (&mount.from, mount.kind) {
            (Some(from), _) => {
                let from = Spanned::new(from.clone(), range);
                Some(self.source(planner, EdgeKind::Mount, &from, current)?)
            }
            (None, MountKind::Bind) => Some(planner.main_context(self.index, range)),
            (None, _) => None,
        };
        let namespace = build_arg(planner, "BUILDKIT_CACHE_MOUNT_NS");
        let kind = mount_kind(&mount, from, target.as_deref(), namespace.as_deref());
        let target = target.or_else(|| default_target(&mount)).ok_or_else(|| {
            PlanError::at(range, "the mount has no `target`").help("add `target=/path` to the mount")
        })?;
        if target == "/" {
            return Err(PlanError::at(range, "a mount cannot cover the root `/`"));
        }
        let readonly = mount.readonly.unwrap_or(matches!(mount.kind, MountKind::Bind));
        Ok(ExecMount { target, readonly, kind })
    }

    /// What `from=` or `--from=` names: a stage, a named context, or an image.
    pub(super) fn source(
        &self,
        planner: &mut Planner<'_>,
        kind: EdgeKind,
        from: &Spanned<String>,
        current: &Current,
    ) -> Result<Source, PlanError> {
        let (name, options) = (&from.value, planner.options);
        match options.context(name, &self.platform) {
            Some((key, NamedContext::Directory)) => return Ok(Source::Context(Some(key.to_owned()))),
            Some((_, NamedContext::Image)) => return self.source_image(planner, from),
            Some((_, context)) => {
                if let Some(node) = planner.context_node(context, self.index, from.range) {
                    return Ok(Source::Node(node));
                }
            }
            None => {}
        }
        let source = planner.graph.resolve(self.index, kind, name);
        if let Some((message, help)) = stage::refused(name, self.index, &source) {
            return Err(PlanError::at(from.range, message).help(help));
        }
        match source {
            stage::Source::Stage(stage) => Ok(Source::Node(planner.stage(stage, current.range)?.node)),
            _ => self.source_image(planner, from),
        }
    }

    fn source_image(&self, planner: &mut Planner<'_>, from: &Spanned<String>) -> Result<Source, PlanError> {
        let platform = self.platform.clone();
        Ok(Source::Node(planner.source_image(&from.value, self.index, &platform, from.range)?))
    }
}

/// The text as the shell reads it: the command line, then body and end of each heredoc.
fn with_heredoc(text: &str, heredoc: &Heredoc) -> String {
    format!("{text}\n{}{}", heredoc.raw_body(), heredoc.name.value)
}

fn network(planner: &Planner<'_>, run: &Run) -> Result<NetworkMode, PlanError> {
    match run.network.as_ref().map(|flag| (flag.value.as_str(), flag.range)) {
        None | Some(("default", _)) => Ok(NetworkMode::Default),
        Some(("none", _)) => Ok(NetworkMode::None),
        Some(("host", range)) => {
            planner.options.allowed.check(Privilege::NetworkHost, "RUN --network=host", range)?;
            Ok(NetworkMode::Host)
        }
        Some((other, range)) => Err(PlanError::at(range, format!("unknown network mode `{other}`"))
            .help("use `default`, `none` or `host`")),
    }
}

fn devices(run: &Run) -> Result<Vec<syntax::Device>, PlanError> {
    let read = |flag: &Spanned<String>| {
        syntax::parse_device(&flag.value).map_err(|message| PlanError::at(flag.range, message))
    };
    run.devices.iter().map(read).collect()
}

fn insecure(planner: &Planner<'_>, run: &Run) -> Result<bool, PlanError> {
    match run.security.as_ref().map(|flag| (flag.value.as_str(), flag.range)) {
        None | Some(("sandbox", _)) => Ok(false),
        Some(("insecure", range)) => {
            planner.options.allowed.check(Privilege::SecurityInsecure, "RUN --security=insecure", range)?;
            Ok(true)
        }
        Some((other, range)) => Err(PlanError::at(range, format!("unknown security mode `{other}`"))
            .help("use `sandbox` or `insecure`")),
    }
}

fn default_target(mount: &Mount) -> Option<String> {
    let id = mount.id.as_deref().or(mount.source.as_deref());
    match mount.kind {
        MountKind::Secret => Some(format!("/run/secrets/{}", id?.rsplit('/').next()?)),
        MountKind::Ssh => Some("/run/buildkit/ssh_agent.0".to_owned()),
        _ => None,
    }
}

fn mount_kind(
    mount: &Mount,
    from: Option<Source>,
    target: Option<&str>,
    namespace: Option<&str>,
) -> ExecMountKind {
    let source = mount.source.clone().unwrap_or_default();
    let id = || mount.id.clone().or_else(|| mount.source.clone());
    let (uid, gid) = (mount.uid.unwrap_or(0), mount.gid.unwrap_or(0));
    match mount.kind {
        MountKind::Bind => ExecMountKind::Bind { from: from.unwrap_or(Source::Context(None)), source },
        MountKind::Cache => ExecMountKind::Cache {
            id: cache_id(mount.id.as_deref().or(target).unwrap_or_default(), namespace),
            sharing: sharing(mount.sharing.as_deref()),
            mode: mount.mode.unwrap_or(0o755),
            from,
            source,
            uid,
            gid,
        },
        MountKind::Tmpfs => ExecMountKind::Tmpfs { size: mount.size },
        MountKind::Secret => ExecMountKind::Secret {
            id: id().unwrap_or_default(),
            file: mount.env.is_none() || target.is_some(),
            env: mount.env.clone(),
            required: mount.required,
            mode: mount.mode.unwrap_or(0o400),
            uid,
            gid,
        },
        MountKind::Ssh => ExecMountKind::Ssh {
            id: id().unwrap_or_else(|| "default".to_owned()),
            required: mount.required,
            mode: mount.mode.unwrap_or(0o600),
            uid,
            gid,
        },
    }
}

/// A cache of a namespace is another one.
fn cache_id(id: &str, namespace: Option<&str>) -> String {
    namespace.map_or_else(|| id.to_owned(), |namespace| format!("{namespace}/{id}"))
}

/// A build argument that steers the build, where it is set.
fn build_arg(planner: &Planner<'_>, name: &str) -> Option<String> {
    planner.options.build_args.get(name).filter(|value| !value.is_empty()).cloned()
}

fn sharing(text: Option<&str>) -> Sharing {
    match text {
        Some("private") => Sharing::Private,
        Some("locked") => Sharing::Locked,
        _ => Sharing::Shared,
    }
}
