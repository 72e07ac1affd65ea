//! `cooper sbom` and `cooper scan`.

use std::io::{self, Write};

use app::AppError;
use app::scan::{Contents, Request, SecretRules};
use facts::Risk;
use image::Platform;
use report::{Audit, Sbom, Scan};

use super::{platform, unknown};
use crate::exit;
use crate::world::{Global, Needs, make};

/// What is looked at, and where the answer goes.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// An image: a name or a digest of the store, `oci-layout://DIR`, an archive, or a name at a registry; or a directory.
    target: String,
    /// Platform [default: this machine's].
    #[arg(long, value_name = "OS/ARCH", value_parser = platform)]
    platform: Option<Platform>,
    /// Write the answer to a file.
    #[arg(long, short = 'o', value_name = "FILE")]
    output: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    common: Common,
    /// Output format: table, json, cyclonedx or spdx.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    common: Common,
    /// Output format: table, json, sarif, junit, gitlab (container scanning), github (annotations), html (one page) or openvex.
    #[arg(long, short = 'f', value_name = "FORMAT")]
    format: Option<String>,
    /// A template (Jinja 2) that is filled in with the fields of the JSON format.
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    template: Option<String>,
    /// The least severity that makes the exit code 1: critical, high, medium, low, negligible, unknown or never.
    #[arg(long, short = 't', value_name = "SEVERITY", default_value = "never")]
    fail_on: String,
    /// Do not look for secrets in files and configuration.
    #[arg(long, overrides_with = "secrets")]
    no_secrets: bool,
    /// Look for secrets, too, which is the default.
    #[arg(long, overrides_with = "no_secrets")]
    secrets: bool,
    /// Rules for secrets: a `gitleaks.toml` [default: `.gitleaks.toml` of the directory, else own rules].
    #[arg(long, value_name = "FILE")]
    secret_rules: Option<String>,
    /// Secrets that are known: lines `path:rule:line` [default: `.gitleaksignore` of the directory].
    #[arg(long, value_name = "FILE")]
    secret_ignore: Option<String>,
    /// Leave out what has no fixed version yet.
    #[arg(long)]
    only_fixed: bool,
    /// An `OpenVEX` document that says what does not count.
    #[arg(long, value_name = "FILE")]
    vex: Vec<String>,
    /// Exceptions with their reasons [default: `.cooper/exceptions.toml` when it is there].
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,
    /// Directory in which the Dockerfile of the image is looked for, to be shown on the page [default: this one].
    #[arg(long, value_name = "DIR")]
    context: Option<String>,
    /// Bring the advisories up to date first; what cannot be had is told, and the scan goes on with what there is.
    #[arg(long)]
    update: bool,
    /// Leave out what is less severe.
    #[arg(long, value_name = "SEVERITY", default_value = "unknown", value_parser = risk)]
    severity: Risk,
}

fn risk(text: &str) -> Result<Risk, String> {
    text.parse().map_err(|error: facts::RiskError| error.to_string())
}

/// Prints what is in an image or a directory.
pub(crate) fn sbom(global: &Global, args: &SbomArgs) -> Result<u8, AppError> {
    let name = chosen(global, args.format.as_ref());
    let format = report::sbom_format(name)
        .ok_or_else(|| unknown(name, report::sbom_formats().iter().map(|one| one.name)))?;
    let world = make(global, Needs::Namespace)?;
    let contents = app::scan::contents(&world, &args.common.request(None))?;
    args.common.write(&world, |out| (format.render)(&sbom_of(&contents, time(&world)), out))?;
    Ok(exit::CLEAN)
}

