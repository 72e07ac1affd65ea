//! The rules, one file each, by code. A rule file begins with its page of the manual, whose headings are fixed:
//! `# name`, `## What it does`, `## Why`, `## Example`. The examples are tests: what a block `dockerfile,bad` shows
//! is found, what `dockerfile,good` shows is not, and a block `dockerfile,fixed` is what the fix makes of the `bad`
//! block before it. CONTRIBUTING.md has what else the first line of a block can say.

use crate::Rule;

kit::table! {
    Rule;
    syntax_error::RULE,
    invalid_stage_graph::RULE,
    refused_instruction::RULE,
    unused_ignore::RULE,
    ignore_without_reason::RULE,
    unknown_ignore::RULE,
    ignore_used::RULE,
    secret_in_arg_or_env::RULE,
    secret_arg_in_file::RULE,
    secret_mount_persisted::RULE,
    secret_removed_later::RULE,
    secret_file_copied::RULE,
    secret_literal::RULE,
    unused_stage::RULE,
    copy_from_unknown_stage::RULE,
    copy_from_own_stage::RULE,
    duplicate_stage_name::RULE,
    copy_from_path_never_created::RULE,
    copy_from_mount_target::RULE,
    context_leaks_through_stage::RULE,
    copy_whole_root::RULE,
    toolchain_in_final_stage::RULE,
    final_stage_is_builder::RULE,
    untagged_image::RULE,
    latest_image::RULE,
    unpinned_image::RULE,
    untrusted_registry::RULE,
    remote_add_without_checksum::RULE,
    curl_pipe_shell::RULE,
    unverified_download::RULE,
    sudo::RULE,
    docker_socket::RULE,
    insecure_run::RULE,
    world_writable::RULE,
    tls_check_disabled::RULE,
    root_user::RULE,
    user_set_in_other_stage::RULE,
    copy_ignored_file::RULE,
}

#[cfg(test)]
mod tests;
