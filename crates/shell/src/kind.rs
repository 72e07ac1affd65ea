//! What the nodes of a tree are.

/// What a node is. The first group has children, the last group are leaves; in between are words and parts of words
/// that are a leaf when nothing in them needs a node of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// The root: the commands of the text, and what stands between them.
    Script,
    /// Commands one after the other: [`Self::AndOr`] with `;`, `&` or line ends between them.
    List,
    /// A list whose exit status is asked for: behind `if`, `elif`, `while`, `until`.
    Condition,
    /// Pipelines joined by `&&` and `||`; often one alone.
    AndOr,
    /// Commands joined by `|`, with `!` and `time` before them; often one alone.
    Pipeline,
    /// A command with assignments, words and redirections.
    Simple,
    /// `( … )`
    Subshell,
    /// `{ …; }`
    Group,
    /// `if … then … elif … else … fi`
    If,
    /// `while … do … done`
    While,
    /// `until … do … done`
    Until,
    /// `for name in …; do … done`, and bash's `for ((…;…;…))`
    For,
    /// `select name in …; do … done`
    Select,
    /// `case word in … esac`
    Case,
    /// `pattern | pattern) … ;;`
    CaseItem,
    /// `name() …` and `function name …`
    Function,
    /// `[[ … ]]`
    Conditional,
    /// A condition within `[[ … ]]`: operator and words.
    Test,
    /// `( … )` within `[[ … ]]`
    TestGroup,
    /// `((…))` as a command
    ArithmeticCommand,
    /// `coproc …`
    Coproc,
    /// `name=word`, `name+=word`, `name[…]=word`, `name=(…)`
    Assignment,
    /// `[…]` behind a name
    Subscript,
    /// `(…)` of an assignment
    Array,
    /// `2> word` and the like
    Redirect,
    /// An arithmetic expression without what encloses it.
    Expression,

    /// A word. A leaf when it consists of plain characters.
    Word,
    /// `"…"`. A leaf when nothing in it is expanded or escaped.
    DoubleQuoted,
    /// `$"…"`, which bash translates. A leaf like [`Self::DoubleQuoted`].
    TranslatedQuoted,
    /// `'…'`
    SingleQuoted,
    /// `$'…'` of bash
    AnsiQuoted,
    /// `$name` and `${…}`. A leaf when it is a name alone.
    Parameter,
    /// `$(…)`
    CommandSubstitution,
    /// `` `…` ``
    Backquote,
    /// `$((…))`, and bash's old `$[…]`
    Arithmetic,
    /// `<(…)` and `>(…)`
    ProcessSubstitution,
    /// `?(…)`, `*(…)`, `+(…)`, `@(…)`, `!(…)`
    ExtendedGlob,
    /// The lines of a here-document. A leaf when nothing in them is expanded or escaped.
    HeredocBody,

    /// Blanks.
    Blank,
    /// A backslash and the line end behind it.
    Continuation,
    /// `# …` up to the line end.
    Comment,
    /// A line end.
    Newline,
    /// A reserved word.
    Keyword,
    /// An operator, a quote, or what opens and closes something.
    Operator,
    /// The name of a variable or function.
    Name,
    /// A file descriptor, or a number in an expression.
    Number,
    /// Plain characters.
    Literal,
    /// A backslash and the character it quotes.
    Escape,
    /// `*`, `?` or `[…]` outside of quotes.
    Glob,
    /// `{`, `,` or `}` of a brace expansion.
    Brace,
    /// `~` or `~name`.
    Tilde,
    /// Tabs that `<<-` removes.
    HeredocTabs,
    /// The line that ends a here-document.
    HeredocEnd,
    /// What could not be read.
    Skipped,
    /// A text of a language that is not parsed.
    Foreign,
}

impl Kind {
    /// Whether it is blanks, a line end or a comment: what stands between the parts of a command.
    pub const fn is_trivia(self) -> bool {
        matches!(self, Self::Blank | Self::Continuation | Self::Comment | Self::Newline)
    }

    /// Whether it is a command: what a pipeline consists of.
    pub const fn is_command(self) -> bool {
        self.is_compound() || matches!(self, Self::Simple | Self::Function | Self::Coproc)
    }

    /// Whether it is a command that other commands are part of, or a condition.
    pub const fn is_compound(self) -> bool {
        matches!(
            self,
            Self::Subshell
                | Self::Group
                | Self::If
                | Self::While
                | Self::Until
                | Self::For
                | Self::Select
                | Self::Case
                | Self::Conditional
                | Self::ArithmeticCommand
        )
    }

    /// Whether it is a list of commands.
    pub const fn is_list(self) -> bool {
        matches!(self, Self::Script | Self::List | Self::Condition)
    }

    /// Whether it stands for a text that is known only when the command runs.
    pub const fn is_expansion(self) -> bool {
        self.is_substitution() || matches!(self, Self::Parameter | Self::Arithmetic)
    }

    /// Whether commands run in it whose output or name takes its place.
    pub const fn is_substitution(self) -> bool {
        matches!(self, Self::CommandSubstitution | Self::Backquote | Self::ProcessSubstitution)
    }

    /// Whether commands in it run in a process of their own, so that what they set is lost.
    pub const fn is_subshell(self) -> bool {
        self.is_substitution() || matches!(self, Self::Subshell | Self::Coproc)
    }

    /// Whether a file name is chosen by it.
    pub const fn is_pattern(self) -> bool {
        matches!(self, Self::Glob | Self::ExtendedGlob)
    }

    /// Its name in kebab-case, as [`crate::Parse::dump`] has it.
    pub fn name(self) -> String {
        let mut name = String::new();
        for ch in format!("{self:?}").chars() {
            if ch.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(ch.to_ascii_lowercase());
        }
        name
    }
}
