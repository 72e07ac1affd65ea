//! `cooper sign`, `cooper attest`.

use std::fs::File;
use std::path::PathBuf;

use app::AppError;
use app::trust::{SignRequest, Signed};
use kit::read_bounded;

use super::print;
use crate::exit;
use crate::password;
use crate::world::{Global, Needs, make};

/// Largest predicate.
const MAX_PREDICATE: u64 = 120 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    with: With,
    /// Do not sign in the older form, which podman and skopeo read.
    #[arg(long)]
    no_simple: bool,
    /// The image: a name or digest of the store, else a name at a registry; `oci-layout://DIR[:TAG]`; `docker://NAME`.
    image: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AttestArgs {
    #[command(flatten)]
    with: With,
    /// What is said: `spdxjson`, `cyclonedx`, `slsaprovenance1`, `vuln`, `openvex`, `test-result` or an address.
    #[arg(long = "type", value_name = "KIND")]
    kind: String,
    /// File with the JSON text that says it; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,
    /// The image: a name or digest of the store, else a name at a registry; `oci-layout://DIR[:TAG]`; `docker://NAME`.
    image: String,
}

/// With what is signed.
#[derive(Debug, clap::Args)]
struct With {
    /// File of the private key.
    #[arg(long, value_name = "FILE")]
    key: String,
    /// File with its password [default: `COOPER_KEY_PASSWORD`, `COSIGN_PASSWORD`, or the terminal].
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Send the signature of an image of the store to its registry, too.
    #[arg(long)]
    push: bool,
}

/// Signs an image.
pub(crate) fn run(global: &Global, args: &Args) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let ask = || password::get(args.with.password_file.as_deref(), false);
    let signed = app::trust::sign(&world, &args.with.request(&args.image, !args.no_simple, &ask))?;
    show(global, &args.image, &signed)
}

/// Signs a statement about an image.
pub(crate) fn attest(global: &Global, args: &AttestArgs) -> Result<u8, AppError> {
    let world = make(global, Needs::Nothing)?;
    let failed = |error: std::io::Error| {
        AppError::usage(format!("cannot read the predicate `{}`: {error}", args.predicate.display()))
    };
    let predicate = if args.predicate.as_os_str() == "-" {
        read_bounded(std::io::stdin().lock(), MAX_PREDICATE)
    } else {
        File::open(&args.predicate).and_then(|file| read_bounded(file, MAX_PREDICATE))
    };
    let ask = || password::get(args.with.password_file.as_deref(), false);
    let request = args.with.request(&args.image, false, &ask);
    let signed = app::trust::attest(&world, &request, &args.kind, &predicate.map_err(failed)?)?;
    show(global, &args.image, &signed)
}

impl With {
    fn request<'a>(
        &'a self,
        image: &'a str,
        simple: bool,
        password: &'a app::trust::Password<'a>,
    ) -> SignRequest<'a> {
        SignRequest { image, key: &self.key, password, push: self.push, simple }
    }
}

fn show(global: &Global, image: &str, signed: &Signed) -> Result<u8, AppError> {
    if global.json {
        let value = serde_json::json!({
            "image": image, "digest": signed.digest, "places": signed.places, "key": signed.fingerprint,
        });
        print(&format!("{value}\n"))?;
    } else if !global.quiet {
        let places = signed.places.join(", ");
        print(&format!(
            "{image}\n  signed  {}\n  beside  {places}\n  key     {}\n",
            signed.digest, signed.fingerprint
        ))?;
    }
    Ok(exit::CLEAN)
}
