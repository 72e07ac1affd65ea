//! What commands tell package managers to do: which manager, what it shall do, to which packages, at which version.
//! The managers are in `managers/`, one file each.

mod advice;
mod call;
mod cleaning;
mod managers;
mod words;

pub(crate) use advice::{
    add_option, append, append_behind, is_answered, names, report_loose, report_loose_if,
};
pub(crate) use call::{Call, Order};
pub(crate) use cleaning::{
    clears, has_removal, is_cleaned_behind_first, is_kept, is_last_to_fill, is_mounted, keeps_cache,
};
pub(crate) use managers::{Manager, Pin, Verb};
pub(crate) use words::Package;

#[cfg(test)]
mod tests;
