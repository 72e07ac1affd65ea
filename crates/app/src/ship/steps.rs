//! The steps of shipping, in their order.

use ::gate::Gate;
use image::Digest;
use report::{RenderOptions, Report, Sbom, Scan};
use serde_json::{Value, json};

use super::{Said, Shipment};
use crate::export::rfc3339;
use crate::trust::{self, SignRequest, VerifyRequest, Who};
use crate::{AppError, attest, gate, lint, provenance, scan, testing, transfer};

type Run = fn(&mut Shipment<'_>) -> Result<Said, AppError>;

/// Each step with its name.
pub(super) const ALL: &[(&str, Run)] = &[
    ("lint", lint),
    ("build", build),
    ("test", test),
    ("gate", gate),
    ("sign", sign),
    ("push", push),
    ("verify", verify),
];

/// Those that only look at the image: when one is stopped the next looks, too, so that one run tells of all that is wrong.
pub(super) const LOOKING: &[&str] = &["test"];

/// Those after which something is at the registry.
pub(super) const LEAVING: &[&str] = &["push", "verify"];

/// What is said of an image beside its signature: the short name of the kind, and what it is.
const STATEMENTS: &[(&str, &str)] =
    &[("cyclonedx", "list of packages"), ("slsaprovenance1", "provenance"), ("vuln", "result of the scan")];

/// At most so many findings are shown of a step; a command of its own shows all.
const SHOWN: usize = 20;

fn lint(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let build = &shipment.build;
    let context = build.context.clone().unwrap_or_else(|| ".".to_owned());
    let path = build.file.clone().unwrap_or_else(|| format!("{}/Dockerfile", context.trim_end_matches('/')));
    if !shipment.world.path(&path).is_file() {
        return Ok((vec!["the Dockerfile is not a file here, so it is not checked".to_owned()], true));
    }
    let asked = lint::Build {
        build_args: build.build_args.clone(),
        contexts: build.contexts.keys().cloned().collect(),
        platform: build.platforms.first().cloned(),
    };
    let request = lint::Request {
        paths: vec![path],
        target: build.target.clone(),
        context: Some(context.clone()),
        build: Some(asked),
        ..lint::Request::default()
    };
    let mut outcome = lint::lint(shipment.world, &request, None)?;
    if let Some(error) = outcome.errors.pop() {
        return Err(error);
    }
    let least = outcome.fail_on.unwrap_or(facts::Severity::Error);
    let all = outcome.findings.len();
    let bad: Vec<_> = outcome.findings.into_iter().filter(|one| one.severity.reaches(least)).collect();
    let mut lines = placed(&bad, &outcome.files)?;
    lines.push(format!("{} findings, {} of them {least} or worse", all, bad.len()));
    let is_clean = bad.is_empty();
    // What came from where is said by names in the context.
    let inside = |(name, text): (String, String)| {
        let inside = name.strip_prefix(context.as_str()).map(|rest| rest.trim_start_matches('/').to_owned());
        (inside.unwrap_or_else(|| name.rsplit('/').next().unwrap_or_default().to_owned()), text)
    };
    shipment.dockerfile = outcome.files.into_iter().next().map(inside);
    Ok((lines, is_clean))
}

/// Findings, a line each, as `--format line` has them.
fn placed(findings: &[facts::Finding], files: &[(String, String)]) -> Result<Vec<String>, AppError> {
    let format = report::format("line").ok_or_else(|| AppError::environment("there is no format `line`"))?;
    let report = Report { files, findings, rules: &[], refused: false };
    let text = rendered(|out| (format.render)(&report, out, &RenderOptions { color: false }))?;
    Ok(String::from_utf8_lossy(&text).lines().take(SHOWN).map(str::to_owned).collect())
}

fn build(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let outcome = crate::build::build(shipment.world, &shipment.build, shipment.audience.build, None)?;
    let differs = outcome.verified.as_ref().is_some_and(|verified| !verified.same);
    let digest = outcome.top.as_ref().map(|top| format!("{} {}", shipment.name, top.digest));
    let mut lines: Vec<String> = digest.into_iter().collect();
    if differs {
        lines.push("it is not the same when it is built again".to_owned());
    }
    shipment.built = Some(outcome);
    Ok((lines, !differs))
}

fn test(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let request = testing::Request {
        image: shipment.name.to_string(),
        platform: shipment.build.platforms.first().cloned(),
        files: shipment.request.tests.clone(),
        max_size: shipment.request.max_size,
        with_network: false,
    };
    let results = testing::test(shipment.world, &request)?;
    let (mut lines, mut all, mut failed) = (Vec::new(), 0, 0);
    for (file, results) in &results {
        all += results.len();
        for one in results.iter().filter(|one| !one.errors.is_empty()) {
            failed += 1;
            let place = if one.line > 0 { format!("{file}:{}", one.line) } else { file.clone() };
            lines.push(format!("{place}: {}: {}", one.name, one.errors.join("; ")));
        }
    }
    lines.truncate(SHOWN);
    lines.push(format!("{all} tests, {failed} of them failed"));
    Ok((lines, failed == 0))
}

/// Asks the gates that an image passes before it is signed.
fn gate(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    asked(shipment, |gate| !gate.after_signing)
}

/// Asks some of the gates.
fn asked(shipment: &Shipment<'_>, is_asked: impl Fn(&Gate) -> bool) -> Result<Said, AppError> {
    if shipment.world.settings.gate.is_empty() {
        let text = "there is no policy: `cooper.toml` has no table `[gate]`";
        return Ok((vec![text.to_owned()], true));
    }
    let request = gate::Request {
        image: shipment.name.to_string(),
        platform: shipment.build.platforms.first().cloned(),
        context: shipment.build.context.clone(),
        except: gate::but(is_asked),
        dockerfile: shipment.dockerfile.clone(),
        ..gate::Request::default()
    };
    let outcome = gate::gate(shipment.world, &request)?;
    let mut lines = placed(&outcome.findings(), &outcome.files())?;
    lines.extend(outcome.notes.iter().map(|note| format!("note: {note}")));
    let stopped = outcome.gates.iter().filter(|one| !one.stops.is_empty()).count();
    lines.push(format!("{} gates, {stopped} of them stop the image", outcome.gates.len()));
    Ok((lines, outcome.passes()))
}

fn sign(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let name = shipment.name.to_string();
    let password = || Ok(shipment.password.clone());
    let request = SignRequest {
        image: &name,
        key: shipment.request.key,
        password: &password,
        push: false,
        simple: true,
    };
    let signed = trust::sign(shipment.world, &request)?;
    let (mut lines, mut count) = (Vec::new(), 0);
    for (kind, what) in STATEMENTS {
        let Some(predicate) = statement(shipment, kind)? else { continue };
        let is_known = is_said(shipment, kind, &predicate)?;
        if !is_known {
            trust::attest(shipment.world, &request, kind, &predicate)?;
        }
        lines.push(format!("{}: {what} ({kind})", if is_known { "said before" } else { "signed statement" }));
        count += 1;
    }
    let (more, passes) = asked(shipment, |gate| gate.after_signing)?;
    if !passes {
        return Ok((more, false));
    }
    lines
        .push(format!("signed with the key {}, and {count} statements beside it", &signed.fingerprint[..16]));
    Ok((lines, true))
}

/// Whether the same was said of the same image before, but for when: who ships again should not pile up statements.
fn is_said(shipment: &Shipment<'_>, kind: &str, predicate: &[u8]) -> Result<bool, AppError> {
    let part = |predicate: &Value| match kind {
        "vuln" => predicate["scanner"].clone(),
        "slsaprovenance1" => predicate["buildDefinition"].clone(),
        _ => predicate.clone(),
    };
    let new = serde_json::from_slice(predicate).map(|new| part(&new));
    let name = shipment.name.to_string();
    let who = Who::Pem(&shipment.public);
    let request = VerifyRequest { image: &name, who, root: None, kind: Some(kind), offline: true };
    let verdict = trust::verify(shipment.world, &request)?;
    let mut known = verdict.evidence.iter().filter_map(|one| one.result.as_ref().ok());
    Ok(known.any(|known| new.as_ref().is_ok_and(|new| part(known) == *new)))
}

/// What is said of the image; nothing where there is nothing to say.
fn statement(shipment: &Shipment<'_>, kind: &str) -> Result<Option<Vec<u8>>, AppError> {
    match kind {
        "cyclonedx" => packages(shipment).map(Some),
        "vuln" => scanned(shipment).map(Some),
        _ => {
            let store = shipment.world.store()?;
            let images = shipment.built.iter().flat_map(|built| &built.images);
            let said = |image: &Digest| attest::predicate(&store, image, provenance::PREDICATE_TYPE);
            Ok(images.map(|(_, image)| image.manifest.digest).find_map(|image| said(&image)))
        }
    }
}

fn wish(shipment: &Shipment<'_>) -> scan::Request {
    scan::Request {
        target: shipment.name.to_string(),
        platform: shipment.build.platforms.first().cloned(),
        ..scan::Request::default()
    }
}

fn rendered(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Result<Vec<u8>, AppError> {
    let mut bytes = Vec::new();
    render(&mut bytes)?;
    Ok(bytes)
}

fn packages(shipment: &Shipment<'_>) -> Result<Vec<u8>, AppError> {
    let contents = scan::contents(shipment.world, &wish(shipment))?;
    let sbom = Sbom { subject: &contents.subject, inventory: &contents.inventory, time: time(shipment) };
    let format =
        report::sbom_format("cyclonedx").ok_or_else(|| AppError::environment("there is no CycloneDX"))?;
    rendered(|out| (format.render)(&sbom, out))
}

/// The time of documents: what the image has, so that the same image says the same.
fn time(shipment: &Shipment<'_>) -> i64 {
    let epoch = shipment.built.as_ref().and_then(|built| built.epoch);
    epoch.map_or(crate::FIXED_EPOCH, |(seconds, _)| seconds)
}

/// The result of the scan as cosign's predicate has it ("Cosign Vulnerability Scan Record").
fn scanned(shipment: &Shipment<'_>) -> Result<Vec<u8>, AppError> {
    let outcome = scan::scan(shipment.world, &wish(shipment))?;
    let scan = Scan {
        sbom: Sbom {
            subject: &outcome.contents.subject,
            inventory: &outcome.contents.inventory,
            time: time(shipment),
        },
        vulnerabilities: &outcome.vulnerabilities,
        secrets: None,
        excused: &outcome.excused,
        notes: &outcome.notes,
        page: None,
    };
    let format = report::scan_format("json").ok_or_else(|| AppError::environment("there is no JSON"))?;
    let result = rendered(|out| (format.render)(&scan, out))?;
    let result: Value = serde_json::from_slice(&result)
        .map_err(|error| AppError::environment(format!("the result of the scan is no JSON: {error}")))?;
    let now = rfc3339(shipment.world.seconds());
    let record = json!({
        "invocation": { "parameters": null, "uri": "", "event_id": "", "builder.id": "" },
        "scanner": {
            "uri": "urn:cooper:scan",
            "version": env!("CARGO_PKG_VERSION"),
            "db": { "uri": "", "version": "" },
            "result": result,
        },
        "metadata": { "scanStartedOn": now, "scanFinishedOn": now },
    });
    Ok(record.to_string().into_bytes())
}

fn push(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let mut lines = Vec::new();
    for name in &shipment.build.tags {
        let top = transfer::push(shipment.world, name, name, shipment.audience.push)?;
        lines.push(format!("{name} {}", top.digest));
    }
    Ok((lines, true))
}

/// Verifies at the registry, as who takes the image would.
fn verify(shipment: &mut Shipment<'_>) -> Result<Said, AppError> {
    let built = shipment.digest();
    let kinds = std::iter::once(None).chain(STATEMENTS.iter().map(|(kind, _)| Some(*kind)));
    let (mut lines, mut is_good) = (Vec::new(), true);
    for kind in kinds {
        let image = format!("docker://{}", shipment.name);
        let request = VerifyRequest {
            image: &image,
            who: Who::Pem(&shipment.public),
            root: None,
            kind,
            offline: false,
        };
        let verdict = trust::verify(shipment.world, &request)?;
        let what = kind.unwrap_or("signature");
        let same = built.is_some_and(|built| built.to_string() == verdict.digest);
        let word = if !same {
            "is of another image"
        } else if verdict.is_verified() {
            "verified at the registry"
        } else {
            "is NOT VERIFIED at the registry"
        };
        is_good &= same && verdict.is_verified();
        lines.push(format!("{what}: {word}"));
    }
    if is_good {
        lines.push("all of it is verified at the registry".to_owned());
    }
    Ok((lines, is_good))
}
