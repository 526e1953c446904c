//! Properties that hold for all inputs, not only for those that someone thought of.

mod api_key;
mod context;
mod json;
mod jwt;
mod scope;
mod seal;
