//! The macro behind "one new file and one line in a table" (invariant I7).

/// Declares the modules of a folder and a table of one item of each.
///
/// `table! { Rule; no_latest_tag::RULE, … }` in `rules.rs` declares `mod no_latest_tag;` and so on, the slice
/// `ALL: &[&Rule]` in the order of the list, and `MODULES`, which a test compares with the folder.
#[macro_export]
macro_rules! table {
    ($item:ty; $($module:ident::$name:ident,)*) => {
        $(mod $module;)*
        /// All items, in the order of the table.
        pub static ALL: &[&$item] = &[$(&$module::$name,)*];
        /// The file stems of the table, for the test that compares them with the folder.
        #[cfg(test)]
        const MODULES: &[&str] = &[$(stringify!($module),)*];
    };
}
