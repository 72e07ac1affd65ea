//! `cooper sign` and `cooper attest`.

use image::Descriptor;
use serde_json::{Value, json};
use trust::{Bundle, Envelope, Policy, PrivateKey, SIGNATURE, STATEMENT, Signer, SimpleSignature, Statement};
use trust::{bundle_artifact, simple_artifact};

use super::key::{Password, private_key};
use super::place::{Place, Target, find};
use super::refused;
use crate::export::rfc3339;
use crate::{AppError, World};

/// What to sign with.
pub struct SignRequest<'a> {
    /// The image.
    pub image: &'a str,
    /// File of the private key.
    pub key: &'a str,
    /// Gives its password.
    pub password: &'a Password<'a>,
    /// Send the signature of an image of the store to its registry, too.
    pub push: bool,
    /// Sign in the older form, too.
    pub simple: bool,
}

/// A signed image.
#[derive(Debug, Clone)]
pub struct Signed {
    /// Digest of what is signed.
    pub digest: image::Digest,
    /// Where the signature is.
    pub places: Vec<String>,
    /// Digest of the public key.
    pub fingerprint: String,
}

/// Signs an image.
pub fn sign(world: &World, request: &SignRequest<'_>) -> Result<Signed, AppError> {
    let target = find(world, request.image, false)?;
    let key = private_key(world, request.key, request.password)?;
    let signed = put_statement(&target, &key, request, SIGNATURE, json!({}))?;
    if let (true, Some(name)) = (request.simple, &target.name) {
        let signature =
            SimpleSignature::sign(&target.image.digest, name, &key).map_err(refused("the signature"))?;
        let artifact = simple_artifact(target.simple_layers()?, &signature);
        put(&target, request, &artifact)?;
    }
    Ok(signed)
}

/// Signs a statement about an image.
pub fn attest(
    world: &World,
    request: &SignRequest<'_>,
    kind: &str,
    predicate: &[u8],
) -> Result<Signed, AppError> {
    let kind = trust::predicate_type(kind).map_err(refused("`--type`"))?;
    let predicate: Value = serde_json::from_slice(predicate)
        .map_err(|error| AppError::usage(format!("the predicate is no JSON: {error}")))?;
    let target = find(world, request.image, false)?;
    let key = private_key(world, request.key, request.password)?;
    put_statement(&target, &key, request, &kind, predicate)
}

fn put_statement(
    target: &Target<'_>,
    key: &PrivateKey,
    request: &SignRequest<'_>,
    kind: &str,
    predicate: Value,
) -> Result<Signed, AppError> {
    let image = &target.image;
    let name = target.name.as_ref().map(|name| format!("{}/{}", name.registry(), name.repository()));
    let statement = Statement::new(&image.digest, name.as_deref().unwrap_or_default(), kind, predicate);
    // Whoever signs the same again has one signature.
    let known = target.known(|bundle| says(bundle, &statement, image, key))?;
    let artifact = match known {
        Some(artifact) => artifact,
        None => new_artifact(target, key, &statement)?,
    };
    let places = put(target, request, &artifact)?;
    Ok(Signed { digest: image.digest, places, fingerprint: key.public().fingerprint() })
}

fn new_artifact(
    target: &Target<'_>,
    key: &PrivateKey,
    statement: &Statement,
) -> Result<trust::Artifact, AppError> {
    let envelope = Envelope::sign(STATEMENT, statement.to_bytes(), key).map_err(refused("the signature"))?;
    let bundle = Bundle::of_key(key.public().hint(), envelope);
    let created = rfc3339(target.world.seconds());
    Ok(bundle_artifact(&target.image, &bundle, &statement.predicate_type, &created))
}

/// Whether a bundle says this of the image, signed with the key.
fn says(bundle: &[u8], statement: &Statement, image: &Descriptor, key: &PrivateKey) -> bool {
    let policy = Policy { signer: Signer::Key(Box::new(key.public())), root: None };
    let read = || {
        let bundle = Bundle::read(bundle)?;
        policy.check(&bundle)?;
        let found = Statement::from_envelope(bundle.envelope()?)?;
        found.check_subject(&image.digest)?;
        Ok::<_, trust::TrustError>(found)
    };
    read().is_ok_and(|found| {
        found.predicate_type == statement.predicate_type && found.predicate == statement.predicate
    })
}

/// Puts an artifact beside the image and, where asked, to its registry.
fn put(
    target: &Target<'_>,
    request: &SignRequest<'_>,
    artifact: &trust::Artifact,
) -> Result<Vec<String>, AppError> {
    target.attach(artifact)?;
    let mut places = vec![target.place_name().to_owned()];
    if request.push && matches!(target.place, Place::Store(_)) {
        let name = target.name.as_ref().ok_or_else(|| {
            AppError::usage("`--push` needs an image that is given by its name")
                .help("a digest says what to sign, but not to which registry it goes")
        })?;
        let there = target.world.client()?.head(&name.by_digest(target.image.digest))?;
        if there.is_none() {
            return Err(AppError::usage(format!("`{}` has no such image yet", name.registry()))
                .help("`cooper push` sends the image and what is beside it"));
        }
        target.send(name, artifact)?;
        places.push(name.registry().to_owned());
    }
    Ok(places)
}
