//! What `cooper why` says, against a replay: each Dockerfile is built up to each of its instructions, and the trees that come
//! out tell which instruction changed what. Nothing of the lineage takes part in that.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::lab::Lab;

/// Images that are checked; `COOPER_REPLAYS` asks for more.
const BUILDS: u64 = 2;
/// Paths of each.
const PATHS: usize = 60;

/// A path's mode and its content: a file's bytes, or where a link leads.
type Item = (u32, Vec<u8>);
type Tree = BTreeMap<String, Item>;

#[derive(Clone)]
struct Instruction {
    text: String,
    line: u64,
    /// Number of its stage.
    stage: usize,
}

struct Random(u64);

impl Random {
    fn next(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a>(&mut self, from: &'a [String]) -> Option<&'a String> {
        if from.is_empty() { None } else { Some(&from[self.next(from.len())]) }
    }
}

/// Writes a Dockerfile, with what it knows of each stage's files.
struct Writer {
    random: Random,
    lines: Vec<Instruction>,
    /// Files of each stage, as far as the writer made them.
    files: Vec<Vec<String>>,
    serial: usize,
}

impl Writer {
    fn dockerfile(seed: u64) -> Vec<Instruction> {
        let mut writer = Self { random: Random(seed), lines: Vec::new(), files: Vec::new(), serial: 0 };
        for stage in 0..2 + writer.random.next(3) {
            let parent =
                if stage > 0 && writer.random.next(3) == 0 { Some(writer.random.next(stage)) } else { None };
            let base = parent.map_or_else(|| "busybox".to_owned(), |parent| format!("s{parent}"));
            writer.files.push(parent.map(|parent| writer.files[parent].clone()).unwrap_or_default());
            writer.push(stage, &format!("FROM {base} AS s{stage}"));
            for _ in 0..4 + writer.random.next(5) {
                writer.step(stage);
            }
        }
        writer.lines
    }

    fn push(&mut self, stage: usize, text: &str) {
        let line = self.lines.len() as u64 + 1;
        self.lines.push(Instruction { text: text.to_owned(), line, stage });
    }

    fn fresh(&mut self) -> String {
        self.serial += 1;
        format!("/d{}/e{}/f{}", self.random.next(3), self.random.next(2), self.serial)
    }

    fn step(&mut self, stage: usize) {
        let (new, serial) = (self.fresh(), self.serial);
        let dir = new.rsplit_once('/').unwrap().0.to_owned();
        let known = self.random.pick(&self.files[stage].clone()).cloned();
        let run = |command: &str| format!("RUN mkdir -p {dir} && {command}");
        let (text, made) = match (self.random.next(13), known) {
            (0, Some(old)) => (run(&format!("cp {old} {new}")), true),
            (1, Some(old)) => {
                self.files[stage].retain(|file| *file != old);
                (run(&format!("mv {old} {new}")), true)
            }
            (2, Some(old)) => (format!("RUN chmod {} {old}", 601 + self.serial % 7), false),
            (3, Some(old)) => (format!("RUN echo {serial} >> {old}"), false),
            (4, Some(old)) => (run(&format!("ln {old} {new}")), true),
            (5, Some(old)) => (run(&format!("ln -s {old} {new}")), false),
            (6, Some(old)) => {
                self.files[stage].retain(|file| *file != old);
                (format!("RUN rm {old}"), false)
            }
            (7, _) => (format!("COPY --chmod=640 c{} {new}", self.random.next(3)), true),
            (8, _) => (format!("COPY tree /d{}/", self.random.next(3)), false),
            (9, _) => (format!("ADD data.tar {dir}/"), false),
            (10 | 11, _) if stage > 0 => self.copy_from(stage, &new),
            _ => (run(&format!("echo {serial} > {new} && echo x{serial} > {new}.too")), true),
        };
        if made {
            self.files[stage].push(new);
        }
        self.push(stage, &text);
    }

    /// A file under a new name, a directory into another, or a wildcard.
    fn copy_from(&mut self, stage: usize, new: &str) -> (String, bool) {
        let from = self.random.next(stage);
        let file = self.random.pick(&self.files[from].clone()).cloned();
        match (self.random.next(3), file) {
            (0, Some(file)) => (format!("COPY --from=s{from} {file} {new}"), true),
            (1, Some(file)) => {
                let dir = file.rsplit_once('/').unwrap().0.to_owned();
                (format!("COPY --from=s{from} {dir} /all{}", self.random.next(2)), false)
            }
            _ => (format!("COPY --from=s{from} /bin/b* /etc/pass* /tools/"), false),
        }
    }
}

/// A built Dockerfile with the tree after each instruction.
struct Replay {
    instructions: Vec<Instruction>,
    trees: Vec<Tree>,
    context: PathBuf,
}

impl Replay {
    fn of(lab: &Lab, instructions: Vec<Instruction>) -> Self {
        let mut trees = Vec::new();
        for end in 1..=instructions.len() {
            let out = format!("tree{end}");
            let ran = lab.build_with(&text(&instructions[..end]), &["-o", &format!("type=local,dest={out}")]);
            assert_eq!(ran.code, 0, "{}", ran.err);
            let mut tree = Tree::new();
            read(&lab.path().join(&out), "", &mut tree);
            trees.push(tree);
        }
        Self { instructions, trees, context: lab.context() }
    }

    /// The instruction before one in the same file system; of a FROM, the last of the stage that it is on.
    fn before(&self, at: usize) -> Option<usize> {
        let instruction = &self.instructions[at];
        match instruction.text.strip_prefix("FROM s") {
            Some(rest) => Some(self.end(rest.split(' ').next().unwrap().parse().unwrap())),
            None if instruction.text.starts_with("FROM") => None,
            None => Some(at - 1),
        }
    }

    /// The last instruction of a stage.
    fn end(&self, stage: usize) -> usize {
        self.instructions.iter().rposition(|instruction| instruction.stage == stage).unwrap()
    }

    /// The instruction that changed a path last, up to one.
    fn changed(&self, mut at: usize, path: &str) -> usize {
        while let Some(before) = self.before(at) {
            if self.trees[before].get(path) != self.trees[at].get(path) {
                return at;
            }
            at = before;
        }
        at
    }

    /// A COPY that puts what is there already is the last that wrote it, although it changes nothing.
    fn again(&self, changed: usize, at: usize, path: &str, line: u64) -> usize {
        let copies = |one: &Instruction| one.text.starts_with("COPY") || one.text.starts_with("ADD");
        let later = (changed + 1..=at).find(|at| self.instructions[*at].line == line);
        let same = |later: &usize| self.trees[*later].get(path) == self.trees[changed].get(path);
        later.filter(|later| copies(&self.instructions[*later])).filter(same).unwrap_or(changed)
    }

    /// Follows an answer and compares each of its steps; why it is wrong.
    fn check(&self, path: &str, steps: &[Value]) -> Result<(), String> {
        let (mut at, mut path) = (self.trees.len() - 1, path.to_owned());
        let mut steps = steps.iter();
        let content = |at: usize, path: &str| self.trees[at].get(path).map(|(_, content)| content.clone());
        loop {
            let step = steps.next().ok_or("it ends too early")?;
            let (what, line) = (step["what"].as_str().unwrap(), step["by"]["line"].as_u64().unwrap_or(0));
            let changed = self.again(self.changed(at, &path), at, &path, line);
            let instruction = &self.instructions[changed];
            if (line, step["path"].as_str()) != (instruction.line, Some(path.as_str())) {
                return Err(format!("`{path}` was changed by line {}, not by {step}", instruction.line));
            }
            match what {
                "base" | "wrote" => {
                    let is_base = instruction.text.starts_with("FROM");
                    return if is_base == (what == "base") { Ok(()) } else { Err(format!("{step}")) };
                }
                "metadata" => at = self.before(changed).ok_or("a base changes nothing")?,
                "copied" => {
                    let next = steps.clone().next().ok_or("a copy from nowhere")?;
                    let source = next["path"].as_str().unwrap().to_owned();
                    if next["what"] == "context" {
                        return self.check_context(next, content(changed, &path).as_ref());
                    }
                    let from = instruction.text.split("--from=s").nth(1).ok_or(format!("{step}"))?;
                    let end = self.end(from.split(' ').next().unwrap().parse().unwrap());
                    if content(end, &source) != content(changed, &path) {
                        return Err(format!("`{source}` of line {end} has another content than `{path}`"));
                    }
                    (at, path) = (end, source);
                }
                _ => return Err(format!("unexpected {step}")),
            }
        }
    }

    fn check_context(&self, step: &Value, content: Option<&Vec<u8>>) -> Result<(), String> {
        let path = step["path"].as_str().unwrap();
        let place = if step["archive"] == "data.tar" { "unpacked" } else { "" };
        let found = fs::read(self.context.join(place).join(path)).ok();
        if found.is_some() && found.as_ref() == content {
            Ok(())
        } else {
            Err(format!("another content: {step}"))
        }
    }
}

fn text(instructions: &[Instruction]) -> String {
    instructions.iter().map(|one| format!("{}\n", one.text)).collect()
}

/// Files and links below a directory.
fn read(dir: &Path, name: &str, tree: &mut Tree) {
    for item in fs::read_dir(dir).unwrap() {
        let item = item.unwrap();
        let path = format!("{name}/{}", item.file_name().to_string_lossy());
        let data = item.metadata().unwrap();
        if data.is_dir() {
            read(&item.path(), &path, tree);
        } else if data.is_symlink() {
            let target = fs::read_link(item.path()).unwrap().display().to_string();
            tree.insert(path, (0, target.into_bytes()));
        } else {
            tree.insert(path, (data.permissions().mode() & 0o7777, fs::read(item.path()).unwrap()));
        }
    }
}

#[test]
fn answers_agree_with_a_replay() {
    let builds = std::env::var("COOPER_REPLAYS").ok().and_then(|text| text.parse().ok()).unwrap_or(BUILDS);
    let (mut checked, mut wrong) = (0, Vec::new());
    for seed in 1..=builds {
        let Some(lab) = Lab::new() else { return };
        for file in ["c0", "c1", "c2", "tree/e0/t1", "tree/e1/t2", "tree/t3", "unpacked/a/u1", "unpacked/u2"]
        {
            lab.file(file, &format!("context {file}\n"));
        }
        let mut tar = std::process::Command::new("tar");
        tar.args(["cf", "data.tar", "-C", "unpacked", "."]).current_dir(lab.context());
        assert!(tar.status().unwrap().success());
        let replay = Replay::of(&lab, Writer::dockerfile(seed));
        let last = replay.trees.last().unwrap();
        // Links are followed, and so answered under another path.
        let files: Vec<&str> =
            last.iter().filter(|(_, item)| item.0 != 0).map(|(path, _)| path.as_str()).collect();
        let mut random = Random(seed);
        let chosen: Vec<&str> = (0..PATHS).map(|_| files[random.next(files.len())]).collect();
        let ran = lab.run(&[&["--json", "why", "app"], &chosen[..]].concat());
        let answer: Value =
            serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
        for (path, answer) in chosen.iter().zip(answer["answers"].as_array().unwrap()) {
            checked += 1;
            if let Err(why) = replay.check(path, answer["steps"].as_array().unwrap()) {
                wrong.push(format!("{path}: {why}\n{}", text(&replay.instructions)));
            }
        }
    }
    println!("{checked} paths of {builds} images");
    assert!(wrong.is_empty(), "{} of {checked} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
