//! Files in memory as the kernel has them: nothing is read before somebody looks at it.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::ptr::{NonNull, null_mut};
use std::slice;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// The bytes of a file. The file has to be one that is never written again once it has its name, as those which
/// [`crate::write_atomic`] publishes: bytes that vanish while they are read end the process.
#[derive(Debug)]
pub struct Mapped {
    begin: NonNull<u8>,
    len: usize,
}

impl Mapped {
    /// Maps a file as it is now.
    #[expect(unsafe_code, reason = "the memory is made here and freed when the value is dropped")]
    pub fn open(file: &File) -> io::Result<Self> {
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        if len == 0 {
            return Ok(Self { begin: NonNull::dangling(), len });
        }
        // SAFETY: a new private mapping at an address of the kernel's choice; it touches no memory that anybody has.
        let begin = unsafe { mmap(null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE, file, 0) }?;
        let begin = NonNull::new(begin.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { begin, len })
    }
}

impl Deref for Mapped {
    type Target = [u8];

    #[expect(unsafe_code, reason = "as in `open`")]
    fn deref(&self) -> &[u8] {
        // SAFETY: `len` bytes are mapped from `begin` on until the value is dropped, and files that are mapped do not change;
        // an empty slice may have any address.
        unsafe { slice::from_raw_parts(self.begin.as_ptr(), self.len) }
    }
}

impl Drop for Mapped {
    #[expect(unsafe_code, reason = "as in `open`")]
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: the mapping is of this value alone, and no slice of it outlives it. It can only fail for a wrong address.
            let _ = unsafe { munmap(self.begin.as_ptr().cast(), self.len) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Mapped;

    #[test]
    fn bytes_are_those_of_the_file() {
        let mut file = tempfile::tempfile().unwrap();
        assert!(Mapped::open(&file).unwrap().is_empty());
        let bytes = [7; 10_000];
        file.write_all(&bytes).unwrap();
        let mapped = Mapped::open(&file).unwrap();
        drop(file);
        assert_eq!(&mapped[..], bytes);
    }
}
