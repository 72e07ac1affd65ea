//! SLSA provenance (v1): what went into an image, and how it was made.

use build_engine::{Done, Solved};
use image::{Descriptor, Digest, Platform};
use plan::{Exec, NetworkMode, Node, Op, Output, Plan};
use serde_json::{Map, Value, json};

use crate::attest::{self, Statement};
use crate::build::Session;
use crate::dockerfile::Source;
use crate::epoch::Epoch;
use crate::export::rfc3339;
use crate::request::key_values;
use crate::{AppError, ErrorClass};

/// What an in-toto statement with a provenance calls it.
pub(crate) const PREDICATE_TYPE: &str = "https://slsa.dev/provenance/v1";
/// What the provenance calls a build by cooper; a name and no address.
const BUILD_TYPE: &str = "urn:cooper:build:v1";
/// Who made an image where nobody says more.
const BUILDER: &str = "urn:cooper:local";

/// The level that may be claimed, and why no higher one.
pub const LEVEL: &str = "SLSA Build L1: the provenance says how the image was made. L2 would need a signature and a \
                         hosted builder that makes the provenance itself, out of reach of whoever runs the build";

/// `--provenance`, `--attest type=provenance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenanceSpec {
    /// Whether arguments, steps and the Dockerfile are in it.
    pub max: bool,
    /// Who made the image.
    pub builder_id: Option<String>,
    /// Whether it is beside the image alone and in no index, so that the image is the same each time.
    pub beside: bool,
}

impl ProvenanceSpec {
    /// Reads the value of `--provenance`: a switch, a mode, or pairs. `None` when it is switched off.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        let plain = Self { max: false, builder_id: None, beside: false };
        match text {
            "true" | "1" | "min" => return Ok(Some(plain)),
            "max" => return Ok(Some(Self { max: true, ..plain })),
            "false" | "0" => return Ok(None),
            _ => {}
        }
        let (mut spec, mut disabled) = (plain, false);
        for (key, value) in key_values(text)? {
            match (key.as_str(), value.as_str()) {
                ("type", "provenance") | ("version", "v1") => {}
                ("mode", "min" | "max") => spec.max = value == "max",
                ("builder-id", _) => spec.builder_id = Some(value),
                ("disabled", _) => disabled = value != "false",
                ("version", _) => return Err("provenance is written in version `v1` alone".to_owned()),
                _ => {
                    return Err(format!(
                        "provenance does not know `{key}={value}`; use `mode=min|max`, `builder-id`, `disabled`"
                    ));
                }
            }
        }
        Ok((!disabled).then_some(spec))
    }

    /// Reads the value of `--attest`.
    pub fn parse_attest(text: &str) -> Result<Option<Self>, String> {
        let kind = key_values(text)?.into_iter().find(|(key, _)| key == "type");
        match kind.as_ref().map(|(_, value)| value.as_str()) {
            Some("provenance") => Self::parse(text),
            Some(other) => Err(format!("`--attest` does not know the type `{other}`; use `provenance`")),
            None => Err(format!("`--attest {text}` has no `type`")),
        }
    }
}

/// What all provenances of a build share.
struct Writer<'a> {
    session: &'a Session<'a>,
    spec: &'a ProvenanceSpec,
    done: Done<'a>,
    source: &'a Source,
    epoch: Option<Epoch>,
}

impl Session<'_> {
    /// Keeps the provenance of each image beside it, where it is asked for; the entries for their index.
    pub(crate) fn provenance(
        &self,
        plan: &Plan,
        solved: &Solved,
        images: &[Descriptor],
        source: &Source,
        epoch: Option<Epoch>,
    ) -> Result<Vec<Descriptor>, AppError> {
        let Some(spec) = &self.request.provenance else { return Ok(Vec::new()) };
        let done = Done { store: self.store, plan, solved, remotes: self.remotes };
        let writer = Writer { session: self, spec, done, source, epoch };
        let entry = |(output, image): (&Output, &Descriptor)| {
            let statement = Statement {
                subject: image,
                predicate_type: PREDICATE_TYPE,
                predicate: writer.predicate(output),
            };
            if spec.beside {
                self.keep_beside(&statement)?;
                return Ok(None);
            }
            attest::keep_for_index(self.store, &statement).map(Some)
        };
        plan.outputs.iter().zip(images).filter_map(|one| entry(one).transpose()).collect()
    }

    /// Keeps a provenance beside its image, unless one is there that differs only in when it was made.
    fn keep_beside(&self, statement: &Statement<'_>) -> Result<(), AppError> {
        let digest = &statement.subject.digest;
        let known = attest::predicate(self.store, digest, PREDICATE_TYPE);
        let known = known.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if known.is_some_and(|known| known["buildDefinition"] == statement.predicate["buildDefinition"]) {
            return Ok(());
        }
        attest::forget(self.store, digest, PREDICATE_TYPE)?;
        attest::keep(self.store, statement).map(drop)
    }
}

