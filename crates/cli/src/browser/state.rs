//! What is chosen, and what keys do.

use std::collections::BTreeSet;

use app::AppError;
use app::explore::{Explorer, Node, Tree, View};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Rows that a page has.
const PAGE: usize = 15;

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pane {
    Layers,
    Files,
}

/// What is on the screen.
pub(super) struct State<'a> {
    pub(super) explorer: &'a Explorer,
    pub(super) pane: Pane,
    /// 0 for the finished image, else the number of a layer.
    pub(super) layer: usize,
    /// Whether all files after a layer are shown, not only its own.
    pub(super) is_whole: bool,
    pub(super) tree: Tree,
    /// Directories that are open.
    open: BTreeSet<Vec<u8>>,
    /// The nodes that are shown.
    pub(super) rows: Vec<usize>,
    /// The row that is chosen.
    pub(super) at: usize,
    /// Only paths with these letters are shown.
    pub(super) words: String,
    /// Whether letters go to the words.
    pub(super) is_typing: bool,
    /// Whether only paths with findings are shown.
    pub(super) is_alarmed: bool,
}

impl<'a> State<'a> {
    pub(super) fn new(explorer: &'a Explorer) -> Result<Self, AppError> {
        let mut state = Self {
            explorer,
            pane: Pane::Layers,
            layer: 0,
            is_whole: false,
            tree: Tree::default(),
            open: BTreeSet::new(),
            rows: Vec::new(),
            at: 0,
            words: String::new(),
            is_typing: false,
            is_alarmed: false,
        };
        state.load()?;
        Ok(state)
    }

    /// Takes a key; false when it is the last.
    pub(super) fn key(&mut self, key: KeyEvent) -> Result<bool, AppError> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Ok(false);
        }
        if self.is_typing {
            self.typed(key.code);
            return Ok(true);
        }
        match key.code {
            KeyCode::Char('q') => return Ok(false),
            KeyCode::Esc if self.words.is_empty() => return Ok(false),
            KeyCode::Esc => self.search(String::new()),
            KeyCode::Char('/') => (self.is_typing, self.pane) = (true, Pane::Files),
            KeyCode::Tab | KeyCode::BackTab => {
                self.pane = if self.pane == Pane::Layers { Pane::Files } else { Pane::Layers };
            }
            KeyCode::Char('a') => {
                self.is_whole = !self.is_whole;
                self.load()?;
            }
            KeyCode::Char('!') => {
                self.is_alarmed = !self.is_alarmed;
                self.list();
            }
            code => self.moved(code)?,
        }
        Ok(true)
    }

    fn typed(&mut self, code: KeyCode) {
        let mut words = self.words.clone();
        match code {
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.is_typing = false,
            KeyCode::Esc => {
                self.is_typing = false;
                words.clear();
            }
            KeyCode::Backspace => {
                words.pop();
            }
            KeyCode::Char(letter) => words.push(letter),
            _ => {}
        }
        self.search(words);
    }

    fn search(&mut self, words: String) {
        self.words = words;
        self.list();
    }

    fn moved(&mut self, code: KeyCode) -> Result<(), AppError> {
        let (at, last) = match self.pane {
            Pane::Layers => (self.layer, self.explorer.layers.len()),
            Pane::Files => (self.at, self.rows.len().saturating_sub(1)),
        };
        let to = match code {
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => at + 1,
            KeyCode::PageUp => at.saturating_sub(PAGE),
            KeyCode::PageDown => at + PAGE,
            KeyCode::Home | KeyCode::Char('g') => 0,
            KeyCode::End | KeyCode::Char('G') => last,
            other => {
                self.folded(other);
                return Ok(());
            }
        };
        match self.pane {
            Pane::Files => self.at = to.min(last),
            Pane::Layers if self.layer != to.min(last) => {
                self.layer = to.min(last);
                self.load()?;
            }
            Pane::Layers => {}
        }
        Ok(())
    }

    /// Opens and closes directories.
    fn folded(&mut self, code: KeyCode) {
        if self.pane == Pane::Layers {
            if matches!(code, KeyCode::Right | KeyCode::Enter | KeyCode::Char('l')) {
                self.pane = Pane::Files;
            }
            return;
        }
        let Some((path, above)) = self.chosen().map(|node| (node.path.clone(), above(&node.path).to_vec()))
        else {
            return;
        };
        match code {
            KeyCode::Right | KeyCode::Char('l') => {
                self.open.insert(path);
            }
            KeyCode::Enter | KeyCode::Char(' ') if !self.open.remove(&path) => {
                self.open.insert(path);
            }
            KeyCode::Left | KeyCode::Char('h') if !self.open.remove(&path) => {
                self.open.remove(&above);
                let rows = self.rows.iter();
                let found = rows.enumerate().find(|(_, row)| self.tree.nodes[**row].path == above);
                self.at = found.map_or(self.at, |(at, _)| at);
            }
            _ => {}
        }
        self.list();
    }

    /// The path that is chosen.
    pub(super) fn chosen(&self) -> Option<&Node> {
        self.rows.get(self.at).map(|row| &self.tree.nodes[*row])
    }

    pub(super) fn is_open(&self, node: &Node) -> bool {
        !self.words.is_empty() || self.is_alarmed || self.open.contains(&node.path)
    }

    /// Takes the files of what is chosen.
    fn load(&mut self) -> Result<(), AppError> {
        self.tree = self.explorer.tree(match (self.layer, self.is_whole) {
            (0, _) => View::Image,
            (layer, false) => View::Layer(layer - 1),
            (layer, true) => View::Until(layer - 1),
        })?;
        self.list();
        Ok(())
    }

    /// Finds the rows: what is wanted, and the directories above that.
    fn list(&mut self) {
        let nodes = &self.tree.nodes;
        let mut before = Vec::with_capacity(nodes.len() + 1);
        let mut count = 0_usize;
        for node in nodes {
            before.push(count);
            count += usize::from(self.is_wanted(node));
        }
        before.push(count);
        let mut rows = Vec::new();
        let mut next = 1;
        while let Some(node) = nodes.get(next) {
            if before[node.end] == before[next] {
                next = node.end;
                continue;
            }
            rows.push(next);
            next = if self.is_open(node) { next + 1 } else { node.end };
        }
        self.rows = rows;
        self.at = self.at.min(self.rows.len().saturating_sub(1));
    }

    fn is_wanted(&self, node: &Node) -> bool {
        // A directory that stands in a layer for the sake of what is in it is no part of it.
        let is_of_layer = self.layer == 0 || self.is_whole || node.mark.is_some();
        let has_words = || String::from_utf8_lossy(&node.path).contains(&self.words);
        is_of_layer
            && (self.words.is_empty() || has_words())
            && (!self.is_alarmed || !self.explorer.findings_at(&node.path).is_empty())
    }
}

fn above(path: &[u8]) -> &[u8] {
    path.iter().rposition(|byte| *byte == b'/').map_or(&[], |at| &path[..at])
}
