//! The content store: blobs, layers and their index, images, cache records, locks, collection.
