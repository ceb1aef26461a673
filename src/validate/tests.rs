//! The cases pass, their wrong twins do not, and published values are those of the tables.
