//! `cooper verify`: whether an image is what somebody trusted signed.

use image::{Descriptor, Digest};
use trust::{
    Bundle, Content, Hash, Identity, MAX_BUNDLE, MAX_SIMPLE, Policy, PublicKey, Reason, SIGNATURE,
    SIGNATURE_ANNOTATION, SIMPLE_SIGNING, Signed, Signer, SimpleSignature, Statement, TrustError,
    TrustedRoot,
};

use super::key::public_key;
use super::place::{Target, few, find};
use super::refused;
use crate::{AppError, World};

/// A bundle of a plain signature is small.
const MAX_SIGNATURE: u64 = 4 << 20;

/// What to verify.
pub struct VerifyRequest<'a> {
    /// The image.
    pub image: &'a str,
    /// Who has to have signed.
    pub who: Who<'a>,
    /// File of the trusted root.
    pub root: Option<&'a str>,
    /// The kind of statement that has to be there; a plain signature where none is named.
    pub kind: Option<&'a str>,
    /// Ask no registry.
    pub offline: bool,
}

/// Who has to have signed.
#[derive(Debug, Clone, Copy)]
pub enum Who<'a> {
    /// The owner of the key in this file.
    Key(&'a str),
    /// The owner of this key, in the form of PEM.
    Pem(&'a str),
    /// Somebody of this name, for whom this issuer vouches.
    Identity(&'a str, &'a str),
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Digest of the image or the file, as it was given.
    pub digest: String,
    /// Where it is: `store`, `layout` or `registry`.
    pub place: &'static str,
    /// What was asked for.
    pub kind: String,
    /// All that may be a signature, with what came of it.
    pub evidence: Vec<Evidence>,
}

impl Verdict {
    /// Whether one of them is good.
    pub fn is_verified(&self) -> bool {
        self.evidence.iter().any(|evidence| evidence.result.is_ok())
    }
}

/// Something that may be a signature.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Digest of the manifest that holds it.
    pub artifact: Digest,
    /// `bundle` or `simple signing`.
    pub form: &'static str,
    /// What was checked, in this order.
    pub steps: Vec<String>,
    /// The predicate where it is good, or why not.
    pub result: Result<serde_json::Value, TrustError>,
}

/// Verifies an image.
pub fn verify(world: &World, request: &VerifyRequest<'_>) -> Result<Verdict, AppError> {
    let policy = policy(world, request.who, request.root)?;
    let kind = match request.kind {
        Some(kind) => trust::predicate_type(kind).map_err(refused("`--type`"))?,
        None => SIGNATURE.to_owned(),
    };
    let target = find(world, request.image, request.offline)?;
    let evidence = judge(&target, &policy, &kind)?;
    Ok(Verdict { digest: target.image.digest.to_string(), place: target.place_name(), kind, evidence })
}

/// What everything beside an image proves.
pub(super) fn judge(target: &Target<'_>, policy: &Policy, kind: &str) -> Result<Vec<Evidence>, AppError> {
    let judge = Judge { target, policy, kind };
    let artifacts = target.artifacts()?;
    let mut all = Vec::new();
    for (artifact, manifest) in &artifacts {
        all.extend(manifest.layers.iter().filter_map(|layer| Some((artifact, layer, judge.form(layer)?))));
    }
    few("signatures", all.len())?;
    Ok(all.iter().map(|(artifact, layer, form)| judge.layer(artifact, layer, form)).collect())
}

/// What to verify of a file.
pub struct ArtifactRequest<'a> {
    /// The file, or the name of a hash and its digest, as `sha256:…`.
    pub artifact: &'a str,
    /// File of the bundle.
    pub bundle: &'a str,
    /// Who has to have signed.
    pub who: Who<'a>,
    /// File of the trusted root.
    pub root: Option<&'a str>,
    /// The kind of statement that it has to be; any where none is named.
    pub kind: Option<&'a str>,
}

/// Largest file that is verified.
const MAX_ARTIFACT: u64 = 2 << 30;

/// Verifies a file by a bundle in a file of its own. No registry is asked.
pub fn verify_artifact(world: &World, request: &ArtifactRequest<'_>) -> Result<Verdict, AppError> {
    let policy = policy(world, request.who, request.root)?;
    let kind = request.kind.map(trust::predicate_type).transpose().map_err(refused("`--type`"))?;
    let bytes = read_file(world, request.bundle, MAX_BUNDLE as u64 + 1)?;
    let known = Hash::read_digest(request.artifact);
    let text = match &known {
        Some(_) => Vec::new(),
        None => read_file(world, request.artifact, MAX_ARTIFACT)?,
    };
    let (signed, digest) = match &known {
        Some((hash, digest)) => (Signed::Digest(*hash, digest), request.artifact.to_owned()),
        None => (Signed::Bytes(&text), Digest::of(&text).to_string()),
    };
    let mut steps = Vec::new();
    let result = of_artifact(&policy, &bytes, &signed, kind.as_deref(), &mut steps);
    let evidence = Evidence { artifact: Digest::of(&bytes), form: "bundle", steps, result };
    let kind = kind.unwrap_or_else(|| "any".to_owned());
    Ok(Verdict { digest, place: "file", kind, evidence: vec![evidence] })
}

