//! # pod
//!
//! A Pod, with what `kubernetes` gives the pods of a Deployment.

use super::{Target, notes};
use crate::profile::Profile;
use crate::targets::kubernetes::{indented, pod_spec};
use crate::words::yaml;

pub(crate) static TARGET: Target = Target { name: "pod", render, source: include_str!("pod.rs") };

fn render(profile: &Profile) -> String {
    let name = yaml(&profile.name);
    let head = format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  labels:\n    app.kubernetes.io/name: {name}\nspec:\n"
    );
    notes(profile) + &head + &indented(&pod_spec(profile), 2)
}
