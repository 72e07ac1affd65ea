//! # kubernetes
//!
//! A Deployment whose pods meet the level `restricted` of the pod security standards where the image allows it, and are said not to
//! where it does not. Kubernetes does not read `HEALTHCHECK`, so probes are made of it. Logs are rotated by the kubelet, and the
//! number of processes is limited by its `podPidsLimit`; a Deployment cannot say either.
//!
//! `pod` writes a Pod alone.

use image::Healthcheck;

use super::{Target, notes, volume, why};
use crate::profile::{Profile, TMPFS, Writable};
use crate::words::{line, yaml};

pub(crate) static TARGET: Target =
    Target { name: "kubernetes", render, source: include_str!("kubernetes.rs") };

fn render(profile: &Profile) -> String {
    let name = yaml(&profile.name);
    let mut text = notes(profile);
    text += &format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    app.kubernetes.io/name: {name}\nspec:\n  \
         replicas: 1\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {name}\n  template:\n    metadata:\n      labels:\n        \
         app.kubernetes.io/name: {name}\n    spec:\n"
    );
    text + &indented(&pod_spec(profile), 6)
}

/// Lines further to the right.
pub(crate) fn indented(text: &str, by: usize) -> String {
    let space = " ".repeat(by);
    text.lines().flat_map(|line| [space.as_str(), line, "\n"]).collect()
}

/// The `spec` of a pod.
pub(crate) fn pod_spec(profile: &Profile) -> String {
    let user = &profile.user;
    let mut text = "automountServiceAccountToken: false  # it does not speak to the cluster\n".to_owned();
    text += "securityContext:\n";
    if user.is_root() {
        text += &format!("  runAsNonRoot: false  # {}\n", line(&user.reason));
    } else {
        text += &format!("  runAsNonRoot: true\n  runAsUser: {}  # {}\n", user.uid, line(&user.reason));
        text += &format!("  runAsGroup: {}\n", user.gid);
        if profile.writable.iter().any(|one| one.keep) {
            text += &format!("  fsGroup: {}  # its volumes belong to its group\n", user.gid);
        }
    }
    text += "  seccompProfile:\n    type: RuntimeDefault  # without it there is no filter of system calls\n";
    if profile.low_ports {
        text += "  sysctls:\n    - name: net.ipv4.ip_unprivileged_port_start\n";
        text += &format!("      value: \"0\"  # {}\n", why::LOW);
    }
    text += &format!("containers:\n  - name: {}\n    image: {}\n", yaml(&profile.name), yaml(&profile.image));
    text += &indented(&container(profile), 4);
    text += "volumes:\n";
    for one in &profile.writable {
        text += &format!("  - name: {}\n", yaml(&short(profile, one)));
        text += &if one.keep {
            format!("    persistentVolumeClaim:\n      claimName: {}\n", yaml(&volume(profile, one)))
        } else {
            format!("    emptyDir:\n      medium: Memory\n      sizeLimit: {TMPFS}Mi\n")
        };
    }
    text
}

fn container(profile: &Profile) -> String {
    let mut text = "securityContext:\n".to_owned();
    match &profile.gains_rights {
        None => text += &format!("  allowPrivilegeEscalation: false  # {}\n", why::NEW),
        Some(reason) => text += &format!("  allowPrivilegeEscalation: true  # {}\n", line(reason)),
    }
    text += &format!("  readOnlyRootFilesystem: true  # {}\n", why::ROOT);
    text += &format!("  capabilities:\n    drop:\n      - ALL  # {}\n", why::DROP);
    if !profile.capabilities.is_empty() {
        text += "    add:\n";
        let lines =
            profile.capabilities.iter().map(|one| format!("      - {}  # {}\n", one.name, line(&one.reason)));
        text.extend(lines);
    }
    let memory = profile.limits.memory;
    text += &format!("resources:\n  requests:\n    cpu: 100m\n    memory: {}Mi\n", memory / 2);
    text += &format!("  limits:\n    memory: {memory}Mi  # {}\n", why::MEMORY);
    if !profile.ports.is_empty() {
        text += "ports:\n";
        for port in &profile.ports {
            text += &format!(
                "  - containerPort: {}\n    protocol: {}\n",
                port.number,
                port.protocol.to_uppercase()
            );
        }
    }
    if let Some(health) = &profile.health {
        text += &probe(health);
    }
    text += "volumeMounts:\n";
    for one in &profile.writable {
        let (name, path) = (yaml(&short(profile, one)), yaml(&one.path));
        text += &format!("  - name: {name}\n    mountPath: {path}  # {}\n", line(&one.reason));
    }
    text
}

/// Probes that do what the image's health check does.
fn probe(health: &Healthcheck) -> String {
    let command: Vec<String> = match health.test.first().map(String::as_str) {
        Some("CMD") => health.test[1..].to_vec(),
        Some("CMD-SHELL") => vec!["/bin/sh".to_owned(), "-c".to_owned(), health.test[1].clone()],
        _ => return String::new(),
    };
    let seconds = |nanoseconds: i64, default: i64| match nanoseconds / 1_000_000_000 {
        0 => default,
        seconds => seconds,
    };
    let (period, timeout) = (seconds(health.interval, 30), seconds(health.timeout, 30));
    let retries = if health.retries > 0 { health.retries } else { 3 };
    let mut text = String::new();
    for (kind, period, retries) in
        [("startupProbe", 5, seconds(health.start_period, 30) / 5 + 6), ("livenessProbe", period, retries)]
    {
        text += &format!("{kind}:  # the image's HEALTHCHECK\n  exec:\n    command:\n");
        text.extend(command.iter().map(|word| format!("      - {}\n", yaml(word))));
        text += &format!(
            "  periodSeconds: {period}\n  timeoutSeconds: {timeout}\n  failureThreshold: {retries}\n"
        );
    }
    text
}

/// The name of a volume within a pod: at most 63 letters, digits and dashes.
fn short(profile: &Profile, one: &Writable) -> String {
    let whole = volume(profile, one);
    let name = whole.strip_prefix(&format!("{}-", profile.name)).unwrap_or(&whole);
    name.chars().take(63).collect::<String>().trim_matches('-').to_owned()
}
