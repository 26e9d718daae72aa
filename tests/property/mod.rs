//! Properties of the correlator.

pub mod any_inputs;
pub mod any_order;
pub mod generate;
pub mod reference;
pub mod windows;