impl Writer<'_> {
    fn predicate(&self, output: &Output) -> Value {
        let nodes = build_engine::needed(self.done.plan, output.node);
        let nodes: Vec<(usize, &Node)> =
            nodes.into_iter().map(|id| (id.0, &self.done.plan.nodes[id.0])).collect();
        let now = self.session.world.seconds();
        let hermetic = nodes.iter().all(|(_, node)| !self.reaches_out(node));
        let dependencies = self.dependencies(&nodes);
        // What another engine fetched has a digest only where the Dockerfile says it.
        let known =
            dependencies.iter().all(|one| one["digest"].as_object().is_some_and(|all| !all.is_empty()));
        let builder = self.spec.builder_id.as_deref().unwrap_or(BUILDER);
        json!({
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": self.external(output),
                "internalParameters": self.internal(&nodes),
                "resolvedDependencies": dependencies,
            },
            "runDetails": {
                "builder": { "id": builder, "version": { "cooper": env!("CARGO_PKG_VERSION") } },
                "metadata": {
                    "startedOn": rfc3339(self.session.begun),
                    "finishedOn": rfc3339(now),
                    // A step with a network may have used what nobody recorded.
                    "cooper_hermetic": hermetic,
                    "cooper_completeness": { "request": self.spec.max, "resolvedDependencies": hermetic && known },
                    "cooper_reproducible": self.epoch.is_some(),
                    "cooper_level": LEVEL,
                },
            },
        })
    }

    /// Whether a step may use a network.
    fn reaches_out(&self, node: &Node) -> bool {
        let Op::Exec(exec) = &node.op else { return false };
        self.network(exec) != NetworkMode::None
    }

    fn network(&self, exec: &Exec) -> NetworkMode {
        if exec.network == NetworkMode::Default { self.session.request.network } else { exec.network }
    }

    /// What whoever asked for the build chose.
    fn external(&self, output: &Output) -> Value {
        let (request, source) = (&self.session.request, self.source);
        let digest = Digest::of(source.text.as_bytes());
        let name = self.session.name_in_context(source);
        let mut asked = json!({ "platform": output.platform.to_string(), "stage": output.stage_name });
        if self.spec.max {
            let args: Map<String, Value> = request
                .build_args
                .iter()
                .map(|(name, value)| (name.clone(), argument(name, value)))
                .collect();
            asked["args"] = Value::Object(args);
            asked["labels"] = json!(request.labels);
            asked["secrets"] = request.secrets.iter().map(|secret| json!({ "id": secret.id })).collect();
            asked["ssh"] = request.ssh.iter().map(|agent| json!({ "id": agent.id })).collect();
            asked["contexts"] = json!(request.contexts.keys().collect::<Vec<_>>());
        }
        json!({
            "configSource": { "path": name, "digest": { "sha256": digest.hex() } },
            "request": asked,
        })
    }

    /// What the builder chose.
    fn internal(&self, nodes: &[(usize, &Node)]) -> Value {
        let mut out = json!({ "builderPlatform": Platform::host().to_string() });
        if let Some(epoch) = self.epoch {
            out["times"] = json!({ "noneLaterThan": epoch.seconds, "because": epoch.why });
        }
        if self.spec.max {
            out["buildConfig"] = nodes.iter().map(|(id, node)| self.step(*id, node)).collect();
            out["dockerfile"] = json!(self.source.text);
        }
        out
    }

    fn step(&self, id: usize, node: &Node) -> Value {
        let origin = &node.origin;
        let mut out = json!({
            "id": id,
            "stage": origin.stage_name,
            "line": origin.line,
            "instruction": origin.text,
            "definition": node.digest,
            "inputs": node.needs().iter().map(|need| need.0).collect::<Vec<_>>(),
        });
        if let Op::Exec(exec) = &node.op {
            out["network"] = json!(match self.network(exec) {
                NetworkMode::Default => "default",
                NetworkMode::None => "none",
                NetworkMode::Host => "host",
            });
            out["sandbox"] = json!(!exec.insecure);
        }
        out
    }

    /// Everything that was taken from elsewhere: images, files of web servers, repositories, the Dockerfile.
    fn dependencies(&self, nodes: &[(usize, &Node)]) -> Vec<Value> {
        let mut out = vec![json!({
            "name": "Dockerfile",
            "uri": format!("file:{}", self.session.name_in_context(self.source)),
            "digest": { "sha256": Digest::of(self.source.text.as_bytes()).hex() },
        })];
        for (_, node) in nodes {
            let found = match &node.op {
                Op::Image(image) => {
                    let digest = image.manifest.digest;
                    Some((purl(&image.reference, &digest, &node.platform), json!({ "sha256": digest.hex() })))
                }
                Op::Web(web) => Some((web.url.url.clone(), self.resolved(&node.op))),
                Op::Git(git) => {
                    Some((git_uri(&git.git.remote, git.git.reference.as_deref()), self.resolved(&node.op)))
                }
                Op::Tree(layer) => Some(("context:".to_owned(), json!({ "cooperLayer": layer.hex() }))),
                _ => None,
            };
            let Some((uri, digest)) = found else { continue };
            let dependency = json!({ "uri": uri, "digest": digest });
            if !out.contains(&dependency) {
                out.push(dependency);
            }
        }
        out
    }

    fn resolved(&self, op: &Op) -> Value {
        let found = self.done.remotes.resolved(op);
        match found.as_deref().and_then(|found| found.split_once(':')) {
            Some(("sha1", hex)) => json!({ "sha1": hex, "gitCommit": hex }),
            Some((kind, hex)) => json!({ kind: hex }),
            None => json!({}),
        }
    }
}

