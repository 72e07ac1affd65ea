//! `cooper build --verify`: the build is done again in another sandbox, and what differs is named with its instruction.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::time::Duration;

use build_engine::{BuildError, Differs, Leaks, Repeat, Solved, added, count_steps, differing};
use compare::{BytesDiffer, Change, Field};
use image::{Entry, EntryKind};
use kit::TextRange;
use lineage::encode;
use plan::{NodeId, Op, Plan};
use serde_json::{Value, json};
use store::Layer;

use crate::build::{Prepared, Run, Session, Supply};
use crate::export::rfc3339;
use crate::{AppError, dated, diff, suspicion};

/// Files of a step that are looked into.
const MAX_FILES: usize = 10;

/// What a repetition showed.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Whether the image is the same.
    pub same: bool,
    /// Steps that were done again.
    pub steps: usize,
    /// What was otherwise.
    pub varied: Vec<String>,
    /// The steps that gave something else on the same input, in the order of the plan. What is the same in the image all the
    /// same has such steps where nothing of it gets there.
    pub differences: Vec<Difference>,
    /// Steps that gave the same and wrote down the day.
    pub dated: Vec<Dated>,
    /// Steps that gave something else, as what they work on did.
    pub followers: usize,
    /// Whether that was the only reason. Another engine cannot be asked.
    pub followers_sure: bool,
    /// The Dockerfile, and its text.
    pub file: (String, String),
}

/// A step that wrote down the day on which it ran: on another it may give something else.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The first line of the instruction, from 1.
    pub line: u32,
    /// The first file that holds it.
    pub path: Vec<u8>,
    /// How it is written there.
    pub text: String,
}

/// A step that gave something else.
#[derive(Debug, Clone)]
pub struct Difference {
    /// Name of its stage.
    pub stage: String,
    /// The instruction.
    pub text: String,
    /// Its first line, from 1.
    pub line: u32,
    /// Its place.
    pub range: TextRange,
    /// The first files that differ.
    pub files: Vec<FileDifference>,
    /// How many do.
    pub count: usize,
}

/// A file that differs.
#[derive(Debug, Clone)]
pub struct FileDifference {
    /// The path, and what differs.
    pub change: Change,
    /// Where the contents part, and what stands there.
    pub bytes: Option<BytesDiffer>,
    /// What it looks like.
    pub cause: Option<String>,
}

