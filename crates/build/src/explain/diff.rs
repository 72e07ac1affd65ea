//! What differs between the inputs of two runs of a step.

use std::collections::{BTreeMap, BTreeSet};

use image::Digest;

use super::inputs::{Below, FileRow, Inputs, Value};
use super::reason::{Change, Reason};

/// More changed files than this are counted, not listed.
const MAX_FILES: usize = 1000;

/// Why the second is not the first. `hides` says which values are shown to nobody.
pub(super) fn reasons(old: &Inputs, new: &Inputs, hides: &dyn Fn(&str, &str) -> bool) -> Vec<Reason> {
    let mut out = Vec::new();
    if old.version != new.version {
        out.push(Reason::Version { old: old.version.clone(), new: new.version.clone() });
    }
    if old.platform != new.platform {
        out.push(Reason::Platform { old: old.platform.clone(), new: new.platform.clone() });
    }
    let mut add = |old, new, make: fn(String, Change) -> Reason| {
        let changed = changes(old, new, hides);
        out.extend(changed.into_iter().map(|(name, change)| make(name, change)));
    };
    add(&old.parts, &new.parts, |name, change| Reason::Instruction { name, change });
    add(&old.arguments, &new.arguments, |name, change| Reason::Argument { name, change });
    add(&old.variables, &new.variables, |name, change| Reason::Variable { name, change });
    out.extend(below(&old.below, &new.below));
    let trees: BTreeSet<&String> = old.files.keys().chain(new.files.keys()).collect();
    let before = out.len();
    for tree in trees {
        let none = BTreeMap::new();
        let [old, new] = [old, new].map(|inputs| inputs.files.get(tree).unwrap_or(&none));
        files(tree, old, new, &mut out);
    }
    // Which files of a stage differ says more than that the stage does.
    if out.len() == before {
        out.extend(stages(&old.stages, &new.stages));
    }
    out
}

fn changes(
    old: &BTreeMap<String, Value>,
    new: &BTreeMap<String, Value>,
    hides: &dyn Fn(&str, &str) -> bool,
) -> Vec<(String, Change)> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&&String| old.get(**name).map(digest) != new.get(**name).map(digest);
    let change = |name: &String| {
        let values = [old.get(name), new.get(name)];
        let hidden = values.iter().flatten().any(|value| match value {
            Value::Hidden(_) => true,
            Value::Shown(text) => hides(name, text),
        });
        let shown = |value: Option<&Value>| match value {
            Some(Value::Shown(text)) if !hidden => Some(text.clone()),
            _ => None,
        };
        Change { old: shown(values[0]), new: shown(values[1]), hidden }
    };
    names.iter().filter(differs).map(|name| ((*name).clone(), change(name))).collect()
}

/// What tells a value from others: hidden values are recorded by it.
pub(super) fn digest(value: &Value) -> String {
    match value {
        Value::Shown(text) => Digest::of(text.as_bytes()).short(),
        Value::Hidden(digest) => digest.clone(),
    }
}

/// The first thing below a step that is not what it was; everything above it follows from it.
fn below(old: &[Below], new: &[Below]) -> Option<Reason> {
    let at = (0..new.len()).find(|at| old.get(*at).is_none_or(|old| old.content != new[*at].content));
    let Some(at) = at else {
        // Steps that were there are gone.
        let last = old.get(new.len())?;
        let same = new.last().is_some_and(|new| new.content == old[old.len() - 1].content);
        return (!same).then(|| Reason::Step { name: last.name.clone(), added: false });
    };
    let now = &new[at];
    match old.get(at) {
        Some(then) if now.base && then.base => {
            let name = if then.name == now.name {
                now.name.clone()
            } else {
                format!("{} (before: {})", now.name, then.name)
            };
            Some(Reason::Base { name, old: then.content.clone(), new: now.content.clone() })
        }
        // The same steps with the same result in the end: only what they are called differs.
        _ if old.last().map(|below| &below.content) == new.last().map(|below| &below.content) => None,
        _ => {
            let added = !old.iter().any(|old| instruction(&old.name) == instruction(&now.name));
            Some(Reason::Step { name: now.name.clone(), added })
        }
    }
}

/// A step's name without its number, which changes when steps are added before it.
fn instruction(name: &str) -> &str {
    name.split_once("] ").map_or(name, |(_, text)| text)
}

fn stages(old: &[Below], new: &[Below]) -> Vec<Reason> {
    let known: BTreeSet<&String> = old.iter().map(|stage| &stage.content).collect();
    let changed = new.iter().enumerate().filter(|(_, stage)| !known.contains(&stage.content));
    let reason = |(at, stage): (usize, &Below)| match old.get(at) {
        Some(then) if stage.base && then.base => {
            Reason::Base { name: stage.name.clone(), old: then.content.clone(), new: stage.content.clone() }
        }
        _ => Reason::Stage { name: stage.name.clone() },
    };
    changed.map(reason).collect()
}

