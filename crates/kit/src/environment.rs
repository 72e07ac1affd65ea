//! Variables that no child may inherit.

/// Takes a variable out of the environment of this process, so that no program that it starts later gets it; whether that was
/// done. To be called before there are other threads: with several the environment is left as it is.
pub fn remove_variable(name: &str) -> bool {
    let threads = std::fs::read_dir("/proc/self/task").map_or(usize::MAX, Iterator::count);
    if threads != 1 {
        return false;
    }
    // SAFETY: this is the only thread, so that nobody reads or writes the environment at the same time.
    #[expect(unsafe_code, reason = "changing the environment is unsafe where there are threads")]
    unsafe {
        std::env::remove_var(name);
    }
    true
}
