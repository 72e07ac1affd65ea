//! A verdict as findings, for the formats that there are, and as JSON.

use ::gate::{Place, Stop, gates};
use facts::{Finding, Location, Severity};
use kit::{LineIndex, TextRange};
use report::RuleInfo;
use serde_json::{Value, json};

use super::{Judged, Outcome};

impl Outcome {
    /// The files that findings are in.
    pub fn files(&self) -> Vec<(String, String)> {
        self.dockerfile.iter().chain([&self.policy]).cloned().collect()
    }

    /// What stops the image, each at its lines of the Dockerfile, or at that of the policy where these are not known.
    pub fn findings(&self) -> Vec<Finding> {
        self.gates.iter().flat_map(|judged| &judged.stops).map(|stop| self.finding(stop)).collect()
    }

    fn finding(&self, stop: &Stop) -> Finding {
        let policy = self.at_policy(stop.policy);
        let place = stop.place.as_ref();
        let in_file = place.and_then(|place| self.in_dockerfile(place));
        let message = match place.filter(|_| in_file.is_none()) {
            Some(place) => format!("{} (`{}` line {})", stop.message, place.file, place.line),
            None => stop.message.clone(),
        };
        let asked = stop.policy.map(|line| format!("asked for by `{}`, line {line}", self.policy.0));
        let help = [stop.help.clone(), asked].into_iter().flatten().collect::<Vec<_>>().join("; ");
        let related = in_file.iter().map(|_| (policy.clone(), "the policy".to_owned())).collect();
        Finding {
            code: stop.gate.code,
            rule: stop.gate.name,
            severity: Severity::Error,
            message,
            related,
            primary: in_file.unwrap_or(policy),
            help: (!help.is_empty()).then_some(help),
            fix: None,
            aliases: Vec::new(),
            buildkit: None,
        }
    }

    fn at_policy(&self, line: Option<u32>) -> Location {
        let (file, text) = &self.policy;
        Location {
            file: file.clone(),
            range: line.map_or_else(TextRange::default, |line| lines(text, line, line)),
        }
    }

    fn in_dockerfile(&self, place: &Place) -> Option<Location> {
        let (file, text) = self.dockerfile.as_ref().filter(|(name, _)| *name == place.file)?;
        Some(Location { file: file.clone(), range: lines(text, place.line, place.end_line) })
    }

    /// The verdict as JSON. Fields are added, never renamed or removed.
    pub fn to_json(&self) -> Value {
        json!({
            "schema": "cooper/gate/1",
            "image": self.image,
            "digest": self.digest,
            "passed": self.passes(),
            "policy": self.policy.0,
            "gates": self.gates.iter().map(judged).collect::<Vec<_>>(),
            "skipped": self.skipped,
            "notes": self.notes,
        })
    }
}

fn judged(judged: &Judged) -> Value {
    let excused = judged.excused.iter().map(|(one, excuse)| {
        let mut value = stop(one);
        value["excuse"] = json!(excuse);
        value
    });
    json!({
        "gate": judged.gate.name,
        "code": judged.gate.code,
        "line": judged.line,
        "passed": judged.stops.is_empty(),
        "stops": judged.stops.iter().map(stop).collect::<Vec<_>>(),
        "excused": excused.collect::<Vec<_>>(),
    })
}

fn stop(stop: &Stop) -> Value {
    json!({
        "message": stop.message,
        "ids": stop.ids,
        "package": stop.package.as_ref().map(|(_, purl)| purl),
        "place": stop.place,
        "help": stop.help,
    })
}

/// The bytes of lines, without the end of the last.
fn lines(text: &str, first: u32, last: u32) -> TextRange {
    let index = LineIndex::new(text);
    let range = index.line_range(text, first).cover(index.line_range(text, last));
    let len = range.slice(text).trim_end().len();
    TextRange::new(range.start, range.start + u32::try_from(len).unwrap_or_default())
}

/// All gates, as reports tell of rules.
pub fn rules() -> Vec<RuleInfo> {
    let info = |gate: &&'static ::gate::Gate| RuleInfo {
        code: gate.code,
        name: gate.name,
        aliases: &[],
        severity: Severity::Error,
        enabled: true,
        summary: gate.summary,
        manual: gate.page(),
    };
    gates().iter().map(info).collect()
}
