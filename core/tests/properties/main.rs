//! Properties that hold for all inputs, not only for those that someone thought of.

mod access;
mod api_key;
mod context;
mod evidence;
mod json;
mod jwt;
mod nearest;
mod recall;
mod rights;
mod scope;
mod seal;
mod stored_scope;
mod trace;
