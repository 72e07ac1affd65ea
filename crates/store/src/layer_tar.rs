//! The tar of a layer, read once from front to end and never unpacked: from a blob of the store, or from an image that
//! lies in a file.

use std::io::{self, Read};
use std::sync::Arc;

use image::Descriptor;
use kit::Bytes;

use crate::growth::growing;
use crate::unpack::{
    Format, MAX_UNPACKED, Section, Skip, Stream, TarHeader, TarReader, ahead, decompress, sniff,
};
use crate::{Store, StoreError};

/// From so many compressed bytes on a thread of its own is worth what it costs to begin.
const MANY: u64 = 4 << 20;

/// The tar of a layer.
pub struct LayerTar {
    tar: TarReader<Box<dyn Skip + Send>>,
    /// The file in which it lies uncompressed, and where.
    file: Option<(Arc<Bytes>, u64)>,
}

impl LayerTar {
    /// Reads `size` bytes of a file from `offset` on, compressed or not. Contents of a tar that is not compressed are
    /// passed over without reading them.
    pub fn of_section(file: Arc<Bytes>, offset: u64, size: u64) -> io::Result<Self> {
        let mut head = [0; 8];
        let most = usize::try_from(size).unwrap_or(usize::MAX).min(head.len());
        let count = file.read_at(&mut head[..most], offset)?;
        let section = Section::new(file.clone(), offset, size);
        if sniff(&head[..count]) == Format::Plain {
            return Ok(Self { tar: TarReader::new(Box::new(section)), file: Some((file, offset)) });
        }
        Self::of_stream(section, size)
    }

    fn of_stream(source: impl Read + Send + 'static, size: u64) -> io::Result<Self> {
        let plain = kit::LimitReader::new(growing(source, decompress)?, MAX_UNPACKED);
        // One thread unpacks while another looks at what comes.
        let stream: Box<dyn Skip + Send> =
            if size < MANY { Box::new(Stream(plain)) } else { Box::new(Stream(ahead(plain)?)) };
        Ok(Self { tar: TarReader::new(stream), file: None })
    }

    /// The next entry; `None` at the end. Afterwards the reader itself passes its content.
    #[expect(clippy::should_implement_trait, reason = "an entry is read through the reader itself")]
    pub fn next(&mut self) -> io::Result<Option<TarHeader>> {
        self.tar.next()
    }

    /// The file in which the content of the current entry lies as it is, and where; nothing when it is compressed.
    pub fn place(&self) -> Option<(Arc<Bytes>, u64)> {
        let (file, offset) = self.file.as_ref()?;
        Some((file.clone(), offset + self.tar.offset()))
    }

    /// Reads to the very end, where the digest of a blob is checked.
    pub fn finish(self) -> io::Result<()> {
        let mut inner = self.tar.into_inner();
        io::copy(&mut inner, &mut io::sink()).map(drop)
    }
}

impl Read for LayerTar {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.tar.read(buf)
    }
}

impl Store {
    /// The tar of a layer's blob; its digest is checked at its end.
    pub fn layer_tar(&self, blob: &Descriptor) -> Result<LayerTar, StoreError> {
        let reader = self.open_blob(blob)?;
        LayerTar::of_stream(reader, blob.size)
            .map_err(|error| StoreError::refused(format!("layer blob `{}`", blob.digest), error))
    }
}
