//! The values of a query: never in its text.

use pgrx::prelude::*;

/// The values, and the types they are passed as.
#[derive(Default)]
pub struct Parameters {
    pub types: Vec<pg_sys::Oid>,
    pub values: Vec<pg_sys::Datum>,
}

impl Parameters {
    /// Adds a value, which is not NULL; gives what stands for it in the text.
    pub fn push(&mut self, kind: pg_sys::Oid, value: pg_sys::Datum) -> String {
        self.types.push(kind);
        self.values.push(value);
        format!("${}", self.types.len())
    }

    /// The values as the executor takes them, in the present memory context.
    pub fn list(&self) -> pg_sys::ParamListInfo {
        let length = i32::try_from(self.types.len()).unwrap_or(i32::MAX);
        // SAFETY: the list that is made has as many places as it is asked for.
        unsafe {
            let list = pg_sys::makeParamList(length);
            let places = (*list).params.as_mut_ptr();
            for (n, (kind, value)) in self.types.iter().zip(&self.values).enumerate() {
                let place = &mut *places.add(n);
                place.value = *value;
                place.isnull = false;
                place.pflags = pg_sys::PARAM_FLAG_CONST as u16;
                place.ptype = *kind;
            }
            list
        }
    }
}
