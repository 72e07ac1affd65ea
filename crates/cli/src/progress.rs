//! Progress of a build: plain lines in the manner of `BuildKit`, or a short live view on a terminal.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use app::build::Observer;
use build::{Event, EventKind, StepReport};
use plan::{NodeId, Op, Plan};

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Live on a terminal, lines elsewhere.
    Auto,
    /// Lines.
    Plain,
    /// Live.
    Tty,
    /// Nothing.
    Quiet,
    /// One JSON object for each event.
    Rawjson,
}

/// Prints what happens to standard error.
pub(crate) struct Printer {
    mode: Mode,
    /// Which of several builds this is.
    name: Option<String>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    steps: BTreeMap<NodeId, Step>,
    /// Lines that the live view has on the screen.
    shown: usize,
    explained: Vec<StepReport>,
    /// What stands before the numbers of steps.
    prefix: String,
}

struct Step {
    label: String,
    begun: Option<Instant>,
    partial: Vec<u8>,
}

impl Printer {
    /// A printer for a mode; `auto` looks at standard error.
    pub(crate) fn new(mode: Mode, quiet: bool) -> Self {
        Self::named(mode, quiet, None)
    }

    /// A printer for one of several builds, whose name stands in each line.
    pub(crate) fn named(mode: Mode, quiet: bool, name: Option<String>) -> Self {
        let mode = match mode {
            _ if quiet => Mode::Quiet,
            Mode::Auto if std::io::stderr().is_terminal() => Mode::Tty,
            Mode::Auto => Mode::Plain,
            mode => mode,
        };
        let state = State {
            prefix: name.as_ref().map(|name| format!("{name}:")).unwrap_or_default(),
            ..State::default()
        };
        Self { mode, name, state: Mutex::new(state) }
    }

    /// What the build said of its steps.
    pub(crate) fn steps_explained(&self) -> Vec<StepReport> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).explained.clone()
    }

    /// What begins a line that is no step's.
    fn named_line(&self) -> String {
        self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default()
    }

    fn with(&self, work: impl FnOnce(&mut State, &mut dyn Write)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = Vec::new();
        work(&mut state, &mut out);
        // Progress that cannot be written is not worth failing a build for.
        let _ = anstream::stderr().write_all(&out);
    }
}

impl Observer for Printer {
    fn fetching(&self, text: &str) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Rawjson => self.with(|_, out| {
                let value = serde_json::json!({ "event": "fetching", "data": text });
                drop(writeln!(out, "{value}"));
            }),
            Mode::Plain | Mode::Auto | Mode::Tty => {
                self.with(|_, out| drop(writeln!(out, "{}{text}", self.named_line())));
            }
        }
    }

    fn note(&self, text: &str) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Rawjson => self.with(|_, out| {
                let value = serde_json::json!({ "event": "note", "data": text });
                drop(writeln!(out, "{value}"));
            }),
            Mode::Plain | Mode::Auto | Mode::Tty => {
                self.with(|_, out| drop(writeln!(out, "{}note: {text}", self.named_line())));
            }
        }
    }

    fn planned(&self, plan: &Plan) {
        self.with(|state, out| {
            for (at, node) in plan.nodes.iter().enumerate() {
                let origin = &node.origin;
                let number = match origin.step {
                    0 => String::new(),
                    step => format!(" {step}/{}", origin.steps),
                };
                // Which platform a step is for is only of interest where there are several.
                let platform =
                    if plan.outputs.len() > 1 { format!("{} ", node.platform) } else { String::new() };
                let label = format!("[{platform}{}{number}] {}", origin.stage_name, one_line(&origin.text));
                if self.mode == Mode::Plain && matches!(node.op, Op::Image(_)) {
                    let _ = writeln!(out, "#{}{} {label}", state.prefix, at + 1);
                }
                state.steps.insert(NodeId(at), Step { label, begun: None, partial: Vec::new() });
            }
        });
    }

    fn event(&self, event: Event) {
        match self.mode {
            Mode::Quiet => {}
            Mode::Rawjson => self.with(|state, out| raw(state, out, &event)),
            Mode::Plain | Mode::Auto => self.with(|state, out| plain(state, out, &event)),
            Mode::Tty => self.with(|state, out| live(state, out, &event)),
        }
    }

    fn explained(&self, steps: &[StepReport]) {
        self.with(|state, _| state.explained = steps.to_vec());
    }

    fn exporting(&self) {
        match self.mode {
            Mode::Plain | Mode::Auto => {
                self.with(|_, out| drop(writeln!(out, "{}exporting the image", self.named_line())));
            }
            Mode::Tty => self.with(|state, out| clear(state, out)),
            Mode::Quiet | Mode::Rawjson => {}
        }
    }
}