fn of_artifact(
    policy: &Policy,
    bundle: &[u8],
    signed: &Signed<'_>,
    kind: Option<&str>,
    steps: &mut Vec<String>,
) -> Result<serde_json::Value, TrustError> {
    let bundle = Bundle::read(bundle)?;
    steps.push("the bundle is well-formed".to_owned());
    if matches!(bundle.content, Content::Message { .. }) {
        if let Some(kind) = kind {
            let text = format!("it is a plain signature, and a `{kind}` is asked for");
            return Err(TrustError::new(Reason::Predicate, text));
        }
        steps.extend(policy.check_artifact(&bundle, signed)?);
        return Ok(serde_json::Value::Null);
    }
    steps.extend(policy.check(&bundle)?);
    let statement = Statement::from_envelope(bundle.envelope()?)?;
    statement.check_artifact(signed)?;
    steps.push("it is about this file".to_owned());
    if let Some(kind) = kind {
        statement.check_kind(kind)?;
    }
    Ok(statement.predicate)
}

fn read_file(world: &World, path: &str, limit: u64) -> Result<Vec<u8>, AppError> {
    let failed = |error: std::io::Error| AppError::usage(format!("cannot read `{path}`: {error}"));
    let file = std::fs::File::open(world.path(path)).map_err(failed)?;
    kit::read_bounded(file, limit).map_err(failed)
}

/// Largest trusted root.
const MAX_ROOT: u64 = 4 << 20;

pub(super) fn policy(world: &World, who: Who<'_>, root: Option<&str>) -> Result<Policy, AppError> {
    let root = root.map(|path| {
        let failed = |error: std::io::Error| {
            AppError::usage(format!("cannot read the trusted root `{path}`: {error}"))
        };
        let file = std::fs::File::open(world.path(path)).map_err(failed)?;
        let bytes = kit::read_bounded(file, MAX_ROOT).map_err(failed)?;
        TrustedRoot::read(&bytes).map_err(refused("the trusted root"))
    });
    let root = root.transpose()?;
    let signer = match who {
        Who::Key(path) => Signer::Key(Box::new(public_key(world, path)?)),
        Who::Pem(text) => {
            Signer::Key(Box::new(PublicKey::from_pem(text.as_bytes()).map_err(refused("the key"))?))
        }
        Who::Identity(name, issuer) => {
            if root.is_none() {
                return Err(AppError::usage("a certificate needs a trusted root to be checked with").help(
                    "name its file with `--trusted-root FILE`; `cosign trusted-root create` makes one",
                ));
            }
            Signer::Identity(Identity { name: name.to_owned(), issuer: issuer.to_owned() })
        }
    };
    Ok(Policy { signer, root })
}

struct Judge<'a> {
    target: &'a Target<'a>,
    policy: &'a Policy,
    kind: &'a str,
}

impl Judge<'_> {
    /// What a layer of an artifact may be a signature as; nothing where it is no kind of signature.
    fn form(&self, layer: &Descriptor) -> Option<&'static str> {
        match layer.media_type.as_str() {
            kind if kind.starts_with("application/vnd.dev.sigstore.bundle") => Some("bundle"),
            SIMPLE_SIGNING if self.kind == SIGNATURE => Some("simple signing"),
            _ => None,
        }
    }

    /// What a layer of an artifact proves.
    fn layer(&self, artifact: &Descriptor, layer: &Descriptor, form: &'static str) -> Evidence {
        let mut steps = Vec::new();
        let result =
            if form == "bundle" { self.bundle(layer, &mut steps) } else { self.simple(layer, &mut steps) };
        Evidence { artifact: artifact.digest, form, steps, result }
    }

    fn read(&self, layer: &Descriptor, limit: u64) -> Result<Vec<u8>, TrustError> {
        if layer.size > limit {
            let text = format!("it has {} bytes, and at most {limit} are read", layer.size);
            return Err(TrustError::new(Reason::TooLarge, text));
        }
        self.target.blob(layer, limit).map_err(|error| TrustError::new(Reason::Malformed, error.message))
    }

    fn bundle(&self, layer: &Descriptor, steps: &mut Vec<String>) -> Result<serde_json::Value, TrustError> {
        let limit = if self.kind == SIGNATURE { MAX_SIGNATURE } else { MAX_BUNDLE as u64 };
        let bundle = Bundle::read(&self.read(layer, limit)?)?;
        steps.push("the bundle is well-formed".to_owned());
        steps.extend(self.policy.check(&bundle)?);
        let statement = Statement::from_envelope(bundle.envelope()?)?;
        statement.check_subject(&self.target.image.digest)?;
        steps.push("it is about this image".to_owned());
        statement.check_kind(self.kind)?;
        steps.push(format!("it is a `{}`", self.kind));
        Ok(statement.predicate)
    }

    fn simple(&self, layer: &Descriptor, steps: &mut Vec<String>) -> Result<serde_json::Value, TrustError> {
        let Signer::Key(key) = &self.policy.signer else {
            let text = "this form counts with a key alone, and a certificate is asked for";
            return Err(TrustError::new(Reason::Material, text));
        };
        if self.policy.root.is_some() {
            return Err(TrustError::new(Reason::Log, "this form is in no log, and a trusted root is given"));
        }
        let signature = layer.annotations.get(SIGNATURE_ANNOTATION);
        let signature =
            signature.ok_or_else(|| TrustError::new(Reason::Unsigned, "the text has no signature"))?;
        let signed = SimpleSignature::from_parts(&self.read(layer, MAX_SIMPLE as u64)?, signature)?;
        let name = signed.verify(key, &self.target.image.digest)?;
        steps.push(format!("the signature is of the key {}", &key.fingerprint()[..16]));
        steps.push("it is about this image".to_owned());
        steps.push(format!("it was signed as `{name}`"));
        Ok(serde_json::json!({ "docker-reference": name }))
    }
}
