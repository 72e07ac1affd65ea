//! Runs a plan: cache, scheduler, local engine.