fn one_line(text: &str) -> String {
    let mut line: String = text.lines().next().unwrap_or("").chars().take(120).collect();
    if text.lines().nth(1).is_some() {
        line.push_str(" …");
    }
    line
}

fn plain(state: &mut State, out: &mut dyn Write, event: &Event) {
    let number = format!("{}{}", state.prefix, event.node.0 + 1);
    let Some(step) = state.steps.get_mut(&event.node) else { return };
    let _ = match &event.kind {
        EventKind::Started => {
            step.begun = Some(Instant::now());
            writeln!(out, "#{number} {}", step.label)
        }
        EventKind::Cached => writeln!(out, "#{number} {}\n#{number} CACHED", step.label),
        EventKind::Output(_, bytes) => {
            let time = step.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
            step.partial.extend_from_slice(bytes);
            while let Some(end) = step.partial.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = step.partial.drain(..=end).collect();
                let text = String::from_utf8_lossy(&line);
                let _ = writeln!(out, "#{number} {time:.3} {}", text.trim_end());
            }
            Ok(())
        }
        EventKind::Note(text) => writeln!(out, "#{number} {text}"),
        EventKind::Done(time) => writeln!(out, "#{number} DONE {:.1}s", time.as_secs_f64()),
        EventKind::Failed => writeln!(out, "#{number} ERROR"),
    };
}

/// One line for each running step, redrawn in place; finished steps stay above it.
fn live(state: &mut State, out: &mut dyn Write, event: &Event) {
    clear(state, out);
    if let Some(step) = state.steps.get_mut(&event.node) {
        let _ = match &event.kind {
            EventKind::Started => {
                step.begun = Some(Instant::now());
                Ok(())
            }
            EventKind::Cached => writeln!(out, "\x1b[2mcached\x1b[0m   {}", step.label),
            EventKind::Done(time) => {
                step.begun = None;
                writeln!(out, "\x1b[32m{:>6.1}s\x1b[0m  {}", time.as_secs_f64(), step.label)
            }
            EventKind::Failed => {
                step.begun = None;
                writeln!(out, "\x1b[31mfailed\x1b[0m   {}", step.label)
            }
            EventKind::Note(text) => writeln!(out, "\x1b[33mnote\x1b[0m     {text}"),
            EventKind::Output(_, bytes) => {
                step.partial = last_line(bytes).to_vec();
                Ok(())
            }
        };
    }
    for step in state.steps.values().filter(|step| step.begun.is_some()) {
        let time = step.begun.map_or(0.0, |begun| begun.elapsed().as_secs_f64());
        let tail: String = String::from_utf8_lossy(&step.partial).trim().chars().take(60).collect();
        let _ = writeln!(out, "\x1b[36m{time:>6.1}s\x1b[0m  {} \x1b[2m{tail}\x1b[0m", step.label);
        state.shown += 1;
    }
}

fn last_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == b'\n' || *byte == b'\r').rfind(|line| !line.is_empty()).unwrap_or(&[])
}

fn clear(state: &mut State, out: &mut dyn Write) {
    for _ in 0..std::mem::take(&mut state.shown) {
        let _ = write!(out, "\x1b[1A\x1b[2K");
    }
}

fn raw(state: &State, out: &mut dyn Write, event: &Event) {
    let label = state.steps.get(&event.node).map_or("", |step| step.label.as_str());
    let (kind, data) = match &event.kind {
        EventKind::Started => ("started", None),
        EventKind::Cached => ("cached", None),
        EventKind::Output(_, bytes) => ("output", Some(String::from_utf8_lossy(bytes).into_owned())),
        EventKind::Note(text) => ("note", Some(text.clone())),
        EventKind::Done(time) => ("done", Some(format!("{:.6}", time.as_secs_f64()))),
        EventKind::Failed => ("failed", None),
    };
    let value = serde_json::json!({ "step": event.node.0 + 1, "name": label, "event": kind, "data": data });
    let _ = writeln!(out, "{value}");
}