/// Prints what is wrong with an image or a directory.
pub(crate) fn scan(global: &Global, args: &ScanArgs) -> Result<u8, AppError> {
    let name = chosen(global, args.format.as_ref());
    let format = report::scan_format(name)
        .ok_or_else(|| unknown(name, report::scan_formats().iter().map(|one| one.name)))?;
    let fail_on = match args.fail_on.as_str() {
        "never" => None,
        text => Some(risk(text).map_err(AppError::usage)?),
    };
    let world = make(global, Needs::Namespace)?;
    let request = args.request();
    let mut outcome = app::scan::scan(&world, &request)?;
    let more = format.wants_page.then(|| app::scan::page(&world, &request, &outcome.contents)).transpose()?;
    outcome.contents.secrets.retain(|one| one.severity >= args.severity);
    outcome
        .vulnerabilities
        .retain(|one| one.risk >= args.severity && (one.fixed.is_some() || !args.only_fixed));
    let scan = Scan {
        sbom: sbom_of(&outcome.contents, time(&world)),
        vulnerabilities: &outcome.vulnerabilities,
        secrets: (!args.no_secrets).then_some(&outcome.contents.secrets),
        excused: &outcome.excused,
        notes: &outcome.notes,
        page: more.as_ref().map(page),
    };
    match &args.template {
        None => args.common.write(&world, |out| (format.render)(&scan, out))?,
        Some(file) => {
            let text = filled(&world, &scan, file)?;
            args.common.write(&world, |out| out.write_all(text.as_bytes()))?;
        }
    }
    let fails = fail_on.is_some_and(|least| app::scan::reaches(&outcome, least));
    Ok(if fails { exit::FINDINGS } else { exit::CLEAN })
}

/// A template with what a scan found.
fn filled(world: &app::World, scan: &Scan<'_>, file: &str) -> Result<String, AppError> {
    let text = std::fs::read_to_string(world.path(file))
        .map_err(|error| AppError::usage(format!("`{file}` cannot be read: {error}")))?;
    report::template(scan, file, &text).map_err(|error| {
        AppError::usage(format!("the template cannot be filled in: {error}"))
            .help("`cooper scan --json` shows the fields that there are")
    })
}

/// The time that documents carry: what the caller says, so that the same input gives the same bytes.
fn time(world: &app::World) -> i64 {
    let said = world.env.get("SOURCE_DATE_EPOCH").and_then(|text| text.parse().ok());
    said.unwrap_or(app::FIXED_EPOCH)
}

pub(super) fn chosen<'a>(global: &Global, format: Option<&'a String>) -> &'a str {
    let default = if global.json { "json" } else { "table" };
    format.map_or(default, String::as_str)
}

const fn sbom_of(contents: &Contents, time: i64) -> Sbom<'_> {
    Sbom { subject: &contents.subject, inventory: &contents.inventory, time }
}

fn page(more: &app::scan::Page) -> report::Page<'_> {
    report::Page {
        audit: more.checked.as_ref().map(audit),
        source: more.source.as_ref().map(|(name, text)| (name.as_str(), text.as_str())),
        graph: more.graph.as_deref(),
    }
}

pub(super) fn audit(checked: &app::scan::Checked) -> Audit<'_> {
    Audit {
        subject: &checked.subject,
        findings: &checked.findings,
        efficiency: &checked.efficiency,
        steps: &checked.steps,
    }
}

impl ScanArgs {
    fn request(&self) -> Request {
        let secrets = (!self.no_secrets)
            .then(|| SecretRules { file: self.secret_rules.clone(), ignore: self.secret_ignore.clone() });
        let common = self.common.request(secrets);
        Request {
            vex: self.vex.clone(),
            exceptions: self.exceptions.clone(),
            context: self.context.clone(),
            update: self.update,
            ..common
        }
    }
}

impl Common {
    pub(super) fn request(&self, secrets: Option<SecretRules>) -> Request {
        Request {
            target: self.target.clone(),
            platform: self.platform.clone(),
            secrets,
            ..Request::default()
        }
    }

    pub(super) fn write(
        &self,
        world: &app::World,
        render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), AppError> {
        super::write_result(world, self.output.as_deref(), render)
    }
}
