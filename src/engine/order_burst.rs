//! order_burst
