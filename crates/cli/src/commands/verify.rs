//! `cooper verify`.

use app::AppError;
use app::trust::{ArtifactRequest, Evidence, Verdict, VerifyRequest, Who};
use serde_json::{Value, json};

use super::print;
use crate::exit;
use crate::world::{Global, Needs, make};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// File of the public key.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "certificate_identity",
        conflicts_with = "certificate_identity"
    )]
    key: Option<String>,
    /// The name in the signer's certificate: a mail address, or the address of a workflow.
    #[arg(long, value_name = "NAME", requires = "certificate_oidc_issuer")]
    certificate_identity: Option<String>,
    /// Who vouched for that name: the address of the identity provider.
    #[arg(long, value_name = "URL", requires = "certificate_identity")]
    certificate_oidc_issuer: Option<String>,
    /// File that names the trusted authorities and logs (sigstore's `trusted_root.json`); each kind that it names has to
    /// stand behind a signature.
    #[arg(long, value_name = "FILE")]
    trusted_root: Option<String>,
    /// The kind of statement that has to be there, as for `cooper attest`, in place of a signature.
    #[arg(long = "type", value_name = "KIND")]
    kind: Option<String>,
    /// Ask no registry: the image and its signatures have to be here.
    #[arg(long)]
    offline: bool,
    /// Show each thing beside the image that may be a signature, what was checked, and why it does not count.
    #[arg(long)]
    explain: bool,
    /// File of a sigstore bundle: what is verified is a file, or its digest as `sha256:…`, `sha384:…` or `sha512:…`, and no image.
    #[arg(long, value_name = "FILE")]
    bundle: Option<String>,
    /// The image: a name or digest of the store, else a name at a registry; `oci-layout://DIR[:TAG]`; `docker://NAME`.
    image: String,
}

impl Args {
    /// Clap sees to it that one of the two is there.
    fn who(&self) -> Who<'_> {
        match (&self.key, &self.certificate_identity, &self.certificate_oidc_issuer) {
            (Some(key), ..) => Who::Key(key),
            (None, name, issuer) => {
                Who::Identity(name.as_deref().unwrap_or_default(), issuer.as_deref().unwrap_or_default())
            }
        }
    }
}

/// Verifies an image; 1 when it is not signed as wanted.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let (who, root, kind) = (args.who(), args.trusted_root.as_deref(), args.kind.as_deref());
    let verdict = if let Some(bundle) = &args.bundle {
        let request = ArtifactRequest { artifact: &args.image, bundle, who, root, kind };
        app::trust::verify_artifact(&world, &request)?
    } else {
        let request = VerifyRequest { image: &args.image, who, root, kind, offline: args.offline };
        app::trust::verify(&world, &request)?
    };
    let notes = if global.quiet { Vec::new() } else { app::trust::content_trust(&world) };
    for note in notes {
        anstream::eprintln!("note: {note}");
    }
    if global.json {
        print(&format!("{}\n", as_json(&args.image, &verdict)))?;
    } else if !global.quiet || !verdict.is_verified() {
        print(&as_text(args, &verdict))?;
    }
    Ok(if verdict.is_verified() { exit::CLEAN } else { exit::FINDINGS })
}

fn as_json(image: &str, verdict: &Verdict) -> Value {
    let evidence = |evidence: &Evidence| {
        let (predicate, refused) = match &evidence.result {
            Ok(predicate) => (predicate.clone(), Value::Null),
            Err(error) => {
                (Value::Null, json!({ "reason": error.reason().name(), "message": error.to_string() }))
            }
        };
        json!({
            "artifact": evidence.artifact, "form": evidence.form, "checked": evidence.steps,
            "predicate": predicate, "refused": refused,
        })
    };
    json!({
        "image": image, "digest": verdict.digest, "place": verdict.place, "kind": verdict.kind,
        "verified": verdict.is_verified(), "evidence": verdict.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}

fn as_text(args: &Args, verdict: &Verdict) -> String {
    let good = verdict.is_verified();
    let word = if good { "verified" } else { "NOT VERIFIED" };
    let mut text =
        format!("{}: {word}\n  digest    {}\n  found in  {}\n", args.image, verdict.digest, verdict.place);
    if verdict.evidence.is_empty() {
        text += "  there is no signature beside it\n";
        if verdict.place == "store" {
            text +=
                "  help: `cooper pull` brings signatures from a registry; `docker://NAME` verifies there\n";
        }
    }
    for evidence in &verdict.evidence {
        let shown = args.explain || evidence.result.is_ok() == good;
        if shown {
            text += &one(evidence, args.explain || good);
        }
    }
    text
}

fn one(evidence: &Evidence, steps: bool) -> String {
    let mut text = format!("  {} {}\n", evidence.form, evidence.artifact);
    if steps {
        for step in &evidence.steps {
            text += &format!("    ok       {step}\n");
        }
    }
    if let Err(error) = &evidence.result {
        text += &format!("    refused  {error} [{}]\n", error.reason().name());
    }
    text
}
