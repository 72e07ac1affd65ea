//! The whole file: items one after the other, and the blank lines between them.

use syntax::{Item, Parse, Statement};

use crate::Style;
use crate::instruction::instruction;

/// The text of a file in a style.
pub(crate) fn document(parse: &Parse, style: Style) -> String {
    let newline = if first_line_end(parse.text()) == "\r\n" { "\r\n" } else { "\n" };
    let mut document = Document {
        parse,
        style,
        newline,
        shell: shell_is_known(parse),
        out: String::with_capacity(parse.text().len()),
        blank: None,
        directives: true,
    };
    for item in parse.items() {
        document.item(item);
    }
    document.out
}

fn first_line_end(text: &str) -> &str {
    let end = text.find('\n').map_or(0, |at| at + 1);
    &text[text[..end].trim_end_matches(['\r', '\n']).len()..end]
}

/// Whether RUN is read by a shell of which the blanks that matter are known, in the whole file. What a base image
/// sets cannot be seen here; images for Windows are known by name.
fn shell_is_known(parse: &Parse) -> bool {
    let fits = |statement| match statement {
        Statement::Shell(words) => {
            let words: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
            syntax::is_posix_shell(&words)
        }
        Statement::From(from) => !is_windows(&from.image.value),
        // It may name a base.
        Statement::Arg(args) => {
            args.iter().filter_map(|arg| arg.value.as_ref()).all(|text| !is_windows(&text.value))
        }
        _ => true,
    };
    parse.escape() == '\\' && parse.instructions().filter_map(|item| item.statement(parse).ok()).all(fits)
}

fn is_windows(image: &str) -> bool {
    let image = image.to_ascii_lowercase();
    ["windows", "nanoserver", "servercore"].iter().any(|word| image.contains(word))
}

struct Document<'a> {
    parse: &'a Parse,
    style: Style,
    newline: &'a str,
    shell: bool,
    out: String,
    /// The line end of a blank line that stands before the next item.
    blank: Option<&'a str>,
    /// Whether a directive could still stand here.
    directives: bool,
}

impl Document<'_> {
    fn item(&mut self, item: &Item) {
        let text = item.range().slice(self.parse.text());
        let line = text.trim_end_matches(['\r', '\n']);
        let newline = &text[line.len()..];
        match item {
            Item::Blank(_) if line.starts_with('\u{feff}') => self.out.push_str(line),
            Item::Blank(_) => self.blank = self.blank.or(Some(newline)),
            Item::Directive(_) => self.line(line, newline),
            Item::Comment(_) => self.comment(line, newline),
            Item::Instruction(found) => {
                self.blank_line(false);
                self.directives = false;
                let lines = instruction(self.parse, found, self.style, self.shell, self.newline);
                self.out.push_str(&lines);
            }
        }
    }

    /// A comment goes to the begin of its line. One that would become a directive there, or without the empty
    /// line before it, stays where it is.
    fn comment(&mut self, line: &str, newline: &str) {
        let text = line.trim_start();
        let nearly = self.directives && is_directive(text);
        self.blank_line(nearly);
        self.directives &= nearly;
        self.line(if nearly { line } else { text }, newline);
    }

    fn line(&mut self, line: &str, newline: &str) {
        self.blank_line(false);
        self.out.push_str(line.trim_end_matches([' ', '\t']));
        self.out.push_str(if newline.ends_with('\n') { newline } else { self.newline });
    }

    /// Writes the blank line that stands before the next item; at the begin of the file only when it is needed.
    fn blank_line(&mut self, needed: bool) {
        let begin = self.out.trim_start_matches('\u{feff}').is_empty();
        if let Some(newline) = self.blank.take().filter(|_| needed || !begin) {
            self.out.push_str(newline);
        }
    }
}

/// Whether a comment at the begin of a file has the form of a directive.
fn is_directive(comment: &str) -> bool {
    let content = comment.trim_start_matches('#').trim_start();
    let name = content.split(|ch: char| !ch.is_ascii_alphanumeric()).next().unwrap_or("");
    let known = ["syntax", "escape", "check"].iter().any(|known| known.eq_ignore_ascii_case(name));
    known && content[name.len()..].trim_start().starts_with('=')
}
