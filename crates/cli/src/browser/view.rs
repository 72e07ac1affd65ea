//! How it is drawn.

use app::explore::{Mark, Node};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, List, ListState, Paragraph, Wrap};

use super::state::{Pane, State};
use crate::commands::{explained, step};
use crate::human::size;

const HELP: &str =
    "↑↓ move  ←→ fold  tab other side  a all files/those of the layer  / search  ! findings  q quit";

pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State<'_>) {
    let rows = [Constraint::Min(6), Constraint::Percentage(30), Constraint::Length(1)];
    let [main, below, help] = Layout::vertical(rows).areas(frame.area());
    let [left, right] =
        Layout::horizontal([Constraint::Percentage(38), Constraint::Percentage(62)]).areas(main);
    layers(frame, state, left);
    files(frame, state, right);
    details(frame, state, below);
    let help_line = if state.is_typing { format!("search: {}▏", state.words) } else { HELP.to_owned() };
    frame.render_widget(Paragraph::new(help_line), help);
}

fn block(title: String, has_keys: bool) -> Block<'static> {
    let style = if has_keys { Style::new().fg(Color::Cyan) } else { Style::new() };
    Block::bordered().border_style(style).title(title)
}

/// A list with the row that is chosen in sight.
fn list(frame: &mut Frame<'_>, rows: Vec<Line<'_>>, at: usize, block: Block<'_>, area: Rect) {
    let mut chosen = ListState::default().with_selected(Some(at));
    let list = List::new(rows).block(block).highlight_style(Style::new().add_modifier(Modifier::REVERSED));
    frame.render_stateful_widget(list, area, &mut chosen);
}

fn layers(frame: &mut Frame<'_>, state: &State<'_>, area: Rect) {
    let explorer = state.explorer;
    let total: u64 = explorer.layers.iter().map(|layer| layer.added).sum();
    let mut rows = vec![Line::from(format!("    {:>9}  the image", size(total)))];
    for (number, losses) in explorer.layers.iter().enumerate() {
        let lost = losses.overwritten + losses.deleted;
        let hidden = if lost > 0 { format!("  ({} hidden later)", size(lost)) } else { String::new() };
        let step = step(&explorer.source, explorer.step_of(number));
        rows.push(Line::from(format!("{:>3} {:>9}  {step}{hidden}", number + 1, size(losses.added))));
    }
    list(frame, rows, state.layer, block(" Layers ".into(), state.pane == Pane::Layers), area);
}

fn files(frame: &mut Frame<'_>, state: &State<'_>, area: Rect) {
    let title = match (state.layer, state.is_whole) {
        (0, _) => " Files of the image ".to_owned(),
        (layer, false) => format!(" What layer {layer} changes "),
        (layer, true) => format!(" Files after layer {layer} "),
    };
    let title = if state.words.is_empty() { title } else { format!("{title}with `{}` ", state.words) };
    let rows = state.rows.iter().map(|row| file(state, &state.tree.nodes[*row])).collect();
    list(frame, rows, state.at, block(title, state.pane == Pane::Files), area);
}

fn file(state: &State<'_>, node: &Node) -> Line<'static> {
    let (sign, color) = match node.mark {
        Some(Mark::Added) => ('+', Color::Green),
        Some(Mark::Changed) => ('~', Color::Yellow),
        Some(Mark::Metadata) => ('=', Color::Blue),
        Some(Mark::Removed) => ('-', Color::Red),
        None => (' ', Color::Reset),
    };
    let entry = node.entry.as_ref();
    let is_dir = entry.is_none_or(|entry| entry.kind.is_dir());
    let fold = match (is_dir, state.is_open(node)) {
        (false, _) => "  ",
        (true, true) => "▾ ",
        (true, false) => "▸ ",
    };
    let rights = entry.map(|entry| format!("{:04o} {}:{}", entry.mode, entry.uid, entry.gid));
    let name = lineage::encode(node.name());
    let target = entry.filter(|entry| !entry.link.is_empty());
    let target = target.map(|entry| format!(" → {}", lineage::encode(&entry.link))).unwrap_or_default();
    let alarm = if state.explorer.findings_at(&node.path).is_empty() { ' ' } else { '!' };
    Line::from(vec![
        Span::raw(format!("{:<13} {:>9} ", rights.unwrap_or_default(), size(node.bytes))),
        Span::styled(alarm.to_string(), Style::new().fg(Color::Red).add_modifier(Modifier::BOLD)),
        Span::styled(
            format!("{sign} {}{fold}{name}{target}", "  ".repeat(node.depth.saturating_sub(1))),
            Style::new().fg(color),
        ),
    ])
}

/// What is known of what is chosen.
fn details(frame: &mut Frame<'_>, state: &State<'_>, area: Rect) {
    let explorer = state.explorer;
    let mut lines: Vec<String> = Vec::new();
    match state.chosen().filter(|_| state.pane == Pane::Files) {
        Some(node) => {
            lines.extend(explorer.findings_at(&node.path).iter().map(|text| format!("! {text}")));
            let (answer, beneath) = explorer.why(&node.path);
            lines.extend(explained(&explorer.source, &answer, &beneath).lines().map(str::to_owned));
        }
        None if state.layer == 0 => {
            lines.push(format!("{}  {}", explorer.source.image, explorer.source.digest));
            lines.extend(explorer.findings.iter().map(|text| format!("! {text}")));
            lines.extend(explorer.notes.iter().map(|text| format!("note: {text}")));
        }
        None => {
            let created_by = explorer.source.created_by.get(state.layer - 1).cloned().flatten();
            lines.push(step(&explorer.source, explorer.step_of(state.layer - 1)));
            lines.extend(created_by);
        }
    }
    let text: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    let details = Paragraph::new(text).wrap(Wrap { trim: false }).block(block(" About it ".into(), false));
    frame.render_widget(details, area);
}
