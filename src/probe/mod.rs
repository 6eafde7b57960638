//! The wire audit without wires.
