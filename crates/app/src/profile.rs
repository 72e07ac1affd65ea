//! `cooper build --profile`: what each instruction took, and what became of the bytes that it added.

use std::collections::BTreeMap;
use std::time::Duration;

use build_engine::{BuildError, Cost, Solved, losses};
use lineage::Losses;
use plan::{NodeId, Op, Plan};
use serde_json::{Value, json};
use store::Store;

/// What a build took.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The Dockerfile.
    pub file: String,
    /// The steps, in the order of the plan.
    pub steps: Vec<Step>,
    /// From the begin of the build to that of the export, which packs layers and writes the image.
    pub export_begin: Duration,
    /// The length of the export.
    pub export: Duration,
}

/// What a step took.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its first line in the Dockerfile, from 1.
    pub line: u32,
    /// Name of its stage.
    pub stage: String,
    /// Its platform, in a build for several.
    pub platform: Option<String>,
    /// The instruction.
    pub text: String,
    /// What it took.
    pub cost: Cost,
    /// What became of its bytes.
    pub losses: Losses,
}

/// Puts together what was measured.
pub(crate) fn profile(
    store: &Store,
    plan: &Plan,
    solved: &Solved,
    file: &str,
) -> Result<Profile, BuildError> {
    let losses = losses(store, plan, solved)?;
    let several = plan.outputs.len() > 1;
    let is_step = |op: &Op| !matches!(op, Op::Image(_) | Op::Scratch | Op::Tree(_));
    let nodes = plan.nodes.iter().enumerate().filter(|(_, node)| is_step(&node.op));
    let steps = nodes.filter_map(|(at, node)| {
        Some(Step {
            line: node.origin.line,
            stage: node.origin.stage_name.clone(),
            platform: several.then(|| node.platform.to_string()),
            text: node.origin.text.clone(),
            cost: *solved.costs().get(&NodeId(at))?,
            losses: losses.get(&NodeId(at)).copied().unwrap_or_default(),
        })
    });
    let zero = Duration::ZERO;
    Ok(Profile { file: file.to_owned(), steps: steps.collect(), export_begin: zero, export: zero })
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The outcome as JSON; its shape is that of `docs/schema/profile.json`.
pub fn json(profile: &Profile) -> Value {
    json!({
        "schema": "cooper/profile/1",
        "file": profile.file,
        "total": micros(profile.export_begin + profile.export),
        "export": { "begin": micros(profile.export_begin), "wall": micros(profile.export) },
        "steps": profile.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    let here = !step.cost.elsewhere;
    json!({
        "line": step.line,
        "stage": step.stage,
        "platform": step.platform,
        "instruction": step.text,
        "cached": step.cost.cached,
        "begin": micros(step.cost.begin),
        "wall": micros(step.cost.wall),
        "cpu": here.then(|| json!({
            "user": micros(step.cost.user),
            "system": micros(step.cost.system),
            "builder": micros(step.cost.builder),
        })),
        "io": here.then(|| json!({
            "read": step.cost.read,
            "written": step.cost.written,
            "diskRead": step.cost.disk_read,
            "diskWritten": step.cost.disk_written,
        })),
        "peakMemory": step.cost.peak_memory,
        "bytes": {
            "added": step.losses.added,
            "overwritten": step.losses.overwritten,
            "deleted": step.losses.deleted,
        },
    })
}

/// The outcome in the trace event format of Chrome: a row for what runs side by side.
pub fn trace(profile: &Profile) -> Value {
    let mut order: Vec<&Step> = profile.steps.iter().collect();
    order.sort_by_key(|step| (step.cost.begin, step.line));
    let mut rows: Vec<Duration> = Vec::new();
    let mut events = Vec::new();
    for one in order {
        let begin = one.cost.begin;
        let free = rows.iter().position(|end| *end <= begin).unwrap_or(rows.len());
        if free == rows.len() {
            rows.push(Duration::ZERO);
        }
        rows[free] = begin + one.cost.wall;
        let details = step(one);
        let name = format!("{}:{} {}", profile.file, one.line, one.text);
        events.push(event(&name, &one.stage, (begin, one.cost.wall), free + 1, &details));
    }
    let export = (profile.export_begin, profile.export);
    events.push(event("export", "export", export, 0, &json!({})));
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}

/// An event that has a begin and a length.
fn event(
    name: &str,
    category: &str,
    (begin, wall): (Duration, Duration),
    row: usize,
    details: &Value,
) -> Value {
    BTreeMap::from([
        ("name", json!(name)),
        ("cat", json!(category)),
        ("ph", json!("X")),
        ("ts", json!(micros(begin))),
        ("dur", json!(micros(wall))),
        ("pid", json!(1)),
        ("tid", json!(row)),
        ("args", details.clone()),
    ])
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect::<serde_json::Map<_, _>>()
    .into()
}
