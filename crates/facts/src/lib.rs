//! The result vocabulary that engines share: findings, locations, fixes.