/// The value of an argument. Provenance is read by many: what is called a secret is not in it.
fn argument(name: &str, value: &str) -> Value {
    if lint_rules::is_secret_name(name) { json!("(withheld)") } else { json!(value) }
}

/// An image as a package URL, as `BuildKit` writes it.
fn purl(reference: &image::Reference, digest: &Digest, platform: &Platform) -> String {
    let escape =
        |text: &str| text.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace('@', "%40");
    let hub = reference.registry() == "docker.io";
    let name =
        reference.repository().strip_prefix("library/").filter(|_| hub).unwrap_or(reference.repository());
    let name =
        if hub { name.to_owned() } else { format!("{}/{name}", reference.registry().replace(':', "%3A")) };
    let version = reference.tag_or_latest().map(|tag| format!("@{tag}")).unwrap_or_default();
    format!("pkg:docker/{name}{version}?digest={}&platform={}", digest, escape(&platform.to_string()))
}

fn git_uri(remote: &str, reference: Option<&str>) -> String {
    let scheme = if remote.contains("://") { "git+" } else { "" };
    let reference =
        reference.filter(|text| !text.is_empty()).map(|text| format!("#{text}")).unwrap_or_default();
    format!("{scheme}{remote}{reference}")
}

/// The error of an attestation that is asked for without an image.
pub(crate) fn without_image() -> AppError {
    AppError::new(ErrorClass::Usage, "there is no image that a provenance could be about")
        .help("leave out `--provenance`, or write an image with `--output type=image`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_buildx_reads_them() {
        let check = |text: &str, expect: Option<bool>| {
            assert_eq!(ProvenanceSpec::parse(text).unwrap().map(|spec| spec.max), expect, "{text}");
        };
        check("true", Some(false));
        check("mode=max", Some(true));
        check("max", Some(true));
        check("false", None);
        check("mode=min,disabled=true", None);
        assert!(ProvenanceSpec::parse("mode=most").is_err());
        assert!(ProvenanceSpec::parse("version=v0.2").is_err());
        assert!(ProvenanceSpec::parse_attest("type=provenance,mode=max").unwrap().unwrap().max);
        assert!(ProvenanceSpec::parse_attest("type=sbom").is_err());
    }

    #[test]
    fn images_are_package_urls() {
        let check = |reference: &str, expect: &str| {
            let platform = Platform::new("linux", "amd64", None);
            let url = purl(&reference.parse().unwrap(), &Digest::of(b""), &platform);
            let rest = format!("?digest={}&platform=linux%2Famd64", Digest::of(b""));
            assert_eq!(url, format!("{expect}{rest}"));
        };
        check("debian:12", "pkg:docker/debian@12");
        check("localhost:5000/base/busybox", "pkg:docker/localhost%3A5000/base/busybox@latest");
    }
}
