//! A terminal in which one walks through an image: layers at the left, files at the right, below them how the chosen one
//! came there and what is wrong with it.

mod state;
mod view;

use app::AppError;
use app::explore::Explorer;
use ratatui::crossterm::event::{self, Event, KeyEventKind};

use self::state::State;

/// Shows an image until the user has seen enough.
pub(crate) fn run(explorer: &Explorer) -> Result<(), AppError> {
    let mut state = State::new(explorer)?;
    let mut terminal = ratatui::try_init()?;
    let done = (|| {
        loop {
            terminal.draw(|frame| view::draw(frame, &mut state))?;
            if let Event::Key(key) = event::read()?
                && key.kind != KeyEventKind::Release
                && !state.key(key)?
            {
                return Ok(());
            }
        }
    })();
    ratatui::restore();
    done
}