impl Session<'_> {
    /// Does a build again, and compares.
    pub(crate) fn verify(
        &self,
        prepared: &Prepared,
        plan: &Plan,
        supply: Supply<'_>,
        leaks: Option<&Leaks>,
        first: &Solved,
    ) -> Result<Verification, BuildError> {
        self.observer.fetching("note: building again without cache, to compare");
        self.next_second();
        let mounts = (self.world.now)().to_string();
        let processors = (self.world.cores > 1).then(|| self.world.cores - 1);
        let again = |only| {
            let repeat = Some(Repeat { first, only, mounts: &mounts, processors });
            self.solve(prepared, plan, supply, Run { leaks, on_layer: &|_, _| {}, repeat, profile: None })
        };
        let second = again(None)?;
        let mut differs = differing(plan, first, &second);
        let same = plan.outputs.iter().all(|output| first.layers(output.node) == second.layers(output.node));
        // Steps on another input may give something else for that alone; on the same it shows.
        let unsure: BTreeSet<_> = differs.iter().filter(|one| !one.same_input).map(|one| one.node).collect();
        differs.retain(|one| one.same_input);
        // Another engine cannot be told what a step works on.
        let here = self.request.engine.is_none();
        if here && !unsure.is_empty() {
            let third = again(Some(&unsure))?;
            differs.extend(differing(plan, first, &third));
            differs.sort_by_key(|one| one.node);
        }
        if !here {
            self.note_unseen(plan, first, &differs);
        }
        let text = &prepared.source.text;
        let text = leaks.map_or_else(|| text.clone(), |leaks| leaks.needles().mask(text));
        let differences = differs.iter().map(|one| self.difference(plan, one, leaks));
        let differences = differences.collect::<Result<Vec<_>, _>>()?;
        Ok(Verification {
            same,
            steps: count_steps(plan),
            varied: if here {
                varied(self.world.cores, processors)
            } else {
                vec!["the time".to_owned(), "the contents of cache mounts".to_owned()]
            },
            followers: unsure.iter().filter(|node| differs.iter().all(|one| one.node != **node)).count(),
            followers_sure: here,
            differences,
            dated: self.dated(plan, first, &differs)?,
            file: (prepared.source.name.clone(), text),
        })
    }

    /// Says where the cause can lie in a stage that stays at another engine.
    fn note_unseen(&self, plan: &Plan, first: &Solved, differs: &[Differs]) {
        for one in differs {
            let node = &plan.nodes[one.node.0];
            let is_unseen = |need: &NodeId| {
                let is_step = !matches!(plan.nodes[need.0].op, Op::Scratch | Op::Image(_));
                is_step && first.layers(*need).is_empty()
            };
            if let Some(unseen) = node.needs().into_iter().find(is_unseen) {
                let text = format!(
                    "line {} takes files of stage `{}`, which stays at the engine: the cause can be one of its steps",
                    node.origin.line, plan.nodes[unseen.0].origin.stage_name
                );
                self.observer.note(&text);
            }
        }
    }

    /// The steps that are not among those that differ and wrote down the day.
    fn dated(&self, plan: &Plan, first: &Solved, differs: &[Differs]) -> Result<Vec<Dated>, BuildError> {
        let forms = dated::forms(&rfc3339(self.world.seconds()));
        let mut all = Vec::new();
        for (at, node) in plan.nodes.iter().enumerate() {
            let id = NodeId(at);
            let Op::Exec(exec) = &node.op else { continue };
            let Some(layer) = added(plan, first, id).filter(|_| differs.iter().all(|one| one.node != id))
            else {
                continue;
            };
            // A day that the step was told is an input.
            let told = |form: &String| {
                exec.args.iter().any(|word| word.contains(form))
                    || exec.env.values().any(|value| value.contains(form))
            };
            if forms.iter().any(told) {
                continue;
            }
            let found = self.store.layer(&layer)?.and_then(|layer| dated::find(&layer, &forms));
            all.extend(found.map(|(path, text)| Dated { line: node.origin.line, path, text }));
        }
        Ok(all)
    }

    /// Waits until seconds differ from those of all that was made so far.
    fn next_second(&self) {
        let rest = 1_000_000_000 - (self.world.now)().rem_euclid(1_000_000_000);
        std::thread::sleep(Duration::from_nanos(u64::try_from(rest).unwrap_or_default()));
    }

    fn difference(
        &self,
        plan: &Plan,
        differs: &Differs,
        leaks: Option<&Leaks>,
    ) -> Result<Difference, BuildError> {
        let origin = &plan.nodes[differs.node.0].origin;
        let layer = |id: Option<image::Digest>| id.map_or(Ok(None), |id| self.store.layer(&id));
        let layers = [layer(differs.before)?, layer(differs.after)?];
        let index = |layer: &Option<Layer>| layer.as_ref().map(Layer::index).transpose();
        let (before, after) = (index(&layers[0])?, index(&layers[1])?);
        let entries = |index: &Option<std::sync::Arc<store::Index>>| -> Vec<Entry> {
            index.as_ref().map(|index| index.entries().to_vec()).unwrap_or_default()
        };
        let changes = compare::entries(&entries(&before), &entries(&after));
        let count = changes.len();
        let names = suspicion::renamed(&changes);
        let file = |change: Change| {
            let bytes = content(&change, &layers, leaks);
            let cause = suspicion::cause(&change, bytes.as_ref(), &names);
            FileDifference { change, bytes, cause }
        };
        Ok(Difference {
            stage: origin.stage_name.clone(),
            text: origin.text.clone(),
            line: origin.line,
            range: origin.range,
            files: changes.into_iter().take(MAX_FILES).map(file).collect(),
            count,
        })
    }
}

