//! Image references, platforms, OCI documents and file entries: pure values.
