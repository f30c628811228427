//! Exact posit arithmetic from the definition.
