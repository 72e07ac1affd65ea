//! Typed views: what rules ask about commands and words.

mod assignment;
mod command;
mod compound;
mod embedded;
mod invocation;
mod parameter;
mod pieces;
mod redirect;
mod settings;
mod value;
mod variables;
mod word;
mod wrappers;

pub use assignment::Assignment;
pub use command::{AndOr, Command, Link, Pipeline};
pub use compound::{Case, CaseItem, Function, If, Loop};
pub use embedded::Embedded;
pub use invocation::{Arg, Invocation};
pub use parameter::{Parameter, ParameterOperator};
pub use pieces::{Piece, Pieces};
pub use redirect::{Heredoc, Redirect};
pub use settings::{Setting, Settings, ShellOptions};
pub use variables::{Access, VariableUse};
pub use word::{Role, Word};

/// A view of the nodes of one kind or a few.
macro_rules! view {
    ($(#[$doc:meta])* $name:ident: $($kind:ident)|+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name<'a> {
            node: crate::Node<'a>,
        }

        impl<'a> $name<'a> {
            /// The view of a node, when it is of the right kind.
            pub fn cast(node: crate::Node<'a>) -> Option<Self> {
                matches!(node.kind(), $(crate::Kind::$kind)|+).then_some(Self { node })
            }

            /// The node.
            pub const fn node(self) -> crate::Node<'a> {
                self.node
            }

            /// Where it stands in the text.
            pub fn range(self) -> kit::TextRange {
                self.node.range()
            }
        }
    };
}
use view;
