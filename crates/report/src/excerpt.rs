//! The excerpt of a source file with a message, as every error and finding shows it.

use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};
use kit::TextRange;

use crate::place::shown;

/// A place that covers more lines than this is shown by its first line alone.
const MOST_LINES: usize = 6;

/// A message at a place of a file.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    /// The file, as the user named it.
    pub file: &'a str,
    /// Its whole text.
    pub text: &'a str,
    /// The place.
    pub range: TextRange,
    /// What is wrong.
    pub message: &'a str,
    /// What to do about it.
    pub help: Option<&'a str>,
    /// Whether to use colours.
    pub color: bool,
}

/// An error with the lines it is about, without a line end at its end.
pub fn source_excerpt(excerpt: &Excerpt<'_>) -> String {
    let place = Marked { range: excerpt.range, label: "", primary: true };
    let title = Title { level: Level::ERROR, code: None, message: excerpt.message, help: excerpt.help };
    render(excerpt.file, excerpt.text, &title, &[place], excerpt.color)
}

/// What stands above and below the lines.
pub(crate) struct Title<'a> {
    pub(crate) level: Level<'a>,
    pub(crate) code: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) help: Option<&'a str>,
}

/// A place that is underlined.
pub(crate) struct Marked<'a> {
    pub(crate) range: TextRange,
    pub(crate) label: &'a str,
    pub(crate) primary: bool,
}

/// Renders a message with the marked places of one file.
pub(crate) fn render(
    file: &str,
    text: &str,
    title: &Title<'_>,
    places: &[Marked<'_>],
    color: bool,
) -> String {
    let (window, offset, first_line) = window(text, places);
    let annotations = places.iter().map(|place| annotation(window, offset, text, place));
    let snippet = Snippet::source(window).line_start(first_line).path(file).annotations(annotations);
    let mut head = title.level.clone().primary_title(title.message);
    if let Some(code) = title.code {
        head = head.id(code);
    }
    let mut group = head.element(snippet);
    if let Some(help) = title.help {
        group = group.element(Level::HELP.message(help));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group])
}

fn annotation<'a>(window: &str, offset: usize, text: &str, place: &Marked<'a>) -> Annotation<'a> {
    let kind = if place.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
    let range = first_line_of_long(text, shown(text, place.range)).range();
    let span = range.start - offset..(range.end - offset).min(window.len());
    let annotation = kind.span(span);
    if place.label.is_empty() { annotation } else { annotation.label(place.label) }
}

/// Whole lines around all places, so that a large file is not walked for each finding: the lines, where they begin,
/// and the number of the first one.
fn window<'a>(text: &'a str, places: &[Marked<'_>]) -> (&'a str, usize, usize) {
    let ranges = places.iter().map(|place| shown(text, place.range));
    let all = ranges.reduce(TextRange::cover).unwrap_or_default().range();
    let start = text[..all.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[all.end..].find('\n').map_or(text.len(), |at| all.end + at);
    let line = text[..start].bytes().filter(|byte| *byte == b'\n').count() + 1;
    (&text[start..end], start, line)
}

fn first_line_of_long(text: &str, range: TextRange) -> TextRange {
    let part = range.slice(text);
    if part.lines().count() <= MOST_LINES {
        return range;
    }
    let first = part.lines().next().unwrap_or_default().trim_end();
    TextRange::of(range.start as usize..range.start as usize + first.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, start: u32, end: u32) -> String {
        source_excerpt(&Excerpt {
            file: "Dockerfile",
            text,
            range: TextRange::new(start, end),
            message: "unknown instruction `FORM`",
            help: Some("did you mean `FROM`?"),
            color: false,
        })
    }

    #[test]
    fn the_place_is_shown_with_message_and_help() {
        let shown = excerpt("# x\nFORM debian\nRUN a\n", 4, 8);
        let expect = "\
error: unknown instruction `FORM`
 --> Dockerfile:2:1
  |
2 | FORM debian
  | ^^^^
  |
  = help: did you mean `FROM`?";
        assert_eq!(shown, expect);
    }

    #[test]
    fn any_range_of_any_text_can_be_shown() {
        for text in ["", "\n", "é\n\n", "a\r\nb", "RUN a \\\n b \\\n c\nx"] {
            for start in 0..8 {
                for end in start..9 {
                    assert!(excerpt(text, start, end).contains("Dockerfile"), "{text:?} {start} {end}");
                }
            }
        }
    }

    #[test]
    fn long_instructions_are_shown_by_their_first_line() {
        let text = "RUN a \\\n".to_owned() + &"  b \\\n".repeat(40) + "  c\n";
        assert!(excerpt(&text, 0, u32::MAX).lines().count() < 12);
    }

    #[test]
    fn control_characters_of_the_file_do_not_reach_the_terminal() {
        let shown = excerpt("RUN \u{1b}[31m\n", 0, 4);
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
}
