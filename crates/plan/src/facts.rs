//! What an operation is, in words: everything that its digest is made of, by name, so that two of them can be compared.

use std::collections::BTreeMap;

use image::Digest;

use crate::{CopyOp, CopySource, Exec, ExecMount, ExecMountKind, NetworkMode, Op, Source};

/// What a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// The value of a build argument.
    Argument(String),
    /// The value of an ENV variable.
    Variable(String),
    /// Something of the instruction itself, such as its command or its target.
    Part(String),
}

impl Op {
    /// What the definition is made of. Contents that are read are no part of it, and neither are lent values.
    pub fn facts(&self) -> BTreeMap<FactKind, String> {
        let mut facts = Facts::default();
        match self {
            Self::Exec(exec) => exec.facts(&mut facts),
            Self::Copy(copy) => copy.facts(&mut facts),
            Self::Mkdir { path, user } => {
                facts.part("directory", path);
                facts.part("user", user);
            }
            Self::Web(web) => facts.part("address", &web.url.url),
            Self::Git(git) => facts.part("repository", &git.git.to_string()),
            Self::Image(_) | Self::Scratch | Self::Tree(_) => {}
        }
        facts.0
    }
}

#[derive(Default)]
struct Facts(BTreeMap<FactKind, String>);

impl Facts {
    /// A part that is empty is one that is not there.
    fn part(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.insert(FactKind::Part(name.to_owned()), value.to_owned());
        }
    }

    fn flag(&mut self, name: &str, set: bool) {
        self.part(name, if set { "yes" } else { "" });
    }
}

impl Exec {
    fn facts(&self, facts: &mut Facts) {
        facts.part("command", &self.args.join(" "));
        for (name, value) in &self.env {
            let name = name.clone();
            let kind = if self.arguments.contains(&name) {
                FactKind::Argument(name)
            } else {
                FactKind::Variable(name)
            };
            facts.0.insert(kind, value.clone());
        }
        facts.part("working directory", &self.cwd);
        facts.part("user", &self.user);
        facts.part(
            "network",
            match self.network {
                NetworkMode::Default => "default",
                NetworkMode::None => "none",
                NetworkMode::Host => "host",
            },
        );
        facts.flag("insecure", self.insecure);
        facts.part("hostname", self.hostname.as_deref().unwrap_or_default());
        for device in &self.devices {
            facts.part(
                &format!("device {}", device.name),
                if device.required { "required" } else { "wanted" },
            );
        }
        for (path, content) in &self.files {
            facts.part(&format!("heredoc {path}"), &Digest::of(content.as_bytes()).short());
        }
        for (at, mount) in self.mounts.iter().enumerate() {
            facts.part(&format!("mount {}", at + 1), &mount.shown());
        }
    }
}

impl ExecMount {
    fn shown(&self) -> String {
        let access = if self.readonly { "ro" } else { "rw" };
        let target = &self.target;
        match &self.kind {
            ExecMountKind::Bind { source, .. } => format!("bind {target} {access} {source}"),
            ExecMountKind::Cache { id, .. } => format!("cache {target} {access} {id}"),
            ExecMountKind::Tmpfs { .. } => format!("tmpfs {target} {access}"),
            ExecMountKind::Secret { id, .. } => format!("secret {target} {id}"),
            ExecMountKind::Ssh { id, .. } => format!("ssh {target} {id}"),
        }
    }
}

impl CopyOp {
    fn facts(&self, facts: &mut Facts) {
        let sources: Vec<&str> = self.sources.iter().map(shown).collect();
        facts.part("instruction", if self.add { "ADD" } else { "COPY" });
        facts.part("sources", &sources.join(" "));
        facts.part("target", &self.dest);
        facts.part("from", if matches!(self.from, Source::Context(_)) { "context" } else { "stage" });
        facts.part("owner", self.chown.as_deref().unwrap_or_default());
        facts.part("mode", self.chmod.as_deref().unwrap_or_default());
        facts.part("exclude", &self.exclude.join(" "));
        facts.flag("link", self.link);
        facts.flag("parents", self.parents);
        facts.part("unpack", self.unpack.map_or("", |set| if set { "yes" } else { "no" }));
        for (name, content) in &self.inline {
            facts.part(&format!("heredoc {name}"), &Digest::of(content.as_bytes()).short());
        }
    }
}

fn shown(source: &CopySource) -> &str {
    match source {
        CopySource::Path(path) => path,
        CopySource::Remote { file, .. } => file.as_deref().unwrap_or("tree"),
    }
}
