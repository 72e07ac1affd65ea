//! `build --profile` as a table.

use std::time::Duration;

use app::profile::{Profile, Step};

use crate::human::size;

/// Longer instructions are cut.
const MAX_TEXT: usize = 80;

/// A line for each step that ran, and what the rest had.
pub(crate) fn text(profile: &Profile) -> String {
    let ran = profile.steps.iter().filter(|step| !step.cost.cached).count();
    let total = profile.export_begin + profile.export;
    let mut text = format!(
        "profile: {} in all, {} of it for the export; {ran} of {} steps ran\n",
        time(total),
        time(profile.export),
        profile.steps.len()
    );
    text += &format!(
        "{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>12}{:>10}  instruction\n",
        "wall", "cpu", "memory", "read", "written", "added", "overwritten", "deleted"
    );
    for step in &profile.steps {
        text += &line(profile, step);
    }
    text
}

fn line(profile: &Profile, step: &Step) -> String {
    let (cost, losses) = (&step.cost, &step.losses);
    let instruction: String = step.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = instruction.chars().take(MAX_TEXT).collect();
    let dots = if cut.len() < instruction.len() { "…" } else { "" };
    let platform = step.platform.as_ref().map(|platform| format!(" ({platform})")).unwrap_or_default();
    let took = if cost.cached {
        format!("{:>9}{:>9}{:>10}{:>10}{:>10}", "cached", "", "", "", "")
    } else if cost.elsewhere {
        format!("{:>9}{:>9}{:>10}{:>10}{:>10}", time(cost.wall), "", "", "", "")
    } else {
        let memory = cost.peak_memory.map(size).unwrap_or_default();
        let cpu = time(cost.user + cost.system + cost.builder);
        format!("{:>9}{cpu:>9}{memory:>10}{:>10}{:>10}", time(cost.wall), size(cost.read), size(cost.written))
    };
    let lost = |bytes: u64| if bytes == 0 { "-".to_owned() } else { size(bytes) };
    format!(
        "{took}{:>10}{:>12}{:>10}  {}:{}{platform}  {cut}{dots}\n",
        lost(losses.added),
        lost(losses.overwritten),
        lost(losses.deleted),
        profile.file,
        step.line
    )
}

fn time(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..10_000 => format!("{}.{} ms", micros / 1000, micros / 100 % 10),
        10_000..1_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{}.{:02} s", micros / 1_000_000, micros / 10_000 % 100),
    }
}
