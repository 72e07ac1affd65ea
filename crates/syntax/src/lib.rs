//! Lossless Dockerfile and .dockerignore trees, and the word expansion of the Dockerfile language.