fn files(
    tree: &str,
    old: &BTreeMap<String, FileRow>,
    new: &BTreeMap<String, FileRow>,
    out: &mut Vec<Reason>,
) {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut more = 0;
    let mut listed = 0;
    for path in paths {
        let Some((what, old, new)) = file(old.get(path), new.get(path)) else { continue };
        if listed == MAX_FILES {
            more += 1;
            continue;
        }
        listed += 1;
        out.push(Reason::File { tree: tree.to_owned(), path: path.clone(), what, old, new });
    }
    if more > 0 {
        out.push(Reason::MoreFiles { tree: tree.to_owned(), count: more });
    }
}

type FileChange = (&'static str, Option<String>, Option<String>);

fn file(old: Option<&FileRow>, new: Option<&FileRow>) -> Option<FileChange> {
    let (old, new) = match (old, new) {
        (None, None) => return None,
        (None, Some(_)) => return Some(("added", None, None)),
        (Some(_), None) => return Some(("removed", None, None)),
        (Some(old), Some(new)) => (old, new),
    };
    let pair = |what, old: String, new: String| Some((what, Some(old), Some(new)));
    if old.kind != new.kind {
        pair("type", old.kind.to_string(), new.kind.to_string())
    } else if old.content != new.content {
        Some(("content", None, None))
    } else if old.mode != new.mode {
        pair("mode", format!("{:04o}", old.mode), format!("{:04o}", new.mode))
    } else if old.owner != new.owner {
        let shown = |(user, group): (u32, u32)| format!("{user}:{group}");
        pair("owner", shown(old.owner), shown(new.owner))
    } else if old.time != new.time {
        Some(("time", None, None))
    } else {
        (old.attributes != new.attributes).then_some(("attributes", None, None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(change: impl FnOnce(&mut Inputs)) -> Inputs {
        let mut inputs = Inputs::default();
        let shown = |text: &str| Value::Shown(text.to_owned());
        inputs.arguments.insert("VERSION".into(), shown("1.2"));
        inputs.arguments.insert("TOKEN".into(), Value::Hidden("aaa".into()));
        inputs.variables.insert("PATH".into(), shown("/bin"));
        inputs.parts.insert("command".into(), shown("/bin/sh -c make"));
        let below =
            |name: &str, content: &str, base| Below { name: name.into(), content: content.into(), base };
        inputs.below = vec![below("debian", "sha256:1", true), below("[a 1/2] COPY x /", "c1", false)];
        let row = FileRow {
            kind: '-',
            mode: 0o644,
            owner: (0, 0),
            content: "f1".into(),
            time: None,
            attributes: String::new(),
        };
        inputs.files.insert("context".into(), [("src/a".to_owned(), row)].into());
        change(&mut inputs);
        inputs
    }

    fn said(change: impl FnOnce(&mut Inputs)) -> Vec<String> {
        let found = reasons(&inputs(|_| ()), &inputs(change), &|name, _| name == "HIDDEN");
        found.iter().map(ToString::to_string).collect()
    }

    fn row(inputs: &mut Inputs) -> &mut FileRow {
        inputs.files.get_mut("context").unwrap().get_mut("src/a").unwrap()
    }

    #[test]
    fn each_difference_is_named_with_what_it_was() {
        assert_eq!(said(|_| ()), Vec::<String>::new());
        let shown = |text: &str| Value::Shown(text.to_owned());
        for (found, expect) in [
            (
                said(|new| drop(new.arguments.insert("VERSION".into(), shown("1.3")))),
                "build argument `VERSION` `1.2` -> `1.3`",
            ),
            (
                said(|new| drop(new.arguments.insert("TOKEN".into(), Value::Hidden("bbb".into())))),
                "build argument `TOKEN` changed (its values are not shown)",
            ),
            (
                said(|new| drop(new.arguments.insert("TOKEN".into(), shown("plain")))),
                "build argument `TOKEN` changed (its values are not shown)",
            ),
            (
                said(|new| drop(new.variables.insert("HIDDEN".into(), shown("s3cr3t")))),
                "variable `HIDDEN` changed (its values are not shown)",
            ),
            (said(|new| drop(new.variables.remove("PATH"))), "variable `PATH` is gone: `/bin`"),
            (
                said(|new| drop(new.parts.insert("command".into(), shown("/bin/sh -c make all")))),
                "the instruction: command `/bin/sh -c make` -> `/bin/sh -c make all`",
            ),
            (said(|new| new.below[0].content = "sha256:2".into()), "image `debian`: sha256:1 -> sha256:2"),
            (
                said(|new| new.below[1].content = "c2".into()),
                "a step before it has another result: [a 1/2] COPY x /",
            ),
            (
                said(|new| {
                    let step = Below { name: "[a 2/3] RUN new".into(), content: "c3".into(), base: false };
                    new.below.push(step);
                }),
                "a step before it is new: [a 2/3] RUN new",
            ),
            (said(|new| row(new).content = "f2".into()), "context: `src/a`: content changed"),
            (said(|new| row(new).mode = 0o755), "context: `src/a`: mode 0644 -> 0755"),
            (said(|new| new.files.clear()), "context: `src/a` was removed"),
        ] {
            assert_eq!(found, [expect]);
        }
    }
}