/// Where the contents of a file part. What cannot be read stays unsaid.
fn content(change: &Change, layers: &[Option<Layer>; 2], leaks: Option<&Leaks>) -> Option<BytesDiffer> {
    if !change.fields.contains(&Field::Content) {
        return None;
    }
    let open = |entry: &Option<Entry>, layer: &Option<Layer>| {
        let entry = entry.as_ref().filter(|entry| entry.kind == EntryKind::File)?;
        File::open(layer.as_ref()?.fs_path().join(OsStr::from_bytes(&entry.path))).ok()
    };
    let (mut before, mut after) = (open(&change.before, &layers[0])?, open(&change.after, &layers[1])?);
    let mut found = compare::first_difference(&mut before, &mut after).ok()??;
    if let Some(leaks) = leaks {
        let redact = |bytes: &[u8]| leaks.needles().redact(&String::from_utf8_lossy(bytes)).into_bytes();
        (found.before, found.after) = (redact(&found.before), redact(&found.after));
    }
    Some(found)
}

fn varied(cores: usize, processors: Option<usize>) -> Vec<String> {
    let mut all =
        vec!["the time".to_owned(), "the host name".to_owned(), "the order of directories".to_owned()];
    all.extend(processors.map(|count| format!("the number of processors ({count} of {cores})")));
    all.push("the contents of cache mounts".to_owned());
    all
}

/// The outcome as JSON; its shape is that of `docs/schema/verify.json`.
pub fn json(found: &Verification) -> Value {
    let differences = found.differences.iter().map(|one| {
        json!({
            "stage": one.stage,
            "file": found.file.0,
            "line": one.line,
            "instruction": one.text,
            "count": one.count,
            "files": one.files.iter().map(file).collect::<Vec<_>>(),
        })
    });
    json!({
        "schema": "cooper/verify/1",
        "same": found.same,
        "steps": found.steps,
        "varied": found.varied,
        "differences": differences.collect::<Vec<_>>(),
        "dated": found.dated.iter().map(|one| json!({
            "line": one.line,
            "path": format!("/{}", encode(&one.path)),
            "date": one.text,
        })).collect::<Vec<_>>(),
        "followers": found.followers,
    })
}

fn file(one: &FileDifference) -> Value {
    let bytes = one.bytes.as_ref().map(|bytes| {
        json!({
            "offset": bytes.offset,
            "line": bytes.line,
            "before": encode(&bytes.before),
            "after": encode(&bytes.after),
            "what": bytes.what,
        })
    });
    json!({
        "path": format!("/{}", encode(&one.change.path)),
        "fields": one.change.fields.iter().map(|field| field.name()).collect::<Vec<_>>(),
        "before": one.change.before.as_ref().map(diff::entry),
        "after": one.change.after.as_ref().map(diff::entry),
        "bytes": bytes,
        "cause": one.cause,
    })
}

/// Why `--verify` cannot be had with other options.
pub(crate) fn check(request: &crate::build::Request) -> Result<(), AppError> {
    if request.verify && request.keep_times {
        let message = "`--verify` cannot be had with `--no-reproducible`: times of files always differ then";
        return Err(AppError::usage(message));
    }
    Ok(())
}

/// The kind of record that says that an image was built twice.
const RECORD: &str = "reproduced";

/// Records that a build gave an image twice.
pub(crate) fn record(store: &store::Store, image: &image::Digest) -> Result<(), AppError> {
    Ok(store.cache_put(RECORD, image, b"1")?)
}

/// Whether a build of this store gave an image twice.
pub(crate) fn is_recorded(store: &store::Store, image: &image::Digest) -> bool {
    store.cache_get(RECORD, image).is_ok_and(|found| found.is_some())
}
