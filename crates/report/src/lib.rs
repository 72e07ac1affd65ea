//! Renders findings and stage graphs, one file per format.
